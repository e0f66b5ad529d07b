"""Takes posts up in processes that are killed or stopped at a line: `python posting_lines_child.py PLATFORM...`.

Each line on standard input is a JSON object: a post's `key` and `platform`, the `environment` it is taken up in, and
before which line that is run in the watched files (`at`, 0: none) the signal `by` strikes; or `wake`, a process that
was stopped and goes on. The answer is one JSON line. Every post is taken up until it is over, in a fork of this
process, which has loaded everything and done nothing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from posts import drive

from integrations.http import trusted
from integrations.platforms import platform_class
from tasks import leases, posting, posts, tokens


def watched(platform: str) -> set[str]:
    """Return the files whose lines count: those that take a post up, and the platform's own."""
    own = [module for name, module in sys.modules.items() if name.startswith(f"integrations.platforms.{platform}")]
    modules: list[ModuleType] = [posting, tokens, posts, leases, *own]
    return {str(Path(str(module.__file__)).resolve()) for module in modules}


class Striker:
    """Remembers the lines that are run in the watched files and sends itself a signal before one of them."""

    def __init__(self, files: set[str], at: int, by: int) -> None:
        self.files, self.at, self.by = files, at, by
        self.lines: list[str] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in self.files:
            return None
        if event == "line":
            name = Path(frame.f_code.co_filename).name
            self.lines.append(f"{name}:{frame.f_code.co_name}:{frame.f_lineno}")
            if len(self.lines) == self.at:
                os.kill(os.getpid(), self.by)
        return self


def take_up(told: dict[str, Any], files: set[str]) -> list[str]:
    """Take a post up until it is over and return the lines that ran."""
    striker = Striker(files, told["at"], getattr(signal, told["by"]))
    sys.settrace(striker)
    try:
        drive(told["key"])
    finally:
        sys.settrace(None)
    return striker.lines


def ended(child: int) -> dict[str, Any]:
    """Wait for a fork to end or to stop, and say which."""
    _, status = os.waitpid(child, os.WUNTRACED)
    how = "stopped" if os.WIFSTOPPED(status) else "killed" if os.WIFSIGNALED(status) else "over"
    return {"how": how, "process": child, "status": status}


def forked(told: dict[str, Any]) -> dict[str, Any]:
    """Take a post up in a fork; the lines come back only where nothing strikes."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.environ.update(told["environment"])
        lines = take_up(told, watched(told["platform"]))
        if not told["at"]:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(json.dumps(lines).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        lines = [] if told["at"] else json.loads(pipe.read())
    return {**ended(child), "lines": lines}


def main() -> None:
    for name in sys.argv[1:]:
        platform_class(name)
    trusted()
    for line in sys.stdin:
        told = json.loads(line)
        if "wake" in told:
            os.kill(told["wake"], signal.SIGCONT)
            answer = ended(told["wake"])
        else:
            answer = forked(told)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
