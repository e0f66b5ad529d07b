"""Every error the factory raises on purpose, sorted by what the operator must do next.

    FactoryError                     carries a message and a remedy
    ├─ ConfigError                   a setting or an installed part is missing or wrong: mend it, start again
    │  └─ MissingPart                a program, font, voice or library is not there: install it
    ├─ BadInput                      what was handed in can never work as it is: change it
    │  └─ BadBrief                   the brief is at fault: edit the brief
    ├─ ServiceError                  an outside service; carries service, status, code, request_id
    │  ├─ Unreachable                no answer, or a server error on something safe to repeat   (retryable)
    │  ├─ RateLimited                too fast: carries retry_after                              (retryable)
    │  ├─ OutcomeUnknown             sent, the answer was lost: look before sending again
    │  ├─ TokenExpired               refresh the token, then once more
    │  ├─ AccessLost                 a person must connect the account again
    │  ├─ QuotaSpent                 credits or a cap are used up: stop until the operator acts
    │  ├─ Restricted                 the platform restricts the account: it rests, others go on
    │  ├─ NotAllowed                 our app may not do this there yet: a person sets it up
    │  ├─ JobFailed                  the service took the job and could not do it: ask the next one
    │  ├─ Rejected                   the service will never accept this input
    │  └─ UnexpectedReply            the answer does not fit its model: our bug or their change
    ├─ MediaError                    a media program failed; carries command, exit code, last lines
    │  └─ BadMedia                   the media file handed in is at fault
    ├─ StorageError                  files could not be written or read back
    │  └─ DiskFull                   no space left: free some, run again
    ├─ DataError                     the database refused
    │  ├─ DatabaseUnavailable        the database does not answer                               (retryable)
    │  ├─ NotFound                   no such row
    │  ├─ AlreadyExists              a unique key is taken
    │  └─ WrongState                 the row is in a state that does not allow this
    ├─ BudgetSpent                   one of our own caps would be passed: nothing was spent
    ├─ NoAccount                     no account of a service can take a call now: rest, wait or add one
    ├─ Busy                          another run holds the work and its lease is alive          (retryable)
    ├─ GenerationFailed              every maker in the chain failed; carries their reasons
    └─ NeedsPerson                   the reel must wait for a decision; carries the reasons

One bit, `retryable`, says whether the same call may simply be made again. Only `tasks/` acts on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from core.text import without_queries

DETAIL_LIMIT = 500
"""Longest detail kept from an outside service, in characters: run history must not grow without bound."""


def clip(text: str, limit: int = DETAIL_LIMIT) -> str:
    """Shorten a foreign text to `limit` characters, marking the cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


class FactoryError(Exception):
    """Something went wrong in the factory. See the log for the step that failed."""

    retryable = False
    remedy = "Look at the log of this run and start it again."

    def __init__(self, message: str = "", *, remedy: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        if remedy is not None:
            self.remedy = remedy
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} Remedy: {self.remedy}"


class ConfigError(FactoryError):
    """A setting is missing or wrong."""

    remedy = "Correct the setting (see .env.example) and start again; `reelwright doctor` checks it."


class MissingPart(ConfigError):
    """A program, font, voice or library the factory needs is not installed."""

    remedy = "Run `make setup`; `reelwright doctor` names what is missing."


class BadInput(FactoryError):
    """What was handed in cannot be used as it is."""

    remedy = "Change the input and try again."


class BadBrief(BadInput):
    """The brief cannot be turned into a reel."""

    remedy = "Edit the brief and try again; examples/briefs shows the form."


