"""No worker passes a limit of an account, however many there are, and what goes wrong is learned from."""

from __future__ import annotations

import itertools
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from core.errors import AccessLost, ConfigError, NoAccount, QuotaSpent, RateLimited, Rejected, Unreachable
from core.log import redact
from core.settings import Settings, get_settings
from core.vault import Vault, get_vault
from db import accounts
from db.accounts import Account
from db.connection import Connection
from integrations.generation.contract import Pace
from tasks.pool import Lent, give_back, key_of, lend

WORKERS = 20
LENDS_EACH = 6
numbers = itertools.count(1)


@pytest.fixture
def connection(house: Settings) -> Iterator[Connection]:
    with psycopg.connect(address(house), row_factory=dict_row, autocommit=True) as connection:
        yield connection


def address(house: Settings) -> str:
    assert house.database_url is not None
    return house.database_url.get_secret_value()


def add(connection: Connection, *names: str) -> list[int]:
    vault = get_vault()
    return [accounts.add_account(connection, "acme", name, vault.lock(f"sk_test_fake_{name}")) for name in names]


def begin(connection: Connection, account: int) -> str:
    """Write an attempt down, as the caller of `lend` does, and return its key."""
    key = f"{next(numbers):064}"
    connection.execute(
        "insert into generations (key, capability, request, recipe) values (%s, 'draw', '{}', '1')", (key,)
    )
    connection.execute(
        "insert into generation_attempts (generation, n, service, account_id, started_at)"
        " values (%s, 1, 'acme', %s, clock_timestamp())",
        (key, account),
    )
    return key


def end(connection: Connection, key: str) -> None:
    connection.execute("update generation_attempts set status = 'failed' where generation = %s", (key,))


def take(connection: Connection, **pace: Any) -> tuple[Lent, str]:
    with connection.transaction():
        lent = lend(connection, "acme", Pace(**pace))
        return lent, begin(connection, lent.account_id)


def look(connection: Connection, name: str) -> Account:
    return accounts.get_account(connection, "acme", name)


def rest_of(account: Account) -> float | None:
    return None if account.rests_until is None else (account.rests_until - account.seen_at).total_seconds()


def lend_from_many_threads(house: Settings, pace: Pace, *, keep_open: bool) -> list[tuple[int, datetime]]:
    """Let 20 workers lend at the same moment, each with a connection of its own; return who was lent when."""
    start = threading.Barrier(WORKERS)

    def work(_: int) -> list[tuple[int, datetime]]:
        got = []
        with psycopg.connect(address(house), row_factory=dict_row, autocommit=True) as connection:
            start.wait(timeout=30)
            for _ in range(LENDS_EACH):
                try:
                    with connection.transaction():
                        lent = lend(connection, "acme", pace)
                        key = begin(connection, lent.account_id)
                        row = connection.execute("select clock_timestamp() as at").fetchone()
                except NoAccount:
                    continue
                assert row is not None
                got.append((lent.account_id, row["at"]))
                if not keep_open:
                    with connection.transaction():
                        give_back(connection, lent.account_id, None)
                        end(connection, key)
        return got

    with ThreadPoolExecutor(WORKERS) as pool:
        return [use for uses in pool.map(work, range(WORKERS)) for use in uses]


def test_the_key_is_lent_plain_and_neither_shown_nor_logged(connection: Connection) -> None:
    (number,) = add(connection, "main")

    lent, _ = take(connection)

    assert (lent.account_id, lent.name, lent.key) == (number, "main", "sk_test_fake_main")
    assert "fake" not in repr(lent)
    assert "sk_test_fake_main" not in redact("the service said: bad key sk_test_fake_main")
    assert key_of(connection, number) == "sk_test_fake_main"
    assert look(connection, "main").requests == 1


def test_a_service_without_keys_lends_an_empty_one_and_makes_no_master_key(
    house: Settings, connection: Connection
) -> None:
    accounts.ensure_keyless(connection, "acme")

    lent, _ = take(connection)

    assert (lent.name, lent.key) == ("default", "")
    assert key_of(connection, lent.account_id) == ""
    assert key_of(connection, None) == ""
    assert not (house.home / "master.key").exists()


def test_a_service_without_account_says_how_to_add_one(connection: Connection) -> None:
    with pytest.raises(NoAccount, match="acme has no account") as caught:
        lend(connection, "acme", Pace())
    assert "accounts add acme" in caught.value.remedy
    assert caught.value.until is None


