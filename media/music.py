"""Music and effects under a voice: music filled up to a reel's length without a click, both at their levels."""

from __future__ import annotations

import numpy as np

from core.errors import BadMedia
from media.levels import loudest_moment, loudness
from media.loudness import SILENCE_LUFS
from media.pcm import SAMPLE_RATE, Sound

SHORTEST = 1.0
"""Seconds of music: less, said over and over, is a buzz."""
SEAM = 1440
"""Samples (30 ms) over which the end of music that is looped is faded into its start, where the two do not meet."""
FADE_IN, FADE_OUT = 0.05, 0.6
"""Seconds."""


def music_track(music: Sound, level_lufs: float, length: int) -> Sound:
    """Return music of shape (n, 2) filled up or cut to `length` samples, at a loudness, its ends faded.

    Silent music stays silent. Raises BadMedia when it is shorter than a second.
    """
    if len(music) < SHORTEST * SAMPLE_RATE:
        raise BadMedia(
            f"The music lasts only {len(music) / SAMPLE_RATE:.2f} s.",
            remedy="Hand over at least a second of music, or none, then rerun from the render step.",
        )
    track = filled(music, length)
    heard = loudness(track)
    if heard <= SILENCE_LUFS:
        return np.zeros_like(track)
    track *= np.float32(10 ** ((level_lufs - heard) / 20))
    _fade(track, FADE_IN, FADE_OUT)
    return track


def filled(music: Sound, length: int) -> Sound:
    """Return `length` samples of music, played over and over where it is shorter. Its loop has no step.

    Music whose end meets its start is repeated sample by sample, so that its bars stay in time. Of any other, the
    last 30 ms are faded into the first.
    """
    if len(music) >= length:
        return music[:length].copy()
    if _end_meets_start(music):
        return np.resize(music, (length, 2))
    turn = np.linspace(0, np.pi / 2, SEAM, dtype=np.float32)[:, None]
    seam = music[:SEAM] * np.sin(turn) + music[-SEAM:] * np.cos(turn)
    track = np.resize(np.concatenate([seam, music[SEAM:-SEAM]]), (length, 2))
    track[:SEAM] = music[:SEAM]
    return track


def levelled_effect(effect: Sound, level_lufs: float) -> Sound:
    """Return a short sound, shape (n, 2), whose loudest 0.4 s have a loudness. Silence stays silent."""
    heard = loudest_moment(effect)
    if heard <= SILENCE_LUFS:
        return np.zeros_like(effect)
    return effect * np.float32(10 ** ((level_lufs - heard) / 20))


def _end_meets_start(music: Sound) -> bool:
    """Say whether the step from the last sample to the first is no larger than those around it."""
    around = np.concatenate([music[-SEAM:], music[:SEAM]])
    steps = np.abs(np.diff(around, axis=0)).max(axis=1)
    return bool(steps[SEAM - 1] <= np.delete(steps, SEAM - 1).max())


def _fade(track: Sound, fade_in: float, fade_out: float) -> None:
    rise = min(round(fade_in * SAMPLE_RATE), len(track) // 2)
    fall = min(round(fade_out * SAMPLE_RATE), len(track))
    track[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)[:, None]
    track[len(track) - fall :] *= np.linspace(1, 0, fall, dtype=np.float32)[:, None]
