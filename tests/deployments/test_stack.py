"""The whole factory, started as a user starts it, killed, and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.settings import ROOT
from deployments.stack import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]


class Factory:
    """A factory in a folder and on ports of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.prefect, self.studio = free_port(), free_port()
        self.environment = {
            **os.environ, "REELWRIGHT_HOME": str(home), "PREFECT_PORT": str(self.prefect),
            "STUDIO_PORT": str(self.studio), "LEASE_SECONDS": "2", "PREFECT_LOGGING_TO_API_ENABLED": "true",
        }  # fmt: skip
        self.process: subprocess.Popen[str] | None = None
        self.said = ""

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up"], cwd=ROOT, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if "The factory runs." in line:
                return
        raise AssertionError(f"it did not start:\n{self.said}")

    def family(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(90)

    def run(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "cli.main", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, text=True, capture_output=True, check=True
        ).stdout

    def api(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.prefect}/api{path}", headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.studio}{path}", timeout=20) as reply:
            return reply.read()


@pytest.fixture
def factory(voice_cache: Path) -> Iterator[Factory]:
    with tempfile.TemporaryDirectory(prefix="rw-up-", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "cache").symlink_to(voice_cache)
        factory = Factory(Path(folder))
        yield factory
        if factory.process is not None and factory.process.poll() is None:
            factory.end(signal.SIGTERM)


def eventually(condition: Callable[[], Any], seconds: float) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError("it did not happen in time")


def test_the_factory_makes_and_posts_a_reel_survives_kill_9_and_stops_cleanly(factory: Factory) -> None:
    factory.start()
    assert f"http://127.0.0.1:{factory.prefect}" in factory.said
    assert f"http://127.0.0.1:{factory.studio}" in factory.said
    names = {entry["name"] for entry in factory.api("/deployments/filter", {})}
    assert names == {"daily-generator", "platform-posting"}
    factory.run("ideas", "add", "examples/briefs/octopus-three-hearts.md")
    deployment = factory.api("/deployments/name/daily-generator/daily-generator")["id"]

    # A run from the UI is cut off with everything else, in the middle of its work ...
    run = factory.api(f"/deployments/{deployment}/create_flow_run", {"parameters": {}})["id"]

    def is_at_work() -> bool:
        reels = json.loads(factory.run("status", "--json"))
        return bool(reels) and reels[0]["state"] not in ("planned",)

    eventually(is_at_work, 90)
    children = factory.family()
    factory.end(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=40)
    assert alive == []

    # ... and goes on by itself at the next start, to the end, woken by its own event.
    factory.start()

    def is_published() -> bool:
        return bool(json.loads(factory.run("status", "--json"))[0]["state"] == "published")

    eventually(is_published, 150)
    ended = eventually(lambda: (s := factory.api(f"/flow_runs/{run}"))["state"]["type"] == "COMPLETED" and s, 30)
    assert ended["run_count"] == 2
    assert b"octopus" in factory.get("/").lower()
    assert json.loads(factory.get("/health"))["database"]["ok"]
    assert b'reelwright_reels{state="published"} 1.0' in factory.get("/metrics")

    children = factory.family()
    assert factory.end(signal.SIGTERM) == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert not (factory.home / "postgres" / "data" / "postmaster.pid").exists()


def test_a_second_factory_in_the_same_place_is_refused_with_its_remedy(factory: Factory) -> None:
    factory.start()

    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "up"], cwd=ROOT, env=factory.environment, text=True, capture_output=True,
        check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 4
    assert "is taken" in done.stderr
    assert factory.api("/health") is True
