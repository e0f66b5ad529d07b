"""Connections and transactions; the one place where the driver's errors become ours."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from core.errors import AlreadyExists, ConfigError, DatabaseUnavailable, DataError, WrongState
from core.log import redact
from core.settings import get_settings

Connection = psycopg.Connection[DictRow]

WAIT_SECONDS = 10.0
"""How long a caller waits for a connection before the database counts as gone."""


def _in_utc(connection: Connection) -> None:
    """Have times come back in UTC, whatever zone the server lives in."""
    connection.execute("set time zone 'UTC'")
    connection.commit()


class Database:
    """One PostgreSQL database and a small pool of connections to it."""

    def __init__(self, url: str) -> None:
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=0,
            max_size=8,
            timeout=WAIT_SECONDS,
            max_idle=120,
            reconnect_timeout=WAIT_SECONDS,
            check=ConnectionPool.check_connection,
            kwargs={"row_factory": dict_row, "connect_timeout": 5, "application_name": "reelwright"},
            configure=_in_utc,
            open=True,
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection in a transaction: committed at the end, rolled back on an error."""
        with translated(), self._pool.connection() as connection, connection.transaction():
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


@contextmanager
def translated() -> Iterator[None]:
    """Turn psycopg's errors into the house's, by SQLSTATE class and constraint name."""
    try:
        yield
    except PoolTimeout as exc:
        raise DatabaseUnavailable("No connection to the database could be had.") from exc
    except psycopg.errors.UniqueViolation as exc:
        raise AlreadyExists(f"This exists already ({exc.diag.constraint_name}).") from exc
    except psycopg.errors.CheckViolation as exc:
        name = exc.diag.constraint_name or ""
        if name.endswith("_legal_transition"):
            raise WrongState(f"{exc.diag.message_primary}.") from exc
        raise DataError(f"The database refused the values ({name}): {exc.diag.message_primary}.") from exc
    except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
        raise DatabaseUnavailable(f"The database does not answer: {redact(str(exc)).strip()}") from exc
    except psycopg.Error as exc:
        raise DataError(f"The database refused: {redact(str(exc)).strip()}") from exc


@lru_cache(maxsize=1)
def get_database() -> Database:
    """Return this process's database, from DATABASE_URL.

    Raises ConfigError when nothing is set: only `reelwright` starts the embedded PostgreSQL.
    """
    url = get_settings().database_url
    if url is None:
        raise ConfigError(
            "DATABASE_URL is not set and no embedded PostgreSQL was started.",
            remedy="Start flows through `reelwright up` or `reelwright reel`, or set DATABASE_URL.",
        )
    database = Database(url.get_secret_value())
    atexit.register(database.close)
    return database


def one(row: DictRow | None) -> dict[str, Any]:
    """Return a row that must be there; a query that promises one row and gives none is a bug."""
    if row is None:
        raise DataError("A query that must return a row returned none.")
    return row
