"""Reels, their scenes and the parts they are made of. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from core.errors import NotFound, WrongState
from core.models import Line, Quality, Setting, Step
from db.connection import Connection, one
from db.sql import load_queries

SQL = load_queries("reels")

MAKING_ORDER = (
    "planned", "scripted", "voiced", "illustrated", "rendered", "checked",
    "ready_to_publish", "publishing", "published",
)  # fmt: skip
"""The states of a reel that goes well, in order."""

Part = Literal["script", "music", "render", "check", "provenance", "package"]


@dataclass(frozen=True)
class Reel:
    """A reel as it stands."""

    id: int
    state: str
    reason: str | None
    takes: dict[str, dict[str, Any]]
    due_at: datetime
    created_at: datetime
    updated_at: datetime
    title: str
    character: str
    character_name: str
    language: str
    quality: Quality
    credits: Decimal

    def take(self, step: Step) -> int:
        """Return how often a step was asked to be made again."""
        return int(self.takes.get(step.value, {}).get("n", 0))


@dataclass(frozen=True)
class Scene:
    """One line of a reel's script with the generations that speak, show and move it."""

    position: int
    line: Line
    speech: str | None
    picture: str | None
    clip: str | None


def begin_reel(connection: Connection, idea_id: int) -> int:
    """Begin the reel of an idea, or return the one that was begun already."""
    return int(one(connection.execute(SQL["begin_reel"], {"idea_id": idea_id}).fetchone())["id"])


def get_reel(connection: Connection, reel_id: int) -> Reel:
    """Return a reel; raises NotFound."""
    row = connection.execute(SQL["get_reel"], {"reel_id": reel_id}).fetchone()
    if row is None:
        raise NotFound(f"There is no reel {reel_id}.")
    return Reel(**row)


def list_reels(connection: Connection, limit: int = 50) -> list[Reel]:
    """Return the newest reels."""
    return [Reel(**row) for row in connection.execute(SQL["list_reels"], {"limit": limit})]


def find_unfinished(connection: Connection, quiet_seconds: float) -> int | None:
    """Return the oldest reel that nobody works on though it is not ready, or None."""
    row = connection.execute(SQL["find_unfinished"], {"quiet_seconds": quiet_seconds}).fetchone()
    return None if row is None else int(row["id"])


def reopen_reel(connection: Connection, reel_id: int) -> None:
    """Put a reel back to its beginning; raises WrongState while it is being posted."""
    if connection.execute(SQL["reopen_reel"], {"reel_id": reel_id}).fetchone() is None:
        get_reel(connection, reel_id)
        raise WrongState(f"Reel {reel_id} is being posted right now.", remedy="Wait until the posting flow has ended.")


def raise_take(connection: Connection, reel_id: int, step: Step, run: str) -> None:
    """Ask for a new take of one step; a run that is retried asks only once."""
    connection.execute(SQL["raise_take"], {"reel_id": reel_id, "step": step.value, "run": run})


def is_being_made(connection: Connection, reel_id: int) -> bool:
    """Say whether some worker is making something for this reel right now."""
    return bool(one(connection.execute(SQL["is_being_made"], {"reel_id": reel_id}).fetchone())["yes"])


def lock_reel(connection: Connection, reel_id: int) -> str:
    """Return a reel's state and keep others from moving it until this transaction ends; raises NotFound."""
    row = connection.execute(SQL["lock_state"], {"reel_id": reel_id}).fetchone()
    if row is None:
        raise NotFound(f"There is no reel {reel_id}.")
    return str(row["state"])


def advance_reel(connection: Connection, reel_id: int, state: str) -> None:
    """Move a reel forward to `state` through every state between; one that is further stays where it is.

    Two runs of one reel share their results, so the slower one finds the reel ahead of it.
    """
    state_now = lock_reel(connection, reel_id)
    now = "planned" if state_now in ("held", "failed") else state_now
    if now != state_now:
        move_reel(connection, reel_id, now)
    for following in MAKING_ORDER[MAKING_ORDER.index(now) + 1 : MAKING_ORDER.index(state) + 1]:
        move_reel(connection, reel_id, following)


