"""Ideas waiting to become reels. The caller owns the transaction."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.types.json import Jsonb

from core.errors import NotFound
from core.keys import content_key
from core.models import Brief
from db.characters import get_character
from db.connection import Connection, one
from db.sql import load_queries

SQL = load_queries("ideas")


@dataclass(frozen=True)
class Idea:
    """An idea with what became of it."""

    id: int
    title: str
    character: str
    language: str
    state: str
    reel_id: int | None
    reel_state: str | None


def add_idea(connection: Connection, brief: Brief) -> tuple[int, bool]:
    """Add the idea of a brief and return its number and whether it is new.

    Raises NotFound when the brief's character is not in the roster.
    """
    get_character(connection, brief.character)
    key = content_key(brief)
    values = {
        "key": key,
        "title": brief.title,
        "character": brief.character,
        "brief": Jsonb(brief.model_dump(mode="json")),
    }
    row = connection.execute(SQL["add_idea"], values).fetchone()
    if row is not None:
        return int(row["id"]), True
    return int(one(connection.execute(SQL["find_idea"], {"key": key}).fetchone())["id"]), False


def list_ideas(connection: Connection) -> list[Idea]:
    """Return all ideas, oldest first."""
    return [Idea(**row) for row in connection.execute(SQL["list_ideas"])]


def take_oldest(connection: Connection, character: str) -> int | None:
    """Take a character's oldest waiting idea, or return None when another run was faster."""
    row = connection.execute(SQL["take_oldest"], {"character": character}).fetchone()
    return None if row is None else int(row["id"])


def take_idea(connection: Connection, idea_id: int) -> None:
    """Mark one idea as taken; raises NotFound when there is none or it was dropped."""
    if connection.execute(SQL["take_idea"], {"id": idea_id}).fetchone() is None:
        raise NotFound(f"There is no idea {idea_id} to make a reel of.", remedy="See `reelwright ideas list`.")


def get_brief_of_reel(connection: Connection, reel_id: int) -> Brief:
    """Return the brief a reel is made from."""
    row = connection.execute(SQL["get_brief_of_reel"], {"reel_id": reel_id}).fetchone()
    if row is None:
        raise NotFound(f"There is no reel {reel_id}.")
    return Brief.model_validate(row["brief"])
