"""The lines that the outline writer puts together itself: the hook and the closing."""

from __future__ import annotations

import re

from core.models import Brief, Language, Tone
from core.text import tidy
from integrations.generation.outline_words import (
    CLOSINGS,
    OPENINGS_OF_STATEMENTS,
    OPENINGS_OF_TOPICS,
    SUBORDINATE,
    VERBS,
)

HOOK_WORDS = 9
"""A hook is heard in about three seconds."""

ENDS = ".!?…"
CLOSERS = "\"'”’»)]"


def hook_of(brief: Brief, tone: Tone) -> str:
    """Return the hook of the brief, or its title behind an opening that suits, if that stays short."""
    if brief.hook and tidy(brief.hook):
        return tidy(brief.hook)
    title = sentence_of(tidy(brief.title), brief.language)
    statement = is_statement(title, brief.language)
    openings = OPENINGS_OF_STATEMENTS if statement else OPENINGS_OF_TOPICS
    opened = f"{openings[brief.language][tone]} {title}"
    asks = "?" in title[-3:] or "!" in title[-3:]  # such a title opens by itself
    return title if asks or len(opened.split()) > HOOK_WORDS else opened


def closing_of(brief: Brief, tone: Tone, turn: int) -> str:
    """Return the closing of the brief, or one of the invitations to answer, chosen by `turn`."""
    if brief.closing and tidy(brief.closing):
        return tidy(brief.closing)
    choices = CLOSINGS[brief.language][tone]
    return choices[turn % len(choices)]


def sentence_of(title: str, language: Language) -> str:
    """End a title like a sentence: a full stop where it has no mark, the opening marks of Spanish added."""
    title = title.rstrip(" :;,–—-") or title
    if language == "es":
        for opening, closing in (("¿", "?"), ("¡", "!")):
            if title.rstrip(CLOSERS).endswith(closing) and opening not in title:
                title = opening + title
    return title if title.rstrip(CLOSERS).endswith(tuple(ENDS)) else title + "."


def is_statement(title: str, language: Language) -> bool:
    """Guess whether a title is a sentence; in doubt it is not."""
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)?", title.casefold())
    return not set(SUBORDINATE[language].split()) & {*words} and bool(set(VERBS[language].split()) & {*words[1:]})
