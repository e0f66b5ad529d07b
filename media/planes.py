"""Pictures and drawings as BT.709 limited-range planes, the form in which video is composed and encoded.

Chroma is sampled at half the size, sited as H.264 expects when nothing else is said: on the even columns,
between two rows. A conversion that ignores this shifts colours by a quarter of a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from media.motion import Bytes, Cutout, Reals, Still, kernel
from media.motion_plain import bleed

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
"""Shares of the primaries in BT.709 luma."""
LUMA, CB, CR = 219 / 255, 224 / 255 / (2 - 2 * BLUE), 224 / 255 / (2 - 2 * RED)
"""Steps of luma and of the two colour differences per step of RGB, in limited range."""
MATRIX = np.array(
    [
        [RED * LUMA, GREEN * LUMA, BLUE * LUMA, 16.5],
        [-RED * CB, -GREEN * CB, (1 - BLUE) * CB, 128.5],
        [(1 - RED) * CR, -GREEN * CR, -BLUE * CR, 128.5],
    ],
    dtype=np.float32,
)
"""Y, U and V from red, green, blue and 1; with a half more, so that cutting off rounds."""

MARGIN = 4
"""Clear pixels that a cutout keeps on each side: two samples of chroma, as far as resampling reaches."""
BLEED = 3
"""Samples over which colours bleed into what is clear: a sample that is moved takes part of those within three."""
FAINT = 32
"""Cover below which a colour of 8 bits means little: programs that scale pictures weight colours by it."""


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


def to_planes(picture: Image.Image) -> Planes:
    """Convert an RGB picture with even sides to BT.709 limited range."""
    planes = _empty_planes(picture.width, picture.height)
    convert(_rows(picture), MATRIX, planes.y, planes.u, planes.v)
    return planes


def to_overlay(drawing: Image.Image, left: int, top: int) -> Overlay:
    """Convert an RGBA drawing whose corner lies at (left, top) of the frame.

    The corner is moved out to even numbers. Colours of chroma samples are weighted by how opaque the
    pixels are, so that clear pixels do not bleed into the edges of letters.
    """
    spare_x, spare_y = left % 2, top % 2
    across, down = drawing.width + spare_x, drawing.height + spare_y
    padded = Image.new("RGBA", (across + across % 2, down + down % 2))
    padded.paste(drawing, (spare_x, spare_y))
    colour = _empty_planes(*padded.size)
    cover, cover_chroma = np.asarray(padded.getchannel("A")), np.empty_like(colour.u)
    convert_drawing(_rows(padded), MATRIX, colour.y, colour.u, colour.v, cover_chroma)
    return Overlay(left - spare_x, top - spare_y, colour, cover, cover_chroma)


def to_cutouts(picture: Image.Image) -> tuple[Cutout, Cutout]:
    """Cut out what can be seen of an RGBA picture with even sides, ready to be moved as luma and as chroma.

    Colours are not weighted by the cover but bleed into what is clear around them. So every sample of a frame
    over which the cutout is laid lies between two colours; weighted ones overshoot at edges, where resampling
    rings and the cover can only be cut off.
    """
    left, top, right, bottom = picture.getchannel("A").getbbox() or (0, 0, 1, 1)
    left, top = (max(side - MARGIN, 0) // 2 * 2 for side in (left, top))
    right, bottom = min(right + MARGIN + 1, picture.width) // 2 * 2, min(bottom + MARGIN + 1, picture.height) // 2 * 2
    drawn = to_overlay(picture.crop((left, top, right, bottom)), left, top)
    y, u, v = (
        Still.of(bleed(plane, seen, BLEED, FAINT))
        for plane, seen in (
            (drawn.colour.y, drawn.cover),
            (drawn.colour.u, drawn.cover_chroma),
            (drawn.colour.v, drawn.cover_chroma),
        )
    )
    luma = Cutout(left, top, (y,), Still.of(drawn.cover))
    return luma, Cutout(left // 2, top // 2, (u, v), Still.of(drawn.cover_chroma))


def _rows(picture: Image.Image) -> Bytes:
    return np.asarray(picture).reshape(picture.height, -1)


def _empty_planes(width: int, height: int) -> Planes:
    u, v = (np.empty((height // 2, width // 2), dtype=np.uint8) for _ in range(2))
    return Planes(np.empty((height, width), dtype=np.uint8), u, v)


@kernel
def _luma_row(pixels: Bytes, channels: int, matrix: Reals, y: Bytes) -> None:
    r, g, b, offset = matrix[0, 0], matrix[0, 1], matrix[0, 2], matrix[0, 3]
    for x in range(y.shape[0]):
        at = x * channels
        red, green, blue = np.float32(pixels[at]), np.float32(pixels[at + 1]), np.float32(pixels[at + 2])
        y[x] = np.uint8(np.int32(red * r + green * g + blue * b + offset))


@kernel
def _mean(above: Bytes, below: Bytes, before: int, here: int) -> np.float32:
    """Return the mean of a channel around the site of a chroma sample."""
    outer = np.int32(above[before]) + np.int32(below[before]) + np.int32(above[here + 3]) + np.int32(below[here + 3])
    inner = np.int32(above[here]) + np.int32(below[here])
    return np.float32(np.int32(outer + 2 * inner)) * np.float32(0.125)


@kernel
def _chroma_row(above: Bytes, below: Bytes, weights: Reals, out: Bytes, start: int, stop: int, back: int) -> None:
    """Fill the samples `start` to `stop` (exclusive); `back` bytes before a pixel is the one on its left."""
    r, g, b, offset = weights[0], weights[1], weights[2], weights[3]
    for x in range(start, stop):
        here = x * 6
        before = here - back
        red, green = _mean(above, below, before, here), _mean(above, below, before + 1, here + 1)
        blue = _mean(above, below, before + 2, here + 2)
        out[x] = np.uint8(np.int32(red * r + green * g + blue * b + offset))


@kernel
def convert(rgb: Bytes, matrix: Reals, y: Bytes, u: Bytes, v: Bytes) -> None:
    """Fill limited-range planes from rows of RGB (height, 3 x width)."""
    for row in range(y.shape[0]):
        _luma_row(rgb[row], 3, matrix, y[row])
    for row in range(u.shape[0]):
        above, below = rgb[2 * row], rgb[2 * row + 1]
        for weights, out in ((matrix[1], u[row]), (matrix[2], v[row])):
            _chroma_row(above, below, weights, out, 0, 1, 0)
            _chroma_row(above, below, weights, out, 1, u.shape[1], 3)


@kernel
def _to_byte(weights: Reals, red: np.float32, green: np.float32, blue: np.float32) -> np.uint8:
    return np.uint8(np.int32(red * weights[0] + green * weights[1] + blue * weights[2] + weights[3]))


@kernel
def convert_drawing(rgba: Bytes, matrix: Reals, y: Bytes, u: Bytes, v: Bytes, cover: Bytes) -> None:
    """Fill limited-range planes and the cover of chroma from rows of RGBA (height, 4 x width).

    Colours of chroma are weighted by how opaque the pixels are.
    """
    for row in range(y.shape[0]):
        _luma_row(rgba[row], 4, matrix, y[row])
    for row in range(u.shape[0]):
        for column in range(u.shape[1]):
            red = green = blue = seen = 0
            for line in range(2 * row, 2 * row + 2):
                for x in range(2 * column - 1, 2 * column + 2):
                    at = 4 * max(x, 0)
                    alpha = int(rgba[line, at + 3]) * (2 - x % 2)
                    red += alpha * rgba[line, at]
                    green += alpha * rgba[line, at + 1]
                    blue += alpha * rgba[line, at + 2]
                    seen += alpha
            cover[row, column] = (seen + 4) // 8
            all_seen = np.float32(max(seen, 1))
            means = np.float32(red) / all_seen, np.float32(green) / all_seen, np.float32(blue) / all_seen
            u[row, column] = _to_byte(matrix[1], means[0], means[1], means[2])
            v[row, column] = _to_byte(matrix[2], means[0], means[1], means[2])
