"""Sweeping, and how the accounts fare, for the operator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from prefect import task
from prefect.artifacts import create_table_artifact

from core.posting import PostingAccount
from core.settings import get_settings
from integrations.platforms import Access
from integrations.platforms.folder import Folder
from tasks import tokens
from tasks.library import sweep_library
from tasks.policy import RETRY
from tasks.tokens import AccountHealth

ABANDONED_AFTER = timedelta(days=1)
"""No upload to the gallery takes longer, so what was not touched for so long belongs to a killed process."""


@task(task_run_name="tend the accounts", **RETRY)
def tend_accounts() -> list[AccountHealth]:
    """Renew ahead what should be, and say how every account fares."""
    return tokens.tend_accounts()


@task(task_run_name="sweep", **RETRY)
def sweep() -> int:
    """Remove files that are older than they are to be kept and uploads nobody goes on with; return how many went."""
    gallery = Folder(Access(PostingAccount(platform="folder").label, get_settings()))
    swept = sweep_library()
    return gallery.sweep(ABANDONED_AFTER) + swept.local + swept.library + swept.abandoned


@task(task_run_name="show the accounts", **RETRY)
def show_accounts(accounts: Sequence[AccountHealth]) -> None:
    """Put a table of how the accounts fare beside the run."""
    if accounts:
        rows = [
            {
                "account": account.label,
                "state": account.status,
                "days left": "" if account.days_left is None else str(account.days_left),
                "to do": account.warning,
            }
            for account in accounts
        ]
        create_table_artifact(key="accounts", table=rows, description="Who lets us in, and for how long.")
