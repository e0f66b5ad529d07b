"""What A2E is asked: its options, its prices, and the bodies of its paid calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from core.models import (
    AnimateRequest,
    Capability,
    CloneRequest,
    DrawRequest,
    Language,
    SpeakRequest,
    TalkRequest,
)
from integrations.generation.a2e_api import SERVICE
from integrations.generation.contract import Job, Pace, ServiceOptions
from integrations.generation.picture_words import NO_LETTERS, picture_words
from integrations.generation.prices import Per, Price

USER_VOICE = "user:"
"""Marks the id of a voice that was learnt from samples, as against one of A2E's own."""

LONGEST_TEXT = 1000
"""Characters of one spoken line for API users; the published schema says 3000."""

TALKING = "The person speaks to the camera, lively face, natural gestures."
"""What a talking figure does when the request does not say; A2E wants a prompt."""

FAMILIES = {
    Capability.ANIMATE: "/api/v1/userImage2Video",
    Capability.TALK: "/api/v1/talkingPhoto",
    Capability.CLONE: "/api/v1/userVoice",
}

AddressOf = Callable[[str], str]
"""Turns the SHA-256 of an input file into an address from which A2E reads it."""

PRICES = (
    Price(capability=Capability.DRAW, since=date(2026, 1, 1), units=Decimal(20)),
    Price(capability=Capability.ANIMATE, since=date(2025, 1, 1), per="second", units=Decimal(20)),
    Price(capability=Capability.ANIMATE, since=date(2026, 8, 1), per="second", units=Decimal(6)),
    Price(capability=Capability.TALK, since=date(2025, 1, 1), per="second", units=Decimal(20)),
    Price(capability=Capability.SPEAK, since=date(2025, 1, 1), per="character", units=Decimal("0.07")),
    Price(capability=Capability.CLONE, since=date(2025, 1, 1), units=Decimal(200)),
)
"""Coins, all UNCONFIRMED, each the highest figure seen: pictures 10 to 20 (clients, early 2026), 5 s of clip 100
(A2E's documentation, 2025) and 30 (measured, August 2026), 30 s of speech 30 and a voice 100 to 200 (one reseller's
sheet). Talking figures are taken to cost what clips did in 2025."""


class A2EOptions(ServiceOptions):
    """What A2E can be told: see the header for what is UNCONFIRMED and may have to be.

    `longest_side` bounds the pictures, in pixels; `regions` says for each language which accent a learnt voice
    speaks; `asks_quotes` turns the quote of the service on, before the price table.
    """

    base_url: str = Field(default="https://video.a2e.ai", pattern=r"^https?://[^\s]+$")
    poll_seconds: float = Field(default=6, gt=0)
    patience_seconds: float = Field(default=1800, gt=0)
    pace: Pace = Pace(concurrent=2)
    asks_quotes: bool = True
    image_path: str = Field(default="/api/v1/userText2Image", pattern=r"^/[\w/.-]*/userText2[Ii]mage$")
    image_model: str = "a2e"
    longest_side: int = Field(default=1536, ge=256, le=4096)
    video_model_version: str = "a2e-v2"
    video_times: tuple[int, ...] = (5, 10, 15, 20)
    negative_prompt: str = "text, watermark, blurry, low quality, distorted face, extra fingers"
    talk_seconds: int = Field(default=10, ge=1)
    upload_path: str = Field(default="/api/v1/r2/upload-presigned-url", pattern="^/")
    regions: dict[Language, str] = Field(default={"en": "US", "es": "ES", "de": "DE", "fr": "FR", "it": "IT"})
    clone_model: Literal["a2e", "cartesia", "minimax", "elevenlabs"] = "a2e"
    clone_gender: Literal["female", "male"] = "female"


