"""Speech and cloned voices by ElevenLabs.

Facts (documentation https://elevenlabs.io/docs/api-reference, its repository elevenlabs/elevenlabs-docs, and the source
of the official SDK 2.78.0; never called live):

- Base https://api.elevenlabs.io, the key in the header `xi-api-key`. The SDK is not used: it repeats paid calls by
  itself and writes this header into its debug log.
- POST /v1/text-to-speech/{voice}/with-timestamps answers at once: audio in base64 and a time for each character.
- GET /v1/history and /v1/history/{id}, /v1/history/{id}/audio: what was spoken, newest first. An account with zero
  retention keeps none, so that a lost answer cannot be looked up.
- POST /v1/voices/add (multipart) and GET /v1/voices[/{id}]: voices learnt from samples. They take slots, and each
  change counts against a monthly limit that deleting does not give back.
- GET /v1/user/subscription: plan, characters used and allowed, voices.
- Errors come in two envelopes and in the form of FastAPI; spent credits may come with status 401.
- Speed goes from 0.7 to 1.2. There is no pitch: that of the character is not applied.

UNCONFIRMED: the header `character-cost` (seen in three clients; the credits charged), the multiplier of some library
voices (which no quote shows; give such a voice a price of its own), whether the history keeps the text letter by
letter and its word times, how long a voice's name may be.
"""

from __future__ import annotations

import base64
import json
import zlib
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote as quoted

import httpx
from pydantic import Field

from core.errors import FactoryError, JobFailed, OutcomeUnknown
from core.models import Capability, CloneRequest, Made, SpeakRequest
from integrations.generation.contract import Job, ServiceOptions, Standing, Ticket
from integrations.generation.elevenlabs_models import MODELS, PRICES, UNKNOWN_MODEL
from integrations.generation.elevenlabs_replies import (
    ElevenLabsApi,
    History,
    HistoryItem,
    LearntVoice,
    Spoken,
    Subscription,
    Voice,
    Voices,
    word_times,
)
from integrations.generation.file_kinds import Kind, kind_of
from integrations.generation.prices import cost_today
from integrations.generation.spoken import spoken_forms
from integrations.generation.spoken_reply import speech_from

HISTORY = "history:"
"""Begins the number of a job that was found in the history; what follows is the service's own."""

RAW_FILE = "elevenlabs.part"
SLOWEST, FASTEST = 0.7, 1.2


class ElevenLabsOptions(ServiceOptions):
    """`output_format` is a codec with its rate; some need a larger plan. The three shares go from 0 to 1."""

    base_url: str = Field(default="https://api.elevenlabs.io", pattern=r"^https?://[^\s]+$")
    model: str = Field(default="eleven_multilingual_v2", min_length=1)
    output_format: str = Field(default="mp3_44100_128", pattern=r"^(mp3|opus|wav)_\d+(_\d+)?$")
    stability: float = Field(default=0.5, ge=0, le=1)
    similarity: float = Field(default=0.75, ge=0, le=1)
    style: float = Field(default=0.0, ge=0, le=1)


