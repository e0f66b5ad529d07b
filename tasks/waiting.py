"""Waits for a job that a service took, takes what it made, checks it, keeps it and writes it down."""

from __future__ import annotations

import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from core.clock import now
from core.errors import (
    AccessLost,
    ConfigError,
    FactoryError,
    JobFailed,
    QuotaSpent,
    RateLimited,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.models import Made
from db import generations
from db.connection import get_database
from integrations.generation.contract import Standing, Ticket
from tasks import pool
from tasks.call import Call
from tasks.proof import prove
from tasks.work import Result, keep

FETCHES = 3
"""How often a finished file is tried to be taken before it counts as lost."""

LONGEST_PAUSE = 30.0
"""Seconds between two looks at a job that takes long."""

WORTH_WAITING = (Unreachable, RateLimited, UnexpectedReply)
"""What may pass while a job, or its file, is waited for."""


class Overdue(JobFailed):
    """The job was not finished within the time given to it."""

    remedy = "The next in the chain is asked; what it cost is settled when the service tells."


def collect(call: Call, ticket: Ticket, folder: Path) -> Result:
    """Wait until the job is ready, take what was made, check it, keep it and write it down."""
    began = time.monotonic()
    try:
        if ticket.made is None:
            standing = _wait(call, ticket.external_id, began + call.options.patience_seconds)
            made, units = _fetch(call, standing, folder), standing.units
        else:
            made, units = ticket.made, ticket.units
        paid = call.cost(call.attempt.units if units is None else units)
        made = _proved(call, made, paid.units)
    except (ServiceError, ConfigError) as exc:
        if isinstance(exc, JobFailed) and not isinstance(exc, Overdue):
            call.close(exc)
        else:
            call.leave(exc)  # the service took the job, so it may have cost something
        raise
    files = keep(made)
    latency = int(1000 * (now() - (call.attempt.asked_at or now())).total_seconds())
    with get_database().transaction() as connection:
        pool.give_back(connection, call.attempt.account_id, None)
        return call.work.finish(connection, call.attempt, made, files, paid, latency, ticket.external_id)


def _wait(call: Call, external_id: str, deadline: float) -> Standing:
    """Ask how far the job is until it is ready. Raises JobFailed, or Overdue at the deadline."""
    began, trouble = time.monotonic(), ""
    while True:
        pause = min(max(call.options.poll_seconds, (time.monotonic() - began) / 20), LONGEST_PAUSE)
        try:
            standing = call.client.check(call.job, external_id)
            if standing.is_ready:
                return standing
            call.work.lease.report(standing.share)
        except WORTH_WAITING as exc:
            trouble = str(exc)
            pause = max(pause, getattr(exc, "retry_after", None) or 0)
        except (AccessLost, QuotaSpent) as exc:
            raise Overdue("The account lost its access while the job ran.", service=call.name, detail=str(exc)) from exc
        if time.monotonic() + pause > deadline:
            seconds = f"{call.options.patience_seconds:.0f}"
            raise Overdue(f"The job {external_id} was not finished in {seconds} s.", service=call.name, detail=trouble)
        _pause(call, pause)


def _pause(call: Call, seconds: float) -> None:
    """Wait, but look at once when the service says that the job has moved."""
    since, end = now(), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 1.0))
        if left > 1.0:
            with suppress(FactoryError), get_database().transaction() as connection:
                if generations.is_hinted(connection, call.work.key, call.attempt, since):
                    return


def _fetch(call: Call, standing: Standing, folder: Path) -> Made:
    """Take what was made, a few times where that may help.

    Raises JobFailed with what the job cost for a file that cannot be taken, whatever the service says: the job is done
    and paid, and any other error would have another account of the same service asked, and paid, for it.
    """
    for left in range(FETCHES - 1, -1, -1):
        try:
            return call.client.fetch(call.job, standing, folder)
        except JobFailed:
            raise
        except ServiceError as exc:
            if not left or not isinstance(exc, WORTH_WAITING):
                lost = JobFailed("The file it made could not be taken.", service=call.name, detail=str(exc))
                lost.units = call.attempt.units if standing.units is None else standing.units
                raise lost from exc
            time.sleep(call.options.poll_seconds)
    raise AssertionError("unreachable")


def _proved(call: Call, made: Made, units: Decimal) -> Made:
    try:
        return prove(call.job, made, call.attempt.service)
    except JobFailed as exc:
        exc.units = units  # it answered, so it was paid
        raise