class Requests:
    """Puts requests into the words of A2E."""

    def __init__(self, options: A2EOptions) -> None:
        self._options = options

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say why this cannot be asked of A2E: no voice of its own, too long, nothing to say."""
        match capability:
            case Capability.SPEAK:
                return self._speech_objection(SpeakRequest.model_validate(request))
            case Capability.ANIMATE:
                seconds, longest = AnimateRequest.model_validate(request).seconds, max(self._options.video_times)
            case Capability.TALK:
                seconds, longest = TalkRequest.model_validate(request).seconds, self._options.talk_seconds
            case Capability.DRAW | Capability.CLONE:
                return None
            case _:
                return f"A2E does not {capability}."
        return f"A2E makes at most {longest} s, not {seconds:g}; shorten the line." if seconds > longest else None

    def family(self, capability: Capability) -> str:
        """Return the path under which the records of such jobs are."""
        return self._options.image_path if capability is Capability.DRAW else FAMILIES[capability]

    def start(self, capability: Capability) -> str:
        """Return the path of the paid call."""
        if capability is Capability.SPEAK:
            return "/api/v1/video/send_tts"
        return f"{self.family(capability)}/{'training' if capability is Capability.CLONE else 'start'}"

    def model(self, capability: Capability) -> str:
        """Return the model that a job is done by."""
        return {
            Capability.DRAW: self._options.image_model,
            Capability.ANIMATE: self._options.video_model_version,
            Capability.CLONE: self._options.clone_model,
            Capability.TALK: "talkingPhoto",
        }.get(capability, "send_tts")

    def body(self, job: Job, address_of: AddressOf) -> dict[str, Any]:
        """Return the body of the paid call for a request that is not objected to."""
        match job.capability:
            case Capability.DRAW:
                return self._picture(DrawRequest.model_validate(job.request), job.label)
            case Capability.ANIMATE:
                return self._clip(AnimateRequest.model_validate(job.request), job.label, address_of)
            case Capability.TALK:
                return self._talk(TalkRequest.model_validate(job.request), job.label, address_of)
            case Capability.SPEAK:
                return self._line(SpeakRequest.model_validate(job.request))
        return self._voice(CloneRequest.model_validate(job.request), job.label, address_of)

    def _speech_objection(self, asked: SpeakRequest) -> str | None:
        voice = asked.voice.ids.get(SERVICE, "")
        if not voice.removeprefix(USER_VOICE):
            return "The character has no voice at A2E; name one under [character.voice.ids]."
        if voice.startswith(USER_VOICE) and asked.language not in self._options.regions:
            return f"No region is set for '{asked.language}' in [services.a2e.regions]."
        if not asked.text.strip():
            return "There is nothing to say."
        if len(asked.text) > LONGEST_TEXT:
            return f"A2E speaks at most {LONGEST_TEXT} characters, not {len(asked.text)}; shorten the line."
        return None

    def _picture(self, asked: DrawRequest, label: str) -> dict[str, Any]:
        scale = min(1.0, self._options.longest_side / max(asked.width, asked.height))
        width, height = (max(8, round(side * scale / 8) * 8) for side in (asked.width, asked.height))
        size = {"width": width, "height": height}
        return {
            "name": label,
            "prompt": picture_words(asked, NO_LETTERS),
            **size,
            "model_type": self._options.image_model,
            "max_images": 1,
        }

    def _clip(self, asked: AnimateRequest, label: str, address_of: AddressOf) -> dict[str, Any]:
        return {
            "name": label,
            "image_url": address_of(asked.picture),
            "prompt": asked.prompt,
            "negative_prompt": self._options.negative_prompt,
            "model_type": "GENERAL",
            "model_version": self._options.video_model_version,
            "video_time": min(time for time in self._options.video_times if time >= asked.seconds),
            "number_of_images": 1,
        }

    def _talk(self, asked: TalkRequest, label: str, address_of: AddressOf) -> dict[str, Any]:
        return {
            "name": label,
            "image_url": address_of(asked.picture),
            "audio_url": address_of(asked.speech),
            "duration": math.ceil(asked.seconds),
            "prompt": asked.prompt or TALKING,
            "negative_prompt": self._options.negative_prompt,
        }

    def _line(self, asked: SpeakRequest) -> dict[str, Any]:
        voice = asked.voice.ids.get(SERVICE, "")
        line = {"msg": asked.text, "speechRate": asked.voice.speed}
        if not voice.startswith(USER_VOICE):
            return {**line, "tts_id": voice}
        place = {"country": asked.language, "region": self._options.regions[asked.language]}
        return {**line, "user_voice_id": voice.removeprefix(USER_VOICE), **place}

    def _voice(self, asked: CloneRequest, label: str, address_of: AddressOf) -> dict[str, Any]:
        return {
            "name": f"{asked.name} {label}",
            "voice_urls": [address_of(sample) for sample in asked.samples],
            "model": self._options.clone_model,
            "language": asked.language,
            "gender": self._options.clone_gender,
            "denoise": True,
        }


def amounts_of(body: Mapping[str, Any]) -> dict[Per, Decimal]:
    """Return the seconds and characters that a body orders."""
    return {
        "second": Decimal(body.get("video_time") or body.get("duration") or 0),
        "character": Decimal(len(body.get("msg", ""))),
    }
