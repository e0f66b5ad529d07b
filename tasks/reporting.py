"""What the operator sees of the posts beside a run in the Prefect UI."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from urllib.parse import quote

from prefect import get_client, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.exceptions import ObjectNotFound

from core.settings import get_settings
from db import deliveries
from db.connection import get_database
from db.deliveries import Delivery
from tasks.policy import RETRY

APPROVAL = "post-approval/post-approval"
COVER_WIDTH = 200


@task(task_run_name="show the posts", **RETRY)
def show_posts(reel_id: int | None = None, keys: Sequence[str] = ()) -> None:
    """Put a table of the posts beside the run, and what waits for a person with the words to answer it.

    Both show every post that is not over, of whatever reel, so that the newest is always right; beside them stand the
    posts of `reel_id` and of `keys`, which may be beginnings, however they ended.
    """
    with get_database().transaction() as connection:
        posts = deliveries.list_open(connection)
        if reel_id is not None:
            posts += deliveries.list_of_reel(connection, reel_id)
        posts += [deliveries.get_delivery(connection, deliveries.find_key(connection, key)) for key in keys]
    shown = {post.key: post for post in posts}.values()
    if not shown:
        return
    waiting = [post for post in shown if needs_person(post)]
    create_table_artifact(key="posts", table=[_row(post) for post in shown], description="Where each post stands.")
    form = _approval_form() if waiting else ""
    create_markdown_artifact(
        key="posts-waiting",
        markdown="\n\n---\n\n".join(_request(post, form) for post in waiting) or "No post waits for a person.",
        description="Posts that wait for a person.",
    )


def needs_person(post: Delivery) -> bool:
    """Say whether a post goes on only when a person does something."""
    return post.status in ("held", "failed") or post.awaits_approval


def _row(post: Delivery) -> dict[str, str]:
    return {
        "post": post.key,
        "state": f"{post.state} ({post.visibility})" if post.visibility else post.state,
        "time, UTC": f"{post.slot_at.astimezone(UTC):%Y-%m-%d %H:%M}",
        "where": f"[open]({post.url})" if post.url else "",
        "note": post.error or post.warning,
    }


def _request(post: Delivery, form: str) -> str:
    """Return what a person must know to answer for a post, and how to answer."""
    title = f"### {post.request.get('title') or post.key}"
    if not post.awaits_approval:
        return f"{title}\n\n`{post.key}` is {post.status}: {post.error}"
    filled = quote(json.dumps({"post": post.key}))
    answer = f"[Approve or refuse it]({form}?parameters={filled})" if form else "Approve or refuse it"
    caption = "  \n".join(f"> {line}" for line in str(post.request.get("caption", "")).splitlines())
    at = f"{post.slot_at.astimezone(UTC):%Y-%m-%d at %H:%M} UTC"
    return (
        f"{title}\n\n`{post.key}` goes to **{post.account}** on {at} or after it, if you approve it. {post.warning}\n\n"
        f"{_preview(post)}\n\n{caption}\n\n"
        f"{answer} with the deployment **post-approval**, or by hand:\n\n    reelwright posts approve {post.key}\n"
    )


def _preview(post: Delivery) -> str:
    """Return the cover, which leads to the very video that is posted; both are served before the reel is posted."""
    files, assets = post.request.get("files", {}), f"{get_settings().public_studio_url}/assets"
    address = {role: f"{assets}/{sha256}{suffix}" for role, (sha256, suffix, _) in files.items()}
    if "reel" not in address:
        return ""
    link = f"[Watch the reel]({address['reel']})"
    if "cover" not in address:
        return link
    cover = f'<img src="{address["cover"]}" alt="The cover" width="{COVER_WIDTH}">'
    return f'<a href="{address["reel"]}">{cover}</a>\n\n{link}'


def _approval_form() -> str:
    """Return where the Prefect UI asks for an approval; empty where the factory's flows are not deployed."""
    with get_client(sync_client=True) as client:
        try:
            return f"/deployments/deployment/{client.read_deployment_by_name(APPROVAL).id}/run"
        except ObjectNotFound:
            return ""
