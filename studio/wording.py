"""How times, sizes and measures read on a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

LANGUAGES = {"en": "English", "es": "Spanish", "de": "German", "fr": "French", "it": "Italian"}
TIMINGS = {"voice": "given by the voice", "alignment": "aligned to the sound", "proportional": "spread by length"}
UNITS = {
    "lufs": "LUFS", "lu": "LU", "dbtp": "dBTP", "db": "dB", "seconds": "s", "s": "s", "ms": "ms", "px": "px",
    "fps": "fps", "kbps": "kbit/s", "hz": "Hz", "bytes": "bytes", "mib": "MiB", "percent": "%",
}  # fmt: skip
EMPTY_BRACKETS = re.compile(r"[(\[<]\s*[)\]>]")
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


def clock_time(seconds: float | None) -> str:
    """Write seconds as 0:07; nothing for None."""
    if seconds is None:
        return ""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def duration(seconds: float | None) -> str:
    """Write a length as "31 s", or as 2:05 from two minutes on; nothing for None."""
    if seconds is None:
        return ""
    return f"{round(seconds)} s" if seconds < 120 else clock_time(seconds)


def age(moment: datetime, now: datetime) -> str:
    """Say how long ago a moment was; the date itself from a month on, and for moments to come."""
    seconds = (now - moment).total_seconds()
    if not -60 < seconds < 30 * 86_400:
        return f"{moment.day} {moment:%b} {moment.year}"
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def utc_time(moment: datetime) -> str:
    """Write a moment in full, in UTC where the calendar allows it."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar
        return moment.isoformat()
    return f"{moment.day} {moment:%B} {moment.year}, {moment:%H:%M} UTC"


def file_size(count: int) -> str:
    """Write a number of bytes as 38 B, 1.2 kB, 12 kB or 3.1 MB (decimal units, as browsers do)."""
    if count < 1000:
        return f"{count} B"
    size, unit = count / 1000, "kB"
    for bigger in ("MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, bigger
    return f"{size:.1f} {unit}" if size < 10 else f"{size:.0f} {unit}"


def language_name(code: str) -> str:
    """Name a language; unknown codes stay as they are."""
    return LANGUAGES.get(code, code)


def words(name: str) -> str:
    """Turn a name of ours, old-town or contact_sheet, into words with a capital first letter."""
    text = re.sub(r"[-_]+", " ", name).strip()
    return text[:1].upper() + text[1:]


def measure(name: str, value: Any) -> tuple[str, str]:
    """Turn a measure, loudness_lufs = -14.0, into a label and a value with its unit."""
    label, _, unit = name.rpartition("_")
    if not label or unit not in UNITS:
        return words(name), plain(value)
    return words(label), f"{plain(value)} {UNITS[unit]}"


def plain(value: Any) -> str:
    """Write any JSON value for people: short numbers with a true minus sign, yes and no, texts as they are."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", "\N{MINUS SIGN}") if abs(value) < 10_000 else f"{value:,.0f}"
    if isinstance(value, int):
        return str(value).replace("-", "\N{MINUS SIGN}") if abs(value) < 10**15 else "very large"
    if isinstance(value, list):
        return ", ".join(plain(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{words(str(name))}: {plain(item)}" for name, item in value.items())
    return str(value) if value is not None else "–"


def finding(value: Any) -> str:
    """Write a finding of the checks, a sentence or an object with one in it."""
    if isinstance(value, dict):
        for name in ("message", "text", "problem", "what"):
            if isinstance(value.get(name), str):
                return str(value[name])
    return plain(value)


def source_link(source: str) -> tuple[str, str]:
    """Split a source into its words and its web address; "" where it has none.

    Only http and https become links, so that no source can run a script.
    """
    match = WEB_ADDRESS.search(source)
    if not match:
        return source.strip(), ""
    address = match.group().rstrip(".,;")
    if "(" not in address:
        address = address.rstrip(")")
    rest = EMPTY_BRACKETS.sub(" ", source.replace(address, " ")).strip(" \t\n-:,;.")
    return rest or re.sub(r"^https?://(www\.)?", "", address).rstrip("/"), address
