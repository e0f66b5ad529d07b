"""`reelwright budget`: how full each cap is, what every account took, what the services say is left."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from core.clock import now
from core.models import Capability, Order
from core.settings import Settings, get_settings
from db import accounts, generations, ledger
from db.connection import get_database
from db.generations import Cost
from rules.budget import caps_for
from tasks import chain

numbers = itertools.count(1)
MONTH = now().date().replace(day=1)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["budget", *arguments])


def told() -> dict[str, Any]:
    done = run("--json")
    assert done.exit_code == 0, done.output
    (line,) = done.stdout.splitlines()
    said = json.loads(line)
    assert isinstance(said, dict)
    return said


SetCaps = Callable[[str], None]


@pytest.fixture
def set_caps(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SetCaps:
    """Write what stands under [budgets] in the services file, and use it."""

    def write(lines: str) -> None:
        (tmp_path / "services.toml").write_text(f"[budgets]\n{lines}")
        monkeypatch.setenv("SERVICES_FILE", str(tmp_path / "services.toml"))
        get_settings.cache_clear()
        chain.forget()

    return write


def spend(reserved: float, settled: float | None, *, account: str = "main", workflow: str = "by-hand") -> None:
    """Reserve under the caps of the services file and, unless `settled` is None, close the call."""
    order = Order(capability=Capability.DRAW, request={"number": next(numbers)}, recipe="1")
    budgets = chain.get_services_file().budgets
    caps = caps_for(budgets, reel_id=None, workflow=workflow, today=now().date())
    with get_database().transaction() as connection:
        generations.intend(connection, order, None, None, "me", 60)
        begun = generations.begin_attempt(connection, order.key, service="a2e", account=account, workflow=workflow)
        asked = generations.ask_attempt(
            connection, order.key, begun, Cost.of(Decimal(str(reserved)), Decimal(1)), caps
        )  # fmt: skip
        if settled is not None:
            cost = Cost.of(Decimal(str(settled)), Decimal(1))
            generations.close_attempt(connection, order.key, asked, "it failed", cost)


def line_of(text: str, name: str) -> str:
    (line,) = [line for line in text.splitlines() if line.strip().startswith(name)]
    return line


def test_without_caps_and_calls_it_says_so_and_where_caps_are_set(house: Settings) -> None:
    said = run().stdout

    assert "No credits were reserved under a cap yet; caps are set in [budgets] of the services file." in said
    assert f"Nothing was spent since {MONTH}." in said
    assert told() == {"budgets": [], "spending": [], "balances": {}}


def test_each_cap_is_shown_with_a_bar_of_what_is_used(set_caps: SetCaps) -> None:
    set_caps("day = 100\nmonth = 60\nworkflows = { daily-generator = 50 }")
    spend(20, 12.5)
    spend(37.5, 37.5, workflow="daily-generator")
    spend(2, None, workflow="daily-generator")

    said = run().stdout

    assert line_of(said, "day").split() == ["day", "█" * 12 + "·" * 12, "52", "of", "100,", "2", "of", "it", "reserved"]
    assert line_of(said, "month").split()[1:5] == ["█" * 21 + "·" * 3, "52", "of", "60,"]
    assert line_of(said, "workflow daily-generator").split()[2:6] == ["█" * 19 + "·" * 5, "39.5", "of", "50,"]


def test_a_script_reads_how_far_each_cap_is_from_its_end(set_caps: SetCaps) -> None:
    set_caps("day = 100\nmonth = 60\nworkflows = { by-hand = 50 }\nwarn_at = 0.7")
    spend(50, 45)
    spend(5, None)

    rows = told()["budgets"]

    assert [(row["scope"], row["name"], row["level"]) for row in rows] == [
        ("day", "", "fine"), ("month", "", "warning"), ("workflow", "by-hand", "stopped"),
    ]  # fmt: skip
    amounts = [tuple(Decimal(row[part]) for part in ("cap", "reserved", "spent")) for row in rows]
    assert amounts == [(100, 5, 45), (60, 5, 45), (50, 5, 45)]
    assert [row["starts"] for row in rows] == [str(now().date()), str(MONTH), str(now().date())]


def test_a_cap_that_was_changed_shows_at_once_and_one_that_was_taken_away_no_more(set_caps: SetCaps) -> None:
    set_caps("day = 100\nmonth = 1000")
    spend(40, 40)
    set_caps("day = 25")

    (row,) = told()["budgets"]

    assert (row["scope"], Decimal(row["cap"]), Decimal(row["spent"]), row["level"]) == ("day", 25, 40, "stopped")
    assert line_of(run().stdout, "day").split()[1:] == ["█" * 24, "40", "of", "25"]


def test_a_workflow_may_have_any_name(set_caps: SetCaps) -> None:
    set_caps('workflows = { "a [bold]b[/x]" = 50 }')
    spend(5, 5, workflow="a [bold]b[/x]")

    done = run()

    assert done.exit_code == 0, done.output
    assert "workflow a [bold]b[/x]" in done.stdout


def test_what_every_account_took_stands_beside_what_its_service_says_is_left(set_caps: SetCaps) -> None:
    with get_database().transaction() as connection:
        main = accounts.add_account(connection, "a2e", "main", "locked-fake-secret")
        accounts.add_account(connection, "a2e", "second", "locked-fake-secret")
        ledger.note_balance(connection, main, Decimal("987.5"))
    spend(10, 7.25)
    spend(3, 0)
    spend(5, None, account="second")

    said = run().stdout

    assert f"Since {MONTH}, in credits:" in said
    assert line_of(said, "account").split() == [
        "account",
        "calls",
        "spent",
        "reserved",
        "left,",
        "by",
        "the",
        "service",
    ]
    assert line_of(said, "a2e/main").split() == ["a2e/main", "2", "7.25", "0", "987.5"]
    assert line_of(said, "a2e/second").split() == ["a2e/second", "1", "0", "5"]
    both = told()
    assert [(row["account"], row["calls"], Decimal(row["spent"])) for row in both["spending"]] == [
        ("main", 2, Decimal("7.25")), ("second", 1, 0),
    ]  # fmt: skip
    assert list(both["balances"]) == ["a2e/main"]
    assert Decimal(both["balances"]["a2e/main"]["balance"]) == Decimal("987.5")
    assert "locked-fake-secret" not in said + json.dumps(both)


@pytest.mark.parametrize(
    ("lines", "place"), [("day = -5", "budgets.day"), ("week = 5", "budgets.week"), ("day = ", "not valid TOML")]
)
def test_a_fault_in_the_services_file_is_named_with_its_place(lines: str, place: str, set_caps: SetCaps) -> None:
    set_caps(lines)

    done = run("--json")

    assert done.exit_code == 4
    assert place in json.loads(done.stdout)["error"]
    assert run().exit_code == 4
