"""Makes one reel from a brief, or makes one again, in the foreground."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from cli.output import ExitCode, console, print_json, stop
from cli.progress import watch
from core.errors import BadInput, FactoryError
from core.keys import plain_number
from core.models import Brief, Step
from core.settings import ROOT, Settings
from db import deliveries, ideas, reels
from db.connection import get_database
from deployments.children import Child, Children
from deployments.house import open_database
from deployments.stack import run_server_only
from rules.briefs import read_brief


@dataclass(frozen=True)
class Finished:
    """A reel in the gallery."""

    reel: int
    title: str
    state: str
    is_new: bool
    seconds: float
    credits: str
    video: str
    cover: str
    facts: str
    address: str


def load_brief(path: Path) -> Brief:
    """Read a brief; raises BadInput or BadBrief naming the file."""
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise BadInput(
            f"{path} cannot be read ({exc.strerror}).", remedy="Name a brief, such as one of examples/briefs/*.md."
        ) from exc
    return read_brief(raw)


def make_from_brief(settings: Settings, path: Path, *, as_json: bool) -> None:
    """Make the reel of a brief, or say that it is there already."""
    started = time.monotonic()
    brief = load_brief(path)
    with open_database(settings) as url, _term_as_interrupt():
        with get_database().transaction() as connection:
            idea, _ = ideas.add_idea(connection, brief)
            ideas.take_idea(connection, idea)
            reel_id = reels.begin_reel(connection, idea)
        there = find_finished(settings, reel_id, is_new=False, seconds=time.monotonic() - started)
        if there is not None:
            show(there, as_json=as_json)
            return
        _run(settings, url, reel_id, None, started, as_json=as_json)


def make_again(settings: Settings, reel_id: int, step: Step | None, *, as_json: bool) -> None:
    """Run a reel again, from a step when one is named."""
    started = time.monotonic()
    with open_database(settings) as url, _term_as_interrupt():
        with get_database().transaction() as connection:
            reels.get_reel(connection, reel_id)
        _run(settings, url, reel_id, step, started, as_json=as_json)


def find_finished(settings: Settings, reel_id: int, *, is_new: bool, seconds: float) -> Finished | None:
    """Return a reel that lies in the gallery; posts to other places may still wait for their time."""
    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
        posts = deliveries.list_of_reel(connection, reel_id)
    post = next((post for post in posts if post.account == "folder"), None)  # the newest edition
    if reel.state not in ("publishing", "published") or post is None or post.status != "done":
        return None
    folder = settings.home / "gallery" / str(post.external_id)
    if not (folder / "reel.mp4").is_file():
        return None
    files = {name: str(folder / file) for name, file in _FILES.items()}
    return Finished(
        reel=reel_id, title=reel.title, state=reel.state, is_new=is_new, seconds=round(seconds, 1),
        credits=plain_number(reel.credits), address=post.url or "", **files,
    )  # fmt: skip


_FILES = {"video": "reel.mp4", "cover": "cover.jpg", "facts": "facts.json"}


def show(finished: Finished, *, as_json: bool) -> None:
    """Print where a reel lies; the last line is the path of the video."""
    if as_json:
        print_json(asdict(finished))
        return
    done = "is finished" if finished.is_new else "was finished before; nothing was made again"
    console.print(f"[bold green]✔[/] Reel {finished.reel} {done}: [bold]{finished.title}[/]", markup=True)
    console.print(f"  took   {finished.seconds} s, {finished.credits} credits")
    console.print(f"  cover  {finished.cover}\n  facts  {finished.facts}")
    console.print(f"  page   {finished.address}   (while `make up` runs)")
    sys.stdout.write(f"{finished.video}\n")


def _run(settings: Settings, url: str, reel_id: int, step: Step | None, started: float, *, as_json: bool) -> None:
    children = Children(settings.home, f"reel-{reel_id}")
    if not as_json:
        console.print(f"Reel {reel_id}: starting Prefect …")
    with run_server_only(settings, url) as environment:
        command = [sys.executable, "-m", "flows.by_hand", str(reel_id), *([step.value] if step else [])]
        child = children.start(f"reel-{reel_id}", command, environment, ROOT)
        try:
            if as_json:
                child.process.wait()
            else:
                watch(reel_id, lambda: child.process.poll() is None, console)
        finally:
            children.stop()
    finished = find_finished(settings, reel_id, is_new=True, seconds=time.monotonic() - started)
    if finished is None or child.process.returncode:
        _explain(reel_id, child, as_json=as_json)
    show(finished, as_json=as_json)


def _explain(reel_id: int, child: Child, *, as_json: bool) -> NoReturn:
    """Say why there is no finished reel, from the reason in its row, else from the end of the log."""
    try:
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
    except FactoryError as error:
        stop(error.message, error.remedy, ExitCode.NOT_SET_UP, as_json=as_json)
    if reel.reason:
        message, _, remedy = reel.reason.partition(" Remedy: ")
        code = ExitCode.HELD if reel.state == "held" else ExitCode.FAILED
        stop(f"Reel {reel_id} {reel.state} at {message}", remedy or "See the log.", code, as_json=as_json)
    stop(
        f"Reel {reel_id} was interrupted ({reel.state}). {child.log} ends:\n{child.last_lines}",
        "Run the same command again: it goes on where it stood.",
        ExitCode.FAILED,
        as_json=as_json,
    )


@contextmanager
def _term_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, so that children are stopped."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
