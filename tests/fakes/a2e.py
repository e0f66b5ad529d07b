"""A strict stand-in for A2E: its envelope, its drifting field names, its uploads and its signed links."""

from __future__ import annotations

import io
import math
import subprocess
import time
import wave
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

import imageio_ffmpeg
import numpy as np
from fakes.pictures import painting
from fakes.server import Fake, Refusal, Reply, Request, fields, route

FAMILY = r"/api/v1/(?P<family>userText2[Ii]mage|userImage2Video|talkingPhoto)"
NEEDED = {
    "userText2Image": "name prompt width height model_type max_images",
    "userImage2Video": "name image_url prompt negative_prompt model_type model_version video_time number_of_images",
    "talkingPhoto": "name image_url audio_url duration prompt negative_prompt",
    "userVoice": "name voice_urls model language gender denoise",
}
COINS = {"userText2Image": 10, "userImage2Video": 30, "talkingPhoto": 40, "send_tts": 3, "userVoice": 100}
VOICES = ("66dc61ec5148817d26f5b79e",)
SIGNATURE = "X-Amz-Signature=5ecre7"


@cache
def clip() -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "color=c=blue:s=90x160:d=1:r=10"]
    command += ["-movflags", "+frag_keyframe+empty_moov", "-pix_fmt", "yuv420p", "-f", "mp4", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    painting(width, height).save(out, kind, compress_level=1)
    return out.getvalue()


def sound(seconds: float = 1.0, rate: int = 16_000) -> bytes:
    tone = 0.3 * np.sin(2 * math.pi * 220 * np.arange(int(seconds * rate)) / rate)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((tone * 32767).astype("<i2").tobytes())
    return out.getvalue()


@dataclass
class Task:
    number: str
    family: str
    body: dict[str, Any]
    since: float
    made: bytes = b""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class FakeA2E(Fake):
    """One account with a token and coins.

    Its storage and its files are reached `elsewhere`: under another host name than its calls, as with the real one.
    """

    KEY: ClassVar[str] = "sk_test_fake_a2e_token"

    def __init__(self, *, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.balance = Decimal(1000)
        self.paid: list[str] = []
        self.tasks: list[Task] = []
        self.stored: dict[str, bytes] = {}
        self.promised: dict[str, tuple[str, int]] = {}
        self.quote: Any = {"generationRequestValidated": False, "quote": {"totalCoins": 30, "remainingCoins": 1000}}
        self.concurrent = 100
        self.submits_left = 1000
        self.largest_page = 50
        self.picture_kind = "PNG"
        self.done_word = "completed"
        self.failed = {"current_status": "failed", "failed_message": "GPU lost", "failed_code": "E17"}
        self.fail_jobs = self.links_die = self.refuses_in_body = self.answers_in_lists = self.at_once = False
        self.knows_no_detail = self.lists_old_first = self.hides_names = self.signs_speech = False
        super().__init__()
        self.elsewhere = self.url.replace("127.0.0.1", "localhost")

    def options(self) -> dict[str, Any]:
        quick = {"poll_seconds": 0.02, "look_after": [0.02, 0.05, 0.1], "timeout_seconds": 2}
        return {"base_url": self.url, **quick}

    def authorize(self, request: Request) -> None:
        token = request.headers.get("authorization")
        if request.path.startswith(("/storage/", "/files/")):
            if token:
                raise Refusal(400, b"<Error><Code>InvalidArgument</Code></Error>")
            return
        if token != f"Bearer {self.KEY}":
            status = 200 if self.refuses_in_body else 401
            raise Refusal(status, {"code": 401, "msg": "Invalid token, please log in"})

    @route("GET", "/api/v1/user/remainingCoins")
    def coins(self, request: Request) -> Any:
        return ok({"coins": int(self.balance), "diamonds": 3})

    @route("POST", "/api/v1/generation/quote")
    def price(self, request: Request) -> Any:
        body = checked(request, needed="endpoint requestBody")
        family = body["endpoint"].removesuffix("/start").rsplit("/")[-1]
        check_task(family, body["requestBody"])
        return ok(self.quote)

    @route("POST", "/api/v1/r2/upload-presigned-url")
    def promise(self, request: Request) -> Any:
        body = checked(request, needed="key contentType fileSize")
        self.promised[body["key"]] = (body["contentType"], body["fileSize"])
        key = body["key"]
        return ok(
            {"uploadUrl": f"{self.elsewhere}/storage/{key}?{SIGNATURE}", "cdnUrl": f"{self.elsewhere}/files/{key}"}
        )

    @route("PUT", "/storage/(?P<key>.+)")
    def store(self, request: Request) -> Any:
        key = request.found["key"]
        given = (request.headers.get("content-type"), len(request.body))
        if request.query.get("X-Amz-Signature") != SIGNATURE.partition("=")[2] or self.promised.get(key) != given:
            raise Refusal(403, f"<Error><Code>SignatureDoesNotMatch</Code><Query>{SIGNATURE}</Query></Error>".encode())
        self.stored[f"{self.elsewhere}/files/{key}"] = request.body
        return Reply(200)

    @route("GET", "/files/made/(?P<number>[0-9a-f]{24})")
    def result(self, request: Request) -> Any:
        found = [task for task in self.tasks if task.number == request.found["number"]]
        if not found or self.links_die:
            raise Refusal(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return found[0].made or self.make(found[0])

    @route("POST", FAMILY + "/start")
    def start(self, request: Request) -> Any:
        family = request.found["family"].replace("image", "Image")
        body = checked(request)
        check_task(family, body)
        self.check_inputs(body)
        self.check_limits(body["prompt"])
        task = self.accept(family, body, body["name"])
        record = self.record(task)
        if self.at_once:
            record = {"name": body["name"], "current_status": "completed", "image_urls": [self.link(task, signed=True)]}
        return ok([record] if self.answers_in_lists else record)

    @route("GET", FAMILY + "/allRecords")
    def records(self, request: Request) -> Any:
        if not request.query.keys() == {"pageNum", "pageSize"}:
            raise Refusal(400, {"code": 400, "msg": "pageNum and pageSize are required"})
        page, size = int(request.query["pageNum"]), min(int(request.query["pageSize"]), self.largest_page)
        family = request.found["family"].replace("image", "Image")
        tasks = [task for task in self.tasks if task.family == family]
        tasks = tasks if self.lists_old_first else tasks[::-1]
        rows = [self.record(task) for task in tasks[(page - 1) * size : page * size]]
        return ok({"list" if self.answers_in_lists else "rows": rows, "count": len(tasks)})

    @route("GET", FAMILY + "/(?P<number>[0-9a-f]{24})")
    def detail(self, request: Request) -> Any:
        return self.one(request.found["number"])

    @route("POST", "/api/v1/video/send_tts")
    def speak(self, request: Request) -> Any:
        body = checked(request, needed="msg speechRate", allowed="tts_id user_voice_id country region")
        if len({"tts_id", "user_voice_id"} & body.keys()) != 1 or not 0.5 <= body["speechRate"] <= 2:
            raise refused("exactly one of tts_id and user_voice_id, and a speechRate from 0.5 to 2")
        if len(body["msg"]) > 1000:
            raise refused("msg is longer than 1000 characters")
        if "user_voice_id" in body and not {"country", "region"} <= body.keys():
            raise refused("country and region are required")
        learnt = {task.number for task in self.tasks if task.family == "userVoice"}
        if body.get("tts_id", VOICES[0]) not in VOICES or body.get("user_voice_id", "") not in {"", *learnt}:
            raise refused("the voice does not exist")
        self.check_limits(body["msg"])
        task = self.accept("send_tts", body, body["msg"])
        return ok(self.link(task, signed=self.signs_speech))

    @route("POST", "/api/v1/userVoice/training")
    def learn(self, request: Request) -> Any:
        body = checked(request, needed=NEEDED["userVoice"])
        self.check_inputs(body)
        self.check_limits(body["name"])
        return ok(self.record(self.accept("userVoice", body, body["name"])))

    @route("GET", "/api/v1/userVoice/(?P<kind>processing|completed)Record")
    def voices(self, request: Request) -> Any:
        wanted = request.found["kind"] == "completed"
        return ok(
            [self.record(task) for task in self.tasks if task.family == "userVoice" and self.ended(task) == wanted]
        )

    @route("GET", "/api/v1/userVoice/(?P<number>[0-9a-f]{24})")
    def voice(self, request: Request) -> Any:
        return self.one(request.found["number"])

    def check_inputs(self, body: dict[str, Any]) -> None:
        addresses = [*body.get("voice_urls", []), *(body[name] for name in ("image_url", "audio_url") if name in body)]
        if not all(address in self.stored for address in addresses):
            raise refused("an input cannot be fetched")

    def check_limits(self, prompt: str) -> None:
        self.submits_left -= 1
        if self.submits_left < 0:
            raise Refusal(429, {"code": 429, "msg": "Too many requests"}, {"Retry-After": "7"})
        if "forbidden" in prompt:
            raise Refusal(200, {"code": 10021, "msg": "The prompt violates our content policy, no coins were taken"})
        if sum(not self.ended(task) for task in self.tasks) >= self.concurrent:
            raise Refusal(200, {"code": 10029, "msg": "Concurrency limit reached"})

    def accept(self, family: str, body: dict[str, Any], paid_for: str) -> Task:
        if self.balance < COINS[family]:
            raise Refusal(200, {"code": 10042, "msg": "Insufficient coins"})
        self.balance -= COINS[family]
        self.paid.append(paid_for)
        task = Task(f"{len(self.paid):024x}", family, body, time.monotonic())
        self.tasks.append(task)
        return task

    def ended(self, task: Task) -> bool:
        return time.monotonic() - task.since >= self.seconds

    def one(self, number: str) -> Any:
        found = [task for task in self.tasks if task.number == number]
        if not found or self.knows_no_detail:
            raise Refusal(404, {"code": 404, "msg": "record not found"})
        return ok(self.record(found[0]))

    def record(self, task: Task) -> dict[str, Any]:
        record = {"_id": task.number, "coins": COINS[task.family], "failed_message": "", "failed_code": ""}
        record |= {"createdAt": task.at.isoformat().replace("+00:00", "Z"), "current_status": "processing"}
        record |= {name: value for name, value in task.body.items() if not (name == "name" and self.hides_names)}
        if not self.ended(task):
            return record
        if self.fail_jobs:
            return record | self.failed
        link = self.link(task, signed=True)
        made = {"userText2Image": {"image_urls": [link]}, "userVoice": {}}.get(task.family, {"result_url": link})
        return record | {"current_status": self.done_word} | made

    def make(self, task: Task) -> bytes:
        """Make a file when it is taken: what nobody looks at need not be drawn."""
        if task.family == "userText2Image":
            return picture(task.body["width"], task.body["height"], self.picture_kind)
        return sound() if task.family == "send_tts" else clip()

    def link(self, task: Task, *, signed: bool) -> str:
        return f"{self.elsewhere}/files/made/{task.number}" + (f"?{SIGNATURE}" if signed else "")


def ok(data: Any) -> dict[str, Any]:
    return {"code": 0, "data": data, "trace_id": "t-1"}


def refused(why: str) -> Refusal:
    return Refusal(400, {"code": 400, "msg": why})


def checked(request: Request, *, needed: str = "", allowed: str | None = None) -> dict[str, Any]:
    """Return the body; with `needed`, refuse what it lacks and what it has besides."""
    body = request.json()
    try:
        if needed:
            fields(body, needed=needed, allowed=allowed or "")
    except Refusal as refusal:
        raise refused(str(refusal)) from None
    return body


def check_task(family: str, body: dict[str, Any]) -> None:
    """Refuse a body of one of the three families that the real service would not take."""
    try:
        fields(body, needed=NEEDED.get(family, "endpoint"))
    except Refusal as refusal:
        raise refused(str(refusal)) from None
    if not all(isinstance(body[name], str) and body[name].strip() for name in ("name", "prompt")):
        raise refused("name and prompt are required")
    if any(
        str(body.get(name, "http")).partition(":")[0] not in ("http", "https") for name in ("image_url", "audio_url")
    ):
        raise refused("only public addresses are accepted")
    if family == "userText2Image" and (body["width"] % 8 or body["height"] % 8 or not 1 <= body["max_images"] <= 4):
        raise refused("the size or the number of images is wrong")
    if body.get("video_time", 5) not in (5, 10, 15, 20):
        raise refused("video_time must be 5, 10, 15 or 20")
    if body.get("model_version", "a2e") not in ("a2e", "a2e-v2", "a2e-v2-flash"):
        raise refused("model_version is not known")
    duration = body.get("duration", 1)
    if not isinstance(duration, int) or not 1 <= duration <= 10:
        raise refused("duration must be 1 to 10")
