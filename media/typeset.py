"""Breaks words into lines that fit, in the shipped fonts. Measures, never draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageFont

from media.glyphs import font_path, runs

LEADING = 1.16
"""Distance of baselines in letter sizes."""
SMALLEST = 0.62
"""Words that are too long shrink to this share of their size before one of them is broken."""
STEP = 0.96
"""Each size that is tried is this share of the one before."""
LEAST_SIZE = 12
"""In pixels; below it nothing can be read, and what does not fit is cut off."""

Runs = tuple[tuple[str, str], ...]
"""Pieces of a text, each with the font file that sets it."""


@dataclass(frozen=True)
class SetWord:
    """A word, or a piece of a broken one: its runs, its width in pixels, and which word it belongs to."""

    runs: Runs
    width: float
    number: int


@dataclass(frozen=True)
class Lines:
    """Words in lines at a letter size, with the space between words, in pixels."""

    lines: tuple[tuple[SetWord, ...], ...]
    size: float
    space: float

    @property
    def height(self) -> float:
        """Height of all lines."""
        return len(self.lines) * self.size * LEADING

    def width(self, line: Sequence[SetWord]) -> float:
        """Return the width of a line."""
        return sum(word.width for word in line) + self.space * (len(line) - 1)


@dataclass(frozen=True)
class Column:
    """Where a text must fit: pixels across and down, lines, the space between words in letter sizes.

    Every word gets `growth` times its width, so that it can grow later without moving the others.
    """

    width: float
    height: float
    lines: int
    space: float = 0.27
    growth: float = 1.0


def fit(texts: Sequence[str], size: float, column: Column) -> Lines | None:
    """Set words as large as fits, at most at `size`; None when no font has anything of them.

    Words are broken only when shrinking to SMALLEST does not help. Raises BadInput for letters that no
    font has.
    """
    words = [(number, drawn) for number, text in enumerate(texts) if (drawn := tuple(runs(text.strip())))]
    if not words:
        return None
    now = size
    while True:
        measured = [SetWord(drawn, length(drawn, now) * column.growth, number) for number, drawn in words]
        if now < size * SMALLEST:
            measured = [piece for word in measured for piece in _pieces(word, now, column)]
        lines = _break(measured, now, column)
        if _fits(lines, column) or now < LEAST_SIZE:
            return lines
        now *= STEP


def length(drawn: Runs, size: float) -> float:
    """Return how far the pen moves over some runs, in pixels."""
    return sum(face(font, size).getlength(text) for font, text in drawn)


@lru_cache(maxsize=256)
def face(name: str, size: float) -> ImageFont.FreeTypeFont:
    """Open a shipped font at a size in pixels. Raises MissingPart."""
    return ImageFont.truetype(font_path(name), size)


def _fits(lines: Lines, column: Column) -> bool:
    widest = max(lines.width(line) for line in lines.lines)
    return len(lines.lines) <= column.lines and widest <= column.width and lines.height <= column.height


def _pieces(word: SetWord, size: float, column: Column) -> list[SetWord]:
    """Cut a word that is wider than a line; its letters stay as they are."""
    if word.width <= column.width:
        return [word]
    pieces: list[SetWord] = []
    now: Runs = ()
    for font, char in [(font, char) for font, text in word.runs for char in text]:
        longer = (*now[:-1], (font, now[-1][1] + char)) if now and now[-1][0] == font else (*now, (font, char))
        if now and length(longer, size) * column.growth > column.width:
            pieces.append(SetWord(now, length(now, size) * column.growth, word.number))
            longer = ((font, char),)
        now = longer
    return [*pieces, SetWord(now, length(now, size) * column.growth, word.number)]


def _break(words: Sequence[SetWord], size: float, column: Column) -> Lines:
    """Use as few lines as possible, and make them about equally long."""
    space = size * column.space
    fewest = len(_wrap(words, space, column.width))
    narrow, wide = 0.0, column.width
    for _ in range(10):  # the narrowest column that needs no further line balances them
        middle = (narrow + wide) / 2
        narrow, wide = (narrow, middle) if len(_wrap(words, space, middle)) <= fewest else (middle, wide)
    return Lines(tuple(_wrap(words, space, wide)), size, space)


def _wrap(words: Sequence[SetWord], space: float, width: float) -> list[tuple[SetWord, ...]]:
    """Fill lines one after the other; pieces of a broken word never share one."""
    lines: list[tuple[SetWord, ...]] = []
    used = 0.0
    for word in words:
        used += space + word.width
        if lines and used <= width and lines[-1][-1].number != word.number:
            lines[-1] = (*lines[-1], word)
        else:
            lines.append((word,))
            used = word.width
    return lines
