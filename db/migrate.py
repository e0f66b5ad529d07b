"""Moves a database to the newest schema, or back. Safe to run from several processes at once.

Alembic is loaded only when there is something to move: it takes longer to load than most commands take to answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from db.connection import translated

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the database at `url` to `revision`."""
    if revision == "head" and current_revision(url) == newest_revision():
        return
    from alembic import command

    with _translated():
        command.upgrade(_config(url), revision)


def migrate_down(url: str, revision: str) -> None:
    """Take the database at `url` back to `revision` ("base" drops everything)."""
    from alembic import command

    with _translated():
        command.downgrade(_config(url), revision)


def newest_revision() -> str:
    """Return the revision this code needs."""
    return max(path.stem[1:5] for path in (MIGRATIONS / "versions").glob("r[0-9]*.py"))


def current_revision(url: str) -> str | None:
    """Return the revision the database is at, or None when it was never migrated."""
    with translated(), psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute("select to_regclass('alembic_version')").fetchone()
        if row is None or row[0] is None:
            return None
        version = connection.execute("select version_num from alembic_version").fetchone()
        return str(version[0]) if version else None


@contextmanager
def _translated() -> Iterator[None]:
    """Translate the driver's errors, which Alembic hands over wrapped."""
    from sqlalchemy.exc import DBAPIError

    with translated():
        try:
            yield
        except DBAPIError as exc:
            raise (exc.orig or exc) from exc


def _config(url: str) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = url
    return config
