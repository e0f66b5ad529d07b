"""Draws the words of a reel with Pillow: caption pages, the title card, the watermark.

Text is drawn letter by letter as it is written; nothing in it is ever a command. Every drawing stays
inside the box that the buttons of the networks leave free. Sizes are given for a frame 1080 pixels wide
and scale with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from media.timeline import WIDTH, CaptionPage, CaptionStyle
from media.typeset import LEADING, Column, Lines, Runs, SetWord, face, fit, length

SAFE_LEFT, SAFE_RIGHT, SAFE_TOP, SAFE_BOTTOM = 90, 930, 270, 1390
"""Where no network covers the picture, in pixels of a 1080 x 1920 frame."""

WHITE, DARK, BLACK = (255, 255, 255), (14, 14, 20), (0, 0, 0)
SHADOW = 0.6
"""How dark the shadow is."""
OUTLINE, OUTLINE_OF = 6.0, 78
"""Width of the outline, for letters of this size; it grows and shrinks with them."""
POP = 1.08
"""How much larger the spoken word is in the style that pops."""
BOX_PAD = 0.17
"""How far the box reaches beyond its word, in letter sizes."""
MIDDLE = 0.36
"""From the middle of a line down to its baseline, in letter sizes."""

TITLE_SIZE, TITLE_TOP, TITLE_BOTTOM, TITLE_LINES = 100, 340, 760, 4
WATERMARK_SIZE, WATERMARK_Y, WATERMARK_OPACITY = 34, 292, 0.62

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Drawing:
    """An RGBA picture and where its corner lies on the frame."""

    image: Image.Image
    left: int
    top: int


def draw_page(page: CaptionPage, active: int, style: CaptionStyle, frame_width: int = WIDTH) -> Drawing | None:
    """Draw a caption page with its spoken word highlighted; None when nothing of it can be drawn.

    Raises BadInput for letters that no shipped font has; symbols without a glyph are left out.
    """
    scale = frame_width / WIDTH
    size, across = style.size * scale, _across(scale)
    height = 2 * size * LEADING
    if style.name == "box":
        column = Column(across - 2 * BOX_PAD * size, height, lines=2, space=0.34)
    elif style.name == "pop":
        column = Column(across, height, lines=2, space=0.22, growth=POP)
    else:
        column = Column(across, height, lines=2)
    lines = fit([word.text for word in page.words], size, column)
    if lines is None:
        return None
    reach = lines.height / 2
    centre = min(max(style.centre_y * scale, SAFE_TOP * scale + reach), SAFE_BOTTOM * scale - reach)
    return _draw(lines, centre, scale, active=active, style=style)


def draw_title(text: str, frame_width: int = WIDTH) -> Drawing | None:
    """Draw the hook as a title. Raises BadInput as `draw_page` does."""
    scale = frame_width / WIDTH
    column = Column(_across(scale), (TITLE_BOTTOM - TITLE_TOP) * scale, lines=TITLE_LINES)
    lines = fit(text.split(), TITLE_SIZE * scale, column)
    return _draw(lines, (TITLE_TOP + TITLE_BOTTOM) / 2 * scale, scale) if lines else None


def draw_watermark(text: str, frame_width: int = WIDTH) -> Drawing | None:
    """Draw a short line faintly at the top. Raises BadInput as `draw_page` does."""
    scale = frame_width / WIDTH
    size = WATERMARK_SIZE * scale
    lines = fit(text.split(), size, Column(_across(scale), size * LEADING, lines=1))
    return _draw(lines, WATERMARK_Y * scale, scale, opacity=WATERMARK_OPACITY) if lines else None


def _across(scale: float) -> float:
    """Return how wide a line may be, leaving room for the outline."""
    return (SAFE_RIGHT - SAFE_LEFT - 4 * OUTLINE) * scale


@dataclass(frozen=True)
class _Spot:
    """Where a word's baseline begins on the canvas, and how large and in which colours it is drawn."""

    word: SetWord
    x: float
    y: float
    size: float
    colour: Colour
    stroke: float

    @property
    def outline(self) -> tuple[Image.Image, tuple[int, int]]:
        """The word with its outline as a mask, and where it lies."""
        return self._placed(self.stroke)

    @property
    def letters(self) -> tuple[Image.Image, tuple[int, int]]:
        """The word as a mask, and where it lies."""
        return self._placed(0.0)

    def _placed(self, stroke: float) -> tuple[Image.Image, tuple[int, int]]:
        mask, across, down = _mask(self.word.runs, self.size, stroke)
        return mask, (round(self.x) - across, round(self.y) - down)


