"""A whole factory as a user starts it, for tests that need one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from core.settings import ROOT
from deployments.stack import free_port


class Factory:
    """A factory in a folder and on ports of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.prefect, self.studio = free_port(), free_port()
        self.environment = {
            **os.environ, "REELWRIGHT_HOME": str(home), "PREFECT_PORT": str(self.prefect),
            "STUDIO_PORT": str(self.studio), "LEASE_SECONDS": "2", "PREFECT_LOGGING_TO_API_ENABLED": "true",
            "RENDER_PROFILE": "preview",
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

    def reel_states(self) -> set[str]:
        """Return the states that any reel is in, as the metrics tell them."""
        return set(re.findall(r'^reelwright_reels\{state="(\w+)"\} [1-9]', self.get("/metrics").decode(), re.MULTILINE))


def eventually(condition: Callable[[], Any], seconds: float) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError("it did not happen in time")
