"""How KIE answers: the form of its replies, and what its codes mean for whoever asked.

Codes by https://docs.kie.ai/market/quickstart; the one in the body is the truth, whatever the HTTP status says.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import httpx
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from core.errors import AccessLost, QuotaSpent, RateLimited, Rejected, ServiceError, UnexpectedReply, Unreachable
from integrations.http import Api, one_line, shown

ACCEPTED = 200
TIMED_OUT = 408

RATE_WINDOW_SECONDS = 10.0
"""How long to wait after a refusal for speed: KIE counts new tasks in windows of this length."""

CLOUDFLARE = re.compile(r"error code: 1\d{3}")
"""How Cloudflare, which stands before both hosts, refuses a client itself."""

KEYS = "https://kie.ai/api-key"


class Answer(BaseModel):
    """What every answer has in common."""

    code: int
    message: str | None = Field(default=None, validation_alias=AliasChoices("msg", "message"))
    data: Any = None


class Task(BaseModel):
    """What createTask hands back."""

    task_id: str = Field(alias="taskId", min_length=1)


class Upload(BaseModel):
    """Where an uploaded file is found."""

    url: str = Field(validation_alias=AliasChoices("downloadUrl", "fileUrl"), pattern=r"^https?://")


class Record(BaseModel):
    """A task as KIE keeps it; `result_json` is JSON in a text."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    state: str | None = None
    model: str | None = None
    result_json: str | None = Field(default=None, alias="resultJson")
    fail_code: str | None = Field(default=None, alias="failCode")
    fail_message: str | None = Field(default=None, alias="failMsg")
    progress: float | None = None
    credits: Decimal | None = Field(
        default=None, validation_alias=AliasChoices("creditsConsumed", "consumeCredits"), allow_inf_nan=False
    )


class Results(BaseModel):
    """What `resultJson` holds."""

    urls: tuple[str, ...] = Field(alias="resultUrls", min_length=1)


class KieApi(Api):
    """The connection to one of KIE's hosts."""

    def data_of(self, reply: httpx.Response, *, submitted: bool = False) -> Any:
        """Return `data` of an accepted call; raises what its code stands for."""
        answer = self.answer_of(reply, submitted=submitted)
        if answer.code == ACCEPTED:
            return answer.data
        raise self.refusal(answer, reply) or self.trouble(answer, reply, submitted=submitted)

    def answer_of(self, reply: httpx.Response, *, submitted: bool = False) -> Answer:
        """Return the answer, accepted or not. Raises UnexpectedReply, or OutcomeUnknown after a submit."""
        return self.formed(Answer, reply, submitted=submitted)

    def is_refusal(self, reply: httpx.Response) -> bool:
        """Whether a status outside 2xx surely means "not taken": by the code in the body, else by the status.

        A server error is one only when the body has the very same code: 505, a model that is switched off.
        """
        answer = _told(reply)
        if answer is None:
            return super().is_refusal(reply)
        is_meant = reply.is_client_error or answer.code == reply.status_code
        return is_meant and self.refusal(answer, reply) is not None

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error of a status outside 2xx: by the code in the body, else by the status."""
        if reply.status_code == httpx.codes.FORBIDDEN and CLOUDFLARE.search(reply.text):
            return Unreachable(
                "Cloudflare, which stands before KIE, refuses this client; that says nothing about the key.",
                service=self.service,
                status=reply.status_code,
                detail=shown(reply),
                remedy="Wait; it is tried again. If it stays so, try from another network.",
            )
        answer = _told(reply) or Answer(code=reply.status_code, msg=shown(reply))
        return self.refusal(answer, reply) or super().error_of(reply)

    def refusal(self, answer: Answer, reply: httpx.Response) -> ServiceError | None:
        """Return the error for a code that surely means "not taken"; None for every other code."""
        facts = self._facts(answer, reply)
        match answer.code:
            case 401 | 403:
                return AccessLost("KIE does not accept the key.", remedy=f"Take a key from {KEYS}.", **facts)
            case 402:
                return QuotaSpent("The account has no credits left.", **facts)
            case 433:
                remedy = f"Raise the limit of the key at {KEYS}, or wait for its next window."
                return QuotaSpent("The key has reached its own limit.", remedy=remedy, **facts)
            case 429:
                limited = RateLimited("KIE asks for slower calls and did not take this one.", **facts)
                limited.retry_after = RATE_WINDOW_SECONDS
                return limited
            case 455:
                return Unreachable("KIE is being maintained and did not take the call.", **facts)
            case 505:
                remedy = "Choose another model in the services file."
                return Rejected("KIE has switched this model off.", remedy=remedy, **facts)
            case code if 400 <= code < 500 and code != TIMED_OUT:
                return Rejected("KIE refuses the request.", **facts)
        return None

    def trouble(self, answer: Answer, reply: httpx.Response, *, submitted: bool = False) -> ServiceError:
        """Return the error for a code that leaves open whether the call was taken."""
        if submitted:
            return self.lost(f"KIE answered with code {answer.code}, so the task may exist.", reply=reply)
        if answer.code >= 500 or answer.code == TIMED_OUT:
            return Unreachable("KIE has trouble.", **self._facts(answer, reply))
        return UnexpectedReply("KIE answered with a code that is not documented.", **self._facts(answer, reply))

    def _facts(self, answer: Answer, reply: httpx.Response) -> dict[str, Any]:
        return {
            "service": self.service,
            "status": reply.status_code,
            "code": str(answer.code),
            "detail": one_line(answer.message or ""),
        }


def _told(reply: httpx.Response) -> Answer | None:
    """Return what the body of an error says, None when it is not KIE's own form."""
    try:
        return Answer.model_validate_json(reply.content)
    except ValidationError:
        return None
