"""Opens the database of this factory: the operator's own, or the embedded one, migrated and with its roster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.errors import ConfigError, DatabaseUnavailable
from core.settings import Settings, get_settings
from db.characters import save_roster
from db.connection import get_database
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from rules.roster import parse_roster

PREFECT_DATABASE = "prefect"


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """Yield the address of a ready database and point this process and its children at it.

    Raises DatabaseUnavailable or ConfigError with the remedy.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        migrate(url)
        _load_roster(settings)
        yield url
        return
    server = EmbeddedPostgres(settings.home / "postgres")
    server.start()
    try:
        os.environ["DATABASE_URL"] = server.url()
        get_settings.cache_clear()
        get_database.cache_clear()
        migrate(server.url())
        _load_roster(settings)
        yield server.url()
    finally:
        if get_database.cache_info().currsize:
            get_database().close()
        get_database.cache_clear()
        os.environ.pop("DATABASE_URL", None)
        get_settings.cache_clear()
        server.stop()


def prefect_database_url(url: str) -> str:
    """Return the address of Prefect's own database on the same server, in the form its driver wants.

    Creates that database when it is missing. Raises DatabaseUnavailable when it cannot be.
    """
    own = os.environ.get("PREFECT_SERVER_DATABASE_CONNECTION_URL")
    if own:
        return own
    parts = conninfo_to_dict(url)
    try:
        with psycopg.connect(make_conninfo(url), autocommit=True, connect_timeout=5) as connection:
            query = "select from pg_database where datname = %s"
            if connection.execute(query, (PREFECT_DATABASE,)).fetchone() is None:
                connection.execute(f"create database {PREFECT_DATABASE}")  # a constant of ours
    except psycopg.Error as exc:
        raise DatabaseUnavailable(
            f"Prefect's own database '{PREFECT_DATABASE}' could not be created: {exc}",
            remedy=f"Create the database '{PREFECT_DATABASE}', or set PREFECT_SERVER_DATABASE_CONNECTION_URL.",
        ) from exc
    from sqlalchemy import URL  # takes longer to load than most commands that open the house take to answer

    host = str(parts.get("host") or "localhost")
    is_socket = host.startswith("/")
    return URL.create(
        "postgresql+asyncpg",
        username=str(parts["user"]) if parts.get("user") else None,
        password=str(parts["password"]) if parts.get("password") else None,
        host=None if is_socket else host,
        port=int(str(parts["port"])) if parts.get("port") else None,
        database=PREFECT_DATABASE,
        query={"host": host} if is_socket else {},
    ).render_as_string(hide_password=False)


def _load_roster(settings: Settings) -> None:
    try:
        text = settings.roster.read_text(encoding="utf-8")
    except OSError as exc:
        raise ConfigError(
            f"The roster {settings.roster} cannot be read ({exc.strerror}).", remedy="Set ROSTER_FILE to your roster."
        ) from exc
    with get_database().transaction() as connection:
        save_roster(connection, parse_roster(text))


if __name__ == "__main__":  # in containers: what the first part of `reelwright up` does
    with open_database(get_settings()) as address:
        prefect_database_url(address)
