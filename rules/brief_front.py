"""The front matter of a brief: plain `key: value` lines between two lines of dashes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from core.errors import BadBrief
from core.models import Language, Place, Quality, Tone
from core.text import tidy
from rules.brief_text import check_script, has_words

DASHES = re.compile(r"-{3,}\s*")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
REQUIRED = ("title", "language", "character")
KEYS = (*REQUIRED, "tone", "places", "hashtags", "hook", "closing", "quality", "research", "rating")
QUALITIES = get_args(Quality)
YES_OR_NO = {"yes": True, "no": False}
RATINGS = {str(rating): rating for rating in range(6)}
LONGEST = {"title": 90, "hook": 120, "closing": 160}
"""Characters that fit on the cover, and that can be said in a few seconds."""

LANGUAGES = {"en": "English", "es": "Spanish", "de": "German", "fr": "French", "it": "Italian"}
EXAMPLES = {"title": "The octopus has three hearts", "language": "en", "character": "jonah-reef"}


@dataclass(frozen=True)
class Front:
    """The values of the front matter, fit for `Brief`, and the count of lines it takes."""

    values: Mapping[str, Any]
    end: int


@dataclass(frozen=True)
class Entry:
    """A value as written, and its line."""

    text: str
    line: int


def read_front(lines: list[str]) -> Front:
    """Read the front matter at the head of a brief; raises BadBrief for every fault."""
    first, last = _bounds(lines)
    entries = _entries(lines[first + 1 : last], first + 2)
    for key in REQUIRED:
        if key not in entries:
            raise BadBrief(
                f"The brief has no {key}.", remedy=f"Add a line '{key}: {EXAMPLES[key]}' between the dashes at its top."
            )
    values: dict[str, Any] = {
        "title": _line(entries, "title"),
        "language": _language(entries["language"]),
        "character": _character(entries["character"]),
        "hook": _line(entries, "hook"),
        "closing": _line(entries, "closing"),
        "tone": _choice(entries.get("tone"), "tone", get_args(Tone), " to take the character's own"),
        "places": _places(entries.get("places")),
        "hashtags": _hashtags(entries.get("hashtags")),
        "quality": _choice(entries.get("quality"), "quality", QUALITIES) or "standard",
        "research": YES_OR_NO[_choice(entries.get("research"), "research", tuple(YES_OR_NO)) or "no"],
        "rating": RATINGS[_choice(entries.get("rating"), "rating", tuple(RATINGS)) or "0"],
    }
    return Front(values, last + 1)


def _bounds(lines: list[str]) -> tuple[int, int]:
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None or not DASHES.fullmatch(lines[first]):
        raise BadBrief(
            "The brief has no front matter: it must begin with a line '---'.",
            remedy="Begin with '---', then lines 'title: ...', 'language: en', 'character: ...', then '---' again.",
        )
    last = next((i for i, line in enumerate(lines) if i > first and DASHES.fullmatch(line)), None)
    if last is None:
        raise BadBrief(
            f"The front matter that begins on line {first + 1} does not end.",
            remedy="Put a second line '---' after the last 'key: value' line.",
        )
    return first, last


def _entries(lines: list[str], start: int) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for number, line in enumerate(lines, start=start):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, colon, value = line.partition(":")
        key = key.strip().casefold()
        if not colon:
            raise BadBrief(
                f"Line {number} is not of the form 'key: value'.",
                remedy="Write each setting on one line, such as 'language: en'.",
            )
        if key not in KEYS:
            near = difflib.get_close_matches(key[:40], KEYS, n=1)
            meant = f"Did you mean '{near[0]}'? " if near else ""
            raise BadBrief(
                f"Line {number} has an unknown key '{key[:40]}'.", remedy=f"{meant}Known keys: {', '.join(KEYS)}."
            )
        if key in entries:
            raise BadBrief(
                f"Line {number} gives '{key}' a second time (first on line {entries[key].line}).",
                remedy="Remove one of the two lines.",
            )
        check_script(line, number)
        if tidy(value):
            entries[key] = Entry(tidy(value), number)
    return entries


def _line(entries: Mapping[str, Entry], key: str) -> str | None:
    entry = entries.get(key)
    if entry is None:
        return None
    if not has_words(entry.text) or (key == "title" and len(entry.text) < 3):
        raise BadBrief(f"The {key} on line {entry.line} says nothing.", remedy=f"Write the {key} in words.")
    if len(entry.text) > LONGEST[key]:
        raise BadBrief(
            f"The {key} on line {entry.line} has {len(entry.text)} characters; the limit is {LONGEST[key]}.",
            remedy="Shorten it.",
        )
    return entry.text


def _language(entry: Entry) -> str:
    code = entry.text.casefold()
    if code not in get_args(Language):
        names = ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        raise BadBrief(
            f"Line {entry.line} has an unknown language '{_short(entry.text)}'.", remedy=f"Use one of: {names}."
        )
    return code


def _character(entry: Entry) -> str:
    if len(entry.text) > 64 or not SLUG.fullmatch(entry.text):
        raise BadBrief(
            f"Line {entry.line} does not name a character: '{_short(entry.text)}'.",
            remedy="Write the slug of a character from the roster file: small letters, digits and dashes, "
            f"such as '{EXAMPLES['character']}'.",
        )
    return entry.text


def _choice(entry: Entry | None, key: str, known: Sequence[str], remedy: str = "") -> str | None:
    """Return one of the known words, whatever its case; None when the entry is not there."""
    if entry is None:
        return None
    word = entry.text.casefold()
    if word not in known:
        raise BadBrief(
            f"Line {entry.line} has an unknown {key} '{_short(entry.text)}'.",
            remedy=f"Use one of: {', '.join(known)}; or leave it out{remedy}.",
        )
    return word


def _places(entry: Entry | None) -> tuple[str, ...]:
    if entry is None:
        return ()
    places: list[str] = []
    for written in (part.strip() for part in entry.text.split(",")):
        place = re.sub(r"[\s_]+", "-", written.casefold())
        if place in get_args(Place):
            places.append(place)
        elif written:
            near = difflib.get_close_matches(place[:40], get_args(Place), n=3, cutoff=0.5)
            meant = f"Did you mean {' or '.join(near)}? " if near else ""
            raise BadBrief(
                f"Line {entry.line} has an unknown place '{_short(written)}'.",
                remedy=f"{meant}There is: {', '.join(get_args(Place))}.",
            )
    return tuple(dict.fromkeys(places))


def _hashtags(entry: Entry | None) -> tuple[str, ...]:
    if entry is None:
        return ()
    parts = entry.text.split(",") if "," in entry.text else entry.text.split()
    return tuple(dict.fromkeys(tag for part in parts if (tag := part.strip().lstrip("#").strip())))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
