"""One post on its way: every step is written down before it is taken, and what cannot be taken back happens once.

    intended ─begin─> begun ──> uploading ─upload─> processing ─check: ready─> finishing ─finish─> confirming
        ^                           ^                                             │                    │
        │                           └── incomplete ──┐                   crash, lost answer       check: shown
        └─── surely not out, the handle is dead ── unknown <──────────────────────┘                    │
                                                     │ find                                          done
                                                     └── nobody can tell: held for a person

Each word is a commit. A run takes a post as far as it goes, then lets go with the time of the next look.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Literal, TypeVar

from prefect import task
from prefect.events import emit_event

from core.clock import now
from core.errors import (
    AccessLost,
    BadInput,
    Busy,
    FactoryError,
    NotAllowed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    Restricted,
    TokenExpired,
    WrongState,
)
from core.posting import Post, PostingAccount, Receipt, Standing
from core.settings import get_settings
from core.vault import get_vault
from db import deliveries, reels
from db.connection import get_database
from db.deliveries import Delivery
from integrations.platforms import Platform, platform_class
from tasks.leases import kept_alive
from tasks.policy import RETRY
from tasks.posts import find_account, open_platform, read_post
from tasks.sealed import connect_command
from tasks.tokens import AccountTokens, note_success, rest_account, retire_account

logger = logging.getLogger(__name__)

READY_EVENT = "reel.ready_to_publish"

LOOK_AFTER = (3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds before each further question about a post that is being processed; the last one goes on for ever."""

FIND_AFTER = (60.0, 60.0, 120.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0)
"""Seconds before each look for a post whose answer was lost: platforms show things late. Then a person decides."""

MOST_LOOKS = 60
"""Questions about one post that is being processed, some two days: moderation may take one. Then a person decides."""

