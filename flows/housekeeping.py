"""Once an hour: what keeps the factory in order while nobody looks."""

from __future__ import annotations

from prefect import flow

from tasks.housekeeping import show_accounts, sweep, tend_accounts


@flow(name="housekeeping", retries=0)
def housekeeping() -> int:
    """Renew access to accounts days ahead, sweep what is not needed any more, and return how many files went."""
    show_accounts(tend_accounts())
    return sweep()
