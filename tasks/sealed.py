"""Tokens at rest: encrypted with what is known of them beside, and the rules of when one is due.

A token is kept as JSON in the secret of its account; its parts are kept out of the log from the moment they are known.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from core.errors import ConfigError, NotFound
from core.log import hide
from core.posting import PostingAccount, Token
from core.posting_file import get_posting_file
from core.vault import get_vault
from db import accounts
from db.accounts import TokenFacts
from db.connection import Connection

LEAST_LEFT = timedelta(minutes=10)
LEAST_SHARE = 0.1
"""A token is renewed when less than this, or than this share of its life, is left: an upload must not outlast it."""

KEPT = ("refresh", "scopes", "owner_id", "owner_name", "kind", "app", "memory")
"""What stays as it was when the answer to a renewal leaves it out."""


def keep_token(connection: Connection, account: PostingAccount, token: Token) -> None:
    """Keep the token of an account that was just connected; a retired one is used again."""
    accounts.connect_account(connection, account.platform, account.name, seal(token), facts_of(token))


def stored_token(connection: Connection, account: PostingAccount) -> Token | None:
    """Return the token that is kept for an account, whatever its status; None when it was never connected.

    Raises ConfigError when it cannot be opened.
    """
    try:
        held = accounts.get_token(connection, accounts.get_account_id(connection, account.platform, account.name))
    except NotFound:
        return None
    return None if held.text is None else unseal(account, held.text)


def app_of(connection: Connection, account: PostingAccount) -> str:
    """Return a name for the app in which an account was connected: accounts of one app share what is counted by day."""
    token = stored_token(connection, account)
    if token is None or token.app is None:
        return account.label
    return f"{account.platform}:{hashlib.sha256(token.app.client_id.encode()).hexdigest()[:12]}"


def seal(token: Token) -> str:
    """Return a token encrypted; its parts are kept out of the log from then on."""
    _hide_parts(token)
    return get_vault().lock(token.model_dump_json())


def unseal(account: PostingAccount, text: str) -> Token:
    """Return the token of an account, decrypted; raises ConfigError when it cannot be opened or is none."""
    again = f"Connect it again: `{connect_command(account)}`."
    try:
        token = Token.model_validate_json(get_vault().unlock(text))
    except ValidationError:
        raise ConfigError(f"What is kept for {account.label} is no token.", remedy=again) from None
    except ConfigError as exc:
        raise ConfigError(f"{account.label}: {exc.message}", remedy=f"{exc.remedy} Or: {again}") from exc
    _hide_parts(token)
    return token


def facts_of(token: Token) -> TokenFacts:
    """Return what is kept of a token in plain text."""
    return TokenFacts(token.owner_id, token.owner_name, token.expires_at, ends_at(token))


def ends_at(token: Token) -> datetime | None:
    """Return when a token cannot be renewed any more; without a refresh token that is its own end."""
    return token.refresh_expires_at if token.refresh else token.expires_at


def is_due(token: Token, moment: datetime) -> bool:
    """Say whether a token should be renewed before it is used at a moment."""
    if token.expires_at is None:
        return False
    life = token.expires_at - token.obtained_at
    return token.expires_at - moment < max(LEAST_LEFT, LEAST_SHARE * life)


def days_until(end: datetime | None, moment: datetime) -> int | None:
    """Return the full days from a moment to an end, 0 when it is over; None without an end."""
    return None if end is None else max(0, (end - moment).days)


def options_of(account: PostingAccount) -> dict[str, Any]:
    """Return the options of an account's platform with its own on top."""
    return {**get_posting_file().platforms.get(account.platform, {}), **account.options}


def connect_command(account: PostingAccount) -> str:
    """Return the command by which a person connects an account."""
    return f"reelwright connect {account.platform} {account.name}"


def completed(fresh: Token, old: Token) -> Token:
    """Return a fresh token with what its answer left out taken from the old one."""
    kept: dict[str, Any] = {name: getattr(old, name) for name in KEPT if not getattr(fresh, name)}
    if "refresh" in kept and fresh.refresh_expires_at is None:
        kept["refresh_expires_at"] = old.refresh_expires_at
    return fresh.model_copy(update=kept)


def _hide_parts(token: Token) -> None:
    for secret in (token.access, token.refresh, token.app.client_secret if token.app else ""):
        hide(secret)
