"""Numbers in running text, in digits and in words of five languages: '1,600', 'diez mil', 'zwei Drittel', 'XIV'.

The word for one is an article in most of these languages, so it only counts together with more ('a hundred').
The ordinal of two is left out, because in most of them it also names the unit of time.
"""

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

PERCENT = re.compile(r"%|\b(?:per ?cent|por ciento|prozent|pour cent|per cento)\b", re.IGNORECASE)
DIGITS = r"\d{1,3}(?P<group>[.,'’\u00a0\u202f ])\d{3}(?:(?P=group)\d{3})*(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
TOKEN = re.compile(rf"(?P<digits>{DIGITS})|(?P<word>[^\W\d_]+)")
ROMAN = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
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
REPEATED_ENDINGS = ("mal", "fach")
"""German writes 'fünfzigmal' in one word."""

ROUNDING = 0.011
"""A part of one may be told as a rounded percentage: '66 percent' for two thirds."""


@dataclass(frozen=True)
class Number:
    """A number of a text and where it stands. `values` are the readings it may have: 'a third' is 3 or 1/3."""

    text: str
    values: frozenset[float]
    start: int
    end: int


@dataclass(frozen=True)
class Token:
    """A word or a group of digits; `is_inner` when it continues a word."""

    kind: Kind
    value: float
    start: int
    end: int
    is_inner: bool = False


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


def numbers_in(text: str, language: Language) -> tuple[Number, ...]:
    """Find the numbers of a text, each as long as it goes: 'two hundred thousand' is one number."""
    masked = PERCENT.sub(lambda found: "%" * len(found.group()), text)
    masked = ZERO_MARK.sub(lambda found: "." * len(found.group()), masked)
    return tuple(_number(reading, text, masked) for reading in _readings(masked, language) if reading.kind != "one")


def values_in(text: str, language: Language) -> frozenset[float]:
    """Return every value a text may be quoted with: of its numbers, and of each of their words."""
    words = {token.value for token in _tokens(text, language) if token.kind in ("small", "hundred", "scale", "part")}
    return frozenset(words.union(*(number.values for number in numbers_in(text, language))))


def is_among(number: Number, values: frozenset[float]) -> bool:
    """Say whether a number is one of these values."""
    return any(abs(mine - other) <= _tolerance(other) for mine in number.values for other in values)


def _tolerance(value: float) -> float:
    """Return how far off a value may be told: a part of one that is no whole percentage is rounded to one."""
    is_whole = abs(value * 100 - round(value * 100)) < 1e-6 if abs(value) < 1 else True
    return 1e-6 * abs(value) if is_whole else ROUNDING


def is_roman(word: str) -> bool:
    """Say whether a word is a number in Roman digits, of two or more of them: 'XIV'."""
    return len(word) > 1 and set(word) <= {*"IVX"} and bool(ROMAN.fullmatch(word))


def _number(reading: Reading, text: str, masked: str) -> Number:
    value = reading.total + reading.current
    values = {value}
    if reading.ordinal:
        is_share = bool(value or OF.match(text[reading.end :]) or masked[: reading.end].casefold().endswith("tel"))
        values = {(value or 1) / reading.ordinal} | (set() if is_share else {reading.ordinal})
    if MINUS_BEFORE.search(text[: reading.start]) or MINUS_AFTER.match(text[reading.end :]):
        values = {-value for value in values}
    if re.match(r"\s?%", masked[reading.end :]):
        values |= {value / 100 for value in values}
    return Number(text[reading.start : reading.end], frozenset(values), reading.start, reading.end)


def _readings(text: str, language: Language) -> Iterator[Reading]:
    reading: Reading | None = None
    joined = False
    for token in _tokens(text, language):
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


def _tokens(text: str, language: Language) -> Iterator[Token]:
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
