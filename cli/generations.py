"""Lost calls and late jobs: what is known about each, and how a person closes it."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from cli.output import console, print_json, spoken_errors
from core.errors import BadInput, NotFound
from core.keys import plain_number
from core.settings import get_settings
from db import generations
from db.connection import get_database
from db.generations import Unsettled

generations_app = typer.Typer(
    help="Paid calls whose outcome is not known, and how to close them.", no_args_is_help=True
)

NAME = re.compile(r"(rw-)?(?P<key>[0-9a-f]+)(-(?P<n>[0-9]+))?")
"""The beginning of a key, or a label, which also says which of the calls for that key is meant."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@generations_app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List lost calls and late jobs, with what is known about each. Their credits stay reserved until closed."""
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()), get_database().transaction() as connection:
        waiting = generations.list_unsettled(connection)
    if as_json:
        print_json([asdict(one) for one in waiting])
        return
    if not waiting:
        console.print("Nothing waits for an answer: every paid call is accounted for.")
        return
    table = Table(
        Column("key", no_wrap=True), "what", "reel", "service", "status", "asked, UTC", "reserved", "looked",
        box=None, header_style="bold",
    )  # fmt: skip
    for one in waiting:
        asked = "" if one.asked_at is None else f"{one.asked_at.astimezone(UTC):%Y-%m-%d %H:%M}"
        table.add_row(
            one.key[:12], one.capability, str(one.reel_id or ""), f"{one.service}/{one.account}", one.status, asked,
            plain_number(one.reserved), str(one.looked),
        )  # fmt: skip
    console.print(table)
    for one in waiting:
        console.print(f"\n{one.key[:12]}  label {one.label}, number {one.external_id or 'unknown'}", markup=False)
        console.print(f"  {one.evidence or one.error or ''}", markup=False)


@generations_app.command("resolve")
def resolve(
    key: Annotated[str, typer.Argument(help="The key, its first letters, or the label; see `generations list`.")],
    look: Annotated[bool, typer.Option("--look", help="Ask the service once more.")] = False,
    paid: Annotated[
        str | None, typer.Option("--paid", metavar="UNITS", help="It cost so many of the service's units; no result.")
    ] = None,
    not_paid: Annotated[bool, typer.Option("--not-paid", help="It never happened: free its credits.")] = False,
    external_id: Annotated[
        str | None, typer.Option("--number", help="It happened, under this number at the service: take it up.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Close a lost call, after looking at the service's own website: exactly one of the four answers.

    Afterwards rerun the reel: it goes on from the job that was found, or asks again.
    """
    from deployments.house import open_database
    from tasks.credits import close_as, settle_one, take_up

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        if sum((look, paid is not None, not_paid, external_id is not None)) != 1:
            raise BadInput(
                "Say what became of it.", remedy="Give one of --look, --paid UNITS, --not-paid, --number ID."
            )
        unsettled = _find(key)
        if look:
            outcome = settle_one(unsettled)
        elif external_id is not None:
            number = _number(external_id)
            take_up(unsettled, number)
            outcome = f"its job {number} is taken up by the next run of its reel"
        else:
            units = Decimal(0) if paid is None else _units(paid)
            close_as(unsettled, units, "Closed by a person.")
            outcome = f"closed for {plain_number(units)} units; it may be asked for again"
    if as_json:
        row: dict[str, Any] = {"key": unsettled.key, "outcome": outcome}
        print_json(row)
    else:
        console.print(outcome, markup=False)


def _find(name: str) -> Unsettled:
    given = NAME.fullmatch(name)
    if given is None:
        raise BadInput(f"'{name}' is no key.", remedy="Copy it from `reelwright generations list`.")
    with get_database().transaction() as connection:
        waiting = generations.list_unsettled(connection, given["key"])
    found = [one for one in waiting if given["n"] in (None, str(one.n))]
    if not found:
        raise NotFound(f"No lost call begins with {name}.", remedy="See `reelwright generations list`.")
    if len(found) > 1:
        raise BadInput(
            f"{len(found)} lost calls begin with {name}.",
            remedy="Give more letters of the key, or the whole label; see `reelwright generations list`.",
        )
    return found[0]


def _number(text: str) -> str:
    if not text.strip():
        raise BadInput("The number is empty.", remedy="Copy it from the service's website.")
    return text.strip()


def _units(text: str) -> Decimal:
    try:
        units = Decimal(text)
    except InvalidOperation:
        units = Decimal("nan")
    if not units.is_finite() or not 0 <= units < 10**9:
        raise BadInput(
            f"'{text}' is no number of units.", remedy="Give it as the service's website shows it, such as 12.5."
        )
    return units
