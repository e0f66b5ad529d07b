"""Scripts by a model of one's own, through Ollama and its official client ollama 0.6.3. Free of charge.

- Base address http://127.0.0.1:11434, no key. Behind a proxy that wants one, the account's key goes as a bearer
  token. The port must be written out: the client takes `http://host` for port 80.
- `POST /api/chat`, not streamed, with the schema as `format` (docs/api.md of github.com/ollama/ollama); the schema
  is told in words as well, as the documentation advises. `examine` asks `GET /api/tags`.
- Ollama works on one request at a time (OLLAMA_NUM_PARALLEL) and may load a model for minutes before it answers:
  hence one call at a time and a long timeout; the client itself has none.
- What does not fit into `num_ctx` is silently cut off, so it is always set, from the length of the prompt.
- No record is kept. An answer that does not come is Unreachable where asking again costs nothing; where the operator
  has set a price, as for a paid proxy, it is OutcomeUnknown.
- UNCONFIRMED: that `done_reason` is `length` for a cut answer; anything but `stop` is taken for one. That the default
  model suits the machine: it needs about 9 GB of memory.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx
import ollama
from pydantic import field_validator

from core.errors import (
    AccessLost,
    ConfigError,
    JobFailed,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.models import Capability, Made, Prompt
from integrations.generation.answers import (
    LONGER_ANSWER,
    AnswersAtOnce,
    answer_of,
    plain_schema,
    prompt_of,
    told,
    writing_objection,
)
from integrations.generation.contract import Job, Pace, ServiceOptions, Ticket
from integrations.generation.prices import Price, cost_today
from integrations.http import CONNECT_SECONDS, NOT_SENT, header_value, one_line

PRICES = (Price(capability=Capability.WRITE, since=date(2023, 1, 1), units=Decimal(0)),)

CAREFUL_CHARACTERS_PER_TOKEN = 3
"""Small models split words more finely than large ones, and what does not fit is lost without a word."""

CONTEXT_STEP = 2048
"""Contexts are whole multiples of it, so that a model is not loaded anew for every few words of difference."""

NEVER_SENT = (ConnectionError, *NOT_SENT)
"""What the client raises when nobody was there to be asked."""

NONSENSE = (ValueError, TypeError, KeyError, AttributeError)
"""What the client's own parsing raises when the answer has not the form it expects."""

START_IT = "Start Ollama there (`ollama serve`), or correct `base_url` in [services.ollama]."


class OllamaOptions(ServiceOptions):
    """Ollama's table in the services file. `num_ctx` (tokens) replaces the one reckoned from the prompt."""

    base_url: str = "http://127.0.0.1:11434"
    model: str = "gemma3:12b"
    num_ctx: int | None = None
    keep_alive: str = "10m"
    think: bool | None = None
    timeout_seconds: float = 600
    pace: Pace = Pace(requests=0, rest_after=0, concurrent=1)

    @field_validator("base_url")
    @classmethod
    def _has_port(cls, value: str) -> str:
        if urlsplit(value).port is None:
            raise ValueError("write out the port, as in http://127.0.0.1:11434: without one port 80 would be asked")
        return value


