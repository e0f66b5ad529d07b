"""KIE as its documentation describes it: the codes in its bodies, its limits, its files and its signed callbacks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from email import message_from_bytes
from email.message import Message
from functools import lru_cache
from typing import Any, ClassVar

import httpx
import imageio_ffmpeg
from fakes.pictures import painting
from fakes.server import Fake, Refusal, Reply, Request, route

SHAPES = ("1:1", "9:16", "16:9", "3:4", "4:3", "3:2", "2:3")
BOTH = (True, False)

NEEDED = "needed"
"""Marks a text that must be there and may be anything."""

INPUTS: dict[str, dict[str, Any]] = {
    "google/nano-banana": {
        "prompt": NEEDED,
        "image_size": (*SHAPES, "5:4", "4:5", "21:9", "auto"),
        "output_format": ("png", "jpeg"),
    },
    "nano-banana-2": {
        "prompt": NEEDED,
        "aspect_ratio": (*SHAPES, "5:4", "4:5", "21:9", "1:4", "4:1", "1:8", "8:1", "auto"),
        "resolution": ("1K", "2K", "4K"),
        "output_format": ("jpg", "png"),
        "google_search": BOTH,
        "image_input": [0, 14],
    },
    "flux-2/pro-text-to-image": {
        "prompt": NEEDED,
        "aspect_ratio": (*SHAPES, "auto"),
        "resolution": ("1K", "2K"),
        "nsfw_checker": BOTH,
    },
    "kling-3.0/video": {
        "prompt": NEEDED,
        "image_urls": [1, 2],
        "duration": tuple(str(seconds) for seconds in range(3, 16)),
        "aspect_ratio": ("16:9", "9:16", "1:1"),
        "mode": ("std", "pro", "4K"),
        "sound": BOTH,
        "multi_shots": BOTH,
        "multi_prompt": [0, 5],
    },
    "wan/2-5-image-to-video": {
        "prompt": NEEDED,
        "image_url": NEEDED,
        "aspect_ratio": SHAPES,
        "duration": ("5", "10"),
        "resolution": ("720p", "1080p"),
        "nsfw_checker": BOTH,
    },
    "z-image": {"prompt": NEEDED, "aspect_ratio": SHAPES},
}
"""What each model takes: needed texts, allowed values, or a list with the least and most addresses."""

REQUIRED = {
    "flux-2/pro-text-to-image": ("aspect_ratio", "resolution"),
    "kling-3.0/video": ("sound", "duration", "aspect_ratio", "mode", "multi_shots", "multi_prompt"),
    "wan/2-5-image-to-video": ("duration", "resolution"),
}
COSTS = {"1K": Decimal(8), "2K": Decimal(12), "4K": Decimal(18), "std": Decimal(14), "pro": Decimal(18)}
LONG_SIDES = {"1K": 512, "2K": 1024, "4K": 2048}

WINDOW_SECONDS, WINDOW_REQUESTS = 10.0, 20
FRESH_LINK_SECONDS = 1200.0
CLOUDFLARE = "error code: 1010"


@dataclass
class FakeTask:
    """A task that was accepted and charged."""

    task_id: str
    model: str
    inputs: dict[str, Any]
    call_back_url: str
    begun: float
    cost: Decimal
    fails: bool
    param: str = field(repr=False, default="")


class FakeKie(Fake):
    """Both hosts of KIE and its files. Links name `localhost`, so that to a client they are another host's."""

    KEY: ClassVar[str] = "sk_test_fake_kie"
    CALLBACK_KEY: ClassVar[str] = "sk_test_fake_kie_callbacks"

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.balance = Decimal(1000)
        self.paid: list[str] = []
        self.tasks: dict[str, FakeTask] = {}
        self.uploads: dict[str, bytes] = {}
        self.fail_jobs = False
        self.fail_with = ("422", "Invalid prompt: prompt contains prohibited content")
        self.links_die = False
        self.fresh_links_die = False
        self.key_is_spent = False
        self.is_maintained = False
        self.switched_off: set[str] = set()
        self.state: str | None = None
        self.skipped = 0.0
        self._accepted: deque[float] = deque()
        self._fresh: dict[str, float] = {}
        super().__init__()

    def options(self) -> dict[str, Any]:
        """Return the table of the services file for this fake."""
        return {
            "base_url": self.url,
            "upload_url": self.url,
            "poll_seconds": 0.02,
            "look_after": [0.02, 0.05, 0.1],
            "timeout_seconds": 2,
        }

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.skipped += seconds

    def answer(self, request: Request) -> Reply:
        """Refuse clients without a name, as Cloudflare does, before the key is looked at."""
        if not request.headers.get("user-agent"):
            raise Refusal(403, CLOUDFLARE)
        return super().answer(request)

    def authorize(self, request: Request) -> None:
        """Want the key for every call; files are open."""
        if request.path.startswith("/files/"):
            return
        if request.headers.get("authorization") != f"Bearer {self.KEY}":
            raise _no(401, "You do not have access permissions")

    @route("POST", r"/api/v1/jobs/createTask")
    def create(self, request: Request) -> dict[str, Any]:
        """Take a task: limits first, then the form of the request, then the money."""
        if self.is_maintained:
            raise _no(455, "System is currently undergoing maintenance")
        self._count_request()
        body = request.json()
        inputs, call_back_url = _checked(body)
        if body["model"] in self.switched_off:
            raise _no(505, "The requested feature is currently disabled")
        for address in _addresses(inputs):
            if address.rsplit("/", 1)[-1] not in self.uploads:
                raise _no(422, f"Failed to download {address}")
        if self.key_is_spent:
            raise _no(433, "Sub-key usage exceeds limit")
        price = _price(inputs)
        if price > self.balance:
            raise _no(402, "Credits insufficient")
        self.balance -= price
        self.paid.append(inputs["prompt"])
        task = FakeTask(
            hashlib.md5(f"{len(self.tasks)}{inputs}".encode()).hexdigest(),
            body["model"], inputs, call_back_url, self._time(), price, self.fail_jobs, json.dumps(body),
        )  # fmt: skip
        self.tasks[task.task_id] = task
        return _yes({"taskId": task.task_id})

    @route("GET", r"/api/v1/jobs/recordInfo")
    def record(self, request: Request) -> dict[str, Any]:
        """Tell how far a task is."""
        task = self.tasks.get(request.query.get("taskId", ""))
        if task is None:
            raise _no(422, "recordInfo is null")
        return _yes(self.record_of(task))

    @route("GET", r"/api/v1/chat/credit")
    def credit(self, request: Request) -> dict[str, Any]:
        """Tell what is left."""
        return _yes(float(self.balance))

    @route("POST", r"/api/v1/common/download-url")
    def download_url(self, request: Request) -> dict[str, Any]:
        """Give a link for 20 minutes to a result of one's own."""
        url = request.json().get("url", "")
        task_id = url.rsplit("/", 1)[-1].split(".")[0]
        if not url.startswith(f"{self.files_url}/results/") or task_id not in self.tasks:
            raise _no(422, "URL is not supported")
        self._fresh[task_id] = self._time()
        return _yes(url.replace("/results/", "/fresh/") + "?token=fake")

    @route("POST", r"/api/file-stream-upload")
    def upload(self, request: Request) -> dict[str, Any]:
        """Take a file in a form, and keep it under its name."""
        form = _form(request)
        folder = form.get("uploadPath", b"").decode()
        if "file" not in form or not folder:
            raise _no(400, "Missing required parameter: uploadPath")
        if folder != folder.strip("/"):
            raise _no(400, "uploadPath must not begin or end with a slash")
        if unknown := form.keys() - {"file", "uploadPath", "fileName"}:
            raise _no(400, f"Unknown parameters: {sorted(unknown)}")
        name = form.get("fileName", b"unnamed.png").decode()
        self.uploads[name] = form["file"]
        path = f"{folder}/{name}"
        data = {
            "success": True, "fileName": name, "filePath": path, "downloadUrl": f"{self.files_url}/uploads/{path}",
            "fileSize": len(form["file"]), "mimeType": "image/png", "uploadedAt": "2026-01-01T12:00:00.000Z",
        }  # fmt: skip
        return {"success": True, **_yes(data)}

    @route("GET", r"/files/results/(?P<task>\w+)\.\w+")
    def result(self, request: Request) -> Reply:
        """Serve a result."""
        if self.links_die:
            raise Refusal(404, "Not Found")
        return self._file(request.found["task"])

    @route("GET", r"/files/fresh/(?P<task>\w+)\.\w+")
    def fresh_result(self, request: Request) -> Reply:
        """Serve a result by a link that was asked for within 20 minutes."""
        asked = self._fresh.get(request.found["task"])
        if self.fresh_links_die or asked is None or self._time() - asked > FRESH_LINK_SECONDS:
            raise Refusal(404, "Not Found")
        return self._file(request.found["task"])

    @property
    def files_url(self) -> str:
        """Where the files are, by another name of this machine."""
        return self.url.replace("127.0.0.1", "localhost") + "/files"

    def record_of(self, task: FakeTask) -> dict[str, Any]:
        """Return the record of a task at this moment."""
        state = self.state or self._state_of(task)
        done, failed = state == "success", state == "fail"
        link = f"{self.files_url}/results/{task.task_id}.{_suffix(task)}"
        return {
            "taskId": task.task_id,
            "model": task.model,
            "state": state,
            "param": task.param,
            "resultJson": json.dumps({"resultUrls": [link]}) if done else "",
            "failCode": self.fail_with[0] if failed else "",
            "failMsg": self.fail_with[1] if failed else "",
            "creditsConsumed": float(task.cost) if done else 0.0 if failed else None,
            "createTime": 1767225600000,
        }

    def call_back(self, task_id: str, *, key: str = CALLBACK_KEY, at: float | None = None) -> httpx.Response:
        """Call back about a task as KIE does; another `key` makes a forgery, `at` (unix seconds) an old callback."""
        task = self.tasks[task_id]
        body = {"taskId": task_id, "code": 200, "msg": "Success", "data": {"task_id": task_id, **self.record_of(task)}}
        return httpx.post(task.call_back_url, json=body, headers=self.signed(task_id, key=key, at=at))

    @classmethod
    def signed(cls, task_id: str, *, key: str = CALLBACK_KEY, at: float | None = None) -> dict[str, str]:
        """Return the headers of a callback about a task."""
        moment = str(int(time.time() if at is None else at))
        signature = hmac.new(key.encode(), f"{task_id}.{moment}".encode(), hashlib.sha256).digest()
        return {"X-Webhook-Timestamp": moment, "X-Webhook-Signature": base64.b64encode(signature).decode()}

    def _time(self) -> float:
        return time.monotonic() + self.skipped

    def _count_request(self) -> None:
        while self._accepted and self._time() - self._accepted[0] >= WINDOW_SECONDS:
            self._accepted.popleft()
        if len(self._accepted) >= WINDOW_REQUESTS:
            raise Refusal(429, {"code": 429, "msg": "The call frequency is too high", "data": None})
        self._accepted.append(self._time())

    def _state_of(self, task: FakeTask) -> str:
        share = (self._time() - task.begun) / self.seconds if self.seconds else 1.0
        if share >= 1:
            return "fail" if task.fails else "success"
        return ("waiting", "queuing", "generating")[int(share * 3)]

    def _file(self, task_id: str) -> Reply:
        task = self.tasks[task_id]
        if _suffix(task) == "mp4":
            return Reply(200, clip(), {"Content-Type": "video/mp4"})
        kind = "jpeg" if _suffix(task) == "jpg" else "png"
        return Reply(200, picture(*_size(task.inputs), kind), {"Content-Type": f"image/{kind}"})