TRY_AFTER = (5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds before a step that failed is tried again."""

QUOTA_REST = timedelta(hours=6)
"""How long an account rests whose cap is reached, when the platform does not say until when."""

FAILS_FOR_GOOD = (Rejected, NotAllowed, BadInput, WrongState)
"""What no repetition cures: a person mends it, then `reelwright posts retry`."""

ALL_SKIPPED = "every post of it was skipped. `reelwright posts retry POST` posts it after all."

MOST_REELS = 10_000
"""Reels looked at in one go; many may wait for the times of their posts."""

SURELY_NOT_OUT = frozenset({"intended", "begun", "uploading", "processing"})
"""States before the step that cannot be taken back."""

T = TypeVar("T")


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


@task(task_run_name="look which posts are due", **RETRY)
def due_posts(reel_id: int | None = None, until: float = 0.0) -> list[str]:
    """Return the posts to go on with now; waits for the next one as long as it comes before `until` (monotonic)."""
    while True:
        with get_database().transaction() as connection:
            due = deliveries.list_actionable(connection, reel_id)
            left = until - time.monotonic()
            if due or left <= 0 or not deliveries.list_actionable(connection, reel_id, ahead_seconds=left):
                return due
        time.sleep(min(1.0, left))


@task(task_run_name="{key}", **RETRY)
def deliver_post(key: str) -> bool:
    """Take one post as far as it goes and return whether it got out now.

    False when it waits, is over, or another run works on it. What goes wrong is written down with the post and never
    keeps others from going on.
    """
    settings, database = get_settings(), get_database()
    owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    with database.transaction() as connection:
        delivery = deliveries.claim_delivery(connection, key, owner, settings.lease_seconds)
    if delivery is None:
        return False

    def renew() -> bool:
        with database.transaction() as connection:
            return deliveries.renew_delivery(connection, key, owner, settings.lease_seconds)

    with kept_alive(key, settings.lease_seconds, renew):
        return Courier(delivery, owner).go()


@task(task_run_name="settle the reels", **RETRY)
def settle_reels(reel_id: int | None = None) -> int:
    """Call a reel published once its posts are out, hold it when one needs a person; return how many are out.

    A reel is judged only when none of its posts is under way any more.
    """
    published = 0
    with get_database().transaction() as connection:
        for each in reels.list_in_state(connection, "publishing", reel_id, limit=MOST_REELS):
            posts = _newest_of_each_account(deliveries.list_of_reel(connection, each))
            if any(post.status not in deliveries.FINAL for post in posts):
                continue
            stuck = [post for post in posts if post.status in ("failed", "held")]
            if stuck:
                reasons = "; ".join(f"{post.account}: {post.error}" for post in stuck)
                reels.stop_reel(connection, each, "held", f"posting: {reasons}")
            elif any(post.status == "done" for post in posts):
                reels.advance_reel(connection, each, "published")
                published += 1
            else:
                reels.stop_reel(connection, each, "held", f"posting: {ALL_SKIPPED}")
    return published


def _newest_of_each_account(posts: list[Delivery]) -> list[Delivery]:
    """Leave out the posts of older editions; they come newest first."""
    newest: dict[str, Delivery] = {}
    for post in posts:
        newest.setdefault(post.account, post)
    return list(newest.values())


@dataclass
class Courier:
    """Takes one claimed post along its states."""

    delivery: Delivery
    owner: str
    has_renewed: bool = False
    """Whether a token was renewed because the last step refused the one before; once in a run is enough."""

    @cached_property
    def account(self) -> PostingAccount:
        """Where the post goes."""
        return find_account(self.delivery.account)

    @cached_property
    def tokens(self) -> AccountTokens:
        """The way to the account's token."""
        return AccountTokens(self.account)

    def go(self) -> bool:
        """Go on until the post is out, waits or fails; return whether it got out."""
        status = self.delivery.status
        try:
            if status == "finishing":  # a process ended after the point of no return: look, never repeat
                self._look_up("The process ended while the post was made public.")
                return False
            self.platform: Platform = open_platform(self.account, self.tokens)
            with get_database().transaction() as connection:
                self.post: Post = read_post(
                    connection, self.account, self.delivery.request, self.delivery.consent, self.delivery.slot_at
                )
            self.handle = get_vault().unlock(self.delivery.handle) if self.delivery.handle else ""
            while status not in ("done", "waiting"):
                status = self._step(status)
        except FactoryError as exc:
            logger.warning("%s: %s", self.delivery.key, exc)
            self._note_trouble(exc)
            return False
        except Exception as exc:
            self._let_go(TRY_AFTER, f"{type(exc).__name__}: {exc}")
            raise
        return status == "done"

    def _step(self, status: str) -> str:
        """Take the step that belongs to a state and return the next one; `waiting` when the post was let go."""
        match status:
            case "intended":
                return self._begin()
            case "begun":
                return self._move("uploading")
            case "uploading":
                self._asked(self.platform.upload, self.post, self.handle)
                return self._move("processing")
            case "processing" | "confirming":
                return self._follow(status, self._asked(self.platform.check, self.post, self.handle))
            case "unknown":
                return self._follow(status, self._asked(self.platform.find, self.post, self.handle))
        return self._finish()

    def _begin(self) -> str:
        if self.delivery.begins >= self.platform.most_beginnings:
            raise Rejected(
                f"It was begun {self.delivery.begins} times and never got out; the last trouble: {self.delivery.error}",
                service=self.platform.name,
                remedy="Look into the account in the platform's own app, then `reelwright posts retry`.",
            )
        self.handle = self._asked(self.platform.begin, self.post)
        with get_database().transaction() as connection:
            deliveries.begin_delivery(connection, self.delivery.key, self.owner, get_vault().lock(self.handle))
        self._reload()
        return "begun"

    def _finish(self) -> str:
        """Take the one step that cannot be taken back; an answer that was lost is looked up before anything else."""
        self._require_lease()
        try:
            standing = self.platform.finish(self.post, self.handle)
        except OutcomeUnknown as exc:
            self._rest(timedelta(hours=exc.rest_hours), exc)
            return self._look_up(str(exc))
        except FAILS_FOR_GOOD as exc:
            return self._refused(exc)
        except TokenExpired as exc:  # refused, so it surely did not happen
            self._move("processing")
            if self.has_renewed:
                raise
            self.has_renewed = True
            self._renew(exc)
            return "processing"
        except FactoryError:  # it surely did not happen, and may be tried again
            self._move("processing")
            raise
        self._move("confirming")
        return self._follow("confirming", standing)

    def _require_lease(self) -> None:
        """Raise Busy when another run has taken the post over while this one slept."""
        seconds = get_settings().lease_seconds
        with get_database().transaction() as connection:
            if not deliveries.renew_delivery(connection, self.delivery.key, self.owner, seconds):
                raise Busy("Another run took the post over while this one slept.")

    def _refused(self, exc: FactoryError) -> str:
        """Fail a post that the platform refused at the last step, unless it is out after all."""
        self._move("unknown")
        standing = self._asked(self.platform.find, self.post, self.handle)
        if standing.state in ("shown", "processing"):
            return self._follow("unknown", standing)
        return self._fail(str(exc))

    def _fail(self, why: str) -> str:
        """Write down that the post surely is not out and will not get out by itself."""
        self._stop("failed", why)
        return "waiting"

    def _look_up(self, why: str) -> str:
        """Leave the platform alone for a while, then ask what became of the post."""
        self._stop("unknown", why, platform_class(self.account.platform).settle_seconds)
        return "waiting"

    def _follow(self, status: str, standing: Standing) -> str:
        """Do what the platform's answer asks for in this state; return the next state."""
        match standing.state:
            case "shown" if standing.receipt is not None:
                return self._done(status, standing.receipt, standing.reason)
            case "ready" | "incomplete" | "absent" if status == "confirming":
                return self._look_up(standing.reason or "The platform took it and does not know it any more.")
            case "ready":
                if status == "unknown":
                    self._move("processing")
                return self._move("finishing")
            case "incomplete":
                return self._move("uploading")
            case "absent":
                return self._anew(standing.reason or "Surely not posted.")
            case "failed" if status == "confirming" and standing.may_begin_anew:
                return self._look_up(standing.reason)
            case "failed":
                if standing.may_begin_anew:
                    return self._anew(standing.reason)
                return self._fail(standing.reason or "The platform gave up on it and does not say why.")
        return self._wait(status, standing)

    def _wait(self, status: str, standing: Standing) -> str:
        """Look again later; what nobody could tell for long is for a person."""
        is_lost = status == "unknown" and standing.state != "processing"
        distances, most = (FIND_AFTER, len(FIND_AFTER)) if is_lost else (LOOK_AFTER, MOST_LOOKS)
        if self.delivery.looked < most:
            return self._let_go(distances, standing.reason)
        if status == "processing":
            return self._fail(standing.reason or "The platform did not get done with it.")
        self._hold(standing.reason)
        return "waiting"

    def _hold(self, why: str) -> None:
        """Leave a post that may be out to a person."""
        if self.delivery.status != "unknown":
            self._move("unknown")
        self._stop("held", f"{why} {self._where_to_look()}".strip())

    def _done(self, status: str, receipt: Receipt, reason: str) -> str:
        """Add what belongs to the post, then write down that it is out; what could not be added is a warning."""
        if status == "processing":
            self._move("finishing")
        if status in ("processing", "unknown"):
            self._move("confirming")
        warnings = [reason] if reason else []
        try:
            self._asked(self.platform.dress, self.post, receipt)
        except FactoryError as exc:
            if exc.retryable and self.delivery.looked < len(TRY_AFTER):
                return self._let_go(TRY_AFTER, str(exc))
            warnings.append(str(exc))
        with get_database().transaction() as connection:
            deliveries.finish_delivery(
                connection, self.delivery.key, self.owner, external_id=receipt.external_id, url=receipt.url,
                visibility=receipt.visibility, warning=" ".join(warnings),
            )  # fmt: skip
            if self.platform.needs_account:
                note_success(connection, self.account)
        return "done"

    def _anew(self, note: str) -> str:
        with get_database().transaction() as connection:
            deliveries.restart_delivery(connection, self.delivery.key, self.owner, note)
        self._reload()
        return "intended"

    def _asked(self, call: Callable[..., T], *values: object) -> T:
        """Ask what may be repeated; an expired token is renewed and the same step taken once more."""
        try:
            return call(*values)
        except TokenExpired as exc:
            self._renew(exc)
            return call(*values)

    def _renew(self, exc: TokenExpired) -> None:
        if not self.platform.needs_account:
            raise exc
        self.tokens.renew()

    def _note_trouble(self, exc: FactoryError) -> None:
        """Write down why the post did not go on, and let go of it; an account in trouble rests or is retired."""
        with get_database().transaction() as connection:
            delivery = deliveries.get_delivery(connection, self.delivery.key)
            is_refused = isinstance(exc, FAILS_FOR_GOOD)
            if is_refused and delivery.status in SURELY_NOT_OUT:
                deliveries.stop_delivery(connection, delivery.key, self.owner, "failed", str(exc))
                return
            if is_refused and delivery.looked >= len(FIND_AFTER):
                self._hold(str(exc))
                return
            rest = _rest_of(exc)
            pause = max(rest.total_seconds(), TRY_AFTER[min(delivery.looked, len(TRY_AFTER) - 1)])
            deliveries.postpone_delivery(connection, delivery.key, self.owner, pause, str(exc))
        if isinstance(exc, AccessLost) and self._has_account:
            with get_database().transaction() as connection:
                retire_account(connection, self.account, f"{exc} Connect it: `{connect_command(self.account)}`.")
        self._rest(rest, exc)

    def _rest(self, rest: timedelta, exc: FactoryError) -> None:
        """Leave the account alone for a while; posts that are out already are still looked after."""
        if rest > timedelta() and self._has_account:
            with get_database().transaction() as connection:
                rest_account(connection, self.account, now() + rest, str(exc))

    @property
    def _has_account(self) -> bool:
        return platform_class(self.account.platform).needs_account

    def _let_go(self, distances: tuple[float, ...], reason: str) -> str:
        pause = distances[min(self.delivery.looked, len(distances) - 1)]
        with get_database().transaction() as connection:
            deliveries.postpone_delivery(connection, self.delivery.key, self.owner, pause, reason or None)
        return "waiting"

    def _move(self, status: str) -> str:
        with get_database().transaction() as connection:
            deliveries.move_delivery(connection, self.delivery.key, self.owner, status)
        self._reload()
        return status

    def _stop(self, status: Literal["failed", "unknown", "held"], error: str, seconds: float = 0) -> None:
        with get_database().transaction() as connection:
            deliveries.stop_delivery(connection, self.delivery.key, self.owner, status, error, seconds)

    def _reload(self) -> None:
        with get_database().transaction() as connection:
            self.delivery = deliveries.get_delivery(connection, self.delivery.key)

    def _where_to_look(self) -> str:
        return (
            f"Look into {self.delivery.account} whether it is there, then say so:"
            f" `reelwright posts resolve {self.delivery.key} --posted ADDRESS` or `--not-posted`."
        )


def _rest_of(exc: FactoryError) -> timedelta:
    """Return how long to leave the account alone after an error; nothing when it may go on."""
    match exc:
        case Restricted():
            return timedelta(hours=exc.rest_hours)
        case QuotaSpent():
            return exc.until - now() if exc.until is not None else QUOTA_REST
        case RateLimited() if exc.retry_after is not None:
            return timedelta(seconds=exc.retry_after)
    return timedelta()
