"""Pictures and drawings as BT.709 limited-range planes, the form in which video is composed and encoded.

Chroma is sampled at half the size, sited as H.264 expects when nothing else is said: on the even columns,
between two rows. A conversion that ignores this shifts colours by a quarter of a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import BadMedia
from media.motion import Bytes, kernel

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
"""Shares of the primaries in BT.709 luma."""
LUMA_RANGE = 219 / 255
CB_RANGE, CR_RANGE = 224 / 255 / (2 - 2 * BLUE), 224 / 255 / (2 - 2 * RED)
"""Steps of luma and of the two colour differences per step of RGB, in limited range."""

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Planes:
    """Luma (height, width) and two chroma planes of half the size."""

    y: Bytes
    u: Bytes
    v: Bytes


@dataclass(frozen=True)
class Overlay:
    """A drawing to lay over a frame: colours, and how opaque each sample is. Its corner is even."""

    left: int
    top: int
    colour: Planes
    cover: Bytes
    cover_chroma: Bytes


def open_picture(path: Path) -> Image.Image:
    """Read a still as RGB, turned upright. Raises BadMedia naming the file."""
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture)
            if upright.has_transparency_data:
                ground = Image.new("RGBA", upright.size, "black")
                return Image.alpha_composite(ground, upright.convert("RGBA")).convert("RGB")
            return upright.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as exc:
        raise BadMedia(
            f"The picture {path} cannot be read ({exc}).",
            remedy="Make or choose the picture again, then rerun.",
        ) from exc


def cover(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Scale the middle of the picture so that it fills width x height exactly."""
    across, down = picture.size
    scale = min(across / width, down / height)
    left, top = (across - width * scale) / 2, (down - height * scale) / 2
    box = (left, top, left + width * scale, top + height * scale)
    if box == (0, 0, width, height):
        return picture
    return picture.resize((width, height), Image.Resampling.LANCZOS, box=box)


def to_planes(picture: Image.Image) -> Planes:
    """Convert an RGB picture with even sides to BT.709 limited range."""
    rgb = np.asarray(picture)
    height, width = rgb.shape[:2]
    y = np.empty((height, width), dtype=np.uint8)
    u, v = (np.empty((height // 2, width // 2), dtype=np.uint8) for _ in range(2))
    convert(np.ascontiguousarray(rgb), y, u, v)
    return Planes(y, u, v)


@kernel
def _around(rgb: Bytes, row: int, column: int, channel: int) -> int:
    """Return eight times the mean of a channel around the site of a chroma sample."""
    before = max(column - 1, 0)
    total = 0
    for y in range(row, row + 2):
        total += int(rgb[y, before, channel])
        total += 2 * int(rgb[y, column, channel])
        total += int(rgb[y, column + 1, channel])
    return total


@kernel
def convert(rgb: Bytes, y: Bytes, u: Bytes, v: Bytes) -> None:
    """Fill limited-range planes from RGB (height, width, 3)."""
    for row in range(y.shape[0]):
        for column in range(y.shape[1]):
            luma = RED * rgb[row, column, 0] + GREEN * rgb[row, column, 1] + BLUE * rgb[row, column, 2]
            y[row, column] = np.uint8(luma * LUMA_RANGE + 16.5)
    for row in range(u.shape[0]):
        for column in range(u.shape[1]):
            red = _around(rgb, 2 * row, 2 * column, 0) / 8.0
            green = _around(rgb, 2 * row, 2 * column, 1) / 8.0
            blue = _around(rgb, 2 * row, 2 * column, 2) / 8.0
            luma = RED * red + GREEN * green + BLUE * blue
            u[row, column] = np.uint8((blue - luma) * CB_RANGE + 128.5)
            v[row, column] = np.uint8((red - luma) * CR_RANGE + 128.5)


def to_overlay(drawing: Image.Image, left: int, top: int) -> Overlay:
    """Convert an RGBA drawing whose corner lies at (left, top) of the frame.

    The corner is moved out to even numbers. Colours of chroma samples are weighted by how opaque the
    pixels are, so that clear pixels do not bleed into the edges of letters.
    """
    spare_x, spare_y = left % 2, top % 2
    across, down = drawing.width + spare_x, drawing.height + spare_y
    padded = Image.new("RGBA", (across + across % 2, down + down % 2))
    padded.paste(drawing, (spare_x, spare_y))
    rgba = np.asarray(padded)
    alpha = rgba[..., 3].astype(np.float64)
    seen = _at_chroma_sites(alpha)
    rgb = [rgba[..., channel].astype(np.float64) for channel in range(3)]
    weight = np.where(seen > 0, seen, 1.0)
    red, green, blue = (_at_chroma_sites(plane * alpha) / weight for plane in rgb)
    luma = RED * red + GREEN * green + BLUE * blue
    colour = Planes(
        _round((RED * rgb[0] + GREEN * rgb[1] + BLUE * rgb[2]) * LUMA_RANGE + 16),
        _round((blue - luma) * CB_RANGE + 128),
        _round((red - luma) * CR_RANGE + 128),
    )
    return Overlay(left - spare_x, top - spare_y, colour, np.ascontiguousarray(rgba[..., 3]), _round(seen))


def _at_chroma_sites(plane: Reals) -> Reals:
    """Average a plane around the sites of its chroma samples, as `convert` does."""
    rows = (plane[0::2] + plane[1::2]) / 2
    before = np.concatenate([rows[:, :1], rows[:, 1:-1:2]], axis=1)
    return np.asarray((before + 2 * rows[:, 0::2] + rows[:, 1::2]) / 4)


def _round(plane: Reals) -> Bytes:
    return np.floor(plane + 0.5).astype(np.uint8)
