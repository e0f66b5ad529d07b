"""Shows a reel coming into being: which step, how far, how long.

Reads the database, where every worker tells its progress.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from core.errors import DatabaseUnavailable
from core.models import Capability
from db import generations, reels
from db.connection import get_database

STAGES = ("idea", "script", "voice", "pictures", "render", "checks", "package", "post")
DONE_BEFORE = {
    "planned": 1, "scripted": 2, "voiced": 3, "illustrated": 4, "rendered": 5, "checked": 6,
    "ready_to_publish": 7, "publishing": 7, "published": 8,
}  # fmt: skip
"""How many stages are behind a reel in each state."""
CAPABILITY_OF = {
    "script": Capability.WRITE, "voice": Capability.SPEAK, "pictures": Capability.DRAW,
    "render": Capability.RENDER, "checks": Capability.CHECK, "package": Capability.PACKAGE,
}  # fmt: skip
"""What is made in a stage. Clips are made between pictures and render, and only where somebody animates."""
LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class View:
    """What is known about a run at one moment."""

    stage: int
    detail: str
    state: str


def view_of(state: str, scenes: int, lines: Sequence[generations.Line]) -> View:
    """Say which stage a reel is in and how far that stage is."""
    stage = DONE_BEFORE.get(state, 0)
    name = STAGES[min(stage, len(STAGES) - 1)]
    expected = (CAPABILITY_OF.get(name), Capability.ANIMATE)
    at_work = [line for line in lines if line.is_leased and line.capability in expected]
    if not at_work:
        return View(stage, "", state)
    line = at_work[-1]
    if line.scene is not None and scenes:
        what = "clip " if line.capability == Capability.ANIMATE else ""
        return View(stage, f"{what}{line.scene + 1} of {scenes}", state)
    tenths = int(line.progress * 10)
    return View(stage, f"{tenths * 10}%" if tenths else "", state)


def look(reel_id: int) -> View:
    """Read the state of a reel from the database."""
    with get_database().transaction() as connection:
        state = reels.get_reel(connection, reel_id).state
        return view_of(state, len(reels.get_scenes(connection, reel_id)), generations.list_of_reel(connection, reel_id))


def watch(reel_id: int, is_running: Callable[[], bool], console: Console) -> None:
    """Show the progress until the run ends."""
    display = _Display(console)
    with display.shown():
        while is_running():
            try:
                display.update(look(reel_id))
            except DatabaseUnavailable:
                display.update(View(display.stage, "the database does not answer", ""))
            time.sleep(LOOK_SECONDS)
        try:
            display.update(look(reel_id))
        except DatabaseUnavailable:
            return


class _Display:
    """A list of stages with their times: redrawn on a terminal, a line for each change elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.stage = 0
        self.started = [time.monotonic()]
        self.took: list[float] = []
        self._said = ""
        self._live: Live | None = None

    def shown(self) -> Live | _Quiet:
        if not self.console.is_terminal:
            return _Quiet()
        self._live = Live(self._draw(""), console=self.console, refresh_per_second=8, transient=False)
        return self._live

    def update(self, view: View) -> None:
        while self.stage < view.stage:
            self._finish_stage()
        if self._live is not None:
            self._live.update(self._draw(view.detail))
        elif view.detail and self.stage < len(STAGES):
            self._say(f"{STAGES[self.stage]} {view.detail}")

    def _finish_stage(self) -> None:
        now = time.monotonic()
        self.took.append(now - self.started[-1])
        self.started.append(now)
        if self._live is None:
            self._say(f"{STAGES[self.stage]} done in {self.took[-1]:.1f} s")
        self.stage += 1

    def _say(self, line: str) -> None:
        if line != self._said:
            self._said = line
            self.console.print(f"  {line}")

    def _draw(self, detail: str) -> Group:
        rows: list[Text | Spinner] = [
            Text.assemble(("  ✔ ", "green"), f"{name:<10}", (f"{seconds:5.1f} s", "dim"))
            for name, seconds in zip(STAGES, self.took, strict=False)
        ]
        if self.stage < len(STAGES):
            waited = time.monotonic() - self.started[-1]
            text = Text.assemble(f" {STAGES[self.stage]:<10}", (f"{waited:5.1f} s  {detail}", "cyan"))
            rows.append(Spinner("dots", text=text))
        return Group(*rows)


class _Quiet:
    """Stands in for a live display where there is no terminal."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
