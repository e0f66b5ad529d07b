"""The whole factory, started as a user starts it, killed, and started again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from conftest import ROSTER, SHORT_BRIEF
from factory import Factory, eventually

from core.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]


@pytest.fixture
def factory(fill_cache: Callable[[Path], None]) -> Iterator[Factory]:
    with tempfile.TemporaryDirectory(prefix="rw-up-", ignore_cleanup_errors=True) as folder:
        fill_cache(Path(folder))
        factory = Factory(Path(folder))
        yield factory
        if factory.process is not None and factory.process.poll() is None:
            factory.end(signal.SIGTERM)


def test_the_factory_makes_and_posts_a_reel_survives_kill_9_and_stops_cleanly(factory: Factory, tmp_path: Path) -> None:
    brief, roster = tmp_path / "brief.md", tmp_path / "roster.toml"
    brief.write_text(SHORT_BRIEF.format(title="The octopus has three hearts"))
    roster.write_text(ROSTER)
    factory.environment["ROSTER_FILE"] = str(roster)
    factory.start()
    assert f"http://127.0.0.1:{factory.prefect}" in factory.said
    assert f"http://127.0.0.1:{factory.studio}" in factory.said
    names = {entry["name"] for entry in factory.api("/deployments/filter", {})}
    assert names == {
        "analytics-credits", "daily-generator", "housekeeping", "platform-posting", "post-approval",
    }  # fmt: skip
    factory.run("ideas", "add", str(brief))
    deployment = factory.api("/deployments/name/daily-generator/daily-generator")["id"]

    # A run from the UI is cut off with everything else, in the middle of its work ...
    run = factory.api(f"/deployments/{deployment}/create_flow_run", {"parameters": {}})["id"]

    eventually(lambda: factory.reel_states() - {"planned"}, 90)
    children = factory.family()
    factory.end(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=40)
    assert alive == []

    # ... and goes on by itself at the next start, to the end, woken by its own event.
    factory.start()
    _a_second_factory_is_refused(factory)

    eventually(lambda: factory.reel_states() == {"published"}, 150)
    assert json.loads(factory.run("status", "--json"))[0]["state"] == "published"
    ended = eventually(lambda: (s := factory.api(f"/flow_runs/{run}"))["state"]["type"] == "COMPLETED" and s, 30)
    assert ended["run_count"] == 2
    assert b"octopus" in factory.get("/").lower()
    assert json.loads(factory.get("/health"))["database"]["ok"]

    children = factory.family()
    assert factory.end(signal.SIGTERM) == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert not (factory.home / "postgres" / "data" / "postmaster.pid").exists()


def _a_second_factory_is_refused(factory: Factory) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "up"], cwd=ROOT, env=factory.environment, text=True, capture_output=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 4
    assert "runs already" in done.stderr
    assert factory.api("/health") is True
