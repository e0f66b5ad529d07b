"""Measures from the finished sound whether the captions keep to the voice.

After every pause the voice's first word must be heard when the timeline says. One onset alone is uncertain (a soft
consonant, music under it), so the envelope around all of them is laid together first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from media.findings import Finding, finding
from media.sound import SAMPLE_RATE
from media.timeline import Timeline

HOP, WINDOW = 480, 1024
"""Samples from one level to the next (10 ms), and over which each is taken."""
VOICE_BAND = (200.0, 3800.0)
"""Hertz; music has its bass below."""
QUIET, LOUD = 5, 90
"""Percentiles at which levels are cut off: silence and shouts count no more than pauses and speech."""
PAUSE = 0.15
"""Seconds without a word that make the next one an onset."""
LEAST_ONSETS = 6
"""With fewer, chance decides: of groups of five onsets of real reels up to 2.8 % seemed shifted, none of six."""
STEP = 12
"""Levels before and after an onset that are compared."""
FARTHEST = 80
"""Levels by which a shift is looked for, each way (0.8 s)."""
NO_SHIFT = 6
"""Levels by which a shift differs from none (60 ms)."""
NEAR = 25
"""Levels around the common shift within which each single onset is looked for."""
MOST_DRIFT = 0.12
"""Seconds. Measured on five real reels: medians 0.01 to 0.07 (levels need some 30 ms to rise), and each delay that was
put in was found to 10 ms."""
MARGIN_DB = 3.0
"""By how much the voice must start more clearly at a far shift than near none, to be believed."""

Levels = NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """How much later than its captions the voice is heard, in seconds: median and 95th percentile (absolute)."""

    median: float
    percentile_95: float
    onsets: int


def check_drift(drift: Drift | None) -> Iterator[Finding]:
    """Give a finding when the voice as a whole is heard too early or too late."""
    if drift is not None and abs(drift.median) > MOST_DRIFT:
        late = "after" if drift.median > 0 else "before"
        yield finding(
            "caption-drift",
            f"the voice is heard {abs(drift.median):.2f} s {late} its captions (median of {drift.onsets} onsets)",
            "Make the voice again for better word times, then render again.",
        )


def measure_drift(sound: NDArray[np.int16], timeline: Timeline) -> Drift | None:
    """Compare the onsets of speech in a sound (samples, 2) with the words; None when there is too little to tell."""
    onsets = [round(second * SAMPLE_RATE / HOP) for second in onset_times(timeline)]
    levels = voice_levels(sound)
    onsets = [onset for onset in onsets if onset < len(levels) - STEP]
    if len(onsets) < LEAST_ONSETS:
        return None
    shift = _common_shift(levels, onsets)
    found = [rise for onset in onsets if (rise := _rise(levels, onset + shift)) is not None]
    if len(found) < LEAST_ONSETS:
        return None
    late = (np.array(found) + shift) * HOP / SAMPLE_RATE
    return Drift(float(np.median(late)), float(np.percentile(np.abs(late), 95)), len(found))


def onset_times(timeline: Timeline) -> list[float]:
    """Return the seconds at which words begin after a pause."""
    words = [word for page in timeline.pages for word in page.words]
    return [word.start for word in words[:1]] + [
        word.start for before, word in pairwise(words) if word.start - before.end >= PAUSE
    ]


def voice_levels(sound: NDArray[np.int16]) -> Levels:
    """Return the level of the voice's band in dB each 10 ms, smoothed and without extremes."""
    mono = np.pad(sound.astype(np.float32).mean(axis=1) / 32768, WINDOW // 2)
    if len(mono) < 2 * WINDOW:
        return np.zeros(0)
    parts = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(parts * np.hanning(WINDOW).astype(np.float32), axis=1)) ** 2
    low, high = (round(edge * WINDOW / SAMPLE_RATE) for edge in VOICE_BAND)
    levels = 10 * np.log10(power[:, low:high].sum(axis=1) + 1e-6)
    levels = np.clip(levels, *np.percentile(levels, [QUIET, LOUD]))
    return np.convolve(np.pad(levels, 2, mode="edge"), np.full(5, 0.2), "valid")


def _common_shift(levels: Levels, onsets: list[int]) -> int:
    """Return by how many levels all onsets together are late; 0 unless a shift is clearly the better reading."""
    edge = FARTHEST + STEP
    padded = np.pad(levels, edge, mode="edge")
    total = np.concatenate([[0.0], np.cumsum(padded)])
    mean = (total[STEP:] - total[:-STEP]) / STEP
    step = mean[STEP:] - mean[:-STEP]  # step[n]: how much louder it is after n + STEP than before
    shifts = np.arange(-FARTHEST, FARTHEST + 1)
    score = np.mean([step[edge + onset - STEP + shifts] for onset in onsets], axis=0)
    best = int(shifts[score.argmax()])
    near = np.abs(shifts) <= NO_SHIFT
    return best if abs(best) <= NO_SHIFT or score.max() - score[near].max() > MARGIN_DB else 0


def _rise(levels: Levels, onset: int) -> int | None:
    """Return how many levels after an expected onset the level passes half its rise, nearest to the onset."""
    first, beyond = max(onset - NEAR, 0), min(onset + NEAR, len(levels))
    before, after = levels[first : max(onset - 2, first + 1)], levels[max(onset, 0) : beyond]
    if not before.size or not after.size:
        return None
    loud = np.concatenate([[False], levels[first:beyond] > (before.min() + after.max()) / 2])
    rises = np.flatnonzero(loud[1:] & ~loud[:-1]) + first - onset
    return int(min(rises, key=abs)) if rises.size else None
