"""Scripts, pictures and speech from any server that speaks OpenAI's API: LM Studio, vLLM, llama.cpp, LocalAI, OpenAI.

- The base address, with its `/v1`, is the operator's to give. The account's key goes as a bearer token; without a key
  no header is sent, as servers on one's own machine want none.
- `POST {base}/chat/completions`, `/images/generations`, `/audio/speech`; `examine` asks `GET {base}/models`
  (https://platform.openai.com/docs/api-reference). No model is built in: names come and go.
- No price is built in either, but on this machine and in private networks all is free. A gateway there that passes
  calls on to a paid service needs prices in the services file.
- Everything comes at once and no record is kept; a lost answer stays OutcomeUnknown. Only a picture may come as a
  link, which then is its number: it can be taken again as long as the link lives. A signed link is a secret, so what
  is behind it is taken at once.
- `structured` says how an answer is held to its schema: "schema" (strict), "object" (any JSON), or "none" for servers
  that know neither; a refused way is not replaced by another call. LM Studio takes "schema" and "none" only.
- Speech has at most 4096 characters and no word times. Sizes of pictures are multiples of 16, between 1:3 and 3:1.
- UNCONFIRMED: the codes for spent credits, and how clones of the API differ in it. Models that think want
  `tokens_field = "max_completion_tokens"`, and some refuse a temperature (`temperature = false`).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from core.errors import ConfigError, FactoryError, JobFailed
from core.models import Capability, DrawRequest, Made, Prompt, SpeakRequest
from integrations.generation.answers import (
    LONGER_ANSWER,
    AnswersAtOnce,
    answer_of,
    most_tokens,
    plain_schema,
    prompt_of,
    told,
    writing_objection,
)
from integrations.generation.contract import Job, ServiceOptions, Standing, Ticket
from integrations.generation.file_kinds import picture_of
from integrations.generation.openai_replies import Chat, Choice, CompatibleApi, Models, Picture, Pictures, is_private
from integrations.generation.picture_words import NO_LETTERS, picture_words
from integrations.generation.prices import Per, Price, cost_today
from integrations.generation.spoken_reply import speech_from
from integrations.http import bare_address, one_line

FREE = tuple(
    Price(capability=capability, since=date(2023, 1, 1), units=Decimal(0))
    for capability in (Capability.WRITE, Capability.DRAW, Capability.SPEAK)
)
"""The built-in prices of servers on this machine and in private networks."""

RAW_FILE = "openai.part"
LONGEST_SPEECH = 4096
"""Characters in one call (platform.openai.com/docs/guides/text-to-speech)."""


class OpenAIOptions(ServiceOptions):
    """The table of an OpenAI-compatible server in the services file. A capability whose model is empty is off."""

    write_model: str = ""
    image_model: str = ""
    speech_model: str = ""
    structured: Literal["schema", "object", "none"] = "schema"
    tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True
    image_size: str = Field(default="1024x1536", pattern=r"^\d{2,5}x\d{2,5}$")
    image_quality: str = ""
    speech_format: Literal["mp3", "wav", "flac", "opus", "aac"] = "mp3"
    timeout_seconds: float = 300

    @field_validator("image_size")
    @classmethod
    def _is_drawable(cls, value: str) -> str:
        width, height = map(int, value.split("x"))
        if width % 16 or height % 16 or not width <= 3 * height <= 9 * width:
            raise ValueError("width and height must be multiples of 16, and no more than 3 to 1")
        return value


class OpenAICompatible(AnswersAtOnce):
    """Writes, draws and speaks through one server, each with the model that the operator names."""

    name: ClassVar[str] = "openai"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.WRITE, Capability.DRAW, Capability.SPEAK})
    Options: ClassVar[type[ServiceOptions]] = OpenAIOptions
    needs_key: ClassVar[bool] = False
    quotes_by_asking: ClassVar[bool] = False

    def __init__(self, options: OpenAIOptions, key: str) -> None:
        self._options = options
        self._models = {
            Capability.WRITE: options.write_model,
            Capability.DRAW: options.image_model,
            Capability.SPEAK: options.speech_model,
        }
        self._prices = FREE if is_private(options.base_url) else ()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._api = CompatibleApi(self.name, options.base_url, headers=headers, timeout=options.timeout_seconds)

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say why this cannot be made: no model for it, no prompt, no voice, or too long a text."""
        if capability not in self.capabilities:
            return f"An OpenAI-compatible server does not {capability} here."
        if not self._models[capability]:
            return f"No model for '{capability}' is set in [services.openai]."
        if capability == Capability.WRITE:
            return writing_objection(request)
        if capability == Capability.SPEAK:
            asked = SpeakRequest.model_validate(request)
            if not asked.voice.ids.get(self.name):
                return f"The voice '{asked.voice.name}' has no id for '{self.name}'; add one to the character."
            if not 0 < len(asked.text.strip()) <= LONGEST_SPEECH:
                return f"The line has {len(asked.text)} characters; between 1 and {LONGEST_SPEECH} can be spoken."
        return None

    def quote(self, job: Job) -> Decimal:
        """Return what the job costs at most by the price table. Raises ConfigError when it has no price."""
        amounts: dict[Per, Decimal] = {}
        if job.capability == Capability.WRITE:
            amounts["token"] = Decimal(most_tokens(prompt_of(job.request, self.name)))
        elif job.capability == Capability.SPEAK:
            amounts["character"] = Decimal(len(SpeakRequest.model_validate(job.request).text))
        return self._cost(job.capability, amounts)

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Ask once and return what was made, or the link to a picture.

        Raises JobFailed, with what it cost, when an answer is cut off, withheld or no JSON object; Rejected,
        QuotaSpent, RateLimited, AccessLost; and OutcomeUnknown when no usable reply came.
        """
        if job.capability == Capability.WRITE:
            return self._write(job)
        return self._draw(job, workspace) if job.capability == Capability.DRAW else self._speak(job, workspace)

    def check(self, job: Job, external_id: str) -> Standing:
        """Say that a picture waits at its link; for all else raise OutcomeUnknown."""
        if job.capability != Capability.DRAW or not external_id.startswith("http"):
            return super().check(job, external_id)
        return Standing(is_ready=True, share=1.0, links=(external_id,))

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Copy a picture that came as a link. Raises UnexpectedReply when it is none."""
        if not standing.links:
            return super().fetch(job, standing, workspace)
        raw = workspace / RAW_FILE
        self._api.download(standing.links[0], raw, largest_mib=self._options.largest_mib)
        return Made(files={"picture": picture_of(raw, self.name)}, model=self._options.image_model)

    def examine(self) -> str:
        """Name the configured models. Raises ConfigError when there are none, or the server lacks one."""
        wanted = [model for model in self._models.values() if model]
        there = {held.id for held in self._api.formed(Models, self._api.ask("GET", "models")).data}
        missing = [model for model in wanted if model not in there]
        if missing or not wanted:
            raise ConfigError(
                f"The server has no model '{missing[0]}'." if missing else "No model is set in [services.openai].",
                remedy=f"Set write_model, image_model or speech_model to one of: {', '.join(sorted(there)) or 'none'}.",
            )
        return f"{', '.join(wanted)}: there, of {len(there)} models"

    def _write(self, job: Job) -> Ticket:
        reply = self._api.submit("POST", "chat/completions", json=self._question(prompt_of(job.request, self.name)))
        chat = self._api.formed(Chat, reply, submitted=True)
        used = chat.usage.total_tokens if chat.usage else None
        units = None if used is None else self._cost(Capability.WRITE, {"token": Decimal(used)})
        try:
            answer = self._answer(chat.choices[0])
        except JobFailed as failed:
            failed.units = self.quote(job) if units is None else units
            raise
        made = Made(result=answer, model=chat.model or self._options.write_model)
        return Ticket(external_id=chat.id or job.label, made=made, units=units)

    def _question(self, prompt: Prompt) -> dict[str, Any]:
        schema, system = plain_schema(prompt.answer_schema), prompt.system
        asked: dict[str, Any] = {"model": self._options.write_model, self._options.tokens_field: prompt.max_tokens}
        if self._options.temperature:
            asked["temperature"] = prompt.temperature
        if self._options.structured == "schema":
            held = {"name": "answer", "schema": schema, "strict": True}
            asked["response_format"] = {"type": "json_schema", "json_schema": held}
        else:
            system = told(system, schema)
        if self._options.structured == "object":
            asked["response_format"] = {"type": "json_object"}
        return {**asked, "messages": [
            {"role": "system", "content": system}, {"role": "user", "content": prompt.user},
        ]}  # fmt: skip

    def _answer(self, choice: Choice) -> dict[str, Any]:
        if choice.finish_reason == "length":
            raise JobFailed("The answer is cut off.", service=self.name, code="length", remedy=LONGER_ANSWER)
        if choice.finish_reason == "content_filter" or choice.message.refusal:
            raise JobFailed(
                "The answer is withheld.", service=self.name, code="content_filter",
                detail=one_line(choice.message.refusal or ""),
                remedy="Change the brief: the same prompt would meet this again.",
            )  # fmt: skip
        return answer_of(choice.message.content or "", self.name)

    def _draw(self, job: Job, workspace: Path) -> Ticket:
        asked = {
            "model": self._options.image_model, "n": 1, "size": self._options.image_size,
            "prompt": picture_words(DrawRequest.model_validate(job.request), NO_LETTERS),
        }  # fmt: skip
        if self._options.image_quality:
            asked["quality"] = self._options.image_quality
        reply = self._api.submit("POST", "images/generations", json=asked)
        picture = self._api.formed(Pictures, reply, submitted=True).data[0]
        if picture.url and not picture.b64_json and picture.url == bare_address(picture.url):
            return Ticket(external_id=picture.url)
        try:
            made = self._taken(job, picture, workspace)
        except (FactoryError, ValueError, OSError) as exc:
            detail = exc.message if isinstance(exc, FactoryError) else str(exc)
            raise self._api.lost("The picture was drawn and could not be taken.", detail=detail) from exc
        return Ticket(job.label, made=made)

    def _taken(self, job: Job, picture: Picture, workspace: Path) -> Made:
        if picture.url and not picture.b64_json:
            return self.fetch(job, Standing(True, 1.0, (picture.url,)), workspace)
        raw = workspace / RAW_FILE
        raw.write_bytes(base64.b64decode(picture.b64_json or "", validate=True))
        return Made(files={"picture": picture_of(raw, self.name)}, model=self._options.image_model)

    def _speak(self, job: Job, workspace: Path) -> Ticket:
        asked, model = SpeakRequest.model_validate(job.request), self._options.speech_model
        reply = self._api.submit("POST", "audio/speech", json={
            "model": model, "input": asked.text, "voice": asked.voice.ids[self.name],
            "response_format": self._options.speech_format, "speed": asked.voice.speed,
        })  # fmt: skip
        raw = workspace / RAW_FILE
        try:
            raw.write_bytes(reply.content)
            made = speech_from(raw, asked.text, asked.language, workspace, service=self.name, model=model)
        except (FactoryError, OSError) as exc:
            detail = exc.message if isinstance(exc, FactoryError) else str(exc)
            raise self._api.lost("The line was spoken and could not be taken.", detail=detail) from exc
        return Ticket(reply.headers.get("x-request-id") or job.label, made=made)

    def _cost(self, capability: Capability, amounts: Mapping[Per, Decimal]) -> Decimal:
        prices = (self._options.prices, self._prices)
        return cost_today(prices, self.name, capability, self._models[capability], amounts)
