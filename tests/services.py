"""Sets up outside services for a test: their fakes, the services file and an account for each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Fake

from core.settings import get_settings
from core.vault import get_vault
from db import accounts
from db.connection import get_database
from tasks import chain


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
