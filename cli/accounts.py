"""Accounts of outside services and platforms: how they fare, adding and replacing keys. No key is ever shown.

Accounts of platforms come in by `reelwright connect`; here they are listed, paused and resumed.
"""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cli.output import console, print_json, spoken_errors
from core.errors import BadInput
from core.settings import get_settings

if TYPE_CHECKING:
    from db.accounts import Account

NAME = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
LONGEST_NAME = 64

SHORTEST_SECRET = 8
"""No service gives out shorter keys, so a shorter one was cut while it was copied."""

COLOURS = {"healthy": "green", "degraded": "yellow", "banned": "red"}

accounts_app = typer.Typer(help="Accounts of outside services and platforms, and their keys.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Service = Annotated[str, typer.Argument(help="The service, as the services file calls it.", show_default=False)]
Name = Annotated[str, typer.Argument(help="Your name for the account.", show_default=False)]
SecretFile = Annotated[
    Path | None, typer.Option("--secret-file", help="Read the key from this file instead of asking for it.")
]


@accounts_app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """Show all accounts: how they fare, until when they rest, how old their keys are and when access ends."""
    from db.accounts import list_accounts
    from db.connection import get_database
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()), get_database().transaction() as connection:
        found = list_accounts(connection)
    if as_json:
        print_json([_row(account) for account in found])
    elif found:
        _print(found)
    else:
        console.print("No accounts yet. Add one: reelwright accounts add SERVICE NAME")
        console.print("For a place to post to: reelwright connect PLATFORM NAME")


@accounts_app.command()
def add(service: Service, name: Name, secret_file: SecretFile = None, as_json: AsJson = False) -> None:
    """Add an account. Its key is asked for without showing it, or read from --secret-file or a pipe."""
    from core.vault import get_vault
    from db.accounts import add_account
    from db.connection import get_database
    from deployments.house import open_database

    with spoken_errors(as_json=as_json):
        needs_key = _needs_key(service)
        check_name(name)
        secret = read_secret(f"Key of {service}", secret_file) if needs_key or secret_file else None
        with open_database(get_settings()), get_database().transaction() as connection:
            add_account(connection, service, name, None if secret is None else get_vault().lock(secret))
    _say(as_json, service, name, "added", "Added {}." if secret is None else "Added {}; its key is kept encrypted.")


@accounts_app.command()
def pause(service: Service, name: Name, as_json: AsJson = False) -> None:
    """Stop using an account until it is resumed. Calls that are under way end normally."""
    from db.accounts import pause_account
    from db.connection import get_database
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()), get_database().transaction() as connection:
        pause_account(connection, service, name)
    _say(as_json, service, name, "paused", "{} is paused.")


