"""Exactly one post on every platform, wherever the process is killed and whatever answers are lost.

The process that posts is killed with SIGKILL at every exchange with the platform's fake: before the request has an
effect, after the platform acted but before its answer, and after the answer. Then the post is taken up again until it
is over. What the world sees is counted at the platform.

A full sweep kills at every moment of every exchange and loses answers over a thousand posts; else it is killed after
each act, the worst moment, and the posts are few. POSTING_MATRIX=FILE writes down each kill point and what came of it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Fake, Fault, Moment, Request
from platforms import FAKES, connect, consent_to_all, lift_caps, start
from posts import Plan, delivery, drive, let_time_pass, make_ready, plan_all
from services import execute
from sweeps import FULL

from core.posting import PostingAccount
from core.settings import Settings
from db.connection import get_database
from db.deliveries import FINAL
from integrations.platforms import platform_class
from tasks.sealed import keep_token

CHILD = Path(__file__).with_name("posting_child.py")
MOMENTS: tuple[Moment, ...] = ("arrived", "acted", "answered")
MOST_EXCHANGES = 40
POSTS = 1000 if FULL else 12
"""How many posts lose a fifth of their answers, on all platforms together."""
pytestmark = pytest.mark.slow


class Killer:
    """Kills a process at the n-th exchange with a fake, at a moment of it, and remembers which exchange it was."""

    def __init__(self, fake: Fake, at: int, moment: Moment) -> None:
        self.fake, self.at, self.moment = fake, at, moment
        self.count, self.pid, self.struck = 0, 0, ""

    def __call__(self, moment: Moment, request: Request) -> None:
        if self.struck:
            return
        self.count += moment == "arrived"
        if (self.count, moment) != (self.at, self.moment):
            return
        self.struck = request.call
        if moment == "arrived":  # it never had an effect
            self.fake.faults.append(Fault(".*", "reset", "arrived", 1, 1.0, 0.0))
        os.kill(self.pid, signal.SIGKILL)


class Child:
    """The process that takes posts up in forks of itself."""

    def __init__(self, platform: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), platform], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == "ready"

    def take_up(self, key: str, killer: Killer) -> None:
        """Take a post up in a fork, which the killer may kill."""
        self._tell(json.dumps(key))
        killer.pid = self._answer()
        self._tell("")
        self._answer()

    def stop(self) -> None:
        self.process.stdin.close()  # type: ignore[union-attr]
        self.process.wait(10)

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@pytest.fixture(params=list(FAKES))
def platform(
    request: pytest.FixtureRequest, house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Any]]:
    """A platform's name and its fake, with an account connected."""
    monkeypatch.setattr(platform_class(request.param), "settle_seconds", 0.0)
    with start(request.param) as fake:
        connect(monkeypatch, tmp_path, {request.param: fake})
        lift_caps(fake)
        yield request.param, fake


class Rounds:
    """What happens between two takes of a post: time passes, and a person connects an account that was retired.

    A lost answer to a renewal that uses the refresh token up loses the account, not the post.
    """

    def __init__(self, platform: str, fake: Any) -> None:
        self.account, self.fake, self.seconds = PostingAccount(platform=platform, name="one"), fake, 0.0

    def __call__(self) -> None:
        self.fake.advance(120)
        self.seconds += 120
        if execute("select from accounts where status = 'retired'"):
            with get_database().transaction() as connection:
                keep_token(connection, self.account, self.fake.token())


def planned(plan_reel: Plan, title: str, video: Path, folder: Path) -> str:
    """Make a reel ready, plan its post and approve it; return its key."""
    make_ready(plan_reel(title), title, video, folder)
    keys = plan_all()
    consent_to_all()
    return keys[-1]


def kill_at(n: int, moment: Moment, child: Child, fake: Any, key: str) -> Killer:
    """Take a post up until the killer has struck at the n-th exchange, or it is over before that."""
    killer = Killer(fake, n, moment)
    fake.observers.append(killer)
    for _ in range(MOST_EXCHANGES):
        if killer.struck or delivery(key).status in FINAL:
            break
        let_time_pass()
        child.take_up(key, killer)
    fake.observers.remove(killer)
    return killer


def seen(fake: Any, title: str) -> int:
    return sum(title in text for text in fake.shown)


def test_a_post_that_is_killed_at_any_exchange_is_there_once(
    platform: tuple[str, Any], plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    name, fake = platform
    child, rows, missed = Child(name), [], 0
    for n in range(1, MOST_EXCHANGES):
        for moment in MOMENTS if FULL else ("acted",):
            title = f"Reel {n:02d} {moment}"
            key = planned(plan_reel, title, video, tmp_path)
            killer = kill_at(n, moment, child, fake, key)
            fake.faults.clear()
            missed += not killer.struck
            ended = drive(key, between=lambda: fake.advance(120))
            rows.append((name, n, killer.struck or "(over before)", moment, ended.status, seen(fake, title)))
            assert (ended.status, seen(fake, title)) == ("done", 1), f"{rows[-1]}: {ended.error}"
        if missed:
            break
    child.stop()
    assert n > 3, "too few exchanges were seen"
    assert missed
    assert fake.strangers == []
    _write_down(rows)


def test_posts_that_lose_a_fifth_of_their_answers_are_there_once(
    platform: tuple[str, Any], plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, fake = platform
    monkeypatch.setattr(platform_class(name), "most_beginnings", 50)
    dice = random.Random(5)
    for number in range(POSTS // len(FAKES)):
        title = f"Reel number {number:04d}"
        key = planned(plan_reel, title, video, tmp_path)
        fake.faults[:] = [
            Fault(".*", dice.choice(("reset", "empty", "html", 502)), "acted", float("inf"), 0.2, 0.0)
        ]  # after the platform has acted
        rounds = Rounds(name, fake)
        ended = drive(key, rounds=200, between=rounds)
        assert (ended.status, seen(fake, title)) == ("done", 1), f"{title}: {ended.status} {ended.error}"
        fake.advance(-rounds.seconds)  # so that the platform's clock does not run away from ours
    fake.faults.clear()
    assert len(fake.shown) == len(set(fake.shown))


def _write_down(rows: list[tuple[Any, ...]]) -> None:
    path = os.environ.get("POSTING_MATRIX")
    if path:
        with open(path, "a") as table:
            table.writelines(f"| {' | '.join(map(str, row))} |\n" for row in rows)
