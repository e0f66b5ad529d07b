"""Sets up the place of fakes/oauth.py for a test: registered as a platform, named in a posting file, connected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.oauth import FakeOAuth, Place

from core.posting import PostingAccount, Token
from core.posting_file import get_posting_file
from core.settings import get_settings
from db import accounts
from db.accounts import Account
from db.connection import get_database
from integrations.platforms import PLATFORMS
from tasks.sealed import keep_token

MAIN = PostingAccount(platform="place", name="main")


def use_place(
    monkeypatch: pytest.MonkeyPatch, folder: Path, fake: FakeOAuth, kind: type[Any] = Place, *, more: str = ""
) -> None:
    """Register the place as a platform and write a posting file with the account `main` there; `more` follows it."""
    monkeypatch.setitem(PLATFORMS, "place", kind)
    path = folder / "posting.toml"
    path.write_text(
        f'[platforms.place]\nbase_url = "{fake.url}"\n[[accounts]]\nplatform = "place"\nname = "main"\n{more}'
    )
    monkeypatch.setenv("POSTING_FILE", str(path))
    get_settings.cache_clear()
    get_posting_file.cache_clear()


def keep(token: Token, account: PostingAccount = MAIN) -> None:
    """Keep a token as connecting does."""
    with get_database().transaction() as connection:
        keep_token(connection, account, token)


def look(name: str = "main") -> Account:
    """Return an account of the place as it stands."""
    with get_database().transaction() as connection:
        return accounts.get_account(connection, "place", name)
