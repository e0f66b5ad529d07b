"""Checks of what is heard: format, silence, loudness, peaks, clipping."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from media.findings import RENDER_AGAIN, Finding, finding
from media.playback import Playback
from media.probe import AudioInfo, VideoInfo
from media.sound import SAMPLE_RATE, TARGET_LUFS

LOUDNESS_SLACK_LU = 0.5
HIGHEST_PEAK_DB = -1.0
LENGTH_SLACK = 0.1
"""Seconds by which sound and picture may differ; AAC packets alone are 0.02 s."""
FULL_SCALE, CLIPPED_RUN = 32_700, 3
"""A sound is clipped where this many samples in a row lie at the end of the range: a peak that only touches it does
so with one or two."""


def check_sound_format(audio: AudioInfo, video: VideoInfo | None) -> Iterator[Finding]:
    """Compare the sound track with what every network takes, and its length with the picture's."""
    if (audio.codec, audio.profile) != ("aac", "LC"):
        yield finding("sound-codec", f"{audio.codec} {audio.profile}, expected aac LC".strip(), RENDER_AGAIN)
    if (audio.sample_rate, audio.channels) != (SAMPLE_RATE, 2):
        yield finding(
            "sound-format",
            f"{audio.sample_rate} Hz, {audio.channels} channels; expected {SAMPLE_RATE} Hz, 2 channels",
            RENDER_AGAIN,
        )
    if video is not None and abs(audio.seconds - video.seconds) > LENGTH_SLACK:
        yield finding("sound-length", f"sound {audio.seconds:.2f} s, picture {video.seconds:.2f} s", RENDER_AGAIN)


def check_sound(played: Playback) -> Iterator[Finding]:
    """Say what is wrong with the sound that was played."""
    if played.silent:
        longest = max(played.silent, key=lambda span: span.seconds)
        yield finding(
            "silence", f"{longest.seconds:.1f} s silent from {longest.start:.1f} s on", "Listen to the lines around it."
        )
    if places := clipped(played.sound):
        yield finding(
            "clipping",
            f"{places} places at full scale",
            "Listen to the voice and the music: one of them was recorded or made too loud.",
        )
    if played.loudness is None:
        return
    integrated, peak = played.loudness.integrated_lufs, played.loudness.true_peak_db
    if abs(integrated - TARGET_LUFS) > LOUDNESS_SLACK_LU + 0.001:
        yield finding(
            "loudness",
            f"{integrated:.1f} LUFS, expected {TARGET_LUFS:g} LUFS within {LOUDNESS_SLACK_LU} LU",
            "Listen to the voice: one that is very short or very uneven cannot be brought to level.",
        )
    if peak > HIGHEST_PEAK_DB:
        yield finding("true-peak", f"{peak:.1f} dBTP, at most {HIGHEST_PEAK_DB:g} dBTP", RENDER_AGAIN)


def clipped(sound: NDArray[np.int16]) -> int:
    """Count the places where several samples in a row of one channel lie at full scale; `sound` is (samples, 2)."""
    full = (sound >= FULL_SCALE) | (sound <= -FULL_SCALE)
    if not full.any():
        return 0
    runs = np.lib.stride_tricks.sliding_window_view(full, CLIPPED_RUN, axis=0).all(axis=2)
    return int((np.diff(runs.astype(np.int8), axis=0, prepend=0) == 1).sum())
