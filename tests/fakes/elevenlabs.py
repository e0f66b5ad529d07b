"""A strict stand-in for ElevenLabs: speech with times, its history, cloned voices and the subscription."""

from __future__ import annotations

import base64
import io
import itertools
import json
import math
import subprocess
import time
import wave
from decimal import ROUND_UP, Decimal
from email.parser import BytesParser
from functools import lru_cache
from typing import Any, ClassVar

import imageio_ffmpeg
import numpy as np
from fakes.server import Fake, Refusal, Reply, Request, route

RATE = 44_100
LEAD_SECONDS = 0.25
"""Silence before the first word, as the real service leaves some."""
SIGN_SECONDS = 0.06
FORMATS = {"mp3_44100_128": "mp3", "mp3_22050_32": "mp3", "opus_48000_64": "opus", "wav_44100": "wav"}
LONGEST = {
    "eleven_multilingual_v2": 10_000,
    "eleven_v3": 3_000,
    "eleven_flash_v2_5": 40_000,
    "eleven_turbo_v2_5": 40_000,
    "eleven_flash_v2": 30_000,
    "eleven_turbo_v2": 30_000,
}
HALF_PRICE = {name for name in LONGEST if "flash" in name or "turbo" in name}
SETTINGS = {"stability": (0, 1), "similarity_boost": (0, 1), "style": (0, 1), "speed": (0.7, 1.2)}