class ServiceError(FactoryError):
    """An outside service refused or failed.

    The queries of addresses are cut off its detail: they may be secret.
    """

    remedy = "Read the service's detail and its status page."

    def __init__(
        self,
        message: str = "",
        *,
        service: str,
        status: int | None = None,
        code: str = "",
        request_id: str = "",
        detail: str = "",
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.service, self.status, self.code = service, status, code
        self.request_id, self.detail = request_id, clip(without_queries(detail))

    def __str__(self) -> str:
        facts = [f"status {self.status}" if self.status else "", self.code, self.detail]
        known = ", ".join(fact for fact in facts if fact)
        request = f"[{self.request_id}] " if self.request_id else ""
        tail = f" ({known})" if known else ""
        return f"{request}{self.service}: {self.message}{tail} Remedy: {self.remedy}"


class Unreachable(ServiceError):
    """The service did not answer, or answered with a server error."""

    retryable = True
    remedy = "Wait; it is tried again. If it stays so, look at the service's status page."


class RateLimited(ServiceError):
    """The service asks for slower calls."""

    retryable = True
    remedy = "Wait; it is tried again after the pause the service asked for."
    retry_after: float | None = None
    """Seconds the service asked us to wait, when it said so."""


class OutcomeUnknown(ServiceError):
    """The call was sent and its answer was lost, so it may have happened."""

    remedy = "Look at the service whether it happened; it is never sent again blindly."
    rest_hours: float = 0.0
    """How long the account is left alone all the same, because the answer looked like a restriction."""


class TokenExpired(ServiceError):
    """The access token has expired."""

    remedy = "Refresh the token."


class AccessLost(ServiceError):
    """The account no longer accepts us."""

    remedy = "Connect the account again."


class QuotaSpent(ServiceError):
    """The credits or the daily cap of the account are used up."""

    remedy = "Top up or wait for the next window, then rerun."
    until: datetime | None = None
    """When the next window begins, where the service says it."""


class Restricted(ServiceError):
    """The platform restricts the account for now."""

    remedy = "Look into the platform's own app what it says about the account; nothing more is posted to it meanwhile."
    rest_hours: float = 24.0
    """How long the account is left alone."""


class NotAllowed(ServiceError):
    """The operator's app may not do this at the platform, or not yet."""

    remedy = "Change the app's settings at the platform; `reelwright doctor` checks them."


class JobFailed(ServiceError):
    """The service took the job and could not do it."""

    remedy = "The next in the chain is asked; the detail says what the service reports."
    units: Decimal | None = None
    """What it cost all the same, in the service's own units: as it says, else as was quoted. None where it was free."""


class Rejected(ServiceError):
    """The service will never accept this input."""

    remedy = "Change the input; the detail says what is refused."


class UnexpectedReply(ServiceError):
    """The service's answer does not have the documented form."""

    remedy = "Report it with the request id: our client or their API has changed."


class MediaError(FactoryError):
    """A media program failed."""

    remedy = "Rerun the reel from the render step; `reelwright doctor` checks FFmpeg."

    def __init__(
        self,
        message: str = "",
        *,
        command: Sequence[str] = (),
        exit_code: int | None = None,
        last_lines: str = "",
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.command, self.exit_code = tuple(command), exit_code
        self.last_lines = last_lines[-DETAIL_LIMIT:]

    def __str__(self) -> str:
        code = f" (exit code {self.exit_code})" if self.exit_code is not None else ""
        lines = f" It said: {self.last_lines.strip()}" if self.last_lines.strip() else ""
        return f"{self.message}{code}{lines} Remedy: {self.remedy}"


class BadMedia(MediaError):
    """A media file is empty, broken or of a kind that cannot be used."""

    remedy = "Replace the file and rerun."


class StorageError(FactoryError):
    """A file could not be written to or read back from the storage."""

    remedy = "Check the folder and its permissions, then rerun; finished work is kept."


class DiskFull(StorageError):
    """The disk is full."""

    remedy = "Free some space, then rerun; finished work is kept and nothing half-written is left."


class DataError(FactoryError):
    """The database refused."""

    remedy = "This is a bug or a hand-made change of the data; the message names the constraint."


class DatabaseUnavailable(DataError):
    """The database does not answer."""

    retryable = True
    remedy = "Start it (`make up`, or your own PostgreSQL at DATABASE_URL) and rerun; finished work is kept."


class NotFound(DataError):
    """There is no such row."""

    remedy = "Check the number or name; `reelwright status` lists what there is."


class AlreadyExists(DataError):
    """A row with this unique key exists already."""

    remedy = "Use the one that exists."


class WrongState(DataError):
    """The row is in a state that does not allow this step."""

    remedy = "Look at its state with `reelwright status` first."


class BudgetSpent(FactoryError):
    """A cap on spending would be passed."""

    remedy = "Raise the cap in the services file, or wait for its next window; `reelwright budget` shows them all."


class NoAccount(FactoryError):
    """No account of the service can take a call now."""

    remedy = "Look at `reelwright accounts list`; add an account with `reelwright accounts add SERVICE NAME`."
    until: datetime | None = None
    """When the next one is free, where the clock tells."""
    is_busy = False
    """Whether all that are in use are merely at work, so that one may be free at any moment."""


class Busy(FactoryError):
    """Another run is doing this work right now."""

    retryable = True
    remedy = "Wait for the other run; its result is taken when it is done."


class GenerationFailed(FactoryError):
    """No maker could make what was asked for."""

    remedy = "Mend what the reasons name, then rerun; finished steps are not made again."

    def __init__(self, capability: str, reasons: Sequence[str], *, retryable: bool = False) -> None:
        self.reasons = tuple(reasons)
        self.retryable = retryable
        super().__init__(f"No maker could do '{capability}': " + " | ".join(self.reasons))


class NeedsPerson(FactoryError):
    """A person has to decide before this reel goes on."""

    remedy = "Look at the reasons, mend what they name, then rerun the reel."

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("Held for a person: " + " | ".join(self.reasons))
