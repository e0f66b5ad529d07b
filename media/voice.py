"""A reel's voice: every spoken file made usable, all at one level, each line at its sample."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from core.errors import BadMedia
from media.levels import decibels, loudness, powers
from media.pcm import SAMPLE_RATE, Sound, Source, decode
from media.timeline import Sha, SpeechClip

RUMBLE_HZ = 80.0
"""No voice has anything below; tables, winds and a constant offset do."""
SHORTEST, LONGEST = 0.05, 300.0
"""Seconds of a spoken file: no word is shorter, no reel is longer."""
SILENT_DB = -60.0
"""A line whose highest sample stays below this was not spoken."""
CANCELLING_DB = -10.0
"""When both sides together are this much weaker than the stronger one, they cancel out, and that side is the voice."""
EDGE = SAMPLE_RATE // 100
"""Samples over which a line fades in and out, so that what was cut off does not click."""
LEVELLING_DB = 6.0
"""No line is moved further than this from what the others are moved by, so that a whisper stays one."""
QUIET_DB = 40.0
"""What lies this far under the loud parts of a line is silence."""
MAKE_AGAIN = "Make the line again, with another voice if need be, then rerun from the voice step."


def voice_source(path: Path, sha: Sha) -> Source:
    """Return how a spoken file is read: a little more than the longest, so that a longer one is noticed."""
    return Source(path, line_name(sha), LONGEST + 1, high_pass=RUMBLE_HZ)


def line_name(sha: Sha) -> str:
    """Return what messages call a spoken file."""
    return f"The spoken line {sha[:12]}"


def spoken(sound: Sound, name: str) -> Sound:
    """Make one voice, shape (n,), of a file's samples, shape (n, 2).

    Raises BadMedia when it is silent, shorter than 0.05 s or longer than 300 s. A clipped one is taken as it is.
    """
    seconds = len(sound) / SAMPLE_RATE
    if seconds > LONGEST:
        raise BadMedia(
            f"{name} lasts longer than {LONGEST:.0f} s.", remedy="Cut it into the lines of the script, then rerun."
        )
    if seconds < SHORTEST:
        raise BadMedia(f"{name} lasts only {seconds * 1000:.1f} ms, too short for a word.", remedy=MAKE_AGAIN)
    voice = _one_voice(sound)
    if decibels(np.square(np.abs(voice).max())) < SILENT_DB:
        raise BadMedia(f"{name} is silent.", remedy=MAKE_AGAIN)
    fade = np.linspace(0, 1, EDGE, dtype=np.float32)
    voice[:EDGE] *= fade
    voice[-EDGE:] *= fade[::-1]
    return voice


def lay_lines(clips: Sequence[SpeechClip], voices: Mapping[Sha, Sound], level_lufs: float, length: int) -> Sound:
    """Return the voice of a reel of `length` samples, shape (n,): every line at its start, levelled.

    What reaches beyond the end is cut off.
    """
    wanted = {sha: level_lufs - loudness(voice) for sha, voice in voices.items()}
    usual = statistics.median(wanted.values())
    track = np.zeros(length, np.float32)
    for clip in clips:
        gain = min(max(wanted[clip.audio], usual - LEVELLING_DB), usual + LEVELLING_DB)
        put(track, voices[clip.audio] * np.float32(10 ** (gain / 20)), clip.start)
    return track


def put(track: Sound, sound: Sound, start: float) -> None:
    """Add a sound to a track of the same shape from the second `start` on, as far as it fits."""
    first = round(start * SAMPLE_RATE)
    part = sound[: max(len(track) - first, 0)]
    track[first : first + len(part)] += part


def quiet_ends(path: Path, *, ffmpeg: Path, time_limit: float) -> tuple[float, float]:
    """Return the seconds of silence at the head and at the tail of a spoken file.

    Silence is what lies 40 dB under the loud parts. Raises BadMedia as the mix does, and MediaError.
    """
    source = voice_source(path, path.stem)
    with tempfile.TemporaryDirectory(prefix="reelwright-line-") as folder:
        sound = decode({"line": source}, Path(folder), ffmpeg=ffmpeg, time_limit=time_limit)["line"]
    voice = spoken(sound, source.name)
    levels = decibels(powers(voice))
    heard = np.flatnonzero(levels > np.quantile(levels, 0.9) - QUIET_DB)
    head, tail = int(heard[0]), len(levels) - 1 - int(heard[-1])
    return head / 1000, tail / 1000


def _one_voice(sound: Sound) -> Sound:
    """Return the middle of a stereo sound, or its stronger side where the two cancel out."""
    middle = np.asarray(sound.mean(axis=1), np.float32)
    side = int(np.square(sound, dtype=np.float64).sum(axis=0).argmax())
    stronger = sound[:, side].copy()
    kept = decibels(powers(middle).mean()) - decibels(powers(stronger).mean())
    return middle if kept > CANCELLING_DB else stronger
