"""The process is killed at every step and run again: the reel is finished, and nothing finished is made twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest
from prefect.settings import get_current_settings
from sweeps import FULL

from core.settings import ROOT, Settings

MAKING = ("write", "speak", "draw", "music", "render", "check", "sign", "package")
UNRECORDED = MAKING if FULL else ("speak", "draw", "render", "sign")
"""Where it is killed between keeping the files and writing that down, which is the same code for all of them."""
POINTS = [
    *(f"{capability}:{kind}" for capability in MAKING for kind in ("making", "unrecorded")
      if kind == "making" or capability in UNRECORDED), "package:recorded",
    "post:begin", "post:upload", "post:finish", "post:shown",
]  # fmt: skip


def run_until(points: list[str], reel_id: int) -> dict[str, int]:
    """Run the reel once for each point and return how each process ended."""
    environment = {**os.environ, "PREFECT_API_URL": str(get_current_settings().api.url), "LEASE_SECONDS": "1"}
    environment["PYTHONPATH"] = str(ROOT)
    child = [sys.executable, "tests/flows/crash_child.py", str(reel_id), *points]
    done = subprocess.run(child, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(points, json.loads(done.stdout.splitlines()[-1]), strict=True))


def rows(house: Settings, query: str) -> list[tuple[object, ...]]:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_a_reel_survives_kill_9_at_every_step(
    house: Settings, prefect_api: None, plan_reel: Callable[[str], int]
) -> None:
    reel_id = plan_reel("The octopus has three hearts")

    endings = run_until([*POINTS, "none"], reel_id)

    assert endings == {**dict.fromkeys(POINTS, -signal.SIGKILL), "none": 0}, "a point was never reached"
    assert rows(house, "select state, reason from reels") == [("published", None)]
    not_once = (
        "select g.capability, count(*) from generations g join generation_attempts a on a.generation = g.key"
        " where a.status = 'done' group by g.key, g.capability having count(*) <> 1"
    )
    assert rows(house, not_once) == []
    assert rows(house, "select distinct status from generations") == [("done",)]
    lost = rows(house, "select count(*) from generation_attempts where status = 'lost'")
    assert lost == [(len(MAKING) + len(UNRECORDED),)], "each killed attempt, and no other, is written down as lost"
    assert rows(house, "select status, count(*) from deliveries group by status") == [("done", 1)]
    shown = [path.name for path in (house.home / "gallery").iterdir() if path.is_dir()]
    assert shown == ["0001-the-octopus-has-three-hearts"]
    assert not list((house.home / "work").iterdir())
