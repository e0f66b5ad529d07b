"""A real PostgreSQL for the session, an empty migrated database and a house of its own for each test that asks."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

_PREFECT_HOME = tempfile.TemporaryDirectory(prefix="reelwright-prefect-", ignore_cleanup_errors=True)
os.environ["PREFECT_HOME"] = _PREFECT_HOME.name
os.environ.update(
    DO_NOT_TRACK="1",
    PREFECT_LOGGING_TO_API_ENABLED="false",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_LOGGING_LEVEL="ERROR",
)
for name in ("PREFECT_API_URL", "DATABASE_URL", "REELWRIGHT_HOME"):
    os.environ.pop(name, None)

from core.posting_file import get_posting_file  # noqa: E402
from core.services_file import get_services_file  # noqa: E402
from core.settings import Settings, get_settings  # noqa: E402
from db import characters, ideas, reels  # noqa: E402
from db.connection import get_database  # noqa: E402
from db.embedded import EmbeddedPostgres  # noqa: E402
from db.migrate import migrate  # noqa: E402
from rules.briefs import parse_brief  # noqa: E402
from rules.roster import parse_roster  # noqa: E402

if TYPE_CHECKING:
    from fakes.tiktok import FakeTikTok

SHORT_BRIEF = """---
title: {title}
language: en
character: tester
places: sea, reef
---
## Facts
- An octopus has three hearts, and two of them stop when it swims away. [1]
- Its blood is blue, because copper carries the oxygen through cold water. [1]
- Each arm can taste what it touches, so it samples dinner by hand. [1]
- A giant Pacific octopus can squeeze through a gap as small as its beak. [1]
## Sources
1. Smithsonian Ocean, "Octopus": https://ocean.si.edu/
"""

ROSTER = """
[[character]]
slug = "tester"
name = "Tess Ter"
age = 41
language = "en"
persona = "A patient diver who writes everything down twice and laughs about it."
tone = "curious"
elite = false
[character.palette]
deep = "#0b1d3a"
main = "#1f5f8b"
soft = "#7fb7be"
glow = "#ffe8b0"
accent = "#ffb000"
[character.voice]
name = "joe"
"""


FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
TEMPLATE = "migrated"
numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: "slow" not in item.keywords)


def _memory() -> Path | None:
    """Return a folder in memory where there is room for databases: on a disk each costs far more to create."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > 4 << 30 else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server for this session."""
    with tempfile.TemporaryDirectory(prefix="rw-pg-", dir=_memory(), ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        server.start(FAST)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {TEMPLATE}")
        migrate(server.url(TEMPLATE))
        yield server
        server.stop()


@pytest.fixture
def empty_url(cluster: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database without any table."""
    yield from _database(cluster, "template1")


@pytest.fixture
def database_url(cluster: EmbeddedPostgres) -> Iterator[str]:
    """The address of a migrated database without rows."""
    yield from _database(cluster, TEMPLATE)


@pytest.fixture(scope="session")
def shared_url(cluster: EmbeddedPostgres) -> Iterator[str]:
    """The address of one migrated database for tests that write nothing."""
    yield from _database(cluster, TEMPLATE)


@pytest.fixture(scope="session")
def voice_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where prepared voices are kept: the factory's own cache when set-up has filled it, so that tests are quick."""
    own = get_settings().home / "cache" / "voices"
    get_settings.cache_clear()
    return own if own.is_dir() else tmp_path_factory.mktemp("voices")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def render_cache(shared_folder: Path) -> Path:
    """Where the segments of finished renders are kept, for all workers: most reels of tests are the same reel."""
    cache = shared_folder / "render-cache"
    cache.mkdir(exist_ok=True)
    return cache


@pytest.fixture
def fill_cache(voice_cache: Path, render_cache: Path) -> Callable[[Path], None]:
    """Let a factory of this folder use what others prepared."""

    def fill(home: Path) -> None:
        (home / "cache").mkdir(parents=True)
        (home / "cache" / "voices").symlink_to(voice_cache)
        (home / "cache" / "render").symlink_to(render_cache)

    return fill


@pytest.fixture
def house(
    database_url: str, tmp_path: Path, fill_cache: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Settings of a factory with a database and a folder of its own."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path / "var"))
    fill_cache(tmp_path / "var")
    monkeypatch.setenv("LEASE_SECONDS", "2")
    monkeypatch.setenv("RENDER_PROFILE", "preview")
    _forget()
    yield get_settings()
    get_database().close()
    _forget()


def _forget() -> None:
    """Have settings, files of settings and the database read anew: another test had others."""
    for cached in (get_settings, get_services_file, get_posting_file, get_database):
        cached.cache_clear()


@pytest.fixture
def plan_reel(house: Settings) -> Callable[[str], int]:
    """Put the roster and a brief into the database and begin its reel."""

    def plan(title: str = "The octopus has three hearts") -> int:
        brief = parse_brief(SHORT_BRIEF.format(title=title))
        with get_database().transaction() as connection:
            characters.save_roster(connection, parse_roster(ROSTER))
            idea, _ = ideas.add_idea(connection, brief)
            ideas.take_idea(connection, idea)
            return reels.begin_reel(connection, idea)

    return plan


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of an upright video with sound."""
    from posts import upright_video

    return upright_video(tmp_path_factory.mktemp("video") / "reel.mp4")


@pytest.fixture
def tiktok(house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTikTok]:
    """TikTok with a connected account, which is the only place that reels go to."""
    from platforms import connect, start

    with start("tiktok") as fake:
        connect(monkeypatch, tmp_path, {"tiktok": fake})
        monkeypatch.setenv("PLATFORMS", ",")  # no gallery
        get_settings.cache_clear()
        yield fake


@pytest.fixture(scope="session")
def prefect_api(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A real Prefect server for the session, whose database was migrated once for all workers: that takes longest."""
    from prefect.testing import utilities

    migrated = _migrated_prefect_database(shared_folder)

    def folder_with_database() -> str:
        folder = tmp_path_factory.mktemp("prefect")
        shutil.copy(migrated, folder / "prefect-test.db")
        return str(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utilities, "mkdtemp", folder_with_database)
        with utilities.prefect_test_harness(server_startup_timeout=120):
            yield


def _migrated_prefect_database(folder: Path) -> Path:
    path = folder / "prefect.db"
    with (folder / "prefect.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            subprocess.run(
                [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"],
                env={**os.environ, "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{path}.part"},
                check=True, capture_output=True, timeout=170,
            )  # fmt: skip
            Path(f"{path}.part").rename(path)
    return path


def _database(cluster: EmbeddedPostgres, template: str) -> Iterator[str]:
    name = f"test_{next(numbers)}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        yield cluster.url(name)
        connection.execute(f"drop database {name} with (force)")