@accounts_app.command()
def resume(
    service: Service,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a retired account is used again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Use an account again, healthy and rested. Asks first when the service had refused it."""
    from db.accounts import get_account, resume_account
    from db.connection import get_database
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        with get_database().transaction() as connection:
            account = get_account(connection, service, name)
        if account.status == "retired" and not yes:
            typer.echo(f"{service} had refused this account: {account.reason}", err=True)
            typer.confirm("Is that settled with the service, and may it be used again?", abort=True, err=True)
        with get_database().transaction() as connection:
            resume_account(connection, service, name)
    _say(as_json, service, name, "active", "{} is in use again.")


@accounts_app.command()
def rotate(service: Service, name: Name, secret_file: SecretFile = None, as_json: AsJson = False) -> None:
    """Give an account a new key; the age of the key begins anew, and a retired account is used again."""
    from core.vault import get_vault
    from db.accounts import get_account, replace_secret
    from db.connection import get_database
    from deployments.house import open_database

    with spoken_errors(as_json=as_json):
        _refuse_platform(service, name)
        with open_database(get_settings()):
            with get_database().transaction() as connection:
                get_account(connection, service, name)  # before a person types a key for nothing
            secret = get_vault().lock(read_secret(f"Key of {service}", secret_file))
            with get_database().transaction() as connection:
                replace_secret(connection, service, name, secret)
    _say(as_json, service, name, "rotated", "{} has a new key. Revoke the old one at the service.")


@accounts_app.command()
def rekey(as_json: AsJson = False) -> None:
    """Encrypt every key anew with the newest master key; after that the older master keys can go."""
    from core.vault import get_vault
    from db.accounts import relock_all
    from db.connection import get_database
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()), get_database().transaction() as connection:
        count = relock_all(connection, get_vault().relock)
    if as_json:
        print_json({"rekeyed": count})
    else:
        console.print(f"{count} keys are encrypted with the newest master key; older ones are not needed any more.")


def _needs_key(service: str) -> bool:
    from integrations.generation import SERVICES, service_class

    _refuse_platform(service, "NAME")
    if service not in SERVICES:
        raise BadInput(f"There is no service '{service}'.", remedy=f"Use one of: {', '.join(sorted(SERVICES))}.")
    return service_class(service).needs_key


def _is_platform(service: str) -> bool:
    from integrations.platforms import PLATFORMS

    return service in PLATFORMS


def _refuse_platform(service: str, name: str) -> None:
    if _is_platform(service):
        raise BadInput(
            f"'{service}' is a platform: its accounts are connected, not added.",
            remedy=f"Use `reelwright connect {service} {name}`.",
        )


def check_name(name: str) -> None:
    """Refuse with BadInput what cannot be the name of an account."""
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        raise BadInput(
            f"'{name}' cannot be the name of an account.",
            remedy=f"Use small letters and digits, with single '-', '_' or '.' between, at most {LONGEST_NAME}.",
        )


def read_secret(what: str, file: Path | None) -> str:
    """Return a key from a file, a pipe, or a person who types it unseen; raises BadInput when it cannot be one.

    `what` is asked for by that name.
    """
    if file is not None:
        try:
            secret = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise BadInput(f"{file} cannot be read.", remedy="Name a text file that holds the key alone.") from exc
    elif sys.stdin.isatty():
        secret = typer.prompt(what, hide_input=True, err=True)
    else:
        secret = sys.stdin.read()
    secret = secret.strip()
    if len(secret) < SHORTEST_SECRET or not secret.isprintable() or " " in secret:
        raise BadInput(
            f"This is no key: it is empty, shorter than {SHORTEST_SECRET} characters, or more than one word.",
            remedy="Copy the whole key from the service's page, and nothing else.",
        )
    return secret


def _row(account: Account) -> dict[str, object]:
    return {**asdict(account), "key_days": _key_days(account), "is_key_old": _is_key_old(account)}


def _print(found: list[Account]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("service", "name", "status", "health", "requests", "rests until", "key"):
        table.add_column(heading, no_wrap=heading in ("rests until", "key"))
    for account in found:
        table.add_row(
            account.service, account.name, account.status, f"[{COLOURS[account.health]}]{account.health}[/]",
            str(account.requests), _rest(account), _key(account),
        )  # fmt: skip
    console.print(table)
    for account in found:
        if account.owner_name:
            console.print(f"\n[bold]{account.service} {account.name}[/] is {escape(account.owner_name)} there.")
        if account.reason:
            console.print(f"\n[bold]{account.service} {account.name}[/] {account.status}: {escape(account.reason)}")
        if _is_key_old(account):
            command = f"reelwright accounts rotate {account.service} {account.name}"
            console.print(f"[yellow]⚠[/] The key of {account.service} {account.name} is old. Replace it: {command}")


def _key(account: Account) -> str:
    """Say how old a service's key is, or when the access to a platform's account ends."""
    if _is_platform(account.service):
        end = account.refresh_expires_at
        return "no end" if end is None else f"until {end.astimezone(UTC):%Y-%m-%d}"
    days = _key_days(account)
    age = "none" if days is None else f"{days} days"
    return f"[yellow]{age} ⚠[/]" if _is_key_old(account) else age


def _rest(account: Account) -> str:
    if account.rests_until is None or account.rests_until <= account.seen_at:
        return "-"
    return f"{account.rests_until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _key_days(account: Account) -> int | None:
    from rules.rotation import key_days

    if not account.has_secret or _is_platform(account.service):
        return None
    return key_days(account.secret_set_at, account.seen_at)


def _is_key_old(account: Account) -> bool:
    from rules.rotation import OLD_KEY_DAYS

    days = _key_days(account)
    return days is not None and days >= OLD_KEY_DAYS


def _say(as_json: bool, service: str, name: str, outcome: str, sentence: str) -> None:
    if as_json:
        print_json({"service": service, "name": name, "outcome": outcome})
    else:
        console.print(sentence.format(f"{service} {name}"))
