"""The orders that a language model gets: templates in `prompts/`, filled from a brief and a character.

A template carries its version in its name. Change the wording in a copy with the next number, so that what was
written by an older one can still be told apart.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.errors import BadBrief, BadInput, clip
from core.models import Brief, Character, Draft, Language, Prompt
from core.posts import MOST_HASHTAGS
from core.speaking_rate import BETWEEN_LINES, ONSET, letters_for
from core.text import tidy
from rules.drafts import HOOK_SECONDS, LANGUAGE_NAMES, rate_of

SCRIPT, REPAIR = "script.1", "repair.1"

HOOKS = 5
LEAST_BEATS, MOST_BEATS = 4, 7
SECONDS_PER_BEAT = 4.5
"""A scene that stays longer gets dull."""

LETTERS_PER_WORD: dict[Language, float] = {"en": 4.6, "es": 4.8, "de": 5.7, "fr": 4.7, "it": 5.0}
"""Counted over the example briefs."""

TEMPERATURE, REPAIR_TEMPERATURE = 0.8, 0.4
"""Five hooks should differ; a repair should change no more than it must."""

MAX_TOKENS = 8192
"""Fourteen lines with their pictures are about 3,000 tokens, and models that think first need room for it."""

ANSWER_LIMIT = 16_000
"""Characters of an earlier answer that are shown again."""

NEUTRAL = str.maketrans({"<": "‹", ">": "›", "`": "'"})
"""What could close a fence or open a code block."""


def script_prompt(
    brief: Brief, character: Character, seconds: tuple[int, int], letters_per_second: float | None = None
) -> Prompt:
    """Write the order for a script that is spoken in `seconds`, at least and at most.

    Raises BadBrief when the facts are too few to tell without adding any, BadInput when the seconds make no sense.
    """
    least, most = seconds
    if not 0 < least <= most:
        raise BadInput(f"A reel cannot be between {least} and {most} seconds long.")
    if len(brief.facts) < LEAST_BEATS and not brief.research:
        raise BadBrief(
            f"The brief has {len(brief.facts)} facts; a reel needs {LEAST_BEATS} to {MOST_BEATS}.",
            remedy="Add facts under '## Facts', or allow research.",
        )
    return Prompt(
        version=SCRIPT,
        system=_filled(f"{SCRIPT}.system.md.j2", **_narrator(brief, character)),
        user=_filled(
            f"{SCRIPT}.user.md.j2",
            **_material(brief),
            **_measures(brief, seconds, rate_of(brief, character, letters_per_second)),
        ),
        answer_schema=Draft.model_json_schema(),
        temperature=TEMPERATURE,
        max_tokens=MAX_TOKENS,
    )


def repair_prompt(prompt: Prompt, answer: Mapping[str, Any], problems: Sequence[str]) -> Prompt:
    """Write the same order again, with an earlier answer to it and what was wrong with that.

    `prompt` is the first order, also when this is the second repair. Equal answers give equal orders, in whatever
    sequence their fields come: a rerun must not pay for another one.
    """
    shown = clip(json.dumps(answer, ensure_ascii=False, indent=1, sort_keys=True, default=str), ANSWER_LIMIT)
    user = _filled(
        f"{REPAIR}.md.j2",
        order=prompt.user,
        answer=shown.translate(NEUTRAL),
        problems=[_neutral(problem) for problem in problems],
    )
    return prompt.model_copy(update={"version": REPAIR, "user": user, "temperature": REPAIR_TEMPERATURE})


def _narrator(brief: Brief, character: Character) -> dict[str, Any]:
    return {
        "name": _neutral(character.name),
        "age": character.age,
        "persona": _neutral(character.persona),
        "tone": brief.tone or character.tone,
        "research": brief.research,
    }


def _material(brief: Brief) -> dict[str, Any]:
    return {
        "title": _neutral(brief.title),
        "hook": _neutral(brief.hook or ""),
        "closing": _neutral(brief.closing or ""),
        "places": ", ".join(brief.places),
        "hashtags": ", ".join(_neutral(tag) for tag in brief.hashtags),
        "facts": [_neutral(fact.text) for fact in brief.facts],
        "language": LANGUAGE_NAMES[brief.language],
    }


def _measures(brief: Brief, seconds: tuple[int, int], rate: float) -> dict[str, Any]:
    """Return how much is to be written: lines, letters and words that take the middle of the seconds."""
    middle = sum(seconds) / 2
    most_beats = MOST_BEATS if brief.research else min(MOST_BEATS, len(brief.facts))
    beats = min(max(LEAST_BEATS, round(middle / SECONDS_PER_BEAT) - 1), most_beats)
    letters = letters_for(middle, beats + 2, brief.language, rate)
    return {
        "hooks": HOOKS,
        "hook_seconds": f"{HOOK_SECONDS:.0f}",
        "hook_letters": round((HOOK_SECONDS - ONSET - BETWEEN_LINES) * rate),
        "least_beats": LEAST_BEATS,
        "most_beats": most_beats,
        "beats": beats,
        "least": seconds[0],
        "most": seconds[1],
        "letters": letters,
        "words": round(letters / LETTERS_PER_WORD[brief.language]),
        "letters_each": round(letters / (beats + 2)),
        "most_hashtags": MOST_HASHTAGS,
    }


def _neutral(text: str) -> str:
    """Make a text one line that cannot leave its fence: no control characters, no angle brackets, no backticks."""
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return tidy(visible.translate(NEUTRAL))


def _filled(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values).strip()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("prompts")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  a prompt is no HTML
    )
