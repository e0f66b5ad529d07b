"""The outline writer: a brief becomes a script without any model, and without inventing a fact.

The beats are the facts of the brief, word for word and in order. Only the hook, where the brief has
none, and the closing line are put together from fixed phrases that state nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, get_args

from pydantic import ValidationError

from core.errors import BadBrief, BadInput, clip
from core.keys import content_key
from core.models import Brief, Capability, Fact, Language, Line, Made, Progress, Script, WriteRequest
from core.posts import caption_of, hashtags_of
from core.settings import Settings
from core.speaking_rate import reel_seconds, spoken_seconds
from core.text import tidy
from integrations.generation.outline_phrases import closing_of, hook_of
from integrations.generation.scene_setting import choose_settings

FEWEST_BEATS, MOST_BEATS = 4, 7
CLEARLY_SHORT = 0.7
"""Below this share of the shortest length asked for, a reel is refused: 14 s where 20 s were asked for."""


class Outline:
    """Writes a script from the facts of a brief."""

    name: ClassVar[str] = "outline"
    capability: ClassVar[Capability] = Capability.WRITE

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def objection(self, request: dict[str, Any]) -> str | None:
        """Say why this request cannot be served: another language than the five, or no sensible length."""
        brief = request.get("brief")
        language = brief.get("language") if isinstance(brief, dict) else None
        if language is not None and language not in get_args(Language):
            return f"The outline writer has no phrases in '{language}'; it writes {', '.join(get_args(Language))}."
        try:
            least, most = WriteRequest.model_validate(request).seconds
        except ValidationError as exc:
            fault = exc.errors()[0]
            return f"The request is not one for a script: {'.'.join(map(str, fault['loc']))}: {fault['msg']}."
        if not 0 <= least <= most:
            return f"A reel cannot be between {least} and {most} seconds long."
        return None

    def make(self, request: dict[str, Any], workspace: Path, progress: Progress) -> Made:
        """Write the script; its JSON form is the result, there are no files.

        Raises BadBrief when the facts are too long or too short for the seconds asked for.
        """
        if (objection := self.objection(request)) is not None:
            raise BadInput(objection)
        script = write_script(WriteRequest.model_validate(request))
        progress(1.0)
        return Made(result=script.model_dump(mode="json"))


def write_script(request: WriteRequest) -> Script:
    """Turn a brief into a hook, 4 to 7 beats and a closing line, with what is posted beside the reel."""
    brief, tone = request.brief, request.tone
    turn = int(content_key(brief)[:8], 16)
    hook = hook_of(brief, tone)
    closing = closing_of(brief, tone, turn)
    facts = _fitting(brief, hook, closing, request.seconds)
    texts = [hook, *(tidy(fact.text) for fact in facts), closing]
    settings = choose_settings(texts, brief.language, tone, places=brief.places, title=brief.title, turn=turn)
    beats = (
        Line(role="beat", text=text, setting=setting, fact=number)
        for number, (text, setting) in enumerate(zip(texts[1:-1], settings[1:-1], strict=True))
    )
    return Script(
        title=tidy(brief.title),
        language=brief.language,
        lines=(
            Line(role="hook", text=hook, setting=settings[0]),
            *beats,
            Line(role="closing", text=closing, setting=settings[-1]),
        ),
        caption=caption_of(brief, facts, (tidy(brief.title), hook if brief.hook else closing), request.character_name),
        hashtags=hashtags_of(brief),
    )


def _fitting(brief: Brief, hook: str, closing: str, seconds: tuple[int, int]) -> tuple[Fact, ...]:
    """Take facts from the first on, as many as fit into the longest length asked for."""
    if len(brief.facts) < FEWEST_BEATS:
        raise BadBrief(
            f"The brief has {len(brief.facts)} facts; a reel needs {FEWEST_BEATS} to {MOST_BEATS}.",
            remedy=f"Add at least {FEWEST_BEATS - len(brief.facts)} under '## Facts'.",
        )
    for number, fact in enumerate(brief.facts, start=1):
        if not any(char.isalnum() for char in fact.text):
            raise BadBrief(f"Fact {number} has no words.", remedy="Write the fact, or remove it.")
    least, most = seconds
    facts = brief.facts[:MOST_BEATS]
    while _length(facts, hook, closing, brief.language) > most:
        if len(facts) == FEWEST_BEATS:
            raise _too_long(facts, _length(facts, hook, closing, brief.language), most, brief.language)
        facts = facts[:-1]
    length = _length(facts, hook, closing, brief.language)
    if length < CLEARLY_SHORT * least:
        more = "Add facts, or say more in them" if len(facts) < MOST_BEATS else "Say more in the facts"
        raise BadBrief(
            f"The brief gives about {length:.0f} seconds of speech; a reel of at least {least} is asked for.",
            remedy=f"{more}: about {least - length:.0f} seconds more.",
        )
    return facts


def _length(facts: Sequence[Fact], hook: str, closing: str, language: Language) -> float:
    return reel_seconds([hook, *(fact.text for fact in facts), closing], language)


def _too_long(facts: Sequence[Fact], length: float, most: int, language: Language) -> BadBrief:
    lasting = sorted(((spoken_seconds(fact.text, language), n, fact.text) for n, fact in enumerate(facts, 1)))[::-1]
    named = "; ".join(f"fact {n} ('{clip(text, 40)}', {seconds:.0f} s)" for seconds, n, text in lasting[:2])
    return BadBrief(
        f"The first {FEWEST_BEATS} facts alone take about {length:.0f} seconds; at most {most} are allowed.",
        remedy=f"Shorten the longest by about {length - most + 0.5:.0f} seconds in all: {named}.",
    )
