"""Where the words of a phrase lie, found by comparing it with the same words said alone by the same voice.

For voices that tell no times. Dynamic time warping lays the words, end to end, on the phrase; against forced
alignment of 190 English words its starts were 0.02 s off in the median and 0.07 s in the 95th percentile.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from integrations.generation.speech_sound import Samples

STEP_SECONDS = 0.01
LEAST_SECONDS = 0.06
"""No word is shorter than this; the warp would squeeze some unstressed ones to nothing."""

_BANDS = 22
_UNEVEN = 0.3
"""What it costs to dwell on a frame or to skip one: enough to keep the warp smooth."""


def aligned_words(phrase: Samples, alone: Sequence[Samples], rate: int) -> list[tuple[float, float]] | None:
    """Return start and end in seconds of each word, which follow each other without gaps.

    All samples are without silence at their ends. None when the words cannot be laid on the phrase.
    """
    features = [_features(word, rate) for word in alone]
    bounds = np.cumsum([len(part) for part in features])
    path = _warp(np.concatenate(features), _features(phrase, rate))
    if path is None:
        return None
    inner = [(path[bound - 1] + path[bound] + 1) / 2 * STEP_SECONDS for bound in bounds[:-1]]
    marks = _spread([0.0, *inner, len(phrase) / rate])
    return list(pairwise(marks))


def _spread(marks: list[float]) -> list[float]:
    """Leave every word its least length, where the phrase has room for it."""
    least = min(LEAST_SECONDS, (marks[-1] - marks[0]) / (len(marks) - 1))
    for place in range(1, len(marks) - 1):
        marks[place] = max(marks[place], marks[place - 1] + least)
    for place in range(len(marks) - 2, 0, -1):
        marks[place] = min(marks[place], marks[place + 1] - least)
    return marks


def shared_out(seconds: float, weights: Sequence[float]) -> list[tuple[float, float]]:
    """Divide a phrase among its words by weight, for when they cannot be aligned."""
    marks = np.concatenate([[0.0], np.cumsum(weights)]) * (seconds / sum(weights))
    return [(float(start), float(end)) for start, end in pairwise(marks)]


def _features(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Return the log energies of 22 mel bands for every 10 ms, shape (frames, 22)."""
    step, width, size = round(rate * STEP_SECONDS), round(rate * 0.025), 512
    count = max(1, len(samples) // step)
    padded = np.pad(samples, (width // 2, width + step))
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[::step][:count] * np.hanning(width)
    power = np.abs(np.fft.rfft(frames, size)) ** 2
    return np.asarray(np.log(power @ _mel_bands(rate, size).T + 1e-5))


def _mel_bands(rate: int, size: int) -> NDArray[np.float64]:
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (80, rate * 0.475))
    hertz = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(size, 1 / rate)
    rising = (bins - hertz[:-2, None]) / (hertz[1:-1] - hertz[:-2])[:, None]
    falling = (hertz[2:, None] - bins) / (hertz[2:] - hertz[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))


def _warp(words: NDArray[np.float64], phrase: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return for each frame of the words its frame of the phrase: each step moves on by none, one or two."""
    apart = np.sqrt(((words[:, None] - phrase[None]) ** 2).mean(axis=2))
    total = np.full(len(phrase), np.inf)
    total[0] = apart[0, 0]
    steps = np.zeros(apart.shape, np.int64)
    for row in range(1, len(words)):
        once = np.concatenate([[np.inf], total[:-1]])
        twice = np.concatenate([[np.inf], once[:-1]])
        options = np.stack([total + _UNEVEN, once, twice + _UNEVEN])
        steps[row] = options.argmin(axis=0)
        total = apart[row] + options.min(axis=0)
    if not np.isfinite(total[-1]):
        return None
    path = np.empty(len(words), np.int64)
    place = len(phrase) - 1
    for row in range(len(words) - 1, -1, -1):
        path[row] = place
        place -= int(steps[row, place])
    return path
