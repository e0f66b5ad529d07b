"""The inner loops of the picture: sub-pixel zoom and pan, layers, cross-fade, overlay. Compiled by numba.

Zooming and panning are separable, so a plane is resampled as two passes of *row blends* with a transpose
between them: the still is kept transposed, its rows (columns of the picture) are blended, the result is
transposed, and its rows are blended again. Both passes run along memory in 16-bit integers, so the compiler
works on 16 pixels at once; a gather per pixel costs twenty times as much.

All kernels are single-threaded and let go of the interpreter lock. Planes are C-contiguous uint8.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

Bytes = npt.NDArray[np.uint8]
Shorts = npt.NDArray[np.int16]
Words = npt.NDArray[np.uint64]
Reals = npt.NDArray[np.float32]
Counts = npt.NDArray[np.uint32]
F = TypeVar("F", bound=Callable[..., object])

WORD = 8
"""Bytes of a machine word: the transpose turns squares of 8 x 8 pixels."""
STRIPE = 64
"""Rows that are worked on together: what they take stays in the cache of one core."""
POINT = 32
"""Bits after the point of positions: whole numbers round in the same way everywhere."""
PHASE_BITS = 8
"""Bits of them that the weights heed: at most 1/512 of a sample is lost."""
UNIT_BITS = 7
"""The weights of a sample add up to 128: the most with which sums of weighted bytes fit into 16 bits."""
START = (1 << UNIT_BITS - 1) - (128 << UNIT_BITS)
"""What sums of weighted bytes start with: a half, so that they are rounded, less the middle of all bytes."""
OPAQUE = 256
"""The share of an overlay that is wholly there."""


def keys_weights() -> Shorts:
    """Return the weights of the four samples around a place, for each phase between the inner two.

    Keys' cubic with a = -0.75, which is sharper than the usual -0.5. Source: R. Keys, "Cubic convolution
    interpolation for digital image processing", IEEE Trans. ASSP 29 (1981). What rounding leaves over goes
    to the nearest sample.
    """
    a, unit, phases = -0.75, 1 << UNIT_BITS, 1 << PHASE_BITS
    near = np.arange(phases) / phases
    outer = [((a * at - 5 * a) * at + 8 * a) * at - 4 * a for at in (1 + near, 2 - near)]
    inner = [((a + 2) * at - (a + 3)) * at * at + 1 for at in (near, 1 - near)]
    weights = np.round(np.stack([outer[0], *inner, outer[1]], axis=1) * unit).astype(np.int16)
    weights[np.arange(phases), np.where(near < 0.5, 1, 2)] += unit - weights.sum(axis=1, dtype=np.int16)
    return weights


WEIGHTS = keys_weights()


def _whole_words(count: int) -> int:
    return -(-count // WORD) * WORD


def _find_compiler() -> Callable[..., Any] | None:
    """Return numba's compiler, if it can be loaded and may keep what it compiles."""
    try:
        from numba import njit

        compiler: Callable[..., Any] = njit(cache=True, nogil=True)
        compiler(_whole_words)  # refused where what is compiled cannot be kept
    except Exception as exc:  # whatever is wrong with a compiler, a slow reel is better than none
        log.warning(
            "Numba cannot be used (%s), so pictures are moved without it, which takes about ten times as long. "
            "Install numba again, or set NUMBA_CACHE_DIR to a folder that can be written.",
            exc,
        )
        return None
    return compiler


COMPILER = _find_compiler()
"""What makes machine code. Without it all kernels are those of `media.motion_plain`: this is the only switch."""


def kernel(function: F) -> F:
    """Compile a function of plain loops on its first call and keep the machine code on disk.

    Where nothing can be compiled, the function of the same name in `media.motion_plain` takes its place. It does
    the same, to the byte. Constants belong into the file of the kernel: the machine code is made again only
    when that file changes.
    """
    if COMPILER:
        return cast(F, COMPILER(function))

    @wraps(function)
    def plain(*arguments: object) -> object:
        return getattr(import_module("media.motion_plain"), function.__name__)(*arguments)

    return cast(F, plain)


@kernel
def _blend_row(out: Bytes, a: Bytes, b: Bytes, c: Bytes, d: Bytes, weights: Shorts) -> None:
    """Blend four rows. Every step is cut to 16 bits, as numba would widen it to 64 and slow it down threefold."""
    short = np.int16
    w0, w1, w2, w3 = weights[0], weights[1], weights[2], weights[3]
    # Sums wrap around, but come out right: they start so low that every result lies between -32768 and 32767.
    start, low, high, middle, bits = short(START), short(-128), short(127), short(128), short(UNIT_BITS)
    for x in range(out.shape[0]):
        total = short(start + short(short(a[x]) * w0))
        total = short(total + short(short(b[x]) * w1))
        total = short(total + short(short(c[x]) * w2))
        total = short(total + short(short(d[x]) * w3))
        out[x] = np.uint8(short(min(max(short(total >> bits), low), high)) + middle)


