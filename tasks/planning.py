"""Which reel is posted to which account and when: every post is written down, with its time, before it is sent."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from prefect import task

from core.clock import now
from core.errors import BadInput, ConfigError, MediaError, WrongState
from core.posting import PostingAccount
from core.posting_file import posting_accounts
from db import deliveries, reels
from db.connection import Connection, get_database
from db.deliveries import Intent
from integrations.platforms import platform_class
from media.likeness import Fingerprint, likeness
from rules.cadence import Planned, after_downtime, next_slot
from rules.novelty import PostPrint, too_similar
from rules.ratings import rating_problems
from tasks.policy import RETRY
from tasks.posts import compose, key_of, open_platform, read_post, subject_of

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=2)
"""How far back an account's posts count at least: caps are counted by the day."""


@dataclass
class Verdict:
    """What is to be said about a post before it is made: why it cannot be, and what a person should know."""

    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@task(task_run_name="plan the posts", **RETRY)
def plan_posts(reel_id: int | None = None) -> int:
    """Write the posts of every ready reel down, give those whose time was missed another, and return how many are new.

    What a platform would surely refuse is written down as failed, with the remedy, and nothing of it is sent. A reel
    that no account takes is held.
    """
    with get_database().transaction() as connection:
        ready = reels.list_in_state(connection, "ready_to_publish", reel_id)
    planned = 0
    for each in ready:
        with get_database().transaction() as connection:
            planned += _plan_reel(connection, each)
    for account in posting_accounts():
        try:
            with get_database().transaction() as connection:
                _catch_up(connection, account)
        except ConfigError as exc:  # its posts wait for a person; those of others do not
            logger.warning("%s: %s", account.label, exc)
    return planned


def _plan_reel(connection: Connection, reel_id: int) -> int:
    character = reels.get_reel(connection, reel_id).character
    accounts = [account for account in posting_accounts() if account.takes(character)]
    if not accounts:
        reels.stop_reel(
            connection, reel_id, "held",
            f"posting: no account takes the reels of {character}. Name it in the posting file, then rerun the reel.",
        )  # fmt: skip
        return 0
    for account in accounts:
        _plan_post(connection, reel_id, account)
    reels.advance_reel(connection, reel_id, "publishing")
    return len(accounts)


def _plan_post(connection: Connection, reel_id: int, account: PostingAccount) -> None:
    deliveries.lock_planning(connection, account.label)
    platform, key = platform_class(account.platform), key_of(connection, reel_id, account)
    try:
        request, verdict = compose(connection, reel_id, account), Verdict()
    except (WrongState, BadInput, MediaError) as exc:
        request, verdict = {"key": key}, Verdict([str(exc)])
    if not verdict.problems:
        verdict = _verdict(connection, reel_id, account, request)
    slot_at = now()
    try:
        slot_at = next_slot(account.cadence, platform.limits, _slots(connection, account, [key]), slot_at)
    except ConfigError as exc:
        verdict.problems.append(str(exc))
    is_asked = account.approval or platform.needs_consent or bool(verdict.doubts)
    intent = Intent(
        key=key,
        kind="post",
        subject=subject_of(connection, reel_id, account),
        account=account.label,
        reel_id=reel_id,
        request=request,
        slot_at=slot_at,
        due_at=_due(slot_at, account),
        approval="needed" if is_asked else "none",
        warning=" ".join(verdict.doubts),
    )
    _write(connection, intent, verdict.problems)


def _write(connection: Connection, intent: Intent, problems: list[str]) -> None:
    """Write a post down; one that was refused or skipped before is thought over anew."""
    deliveries.intend_delivery(connection, intent)
    if deliveries.get_delivery(connection, intent.key).status in ("failed", "skipped"):
        deliveries.reopen_delivery(connection, intent.key)
        deliveries.intend_delivery(connection, intent)
    if problems and deliveries.get_delivery(connection, intent.key).status == "intended":
        deliveries.refuse_delivery(connection, intent.key, " ".join(problems))


def _verdict(connection: Connection, reel_id: int, account: PostingAccount, request: dict[str, Any]) -> Verdict:
    try:
        platform = open_platform(account)
    except ConfigError as exc:
        return Verdict([str(exc)])
    post = read_post(connection, account, request)
    ratings = rating_problems(
        post.rating, platform.limits.highest_rating, account.highest_rating, platform.name, account.label
    )
    problems = list(dict.fromkeys([*ratings, *platform.problems(post)]))
    return Verdict(problems, _doubts(connection, reel_id, account, request))


def _doubts(connection: Connection, reel_id: int, account: PostingAccount, request: dict[str, Any]) -> list[str]:
    """Say what this post resembles among the account's earlier ones; a gallery of ours may hold likenesses."""
    if platform_class(account.platform).replaces:
        return []
    earlier = deliveries.list_earlier_posts(connection, account.label, reel_id)
    prints = [_print(row) for row in earlier]
    looks = _looks(connection, reel_id, {row["reel_id"]: row["key"] for row in earlier})
    similar = too_similar(_print(request), prints, looks)
    return [] if similar is None else [f"{similar} Approve it to post it all the same."]


def _print(row: dict[str, Any]) -> PostPrint:
    return PostPrint(
        label=row["key"], title=row["title"] or "", caption_text=row["caption"] or "", script_text=row["spoken"] or ""
    )


def _looks(connection: Connection, reel_id: int, posts: dict[int | None, str]) -> dict[str, float]:
    """Return how alike the reel looks to each of the posts, 0 to 1."""
    prints = reels.get_fingerprints(connection, [reel_id, *(number for number in posts if number is not None)])
    own = prints.pop(reel_id, None)
    if own is None:
        return {}
    fingerprint = Fingerprint.model_validate(own)
    return {posts[number]: likeness(fingerprint, Fingerprint.model_validate(other)) for number, other in prints.items()}


def _due(slot_at: datetime, account: PostingAccount) -> datetime:
    """Return when to begin with a post: at its time, or ahead of it where the platform publishes it then."""
    ahead = account.upload_ahead_minutes if platform_class(account.platform).limits.schedules else 0
    return slot_at - timedelta(minutes=ahead)


def _slots(connection: Connection, account: PostingAccount, but: list[str]) -> list[datetime]:
    """Return the times of an account's posts that count for its cadence."""
    since = now() - max(LOOK_BACK, timedelta(minutes=account.cadence.minutes_between))
    return deliveries.list_slots(connection, account.label, since, but)


def _catch_up(connection: Connection, account: PostingAccount) -> None:
    """Give posts whose time was missed what the account's rule says: another time, none, or now."""
    deliveries.lock_planning(connection, account.label)
    waiting = [Planned(key, slot) for key, slot in deliveries.list_waiting(connection, account.label)]
    if not waiting:
        return
    keys = {planned.key for planned in waiting}
    taken = _slots(connection, account, sorted(keys))
    limits = platform_class(account.platform).limits
    was = {planned.key: planned.slot for planned in waiting}
    for decision in after_downtime(waiting, account.cadence, limits, taken, now()):
        if decision.slot is None:
            deliveries.skip_delivery(
                connection, decision.key, f"Its time {was[decision.key]:%Y-%m-%d %H:%M} UTC was missed, and the"
                f" account {account.label} does not post late (catch_up = \"skip\").",
            )  # fmt: skip
        elif decision.slot != was[decision.key]:
            deliveries.set_slot(connection, decision.key, decision.slot, _due(decision.slot, account))
