"""How a music bed sounds: soft instruments, a room around them, and a dip where voices live.

Everything is computed with numpy from the notes of a score, without samples and without chance.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.models import Mood
from integrations.generation.bed_instruments import DETUNE, RATE, VOICES, Mono, pad_tone, soft_saw
from integrations.generation.bed_score import Layer, Score

LEVEL = 10 ** (-22.4 / 20)
"""RMS of the whole bed, of full scale: -20 LUFS, measured alike for all moods. The mix sets it under the voice."""
PEAK = 10 ** (-2 / 20)

Stereo = NDArray[np.float32]
"""Shape (2, samples)."""

MIX: dict[Mood, dict[Layer, float]] = {
    "bright": {"pad": 0.36, "pluck": 0.56, "bass": 0.26, "kick": 0.22, "shaker": 0.16},
    "mysterious": {"pad": 0.46, "bell": 0.46, "bass": 0.30},
    "cosy": {"pad": 0.38, "pluck": 0.58, "bass": 0.26, "shaker": 0.10},
    "epic": {"pad": 0.54, "pluck": 0.42, "bass": 0.28, "kick": 0.44, "tom": 0.36},
    "serene": {"pad": 0.50, "bell": 0.44, "bass": 0.24},
    "lively": {"pad": 0.30, "pluck": 0.60, "bass": 0.28, "kick": 0.30, "shaker": 0.20},
}
SOFTNESS: dict[Mood, float] = {
    "bright": 9.0, "mysterious": 4.5, "cosy": 5.0, "epic": 10.0, "serene": 4.5, "lively": 8.0,
}  # fmt: skip
"""How many harmonics of the pad are heard before they fade; fewer is darker."""
ROOM: dict[Mood, float] = {
    "bright": 0.22, "mysterious": 0.45, "cosy": 0.22, "epic": 0.34, "serene": 0.48, "lively": 0.18,
}  # fmt: skip
"""How much of the room is heard beside the instruments."""


def play(score: Score, mood: Mood) -> Stereo:
    """Play a score; the result has its exact length, begins and ends at zero, and never clips."""
    length = round(score.seconds * RATE)
    dry = np.zeros((2, length), np.float32)
    wet = np.zeros((2, length), np.float32)
    table = soft_saw(SOFTNESS[mood])
    for number, note in enumerate(score.notes):
        gain = MIX[mood].get(note.layer, 0.0) * note.strength
        if note.layer == "pad":
            for side in (0, 1):
                _add(dry[side], pad_tone(note, table, DETUNE[side]) * np.float32(gain * 0.5), note.start)
        else:
            sound = VOICES[note.layer](note)
            left, right = _places(note.layer, number)
            _add(dry[0], sound * np.float32(gain * left), note.start)
            _add(dry[1], sound * np.float32(gain * right), note.start)
            if note.layer in ("pluck", "bell"):
                _echo(wet, sound * np.float32(gain), note.start, 45 / score.tempo)
    return _finished(_in_room(dry, wet, ROOM[mood]), score.seconds)


def _add(bus: Mono, sound: Mono, start: float) -> None:
    first = round(start * RATE)
    part = sound[: max(0, len(bus) - first)]
    bus[first : first + len(part)] += part


def _places(layer: Layer, number: int) -> tuple[float, float]:
    """Return the gains left and right: the lead wanders a little, the low end stays in the middle."""
    if layer in ("pluck", "bell"):
        turn = 0.25 * (1 if number % 2 else -1)
        return 0.7 - turn * 0.7, 0.7 + turn * 0.7
    if layer == "shaker":
        return 0.5, 0.8
    return 0.7, 0.7


def _echo(bus: Stereo, sound: Mono, start: float, delay: float) -> None:
    """Add three echoes, a dotted eighth apart, from side to side."""
    for count, gain in enumerate((0.32, 0.2, 0.11)):
        _add(bus[count % 2], sound * np.float32(gain), start + (count + 1) * delay)


def _in_room(dry: Stereo, wet: Stereo, amount: float) -> Stereo:
    """Add the room to both busses and shape the whole, in one pass through the frequencies."""
    length = dry.shape[1]
    room = _room()
    size = _fast_size(length + room.shape[1])
    hertz = np.fft.rfftfreq(size, 1 / RATE).astype(np.float64)
    tone = _tone(hertz)
    result = np.empty_like(dry)
    for side in (0, 1):
        source = np.fft.rfft(dry[side] + wet[side], size)
        reverb = np.fft.rfft(room[side], size)
        result[side] = np.fft.irfft(source * (1 + amount * reverb) * tone, size)[:length]
    return result


def _fast_size(least: int) -> int:
    """Return the next size that the FFT is quick with."""
    return min(m << k for m in (1, 3, 5, 9, 15) for k in range(28) if m * 2**k >= least and k > 0)


@lru_cache(maxsize=1)
def _room() -> Stereo:
    """Return the answer of a soft room, 1.6 s long, different on each side; highs die first."""
    count = int(1.6 * RATE)
    time = np.arange(count) / RATE
    noise = np.random.default_rng(11).standard_normal((2, count))
    dark = np.apply_along_axis(lambda row: np.convolve(row, np.hanning(24) / 12, "same"), 1, noise)
    answer = (noise * 0.3 * np.exp(-time / 0.12) + dark * np.exp(-time / 0.34)) * np.minimum(1, time / 0.02)
    return np.asarray(answer / np.sqrt((answer**2).sum(axis=1, keepdims=True)), np.float32)


def _tone(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gain at each frequency: 6 dB less around 2 kHz, nothing below 35 Hz, soft above 9 kHz."""
    octaves = np.log2(np.maximum(hertz, 1) / 2000)
    dip = 10 ** (-6 / 20 * np.exp(-((octaves / 1.1) ** 2)))
    low = 1 / np.sqrt(1 + (35 / np.maximum(hertz, 1e-3)) ** 4)
    high = 1 / np.sqrt(1 + (hertz / 9000) ** 4)
    return np.asarray(dip * low * high)


def _finished(bed: Stereo, seconds: float) -> Stereo:
    """Even out the level, tame the peaks and fade both ends to zero."""
    length = bed.shape[1]
    rise, fall = min(round(0.02 * RATE), length // 4), min(round(2.4 * RATE), round(seconds * RATE / 2))
    bed[:, :rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    bed[:, length - fall :] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    bed *= np.float32(LEVEL / float(np.sqrt(np.mean(np.square(bed, dtype=np.float64)))))
    knee = PEAK * 0.6
    loud = np.abs(bed) > knee
    # Above the knee the curve bends towards the peak and never passes it.
    bent = knee + (PEAK - knee) * np.tanh((np.abs(bed[loud]) - knee) / (PEAK - knee))
    bed[loud] = np.sign(bed[loud]) * bent
    return bed
