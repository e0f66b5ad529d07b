import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.errors import DatabaseUnavailable
from core.settings import ROOT
from db.connection import Database
from db.embedded import EmbeddedPostgres

USER = """
import sys, time
from pathlib import Path
from db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print("up", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rw-own-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "postgres"


def another_user(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_it_keeps_its_data_from_one_start_to_the_next(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("create table kept as select 1 as n")
    server.stop()
    assert server.pid is None

    server.start()
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("select n from kept").fetchone() == (1,)
    server.stop()


def test_the_last_user_stops_it_even_after_another_was_killed(folder: Path) -> None:
    process = another_user(folder)
    server = EmbeddedPostgres(folder)
    server.start()

    server.stop()
    assert server.pid is not None, "stopped under another user"

    server.start()
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.stop()
    assert server.pid is None


def test_it_recovers_when_the_server_itself_was_killed(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("create table kept as select 1 as n")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.pid is not None:
        time.sleep(0.05)

    again = EmbeddedPostgres(folder)
    again.start()
    with psycopg.connect(again.url()) as connection:
        assert connection.execute("select n from kept").fetchone() == (1,)
    server.stop()
    again.stop()
    assert again.pid is None


def test_a_database_that_is_gone_is_said_so_and_found_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.connection.WAIT_SECONDS", 1.0)
    server = EmbeddedPostgres(folder)
    server.start()
    database = Database(server.url())
    with database.transaction() as connection:
        connection.execute("select 1")
    server.stop()

    with pytest.raises(DatabaseUnavailable, match="No connection"), database.transaction():
        pass

    server.start()
    with database.transaction() as connection:
        assert connection.execute("select 1 as one").fetchone() == {"one": 1}
    database.close()
    server.stop()
