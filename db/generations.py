"""Generations: what is made, who was asked, which files came back, what it cost.

Every function is one step of the life of a generation and expects the caller to commit right after it,
because the next thing that happens may cost money. Functions that change a generation take the lease
owner and raise Busy when the lease has gone to somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from psycopg.types.json import Jsonb

from core.errors import Busy, NotFound, WrongState
from core.models import Made, Order, VoiceChoice
from db import ledger
from db.connection import Connection, one
from db.sql import load_queries

SQL = load_queries("generations")


@dataclass(frozen=True)
class Generation:
    """A generation as it stands."""

    key: str
    capability: str
    status: str
    result: dict[str, Any] | None
    stand_in: bool
    credits: Decimal
    error: str | None
    progress: float
    lease_owner: str | None
    is_leased: bool
    has_open_attempt: bool = False


@dataclass(frozen=True)
class Attempt:
    """One service that was asked for a generation.

    `label` is our own name for it, `asked_at` the moment from which on the service may have been asked, `reserved`
    is in credits and `units` the same in the service's own.
    """

    n: int
    service: str
    account: str = ""
    account_id: int | None = None
    label: str = ""
    status: str = "intended"
    external_id: str | None = None
    reserved: Decimal = Decimal(0)
    units: Decimal = Decimal(0)
    asked_at: datetime | None = None


@dataclass(frozen=True)
class Unsettled:
    """An attempt whose credits wait for an answer."""

    key: str
    n: int
    service: str
    account: str
    account_id: int | None
    label: str
    status: str
    external_id: str | None
    reserved: Decimal
    units: Decimal
    asked_at: datetime | None
    started_at: datetime
    error: str | None
    evidence: str
    looked: int
    capability: str
    reel_id: int | None
    scene: int | None
    generation_status: str

    @property
    def attempt(self) -> Attempt:
        """The attempt itself."""
        return Attempt(
            self.n, self.service, self.account, self.account_id, self.label, self.status, self.external_id,
            self.reserved, self.units, self.asked_at,
        )  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What an attempt cost, in credits and in the service's own units."""

    credits: Decimal = Decimal(0)
    units: Decimal = Decimal(0)

    @classmethod
    def of(cls, units: Decimal, worth: Decimal) -> Self:
        """Return the cost of so many units, each worth so many credits."""
        return cls(ledger.kept(units * worth), ledger.kept(units))


@dataclass(frozen=True)
class StoredFile:
    """A file in our storage, named by the SHA-256 of its bytes."""

    sha256: str
    suffix: str
    bytes: int


@dataclass(frozen=True)
class Line:
    """One row of what was made for a reel."""

    key: str
    capability: str
    scene: int | None
    status: str
    stand_in: bool
    credits: Decimal
    progress: float
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    is_leased: bool
    service: str | None
    attempts: int


def intend(
    connection: Connection, order: Order, reel_id: int | None, scene: int | None, owner: str, seconds: float
) -> bool:
    """Write the intent down and become its one worker for so many seconds; False when it was there already."""
    values = {
        "key": order.key,
        "capability": order.capability.value,
        "request": Jsonb(order.request),
        "recipe": order.recipe,
        "variant": order.variant,
        "reel_id": reel_id,
        "scene": scene,
        "owner": owner,
        "seconds": seconds,
    }
    return connection.execute(SQL["intend"], values).fetchone() is not None


def lock_generation(connection: Connection, key: str) -> Generation:
    """Return a generation that is there and keep others from deciding about it until this transaction ends."""
    return Generation(**one(connection.execute(SQL["lock_generation"], {"key": key}).fetchone()))


def get_generation(connection: Connection, key: str) -> Generation:
    """Return a generation; raises NotFound."""
    row = connection.execute(SQL["get_generation"], {"key": key}).fetchone()
    if row is None:
        raise NotFound(f"There is no generation {key[:12]}.")
    return Generation(**row)


def get_request(connection: Connection, key: str) -> dict[str, Any]:
    """Return what a generation was asked for."""
    return dict(one(connection.execute(SQL["get_request"], {"key": key}).fetchone())["request"])


def find_open_attempt(connection: Connection, key: str) -> Attempt | None:
    """Return the attempt whose outcome is not written down yet."""
    row = connection.execute(SQL["find_open_attempt"], {"key": key}).fetchone()
    return None if row is None else Attempt(**row)


def lose_attempt(connection: Connection, key: str, attempt: Attempt) -> None:
    """Close an attempt that can simply be made again, and give its reservation back."""
    connection.execute(SQL["lose_attempt"], {"key": key, "n": attempt.n})
    ledger.refund(connection, key, attempt.n, attempt.reserved)


