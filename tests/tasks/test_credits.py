"""What became of lost calls and late jobs is found out, and what services say is held against the ledger."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import Any

import pytest
from fakes.a2e import FakeA2E
from fakes.kie import FakeKie
from fakes.server import serving
from services import Use, draw, execute, purses, unsettled, users_of

from core.errors import Busy, NeedsPerson, WrongState
from core.settings import Settings
from db import generations
from db.connection import get_database
from tasks.credits import close_as, compare_balances, settle_lost_calls, take_up

START, LIST, LOOK = "POST .*userText2Image/start", "GET .*allRecords", "GET .*userText2Image/[0-9a-f]{24}"


@pytest.fixture
def a2e() -> Iterator[FakeA2E]:
    fake = FakeA2E()
    fake.quote = {"totalCoins": 12}  # two more than it takes
    with serving(fake):
        yield fake


@pytest.fixture
def kie() -> Iterator[FakeKie]:
    fake = FakeKie()
    with serving(fake):
        yield fake


@pytest.fixture
def use(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, a2e: FakeA2E, kie: FakeKie) -> Use:
    return users_of(monkeypatch, tmp_path / "services.toml", {"a2e": a2e, "kie": kie})


def attempts() -> list[tuple[Any, ...]]:
    return execute("select service, status, settled::float from generation_attempts order by started_at, n")


def settle() -> list[str]:
    return settle_lost_calls.fn()


def lose(a2e: FakeA2E, moment: Any) -> None:
    """Let the next paid call be cut off, and nobody answer who asks what became of it."""
    a2e.break_next("reset", pattern=START, moment=moment)
    a2e.break_next(500, pattern=LIST, times=inf)
    with pytest.raises(NeedsPerson, match="reelwright generations resolve"):
        draw()
    a2e.faults.clear()


def come_late(a2e: FakeA2E) -> None:
    """Let a job take longer than it may, so that the scenery draws the picture."""
    a2e.seconds = 60
    assert draw().value["layers"]
    assert [status for _, status, _ in attempts()] == ["overdue", "done"]
    assert purses() == {"available": -12, "reserved": 12}


def pass_days(days: int) -> None:
    execute(f"update generation_attempts set started_at = started_at - interval '{days} days'")


def test_a_lost_call_that_the_services_records_show_is_taken_up_and_never_paid_twice(use: Use, a2e: FakeA2E) -> None:
    use("a2e")
    lose(a2e, "acted")

    (sentence,) = settle()

    assert f"at a2e/key-1: found as {a2e.tasks[0].number}; rerun its reel" in sentence
    assert unsettled() == []
    assert purses() == {"available": -12, "reserved": 12}
    assert draw().path("picture").is_file()
    assert len(a2e.paid) == 1
    assert len(a2e.calls(START)) == 1
    assert attempts() == [("a2e", "done", 10)]
    assert purses() == {"available": -10, "reserved": 0, "spent": 10}


def test_a_lost_call_that_the_services_records_surely_do_not_show_is_refunded_and_made_anew(
    use: Use, a2e: FakeA2E
) -> None:
    use("a2e", budgets={"day": 15})
    lose(a2e, "arrived")
    assert a2e.paid == []

    (sentence,) = settle()

    assert "the service has no record of it; its credits are free again" in sentence
    assert attempts() == [("a2e", "failed", 0)]
    assert purses() == {"available": 0, "reserved": 0}
    assert execute("select status, error from generations") == [
        ("failed", "The service has no record of the call.")
    ]  # fmt: skip
    assert draw().path("picture").is_file()
    assert len(a2e.paid) == 1
    assert execute("select reserved::float, spent::float from budgets") == [(0, 10)]


def test_a_lost_call_about_which_the_service_still_does_not_answer_stays_as_it_is(use: Use, a2e: FakeA2E) -> None:
    use("a2e")
    lose(a2e, "acted")
    a2e.break_next(500, pattern=LIST)

    (sentence,) = settle()

    assert "still not known: " in sentence
    assert attempts() == [("a2e", "unknown", None)]
    assert purses()["reserved"] == 12
    assert "found as" in settle()[0]


def test_a_lost_call_at_a_service_without_records_waits_for_a_person(use: Use, kie: FakeKie) -> None:
    use("kie")
    kie.break_next("reset", pattern="POST .*createTask", moment="acted")
    with pytest.raises(NeedsPerson):
        draw()
    before = len(kie.requests)
    pass_days(30)

    (sentence,) = settle()

    assert "at kie/key-1: still not known: kie: " in sentence
    assert attempts() == [("kie", "unknown", None)]
    assert purses()["reserved"] == 12
    assert len(kie.requests) == before


def test_a_job_that_ended_too_late_is_settled_with_what_it_cost(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery", options={"a2e": {"patience_seconds": 0.2}})
    come_late(a2e)
    a2e.seconds = 0

    (sentence,) = settle()

    assert "finished too late, for 10" in sentence
    assert attempts() == [("a2e", "failed", 10), ("scenery", "done", 0)]
    assert purses() == {"available": -10, "reserved": 0, "spent": 10}
    assert execute("select status, service from generations") == [("done", "scenery")]
    assert settle() == []


def test_a_job_that_failed_after_its_time_is_refunded(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery", options={"a2e": {"patience_seconds": 0.2}})
    come_late(a2e)
    a2e.seconds, a2e.fail_jobs = 0, True
    a2e.failed = {"current_status": "failed", "failed_message": "GPU lost", "failed_code": "E17", "coins": 0}

    (sentence,) = settle()

    assert "it failed there and cost 0" in sentence
    assert attempts()[0] == ("a2e", "failed", 0)
    assert purses() == {"available": 0, "reserved": 0}


def test_a_job_that_failed_after_its_time_and_was_charged_is_settled(use: Use, kie: FakeKie) -> None:
    use("kie", "scenery", options={"kie": {"patience_seconds": 0.2}})
    kie.seconds = 60
    draw()
    kie.seconds, kie.fail_jobs = 0, True
    for task in kie.tasks.values():
        task.fails = True
    honest = kie.record_of
    kie.record_of = lambda task: {**honest(task), "creditsConsumed": 3.5}  # type: ignore[method-assign]

    (sentence,) = settle()

    assert "it failed there and cost 3.5" in sentence
    assert attempts()[0] == ("kie", "failed", 3.5)
    assert purses() == {"available": -3.5, "reserved": 0, "spent": 3.5}


def test_a_job_that_is_still_at_work_keeps_its_reservation(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery", options={"a2e": {"patience_seconds": 0.2}})
    come_late(a2e)
    pass_days(2)

    assert "still at work" in settle()[0]
    assert attempts()[0] == ("a2e", "overdue", None)
    assert purses() == {"available": -12, "reserved": 12}


@pytest.mark.parametrize("silence", ["does not answer", "has forgotten it"])
def test_a_late_job_of_which_nothing_was_heard_for_more_than_three_days_counts_as_paid(
    silence: str, use: Use, a2e: FakeA2E
) -> None:
    use("a2e", "scenery", options={"a2e": {"patience_seconds": 0.2}})
    come_late(a2e)
    if silence == "does not answer":
        a2e.break_next(500, pattern=LOOK, times=inf)
    else:
        a2e.tasks.clear()
    assert any(words in settle()[0] for words in ("still not known: ", "still at work"))
    pass_days(4)

    (sentence,) = settle()

    assert "the service says nothing about it; counted as paid" in sentence
    assert attempts()[0] == ("a2e", "failed", 12)
    assert purses() == {"available": -12, "reserved": 0, "spent": 12}


def test_late_jobs_at_several_services_for_one_picture_are_settled_each_on_its_own(
    use: Use, a2e: FakeA2E, kie: FakeKie
) -> None:
    hurried = {"patience_seconds": 0.2}
    use("a2e", "kie", "scenery", options={"a2e": hurried, "kie": hurried})
    a2e.seconds = kie.seconds = 60
    draw()
    kie.seconds = 0

    sentences = settle()

    assert [("still at work" in sentence, "for 12" in sentence) for sentence in sentences] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert attempts() == [("a2e", "overdue", None), ("kie", "failed", 12), ("scenery", "done", 0)]
    assert purses() == {"available": -24, "reserved": 12, "spent": 12}


def test_a_late_job_that_is_settled_leaves_the_lost_call_of_the_same_picture_in_doubt(
    use: Use, a2e: FakeA2E, kie: FakeKie
) -> None:
    use("a2e", "kie", options={"a2e": {"patience_seconds": 0.2}})
    a2e.seconds = 60
    kie.break_next("reset", pattern="POST .*createTask", moment="acted")
    with pytest.raises(NeedsPerson):
        draw()
    a2e.seconds = 0

    settle()

    assert attempts() == [("a2e", "failed", 10), ("kie", "unknown", None)]
    assert execute("select status from generations") == [("unknown",)]


def test_one_service_that_was_taken_out_of_the_program_does_not_stop_the_others(
    use: Use, a2e: FakeA2E, kie: FakeKie
) -> None:
    hurried = {"patience_seconds": 0.2}
    use("a2e", "kie", "scenery", options={"a2e": hurried, "kie": hurried})
    a2e.seconds = kie.seconds = 60
    draw()
    kie.seconds = 0
    execute("update generation_attempts set service = 'gone' where service = 'a2e'")

    gone, late = settle()

    assert "at gone/key-1: the service is not in the services file any more; resolve it by hand" in gone
    assert "finished too late" in late


def test_a_lost_call_that_a_run_is_looking_into_is_left_to_it(use: Use, a2e: FakeA2E) -> None:
    use("a2e")
    lose(a2e, "arrived")
    (lost,) = unsettled()
    with get_database().transaction() as connection:
        generations.take_lease(connection, lost.key, "another run", 60)

    assert "still not known: A run is looking into it right now." in settle()[0]
    for decide in (lambda: close_as(lost, Decimal(3), "by hand"), lambda: take_up(lost, "0" * 24)):
        with pytest.raises(Busy):
            decide()
    assert attempts() == [("a2e", "unknown", None)]
    assert purses()["reserved"] == 12


def test_what_was_closed_or_taken_up_meanwhile_is_not_decided_about_again(use: Use, a2e: FakeA2E) -> None:
    use("a2e")
    lose(a2e, "acted")
    (lost,) = unsettled()
    take_up(lost, a2e.tasks[0].number)

    for decide in (lambda: close_as(lost, Decimal(3), "by hand"), lambda: take_up(lost, "0" * 24)):
        with pytest.raises(WrongState, match="closed or taken up meanwhile"):
            decide()
    draw()
    with pytest.raises(WrongState):
        close_as(lost, Decimal(3), "by hand")

    assert attempts() == [("a2e", "done", 10)]
    assert purses() == {"available": -10, "reserved": 0, "spent": 10}


@pytest.mark.parametrize(("units", "credits"), [("12", 0.6), ("10", 0.5), ("0.01", 0.0005), ("0.0001", 0.0001)])
def test_what_is_closed_by_hand_costs_what_its_units_were_worth_when_it_was_reserved(
    units: str, credits: float, use: Use, a2e: FakeA2E
) -> None:
    use("a2e", options={"a2e": {"worth": 0.05}})
    lose(a2e, "acted")
    use("a2e", keys={"a2e": []}, options={"a2e": {"worth": 7}})

    close_as(unsettled()[0], Decimal(units), "by hand")

    assert purses() == {"available": -credits, "reserved": 0, "spent": credits}
    assert execute("select units::float from ledger_entries where purse = 'spent'") == [(float(units),)]


def test_balances_are_held_against_the_ledger_and_what_was_taken_behind_our_back_is_noticed(
    use: Use, a2e: FakeA2E, kie: FakeKie, caplog: pytest.LogCaptureFixture
) -> None:
    use("a2e", "kie")

    def look() -> list[tuple[str, Decimal, Decimal | None, bool]]:
        drifts = compare_balances.fn()
        return [(drift.service, drift.balance, drift.drift, drift.is_worth_a_look) for drift in drifts]

    assert look() == [("a2e", 1000, None, False), ("kie", 1000, None, False)]
    draw()
    assert look() == [("a2e", 990, 0, False), ("kie", 1000, 0, False)]
    assert caplog.messages == []
    a2e.balance -= 25
    kie.balance -= 1
    assert look() == [("a2e", 965, 25, True), ("kie", 999, 1, False)]
    assert "a2e/key-1: 25 units more were taken than the ledger knows of" in "".join(caplog.messages)
    a2e.balance += 500
    assert look() == [("a2e", 1465, -500, False), ("kie", 999, 0, False)]


def test_a_wrong_key_a_broken_service_and_a_retired_account_do_not_stop_the_others(
    use: Use, a2e: FakeA2E, kie: FakeKie, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    wrong = "sk_test_fake_wrong_key"
    use("a2e", "kie", keys={"a2e": [wrong, FakeA2E.KEY, FakeA2E.KEY], "kie": [FakeKie.KEY, FakeKie.KEY]})
    execute("update accounts set status = 'retired', health = 'banned' where service = 'a2e' and name = 'key-3'")
    kie.break_next(503)

    drifts = compare_balances.fn()

    assert [(drift.service, drift.account) for drift in drifts] == [("a2e", "key-2"), ("kie", "key-2")]
    assert sum("did not tell its balance" in message for message in caplog.messages) == 2
    assert wrong not in caplog.text


def test_accounts_of_services_that_are_not_asked_about_money_are_left_out(use: Use, kie: FakeKie) -> None:
    use("kie")
    execute("insert into accounts (service, name) values ('gone', 'main'), ('ollama', 'default')")

    assert [drift.service for drift in compare_balances.fn()] == ["kie"]


def test_a_drift_is_worth_a_look_when_it_is_more_than_a_hundredth_of_what_is_left(use: Use, kie: FakeKie) -> None:
    use("kie")
    (first,) = compare_balances.fn()

    judged = {drift: replace(first, drift=Decimal(drift)).is_worth_a_look for drift in (-50, 0, 10, 11)}
    assert judged == {-50: False, 0: False, 10: False, 11: True}
    assert not first.is_worth_a_look
    assert not replace(first, balance=Decimal(5), drift=Decimal(1)).is_worth_a_look
    assert replace(first, balance=Decimal(5), drift=Decimal("1.5")).is_worth_a_look
