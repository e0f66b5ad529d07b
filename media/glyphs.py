"""Which letters the shipped fonts can set, and in which font each piece of a text is drawn."""

from __future__ import annotations

import struct
import unicodedata
from functools import lru_cache
from pathlib import Path

from core.errors import BadInput, MissingPart

FONTS_DIR = Path(__file__).parent / "fonts"
FONT_FILES = ("Montserrat-ExtraBold.ttf", "DejaVuSans-Bold.ttf")
"""Tried in this order for every cluster of characters."""

JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f\u20e3")
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def font_path(name: str) -> Path:
    """Return where a shipped font lies. Raises MissingPart when it is gone."""
    path = FONTS_DIR / name
    if not path.is_file():
        raise MissingPart(
            f"The font {path} is missing.",
            remedy="Restore the folder media/fonts from the repository or install the package again.",
        )
    return path


def runs(text: str) -> list[tuple[str, str]]:
    """Cut a text into (font file, piece) runs, leaving out symbols that no font has.

    Raises BadInput for a letter that no font has, and for right-to-left text.
    """
    found: list[tuple[str, str]] = []
    for cluster in _clusters(text):
        font = _font_for(cluster)
        drawn = "".join(char for char in cluster if char not in JOINERS)
        if font is None:
            _refuse_letters(cluster)
        elif found and found[-1][0] == font:
            found[-1] = (font, found[-1][1] + drawn)
        else:
            found.append((font, drawn))
    return found


def check_letters(text: str) -> None:
    """Raise BadInput when the text holds a letter that cannot be drawn; symbols are simply left out."""
    runs(text)


def missing_glyphs(text: str) -> tuple[str, ...]:
    """Return what no shipped font can draw (letters with their marks, emoji), each once, in order."""
    missing = [cluster for cluster in _clusters(text) if _font_for(cluster) is None]
    return tuple(dict.fromkeys(missing))


def _clusters(text: str) -> list[str]:
    """Split into characters with their marks and joiners; invisible controls and white space become plain."""
    clusters: list[str] = []
    joined = False
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if char.isspace():
            char = " "
        elif category in ("Cc", "Cf") and char not in JOINERS:
            continue  # direction marks and zero-width characters are not seen, and must not reorder what is
        belongs = joined or category.startswith("M") or char in JOINERS or _is_skin_tone(char)
        if belongs and clusters and clusters[-1] != " ":
            clusters[-1] += char
        else:
            clusters.append(char)
        joined = char == "\u200d"
    return clusters


def _is_skin_tone(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"


def _font_for(cluster: str) -> str | None:
    needed = {ord(char) for char in cluster if char not in JOINERS}
    if not needed or any(unicodedata.bidirectional(chr(code)) in RIGHT_TO_LEFT for code in needed):
        return None
    return next((name for name in FONT_FILES if needed <= _covered(font_path(name))), None)


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
            remedy="Write the word with other letters; captions can set Latin, Greek and Cyrillic.",
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