def test_paused_and_retired_accounts_are_not_lent_and_named_with_the_reason(connection: Connection) -> None:
    _, banned = add(connection, "idle", "gone")
    accounts.pause_account(connection, "acme", "idle")
    give_back(connection, banned, AccessLost("The key was revoked.", service="acme"))

    with pytest.raises(NoAccount, match="no account in use") as caught:
        lend(connection, "acme", Pace())
    assert "'gone' is retired (The key was revoked); 'idle' is paused" in caught.value.message


def test_accounts_that_are_all_at_work_are_said_so_and_free_again_when_a_call_ends(connection: Connection) -> None:
    add(connection, "main")
    _, key = take(connection, concurrent=1)

    with pytest.raises(NoAccount, match="at work") as caught:
        take(connection, concurrent=1)
    assert caught.value.until is None
    end(connection, key)

    assert take(connection, concurrent=1)[0].name == "main"


def test_a_full_window_says_when_it_is_free(connection: Connection) -> None:
    add(connection, "main")
    for _ in range(2):
        take(connection, requests=2, window_seconds=600)

    with pytest.raises(NoAccount, match=r"one is free at \d{4}-") as caught:
        take(connection, requests=2, window_seconds=600)
    assert caught.value.until is not None
    assert 590 < (caught.value.until - look(connection, "main").seen_at).total_seconds() <= 600


def test_a_refused_lend_counts_nothing(connection: Connection) -> None:
    add(connection, "main")
    take(connection, requests=1)

    with pytest.raises(NoAccount):
        take(connection, requests=1)
    assert look(connection, "main").requests == 1


def test_an_account_rests_after_its_requests_and_another_takes_over(connection: Connection) -> None:
    add(connection, "first", "second")
    pace = {"rest_after": 2, "rest_seconds": 300, "strategy": "round-robin", "concurrent": 0}

    names = [take(connection, **pace)[0].name for _ in range(4)]

    assert names == ["first", "second", "first", "second"]
    rest = rest_of(look(connection, "first"))
    assert rest is not None
    assert 290 < rest <= 300
    with pytest.raises(NoAccount, match="one is free"):
        take(connection, **pace)


def test_a_lend_that_is_rolled_back_leaves_no_trace(connection: Connection) -> None:
    add(connection, "main")

    with connection.transaction(force_rollback=True):
        lend(connection, "acme", Pace())

    assert look(connection, "main").requests == 0


def test_a_key_that_no_master_key_opens_names_its_account(connection: Connection) -> None:
    accounts.add_account(connection, "acme", "odd", Vault([Fernet.generate_key().decode()]).lock("sk_test_fake_odd"))

    with pytest.raises(ConfigError, match="'odd' of acme: No master key opens") as caught:
        take(connection)
    assert "MASTER_KEYS" in caught.value.remedy
    assert look(connection, "odd").requests == 0


