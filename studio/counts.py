"""What the database counts, for /health and /metrics. Counted at scrape time, so no worker has to push anything."""

from __future__ import annotations

from collections.abc import Iterator

from db import deliveries, generations, reels
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
