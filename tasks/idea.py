"""Which reel is made next, and from where a rerun begins."""

from __future__ import annotations

import logging
import shutil

from prefect import task
from prefect.runtime import flow_run

from core.errors import DiskFull
from core.models import Step
from core.settings import get_settings
from db import characters, ideas, reels
from db.connection import Connection, get_database
from rules.roster import next_character
from tasks.policy import RETRY, step

logger = logging.getLogger(__name__)

STEP_OF_TAKE = {Step.BRIEF: Step.SCRIPT}
"""Beginning at the brief means a new script; every other step is its own take."""


@task(task_run_name="pick the idea", **RETRY)
def pick_idea(reel_id: int | None, start_from: Step | None) -> int | None:
    """Return the reel to make: the given one, one that a crash left behind, or a new one; None when nothing waits.

    With `start_from` that step is made anew, and with it whatever depends on it. Nothing else is.
    """
    _require_space()
    with get_database().transaction() as connection:
        chosen = reel_id or _left_behind(connection) or _begin_next(connection)
    if chosen is None:
        return None
    with step(chosen, Step.BRIEF), get_database().transaction() as connection:
        if start_from is not None:
            reels.raise_take(connection, chosen, STEP_OF_TAKE.get(start_from, start_from), run=_run_id())
        is_on_its_way = start_from is None and reels.get_reel(connection, chosen).state == "publishing"
        if not is_on_its_way and not reels.is_being_made(connection, chosen):
            reels.reopen_reel(connection, chosen)
    return chosen


def _left_behind(connection: Connection) -> int | None:
    reel_id = reels.find_unfinished(connection, quiet_seconds=4 * get_settings().lease_seconds)
    if reel_id is not None:
        logger.info("reel %s was left behind by a run that ended; going on with it", reel_id)
    return reel_id


def _begin_next(connection: Connection) -> int | None:
    slug = next_character(characters.list_turns(connection))
    idea_id = None if slug is None else ideas.take_oldest(connection, slug)
    return None if idea_id is None else reels.begin_reel(connection, idea_id)


def _require_space() -> None:
    settings = get_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free // 2**20
    if free < settings.min_free_mib:
        raise DiskFull(
            f"Only {free} MiB are free below {settings.home}; {settings.min_free_mib} are needed to begin a reel.",
            remedy="Free some space, or lower MIN_FREE_MIB, then rerun; finished work is kept.",
        )


def _run_id() -> str:
    return flow_run.id or "by hand"
