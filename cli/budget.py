"""What was spent, what is reserved, and how full each cap is."""

from __future__ import annotations

from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from cli.output import console, print_json
from core.clock import now
from core.keys import plain_number
from core.services_file import cap_label, get_services_file
from db import accounts, ledger
from db.connection import get_database
from rules.budget import level_of

COLOURS = {"fine": "green", "warning": "yellow", "stopped": "bold red"}
BAR = 24
"""Characters of a full bar."""


def show_budget(*, as_json: bool) -> None:
    """Show the caps that count today, what each account took this month, and what the services say is left."""
    today = now().date()
    budgets = get_services_file().budgets
    with get_database().transaction() as connection:
        windows = ledger.list_budgets(connection, today, budgets)
        spending = ledger.list_spending(connection, today.replace(day=1))
        balances = {
            f"{account.service}/{account.name}": ledger.last_balance(connection, account.id)
            for account in accounts.list_accounts(connection)
        }
    told = {name: balance for name, balance in balances.items() if balance is not None}
    if as_json:
        print_json(
            {
                "budgets": [
                    {**asdict(window), "level": level_of(window.used, window.cap, budgets.warn_at)}
                    for window in windows
                ],
                "spending": [asdict(one) for one in spending],
                "balances": {name: asdict(balance) for name, balance in told.items()},
            }
        )
        return
    if not windows:
        console.print(
            "No credits were reserved under a cap yet; caps are set in [budgets] of the services file.", markup=False
        )
    for window in windows:
        level = level_of(window.used, window.cap, budgets.warn_at)
        share = min(1.0, float(window.used / window.cap))
        bar = "█" * round(share * BAR) + "·" * (BAR - round(share * BAR))
        name = escape(f"{cap_label(window.scope, window.name):<26}")
        console.print(
            f"  {name} [{COLOURS[level]}]{bar}[/] {plain_number(window.used)} of {plain_number(window.cap)}"
            + (f", {plain_number(window.reserved)} of it reserved" if window.reserved else "")
        )
    table = Table("account", "calls", "spent", "reserved", "left, by the service", box=None, header_style="bold")
    for one in spending:
        name = f"{one.service}/{one.account}"
        balance = told.get(name)
        left = "" if balance is None else plain_number(balance.balance)
        table.add_row(name, str(one.calls), plain_number(one.spent), plain_number(one.reserved), left)
    if spending:
        console.print(f"\nSince {today.replace(day=1)}, in credits:")
        console.print(table)
    else:
        console.print(f"Nothing was spent since {today.replace(day=1)}.")
