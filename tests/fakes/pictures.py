"""A small real picture for every fake that draws: a sky, a sea and a sun, so that it is no empty surface."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw


@lru_cache(maxsize=32)
def painting(width: int, height: int, seed: int = 0) -> Image.Image:
    """Return a picture of a size, rough like a real one; another seed gives another hue."""
    rows = Image.linear_gradient("L").resize((1, height))
    colours = [rows.point(lambda value, turn=turn: (value + turn) % 256) for turn in (0, 60, seed % 200)]
    picture = Image.merge("RGB", colours).resize((width, height))
    grain = Image.effect_noise((width // 2, height // 2), 90).resize((width, height)).convert("RGB")
    picture = Image.blend(picture, grain, 0.4)
    radius = min(width, height) // 5
    x, y = width // 2, height // 3
    ImageDraw.Draw(picture).ellipse([x - radius, y - radius, x + radius, y + radius], fill="#ffe8b0")
    return picture
