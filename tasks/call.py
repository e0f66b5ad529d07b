"""One attempt at a service, and how each step of it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.errors import FactoryError, JobFailed, NeedsPerson
from core.log import redact
from db import generations
from db.connection import get_database
from db.generations import Attempt, Cost
from integrations.generation.contract import Job, Service, ServiceOptions
from tasks import pool
from tasks.chain import get_client, get_options, is_service
from tasks.work import Work


@dataclass(frozen=True)
class Call:
    """One attempt at a service with the key of one account."""

    work: Work
    client: Service
    options: ServiceOptions
    attempt: Attempt
    job: Job

    @property
    def name(self) -> str:
        """Who is asked, as messages say it."""
        return f"{self.attempt.service}/{self.attempt.account}"

    def cost(self, units: Decimal) -> Cost:
        """Return what the service's units are worth in credits."""
        return Cost.of(units, self.options.worth)

    def submitted(self, external_id: str) -> None:
        """Save the service's own number for the job, the moment it is known."""
        with get_database().transaction() as connection:
            generations.submit_attempt(connection, self.work.key, self.work.lease.owner, self.attempt, external_id)

    def close(self, error: FactoryError, *, is_theirs: bool = True) -> None:
        """Write down that the attempt gave nothing, and what that cost.

        The account learns from it, unless it is not its own doing (`is_theirs`).
        """
        units = error.units if isinstance(error, JobFailed) else None
        cost = None if units is None else self.cost(units)
        with get_database().transaction() as connection:
            if is_theirs:
                pool.give_back(connection, self.attempt.account_id, error)
            owner = self.work.lease.owner
            generations.fail_attempt(connection, self.work.key, owner, self.attempt, redact(str(error)), cost)

    def leave(self, error: FactoryError) -> None:
        """Stop waiting for the job; its credits stay reserved until it is known what it cost."""
        with get_database().transaction() as connection:
            pool.give_back(connection, self.attempt.account_id, error)
            owner = self.work.lease.owner
            generations.leave_attempt(connection, self.work.key, owner, self.attempt, redact(str(error)))

    def doubt(self, reason: str) -> NeedsPerson:
        """Write down that nobody can say whether the call happened, and return the error for it."""
        with get_database().transaction() as connection:
            generations.doubt(connection, self.work.key, self.attempt, redact(reason))
        self.work.lease.end()
        close = f"`reelwright generations resolve {self.work.key[:12]}` closes it; then rerun the reel"
        return NeedsPerson([f"{reason} ({close})"])

    def note(self, evidence: str) -> None:
        """Remember that the service's records were looked through, and what they say."""
        with get_database().transaction() as connection:
            generations.note_look(connection, self.work.key, self.attempt, redact(evidence))


def call_again(work: Work, attempt: Attempt) -> Call:
    """Return the call of an attempt that was begun earlier, with the account it was begun with.

    Raises NeedsPerson when the service is not used any more.
    """
    if not is_service(attempt.service):
        raise NeedsPerson(
            [f"'{attempt.service}' was asked and no answer came, and it is no longer in the services file"]
        )
    with get_database().transaction() as connection:
        key = pool.key_of(connection, attempt.account_id)
    client = get_client(attempt.service, key)
    return Call(work, client, get_options(attempt.service), attempt, job_of(work, attempt))


def job_of(work: Work, attempt: Attempt) -> Job:
    """Return an order as a service gets it."""
    return Job(work.order.capability, work.order.request, attempt.label, work.inputs)
