"""Where a text may be cut without tearing apart what a reader sees as one character.

A plain reading of Unicode's rules for grapheme clusters (UAX 29). It may keep more together than they ask, never less.
"""

from __future__ import annotations

import unicodedata

ZERO_WIDTH_JOINER = "\u200d"
VIRAMA = 9
"""The combining class of the sign that joins two consonants in the scripts of India."""

JOINING = frozenset("\u200c\u200d\uff9e\uff9f\u0e33\u0eb3") | {chr(code) for code in range(0xE0020, 0xE0080)}
"""Characters that belong to the one before them though they are no marks: joiners, Japanese and Thai signs, tags."""

SKIN_TONES = range(0x1F3FB, 0x1F400)
FLAG_LETTERS = range(0x1F1E6, 0x1F200)
HANGUL_LEADS, HANGUL_REST = range(0x1100, 0x1160), range(0x1160, 0x1200)


def cut_places(text: str) -> list[int]:
    """Return every place at which the text may be cut, its beginning and its end included, in order."""
    places, flag_letters = [0], 0
    for place in range(1, len(text)):
        flag_letters = flag_letters + 1 if ord(text[place - 1]) in FLAG_LETTERS else 0
        if not _belong_together(text[place - 1], text[place], flag_letters):
            places.append(place)
    return places if not text else [*places, len(text)]


def _belong_together(before: str, after: str, flag_letters: int) -> bool:
    code = ord(after)
    return (
        unicodedata.category(after)[0] == "M"
        or after in JOINING
        or code in SKIN_TONES
        or code in HANGUL_REST
        or before == ZERO_WIDTH_JOINER
        or ord(before) in HANGUL_LEADS
        or unicodedata.combining(before) == VIRAMA
        or (code in FLAG_LETTERS and flag_letters % 2 == 1)
        or (before == "\r" and after == "\n")
    )
