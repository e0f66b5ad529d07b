"""When an account posts: the next moment its cadence and its platform allow, and what becomes of missed posts.

Reckoned in UTC and read on the account's own clock, so that a day on which clocks change has its 23 or 25 hours. Pure:
the clock is handed in, and so are the times of the account's other posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import ConfigError
from core.posting import Cadence, Limits

DAY = timedelta(days=1)
"""Platforms count any 24 hours, whatever the clocks do."""

LEAST_AT_HOURS = timedelta(minutes=1)
"""The least distance where there are best hours: each takes one post, not all that wait."""

LONGEST_BETWEEN = 366 * 24 * 60
"""Minutes between two posts from which on a cadence is a slip of the pen: a year."""


@dataclass(frozen=True)
class Planned:
    """A post that is not out yet, and the time it was given."""

    key: str
    slot: datetime


@dataclass(frozen=True)
class Decision:
    """The time a post has from now on; None when it is not posted to this account any more."""

    key: str
    slot: datetime | None


@dataclass(frozen=True)
class _Bounds:
    """How close posts may come: their distance, their number in any 24 hours and on one date (0: no cap)."""

    apart: timedelta
    per_24_hours: int
    per_date: int
    zone: ZoneInfo


def cadence_problems(cadence: Cadence) -> list[str]:
    """Say why a cadence can never be met, one sentence each with the remedy; empty when it can."""
    found = []
    if any(each.tzinfo or each.second or each.microsecond for each in (*cadence.hours, *(cadence.quiet or ()))):
        return ['A time of day is not of the form "18:30". Write `hours` and `quiet` so, and the zone in `zone`.']
    if cadence.quiet is not None and cadence.quiet[0] == cadence.quiet[1]:
        found.append("The quiet hours end when they begin, so they never end. Make `quiet` shorter or leave it out.")
    elif cadence.hours and all(in_quiet_time(cadence, hour) for hour in cadence.hours):
        found.append("All best hours lie in the quiet hours. Change `hours` or `quiet` so that one lies outside.")
    if cadence.minutes_between > LONGEST_BETWEEN:
        found.append(f"Two posts would lie more than a year apart. Set `minutes_between` to {LONGEST_BETWEEN} at most.")
    return found


def next_slot(cadence: Cadence, limits: Limits, taken: Sequence[datetime], now: datetime) -> datetime:
    """Return the first moment from `now` on at which the account may post, in UTC.

    `taken` are the times of its other posts, out or still to come. Raises ConfigError when the cadence can never be
    met.
    """
    _refuse_impossible(cadence)
    return _first_free(cadence, _usual_bounds(cadence, limits), _in_utc(taken), now.astimezone(UTC))


def after_downtime(
    posts: Sequence[Planned], cadence: Cadence, limits: Limits, taken: Sequence[datetime], now: datetime
) -> list[Decision]:
    """Decide about posts that wait, in the order they are given; those later than the grace were missed.

    What is due within the grace keeps its time. Missed posts are shifted, skipped or posted at once, as the cadence
    says; a burst minds the platform's own limits and the quiet hours, and what does not fit gets the next slot. Later
    posts keep their times unless a missed one came too close: then they move too. What moves keeps its old order.
    `taken` are the times of all other posts. Decided again at the same time, nothing changes. Raises ConfigError when
    the cadence can never be met.
    """
    _refuse_impossible(cadence)
    now = now.astimezone(UTC)
    missed = {post.key for post in posts if (now - post.slot).total_seconds() > cadence.grace_minutes * 60}
    if cadence.catch_up == "skip":
        return [Decision(post.key, None if post.key in missed else post.slot) for post in posts]
    slots = _moved(posts, missed, cadence, limits, taken, now)
    return [Decision(post.key, slots[post.key]) for post in posts]


def in_quiet_hours(cadence: Cadence, moment: datetime) -> bool:
    """Say whether a moment lies in the account's quiet hours."""
    return in_quiet_time(cadence, moment.astimezone(ZoneInfo(cadence.zone)).time())


def in_quiet_time(cadence: Cadence, at: time) -> bool:
    """Say whether a time of day lies in the account's quiet hours, which may pass midnight."""
    if cadence.quiet is None:
        return False
    start, end = cadence.quiet
    return start <= at < end if start < end else at >= start or at < end


