"""Credits are never lost and no cap is passed, however many spend at once."""

from __future__ import annotations

import itertools
import logging
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest

from core.clock import now
from core.errors import BudgetSpent
from core.models import Capability, Order
from core.services_file import Budgets
from db import accounts, generations, ledger
from db.connection import Connection
from db.generations import Attempt, Cost
from rules.budget import ALWAYS, Cap

TODAY = now().date()
YESTERDAY = TODAY - timedelta(days=1)
MONTH = TODAY.replace(day=1)
numbers = itertools.count(1)


def credits(amount: float | str) -> Decimal:
    return Decimal(str(amount))


def cap(scope: str, amount: float, name: str = "", starts: date = TODAY) -> Cap:
    return Cap(scope, name, starts, credits(amount))  # type: ignore[arg-type]


def add_reel(connection: Connection) -> int:
    """Add a reel with all it needs and return its number."""
    number = next(numbers)
    connection.execute(
        "insert into characters (slug, name, age, language, persona, tone, palette, voice)"
        " values (%s, 'Mira', 34, 'en', 'a diver', 'calm', %s, '{\"name\": \"joe\"}')",
        (f"mira-{number}", '{"deep":"#000000","main":"#111111","soft":"#222222","glow":"#333333","accent":"#444444"}'),
    )
    connection.execute(
        "insert into content_ideas (key, character_id, title, brief)"
        " select %s, max(id), 'Tides', '{\"facts\": [1]}' from characters",
        (f"{number:064}",),
    )
    row = connection.execute(
        "insert into reels (idea_id) select max(id) from content_ideas returning id"
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row["id"])


def take(
    connection: Connection,
    amount: float | str | Cost,
    caps: Sequence[Cap] = (),
    *,
    account: str = "main",
    reel: int | None = None,
    workflow: str = "by-hand",
) -> tuple[str, Attempt]:
    """Write an attempt down and reserve its price, in one transaction."""
    cost = amount if isinstance(amount, Cost) else Cost(credits(amount), credits(amount))
    order = Order(capability=Capability.DRAW, request={"number": next(numbers)}, recipe="1")
    try:
        generations.intend(connection, order, reel, None, "me", 60)
        begun = generations.begin_attempt(
            connection, order.key, service="acme", account=account, workflow=workflow
        )  # fmt: skip
        asked = generations.ask_attempt(connection, order.key, begun, cost, caps)
    except BudgetSpent:
        connection.rollback()
        raise
    connection.commit()
    return order.key, asked


def close(connection: Connection, taken: tuple[str, Attempt], amount: float | str | Cost = 0) -> None:
    """Settle what was taken for so much, in one transaction."""
    key, attempt = taken
    cost = amount if isinstance(amount, Cost) else Cost(credits(amount), credits(amount))
    generations.close_attempt(connection, key, attempt, "it failed", cost)
    connection.commit()


def leave(connection: Connection, taken: tuple[str, Attempt], status: str) -> None:
    connection.execute("update generation_attempts set status = %s where generation = %s", (status, taken[0]))
    connection.commit()


def purses(connection: Connection) -> dict[str, float]:
    return {purse: float(amount) for purse, amount in ledger.sum_purses(connection).items()}


def budgets(connection: Connection) -> dict[str, tuple[float, float, float]]:
    """Return cap, reserved and spent of each window."""
    rows = connection.execute("select scope, name, cap, reserved, spent from budgets")
    return {
        f"{row['scope']} {row['name']}".strip(): (float(row["cap"]), float(row["reserved"]), float(row["spent"]))
        for row in rows
    }


def date_back(connection: Connection, taken: tuple[str, Attempt], days: int) -> None:
    """Let what was written about an attempt so far have happened days ago, which nothing but a test can."""
    connection.execute("alter table transfers disable trigger transfers_append_only")
    moved = "update transfers set at = at - make_interval(days => %s) where generation = %s"
    connection.execute(moved, (days, taken[0]))
    connection.execute("alter table transfers enable trigger transfers_append_only")
    connection.commit()


