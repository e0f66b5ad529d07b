"""Deliveries: what the outside world sees, each at most once. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from core.errors import BadInput, Busy, NotFound, WrongState
from db.connection import Connection
from db.sql import load_queries

SQL = load_queries("deliveries")

Approval = Literal["none", "needed", "given"]

SEE_POSTS = "See `reelwright posts list`."

FINAL = frozenset({"done", "failed", "held", "skipped"})
"""States that nothing leaves by itself."""


@dataclass(frozen=True)
class Delivery:
    """A public act as it stands. `handle` is encrypted: it may let anybody post in our name.

    `slot_at` is when it is or was to be posted, `due_at` when to go on with it. `begins` counts beginnings, `looked`
    how often it was asked after in its present state.
    """

    key: str
    kind: str
    subject: str
    account: str
    reel_id: int | None
    status: str
    request: dict[str, Any]
    handle: str | None
    external_id: str | None
    url: str | None
    visibility: str | None
    error: str | None
    warning: str
    attempts: int
    begins: int
    looked: int
    approval: Approval
    consent: dict[str, Any] | None
    slot_at: datetime
    due_at: datetime
    updated_at: datetime
    is_leased: bool

    @property
    def awaits_approval(self) -> bool:
        """Whether a person must agree before it is begun."""
        return self.status == "intended" and self.approval == "needed"

    @property
    def state(self) -> str:
        """Its status in words for a person."""
        return "waits for approval" if self.awaits_approval else self.status


@dataclass(frozen=True)
class Intent:
    """A public act to be written down, with everything needed to do it."""

    key: str
    kind: str
    subject: str
    account: str
    reel_id: int | None
    request: Mapping[str, Any]
    slot_at: datetime
    due_at: datetime
    approval: Approval = "none"
    warning: str = ""


def intend_delivery(connection: Connection, intent: Intent) -> None:
    """Write one public act down. A second time changes only one that nobody began, and asks for approval anew."""
    connection.execute(SQL["intend_delivery"], {**vars(intent), "request": Jsonb(dict(intent.request))})


def list_actionable(
    connection: Connection, reel_id: int | None = None, ahead_seconds: float = 0, limit: int = 50
) -> list[str]:
    """Return the keys of deliveries to go on with now, or within `ahead_seconds`, oldest first."""
    values = {"reel_id": reel_id, "ahead": ahead_seconds, "limit": limit}
    return [row["key"] for row in connection.execute(SQL["list_actionable"], values)]


def claim_delivery(connection: Connection, key: str, owner: str, seconds: float) -> Delivery | None:
    """Become the one worker of a delivery whose time has come.

    None when it is over, waits for a time or a person, its account rests, or another works on it.
    """
    row = connection.execute(SQL["claim_delivery"], {"key": key, "owner": owner, "seconds": seconds}).fetchone()
    return None if row is None else get_delivery(connection, key)


def get_delivery(connection: Connection, key: str) -> Delivery:
    """Return a delivery; raises NotFound."""
    row = connection.execute(SQL["get_delivery"], {"key": key}).fetchone()
    if row is None:
        raise NotFound(f"There is no delivery {key}.", remedy=SEE_POSTS)
    return Delivery(**row)


def find_key(connection: Connection, beginning: str) -> str:
    """Return the one key that begins so; raises NotFound, or BadInput when there are several.

    The number of a reel is never taken for the beginning of another's.
    """
    keys = [row["key"] for row in connection.execute(SQL["find_delivery_keys"], {"beginning": beginning})]
    if not keys:
        raise NotFound(f"There is no post {beginning}.", remedy=SEE_POSTS)
    if len(keys) > 1 and beginning not in keys:
        raise BadInput(f"Several posts begin with {beginning}.", remedy=f"Write more of the key. {SEE_POSTS}")
    return beginning if beginning in keys else str(keys[0])


def renew_delivery(connection: Connection, key: str, owner: str, seconds: float) -> bool:
    """Stay the worker; False when the lease has gone."""
    values = {"key": key, "owner": owner, "seconds": seconds}
    return connection.execute(SQL["renew_delivery"], values).fetchone() is not None


def begin_delivery(connection: Connection, key: str, owner: str, handle: str) -> None:
    """Keep the encrypted handle of an upload that was opened, and count the beginning."""
    _held(connection, "begin_delivery", {"key": key, "owner": owner, "handle": handle})


def move_delivery(connection: Connection, key: str, owner: str, status: str) -> None:
    """Move a delivery on, keeping its handle."""
    _held(connection, "move_delivery", {"key": key, "owner": owner, "status": status})


def restart_delivery(connection: Connection, key: str, owner: str, note: str) -> None:
    """Begin anew, because surely nothing happened."""
    _held(connection, "restart_delivery", {"key": key, "owner": owner, "note": note})


def finish_delivery(
    connection: Connection, key: str, owner: str, *, external_id: str, url: str, visibility: str, warning: str
) -> None:
    """Write down that the platform shows it, where and to whom, and what could not be added to it."""
    values = {"external_id": external_id, "url": url, "visibility": visibility, "warning": warning}
    _held(connection, "finish_delivery", {"key": key, "owner": owner, **values})


def stop_delivery(
    connection: Connection,
    key: str,
    owner: str,
    status: Literal["failed", "unknown", "held"],
    error: str,
    seconds: float = 0,
) -> None:
    """Write down that it failed, needs a person, or is not known; then it is looked up after so many seconds."""
    values = {"status": status, "error": error, "seconds": seconds}
    _held(connection, "stop_delivery", {"key": key, "owner": owner, **values})


def postpone_delivery(connection: Connection, key: str, owner: str, seconds: float, error: str | None) -> None:
    """Let go, and go on after so many seconds."""
    values = {"seconds": seconds, "error": error}
    connection.execute(SQL["postpone_delivery"], {"key": key, "owner": owner, **values})


def lock_planning(connection: Connection, account: str) -> None:
    """Keep others from planning posts of an account until this transaction ends."""
    connection.execute(SQL["lock_planning"], {"account": account})


def list_slots(connection: Connection, account: str, since: datetime, but: Sequence[str] = ()) -> list[datetime]:
    """Return when an account posted since a time or will post, without the deliveries `but`."""
    values = {"account": account, "since": since, "but": list(but)}
    return [row["slot_at"] for row in connection.execute(SQL["list_slots"], values)]


def list_waiting(connection: Connection, account: str) -> list[tuple[str, datetime, bool]]:
    """Return an account's posts that nobody began, in order: key, time, and whether a person must still agree."""
    rows = connection.execute(SQL["list_waiting"], {"account": account})
    return [(row["key"], row["slot_at"], row["is_asked"]) for row in rows]


