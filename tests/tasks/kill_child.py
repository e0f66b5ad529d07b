"""Makes orders in processes that are killed at a given line: `python kill_child.py`, told what to do line by line.

Each line on standard input is a JSON object: the order, the environment it is made in, and after how many lines of the
factory's own code the process is killed (0: never). The answer is one JSON line: how many lines ran, and how it ended.
Every order is made in a fork of this process, which has loaded everything and done nothing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import tasks.making
from core.errors import FactoryError
from core.models import Order
from integrations.generation import SERVICES, service_class
from tasks import asking, call, lost, pool, proof, waiting, work

WATCHED = {
    str(Path(str(module.__file__)).resolve())
    for module in (tasks.making, asking, call, lost, pool, waiting, work, proof)
} | {str(Path(str(sys.modules[service_class(name).__module__].__file__)).resolve()) for name in SERVICES}


class Killer:
    """Counts the lines that are run in the watched files and kills the process at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in WATCHED:
            return None
        if event == "line":
            self.count += 1
            if self.count == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def make(told: dict[str, Any]) -> dict[str, Any]:
    killer = Killer(told["kill_at"])
    order = Order.model_validate(told["order"])
    sys.settrace(killer)
    try:
        tasks.making.obtain_from_makers(order, reel_id=None)
        ended = "done"
    except FactoryError as exc:
        ended = f"{type(exc).__name__}: {exc}"
    finally:
        sys.settrace(None)
    return {"lines": killer.count, "ended": ended}


def main() -> None:
    for line in sys.stdin:
        told = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            os.environ.update(told["environment"])
            os.write(writer, json.dumps(make(told)).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        print(answer.decode() or json.dumps({"lines": told["kill_at"], "ended": "killed"}), flush=True)


if __name__ == "__main__":
    main()
