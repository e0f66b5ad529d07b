"""Scripts by Google's Gemini, through the official client google-genai 3.4.0.

- Base address https://generativelanguage.googleapis.com; the key of an account is sent as `x-goog-api-key`.
- `POST {base}/{version}/models/{model}:generateContent` (https://ai.google.dev/api/generate-content); `examine` asks
  `GET .../models/{model}`. The client's own default version is `v1`; `v1beta` is pinned, because that every field
  works on `v1` is UNCONFIRMED.
- The client may repeat calls, follow redirects with the key, and go on by itself (and be paid again) when an answer
  stops for its length: all three are switched off, so that one order is one paid exchange.
- The answer comes at once and no record of it is kept: one that is lost stays OutcomeUnknown. Where a call costs
  nothing, as in Google's free tier, it does no harm to send it again: an operator who sets the price to 0 says so.
- A unit is a US dollar. The price table has one price for a token, so the dearer one of answers (which thoughts
  count as) is taken for all: what is quoted is too much rather than too little. Models and prices change often and
  are UNCONFIRMED (https://ai.google.dev/gemini-api/docs/pricing, October 2026), and so is that `max_tokens` bounds
  thoughts too; model, thinking and prices are options.
- A blocked prompt and a withheld answer come with status 200 and a count of tokens, so they count as paid. UNCONFIRMED.
- UNCONFIRMED: that a spent day or spent credits are told apart from a short limit by the words in SPENT.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

import httpx
import httpx2
from google import genai
from google.genai import errors, types

from core.errors import (
    AccessLost,
    JobFailed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    Unreachable,
)
from core.models import Capability, Made, Prompt
from integrations.generation.answers import (
    LONGER_ANSWER,
    AnswersAtOnce,
    answer_of,
    most_tokens,
    plain_schema,
    prompt_of,
    writing_objection,
)
from integrations.generation.contract import Job, ServiceOptions, Ticket
from integrations.generation.prices import Price, cost_today
from integrations.http import NOT_SENT, header_value, one_line, trusted

PRICES = (
    Price(capability=Capability.WRITE, model="gemini-3.8-flash", since=date(2026, 9, 2), per="token",
          units=Decimal("0.00000375")),
    Price(capability=Capability.WRITE, model="gemini-3.8-flash", since=date(2027, 1, 1), per="token",
          units=Decimal("0.0000075")),
    Price(capability=Capability.WRITE, model="gemini-3.5-flash-lite", since=date(2026, 7, 1), per="token",
          units=Decimal("0.0000025")),
)  # fmt: skip
"""US dollars for a token of an answer. UNCONFIRMED."""

SPENT = ("limit: 0", "PerDay", "depleted")
"""In a refusal for speed (429): no free tier for this model, the day's requests are used up, no credits left."""

MODERATED = frozenset({
    "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "ESCALATION", "MODEL_ARMOR",
    "PUP_LIMITED_DISABLED",
})  # fmt: skip
"""Finish reasons that the same prompt would meet again."""

CUT_OFF = frozenset({"MAX_TOKENS", "CONTINUATION"})
EXTRA_SECONDS = 1.0
"""Waited beyond the delay that Google names, which is cut to whole seconds."""

HTTP_ERRORS = (httpx.HTTPError, httpx2.HTTPError)
"""The client runs on httpx2, or on httpx where its environment says so."""

NEVER_SENT = (
    *NOT_SENT,
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
)
NONSENSE = (ValueError, TypeError, KeyError, AttributeError)
"""What the client's own parsing raises when the answer has not the form it expects."""


class GeminiOptions(ServiceOptions):
    """Gemini's table in the services file. `thinking_budget` (tokens) is for models before 3; it replaces the level."""

    base_url: str = "https://generativelanguage.googleapis.com"
    api_version: str = "v1beta"
    model: str = "gemini-3.8-flash"
    thinking_level: Literal["", "minimal", "low", "medium", "high"] = "low"
    thinking_budget: int | None = None
    timeout_seconds: float = 180