def picture(width: int, height: int, kind: str) -> bytes:
    """Return a picture of one colour as a file."""
    out = io.BytesIO()
    painting(width, height).save(out, kind, compress_level=1)
    return out.getvalue()


@lru_cache
def clip() -> bytes:
    """Return a clip of two seconds as an MP4 file."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    source = ["-f", "lavfi", "-i", "testsrc2=size=720x1280:rate=24:duration=2"]
    target = ["-pix_fmt", "yuv420p", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-"]
    return subprocess.run([ffmpeg, "-loglevel", "error", *source, *target], capture_output=True, check=True).stdout


def _yes(data: Any) -> dict[str, Any]:
    return {"code": 200, "msg": "success", "data": data}


def _no(code: int, message: str) -> Refusal:
    return Refusal(200, {"code": code, "msg": message, "data": None})


def _checked(body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the input and the address for callbacks; refuses with 422 whatever is not documented."""
    unknown = body.keys() - {"model", "callBackUrl", "input"}
    model, inputs, back = body.get("model"), body.get("input"), body.get("callBackUrl", "")
    if unknown or model not in INPUTS or not isinstance(inputs, dict) or not isinstance(back, str):
        raise _no(422, "The model name you specified is not supported")
    known = INPUTS[model]
    needed = {name for name, allowed in known.items() if allowed == NEEDED} | {*REQUIRED.get(model, ())}
    if missing := needed - inputs.keys():
        raise _no(422, f"{sorted(missing)} are required")
    for name, value in inputs.items():
        if name not in known or not _fits(value, known[name]):
            raise _no(422, f"{name} is invalid: {value!r}")
    return inputs, back


