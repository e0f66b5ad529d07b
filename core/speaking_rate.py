"""How long a text will take to speak, before it is spoken.

Measured with the embedded voices on eleven sentences of each language (Piper "joe" for English, the small
voices of py-nanotts for the others) and checked on fifteen whole scripts: a script is right within 8 %.
Where the rate of a voice was measured, it takes the place of the built-in one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.models import Language

LETTERS_PER_SECOND: dict[Language, float] = {"en": 19.5, "es": 15.2, "de": 17.2, "fr": 22.6, "it": 15.9}
SECONDS_PER_DIGIT: dict[Language, float] = {"en": 0.35, "es": 0.46, "de": 0.54, "fr": 0.31, "it": 0.38}
SECONDS_PER_SIGN = 0.5
"""'%' and '&' are spoken as words."""

ONSET = 0.45
"""Seconds that every line takes beside its letters: first and last sound, slower last word."""

INNER_PAUSE = 0.4
"""Seconds of a comma, colon or full stop within a line."""

BETWEEN_LINES = 0.3
"""Seconds of silence from one line of a reel to the next, and after the last."""

ESTIMATE_ERROR = 0.08
"""The share by which the estimate of a whole script may be wrong."""

INNER_MARK = re.compile(r"[,;:.!?…–—](?=\s+\S)")
SIGNS = frozenset("%&+=$€£°")


def spoken_seconds(text: str, language: Language, letters_per_second: float | None = None) -> float:
    """Estimate the seconds of one spoken line, at natural speed or at the measured rate of a voice."""
    letters = sum(char.isalpha() for char in text)
    digits = sum(char.isdigit() for char in text)
    signs = sum(char in SIGNS for char in text)
    pauses = len(INNER_MARK.findall(text.rstrip()))
    return (
        ONSET
        + letters / (letters_per_second or LETTERS_PER_SECOND[language])
        + digits * SECONDS_PER_DIGIT[language]
        + signs * SECONDS_PER_SIGN
        + pauses * INNER_PAUSE
    )


def reel_seconds(lines: Sequence[str], language: Language, letters_per_second: float | None = None) -> float:
    """Estimate the seconds of a reel that speaks these lines, silences between them included."""
    return sum(spoken_seconds(line, language, letters_per_second) + BETWEEN_LINES for line in lines)


def letters_for(seconds: float, lines: int, language: Language, letters_per_second: float | None = None) -> int:
    """Estimate how many letters fill these seconds when they are spread over so many lines with a comma each."""
    silent = lines * (ONSET + BETWEEN_LINES + INNER_PAUSE)
    return max(0, round((seconds - silent) * (letters_per_second or LETTERS_PER_SECOND[language])))


def measured_rate(spoken: Sequence[tuple[str, float]], language: Language) -> float | None:
    """Return the letters a second of a voice from lines it spoke and their seconds; None when they tell nothing."""
    letters = sum(char.isalpha() for text, _ in spoken for char in text)
    seconds = sum(lasted - spoken_seconds(text, language, float("inf")) for text, lasted in spoken)
    return round(letters / seconds, 1) if letters and seconds > 0 else None
