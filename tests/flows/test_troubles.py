"""What goes wrong while a reel is made, and what the operator and the next run find."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from prefect.settings import get_current_settings

from core.settings import ROOT, Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def start(reel_id: int, **changes: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PREFECT_API_URL": str(get_current_settings().api.url), **changes}
    return subprocess.Popen(
        [sys.executable, "-m", "flows.by_hand", str(reel_id)], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def rows(house: Settings, query: str) -> list[tuple[object, ...]]:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        return connection.execute(query.encode()).fetchall()


def state(house: Settings) -> tuple[object, ...]:
    return rows(house, "select state, reason from reels")[0]


def encoders(process: subprocess.Popen[str]) -> Iterator[psutil.Process]:
    """Find the process that draws and encodes; other children come and go meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            if "media.render_worker" in child.cmdline():
                yield child


def test_killed_encoder_full_disk_and_two_runs_at_once(
    house: Settings, prefect_api: None, plan_reel: Callable[[str], int], render_cache: Path
) -> None:
    reel_id = plan_reel("The octopus has three hearts")

    # A full disk: refused before anything is begun, with the remedy.
    assert start(reel_id, MIN_FREE_MIB="999999999").wait(60) != 0
    assert rows(house, "select count(*) from generations") == [(0,)]

    # The encoder killed half-way: the reel is failed with the reason, and nothing half-written is left.
    shelf = house.home / "cache" / "render"
    shelf.unlink()  # so that there is something to encode, whatever was rendered before
    run = start(reel_id)
    while run.poll() is None:
        for encoder in encoders(run):
            time.sleep(0.5)
            with contextlib.suppress(psutil.NoSuchProcess):
                encoder.kill()
        time.sleep(0.05)
    assert run.returncode != 0
    now, reason = state(house)
    assert now == "failed"
    assert str(reason).startswith("render: The render worker")
    assert "Remedy:" in str(reason)
    assert not (house.home / "gallery").exists()
    assert not list((house.home / "work").iterdir())
    shutil.rmtree(shelf)
    shelf.symlink_to(render_cache)
    before = rows(house, "select count(*) from generation_attempts where status = 'done'")

    # Two runs of one reel at once: both end well, everything is made once, and the finished steps not again.
    first, second = start(reel_id), start(reel_id)
    assert (first.wait(120), second.wait(120)) == (0, 0)
    assert state(house) == ("published", None)
    twice = "select generation from generation_attempts where status = 'done' group by generation having count(*) > 1"
    assert rows(house, twice) == []
    after = rows(house, "select count(*) from generation_attempts where status = 'done'")
    assert int(str(after[0][0])) - int(str(before[0][0])) == 4, "render, check, signature and package; nothing else"
    assert rows(house, "select count(*) from deliveries") == [(1,)]


def test_a_database_that_goes_away_in_the_middle_only_delays_the_reel(
    house: Settings, prefect_api: None, plan_reel: Callable[[str], int]
) -> None:
    reel_id = plan_reel("The octopus has three hearts")
    assert house.database_url is not None
    admin = house.database_url.get_secret_value().replace("/test_", "/postgres?was=test_")
    admin = admin.split("/postgres?was=")[0] + "/postgres?" + admin.split("?")[-1]
    name = rows(house, "select current_database()")[0][0]
    run = start(reel_id)
    while not rows(house, "select 1 from generations where capability = 'draw' and status = 'done'"):
        assert run.poll() is None
        time.sleep(0.1)

    def allow(is_allowed: bool) -> None:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"alter database {name} allow_connections {is_allowed}".encode())
            if not is_allowed:
                connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))

    allow(False)
    thread = threading.Timer(6, allow, (True,))
    thread.start()

    assert run.wait(150) == 0
    thread.join()
    assert state(house) == ("published", None)
