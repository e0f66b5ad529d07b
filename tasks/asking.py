"""Asks an outside service, so that nothing is paid twice whatever fails or dies.

An attempt goes through these commits, and a run that finds one half-way knows from the last what to do:

    intended            an account is lent; nobody was asked: begin anew
    asked_at, reserved  the service may have been asked: look at its records before anything else
    submitted           it took the job: ask how far it is
    done | failed       settled or given back
    unknown             its records do not say: a person decides
    overdue             it took too long; its credits stay reserved until it is known what it cost
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from prefect.runtime import flow_run

from core.clock import now
from core.errors import (
    AccessLost,
    ConfigError,
    FactoryError,
    NoAccount,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    ServiceError,
    Unreachable,
)
from core.services_file import get_services_file
from db import generations
from db.connection import Connection, get_database
from db.generations import Attempt
from integrations.generation.contract import Ticket
from rules.budget import caps_for
from tasks import pool
from tasks.call import Call, call_again, job_of
from tasks.chain import get_client, get_options, is_service, needs_key
from tasks.lost import look_for
from tasks.waiting import collect
from tasks.work import Result, Work

logger = logging.getLogger(__name__)

FREE_ACCOUNT_SECONDS = 30.0
"""How long a call waits for an account to be free before the next in the chain is asked."""

BUSY_SECONDS = 0.5
"""Pause between two looks for an account while all are at work."""

MOST_ACCOUNTS = 5
"""How many accounts of one service are tried for one order."""

OTHER_ACCOUNT = (AccessLost, RateLimited, QuotaSpent)
"""Troubles of one account, after which another one of the same service is asked."""


@dataclass(frozen=True)
class Asker:
    """An outside service as a candidate: asked with one account after the other."""

    service: str

    def attempt(self, work: Work) -> Result:
        """Have it made there. Raises NeedsPerson when an answer was lost and cannot be looked up."""
        trouble: FactoryError | None = None
        for _ in range(MOST_ACCOUNTS):
            try:
                call = _borrow(work, self.service)
            except NoAccount as exc:
                raise trouble or exc from exc
            try:
                return _ask(call)
            except OTHER_ACCOUNT as exc:
                logger.warning("%s: %s", call.name, exc)
                trouble = exc
        raise trouble or NoAccount(f"No account of {self.service} could do it.")


def resume(work: Work, attempt: Attempt) -> Result | FactoryError | None:
    """Take up what a dead run asked for.

    None when nothing of it is left, so that the chain is asked; the error when it came to nothing after it was taken,
    so that the chain is asked from the next service on. Raises NeedsPerson when nobody can say whether a paid call
    happened.
    """
    if not _may_have_cost(attempt):
        with get_database().transaction() as connection:
            generations.lose_attempt(connection, work.key, attempt)
        return None
    call = call_again(work, attempt)
    logger.info("%s: taking up '%s' where an earlier run left it", call.name, work.order.capability)
    external_id = attempt.external_id if attempt.status == "submitted" else look_for(call)
    if external_id is None:
        call.close(OutcomeUnknown("The service has no record of the call.", service=attempt.service), is_theirs=False)
        return None
    call.submitted(external_id)
    try:
        with work.workspace() as folder:
            return collect(call, Ticket(external_id), folder)
    except (ServiceError, ConfigError) as exc:
        logger.warning("%s: what was left could not be taken up: %s", call.name, exc)
        return exc


def _may_have_cost(attempt: Attempt) -> bool:
    """Say whether an open attempt must be looked at before anything is asked again."""
    if attempt.asked_at is None:
        return False
    return bool(attempt.reserved) or (attempt.external_id is not None and is_service(attempt.service))


def _borrow(work: Work, service: str) -> Call:
    """Take an account, write the attempt down and reserve its price, waiting a little when an account is soon free.

    A quote that the service must be asked for comes later, outside the transaction. Raises NoAccount and BudgetSpent.
    """
    options = get_options(service)
    deadline = time.monotonic() + FREE_ACCOUNT_SECONDS
    while True:
        try:
            with get_database().transaction() as connection:
                lent = pool.lend(connection, service, options.pace, needs_key=needs_key(service))
                attempt = generations.begin_attempt(
                    connection, work.key, service=service, account=lent.name, account_id=lent.account_id,
                    workflow=_workflow(),
                )  # fmt: skip
                call = Call(work, get_client(service, lent.key), options, attempt, job_of(work, attempt))
                return (
                    call if call.client.quotes_by_asking else _reserved(connection, call, call.client.quote(call.job))
                )
        except NoAccount as exc:
            pause = BUSY_SECONDS if exc.is_busy else _seconds_until(exc.until)
            if pause is None or time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)


def _ask(call: Call) -> Result:
    """Ask once, and wait for what comes of it."""
    if call.client.quotes_by_asking:
        try:
            units = call.client.quote(call.job)
            with get_database().transaction() as connection:
                call = _reserved(connection, call, units)
        except FactoryError as exc:
            call.close(exc)
            raise
    with call.work.workspace() as folder:
        try:
            ticket = call.client.begin(call.job, folder)
        except OutcomeUnknown as exc:
            ticket = _found(call, exc)
        except (ServiceError, ConfigError) as exc:
            call.close(exc)
            raise
        if ticket.made is None:
            call.submitted(ticket.external_id)
        return collect(call, ticket, folder)


def _reserved(connection: Connection, call: Call, units: Decimal) -> Call:
    """Reserve what a call costs; once this is committed the service may be asked. Raises BudgetSpent."""
    budgets = get_services_file().budgets
    caps = caps_for(budgets, reel_id=call.work.reel_id, workflow=_workflow(), today=now().date())
    attempt = generations.ask_attempt(
        connection, call.work.key, call.attempt, call.cost(units), caps, warn_at=budgets.warn_at
    )
    return replace(call, attempt=attempt)


def _workflow() -> str:
    return flow_run.flow_name or "by-hand"


def _found(call: Call, lost: OutcomeUnknown) -> Ticket:
    """Find out what became of a call whose answer was lost. Raises Unreachable when it surely did not happen."""
    if not call.attempt.reserved:  # costs nothing, so nothing is lost but time
        failure = Unreachable(lost.message, service=lost.service, status=lost.status, detail=lost.detail)
        call.close(failure)
        raise failure from lost
    logger.warning("%s: %s", call.name, lost)
    external_id = look_for(call)
    if external_id is not None:
        return Ticket(external_id)
    failure = Unreachable("The call was lost, and the service has no record of it.", service=lost.service)
    call.close(failure)
    raise failure from lost


def _seconds_until(moment: datetime | None) -> float | None:
    return None if moment is None else max(0.05, (moment - now()).total_seconds())
