"""Accounts of outside services and platforms: their encrypted keys and tokens, how they are used, how they fare.

The caller owns the transaction. Whoever decides about accounts locks them first, with `lock_seats` or `lock_account`,
and before any generation or budget, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Literal

from core.errors import AlreadyExists, ConfigError, NotFound, WrongState
from db.connection import Connection, one
from db.sql import load_queries

SQL = load_queries("accounts")

Health = Literal["healthy", "degraded", "banned"]

SEE_ACCOUNTS = "See `reelwright accounts list`."


@dataclass(frozen=True)
class Account:
    """An account as it stands at `seen_at`, by the database's clock. Its secret is never part of it.

    `in_flight` attempts are open; `in_window` began within the window that was asked for, and the oldest of them
    leaves it at `window_frees_at`. Accounts of platforms have an owner there, and a token that ends at `expires_at`;
    `refresh_expires_at` is when it cannot be renewed any more, None where there is no such end. `renewing_since` is
    set while a renewal is under way, and stays when its answer was lost.
    """

    id: int
    service: str
    name: str
    status: Literal["active", "paused", "retired"]
    health: Health
    reason: str
    requests: int
    since_rest: int
    failures: int
    rests_until: datetime | None
    last_used_at: datetime | None
    has_secret: bool
    secret_set_at: datetime
    owner_id: str
    owner_name: str
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    renewing_since: datetime | None
    seen_at: datetime
    in_flight: int
    in_window: int
    window_frees_at: datetime | None


@dataclass(frozen=True)
class Locked:
    """What must be known of a locked account to judge an outcome."""

    service: str
    name: str
    status: str
    failures: int
    seen_at: datetime


@dataclass(frozen=True)
class Secret:
    """The encrypted key of an account; `text` is None where none is needed."""

    id: int
    service: str
    name: str
    text: str | None


@dataclass(frozen=True)
class HeldToken:
    """The encrypted token of a platform's account, and what must be known to use or renew it."""

    id: int
    status: Literal["active", "paused", "retired"]
    reason: str
    text: str | None = field(repr=False)
    renewing_since: datetime | None
    seen_at: datetime


@dataclass(frozen=True)
class TokenFacts:
    """What is kept in plain text beside an encrypted token; see `Account`."""

    owner_id: str
    owner_name: str
    expires_at: datetime | None
    refresh_expires_at: datetime | None


def add_account(connection: Connection, service: str, name: str, locked_secret: str | None) -> int:
    """Add an account with its encrypted secret and return its number; raises AlreadyExists."""
    values = {"service": service, "name": name, "secret": locked_secret}
    row = connection.execute(SQL["add_account"], values).fetchone()
    if row is None:
        raise AlreadyExists(
            f"{service} has an account '{name}' already.",
            remedy=f"Choose another name, or replace its key with `reelwright accounts rotate {service} {name}`.",
        )
    return int(row["id"])


def ensure_keyless(connection: Connection, service: str) -> None:
    """Give a service that needs no key an account named 'default', unless it has any."""
    connection.execute(SQL["ensure_keyless"], {"service": service})


def list_accounts(connection: Connection, service: str | None = None, window_seconds: float = 3600) -> list[Account]:
    """Return the accounts of one service or of all, by service and name."""
    rows = connection.execute(SQL["list_accounts"], {"service": service, "window": window_seconds})
    return [Account(**row) for row in rows]


def get_account(connection: Connection, service: str, name: str) -> Account:
    """Return one account; raises NotFound."""
    for account in list_accounts(connection, service):
        if account.name == name:
            return account
    raise NotFound(f"{service} has no account '{name}'.", remedy=SEE_ACCOUNTS)


def get_account_id(connection: Connection, service: str, name: str) -> int:
    """Return the number of an account; raises NotFound."""
    row = connection.execute(SQL["get_account_id"], {"service": service, "name": name}).fetchone()
    if row is None:
        raise NotFound(f"{service} has no account '{name}'.", remedy=SEE_ACCOUNTS)
    return int(row["id"])


def lock_seats(connection: Connection, service: str, window_seconds: float) -> list[Account]:
    """Return the accounts of a service and keep others from lending them until this transaction ends.

    Two statements on purpose: the one that waits for the locks counts what was there before it waited, and only
    the next one sees what the others wrote meanwhile.
    """
    locked = {row["id"] for row in connection.execute(SQL["lock_accounts"], {"service": service})}
    return [account for account in list_accounts(connection, service, window_seconds) if account.id in locked]


def lock_account(connection: Connection, account_id: int) -> Locked:
    """Return an account and keep others from deciding about it until this transaction ends."""
    return Locked(**one(connection.execute(SQL["lock_account"], {"id": account_id}).fetchone()))


