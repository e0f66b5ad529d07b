"""Each night: every credit is accounted for, lost calls are settled, and what the services say is compared."""

from __future__ import annotations

from prefect import flow

from tasks.artifacts import show_credits
from tasks.credits import compare_balances, settle_lost_calls


@flow(name="analytics-credits", retries=0)
def analytics_credits() -> int:
    """Settle what waits for an answer, compare balances, show the day's credits; return how many lost calls there were.

    May be run again at any time: nothing is paid or counted twice.
    """
    settled = settle_lost_calls()
    drifts = compare_balances()
    show_credits(settled, drifts)
    return len(settled)
