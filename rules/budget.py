"""Which caps a paid call falls under, and how full they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from core.services_file import Budgets, cap_label

Scope = Literal["day", "month", "workflow", "reel"]
Level = Literal["fine", "warning", "stopped"]

ALWAYS = date(2000, 1, 1)
"""The window of a cap without an end, such as a reel's."""


@dataclass(frozen=True)
class Cap:
    """One cap: what it counts, from which day on, and how many credits are allowed."""

    scope: Scope
    name: str
    starts: date
    credits: Decimal

    def __str__(self) -> str:
        return cap_label(self.scope, self.name)


def caps_for(budgets: Budgets, *, reel_id: int | None, workflow: str, today: date) -> tuple[Cap, ...]:
    """Return every cap a call falls under, always in one order, so that two runs never wait for each other."""
    caps = []
    if budgets.day is not None:
        caps.append(Cap("day", "", today, budgets.day))
    if budgets.month is not None:
        caps.append(Cap("month", "", today.replace(day=1), budgets.month))
    if workflow in budgets.workflows:
        caps.append(Cap("workflow", workflow, today, budgets.workflows[workflow]))
    if budgets.reel is not None and reel_id is not None:
        caps.append(Cap("reel", str(reel_id), ALWAYS, budgets.reel))
    return tuple(caps)


def level_of(used: Decimal, cap: Decimal, warn_at: float) -> Level:
    """Say whether a cap is fine, near its end, or reached."""
    if used >= cap:
        return "stopped"
    return "warning" if used >= cap * Decimal(str(warn_at)) else "fine"
