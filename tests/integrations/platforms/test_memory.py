"""Posting a large video takes little memory: it is sent piece by piece, whatever the platform.

A process of its own posts with the platform's class, against the fake in this process. Its memory is what the kernel
counts: the peak while it posts, above what it had after everything was loaded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Moment, Request
from fakes.tiktok import EVERYBODY
from platforms import FAKES

from core.settings import ROOT

MEGABYTE = 1_000_000
SIZES = {"youtube": 300, "instagram": 300, "tiktok": 300, "telegram": 45}
"""The megabytes of the video that each platform is sent; Telegram takes 50 at most."""

MOST_GROWTH = 64
"""The megabytes by which the peak may lie above the level before; never more than half of the video."""

FTYP = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2"
SHRUNK = {"chunk_bytes", "megabyte", "chunk_megabytes"}
"""Options by which fakes make pieces small for other tests; here they have their usual sizes."""

CHILD = """
import json, sys
from pathlib import Path
from core.clock import now
from core.posting import Consent, Post, Token
from core.settings import get_settings
from integrations.platforms import Access, platform_class

told = json.loads(sys.argv[1])

class Fixed:
    def current(self):
        return Token.model_validate(told["token"])

def level(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024

def post(video):
    return Post(
        key="post/x/one/reel-1", slug="reel-1", title="Three hearts", caption="Three hearts.", language="en",
        character="tester", files={"reel": Path(video)},
        consent=Consent(by="tester", at=now(), visibility=told["visibility"]),
    )

def send(video):
    platform = platform_class(told["platform"])(Access("x/one", get_settings(), told["options"], Fixed()))
    handle = platform.begin(post(video))
    platform.upload(post(video), handle)
    for _ in range(9):
        if platform.check(post(video), handle).state == "ready":
            break
    return platform.finish(post(video), handle).state

states = [send(told["small"])]
before = level("VmRSS:")
states.append(send(told["large"]))
print(json.dumps([states, before, level("VmHWM:")]))
"""
"""Posts a small video first, so that all is loaded, then the large one."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", SIZES)
def test_posting_a_large_video_takes_little_memory(name: str, tmp_path: Path) -> None:
    sizes = {"small": MEGABYTE, "large": SIZES[name] * MEGABYTE}
    videos = {kind: sparse(tmp_path / f"{kind}.mp4", size) for kind, size in sizes.items()}
    fake: Any = FAKES[name]()
    with fake:
        fake.observers.append(forget)
        states, before, peak = posted(name, fake, videos)

        assert len(fake.shown) == 2
    grown = (peak - before) / MEGABYTE
    print(f"{name}: {SIZES[name]} MB posted, {before / MEGABYTE:.0f} MB before, {grown:.1f} MB more at the peak")
    assert set(states) <= {"processing", "shown"}
    assert grown <= min(MOST_GROWTH, SIZES[name] / 2)


def forget(moment: Moment, request: Request) -> None:
    """Let go of what was sent, once the fake has it."""
    if moment == "acted":
        request.body = b""


def sparse(path: Path, size: int) -> Path:
    """Write a file that begins like a video and takes no space."""
    with path.open("wb") as file:
        file.write(FTYP)
        file.truncate(size)
    return path


def posted(name: str, fake: Any, videos: dict[str, Path]) -> tuple[list[str], int, int]:
    """Post the videos in a process of its own; return how that ended, its memory before the large one and its peak."""
    if name == "tiktok":
        fake.megabyte = 1 << 20
    told = {
        "platform": name,
        "token": fake.token().model_dump(mode="json"),
        "options": {key: value for key, value in fake.options().items() if key not in SHRUNK} | {"timeout_seconds": 30},
        "visibility": EVERYBODY,
        **{kind: str(path) for kind, path in videos.items()},
    }
    command = [sys.executable, "-c", CHILD, json.dumps(told)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=90)
    states, before, peak = json.loads(done.stdout)
    return states, before, peak
