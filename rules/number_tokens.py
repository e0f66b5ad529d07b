"""The pieces numbers are made of: words, digits and Roman digits, each with what it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.models import Language
from rules import number_words
from rules.wording import bare

Kind = Literal["digits", "one", "small", "hundred", "scale", "part", "half", "and", "other"]

DIGITS = r"\d{1,3}(?P<group>[.,'’\u00a0\u202f ])\d{3}(?:(?P=group)\d{3})*(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
TOKEN = re.compile(rf"(?P<digits>{DIGITS})|(?P<word>[^\W\d_]+)")
ROMAN = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
REPEATED_ENDINGS = ("mal", "fach")
"""German writes 'fünfzigmal' in one word."""


@dataclass(frozen=True)
class Token:
    """A word or a group of digits; `is_inner` when it continues a word."""

    kind: Kind
    value: float
    start: int
    end: int
    is_inner: bool = False


def tokens_in(text: str, language: Language) -> Iterator[Token]:
    """Find the words and digits of a text, in order; those that are no numbers are "other"."""
    for found in TOKEN.finditer(text):
        start, end = found.span()
        word = found.group("word") or ""
        if found.group("digits"):
            yield Token("digits", _digits_value(found.group("digits"), found.group("group"), language), start, end)
        elif is_roman(word):
            yield Token("digits", _roman_value(word), start, end)
        else:
            for number, (kind, value) in enumerate(_meaning(bare(word), language)):
                yield Token(kind, value, start, end, is_inner=number > 0)


def is_roman(word: str) -> bool:
    """Say whether a word is a number in Roman digits, of two or more of them: 'XIV'."""
    return len(word) > 1 and set(word) <= {*"IVX"} and bool(ROMAN.fullmatch(word))


def _digits_value(digits: str, group: str | None, language: Language) -> float:
    """Read digits as the language groups them: '1,600' is a large number in English only."""
    if group and group != ("." if language == "en" else ","):
        digits = digits.replace(group, "")
    head, _, tail = digits.replace(",", ".").partition(".")
    return float(f"{head}.{tail.replace('.', '')}")


def _roman_value(word: str) -> float:
    values = [{"I": 1, "V": 5, "X": 10}[char] for char in word]
    return float(sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True)))


@cache
def _meaning(word: str, language: Language) -> tuple[tuple[Kind, float], ...]:
    """Return what a word stands for; a number written in one word stands for several."""
    if known := _lexicon(language).get(word):
        return (known,)
    if language in ("de", "it"):
        ending = next((ending for ending in REPEATED_ENDINGS if word.endswith(ending)), "")
        pieces = _pieces(word.removesuffix(ending), language)
        if pieces and (ending or len(pieces) > 1):
            return pieces
    return (("other", 0),)


@cache
def _pieces(word: str, language: Language) -> tuple[tuple[Kind, float], ...] | None:
    """Split a word wholly into the words of numbers: 'fünfunddreißig', 'duemilaquattrocento'."""
    if not word:
        return ()
    known = _lexicon(language) | {name: ("small", value) for name, value in _table(number_words.ONLY_WITHIN[language])}
    for length in range(len(word), 2, -1):
        meaning = known.get(word[:length])
        rest = _pieces(word[length:], language) if meaning and meaning[0] not in ("part", "half") else None
        if meaning and rest is not None:
            return (meaning, *rest)
    return None


@cache
def _lexicon(language: Language) -> dict[str, tuple[Kind, float]]:
    tables: tuple[tuple[Kind, str], ...] = (
        ("and", number_words.ANDS[language]),
        ("one", number_words.ONES[language]),
        ("small", number_words.SMALL[language]),
        ("hundred", number_words.HUNDREDS[language]),
        ("scale", number_words.SCALES[language]),
        ("half", number_words.HALVES[language]),
        ("part", number_words.PARTS[language]),
    )
    return {word: (kind, value) for kind, entries in tables for word, value in _table(entries)}


def _table(entries: str) -> Iterator[tuple[str, float]]:
    for entry in entries.split(","):
        value, *words = entry.split() or ["0"]
        yield from ((word, float(value)) for word in words)
