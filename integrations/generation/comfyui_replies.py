"""The answers of a ComfyUI server, and what can be read out of them.

The forms are those of server.py and execution.py in https://github.com/Comfy-Org/ComfyUI.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, Field, RootModel

MISSING_FILE = "value_not_in_list"
"""The type of fault for a name that is not in a node's list: nearly always a model file that is not there."""


class Begun(BaseModel):
    """The answer to a graph that was taken."""

    prompt_id: str = Field(min_length=1)


class Stored(BaseModel):
    """Where an uploaded picture lies in the input folder."""

    name: str
    subfolder: str = ""


class Queue(BaseModel):
    """What runs and what waits. Items are lists: a number, the prompt id, the graph, and more."""

    queue_running: list[list[Any]]
    queue_pending: list[list[Any]]


def graphs_of(items: Iterable[list[Any]]) -> dict[str, Any]:
    """Return the graphs of items of the queue by prompt id; what is too short for one is left out."""
    return {str(item[1]): item[2] for item in items if len(item) > 2}


class Status(BaseModel):
    """How a job ended: "success" or "error", and its events as pairs of a name and an object."""

    status_str: str = ""
    messages: list[Any] = []


class Entry(BaseModel):
    """A finished job; `prompt` has the form of an item of the queue, `outputs` are by node."""

    prompt: list[Any] = []
    outputs: dict[str, dict[str, Any]] = {}
    status: Status | None = None


class History(RootModel[dict[str, Entry]]):
    """Finished jobs by prompt id."""


class System(BaseModel):
    """The answer to /system_stats."""

    system: dict[str, Any] = {}
    devices: list[dict[str, Any]] = []


def saved_files(entry: Entry) -> Iterator[dict[str, Any]]:
    """Yield `filename`, `subfolder` and `type` of every file a job saved, whatever list it stands in; no previews."""
    for node in entry.outputs.values():
        for files in node.values():
            for file in files if isinstance(files, list) else ():
                if isinstance(file, dict) and isinstance(file.get("filename"), str) and file.get("type") != "temp":
                    yield {name: str(file[name]) for name in ("filename", "subfolder", "type") if name in file}


def failure_of(status: Status) -> str:
    """Return what the event that ended a job says: the node and its exception, or that somebody stopped it."""
    for event in status.messages:
        match event:
            case ["execution_error", {"exception_message": message, **facts}]:
                return f"node {facts.get('node_id')} ({facts.get('node_type')}): {str(message).strip()}"
            case ["execution_interrupted", {**facts}]:
                return f"stopped by hand at node {facts.get('node_id')} ({facts.get('node_type')})"
    return "no reason given"


def refusals_of(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each fault for which a graph was refused, those of its nodes first."""
    nodes = body.get("node_errors")
    for number, node in nodes.items() if isinstance(nodes, dict) else ():
        for fault in node.get("errors", ()) if isinstance(node, dict) else ():
            text = f"node {number} ({node.get('class_type')}): {fault.get('message')}: {fault.get('details')}"
            yield str(fault.get("type")), text
    error = body.get("error")
    if isinstance(error, dict):
        yield str(error.get("type")), f"{error.get('message')} {error.get('details')}".strip()
    elif error:
        yield "", str(error)


def remedy_for(kinds: Sequence[str]) -> str:
    """Return what to do about a refused graph."""
    if MISSING_FILE in kinds:
        return "Put the model file the detail names into ComfyUI's models folder, or name one that is there."
    return "Load the workflow in ComfyUI and mend what the detail names; a node that does not exist must be installed."


def saved_under(graph: Any) -> frozenset[str]:
    """Return the names a graph saves its files under."""
    nodes = graph.values() if isinstance(graph, dict) else ()
    inputs = (node.get("inputs") for node in nodes if isinstance(node, dict))
    return frozenset(str(each["filename_prefix"]) for each in inputs if each and "filename_prefix" in each)


def checkpoints_of(body: dict[str, Any]) -> list[str]:
    """Return the checkpoints in the description of the node CheckpointLoaderSimple.

    A choice is `[names, {...}]`; in newer builds also `["COMBO", {"options": names}]`.
    """
    match body:
        case {"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": ["COMBO", {"options": [*names]}, *_]}}}}:
            return [str(name) for name in names]
        case {"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": [[*names], *_]}}}}:
            return [str(name) for name in names]
    return []
