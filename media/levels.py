"""How loud samples are by EBU R128 (ITU-R BS.1770-4), measured by numpy, millisecond by millisecond.

`media/loudness.py` lets FFmpeg measure files, to a tenth of a unit. Here sound is weighted once and can then tell what
its loudness would be with any gain, which is how the mix finds the gain it needs.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from media.loudness import SILENCE_LUFS
from media.pcm import SAMPLE_RATE, Sound

BLOCK = SAMPLE_RATE // 1000
"""Samples of a millisecond, the step in which levels are measured and gains are decided."""
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""The two filters of the K weighting at 48 kHz, numerator and denominator (ITU-R BS.1770-4, tables 1 and 2)."""
RINGING, PIECE = 60 * BLOCK, 196 * BLOCK
"""Samples after which the filters have fallen silent (-120 dB), and of the pieces in which sound is filtered: together
12288 samples, a length that Fourier transforms are quick with."""
HOP, WINDOW = 100, 400
"""Milliseconds from one measured window to the next, and of a window."""

Blocks = NDArray[np.float64]
"""One number for each millisecond of a sound; the last may be a part of one."""


def weighted_powers(sound: Sound) -> Blocks:
    """Return the power of each millisecond with every frequency as loud as an ear finds it, both sides added up."""
    if sound.ndim == 1:
        return 2 * _weighted_squares(sound)
    return np.asarray(sum(_weighted_squares(side) for side in sound.T))


def powers(sound: Sound) -> Blocks:
    """Return the mean square of each millisecond, both sides added up; one channel is heard from both."""
    whole, rest = divmod(len(sound), BLOCK)
    blocks = sound[: whole * BLOCK].reshape(whole, sound[:1].size * BLOCK)
    summed = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float64)  # no copy of a long sound
    if rest:
        summed = np.append(summed, np.square(sound[-rest:], dtype=np.float64).sum())
    return np.asarray((2 if sound.ndim == 1 else 1) * summed / BLOCK)


def integrated(weighted: Blocks) -> float:
    """Return the loudness in LUFS of K-weighted powers, gated; silence is SILENCE_LUFS.

    What is shorter than a window of 0.4 s is measured as one window of its own length.
    """
    windows = _windows(weighted)
    heard = windows[windows > _power(SILENCE_LUFS)]
    if not len(heard):
        return SILENCE_LUFS
    return _lufs(float(heard[heard > heard.mean() / 10].mean()))


def loudness(sound: Sound) -> float:
    """Return the integrated loudness of a sound in LUFS."""
    return integrated(weighted_powers(sound))


def loudest_moment(sound: Sound) -> float:
    """Return the loudness in LUFS of the loudest 0.4 s of a sound with silence around it."""
    return max(_lufs(float(_windows(np.pad(weighted_powers(sound), WINDOW)).max())), SILENCE_LUFS)


def decibels(power: NDArray[np.floating]) -> Blocks:
    """Return powers in dB; nothing at all is -200 dB."""
    return np.asarray(10 * np.log10(np.maximum(power, 1e-20)), np.float64)


def _weighted_squares(channel: Sound) -> Blocks:
    """Filter one channel in overlapping pieces and return the mean square of each millisecond."""
    count = -(-len(channel) // BLOCK)
    pieces = -(-count * BLOCK // PIECE)
    padded = np.pad(channel, (RINGING, pieces * PIECE - len(channel)))
    overlapping = np.lib.stride_tricks.sliding_window_view(padded, RINGING + PIECE)[::PIECE]
    means = []
    for piece in overlapping:  # one by one, so that a long sound needs no more memory than a short one
        weighted = np.fft.irfft(np.fft.rfft(piece) * _weighting())[RINGING:]
        means.append(np.square(weighted, dtype=np.float32).reshape(-1, BLOCK).mean(axis=1, dtype=np.float64))
    return np.concatenate(means)[:count]


@lru_cache(maxsize=1)
def _weighting() -> NDArray[np.complex64]:
    """Return the response of both filters, their ringing cut off after RINGING samples."""
    delay = np.exp(-2j * np.pi * np.fft.rfftfreq(1 << 16))
    response = np.ones(len(delay), np.complex128)
    for above, below in (SHELF, HIGH_PASS):
        response *= np.polyval(above[::-1], delay) / np.polyval(below[::-1], delay)
    return np.fft.rfft(np.fft.irfft(response)[:RINGING], RINGING + PIECE).astype(np.complex64)


def _windows(weighted: Blocks) -> Blocks:
    if len(weighted) < WINDOW:
        return np.array([weighted.mean()])
    hops = len(weighted) // HOP
    means = weighted[: hops * HOP].reshape(hops, HOP).mean(axis=1)
    return np.asarray(np.convolve(means, np.full(WINDOW // HOP, HOP / WINDOW), "valid"))


def _lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(max(power, 1e-20)))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
