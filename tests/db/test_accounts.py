"""Accounts are counted, locked and judged in the database, so that many workers see one truth."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from core.errors import AlreadyExists, ConfigError, NotFound, WrongState
from db import accounts
from db.accounts import Account
from db.connection import Connection

numbers = itertools.count(1)


def attempt(connection: Connection, account: int, status: str = "done", ago: float = 0) -> None:
    """Write an attempt down that began `ago` seconds ago."""
    key = f"{next(numbers):064}"
    connection.execute(
        "insert into generations (key, capability, request, recipe) values (%s, 'draw', '{}', '1')", (key,)
    )
    connection.execute(
        "insert into generation_attempts (generation, n, service, account_id, status, external_id, started_at)"
        " values (%s, 1, 'acme', %s, %s, 'x', clock_timestamp() - make_interval(secs => %s))",
        (key, account, status, ago),
    )


def outcome(connection: Connection, account: int, **changes: Any) -> None:
    usual = {"health": "healthy", "failures": 0, "rests_until": None, "retire": False, "reason": ""}
    accounts.note_outcome(connection, account, **{**usual, **changes})


def only(connection: Connection, window_seconds: float = 3600) -> Account:
    (found,) = accounts.list_accounts(connection, window_seconds=window_seconds)
    return found


def test_an_account_begins_active_healthy_and_unused(connection: Connection) -> None:
    number = accounts.add_account(connection, "acme", "main", "locked")
    found = only(connection)

    assert (found.id, found.service, found.name) == (number, "acme", "main")
    assert (found.status, found.health, found.requests, found.in_flight, found.in_window) == (
        "active", "healthy", 0, 0, 0,
    )  # fmt: skip
    assert found.has_secret
    assert found.window_frees_at is None


def test_what_is_listed_never_holds_the_secret(connection: Connection) -> None:
    accounts.add_account(connection, "acme", "main", "locked-text")

    assert "locked-text" not in repr(asdict(only(connection)))


def test_a_name_is_taken_once_for_each_service(connection: Connection) -> None:
    accounts.add_account(connection, "acme", "main", "x")
    accounts.add_account(connection, "other", "main", "x")

    with pytest.raises(AlreadyExists, match="acme has an account 'main' already") as caught:
        accounts.add_account(connection, "acme", "main", "y")
    assert "accounts rotate acme main" in caught.value.remedy


def test_accounts_are_listed_by_service_and_name(connection: Connection) -> None:
    for service, name in (("b", "x"), ("a", "z"), ("a", "y")):
        accounts.add_account(connection, service, name, "x")

    listed = [(account.service, account.name) for account in accounts.list_accounts(connection)]
    assert listed == [("a", "y"), ("a", "z"), ("b", "x")]
    assert [account.name for account in accounts.list_accounts(connection, "a")] == ["y", "z"]


def test_a_service_without_keys_gets_one_account_and_only_when_it_has_none(connection: Connection) -> None:
    accounts.ensure_keyless(connection, "acme")
    accounts.ensure_keyless(connection, "acme")
    accounts.add_account(connection, "other", "mine", "x")
    accounts.ensure_keyless(connection, "other")

    listed = [(account.service, account.name, account.has_secret) for account in accounts.list_accounts(connection)]
    assert listed == [("acme", "default", False), ("other", "mine", True)]


def test_open_attempts_are_in_flight_and_recent_ones_in_the_window(connection: Connection) -> None:
    account = accounts.add_account(connection, "acme", "main", "x")
    other = accounts.add_account(connection, "other", "main", "x")
    for status, ago in (("intended", 1), ("submitted", 500), ("done", 50), ("failed", 90), ("unknown", 200)):
        attempt(connection, account, status, ago)
    attempt(connection, other, "intended")

    found = accounts.get_account(connection, "acme", "main")
    (recent,) = accounts.list_accounts(connection, "acme", window_seconds=100)

    assert (found.in_flight, found.in_window) == (2, 5)
    assert (recent.in_flight, recent.in_window) == (2, 3)
    assert recent.window_frees_at is not None
    assert 5 < (recent.window_frees_at - recent.seen_at).total_seconds() <= 10


def test_counting_uses_the_indexes_when_there_are_many_attempts(connection: Connection) -> None:
    account = accounts.add_account(connection, "acme", "main", "x")
    connection.execute(
        "insert into generations (key, capability, request, recipe)"
        " select lpad(i::text, 64, 'a'), 'draw', '{}', '1' from generate_series(1, 20000) i"
    )
    connection.execute(
        "insert into generation_attempts (generation, n, service, account_id, status, external_id, started_at)"
        " select lpad(i::text, 64, 'a'), 1, 'acme', %s, 'done', 'x', now() - make_interval(mins => i)"
        " from generate_series(1, 20000) i",
        (account,),
    )
    connection.execute("analyze generation_attempts")

    query = "explain " + accounts.SQL["list_accounts"]
    plan = "\n".join(
        row["QUERY PLAN"] for row in connection.execute(query.encode(), {"service": "acme", "window": 3600})
    )

    assert "generation_attempts_of_account" in plan
    assert "generation_attempts_one_open" in plan
    assert "Seq Scan on generation_attempts" not in plan


def test_who_waits_for_the_lock_counts_what_the_other_wrote_meanwhile(connect: Callable[[], Connection]) -> None:
    first, second = connect(), connect()
    account = accounts.add_account(first, "acme", "main", "x")
    first.commit()
    seen: list[int] = []
    accounts.lock_seats(first, "acme", 3600)
    attempt(first, account, "intended")

    def look() -> None:
        seen.extend(found.in_flight for found in accounts.lock_seats(second, "acme", 3600))

    waiting = threading.Thread(target=look)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    first.commit()
    waiting.join(10)

    assert seen == [1]


def test_another_service_does_not_wait(connect: Callable[[], Connection]) -> None:
    first, second = connect(), connect()
    for service in ("acme", "other"):
        accounts.add_account(first, service, "main", "x")
    first.commit()
    accounts.lock_seats(first, "acme", 3600)
    second.execute("set lock_timeout = '300ms'")

    assert [account.name for account in accounts.lock_seats(second, "other", 3600)] == ["main"]
    with pytest.raises(psycopg.errors.LockNotAvailable):
        accounts.lock_seats(second, "acme", 3600)


def test_a_use_is_counted_and_keeps_a_rest_unless_a_new_one_is_due(connection: Connection) -> None:
    account = accounts.add_account(connection, "acme", "main", "locked")
    until = only(connection).seen_at + timedelta(minutes=30)

    accounts.note_use(connection, account, 7, until)
    accounts.note_use(connection, account, 8, None)
    found = only(connection)

    assert (found.requests, found.since_rest, found.rests_until) == (2, 8, until)
    assert found.last_used_at is not None
    assert accounts.get_secret(connection, account).text == "locked"


def test_an_outcome_never_shortens_a_rest(connection: Connection) -> None:
    account = accounts.add_account(connection, "acme", "main", "x")
    now = only(connection).seen_at
    long, short = now + timedelta(hours=6), now + timedelta(minutes=1)

    rests: list[datetime | None] = []
    for until in (short, long, short, None):
        outcome(connection, account, rests_until=until, health="degraded", failures=3, reason="trouble")
        rests.append(only(connection).rests_until)

    assert rests == [short, long, long, long]
    assert (only(connection).health, only(connection).failures, only(connection).reason) == ("degraded", 3, "trouble")


def test_a_retired_account_is_not_revived_by_a_late_success(connection: Connection) -> None:
    account = accounts.add_account(connection, "acme", "main", "x")
    outcome(connection, account, health="banned", retire=True, reason="key revoked")

    outcome(connection, account)

    assert (only(connection).status, only(connection).health, only(connection).reason) == (
        "retired", "banned", "key revoked",
    )  # fmt: skip


def test_a_banned_account_must_be_retired(connection: Connection) -> None:
    account = accounts.add_account(connection, "acme", "main", "x")

    with pytest.raises(psycopg.errors.CheckViolation, match="accounts_banned_is_retired"):
        outcome(connection, account, health="banned")


def test_an_account_is_paused_and_resumed(connection: Connection) -> None:
    account = accounts.add_account(connection, "acme", "main", "x")
    outcome(connection, account, health="degraded", failures=5, reason="slow", rests_until=only(connection).seen_at)

    accounts.pause_account(connection, "acme", "main")
    assert (only(connection).status, only(connection).failures) == ("paused", 5)
    accounts.resume_account(connection, "acme", "main")

    found = only(connection)
    assert (found.status, found.health, found.failures, found.rests_until, found.reason) == (
        "active", "healthy", 0, None, "",
    )  # fmt: skip


def test_a_retired_account_cannot_be_paused_but_resumed(connection: Connection) -> None:
    account = accounts.add_account(connection, "acme", "main", "x")
    outcome(connection, account, health="banned", retire=True, reason="key revoked")

    with pytest.raises(WrongState, match="key revoked"):
        accounts.pause_account(connection, "acme", "main")
    accounts.resume_account(connection, "acme", "main")

    assert (only(connection).status, only(connection).health) == ("active", "healthy")


@pytest.mark.parametrize(("before", "after"), [("active", "active"), ("paused", "paused"), ("retired", "active")])
def test_a_new_key_is_young_and_clears_what_was_held_against_the_old_one(
    before: str, after: str, connection: Connection
) -> None:
    account = accounts.add_account(connection, "acme", "main", "old")
    connection.execute(
        "update accounts set status = %s, health = %s, failures = 9, reason = 'revoked',"
        " secret_set_at = now() - interval '100 days', rests_until = now() + interval '1 day'",
        (before, "banned" if before == "retired" else "degraded"),
    )

    accounts.replace_secret(connection, "acme", "main", "new")

    found = only(connection)
    assert (found.status, found.health, found.failures, found.rests_until, found.reason) == (
        after, "healthy", 0, None, "",
    )  # fmt: skip
    assert (found.seen_at - found.secret_set_at).days == 0
    assert accounts.get_secret(connection, account).text == "new"


def test_an_account_that_is_not_there_is_said_so(connection: Connection) -> None:
    calls: list[Callable[[], object]] = [
        lambda: accounts.get_account(connection, "acme", "main"),
        lambda: accounts.pause_account(connection, "acme", "main"),
        lambda: accounts.resume_account(connection, "acme", "main"),
        lambda: accounts.replace_secret(connection, "acme", "main", "x"),
    ]
    for call in calls:
        with pytest.raises(NotFound, match="acme has no account 'main'") as caught:
            call()
        assert "accounts list" in caught.value.remedy


def test_all_secrets_are_locked_anew_and_stay_as_old_as_they_are(connection: Connection) -> None:
    ids = [accounts.add_account(connection, "acme", name, f"old-{name}") for name in ("a", "b")]
    accounts.ensure_keyless(connection, "local")
    connection.execute("update accounts set secret_set_at = now() - interval '50 days'")

    count = accounts.relock_all(connection, lambda text: text.replace("old", "new"))

    assert count == 2
    assert [accounts.get_secret(connection, number).text for number in ids] == ["new-a", "new-b"]
    assert {(account.seen_at - account.secret_set_at).days for account in accounts.list_accounts(connection)} == {50}


def test_one_secret_that_does_not_open_is_named(connection: Connection) -> None:
    def relock(text: str) -> str:
        if text == "foreign":
            raise ConfigError("No master key opens this secret.", remedy="Put it back.")
        return "new"

    accounts.add_account(connection, "acme", "good", "old")
    accounts.add_account(connection, "acme", "odd", "foreign")

    with pytest.raises(ConfigError, match="'odd' of acme: No master key") as caught:
        accounts.relock_all(connection, relock)
    assert caught.value.remedy == "Put it back."
