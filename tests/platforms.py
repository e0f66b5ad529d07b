"""The platforms as tests use them: each with its fake and an account that is connected to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes.instagram import FakeInstagram
from fakes.server import Fake
from fakes.telegram import FakeTelegram
from fakes.tiktok import FakeTikTok
from fakes.youtube import FakeYouTube
from posts import use_accounts
from services import execute

from core.posting import Token

FAKES: Mapping[str, type[Fake]] = {
    "youtube": FakeYouTube,
    "instagram": FakeInstagram,
    "tiktok": FakeTikTok,
    "telegram": FakeTelegram,
}


@dataclass
class FixedToken:
    """The way to a token that stays as it is until a test puts another in its place."""

    token: Token

    def current(self) -> Token:
        return self.token


def start(name: str) -> Any:
    """Start the fake of a platform, with few large chunks in the place of many small ones."""
    fake: Any = FAKES[name]()
    if isinstance(fake, FakeTikTok):
        fake.megabyte = 40_000
    return fake


def connect(monkeypatch: pytest.MonkeyPatch, path: Path, fakes: Mapping[str, Any], **options: Any) -> None:
    """Connect an account called `one` at each fake; `options` go over the platforms' own."""
    use_accounts(
        monkeypatch,
        path / "posting.toml",
        [{"platform": name, "name": "one"} for name in fakes],
        platforms={name: {**fake.options(), **options} for name, fake in fakes.items()},
        tokens={f"{name}/one": fake.token() for name, fake in fakes.items()},
    )


def lift_caps(fake: Any) -> None:
    """Let a fake take any number of posts and calls a day: tests of other things make many."""
    for name, value in (("posts_a_day", 10**6), ("limits_on", False), ("quota_total", 10**6)):
        if hasattr(fake, name):
            setattr(fake, name, value)
    if isinstance(fake, FakeYouTube):
        fake.quota = dict.fromkeys(fake.quota, 10**9)


def consent_to_all() -> None:
    """Approve every post that waits for it, as a person who lets everybody see it."""
    consent = '{"by": "tester", "at": "2026-01-01T00:00:00Z", "visibility": "PUBLIC_TO_EVERYONE"}'
    execute("update deliveries set approval = 'given', consent = %s::jsonb where approval = 'needed'", consent)
