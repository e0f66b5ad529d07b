"""What turns sound up and down: gentle compression, room for the voice, and the limiter that ends at one loudness.

The whole sound is known beforehand, so every gain looks both ways: it moves before what calls for it, smoothly, and
nothing pumps. Gains are decided in dB for each millisecond and drawn as straight lines between them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media.levels import BLOCK, Blocks, decibels, integrated, powers, weighted_powers
from media.pcm import Sound

THRESHOLD_DB, RATIO = -4.0, 2.5
"""Compression takes 60 % of what a voice rises above 4 dB under its own loudness: its syllables come closer."""
SYLLABLE = 60
"""Milliseconds over which the compressor hears a level and moves its gain."""

DUCK_DB = -7.3
"""What a voice takes from the music: with 12 dB in gaps it lies 19 dB under the voice; 18 to 22 is the custom."""
SPEAKING_DB = -30.0
"""A millisecond belongs to speech when it is no further than this under the voice's loudness."""
GAP = 600
"""Milliseconds of silence for which the music stays down: breaths between lines."""
DUCK_RAMP = 200
"""Milliseconds the music takes to go down or come up."""
HOLD = 60
"""Milliseconds before and after speech for which the music stays down, besides half a ramp."""

LOOK_AHEAD = 5
"""Milliseconds over which the limiter closes, before a peak."""
RELEASE_DB = 0.1
"""Decibels per millisecond by which the limiter opens again: 6 dB in 60 ms."""
OVERSAMPLING, TAPS = 4, 16
"""True peaks are looked for between the samples, at 192 kHz, with a filter of this many samples."""
MOST_LIMITED_DB = 10.0
"""The limiter takes no more than this; usual voices leave it 3 to 4 dB to do, for some milliseconds a second."""
CLOSE_ENOUGH_LU = 0.01
PIECE = 1 << 18
"""Samples that are worked on at once, so that a long reel needs little more memory than a short one."""
ROUNDS = 8
"""How often at most the gain is corrected for what the limiter takes; four times are usual."""


def compressed(voice: Sound, level_lufs: float) -> Sound:
    """Return a voice of loudness `level_lufs`, shape (n,), with its loud syllables turned down."""
    heard = decibels(_smooth(powers(voice), SYLLABLE)) - level_lufs
    over = np.maximum(heard - THRESHOLD_DB, 0.0)
    return turn(voice.copy(), _smooth(over * (1 / RATIO - 1), SYLLABLE))


def ducking(voice: Sound, level_lufs: float) -> Blocks:
    """Return the gain in dB of the music in each millisecond under a voice of loudness `level_lufs`."""
    speaks = decibels(powers(voice)) > level_lufs + SPEAKING_DB
    closed = _reaches(speaks, GAP // 2)
    closed = ~_reaches(~closed, GAP // 2 - DUCK_RAMP // 2 - HOLD)
    return _smooth(np.where(closed, DUCK_DB, 0.0), DUCK_RAMP)


def mastered(mixed: Sound, target_lufs: float, ceiling_db: float) -> Sound:
    """Return a mix, shape (n, 2), at a loudness, with its true peaks at or below `ceiling_db` dBTP.

    Sound of short peaks and little else stays quieter than asked: the ceiling is kept.
    """
    weighted, peaks = weighted_powers(mixed), true_peaks(mixed)
    highest = ceiling_db + MOST_LIMITED_DB - float(peaks.max())
    gain = min(target_lufs - integrated(weighted), highest)
    for _ in range(ROUNDS):
        gains = gain + limiting(peaks + gain, ceiling_db)
        missing = target_lufs - integrated(weighted * 10 ** (gains / 10))
        if abs(missing) <= CLOSE_ENOUGH_LU:
            break
        gain = min(gain + missing, highest)
    return turn(mixed.copy(), gains)


def limiting(peaks: Blocks, ceiling_db: float) -> Blocks:
    """Return the gain in dB, never above 0, that keeps peaks (dB, one a millisecond) at or below a ceiling."""
    needed = np.minimum(ceiling_db - peaks, 0.0)
    slope = RELEASE_DB * np.arange(len(needed))
    released = np.minimum(np.minimum.accumulate(needed - slope) + slope, 0.0)
    # One more on both sides: the line between two gains must clear the peaks between them.
    half = LOOK_AHEAD // 2 + 1
    around = np.lib.stride_tricks.sliding_window_view(np.pad(released, half, mode="edge"), 2 * half + 1)
    return _smooth(around.min(axis=1), LOOK_AHEAD)


def true_peaks(sound: Sound) -> Blocks:
    """Return the true peak in dBTP of each millisecond of a sound of shape (n, 2)."""
    count = -(-len(sound) // BLOCK)
    highest = np.zeros(count * BLOCK, np.float32)
    for channel in sound.T:
        padded = np.pad(channel, TAPS)
        for start in range(0, len(channel), PIECE):
            stop = min(start + PIECE, len(channel))
            around, found = padded[start : stop + 2 * TAPS], highest[start:stop]
            for phase in range(OVERSAMPLING):
                between = np.convolve(around, _between(phase / OVERSAMPLING), "same") if phase else around
                np.maximum(found, np.abs(between[TAPS:-TAPS]), out=found)
    return decibels(np.square(highest.reshape(count, BLOCK).max(axis=1), dtype=np.float64))


def turn(sound: Sound, gains_db: Blocks) -> Sound:
    """Turn a sound, shape (n,) or (n, 2), in place by gains of milliseconds (dB), straight between their middles."""
    middles, factors = (np.arange(len(gains_db)) + 0.5) * BLOCK, 10 ** (gains_db / 20)
    for start in range(0, len(sound), PIECE):
        piece = sound[start : start + PIECE]
        gain = np.interp(np.arange(start, start + len(piece)), middles, factors).astype(np.float32)
        piece *= gain if piece.ndim == 1 else gain[:, None]
    return sound


def _between(share: float) -> NDArray[np.float32]:
    """Return the filter that reads a sound that part of a sample later."""
    time = np.arange(TAPS) - TAPS // 2 + 1 - share
    window = np.cos(np.pi * time / (TAPS + 1)) ** 2
    taps = (np.sinc(time) * window)[::-1]
    return np.asarray(taps / taps.sum(), np.float32)


def _smooth(values: Blocks, milliseconds: int) -> Blocks:
    """Return the mean around each millisecond; the ends go on as they are."""
    before = milliseconds // 2
    padded = np.pad(values, (before, milliseconds - 1 - before), mode="edge")
    return np.convolve(padded, np.full(milliseconds, 1 / milliseconds), "valid")


def _reaches(where: NDArray[np.bool_], milliseconds: int) -> NDArray[np.bool_]:
    """Return where something true is no further away than so many milliseconds."""
    reach = np.ones(2 * milliseconds + 1, np.float32)
    return np.convolve(np.pad(where.astype(np.float32), milliseconds), reach, "valid") > 0.5
