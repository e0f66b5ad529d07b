"""Posts go out at the account's own times and never closer, more often or in quieter hours than it may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from core.posting import Cadence, Limits, TextLimit
from rules.cadence import Decision, Planned, after_downtime, cadence_problems, in_quiet_hours, next_slot

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu")


def limits(**given: Any) -> Limits:
    return Limits(caption=TextLimit(most=2200), seconds=(3, 180), largest_mib=100, **given)


def cadence(**given: Any) -> Cadence:
    return Cadence.model_validate(given)


def slot(now: datetime = NOW, taken: Sequence[datetime] = (), platform: Limits | None = None, **given: Any) -> datetime:
    return next_slot(cadence(**given), platform or limits(), taken, now)


def local(year: int, month: int, day: int, hour: int, minute: int = 0, zone: str = "Europe/Madrid") -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_without_a_cadence_a_post_goes_out_now() -> None:
    assert slot() == NOW


def test_a_best_hour_is_waited_for_in_the_zone_of_the_account() -> None:
    assert slot(hours=["09:00", "18:30"], zone="Europe/Madrid") == local(2026, 6, 1, 18, 30)
    assert slot(hours=["09:00"], zone="Europe/Madrid") == local(2026, 6, 2, 9)
    assert slot(hours=["12:00"]) == NOW


def test_a_best_hour_takes_one_post_a_day() -> None:
    assert slot(taken=[NOW], hours=["12:00"]) == NOW + DAY


def test_a_post_keeps_its_distance_from_those_before_and_after_it() -> None:
    taken = [NOW - 10 * MINUTE, NOW + 70 * MINUTE]

    assert slot(taken=taken, minutes_between=40) == NOW + 30 * MINUTE
    assert slot(taken=taken, minutes_between=41) == NOW + 111 * MINUTE
    assert slot(taken=taken, minutes_between=40, platform=limits(minutes_between=60)) == NOW + 130 * MINUTE


def test_quiet_hours_pass_midnight() -> None:
    quiet = ["22:00", "07:30"]

    assert slot(datetime(2026, 6, 1, 21, 59, tzinfo=UTC), quiet=quiet) == datetime(2026, 6, 1, 21, 59, tzinfo=UTC)
    assert slot(datetime(2026, 6, 1, 22, 0, tzinfo=UTC), quiet=quiet) == datetime(2026, 6, 2, 7, 30, tzinfo=UTC)
    assert slot(datetime(2026, 6, 2, 3, 0, tzinfo=UTC), quiet=quiet) == datetime(2026, 6, 2, 7, 30, tzinfo=UTC)


def test_a_best_hour_in_the_quiet_hours_is_left_out() -> None:
    assert slot(hours=["13:00", "20:00"], quiet=["12:30", "14:00"]) == NOW + 8 * HOUR


def test_a_cap_per_day_counts_dates_of_the_zone() -> None:
    now = local(2026, 6, 1, 23)
    taken = [now - 10 * MINUTE, now - 20 * MINUTE]

    assert slot(now, taken, most_per_day=2, zone="Europe/Madrid") == local(2026, 6, 2, 0)
    assert slot(now, taken, most_per_day=3, zone="Europe/Madrid") == now
    assert slot(now, taken, most_per_day=2, zone="UTC") == local(2026, 6, 2, 2)


def test_the_cap_of_a_platform_counts_any_24_hours() -> None:
    taken = [NOW - 20 * HOUR, NOW - 2 * HOUR, NOW + 6 * HOUR]

    assert slot(taken=taken, platform=limits(posts_per_day=3)) == NOW
    assert slot(taken=taken[:2], platform=limits(posts_per_day=2)) == NOW + 4 * HOUR
    assert slot(taken=[NOW - 10 * HOUR, NOW + 14 * HOUR], platform=limits(posts_per_day=2)) == NOW
    assert slot(taken=taken, platform=limits(posts_per_day=2)) == NOW + 22 * HOUR
    assert slot(taken=taken, platform=limits(posts_per_day=1)) == NOW + 30 * HOUR


def test_an_hour_that_the_clocks_leave_out_moves_to_the_next_minute_they_show() -> None:
    assert slot(local(2026, 3, 28, 12), hours=["02:30"], zone="Europe/Madrid") == local(2026, 3, 29, 3)
    lord_howe = {"hours": ["02:10"], "zone": "Australia/Lord_Howe"}
    assert slot(datetime(2026, 10, 3, 12, tzinfo=UTC), **lord_howe) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_used_once() -> None:
    zone = {"zone": "America/New_York", "hours": ["01:30"]}
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)

    assert slot(first - HOUR, **zone) == first
    assert slot(first, [first], **zone) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
    assert slot(first + MINUTE, **zone) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_quiet_hours_that_come_twice_are_quiet_twice() -> None:
    quiet = {"zone": "America/New_York", "quiet": ["01:00", "01:30"]}
    twice = datetime(2026, 11, 1, 6, tzinfo=UTC)

    assert slot(twice - 31 * MINUTE, **quiet) == twice - 30 * MINUTE
    assert slot(twice, **quiet) == twice + 30 * MINUTE


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"quiet": ["08:00", "08:00"]}, "never end"),
        ({"quiet": ["22:00", "08:00"], "hours": ["23:00", "07:59"]}, "All best hours"),
        ({"minutes_between": 10**9}, "a year apart"),
        ({"hours": ["18:00+02:00"]}, "not of the form"),
        ({"quiet": ["22:00Z", "08:00Z"]}, "not of the form"),
        ({"hours": [18]}, "not of the form"),
    ],
)
def test_a_cadence_that_can_never_be_met_is_refused_with_the_reason(given: dict[str, Any], word: str) -> None:
    assert len(cadence_problems(cadence(**given))) == 1
    with pytest.raises(ConfigError, match=word):
        slot(**given)
    with pytest.raises(ConfigError, match=word):
        after_downtime([], cadence(**given), limits(), [], NOW)


@pytest.mark.parametrize("given", [{}, {"quiet": ["22:00", "08:00"], "hours": ["23:00", "08:00"]}])
def test_a_cadence_that_can_be_met_has_no_problems(given: dict[str, Any]) -> None:
    assert cadence_problems(cadence(**given)) == []


def decided(
    minutes: dict[str, int], taken: Sequence[int] = (), platform: Limits | None = None, **given: Any
) -> dict[str, int | None]:
    """Decide about posts by their minutes from now, and say it in minutes."""
    posts = [Planned(key, NOW + each * MINUTE) for key, each in minutes.items()]
    found = after_downtime(posts, cadence(**given), platform or limits(), [NOW + each * MINUTE for each in taken], NOW)
    assert [decision.key for decision in found] == list(minutes)
    return {each.key: None if each.slot is None else round((each.slot - NOW) / MINUTE) for each in found}


def test_what_was_not_missed_keeps_its_time() -> None:
    waiting = {"due": -60, "now": 0, "later": 25}

    for catch_up in ("shift", "skip", "burst"):
        assert decided(waiting, catch_up=catch_up) == waiting


def test_missed_posts_move_on_in_their_old_order() -> None:
    assert decided({"b": -300, "c": -200, "a": -400}, minutes_between=30) == {"b": 30, "c": 60, "a": 0}
    assert decided({"a": -400, "b": -300}, hours=["13:00", "20:00"]) == {"a": 60, "b": 480}


def test_a_missed_post_does_not_go_out_together_with_one_that_is_due() -> None:
    assert decided({"missed": -300, "due": -50}, minutes_between=30) == {"missed": 30, "due": -50}


def test_later_posts_keep_their_times_unless_a_missed_one_comes_too_close() -> None:
    waiting = {"missed": -300, "near": 20, "next": 50, "far": 300}

    assert decided(waiting, minutes_between=30) == {"missed": 0, "near": 30, "next": 60, "far": 300}


def test_missed_posts_are_left_out_where_the_account_does_not_post_late() -> None:
    assert decided({"missed": -61, "due": -60, "later": 5}, catch_up="skip") == {"missed": None, "due": -60, "later": 5}


def test_a_burst_posts_everything_at_once_that_the_platform_takes() -> None:
    waiting = {"a": -300, "b": -200, "c": -100}
    slow = {"hours": ["20:00"], "minutes_between": 30, "most_per_day": 1, "catch_up": "burst"}

    assert decided(waiting, **slow) == {"a": 0, "b": 0, "c": 0}
    assert decided(waiting, platform=limits(posts_per_day=2), **slow) == {"a": 0, "b": 0, "c": 480 + 24 * 60}
    assert decided(waiting, platform=limits(minutes_between=1), **slow)["a"] == 0
    assert decided(waiting, platform=limits(minutes_between=1), **slow)["b"] == 480 + 24 * 60


def test_a_burst_keeps_the_distance_of_the_platform_from_what_is_due() -> None:
    waiting = {"missed": -300, "due": -10}

    assert decided(waiting, platform=limits(minutes_between=5), catch_up="burst") == {"missed": 5, "due": -10}
    assert decided(waiting, catch_up="burst") == {"missed": 0, "due": -10}


def test_a_burst_waits_for_the_end_of_the_quiet_hours() -> None:
    assert decided({"a": -300, "b": -200}, quiet=["11:00", "12:10"], catch_up="burst") == {"a": 10, "b": 10}


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 10, 30, 59]))
CADENCES = st.builds(
    Cadence,
    zone=st.sampled_from(ZONES),
    hours=st.lists(TIMES, max_size=3).map(tuple),
    minutes_between=st.sampled_from([0, 1, 45, 240, 1500]),
    most_per_day=st.integers(0, 3),
    quiet=st.none() | st.tuples(TIMES, TIMES),
    catch_up=st.sampled_from(["shift", "skip", "burst"]),
    grace_minutes=st.sampled_from([0, 60]),
).filter(lambda each: not cadence_problems(each))
PLATFORMS = st.builds(limits, posts_per_day=st.integers(0, 3), minutes_between=st.sampled_from([0, 5, 90]))
STARTS = st.sampled_from([date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 4), date(2026, 10, 3), date(2026, 10, 25)])
MOMENTS = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * MINUTE,
    STARTS | st.just(date(2026, 11, 1)),
    st.integers(-1500, 1500),
)
DISTANCES = st.lists(st.integers(-2000, 2000).map(lambda each: each * MINUTE), max_size=8)


def is_best(cadence: Cadence, moment: datetime) -> bool:
    """Say by the clock on the wall whether a moment is a best hour, or the first minute after one that was left out."""
    zone = ZoneInfo(cadence.zone)
    wall, before = moment.astimezone(zone), (moment - MINUTE).astimezone(zone)
    skipped = wall.replace(tzinfo=None) - before.replace(tzinfo=None) - MINUTE
    first = wall.replace(tzinfo=None) - max(skipped, timedelta())
    return wall.fold == 0 and any(
        first <= datetime.combine(wall.date(), hour) <= wall.replace(tzinfo=None) for hour in cadence.hours
    )


def is_allowed(cadence: Cadence, platform: Limits, others: Sequence[datetime], moment: datetime) -> bool:
    zone = ZoneInfo(cadence.zone)
    apart = max(cadence.minutes_between, platform.minutes_between, 1 if cadence.hours else 0) * MINUTE
    date_of = moment.astimezone(zone).date()
    windows = [[each for each in (*others, moment) if at <= each < at + DAY] for at in (*others, moment)]
    return (
        (not cadence.hours or is_best(cadence, moment))
        and not in_quiet_hours(cadence, moment)
        and all(abs(each - moment) >= apart for each in others)
        and not 0 < cadence.most_per_day <= sum(each.astimezone(zone).date() == date_of for each in others)
        and not any(0 < platform.posts_per_day < len(window) for window in windows if moment in window)
    )


@settings(max_examples=100, deadline=None)
@given(CADENCES, PLATFORMS, DISTANCES, MOMENTS)
def test_the_next_slot_is_the_first_minute_that_is_allowed(
    cadence: Cadence, platform: Limits, distances: list[timedelta], now: datetime
) -> None:
    taken = [now + each for each in distances]

    found = next_slot(cadence, platform, taken, now)

    assert found >= now
    assert is_allowed(cadence, platform, taken, found)
    earlier = (now + ahead * MINUTE for ahead in range(min(1000, (found - now) // MINUTE)))
    assert not [each for each in earlier if is_allowed(cadence, platform, taken, each)]


@settings(max_examples=200, deadline=None)
@given(CADENCES, PLATFORMS, DISTANCES, DISTANCES, MOMENTS)
def test_after_a_downtime_what_moves_keeps_every_rule_and_its_order(
    cadence: Cadence, platform: Limits, waiting: list[timedelta], distances: list[timedelta], now: datetime
) -> None:
    posts = [Planned(str(number), now + each) for number, each in enumerate(waiting)]
    taken = [now + each for each in distances]

    decisions = after_downtime(posts, cadence, platform, taken, now)

    assert [decision.key for decision in decisions] == [post.key for post in posts]
    left = [Planned(each.key, each.slot) for each in decisions if each.slot is not None]
    assert after_downtime(left, cadence, platform, taken, now) == [Decision(each.key, each.slot) for each in left]
    by_age = sorted(zip(posts, decisions, strict=True), key=lambda pair: pair[0].slot)
    moved = [new.slot for old, new in by_age if new.slot not in (None, old.slot)]
    assert moved == sorted(each for each in moved if each is not None)
    for old, new in by_age:
        is_missed = now - old.slot > cadence.grace_minutes * MINUTE
        assert (new.slot is None) == (is_missed and cadence.catch_up == "skip")
        if new.slot is None or new.slot == old.slot:
            assert not is_missed or new.slot is None
            continue
        others = [*taken, *(each.slot for each in left if each.key != new.key)]
        is_burst = cadence.catch_up == "burst"
        ruled = Cadence(zone=cadence.zone, quiet=cadence.quiet) if is_burst else cadence
        assert new.slot >= now
        assert is_allowed(ruled, platform, others, new.slot)