class ElevenLabs:
    """Speaks lines with times for their words, and learns voices from samples."""

    name: ClassVar[str] = "elevenlabs"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.SPEAK, Capability.CLONE})
    needs_key: ClassVar[bool] = True
    quotes_by_asking: ClassVar[bool] = False
    Options: ClassVar[type[ServiceOptions]] = ElevenLabsOptions

    def __init__(self, options: ElevenLabsOptions, key: str) -> None:
        self._options = options
        self._model = MODELS.get(options.model, UNKNOWN_MODEL)
        self._api = ElevenLabsApi(
            self.name, options.base_url, headers={"xi-api-key": key}, timeout=options.timeout_seconds
        )

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say why this request cannot be served here: the voice, the language, the length, or nothing to say."""
        if capability == Capability.CLONE:
            CloneRequest.model_validate(request)
            return None
        if capability != Capability.SPEAK:
            return f"ElevenLabs is not asked for '{capability}' here."
        asked = SpeakRequest.model_validate(request)
        if not asked.voice.ids.get(self.name):
            return f"The character has no voice for ElevenLabs; put its id under `ids.{self.name}` of its voice."
        if self._model.only_english and asked.language != "en":
            return f"The model '{self._options.model}' speaks English only; set one that speaks '{asked.language}'."
        if len(asked.text) > self._model.longest:
            return f"The line has {len(asked.text)} characters; '{self._options.model}' takes {self._model.longest}."
        if not any(spoken_forms(asked.text, asked.language)):
            return "The line has no word that can be spoken; write one."
        return None

    def quote(self, job: Job) -> Decimal:
        """Return the credits a job takes, by the characters of its text. Raises ConfigError for an unknown model."""
        model = self._options.model if job.capability == Capability.SPEAK else ""
        characters = Decimal(len(_text(job))) if job.capability == Capability.SPEAK else Decimal(0)
        prices = (self._options.prices, PRICES)
        return cost_today(prices, self.name, job.capability, model, {"character": characters})

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Speak the line, or learn the voice; both are answered at once with what was made."""
        return self._learn(job) if job.capability == Capability.CLONE else self._speak(job, workspace)

    def check(self, job: Job, external_id: str) -> Standing:
        """Return what the history, or the list of voices, has of a job that was begun.

        Raises JobFailed, with what was quoted, when it has nothing of it: it was paid when it was begun.
        """
        if job.capability == Capability.CLONE:
            return self._learnt(job, external_id)
        if external_id.startswith(HISTORY):
            path = f"/v1/history/{quoted(external_id.removeprefix(HISTORY), safe='')}"
            item: HistoryItem | None = self._api.formed(HistoryItem, self._api.ask("GET", path))
        else:
            item = self._in_history(job, since=None)
        if item is None:
            raise self._useless(job, "The history does not hold this line.")
        times = word_times(item.alignments.alignment if item.alignments else None, _text(job))
        spent = item.character_count_change_to - item.character_count_change_from
        return Standing(
            is_ready=True,
            share=1.0,
            links=(f"/v1/history/{quoted(item.history_item_id, safe='')}/audio",),
            result={"times": times, "model": item.model_id or self._options.model},
            units=Decimal(spent) if spent > 0 else None,
        )

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Download a line from the history. Its words are timed by the history, or guessed where it has no times."""
        if job.capability == Capability.CLONE:
            return Made(result=standing.result)
        asked = SpeakRequest.model_validate(job.request)
        raw = workspace / RAW_FILE
        self._api.download(standing.links[0], raw, largest_mib=self._options.largest_mib)
        return speech_from(
            raw,
            asked.text,
            asked.language,
            workspace,
            service=self.name,
            times=standing.result["times"],
            model=standing.result["model"],
        )

    def find(self, job: Job, since: datetime) -> str | None:
        """Return the number of a line in the history, or the id of a voice that bears our label; None without one."""
        if job.capability == Capability.CLONE:
            voices = self._api.formed(Voices, self._api.ask("GET", "/v1/voices")).voices
            return next((voice.voice_id for voice in voices if voice.name == _voice_name(job)), None)
        item = self._in_history(job, since=since)
        return f"{HISTORY}{item.history_item_id}" if item else None

    def balance(self) -> Decimal:
        """Return the characters the plan has left; what may be bought beyond it does not count."""
        plan = self._subscription()
        return Decimal(plan.character_limit - plan.character_count)

    def examine(self) -> str:
        """Say what the account's plan is and what is left of it."""
        plan = self._subscription()
        changes = "" if plan.max_voice_add_edits is None else f" of {plan.max_voice_add_edits}"
        return (
            f"Plan {plan.tier}: {plan.character_limit - plan.character_count} of {plan.character_limit} characters "
            f"left, {plan.voice_slots_used} of {plan.voice_limit} voice slots used, "
            f"{plan.voice_add_edit_counter}{changes} voice changes this month, "
            f"{'can' if plan.can_use_instant_voice_cloning else 'cannot'} clone."
        )

    def _speak(self, job: Job, workspace: Path) -> Ticket:
        asked = SpeakRequest.model_validate(job.request)
        # Each attempt has a label of its own, so a new take sounds different and can still be made again.
        seed = zlib.crc32(job.label.encode())
        path = f"/v1/text-to-speech/{quoted(asked.voice.ids[self.name], safe='')}/with-timestamps"
        reply = self._api.submit(
            "POST", path, params={"output_format": self._options.output_format}, json=self._body(asked, seed)
        )
        said = self._api.formed(Spoken, reply, submitted=True)
        try:
            raw = workspace / RAW_FILE
            raw.write_bytes(base64.b64decode(said.audio_base64, validate=True))
            made = speech_from(
                raw,
                asked.text,
                asked.language,
                workspace,
                service=self.name,
                times=word_times(said.alignment, asked.text),
                model=self._options.model,
                seed=seed,
            )
        except (ValueError, OSError, FactoryError) as exc:
            # It is paid for whatever is wrong with the answer, and the history holds the audio.
            detail = exc.message if isinstance(exc, FactoryError) else str(exc)
            raise self._api.lost("The answer holds no usable speech.", detail=detail) from exc
        return Ticket(external_id=reply.headers.get("request-id") or job.label, made=made, units=_charged(reply))

    def _body(self, asked: SpeakRequest, seed: int) -> dict[str, Any]:
        settings = {
            "stability": self._options.stability,
            "similarity_boost": self._options.similarity,
            "style": self._options.style,
            "speed": min(max(asked.voice.speed, SLOWEST), FASTEST),
        }
        body = {"text": asked.text, "model_id": self._options.model, "voice_settings": settings, "seed": seed}
        return body | ({"language_code": asked.language} if self._model.takes_language else {})

    def _learn(self, job: Job) -> Ticket:
        asked = CloneRequest.model_validate(job.request)
        samples = [job.files[sha] for sha in asked.samples]
        files = [("files", _form_part(number, path)) for number, path in enumerate(samples, start=1)]
        form = {"name": _voice_name(job), "labels": json.dumps({"language": asked.language})}
        reply = self._api.submit("POST", "/v1/voices/add", data=form, files=files)
        voice = self._api.formed(LearntVoice, reply, submitted=True)
        if voice.requires_verification:
            return Ticket(external_id=voice.voice_id)
        return Ticket(external_id=voice.voice_id, made=Made(result={"voice_id": voice.voice_id}))

    def _learnt(self, job: Job, voice_id: str) -> Standing:
        voice = self._api.formed(Voice, self._api.ask("GET", f"/v1/voices/{quoted(voice_id, safe='')}"))
        proof = voice.voice_verification
        if proof and proof.requires_verification and not proof.is_verified:
            raise self._useless(
                job,
                f"The voice {voice_id} was learnt but may not speak before it is verified.",
                "Verify the voice at ElevenLabs and enter its id by hand, or delete it to free its slot.",
            )
        return Standing(is_ready=True, share=1.0, result={"voice_id": voice_id})

    def _in_history(self, job: Job, since: datetime | None) -> HistoryItem | None:
        """Return the newest item that speaks this line with this voice. Raises OutcomeUnknown when not all is shown."""
        asked = SpeakRequest.model_validate(job.request)
        query: dict[str, Any] = {"voice_id": asked.voice.ids[self.name], "page_size": 1000}
        if since is not None:
            query["date_after_unix"] = int(since.timestamp())
        page = self._api.formed(History, self._api.ask("GET", "/v1/history", params=query))
        for item in page.history:
            if (item.text or "").split() == asked.text.split():
                return item
        if page.has_more:
            raise OutcomeUnknown("The history is longer than what is shown at once.", service=self.name)
        return None

    def _subscription(self) -> Subscription:
        return self._api.formed(Subscription, self._api.ask("GET", "/v1/user/subscription"))

    def _useless(self, job: Job, message: str, remedy: str | None = None) -> JobFailed:
        failed = JobFailed(message, service=self.name, remedy=remedy)
        failed.units = self.quote(job)
        return failed


def _text(job: Job) -> str:
    return SpeakRequest.model_validate(job.request).text


def _voice_name(job: Job) -> str:
    """Name a new voice so that it is found by our label when the answer was lost."""
    return f"{CloneRequest.model_validate(job.request).name} {job.label}"


def _form_part(number: int, path: Path) -> tuple[str, bytes, str]:
    kind = kind_of(path) or Kind(path.suffix, "application/octet-stream")
    return f"sample-{number}{kind.suffix}", path.read_bytes(), kind.media_type


def _charged(reply: httpx.Response) -> Decimal | None:
    """Return the credits a reply says it took, where it does."""
    try:
        units = Decimal(reply.headers.get("character-cost", ""))
    except InvalidOperation:
        return None
    return units if units.is_finite() and units >= 0 else None
