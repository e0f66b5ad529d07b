"""The roster in the database. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg.types.json import Jsonb

from core.errors import NotFound
from core.models import Character, Turn
from db.connection import Connection
from db.sql import load_queries

SQL = load_queries("characters")


def save_roster(connection: Connection, roster: Iterable[Character]) -> None:
    """Write every character of the roster as it is now."""
    for character in roster:
        row = character.model_dump(mode="json")
        values = {name: Jsonb(row[name]) for name in ("palette", "voice", "brand", "look", "makers")}
        connection.execute(SQL["upsert_character"], {**row, **values})


def get_character(connection: Connection, slug: str) -> Character:
    """Return a character; raises NotFound naming those there are."""
    row = connection.execute(SQL["get_character"], {"slug": slug}).fetchone()
    if row is None:
        known = ", ".join(list_slugs(connection)) or "none yet"
        raise NotFound(f"There is no character '{slug}'.", remedy=f"Use one of: {known}; or add it to the roster file.")
    return _character(row)


def get_character_of_reel(connection: Connection, reel_id: int) -> Character:
    """Return who tells a reel."""
    row = connection.execute(SQL["get_character_of_reel"], {"reel_id": reel_id}).fetchone()
    if row is None:
        raise NotFound(f"There is no reel {reel_id}.")
    return _character(row)


def list_slugs(connection: Connection) -> list[str]:
    """Return the slugs of all active characters."""
    return [row["slug"] for row in connection.execute(SQL["list_slugs"])]


def list_turns(connection: Connection) -> list[Turn]:
    """Return the active characters that have an idea waiting."""
    return [Turn(**row) for row in connection.execute(SQL["list_turns"])]


def _character(row: dict[str, Any]) -> Character:
    return Character.model_validate({name: value for name, value in row.items() if name != "id"})