def _fits(value: Any, allowed: Any) -> bool:
    if allowed == NEEDED:
        return isinstance(value, str) and len(value) >= 3
    if isinstance(allowed, list):
        return isinstance(value, list) and allowed[0] <= len(value) <= allowed[1]
    return any(type(value) is type(choice) and value == choice for choice in allowed)


def _addresses(inputs: dict[str, Any]) -> list[str]:
    single = [inputs["image_url"]] if "image_url" in inputs else []
    return [*inputs.get("image_urls", ()), *inputs.get("image_input", ()), *single]


def _price(inputs: dict[str, Any]) -> Decimal:
    if "mode" in inputs:
        return COSTS[inputs["mode"]] * int(inputs["duration"])
    return COSTS.get(inputs.get("resolution", ""), Decimal(4))


def _suffix(task: FakeTask) -> str:
    if "duration" in task.inputs:
        return "mp4"
    return "jpg" if task.inputs.get("output_format") in ("jpg", "jpeg") else "png"


def _size(inputs: dict[str, Any]) -> tuple[int, int]:
    shape = inputs.get("aspect_ratio") or inputs.get("image_size") or "1:1"
    across, down = map(int, shape.split(":"))
    side = LONG_SIDES[inputs.get("resolution", "1K")]
    return side * across // max(across, down), side * down // max(across, down)


def _form(request: Request) -> dict[str, bytes]:
    """Return the fields of a multipart form."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.body).get_payload()
    fields = [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)  # type: ignore[misc]
        for part in fields
    }
