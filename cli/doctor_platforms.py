"""What the doctor finds about platforms: the file, the accounts, and whether each may still post.

Nobody outside is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from cli.finding import Finding, Level
from core.errors import FactoryError, NotFound
from core.posting import PostingAccount, Token
from core.posting_file import get_posting_file
from core.settings import Settings
from db.accounts import Account, get_account, list_calls
from db.connection import get_database
from deployments.house import open_database
from integrations.platforms import PLATFORMS, Access, Platform, platform_class
from rules.cadence import cadence_problems
from rules.pace import pace_problems
from tasks.sealed import app_of, connect_command, days_until, options_of, stored_token
from tasks.tokens import WARN_DAYS, AccountTokens


def look_at_platforms(settings: Settings) -> Iterator[Finding]:
    """Look at every platform and account that reels go to."""
    for name in settings.platform_names:
        yield _without_account(settings, name)
    file = get_posting_file()
    for unknown in sorted(file.platforms.keys() - PLATFORMS.keys()):
        remedy = f"Use one of: {', '.join(sorted(PLATFORMS))}."
        yield Finding("platforms", "fault", f"[platforms.{unknown}] in the posting file is no platform", remedy)
    if file.accounts:
        with open_database(settings):
            for account in file.accounts:
                try:
                    yield from _account(settings, account)
                except FactoryError as error:
                    yield Finding(account.label, "fault", error.message, error.remedy)


def _without_account(settings: Settings, name: str) -> Finding:
    kind = platform_class(name)
    if kind.needs_account:
        remedy = f"Take {name} out of PLATFORMS and write its account into the posting file."
        return Finding(name, "fault", "it stands in PLATFORMS, but posts go to an account there", remedy)
    kind(Access(name, settings, options_of(PostingAccount(platform=name))))
    return Finding(name, "ok", "needs no account")


def _account(settings: Settings, account: PostingAccount) -> Iterator[Finding]:
    kind = platform_class(account.platform)
    kind(Access(account.label, settings, options_of(account), AccountTokens(account) if kind.needs_account else None))
    for problem in pace_problems(account, kind.limits):
        yield Finding(account.label, "fault" if cadence_problems(account.cadence) else "note", problem)
    if not kind.needs_account:
        yield Finding(account.label, "ok", f"needs no account; {_approval(kind, account)}")
        return
    connect = f"`{connect_command(account)}`"
    if not account.name:
        yield Finding(account.label, "fault", "the account has no name", "Give it one in the posting file.")
        return
    with get_database().transaction() as connection:
        try:
            row = get_account(connection, account.platform, account.name)
        except NotFound:
            row = None
        token = stored_token(connection, account)
    if row is None or token is None:
        yield Finding(account.label, "fault", "it is not connected", f"Connect it: {connect}.")
    elif row.status == "retired":
        yield Finding(account.label, "fault", f"retired: {row.reason}", f"Connect it again: {connect}.")
    else:
        yield from _standing(kind, account, row)
        yield from _scopes(kind, account, token)
        yield from _calls(kind, account)


def _calls(kind: type[Platform], account: PostingAccount) -> Iterator[Finding]:
    """Say how much of what the platform counts by the day was used, on the newest day with any calls."""
    with get_database().transaction() as connection:
        counted = list_calls(connection, app_of(connection, account))
    if counted is None:
        return
    day, used = counted
    shares = [f"{used.get(bucket, 0)} of {most} {bucket}" for bucket, most in kind.limits.calls_per_day.items()]
    yield Finding(account.label, "ok", f"calls of its app on {day:%Y-%m-%d}, the platform's day: {', '.join(shares)}")


def _standing(kind: type[Platform], account: PostingAccount, row: Account) -> Iterator[Finding]:
    """Say whose it is, how long access lasts, and what keeps it from posting now."""
    left, connect = days_until(row.refresh_expires_at, row.seen_at), f"`{connect_command(account)}`"
    owner = f"connected as {row.owner_name}" if row.owner_name else "connected"
    if left == 0:
        yield Finding(account.label, "fault", f"{owner}, but access has ended or ends today", f"Connect it: {connect}.")
    else:
        end = "access does not end" if left is None else f"access ends in {left} days"
        level: Level = "ok" if left is None or left > WARN_DAYS else "note"
        remedy = "" if level == "ok" else f"Connect it again before: {connect}."
        yield Finding(account.label, level, f"{owner}; {end}; {_approval(kind, account)}", remedy)
    if row.status == "paused":
        words = f"{account.platform} {account.name}"
        yield Finding(account.label, "note", "paused", f"To use it again: `reelwright accounts resume {words}`.")
    elif row.rests_until is not None and row.rests_until > row.seen_at:
        until = f"{row.rests_until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        yield Finding(account.label, "note", f"rests until {until}: {row.reason}".rstrip(": "))
    if row.renewing_since is not None:
        since = f"{row.renewing_since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        detail = f"a renewal of its token that began at {since} has no answer yet"
        yield Finding(account.label, "note", detail, f"Should it not be renewed soon, connect it again: {connect}.")


def _scopes(kind: type[Platform], account: PostingAccount, token: Token) -> Iterator[Finding]:
    """Name the rights that were not given; nothing where the platform does not tell."""
    if kind.sign_in is None or not token.scopes:
        return
    sign_in = kind.sign_in(options_of(account))
    for scope, why in sign_in.scopes.items():
        if scope not in token.scopes:
            level: Level = "note" if scope in sign_in.optional_scopes else "fault"
            remedy = f"Allow it on the platform's page: `{connect_command(account)}`."
            yield Finding(account.label, level, f"not given: {scope}. {why}", remedy)


def _approval(kind: type[Platform], account: PostingAccount) -> str:
    if kind.needs_consent:
        return "the platform wants a person to agree to each post"
    return "a person approves each post" if account.approval else "posts go out by themselves"
