"""Pictures and clips by a ComfyUI server of one's own.

Address        http://127.0.0.1:8188 by default.
Key            none: ComfyUI has no authentication, keep it private. A key that is given all the same goes along as
               Bearer token, for a proxy in front.
Calls          POST /prompt, GET /queue, GET /history[/ID], GET /view, POST /upload/image, GET /system_stats,
               GET /object_info/CLASS: server.py of https://github.com/Comfy-Org/ComfyUI, whose `PromptQueue`
               (execution.py) gives the form of queue and history; https://docs.comfy.org/development/comfyui-server.
Own numbers    `prompt_id` may be chosen by the client; older servers ignore it and give one of their own.
Results        are kept in memory until the server restarts (10000 jobs), the files in its output folder for good.
Cost           nothing; prices in the services file can stand for electricity.
UNCONFIRMED    that every build in use fills `status` in the history; which clip lengths a video model takes (Wan:
               4n + 1 frames at 16 per second, LTX: 8n + 1 at 24), hence `video_fps` and `video_frame_step`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote as escaped
from urllib.parse import urlencode

import httpx
from pydantic import Field

from core.errors import ConfigError, JobFailed, Rejected, ServiceError, UnexpectedReply
from core.models import AnimateRequest, Capability, DrawRequest, Made
from integrations.generation.comfyui_clips import ClipOptions, ClipWorkflow
from integrations.generation.comfyui_replies import (
    Begun,
    Entry,
    History,
    Queue,
    Stored,
    System,
    checkpoints_of,
    failure_of,
    graphs_of,
    refusals_of,
    remedy_for,
    saved_files,
    saved_under,
)
from integrations.generation.contract import Job, Pace, ServiceOptions, Standing, Ticket
from integrations.generation.file_kinds import clip_of, kind_of, picture_of
from integrations.generation.prices import Per, Price, cost_today
from integrations.generation.workflows import SEEDS, ImageWorkflows
from integrations.http import Api, one_line

PRICES = tuple(
    Price(capability=capability, since=date(2025, 1, 1), units=Decimal(0))
    for capability in (Capability.DRAW, Capability.ANIMATE)
)

PROMPT_IDS = uuid.uuid5(uuid.NAMESPACE_DNS, "comfyui.reelwright")
"""The space of our prompt numbers: the same label always gives the same number."""

CLIENT_ID = "reelwright"
"""Tells our jobs apart in the server's queue."""

NEWEST = 200
"""So many finished jobs are looked through for a lost one, in jobs; a long history is many megabytes."""

SUFFIXES = {Capability.DRAW: (".png", ".jpg", ".jpeg", ".webp"), Capability.ANIMATE: (".mp4",)}

HALFWAY = 0.5
"""The share of a job that runs: how far it is would be told over a WebSocket only."""


class ComfyUIOptions(ClipOptions):
    """What can be set for ComfyUI. Clips need a template of one's own, `video_workflow`."""

    base_url: str = Field(default="http://127.0.0.1:8188", pattern=r"^https?://[^\s]+$")
    pace: Pace = Pace(requests=0, rest_after=0, concurrent=1)
    patience_seconds: float = Field(default=1800, gt=0)


class _ComfyApi(Api):
    """Reads what a graph was refused for: ComfyUI tells it node by node, in bodies longer than an error keeps."""

    def error_of(self, reply: httpx.Response) -> ServiceError:
        error = super().error_of(reply)
        if reply.status_code != 400:
            return error
        try:
            body = self.json_of(reply)
        except UnexpectedReply:
            return error
        faults = list(refusals_of(body))
        return Rejected(
            "ComfyUI refuses the workflow.",
            service=self.service,
            status=400,
            detail=one_line("; ".join(text for _, text in faults)),
            remedy=remedy_for([kind for kind, _ in faults]),
        )


