"""Several processes at one queue of posts: each post is made once, whoever takes it, and each slot is given once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fakes.server import serving
from platforms import consent_to_all, lift_caps, start
from posts import Plan, make_ready, plan_all, use_accounts
from services import execute

from core.settings import ROOT, Settings

WORKERS = 3
NAMES = ("instagram", "youtube")
REELS, READY_REELS = 15, 6
MOST_SECONDS = 60.0
"""Far more than the posts take together, also on a busy machine."""

DISTANCE = timedelta(minutes=30)
HEAD = """
import json, os, sys, time
from integrations.platforms import platform_class
from tasks import planning, posting

for name in ("folder", "instagram", "youtube"):
    platform_class(name)
workers = []
for _ in range(int(sys.argv[1])):
    workers.append(os.fork())
    if not workers[-1]:
        answer = work()
        os.write(1, (json.dumps(answer) + "\\n").encode())
        os._exit(0)
for each in workers:
    os.waitpid(each, 0)
"""
DELIVER = """
def work():
    made, began = [], time.monotonic()
    while keys := posting.due_posts.fn(None, time.monotonic() + 4):
        made += [key for key in keys if posting.deliver_post.fn(key)]
    return made, time.monotonic() - began
"""
PLAN = """
def work():
    return planning.plan_posts.fn(None)
"""
"""What each worker does, and the program that loads everything and then forks the workers."""

pytestmark = pytest.mark.slow


@pytest.fixture
def fakes(house: Settings) -> Iterator[dict[str, Any]]:
    places: dict[str, Any] = {name: start(name) for name in NAMES}
    with serving(*places.values()):
        yield places


def connect_all(monkeypatch: pytest.MonkeyPatch, folder: Path, fakes: dict[str, Any], **cadence: Any) -> None:
    """Connect an account at each fake, all with the same cadence."""
    use_accounts(
        monkeypatch,
        folder / "posting.toml",
        [{"platform": name, "name": "one", "cadence": cadence} for name in fakes],
        platforms={name: fake.options() for name, fake in fakes.items()},
        tokens={f"{name}/one": fake.token() for name, fake in fakes.items()},
    )


def at_once(work: str) -> list[Any]:
    """Do a piece of work in several processes at the same time and return what each answers."""
    command = [sys.executable, "-c", work + HEAD, str(WORKERS)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=150)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == WORKERS
    return answers


def make_reels(count: int, plan_reel: Plan, video: Path, folder: Path) -> list[str]:
    titles = [f"Reel number {number:02d}" for number in range(count)]
    for title in titles:
        make_ready(plan_reel(title), title, video, folder)
    return titles


def slots_of(name: str) -> list[datetime]:
    return [row[0] for row in execute("select slot_at from deliveries where account = %s order by 1", f"{name}/one")]


def test_processes_that_share_a_queue_make_every_post_exactly_once(
    fakes: dict[str, Any], plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fake in fakes.values():
        lift_caps(fake)
        fake.latency = 0.005
    connect_all(monkeypatch, tmp_path, fakes)
    titles = make_reels(REELS, plan_reel, video, tmp_path)
    keys = plan_all()
    consent_to_all()

    made, seconds = zip(*at_once(DELIVER), strict=True)

    print(f"{max(seconds):.1f} s for {len(keys)} posts, by worker: {[len(each) for each in made]}")
    assert all(made), "every worker found work"
    assert sorted(key for each in made for key in each) == sorted(keys)
    assert execute("select status, count(*) from deliveries group by status") == [("done", len(keys))]
    assert [times_shown(fake, titles) for fake in fakes.values()] == [[1] * REELS] * len(NAMES)
    assert {row[0] for row in execute("select begins from deliveries where account <> 'folder'")} == {1}
    assert max(seconds) < MOST_SECONDS


def times_shown(fake: Any, titles: list[str]) -> list[int]:
    return [sum(title in text for text in fake.shown) for title in titles]


def test_processes_that_plan_at_once_give_each_post_one_slot_and_no_slot_twice(
    fakes: dict[str, Any], plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_all(monkeypatch, tmp_path, fakes, minutes_between=DISTANCE.seconds // 60)
    make_reels(READY_REELS, plan_reel, video, tmp_path)

    planned = at_once(PLAN)

    for name in NAMES:
        slots = slots_of(name)
        assert len(slots) == READY_REELS
        assert min(later - earlier for earlier, later in pairwise(slots)) >= DISTANCE
        assert slots[-1] - slots[0] == DISTANCE * (READY_REELS - 1), "no time is left out"
    assert execute("select count(*) from reels where state = 'publishing'") == [(READY_REELS,)]
    assert sum(planned) == READY_REELS * (len(NAMES) + 1), "a post is counted by who wrote it down"
