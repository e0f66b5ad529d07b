"""Makes and posts one reel in processes that kill themselves at named points: `crash_child.py REEL POINT...`.

Points of a capability: `draw:making` before the work, `draw:unrecorded` when the files are stored and the row
does not know it, `draw:recorded` right after the row does. Points of the post: `post:begin`, `post:upload`,
`post:finish` before the call, `post:shown` after the platform acted and before anybody wrote it down. `none`
lets it live.

Each point is a process of its own, forked after the imports because those take longest; the last line printed
is the list of how each ended, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from typing import Any

from integrations.platforms.folder import Folder
from tasks import making

POINT = ""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


real_attempt, real_keep, real_obtain = making.Local.attempt, making.keep, making.obtain
capability_at_work = ""


def attempt(candidate: making.Local, work: Any) -> Any:
    if f"{capability_at_work}:making" == POINT:
        candidate = replace(candidate, make=lambda *_: die())
    return real_attempt(candidate, work)


def keep(made: Any) -> Any:
    kept = real_keep(made)
    if f"{capability_at_work}:unrecorded" == POINT:
        die()
    return kept


def obtain(order: Any, candidates: Any, **options: Any) -> Any:
    global capability_at_work
    capability_at_work = order.capability.value
    result = real_obtain(order, candidates, **options)
    if f"{capability_at_work}:recorded" == POINT and not result.is_replay:
        die()
    return result


making.Local.attempt, making.keep, making.obtain = attempt, keep, obtain


def dying(method: str, before: str, after: str) -> None:
    real = getattr(Folder, method)

    def replaced(self: Folder, *arguments: Any) -> Any:
        if before == POINT:
            die()
        result = real(self, *arguments)
        if after == POINT:
            die()
        return result

    setattr(Folder, method, replaced)


dying("begin", "-", "post:begin")
dying("upload", "-", "post:upload")
dying("finish", "post:finish", "post:shown")

if __name__ == "__main__":
    from flows.by_hand import main

    endings = []
    for POINT in sys.argv[2:]:  # noqa: B007 - read by the functions above
        process = os.fork()
        if process == 0:
            main(sys.argv[1:2])
            os._exit(0)
        endings.append(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
    print(json.dumps(endings))