def move_reel(connection: Connection, reel_id: int, state: str) -> None:
    """Move a reel on; raises WrongState when its state does not allow that."""
    one(connection.execute(SQL["move_reel"], {"reel_id": reel_id, "state": state}).fetchone())


def stop_reel(connection: Connection, reel_id: int, state: Literal["held", "failed"], reason: str) -> None:
    """Hold a reel or mark it failed."""
    one(connection.execute(SQL["stop_reel"], {"reel_id": reel_id, "state": state, "reason": reason}).fetchone())


def set_part(connection: Connection, reel_id: int, part: Part, generation: str) -> None:
    """Say which generation a part of the reel now is."""
    connection.execute(SQL["set_part"], {"reel_id": reel_id, "part": part, "generation": generation})


def get_parts(connection: Connection, reel_id: int) -> dict[str, str]:
    """Return the generation keys a reel is made of, by part."""
    return {row["part"]: row["generation"] for row in connection.execute(SQL["get_parts"], {"reel_id": reel_id})}


def list_fingerprints(connection: Connection, reel_id: int, limit: int = 200) -> dict[str, dict[str, Any]]:
    """Return how the newest reels before this one look, by their numbers and titles."""
    rows = connection.execute(SQL["list_fingerprints"], {"reel_id": reel_id, "limit": limit})
    return {f"reel {row['reel_id']} ({row['title']})": row["fingerprint"] for row in rows}


def get_fingerprints(connection: Connection, reel_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return how reels look, by number; those that were not measured are left out."""
    rows = connection.execute(SQL["get_fingerprints"], {"reel_ids": list(reel_ids)})
    return {row["reel_id"]: row["fingerprint"] for row in rows}


def replace_scenes(connection: Connection, reel_id: int, lines: Sequence[Line]) -> None:
    """Write the scenes of a new script in place of the old ones, unless they are the same."""
    if [scene.line.model_copy(update={"fact": None}) for scene in get_scenes(connection, reel_id)] == [
        line.model_copy(update={"fact": None}) for line in lines
    ]:
        return
    connection.execute(SQL["drop_scenes"], {"reel_id": reel_id})
    for position, line in enumerate(lines):
        values = line.model_dump(include={"role", "text", "picture", "motion"}) | line.setting.model_dump()
        connection.execute(SQL["add_scene"], {"reel_id": reel_id, "position": position, **values})


def get_scenes(connection: Connection, reel_id: int) -> list[Scene]:
    """Return the scenes of a reel in order."""
    return [
        Scene(
            position=row["position"],
            line=Line(
                role=row["role"],
                text=row["text"],
                setting=Setting(place=row["place"], time=row["time"], mood=row["mood"]),
                picture=row["picture_prompt"],
                motion=row["motion_prompt"],
            ),
            speech=row["speech"],
            picture=row["picture"],
            clip=row["clip"],
        )
        for row in connection.execute(SQL["get_scenes"], {"reel_id": reel_id})
    ]


def set_speech(connection: Connection, reel_id: int, position: int, generation: str) -> None:
    """Say which generation speaks a scene."""
    connection.execute(SQL["set_speech"], {"reel_id": reel_id, "position": position, "generation": generation})


def set_picture(connection: Connection, reel_id: int, position: int, generation: str) -> None:
    """Say which generation shows a scene."""
    connection.execute(SQL["set_picture"], {"reel_id": reel_id, "position": position, "generation": generation})


def set_clip(connection: Connection, reel_id: int, position: int, generation: str | None) -> None:
    """Say which generation moves a scene; None makes it a still again."""
    connection.execute(SQL["set_clip"], {"reel_id": reel_id, "position": position, "generation": generation})


def count_by_state(connection: Connection) -> dict[str, int]:
    """Return how many reels are in each state."""
    return {row["state"]: row["count"] for row in connection.execute(SQL["count_by_state"])}


def list_in_state(connection: Connection, state: str, reel_id: int | None = None, limit: int = 50) -> list[int]:
    """Return the reels in one state, oldest first; only the given one when it is named."""
    values = {"state": state, "reel_id": reel_id, "limit": limit}
    return [int(row["id"]) for row in connection.execute(SQL["list_in_state"], values)]
