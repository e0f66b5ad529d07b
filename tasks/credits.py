"""Finds out what became of lost calls and late jobs, and compares our ledger with what the services say."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from prefect import task

from core.clock import now
from core.errors import BadInput, FactoryError, JobFailed, OutcomeUnknown
from core.keys import plain_number
from core.log import redact
from core.models import Capability
from db import accounts, generations, ledger
from db.connection import get_database
from db.generations import Cost, Unsettled
from integrations.generation.contract import Job, Service, Standing
from tasks import pool
from tasks.chain import get_client, get_options, is_service
from tasks.lost import CLOCK_SKEW

logger = logging.getLogger(__name__)

GIVEN_UP_AFTER = timedelta(days=3)
"""A late job that says nothing for so long is counted as paid: results are gone from every service by then."""

DRIFT_SHARE = Decimal("0.01")
"""Share of what is left by which a service's own balance may differ before it is worth a look."""


@dataclass(frozen=True)
class Drift:
    """What an account has left by its service, and how many of its units our ledger does not know of."""

    service: str
    account: str
    balance: Decimal
    drift: Decimal | None

    @property
    def is_worth_a_look(self) -> bool:
        """Say whether more was taken than we know of."""
        return self.drift is not None and self.drift > max(Decimal(1), abs(self.balance) * DRIFT_SHARE)


@task(task_run_name="settle lost calls", retries=0)
def settle_lost_calls() -> list[str]:
    """Ask the services about every lost call and late job; return one sentence for each."""
    with get_database().transaction() as connection:
        waiting = generations.list_unsettled(connection)
    return [settle_one(one) for one in waiting]


@task(task_run_name="compare balances", retries=0)
def compare_balances() -> list[Drift]:
    """Ask each service what its accounts have left and return how far our ledger is from it."""
    drifts = []
    with get_database().transaction() as connection:
        known = [account for account in accounts.list_accounts(connection) if account.status == "active"]
    for account in known:
        if not is_service(account.service):
            continue
        try:
            with get_database().transaction() as connection:
                key = pool.key_of(connection, account.id)
            balance = get_client(account.service, key).balance()
        except FactoryError as exc:
            logger.warning("%s/%s did not tell its balance: %s", account.service, account.name, exc)
            continue
        if balance is not None:
            with get_database().transaction() as connection:
                drift = ledger.note_balance(connection, account.id, balance)
            drifts.append(Drift(account.service, account.name, balance, drift))
    for one in drifts:
        if one.is_worth_a_look:
            logger.warning(
                "%s/%s: %s units more were taken than the ledger knows of; compare its history with "
                "`reelwright generations list`", one.service, one.account, plain_number(one.drift or Decimal(0)),
            )  # fmt: skip
    return drifts


def settle_one(unsettled: Unsettled) -> str:
    """Ask the service about one lost call or late job, write down what it says, and return that as a sentence."""
    name = f"{unsettled.capability} {unsettled.key[:12]} at {unsettled.service}/{unsettled.account}"
    if not is_service(unsettled.service):
        return f"{name}: the service is not in the services file any more; resolve it by hand"
    try:
        outcome = _ask_late(unsettled) if unsettled.status == "overdue" else _ask_lost(unsettled)
    except FactoryError as exc:
        outcome = f"still not known: {exc}"
    logger.info("%s: %s", name, outcome)
    return f"{name}: {outcome}"


def close_as(unsettled: Unsettled, units: Decimal, note: str) -> None:
    """Close a lost call or a late job that cost so many of the service's units, so that it may be asked for again.

    Raises WrongState when that was done meanwhile, Busy when a run is looking into it.
    """
    cost = _cost(unsettled, units)
    with get_database().transaction() as connection:
        generations.lock_unsettled(connection, unsettled)
        generations.close_attempt(connection, unsettled.key, unsettled.attempt, note, cost)
        generations.close_unknown(connection, unsettled.key, note)


def take_up(unsettled: Unsettled, external_id: str) -> None:
    """Write down that a lost call did happen, so that the next run of its reel takes up the job.

    Raises BadInput for a late job, whose number is known and whose order somebody else has served, and what
    `close_as` raises.
    """
    if unsettled.status == "overdue":
        raise BadInput(
            f"The job came too late to be taken up; its number is {unsettled.external_id}.",
            remedy="Ask the service once more, or say what it cost.",
        )
    with get_database().transaction() as connection:
        generations.lock_unsettled(connection, unsettled)
        generations.recall(connection, unsettled.key, unsettled.attempt, external_id)


def _cost(unsettled: Unsettled, units: Decimal) -> Cost:
    """Return what so many units cost, at the worth under which the call was reserved."""
    if unsettled.units:
        return Cost(ledger.kept(unsettled.reserved * units / unsettled.units), ledger.kept(units))
    return Cost.of(units, get_options(unsettled.service).worth if is_service(unsettled.service) else Decimal(1))


def _ask_lost(unsettled: Unsettled) -> str:
    client, job = _client(unsettled)
    found = client.find(job, (unsettled.asked_at or unsettled.started_at) - CLOCK_SKEW)
    if found is None:
        close_as(unsettled, Decimal(0), "The service has no record of the call.")
        return "the service has no record of it; its credits are free again"
    take_up(unsettled, found)
    return f"found as {found}; rerun its reel and it goes on from there"


def _ask_late(unsettled: Unsettled) -> str:
    client, job = _client(unsettled)
    is_given_up = now() - unsettled.started_at > GIVEN_UP_AFTER
    try:
        if unsettled.external_id is None:
            raise OutcomeUnknown("The service gave no number for the job.", service=unsettled.service)
        standing = client.check(job, unsettled.external_id)
    except JobFailed as exc:
        close_as(unsettled, exc.units or Decimal(0), redact(str(exc)))
        return f"it failed there and cost {plain_number(exc.units or Decimal(0))}"
    except FactoryError:
        if not is_given_up:
            raise
        standing = Standing(is_ready=False)
    if standing.is_ready:
        units = unsettled.units if standing.units is None else standing.units
        close_as(unsettled, units, "Finished too late to be used.")
        return f"finished too late, for {plain_number(units)}"
    if not is_given_up:
        return "still at work"
    close_as(unsettled, unsettled.units, "The service says nothing about it; counted as paid.")
    return "the service says nothing about it; counted as paid"


def _client(unsettled: Unsettled) -> tuple[Service, Job]:
    with get_database().transaction() as connection:
        key = pool.key_of(connection, unsettled.account_id)
        request = generations.get_request(connection, unsettled.key)
    job = Job(Capability(unsettled.capability), request, unsettled.label)
    return get_client(unsettled.service, key), job