def test_a_reservation_leaves_the_available_purse_and_lies_in_the_reserved_one(connection: Connection) -> None:
    take(connection, 10)

    assert purses(connection) == {"available": -10, "reserved": 10}


@pytest.mark.parametrize(("settled", "kind"), [(10, "settle"), (7.5, "settle"), (12, "settle"), (0, "refund")])
def test_however_it_ends_the_purses_balance_and_the_cap_counts_what_was_really_spent(
    settled: float, kind: str, connection: Connection
) -> None:
    caps = [cap("day", 100), cap("month", 1000, starts=MONTH)]
    taken = take(connection, 10, caps)
    assert budgets(connection) == {"day": (100, 10, 0), "month": (1000, 10, 0)}

    close(connection, taken, settled)

    there = purses(connection)
    assert there["reserved"] == 0
    assert there["available"] == -settled
    assert there.get("spent", 0) == settled
    assert budgets(connection) == {"day": (100, 0, settled), "month": (1000, 0, settled)}
    kinds = [row["kind"] for row in connection.execute("select kind from transfers order by id")]
    assert kinds == ["reserve", kind]


def test_a_reservation_is_closed_once_and_a_second_time_changes_nothing(connection: Connection) -> None:
    taken = take(connection, 10, [cap("day", 100)])
    close(connection, taken, 4)
    take(connection, 20, [cap("day", 100)])

    for again in (0, 4, 10):
        with pytest.raises(psycopg.errors.UniqueViolation, match="transfers_close_once"):
            close(connection, taken, again)
        connection.rollback()
    assert purses(connection) == {"available": -24, "reserved": 20, "spent": 4}
    assert budgets(connection) == {"day": (100, 20, 4)}


def test_what_costs_nothing_moves_nothing_and_falls_under_no_cap(connection: Connection) -> None:
    taken = take(connection, 0, [cap("day", 1)])
    close(connection, taken, 0)

    assert purses(connection) == {}
    assert budgets(connection) == {}


@pytest.mark.parametrize(
    ("worth", "reserved", "settled"),
    [("1", "0.00014", "0.00007"), ("0.005", "8", "7.77"), ("0.0333", "0.7", "0.35"), ("1", "0.00001", "0.00001")],
)
def test_amounts_with_many_decimals_balance_and_none_becomes_free(
    worth: str, reserved: str, settled: str, connection: Connection
) -> None:
    caps = [cap("day", 100)]
    take(connection, Cost.of(credits("0.00003"), credits(worth)), caps)
    taken = take(connection, Cost.of(credits(reserved), credits(worth)), caps)
    paid = Cost.of(credits(settled), credits(worth))

    close(connection, taken, paid)

    there = purses(connection)
    assert paid.credits > 0
    assert there["spent"] == float(paid.credits)
    assert there["reserved"] == 0.0001
    assert there["available"] == pytest.approx(-0.0001 - float(paid.credits), abs=1e-9)
    assert budgets(connection) == {"day": (100, 0.0001, float(paid.credits))}


def test_a_cap_is_used_to_its_last_credit_and_no_further(connection: Connection) -> None:
    caps = [cap("day", 10)]
    for _ in range(2):
        take(connection, 5, caps)

    with pytest.raises(BudgetSpent, match=r"0\.01 credits more would pass the cap on the day: 10 of 10 are used\."):
        take(connection, 0.01, caps)
    assert purses(connection) == {"available": -10, "reserved": 10}
    assert budgets(connection) == {"day": (10, 10, 0)}


def test_the_narrowest_of_several_caps_stops_a_call_and_the_others_keep_nothing_of_it(connection: Connection) -> None:
    caps = [cap("day", 100), cap("workflow", 6, "daily-generator"), cap("reel", 50, "12", ALWAYS)]
    take(connection, 5, caps)

    with pytest.raises(BudgetSpent, match="2 credits more would pass the cap on the workflow daily-generator: 5 of 6"):
        take(connection, 2, caps)
    assert budgets(connection) == {
        "day": (100, 5, 0), "workflow daily-generator": (6, 5, 0), "reel 12": (50, 5, 0),
    }  # fmt: skip


