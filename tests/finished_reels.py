"""Finished reels with small files instead of real renders, for tests of what happens to files afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from core.models import Capability, Made, Order
from core.settings import get_settings
from db import reels
from db.connection import get_database
from db.generations import StoredFile
from tasks.making import Local, obtain
from tasks.package import files_of

FILES = {"reel": "reel.mp4", "cover": "cover.jpg", "captions_vtt": "captions.vtt"}


def finish_reel(plan_reel: Callable[[str], int], title: str, state: str = "published") -> dict[str, StoredFile]:
    """Make a reel of three files of its own and return them by role."""
    reel_id = plan_reel(title)

    def part(capability: Capability, name: str, roles: list[str]) -> None:
        def make(workspace: Path, _: Any) -> Made:
            for role in roles:
                (workspace / FILES[role]).write_text(f"{role} of {title}" * 100)
            return Made({role: workspace / FILES[role] for role in roles}, {})

        order = Order(capability=capability, request={"title": title}, recipe="1")
        key = obtain(order, [Local("test", make)], reel_id=reel_id).key
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, name, key)  # type: ignore[arg-type]

    part(Capability.RENDER, "render", ["reel"])
    part(Capability.PACKAGE, "package", ["cover", "captions_vtt"])
    with get_database().transaction() as connection:
        reels.advance_reel(connection, reel_id, state)
        return files_of(connection, reel_id)


def rows(query: str) -> list[tuple[Any, ...]]:
    """Ask the database directly."""
    with _connection() as connection:
        return connection.execute(query.encode()).fetchall()


def let_files_age(by: timedelta) -> None:
    """Make all files older in the database."""
    with _connection() as connection:
        connection.execute("update assets set created_at = created_at - %s", (by,))


def _connection() -> psycopg.Connection[tuple[Any, ...]]:
    url = get_settings().database_url
    assert url is not None
    return psycopg.connect(url.get_secret_value())
