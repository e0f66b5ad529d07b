"""Child processes that never outlive the one that started them."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 25
"""How long a child may take to end before it is killed."""
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Child:
    """A running part of the factory, with the file its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def last_lines(self) -> str:
        """The end of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])


class Children:
    """Starts children and stops them in reverse order; knows those that a killed parent left behind."""

    def __init__(self, home: Path, name: str) -> None:
        self.logs = home / "logs"
        self.record = home / "run" / f"{name}.json"
        self.running: list[Child] = []

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> Child:
        """Start a child in a session of its own, so that a Ctrl-C reaches only the parent, which stops it in order."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_begin_as_child,
            )  # fmt: skip
        child = Child(name, process, log)
        self.running.append(child)
        self._write_record()
        return child

    def dead(self) -> Child | None:
        """Return a child that has ended, if any."""
        return next((child for child in self.running if child.process.poll() is not None), None)

    def stop(self) -> None:
        """End all children, the newest first."""
        for child in reversed(self.running):
            if child.process.poll() is None:
                child.process.terminate()
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self.running.clear()
        self.record.unlink(missing_ok=True)

    def end_leftovers(self) -> list[str]:
        """End what an earlier parent left running when it was killed, and return the names."""
        try:
            records = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return []
        ended = []
        for record in records:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(record["pid"])
                if abs(process.create_time() - record["created"]) < 1:
                    family = [process, *process.children(recursive=True)]
                    for member in family:
                        member.terminate()
                    for member in psutil.wait_procs(family, STOP_SECONDS)[1]:
                        member.kill()
                    ended.append(record["name"])
        self.record.unlink(missing_ok=True)
        return ended

    def _write_record(self) -> None:
        self.record.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            {"name": child.name, "pid": child.process.pid, "created": psutil.Process(child.process.pid).create_time()}
            for child in self.running
            if child.process.poll() is None
        ]
        temporary = self.record.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(rows))
        temporary.replace(self.record)


def die_with_parent(number: int) -> None:
    """Ask the kernel to send this process a signal when its parent ends, even by kill -9 (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def _begin_as_child() -> None:
    """End with the parent; and let Ctrl-C work as usual.

    A process started from a background shell inherits SIGINT ignored, and Prefect's worker, which turns
    SIGTERM into SIGINT, would then never stop.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    die_with_parent(signal.SIGTERM)