def test_a_cap_that_is_lowered_holds_at_once_and_one_that_is_raised_gives_room(connection: Connection) -> None:
    take(connection, 8, [cap("day", 10)])

    with pytest.raises(BudgetSpent, match="1 credits more would pass the cap on the day: 8 of 5 are used"):
        take(connection, 1, [cap("day", 5)])
    take(connection, 4, [cap("day", 12)])

    assert budgets(connection) == {"day": (12, 12, 0)}


def test_what_a_refund_frees_can_be_taken_again(connection: Connection) -> None:
    caps = [cap("day", 10)]
    taken = take(connection, 10, caps)
    close(connection, taken)

    take(connection, 10, caps)

    assert budgets(connection) == {"day": (10, 10, 0)}


def test_a_call_that_cost_more_than_was_reserved_leaves_that_much_less_for_the_next(connection: Connection) -> None:
    caps = [cap("day", 10)]
    close(connection, take(connection, 5, caps), 8)

    with pytest.raises(BudgetSpent, match="8 of 10"):
        take(connection, 3, caps)
    take(connection, 2, caps)


@pytest.mark.parametrize(
    ("full", "other"),
    [
        (cap("day", 10, starts=YESTERDAY), cap("day", 10)),
        (cap("month", 10, starts=(MONTH - timedelta(days=1)).replace(day=1)), cap("month", 10, starts=MONTH)),
        (cap("reel", 10, "1", ALWAYS), cap("reel", 10, "2", ALWAYS)),
        (cap("workflow", 10, "daily-generator"), cap("workflow", 10, "by-hand")),
    ],
    ids=["day", "month", "reel", "workflow"],
)
def test_a_full_window_says_nothing_about_another(full: Cap, other: Cap, connection: Connection) -> None:
    close(connection, take(connection, 1, [other]))
    take(connection, 10, [full])

    with pytest.raises(BudgetSpent):
        take(connection, 1, [full])
    close(connection, take(connection, 10, [other]), 10)
    rows = connection.execute("select name, starts, reserved, spent from budgets order by spent").fetchall()
    assert [(row["name"], row["starts"], row["reserved"], row["spent"]) for row in rows] == [
        (full.name, full.starts, 10, 0), (other.name, other.starts, 0, 10),
    ]  # fmt: skip


def test_a_cap_that_is_set_later_counts_what_was_spent_and_reserved_before(connection: Connection) -> None:
    mine, other = add_reel(connection), add_reel(connection)
    close(connection, take(connection, 5, reel=mine, workflow="daily-generator"), 3)
    take(connection, 4, reel=other, workflow="daily-generator")
    close(connection, take(connection, 9, reel=mine, workflow="by-hand"), 2)
    close(connection, take(connection, 8, reel=mine, workflow="daily-generator"))
    caps = [
        cap("day", 100), cap("month", 100, starts=MONTH), cap("workflow", 100, "daily-generator"),
        cap("reel", 100, str(mine), ALWAYS),
    ]  # fmt: skip

    take(connection, 1, caps, reel=mine, workflow="daily-generator")

    assert budgets(connection) == {
        "day": (100, 1, 9), "month": (100, 1, 9), "workflow daily-generator": (100, 1, 7), f"reel {mine}": (100, 1, 5),
    }  # fmt: skip


def test_a_cap_that_is_set_later_does_not_count_the_day_before(connection: Connection) -> None:
    taken = take(connection, 5)
    close(connection, taken, 5)
    date_back(connection, taken, 1)
    close(connection, take(connection, 2), 2)

    take(connection, 1, [cap("day", 100), cap("reel", 100, "1", ALWAYS)])

    assert budgets(connection) == {"day": (100, 1, 2), "reel 1": (100, 1, 0)}


