"""Breaks words into lines that fit, in the shipped fonts. Measures, never draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from PIL import ImageFont

from media.glyphs import EMOJI, Letters, font_path, letters, merged
from media.japanese import is_bound, is_japanese, may_break, pauses, touch

LEADING = 1.16
"""Distance of baselines in letter sizes."""
SMALLEST = 0.62
"""Words that are too long shrink to this share of their size before one of them is broken."""
WHOLE, PHRASES = 0.85, 0.7
"""Japanese shrinks only to these shares before words are broken between phrases, then between any characters."""
STEP = 0.96
"""Each size that is tried is this share of the one before."""
LEAST_SIZE = 12
"""In pixels; below it nothing can be read, and what does not fit is cut off."""
EMOJI_WIDTH = 1.16
"""How far the pen moves over an emoji, in letter sizes."""

Runs = Letters
"""Pieces of a text, each with the font file that sets it."""


@dataclass(frozen=True)
class SetWord:
    """A word, or a piece of a broken one: its runs, its width in pixels, and which word it belongs to.

    `gap` is the space before it in pixels, unless it begins a line. What is `bound` stays on the line of the word
    before it.
    """

    runs: Runs
    width: float
    number: int
    gap: float = 0.0
    bound: bool = False


@dataclass(frozen=True)
class Lines:
    """Words in lines at a letter size, with the usual space between words, in pixels."""

    lines: tuple[tuple[SetWord, ...], ...]
    size: float
    space: float

    @property
    def height(self) -> float:
        """Height of all lines."""
        return len(self.lines) * self.size * LEADING

    def width(self, line: Sequence[SetWord]) -> float:
        """Return the width of a line."""
        return sum(word.width for word in line) + sum(word.gap for word in line[1:])

    def places(self, line: Sequence[SetWord], left: float) -> Iterator[tuple[SetWord, float]]:
        """Yield every word of a line that begins at `left`, with the x where its pen begins."""
        for number, word in enumerate(line):
            left += word.gap if number else 0.0
            yield word, left
            left += word.width


@dataclass(frozen=True)
class Column:
    """Where a text must fit: pixels across and down, lines, and the spaces between words in letter sizes.

    `touching` is the space between two Japanese words. Every word gets `growth` times its width, so that it can
    grow later without moving the others; Japanese words get half as much more, for they stand close.
    """

    width: float
    height: float
    lines: int
    space: float = 0.27
    touching: float = 0.0
    growth: float = 1.0


def fit(texts: Sequence[str], size: float, column: Column) -> Lines | None:
    """Set words as large as fits, at most at `size`; None when no font has anything of them.

    Words are broken only when shrinking them does not help, Japanese ones sooner and first between their phrases.
    Raises BadInput for letters that no font has.
    """
    words = [_Word(number, found) for number, text in enumerate(texts) if (found := letters(text.strip()))]
    if not words:
        return None
    for way, least in _ways(words):
        for now in _sizes(size, size * least):
            lines = _break(_measured(way, now, column), now, column)
            if _fits(lines, column):
                return lines
    for now in _sizes(lines.size, LEAST_SIZE):
        placed = zip(way, _measured(way, now, column), strict=True)
        lines = _break([piece for word, whole in placed for piece in _pieces(word, whole, now, column)], now, column)
        if _fits(lines, column):
            break
    return lines


@lru_cache(maxsize=1024)
def length(drawn: Runs, size: float) -> float:
    """Return how far the pen moves over some runs, in pixels."""
    return sum(size * EMOJI_WIDTH if font == EMOJI else face(font, size).getlength(text) for font, text in drawn)


@lru_cache(maxsize=256)
def face(name: str, size: float) -> ImageFont.FreeTypeFont:
    """Open a shipped font at a size in pixels. Raises MissingPart."""
    return ImageFont.truetype(font_path(name), size)


@dataclass(frozen=True)
class _Word:
    """A word, or a part of one, before it is measured."""

    number: int
    found: Letters

    @property
    def text(self) -> str:
        """What is drawn of the word; an emoji stands for nothing that a rule of breaking knows."""
        return "".join("\0" if font == EMOJI else text for font, text in self.found)

    @property
    def is_japanese(self) -> bool:
        return any(is_japanese(char) for char in self.text)

    def parts(self, breaks: Callable[[str, str], bool]) -> list[_Word]:
        """Cut it wherever Japanese may be broken."""
        signs = ["\0" if font == EMOJI else text for font, text in self.found]
        cuts = [at for at in range(1, len(signs)) if breaks(signs[at - 1][0], signs[at][0])]
        return [_Word(self.number, self.found[a:b]) for a, b in pairwise([0, *cuts, len(signs)])]


def _ways(words: list[_Word]) -> list[tuple[list[_Word], float]]:
    """Return how the words may be cut for breaking lines, best first, each with the least share of their size."""
    if not any(word.is_japanese for word in words):
        return [(words, SMALLEST)]
    phrases, characters = ([part for word in words for part in word.parts(breaks)] for breaks in (pauses, may_break))
    return [(words, WHOLE), (phrases, PHRASES), (characters, SMALLEST)]


def _sizes(largest: float, least: float) -> Iterator[float]:
    """Yield sizes from the largest down, past the least by one, so that there is always one."""
    while True:
        yield largest
        if largest < least:
            return
        largest *= STEP


def _measured(words: Sequence[_Word], size: float, column: Column) -> list[SetWord]:
    """Measure words, and say how each stands to the one before it."""
    measured: list[SetWord] = []
    before: _Word | None = None
    for word in words:
        gap, bound = 0.0, False
        if before is not None:
            bound = is_bound(before.text, word.text)
            if before.number != word.number:
                gap = size * (column.touching if touch(before.text, word.text) else column.space)
        drawn = merged(word.found)
        growth = (1 + column.growth) / 2 if word.is_japanese else column.growth
        measured.append(SetWord(drawn, length(drawn, size) * growth, word.number, gap, bound))
        before = word
    return measured


def _fits(lines: Lines, column: Column) -> bool:
    widest = max(lines.width(line) for line in lines.lines)
    return len(lines.lines) <= column.lines and widest <= column.width and lines.height <= column.height


def _pieces(word: _Word, placed: SetWord, size: float, column: Column) -> list[SetWord]:
    """Cut a word that is wider than a line; its letters stay as they are, and no mark binds it any more."""
    if placed.width <= column.width:
        return [replace(placed, bound=False)]
    pieces: list[SetWord] = []
    now: Letters = ()
    for letter in word.found:
        longer = (*now, letter)
        if now and length(merged(longer), size) * column.growth > column.width:
            pieces.append(_piece(now, size, column, placed))
            longer = (letter,)
        now = longer
    pieces.append(_piece(now, size, column, placed))
    return [replace(pieces[0], gap=placed.gap), *pieces[1:]]


def _piece(found: Letters, size: float, column: Column, whole: SetWord) -> SetWord:
    drawn = merged(found)
    return SetWord(drawn, length(drawn, size) * column.growth, whole.number)


def _break(words: Sequence[SetWord], size: float, column: Column) -> Lines:
    """Use as few lines as possible, and make them about equally long."""
    chunks = _chunks(words)
    fewest = len(_wrap(chunks, column.width))
    narrow, wide = 0.0, column.width
    for _ in range(10):  # the narrowest column that needs no further line balances them
        middle = (narrow + wide) / 2
        narrow, wide = (narrow, middle) if len(_wrap(chunks, middle)) <= fewest else (middle, wide)
    lines = tuple(_together(line) for line in _wrap(chunks, wide))
    return Lines(lines, size, size * column.space)


def _chunks(words: Sequence[SetWord]) -> list[list[SetWord]]:
    """Put together what must stay on one line."""
    chunks: list[list[SetWord]] = []
    for word in words:
        if chunks and word.bound:
            chunks[-1].append(word)
        else:
            chunks.append([word])
    return chunks


def _wrap(chunks: Sequence[Sequence[SetWord]], width: float) -> list[list[SetWord]]:
    """Fill lines one after the other."""
    lines: list[list[SetWord]] = []
    used = 0.0
    for chunk in chunks:
        across = sum(word.width for word in chunk) + sum(word.gap for word in chunk[1:])
        used += chunk[0].gap + across
        if lines and used <= width:
            lines[-1] += chunk
        else:
            lines.append(list(chunk))
            used = across
    return lines


def _together(line: Sequence[SetWord]) -> tuple[SetWord, ...]:
    """Make one again of the parts of a word that came to stand on one line."""
    words: list[SetWord] = []
    for word in line:
        if words and words[-1].number == word.number:
            whole = merged((*words[-1].runs, *word.runs))
            words[-1] = replace(words[-1], runs=whole, width=words[-1].width + word.width)
        else:
            words.append(word)
    return tuple(words)
