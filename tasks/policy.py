"""The only rules about retrying, and about what a failing step leaves behind."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import task_run as running_task
from prefect.tasks import Task

from core.errors import FactoryError, NeedsPerson
from core.models import Step
from db import reels
from db.connection import get_database

logger = logging.getLogger(__name__)

RETRY_DELAYS = [2, 10, 30]
"""Seconds before the second, third and fourth try of a step."""


def is_worth_it(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Retry what may simply be called again, and nothing else.

    Must stay a plain function: Prefect takes any other callable for "never retry".
    """
    return bool(getattr(state.data, "retryable", False))


RETRY: dict[str, Any] = {
    "retries": len(RETRY_DELAYS),
    "retry_delay_seconds": RETRY_DELAYS,
    "retry_condition_fn": is_worth_it,
}
"""Options of every task that may be repeated."""

ONCE: dict[str, Any] = {"retries": 0}
"""Options of every task that must not be."""


@contextmanager
def step(reel_id: int, name: Step) -> Iterator[None]:
    """Run one step of a reel; when it ends the reel, write down why, so that the operator reads it.

    A step that will be tried again leaves the reel as it is.
    """
    try:
        yield
    except NeedsPerson as exc:
        _stop(reel_id, "held", f"{name}: {exc}")
        raise
    except FactoryError as exc:
        if not exc.retryable or _is_last_try():
            _stop(reel_id, "failed", f"{name}: {exc}")
        raise
    except Exception as exc:
        _stop(reel_id, "failed", f"{name}: {type(exc).__name__}: {exc}")
        raise


def _is_last_try() -> bool:
    count = running_task.run_count or 0
    return count == 0 or count > len(RETRY_DELAYS)


def _stop(reel_id: int, state: Any, reason: str) -> None:
    logger.error("reel %s %s: %s", reel_id, state, reason)
    try:
        with get_database().transaction() as connection:
            reels.stop_reel(connection, reel_id, state, reason)
    except FactoryError as exc:  # the first error matters more; the next run goes on where this one stood
        logger.warning("reel %s: the reason could not be written down: %s", reel_id, exc)
