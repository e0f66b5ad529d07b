"""A paid call is paid once, whatever becomes of it; its credits are always accounted for."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from decimal import Decimal
from math import inf
from pathlib import Path

import pytest
from fakes.a2e import FakeA2E
from fakes.comfyui import FakeComfyUI
from fakes.kie import FakeKie
from fakes.runpod import RUN_MILLISECONDS, SECOND, FakeRunPod
from fakes.server import Damage, Fake, Moment, Request, serving
from services import Use, draw, execute, purses, users_of

from core.errors import GenerationFailed, NeedsPerson, ServiceError
from core.settings import Settings
from db import ledger
from tasks import asking


@pytest.fixture
def a2e() -> Iterator[FakeA2E]:
    fake = FakeA2E()
    fake.quote = {"totalCoins": 10}
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


def attempts() -> list[tuple[object, ...]]:
    return execute("select service, status from generation_attempts order by started_at, n")


def test_the_first_in_the_chain_makes_it_and_everything_about_it_is_written_down(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "kie", "scenery")

    result = draw()

    assert result.path("picture").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(a2e.paid) == 1
    (row,) = execute("select service, model, credits, stand_in, latency_ms >= 0 from generations")
    assert row == ("a2e", "a2e", Decimal(10), False, True)
    (attempt,) = execute("select account, status, label, reserved, settled from generation_attempts")
    assert attempt[:2] == ("key-1", "done")
    assert a2e.paid == [attempt[2]]
    assert purses() == {"available": Decimal(-10), "reserved": Decimal(0), "spent": Decimal(10)}


def test_what_is_done_is_never_asked_for_again(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "kie", "scenery")
    draw()
    before = len(a2e.requests)

    assert draw().is_replay
    assert len(a2e.requests) == before


def test_the_next_is_asked_when_the_first_refuses_and_the_result_is_a_stand_in(
    use: Use, a2e: FakeA2E, kie: FakeKie
) -> None:
    use("a2e", "kie", "scenery")
    a2e.fail_jobs = True

    draw()

    assert attempts() == [("a2e", "failed"), ("kie", "done")]
    assert execute("select service, stand_in from generations") == [("kie", True)]


def test_when_every_service_fails_the_scenery_still_draws_it(use: Use, a2e: FakeA2E, kie: FakeKie) -> None:
    use("a2e", "kie", "scenery")
    a2e.break_next(500, pattern="GET .*", times=1000)
    a2e.break_next("html", pattern="POST .*", times=1000)
    kie.fail_jobs = True

    with pytest.raises(NeedsPerson):  # A2E's records do not answer, so nobody knows whether it was paid
        draw()
    a2e.faults.clear()
    a2e.fail_jobs = True

    assert draw().value["layers"]
    assert [service for service, status in attempts() if status == "done"] == ["scenery"]


def test_each_of_a_chain_of_four_steps_in_when_those_before_it_fail(use: Use, a2e: FakeA2E, kie: FakeKie) -> None:
    with FakeComfyUI() as comfyui:
        use("a2e", "kie", "comfyui", "scenery", fakes={"a2e": a2e, "kie": kie, "comfyui": comfyui})

        draw("one")
        a2e.fail_jobs = True
        draw("two")
        kie.fail_jobs = True
        draw("three")
        comfyui.break_next(500, times=inf)
        draw("four")

    assert execute("select service, stand_in from generations order by created_at") == [
        ("a2e", False), ("kie", True), ("comfyui", True), ("scenery", True),
    ]  # fmt: skip


def test_a_lost_answer_is_found_in_the_services_records_and_never_asked_again(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "kie", "scenery")
    a2e.break_next("reset", pattern="POST .*start", moment="acted")

    draw()

    assert len(a2e.paid) == 1
    assert attempts() == [("a2e", "done")]
    assert "found as" in str(execute("select evidence from generation_attempts")[0][0])


def test_a_call_that_never_reached_the_service_is_given_back_and_the_next_is_asked(
    use: Use, a2e: FakeA2E, kie: FakeKie
) -> None:
    use("a2e", "kie", "scenery")
    a2e.break_next("reset", pattern="POST .*start", moment="arrived")

    draw()

    assert a2e.paid == []
    assert attempts() == [("a2e", "failed"), ("kie", "done")]
    assert execute("select kind, service from transfers order by id") == [
        ("reserve", "a2e"), ("refund", "a2e"), ("reserve", "kie"), ("settle", "kie"),
    ]  # fmt: skip


def test_a_lost_answer_that_no_record_shows_waits_for_a_person_and_keeps_its_credits(use: Use, kie: FakeKie) -> None:
    use("kie", "scenery")
    kie.break_next("reset", pattern="POST .*createTask", moment="acted")

    for _ in range(2):
        with pytest.raises(NeedsPerson, match="reelwright generations resolve"):
            draw()

    assert len(kie.paid) == 1
    assert execute("select status from generations") == [("unknown",)]
    assert execute("select kind from transfers") == [("reserve",)]
    assert purses()["reserved"] > 0


def test_a_banned_account_is_retired_and_the_next_one_is_asked(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery", keys={"a2e": ["sk_test_fake_banned", FakeA2E.KEY]})

    draw()

    assert len(a2e.paid) == 1
    assert execute("select name, status, health from accounts order by name") == [
        ("key-1", "retired", "banned"), ("key-2", "active", "healthy"),
    ]  # fmt: skip


def test_a_job_that_never_ends_is_left_and_its_credits_stay_reserved(use: Use, a2e: FakeA2E, kie: FakeKie) -> None:
    use("a2e", "kie", "scenery", options={"a2e": {"patience_seconds": 0.3}})
    a2e.seconds = 60

    draw()

    assert attempts() == [("a2e", "overdue"), ("kie", "done")]
    assert purses()["reserved"] == Decimal(10)


def test_a_link_that_is_dead_settles_what_was_paid_and_the_next_is_asked(use: Use, a2e: FakeA2E, kie: FakeKie) -> None:
    use("a2e", "kie", "scenery")
    a2e.links_die = True

    draw()

    assert attempts() == [("a2e", "failed"), ("kie", "done")]
    assert execute("select settled from generation_attempts where service = 'a2e'") == [(Decimal(10),)]


def test_a_job_taken_up_from_a_dead_run_whose_file_is_lost_is_not_paid_again_at_the_same_service(
    use: Use, a2e: FakeA2E, kie: FakeKie, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("a2e", "kie", "scenery")
    with monkeypatch.context() as dying:
        dying.setattr(asking, "collect", _end_of_the_process)
        with pytest.raises(KeyboardInterrupt):
            draw()
    a2e.links_die = True

    draw()

    assert len(a2e.paid) == 1
    assert attempts() == [("a2e", "failed"), ("kie", "done")]


def _end_of_the_process(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("status", "asked"), [(401, 1), (402, 1), (400, 1), (429, 3), (503, 3)])
def test_a_finished_job_whose_file_is_refused_is_settled_and_no_other_account_of_the_service_is_paid(
    status: int, asked: int, use: Use
) -> None:
    cost = ledger.kept(SECOND * RUN_MILLISECONDS / 1000)
    with FakeRunPod() as runpod:
        use("runpod", "scenery", fakes={"runpod": runpod}, keys={"runpod": [FakeRunPod.KEY, FakeRunPod.KEY]})
        break_after_the_first(runpod, status, "GET .*/status/.*")

        draw()

    assert len(runpod.paid) == 1
    assert len(runpod.calls("GET .*/status/.*")) == 1 + asked
    assert attempts() == [("runpod", "failed"), ("scenery", "done")]
    assert execute("select settled from generation_attempts where service = 'runpod'") == [(cost,)]
    assert purses()["reserved"] == 0


def test_a_file_that_cannot_be_taken_at_first_is_asked_for_again(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery")
    a2e.break_next(503, pattern="GET /files/.*", times=2)

    draw()

    assert len(a2e.paid) == 1
    assert attempts() == [("a2e", "done")]


def break_after_the_first(fake: Fake, damage: Damage, pattern: str) -> None:
    """Let the first exchange of a kind go well, and damage every later one."""

    def watch(moment: Moment, request: Request) -> None:
        if moment == "acted" and re.fullmatch(pattern, request.call):
            fake.break_next(damage, pattern=pattern, times=inf)

    fake.observers.append(watch)


def test_a_cap_stops_paid_calls_before_they_are_made_and_the_scenery_goes_on(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery", budgets={"day": 15})

    draw("one")
    draw("two")

    assert len(a2e.paid) == 1
    assert execute("select service from generations order by created_at") == [("a2e",), ("scenery",)]
    assert execute("select scope, cap, reserved, spent from budgets") == [("day", Decimal(15), Decimal(0), Decimal(10))]


def test_a_cap_without_anybody_who_works_for_nothing_holds_the_reel(use: Use, a2e: FakeA2E) -> None:
    use("a2e", budgets={"day": 8})

    with pytest.raises(NeedsPerson, match="10 credits more would pass the cap on the day: 0 of 8 are used"):
        draw()

    assert a2e.calls("POST .*start") == []
    assert purses() == {}


def test_a_cap_that_is_set_later_counts_what_was_spent_before(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery")
    draw("one")
    use("a2e", "scenery", keys={"a2e": []}, budgets={"month": 15})

    draw("two")

    assert len(a2e.paid) == 1
    assert execute("select service from generations order by created_at") == [("a2e",), ("scenery",)]


def test_fifty_runs_at_once_never_pass_a_cap_and_lose_no_reservation(use: Use, a2e: FakeA2E) -> None:
    use("a2e", budgets={"day": 100}, options={"a2e": {"pace": {"concurrent": 0, "requests": 0, "rest_after": 0}}})
    outcomes: list[str] = []

    def run(number: int) -> None:
        try:
            draw(f"picture {number}")
            outcomes.append("done")
        except (NeedsPerson, GenerationFailed, ServiceError) as exc:
            outcomes.append(type(exc).__name__)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["NeedsPerson"] * 40 + ["done"] * 10
    assert len(a2e.paid) == 10
    assert execute("select reserved, spent from budgets") == [(Decimal(0), Decimal(100))]
    assert purses() == {"available": Decimal(-100), "reserved": Decimal(0), "spent": Decimal(100)}
