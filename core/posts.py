"""What is posted beside a reel: caption and hashtags, in the language of the brief.

French puts a no-break space before its marks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from core.models import Brief, Fact, Language
from core.text import tidy

CAPTION_LIMIT = 2_000
"""Characters; the strictest platforms take 2,200, and the hashtags come on top of the caption."""

SOURCE_LIMIT = 300
MOST_HASHTAGS, MOST_OF_BRIEF = 8, 7

SOURCES_HEADINGS: dict[Language, str] = {
    "en": "Sources:",
    "es": "Fuentes:",
    "de": "Quellen:",
    "fr": "Sources\u00a0:",
    "it": "Fonti:",
}
DISCLOSURES: dict[Language, str] = {
    "en": "AI-made: voice and pictures are generated. {name} is a fictional character.",
    "es": "Hecho con IA: la voz y las imágenes son generadas. {name} es un personaje ficticio.",
    "de": "Mit KI gemacht: Stimme und Bilder sind künstlich erzeugt. {name} ist eine erfundene Figur.",
    "fr": "Créé avec l'IA\u00a0: la voix et les images sont générées. {name} est un personnage fictif.",
    "it": "Creato con l'IA: voce e immagini sono generate. {name} è un personaggio immaginario.",
}
GENERAL_HASHTAGS: dict[Language, tuple[str, str]] = {
    "en": ("DidYouKnow", "LearnSomethingNew"),
    "es": ("SabíasQue", "Curiosidades"),
    "de": ("WusstestDu", "Wissen"),
    "fr": ("LeSaviezVous", "CultureG"),
    "it": ("LoSapevi", "Curiosità"),
}


def caption_of(brief: Brief, facts: Sequence[Fact], paragraphs: Sequence[str], character_name: str) -> str:
    """Write the paragraphs, the sources of the facts that are told, and that the reel is AI-made.

    Sources at the end are left out rather than passing 2,000 characters.
    """
    disclosure = DISCLOSURES[brief.language].format(name=tidy(character_name))
    sources = list(_told_sources(brief, facts))
    while True:
        listed = "\n".join([SOURCES_HEADINGS[brief.language], *sources]) if sources else ""
        caption = "\n\n".join(part for part in (*paragraphs, listed, disclosure) if part)
        if len(caption) <= CAPTION_LIMIT or not sources:
            return caption
        sources.pop()


def hashtags_of(brief: Brief, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the hashtags of the brief, then `more`, then one or two general ones: at most 8, without '#'."""
    own = _distinct(map(_clean, brief.hashtags))[:MOST_OF_BRIEF]
    return _distinct([*own, *map(_clean, more), *GENERAL_HASHTAGS[brief.language]])[:MOST_HASHTAGS]


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
    """Keep the first of tags that differ only in capitals."""
    kept: dict[str, str] = {}
    for tag in tags:
        kept.setdefault(tag.casefold(), tag)
    return tuple(tag for tag in kept.values() if tag)