def take_lease(connection: Connection, key: str, owner: str, seconds: float) -> None:
    """Become the one worker; the row must be locked and free."""
    connection.execute(SQL["take_lease"], {"key": key, "owner": owner, "seconds": seconds})


def renew_lease(connection: Connection, key: str, owner: str, seconds: float, progress: float) -> bool:
    """Stay the worker and tell the progress; False when the lease has gone."""
    values = {"key": key, "owner": owner, "seconds": seconds, "progress": progress}
    return connection.execute(SQL["renew_lease"], values).fetchone() is not None


def release_lease(connection: Connection, key: str, owner: str) -> None:
    """Let go of unfinished work."""
    connection.execute(SQL["release_lease"], {"key": key, "owner": owner})


def begin_attempt(
    connection: Connection,
    key: str,
    *,
    service: str,
    account: str = "",
    account_id: int | None = None,
    workflow: str = "",
) -> Attempt:
    """Write down who is about to be asked. Nobody is asked before `ask_attempt`."""
    values = {"key": key, "service": service, "account": account, "account_id": account_id, "workflow": workflow}
    row = one(connection.execute(SQL["begin_attempt"], values).fetchone())
    return Attempt(n=row["n"], service=service, account=account, account_id=account_id, label=row["label"])


def ask_attempt(
    connection: Connection,
    key: str,
    attempt: Attempt,
    cost: Cost,
    caps: Sequence[ledger.CapLike] = (),
    *,
    warn_at: float = 0.8,
) -> Attempt:
    """Reserve what the call will cost; once this is committed the service may be asked. Raises BudgetSpent."""
    values = {"key": key, "n": attempt.n, "reserved": cost.credits, "units": cost.units}
    row = one(connection.execute(SQL["ask_attempt"], values).fetchone())
    ledger.reserve(connection, key, attempt.n, cost.credits, caps, warn_at=warn_at)
    return replace(attempt, reserved=cost.credits, units=cost.units, asked_at=row["asked_at"])


def submit_attempt(connection: Connection, key: str, owner: str, attempt: Attempt, external_id: str) -> None:
    """Keep the service's own number for the work."""
    connection.execute(SQL["submit_attempt"], {"key": key, "n": attempt.n, "external_id": external_id})
    _held(connection, "mark_submitted", {"key": key, "owner": owner})


def fail_attempt(
    connection: Connection, key: str, owner: str, attempt: Attempt, error: str, cost: Cost | None = None
) -> None:
    """Write down why the one who was asked could not do it, and what that cost (nothing: None)."""
    close_attempt(connection, key, attempt, error, cost)
    _held(connection, "mark_intended", {"key": key, "owner": owner})


def close_attempt(connection: Connection, key: str, attempt: Attempt, error: str, cost: Cost | None = None) -> None:
    """Close an attempt that gave nothing, settling what it cost or giving its reservation back."""
    paid = cost or Cost()
    _end(connection, key, attempt, "failed", paid.credits, error)
    ledger.settle(connection, key, attempt.n, attempt.reserved, paid.credits, paid.units, note="no result")


def leave_attempt(connection: Connection, key: str, owner: str, attempt: Attempt, error: str) -> None:
    """Stop waiting for a job that may still end; its reservation stays until it is known what it cost."""
    _end(connection, key, attempt, "overdue", None, error)
    _held(connection, "mark_intended", {"key": key, "owner": owner})


def doubt(connection: Connection, key: str, attempt: Attempt, error: str) -> None:
    """Write down that a call may have been sent and its answer was lost.

    Its reservation stays, and nobody may ask again until a person or a look-up has closed it.
    """
    _end(connection, key, attempt, "unknown", None, error)
    connection.execute(SQL["mark_unknown"], {"key": key, "error": error})


def note_look(connection: Connection, key: str, attempt: Attempt, evidence: str) -> None:
    """Remember that the service was asked about a lost call, and what it said."""
    connection.execute(SQL["note_look"], {"key": key, "n": attempt.n, "evidence": evidence})


def recall(connection: Connection, key: str, attempt: Attempt, external_id: str) -> None:
    """Write down that a lost call did happen; the next run takes up its job."""
    connection.execute(SQL["recall_attempt"], {"key": key, "n": attempt.n, "external_id": external_id})
    connection.execute(SQL["recall_generation"], {"key": key})


def close_unknown(connection: Connection, key: str, error: str) -> None:
    """Let a generation be asked for again, now that its lost call is accounted for."""
    connection.execute(SQL["close_unknown"], {"key": key, "error": error})


def note_hint(connection: Connection, external_id: str) -> bool:
    """Wake whoever waits for a job; False when nobody does."""
    return connection.execute(SQL["note_hint"], {"external_id": external_id}).fetchone() is not None


