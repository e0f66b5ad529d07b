"""How long a reel takes from the brief to the gallery, step by step, with services up.

    python -m benchmarks.reel [--reels N]

Makes N reels (3 by default) from briefs of its own in a factory of its own, under Prefect with everything
started, and measures each step's wall time, the CPU time and the peak memory of the whole process tree. The
last line is one JSON object; times are medians in seconds, memory in MiB.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from core.log import set_up_logging
from core.settings import ROOT, get_settings
from db import characters, generations, ideas, reels
from db.connection import Connection, get_database
from deployments.house import open_database
from deployments.stack import run_server_only
from rules.briefs import parse_brief

BRIEF = """---
title: A day on the tide line, part {number}
language: en
character: {character}
places: sea, harbour, island, polar
---
## Facts
- The Moon pulls on the oceans, and most coasts see two high tides a day. [1]
- In the Bay of Fundy the water rises as high as a five storey house. [1]
- Limpets wander off to graze, then crawl home to the very same spot. [1]
- Barnacles glue themselves down head first and eat with their feet. [1]
- A sea star has no brain, yet it can regrow an arm that it lost. [1]
- Spring tides come twice a month, whatever the season may be. [1]
## Sources
1. A page about tides: https://example.org/tides
"""
STEPS = {"write": "script", "speak": "voice", "draw": "pictures", "music": "music", "render": "render",
         "check": "checks", "sign": "package", "package": "package"}  # fmt: skip
LOOK_SECONDS = 0.1


class Meter:
    """Adds up the CPU seconds and follows the memory of a process and all its descendants."""

    def __init__(self, process: psutil.Process) -> None:
        self.process, self.peak, self.cpu = process, 0, {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            memory = 0
            try:
                family = [self.process, *self.process.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for member in family:
                try:
                    memory += member.memory_full_info().pss
                    times = member.cpu_times()
                    self.cpu[member.pid] = times.user + times.system
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            self.peak = max(self.peak, memory)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reels", type=int, default=3)
    count = parser.parse_args().reels
    with tempfile.TemporaryDirectory(prefix="reelwright-bench-", ignore_cleanup_errors=True) as home:
        _share_prepared_voice(Path(home))
        os.environ["REELWRIGHT_HOME"] = home
        get_settings.cache_clear()
        set_up_logging(get_settings())
        with open_database(get_settings()) as url, run_server_only(get_settings(), url) as environment:
            measures = [_measure(number, environment) for number in range(1, count + 1)]
    for number, measure in enumerate(measures, 1):
        print(f"reel {number}: " + ", ".join(f"{name} {value}" for name, value in measure.items()))
    result = {name: round(statistics.median(measure[name] for measure in measures), 2) for name in measures[0]}
    print(json.dumps({"reels": count, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 2), **result}))


def _share_prepared_voice(home: Path) -> None:
    """Use the voice that set-up has prepared; preparing it is part of the installation, not of a reel."""
    cache = get_settings().home / "cache"
    if cache.is_dir():
        (home / "cache").symlink_to(cache)


def _speaks_english(connection: Connection, slug: str) -> bool:
    character = characters.get_character(connection, slug)
    return character.language == "en" and character.voice.name == "joe"


def _measure(number: int, environment: dict[str, str]) -> dict[str, float]:
    with get_database().transaction() as connection:
        english = (slug for slug in characters.list_slugs(connection) if _speaks_english(connection, slug))
        character = next(english)
        idea, _ = ideas.add_idea(connection, parse_brief(BRIEF.format(number=number, character=character)))
        ideas.take_idea(connection, idea)
        reel_id = reels.begin_reel(connection, idea)
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "flows.by_hand", str(reel_id)], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    meter = Meter(psutil.Process(child.pid))
    if child.wait() != 0:
        raise SystemExit(f"reel {reel_id} failed; run `reelwright status {reel_id}`")
    wall = time.monotonic() - started
    meter.stop()
    with get_database().transaction() as connection:
        made = generations.list_of_reel(connection, reel_id)
        seconds = generations.get_generation(connection, reels.get_parts(connection, reel_id)["render"]).result
    steps = dict.fromkeys(STEPS.values(), 0.0)
    for line in made:
        assert line.finished_at is not None
        steps[STEPS[line.capability]] += (line.finished_at - line.created_at).total_seconds()
    video = float((seconds or {})["seconds"])
    return {
        "wall_seconds": round(wall, 2),
        "video_seconds": round(video, 2),
        "wall_per_30s_video": round(wall / video * 30, 2),
        **{f"{name}_seconds": round(value, 2) for name, value in steps.items()},
        "other_seconds": round(wall - sum(steps.values()), 2),
        "cpu_seconds": round(sum(meter.cpu.values()), 2),
        "peak_mib": round(meter.peak / 2**20, 1),
    }


if __name__ == "__main__":
    main()
