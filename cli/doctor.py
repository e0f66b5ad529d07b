"""Looks at every part the factory needs, line by line, and says how to mend what is missing."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, get_args

from rich.console import Console

from core.errors import FactoryError
from core.models import Capability, Quality
from core.settings import Settings, get_settings
from db import accounts
from db.connection import get_database
from db.migrate import current_revision, newest_revision
from deployments.house import open_database
from deployments.stack import is_up
from integrations.generation.piper_voices import find_voices
from integrations.platforms import get_platform
from media.ffmpeg import find_ffmpeg
from media.glyphs import FONT_FILES, font_path
from rules.roster import parse_roster
from tasks.chain import chain_for, get_client, is_service, needs_key
from tasks.pool import key_of

NEEDED_FILTERS = (
    "sidechaincompress",
    "alimiter",
    "ebur128",
    "amix",
    "blackdetect",
    "freezedetect",
    "silencedetect",
    "rubberband",
)
NEEDED_ENCODERS = ("libx264", "aac")
ASKED = (
    Capability.WRITE, Capability.SPEAK, Capability.DRAW, Capability.ANIMATE, Capability.TALK, Capability.CLONE,
    Capability.MUSIC,
)  # fmt: skip
PREFECT_VERSION = "3.8.8"

Level = Literal["ok", "note", "fault"]
SIGNS = {"ok": "[green]✔[/]", "note": "[yellow]•[/]", "fault": "[bold red]✘[/]"}


@dataclass(frozen=True)
class Finding:
    """One line of the examination."""

    part: str
    level: Level
    detail: str
    remedy: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether the factory cannot work like this."""
        return self.level == "fault"

    def as_row(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)

    def print_to(self, console: Console) -> None:
        """Print one line, and the remedy below it when there is one."""
        console.print(f"{SIGNS[self.level]} {self.part:<12}", end="")
        console.print(self.detail, markup=False)
        if self.remedy:
            console.print(f"  {'':<12}→ {self.remedy}", markup=False)


def examine() -> list[Finding]:
    """Look at everything. A part that breaks while it is looked at is a fault of that part only."""
    try:
        settings = get_settings()
    except FactoryError as error:
        return [Finding("settings", "fault", error.message, error.remedy)]
    findings = [Finding("settings", "ok", "read and valid")]
    looks: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("python", _python), ("disk", _disk), ("ffmpeg", _ffmpeg), ("fonts", _fonts), ("voices", _voices),
        ("makers", _makers), ("services", _services), ("platforms", _platforms), ("roster", _roster),
        ("prefect", _prefect), ("database", _database),
    )  # fmt: skip
    for part, look in looks:
        try:
            findings += look(settings)
        except FactoryError as error:
            findings.append(Finding(part, "fault", error.message, error.remedy))
    return findings


def _python(_: Settings) -> Iterator[Finding]:
    found = f"{platform.python_version()} at {sys.executable}"
    if (3, 11) <= sys.version_info < (3, 14):
        yield Finding("python", "ok", found)
    else:
        yield Finding("python", "fault", found, "Use Python 3.11, 3.12 or 3.13: `make setup PYTHON=python3.12`.")


def _disk(settings: Settings) -> Iterator[Finding]:
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free // 2**20
    if free < settings.min_free_mib:
        yield Finding(
            "disk", "fault", f"{free} MiB free below {settings.home}", "Free some space, or lower MIN_FREE_MIB."
        )
    else:
        yield Finding("disk", "ok", f"{free / 1024:.1f} GiB free below {settings.home}")


def _ffmpeg(settings: Settings) -> Iterator[Finding]:
    binary = find_ffmpeg(settings.ffmpeg_binary)

    def ask(option: str) -> str:
        done = subprocess.run(
            [str(binary), "-hide_banner", option], capture_output=True, text=True, check=False, timeout=30
        )
        return done.stdout

    known = {line.split()[1] for line in f"{ask('-filters')}\n{ask('-encoders')}".splitlines() if len(line.split()) > 1}
    missing = [name for name in (*NEEDED_FILTERS, *NEEDED_ENCODERS) if name not in known]
    name = " ".join(ask("-version").split()[:3])
    if missing:
        remedy = "Leave FFMPEG_BINARY empty to use the one that comes with the packages."
        yield Finding("ffmpeg", "fault", f"{name} lacks {', '.join(missing)}", remedy)
    else:
        yield Finding("ffmpeg", "ok", f"{name}, with all {len(NEEDED_FILTERS)} filters and both encoders")


