"""Sets up outside services for a test, has pictures drawn by them, and looks at what was written down and paid."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Fake
from psycopg.rows import tuple_row

from core.models import Capability, DrawRequest, Order, Palette, Setting
from core.settings import get_settings
from core.vault import get_vault
from db import accounts, generations, ledger
from db.connection import get_database
from db.generations import Unsettled
from tasks import chain
from tasks.making import obtain_from_makers
from tasks.work import Result

PALETTE = Palette(deep="#0b1d3a", main="#1f5f8b", soft="#7fb7be", glow="#ffe8b0", accent="#ffb000")
Use = Callable[..., None]


def write_services_file(
    path: Path,
    fakes: Mapping[str, Fake],
    chains: Mapping[str, Sequence[str]],
    *,
    premium: Mapping[str, Sequence[str]] | None = None,
    budgets: Mapping[str, float] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Write a services file that sends every service to its fake; `options` go over the fakes' own."""
    lines: list[str] = []
    for heading, table in (("chains", chains), ("premium", premium or {}), ("budgets", budgets or {})):
        lines += _table(heading, table)
    for name, fake in fakes.items():
        lines += _table(f"services.{name}", {**fake.options(), **(options or {}).get(name, {})})
    path.write_text("\n".join(lines))


def use_services(
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    fakes: Mapping[str, Fake],
    chains: Mapping[str, Sequence[str]],
    *,
    keys: Mapping[str, Sequence[str]] | None = None,
    **rest: Any,
) -> None:
    """Write the services file, use it, and add an account for each service, or one for each of `keys`."""
    write_services_file(path, fakes, chains, **rest)
    monkeypatch.setenv("SERVICES_FILE", str(path))
    get_settings.cache_clear()
    chain.forget()
    with get_database().transaction() as connection:
        for name, fake in fakes.items():
            given = (keys or {}).get(name, [fake.KEY] if chain.needs_key(name) else [])
            for number, key in enumerate(given, start=1):
                accounts.add_account(connection, name, f"key-{number}", get_vault().lock(key))


def users_of(monkeypatch: pytest.MonkeyPatch, path: Path, known: Mapping[str, Fake], **usual: Any) -> Use:
    """Return what has the named services draw pictures, in that order: each of the known ones at its fake.

    `usual` is what `use_services` is told besides, unless the call says otherwise.
    """

    def use(*names: str, fakes: Mapping[str, Fake] = known, **rest: Any) -> None:
        used = {name: fakes[name] for name in names if name in fakes}
        use_services(monkeypatch, path, used, {"draw": names}, **{**usual, **rest})

    return use


def drawing(text: str = "A lighthouse in a storm.") -> Order:
    """Return the order for a small picture."""
    setting = Setting(place="sea", time="day", mood="bright")
    request = DrawRequest(text=text, setting=setting, palette=PALETTE, width=216, height=384)
    return Order(capability=Capability.DRAW, request=request.model_dump(mode="json"), recipe="1")


def draw(text: str = "A lighthouse in a storm.") -> Result:
    """Have a small picture drawn by the services in use."""
    return obtain_from_makers(drawing(text), reel_id=None)


def execute(statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run one statement as a hand at the database would, and return its rows."""
    with get_database().transaction() as connection:
        done = connection.cursor(row_factory=tuple_row).execute(statement.encode(), values)
        return done.fetchall() if done.description else []


def purses() -> dict[str, float]:
    """Return what lies in the purses of all accounts together; checks that it adds up to nothing."""
    with get_database().transaction() as connection:
        there = ledger.sum_purses(connection)
    assert sum(there.values()) == 0
    return {purse: float(credits) for purse, credits in there.items()}


def unsettled() -> list[Unsettled]:
    """Return the lost calls and late jobs whose credits wait for an answer."""
    with get_database().transaction() as connection:
        return generations.list_unsettled(connection)


def _table(heading: str, table: Mapping[str, Any]) -> list[str]:
    plain = {name: value for name, value in table.items() if not _has_tables(value)}
    lines = [f"[{heading}]", *(f"{name} = {json.dumps(value)}" for name, value in plain.items()), ""]
    for name, value in table.items():
        if isinstance(value, Mapping):
            lines += _table(f"{heading}.{name}", value)
        elif _has_tables(value):
            for row in value:
                lines += [f"[[{heading}.{name}]]", *(f"{key} = {json.dumps(held)}" for key, held in row.items()), ""]
    return lines


def _has_tables(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))
