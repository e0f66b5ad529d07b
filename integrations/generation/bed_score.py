"""What a music bed plays: key, tempo, chords and notes for each mood, decided from a seed.

The notes end with the home chord and time for it to ring out, whatever length is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.models import Mood

Layer = Literal["pad", "pluck", "bell", "bass", "kick", "tom", "shaker"]
Mode = Literal["major", "minor", "dorian"]
Pattern = tuple[int | None, ...]
"""One bar in eighths: which tone of the chord, counted upwards from the lowest, or None for a rest."""

SCALES: dict[Mode, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
}
NAMES = ("C", "D flat", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
BEATS = 4
TAIL_SECONDS = 2.6
"""Least time for the last chord to ring."""
SLOWER = 1.06
"""How much slower than its mood's tempo a bed may be, so that its last bar ends where the last chord must begin."""


@dataclass(frozen=True)
class Style:
    """How a mood is played. Chords are degrees of the scale; drums are eighths of a bar.

    `tempo` is the range of beats per minute; the ranges of two moods do not meet, not even slowed down.
    """

    tempo: tuple[float, float]
    mode: Mode
    keys: tuple[int, ...]
    progressions: tuple[tuple[int, ...], ...]
    cadence: int
    lead: Layer
    patterns: tuple[Pattern, ...]
    bass: tuple[float, ...]
    colour: bool = False
    kicks: tuple[int, ...] = ()
    toms: tuple[int, ...] = ()
    shakers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Note:
    """One note: when it begins and how long it is held, in seconds, its MIDI pitch and its strength, 0 to 1."""

    layer: Layer
    start: float
    length: float
    pitch: int
    strength: float


@dataclass(frozen=True)
class Score:
    """All notes of a bed of `seconds`, its beats per minute, and its key, such as "E dorian"."""

    seconds: float
    tempo: float
    key: str
    notes: tuple[Note, ...]


_: None = None
STYLES: dict[Mood, Style] = {
    "bright": Style(
        (104, 112), "major", (0, 2, 5, 7, 9), ((1, 5, 6, 4), (1, 4, 6, 5), (1, 6, 4, 5), (4, 1, 5, 6)), 5, "pluck",
        ((0, 2, 1, 2, 3, 2, 1, 2), (0, _, 2, 1, 3, _, 2, 1), (3, 2, 1, 2, 0, 2, 1, _)), (0, 2), colour=True,
        kicks=(0, 4), shakers=(2, 6),
    ),
    "mysterious": Style(
        (70, 75), "dorian", (0, 2, 4, 9, 11), ((1, 4, 1, 7), (1, 3, 4, 1), (1, 7, 4, 1), (1, 4, 5, 4)), 4, "bell",
        ((0, _, _, 2, _, _, 4, _), (3, _, 1, _, _, 2, _, _), (4, _, _, 3, _, 1, _, _)), (0,),
    ),
    "cosy": Style(
        (80, 85), "major", (0, 3, 5, 8, 10), ((1, 6, 2, 5), (1, 4, 6, 5), (4, 1, 2, 5), (1, 3, 4, 5)), 5, "pluck",
        ((0, 2, 3, 2, 1, 2, 3, _), (0, _, 2, 3, _, 2, 1, _), (1, 2, 3, _, 0, 2, 3, 2)), (0, 2.5), colour=True,
        shakers=(2, 6),
    ),
    "epic": Style(
        (90.5, 96), "minor", (0, 2, 4, 7, 9), ((1, 6, 3, 7), (1, 7, 6, 7), (6, 7, 1, 3), (1, 3, 7, 6)), 7, "pluck",
        ((0, 1, 2, 1, 3, 1, 2, 1), (0, 2, 3, 2, 4, 2, 3, 2), (0, 0, 2, 0, 3, 0, 2, 0)), (0, 1, 2, 3), kicks=(0,),
        toms=(3, 5, 6),
    ),
    "serene": Style(
        (60, 66), "major", (0, 2, 5, 7, 10), ((1, 4, 1, 5), (1, 4, 6, 4), (1, 3, 4, 1), (4, 1, 6, 5)), 4, "bell",
        ((0, _, 2, _, 3, _, 2, _), (0, _, _, 2, _, _, 4, _), (2, _, 3, _, _, 1, _, _)), (0,), colour=True,
    ),
    "lively": Style(
        (119, 125), "major", (0, 2, 4, 7, 9), ((1, 5, 2, 4), (1, 4, 2, 5), (1, 6, 2, 5), (1, 4, 5, 4)), 5, "pluck",
        ((0, 2, _, 3, _, 2, 4, _), (0, _, 3, 2, _, 3, _, 2), (3, _, 2, 0, _, 2, 3, _)), (0, 1.5, 2, 3.5),
        kicks=(0, 2, 4, 6), shakers=(1, 3, 5, 7),
    ),
}  # fmt: skip


