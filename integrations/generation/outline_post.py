"""What is posted beside a reel: caption and hashtags, in the language of the brief."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from core.models import Brief, Fact
from integrations.generation.outline_phrases import tidy
from integrations.generation.outline_words import DISCLOSURES, GENERAL_HASHTAGS, SOURCES_HEADINGS

CAPTION_LIMIT = 2_000
"""Characters; the strictest platforms take 2,200, and the hashtags come on top of the caption."""

SOURCE_LIMIT = 300
MOST_HASHTAGS, MOST_OF_BRIEF = 8, 7


def caption_of(brief: Brief, facts: Sequence[Fact], hook: str, closing: str, character_name: str) -> str:
    """Write title, one line, the sources of the facts that are told, and that the reel is AI-made.

    Sources at the end are left out rather than passing 2,000 characters.
    """
    title = tidy(brief.title)
    line = hook if brief.hook else closing
    disclosure = DISCLOSURES[brief.language].format(name=tidy(character_name))
    sources = list(_told_sources(brief, facts))
    while True:
        listed = "\n".join([SOURCES_HEADINGS[brief.language], *sources]) if sources else ""
        caption = "\n\n".join(part for part in (title, line, listed, disclosure) if part)
        if len(caption) <= CAPTION_LIMIT or not sources:
            return caption
        sources.pop()


def hashtags_of(brief: Brief) -> tuple[str, ...]:
    """Return the hashtags of the brief and one or two general ones, at most 8, without '#'."""
    own = _distinct(map(_clean, brief.hashtags))[:MOST_OF_BRIEF]
    return _distinct([*own, *GENERAL_HASHTAGS[brief.language]])[:MOST_HASHTAGS]


def _told_sources(brief: Brief, facts: Sequence[Fact]) -> Iterable[str]:
    told = {number for fact in facts for number in fact.sources}
    for number, source in enumerate(brief.sources, start=1):
        if number in told:
            text = tidy(source)
            yield f"[{number}] " + (text if len(text) <= SOURCE_LIMIT else text[: SOURCE_LIMIT - 1] + "…")


def _clean(tag: str) -> str:
    """Keep letters and digits only; a tag needs a letter, platforms take no number for one."""
    kept = "".join(char for char in unicodedata.normalize("NFC", tag) if char.isalnum())
    return kept if any(char.isalpha() for char in kept) else ""


def _distinct(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple({tag.casefold(): tag for tag in reversed([*tags]) if tag}.values())[::-1]
