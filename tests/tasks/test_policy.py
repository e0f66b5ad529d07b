"""Retries happen where the rules say, tried through the engine because its traps live there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prefect import flow, task

from core.errors import BadInput, NeedsPerson, Unreachable
from core.models import Step
from core.settings import Settings
from db import reels
from db.connection import get_database
from tasks.policy import ONCE, RETRY, RETRY_DELAYS, step

QUICK = {**RETRY, "retry_delay_seconds": 0}


def runs_of(error: Exception, options: dict[str, object]) -> int:
    """Run a task that always fails and count how often it was begun."""
    begun: list[int] = []

    @task(**options)  # type: ignore[call-overload, misc]
    def failing() -> None:
        begun.append(1)
        raise error

    @flow
    def around() -> None:
        failing()

    with pytest.raises(type(error)):
        around()
    return len(begun)


def test_what_may_be_repeated_is_tried_again(prefect_api: None) -> None:
    assert runs_of(Unreachable(service="kie"), QUICK) == 1 + len(RETRY_DELAYS)


def test_what_can_never_work_is_tried_once(prefect_api: None) -> None:
    assert runs_of(BadInput("too wide"), QUICK) == 1


def test_a_bug_is_not_retried(prefect_api: None) -> None:
    assert runs_of(ZeroDivisionError(), QUICK) == 1


def test_a_task_that_must_not_be_repeated_is_not(prefect_api: None) -> None:
    assert runs_of(Unreachable(service="kie"), ONCE) == 1


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (BadInput("The line is empty."), "failed", "script: The line is empty. Remedy:"),
        (NeedsPerson(["too quiet"]), "held", "script: Held for a person: too quiet"),
        (ZeroDivisionError("oops"), "failed", "script: ZeroDivisionError: oops"),
        (Unreachable(service="kie"), "failed", "script: kie: The service did not answer"),
    ],
)
def test_a_step_that_ends_a_reel_says_why(
    error: Exception, state: str, reason: str, house: Settings, plan_reel: Callable[[str], int]
) -> None:
    reel_id = plan_reel("A reel")

    with pytest.raises(type(error)), step(reel_id, Step.SCRIPT):
        raise error

    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
    assert reel.state == state
    assert (reel.reason or "").startswith(reason)


def test_a_step_that_is_tried_again_leaves_the_reel_as_it_is(
    house: Settings, prefect_api: None, plan_reel: Callable[[str], int]
) -> None:
    reel_id = plan_reel("A reel")
    seen: list[str] = []

    @task(**QUICK)
    def shaky() -> None:
        with get_database().transaction() as connection:
            seen.append(reels.get_reel(connection, reel_id).state)
        with step(reel_id, Step.SCRIPT):
            if len(seen) < 3:
                raise Unreachable(service="kie")

    @flow
    def around() -> None:
        shaky()

    around()
    assert seen == ["planned"] * 3
