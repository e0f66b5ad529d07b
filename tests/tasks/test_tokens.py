"""Tokens are renewed once whoever asks, and an account whose renewal was lost is recognised, whatever is killed."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fakes.oauth import APP, FakeOAuth, KeyPlace, OpenPlace, Place, StablePlace
from fakes.server import Reply, Request
from oauth_place import MAIN, keep, look, use_place

from core.clock import now
from core.errors import AccessLost, ConfigError, NoAccount, NotFound, RateLimited, Unreachable
from core.log import redact
from core.posting import PostingAccount, Token
from core.posting_file import get_posting_file
from core.settings import ROOT, Settings
from core.vault import get_vault
from db.accounts import HeldToken, lock_token
from db.connection import Connection, get_database
from integrations.platforms import PLATFORMS
from tasks import housekeeping
from tasks.sealed import days_until, ends_at, is_due, stored_token
from tasks.tokens import AccountHealth, AccountTokens, rest_account, retire_account, tend_accounts

AT_ONCE = 6
OTHER = PostingAccount(platform="place", name="other")
TOKEN_CALL = "POST /token"

KILLED_BEFORE_IT_IS_KEPT = """
import os, signal
from fakes.oauth import Place
from integrations.platforms import PLATFORMS
from core.posting_file import posting_accounts
from db import accounts
from tasks.tokens import AccountTokens

