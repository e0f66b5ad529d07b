"""Looks at every part the factory needs, line by line, and says how to mend what is missing."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import get_args

from cli.doctor_platforms import look_at_platforms
from cli.finding import Finding
from core.clock import now
from core.errors import FactoryError
from core.keys import plain_number
from core.models import Capability, Quality
from core.services_file import Budgets, cap_label, get_services_file
from core.settings import Settings, get_settings
from db import accounts, generations, ledger
from db.accounts import Account
from db.connection import get_database
from db.migrate import current_revision, newest_revision
from deployments.house import open_database
from deployments.stack import is_up
from integrations.generation import SERVICES
from integrations.generation.piper_voices import find_voices
from integrations.storage import library
from media.credentials import get_credentials
from media.ffmpeg import find_ffmpeg
from media.glyphs import FONT_FILES, font_path
from rules.budget import level_of
from rules.roster import parse_roster
from rules.rotation import OLD_KEY_DAYS, key_days
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


def examine() -> list[Finding]:
    """Look at everything. A part that breaks while it is looked at is a fault of that part only."""
    try:
        settings = get_settings()
    except FactoryError as error:
        return [Finding("settings", "fault", error.message, error.remedy)]
    findings = [Finding("settings", "ok", "read and valid")]
    looks: tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...] = (
        ("python", _python), ("disk", _disk), ("ffmpeg", _ffmpeg), ("fonts", _fonts), ("voices", _voices),
        ("makers", _makers), ("services", _services), ("platforms", look_at_platforms),
        ("storage", _storage), ("credentials", _credentials), ("roster", _roster),
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


def _storage(settings: Settings) -> Iterator[Finding]:
    store = library(settings)
    next(store.names(timedelta(0)), None)  # which asks whether it may be read
    yield Finding("storage", "ok", f"finished reels are kept in {store.place}")


def _credentials(settings: Settings) -> Iterator[Finding]:
    found = get_credentials(settings)
    whose = "a certificate made by this factory; C2PA_CERT_FILE takes your own" if found.is_self_made else found.signer
    yield Finding("credentials", "ok", f"reels are signed with {whose}")


def _makers(_: Settings) -> Iterator[Finding]:
    for capability in ASKED:
        for quality in get_args(Quality):
            names = chain_for(capability, quality=quality)
            if quality == "standard" or names != chain_for(capability):
                part = capability.value if quality == "standard" else f"{capability.value}, {quality}"
                yield Finding(part, "ok", f"asked in this order: {', '.join(names)}" if names else "nobody is asked")


def _services(settings: Settings) -> Iterator[Finding]:
    """Try every outside service that a chain names, with each of its accounts, and look at what was paid."""
    file = get_services_file()
    for unknown in sorted(file.services.keys() - SERVICES.keys()):
        remedy = f"Use one of: {', '.join(sorted(SERVICES))}."
        yield Finding("services", "fault", f"[services.{unknown}] in the services file is no service", remedy)
    named = {
        name for capability in ASKED for quality in get_args(Quality) for name in chain_for(capability, quality=quality)
    }
    with open_database(settings):
        for name in sorted(name for name in named if is_service(name)):
            yield from _service(name)
        yield from _credits(file.budgets)


def _service(name: str) -> Iterator[Finding]:
    with get_database().transaction() as connection:
        if not needs_key(name):
            accounts.ensure_keyless(connection, name)
        pool_of = accounts.list_accounts(connection, name)
    if not pool_of:
        yield Finding(name, "fault", "it has no account", f"Add one: `reelwright accounts add {name} NAME`.")
    for account in pool_of:
        yield from _account(account)


def _account(account: Account) -> Iterator[Finding]:
    where, words = f"{account.service}/{account.name}", f"{account.service} {account.name}"
    if account.status != "active":
        state = f"{account.status}: {account.reason}" if account.reason else account.status
        yield Finding(where, "note", state, f"Once it may be used again: `reelwright accounts resume {words}`.")
        return
    try:
        with get_database().transaction() as connection:
            key = key_of(connection, account.id)
        yield Finding(where, "ok", get_client(account.service, key).examine())
    except FactoryError as error:
        yield Finding(where, "fault", error.message, error.remedy)
    days = key_days(account.secret_set_at, account.seen_at)
    if account.has_secret and days >= OLD_KEY_DAYS:
        remedy = f"Replace it: `reelwright accounts rotate {words}`."
        yield Finding(where, "note", f"its key is {days} days old", remedy)


def _credits(budgets: Budgets) -> Iterator[Finding]:
    """Name paid calls that wait for a person, and caps that are nearly or quite used up."""
    with get_database().transaction() as connection:
        waiting = generations.list_unsettled(connection)
        windows = ledger.list_budgets(connection, now().date(), budgets)
    if waiting:
        held = plain_number(sum((one.reserved for one in waiting), Decimal(0)))
        detail = f"calls whose outcome is not known: {len(waiting)}, with {held} credits reserved"
        yield Finding("credits", "note", detail, "Look at them with `reelwright generations list`.")
    for window in windows:
        level = level_of(window.used, window.cap, budgets.warn_at)
        if level == "fine":
            continue
        share = f"{plain_number(window.used)} of {plain_number(window.cap)} credits"
        detail = f"{share} of the {cap_label(window.scope, window.name)} are used"
        stopped = "; it is stopped" if level == "stopped" else ""
        yield Finding("budget", "note", detail + stopped, "See `reelwright budget`; caps are set in the services file.")


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
