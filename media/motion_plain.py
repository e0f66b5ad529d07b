"""The picture kernels in numpy, for machines on which numba cannot work: the same bytes, but about ten times slower."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from media.motion import PHASE_BITS, POINT, START, STRIPE, UNIT_BITS, WEIGHTS, WORD, Bytes, Counts, Reals, Words


def blend_rows(source: Bytes, out: Bytes, first: int, step: int, top: int, rows: int, left: int) -> None:
    """Do what `media.motion.blend_rows` does."""
    columns = slice(left, left + out.shape[1])
    for start in range(0, out.shape[0], STRIPE):
        stripe = out[start : start + STRIPE]
        at = first + np.arange(start, start + len(stripe)) * step
        weights = WEIGHTS[(at >> (POINT - PHASE_BITS)) % len(WEIGHTS)]
        total = np.full(stripe.shape, START, dtype=np.int16)
        for tap in range(4):
            row = np.clip((at >> POINT) - 1 + tap, 0, rows - 1) - top
            total += source[row, columns] * weights[:, tap, None]
        stripe[:] = np.clip(total >> UNIT_BITS, -128, 127) + np.int16(128)


def turn_blended(source: Bytes, stripe: Bytes, out: Bytes, rows: int, first: int, step: int, left: int) -> None:
    """Do what `media.motion.turn_blended` does."""
    for start in range(0, rows, STRIPE):
        part = stripe[: min(STRIPE, rows - start)]
        blend_rows(source, part, first + start * step, step, 0, source.shape[0], left)
        out[:, start : start + len(part)] = part.T


def transpose(source: Words, out: Words, column: int) -> None:
    """Do what `media.motion.transpose` does."""
    turned = source.view(np.uint8).T
    out.view(np.uint8)[:, column * WORD : column * WORD + turned.shape[1]] = turned


def mix(under: Bytes, over: Bytes, share: int) -> None:
    """Do what `media.motion.mix` does."""
    keep, take = np.float32((256 - share) / 256), np.float32(share / 256)
    under[:] = under * keep + over * take + np.float32(0.5)


def overlay(plane: Bytes, colour: Bytes, cover: Bytes, left: int, top: int, share: int) -> None:
    """Do what `media.motion.overlay` does."""
    part = plane[top : top + colour.shape[0], left : left + colour.shape[1]]
    ground = part.astype(np.float32)
    opaque = np.float32(share) / np.float32(256 * 255)
    part[:] = ground + (colour - ground) * (cover * opaque) + np.float32(0.5)


def convert(rgb: Bytes, matrix: Reals, y: Bytes, u: Bytes, v: Bytes) -> None:
    """Do what `media.planes.convert` does."""
    channels = [rgb[:, channel::3].astype(np.float32) for channel in range(3)]
    y[:] = _apply(matrix[0], channels)
    around = [_sum_at_chroma_sites(channel) / np.float32(8) for channel in channels]
    u[:], v[:] = _apply(matrix[1], around), _apply(matrix[2], around)


def convert_drawing(rgba: Bytes, matrix: Reals, y: Bytes, u: Bytes, v: Bytes, cover: Bytes) -> None:
    """Do what `media.planes.convert_drawing` does."""
    *channels, alpha = (rgba[:, channel::4].astype(np.float32) for channel in range(4))
    y[:] = _apply(matrix[0], channels)
    seen = _sum_at_chroma_sites(alpha)
    cover[:] = seen / 8 + 0.5
    weight: Reals = np.maximum(seen, np.float32(1))
    around = [_sum_at_chroma_sites(channel * alpha) / weight for channel in channels]
    u[:], v[:] = _apply(matrix[1], around), _apply(matrix[2], around)


def bleed(plane: Bytes, cover: Bytes, reach: int, faint: int) -> Bytes:
    """Return a plane whose samples of a cover below `faint` have the colour that is seen around them.

    That is the mean of the samples within `reach`, weighted by their cover.
    """
    weights = cover.astype(np.uint32)
    colour, seen = _sum_around(plane * weights, reach), _sum_around(weights, reach)
    around = ((colour + seen // 2) // np.maximum(seen, 1)).astype(np.uint8)
    return np.where(cover < faint, around, plane)


def _apply(weights: Reals, channels: Sequence[Reals]) -> Reals:
    red, green, blue = channels
    result: Reals = red * weights[0] + green * weights[1] + blue * weights[2] + weights[3]
    return result


def _sum_at_chroma_sites(plane: Reals) -> Reals:
    """Return eight times the mean of a plane around the sites of its chroma samples (see `media.planes`)."""
    rows = plane[0::2] + plane[1::2]
    before = np.concatenate([rows[:, :1], rows[:, 1:-1:2]], axis=1)
    result: Reals = before + 2 * rows[:, 0::2] + rows[:, 1::2]
    return result


def _sum_around(plane: Counts, reach: int) -> Counts:
    """Return the sum of the square of samples within `reach` of each; beyond the edge there is nothing."""
    side = 2 * reach + 1
    total = np.pad(plane, ((reach + 1, reach), (reach + 1, reach)))
    for axis in (0, 1):  # running sums wrap around at 32 bits, their differences come out right
        total = np.cumsum(total, axis=axis, dtype=np.uint32)
    return total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