def test_after_the_master_key_was_changed_and_all_was_rekeyed_the_old_one_can_go(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    def use(keys: str) -> None:
        monkeypatch.setenv("MASTER_KEYS", keys)
        get_settings.cache_clear()

    use(old)
    add(connection, "main")
    use(f"{new},{old}")
    assert accounts.relock_all(connection, get_vault().relock) == 1
    use(new)

    assert take(connection)[0].key == "sk_test_fake_main"


def test_twenty_workers_never_pass_the_window(house: Settings, connection: Connection) -> None:
    ids = add(connection, "a", "b", "c")
    pace = Pace(requests=7, window_seconds=600, rest_after=0, concurrent=0)

    uses = lend_from_many_threads(house, pace, keep_open=False)

    assert Counter(account for account, _ in uses) == dict.fromkeys(ids, 7)


def test_twenty_workers_never_pass_the_calls_at_once(house: Settings, connection: Connection) -> None:
    ids = add(connection, "a", "b", "c")
    pace = Pace(requests=0, rest_after=0, concurrent=4)

    uses = lend_from_many_threads(house, pace, keep_open=True)

    assert Counter(account for account, _ in uses) == dict.fromkeys(ids, 4)


def test_twenty_workers_never_pass_a_window_that_slides(house: Settings, connection: Connection) -> None:
    add(connection, "a", "b")
    pace = Pace(requests=3, window_seconds=0.02, rest_after=0, concurrent=0)

    uses = lend_from_many_threads(house, pace, keep_open=False)

    rows = connection.execute("select account_id, started_at from generation_attempts order by started_at").fetchall()
    assert len(rows) == len(uses) > 6
    for row in rows:
        since = row["started_at"] - timedelta(seconds=0.02)
        inside = [
            other for other in rows
            if other["account_id"] == row["account_id"] and since < other["started_at"] <= row["started_at"]
        ]  # fmt: skip
        assert len(inside) <= 3


@pytest.mark.parametrize("strategy", ["round-robin", "least-used"])
def test_twenty_workers_share_the_accounts_evenly(strategy: Any, house: Settings, connection: Connection) -> None:
    ids = add(connection, "a", "b", "c", "d")
    pace = Pace(strategy=strategy, requests=0, rest_after=0, concurrent=0)

    uses = lend_from_many_threads(house, pace, keep_open=False)

    assert Counter(account for account, _ in uses) == dict.fromkeys(ids, WORKERS * LENDS_EACH // 4)


def test_every_request_of_twenty_workers_is_counted_and_the_rest_comes_in_time(
    house: Settings, connection: Connection
) -> None:
    add(connection, "main")

    uses = lend_from_many_threads(house, Pace(requests=0, rest_after=30, concurrent=0), keep_open=False)

    assert len(uses) == 30
    assert look(connection, "main").requests == 30
    assert look(connection, "main").since_rest == 0


def test_a_lost_access_retires_loudly_with_what_to_do(connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    (number,) = add(connection, "main")
    take(connection)
    logging.getLogger("tasks").propagate = True

    give_back(connection, number, AccessLost("No.", service="acme", detail="bad key sk_test_fake_main"))

    found = look(connection, "main")
    assert (found.status, found.health) == ("retired", "banned")
    assert "sk_test_fake_main" not in found.reason
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "'main' is retired" in record.getMessage()
    assert "accounts rotate acme main" in record.getMessage()
    assert "sk_test_fake_main" not in record.getMessage()


def test_a_retired_account_is_reported_once_and_stays_retired(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    (number,) = add(connection, "main")
    logging.getLogger("tasks").propagate = True
    lost = AccessLost("The key was revoked.", service="acme")

    for error in (lost, lost, None, Unreachable("x", service="acme")):
        give_back(connection, number, error)

    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
    assert (look(connection, "main").status, look(connection, "main").failures) == ("retired", 0)


def test_a_rate_limit_rests_one_account_while_another_works(connection: Connection) -> None:
    first, _ = add(connection, "first", "second")
    slower = RateLimited(service="acme")
    slower.retry_after = 90

    give_back(connection, first, slower)

    assert {take(connection)[0].name for _ in range(3)} == {"second"}
    rest = rest_of(look(connection, "first"))
    assert rest is not None
    assert 80 < rest <= 90


def test_spent_credits_rest_the_account_for_hours(connection: Connection) -> None:
    (number,) = add(connection, "main")

    give_back(connection, number, QuotaSpent("No credits left.", service="acme"))

    found = look(connection, "main")
    assert (found.status, found.health, found.reason) == ("active", "degraded", "No credits left.")
    rest = rest_of(found)
    assert rest is not None
    assert 21_500 < rest <= 21_600


def test_four_failures_open_the_breaker_then_one_trial_closes_it(connection: Connection) -> None:
    (number,) = add(connection, "main")
    for _ in range(4):
        give_back(connection, number, Unreachable("No answer.", service="acme"))
    with pytest.raises(NoAccount, match="one is free"):
        take(connection)

    connection.execute("update accounts set rests_until = clock_timestamp()")  # the rest is over
    lent, key = take(connection)
    with pytest.raises(NoAccount, match="at work"):
        take(connection)
    end(connection, key)
    give_back(connection, lent.account_id, None)

    assert (look(connection, "main").health, look(connection, "main").failures) == ("healthy", 0)
    assert [take(connection)[0].name for _ in range(2)] == ["main", "main"]


def test_a_failed_trial_rests_twice_as_long(connection: Connection) -> None:
    (number,) = add(connection, "main")
    rests = []
    for _ in range(6):
        connection.execute("update accounts set rests_until = null")
        give_back(connection, number, Unreachable("No answer.", service="acme"))
        rests.append(rest_of(look(connection, "main")))

    assert rests[:3] == [None, None, None]
    assert [round(rest or 0, -1) for rest in rests[3:]] == [30, 60, 120]


def test_failures_that_end_at_the_same_moment_are_all_counted(house: Settings, connection: Connection) -> None:
    (number,) = add(connection, "main")

    def fail(_: int) -> None:
        with psycopg.connect(address(house), row_factory=dict_row) as own:
            give_back(own, number, Unreachable("No answer.", service="acme"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fail, range(8)))

    assert look(connection, "main").failures == 8


def test_a_refused_input_changes_nothing(connection: Connection) -> None:
    (number,) = add(connection, "main")
    give_back(connection, number, Unreachable("No answer.", service="acme"))

    give_back(connection, number, Rejected("Too long.", service="acme"))
    give_back(connection, None, Unreachable("No answer.", service="acme"))

    assert (look(connection, "main").failures, look(connection, "main").reason) == (1, "No answer.")
