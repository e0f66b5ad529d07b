"""Generations: what is made, who was asked, which files came back, what it cost.

Every function is one step of the life of a generation and expects the caller to commit right after it,
because the next thing that happens may cost money. Functions that change a generation take the lease
owner and raise Busy when the lease has gone to somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from psycopg.types.json import Jsonb

from core.errors import Busy, NotFound
from core.models import Order
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


@dataclass(frozen=True)
class Attempt:
    """One service that was asked for a generation."""

    n: int
    service: str
    account: str
    reserved: Decimal
    status: str = "intended"
    external_id: str | None = None


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


def intend(connection: Connection, order: Order, reel_id: int | None, scene: int | None) -> Generation:
    """Write the intent down, once for each key, and lock the row for a decision."""
    connection.execute(
        SQL["intend"],
        {
            "key": order.key,
            "capability": order.capability.value,
            "request": Jsonb(order.request),
            "recipe": order.recipe,
            "variant": order.variant,
            "reel_id": reel_id,
            "scene": scene,
        },
    )
    return Generation(**one(connection.execute(SQL["lock_generation"], {"key": order.key}).fetchone()))


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


def lose_open_attempts(connection: Connection, key: str) -> None:
    """Close the attempts of a maker that can simply be asked again, and give their reservation back."""
    for row in connection.execute(SQL["lose_open_attempts"], {"key": key}).fetchall():
        attempt = Attempt(**row, status="lost")
        if attempt.reserved:
            _enter(connection, key, attempt, "refund", attempt.reserved, None)


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
    connection: Connection, key: str, *, service: str, account: str, reserved: Decimal, reel_id: int | None
) -> Attempt:
    """Write down who is about to be asked, and reserve its price in the ledger."""
    values = {"key": key, "service": service, "account": account, "reserved": reserved}
    row = one(connection.execute(SQL["begin_attempt"], values).fetchone())
    attempt = Attempt(n=row["n"], service=service, account=account, reserved=reserved)
    if reserved:
        _enter(connection, key, attempt, "reserve", reserved, reel_id)
    return attempt


def submit_attempt(connection: Connection, key: str, owner: str, attempt: Attempt, external_id: str) -> None:
    """Keep the service's own number for the work."""
    connection.execute(SQL["submit_attempt"], {"key": key, "n": attempt.n, "external_id": external_id})
    _held(connection, "mark_submitted", {"key": key, "owner": owner})


def fail_attempt(
    connection: Connection, key: str, owner: str, attempt: Attempt, error: str, reel_id: int | None
) -> None:
    """Close an attempt that gave nothing, refund it, and make the generation ready for the next maker."""
    _end(connection, key, attempt, "failed", Decimal(0), error)
    if attempt.reserved:
        _enter(connection, key, attempt, "refund", attempt.reserved, reel_id)
    _held(connection, "mark_intended", {"key": key, "owner": owner})


def doubt(connection: Connection, key: str, attempt: Attempt, error: str) -> None:
    """Write down that a call may have been sent and its answer was lost.

    Its reservation stays, and nobody may ask again until a person or a look-up has closed it.
    """
    _end(connection, key, attempt, "unknown", None, error)
    connection.execute(SQL["mark_unknown"], {"key": key, "error": error})


def finish(
    connection: Connection,
    key: str,
    owner: str,
    attempt: Attempt,
    *,
    result: Mapping[str, Any],
    files: Mapping[str, StoredFile],
    cost: Decimal,
    stand_in: bool,
    reel_id: int | None,
) -> None:
    """Write the result, its files and its settled cost down, all at once."""
    for role, file in files.items():
        connection.execute(SQL["add_asset"], {"sha256": file.sha256, "suffix": file.suffix, "bytes": file.bytes})
        connection.execute(SQL["set_file"], {"key": key, "role": role, "sha256": file.sha256})
    _end(connection, key, attempt, "done", cost, None)
    if cost:
        _enter(connection, key, attempt, "settle", cost, reel_id)
    elif attempt.reserved:
        _enter(connection, key, attempt, "refund", attempt.reserved, reel_id)
    values = {"key": key, "owner": owner, "result": Jsonb(dict(result)), "stand_in": stand_in, "credits": cost}
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


def count_by_status(connection: Connection) -> list[dict[str, Any]]:
    """Return how many generations there are of each capability and status."""
    return list(connection.execute(SQL["count_by_status"]))


def sum_credits(connection: Connection) -> Decimal:
    """Return all credits settled so far."""
    return Decimal(one(connection.execute(SQL["sum_credits"]).fetchone())["settled"])


def _end(
    connection: Connection, key: str, attempt: Attempt, status: str, settled: Decimal | None, error: str | None
) -> None:
    values = {"key": key, "n": attempt.n, "status": status, "settled": settled, "error": error}
    connection.execute(SQL["end_attempt"], values)


def _enter(
    connection: Connection,
    key: str,
    attempt: Attempt,
    kind: Literal["reserve", "settle", "refund"],
    amount: Decimal,
    reel_id: int | None,
) -> None:
    values = {"key": key, "n": attempt.n, "kind": kind, "credits": amount, "reel_id": reel_id}
    connection.execute(SQL["add_entry"], {**values, "service": attempt.service, "account": attempt.account})


def _held(connection: Connection, query: str, values: dict[str, Any]) -> None:
    if connection.execute(SQL[query], values).fetchone() is None:
        raise Busy("The lease on this work has gone to another run, which will finish it.")
