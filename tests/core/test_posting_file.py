"""The posting file, as an operator writes it and gets it wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.posting import Cadence
from core.posting_file import get_posting_file, parse_posting, posting_accounts
from core.settings import ROOT, get_settings
from integrations.platforms import Access, platform_class
from rules.pace import pace_problems

WHOLE = """
[defaults]
zone = "Europe/Madrid"
hours = ["18:30"]
most_per_day = 2
[platforms.youtube]
visibility = "unlisted"
[[accounts]]
platform = "youtube"
name = "jonah"
characters = ["jonah-reef"]
[accounts.cadence]
most_per_day = 3
quiet = ["22:00", "08:00"]
[[accounts]]
platform = "telegram"
options = { chat = "@reef" }
"""
COMMENTED = re.compile(r"^# (?=\[|\w+ = )", re.MULTILINE)
"""Lines of the example that an operator may uncomment."""


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    get_settings.cache_clear()
    get_posting_file.cache_clear()
    yield
    get_settings.cache_clear()
    get_posting_file.cache_clear()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[bytes], Path]:
    """Write a file and make it the posting file."""
    path = tmp_path / "posting.toml"
    monkeypatch.setenv("POSTING_FILE", str(path))

    def written(content: bytes) -> Path:
        path.write_bytes(content)
        return path

    return written


def test_accounts_have_the_default_cadence_below_their_own() -> None:
    file = parse_posting(WHOLE)
    youtube, telegram = file.accounts

    assert (youtube.label, telegram.label) == ("youtube/jonah", "telegram")
    assert (youtube.cadence.zone, youtube.cadence.hours, youtube.cadence.most_per_day) == (
        "Europe/Madrid", (time(18, 30),), 3,
    )  # fmt: skip
    assert youtube.cadence.quiet == (time(22), time(8))
    assert telegram.cadence == file.defaults
    assert telegram.cadence.most_per_day == 2
    assert telegram.options == {"chat": "@reef"}
    assert file.platforms == {"youtube": {"visibility": "unlisted"}}


def test_an_account_takes_the_reels_of_its_characters_or_of_all() -> None:
    youtube, telegram = parse_posting(WHOLE).accounts

    assert youtube.takes("jonah-reef")
    assert not youtube.takes("luc")
    assert telegram.takes("luc")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[defaults\n", "not valid TOML"),
        ("[default]\n", "default"),
        ("[defaults]\nhour = []", "defaults.hour"),
        ('[defaults]\nzone = "Mars/Olympus"', "defaults.zone.*no time zone"),
        ('defaults = "noon"', "defaults"),
        ("[accounts]\n", "accounts"),
        ("accounts = [1]", "accounts.0"),
        ('[[accounts]]\nname = "jonah"', "accounts.0.platform"),
        ('[[accounts]]\nplatform = "YouTube"', "accounts.0.platform"),
        ('[[accounts]]\nplatform = "youtube"\nname = "a/b"', "accounts.0.name"),
        ('[[accounts]]\nplatform = "youtube"\nhighest_rating = 6', "accounts.0.highest_rating"),
        ('[[accounts]]\nplatform = "youtube"\ncadence = "daily"', "accounts.0.cadence"),
        ('[[accounts]]\nplatform = "youtube"\n[accounts.cadence]\ncatch_up = "never"', "accounts.0.cadence.catch_up"),
        ('[[accounts]]\nplatform = "youtube"\n[[accounts]]\nplatform = "youtube"', "stand there twice: youtube"),
        ("platforms = 1", "platforms"),
    ],
)
def test_a_fault_is_named(text: str, place: str) -> None:
    with pytest.raises(ConfigError, match=place):
        parse_posting(text)


def test_without_a_file_reels_go_to_the_platforms_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTING_FILE", raising=False)
    monkeypatch.setenv("PLATFORMS", "folder")

    (account,) = posting_accounts()

    assert (account.label, account.highest_rating, account.cadence) == ("folder", 5, Cadence())


def test_accounts_of_the_file_come_after_the_platforms_of_the_settings(
    use: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATFORMS", "folder")
    use(WHOLE.encode())

    assert [account.label for account in posting_accounts()] == ["folder", "youtube/jonah", "telegram"]


def test_a_platform_of_the_settings_with_rules_in_the_file_is_one_account(
    use: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATFORMS", "folder")
    use(b'[[accounts]]\nplatform = "folder"\ncharacters = ["jonah-reef"]')

    (account,) = posting_accounts()

    assert (account.label, account.characters) == ("folder", ("jonah-reef",))


def test_a_file_that_is_not_there_or_not_text_is_said_so(use: Callable[[bytes], Path]) -> None:
    path = use(b"\xff\xfe[")
    with pytest.raises(ConfigError, match="cannot be read"):
        get_posting_file()

    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        get_posting_file()


def test_the_example_is_a_posting_file_with_no_account_of_anybody() -> None:
    file = parse_posting((ROOT / "examples/posting.toml").read_text(encoding="utf-8"))

    assert file.accounts == ()
    assert file.defaults == Cadence()
    assert set(file.platforms) == {"youtube", "instagram", "tiktok", "telegram"}


def test_every_line_of_the_example_can_be_uncommented() -> None:
    text = (ROOT / "examples/posting.toml").read_text(encoding="utf-8")

    file = parse_posting(COMMENTED.sub("", text))

    assert [account.label for account in file.accounts] == [
        "youtube/jonah",
        "tiktok/all-stars",
        "telegram/reef-channel",
    ]
    for account in file.accounts:
        kind = platform_class(account.platform)
        kind(Access(account.label, get_settings(), {**file.platforms[account.platform], **account.options}))
        assert pace_problems(account, kind.limits) == []
    platform_class("instagram")(Access("instagram/luc", get_settings(), file.platforms["instagram"]))
