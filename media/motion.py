"""The inner loops of the picture: sub-pixel zoom and pan, cross-fade, overlay. Compiled by numba.

Zooming and panning are separable, so a plane is resampled as two passes of *row blends* with a transpose
between them: the still is kept transposed, its rows (columns of the picture) are blended, the result is
transposed, and its rows are blended again. Both passes run along memory, so the compiler vectorises them;
a gather per pixel costs ten times as much.

All kernels are single-threaded and let go of the interpreter lock. Planes are C-contiguous uint8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint64]

F = TypeVar("F", bound=Callable[..., object])

WORD = 8
"""Bytes of a machine word: the transpose turns squares of 8 x 8 pixels."""
STRIPE = 64
"""Rows that are blended before they are turned: what they take stays in the cache of one core."""


def kernel(function: F) -> F:
    """Compile a function of plain loops on its first call and keep the machine code on disk."""
    return cast(F, njit(cache=True, nogil=True)(function))


@kernel
def make_taps(first: float, step: float, rows: int, index: Ints, weight: Floats) -> None:
    """Fill the four source rows and weights of each output row.

    Output row `i` lies at source row `first + i * step` of `rows`. Keys' cubic with a = -0.75; rows beyond
    the edge repeat the edge. `index` and `weight` are (output rows, 4); weights add up to 1 in every row.
    """
    a = -0.75
    for i in range(index.shape[0]):
        at = first + i * step
        whole = int(np.floor(at))
        t = at - whole
        u = 1.0 - t
        w0 = ((a * (t + 1.0) - 5.0 * a) * (t + 1.0) + 8.0 * a) * (t + 1.0) - 4.0 * a
        w1 = ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0
        w2 = ((a + 2.0) * u - (a + 3.0)) * u * u + 1.0
        weight[i, 0] = w0
        weight[i, 1] = w1
        weight[i, 2] = w2
        weight[i, 3] = 1.0 - w0 - w1 - w2
        for k in range(4):
            index[i, k] = min(max(whole - 1 + k, 0), rows - 1)


@kernel
def _blend_row(out: Bytes, a: Bytes, b: Bytes, c: Bytes, d: Bytes, w: Floats) -> None:
    w0, w1, w2, w3 = w[0], w[1], w[2], w[3]
    half, low, high = np.float32(0.5), np.float32(0.0), np.float32(255.0)
    for x in range(out.shape[0]):
        value = np.float32(a[x]) * w0 + np.float32(b[x]) * w1 + np.float32(c[x]) * w2 + np.float32(d[x]) * w3 + half
        out[x] = np.uint8(np.int32(min(max(value, low), high)))


@kernel
def blend_rows(source: Bytes, out: Bytes, index: Ints, weight: Floats, left: int, right: int) -> None:
    """Make a row of `out` per tap from four rows of `source`, in columns `left` to `right` (exclusive)."""
    for i in range(index.shape[0]):
        _blend_row(
            out[i, left:right],
            source[index[i, 0], left:right],
            source[index[i, 1], left:right],
            source[index[i, 2], left:right],
            source[index[i, 3], left:right],
            weight[i],
        )


@kernel
def transpose(source: Words, out: Words, column: int, left: int, right: int) -> None:
    """Transpose a plane whose sides are multiples of 8, both given as rows of 64-bit words.

    Only the words `left` to `right` (exclusive) of the source rows are moved; they arrive in `out` from the
    word `column` on. Eight bytes of eight rows are turned in registers by three rounds of masked swaps.
    """
    m1, m2, m4 = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF), np.uint64(0x00000000FFFFFFFF)
    s1, s2, s4 = np.uint64(8), np.uint64(16), np.uint64(32)
    for block in range(0, source.shape[0] // 8, 8):  # a cache line of the result is filled at once
        for x in range(left, right):
            for row in range(block, min(block + 8, source.shape[0] // 8)):
                y = row * 8
                a, b, c, d = source[y, x], source[y + 1, x], source[y + 2, x], source[y + 3, x]
                e, f, g, h = source[y + 4, x], source[y + 5, x], source[y + 6, x], source[y + 7, x]
                a, b = (a & m1) | ((b & m1) << s1), ((a >> s1) & m1) | (b & ~m1)
                c, d = (c & m1) | ((d & m1) << s1), ((c >> s1) & m1) | (d & ~m1)
                e, f = (e & m1) | ((f & m1) << s1), ((e >> s1) & m1) | (f & ~m1)
                g, h = (g & m1) | ((h & m1) << s1), ((g >> s1) & m1) | (h & ~m1)
                a, c = (a & m2) | ((c & m2) << s2), ((a >> s2) & m2) | (c & ~m2)
                b, d = (b & m2) | ((d & m2) << s2), ((b >> s2) & m2) | (d & ~m2)
                e, g = (e & m2) | ((g & m2) << s2), ((e >> s2) & m2) | (g & ~m2)
                f, h = (f & m2) | ((h & m2) << s2), ((f >> s2) & m2) | (h & ~m2)
                z = x * 8
                out[z, column + row] = (a & m4) | ((e & m4) << s4)
                out[z + 1, column + row] = (b & m4) | ((f & m4) << s4)
                out[z + 2, column + row] = (c & m4) | ((g & m4) << s4)
                out[z + 3, column + row] = (d & m4) | ((h & m4) << s4)
                out[z + 4, column + row] = ((a >> s4) & m4) | (e & ~m4)
                out[z + 5, column + row] = ((b >> s4) & m4) | (f & ~m4)
                out[z + 6, column + row] = ((c >> s4) & m4) | (g & ~m4)
                out[z + 7, column + row] = ((d >> s4) & m4) | (h & ~m4)


@kernel
def turn_blended(source: Bytes, stripe: Bytes, out: Bytes, index: Ints, weight: Floats, left: int, right: int) -> None:
    """Blend rows of `source` and transpose the result into `out`, stripe by stripe while it is in the cache.

    `left` and `right` are bounds of the columns of `source`, in words.
    """
    for start in range(0, index.shape[0], STRIPE):
        rows = slice(start, start + STRIPE)
        blend_rows(source, stripe, index[rows], weight[rows], left * WORD, right * WORD)
        count = min(STRIPE, out.shape[1] - start)
        transpose(stripe[:count].view(np.uint64), out.view(np.uint64), start // WORD, left, right)


@kernel
def mix(under: Bytes, over: Bytes, share: int) -> None:
    """Mix `over` into `under` (1-D, equal lengths); `share` of 256 is how much of `over` is seen."""
    keep = np.int32(256 - share)
    take = np.int32(share)
    for i in range(under.shape[0]):
        under[i] = np.uint8((np.int32(under[i]) * keep + np.int32(over[i]) * take + np.int32(128)) >> np.int32(8))


@kernel
def _overlay_row(row: Bytes, colour: Bytes, cover: Bytes, share: int) -> None:
    take = np.int32(share)
    for x in range(row.shape[0]):
        # x * 257 + 32768 >> 16 is x / 255 rounded, exactly, for all products of two bytes
        seen = (np.int32(cover[x]) * take + np.int32(128)) >> np.int32(8)
        value = np.int32(colour[x]) * seen + np.int32(row[x]) * (np.int32(255) - seen)
        row[x] = np.uint8((value * np.int32(257) + np.int32(32768)) >> np.int32(16))


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
        transpose(padded.view(np.uint64), turned.view(np.uint64), 0, 0, padded.shape[1] // WORD)
        return cls(turned[:width], height)


class Mover:
    """Draws a window of a still into planes of one size; keeps its working memory between frames."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._taps_x = _tables(width)
        self._taps_y = _tables(height)
        self._stripe = np.zeros((0, 0), dtype=np.uint8)
        self._turned = np.zeros((0, 0), dtype=np.uint8)

    def draw(self, still: Still, out: Bytes, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Fill `out` (height, width) from the still.

        `x` and `y` give the still's column (row) under the first column (row) of `out` and the step per
        column (row), in samples counted from the middle of the first sample.
        """
        make_taps(x[0], x[1], still.turned.shape[0], *self._taps_x)
        make_taps(y[0], y[1], still.height, *self._taps_y)
        rows = self._taps_y[0]
        first, beyond = int(rows[0].min()) // WORD, int(rows[-1].max()) // WORD + 1
        self._make_room(still.turned.shape[1])
        turn_blended(still.turned, self._stripe, self._turned, *self._taps_x, first, beyond)
        blend_rows(self._turned, out, *self._taps_y, 0, self.width)

    def _make_room(self, length: int) -> None:
        if self._stripe.shape[1] != length:
            self._stripe = np.zeros((STRIPE, length), dtype=np.uint8)
            self._turned = np.zeros((length, _whole_words(self.width)), dtype=np.uint8)


def _tables(rows: int) -> tuple[Ints, Floats]:
    return np.zeros((rows, 4), dtype=np.int32), np.zeros((rows, 4), dtype=np.float32)


def _whole_words(count: int) -> int:
    return -(-count // WORD) * WORD
