"""How much of a reel was seen before: a fingerprint of its pictures, and how alike two of them are.

Each half second is reduced to 128 bits by the signs of its coarse shapes (a discrete cosine transform, as in the
well-known pHash). Rows where captions, title and watermark stand by default are left out, so that new words over old
pictures are still the old pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from core.models import Value
from media.findings import Finding, finding
from media.playback import SMALL, Bytes

EVERY = 0.5
"""Seconds from one hash to the next."""
BITS = 128
SIDE, COARSE = 32, 12
"""A picture is averaged to 32 x 32 parts, of whose 12 x 12 slowest waves the first 128 make the hash."""
FREE_ROWS = ((0.0, 0.138), (0.41, 0.52), (0.73, 1.0))
"""Shares of the height that no lettering of ours covers at its default place."""
SAME_BITS = 0.2
"""Two moments are the same when at most this share of bits differs. Measured: a moment against itself at half the
size, brighter or with other captions at most 0.09, cut by 3 % 0.17; moments of different scenes 0.47 in the middle and
0.33 at the 5th percentile; the same kind of place drawn again 0.42 in the middle."""
SEEN_BEFORE = 0.6
"""Share of moments seen before from which a reel is held."""


class Fingerprint(Value):
    """The pictures of a reel: one hash of 128 bits, in hexadecimal digits, for each half second."""

    hashes: tuple[str, ...] = Field(default=(), max_length=1000)


def fingerprint(small: Bytes, fps: int) -> Fingerprint:
    """Take the fingerprint of a reel from samples of its frames (frames, rows, columns)."""
    moments = small[round(EVERY * fps / 2) :: round(EVERY * fps)]
    return Fingerprint(hashes=tuple(_hash(frame).tobytes().hex() for frame in moments))


def likeness(one: Fingerprint, other: Fingerprint) -> float:
    """Return the share of moments that are seen in both reels, 0 to 1, in whatever order they come."""
    if not one.hashes or not other.hashes:
        return 0.0
    differ = np.bitwise_xor(_bits(one)[:, None], _bits(other)[None]).mean(axis=2)
    return float((np.mean(differ.min(axis=1) <= SAME_BITS) + np.mean(differ.min(axis=0) <= SAME_BITS)) / 2)


def check_likeness(own: Fingerprint, earlier: Mapping[str, Fingerprint]) -> Iterator[Finding]:
    """Give a finding that names the earlier reel whose pictures come again."""
    alike, name = max(((likeness(own, other), name) for name, other in earlier.items()), default=(0.0, ""))
    if alike >= SEEN_BEFORE:
        yield finding(
            "seen-before",
            f"{alike:.0%} of the pictures were seen in {name}, allowed below {SEEN_BEFORE:.0%}",
            "Give this reel pictures of its own: rerun from the pictures step.",
        )


def _hash(frame: Bytes) -> NDArray[np.uint8]:
    rows = np.concatenate([np.arange(round(SMALL[1] * top), round(SMALL[1] * low)) for top, low in FREE_ROWS])
    waves = (_WAVES @ _averaged(frame[rows].astype(np.float64)) @ _WAVES.T).ravel()[1 : BITS + 1]
    return np.packbits(waves > np.median(waves))


def _averaged(luma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average a picture to SIDE x SIDE parts."""
    edges = [np.linspace(0, side, SIDE + 1).astype(int) for side in luma.shape]
    sums = np.add.reduceat(np.add.reduceat(luma, edges[0][:-1], axis=0), edges[1][:-1], axis=1)
    return np.asarray(sums / np.outer(np.diff(edges[0]), np.diff(edges[1])))


def _bits(taken: Fingerprint) -> NDArray[np.uint8]:
    flat = np.frombuffer(bytes.fromhex("".join(taken.hashes)), np.uint8)
    return np.unpackbits(flat.reshape(len(taken.hashes), BITS // 8), axis=1)


_WAVES = np.cos(np.pi * np.arange(COARSE)[:, None] * (2 * np.arange(SIDE) + 1) / 2 / SIDE)