def _fonts(_: Settings) -> Iterator[Finding]:
    paths = [font_path(name) for name in FONT_FILES]
    yield Finding("fonts", "ok", ", ".join(path.stem for path in paths))


def _voices(settings: Settings) -> Iterator[Finding]:
    names = find_voices(settings)
    yield Finding("voices", "ok", f"Piper: {', '.join(names)}; Pico: en, es, de, fr, it")


def _makers(_: Settings) -> Iterator[Finding]:
    for capability in ASKED:
        for quality in get_args(Quality):
            names = chain_for(capability, quality=quality)
            if quality == "standard" or names != chain_for(capability):
                part = capability.value if quality == "standard" else f"{capability.value}, {quality}"
                yield Finding(part, "ok", f"asked in this order: {', '.join(names)}" if names else "nobody is asked")


def _services(settings: Settings) -> Iterator[Finding]:
    """Try every outside service that a chain names, with each of its accounts."""
    named = {
        name for capability in ASKED for quality in get_args(Quality) for name in chain_for(capability, quality=quality)
    }
    asked = sorted(name for name in named if is_service(name))
    if not asked:
        return
    with open_database(settings):
        for name in asked:
            yield from _service(name)


def _service(name: str) -> Iterator[Finding]:
    with get_database().transaction() as connection:
        if not needs_key(name):
            accounts.ensure_keyless(connection, name)
        pool_of = accounts.list_accounts(connection, name)
        keys = {account.id: key_of(connection, account.id) for account in pool_of}
    if not pool_of:
        yield Finding(name, "fault", "it has no account", f"Add one: `reelwright accounts add {name} NAME`.")
    for account in pool_of:
        where = f"{name}/{account.name}"
        if account.status != "active":
            yield Finding(where, "note", f"{account.status} {account.reason}".strip())
            continue
        try:
            yield Finding(where, "ok", get_client(name, keys[account.id]).examine())
        except FactoryError as error:
            yield Finding(where, "fault", error.message, error.remedy)


def _platforms(settings: Settings) -> Iterator[Finding]:
    for name in settings.platform_names:
        get_platform(name, settings)
        yield Finding("platform", "ok", name)


def _roster(settings: Settings) -> Iterator[Finding]:
    roster = parse_roster(settings.roster.read_text(encoding="utf-8")) if settings.roster.is_file() else ()
    if roster:
        elite = sum(character.elite for character in roster)
        yield Finding("roster", "ok", f"{len(roster)} characters, {elite} elite, from {settings.roster}")
    else:
        yield Finding("roster", "fault", f"no characters in {settings.roster}", "Set ROSTER_FILE to your roster.")


def _prefect(settings: Settings) -> Iterator[Finding]:
    try:
        found = version("prefect")
    except PackageNotFoundError:
        yield Finding("prefect", "fault", "not installed", "Run `make setup`.")
        return
    if found != PREFECT_VERSION:
        yield Finding("prefect", "fault", f"{found}, made for {PREFECT_VERSION}", "Run `make setup`.")
        return
    url = settings.prefect_api_url or f"http://127.0.0.1:{settings.prefect_port}/api"
    state = f"server answers at {url}" if is_up(f"{url}/health") else "server not running; `reelwright up` starts it"
    yield Finding("prefect", "ok", f"{found}; {state}")


def _database(settings: Settings) -> Iterator[Finding]:
    kind = "your own PostgreSQL" if settings.database_url else "embedded PostgreSQL"
    with open_database(settings) as url:
        revision = current_revision(url)
    if revision == newest_revision():
        yield Finding("database", "ok", f"{kind}, revision {revision}")
    else:
        yield Finding("database", "fault", f"{kind}, revision {revision}", "Run `reelwright db migrate`.")
