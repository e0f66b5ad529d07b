"""A strict stand-in for a server that speaks OpenAI's API: chat, pictures, speech and models."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import Any, Literal

import imageio_ffmpeg
from fakes.pictures import painting
from fakes.samples import objects_of, sample_of
from fakes.server import Fake, Refusal, Reply, Request, fields, route

Shape = Literal["openai", "text", "detail", "object"]
FORMATS = {"mp3": "mp3", "wav": "wav", "flac": "flac", "opus": "ogg", "aac": "adts"}


class FakeOpenAI(Fake):
    """Answers with a sample that fits the schema, or with `text`; `finish` and `refusal` say how it ends.

    `knows` are the ways of structured output it takes, `shape` the form of its errors, `open` that it wants no key,
    `gives_links` that pictures come as links, `thinks` that its model is one that thinks.
    """

    KEY = "sk_test_fake_openai"
    MODELS = ("fake-writer", "fake-painter", "fake-speaker")

    def __init__(self, *, seconds: float = 0.0) -> None:
        super().__init__()
        self.latency = seconds
        self.paid: list[str] = []
        self.balance = Decimal(1)
        self.price = Decimal("0.01")
        self.fail_jobs = False
        self.links_die = False
        self.open = False
        self.gives_links = False
        self.signs_links = False
        self.thinks = False
        self.slow_down: str | None = None
        self.shape: Shape = "openai"
        self.knows = {"json_schema", "json_object"}
        self.text: str | None = None
        self.refusal: str | None = None
        self.finish = "stop"
        self.sizes: list[str] = []

    def options(self) -> dict[str, Any]:
        """Return its table for the services file."""
        return {
            "base_url": f"{self.url}/v1", "write_model": "fake-writer", "image_model": "fake-painter",
            "speech_model": "fake-speaker", "image_size": "320x576", "poll_seconds": 0.02,
            "look_after": [0.02, 0.05, 0.1], "timeout_seconds": 2,
        }  # fmt: skip

    def authorize(self, request: Request) -> None:
        """Refuse a call without the key; files are open to everybody."""
        if not self.open and not request.path.startswith("/files/"):
            if request.headers.get("authorization") != f"Bearer {self.KEY}":
                raise self.refused(401, "Incorrect API key provided.", "invalid_api_key")
        elif self.open and "authorization" in request.headers:
            raise self.refused(400, "No key is wanted here.", "invalid_request_error")

    @route("GET", "/v1/models")
    def models(self, request: Request) -> dict[str, Any]:
        """Name the models."""
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in self.MODELS]}

    @route("POST", "/v1/chat/completions")
    def chat(self, request: Request) -> dict[str, Any]:
        """Answer the messages."""
        body = self._taken(request, "model messages", "temperature max_tokens max_completion_tokens response_format")
        if self.thinks and "max_tokens" in body:
            raise self.refused(
                400, "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead.", "unsupported_parameter",
            )  # fmt: skip
        if self.thinks and "temperature" in body:
            raise self.refused(400, "Unsupported value: 'temperature' does not support 0.7.", "unsupported_value")
        self._check_format(body)
        self._pay(body["messages"][-1]["content"])
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {"type": "object"})
        text = self.text if self.text is not None else json.dumps(sample_of(schema))
        finish, most = self.finish, 4 * body.get("max_tokens", body.get("max_completion_tokens", 9999))
        if len(text) > most:
            text, finish = text[:most], "length"
        if self.fail_jobs:
            text, finish = "I am sorry, something went wrong.", "stop"
        message = {"role": "assistant", "content": None if self.refusal else text, "refusal": self.refusal}
        return {
            "id": f"chatcmpl-{len(self.paid)}", "object": "chat.completion", "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
        }  # fmt: skip

    @route("POST", "/v1/images/generations")
    def images(self, request: Request) -> dict[str, Any]:
        """Draw a picture."""
        body = self._taken(request, "model prompt", "n size quality output_format")
        size = re.fullmatch(r"(\d+)x(\d+)", body.get("size", "1024x1024"))
        if size is None or any(int(side) % 16 for side in size.groups()):
            raise self.refused(400, f"Invalid size '{body['size']}'.", "invalid_value")
        if self.fail_jobs:
            raise self.refused(400, "Your request was rejected by the safety system.", "moderation_blocked")
        self._pay(body["prompt"])
        self.sizes.append(size[0])
        if self.gives_links:
            signature = "?sig=secret" if self.signs_links else ""
            return {"created": 1, "data": [{"url": f"{self.url}/files/{size[0]}.png{signature}"}]}
        return {"created": 1, "data": [{"b64_json": base64.b64encode(png(size[0])).decode()}]}

    @route("GET", r"/files/(?P<size>\d+x\d+)\.png")
    def file(self, request: Request) -> Reply:
        """Give a picture away as long as links live."""
        if self.links_die or request.query.get("sig", "") != ("secret" if self.signs_links else ""):
            raise Refusal(404, b"gone")
        return Reply(200, png(request.found["size"]), {"Content-Type": "image/png"})

    @route("POST", "/v1/audio/speech")
    def speech(self, request: Request) -> Reply:
        """Speak a text."""
        body = self._taken(request, "model input voice", "response_format speed")
        if not 0 < len(body["input"]) <= 4096 or not 0.25 <= body.get("speed", 1) <= 4:
            raise self.refused(400, "String should have at most 4096 characters.", "string_too_long")
        if body["voice"] not in ("alloy", "nova") or body.get("response_format", "mp3") not in FORMATS:
            raise self.refused(400, f"Input should be 'alloy' or 'nova', not '{body['voice']}'.", "invalid_value")
        self._pay(body["input"])
        if self.fail_jobs:
            return Reply(200, b"\x00" * 2000, {"Content-Type": "audio/mpeg"})
        return Reply(200, sound(body.get("response_format", "mp3")), {"x-request-id": f"req-{len(self.paid)}"})

    def refused(self, status: int, message: str, code: str) -> Refusal:
        """Return a refusal in the form that this server has."""
        bodies: dict[Shape, Any] = {
            "openai": {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}},
            "text": {"error": message},
            "detail": {"detail": message},
            "object": {"object": "error", "message": message, "type": code, "code": None},
        }
        return Refusal(status, bodies[self.shape], {"x-request-id": "req-refused"})

    def _taken(self, request: Request, needed: str, allowed: str) -> dict[str, Any]:
        body = request.json()
        try:
            fields(body, needed=needed, allowed=allowed)
        except Refusal as exc:
            raise self.refused(400, f"Unknown or missing parameter: {exc.reply.body}", "unknown_parameter") from None
        if body["model"] not in self.MODELS:
            raise self.refused(404, f"The model '{body['model']}' does not exist.", "model_not_found")
        if self.balance < self.price:
            raise self.refused(429, "You exceeded your current quota.", "insufficient_quota")
        if self.slow_down is not None:
            refusal = self.refused(429, "Rate limit reached.", "rate_limit_exceeded")
            refusal.reply.headers["Retry-After"] = self.slow_down
            raise refusal
        return body

    def _check_format(self, body: dict[str, Any]) -> None:
        wanted = body.get("response_format")
        if wanted is None:
            return
        if wanted.get("type") not in self.knows:
            raise self.refused(400, f"'response_format.type' must be one of {sorted(self.knows)}", "invalid_value")
        if wanted["type"] == "json_object" and "json" not in json.dumps(body["messages"]).lower():
            raise self.refused(400, "'messages' must contain the word 'json' in some form.", "invalid_value")
        if wanted["type"] == "json_schema" and wanted["json_schema"].get("strict"):
            for held in objects_of(wanted["json_schema"]["schema"]):
                closed = held.get("additionalProperties") is False
                if not closed or sorted(held.get("required", ())) != sorted(held["properties"]):
                    raise self.refused(400, "Invalid schema for response_format 'answer'.", "invalid_json_schema")

    def _pay(self, asked: str) -> None:
        self.paid.append(asked)
        self.balance -= self.price


@lru_cache
def png(size: str) -> bytes:
    """Return a real picture, by a size such as 320x576."""
    width, height = map(int, size.split("x"))
    out = BytesIO()
    painting(width, height).save(out, "PNG")
    return out.getvalue()


@lru_cache
def sound(kind: str) -> bytes:
    """Return two seconds of real audio in a format, with a pause in the middle."""
    tone = "sine=frequency=220:duration=2,volume='if(between(t,0.9,1.2),0,1)':eval=frame"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", tone]
    return subprocess.run([*command, "-f", FORMATS[kind], "pipe:1"], capture_output=True, check=True).stdout
