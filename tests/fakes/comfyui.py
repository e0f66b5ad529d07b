"""A strict stand-in for a ComfyUI server: it knows a handful of nodes and checks graphs like the real one.

Forms and texts follow server.py, execution.py and nodes.py of ComfyUI. Jobs run one after the other.
"""

from __future__ import annotations

import email
import re
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from fakes.pictures import painting
from fakes.server import Fake, Refusal, Reply, Request, fields, route

CHECKPOINTS = ["sd_xl_base_1.0.safetensors", "painted_xl.safetensors"]
LORAS = ["octopus_v2.safetensors"]
SAMPLERS = ["euler", "dpmpp_2m"]
SCHEDULERS = ["normal", "karras"]

NODES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "CheckpointLoaderSimple": ({"ckpt_name": CHECKPOINTS}, ("MODEL", "CLIP", "VAE")),
    "LoraLoader": (
        {
            "model": "MODEL",
            "clip": "CLIP",
            "lora_name": LORAS,
            "strength_model": (float, -100, 100),
            "strength_clip": (float, -100, 100),
        },
        ("MODEL", "CLIP"),
    ),
    "CLIPTextEncode": ({"text": str, "clip": "CLIP"}, ("CONDITIONING",)),
    "EmptyLatentImage": (
        {"width": (int, 16, 16384), "height": (int, 16, 16384), "batch_size": (int, 1, 4096)},
        ("LATENT",),
    ),
    "KSampler": (
        {
            "model": "MODEL",
            "positive": "CONDITIONING",
            "negative": "CONDITIONING",
            "latent_image": "LATENT",
            "seed": (int, 0, 0xFFFFFFFFFFFFFFFF),
            "steps": (int, 1, 10000),
            "cfg": (float, 0, 100),
            "sampler_name": SAMPLERS,
            "scheduler": SCHEDULERS,
            "denoise": (float, 0, 1),
        },
        ("LATENT",),
    ),
    "VAEDecode": ({"samples": "LATENT", "vae": "VAE"}, ("IMAGE",)),
    "SaveImage": ({"images": "IMAGE", "filename_prefix": str}, ()),
    "PreviewImage": ({"images": "IMAGE"}, ()),
    "LoadImage": ({"image": "FILE"}, ("IMAGE", "MASK")),
    "RepeatImageBatch": ({"image": "IMAGE", "amount": (int, 1, 4096)}, ("IMAGE",)),
    "CreateVideo": ({"images": "IMAGE", "fps": (float, 1, 120)}, ("VIDEO",)),
    "SaveVideo": ({"video": "VIDEO", "filename_prefix": str, "format": ["auto", "mp4"], "codec": ["auto"]}, ()),
}
"""Inputs and outputs of the nodes it knows: a type of another node's output, a list, a range, or any text."""

ENDS = {"SaveImage", "PreviewImage", "SaveVideo"}


@lru_cache(maxsize=8)
def png(width: int, height: int, seed: int) -> bytes:
    """Return a picture of one colour that depends on the seed."""
    out = BytesIO()
    painting(width, height, seed).save(out, "PNG", compress_level=1)
    return out.getvalue()


@lru_cache(maxsize=1)
def clip() -> bytes:
    """Return a small MP4 of half a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        source = ["-f", "lavfi", "-i", "testsrc=size=64x112:rate=8:duration=0.5"]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-pix_fmt", "yuv420p", str(path)]
        subprocess.run(command, check=True)
        return path.read_bytes()


def faults_of(graph: dict[str, Any], uploads: set[str]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Check a graph. Return the error (None when it is sound) and the faults of its nodes, as POST /prompt does."""
    for number, node in graph.items():
        if not isinstance(node, dict) or "class_type" not in node:
            text = "Cannot execute because a node is missing the class_type property."
            return _error("invalid_prompt", text, f"Node ID '#{number}'"), {}
        if node["class_type"] not in NODES:
            text = f"Cannot execute because node {node['class_type']} does not exist."
            return _error("invalid_prompt", text, f"Node ID '#{number}'"), {}
    if not any(node["class_type"] in ENDS for node in graph.values()):
        return _error("prompt_no_outputs", "Prompt has no outputs", ""), {}
    found = {number: list(_faults_of_node(graph, node, uploads)) for number, node in graph.items()}
    nodes = {
        number: {"errors": faults, "dependent_outputs": [], "class_type": graph[number]["class_type"]}
        for number, faults in found.items()
        if faults
    }
    if not nodes:
        return None, {}
    return _error("prompt_outputs_failed_validation", "Prompt outputs failed validation", ""), nodes