class Gemini(AnswersAtOnce):
    """Writes what a prompt asks for, as JSON."""

    name: ClassVar[str] = "gemini"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.WRITE})
    Options: ClassVar[type[ServiceOptions]] = GeminiOptions
    needs_key: ClassVar[bool] = True
    quotes_by_asking: ClassVar[bool] = False

    def __init__(self, options: GeminiOptions, key: str) -> None:
        self._options = options
        self._client = genai.Client(
            api_key=header_value(self.name, key),
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=options.base_url,
                api_version=options.api_version,
                timeout=round(options.timeout_seconds * 1000),
                retry_options=types.HttpRetryOptions(attempts=1),
                client_args={"follow_redirects": False, "verify": trusted()},
                async_client_args={"ssl": trusted()},  # unused, but the client would read all certificates for it
            ),
        )

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say why this cannot be written: no prompt."""
        return writing_objection(request) if capability in self.capabilities else f"Gemini does not {capability} here."

    def quote(self, job: Job) -> Decimal:
        """Return the US dollars of the longest answer, by the price table."""
        return self._cost(most_tokens(prompt_of(job.request, self.name)))

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Ask once and return the answer.

        Raises JobFailed, with what it cost, when the prompt or the answer is blocked, or the answer is cut off or no
        JSON object; Rejected, QuotaSpent, RateLimited, AccessLost; and OutcomeUnknown when no usable reply came.
        """
        prompt = prompt_of(job.request, self.name)
        config = self._config(prompt)
        try:
            reply = self._client.models.generate_content(model=self._options.model, contents=prompt.user, config=config)
        except errors.APIError as exc:
            raise self._error_of(exc, submitted=True) from None  # its text is the whole body
        except NEVER_SENT as exc:
            raise Unreachable("The prompt could not be sent.", service=self.name, detail=type(exc).__name__) from exc
        except HTTP_ERRORS as exc:
            raise self._lost("No answer to the prompt.", type(exc).__name__) from exc
        except NONSENSE as exc:
            raise self._lost("The answer is not what the service documents.", type(exc).__name__) from None
        units = self._units(reply)
        try:
            answer = self._answer(reply)
        except JobFailed as failed:
            failed.units = self.quote(job) if units is None else units
            raise
        made = Made(result=answer, model=reply.model_version or self._options.model)
        return Ticket(external_id=reply.response_id or job.label, made=made, units=units)

    def examine(self) -> str:
        """Say that the model is there and how much it takes and gives."""
        try:
            model = self._client.models.get(model=self._options.model)
        except errors.APIError as exc:
            raise self._error_of(exc, submitted=False) from None
        except (*HTTP_ERRORS, *NEVER_SENT, *NONSENSE) as exc:
            raise Unreachable("No usable answer.", service=self.name, detail=type(exc).__name__) from None
        return f"{self._options.model} is there; it answers with up to {model.output_token_limit or '?'} tokens"

    def _config(self, prompt: Prompt) -> types.GenerateContentConfig:
        thinking: dict[str, Any] | None = None
        if self._options.thinking_budget is not None:
            thinking = {"thinking_budget": self._options.thinking_budget}
        elif self._options.thinking_level:
            thinking = {"thinking_level": self._options.thinking_level.upper()}
        return types.GenerateContentConfig(
            system_instruction=prompt.system,
            temperature=prompt.temperature,
            max_output_tokens=prompt.max_tokens,
            response_mime_type="application/json",
            response_json_schema=plain_schema(prompt.answer_schema),
            thinking_config=types.ThinkingConfig(**thinking) if thinking else None,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            automatic_continuation=False,
        )

    def _answer(self, reply: types.GenerateContentResponse) -> dict[str, Any]:
        if not reply.candidates:
            reason = reply.prompt_feedback.block_reason if reply.prompt_feedback else None
            if reason is None:
                raise self._lost("The reply has neither an answer nor a reason.")
            raise JobFailed(
                "The prompt is blocked.", service=self.name, code=str(reason.value),
                remedy="Change the brief: the same prompt would be blocked again.",
            )  # fmt: skip
        finish = str(reply.candidates[0].finish_reason.value) if reply.candidates[0].finish_reason else "none"
        if finish in CUT_OFF:
            remedy = f"{LONGER_ANSWER} Thinking counts too: a lower `thinking_level` leaves more for the answer."
            raise JobFailed("The answer is cut off.", service=self.name, code=finish, remedy=remedy)
        if finish in MODERATED:
            raise JobFailed(
                "The answer is withheld.", service=self.name, code=finish,
                remedy="Change the brief: the same prompt would meet this again.",
            )  # fmt: skip
        if finish != "STOP":
            raise JobFailed("The answer did not end well.", service=self.name, code=finish)
        return answer_of(reply.text or "", self.name)

    def _units(self, reply: types.GenerateContentResponse) -> Decimal | None:
        used = reply.usage_metadata.total_token_count if reply.usage_metadata else None
        return None if used is None else self._cost(used)

    def _cost(self, tokens: int) -> Decimal:
        prices, model = (self._options.prices, PRICES), self._options.model
        return cost_today(prices, self.name, Capability.WRITE, model, {"token": Decimal(tokens)})

    def _error_of(self, exc: errors.APIError, *, submitted: bool) -> ServiceError:
        told = one_line(str(exc.message or ""))
        facts: dict[str, Any] = {
            "service": self.name,
            "status": exc.code,
            "code": str(exc.status or ""),
            "detail": told,
        }
        everything = str(exc.details)
        if exc.code in (401, 403) or (exc.code == 400 and "API_KEY_INVALID" in everything):
            return AccessLost("Google does not accept the key.", **facts)
        if exc.code == 429:
            if any(word in everything for word in SPENT):
                return QuotaSpent("The quota or the credits of this key are used up.", **facts)
            limited = RateLimited("Google asks for slower calls.", **facts)
            limited.retry_after = retry_delay(everything)
            return limited
        if exc.code == 404:
            facts["remedy"] = "Set `model` in [services.gemini] to one that the key may use."
        if 400 <= exc.code < 500 and exc.code != 408:
            return Rejected("Google refuses the request.", **facts)
        return (OutcomeUnknown if submitted else Unreachable)("Google's service has trouble.", **facts)

    def _lost(self, message: str, detail: str = "") -> OutcomeUnknown:
        return OutcomeUnknown(message, service=self.name, detail=detail)


def retry_delay(text: str) -> float | None:
    """Return the seconds of a `retryDelay` such as "58.9s" in the text of an error, and one more; None without."""
    found = re.search(r"retryDelay\W+(\d+(?:\.\d+)?)s", text)
    return float(found[1]) + EXTRA_SECONDS if found else None
