"""Whenever a reel is ready, and every ten minutes to be safe: due reels go to the platforms."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.posting import deliver_post, plan_posts, settle_reels


@flow(name="platform-posting", retries=0)
def platform_posting(reel_id: int | None = None) -> int | State[None]:
    """Post every due reel, or only the given one, and return how many posts were made.

    Each post is made at most once, however often this runs.
    """
    posts = plan_posts(reel_id)
    if not posts:
        return Completed(name="Idle", message="Nothing is due.")
    made = [deliver_post(post) for post in posts]
    settle_reels(reel_id)
    return sum(made)
