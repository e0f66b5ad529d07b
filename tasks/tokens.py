"""The tokens of posting accounts: kept encrypted, renewed by one process at a time, never lost without a word.

A renewal is marked before it is sent and its answer is committed before it is used. Where a renewal uses the refresh
token up, a crash or a lost answer between the two loses the account: the mark tells so afterwards.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from core.clock import now
from core.errors import (
    AccessLost,
    FactoryError,
    NoAccount,
    NotFound,
    OutcomeUnknown,
    ServiceError,
    TokenExpired,
    UnexpectedReply,
    Unreachable,
)
from core.log import redact
from core.posting import PostingAccount, Token
from core.posting_file import posting_accounts
from db import accounts
from db.accounts import HeldToken
from db.connection import Connection, get_database
from integrations.platforms import platform_class
from integrations.platforms.base import SignIn
from tasks.sealed import completed, connect_command, days_until, ends_at, facts_of, is_due, options_of, seal, unseal

logger = logging.getLogger(__name__)

WEEKLY = timedelta(days=7)
"""The age at which a token without a refresh token is renewed: once it has ended, it never can be."""

WARN_DAYS = 14
"""A person is warned when access ends within so many days."""


class AccountTokens:
    """The way to the token of one posting account, for any number of processes at once."""

    def __init__(self, account: PostingAccount) -> None:
        self._account = account
        self._given: Token | None = None

    def current(self) -> Token:
        """Return a token that is good for some minutes at least, renewed when it was not.

        When it cannot be renewed now, the old one is returned as long as it lives. Raises AccessLost or NoAccount when
        a person must act, and Unreachable when the platform must be asked again later.
        """
        token = self._token()
        self._given = self._fresher(token) if is_due(token, now()) else token
        return self._given

    def renew(self, refused: Token | None = None) -> Token:
        """Return a token other than the one that was refused: what another process got meanwhile, or a renewed one.

        Without `refused` the one that `current` gave last is meant; where it gave none, the token is renewed ahead of
        time. Raises like `current`; a refused token is never returned again.
        """
        refused = refused or self._given
        self._given = self._renew(refused) if refused is not None else self._fresher(self._token())
        return self._given

    def tend(self) -> None:
        """Renew the token when it is due, or when waiting any longer could lose the account.

        Raises like `current`, and a ServiceError also when the old token goes on for a while.
        """
        token, moment = self._token(), now()
        if is_due(token, moment) or _is_better_renewed(token, moment):
            self._renew(token)

    def _fresher(self, token: Token) -> Token:
        """Renew a token; when the platform cannot now, go on with the old one as long as it lives."""
        try:
            return self._renew(token)
        except AccessLost:
            raise
        except ServiceError as error:
            if token.expires_at is not None and token.expires_at <= now():
                raise
            logger.warning("%s: the token could not be renewed yet: %s", self._account.label, redact(str(error)))
            return token

    def _renew(self, seen: Token) -> Token:
        """Return what has taken the place of the token `seen`, renewing it unless somebody else has."""
        sign_in = self._sign_in()
        while True:
            with get_database().transaction() as connection:
                before, token = self._locked(connection)
                if token.access != seen.access:
                    return token
                mark = before.renewing_since or before.seen_at
                accounts.note_renewing(connection, before.id, mark)
            with get_database().transaction() as connection:
                held, token = self._locked(connection)
                if token.access != seen.access:
                    return token
                if held.renewing_since != mark:  # the renewal of somebody else came to nothing meanwhile
                    continue
                outcome = self._exchange(connection, sign_in, token, before)
            if isinstance(outcome, ServiceError):
                raise outcome
            return outcome

    def _exchange(
        self, connection: Connection, sign_in: SignIn | None, old: Token, before: HeldToken
    ) -> Token | ServiceError:
        """Trade a locked token for a fresh one and write down what came of it.

        An error is returned, to be raised once that is committed. `before` is the account before the renewal was
        marked.
        """
        if sign_in is None:
            refused = AccessLost("The platform refuses the key.", service=self._account.platform)
            return self._retired(connection, refused, None)
        try:
            fresh = completed(sign_in.renew(old), old)
        except (AccessLost, TokenExpired) as error:
            return self._retired(connection, error, before.renewing_since if sign_in.rotates else None)
        except (OutcomeUnknown, UnexpectedReply) as error:  # the mark stays: the old token may be used up
            message = "The answer to the renewal of the token was lost; it is tried once more with the old one."
            return Unreachable(message, service=error.service, status=error.status, detail=error.detail)
        except ServiceError as error:
            accounts.note_renewing(connection, before.id, before.renewing_since)
            return error
        accounts.set_token(connection, before.id, seal(fresh), facts_of(fresh))
        return fresh

    def _retired(self, connection: Connection, error: ServiceError, lost_since: datetime | None) -> AccessLost:
        reason = error.message
        if lost_since is not None:
            reason += (
                f" A renewal that began on {lost_since.astimezone(UTC):%Y-%m-%d at %H:%M} UTC used the old tokens up;"
                " its answer, with the new ones, was lost."
            )
        reason = f"{reason} Connect it again: `{connect_command(self._account)}`."
        retire_account(connection, self._account, reason)
        return AccessLost(
            f"{self._account.label} is retired: {redact(reason)}", service=error.service, status=error.status,
            code=error.code, request_id=error.request_id, detail=error.detail,
        )  # fmt: skip

    def _token(self) -> Token:
        with get_database().transaction() as connection:
            return self._opened(accounts.get_token(connection, self._number(connection)))

    def _locked(self, connection: Connection) -> tuple[HeldToken, Token]:
        held = accounts.lock_token(connection, self._number(connection))
        return held, self._opened(held)

    def _number(self, connection: Connection) -> int:
        try:
            return accounts.get_account_id(connection, self._account.platform, self._account.name)
        except NotFound:
            raise _not_connected(self._account) from None

    def _opened(self, held: HeldToken) -> Token:
        """Return the token of an account that may be used; raises AccessLost, NoAccount or ConfigError."""
        label, words = self._account.label, f"{self._account.platform} {self._account.name}"
        if held.status == "retired":
            raise AccessLost(f"{label} is retired: {held.reason}", service=self._account.platform)
        if held.status == "paused":
            raise NoAccount(f"{label} is paused.", remedy=f"Use it again: `reelwright accounts resume {words}`.")
        if held.text is None:
            raise _not_connected(self._account)
        return unseal(self._account, held.text)

    def _sign_in(self) -> SignIn | None:
        kind = platform_class(self._account.platform).sign_in
        return None if kind is None else kind(options_of(self._account))


@dataclass(frozen=True)
class AccountHealth:
    """How an account fares. `days_left` counts until a person must connect it again; None where there is no end."""

    label: str
    status: Literal["active", "resting", "paused", "retired", "not connected"]
    days_left: int | None
    warning: str


def tend_accounts() -> list[AccountHealth]:
    """Renew ahead what should be, and say how every account that needs connecting fares; one never hides another."""
    return [health for account in posting_accounts() if (health := _tended(account)) is not None]


def rest_account(connection: Connection, account: PostingAccount, until: datetime, reason: str) -> None:
    """Leave an account alone until a time; a longer rest stays. Raises NotFound when it was never connected."""
    number = accounts.get_account_id(connection, account.platform, account.name)
    shown = redact(reason)
    accounts.note_outcome(
        connection, number, health="degraded", failures=0, rests_until=until, retire=False, reason=shown
    )
    logger.warning("%s: the account rests until %s: %s", account.label, f"{until.astimezone(UTC):%F %T} UTC", shown)


def note_success(connection: Connection, account: PostingAccount) -> None:
    """Write down that a post got out, so that nothing is held against the account; a rest and its reason stay."""
    accounts.note_success(connection, accounts.get_account_id(connection, account.platform, account.name))


def retire_account(connection: Connection, account: PostingAccount, reason: str) -> None:
    """Stop using an account until a person connects it again. Raises NotFound when it was never connected."""
    number = accounts.get_account_id(connection, account.platform, account.name)
    shown = redact(reason)
    accounts.note_outcome(
        connection, number, health="degraded", failures=0, rests_until=None, retire=True, reason=shown
    )
    logger.error("%s: the account is retired, nothing is posted to it any more: %s", account.label, shown)


def _is_better_renewed(token: Token, moment: datetime) -> bool:
    end = ends_at(token)
    if end is None:
        return False
    return end - moment < timedelta(days=WARN_DAYS) or (not token.refresh and moment - token.obtained_at > WEEKLY)


def _not_connected(account: PostingAccount) -> NoAccount:
    return NoAccount(f"{account.label} is not connected.", remedy=f"Connect it: `{connect_command(account)}`.")


def _tended(account: PostingAccount) -> AccountHealth | None:
    try:
        if not platform_class(account.platform).needs_account:
            return None
        AccountTokens(account).tend()
        trouble = ""
    except FactoryError as error:
        trouble = redact(f"{error.message} {error.remedy}")
    return _health_of(account, trouble)


def _health_of(account: PostingAccount, trouble: str) -> AccountHealth:
    try:
        with get_database().transaction() as connection:
            row = accounts.get_account(connection, account.platform, account.name)
    except NotFound:
        return AccountHealth(account.label, "not connected", None, trouble)
    resting = row.status == "active" and row.rests_until is not None and row.rests_until > row.seen_at
    left = days_until(row.refresh_expires_at, row.seen_at)
    if not trouble and left is not None and left <= WARN_DAYS:
        trouble = f"Access ends in {left} days. Connect it again before: `{connect_command(account)}`."
    warning = row.reason if row.status == "retired" else trouble
    return AccountHealth(account.label, "resting" if resting else row.status, left, warning)
