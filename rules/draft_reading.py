"""Reads what a language model hands in, with patience: harmless slips are mended, every other fault is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.errors import BadInput, clip
from core.models import Draft, DraftLine
from core.text import tidy

MOST_HOOKS, MOST_TAGS = 6, 12
PICTURE_LIMIT, MOTION_LIMIT = 600, 300
"""What a draft can hold; more is a harmless slip and cut."""

LINE_NAMES = {"hooks": "Hook", "beats": "Beat"}


def read_draft(answer: Mapping[str, Any]) -> Draft:
    """Read a model's answer.

    Harmless slips are mended: white space, '#' before hashtags, capitals in place names, fields too many, lists and
    picture prompts that are too long. Raises BadInput with one sentence for each other fault, one on a line.
    """
    try:
        return Draft.model_validate(_mended(answer))
    except ValidationError as exc:
        raise BadInput("\n".join(_faults(exc)), remedy="Ask the model again, with these faults.") from exc


def _mended(answer: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: _trimmed(value) for name, value in answer.items() if name in Draft.model_fields}
    for name in ("hooks", "beats"):
        if isinstance(known.get(name), list):
            known[name] = [_mended_line(line) for line in known[name]]
    if isinstance(known.get("hooks"), list):
        known["hooks"] = known["hooks"][:MOST_HOOKS]
    if "call_to_action" in known:
        known["call_to_action"] = _mended_line(known["call_to_action"])
    if "hashtags" in known:
        known["hashtags"] = _mended_tags(known["hashtags"])
    return known


def _mended_line(line: Any) -> Any:
    if not isinstance(line, dict):
        return line
    known = {name: _trimmed(value) for name, value in line.items() if name in DraftLine.model_fields}
    for name in ("place", "time", "mood"):
        if isinstance(known.get(name), str):
            known[name] = re.sub(r"[\s_]+", "-", known[name].lower())
    for name, limit in (("picture", PICTURE_LIMIT), ("motion", MOTION_LIMIT)):
        if isinstance(known.get(name), str):
            known[name] = clip(known[name], limit)
    return known


def _mended_tags(tags: Any) -> Any:
    listed = re.split(r"[\s,]+", tags) if isinstance(tags, str) else tags
    if not isinstance(listed, list) or not all(isinstance(tag, str) for tag in listed):
        return tags
    return list({tag.strip("# ").casefold(): tag.strip("# ") for tag in listed if tag.strip("# ")}.values())[:MOST_TAGS]


def _trimmed(value: Any) -> Any:
    return tidy(value) if isinstance(value, str) else value


def _faults(error: ValidationError) -> list[str]:
    """Say each fault in a sentence; a list is not called too short for an entry of it that is at fault itself."""
    faults = error.errors()
    lists = {fault["loc"][:1] for fault in faults if len(fault["loc"]) > 1}
    told = (fault for fault in faults if not (fault["type"] == "too_short" and fault["loc"] in lists))
    return list(dict.fromkeys(_fault(fault["loc"], fault["type"], fault["msg"]) for fault in told))


def _fault(place: tuple[int | str, ...], kind: str, message: str) -> str:
    where = _where(place)
    if kind == "missing":
        return f"{where} is missing."
    for technical, plain in (("Tuple", "the list"), ("Input", "it"), (" after validation", "")):
        message = message.replace(technical, plain)
    return f"{where} is wrong: {message}."


def _where(place: tuple[int | str, ...]) -> str:
    if not place:
        return "The answer"
    first, *rest = place
    if rest and isinstance(rest[0], int):
        line = f"{LINE_NAMES.get(str(first), f'Entry of {first}')} {rest[0] + 1}"
        return f"{line}, field '{rest[1]}'," if len(rest) > 1 else line
    return f"The field '{'.'.join(map(str, place))}'"