class FakeElevenLabs(Fake):
    """Has the voices `voice-ada` and `voice-eva`, and 10,000 characters."""

    KEY: ClassVar[str] = "sk_test_fake_elevenlabs"

    def __init__(self, *, seconds: float = 0.0) -> None:
        super().__init__()
        self.latency = seconds
        self.paid: list[str] = []
        self.limit = Decimal(10_000)
        self.balance = Decimal(10_000)
        self.fail_jobs = False
        self.links_die = False
        self.old_errors = False
        self.no_history = False
        self.history_has_times = True
        self.alignment = "whole"
        """whole, none, uneven (lists of different length) or other (of another text)"""
        self.audio: bytes | None = None
        """Sent in the place of speech."""
        self.concurrent = 5
        self.in_flight = 0
        self.voices = {"voice-ada": "Ada", "voice-eva": "Eva"}
        self.unverified: set[str] = set()
        self.asks_for_proof = False
        self.slots = 3
        self.changes, self.most_changes = 0, 20
        self.can_clone = True
        self.history: list[dict[str, Any]] = []
        self.clock_behind = 0
        self._numbers = itertools.count(1)
        self._crowded: set[int] = set()

    def options(self) -> dict[str, Any]:
        """Return the service's table for the services file."""
        return {
            "base_url": self.url,
            "poll_seconds": 0.02,
            "look_after": [0.02, 0.05, 0.1],
            "timeout_seconds": 2,
        }

    def serve(self, request: Request) -> Any:
        """Count the spoken lines that are under way; the one too many is refused."""
        if "/text-to-speech/" not in request.path:
            return super().serve(request)
        with self.lock:
            self.in_flight += 1
            if self.in_flight > self.concurrent:
                self._crowded.add(id(request))
        try:
            return super().serve(request)
        finally:
            with self.lock:
                self.in_flight -= 1

    def authorize(self, request: Request) -> None:
        """Refuse a request without the key."""
        key = request.headers.get("xi-api-key")
        if key != self.KEY:
            raise self.refusal(401, "invalid_api_key" if key else "missing_api_key", "Invalid API key")

    def refusal(self, status: int, code: str, message: str = "", headers: dict[str, str] | None = None) -> Refusal:
        """Return an error in the old or the new envelope."""
        detail = {"status": code, "message": message}
        if not self.old_errors:
            detail |= {"type": "error", "code": code, "request_id": "req-of-the-error", "param": ""}
        return Refusal(status, {"detail": detail}, headers)

    @route("POST", r"/v1/text-to-speech/(?P<voice>[^/]+)/with-timestamps")
    def speak(self, request: Request) -> Reply:
        """Speak a text."""
        limits = {
            "current-concurrent-requests": str(self.in_flight),
            "maximum-concurrent-requests": str(self.concurrent),
        }
        if id(request) in self._crowded:
            raise self.refusal(429, "too_many_concurrent_requests", "Too many at once", limits)
        body = self._speech_body(request)
        text, model = body["text"], body["model_id"]
        if request.found["voice"] not in self.voices:
            raise self.refusal(400 if self.old_errors else 404, "voice_not_found", "No such voice")
        if len(text) > LONGEST[model]:
            raise self.refusal(400, "max_character_limit_exceeded", f"At most {LONGEST[model]}")
        credits = self._credits(text, model)
        if credits > self.balance:
            if self.old_errors:
                raise self.refusal(401, "quota_exceeded", f"You have {self.balance} credits remaining")
            raise self.refusal(402, "insufficient_credits", f"You have {self.balance} credits remaining")
        if self.fail_jobs:
            raise self.refusal(500, "internal_error", "Something went wrong")
        before = int(self.limit - self.balance)
        self.balance -= credits
        self.paid.append(text)
        audio = spoken(text, request.query["output_format"]) if self.audio is None else self.audio
        times = alignment_of(text)
        number = next(self._numbers)
        item = {
            "history_item_id": f"item{number}",
            "request_id": f"req-{number}",
            "voice_id": request.found["voice"],
            "model_id": model,
            "text": text,
            "date_unix": int(time.time()) - self.clock_behind,
            "character_count_change_from": before,
            "character_count_change_to": before + int(credits),
            "content_type": "audio/mpeg",
            "state": "created",
            "source": "TTS",
            "alignments": {"alignment": times, "normalized_alignment": times} if self.history_has_times else None,
            "audio": spoken(text, "mp3_44100_128"),
        }
        if not self.no_history:
            self.history.insert(0, item)
        said = {
            "audio_base64": base64.b64encode(audio).decode(),
            "alignment": self._told(times),
            "normalized_alignment": None,
        }
        return Reply(200, said, {"request-id": f"req-{number}", "character-cost": str(int(credits)), **limits})

    @route("GET", r"/v1/history")
    def list_history(self, request: Request) -> dict[str, Any]:
        """List what was spoken, newest first."""
        known = {
            "page_size",
            "voice_id",
            "date_after_unix",
            "date_before_unix",
            "start_after_history_item_id",
            "source",
        }
        self._refuse_unknown("query", request.query.keys() - known)
        size = int(request.query.get("page_size", 100))
        if not 1 <= size <= 1000:
            raise invalid(["query", "page_size"], "Input should be less than or equal to 1000")
        voice, after = request.query.get("voice_id"), int(request.query.get("date_after_unix", 0))
        items = [
            {name: value for name, value in item.items() if name != "audio"}
            for item in self.history
            if voice in (None, item["voice_id"]) and item["date_unix"] >= after
        ]
        last = items[:size][-1]["history_item_id"] if items else None
        return {"history": items[:size], "has_more": len(items) > size, "last_history_item_id": last}

    @route("GET", r"/v1/history/(?P<item>[^/]+)")
    def show_item(self, request: Request) -> dict[str, Any]:
        """Show one item."""
        return {name: value for name, value in self._item(request).items() if name != "audio"}

    @route("GET", r"/v1/history/(?P<item>[^/]+)/audio")
    def item_audio(self, request: Request) -> Reply:
        """Return the sound of an item."""
        item = self._item(request)
        if self.links_die:
            raise self.refusal(404, "history_item_not_found", "Gone")
        return Reply(200, item["audio"], {"Content-Type": "audio/mpeg"})

    @route("GET", r"/v1/voices")
    def list_voices(self, request: Request) -> dict[str, Any]:
        """List all voices."""
        self._refuse_unknown("query", request.query.keys() - {"show_legacy"})
        return {"voices": [self._voice(voice) for voice in self.voices]}

    @route("GET", r"/v1/voices/(?P<voice>[^/]+)")
    def show_voice(self, request: Request) -> dict[str, Any]:
        """Show one voice."""
        return self._voice(self._known_voice(request))

    @route("POST", r"/v1/voices/add")
    def add_voice(self, request: Request) -> dict[str, Any]:
        """Learn a voice from samples."""
        form = multipart(request)
        self._refuse_unknown(
            "body", form.keys() - {"name", "files", "labels", "description", "remove_background_noise"}
        )
        for name in ("name", "files"):
            if name not in form:
                raise invalid(["body", name], "Field required", "missing")
        labels = json.loads(form["labels"][0][1]) if "labels" in form else {}
        if not isinstance(labels, dict) or labels.keys() - {"language", "accent", "gender", "age"}:
            raise invalid(["body", "labels"], "Input should be a valid dictionary")
        if any(not filename or not data for filename, data in form["files"]):
            raise self.refusal(400, "invalid_content", "A sample is empty")
        if not self.can_clone:
            raise self.refusal(403, "subscription_required", "Your plan has no instant voice cloning")
        if len(self.voices) >= self.slots:
            raise self.refusal(400, "voice_limit_reached", "No free slot")
        if self.changes >= self.most_changes:
            raise self.refusal(400, "voice_add_edit_limit_reached", "No more changes this month")
        self.changes += 1
        voice, name = f"voice-{next(self._numbers)}", form["name"][0][1].decode()
        self.voices[voice] = name
        self.paid.append(name)
        if self.asks_for_proof:
            self.unverified.add(voice)
        return {"voice_id": voice, "requires_verification": self.asks_for_proof}

    @route("GET", r"/v1/user/subscription")
    def subscription(self, request: Request) -> dict[str, Any]:
        """Show the plan and what is used of it."""
        return {
            "tier": "creator",
            "status": "active",
            "character_count": int(self.limit - self.balance),
            "character_limit": int(self.limit),
            "next_character_count_reset_unix": int(time.time()) + 86_400,
            "max_credit_limit_extension": 0,
            "voice_slots_used": len(self.voices),
            "voice_limit": self.slots,
            "voice_add_edit_counter": self.changes,
            "max_voice_add_edits": self.most_changes,
            "can_use_instant_voice_cloning": self.can_clone,
        }

    def _credits(self, text: str, model: str) -> Decimal:
        each = Decimal("0.5") if model in HALF_PRICE else Decimal(1)
        return (len(text) * each).quantize(Decimal(1), rounding=ROUND_UP)

    def _speech_body(self, request: Request) -> dict[str, Any]:
        self._refuse_unknown("query", request.query.keys() - {"output_format", "enable_logging"})
        if request.query.get("output_format") not in FORMATS:
            raise invalid(["query", "output_format"], "Input should be a known format", "enum")
        body = request.json()
        known = {"text", "model_id", "voice_settings", "seed", "language_code"}
        self._refuse_unknown("body", body.keys() - known)
        if not isinstance(body.get("text"), str) or not body["text"].strip():
            raise invalid(["body", "text"], "Field required", "missing")
        if body.setdefault("model_id", "eleven_multilingual_v2") not in LONGEST:
            raise self.refusal(400, "model_not_found", f"No model {body['model_id']}")
        if body["model_id"] == "eleven_multilingual_v2" and "language_code" in body:
            raise self.refusal(400, "unsupported_language", "The model does not support language_code")
        seed = body.get("seed", 0)
        if not isinstance(seed, int) or not 0 <= seed <= 2**32 - 1:
            raise invalid(["body", "seed"], "Input should be between 0 and 4294967295")
        settings = body.get("voice_settings") or {}
        self._refuse_unknown("body.voice_settings", settings.keys() - SETTINGS.keys())
        for name, value in settings.items():
            low, high = SETTINGS[name]
            if not isinstance(value, int | float) or not low <= value <= high:
                raise invalid(["body", "voice_settings", name], f"Input should be between {low} and {high}")
        return body

    def _refuse_unknown(self, where: str, names: set[str]) -> None:
        if names:
            raise invalid([where, *sorted(names)], "Extra inputs are not permitted", "extra_forbidden")

    def _item(self, request: Request) -> dict[str, Any]:
        for item in self.history:
            if item["history_item_id"] == request.found["item"]:
                return item
        raise self.refusal(404, "history_item_not_found", "No such item")

    def _known_voice(self, request: Request) -> str:
        if request.found["voice"] not in self.voices:
            raise self.refusal(400, "voice_not_found", "No such voice")
        return request.found["voice"]

    def _voice(self, voice: str) -> dict[str, Any]:
        asks = voice in self.unverified
        proof = {"requires_verification": asks, "is_verified": False, "verification_failures": []}
        return {"voice_id": voice, "name": self.voices[voice], "category": "cloned", "voice_verification": proof}

    def _told(self, times: dict[str, list[Any]]) -> dict[str, list[Any]] | None:
        if self.alignment == "none":
            return None
        if self.alignment == "uneven":
            return times | {"character_end_times_seconds": times["character_end_times_seconds"][:-1]}
        if self.alignment == "other":
            return times | {"characters": ["x" if sign != " " else sign for sign in times["characters"]]}
        return times


