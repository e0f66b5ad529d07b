"""From a finished reel to the platforms: every post is written down before it is made, and made at most once."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from typing import Any

from prefect import task
from prefect.events import emit_event

from core.clock import now
from core.errors import FactoryError, OutcomeUnknown, WrongState
from core.keys import content_key
from core.models import Script
from core.settings import get_settings
from db import deliveries, generations, reels
from db.connection import Connection, get_database
from db.deliveries import Delivery
from db.generations import StoredFile
from integrations.platforms import get_platform
from integrations.platforms.base import Platform, Post, Receipt
from tasks.package import files_of, slug_of
from tasks.policy import RETRY
from tasks.render import UNMARKED
from tasks.work import asset_folder

logger = logging.getLogger(__name__)

READY_EVENT = "reel.ready_to_publish"


@task(task_run_name="announce that the reel is ready", **RETRY)
def announce_ready(reel_id: int) -> None:
    """Mark the reel as ready and wake the posting flow; should the event get lost, the cron finds the reel."""
    with get_database().transaction() as connection:
        reels.advance_reel(connection, reel_id, "ready_to_publish")
    emit_event(
        event=READY_EVENT,
        resource={"prefect.resource.id": f"reelwright.reel.{reel_id}"},
        payload={"reel_id": reel_id},
    )


@task(task_run_name="plan the posts", **RETRY)
def plan_posts(reel_id: int | None) -> list[str]:
    """Write the intent of every due post down and return the keys of those not made yet.

    A reel that a platform would surely refuse is held before anything is sent.
    """
    keys: list[str] = []
    with get_database().transaction() as connection:
        for due in reels.list_due(connection, reel_id):
            try:
                posts = [_intended(connection, due, name) for name in get_settings().platform_names]
                problems = [problem for post, platform in posts for problem in platform.problems(post)]
            except WrongState as exc:
                posts, problems = [], [str(exc)]
            if problems:
                reels.stop_reel(connection, due, "held", "posting: " + " ".join(problems))
                continue
            for post, platform in posts:
                _write_intent(connection, due, post, platform)
                keys.append(post.key)
            reels.advance_reel(connection, due, "publishing")
    return keys


@task(task_run_name="post {key}", **RETRY)
def deliver_post(key: str) -> bool:
    """Make one post and return whether this call made it.

    False when it was made before, is being made by another run, or cannot be made now; a failure is written
    down with the delivery and never keeps the other posts from being made.
    """
    settings, database = get_settings(), get_database()
    owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    with database.transaction() as connection:
        delivery = deliveries.claim_delivery(connection, key, owner, settings.lease_seconds)
    if delivery is None:
        return False
    platform, post = get_platform(delivery.account, settings), _post(delivery)
    try:
        receipt = _deliver(delivery, platform, post, owner)
    except OutcomeUnknown as exc:
        with database.transaction() as connection:
            deliveries.stop_delivery(connection, key, owner, "unknown", str(exc))
        return False
    except FactoryError as exc:
        logger.warning("%s: %s", key, exc)
        with database.transaction() as connection:
            is_safe = deliveries.get_delivery(connection, key).status in ("intended", "begun", "uploading")
            if is_safe and not exc.retryable:
                deliveries.stop_delivery(connection, key, owner, "failed", str(exc))
            else:  # after the point of no return the next run looks first
                deliveries.release_delivery(connection, key, owner, str(exc))
        if exc.retryable:
            raise
        return False
    with database.transaction() as connection:
        deliveries.finish_delivery(connection, key, owner, receipt.external_id, receipt.url)
    return True


@task(task_run_name="settle the reels", **RETRY)
def settle_reels(reel_id: int | None) -> int:
    """Call a reel published once all its posts are out, hold it when one needs a person; return how many are out."""
    published = 0
    with get_database().transaction() as connection:
        for due in reels.list_due(connection, reel_id):
            names = get_settings().platform_names
            posts = [deliveries.get_delivery(connection, _key(connection, due, name)) for name in names]
            stuck = [post for post in posts if post.status != "done" and post.error]
            if all(post.status == "done" for post in posts):
                reels.advance_reel(connection, due, "published")
                published += 1
            elif stuck and not any(post.is_leased for post in posts):
                reels.stop_reel(connection, due, "held", "; ".join(f"{post.account}: {post.error}" for post in stuck))
    return published


def _deliver(delivery: Delivery, platform: Platform, post: Post, owner: str) -> Receipt:
    """Go on with a delivery from where it stands, committing every handle the moment it exists."""
    database, key = get_database(), delivery.key
    handle, status = delivery.handle or "", delivery.status
    if status in ("finishing", "unknown"):  # a process ended after the point of no return: look, never repeat
        receipt = platform.find(post, handle)
        if receipt is not None:
            return receipt
        with database.transaction() as connection:
            if status == "finishing":
                deliveries.move_delivery(connection, key, owner, "unknown")
            deliveries.restart_delivery(connection, key, owner, "surely not posted; begun anew")
        status = "intended"
    if status == "failed":
        with database.transaction() as connection:
            deliveries.restart_delivery(connection, key, owner, "tried again")
        status = "intended"
    if status == "intended":
        handle = platform.begin(post)
        with database.transaction() as connection:
            deliveries.move_delivery(connection, key, owner, "begun", handle)
    if status != "uploading":
        with database.transaction() as connection:
            deliveries.move_delivery(connection, key, owner, "uploading")
    platform.upload(post, handle)
    with database.transaction() as connection:
        deliveries.move_delivery(connection, key, owner, "finishing")
    return platform.finish(post, handle)


def _intended(connection: Connection, reel_id: int, platform_name: str) -> tuple[Post, Platform]:
    reel = reels.get_reel(connection, reel_id)
    parts = reels.get_parts(connection, reel_id)
    script = Script.model_validate(generations.get_generation(connection, parts["script"]).result)
    platform = get_platform(platform_name, get_settings())
    files = _edition(files_of(connection, reel_id), platform)
    post = Post(
        key=_key(connection, reel_id, platform_name),
        slug=slug_of(reel_id, script.title),
        title=script.title,
        caption=script.caption,
        language=reel.language,
        character=reel.character,
        files={role: asset_folder().path(file.sha256, file.suffix) for role, file in files.items()},
    )
    return post, platform


def _edition(files: dict[str, StoredFile], platform: Platform) -> dict[str, StoredFile]:
    """Choose the video for a platform: the one without marks where they are forbidden.

    Raises WrongState when it was not rendered, because the platform was added later.
    """
    unmarked = files.pop(UNMARKED, None)
    if platform.allows_marks:
        return files
    if unmarked is None:
        raise WrongState(
            f"The platform {platform.name} forbids watermarks, and this reel has no edition without one.",
            remedy="Run the reel again from the render step.",
        )
    return {**files, "reel": unmarked}


def _write_intent(connection: Connection, reel_id: int, post: Post, platform: Platform) -> None:
    request = post.model_dump(mode="json")
    home = asset_folder().root
    request["files"] = {role: str(path.relative_to(home)) for role, path in post.files.items()}
    deliveries.intend_delivery(
        connection,
        key=post.key,
        kind="post",
        subject=post.key.split("/", 2)[2],
        account=platform.name,
        reel_id=reel_id,
        request=request,
        due_at=now(),
    )


def _post(delivery: Delivery) -> Post:
    request: dict[str, Any] = dict(delivery.request)
    request["files"] = {role: asset_folder().root / path for role, path in request["files"].items()}
    return Post.model_validate(request)


def _key(connection: Connection, reel_id: int, platform_name: str) -> str:
    """Return the key of a post: one for each reel on a public platform, one for each edition in a gallery of ours."""
    subject = f"reel-{reel_id}"
    if get_platform(platform_name, get_settings()).replaces:
        files = files_of(connection, reel_id)
        edition = content_key({role: file.sha256 for role, file in files.items()})[:12]
        subject = f"{subject}@{edition}"
    return f"post/{platform_name}/{subject}"