def _faults_of_node(graph: dict[str, Any], node: dict[str, Any], uploads: set[str]) -> Iterator[dict[str, Any]]:
    for name, kind in NODES[node["class_type"]][0].items():
        if name not in node["inputs"]:
            yield _error("required_input_missing", "Required input is missing", name)
            continue
        value = node["inputs"][name]
        if kind == "FILE":
            if value not in uploads:
                text = "Custom validation failed for node"
                yield _error("custom_validation_failed", text, f"{name} - Invalid image file: {value}")
        elif isinstance(kind, str):
            yield from _faults_of_link(graph, name, value, kind)
        elif isinstance(kind, list):
            if value not in kind:
                yield _error("value_not_in_list", "Value not in list", f"{name}: '{value}' not in {kind}")
        else:
            yield from _faults_of_value(name, value, kind)


def _faults_of_link(graph: dict[str, Any], name: str, value: Any, kind: str) -> Iterator[dict[str, Any]]:
    match value:
        case [str(number), int(place)] if number in graph:
            outputs = NODES[graph[number]["class_type"]][1]
            if place >= len(outputs) or outputs[place] != kind:
                yield _error("return_type_mismatch", "Return type mismatch between linked nodes", name)
        case _:
            yield _error("bad_linked_input", "Bad linked input, must be a length-2 list of [node_id, slot_index]", name)


def _faults_of_value(name: str, value: Any, kind: Any) -> Iterator[dict[str, Any]]:
    wanted, *limits = kind if isinstance(kind, tuple) else (kind,)
    allowed = (int, float) if wanted is float else wanted
    if not isinstance(value, allowed) or isinstance(value, bool):
        yield _error("invalid_input_type", f"Failed to convert an input value to a {wanted.__name__} value", name)
    elif limits and not limits[0] <= value <= limits[1]:
        yield _error("value_out_of_range", f"Value {value} not between {limits[0]} and {limits[1]}", name)


def _error(kind: str, message: str, details: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}