@kernel
def blend_rows(source: Bytes, out: Bytes, first: int, step: int, top: int, rows: int, left: int) -> None:
    """Blend each row of `out` from four rows of `source`, from its column `left` on.

    Row `i` of `out` lies at row `first + i * step` of the picture, both with `POINT` bits after the point. Row
    `top` of the picture is row 0 of `source`; beyond its first and last (`rows` in all) they are repeated.
    """
    right = left + out.shape[1]
    for i in range(out.shape[0]):
        at = first + i * step
        row = (at >> POINT) - 1
        _blend_row(
            out[i],
            source[min(max(row, 0), rows - 1) - top, left:right],
            source[min(max(row + 1, 0), rows - 1) - top, left:right],
            source[min(max(row + 2, 0), rows - 1) - top, left:right],
            source[min(max(row + 3, 0), rows - 1) - top, left:right],
            WEIGHTS[(at >> (POINT - PHASE_BITS)) % len(WEIGHTS)],
        )


@kernel
def _swap(one: np.uint64, other: np.uint64, bits: np.uint64, mask: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Exchange what lies in `one` above the bits of `mask` with what lies in `other` under them."""
    differs = ((one >> bits) ^ other) & mask
    return one ^ (differs << bits), other ^ differs


@kernel
def transpose(source: Words, out: Words, column: int) -> None:
    """Transpose a plane whose sides are multiples of 8 into `out`, from its word `column` on.

    Both are given as rows of 64-bit words. Eight bytes of eight rows are turned in registers by three rounds
    of masked swaps.
    """
    m1, m2, m4 = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF), np.uint64(0x00000000FFFFFFFF)
    s1, s2, s4 = np.uint64(8), np.uint64(16), np.uint64(32)
    for block in range(0, source.shape[0] // 8, 8):  # a cache line of the result is filled at once
        for x in range(source.shape[1]):
            for row in range(block, min(block + 8, source.shape[0] // 8)):
                y, z, w = row * 8, x * 8, column + row
                a, b, c, d = source[y, x], source[y + 1, x], source[y + 2, x], source[y + 3, x]
                e, f, g, h = source[y + 4, x], source[y + 5, x], source[y + 6, x], source[y + 7, x]
                (a, b), (c, d) = _swap(a, b, s1, m1), _swap(c, d, s1, m1)
                (e, f), (g, h) = _swap(e, f, s1, m1), _swap(g, h, s1, m1)
                (a, c), (b, d) = _swap(a, c, s2, m2), _swap(b, d, s2, m2)
                (e, g), (f, h) = _swap(e, g, s2, m2), _swap(f, h, s2, m2)
                (a, e), (b, f) = _swap(a, e, s4, m4), _swap(b, f, s4, m4)
                (c, g), (d, h) = _swap(c, g, s4, m4), _swap(d, h, s4, m4)
                out[z, w], out[z + 1, w], out[z + 2, w], out[z + 3, w] = a, b, c, d
                out[z + 4, w], out[z + 5, w], out[z + 6, w], out[z + 7, w] = e, f, g, h


@kernel
def turn_blended(source: Bytes, stripe: Bytes, out: Bytes, rows: int, first: int, step: int, left: int) -> None:
    """Blend `rows` rows as `blend_rows` does and transpose them into `out`, stripe by stripe while in the cache."""
    for start in range(0, rows, STRIPE):
        count = min(STRIPE, rows - start)
        blend_rows(source, stripe[:count], first + start * step, step, 0, source.shape[0], left)
        transpose(stripe[: -(-count // 8) * 8].view(np.uint64), out.view(np.uint64), start // 8)


@kernel
def mix(under: Bytes, over: Bytes, share: int) -> None:
    """Mix `over` into `under` (1-D, equal lengths); `share` of 256 is how much of `over` is seen."""
    real = np.float32
    keep, take, half = real(256 - share) / real(256), real(share) / real(256), real(0.5)
    for i in range(under.shape[0]):
        under[i] = np.uint8(np.int32(real(under[i]) * keep + real(over[i]) * take + half))


@kernel
def _overlay_row(row: Bytes, colour: Bytes, cover: Bytes, share: int) -> None:
    real = np.float32
    opaque, half = real(share) / real(256 * 255), real(0.5)
    for x in range(row.shape[0]):
        ground = real(row[x])
        row[x] = np.uint8(np.int32(ground + (real(colour[x]) - ground) * (real(cover[x]) * opaque) + half))


@kernel
def overlay(plane: Bytes, colour: Bytes, cover: Bytes, left: int, top: int, share: int) -> None:
    """Lay `colour` over `plane` at (left, top), as opaque as `cover` says; `share` of 256 fades the whole."""
    for y in range(colour.shape[0]):
        _overlay_row(plane[top + y, left : left + colour.shape[1]], colour[y], cover[y], share)


@dataclass(frozen=True)
class Still:
    """A plane made ready for moving: transposed, rows padded to whole words; `height` is the true height."""

    turned: Bytes
    height: int

    @classmethod
    def of(cls, plane: Bytes) -> Still:
        """Turn a plane (height, width)."""
        height, width = plane.shape
        padded = np.zeros((_whole_words(height), _whole_words(width)), dtype=np.uint8)
        padded[:height, :width] = plane
        turned = np.empty(padded.shape[::-1], dtype=np.uint8)
        transpose(padded.view(np.uint64), turned.view(np.uint64), 0)
        return cls(turned[:width], height)


@dataclass(frozen=True)
class Cutout:
    """The part of a picture that can be seen, ready for moving: planes of one size that share a cover.

    `left` and `top` say where it lay in the whole picture, in samples of its planes. A cover of 255 is opaque.
    """

    left: int
    top: int
    colours: tuple[Still, ...]
    cover: Still


class Mover:
    """Draws windows of stills into planes of at most one size; keeps its working memory between frames.

    Windows are given per axis as the sample of the picture under the first column (row) of the plane and the
    step per column (row), in samples counted from the middle of the first.
    """

    def __init__(self, width: int, height: int) -> None:
        self._colour, self._cover = (np.empty(width * height, dtype=np.uint8) for _ in range(2))
        self._stripe, self._turned = (np.empty(0, dtype=np.uint8) for _ in range(2))

    def draw(self, still: Still, out: Bytes, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Fill `out` (height, width) with the window (x, y) of a still; beyond its edge the edge is repeated."""
        self._draw(still, out, _to_fixed(x), _to_fixed(y))

    def lay(self, cutout: Cutout, outs: Sequence[Bytes], x: tuple[float, float], y: tuple[float, float]) -> None:
        """Lay a cutout over planes of one size, one for each of its colours.

        The window (x, y) is one of the whole picture. Only what the cutout reaches is touched.
        """
        across, down = _to_fixed(x, cutout.left), _to_fixed(y, cutout.top)
        height, width = outs[0].shape
        left, right = _reach(across, cutout.cover.turned.shape[0], width)
        top, bottom = _reach(down, cutout.cover.height, height)
        if left >= right or top >= bottom:
            return
        across, down = (across[0] + left * across[1], across[1]), (down[0] + top * down[1], down[1])
        shape = bottom - top, right - left
        colour, cover = (room[: math.prod(shape)].reshape(shape) for room in (self._colour, self._cover))
        self._draw(cutout.cover, cover, across, down)
        for still, out in zip(cutout.colours, outs, strict=True):
            self._draw(still, colour, across, down)
            overlay(out, colour, cover, left, top, OPAQUE)

    def _draw(self, still: Still, out: Bytes, x: tuple[int, int], y: tuple[int, int]) -> None:
        height, width = out.shape
        first, step = y
        last = first + (height - 1) * step
        low, high = (min(max(row, 0), still.height - 1) // WORD for row in ((first >> POINT) - 1, (last >> POINT) + 2))
        stripe, turned = self._make_room((high + 1 - low) * WORD, _whole_words(width))
        turn_blended(still.turned, stripe, turned, width, *x, low * WORD)
        blend_rows(turned, out, first, step, low * WORD, still.height, 0)

    def _make_room(self, length: int, width: int) -> tuple[Bytes, Bytes]:
        """Return working memory for rows of `length` samples: a stripe of them, and `width` of them turned."""
        if self._turned.size < length * width or self._stripe.size < STRIPE * length:
            self._stripe = np.empty(STRIPE * length, dtype=np.uint8)
            self._turned = np.empty(length * width, dtype=np.uint8)
        stripe, turned = self._stripe[: STRIPE * length], self._turned[: length * width]
        return stripe.reshape(STRIPE, length), turned.reshape(length, width)


def _to_fixed(axis: tuple[float, float], start: int = 0) -> tuple[int, int]:
    """Return first sample, counted from `start`, and step with `POINT` bits after the point, rounded to a phase."""
    first, step = (round(value * (1 << POINT)) for value in axis)
    return first - (start << POINT) + (1 << (POINT - PHASE_BITS - 1)), step


def _reach(axis: tuple[int, int], samples: int, size: int) -> tuple[int, int]:
    """Return the first column of `size` that lies less than a sample outside of `samples`, and the first beyond."""
    first, step = axis
    one = 1 << POINT
    return max((-one - first) // step + 1, 0), min(-((first - samples * one) // step), size)
