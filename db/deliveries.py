"""Deliveries: what the outside world sees, each at most once. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from core.errors import Busy, NotFound
from db.connection import Connection
from db.sql import load_queries

SQL = load_queries("deliveries")


@dataclass(frozen=True)
class Delivery:
    """A public act as it stands."""

    key: str
    kind: str
    subject: str
    account: str
    reel_id: int | None
    status: str
    request: dict[str, Any]
    handle: str | None
    attempts: int
    external_id: str | None = None
    url: str | None = None
    error: str | None = None
    is_leased: bool = True


def intend_delivery(
    connection: Connection,
    *,
    key: str,
    kind: str,
    subject: str,
    account: str,
    reel_id: int | None,
    request: Mapping[str, Any],
    due_at: datetime,
) -> None:
    """Write one public act down, with everything needed to do it; a second time changes nothing."""
    values = {"key": key, "kind": kind, "subject": subject, "account": account, "reel_id": reel_id, "due_at": due_at}
    connection.execute(SQL["intend_delivery"], {**values, "request": Jsonb(dict(request))})


def claim_delivery(connection: Connection, key: str, owner: str, seconds: float) -> Delivery | None:
    """Become the one worker of a due, unfinished delivery; None when it is done or another works on it."""
    row = connection.execute(SQL["claim_delivery"], {"key": key, "owner": owner, "seconds": seconds}).fetchone()
    return None if row is None else Delivery(**row)


def get_delivery(connection: Connection, key: str) -> Delivery:
    """Return a delivery; raises NotFound."""
    row = connection.execute(SQL["get_delivery"], {"key": key}).fetchone()
    if row is None:
        raise NotFound(f"There is no delivery {key}.")
    return Delivery(**row)


def renew_delivery(connection: Connection, key: str, owner: str, seconds: float) -> bool:
    """Stay the worker; False when the lease has gone."""
    return (
        connection.execute(SQL["renew_delivery"], {"key": key, "owner": owner, "seconds": seconds}).fetchone()
        is not None
    )


def move_delivery(connection: Connection, key: str, owner: str, status: str, handle: str | None = None) -> None:
    """Move a delivery on, keeping its handle."""
    _held(connection, "move_delivery", {"key": key, "owner": owner, "status": status, "handle": handle})


def restart_delivery(connection: Connection, key: str, owner: str, note: str) -> None:
    """Begin anew, because surely nothing happened."""
    _held(connection, "restart_delivery", {"key": key, "owner": owner, "note": note})


def finish_delivery(connection: Connection, key: str, owner: str, external_id: str, url: str) -> None:
    """Write down that the platform shows it, and where."""
    _held(connection, "finish_delivery", {"key": key, "owner": owner, "external_id": external_id, "url": url})


def stop_delivery(
    connection: Connection, key: str, owner: str, status: Literal["failed", "unknown"], error: str
) -> None:
    """Write down that it failed, or that nobody knows whether it happened."""
    _held(connection, "stop_delivery", {"key": key, "owner": owner, "status": status, "error": error})


def release_delivery(connection: Connection, key: str, owner: str, error: str | None) -> None:
    """Let go, so that the next run may go on at once."""
    connection.execute(SQL["release_delivery"], {"key": key, "owner": owner, "error": error})


def list_of_reel(connection: Connection, reel_id: int) -> list[Delivery]:
    """Return where a reel went, newest first."""
    return [Delivery(**row) for row in connection.execute(SQL["list_deliveries_of_reel"], {"reel_id": reel_id})]


def count_deliveries(connection: Connection) -> list[dict[str, Any]]:
    """Return how many deliveries of each account are in each status."""
    return list(connection.execute(SQL["count_deliveries"]))


def _held(connection: Connection, query: str, values: dict[str, Any]) -> None:
    if connection.execute(SQL[query], values).fetchone() is None:
        raise Busy("The lease on this delivery has gone to another run, which will finish it.")
