"""Which letters the shipped fonts can set, and in which font each piece of a text is drawn."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from core.errors import BadInput, MissingPart
from media import emoji

FONTS_DIR = Path(__file__).parent / "fonts"
LATIN, GREEK = "Montserrat-ExtraBold.ttf", "Geologica-ExtraBold-Greek.ttf"
JAPANESE, SYMBOLS = "NotoSansJP-Black.ttf", "DejaVuSans-Bold.ttf"
EMOJI = emoji.ARCHIVE
FONT_FILES = (LATIN, GREEK, JAPANESE, EMOJI, SYMBOLS)
"""Everything text is drawn with; `media/fonts/README.md` says where each comes from."""
ORDER = (GREEK, LATIN, JAPANESE, SYMBOLS)
"""Fonts in the order they are tried. Greek first: the Latin font has a few Greek letters, which would stand out."""

COLOURED, KEYCAP, PLAIN, JOINER = "\ufe0f", "\u20e3", "\ufe0e", "\u200d"
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})

Letters = tuple[tuple[str, str], ...]
"""Characters with their marks, each with the font file that sets it; an emoji stands under its name."""


def font_path(name: str) -> Path:
    """Return where a shipped font lies. Raises MissingPart when it is gone."""
    return _found(FONTS_DIR, name)


@lru_cache(maxsize=2 * len(FONT_FILES))
def _found(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise MissingPart(
            f"The font {path} is missing.",
            remedy="Restore the folder media/fonts from the repository or install the package again.",
        )
    return path


def letters(text: str) -> Letters:
    """Cut a text into (font file, character with its marks), leaving out symbols that no font has.

    Raises BadInput for a letter that no font has, and for right-to-left text.
    """
    found: list[tuple[str, str]] = []
    for cluster, name in _clusters(text):
        font = EMOJI if name else _font_for(cluster)
        if font is None:
            _refuse_letters(cluster)
        else:
            found.append((font, name or cluster))
    return tuple(found)


def merged(found: Iterable[tuple[str, str]]) -> Letters:
    """Join neighbours in one font to runs that are set at once; every emoji stays by itself."""
    runs: list[tuple[str, str]] = []
    for font, text in found:
        if runs and runs[-1][0] == font != EMOJI:
            runs[-1] = (font, runs[-1][1] + text)
        else:
            runs.append((font, text))
    return tuple(runs)


def runs(text: str) -> Letters:
    """Return the runs of a text. Raises BadInput as `letters` does."""
    return merged(letters(text))


def check_letters(text: str) -> None:
    """Raise BadInput when the text holds a letter that cannot be drawn; symbols are simply left out."""
    letters(text)


def missing_glyphs(text: str) -> tuple[str, ...]:
    """Return what no shipped font can draw (letters with their marks, symbols), each once, in order."""
    missing = [cluster for cluster, name in _clusters(text) if not name and _font_for(cluster) is None]
    return tuple(dict.fromkeys(missing))


def _clusters(text: str) -> list[tuple[str, str]]:
    """Split into (characters with their marks, name of the emoji they are); white space becomes plain."""
    text = unicodedata.normalize("NFC", text)
    clusters: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        name, end = _emoji_at(text, at)
        if name:
            clusters.append((text[at:end], name))
            at = end
            continue
        char = " " if text[at].isspace() else text[at]
        at += 1
        if _is_unseen(char):
            continue  # direction marks and zero-width characters must not reorder what is seen
        if unicodedata.category(char).startswith("M") and clusters and clusters[-1][0] != " " and not clusters[-1][1]:
            clusters[-1] = (clusters[-1][0] + char, "")
        else:
            clusters.append((char, ""))
    return clusters


def _emoji_at(text: str, at: int) -> tuple[str, int]:
    """Return the emoji that begins here, if any: what is asked for in colour, or what no lettering font has."""
    asked = text[at + 1 : at + 2] in (COLOURED, KEYCAP)
    if not asked and (text[at].isalnum() or _is_lettering(text[at])):
        return "", at
    name, end = emoji.sequence_at(text, at, font_path(EMOJI))
    plain = text[end - 1 : end] == PLAIN and ord(text[at]) in _covered(font_path(SYMBOLS))
    return ("", at) if plain else (name, end)


def _is_lettering(char: str) -> bool:
    return _is_unseen(char) or any(ord(char) in _covered(font_path(name)) for name in (LATIN, JAPANESE))


def _is_unseen(char: str) -> bool:
    """Tell whether a character has no look of its own: controls, joiners, selectors."""
    selects = "\ufe00" <= char <= COLOURED or "\U000e0100" <= char <= "\U000e01ef"
    return selects or char == KEYCAP or unicodedata.category(char) in ("Cc", "Cf")


def _font_for(cluster: str) -> str | None:
    needed = {ord(char) for char in cluster}
    if any(unicodedata.bidirectional(char) in RIGHT_TO_LEFT for char in cluster):
        return None
    return next((name for name in ORDER if needed <= _covered(font_path(name))), None)


def _refuse_letters(cluster: str) -> None:
    names = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, 'without a name')}" for char in cluster)
    if any(unicodedata.bidirectional(char) in RIGHT_TO_LEFT for char in cluster):
        raise BadInput(
            f"Right-to-left text cannot be drawn yet: “{cluster}” ({names}).",
            remedy="Write this text in a script that runs from left to right.",
        )
    if any(unicodedata.category(char).startswith("L") for char in cluster):
        raise BadInput(
            f"No shipped font has the letter “{cluster}” ({names}).",
            remedy="Write the word with other letters; captions can set Latin, Greek, Cyrillic and Japanese.",
        )


@lru_cache(maxsize=len(FONT_FILES))
def _covered(path: Path) -> frozenset[int]:
    """Read which characters a TrueType font has glyphs for, from its `cmap` table."""
    data = path.read_bytes()
    try:
        (tables,) = struct.unpack_from(">H", data, 4)
        entries = (struct.unpack_from(">4sLLL", data, 12 + 16 * number) for number in range(tables))
        start = next(offset for tag, _, offset, _ in entries if tag == b"cmap")
        (count,) = struct.unpack_from(">H", data, start + 2)
        offsets = {struct.unpack_from(">HHL", data, start + 4 + 8 * number)[2] for number in range(count)}
        return frozenset().union(*(_subtable(data, start + offset) for offset in offsets))
    except (struct.error, StopIteration) as exc:
        raise MissingPart(
            f"The font {path} is broken.",
            remedy="Restore the folder media/fonts from the repository or install the package again.",
        ) from exc


def _subtable(data: bytes, at: int) -> set[int]:
    (kind,) = struct.unpack_from(">H", data, at)
    if kind == 12:
        (count,) = struct.unpack_from(">L", data, at + 12)
        groups = (struct.unpack_from(">LLL", data, at + 16 + 12 * number) for number in range(count))
        return {code for first, last, _ in groups for code in range(first, last + 1)}
    if kind != 4:
        return set()
    double = struct.unpack_from(">H", data, at + 6)[0]
    segments = double // 2
    ends = struct.unpack_from(f">{segments}H", data, at + 14)
    starts = struct.unpack_from(f">{segments}H", data, at + 16 + double)
    deltas = struct.unpack_from(f">{segments}H", data, at + 16 + 2 * double)
    offsets_at = at + 16 + 3 * double
    offsets = struct.unpack_from(f">{segments}H", data, offsets_at)
    found: set[int] = set()
    for number in range(segments):
        for code in range(starts[number], min(ends[number], 0xFFFE) + 1):
            glyph = code
            if offsets[number]:
                place = offsets_at + 2 * number + offsets[number] + 2 * (code - starts[number])
                (glyph,) = struct.unpack_from(">H", data, place)
            if offsets[number] == 0 or glyph:
                glyph = (glyph + deltas[number]) & 0xFFFF
            if glyph:
                found.add(code)
    return found
