"""Lends the accounts of outside services, one for each call, and learns from how the call ended.

Both steps belong to the caller's transactions. `lend` keeps everybody else from lending accounts of that service until
the caller has written its attempt down and committed: only then do all see it, and limits hold for any number of
workers. An account is in flight as long as its attempt is open; `give_back` only judges how it ended.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import randbelow

from core.errors import ConfigError, FactoryError, NoAccount
from core.log import redact
from core.vault import get_vault
from db import accounts
from db.accounts import Account, Secret
from db.connection import Connection
from rules.rotation import SUCCESS, PaceLike, Seat, after_error, after_use, choose

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lent:
    """An account to call a service with. `key` is empty where none is needed."""

    account_id: int
    name: str
    key: str = field(repr=False)


def lend(connection: Connection, service: str, pace: PaceLike, *, needs_key: bool = True) -> Lent:
    """Choose an account and count a request on it; the caller writes its attempt down in the same transaction.

    A service that needs no key gets an account by itself. Raises NoAccount saying why there is none and, where the
    clock tells, until when; and ConfigError when no master key opens the secret.
    """
    found = accounts.lock_seats(connection, service, pace.window_seconds)
    if not found and not needs_key:
        accounts.ensure_keyless(connection, service)
        found = accounts.lock_seats(connection, service, pace.window_seconds)
    if not found:
        raise NoAccount(f"{service} has no account.", remedy=f"Add one: `reelwright accounts add {service} NAME`.")
    now = found[0].seen_at
    chosen = choose([_seat(account) for account in found if account.status == "active"], pace, now, randbelow)
    if not isinstance(chosen, Seat):
        raise _nobody(service, found, chosen)
    since_rest, rests_until = after_use(chosen, pace, now)
    secret = accounts.note_use(connection, chosen.id, since_rest, rests_until)
    return Lent(chosen.id, chosen.name, _opened(secret))


def key_of(connection: Connection, account_id: int | None) -> str:
    """Return the plain key of an account; empty where none is needed or there is no account.

    Raises ConfigError when no master key opens it.
    """
    return "" if account_id is None else _opened(accounts.get_secret(connection, account_id))


def _opened(secret: Secret) -> str:
    if secret.text is None:
        return ""
    try:
        return get_vault().unlock(secret.text)
    except ConfigError as exc:
        message = f"The account '{secret.name}' of {secret.service}: {exc.message}"
        raise ConfigError(message, remedy=exc.remedy) from exc


def give_back(connection: Connection, account_id: int | None, error: FactoryError | None) -> None:
    """Write down how a call with a lent account ended; `error` is None after a success. Without account, do nothing."""
    if account_id is None:
        return
    account = accounts.lock_account(connection, account_id)
    verdict = SUCCESS if error is None else after_error(error, account.failures, account.seen_at)
    if verdict is None or account.status == "retired":
        return
    reason = redact(verdict.reason)
    accounts.note_outcome(
        connection, account_id, health=verdict.health, failures=verdict.failures, rests_until=verdict.rests_until,
        retire=verdict.retire, reason=reason,
    )  # fmt: skip
    if verdict.retire:
        words = f"{account.service} {account.name}"
        logger.error(
            "%s: the account '%s' is retired, nothing uses it any more: %s Remedy: settle it with the service, then "
            "`reelwright accounts resume %s`, or `reelwright accounts rotate %s` for a new key.",
            account.service, account.name, reason, words, words,
        )  # fmt: skip
    elif verdict.rests_until is not None:
        logger.warning(
            "%s: the account '%s' rests until %s: %s",
            account.service,
            account.name,
            _clock(verdict.rests_until),
            reason,
        )


def _seat(account: Account) -> Seat:
    return Seat(
        id=account.id,
        name=account.name,
        requests=account.requests,
        since_rest=account.since_rest,
        in_window=account.in_window,
        window_frees_at=account.window_frees_at,
        in_flight=account.in_flight,
        rests_until=account.rests_until,
        last_used_at=account.last_used_at,
        failures=account.failures,
        health=account.health,
    )


def _nobody(service: str, found: Sequence[Account], until: datetime | None) -> NoAccount:
    if all(account.status != "active" for account in found):
        states = "; ".join(f"'{account.name}' is {_state(account)}" for account in found)
        return NoAccount(
            f"{service} has no account in use: {states}.",
            remedy="Resume one, or add one; see `reelwright accounts list`.",
        )
    if until is None:
        busy = NoAccount(
            f"Every account of {service} is at work already.",
            remedy="Wait for a call to end, add an account, or raise `concurrent` in the services file.",
        )
        busy.is_busy = True
        return busy
    error = NoAccount(
        f"Every account of {service} rests, is at a limit or at work; by the clock one is free at {_clock(until)}.",
        remedy="Wait until then, add an account, or change the pace in the services file.",
    )
    error.until = until
    return error


def _state(account: Account) -> str:
    return f"{account.status} ({account.reason.rstrip('.')})" if account.reason else account.status


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