def is_hinted(connection: Connection, key: str, attempt: Attempt, since: datetime) -> bool:
    """Say whether a hint about a job came after a moment."""
    values = {"key": key, "n": attempt.n, "since": since}
    return bool(one(connection.execute(SQL["is_hinted"], values).fetchone())["yes"])


def list_unsettled(connection: Connection, prefix: str | None = None) -> list[Unsettled]:
    """Return the attempts whose credits wait for an answer, oldest first; of one key when its beginning is given."""
    return [Unsettled(**row) for row in connection.execute(SQL["list_unsettled"], {"prefix": prefix})]


def lock_unsettled(connection: Connection, unsettled: Unsettled) -> None:
    """Keep others from deciding about a lost call or late job until this transaction ends.

    Raises WrongState when it was closed or taken up meanwhile, Busy when a run is looking into it right now.
    """
    values = {"key": unsettled.key, "n": unsettled.n}
    status = one(connection.execute(SQL["lock_attempt"], values).fetchone())["status"]
    if status != unsettled.status:
        raise WrongState("It was closed or taken up meanwhile.", remedy="See `reelwright generations list`.")
    if status == "unknown" and lock_generation(connection, unsettled.key).is_leased:
        raise Busy("A run is looking into it right now.", remedy="Wait until the run has ended, then look again.")


def finish(
    connection: Connection,
    key: str,
    owner: str,
    attempt: Attempt,
    made: Made,
    files: Mapping[str, StoredFile],
    *,
    cost: Cost | None = None,
    stand_in: bool = False,
    latency_ms: int = 0,
    external_id: str | None = None,
) -> None:
    """Write the result, its files, who made it and its settled cost down, all at once.

    `external_id` is the service's number of an answer that came at once.
    """
    paid = cost or Cost()
    for role, file in files.items():
        connection.execute(SQL["add_asset"], {"sha256": file.sha256, "suffix": file.suffix, "bytes": file.bytes})
        connection.execute(SQL["set_file"], {"key": key, "role": role, "sha256": file.sha256})
    _end(connection, key, attempt, "done", paid.credits, None, external_id)
    ledger.settle(connection, key, attempt.n, attempt.reserved, paid.credits, paid.units)
    values = {
        "key": key, "owner": owner, "result": Jsonb(dict(made.result)), "stand_in": stand_in,
        "credits": paid.credits, "service": attempt.service, "model": made.model or None, "seed": made.seed,
        "latency_ms": latency_ms,
    }  # fmt: skip
    _held(connection, "mark_done", values)


def fail(connection: Connection, key: str, owner: str, error: str) -> None:
    """Write down that nobody could make it."""
    _held(connection, "mark_failed", {"key": key, "owner": owner, "error": error})


def get_files(connection: Connection, key: str) -> dict[str, StoredFile]:
    """Return the stored files of a result by role."""
    rows = connection.execute(SQL["get_files"], {"key": key})
    return {row["role"]: StoredFile(row["sha256"], row["suffix"], row["bytes"]) for row in rows}


def list_of_reel(connection: Connection, reel_id: int) -> list[Line]:
    """Return everything that was made for a reel, oldest first."""
    return [Line(**row) for row in connection.execute(SQL["list_of_reel"], {"reel_id": reel_id})]


def list_makers(connection: Connection, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return who made the given results, and for how much."""
    return list(connection.execute(SQL["list_makers"], {"keys": list(keys)}))


def list_spoken(
    connection: Connection, service: str, voice: VoiceChoice, language: str, before: datetime
) -> list[tuple[str, float]]:
    """Return the newest lines that a voice spoke before a moment, each with its seconds."""
    values = {"service": service, "voice": Jsonb(voice.model_dump(mode="json")), "language": language, "before": before}
    return [(row["text"], row["seconds"]) for row in connection.execute(SQL["list_spoken"], values)]


def count_by_status(connection: Connection) -> list[dict[str, Any]]:
    """Return how many generations there are of each capability and status."""
    return list(connection.execute(SQL["count_by_status"]))


def sum_credits(connection: Connection) -> Decimal:
    """Return all credits settled so far."""
    return Decimal(one(connection.execute(SQL["sum_credits"]).fetchone())["settled"])


def _end(
    connection: Connection,
    key: str,
    attempt: Attempt,
    status: str,
    settled: Decimal | None,
    error: str | None,
    external_id: str | None = None,
) -> None:
    values = {"key": key, "n": attempt.n, "status": status, "settled": settled, "error": error}
    connection.execute(SQL["end_attempt"], {**values, "external_id": external_id})


def _held(connection: Connection, query: str, values: dict[str, Any]) -> None:
    if connection.execute(SQL[query], values).fetchone() is None:
        raise Busy("The lease on this work has gone to another run, which will finish it.")