class ComfyUI:
    """Draws pictures and animates them by the graphs of the operator, or by the two that come along for pictures."""

    name: ClassVar[str] = "comfyui"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.DRAW, Capability.ANIMATE})
    Options: ClassVar[type[ServiceOptions]] = ComfyUIOptions
    needs_key: ClassVar[bool] = False
    quotes_by_asking: ClassVar[bool] = False

    def __init__(self, options: ComfyUIOptions, key: str = "") -> None:
        """Raise ConfigError when a workflow cannot be used."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._options = options
        self._api = _ComfyApi(self.name, options.base_url, headers=headers, timeout=options.timeout_seconds)
        self._images = ImageWorkflows(self.name, options)
        self._clips = ClipWorkflow(self.name, options)

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say which setting or word is missing for this request."""
        if capability == Capability.DRAW:
            return self._images.objection(DrawRequest.model_validate(request))
        if capability != Capability.ANIMATE:
            return f"ComfyUI is not asked to {capability}."
        return self._clips.objection(AnimateRequest.model_validate(request))

    def quote(self, job: Job) -> Decimal:
        """Return 0, or what the prices in the services file say for a request and for a second of a clip."""
        amounts: dict[Per, Decimal] = {}
        if job.capability == Capability.ANIMATE:
            amounts["second"] = Decimal(str(AnimateRequest.model_validate(job.request).seconds))
        prices = (self._options.prices, PRICES)
        return cost_today(prices, self.name, job.capability, self._model(job), amounts)

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Upload the picture where one is needed, and put the graph into the queue.

        Raises Rejected that names the node and what is wrong with it, when ComfyUI finds the graph invalid.
        """
        picture = ""
        if job.capability == Capability.ANIMATE:
            picture = self._uploaded(job, AnimateRequest.model_validate(job.request).picture)
        body = {"prompt": self._graph(job, picture), "client_id": CLIENT_ID, "prompt_id": prompt_id_of(job.label)}
        reply = self._api.submit("POST", "/prompt", json=body)
        return Ticket(external_id=self._api.formed(Begun, reply, submitted=True).prompt_id)

    def check(self, job: Job, external_id: str) -> Standing:
        """Look into the queue, then into the history: a job only moves that way, so it cannot slip through."""
        queue = self._api.formed(Queue, self._api.ask("GET", "/queue"))
        if external_id in graphs_of(queue.queue_running):
            return Standing(is_ready=False, share=HALFWAY)
        if external_id in graphs_of(queue.queue_pending):
            return Standing(is_ready=False)
        entry = self._history(f"/history/{escaped(external_id, safe='')}").get(external_id)
        if entry is None:
            raise JobFailed(
                "ComfyUI does not know the job: it has restarted, or its queue or history was cleared.",
                service=self.name,
                remedy="The next in the chain is asked; if it happens often, see why ComfyUI restarts (memory?).",
            )
        if entry.status is not None and entry.status.status_str == "error":
            raise JobFailed(
                "The workflow failed in ComfyUI.", service=self.name, detail=one_line(failure_of(entry.status))
            )
        return Standing(is_ready=True, share=1.0, links=self._links(job, entry), units=self.quote(job))

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Copy the first picture or clip the workflow saved."""
        raw = workspace / "comfyui.part"
        self._api.download(standing.links[0], raw, largest_mib=self._options.largest_mib)
        model, seed = self._model(job), int(job.request.get("seed", 0)) % SEEDS
        if job.capability == Capability.DRAW:
            return Made(files={"picture": picture_of(raw, self.name)}, model=model, seed=seed)
        return Made(files={"clip": clip_of(raw, self.name)}, model=model, seed=seed)

    def find(self, job: Job, since: datetime) -> str | None:
        """Look for the number the label gives, then for a graph that saves under the same name.

        After a restart ComfyUI knows nothing of earlier jobs; then it has lost the job as well.
        """
        own, saved = prompt_id_of(job.label), saved_under(self._graph(job, ""))
        queue = self._api.formed(Queue, self._api.ask("GET", "/queue"))
        graphs = graphs_of((*queue.queue_running, *queue.queue_pending))
        if own in graphs or own in self._history(f"/history/{own}"):
            return own
        finished = self._history("/history", params={"max_items": NEWEST})
        graphs |= graphs_of(entry.prompt for entry in finished.values())
        return next((number for number, graph in graphs.items() if saved & saved_under(graph)), None)

    def balance(self) -> Decimal | None:
        """Return None: there is nothing to spend."""
        return None

    def examine(self) -> str:
        """Say what runs where and which checkpoints are there. Raises ConfigError when the wanted one is not."""
        stats = self._api.formed(System, self._api.ask("GET", "/system_stats"))
        reply = self._api.ask("GET", "/object_info/CheckpointLoaderSimple")
        there, wanted = checkpoints_of(self._api.json_of(reply)), self._options.checkpoint
        used = (self._images.plain, self._images.with_lora, self._clips.template)
        if any("checkpoint" in workflow.slots for workflow in used if workflow) and wanted not in there:
            raise ConfigError(
                f"ComfyUI has no checkpoint '{wanted}'; it has {', '.join(there) or 'none'}.",
                remedy="Put the file into ComfyUI's models/checkpoints, or set checkpoint in [services.comfyui].",
            )
        devices = ", ".join(str(device.get("name", "?")) for device in stats.devices) or "no device"
        return f"ComfyUI {stats.system.get('comfyui_version', '?')} on {devices}; checkpoints: {', '.join(there)}."

    def _model(self, job: Job) -> str:
        if job.capability == Capability.DRAW:
            return self._images.model(DrawRequest.model_validate(job.request))
        return self._clips.model()

    def _graph(self, job: Job, picture: str) -> dict[str, Any]:
        if job.capability == Capability.DRAW:
            return self._images.graph(DrawRequest.model_validate(job.request), job.label)
        return self._clips.graph(AnimateRequest.model_validate(job.request), job.label, picture)

    def _uploaded(self, job: Job, sha: str) -> str:
        """Copy a picture into ComfyUI's input folder and return its name there; equal pictures share one place."""
        path = job.files[sha]
        kind = kind_of(path)
        if kind is None:
            raise Rejected("The picture is of no kind that ComfyUI reads.", service=self.name)
        with path.open("rb") as file:
            image = (sha + kind.suffix, file)
            reply = self._api.ask("POST", "/upload/image", files={"image": image}, data={"overwrite": "true"})
        stored = self._api.formed(Stored, reply)
        return "/".join(part for part in (stored.subfolder, stored.name) if part)

    def _history(self, path: str, **options: Any) -> Mapping[str, Entry]:
        return self._api.formed(History, self._api.ask("GET", path, **options)).root

    def _links(self, job: Job, entry: Entry) -> tuple[str, ...]:
        files = [file for file in saved_files(entry) if file["filename"].lower().endswith(SUFFIXES[job.capability])]
        if not files:
            kinds = " or ".join(SUFFIXES[job.capability])
            raise JobFailed(
                f"The workflow ended without saving a file ({kinds}).",
                service=self.name,
                remedy="Let the workflow end with SaveImage for pictures, SaveVideo or VHS_VideoCombine (MP4) for "
                "clips; previews do not count.",
            )
        return tuple("/view?" + urlencode(file) for file in files)


def prompt_id_of(label: str) -> str:
    """Return our number for a job: a UUID in the lower-case form that ComfyUI insists on."""
    return str(uuid.uuid5(PROMPT_IDS, label))
