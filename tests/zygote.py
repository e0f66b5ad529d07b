"""A process that has loaded everything and done nothing, so that what may be killed is done in forks of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from core.settings import ROOT


class Zygote:
    """Runs a child program that is told what to do by one JSON line at a time and answers with one."""

    def __init__(self, child: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(child), *arguments], cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, **told: Any) -> dict[str, Any]:
        """Tell the child what to do in the environment of this moment, and return its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({**told, "environment": dict(os.environ)}) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
