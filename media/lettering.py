"""Draws the words of a reel with Pillow: caption pages, the title and outro cards, the watermark.

Text is drawn letter by letter as it is written; nothing in it is ever a command. Every drawing stays inside a
safe box, which no network covers, and every letter stands on a colour that it can be read on, whatever the
picture. Sizes are given for a frame 1080 pixels wide and scale with it. Raises, throughout, BadInput for letters
that no shipped font has; symbols without a glyph are left out.
"""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from media.contrast import Colour, lightened
from media.ink import Ink
from media.shapes import lay, rounded
from media.sheet import BOX_PAD, DARK, LIVELY, OUTLINE, Drawing, Field, Sheet, rgb
from media.timeline import WIDTH, CaptionPage, CaptionStyle, SafeBox
from media.typeset import LEADING, Column, fit

POP = 1.08
"""How much larger the spoken word is in the style that pops; Japanese grows by half as much, for it stands close."""
SPACE, SPACE_IN_BOX, SPACE_BESIDE_POP = 0.27, 2 * BOX_PAD, 0.22
"""The space between words in each style, in letter sizes: a box has its margins in it."""
TOUCHING_BOX = 0.12
"""The space between Japanese words in the style with a box, which would otherwise reach into its neighbours."""

TITLE_SIZE, TITLE_LINES = 100, 4
TITLE_FROM, TITLE_TO = 70, 490
"""Where a title stands, in pixels below the top of the safe box."""
CAPTION_ROOM = 230
"""Pixels at the bottom of the safe box that cards leave to captions."""
WATERMARK_SIZE, WATERMARK_FROM, WATERMARK_OPACITY = 34, 22, 0.62
"""The watermark's letter size, its middle below the top of the safe box, and how faint it is."""
OUTRO_SIZE, OUTRO_LINES, OUTRO_MIDDLE = 104, 3, 0.40
"""The outro's largest letters, its lines, and its middle as a share of the safe box's height."""
CALL_SIZE, CALL_GAP = 0.52, 14
"""Size of an outro's call, the lines after the first, in sizes of the first, and its distance to it."""
BAR_WIDTH, BAR_HEIGHT, BAR_GAP = 132, 14, 34
"""The accent line over the outro, and its distance to the letters."""

DEFAULT_BOX = SafeBox()

__all__ = ["Drawing", "draw_outro", "draw_page", "draw_title", "draw_watermark"]


def draw_page(
    page: CaptionPage, active: int, style: CaptionStyle, frame_width: int = WIDTH, safe: SafeBox = DEFAULT_BOX
) -> Drawing | None:
    """Draw a caption page with its spoken word highlighted; None when nothing of it can be drawn.

    The words stand at the same places whichever is spoken. What the states of a page share is drawn once.
    """
    sheet = _page_sheet(tuple(word.text for word in page.words), style, frame_width, safe)
    return sheet.lit(active, style) if sheet else None


def draw_title(text: str, frame_width: int = WIDTH, safe: SafeBox = DEFAULT_BOX) -> Drawing | None:
    """Draw the hook as a title."""
    field = Field.of(safe, frame_width / WIDTH)
    top, bottom = TITLE_FROM, min(TITLE_TO, safe.bottom - safe.top - CAPTION_ROOM)
    column = Column(field.across, (bottom - top) * field.scale, lines=TITLE_LINES)
    lines = fit(text.split(), TITLE_SIZE * field.scale, column)
    return Sheet.of(lines, field, field.top + (top + bottom) / 2 * field.scale).drawn() if lines else None


def draw_watermark(text: str, frame_width: int = WIDTH, safe: SafeBox = DEFAULT_BOX) -> Drawing | None:
    """Draw a short line faintly at the top."""
    field = Field.of(safe, frame_width / WIDTH)
    size = WATERMARK_SIZE * field.scale
    lines = fit(text.split(), size, Column(field.across, size * LEADING, lines=1))
    if lines is None:
        return None
    drawing = Sheet.of(lines, field, field.top + WATERMARK_FROM * field.scale).drawn()
    if drawing:
        faint = drawing.image.getchannel("A").point(lambda level: round(level * WATERMARK_OPACITY))
        drawing.image.putalpha(faint)
    return drawing