def compose(mood: Mood, seconds: float, seed: int) -> Score:
    """Write a bed of exactly `seconds`; equal arguments give the same notes."""
    style = STYLES[mood]
    chance = np.random.default_rng([seed % 2**32, sorted(STYLES).index(mood)])
    tempo = float(chance.uniform(*style.tempo))
    tonic = int(chance.choice(style.keys))
    progression = style.progressions[int(chance.integers(len(style.progressions)))]
    order = chance.permutation(len(style.patterns))
    patterns = [style.patterns[int(place)] for place in order]

    bar = BEATS * 60 / tempo
    bars = max(0, int((seconds - TAIL_SECONDS) / bar))
    if bars:
        bar = min(bar * SLOWER, (seconds - TAIL_SECONDS) / bars)
    notes: list[Note] = []
    for number in range(bars):
        closing = number == bars - 1
        degree = style.cadence if closing else progression[number % len(progression)]
        pattern = patterns[1 if number % 4 == 3 else 0] if number % 8 < 4 else patterns[2 if number % 4 == 3 else 1]
        chord = _chord(style, tonic, degree)
        notes += _bar(style, chord, pattern, number * bar, bar, number, closing, chance)
    notes += _ending(style, _chord(style, tonic, 1), bars * bar, seconds)
    return Score(seconds, round(BEATS * 60 / bar, 1), f"{NAMES[tonic]} {style.mode}", tuple(notes))


def _chord(style: Style, tonic: int, degree: int) -> tuple[int, ...]:
    """Return the pitch classes of a chord, root first; its colour is a ninth or a seventh that rubs on nothing."""
    scale = SCALES[style.mode]

    def tone(step: int) -> int:
        return (tonic + scale[(degree - 1 + step) % 7]) % 12

    chord = (tone(0), tone(2), tone(4))
    if style.colour:
        for extra in (tone(1), tone(6)):
            if all((extra - own) % 12 not in (1, 11) for own in chord):
                return (*chord, extra)
    return chord


def _placed(chord: tuple[int, ...], lowest: int) -> list[int]:
    """Put each tone of a chord into the octave above `lowest`, rising."""
    return sorted(lowest + (tone - lowest) % 12 for tone in chord)


def _bar(
    style: Style, chord: tuple[int, ...], pattern: Pattern, start: float, bar: float, number: int, closing: bool,
    chance: np.random.Generator,
) -> list[Note]:  # fmt: skip
    eighth = bar / 8
    notes = [Note("pad", start, bar, pitch, 0.8) for pitch in _placed(chord, 53)]
    root = 36 + (chord[0] - 36) % 12
    beats = style.bass[:1] if closing else style.bass
    ends = [*beats[1:], float(BEATS)]
    for beat, end in zip(beats, ends, strict=True):
        notes.append(Note("bass", start + beat * bar / BEATS, (end - beat) * bar / BEATS * 0.95, root, 0.9))
    lead = _placed(chord[:3], 65)
    lead += [pitch + 12 for pitch in lead]
    for place, tone in enumerate(pattern):
        strength = float((0.95 if place % 4 == 0 else 0.7) * chance.uniform(0.85, 1.0))
        if tone is not None and not (closing and place > 5):
            notes.append(Note(style.lead, start + place * eighth, bar / 2, lead[tone], strength))
    drums: tuple[tuple[Layer, tuple[int, ...]], ...] = (
        ("kick", style.kicks), ("tom", style.toms), ("shaker", style.shakers if number else ())
    )  # fmt: skip
    for layer, places in drums:
        for place in places:
            if not (closing and place > 3):
                strength = float(chance.uniform(0.75, 1.0))
                notes.append(Note(layer, start + place * eighth, eighth, 45 if place % 2 else 41, strength))
    return notes


def _ending(style: Style, home: tuple[int, ...], start: float, seconds: float) -> list[Note]:
    """Strike the home chord, broken upwards, and let it ring to the end."""
    length = seconds - start
    triad = home[:3]
    notes = [Note("pad", start, length, pitch, 0.8) for pitch in _placed(triad, 53)]
    notes.append(Note("bass", start, length, 36 + (home[0] - 36) % 12, 0.9))
    lead = _placed(triad, 65)
    for place, pitch in enumerate([*lead, 65 + (home[0] - 65) % 12 + 12]):
        if place * 0.12 < length / 2:
            notes.append(Note(style.lead, start + place * 0.12, length, pitch, 0.8))
    if style.kicks and length > 1:
        notes.append(Note("kick", start, 0.3, 41, 0.9))
    return notes
