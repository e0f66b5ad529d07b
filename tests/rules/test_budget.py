"""Which caps a call falls under."""

from datetime import date
from decimal import Decimal

import pytest

from core.services_file import Budgets
from rules.budget import ALWAYS, Cap, caps_for, level_of

TODAY = date(2026, 11, 21)
ALL = Budgets(day=Decimal(10), month=Decimal(100), reel=Decimal(5), workflows={"daily-generator": Decimal(7)})


def test_a_call_falls_under_every_cap_there_is_in_one_order() -> None:
    assert caps_for(ALL, reel_id=12, workflow="daily-generator", today=TODAY) == (
        Cap("day", "", TODAY, Decimal(10)),
        Cap("month", "", date(2026, 11, 1), Decimal(100)),
        Cap("workflow", "daily-generator", TODAY, Decimal(7)),
        Cap("reel", "12", ALWAYS, Decimal(5)),
    )


def test_work_for_no_reel_and_of_another_workflow_falls_under_fewer() -> None:
    caps = caps_for(ALL, reel_id=None, workflow="by-hand", today=TODAY)

    assert [str(cap) for cap in caps] == ["day", "month"]


def test_without_budgets_nothing_is_capped() -> None:
    assert caps_for(Budgets(), reel_id=1, workflow="daily-generator", today=TODAY) == ()


@pytest.mark.parametrize(
    ("used", "level"), [("0", "fine"), ("79.9", "fine"), ("80", "warning"), ("100", "stopped"), ("101", "stopped")]
)
def test_a_cap_warns_at_four_fifths_and_stops_when_it_is_full(used: str, level: str) -> None:
    assert level_of(Decimal(used), Decimal(100), 0.8) == level
