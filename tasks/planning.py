"""Which reel is posted to which account and when: every post is written down, with its time, before it is sent."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import task

from core.clock import now
from core.errors import ConfigError, FactoryError, StorageError, WrongState
from core.posting import Cadence, PostingAccount
from core.posting_file import posting_accounts
from db import deliveries, reels
from db.connection import Connection, get_database
from db.deliveries import Delivery, Intent
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
    """Write the posts of every ready reel down, give those whose time was missed another, and return how many it wrote.

    What a platform would surely refuse is written down as failed, with the remedy, and nothing of it is sent. A reel
    that no account takes is held. What cannot be planned now is left to the next run and keeps nothing else waiting.
    """
    with get_database().transaction() as connection:
        ready = reels.list_in_state(connection, "ready_to_publish", reel_id)
    planned = 0
    for each in ready:
        try:
            with get_database().transaction() as connection:
                planned += _plan_reel(connection, each)
        except (StorageError, WrongState) as exc:
            logger.warning("reel %s is not planned yet: %s", each, exc)
    for account in posting_accounts():
        try:
            with get_database().transaction() as connection:
                _catch_up(connection, account)
        except (ConfigError, WrongState) as exc:  # its posts wait for a person or another run; those of others do not
            logger.warning("%s: %s", account.label, exc)
    return planned


def plan_post(connection: Connection, reel_id: int, account: PostingAccount, *, by_hand: bool = False) -> None:
    """Write one post of a reel down, or write down why it cannot be made.

    `by_hand` says that a person wants one that failed or was skipped tried again; WrongState when it did neither.
    """
    deliveries.lock_planning(connection, account.label)
    try:
        intent, problems = _thought_out(connection, reel_id, account)
    except ConfigError as exc:  # there is no such platform
        subject, at = f"reel-{reel_id}", now()
        key = f"post/{account.label}/{subject}"
        intent, problems = Intent(key, "post", subject, account.label, reel_id, {"key": key}, at, at), [str(exc)]
    _write(connection, intent, problems, by_hand=by_hand)
    if intent.subject != f"reel-{reel_id}":
        _drop_older_editions(connection, intent)


def give_time(connection: Connection, account: PostingAccount, key: str) -> None:
    """Give a post that nobody began the next time at which its account may post."""
    limits = platform_class(account.platform).limits
    slot_at = next_slot(account.cadence, limits, _slots(connection, account, [key]), now())
    deliveries.set_slot(connection, key, slot_at, _due(slot_at, account))


def _plan_reel(connection: Connection, reel_id: int) -> int:
    if reels.lock_reel(connection, reel_id) != "ready_to_publish":
        return 0  # another run has planned it meanwhile, or it is being made again
    character = reels.get_reel(connection, reel_id).character
    accounts = [account for account in posting_accounts() if account.takes(character)]
    if not accounts:
        reels.stop_reel(
            connection, reel_id, "held",
            f"posting: no account takes the reels of {character}. Name it in the posting file, then rerun the reel.",
        )  # fmt: skip
        return 0
    reels.advance_reel(connection, reel_id, "publishing")
    for account in accounts:
        plan_post(connection, reel_id, account)
    return len(accounts)


def _thought_out(connection: Connection, reel_id: int, account: PostingAccount) -> tuple[Intent, list[str]]:
    """Return a post with its time, and why it cannot be made; raises ConfigError when there is no such platform."""
    platform, key = platform_class(account.platform), key_of(connection, reel_id, account)
    request, verdict = {"key": key}, Verdict()
    try:
        request = compose(connection, reel_id, account)
        verdict = _verdict(connection, reel_id, account, request)
    except FactoryError as exc:
        if exc.retryable:
            raise
        verdict.problems.append(str(exc))
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
    return intent, verdict.problems


def _write(connection: Connection, intent: Intent, problems: list[str], *, by_hand: bool) -> None:
    """Write a post down; one that failed before is thought over anew.

    One that was skipped stays so until it has changed, and then a person is asked: it may have been a person's word.
    """
    deliveries.intend_delivery(connection, intent)
    before = deliveries.get_delivery(connection, intent.key)
    has_changed = before.status == "skipped" and before.request != intent.request
    if by_hand or has_changed or before.status == "failed":
        deliveries.reopen_delivery(connection, intent.key)
        deliveries.intend_delivery(connection, _asked(intent, before) if has_changed and not by_hand else intent)
        deliveries.set_slot(connection, intent.key, intent.slot_at, intent.due_at)
    if problems and deliveries.get_delivery(connection, intent.key).status == "intended":
        deliveries.refuse_delivery(connection, intent.key, " ".join(problems))


def _asked(intent: Intent, before: Delivery) -> Intent:
    told = f"An earlier edition was skipped: {before.error} Approve it to post this one."
    return replace(intent, approval="needed", warning=f"{intent.warning} {told}".strip())


def _drop_older_editions(connection: Connection, newest: Intent) -> None:
    """Skip what was not posted of a gallery's older editions: shown later, they would take the place of the newest."""
    for post in deliveries.list_of_reel(connection, newest.reel_id or 0):
        is_older = post.account == newest.account and post.key != newest.key
        if is_older and post.status in ("intended", "failed") and not post.is_leased:
            if post.status == "failed":
                deliveries.reopen_delivery(connection, post.key)
            deliveries.skip_delivery(connection, post.key, "A newer edition has taken its place.")


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
    """Give posts whose time was missed what the account's rule says: another time, none, or now.

    What waits for a person comes after what does not, and is never skipped in that person's place.
    """
    deliveries.lock_planning(connection, account.label)
    waiting = deliveries.list_waiting(connection, account.label)
    asked = [Planned(key, slot) for key, slot, is_asked in waiting if is_asked]
    free = [Planned(key, slot) for key, slot, is_asked in waiting if not is_asked]
    patient = account.cadence.model_copy(update={"catch_up": "shift"})
    _give_times(connection, account, account.cadence, free, but=[key for key, _, _ in waiting])
    _give_times(connection, account, patient, asked, but=[planned.key for planned in asked])


def _give_times(
    connection: Connection, account: PostingAccount, cadence: Cadence, waiting: list[Planned], but: list[str]
) -> None:
    if not waiting:
        return
    taken = _slots(connection, account, but)
    limits = platform_class(account.platform).limits
    was = {planned.key: planned.slot for planned in waiting}
    for decision in after_downtime(waiting, cadence, limits, taken, now()):
        if decision.slot is None:
            deliveries.skip_delivery(
                connection, decision.key, f"Its time {was[decision.key].astimezone(UTC):%Y-%m-%d %H:%M} UTC was missed,"
                f" and the account {account.label} does not post late (catch_up = \"skip\").",
            )  # fmt: skip
        elif decision.slot != was[decision.key]:
            deliveries.set_slot(connection, decision.key, decision.slot, _due(decision.slot, account))
