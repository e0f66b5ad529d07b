"""The forms of ElevenLabs' answers, its error codes, and the times of words read out of its characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import httpx
from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from core.errors import AccessLost, OutcomeUnknown, QuotaSpent, RateLimited, Rejected, ServiceError
from integrations.http import Api, one_line, retry_after, shown

ERRORS: dict[str, tuple[type[ServiceError], str, str]] = {
    **dict.fromkeys(
        ("invalid_api_key", "missing_api_key"),
        (AccessLost, "The service does not accept the key.", "Make a new key at ElevenLabs and store it again."),
    ),
    "missing_permissions": (
        AccessLost,
        "The key may not do this.",
        "Give the key access to text to speech, voices, history and user at ElevenLabs.",
    ),
    **dict.fromkeys(
        ("quota_exceeded", "insufficient_credits"),
        (QuotaSpent, "The account has no characters left.", "Wait for the plan's next month, or take a larger plan."),
    ),
    **dict.fromkeys(
        ("max_character_limit_exceeded", "text_too_long"),
        (Rejected, "The line is too long for the model.", "Shorten the line, or set a model that takes longer ones."),
    ),
    "voice_not_found": (
        Rejected,
        "The account has no such voice.",
        "Put the id of one of its voices under `ids` of the character's voice.",
    ),
    "voice_limit_reached": (
        Rejected,
        "All voice slots of the plan are taken.",
        "Delete a voice that no character uses, or use one that exists.",
    ),
    **dict.fromkeys(
        ("voice_add_edit_limit_reached", "voice_add_edit_limit"),
        (
            Rejected,
            "The plan's voice changes of this month are used up.",
            "Wait for the next month: deleting voices does not help.",
        ),
    ),
    "voice_already_exists": (Rejected, "There is a voice of this name.", "Use the one that exists."),
    **dict.fromkeys(
        ("feature_not_available", "subscription_required", "only_for_creator+"),
        (Rejected, "The account's plan does not include this.", "Take a larger plan, or change the option it names."),
    ),
    **dict.fromkeys(
        ("too_many_concurrent_requests", "concurrent_limit_exceeded"),
        (
            RateLimited,
            "More calls at once than the plan allows.",
            "Wait; it is tried again. Lower `concurrent` of this service's pace if it stays so.",
        ),
    ),
    **dict.fromkeys(
        ("rate_limit_exceeded", "system_busy"),
        (RateLimited, "The service asks for slower calls.", RateLimited.remedy),
    ),
    **dict.fromkeys(
        ("already_running", "concurrent_modification"),
        (OutcomeUnknown, "The service is at work on such a call already.", OutcomeUnknown.remedy),
    ),
}
"""What each error code means, whatever its status: class, message, remedy. Trouble of theirs goes by its status."""


class Envelope(BaseModel):
    """The newer form of an error; the older one has only `status` and `message`."""

    code: str | None = None
    status: str | None = None
    message: str | None = None
    request_id: str | None = None

    @property
    def name(self) -> str:
        """What the error is called, in either form."""
        return self.code or self.status or ""


class Alignment(BaseModel):
    """When each character of the text is heard, in seconds."""

    characters: list[str]
    character_start_times_seconds: list[FiniteFloat]
    character_end_times_seconds: list[FiniteFloat]


class Spoken(BaseModel):
    """The answer to a spoken line."""

    audio_base64: str = Field(min_length=1)
    alignment: Alignment | None = None


class LearntVoice(BaseModel):
    """The answer to a new voice."""

    voice_id: str = Field(min_length=1)
    requires_verification: bool = False


class Alignments(BaseModel):
    """The times the history keeps."""

    alignment: Alignment | None = None


class HistoryItem(BaseModel):
    """One item of the history."""

    history_item_id: str = Field(min_length=1)
    text: str | None = None
    voice_id: str | None = None
    model_id: str | None = None
    date_unix: int = 0
    character_count_change_from: int = 0
    character_count_change_to: int = 0
    alignments: Alignments | None = None


class History(BaseModel):
    """A page of the history, newest first."""

    history: list[HistoryItem]
    has_more: bool = False


class Verification(BaseModel):
    """Whether a voice must be shown to be the speaker's own, and is."""

    requires_verification: bool = False
    is_verified: bool = False


class Voice(BaseModel):
    """A voice of the account."""

    voice_id: str
    name: str | None = None
    voice_verification: Verification | None = None


class Voices(BaseModel):
    """All voices of the account."""

    voices: list[Voice]


class Subscription(BaseModel):
    """What the plan allows and what is used of it."""

    tier: str = "unknown"
    character_count: int
    character_limit: int
    voice_slots_used: int = 0
    voice_limit: int = 0
    voice_add_edit_counter: int = 0
    max_voice_add_edits: int | None = None
    can_use_instant_voice_cloning: bool = False


class ElevenLabsApi(Api):
    """The connection, which knows the service's error codes."""

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error a reply stands for: by its code, else by its status."""
        said = envelope_of(reply)
        plain = super().error_of(reply)
        kind, message, remedy = ERRORS.get(said.name, (type(plain), plain.message, plain.remedy))
        error = kind(
            message,
            service=self.service,
            status=reply.status_code,
            code=said.name,
            request_id=said.request_id or reply.headers.get("request-id", ""),
            detail=one_line(said.message or "") or shown(reply),
            remedy=remedy,
        )
        if isinstance(error, RateLimited):
            error.retry_after = retry_after(reply)
        return error


def envelope_of(reply: httpx.Response) -> Envelope:
    """Read an error in any of its forms: an object, a list of faulty fields, or plain text."""
    try:
        detail = reply.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return Envelope()
    if isinstance(detail, str):
        return Envelope(message=detail)
    if isinstance(detail, list):
        return Envelope(code="invalid_fields", message="; ".join(_fault(part) for part in detail))
    try:
        return Envelope.model_validate(detail)
    except ValidationError:
        return Envelope()


def word_times(alignment: Alignment | None, text: str) -> list[tuple[float, float]] | None:
    """Return start and end in seconds of each whitespace-separated word of `text`; None where they do not fit it.

    Signs before and after the letters of a word, which hold its pauses, do not count to it.
    """
    if alignment is None:
        return None
    signs, starts, ends = (
        alignment.characters,
        alignment.character_start_times_seconds,
        alignment.character_end_times_seconds,
    )
    if not len(signs) == len(starts) == len(ends):
        return None
    heard = zip(signs, starts, ends, strict=True)
    words = [list(part) for blank, part in groupby(heard, key=lambda sign: sign[0].isspace()) if not blank]
    if ["".join(sign for sign, _, _ in word) for word in words] != text.split():
        return None
    return [_span(word) for word in words]


def _fault(part: Any) -> str:
    if not isinstance(part, dict):
        return str(part)
    return f"{'.'.join(map(str, part.get('loc', ())))}: {part.get('msg', '')}"


def _span(word: Sequence[tuple[str, float, float]]) -> tuple[float, float]:
    letters = [sign for sign in word if sign[0].isalnum()] or word
    return letters[0][1], letters[-1][2]
