"""Draws words: letters as masks that any colour goes through, emoji as they are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw

from media.contrast import Colour
from media.emoji import picture
from media.glyphs import EMOJI, font_path
from media.typeset import EMOJI_WIDTH, Runs, face, length

EMOJI_SIDE = 1.08
"""Side of an emoji in letter sizes."""
EMOJI_MIDDLE = 0.36
"""From the baseline up to the middle of an emoji, in letter sizes: the middle of capitals and of kanji."""


@dataclass(frozen=True)
class Ink:
    """A drawn word: a picture, and how far its pen's beginning on the baseline lies right of and below its corner."""

    image: Image.Image
    across: int
    down: int

    def corner(self, x: float, baseline: float) -> tuple[int, int]:
        """Return where the picture's corner lies when the pen begins here."""
        return round(x) - self.across, round(baseline) - self.down


def draw_runs(image: Image.Image, drawn: Runs, x: float, baseline: float, size: float, colour: Colour) -> float:
    """Draw runs onto an RGBA picture, emoji in their own colours, and return how far the pen moved, in pixels."""
    draw = ImageDraw.Draw(image)
    pen = x
    for font, text in drawn:
        if font == EMOJI:
            drawing, (left, top) = _emoji(text, pen, baseline, size)
            image.alpha_composite(drawing, (max(left, 0), max(top, 0)), (max(-left, 0), max(-top, 0)))
        else:
            draw.text((pen, baseline), text, (*colour, 255), face(font, size), "ls")
        pen += length(((font, text),), size)
    return pen - x


@lru_cache(maxsize=256)
def mask(drawn: Runs, size: float, stroke: float = 0.0) -> Ink:
    """Draw the letters of a word, not its emoji, as a mask; with an outline of `stroke` pixels."""
    across, down = round(size * 0.3 + stroke) + 1, round(size * 1.25 + stroke) + 1
    canvas = (round(length(drawn, size)) + 2 * across, down + round(size * 0.5 + stroke) + 1)
    image, pen = Image.new("L", canvas), float(across)
    for font, text in drawn:
        if font != EMOJI:
            for letter, moved in _letters(font, text, size):
                ink = _letter(font, letter, size, stroke)
                image.paste(255, ink.corner(pen + moved, down), ink.image)
        pen += length(((font, text),), size)
    return Ink(image, across, down)


def _letters(font: str, text: str, size: float) -> Iterator[tuple[str, float]]:
    """Yield every letter with its marks, and how far the pen has moved before it, kerning included."""
    starts = [at for at, char in enumerate(text) if at == 0 or not unicodedata.category(char).startswith("M")]
    for start, end in pairwise([*starts, len(text)]):
        alone = text[start:end]
        yield alone, length(((font, text[:end]),), size) - length(((font, alone),), size)


@lru_cache(maxsize=512)
def _letter(font: str, letter: str, size: float, stroke: float) -> Ink:
    """Draw a letter once for all words: drawing it from its outlines is what takes the time."""
    across, down = round(size * 0.3 + stroke) + 1, round(size * 1.25 + stroke) + 1
    wide = round(length(((font, letter),), size)) + 2 * across
    image = Image.new("L", (wide, down + round(size * 0.5 + stroke) + 1))
    ImageDraw.Draw(image).text((across, down), letter, 255, face(font, size), "ls", stroke_width=stroke)
    left, top, right, bottom = image.getbbox() or (0, 0, 1, 1)
    return Ink(image.crop((left, top, right, bottom)), across - left, down - top)


@lru_cache(maxsize=256)
def coloured(drawn: Runs, size: float, colour: Colour, rim: Colour, stroke: float) -> Ink:
    """Draw a word in a colour, its letters inside an outline of another, its emoji in their own."""
    outer, inner = mask(drawn, size, stroke), mask(drawn, size)
    image = Image.new("RGBA", outer.image.size, rim)
    image.putalpha(outer.image if stroke else 0)
    layer = Image.new("RGBA", inner.image.size, colour)
    layer.putalpha(inner.image)
    image.alpha_composite(layer, (outer.across - inner.across, outer.down - inner.down))
    pen = float(outer.across)
    for run in drawn:
        if run[0] == EMOJI:
            image.alpha_composite(*_emoji(run[1], pen, outer.down, size))
        pen += length((run,), size)
    return Ink(image, outer.across, outer.down)


def _emoji(name: str, pen: float, baseline: float, size: float) -> tuple[Image.Image, tuple[int, int]]:
    """Return an emoji and where its corner lies."""
    side = max(round(size * EMOJI_SIDE), 1)
    left = pen + (size * EMOJI_WIDTH - side) / 2
    top = baseline - size * EMOJI_MIDDLE - side / 2
    return picture(name, side, font_path(EMOJI)), (round(left), round(top))