class Ollama(AnswersAtOnce):
    """Writes what a prompt asks for, as JSON."""

    name: ClassVar[str] = "ollama"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.WRITE})
    Options: ClassVar[type[ServiceOptions]] = OllamaOptions
    needs_key: ClassVar[bool] = False
    quotes_by_asking: ClassVar[bool] = False

    def __init__(self, options: OllamaOptions, key: str) -> None:
        self._options = options
        self._client = ollama.Client(
            host=options.base_url,
            timeout=httpx.Timeout(options.timeout_seconds, connect=min(options.timeout_seconds, CONNECT_SECONDS)),
            headers={"Authorization": header_value(self.name, f"Bearer {key}")} if key else {},
        )

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say why this cannot be written: no prompt."""
        return writing_objection(request) if capability in self.capabilities else f"Ollama does not {capability} here."

    def quote(self, job: Job) -> Decimal:
        """Return 0, unless the operator has set a price for a request."""
        return cost_today((self._options.prices, PRICES), self.name, Capability.WRITE, self._options.model, {})

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Ask once and return the answer.

        Raises JobFailed when the answer is cut off or no JSON object, Rejected when the model is not there,
        RateLimited when too many wait, and when nothing usable came Unreachable: it may be asked again. Where a
        request has a price that is OutcomeUnknown.
        """
        price = self.quote(job)
        try:
            reply = self._asked(prompt_of(job.request, self.name))
            answer = self._answer(reply)
        except JobFailed as failed:
            failed.units = price
            raise
        except (Unreachable, UnexpectedReply) as lost:
            if not price or isinstance(lost.__cause__, NEVER_SENT):
                raise
            raise OutcomeUnknown(lost.message, service=self.name, status=lost.status, detail=lost.detail) from lost
        made = Made(result=answer, model=reply.model or self._options.model)
        return Ticket(external_id=job.label, made=made, units=price)

    def examine(self) -> str:
        """Name the models that are there. Raises ConfigError when the configured one is not among them."""
        try:
            there = sorted(held.model for held in self._client.list().models if held.model)
        except (ollama.ResponseError, httpx.HTTPError, *NEVER_SENT, *NONSENSE) as exc:
            raise self._error_of(exc) from exc
        model = self._options.model
        if model not in there and f"{model}:latest" not in there:
            raise ConfigError(
                f"Ollama has no model '{model}'; it has {', '.join(there) or 'none'}.", remedy=self._pull_it()
            )
        return f"{model} is there, of {len(there)}: {', '.join(there)}"

    def _asked(self, prompt: Prompt) -> ollama.ChatResponse:
        schema = plain_schema(prompt.answer_schema)
        system = told(prompt.system, schema)
        length = len(system) + len(prompt.user)
        options = {
            "num_ctx": self._options.num_ctx or context_for(length, prompt.max_tokens),
            "num_predict": prompt.max_tokens,
            "temperature": prompt.temperature,
        }
        try:
            return self._client.chat(
                model=self._options.model,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": prompt.user}],
                format=schema,
                options=options,
                think=self._options.think,
                keep_alive=self._options.keep_alive,
            )
        except (ollama.ResponseError, httpx.HTTPError, *NEVER_SENT, *NONSENSE) as exc:
            raise self._error_of(exc) from exc

    def _answer(self, reply: ollama.ChatResponse) -> dict[str, Any]:
        if reply.done_reason != "stop":
            remedy = f"{LONGER_ANSWER} Or raise `num_ctx` in [services.ollama]."
            raise JobFailed("The answer is cut off.", service=self.name, code=reply.done_reason or "", remedy=remedy)
        return answer_of(reply.message.content or "", self.name)

    def _error_of(self, exc: Exception) -> ServiceError:
        if isinstance(exc, ollama.ResponseError):
            return self._refusal(exc.status_code, one_line(str(exc.error)))
        if isinstance(exc, NEVER_SENT):
            return Unreachable(f"Nobody answers at {self._options.base_url}.", service=self.name, remedy=START_IT)
        if isinstance(exc, httpx.HTTPError):
            return Unreachable(
                f"No answer came; {self._options.timeout_seconds:.0f} s are waited.", service=self.name,
                detail=type(exc).__name__,
                remedy="A slow machine needs a longer `timeout_seconds` or a smaller `model` in [services.ollama].",
            )  # fmt: skip
        return UnexpectedReply(
            "The answer is not what Ollama documents.", service=self.name, detail=type(exc).__name__,
            remedy="See whether `base_url` in [services.ollama] is Ollama's address, not that of something else.",
        )  # fmt: skip

    def _refusal(self, status: int, detail: str) -> ServiceError:
        facts: dict[str, Any] = {"service": self.name, "status": status, "detail": detail}
        match status:
            case 401 | 403:
                return AccessLost("Ollama does not accept the key.", **facts)
            case 404:
                return Rejected(f"Ollama has no model '{self._options.model}'.", **facts, remedy=self._pull_it())
            case 429 | 503:
                return RateLimited("Ollama has too much to do.", **facts)
            case _ if status >= 500 or status == httpx.codes.REQUEST_TIMEOUT:
                remedy = "Look at Ollama's log: often the model and its `num_ctx` need more memory than there is."
                return Unreachable("Ollama failed.", **facts, remedy=remedy)
        return Rejected("Ollama refuses the request.", **facts)

    def _pull_it(self) -> str:
        return f"Run `ollama pull {self._options.model}` there, or set `model` in [services.ollama]."


def context_for(characters: int, answer_tokens: int) -> int:
    """Return the context in tokens that a question of so many characters and its answer fit into."""
    needed = ceil(characters / CAREFUL_CHARACTERS_PER_TOKEN) + answer_tokens
    return ceil(needed / CONTEXT_STEP) * CONTEXT_STEP
