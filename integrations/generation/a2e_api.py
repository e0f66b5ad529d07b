"""How A2E answers and refuses: its envelope, and what its codes and words mean for whoever asked."""

from __future__ import annotations

import re
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from core.errors import AccessLost, QuotaSpent, RateLimited, Rejected, ServiceError, Unreachable
from integrations.http import Api, one_line, retry_after, shown

SERVICE = "a2e"
DONE = 0

TROUBLE = re.compile(r"\binternal\b|time(d)? ?-?out|(system|server) error|try again later", re.IGNORECASE)
MODERATED = re.compile(r"nsfw|moderat|sensitive|violat|inappropriate|unsafe|content policy", re.IGNORECASE)
NO_COINS = re.compile(r"\b(coins?|credits?|diamonds?|balance|insufficient)\b", re.IGNORECASE)
TOO_FAST = re.compile(r"too many|too frequent|rate.?limit|concurren", re.IGNORECASE)
NO_ACCESS = re.compile(
    r"unauthori[sz]ed|log ?in|\b(invalid|expired|missing|wrong)\b.*\b(token|api key)|"
    r"\b(token|api key)\b.*\b(invalid|expired|missing|wrong)",
    re.IGNORECASE,
)
"""The codes in the body are not published, so refusals are told apart by their words. UNCONFIRMED."""


class Envelope(BaseModel):
    """What every answer is wrapped in; code 0 means done, whatever the HTTP status says."""

    code: int
    data: Any = None
    msg: Any = None
    message: Any = None

    @property
    def told(self) -> str:
        """The reason of a refusal, in the service's words."""
        return one_line(str(self.msg or self.message or ""))


class A2EApi(Api):
    """The connection to A2E."""

    def read(self, method: str, path: str, **options: Any) -> Any:
        """Send what may be sent again and return the `data` of the answer."""
        return self._data_of(self.ask(method, path, **options))

    def pay(self, path: str, body: dict[str, Any]) -> Any:
        """Send the paid call and return the `data` of the answer; what is no clear refusal is OutcomeUnknown."""
        return self._data_of(self.submit("POST", path, json=body), submitted=True)

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error of a status outside 2xx: for a refusal, by what its body says."""
        if not self.is_refusal(reply):
            return super().error_of(reply)
        try:
            envelope = Envelope.model_validate_json(reply.content)
        except ValidationError:
            envelope = Envelope(code=reply.status_code)
        error = refusal(envelope.told or shown(reply), status=reply.status_code, code=envelope.code)
        if isinstance(error, RateLimited):
            error.retry_after = retry_after(reply)
        return error

    def _data_of(self, reply: httpx.Response, *, submitted: bool = False) -> Any:
        envelope = self.formed(Envelope, reply, submitted=submitted)
        if envelope.code == DONE:
            return envelope.data
        if 200 <= envelope.code < 300:
            message = "The answer has no code that says yes or no."
            raise self.unusable(message, reply=reply, submitted=submitted)
        if not is_trouble(envelope):
            raise refusal(envelope.told or shown(reply), status=reply.status_code, code=envelope.code)
        if submitted:
            raise self.lost("A2E has trouble, so the job may exist.", reply=reply)
        raise Unreachable("A2E has trouble.", service=SERVICE, code=str(envelope.code), detail=shown(reply))


def is_trouble(envelope: Envelope) -> bool:
    """Whether a code other than 0 leaves open if the call was taken: by its number, else by the words."""
    if 400 <= envelope.code < 500:
        return envelope.code == httpx.codes.REQUEST_TIMEOUT
    is_too_fast = TOO_FAST.search(envelope.told)  # which often says "try again later" too
    return 500 <= envelope.code < 600 or bool(TROUBLE.search(envelope.told) and not is_too_fast)


def refusal(told: str, *, status: int, code: int) -> ServiceError:
    """Return the error for a request that A2E did not take, from its codes and its words."""
    facts: dict[str, Any] = {"service": SERVICE, "status": status, "code": str(code), "detail": told}
    numbers = {status, code}
    if MODERATED.search(told):
        return Rejected("A2E refuses what is to be shown.", **facts, remedy="Write the prompt without what it refuses.")
    if 402 in numbers or NO_COINS.search(told):
        return QuotaSpent("The account has not enough coins.", **facts, remedy="Buy coins for it, or add an account.")
    if 429 in numbers or TOO_FAST.search(told):
        return RateLimited("A2E asks for slower calls.", **facts)
    if numbers & {401, 403} or NO_ACCESS.search(told):
        remedy = "Make a new token at A2E (Account > API Token) and store it for the account."
        return AccessLost("A2E does not accept the token.", **facts, remedy=remedy)
    return Rejected("A2E refuses the request.", **facts)
