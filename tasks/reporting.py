"""What the operator sees of the posts beside a run in the Prefect UI."""

from __future__ import annotations

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from core.settings import get_settings
from db import deliveries
from db.connection import get_database
from db.deliveries import Delivery
from tasks.policy import RETRY


@task(task_run_name="show the posts", **RETRY)
def show_posts(reel_id: int | None = None) -> None:
    """Put a table of the posts beside the run, and what waits for a person with the words to answer it."""
    with get_database().transaction() as connection:
        posts = deliveries.list_open(connection) if reel_id is None else deliveries.list_of_reel(connection, reel_id)
    if not posts:
        return
    name = "posts" if reel_id is None else f"reel-{reel_id}-posts"
    create_table_artifact(key=name, table=[_row(post) for post in posts], description="Where each post stands.")
    waiting = [post for post in posts if needs_person(post)]
    if waiting:
        create_markdown_artifact(key=f"{name}-waiting", markdown="\n\n".join(map(_request, waiting)))


def needs_person(post: Delivery) -> bool:
    """Say whether a post goes on only when a person does something."""
    return post.status in ("held", "failed") or (post.status == "intended" and post.approval == "needed")


def _row(post: Delivery) -> dict[str, str]:
    state = "waits for approval" if post.status == "intended" and post.approval == "needed" else post.status
    return {
        "post": post.key,
        "state": f"{state} ({post.visibility})" if post.visibility else state,
        "time, UTC": f"{post.slot_at:%Y-%m-%d %H:%M}",
        "where": post.url or "",
        "note": post.error or post.warning,
    }


def _request(post: Delivery) -> str:
    studio = get_settings().public_studio_url
    title, slug = post.request.get("title", post.key), post.request.get("slug", "")
    if post.status != "intended":
        return f"### {title}\n\n`{post.key}` is {post.status}: {post.error}"
    return (
        f"### {title}\n\n`{post.key}` waits for a person. {post.warning}\n\n"
        f"[Look at the reel]({studio}/reels/{slug}), then run the deployment **post-approval** with this post, or\n\n"
        f"    reelwright posts approve {post.key}\n\n> {post.request.get('caption', '')}"
    )
