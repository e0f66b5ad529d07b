"""Which account of a service is used next, and what an error says about the account it happened on.

    healthy ──2 failures──> degraded ──4──> resting ──rest is over──> one trial call ──fails──> rests twice as long
       ^─────────────────────── any success ──────────────────────────────┘
    access lost ──> banned and retired, until a person resumes the account or gives it a new key

Pure: the clock, the dice and what is known about the accounts are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from core.errors import (
    AccessLost,
    FactoryError,
    JobFailed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    ServiceError,
    TokenExpired,
    UnexpectedReply,
    Unreachable,
    clip,
)

Health = Literal["healthy", "degraded", "banned"]

DEGRADED_AT = 2
"""Failures in a row from which on an account counts as degraded."""

BREAKS_AT = 4
"""Failures in a row that open the account's circuit breaker."""

BREAKER_REST = timedelta(seconds=30)
"""The first rest after the breaker opened; each further failure doubles it."""

BREAKER_LONGEST = timedelta(minutes=30)
"""The longest rest of the breaker: an outage that ends is noticed within it."""

RATE_REST = timedelta(seconds=60)
"""The rest after a rate limit that names no time: most services count by the minute."""

QUOTA_REST = timedelta(hours=6)
"""The rest of an account without credits: topped up at noon, it works again in the evening without a hand."""

OLD_KEY_DAYS = 90
"""The age from which on a key should be replaced."""


class PaceLike(Protocol):
    """How the accounts of a service are used. Counts of 0 mean no limit; times are in seconds."""

    @property
    def strategy(self) -> Literal["round-robin", "random", "least-used"]:
        """Who is next: the one whose turn is longest ago, anybody, or the one with the fewest requests."""
        ...

    @property
    def requests(self) -> int:
        """Requests per window, at most."""
        ...

    @property
    def window_seconds(self) -> float:
        """The length of the window that slides along with the clock."""
        ...

    @property
    def rest_after(self) -> int:
        """Requests between two rests."""
        ...

    @property
    def rest_seconds(self) -> float:
        """How long such a rest is."""
        ...

    @property
    def concurrent(self) -> int:
        """Calls in flight, at most."""
        ...


@dataclass(frozen=True)
class Seat:
    """An account that may be used, and how much it was.

    `in_window` requests began within the pace's window, the oldest of which leaves it at `window_frees_at`;
    `in_flight` are not answered yet. `failures` happened in a row.
    """

    id: int
    name: str
    requests: int
    since_rest: int
    in_window: int
    window_frees_at: datetime | None
    in_flight: int
    rests_until: datetime | None
    last_used_at: datetime | None
    failures: int
    health: Health


@dataclass(frozen=True)
class Verdict:
    """What an outcome makes of an account. `rests_until` never shortens a rest that is longer."""

    health: Health
    rests_until: datetime | None
    failures: int
    retire: bool
    reason: str


SUCCESS = Verdict(health="healthy", rests_until=None, failures=0, retire=False, reason="")
"""What every success makes of an account."""


def choose(seats: Sequence[Seat], pace: PaceLike, now: datetime, draw: Callable[[int], int]) -> Seat | datetime | None:
    """Return the seat to use, or when the first one is free by the clock.

    None when there is no seat, or when only calls in flight are in the way, whose end nobody knows. `draw(n)` returns
    a number from 0 to n - 1. Degraded seats have their turn like healthy ones: that is how they recover.
    """
    usable = [seat for seat in seats if seat.health != "banned"]
    waits = {seat.id: _waits_until(seat, pace, now) for seat in usable}
    ready = [seat for seat in usable if waits[seat.id] is None and not _is_taken(seat, pace)]
    if ready:
        return _next(ready, pace, draw)
    return min((moment for moment in waits.values() if moment is not None), default=None)


def after_use(seat: Seat, pace: PaceLike, now: datetime) -> tuple[int, datetime | None]:
    """Return the requests since the last rest once `seat` is used now, and until when it rests if that was the last."""
    since_rest = seat.since_rest + 1
    if 0 < pace.rest_after <= since_rest:
        return 0, now + timedelta(seconds=pace.rest_seconds)
    return since_rest, None


def after_error(error: FactoryError, failures: int, now: datetime) -> Verdict | None:
    """Return what an error says about the account, which had `failures` in a row; None when it is not its doing."""
    reason = _reason(error)
    match error:
        case AccessLost():
            return Verdict("banned", None, failures, retire=True, reason=reason)
        case RateLimited():
            rest = RATE_REST if error.retry_after is None else timedelta(seconds=error.retry_after)
            return Verdict(_health(failures), now + rest, failures, retire=False, reason=reason)
        case QuotaSpent():
            return Verdict("degraded", now + QUOTA_REST, failures, retire=False, reason=reason)
        case Unreachable() | UnexpectedReply() | OutcomeUnknown() | JobFailed() | TokenExpired():
            failures += 1
            rests_until = None if failures < BREAKS_AT else now + _breaker_rest(failures)
            return Verdict(_health(failures), rests_until, failures, retire=False, reason=reason)
    return None


def key_days(set_at: datetime, now: datetime) -> int:
    """Return the age of a key in full days."""
    return (now - set_at).days


def _waits_until(seat: Seat, pace: PaceLike, now: datetime) -> datetime | None:
    """Return when rest and window let the seat be used; None when they do."""
    moments = [seat.rests_until] if seat.rests_until is not None and seat.rests_until > now else []
    if 0 < pace.requests <= seat.in_window:
        moments.append(seat.window_frees_at or now + timedelta(seconds=pace.window_seconds))
    return max(moments, default=None)


def _is_taken(seat: Seat, pace: PaceLike) -> bool:
    """Tell whether calls in flight forbid another. After the breaker's rest a single one tries whether it works."""
    most = 1 if seat.failures >= BREAKS_AT else pace.concurrent
    return 0 < most <= seat.in_flight


def _next(ready: Sequence[Seat], pace: PaceLike, draw: Callable[[int], int]) -> Seat:
    match pace.strategy:
        case "random":
            return ready[draw(len(ready))]
        case "round-robin":  # who never had a turn comes first
            return min(ready, key=lambda seat: (seat.last_used_at is not None, seat.last_used_at or 0, seat.id))
        case "least-used":  # the window counts first, or a new account would carry the whole load until it caught up
            return min(ready, key=lambda seat: (seat.in_window, seat.requests, seat.id))


def _health(failures: int) -> Health:
    return "degraded" if failures >= DEGRADED_AT else "healthy"


def _breaker_rest(failures: int) -> timedelta:
    doublings: int = min(failures - BREAKS_AT, 10)  # by then the longest rest is long reached
    return min(BREAKER_REST * (1 << doublings), BREAKER_LONGEST)


def _reason(error: FactoryError) -> str:
    """Return what a person should read, on one line and without characters that a terminal or a database minds."""
    detail = error.detail if isinstance(error, ServiceError) else ""
    text = " ".join(f"{error.message} {detail}".split())
    return clip("".join(character for character in text if character.isprintable()))
