"""The roster: the fictional characters read from TOML, and whose turn it is to tell a reel."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from core.errors import ConfigError
from core.models import Character, Turn

REMEDIES = {
    "age": "Every character is a fictional adult: write an age of 18 or more.",
    "slug": "Write small letters, digits and single dashes, such as 'jonah-reef'.",
    "language": "Use one of: en, es, de, fr, it.",
    "tone": "Use one of: curious, warm, playful, calm, dramatic.",
    "palette": "Give deep, main, soft, glow and accent, each as '#rrggbb' in small letters.",
    "voice": "Give name, and if wanted speed (0.7 to 1.4) and pitch (-6 to 6 semitones).",
    "brand": "Give watermark and outro as short texts, captions as colour, box or pop, effects as true or false.",
    "look": "Give appearance, style and lora as short texts, lora_strength as a number from 0 to 2.",
    "makers": "Give lists of makers by what is made, such as draw = ['comfyui', 'scenery'].",
    "persona": "Describe the character in 20 to 600 characters.",
}


def parse_roster(text: str) -> tuple[Character, ...]:
    """Read the `[[character]]` tables of a roster file, in their order.

    Raises ConfigError naming the character and the field at fault.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ConfigError(
            f"The roster is not valid TOML: {exc}.", remedy="Mend that line; examples/characters.toml shows the form."
        ) from exc
    if unknown := sorted(document.keys() - {"character"}):
        raise ConfigError(
            f"The roster has an unknown entry '{unknown[0]}'.", remedy="Begin every character with '[[character]]'."
        )
    tables = document.get("character")
    if not isinstance(tables, list) or not tables:
        raise ConfigError("The roster has no characters.", remedy="Begin every character with '[[character]]'.")
    characters: dict[str, Character] = {}
    for number, table in enumerate(tables, start=1):
        character = _character(table, number)
        if character.slug in characters:
            raise ConfigError(
                f"The character '{character.slug}' is in the roster twice: field 'slug' must be unique.",
                remedy="Rename or remove one of the two.",
            )
        characters[character.slug] = character
    return tuple(characters.values())


def _character(table: Any, number: int) -> Character:
    try:
        return Character.model_validate(table)
    except ValidationError as exc:
        slug = table.get("slug") if isinstance(table, dict) else None
        called = f"'{slug}'" if isinstance(slug, str) and slug else f"number {number}"
        faults = exc.errors()
        field = str(faults[0]["loc"][0]) if faults[0]["loc"] else ""
        raise ConfigError(
            f"The character {called} cannot be used: " + "; ".join(map(_fault, faults)) + ".",
            remedy=REMEDIES.get(field, "Mend the field; examples/characters.toml shows the form."),
        ) from exc


def _fault(fault: Any) -> str:
    field = ".".join(map(str, fault["loc"])) or "table"
    if fault["type"] == "missing":
        return f"field '{field}' is missing"
    if fault["type"] == "extra_forbidden":
        return f"field '{field}' is unknown"
    return f"field '{field}' is wrong: {fault['msg']}"


def next_character(turns: Iterable[Turn]) -> str | None:
    """Choose who tells the next reel; None when no character has an idea waiting.

    It is the one whose last reel is longest ago; who never had one goes first; ties go by slug.
    Times must all be aware of their zone, or all not.
    """
    ready = [turn for turn in turns if turn.waiting > 0]
    if never := [turn.slug for turn in ready if turn.last_reel_at is None]:
        return min(never)
    past = [(turn.last_reel_at, turn.slug) for turn in ready if turn.last_reel_at is not None]
    return min(past)[1] if past else None