def set_slot(connection: Connection, key: str, slot_at: datetime, due_at: datetime) -> None:
    """Give a post that nobody began another time, and say when to begin with it."""
    connection.execute(SQL["set_slot"], {"key": key, "slot_at": slot_at, "due_at": due_at})


def skip_delivery(connection: Connection, key: str, reason: str) -> None:
    """Decide that a post is not made; raises WrongState when it was begun."""
    _possible(connection, "skip_delivery", {"key": key, "reason": reason})


def refuse_delivery(connection: Connection, key: str, reason: str) -> None:
    """Write down why a post cannot be made as it is; raises WrongState when it was begun."""
    _possible(connection, "refuse_delivery", {"key": key, "reason": reason})


def reopen_delivery(connection: Connection, key: str) -> None:
    """Try again what failed or was skipped; raises WrongState for anything else."""
    _possible(connection, "reopen_delivery", {"key": key})


def approve_delivery(connection: Connection, key: str, consent: Mapping[str, Any]) -> None:
    """Write down what a person agreed to; raises WrongState when the post was begun."""
    _possible(connection, "approve_delivery", {"key": key, "consent": Jsonb(dict(consent))})


def look_again(connection: Connection, key: str) -> None:
    """Have a held delivery looked up once more; raises WrongState when it is not held."""
    _possible(connection, "look_again", {"key": key})


def close_as_posted(connection: Connection, key: str, external_id: str, url: str) -> None:
    """Close a delivery that a person saw at the platform; raises WrongState unless it waits for that."""
    _possible(connection, "close_as_posted", {"key": key, "external_id": external_id, "url": url})


def close_as_not_posted(connection: Connection, key: str) -> None:
    """Begin a delivery anew that a person did not find; raises WrongState unless it waits for that."""
    _possible(connection, "close_as_not_posted", {"key": key})


def newest_post(connection: Connection, account: str) -> str:
    """Return the platform's id of an account's newest post; empty before the first."""
    row = connection.execute(SQL["newest_post"], {"account": account}).fetchone()
    return "" if row is None else str(row["external_id"])


def known_ids(connection: Connection, account: str) -> tuple[str, ...]:
    """Return the platform's ids of an account's posts of the last days."""
    return tuple(row["external_id"] for row in connection.execute(SQL["known_ids"], {"account": account}))


def list_earlier_posts(connection: Connection, account: str, reel_id: int, limit: int = 1000) -> list[dict[str, Any]]:
    """Return key, reel_id, title, caption and spoken words of an account's other posts, newest first."""
    values = {"account": account, "reel_id": reel_id, "limit": limit}
    return list(connection.execute(SQL["list_earlier_posts"], values))


def list_of_reel(connection: Connection, reel_id: int) -> list[Delivery]:
    """Return where a reel went, newest first."""
    return [Delivery(**row) for row in connection.execute(SQL["list_deliveries_of_reel"], {"reel_id": reel_id})]


def list_open(connection: Connection, limit: int = 200) -> list[Delivery]:
    """Return what is not over and what needs a person, by time."""
    return [Delivery(**row) for row in connection.execute(SQL["list_open_deliveries"], {"limit": limit})]


def count_deliveries(connection: Connection) -> list[dict[str, Any]]:
    """Return how many deliveries of each account are in each status."""
    return list(connection.execute(SQL["count_deliveries"]))


def _held(connection: Connection, query: str, values: dict[str, Any]) -> None:
    if connection.execute(SQL[query], values).fetchone() is None:
        raise Busy("The lease on this delivery has gone to another run, which will finish it.")


def _possible(connection: Connection, query: str, values: dict[str, Any]) -> None:
    if connection.execute(SQL[query], values).fetchone() is None:
        delivery = get_delivery(connection, values["key"])
        doing = "is being worked on right now" if delivery.is_leased else f"is {delivery.status}"
        raise WrongState(f"The post {delivery.key} {doing}, which does not allow that.", remedy=SEE_POSTS)
