"""The instruments of a music bed: soft, low-passed tones computed with numpy, without samples and without chance."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from integrations.generation.bed_score import Layer, Note

RATE = 48_000

Mono = NDArray[np.float32]

_TABLE = 4096
DETUNE = (-0.045, 0.03)
"""Semitones that the left and right pad are off: they beat slowly, as a section of players does."""


def _hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


@lru_cache(maxsize=8)
def soft_saw(softness: float) -> Mono:
    """Return one period of a saw whose harmonics fade softly."""
    phase = np.arange(_TABLE) * (2 * np.pi / _TABLE)
    wave = sum(np.sin(phase * h + 0.7 * h * h) / h * np.exp(-((h - 1) / softness)) for h in range(1, 25))
    return np.asarray(wave / np.abs(wave).max(), np.float32)


def pad_tone(note: Note, table: Mono, detune: float) -> Mono:
    """Play a held tone that swells in and lingers into the next chord."""
    attack, release = min(0.3, note.length / 3), 0.7
    count = int((note.length + release) * RATE)
    step = _hertz(note.pitch + detune) * _TABLE / RATE
    begin = (note.pitch * 977 + (1500 if detune > 0 else 0)) % _TABLE
    sound = table[(np.arange(count) * step + begin).astype(np.int64) & (_TABLE - 1)]
    envelope = np.ones(count, np.float32)
    rise, fall = round(attack * RATE), round(release * RATE)
    envelope[:rise] = np.sin(np.linspace(0, np.pi / 2, rise)) ** 2
    envelope[count - fall :] = np.cos(np.linspace(0, np.pi / 2, fall)) ** 2
    return np.asarray(sound * envelope, np.float32)


def _decaying(pitch: int, partials: tuple[tuple[float, float, float], ...], seconds: float) -> Mono:
    """Sum sines given as (multiple, gain, seconds to fall to 1/e), with a soft start and no click at the end."""
    time = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros(len(time))
    for multiple, gain, decay in partials:
        hertz = _hertz(pitch) * multiple
        if hertz < RATE * 0.4:
            sound += gain * np.sin(2 * np.pi * hertz * time) * np.exp(-time / decay)
    sound *= np.minimum(1, time / 0.006)
    sound *= np.minimum(1, (seconds - time) / 0.1)
    return sound.astype(np.float32)


@lru_cache(maxsize=64)
def _pluck_tone(pitch: int) -> Mono:
    bright = 68 / pitch
    partials = (
        (1, 1.0, 0.42),
        (2, 0.6, 0.3),
        (3, 0.4, 0.2),
        (4, 0.3, 0.14),
        (5, 0.24, 0.1),
        (7, 0.2, 0.06),
        (9, 0.14, 0.04),
    )
    return _decaying(pitch, tuple((m, gain * bright ** (m - 1), decay) for m, gain, decay in partials), 1.6)


@lru_cache(maxsize=64)
def _bell_tone(pitch: int) -> Mono:
    return _decaying(pitch, ((1, 1, 0.9), (2, 0.35, 0.6), (3.01, 0.25, 0.3), (5.4, 0.16, 0.14), (8.2, 0.1, 0.08)), 3.0)


@lru_cache(maxsize=64)
def _bass_tone(pitch: int, length: float) -> Mono:
    """Hold a round low tone; the second and third harmonics let small loudspeakers hint at it."""
    time = np.arange(int((length + 0.15) * RATE)) / RATE
    phase = 2 * np.pi * _hertz(pitch) * time
    sound = np.sin(phase) + 0.35 * np.sin(2 * phase) + 0.12 * np.sin(3 * phase)
    envelope = np.minimum(1, time / 0.02) * np.exp(-time / 2.5) * np.clip((length + 0.15 - time) / 0.15, 0, 1)
    return np.asarray(sound * envelope, np.float32)


@lru_cache(maxsize=8)
def _drum_tone(low: float, high: float, decay: float) -> Mono:
    """Strike a skin: a sine that falls from `high` to `low` hertz."""
    time = np.arange(int(decay * 6 * RATE)) / RATE
    phase = 2 * np.pi * (low * time + (high - low) * 0.03 * (1 - np.exp(-time / 0.03)))
    sound = np.sin(phase) * np.exp(-time / decay) * np.minimum(1, time / 0.003)
    return np.asarray(sound * np.clip((time[-1] - time) / 0.02, 0, 1), np.float32)


@lru_cache(maxsize=1)
def _shaker_tone() -> Mono:
    """Shake once: noise above 6 kHz with a soft start."""
    count = int(0.09 * RATE)
    noise = np.random.default_rng(5).standard_normal(count)
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum *= np.clip((hertz - 5000) / 2500, 0, 1) * np.exp(-np.maximum(0, hertz - 9000) / 4000)
    time = np.arange(count) / RATE
    sound = np.fft.irfft(spectrum, count) * np.minimum(1, time / 0.015) * np.exp(-time / 0.025)
    return np.asarray(sound / np.abs(sound).max() * np.clip((time[-1] - time) / 0.01, 0, 1), np.float32)


VOICES: dict[Layer, Callable[[Note], Mono]] = {
    "pluck": lambda note: _pluck_tone(note.pitch),
    "bell": lambda note: _bell_tone(note.pitch),
    "bass": lambda note: _bass_tone(note.pitch, round(note.length, 4)),
    "kick": lambda note: _drum_tone(46.0, 130.0, 0.11),
    "tom": lambda note: _drum_tone(_hertz(note.pitch) * 0.9, _hertz(note.pitch) * 1.6, 0.16),
    "shaker": lambda note: _shaker_tone(),
}