def draw_outro(text: str, accent: str, frame_width: int = WIDTH, safe: SafeBox = DEFAULT_BOX) -> Drawing | None:
    """Draw the closing card: a line in the accent colour, the text's first line large, the others smaller below.

    `accent` is written as `#rrggbb`.
    """
    field = Field.of(safe, frame_width / WIDTH)
    first, *others = text.strip().splitlines() or [""]
    room = (safe.bottom - safe.top - CAPTION_ROOM - 2 * (BAR_HEIGHT + BAR_GAP)) * field.scale / 2
    large = fit(first.split(), OUTRO_SIZE * field.scale, Column(field.across, room, OUTRO_LINES))
    if large is None:
        return None
    call = fit(" ".join(others).split(), large.size * CALL_SIZE, Column(field.across, room / 2, 2))
    colour = lightened(rgb(accent), DARK, LIVELY)
    bar, gap = round((BAR_HEIGHT + BAR_GAP) * field.scale), CALL_GAP * field.scale
    height = bar + large.height + (gap + call.height if call else 0)
    top = field.top + OUTRO_MIDDLE * (field.bottom - field.top) - height / 2
    parts = [_bar(field, top, colour), Sheet.of(large, field, top + bar + large.height / 2).drawn()]
    if call:
        parts.append(Sheet.of(call, field, top + height - call.height / 2, colour).drawn())
    return _stacked([part for part in parts if part], field)


@lru_cache(maxsize=4)
def _page_sheet(texts: tuple[str, ...], style: CaptionStyle, frame_width: int, safe: SafeBox) -> Sheet | None:
    """Set a page once for all its states."""
    field = Field.of(safe, frame_width / WIDTH)
    size, across = style.size * field.scale, field.across
    height = 2 * size * LEADING
    if style.name == "box":
        column = Column(across - 2 * BOX_PAD * size, height, 2, space=SPACE_IN_BOX, touching=TOUCHING_BOX)
    elif style.name == "pop":
        column = Column(across, height, 2, space=SPACE_BESIDE_POP, growth=POP)
    else:
        column = Column(across, height, 2, space=SPACE)
    lines = fit(texts, size, column)
    if lines is None:
        return None
    reach = lines.height / 2
    centre = min(max(style.centre_y * field.scale, field.top + reach), field.bottom - reach)
    return Sheet.of(lines, field, centre)


def _bar(field: Field, top: float, colour: Colour) -> Drawing:
    """Draw the outro's line in the accent colour, with a dark rim so that it is seen on anything."""
    width, height = max(round(BAR_WIDTH * field.scale), 1), max(round(BAR_HEIGHT * field.scale), 1)
    rim = max(round(OUTLINE * field.scale / 2), 1)
    image = Image.new("RGBA", (width + 2 * rim, height + 2 * rim))
    for inset, colour_of in ((0, DARK), (rim, colour)):
        across, down = image.width - 2 * inset, image.height - 2 * inset
        image.paste(colour_of, (inset, inset), rounded(across, down, down // 2))
    image.putalpha(rounded(image.width, image.height, image.height // 2))
    left = round((field.left + field.right) / 2 - width / 2) - rim
    return Drawing(image, left, round(top) - rim)


def _stacked(parts: list[Drawing], field: Field) -> Drawing:
    """Lay drawings over each other on one canvas; what would leave the field is cut off."""
    left, top = max(min(part.left for part in parts), field.left), max(min(part.top for part in parts), field.top)
    right = min(max(part.left + part.image.width for part in parts), field.right)
    bottom = min(max(part.top + part.image.height for part in parts), field.bottom)
    image = Image.new("RGBA", (max(right - left, 1), max(bottom - top, 1)))
    for part in parts:
        lay(image, Ink(part.image, 0, 0), part.left - left, part.top - top)
    return Drawing(image, left, top)
