"""What it costs to ask an outside service through the factory, beyond the service's own time.

    python -m benchmarks.generation [--count 60]

Stand-ins on this machine answer at once and say how long each of their answers took. Every generation is the
whole way: account, reservation, call, look, file, check, storage, settlement. The time of the service is taken off;
what is left is ours. The embedded PostgreSQL runs with its usual safety, so every commit is on the disk. The last line
is JSON: `overhead_ms` is the mean of a generation whose answer comes at once (a script), `queued_ms` the same for a
job that is looked at and fetched (a picture, decoded and checked), `worst_ms` the slowest twentieth of the former.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.models import Capability, Draft, DrawRequest, Order, Palette, Prompt, Setting, WriteRequest
from core.settings import ROOT, get_settings
from core.vault import get_vault
from db import accounts
from db.connection import get_database
from deployments.house import open_database
from rules.briefs import parse_brief
from tasks.making import obtain_from_makers

sys.path.insert(0, str(ROOT / "tests"))
from fakes.kie import FakeKie
from fakes.openai_server import FakeOpenAI
from fakes.server import Fake
from services import write_services_file

BRIEF = """---
title: A day on the tide line
language: en
character: bench
---
## Facts
- The Moon pulls on the oceans, and most coasts see two high tides a day. [1]
- Limpets wander off to graze, then crawl home to the very same spot. [1]
- Barnacles glue themselves down head first and eat with their feet. [1]
- A sea star has no brain, yet it can regrow an arm that it lost. [1]
## Sources
1. A page about tides: https://example.org/tides
"""
PALETTE = Palette(deep="#0b1d3a", main="#1f5f8b", soft="#7fb7be", glow="#ffe8b0", accent="#ffb000")
PRICE = {"capability": "write", "since": "2026-01-01", "per": "request", "units": 1}
WARM_UP = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=60)
    count = parser.parse_args().count
    with (
        tempfile.TemporaryDirectory(prefix="reelwright-bench-", ignore_cleanup_errors=True) as home,
        FakeOpenAI() as writer,
        FakeKie() as painter,
    ):
        os.environ |= {"REELWRIGHT_HOME": home, "SERVICES_FILE": str(Path(home, "services.toml"))}
        get_settings.cache_clear()
        free = {"requests": 0, "rest_after": 0, "concurrent": 0}
        write_services_file(
            Path(home, "services.toml"), {"openai": writer, "kie": painter}, {"write": ["openai"], "draw": ["kie"]},
            budgets={"day": 1_000_000, "month": 1_000_000},
            options={"openai": {"pace": free, "prices": [PRICE]}, "kie": {"pace": free}},
        )  # fmt: skip
        with open_database(get_settings()):
            with get_database().transaction() as connection:
                for name, fake in (("kie", painter), ("openai", writer)):
                    accounts.add_account(connection, name, "bench", get_vault().lock(fake.KEY))
            direct = measure(writer, script, count)
            queued = measure(painter, picture, count)
    worst = sorted(direct)[int(len(direct) * 0.95)]
    result = {
        "overhead_ms": statistics.mean(direct), "overhead_worst_ms": worst, "queued_ms": statistics.mean(queued),
        "queued_worst_ms": sorted(queued)[int(len(queued) * 0.95)],
    }  # fmt: skip
    rounded = {name: round(value, 2) for name, value in result.items()}
    print(json.dumps({**rounded, "count": count, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 2)}))


def measure(fake: Fake, order_of: Callable[[int], Order], count: int) -> list[float]:
    """Return the milliseconds of each generation beyond what the service itself took."""
    times = []
    for number in range(WARM_UP + count):
        order = order_of(number)
        if isinstance(fake, FakeKie):
            fake.forward(1.0)  # its limit of 20 tasks in 10 seconds is not what is measured
        theirs, began = fake.busy_seconds, time.perf_counter()
        obtain_from_makers(order, reel_id=None)
        times.append(1000 * (time.perf_counter() - began - (fake.busy_seconds - theirs)))
    return times[WARM_UP:]


def script(number: int) -> Order:
    schema = Draft.model_json_schema()
    prompt = Prompt(version="bench", system="You write.", user=f"Number {number}.", answer_schema=schema)
    request = WriteRequest(
        brief=parse_brief(BRIEF), character_name="Bench", persona="A patient narrator.", tone="calm", prompt=prompt
    )
    return Order(capability=Capability.WRITE, request=request.model_dump(mode="json"), recipe="1", variant=str(number))


def picture(number: int) -> Order:
    request = DrawRequest(
        text=f"Number {number}.", setting=Setting(place="sea", time="day", mood="serene"), palette=PALETTE,
        width=648, height=1152,
    )  # fmt: skip
    return Order(capability=Capability.DRAW, request=request.model_dump(mode="json"), recipe="1")


if __name__ == "__main__":
    main()