def _moved(
    posts: Sequence[Planned],
    missed: set[str],
    cadence: Cadence,
    limits: Limits,
    taken: Sequence[datetime],
    now: datetime,
) -> dict[str, datetime]:
    usual = _usual_bounds(cadence, limits)
    bounds = _platform_bounds(cadence, limits) if cadence.catch_up == "burst" else usual
    slots = {post.key: post.slot for post in posts if post.key not in missed and post.slot <= now}
    earliest = now + bounds.apart if slots else now  # what is due goes out right now, whatever its slot says
    may_burst = cadence.catch_up == "burst" and earliest == now and not in_quiet_hours(cadence, now)
    placed = _in_utc([*taken, *slots.values()])
    for post in sorted((post for post in posts if post.key not in slots), key=lambda post: post.slot.astimezone(UTC)):
        is_missed = post.key in missed
        slot = now if is_missed else post.slot
        if (is_missed and not may_burst) or _crowded_until(slot, placed, bounds) is not None:
            slot = _first_free(cadence, usual, placed, max(earliest, slot))
        slots[post.key] = slot
        placed.append(slot.astimezone(UTC))
    return slots


def _refuse_impossible(cadence: Cadence) -> None:
    if problems := cadence_problems(cadence):
        raise ConfigError(
            f"A cadence can never be met: {' '.join(problems)}",
            remedy="Mend the account's cadence in the posting file; `reelwright doctor` checks it.",
        )


def _usual_bounds(cadence: Cadence, limits: Limits) -> _Bounds:
    minutes = timedelta(minutes=max(cadence.minutes_between, limits.minutes_between))
    apart = max(minutes, LEAST_AT_HOURS) if cadence.hours else minutes
    return _Bounds(apart, limits.posts_per_day, cadence.most_per_day, ZoneInfo(cadence.zone))


def _platform_bounds(cadence: Cadence, limits: Limits) -> _Bounds:
    return _Bounds(timedelta(minutes=limits.minutes_between), limits.posts_per_day, 0, ZoneInfo(cadence.zone))


def _first_free(cadence: Cadence, bounds: _Bounds, taken: Sequence[datetime], start: datetime) -> datetime:
    """Go from one obstacle to the moment it ends, until there is none."""
    slot = _next_hour(cadence, start)
    while (end := _quiet_until(cadence, slot) or _crowded_until(slot, taken, bounds)) is not None:
        slot = _next_hour(cadence, end)
    return slot


def _next_hour(cadence: Cadence, moment: datetime) -> datetime:
    """Return the first best hour from a moment on; the moment itself when there are no best hours."""
    if not cadence.hours:
        return moment
    zone = ZoneInfo(cadence.zone)
    today = moment.astimezone(zone).replace(tzinfo=None)
    hours = (_instant(today + ahead * DAY, each, zone) for ahead in range(3) for each in cadence.hours)
    return min(hour for hour in hours if hour >= moment)


def _instant(day: datetime, at: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    """Return when it is that time on that day; a time the clocks leave out is the next minute they show."""
    wall = datetime.combine(day.date(), at)
    instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    while instant.astimezone(zone).replace(tzinfo=None) != wall:
        wall += timedelta(minutes=1)
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    return instant


def _quiet_until(cadence: Cadence, moment: datetime) -> datetime | None:
    """Return when the quiet hours around a moment end; None when it is in none."""
    if cadence.quiet is None or not in_quiet_hours(cadence, moment):
        return None
    return _next_time(moment, cadence.quiet[1], ZoneInfo(cadence.zone))


def _next_time(moment: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return when the clocks show a time next; where they go back, that can be the second time on one day."""
    today = moment.astimezone(zone).replace(tzinfo=None)
    times = (_instant(today + ahead * DAY, at, zone, fold) for ahead in range(3) for fold in (0, 1))
    return min(each for each in times if each > moment)


def _crowded_until(moment: datetime, taken: Sequence[datetime], bounds: _Bounds) -> datetime | None:
    """Return the end of what keeps a post from standing at a moment among the others; None when nothing does."""
    close = [each for each in taken if abs(each - moment) < bounds.apart]
    if close:
        return max(close) + bounds.apart
    date = moment.astimezone(bounds.zone).date()
    if 0 < bounds.per_date <= sum(each.astimezone(bounds.zone).date() == date for each in taken):
        return _next_time(moment, time(), bounds.zone)
    return _full_until(moment, taken, bounds.per_24_hours)


def _full_until(moment: datetime, taken: Sequence[datetime], most: int) -> datetime | None:
    """Return when 24 hours around the moment that hold `most` posts already are over; None when none do."""
    near = sorted(each for each in taken if abs(each - moment) < DAY)
    if most == 0 or len(near) < most:
        return None
    for first, last in zip(near, near[most - 1 :], strict=False):
        if last - first < DAY:
            return first + DAY
    return None


def _in_utc(moments: Sequence[datetime]) -> list[datetime]:
    """Write moments in UTC: those of one zone are compared by their clocks, which go back once a year."""
    return [moment.astimezone(UTC) for moment in moments]
