"""Plain shapes that lettering is made of: soft shadows, rounded rectangles, and one drawing laid over another."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

from media.ink import Ink

SHADOW = 0.6
"""How dark a shadow is."""
_SHADE = [round(level * SHADOW) for level in range(256)]


def shadow_of(shape: Image.Image, size: float) -> Image.Image:
    """Make a shadow of a shape: blurred and fallen a little, at a third of its size, for nobody sees the difference."""
    small = shape.reduce(3).filter(ImageFilter.GaussianBlur(size * 0.03)).point(_SHADE)
    fallen = Image.new("L", small.size)
    fallen.paste(small, (0, round(size * 0.02)))
    image = Image.new("RGBA", shape.size, (0, 0, 0))
    image.putalpha(fallen.resize(shape.size, Image.Resampling.BILINEAR))
    return image


def rounded(across: int, down: int, radius: int) -> Image.Image:
    """Draw a filled rectangle with smooth round corners as a mask."""
    shape = Image.new("L", (across, down), 255)
    if radius == 0:
        return shape
    disc = _disc(radius)
    for right in (0, 1):
        for low in (0, 1):
            part = disc.crop((right * radius, low * radius, (right + 1) * radius, (low + 1) * radius))
            shape.paste(part, (right * (across - radius), low * (down - radius)))
    return shape


@lru_cache(maxsize=16)
def _disc(radius: int) -> Image.Image:
    finer = 4
    disc = Image.new("L", (2 * radius * finer, 2 * radius * finer))
    ImageDraw.Draw(disc).ellipse((0, 0, disc.width - 1, disc.height - 1), 255)
    return disc.reduce(finer)


def lay(image: Image.Image, word: Ink, x: float, y: float) -> None:
    """Lay a drawn word over the image; it may reach beyond it."""
    left, top = word.corner(x, y)
    source = (max(-left, 0), max(-top, 0))
    if source[0] < word.image.width and source[1] < word.image.height and left < image.width and top < image.height:
        image.alpha_composite(word.image, (max(left, 0), max(top, 0)), source)
