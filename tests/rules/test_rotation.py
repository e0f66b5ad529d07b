"""Accounts take turns as the strategy says, never pass a limit, and rest when their errors say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import (
    AccessLost,
    BadInput,
    BadMedia,
    BudgetSpent,
    ConfigError,
    FactoryError,
    JobFailed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    TokenExpired,
    UnexpectedReply,
    Unreachable,
)
from rules.rotation import SUCCESS, Seat, after_error, after_use, choose, key_days

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Pace:
    strategy: Literal["round-robin", "random", "least-used"] = "least-used"
    requests: int = 10
    window_seconds: float = 3600
    rest_after: int = 50
    rest_seconds: float = 1800
    concurrent: int = 4


FRESH = Seat(
    id=1, name="a", requests=0, since_rest=0, in_window=0, window_frees_at=None, in_flight=0, rests_until=None,
    last_used_at=None, failures=0, health="healthy",
)  # fmt: skip


def seat(id: int = 1, **changes: Any) -> Seat:  # noqa: A002
    return replace(FRESH, id=id, name=f"account-{id}", **changes)


def soon(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def chosen(*seats: Seat, draw: int = 0, **pace: Any) -> int | datetime | None:
    found = choose(seats, Pace(**pace), NOW, lambda count: draw % count)
    return found.id if isinstance(found, Seat) else found


def service_error(kind: type[ServiceError], **facts: Any) -> ServiceError:
    return kind("It went wrong.", service="acme", **facts)


def test_without_accounts_nobody_is_chosen() -> None:
    assert chosen() is None


def test_least_used_takes_the_one_with_the_fewest_requests() -> None:
    assert chosen(seat(1, requests=9), seat(2, requests=3), seat(3, requests=5)) == 2


def test_least_used_does_not_load_everything_onto_a_new_account() -> None:
    assert chosen(seat(1, requests=900, in_window=2), seat(2, requests=3, in_window=3)) == 1


def test_round_robin_takes_who_never_had_a_turn_and_then_who_waited_longest() -> None:
    used = [seat(1, last_used_at=soon(-10)), seat(2, last_used_at=soon(-30)), seat(3, last_used_at=soon(-20))]

    assert chosen(*used, strategy="round-robin") == 2
    assert chosen(*used, seat(4), strategy="round-robin") == 4


def test_round_robin_gives_everybody_the_same_number_of_turns() -> None:
    seats = {number: seat(number) for number in (1, 2, 3)}
    turns = []
    for step in range(12):
        found = choose(list(seats.values()), Pace("round-robin"), soon(step), lambda _: 0)
        assert isinstance(found, Seat)
        turns.append(found.id)
        seats[found.id] = replace(found, last_used_at=soon(step))

    assert turns == [1, 2, 3] * 4


def test_random_takes_whom_the_dice_say_among_those_who_can() -> None:
    seats = [seat(1), seat(2, in_flight=4), seat(3), seat(4)]

    assert [chosen(*seats, strategy="random", draw=number) for number in range(3)] == [1, 3, 4]


@pytest.mark.parametrize(
    "unfit",
    [
        {"rests_until": soon(1)},
        {"in_window": 10, "window_frees_at": soon(5)},
        {"in_window": 11, "window_frees_at": None},
        {"in_flight": 4},
        {"health": "banned"},
        {"failures": 4, "in_flight": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("strategy", ["least-used", "round-robin", "random"])
def test_who_cannot_take_a_call_is_passed_over(unfit: dict[str, Any], strategy: str) -> None:
    busy = seat(2, requests=99, last_used_at=soon(-1))

    assert chosen(seat(1, **unfit), busy, strategy=strategy) == 2


@pytest.mark.parametrize(
    "fit",
    [
        {"rests_until": NOW},
        {"in_window": 9, "window_frees_at": soon(5)},
        {"in_flight": 3},
        {"health": "degraded", "failures": 3, "in_flight": 3},
        {"health": "degraded", "failures": 4, "rests_until": soon(-1)},
    ],
    ids=str,
)
def test_who_is_just_within_the_limits_can_take_a_call(fit: dict[str, Any]) -> None:
    assert chosen(seat(1, **fit)) == 1


def test_a_limit_of_nothing_is_no_limit() -> None:
    loaded = seat(1, in_window=10_000, window_frees_at=soon(5), in_flight=10_000)

    assert chosen(loaded, requests=0, concurrent=0) == 1


def test_a_breaker_lets_one_trial_call_through_even_without_a_limit_on_calls_at_once() -> None:
    assert chosen(seat(1, failures=4), concurrent=0) == 1
    assert chosen(seat(1, failures=4, in_flight=1), concurrent=0) is None


def test_it_tells_when_the_first_account_is_free() -> None:
    resting, full = seat(1, rests_until=soon(90)), seat(2, in_window=10, window_frees_at=soon(60))

    assert chosen(resting, full) == soon(60)


def test_an_account_is_free_only_when_its_rest_and_its_window_are_over() -> None:
    assert chosen(seat(1, rests_until=soon(90), in_window=10, window_frees_at=soon(60))) == soon(90)


def test_a_full_window_of_unknown_age_is_free_after_a_whole_window_at_the_latest() -> None:
    assert chosen(seat(1, in_window=10)) == soon(3600)


def test_when_only_calls_in_flight_are_in_the_way_nobody_knows_when() -> None:
    assert chosen(seat(1, in_flight=4), seat(2, in_flight=5)) is None


def test_banned_accounts_are_never_waited_for() -> None:
    assert chosen(seat(1, health="banned", rests_until=soon(5))) is None


SEATS = st.lists(
    st.builds(
        seat,
        id=st.integers(1, 10**6),
        requests=st.integers(0, 99),
        in_window=st.integers(0, 12),
        window_frees_at=st.none() | st.integers(1, 3600).map(soon),
        in_flight=st.integers(0, 5),
        rests_until=st.none() | st.integers(-50, 50).map(soon),
        last_used_at=st.none() | st.integers(-50, 0).map(soon),
        failures=st.integers(0, 6),
        health=st.sampled_from(["healthy", "degraded", "banned"]),
    ),
    max_size=6,
    unique_by=lambda seat: seat.id,
)
PACES = st.builds(
    Pace,
    strategy=st.sampled_from(["least-used", "round-robin", "random"]),
    requests=st.integers(0, 12),
    concurrent=st.integers(0, 5),
)


@settings(max_examples=300, deadline=None)
@given(SEATS, PACES, st.integers(0, 99))
def test_whatever_the_accounts_no_limit_is_passed_and_no_free_one_is_missed(
    seats: list[Seat], pace: Pace, dice: int
) -> None:
    def is_free(seat: Seat) -> bool:
        return (
            seat.health != "banned"
            and (seat.rests_until is None or seat.rests_until <= NOW)
            and (pace.requests == 0 or seat.in_window < pace.requests)
            and (
                pace.concurrent == 0 or seat.in_flight < pace.concurrent or (seat.failures >= 4 and not seat.in_flight)
            )
            and not (seat.failures >= 4 and seat.in_flight)
        )

    found = choose(seats, pace, NOW, lambda count: dice % count)

    assert isinstance(found, Seat) == any(is_free(seat) for seat in seats)
    if isinstance(found, Seat):
        assert is_free(found)
    elif found is not None:
        assert found > NOW


def test_an_account_rests_after_as_many_requests_as_the_pace_says() -> None:
    assert after_use(seat(since_rest=47), Pace(), NOW) == (48, None)
    assert after_use(seat(since_rest=49), Pace(), NOW) == (0, soon(1800))
    assert after_use(seat(since_rest=80), Pace(), NOW) == (0, soon(1800))
    assert after_use(seat(since_rest=80), Pace(rest_after=0), NOW) == (81, None)


def test_lost_access_bans_and_retires_with_the_reason() -> None:
    verdict = after_error(service_error(AccessLost, detail="key revoked"), 1, NOW)

    assert verdict is not None
    assert (verdict.health, verdict.retire, verdict.failures) == ("banned", True, 1)
    assert verdict.reason == "It went wrong. key revoked"


@pytest.mark.parametrize(("asked", "rest"), [(None, 60), (7.5, 7.5), (0.0, 0)])
def test_a_rate_limit_rests_as_long_as_the_service_asked_and_is_no_failure(asked: float | None, rest: float) -> None:
    error = RateLimited(service="acme")
    error.retry_after = asked

    verdict = after_error(error, 0, NOW)

    assert verdict is not None
    assert (verdict.health, verdict.rests_until, verdict.failures) == ("healthy", soon(rest), 0)
    assert not verdict.retire


def test_spent_credits_rest_for_six_hours() -> None:
    verdict = after_error(service_error(QuotaSpent), 0, NOW)

    assert verdict is not None
    assert (verdict.health, verdict.rests_until, verdict.failures) == ("degraded", soon(6 * 3600), 0)


@pytest.mark.parametrize("kind", [Unreachable, UnexpectedReply, OutcomeUnknown, JobFailed, TokenExpired])
def test_failures_in_a_row_degrade_and_then_open_the_breaker_for_longer_and_longer(kind: type[ServiceError]) -> None:
    seen = []
    for failures in range(12):
        verdict = after_error(service_error(kind), failures, NOW)
        assert verdict is not None
        assert verdict.failures == failures + 1
        assert not verdict.retire
        rest = None if verdict.rests_until is None else (verdict.rests_until - NOW).total_seconds()
        seen.append((verdict.health, rest))

    assert seen[:3] == [("healthy", None), ("degraded", None), ("degraded", None)]
    assert [rest for _, rest in seen[3:]] == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
    assert {health for health, _ in seen[3:]} == {"degraded"}


def test_even_a_million_failures_rest_no_longer_than_half_an_hour() -> None:
    verdict = after_error(service_error(Unreachable), 10**6, NOW)

    assert verdict is not None
    assert verdict.rests_until == soon(1800)


@pytest.mark.parametrize(
    "error", [service_error(Rejected), BadInput("x"), BudgetSpent("x"), ConfigError("x"), BadMedia("x")], ids=repr
)
def test_what_is_not_the_accounts_doing_changes_nothing(error: FactoryError) -> None:
    assert after_error(error, 3, NOW) is None


def test_a_success_forgets_all_failures() -> None:
    assert (SUCCESS.health, SUCCESS.failures, SUCCESS.rests_until, SUCCESS.retire) == ("healthy", 0, None, False)


def test_a_reason_is_one_printable_line_of_bounded_length() -> None:
    verdict = after_error(service_error(JobFailed, detail="line\n\x00two \x1b[31mred " + "x" * 900), 0, NOW)

    assert verdict is not None
    assert verdict.reason.startswith("It went wrong. line two [31mred xx")
    assert verdict.reason.isprintable()
    assert len(verdict.reason) <= 500


def test_the_age_of_a_key_is_counted_in_full_days() -> None:
    assert key_days(NOW - timedelta(days=90), NOW) == 90
    assert key_days(NOW - timedelta(days=89, hours=23), NOW) == 89