def note_use(connection: Connection, account_id: int, since_rest: int, rests_until: datetime | None) -> Secret:
    """Count a request on a locked account and return its encrypted key; a rest of None leaves it as it is."""
    values = {"id": account_id, "since_rest": since_rest, "rests_until": rests_until}
    return Secret(**one(connection.execute(SQL["note_use"], values).fetchone()))


def get_secret(connection: Connection, account_id: int) -> Secret:
    """Return the encrypted key of an account."""
    return Secret(**one(connection.execute(SQL["get_secret"], {"id": account_id}).fetchone()))


def note_outcome(
    connection: Connection,
    account_id: int,
    *,
    health: Health,
    failures: int,
    rests_until: datetime | None,
    retire: bool,
    reason: str,
) -> None:
    """Write down what an outcome made of an account. A longer rest stays; a retired account stays as it is."""
    values = {"health": health, "failures": failures, "rests_until": rests_until, "retire": retire, "reason": reason}
    connection.execute(SQL["note_outcome"], {"id": account_id, **values})


def note_success(connection: Connection, account_id: int) -> None:
    """Hold nothing against an account that works; one that rests keeps its reason, a retired one stays as it is."""
    connection.execute(SQL["note_success"], {"id": account_id})


def pause_account(connection: Connection, service: str, name: str) -> None:
    """Stop using an account; raises NotFound, or WrongState when it is retired."""
    account = get_account(connection, service, name)
    if account.status == "retired":
        raise WrongState(
            f"The account '{name}' of {service} is retired, so nothing uses it: {account.reason}", remedy=SEE_ACCOUNTS
        )
    connection.execute(SQL["pause_account"], {"id": account.id})


def resume_account(connection: Connection, service: str, name: str) -> None:
    """Use an account again, healthy and rested; raises NotFound."""
    connection.execute(SQL["resume_account"], {"id": get_account(connection, service, name).id})


def replace_secret(connection: Connection, service: str, name: str, locked_secret: str) -> None:
    """Give an account a new key, whose age begins now; a retired one is used again. Raises NotFound."""
    account = get_account(connection, service, name)
    connection.execute(SQL["replace_secret"], {"id": account.id, "secret": locked_secret})


def connect_account(connection: Connection, service: str, name: str, locked_token: str, facts: TokenFacts) -> int:
    """Keep the encrypted token of a platform's account, new or known, and return its number.

    A retired account is used again; a paused one stays paused, and a rest goes on.
    """
    values = {"service": service, "name": name, "secret": locked_token, **asdict(facts)}
    return int(one(connection.execute(SQL["connect_account"], values).fetchone())["id"])


def get_token(connection: Connection, account_id: int) -> HeldToken:
    """Return the encrypted token of an account."""
    return HeldToken(**one(connection.execute(SQL["get_token"], {"id": account_id}).fetchone()))


def lock_token(connection: Connection, account_id: int) -> HeldToken:
    """Return the encrypted token of an account and keep others from renewing it until this transaction ends."""
    return HeldToken(**one(connection.execute(SQL["lock_token"], {"id": account_id}).fetchone()))


def note_renewing(connection: Connection, account_id: int, since: datetime | None) -> None:
    """Write down since when an account's token is being renewed; None when that surely came to nothing."""
    connection.execute(SQL["note_renewing"], {"id": account_id, "since": since})


def set_token(connection: Connection, account_id: int, locked_token: str, facts: TokenFacts) -> None:
    """Replace the encrypted token of a locked account by its renewed one; nothing is being renewed after that."""
    connection.execute(SQL["set_token"], {"id": account_id, "secret": locked_token, **asdict(facts)})


def note_calls(connection: Connection, app: str, day: date, bucket: str, calls: int) -> None:
    """Count calls that an app is about to make on one of its platform's days."""
    connection.execute(SQL["note_calls"], {"app": app, "day": day, "bucket": bucket, "calls": calls})


def list_calls(connection: Connection, app: str) -> tuple[date, dict[str, int]] | None:
    """Return the newest day on which an app made calls that are counted, and how many by bucket; None before any."""
    rows = list(connection.execute(SQL["list_calls"], {"app": app}))
    return (rows[0]["day"], {row["bucket"]: row["calls"] for row in rows}) if rows else None


def relock_all(connection: Connection, relock: Callable[[str], str]) -> int:
    """Replace every encrypted secret by `relock` of it and return how many there are.

    Raises ConfigError naming the account whose secret cannot be opened.
    """
    secrets = [Secret(**row) for row in connection.execute(SQL["lock_secrets"])]
    for secret in secrets:
        try:
            text = relock(secret.text or "")
        except ConfigError as exc:
            message = f"The account '{secret.name}' of {secret.service}: {exc.message}"
            raise ConfigError(message, remedy=exc.remedy) from exc
        connection.execute(SQL["set_secret"], {"id": secret.id, "secret": text})
    for row in connection.execute(SQL["lock_handles"]).fetchall():
        connection.execute(SQL["set_handle"], {"key": row["key"], "handle": relock(row["handle"])})
    return len(secrets)