def rendered(graph: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Run a sound graph: return its outputs as the history shows them, and the files by type and name."""
    inputs = {node["class_type"]: node["inputs"] for node in graph.values()}
    size, seed = inputs.get("EmptyLatentImage", {}), inputs.get("KSampler", {}).get("seed", 0)
    picture = png(size.get("width", 64), size.get("height", 112), seed)
    outputs: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    for number, node in graph.items():
        if node["class_type"] not in ENDS:
            continue
        prefix = node["inputs"].get("filename_prefix", "ComfyUI_temp")
        *folders, stem = prefix.split("/")
        is_clip = node["class_type"] == "SaveVideo"
        kind = "temp" if node["class_type"] == "PreviewImage" else "output"
        name = f"{stem}_00001_.{'mp4' if is_clip else 'png'}"
        files[f"{kind}/{'/'.join((*folders, name))}"] = clip() if is_clip else picture
        shown: dict[str, Any] = {"images": [{"filename": name, "subfolder": "/".join(folders), "type": kind}]}
        outputs[number] = shown | ({"animated": [True]} if is_clip else {})
    return outputs, files


@dataclass
class Prompt:
    """A job: the item of the queue, its times, and what came of it."""

    item: list[Any]
    starts: float
    ends: float
    entry: dict[str, Any] = field(default_factory=dict)


class FakeComfyUI(Fake):
    """`seconds` is how long a job takes. With `mints_ids` it ignores our prompt ids, as older servers do; with
    `is_guarded` a proxy in front wants the key; `clip_list` is the list that clips are shown in."""

    KEY = "sk_test_fake_comfyui"

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.paid: list[str] = []
        self.balance = Decimal(0)
        self.fail_jobs = False
        self.interrupt_jobs = False
        self.links_die = False
        self.mints_ids = False
        self.is_guarded = False
        self.clip_list = "images"
        self.new_choices = False
        self.uploads: dict[str, bytes] = {}
        self._files: dict[str, bytes] = {}
        self._prompts: dict[str, Prompt] = {}
        super().__init__()

    def options(self) -> dict[str, Any]:
        quick = {"poll_seconds": 0.02, "look_after": [0.02, 0.05, 0.1], "timeout_seconds": 2}
        return {"base_url": self.url, **quick}

    def restart(self) -> None:
        """Forget the queue and the history, as a restart does; files stay."""
        with self.lock:
            self._prompts.clear()

    def authorize(self, request: Request) -> None:
        if self.is_guarded and request.headers.get("authorization") != f"Bearer {self.KEY}":
            raise Refusal(401, {"error": "the proxy wants a token"})

    @route("POST", "/prompt")
    def prompt(self, request: Request) -> Any:
        body = request.json()
        fields(body, needed="prompt", allowed="client_id prompt_id extra_data front number", status=400)
        graph, number = body["prompt"], len(self.paid)
        chosen = str(uuid.uuid4()) if self.mints_ids else body.get("prompt_id", str(uuid.uuid4()))
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(chosen)):
            error = _error("invalid_prompt_id", "prompt_id must be a canonical lower-case UUID", str(chosen))
            raise Refusal(400, {"error": error, "node_errors": {}})
        error, nodes = faults_of(graph, set(self.uploads))
        if error is not None:
            raise Refusal(400, {"error": error, "node_errors": nodes})
        starts = max([time.monotonic(), *(job.ends for job in self._prompts.values())])
        extra = {"client_id": body.get("client_id")}
        ends = [number for number, node in graph.items() if node["class_type"] in ENDS]
        job = Prompt([number, chosen, graph, extra, ends], starts, starts + self.seconds)
        outputs, files = rendered(graph)
        self._files |= files
        job.entry = self._entry(job, outputs)
        self._prompts[chosen] = job
        self.paid.append(next(graph[end]["inputs"].get("filename_prefix", "preview") for end in ends))
        return {"prompt_id": chosen, "number": number, "node_errors": {}}

    @route("GET", "/queue")
    def queue(self, request: Request) -> Any:
        now = time.monotonic()
        waiting = [job for job in self._prompts.values() if job.ends > now]
        return {
            "queue_running": [job.item for job in waiting if job.starts <= now],
            "queue_pending": [job.item for job in waiting if job.starts > now],
        }

    @route("GET", "/history")
    def history(self, request: Request) -> Any:
        newest = int(request.query.get("max_items", 10000))
        return dict(list(self._finished().items())[-newest:])

    @route("GET", "/history/(?P<number>[^/]+)")
    def history_of(self, request: Request) -> Any:
        number = request.found["number"]
        return {key: entry for key, entry in self._finished().items() if key == number}

    @route("GET", "/view")
    def view(self, request: Request) -> Any:
        query = request.query
        if "filename" not in query or query["filename"].startswith("/") or ".." in query["filename"]:
            raise Refusal(400)
        where = (query.get("type", "output"), query.get("subfolder", ""), query["filename"])
        data = self._files.get("/".join(part for part in where if part))
        if data is None or self.links_die:
            raise Refusal(404)
        kind = "video/mp4" if query["filename"].endswith(".mp4") else "image/png"
        return Reply(200, data, {"Content-Type": kind})

    @route("POST", "/upload/image")
    def upload(self, request: Request) -> Any:
        head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
        parts = email.message_from_bytes(head + request.body)
        found = {part.get_param("name", header="content-disposition"): part for part in parts.walk()}
        image = found.get("image")
        if image is None or not image.get_filename():
            raise Refusal(400)
        name = str(image.get_filename())
        if name in self.uploads and "overwrite" not in found:
            name = f"{Path(name).stem} (1){Path(name).suffix}"
        data = image.get_payload(decode=True)
        assert isinstance(data, bytes)
        self.uploads[name] = data
        return {"name": name, "subfolder": "", "type": "input"}

    @route("GET", "/system_stats")
    def system_stats(self, request: Request) -> Any:
        device = {"name": "cuda:0 Fake RTX 4090", "type": "cuda", "vram_total": 24 << 30, "vram_free": 20 << 30}
        return {"system": {"os": "posix", "comfyui_version": "0.3.64"}, "devices": [device]}

    @route("GET", "/object_info/(?P<node>[^/]+)")
    def object_info(self, request: Request) -> Any:
        name = request.found["node"]
        if name not in NODES:
            return {}
        choices: list[Any] = ["COMBO", {"options": CHECKPOINTS}] if self.new_choices else [CHECKPOINTS, {}]
        required = {"ckpt_name": choices} if name == "CheckpointLoaderSimple" else {}
        return {name: {"input": {"required": required}, "output": list(NODES[name][1])}}

    def _finished(self) -> dict[str, Any]:
        now = time.monotonic()
        return {number: job.entry for number, job in self._prompts.items() if job.ends <= now}

    def _entry(self, job: Prompt, outputs: dict[str, Any]) -> dict[str, Any]:
        number, graph = job.item[1], job.item[2]
        node = next(key for key in graph)
        facts = {"prompt_id": number, "node_id": node, "node_type": graph[node]["class_type"], "executed": []}
        events: list[Any] = [["execution_start", {"prompt_id": number}]]
        if self.interrupt_jobs:
            events.append(["execution_interrupted", facts])
        elif self.fail_jobs:
            message = "Allocation on device 0 would exceed allowed memory. (out of memory)\n"
            trouble = {"exception_message": message, "exception_type": "torch.OutOfMemoryError", "traceback": []}
            events.append(["execution_error", facts | trouble])
        else:
            events.append(["execution_success", {"prompt_id": number}])
        is_bad = self.fail_jobs or self.interrupt_jobs
        for shown in outputs.values():
            if shown.pop("animated", None):
                shown["animated"] = [True]
                shown[self.clip_list] = shown.pop("images")
        status = {"status_str": "error" if is_bad else "success", "completed": not is_bad, "messages": events}
        return {"prompt": job.item, "outputs": {} if is_bad else outputs, "status": status, "meta": {}}
