"""Whenever a reel is ready, and every ten minutes to be safe: due posts go to their platforms."""

from __future__ import annotations

import time

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from core.settings import get_settings
from tasks.planning import plan_posts
from tasks.posting import deliver_post, due_posts, settle_reels
from tasks.reporting import show_posts


@flow(name="platform-posting", retries=0)
def platform_posting(reel_id: int | None = None) -> int | State[None]:
    """Post what is due, or only of the given reel, and return how many posts got out.

    Each post is made at most once, however often this runs. A platform that takes its time is asked again until
    POSTING_WAIT_SECONDS are over, and then by the next run.
    """
    until = time.monotonic() + get_settings().posting_wait_seconds
    planned = plan_posts(reel_id)
    made, seen = 0, set[str]()
    while posts := due_posts(reel_id, until):
        seen.update(posts)
        outcomes = [deliver_post(post, return_state=True) for post in posts]
        made += sum(outcome.is_completed() and outcome.result() for outcome in outcomes)
    settle_reels(reel_id)
    show_posts(reel_id, sorted(seen))
    if not planned and not seen:
        return Completed(name="Idle", message="Nothing is due.")
    return made
