"""Words at their places, from which every state of a caption page and every card is drawn.

The words stay where they are whichever is spoken, and what the states of a page share is drawn once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from media.contrast import READABLE, Colour, contrast, lightened
from media.ink import Ink, coloured
from media.shapes import lay, rounded, shadow_of
from media.timeline import CaptionStyle, SafeBox
from media.typeset import LEADING, Lines, SetWord, length

WHITE, DARK = (255, 255, 255), (14, 14, 20)
LIVELY = 5.0
"""Contrast of the accent to the outline around it: more than READABLE, for on screen both are blurred."""
OUTLINE, OUTLINE_OF = 6.0, 78
"""Width of the outline, for letters of this size; it grows and shrinks with them."""
BOX_PAD = 0.17
"""How far the box reaches beyond its word, in letter sizes; between words never beyond half the space."""
MIDDLE = 0.36
"""From the middle of a line down to its baseline, in letter sizes."""


@dataclass(frozen=True)
class Drawing:
    """An RGBA picture and where its corner lies on the frame."""

    image: Image.Image
    left: int
    top: int


@dataclass(frozen=True)
class Field:
    """The safe box in whole pixels of the frame, and the frame's scale."""

    left: int
    top: int
    right: int
    bottom: int
    scale: float

    @classmethod
    def of(cls, safe: SafeBox, scale: float) -> Field:
        """Scale a safe box, rounding inwards."""
        left, top = math.ceil(safe.left * scale), math.ceil(safe.top * scale)
        return cls(left, top, math.floor(safe.right * scale), math.floor(safe.bottom * scale), scale)

    @property
    def across(self) -> float:
        """How wide a line may be, leaving room for the outline."""
        return self.right - self.left - 4 * OUTLINE * self.scale


@dataclass(frozen=True)
class _Spot:
    """Where a word's pen begins on the canvas, and how far a box behind it may reach to its left and right."""

    word: SetWord
    x: float
    y: float
    pads: tuple[float, float]


@dataclass(frozen=True)
class Sheet:
    """Lines of words at their places, with the shadow under all of them: what the states of a page share."""

    spots: tuple[_Spot, ...]
    size: float
    colour: Colour
    shadow: Image.Image
    left: int
    top: int

    @classmethod
    def of(cls, lines: Lines, field: Field, centre: float, colour: Colour = WHITE) -> Sheet:
        """Set lines about a height; what of their shadow would leave the field is cut off."""
        margin = round(lines.size * 0.6)
        above = round(centre - lines.height / 2) - margin
        top, bottom = max(above, field.top), min(above + round(lines.height) + 2 * margin, field.bottom)
        canvas = (max(field.right - field.left, 1), max(bottom - top, 1))
        spots = _spots(lines, canvas[0], above + margin - top)
        shadow = Image.new("L", canvas)
        for spot in spots:
            word = coloured(spot.word.runs, lines.size, colour, DARK, _stroke(lines.size))
            shadow.paste(255, word.corner(spot.x, spot.y), word.image.getchannel("A"))
        return cls(spots, lines.size, colour, shadow_of(shadow, lines.size), field.left, top)

    def drawn(self) -> Drawing | None:
        """Draw all words alike; None when nothing is seen."""
        return self._finished(self._with_words(self.shadow.copy(), self.spots))

    def lit(self, active: int, style: CaptionStyle) -> Drawing | None:
        """Draw, from behind: the shadow, the box, the words, the spoken word; None when nothing is seen."""
        image, accent = self.shadow.copy(), rgb(style.accent)
        spoken = [spot for spot in self.spots if spot.word.number == active]
        if style.name == "box":
            for spot in spoken:
                lay(image, _box(spot, self.size, accent), spot.x, spot.y)
        self._with_words(image, [spot for spot in self.spots if spot.word.number != active])
        for spot in spoken:
            self._light(image, spot, style.name, accent)
        return self._finished(image)

    def _with_words(self, image: Image.Image, spots: Sequence[_Spot]) -> Image.Image:
        for spot in spots:
            word = coloured(spot.word.runs, self.size, self.colour, DARK, _stroke(self.size))
            lay(image, word, spot.x, spot.y)
        return image

    def _light(self, image: Image.Image, spot: _Spot, style: str, accent: Colour) -> None:
        """Draw the spoken word as its style wants it, about the middle of its place."""
        colour, rim = lightened(accent, DARK, LIVELY), _stroke(self.size)
        x, y, size = spot.x, spot.y, self.size
        if style == "box":
            colour, rim = _on(accent, rim)
        elif style == "pop":
            flat = length(spot.word.runs, size)
            size = size * spot.word.width / flat if flat else size
            x -= (length(spot.word.runs, size) - flat) / 2
            y += (size - self.size) * MIDDLE
        lay(image, coloured(spot.word.runs, size, colour, DARK, rim), x, y)

    def _finished(self, image: Image.Image) -> Drawing | None:
        box = image.getchannel("A").getbbox()
        return Drawing(image.crop(box), self.left + box[0], self.top + box[1]) if box else None


def _spots(lines: Lines, across: int, top: int) -> tuple[_Spot, ...]:
    """Place every word on a canvas of this width; the first line begins at `top`."""
    spots = []
    for row, line in enumerate(lines.lines):
        y = top + lines.size * (LEADING * (row + 0.5) + MIDDLE)
        wide = BOX_PAD * lines.size
        gaps = [wide, *(min(word.gap / 2, wide) for word in line[1:]), wide]
        for number, (word, x) in enumerate(lines.places(line, (across - lines.width(line)) / 2)):
            inset = (word.width - length(word.runs, lines.size)) / 2
            spots.append(_Spot(word, x + inset, y, (gaps[number], gaps[number + 1])))
    return tuple(spots)


def _box(spot: _Spot, size: float, accent: Colour) -> Ink:
    """Draw a rounded box behind a word, smooth at its corners, over a shadow of its own."""
    left, right = spot.pads
    margin = round(size * 0.2)
    across, down = max(round(length(spot.word.runs, size) + left + right), 1), max(round(size * 1.14), 1)
    whole = Image.new("L", (across + 2 * margin, down + 2 * margin))
    whole.paste(rounded(across, down, min(round(size * 0.2), down // 2, across // 2)), (margin, margin))
    image = shadow_of(whole, size)
    layer = Image.new("RGBA", whole.size, accent)
    layer.putalpha(whole)
    image.alpha_composite(layer)
    return Ink(image, round(left) + margin, round(size * 0.88) + margin)


def _stroke(size: float) -> float:
    return OUTLINE * size / OUTLINE_OF


def _on(accent: Colour, stroke: float) -> tuple[Colour, float]:
    """Return colour and outline of letters on the accent: the one of dark and white that is read better.

    Where neither is read well enough, white gets a dark outline.
    """
    if contrast(DARK, accent) >= READABLE:
        return DARK, 0.0
    return WHITE, 0.0 if contrast(WHITE, accent) >= READABLE else stroke * 0.5


def rgb(colour: str) -> Colour:
    """Read a colour written as `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
