"""Small sounds under cuts and titles, made by numpy: soft, hardly pitched beside the music, and always the same."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from media.pcm import SAMPLE_RATE, Sound

EffectName = Literal["whoosh", "pop"]
EFFECTS: tuple[EffectName, ...] = get_args(EffectName)
"""The names of the effects."""
PEAK = 10 ** (-6 / 20)
FRAME = 1024
"""Samples of the overlapping pieces in which noise is coloured; each piece has its own colour."""


def write_effect(name: EffectName, path: Path) -> None:
    """Write an effect as a 48 kHz stereo 16-bit WAV; equal names give equal bytes. Raises OSError."""
    sound = DRAWN[name]()
    data = np.round(sound / np.abs(sound).max() * (PEAK * 32767)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(data.tobytes())


def whoosh() -> Sound:
    """Air that passes by, 0.5 s: noise whose colour climbs and falls, loudest in its middle, from left to right."""
    time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    arc = np.sin(np.pi * time / 0.5)
    air = _coloured_noise(500 + 2200 * arc**2, 1.3, seed=3)
    aside = 0.35 * np.cos(np.pi * time / 0.5)
    sides = np.sqrt(0.5 + np.stack([aside, -aside], axis=1))
    return np.asarray(air * sides * (arc**3)[:, None], np.float32)


def pop() -> Sound:
    """Open a hook, 0.15 s: a soft low knock whose pitch falls, over before the first word is."""
    time = np.arange(round(0.15 * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * (110 * time + 150 * 0.02 * (1 - np.exp(-time / 0.02)))  # from 260 down to 110 Hz
    knock = np.sin(phase) * np.exp(-time / 0.035) * np.minimum(time / 0.012, 1) ** 3
    end = np.clip((time[-1] - time) / 0.02, 0, 1)
    return np.asarray(np.repeat((knock * end)[:, None], 2, axis=1), np.float32)


DRAWN: dict[EffectName, Callable[[], Sound]] = {"whoosh": whoosh, "pop": pop}


def _coloured_noise(hertz: NDArray[np.float64], octaves: float, seed: int) -> Sound:
    """Return stereo noise, shape (n, 2), that lies around `hertz` of each sample, so many octaves wide; RMS 1."""
    length, hop = len(hertz), FRAME // 2
    noise = np.random.default_rng(seed).standard_normal((length + 2 * FRAME, 2))
    result = np.zeros_like(noise)
    window = np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME)[:, None]
    bins = np.maximum(np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE), 1)
    for start in range(0, length + FRAME, hop):
        centre = hertz[min(max(start - hop, 0), length - 1)]
        colour = np.exp(-0.5 * (np.log2(bins / centre) / (octaves / 2)) ** 2)
        colour /= np.sqrt(np.mean(colour**2))
        piece = np.fft.rfft(noise[start : start + FRAME] * window, axis=0) * colour[:, None]
        result[start : start + FRAME] += np.fft.irfft(piece, FRAME, axis=0) * window
    return np.asarray(result[FRAME : FRAME + length], np.float32)
