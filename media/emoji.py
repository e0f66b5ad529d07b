"""Emoji as pictures: which sequences of characters are one, and how it looks.

The pictures lie in an archive, each under its code points without variation selectors, so that families, skin
tones and flags are drawn alike wherever the house runs, whatever the machine's text shaping can do.
"""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path

from PIL import Image

from core.errors import MissingPart

ARCHIVE = "NotoEmoji.zip"
"""The archive in `media/fonts`; its README says how it is made."""
LONGEST = 10
"""Code points of the longest sequence, a couple with skin tones."""

SELECTORS = frozenset("\ufe0e\ufe0f")
"""Ask for the plain and the coloured form of a character; neither is drawn."""


def sequence_at(text: str, start: int, archive: Path) -> tuple[str, int]:
    """Return the name of the longest emoji that begins here and where it ends; ("", start) when none does."""
    names = _names(archive)
    best, name = ("", start), ""
    for end in range(start, min(start + 2 * LONGEST, len(text))):
        if text[end] not in SELECTORS:
            name += f"-{ord(text[end]):04x}"
            if name[1:] in names:
                best = (name[1:], end + 1)
        elif best[1] == end > start:
            best = (best[0], end + 1)
    return best


@lru_cache(maxsize=32)
def picture(name: str, side: int, archive: Path) -> Image.Image:
    """Return an emoji as an RGBA square of `side` pixels. Raises MissingPart when the archive is broken."""
    try:
        with Image.open(io.BytesIO(_opened(archive).read(f"{name}.webp"))) as found:
            return found.convert("RGBA").resize((side, side), Image.Resampling.LANCZOS)
    except (OSError, KeyError, zipfile.BadZipFile) as exc:
        raise _broken(archive) from exc


@lru_cache(maxsize=2)
def _names(archive: Path) -> frozenset[str]:
    return frozenset(name.removesuffix(".webp") for name in _opened(archive).namelist())


@lru_cache(maxsize=2)
def _opened(archive: Path) -> zipfile.ZipFile:
    """Open the archive once, in memory: finding its thousands of entries takes longer than reading it."""
    try:
        return zipfile.ZipFile(io.BytesIO(archive.read_bytes()))
    except (OSError, zipfile.BadZipFile) as exc:
        raise _broken(archive) from exc


def _broken(archive: Path) -> MissingPart:
    return MissingPart(
        f"The emoji in {archive} cannot be read.",
        remedy="Restore the folder media/fonts from the repository or install the package again.",
    )
