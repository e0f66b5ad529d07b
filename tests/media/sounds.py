"""Sounds for tests, made here: syllables, tones, and a reel that says them."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.timeline import CaptionStyle, Framing, MusicBed, Shot, SoundEffect, SpeechClip, Timeline

RATE = 48_000
TONE = 1000  # Hz of the music; the voices leave this band free
EFFECT_TONE = 6000  # Hz of effects
MIDDLE = Framing(x=0.5, y=0.5, zoom=1)

Samples = NDArray[np.float64]


def write_wav(path: Path, rate: int, samples: Samples) -> Path:
    """Write samples of shape (n,) or (n, channels) as 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return path


def read(path: Path) -> Samples:
    """Return the samples of a 48 kHz stereo WAV, shape (n, 2)."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, RATE, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768


def voice(seconds: float, rate: int = 22050, seed: int = 1, level: float = 0.25) -> Samples:
    """Syllables: noise and a low harmonic tone, opened four times a second, with nothing near TONE."""
    time = np.arange(round(seconds * rate)) / rate
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(time)))
    hertz = np.fft.rfftfreq(len(time), 1 / rate)
    spectrum[(hertz < 150) | (hertz > 4000) | ((hertz > 600) & (hertz < 1700))] = 0
    noise = np.fft.irfft(spectrum, len(time))
    syllables = 0.15 + 0.85 * np.abs(np.sin(2 * np.pi * 2 * time)) ** 1.5
    return level * syllables * (noise / noise.std() * 0.5 + np.sin(2 * np.pi * 180 * time) * 0.7)


def tone(seconds: float, hertz: float = TONE, rate: int = RATE, level: float = 0.4) -> Samples:
    """A sine, shape (n,)."""
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def reel(
    speech: tuple[SpeechClip, ...], frames: int, music: MusicBed | None = None, effects: tuple[SoundEffect, ...] = ()
) -> Timeline:
    """A reel of one picture that nobody looks at."""
    return Timeline(
        frames=frames,
        language="en",
        shots=(Shot(picture="p", start=0, frames=frames, begin=MIDDLE, end=MIDDLE),),
        pages=(),
        caption_style=CaptionStyle(accent="#ffcc00"),
        timing="voice",
        speech=speech,
        music=music,
        effects=effects,
    )


def power(sound: Samples, start: float, end: float, hertz: float = TONE) -> float:
    """Return the power in dB of a stretch of the left side (seconds) around a frequency."""
    part = sound[round(start * RATE) : round(end * RATE), 0]
    window = np.hanning(len(part))
    spectrum = np.abs(np.fft.rfft(part * window)) ** 2
    near = np.abs(np.fft.rfftfreq(len(part), 1 / RATE) - hertz) < 30
    return float(10 * np.log10(2 * spectrum[near].sum() / len(part) / (window**2).sum() + 1e-15))


def decibels(sound: Samples) -> float:
    """Return the mean power of samples in dB."""
    return float(10 * np.log10(np.mean(np.square(sound)) + 1e-15))


def true_peak_by_hand(sound: Samples) -> float:
    """Return the highest level between the samples, in dBTP, from an exact eightfold oversampling."""
    spectrum = np.fft.rfft(sound, axis=0)
    return float(20 * np.log10(np.abs(np.fft.irfft(spectrum, 8 * len(sound), axis=0)).max() * 8))