def _draw(
    lines: Lines,
    centre_y: float,
    scale: float,
    *,
    active: int | None = None,
    style: CaptionStyle | None = None,
    opacity: float = 1.0,
) -> Drawing | None:
    """Draw, from behind: one soft shadow, the outlined words, the box, the spoken word; cropped to what is seen."""
    margin = round(lines.size * 0.6)
    left, top = round(SAFE_LEFT * scale), round(centre_y - lines.height / 2) - margin
    canvas = (round((SAFE_RIGHT - SAFE_LEFT) * scale), round(lines.height) + 2 * margin)
    spots = _spots(lines, canvas[0], margin, active, style)
    calm = [spot for spot in spots if spot.word.number != active]
    lit = [spot for spot in spots if spot.word.number == active]
    boxes = [_box(spot) for spot in lit] if style and style.name == "box" else []

    image = Image.new("RGBA", canvas)
    shadow = Image.new("L", canvas)
    for mask, corner in [spot.outline for spot in spots] + boxes:
        shadow.paste(255, corner, mask)
    _paint(image, _soften(shadow, lines.size), (0, 0), BLACK, SHADOW)
    for spot in calm:
        _paint(image, *spot.outline, DARK)
    for spot in calm:
        _paint(image, *spot.letters, spot.colour)
    for mask, corner in boxes:
        _paint(image, mask, corner, _rgb(style.accent) if style else WHITE)
    for spot in lit:
        if spot.stroke:
            _paint(image, *spot.outline, DARK)
        _paint(image, *spot.letters, spot.colour)
    if opacity < 1:
        image.putalpha(image.getchannel("A").point(lambda level: round(level * opacity)))
    return _cropped(image, left, top, scale)


def _spots(lines: Lines, across: int, margin: int, active: int | None, style: CaptionStyle | None) -> list[_Spot]:
    """Place every word; the spoken one as its style wants it, about the middle of its place."""
    stroke = OUTLINE * lines.size / OUTLINE_OF
    spots = []
    for row, line in enumerate(lines.lines):
        x = (across - lines.width(line)) / 2
        y = margin + lines.size * (LEADING * (row + 0.5) + MIDDLE)
        for word in line:
            size, colour, rim = lines.size, WHITE, stroke
            if style and word.number == active:
                if style.name == "pop":
                    size = lines.size * POP
                accent = _rgb(style.accent)
                colour, rim = _on(accent, stroke) if style.name == "box" else (_lively(accent), stroke)
            drawn = length(word.runs, size)
            spots.append(_Spot(word, x + (word.width - drawn) / 2, y + (size - lines.size) * MIDDLE, size, colour, rim))
            x += word.width + lines.space
    return spots


@lru_cache(maxsize=64)
def _mask(drawn: Runs, size: float, stroke: float) -> tuple[Image.Image, int, int]:
    """Draw a word once for all its states: a mask, and how far its baseline's beginning lies inside."""
    across, down = round(size * 0.3 + stroke) + 1, round(size * 1.1 + stroke) + 1
    mask = Image.new("L", (round(length(drawn, size)) + 2 * across, down + round(size * 0.5 + stroke)))
    draw, x = ImageDraw.Draw(mask), float(across)
    for font, text in drawn:
        cut = face(font, size)
        draw.text((x, down), text, 255, cut, "ls", stroke_width=stroke)
        x += cut.getlength(text)
    return mask, across, down


def _box(spot: _Spot) -> tuple[Image.Image, tuple[int, int]]:
    """Draw a rounded box behind a word as a mask, smooth at its corners."""
    pad, size, finer = BOX_PAD * spot.size, spot.size, 4
    across, down = round(length(spot.word.runs, size) + 2 * pad), round(size * 1.14)
    mask = Image.new("L", (across * finer, down * finer))
    edges = (0, 0, across * finer - 1, down * finer - 1)
    ImageDraw.Draw(mask).rounded_rectangle(edges, size * 0.2 * finer, 255)
    return mask.reduce(finer), (round(spot.x - pad), round(spot.y - size * 0.88))


def _soften(mask: Image.Image, size: float) -> Image.Image:
    """Blur a mask and let it fall a little, at a third of its size: nobody sees the difference."""
    small = mask.reduce(3).filter(ImageFilter.GaussianBlur(size * 0.03))
    return ImageChops.offset(small.resize(mask.size, Image.Resampling.BILINEAR), 0, round(size * 0.06))


def _paint(image: Image.Image, mask: Image.Image, corner: tuple[int, int], colour: Colour, share: float = 1) -> None:
    """Lay a colour over the image through a mask that may reach beyond it."""
    left, top = max(-corner[0], 0), max(-corner[1], 0)
    right = min(mask.width, image.width - corner[0])
    bottom = min(mask.height, image.height - corner[1])
    seen = mask.crop((left, top, right, bottom))
    layer = Image.new("RGBA", seen.size, colour)
    layer.putalpha(seen.point(lambda level: round(level * share)) if share < 1 else seen)
    image.alpha_composite(layer, (corner[0] + left, corner[1] + top))


def _on(accent: Colour, stroke: float) -> tuple[Colour, float]:
    """Return colour and outline of letters that stand on the accent: dark on light, outlined white on dark."""
    return (DARK, 0.0) if _brightness(accent) > 140 else (WHITE, stroke * 0.5)


def _lively(accent: Colour) -> Colour:
    """Lighten an accent until it is read easily inside its dark outline."""
    while _brightness(accent) < 135:
        red, green, blue = (level + (255 - level) // 8 + 1 for level in accent)
        accent = (min(red, 255), min(green, 255), min(blue, 255))
    return accent


def _brightness(colour: Colour) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def _cropped(image: Image.Image, left: int, top: int, scale: float) -> Drawing | None:
    """Cut away what is empty, and what of a shadow would leave the safe box."""
    low, high = round(SAFE_TOP * scale) - top, round(SAFE_BOTTOM * scale) - top
    low, high = max(low, 0), min(high, image.height)
    image = image.crop((0, low, image.width, high))
    box = image.getchannel("A").getbbox()
    return Drawing(image.crop(box), left + box[0], top + low + box[1]) if box else None


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
