"""What the database counts, for /health and /metrics. Counted at scrape time, so no worker has to push anything."""

from __future__ import annotations

from collections.abc import Iterator

from core.clock import now
from core.services_file import get_services_file
from db import accounts, deliveries, generations, ledger, reels
from db.connection import get_database
from studio.status import Sample


def database_answers() -> bool:
    """Say whether the database answers; raises DatabaseUnavailable when it does not."""
    with get_database().transaction() as connection:
        return bool(connection.execute("select true as yes").fetchone())


def database_counts() -> Iterator[Sample]:
    """Yield how much of everything there is."""
    with get_database().transaction() as connection:
        for state, count in reels.count_by_state(connection).items():
            yield "reelwright_reels", "Reels by state.", {"state": state}, count
        for row in generations.count_by_status(connection):
            labels = {"capability": row["capability"], "status": row["status"]}
            yield "reelwright_generations", "Generations by capability and status.", labels, row["count"]
        for row in deliveries.count_deliveries(connection):
            labels = {"account": row["account"], "status": row["status"]}
            yield "reelwright_deliveries", "Deliveries by account and status.", labels, row["count"]
        settled = float(generations.sum_credits(connection))
        yield "reelwright_credits_total", "Credits settled since the beginning.", {}, settled
        for budget in ledger.list_budgets(connection, now().date(), get_services_file().budgets):
            labels, used, cap = {"scope": budget.scope, "name": budget.name}, float(budget.used), float(budget.cap)
            yield "reelwright_budget_credits_used", "Credits spent and reserved under a cap.", labels, used
            yield "reelwright_budget_credits_cap", "Credits a cap allows.", labels, cap
        for account in accounts.list_accounts(connection):
            labels = {"service": account.service, "account": account.name, "health": account.health}
            yield "reelwright_account_requests_total", "Requests made with an account.", labels, account.requests
        waiting = len(generations.list_unsettled(connection))
        yield "reelwright_generations_waiting", "Paid calls whose outcome is not known yet.", {}, waiting
