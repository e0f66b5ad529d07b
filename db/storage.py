"""Where stored files lie besides the working folder. The caller owns the transaction.

Lists come in pages in the order of the SHA-256: `after` is the last one of the page before, empty at the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass

from db.connection import Connection, one
from db.generations import StoredFile
from db.sql import load_queries

SQL = load_queries("storage")

PAGE = 100


@dataclass(frozen=True)
class Holding:
    """How much lies in one store; `bytes` of all its files together."""

    store: str
    files: int
    bytes: int


def note_copy(connection: Connection, sha256: str, store: str) -> None:
    """Remember that a file was seen whole in a store; the first time counts."""
    connection.execute(SQL["note_copy"], {"sha256": sha256, "store": store})


def forget_copy(connection: Connection, sha256: str, store: str) -> None:
    """Forget that a file lies in a store."""
    connection.execute(SQL["forget_copy"], {"sha256": sha256, "store": store})


def copies_of(connection: Connection, sha256: str) -> list[str]:
    """Return the stores a file lies in, oldest copy first."""
    return [str(row["store"]) for row in connection.execute(SQL["copies_of"], {"sha256": sha256})]


def list_missing(
    connection: Connection, store: str, keep_days: int = 0, after: str = "", limit: int = PAGE
) -> list[StoredFile]:
    """Return files that should lie in a store and do not: those of finished reels, and those that lie elsewhere.

    Files of reels older than `keep_days` are let go and not missed; 0 keeps for ever.
    """
    values = {"store": store, "keep_days": keep_days, "after": after, "limit": limit}
    return [StoredFile(**row) for row in connection.execute(SQL["list_missing"], values)]


def list_copies(connection: Connection, store: str, after: str = "", limit: int = PAGE) -> list[StoredFile]:
    """Return files that lie in a store."""
    values = {"store": store, "after": after, "limit": limit}
    return [StoredFile(**row) for row in connection.execute(SQL["list_copies"], values)]


def list_aged(connection: Connection, store: str, days: int, after: str = "", limit: int = PAGE) -> list[StoredFile]:
    """Return files known for longer than some days that lie in a store."""
    values = {"store": store, "days": days, "after": after, "limit": limit}
    return [StoredFile(**row) for row in connection.execute(SQL["list_aged"], values)]


def is_needed(connection: Connection, sha256: str) -> bool:
    """Say whether a reel that is not published everywhere yet is made of a file."""
    return bool(one(connection.execute(SQL["is_needed"], {"sha256": sha256}).fetchone())["yes"])


def sum_copies(connection: Connection) -> list[Holding]:
    """Return how much lies in each store."""
    return [Holding(**row) for row in connection.execute(SQL["sum_copies"])]
