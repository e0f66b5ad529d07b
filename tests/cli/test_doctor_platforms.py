"""What the doctor says about platforms: which accounts can post, for how long, and what to do about the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fakes.oauth import FakeOAuth, KeyPlace, OpenPlace, Place
from oauth_place import MAIN, keep, use_place
from typer.testing import CliRunner

from cli.doctor_platforms import look_at_platforms
from cli.finding import Finding
from cli.main import app
from core.clock import now
from core.errors import ConfigError
from core.posting_file import get_posting_file
from core.settings import Settings, get_settings
from db.connection import get_database
from integrations.platforms import PLATFORMS
from tasks.tokens import rest_account, retire_account

CONNECT = "`reelwright connect place main`"


@pytest.fixture
def place(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeOAuth]:
    with FakeOAuth() as fake:
        monkeypatch.setitem(PLATFORMS, "shelf", OpenPlace)
        monkeypatch.setenv("PLATFORMS", "shelf")
        use_place(monkeypatch, tmp_path, fake)
        yield fake
    get_posting_file.cache_clear()


def found() -> list[Finding]:
    """Return what is found beside the platform in the setting, which is fine."""
    shelf, *rest = look_at_platforms(get_settings())
    assert shelf == Finding("shelf", "ok", "needs no account")
    return rest


def only() -> Finding:
    (finding,) = found()
    return finding


def sql(house: Settings, statement: str) -> None:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        connection.execute(statement.encode())


def test_a_connected_account_is_named_with_its_owner_and_the_days_left(place: FakeOAuth) -> None:
    keep(place.token())

    assert only() == Finding(
        "place/main", "ok",
        "connected as Jonah of the Deep; access ends in 179 days; posts go out by themselves",
    )  # fmt: skip
    assert place.requests == []


def test_access_without_an_end_is_said_so(place: FakeOAuth) -> None:
    place.refresh_life = 0
    keep(place.token())

    assert "; access does not end; " in only().detail


@pytest.mark.parametrize(
    ("days", "level", "words"),
    [(15.5, "ok", "in 15 days"), (14.5, "note", "in 14 days"), (0.5, "fault", "has ended"), (-3, "fault", "has ended")],
)
def test_access_that_ends_soon_is_told_two_weeks_ahead(days: float, level: str, words: str, place: FakeOAuth) -> None:
    end = now() + timedelta(days=days)
    keep(place.token().model_copy(update={"refresh_expires_at": end}))

    finding = only()

    assert finding.level == level
    assert words in finding.detail
    assert (CONNECT in finding.remedy) == (level != "ok")


def test_an_account_that_is_not_connected_is_a_fault(house: Settings, place: FakeOAuth) -> None:
    assert only() == Finding("place/main", "fault", "it is not connected", f"Connect it: {CONNECT}.")

    keep(place.token())
    sql(house, "update accounts set secret = null")
    assert only().detail == "it is not connected"


def test_a_retired_account_is_a_fault_with_the_reason(place: FakeOAuth) -> None:
    keep(place.token())
    with get_database().transaction() as connection:
        retire_account(connection, MAIN, "The place does not accept the grant any more.")

    finding = only()

    assert (finding.level, finding.detail) == ("fault", "retired: The place does not accept the grant any more.")
    assert CONNECT in finding.remedy


def test_a_paused_account_and_one_that_rests_are_notes(house: Settings, place: FakeOAuth) -> None:
    keep(place.token())
    with get_database().transaction() as connection:
        rest_account(connection, MAIN, now() + timedelta(days=1), "The platform restricts the account.")

    resting = found()[1]
    assert resting.level == "note"
    assert resting.detail.startswith("rests until 20")
    assert resting.detail.endswith("UTC: The platform restricts the account.")

    sql(house, "update accounts set status = 'paused', rests_until = now() - interval '1 hour'")
    assert found()[1] == Finding(
        "place/main", "note", "paused", "To use it again: `reelwright accounts resume place main`."
    )


def test_a_renewal_without_an_answer_is_noted(house: Settings, place: FakeOAuth) -> None:
    keep(place.token())
    sql(house, "update accounts set renewing_since = now()")

    assert "has no answer yet" in found()[1].detail


def test_missing_scopes_are_named_and_only_needed_ones_are_faults(place: FakeOAuth) -> None:
    keep(place.token().model_copy(update={"scopes": ("posts.read",)}))

    missing = found()[1:]

    assert [(finding.level, finding.detail) for finding in missing] == [
        ("fault", "not given: posts.write. To post reels."),
        ("note", "not given: numbers.read. To learn how they fare."),
    ]
    assert all(CONNECT in finding.remedy for finding in missing)


def test_a_token_that_no_master_key_opens_is_a_fault_of_that_account_only(
    house: Settings, place: FakeOAuth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keep(place.token())
    use_place(monkeypatch, tmp_path, place, more='[[accounts]]\nplatform = "open"\nname = "mine"\n')
    monkeypatch.setitem(PLATFORMS, "open", OpenPlace)
    (house.home / "master.key").unlink()

    first, second = found()

    assert (first.level, second.level) == ("fault", "ok")
    assert "No master key opens this secret" in first.detail
    assert CONNECT in first.remedy


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        (KeyPlace, "", "the platform wants a person to agree to each post"),
        (Place, "approval = true\n", "a person approves each post"),
        (OpenPlace, "", "needs no account; posts go out by themselves"),
    ],
)
def test_it_says_who_agrees_to_a_post(
    kind: type[Any], more: str, words: str, house: Settings, place: FakeOAuth,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    use_place(monkeypatch, tmp_path, place, kind, more=more)
    keep(place.token())

    finding = only()

    assert (finding.level, finding.detail.endswith(words)) == ("ok", True)


def test_options_that_are_wrong_are_a_fault_of_their_account(
    place: FakeOAuth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_place(monkeypatch, tmp_path, place, more="options = { colour = 'red' }\n")

    finding = only()

    assert (finding.part, finding.level) == ("place/main", "fault")
    assert "colour" in finding.detail


def test_unknown_platforms_are_faults(place: FakeOAuth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keep(place.token())
    more = '[[accounts]]\nplatform = "nowhere"\nname = "x"\n[platforms.neither]\na = 1\n'
    use_place(monkeypatch, tmp_path, place, more=more)

    faults = [finding for finding in found() if finding.is_fault]

    assert [finding.part for finding in faults] == ["platforms", "nowhere/x"]
    assert "[platforms.neither]" in faults[0].detail
    assert "no platform called 'nowhere'" in faults[1].detail


def test_platforms_named_in_the_settings_must_need_no_account(
    place: FakeOAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(place.token())
    monkeypatch.setenv("PLATFORMS", "shelf,place")
    get_settings.cache_clear()

    wrong, right = found()

    assert (wrong.part, wrong.level, right.level) == ("place", "fault", "ok")
    assert "posting file" in wrong.remedy


def test_a_file_that_cannot_be_read_is_a_fault_of_platforms_in_the_whole_examination(
    place: FakeOAuth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("cli.doctor._ffmpeg", lambda _: iter(()))  # slow, and looked at elsewhere
    (tmp_path / "posting.toml").write_text("[[accounts]]\nplatform = 'place'\nname = 'NOT A NAME'\n")
    get_posting_file.cache_clear()

    with pytest.raises(ConfigError):
        found()
    done = CliRunner().invoke(app, ["doctor", "--json"])

    assert done.exit_code == 4
    (fault,) = [row for row in json.loads(done.stdout) if row["part"] == "platforms"]
    assert fault["level"] == "fault"
    assert "accounts.0.name" in fault["detail"]