PLATFORMS["place"] = Place
accounts.set_token = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
(account,) = [one for one in posting_accounts() if one.label == "place/main"]
AccountTokens(account).current()
"""


@pytest.fixture
def place(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeOAuth]:
    """A place that uses refresh tokens up."""
    with FakeOAuth() as fake:
        use_place(monkeypatch, tmp_path, fake)
        yield fake
    get_posting_file.cache_clear()


@pytest.fixture
def stable(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeOAuth]:
    """A place whose refresh tokens stay good."""
    with FakeOAuth(rotates=False) as fake:
        use_place(monkeypatch, tmp_path, fake, StablePlace)
        yield fake
    get_posting_file.cache_clear()


def stored(account: PostingAccount = MAIN) -> Token:
    with get_database().transaction() as connection:
        token = stored_token(connection, account)
    assert token is not None
    return token


def sql(house: Settings, statement: str) -> list[tuple[Any, ...]]:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_a_token_that_lives_long_enough_is_used_without_asking_anybody(place: FakeOAuth) -> None:
    token = place.token()
    keep(token)

    assert AccountTokens(MAIN).current() == token
    assert place.requests == []


@pytest.mark.parametrize(
    ("life", "left", "due"),
    [
        (3600, 601, False), (3600, 599, True), (3600, 0, True), (3600, -5, True),
        (86400, 8700, False), (86400, 8600, True), (60 * 86400, 6.1 * 86400, False), (60 * 86400, 5.9 * 86400, True),
    ],
)  # fmt: skip
def test_a_token_is_due_in_its_last_ten_minutes_or_its_last_tenth(life: float, left: float, due: bool) -> None:
    moment = now()
    end = moment + timedelta(seconds=left)
    token = Token(access="fake-access", obtained_at=end - timedelta(seconds=life), expires_at=end)

    assert is_due(token, moment) == due
    assert not is_due(token.model_copy(update={"expires_at": None}), moment)


def test_a_token_that_ends_soon_is_renewed_and_kept_before_it_is_used(place: FakeOAuth) -> None:
    old = place.token(left=300)
    keep(old)

    fresh = AccountTokens(MAIN).current()

    assert fresh.access != old.access
    assert fresh == stored()
    assert (fresh.access in place.access, fresh.refresh in place.refresh, place.renewals) == (True, True, 1)
    row = look()
    assert (row.owner_name, row.expires_at, row.refresh_expires_at) == (
        "Jonah of the Deep", fresh.expires_at, fresh.refresh_expires_at,
    )  # fmt: skip
    assert (row.renewing_since, row.status) == (None, "active")


def test_what_the_answer_leaves_out_stays_as_it_was(place: FakeOAuth) -> None:
    place.leaves_out = {"refresh_token", "refresh_expires_in", "scope"}
    old = place.token(left=300)
    keep(old)

    fresh = AccountTokens(MAIN).current()

    assert fresh.access != old.access
    names = ("refresh", "refresh_expires_at", "scopes", "owner_id", "owner_name", "app", "memory")
    assert [getattr(fresh, name) for name in names] == [getattr(old, name) for name in names]
    assert fresh.app == APP
    assert stored() == fresh


def test_a_token_that_was_refused_is_renewed_although_it_should_live(place: FakeOAuth) -> None:
    old = place.token()
    keep(old)

    fresh = AccountTokens(MAIN).renew(old)

    assert (fresh.access == old.access, place.renewals) == (False, 1)


def test_a_token_that_somebody_renewed_meanwhile_is_taken_and_not_renewed_again(place: FakeOAuth) -> None:
    old, newer = place.token(left=300), place.token()
    keep(newer)

    assert AccountTokens(MAIN).renew(old) == newer
    assert place.requests == []


@pytest.mark.parametrize("renew", [AccountTokens.current, AccountTokens.renew])
def test_many_at_once_renew_exactly_once_and_all_get_the_same_pair(
    renew: Callable[[AccountTokens], Token], place: FakeOAuth
) -> None:
    keep(place.token(left=300))
    place.latency = 0.2
    start = threading.Barrier(AT_ONCE)

    def work(_: int) -> Token:
        tokens = AccountTokens(MAIN)
        start.wait(timeout=30)
        return renew(tokens)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        got = list(pool.map(work, range(AT_ONCE)))

    assert place.renewals == 1
    assert len(place.calls(TOKEN_CALL)) == 1
    assert {token.access for token in got} == {stored().access}


def test_two_accounts_are_renewed_side_by_side(place: FakeOAuth) -> None:
    keep(place.token(left=300))
    place.rotates = False  # the fake forgets every pair of the place when it rotates, not one account's
    keep(place.token(left=300), OTHER)
    entered = threading.Barrier(2)

    def meet(moment: str, _: Request) -> None:
        if moment == "arrived":
            entered.wait(timeout=10)

    place.observers.append(meet)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda account: AccountTokens(account).current(), (MAIN, OTHER)))

    assert place.renewals == 2


def test_after_a_failed_renewal_the_next_in_line_tries_for_itself(place: FakeOAuth) -> None:
    keep(place.token(left=-5))
    place.latency = 0.2
    place.break_next(503, pattern=TOKEN_CALL)
    start = threading.Barrier(2)

    def work(_: int) -> Token | None:
        start.wait(timeout=30)
        try:
            return AccountTokens(MAIN).current()
        except Unreachable:
            return None

    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(work, range(2)))

    assert sorted(token is None for token in got) == [False, True]
    assert (place.renewals, look().renewing_since) == (1, None)


@pytest.mark.parametrize("cleared_at", [0, 2])
def test_no_renewal_is_sent_before_its_mark_is_committed(
    cleared_at: int, house: Settings, place: FakeOAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(place.token(left=300))
    marks: list[datetime | None] = []
    locks: list[int] = []
    place.observers.append(lambda moment, _: marks.append(look().renewing_since) if moment == "arrived" else None)

    def lock(connection: Connection, account_id: int) -> HeldToken:
        locks.append(account_id)
        if len(locks) == cleared_at:  # somebody else's renewal came to nothing between the mark and the lock
            sql(house, "update accounts set renewing_since = null")
        return lock_token(connection, account_id)

    monkeypatch.setattr("db.accounts.lock_token", lock)

    AccountTokens(MAIN).current()

    (mark,) = marks
    assert mark is not None
    assert len(locks) == (4 if cleared_at else 2)


@pytest.mark.parametrize("trouble", [500, 502, 503, Reply(429, {"error": "slow"}, {"Retry-After": "5"})])
def test_trouble_at_the_platform_never_ends_an_account(trouble: Any, place: FakeOAuth) -> None:
    old = place.token(left=300)
    keep(old)
    place.break_next(trouble, pattern=TOKEN_CALL, times=3)

    for _ in range(3):
        assert AccountTokens(MAIN).current() == old
    assert (look().status, look().renewing_since) == ("active", None)
    assert AccountTokens(MAIN).current().access != old.access


def test_a_platform_that_cannot_be_reached_never_ends_an_account(place: FakeOAuth) -> None:
    living, ended = place.token(left=300), place.token(left=-5)
    place.stop()

    keep(living)
    assert AccountTokens(MAIN).current() == living
    keep(ended)
    with pytest.raises(Unreachable):
        AccountTokens(MAIN).current()
    assert (look().status, look().renewing_since) == ("active", None)


@pytest.mark.parametrize(("trouble", "error"), [(503, Unreachable), (429, RateLimited)])
def test_without_a_living_token_the_trouble_is_told_and_may_be_tried_again(
    trouble: int, error: type[Exception], place: FakeOAuth
) -> None:
    keep(place.token(left=-5))
    place.break_next(trouble, pattern=TOKEN_CALL)

    with pytest.raises(error) as caught:
        AccountTokens(MAIN).current()
    assert caught.value.retryable  # type: ignore[attr-defined]


def test_a_refused_token_is_not_handed_out_again_when_the_platform_has_trouble(place: FakeOAuth) -> None:
    old = place.token()
    keep(old)
    place.break_next(503, pattern=TOKEN_CALL)

    with pytest.raises(Unreachable):
        AccountTokens(MAIN).renew(old)


def test_without_naming_it_the_token_that_was_given_last_counts_as_refused(place: FakeOAuth) -> None:
    old, newer = place.token(), place.token()
    keep(old)
    tokens = AccountTokens(MAIN)
    assert tokens.current() == old

    place.break_next(503, pattern=TOKEN_CALL)
    with pytest.raises(Unreachable):
        tokens.renew()
    keep(newer)

    assert tokens.renew() == newer
    assert place.renewals == 0
    assert tokens.renew().access not in (old.access, newer.access)
    assert place.renewals == 1


@pytest.mark.parametrize("damage", ["html", "garbage", "empty", Reply(200, {}), Reply(200, {"access_token": ""})])
def test_an_empty_answer_overwrites_nothing(damage: Any, stable: FakeOAuth) -> None:
    old = stable.token(left=300)
    keep(old)
    stable.break_next(damage, pattern=TOKEN_CALL)

    assert AccountTokens(MAIN).current() == old
    assert stored() == old
    assert AccountTokens(MAIN).current().access != old.access
    assert look().status == "active"


def check_that_only_this_account_is_lost(house: Settings, place: FakeOAuth, other: Token) -> None:
    """The next renewal is refused, and says that the answer to the one before was lost and what to do."""
    with pytest.raises(AccessLost) as caught:
        AccountTokens(MAIN).renew(stored())

    for words in ("was lost", "A renewal that began on ", "`reelwright connect place main`"):
        assert words in look().reason
        assert words in caught.value.message
    assert (look().status, place.renewals) == ("retired", 1)
    asked = len(place.requests)
    with pytest.raises(AccessLost, match="was lost"):
        AccountTokens(MAIN).current()
    assert len(place.requests) == asked
    row = look("other")
    assert (row.status, row.health, row.reason, row.renewing_since) == ("active", "healthy", "", None)
    assert AccountTokens(OTHER).current() == other


def test_killed_between_the_answer_and_the_commit_the_account_is_lost_and_says_so(
    house: Settings, place: FakeOAuth
) -> None:
    other = place.token()
    keep(other, OTHER)
    keep(place.token(left=300))
    paths = f"{ROOT}:{ROOT / 'tests'}"

    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_IT_IS_KEPT],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, timeout=60, check=False,
    )  # fmt: skip

    assert killed.returncode == -signal.SIGKILL
    assert place.renewals == 1
    assert look().renewing_since is not None
    assert look().status == "active"
    check_that_only_this_account_is_lost(house, place, other)


def test_a_renewal_whose_answer_is_lost_is_tried_once_more_and_then_the_account_is_lost(
    house: Settings, place: FakeOAuth
) -> None:
    other = place.token()
    keep(other, OTHER)
    old = place.token(left=300)
    keep(old)
    place.break_next("reset", pattern=TOKEN_CALL, moment="acted")

    assert AccountTokens(MAIN).current() == old, "it still lives"
    assert look().renewing_since is not None
    check_that_only_this_account_is_lost(house, place, other)


def test_a_renewal_that_was_lost_on_the_way_there_goes_well_the_next_time(place: FakeOAuth) -> None:
    old = place.token(left=300)
    keep(old)
    place.break_next("reset", pattern=TOKEN_CALL, moment="arrived")

    assert AccountTokens(MAIN).current() == old
    assert look().renewing_since is not None
    assert AccountTokens(MAIN).current().access != old.access
    assert look().renewing_since is None


def test_trouble_after_a_lost_answer_does_not_wipe_the_trace_of_it(house: Settings, place: FakeOAuth) -> None:
    other = place.token()
    keep(other, OTHER)
    keep(place.token(left=300))
    place.break_next("reset", pattern=TOKEN_CALL, moment="acted")
    AccountTokens(MAIN).current()
    since = look().renewing_since
    place.break_next(503, pattern=TOKEN_CALL)
    AccountTokens(MAIN).current()

    assert look().renewing_since == since
    check_that_only_this_account_is_lost(house, place, other)


def test_a_lost_answer_without_a_living_token_may_be_tried_again_and_is_no_lost_post(place: FakeOAuth) -> None:
    keep(place.token(left=-5))
    place.break_next("reset", pattern=TOKEN_CALL, moment="acted")

    with pytest.raises(Unreachable, match="was lost"):
        AccountTokens(MAIN).current()


def test_where_refresh_tokens_stay_good_a_lost_answer_costs_nothing(stable: FakeOAuth) -> None:
    old = stable.token(left=300)
    keep(old)
    stable.break_next("reset", pattern=TOKEN_CALL, moment="acted")

    assert AccountTokens(MAIN).current() == old
    fresh = AccountTokens(MAIN).current()

    assert (fresh.access == old.access, fresh.refresh == old.refresh) == (False, True)
    assert (look().status, look().renewing_since) == ("active", None)


@pytest.mark.parametrize("lost_before", [False, True])
def test_access_that_was_taken_away_retires_the_account_and_blames_no_lost_answer(
    lost_before: bool, stable: FakeOAuth, caplog: pytest.LogCaptureFixture
) -> None:
    keep(stable.token(left=300))
    if lost_before:
        stable.break_next("reset", pattern=TOKEN_CALL, moment="acted")
        AccountTokens(MAIN).current()
    stable.revoke()

    with pytest.raises(AccessLost, match="does not accept the grant"):
        AccountTokens(MAIN).current()

    assert (look().status, look().health) == ("retired", "degraded")
    assert "lost" not in look().reason
    assert "`reelwright connect place main`" in look().reason
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "place/main: the account is retired" in record.getMessage()
    assert "reelwright connect place main" in record.getMessage()


def test_connecting_again_revives_a_retired_account(place: FakeOAuth) -> None:
    keep(place.token(left=300))
    place.revoke()
    with pytest.raises(AccessLost):
        AccountTokens(MAIN).current()

    token = place.token()
    keep(token)

    assert AccountTokens(MAIN).current() == token
    row = look()
    assert (row.status, row.health, row.reason, row.renewing_since) == ("active", "healthy", "", None)


def test_an_account_that_was_connected_again_during_a_renewal_keeps_the_new_token(place: FakeOAuth) -> None:
    old = place.token(left=300)
    keep(old)
    place.rotates = False
    newer = place.token()
    arrived = threading.Event()
    place.observers.append(lambda moment, _: arrived.set() if moment == "arrived" else None)
    place.latency = 0.2

    with ThreadPoolExecutor(1) as pool:
        renewed = pool.submit(AccountTokens(MAIN).current)
        assert arrived.wait(timeout=10)
        keep(newer)  # waits for the lock of the renewal
        renewed.result()

    assert stored() == newer


def test_a_paused_account_is_not_used_and_nobody_is_asked(house: Settings, place: FakeOAuth) -> None:
    keep(place.token(left=300))
    sql(house, "update accounts set status = 'paused'")

    for use in (AccountTokens(MAIN).current, AccountTokens(MAIN).renew):
        with pytest.raises(NoAccount, match="is paused") as caught:
            use()
        assert "reelwright accounts resume place main" in caught.value.remedy
    assert place.requests == []


def test_an_account_that_was_never_connected_says_how(house: Settings, place: FakeOAuth) -> None:
    with pytest.raises(NoAccount, match="place/main is not connected") as caught:
        AccountTokens(MAIN).current()
    assert caught.value.remedy == "Connect it: `reelwright connect place main`."

    keep(place.token())
    sql(house, "update accounts set secret = null")
    with pytest.raises(NoAccount, match="not connected"):
        AccountTokens(MAIN).current()


def test_a_key_that_is_no_token_is_said_so_and_not_shown(house: Settings, place: FakeOAuth) -> None:
    keep(place.token())
    sql(house, f"update accounts set secret = '{get_vault().lock('fake-plain-key')}'")

    with pytest.raises(ConfigError, match="is no token") as caught:
        AccountTokens(MAIN).current()
    assert "fake-plain-key" not in str(caught.value)
    assert "reelwright connect place main" in caught.value.remedy


def test_a_key_that_is_refused_retires_its_account(
    house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with FakeOAuth() as fake:
        use_place(monkeypatch, tmp_path, fake, KeyPlace)
        token = KeyPlace.accept_key(fake.options(), fake.KEY)
        keep(token)
        assert AccountTokens(MAIN).current() == token

        with pytest.raises(AccessLost, match="refuses the key"):
            AccountTokens(MAIN).renew(token)
        assert look().status == "retired"


def test_no_secret_reaches_a_log_an_error_or_the_database(
    house: Settings, place: FakeOAuth, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    old = place.token(left=300)
    keep(old)
    fresh = AccountTokens(MAIN).current()
    place.break_next(Reply(400, {"error": f"invalid_grant {fresh.refresh} {fresh.access}"}), pattern=TOKEN_CALL)
    with pytest.raises(AccessLost) as caught:
        AccountTokens(MAIN).renew(fresh)

    said = caplog.text + str(caught.value) + repr(caught.value) + repr(fresh)
    kept = str(sql(house, "select * from accounts"))
    for secret in (old.access, old.refresh, fresh.access, fresh.refresh, APP.client_secret):
        assert secret not in said
        assert secret not in kept
        assert secret not in redact(f"it said {secret}")


def test_a_rest_is_kept_told_and_never_shortened(place: FakeOAuth, caplog: pytest.LogCaptureFixture) -> None:
    keep(place.token())
    late, soon = now() + timedelta(days=2), now() + timedelta(hours=1)
    with get_database().transaction() as connection:
        rest_account(connection, MAIN, late, "The platform restricts the account.")
        rest_account(connection, MAIN, soon, "Too fast.")

    row = look()
    assert (row.status, row.health, row.rests_until, row.reason) == ("active", "degraded", late, "Too fast.")
    assert "place/main: the account rests until" in caplog.text
    keep(place.token())
    assert look().rests_until == late, "connecting again does not end a rest that the platform asked for"


def test_an_account_without_a_row_can_neither_rest_nor_retire(place: FakeOAuth) -> None:
    with pytest.raises(NotFound), get_database().transaction() as connection:
        rest_account(connection, MAIN, now(), "x")
    with pytest.raises(NotFound), get_database().transaction() as connection:
        retire_account(connection, MAIN, "x")


def test_access_ends_with_the_refresh_token_or_else_with_the_token_itself(place: FakeOAuth) -> None:
    token = place.token()

    assert ends_at(token) == token.refresh_expires_at
    assert ends_at(token.model_copy(update={"refresh_expires_at": None})) is None
    assert ends_at(token.model_copy(update={"refresh": ""})) == token.expires_at
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert [days_until(end, moment) for end in (None, moment + timedelta(days=3, hours=23), moment - timedelta(9))] == [
        None, 3, 0,
    ]  # fmt: skip


def tended() -> AccountHealth:
    (health,) = tend_accounts()
    return health


def test_tending_renews_what_is_due_and_says_how_long_access_lasts(place: FakeOAuth) -> None:
    keep(place.token(left=300))

    assert tended() == AccountHealth("place/main", "active", 179, "")
    assert place.renewals == 1
    assert tended() == AccountHealth("place/main", "active", 179, "")
    assert place.renewals == 1


@pytest.mark.parametrize(("age", "renewals"), [(6.9, 0), (7.1, 1)])
def test_a_token_without_a_refresh_token_is_renewed_weekly(age: float, renewals: int, stable: FakeOAuth) -> None:
    stable.life, stable.renews_itself = 60 * 86400, True
    token = stable.token(left=(60 - age) * 86400)
    keep(token.model_copy(update={"refresh": "", "refresh_expires_at": None}))
    stable.leaves_out = {"refresh_token", "refresh_expires_in"}

    health = tended()

    assert (stable.renewals, health.warning) == (renewals, "")
    assert health.days_left == (59 if renewals else 53)


@pytest.mark.parametrize(("days", "renewals"), [(13.5, 1), (14.5, 0)])
def test_a_refresh_token_that_ends_soon_is_renewed_and_a_person_warned_if_that_gains_nothing(
    days: float, renewals: int, place: FakeOAuth
) -> None:
    place.refresh_life = days * 86400
    keep(place.token())

    health = tended()

    assert place.renewals == renewals
    assert health.days_left == int(days)
    if days < 14:
        assert health.warning == "Access ends in 13 days. Connect it again before: `reelwright connect place main`."


def test_tending_one_account_never_hides_another(
    house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    labels = ("place/gone", "place/new", "place/idle", "place/calm", "open/mine", "nowhere/x")
    more = "".join('[[accounts]]\nplatform = "{}"\nname = "{}"\n'.format(*label.split("/")) for label in labels)
    with FakeOAuth() as fake:
        use_place(monkeypatch, tmp_path, fake, Place, more=more)
        monkeypatch.setitem(PLATFORMS, "open", OpenPlace)
        for name in ("gone", "idle", "calm"):
            keep(fake.token(left=300 if name == "gone" else None), PostingAccount(platform="place", name=name))
        fake.revoke()
        keep(fake.token(left=300))
        sql(house, "update accounts set status = 'paused' where name = 'idle'")
        sql(house, "update accounts set rests_until = now() + interval '1 day' where name = 'calm'")

        healths = {health.label: health for health in tend_accounts()}

    assert {label: health.status for label, health in healths.items()} == {
        "place/main": "active", "place/gone": "retired", "place/new": "not connected", "place/idle": "paused",
        "place/calm": "resting", "nowhere/x": "not connected",
    }  # fmt: skip
    assert "reelwright connect place gone" in healths["place/gone"].warning
    assert "reelwright connect place new" in healths["place/new"].warning
    assert "reelwright accounts resume place idle" in healths["place/idle"].warning
    assert "no platform called 'nowhere'" in healths["nowhere/x"].warning
    assert healths["place/main"].warning == healths["place/calm"].warning == ""


def test_a_lost_answer_while_tending_is_told_although_the_token_lives(place: FakeOAuth) -> None:
    keep(place.token(left=300))
    place.break_next("reset", pattern=TOKEN_CALL, moment="acted")

    health = tended()

    assert health.status == "active"
    assert "was lost" in health.warning


def test_the_task_does_the_same(place: FakeOAuth) -> None:
    keep(place.token(left=300))

    assert housekeeping.tend_accounts.fn() == [AccountHealth("place/main", "active", 179, "")]
    assert housekeeping.tend_accounts.task_run_name == "tend the accounts"