@pytest.mark.parametrize("settled", [0, 3])
def test_what_was_reserved_before_midnight_and_closed_after_it_neither_fills_nor_breaks_the_new_day(
    settled: float, connection: Connection
) -> None:
    taken = take(connection, 10, [cap("day", 10, starts=YESTERDAY)])
    date_back(connection, taken, 1)
    close(connection, taken, settled)

    take(connection, 1, [cap("day", 10)])

    rows = connection.execute("select starts, reserved, spent from budgets order by starts").fetchall()
    assert [(row["starts"], float(row["reserved"]), float(row["spent"])) for row in rows] == [
        (YESTERDAY, 0, settled), (TODAY, 1, 0),
    ]  # fmt: skip


THREADS = 12
CALLS_EACH = 12
MANY_CAPS = [
    [cap("day", 60), cap("month", 5000, starts=MONTH), cap("workflow", 45, "a"), cap("reel", 20, "1", ALWAYS)],
    [cap("day", 60), cap("month", 5000, starts=MONTH), cap("workflow", 25, "b"), cap("reel", 20, "2", ALWAYS)],
    [cap("day", 60), cap("workflow", 45, "a"), cap("reel", 20, "2", ALWAYS)],
    [cap("month", 5000, starts=MONTH), cap("reel", 20, "1", ALWAYS)],
]


def test_many_threads_under_several_caps_at_once_pass_none_wait_in_no_circle_and_lose_nothing(
    connect: Callable[[], Connection],
) -> None:
    begin = threading.Barrier(THREADS)
    opened = [connect() for _ in range(THREADS)]
    for caps in MANY_CAPS:
        close(opened[0], take(opened[0], 1, caps))

    def spend(number: int) -> tuple[Decimal, int]:
        dice, connection, spent, refused = random.Random(number), opened[number], Decimal(0), 0
        connection.execute("set deadlock_timeout = '50ms'")
        begin.wait(10)
        for _ in range(CALLS_EACH):
            amount = dice.randint(1, 9)
            try:
                taken = take(connection, amount, dice.choice(MANY_CAPS))
            except BudgetSpent:
                refused += 1
            else:
                paid = dice.choice([0, 0, amount // 2, amount])
                close(connection, taken, paid)
                spent += paid
            passed = connection.execute("select scope, name from budgets where reserved + spent > cap").fetchall()
            connection.commit()
            assert passed == []
        return spent, refused

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(spend, range(THREADS)))  # a deadlock would be raised here

    connection = connect()
    total = sum(spent for spent, _ in outcomes)
    assert sum(refused for _, refused in outcomes) > 0, "no cap was ever reached, so this test showed nothing"
    assert ledger.sum_purses(connection) == {"available": -total, "reserved": 0, "spent": total}
    held = connection.execute(
        "select b.scope, b.name, b.reserved, b.spent, coalesce(sum(a.settled), 0) as settled from budgets b"
        " left join budget_holds h using (scope, name, starts)"
        " left join generation_attempts a on (a.generation, a.n) = (h.generation, h.attempt)"
        " group by b.scope, b.name, b.starts"
    ).fetchall()
    assert {row["scope"] for row in held} == {"day", "month", "workflow", "reel"}
    assert [row for row in held if row["reserved"] or row["spent"] != row["settled"]] == []


def test_of_all_who_begin_a_new_window_at_the_same_moment_only_as_many_go_on_as_it_allows(
    connect: Callable[[], Connection],
) -> None:
    begin = threading.Barrier(THREADS)
    opened = [connect() for _ in range(THREADS)]

    def spend(number: int) -> bool:
        begin.wait(10)
        try:
            take(opened[number], 2, [cap("day", 11), cap("month", 100, starts=MONTH)])
        except BudgetSpent:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(spend, range(THREADS)))

    assert sum(outcomes) == 5
    assert budgets(connect()) == {"day": (11, 10, 0), "month": (100, 10, 0)}