def invalid(place: list[str], message: str, kind: str = "value_error") -> Refusal:
    """Return a refusal in the form of FastAPI."""
    return Refusal(422, {"detail": [{"loc": place, "msg": message, "type": kind}]})


def multipart(request: Request) -> dict[str, list[tuple[str | None, bytes]]]:
    """Return the parts of a form by name, each with its file name and its bytes."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise Refusal(415, {"detail": f"multipart/form-data is needed, not {kind!r}"})
    message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    form: dict[str, list[tuple[str | None, bytes]]] = {}
    for part in message.get_payload():
        name = str(part.get_param("name", header="content-disposition"))
        form.setdefault(name, []).append((part.get_filename(), part.get_payload(decode=True)))
    return form


def alignment_of(text: str) -> dict[str, list[Any]]:
    """Return when each character is heard: one after the other, after a silence."""
    starts = [round(LEAD_SECONDS + place * SIGN_SECONDS, 3) for place in range(len(text))]
    ends = [round(start + SIGN_SECONDS, 3) for start in starts]
    return {"characters": list(text), "character_start_times_seconds": starts, "character_end_times_seconds": ends}


@lru_cache(maxsize=32)
def spoken(text: str, output_format: str) -> bytes:
    """Return a tone for every letter and silence for every space, in a real file of the format."""
    length = math.ceil((2 * LEAD_SECONDS + len(text) * SIGN_SECONDS) * RATE)
    sound = np.zeros(length, np.float32)
    for place, sign in enumerate(text):
        if sign.isalnum():
            first, last = (round((LEAD_SECONDS + at * SIGN_SECONDS) * RATE) for at in (place, place + 1))
            sound[first:last] = 0.3 * np.sin(np.arange(last - first) * 2 * np.pi * 220 / RATE)
    plain = io.BytesIO()
    with wave.open(plain, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", "pipe:0", "-f", FORMATS[output_format], "-"]
    return subprocess.run(command, input=plain.getvalue(), capture_output=True, check=True).stdout
