"""The credit ledger and the budgets. Credits are reserved before a call and settled or given back after it.

Every transfer moves credits between the purses of one account (available, reserved, spent) and adds up to
nothing. Caps are moved by one conditional update each, so that no number of runs at once passes them. The caller
owns the transaction; accounts are locked before budgets, everywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_UP, Decimal
from typing import Any, Literal, Protocol

from core.errors import BudgetSpent
from core.keys import plain_number
from core.services_file import Budgets, cap_label
from db.connection import Connection, one
from db.sql import load_queries

SQL = load_queries("ledger")
logger = logging.getLogger(__name__)

STEP = Decimal("0.0001")
"""The smallest amount that the ledger keeps."""

Purse = Literal["available", "reserved", "spent"]
Kind = Literal["reserve", "settle", "refund"]


class CapLike(Protocol):
    """A cap on spending: its scope, name, first day and credits."""

    @property
    def scope(self) -> str:
        """What it counts: day, month, workflow or reel."""

    @property
    def name(self) -> str:
        """Which workflow or reel."""

    @property
    def starts(self) -> date:
        """The first day of its window."""

    @property
    def credits(self) -> Decimal:
        """How much may be spent in it."""


@dataclass(frozen=True)
class Budget:
    """A window and how full it is."""

    scope: str
    name: str
    starts: date
    cap: Decimal
    reserved: Decimal
    spent: Decimal

    @property
    def used(self) -> Decimal:
        """What is no longer free in it."""
        return self.reserved + self.spent


@dataclass(frozen=True)
class Spending:
    """What one account of a service took since a day, and holds reserved now; `units` are the service's own."""

    service: str
    account: str
    calls: int
    spent: Decimal
    reserved: Decimal
    units: Decimal


@dataclass(frozen=True)
class Balance:
    """What a service said an account has left, and how far that is from what our ledger expects."""

    balance: Decimal
    spent: Decimal
    drift: Decimal | None
    at: datetime


def kept(amount: Decimal) -> Decimal:
    """Round an amount up to what the ledger keeps, so that its entries balance and nothing becomes free."""
    return amount.quantize(STEP, rounding=ROUND_UP)


def reserve(
    connection: Connection, key: str, n: int, credits: Decimal, caps: Sequence[CapLike], *, warn_at: float = 0.8
) -> None:
    """Reserve credits for an attempt under every cap. Raises BudgetSpent, after which the caller must roll back."""
    if not credits:
        return
    used = []
    for cap in caps:
        values = {"scope": cap.scope, "name": cap.name, "starts": cap.starts, "cap": cap.credits, "credits": credits}
        used.append(_take(connection, {**values, "key": key, "n": n}))
    for cap, filled in zip(caps, used, strict=True):  # only once all have taken it: a refusal takes everything back
        _warn(cap, filled, credits, warn_at)
    _transfer(connection, key, n, "reserve", {"available": -credits, "reserved": credits})


def settle(
    connection: Connection, key: str, n: int, reserved: Decimal, credits: Decimal, units: Decimal, note: str = ""
) -> None:
    """Turn a reservation into what was really spent; the rest is available again."""
    if not reserved and not credits:
        return
    if not credits:
        refund(connection, key, n, reserved, note)
        return
    _release(connection, key, n, reserved, credits)
    moved: dict[Purse, Decimal] = {"reserved": -reserved, "spent": credits, "available": reserved - credits}
    _transfer(connection, key, n, "settle", moved, units, note)


def refund(connection: Connection, key: str, n: int, reserved: Decimal, note: str = "") -> None:
    """Give a whole reservation back."""
    if not reserved:
        return
    _release(connection, key, n, reserved, Decimal(0))
    _transfer(connection, key, n, "refund", {"reserved": -reserved, "available": reserved}, note=note)


def sum_purses(connection: Connection) -> dict[str, Decimal]:
    """Return what lies in the purses of all accounts together."""
    return {row["purse"]: Decimal(row["credits"]) for row in connection.execute(SQL["sum_purses"])}


def list_budgets(connection: Connection, today: date, budgets: Budgets) -> list[Budget]:
    """Return the windows that count today, and those of the newest reels, each under its cap of now.

    A window keeps the cap under which credits were last taken; one whose cap was taken away is left out.
    """
    windows = (Budget(**row) for row in connection.execute(SQL["list_budgets"], {"today": today}))
    capped = ((window, budgets.cap(window.scope, window.name)) for window in windows)
    return [replace(window, cap=cap) for window, cap in capped if cap is not None]


def list_spending(connection: Connection, since: date) -> list[Spending]:
    """Return what each account took since a day, and what it holds reserved now."""
    return [Spending(**row) for row in connection.execute(SQL["list_spending"], {"since": since})]


def last_balance(connection: Connection, account_id: int) -> Balance | None:
    """Return what a service said last about an account."""
    row = connection.execute(SQL["last_balance"], {"account_id": account_id}).fetchone()
    return None if row is None else Balance(**row)


def note_balance(connection: Connection, account_id: int, balance: Decimal) -> Decimal | None:
    """Write down what a service says an account has left.

    Returns the drift since the last time: how many units more were taken than our ledger knows of (negative: fewer,
    or the account was topped up). None the first time.
    """
    units = Decimal(one(connection.execute(SQL["sum_units"], {"account_id": account_id}).fetchone())["units"])
    last = last_balance(connection, account_id)
    drift = None if last is None else (last.balance - balance) - (units - last.spent)
    values = {"account_id": account_id, "balance": balance, "spent": units, "drift": drift}
    connection.execute(SQL["add_balance"], values)
    return drift


def _take(connection: Connection, values: dict[str, Any]) -> Decimal:
    """Take credits under one cap and return how full it is now."""
    for _ in range(2):
        row = connection.execute(SQL["take_budget"], values).fetchone()
        if row is not None:
            return Decimal(row["used"])
        connection.execute(SQL["open_budget"], {name: values[name] for name in ("scope", "name", "starts", "cap")})
    where = {name: values[name] for name in ("scope", "name", "starts")}
    budget = one(connection.execute(SQL["get_budget"], where).fetchone())
    used, cap = plain_number(budget["reserved"] + budget["spent"]), plain_number(values["cap"])
    raise BudgetSpent(
        f"{plain_number(values['credits'])} credits more would pass the cap on the "
        f"{cap_label(values['scope'], values['name'])}: {used} of {cap} are used."
    )


def _warn(cap: CapLike, used: Decimal, credits: Decimal, warn_at: float) -> None:
    limit = cap.credits * Decimal(str(warn_at))
    if used - credits < limit <= used:
        name = cap_label(cap.scope, cap.name)
        logger.warning("%s of %s credits of the %s are used", plain_number(used), plain_number(cap.credits), name)


def _release(connection: Connection, key: str, n: int, reserved: Decimal, spent: Decimal) -> None:
    connection.execute(SQL["release_budgets"], {"key": key, "n": n, "reserved": reserved, "spent": spent})


def _transfer(
    connection: Connection,
    key: str,
    n: int,
    kind: Kind,
    moved: dict[Purse, Decimal],
    units: Decimal = Decimal(0),
    note: str = "",
) -> None:
    entries = {purse: credits for purse, credits in moved.items() if credits}
    values = {"kind": kind, "key": key, "n": n, "note": note, "units": units}
    connection.execute(SQL["add_transfer"], {**values, "purses": list(entries), "credits": list(entries.values())})