def test_a_cap_that_is_nearly_full_is_warned_about_once_when_that_happens(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caps = [cap("day", 10), cap("reel", 100, "12", ALWAYS)]
    warned = []
    for amount in (7, 1, 1, 1):
        caplog.clear()
        take(connection, amount, caps)
        warned.append(caplog.messages)

    assert warned == [[], ["8 of 10 credits of the day are used"], [], []]


def test_a_call_that_another_cap_refuses_warns_about_nothing(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with pytest.raises(BudgetSpent):
        take(connection, 9, [cap("day", 10), cap("reel", 5, "12", ALWAYS)])

    assert caplog.messages == []


def test_drift_is_what_a_service_took_more_than_the_ledger_knows_of(connection: Connection) -> None:
    mine = accounts.add_account(connection, "acme", "main", "x")
    accounts.add_account(connection, "acme", "other", "x")
    close(connection, take(connection, Cost(credits(100), credits(10))), Cost(credits(100), credits(10)))

    def note(balance: float) -> Decimal | None:
        drift = ledger.note_balance(connection, mine, credits(balance))
        connection.commit()
        return drift

    assert note(1000) is None
    assert note(1000) == 0
    close(connection, take(connection, Cost(credits(100), credits(10))), Cost(credits(70), credits(7)))
    close(connection, take(connection, 5, account="other"), 5)
    assert note(993) == 0
    assert note(968.5) == credits("24.5")
    assert note(1968.5) == -1000
    last = ledger.last_balance(connection, mine)
    assert last is not None
    assert (last.balance, last.spent, last.drift) == (credits("1968.5"), 17, -1000)


def test_nothing_is_known_about_an_account_that_nobody_asked_about(connection: Connection) -> None:
    assert ledger.last_balance(connection, accounts.add_account(connection, "acme", "main", "x")) is None


def test_the_windows_of_today_are_listed_under_the_caps_of_now(connection: Connection) -> None:
    reel = str(add_reel(connection))
    close(connection, take(connection, 2, [cap("day", 10), cap("month", 90, starts=MONTH)]), 2)
    take(connection, 3, [cap("workflow", 10, "a"), cap("workflow", 10, "b"), cap("reel", 10, reel, ALWAYS)])
    take(connection, 1, [cap("day", 10, starts=YESTERDAY), cap("workflow", 10, "a", YESTERDAY)])
    take(connection, 4, [cap("reel", 10, "999", ALWAYS)])
    caps = Budgets(day=credits(1), month=credits(90), reel=credits(15), workflows={"a": credits(20)})

    listed = ledger.list_budgets(connection, TODAY, caps)

    assert [(one.scope, one.name, one.starts, one.cap, one.reserved, one.spent, one.used) for one in listed] == [
        ("day", "", TODAY, 1, 0, 2, 2),
        ("month", "", MONTH, 90, 0, 2, 2),
        ("workflow", "a", TODAY, 20, 3, 0, 3),
        ("reel", reel, ALWAYS, 15, 3, 0, 3),
    ]
    assert ledger.list_budgets(connection, TODAY, Budgets()) == []


def test_spending_is_told_for_each_account_with_what_it_holds_now(connection: Connection) -> None:
    close(connection, take(connection, Cost(credits(100), credits(10))), Cost(credits(60), credits(6)))
    close(connection, take(connection, 5))
    take(connection, 7)
    leave(connection, take(connection, 11, account="other"), "overdue")

    main, other = ledger.list_spending(connection, TODAY)

    assert (main.service, main.account, main.calls, main.spent, main.reserved, main.units) == (
        "acme", "main", 3, 60, 7, 6,
    )  # fmt: skip
    assert (other.account, other.calls, other.spent, other.reserved, other.units) == ("other", 1, 0, 11, 0)


def test_what_was_reserved_last_month_is_held_until_it_is_closed_and_never_less_than_nothing(
    connection: Connection,
) -> None:
    taken, lost = take(connection, 10), take(connection, 4, account="other")
    for one in (taken, lost):
        date_back(connection, one, 40)
    leave(connection, lost, "unknown")
    close(connection, taken, 10)

    told = [(one.account, one.calls, one.spent, one.reserved) for one in ledger.list_spending(connection, MONTH)]
    assert told == [("main", 1, 10, 0), ("other", 0, 0, 4)]
