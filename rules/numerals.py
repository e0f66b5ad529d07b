"""Numbers in running text, in digits and in words of five languages: '1,600', 'diez mil', 'zwei Drittel', 'XIV'.

The word for one is an article in most of these languages, so it only counts together with more ('a hundred').
The ordinal of two is left out, because in most of them it also names the unit of time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from core.models import Language
from rules.number_tokens import Kind, Token, tokens_in

PERCENT = re.compile(r"%|\b(?:per ?cent|por ciento|prozent|pour cent|per cento)\b", re.IGNORECASE)
PERCENT_SIGN = re.compile(r"\s?%")
GAP = re.compile(r"[\s\-‐‑]*")
LAST_AND = re.compile(r"\W+(?:and|y|und|et|e)(?: an?)?$", re.IGNORECASE)
MINUS_BEFORE = re.compile(r"(?:\bminus|\bmenos|\bmoins|\bmeno|(?<!\S)[-−])\s*$", re.IGNORECASE)
MINUS_AFTER = re.compile(
    r"[^.,;!?]{0,25}\b(?:below zero|bajo cero|unter null|en dessous de zéro|au-dessous de zéro|sous zéro|sotto zero)\b",
    re.IGNORECASE,
)
ZERO_MARK = re.compile(
    r"(?<=below )zero|(?<=bajo )cero|(?<=unter )null|(?<=sous )zéro|(?<=dessous de )zéro|(?<=sotto )zero", re.IGNORECASE
)
OF = re.compile(r"\s+(?:of|des?|del|der|du|dei|degli|dell[aeo]|di)\b|\s+(?:d|dell)['’]", re.IGNORECASE)

NEAR = 16
"""Characters before a number in which its minus may stand."""

REMEMBERED = 512
"""Texts whose numbers are kept: every line of a draft is held against the same facts."""

ROUNDING = 0.011
"""A part of one may be told as a rounded percentage: '66 percent' for two thirds."""


@dataclass(frozen=True)
class Number:
    """A number of a text and where it stands. `values` are the readings it may have: 'a third' is 3 or 1/3."""

    text: str
    values: frozenset[float]
    start: int
    end: int


@dataclass
class Reading:
    """A number that is being read: `total` holds the thousands and millions, `current` what comes after them."""

    start: int
    end: int
    kind: Kind
    total: float = 0
    current: float = 0
    scale: float = 1
    ordinal: float = 0


@lru_cache(maxsize=REMEMBERED)
def numbers_in(text: str, language: Language) -> tuple[Number, ...]:
    """Find the numbers of a text, each as long as it goes: 'two hundred thousand' is one number."""
    masked = PERCENT.sub(lambda found: "%" * len(found.group()), text)
    masked = ZERO_MARK.sub(lambda found: "." * len(found.group()), masked)
    return tuple(_number(reading, text, masked) for reading in _readings(masked, language) if reading.kind != "one")


@lru_cache(maxsize=REMEMBERED)
def values_in(text: str, language: Language) -> frozenset[float]:
    """Return every value a text may be quoted with: of its numbers, and of each of their words."""
    words = {token.value for token in tokens_in(text, language) if token.kind in ("small", "hundred", "scale", "part")}
    return frozenset(words.union(*(number.values for number in numbers_in(text, language))))


def is_among(number: Number, values: frozenset[float]) -> bool:
    """Say whether a number is one of these values."""
    return any(abs(mine - other) <= _tolerance(other) for mine in number.values for other in values)


def _tolerance(value: float) -> float:
    """Return how far off a value may be told: a part of one that is no whole percentage is rounded to one."""
    is_whole = abs(value * 100 - round(value * 100)) < 1e-6 if abs(value) < 1 else True
    return 1e-6 * abs(value) if is_whole else ROUNDING


def _number(reading: Reading, text: str, masked: str) -> Number:
    value = reading.total + reading.current
    values = {value}
    if reading.ordinal:
        word = masked[reading.start : reading.end].casefold()
        is_share = bool(value or OF.match(text, reading.end) or word.endswith("tel"))
        values = {(value or 1) / reading.ordinal} | (set() if is_share else {reading.ordinal})
    before = max(0, reading.start - NEAR)
    if MINUS_BEFORE.search(text, before, reading.start) or MINUS_AFTER.match(text, reading.end):
        values = {-value for value in values}
    if PERCENT_SIGN.match(masked, reading.end):
        values |= {value / 100 for value in values}
    return Number(text[reading.start : reading.end], frozenset(values), reading.start, reading.end)


def _readings(text: str, language: Language) -> Iterator[Reading]:
    reading: Reading | None = None
    joined = False
    for token in tokens_in(text, language):
        if reading and GAP.fullmatch(text[reading.end : token.start]):
            if token.kind == "and" or (joined and token.kind == "one" and language == "en"):
                joined, reading.end = True, token.end
                continue
            if _extend(reading, token, language, joined=joined):
                joined, reading.end = False, token.end
                continue
        if reading:
            yield _closed(reading, text)
        reading, joined = _begin(token), False
    if reading:
        yield _closed(reading, text)


def _closed(reading: Reading, text: str) -> Reading:
    """Leave out an 'and' at the end, which led to no further number."""
    reading.end = reading.start + len(LAST_AND.sub("", text[reading.start : reading.end]))
    return reading


def _begin(token: Token) -> Reading | None:
    reading = Reading(token.start, token.end, token.kind)
    if token.kind in ("digits", "small", "hundred", "one"):
        reading.current = token.value
    elif token.kind == "scale":
        reading.total = reading.scale = token.value
    elif token.kind == "part" and token.value > 1:
        reading.ordinal = token.value
    else:
        return None
    return reading


def _extend(reading: Reading, token: Token, language: Language, *, joined: bool) -> bool:
    """Take the token into the number if it belongs to it."""
    current = reading.current
    if reading.ordinal:
        return False
    if token.kind == "scale":
        reading.total = reading.total + current * token.value if current else reading.total * token.value
        reading.current, reading.scale = 0, token.value
    elif token.kind == "hundred" and 1 <= current < 100 and not joined:
        reading.current = current * 100
    elif joined and (token.kind == "half" or (token.kind, token.value) == ("part", 2)):
        reading.current += 0.5 if current else 0.5 * reading.scale
    elif token.kind == "part" and not joined and not reading.total:
        return _divide(reading, token.value)
    elif token.kind in ("small", "one", "hundred") and _follows(reading, token, language, joined=joined):
        reading.current = _together(current, token.value, language)
    else:
        return False
    reading.kind = "small" if token.kind == "one" else token.kind
    return True


def _divide(reading: Reading, by: float) -> bool:
    """Read 'two thirds' as a part and 'twenty-third' as an ordinal."""
    if reading.kind == "small" and reading.current >= 20 and reading.current % 10 == 0 and by < 10:
        reading.current += by
    elif by == 1:
        return False
    else:
        reading.ordinal = by
        reading.current = 0 if reading.kind == "one" else reading.current
    reading.kind = "part"
    return True


def _follows(reading: Reading, token: Token, language: Language, *, joined: bool) -> bool:
    """Say whether a small number goes on what was read: five after twenty does, but not after two."""
    current, value = reading.current, token.value
    ending = current % 100
    if reading.kind == "digits" or (token.kind == "one" and not joined):
        return False
    if joined and token.is_inner:
        return 0 < ending < 10 and 20 <= value < 100  # 'fünfunddreißig'
    if joined and language == "en" and current < 100 and not reading.total:
        return False
    if language == "fr" and ((ending, value) == (4, 20) or (ending in (60, 80) and 10 <= value < 20)):
        return True
    if language == "fr" and ending in (10, 70, 90) and 7 <= value <= 9:
        return True  # 'dix-huit'
    if language == "en" and 13 <= current <= 20 and 10 <= value < 100 and not joined:
        return True  # the year 'nineteen forty-seven'
    if current == 0:
        return value < 1000
    return ending == 0 if value >= 10 else ending == 0 or (ending >= 20 and current % 10 == 0)


def _together(current: float, value: float, language: Language) -> float:
    if language == "fr" and (current % 100, value) == (4, 20):
        return current + 76
    if language == "en" and 13 <= current <= 20 and value >= 10:
        return current * 100 + value
    return current + value
