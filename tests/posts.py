"""Reels that are ready to be posted without having been rendered, accounts at fakes, and time that passes at once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from services import execute

from core.models import Capability, Made, Order, Script
from core.posting import Token
from core.posting_file import get_posting_file, posting_accounts
from core.settings import get_settings
from db import deliveries, reels
from db.connection import get_database
from db.deliveries import FINAL, Delivery
from media.ffmpeg import find_ffmpeg
from tasks import planning, posting
from tasks.making import Local, obtain
from tasks.sealed import keep_token

SETTING = {"place": "sea", "time": "day", "mood": "bright"}
DISCLOSURE = "AI-made: voice and pictures are generated. Tess Ter is a fictional character."
Plan = Callable[[str], int]


def script_of(title: str) -> Script:
    """Return a script in which every sentence holds the title."""
    lines: list[dict[str, Any]] = [{"role": "hook", "text": title, "setting": SETTING}]
    for number in range(5):
        lines.append({"role": "beat", "text": f"{title}, part {number}.", "setting": SETTING, "fact": number})
    return Script.model_validate(
        {"title": title, "language": "en", "lines": lines, "caption": f"{title}.\n\n{DISCLOSURE}", "hashtags": ["sea"]}
    )


def upright_video(path: Path, *, size: str = "360x640", sound: bool = True) -> Path:
    """Write four seconds of moving noise, about half a megabyte."""
    tone = "-f lavfi -i sine=frequency=300:sample_rate=48000:duration=4 -c:a aac -ac 2" if sound else "-an"
    inputs, _, codec = tone.partition(" -c:a")
    source = (
        f"-f lavfi -i testsrc2=size={size}:rate=30:duration=4 {inputs if sound else ''} -vf noise=alls=20:allf=t"
        f" -c:v libx264 -preset ultrafast -b:v 1M -pix_fmt yuv420p {'-c:a' + codec if sound else '-an'}"
        " -movflags +faststart -use_editlist 0"
    )
    subprocess.run([str(find_ffmpeg()), "-v", "error", "-y", *source.split(), str(path)], check=True, timeout=60)
    return path


def make_ready(reel_id: int, title: str, video: Path, folder: Path, *, script: Script | None = None) -> int:
    """Give a reel its script, a video in both editions and a package, and say that it is ready."""
    written = script or script_of(title)
    cover, facts = folder / "cover.jpg", folder / "facts.json"
    if not cover.is_file():
        Image.new("RGB", (360, 640), "navy").save(cover)
        facts.write_text("{}")
    parts: Sequence[tuple[Capability, str, dict[str, Path], dict[str, Any]]] = (
        (Capability.WRITE, "script", {}, written.model_dump(mode="json")),
        (Capability.RENDER, "render", {"reel": video, "unmarked": video}, {"seconds": 4.0}),
        (Capability.PACKAGE, "package", {"cover": cover, "facts": facts}, {"cover_second": 1.0}),
    )
    for capability, name, files, result in parts:
        order = Order(capability=capability, request={"of": title}, recipe="1", variant=f"reel-{reel_id}")
        key = obtain(order, [Local("test", _maker(files, result))], reel_id=reel_id).key
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, name, key)  # type: ignore[arg-type]
    with get_database().transaction() as connection:
        reels.advance_reel(connection, reel_id, "ready_to_publish")
    return reel_id


def _maker(files: Mapping[str, Path], result: Mapping[str, Any]) -> Callable[[Path, Any], Made]:
    return lambda _workspace, _progress: Made(dict(files), dict(result))


def use_accounts(
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    accounts: Sequence[Mapping[str, Any]],
    *,
    platforms: Mapping[str, Mapping[str, Any]] | None = None,
    tokens: Mapping[str, Token] | None = None,
    plain: str = "",
) -> None:
    """Write a posting file and use it; keep the token of each account, named by its label."""
    lines = [_table(f"platforms.{name}", options) for name, options in (platforms or {}).items()]
    for account in accounts:
        plain_part = {name: value for name, value in account.items() if not isinstance(value, Mapping)}
        lines.append("[[accounts]]\n" + _pairs(plain_part))
        lines += [_table(f"accounts.{name}", part) for name, part in account.items() if isinstance(part, Mapping)]
    path.write_text("\n".join(lines))
    monkeypatch.setenv("POSTING_FILE", str(path))
    monkeypatch.setenv("PLATFORMS", plain)
    get_settings.cache_clear()
    get_posting_file.cache_clear()
    for account in posting_accounts():
        token = (tokens or {}).get(account.label)
        if token is not None:
            with get_database().transaction() as connection:
                keep_token(connection, account, token)


def _table(heading: str, values: Mapping[str, Any]) -> str:
    return f"[{heading}]\n{_pairs(values)}"


def _pairs(values: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def let_time_pass() -> None:
    """Make everything due that waits for its time, end every lease, and wake resting accounts."""
    execute(
        "update deliveries set due_at = now(), lease_until = now() - interval '1 second' where lease_until is not null"
    )
    execute("update deliveries set due_at = now() where due_at > now()")
    execute("update accounts set rests_until = null")


def delivery(key: str) -> Delivery:
    with get_database().transaction() as connection:
        return deliveries.get_delivery(connection, key)


def drive(key: str, *, rounds: int = 40, between: Callable[[], None] = lambda: None) -> Delivery:
    """Take a post up again and again, with time passing between, until it is over; return how it ended."""
    for _ in range(rounds):
        if delivery(key).status in FINAL:
            break
        let_time_pass()
        between()
        posting.deliver_post.fn(key)
    return delivery(key)


def plan_all() -> list[str]:
    """Plan every ready reel and return the keys of the posts nobody began."""
    planning.plan_posts.fn(None)
    return [row[0] for row in execute("select key from deliveries where status = 'intended' order by created_at, key")]


def post_all() -> list[bool]:
    """Plan, post what is due and settle, as the flow does, without waiting."""
    planning.plan_posts.fn(None)
    made = [posting.deliver_post.fn(key) for key in posting.due_posts.fn(None)]
    posting.settle_reels.fn(None)
    return made
