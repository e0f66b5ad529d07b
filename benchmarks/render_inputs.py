"""What the benchmark of the renderer renders: six busy stills, a voice, music and a timeline over them.

The stills are procedural, detailed and grainy, which is harder for the encoder than most pictures.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from PIL import Image

from core.models import Word
from media.captions import pages, without_gaps
from media.timeline import (
    FPS,
    CaptionStyle,
    Framing,
    MusicBed,
    Shot,
    SpeechClip,
    Timeline,
    Watermark,
)

STILLS, SHOT_SECONDS, FADE = 6, 5.0, 6
WIDTH, HEIGHT = 1296, 2304
RATE = 48_000
WORD_SECONDS = 0.37
TEXT = "Deep under the quiet ice, small lights drift past like slow snow. Nobody had seen them before this winter."


def make_files(folder: Path) -> dict[str, Path]:
    """Draw the stills and play voice and music; return them by the names the timeline uses."""
    files = {f"still{number}": folder / f"still{number}.jpg" for number in range(STILLS)}
    for number in range(STILLS):
        _still(number).save(files[f"still{number}"], quality=94, subsampling=0)
    files |= {"voice": folder / "voice.wav", "music": folder / "music.wav"}
    _write(files["voice"], _voice(SHOT_SECONDS), 1)
    _write(files["music"], _music(20.0), 2)
    return files


def make_timeline(seconds: float) -> Timeline:
    """Return a reel of whole shots: moving stills, cross-fades, word captions, watermark, voice, ducked music."""
    count = max(1, round(seconds / SHOT_SECONDS))
    frames = round(seconds * FPS)
    length = frames // count
    lengths = [length] * (count - 1) + [frames - length * (count - 1)]
    return Timeline(
        frames=frames,
        language="en",
        shots=tuple(_shot(number, number * length, own) for number, own in enumerate(lengths)),
        pages=without_gaps(pages(_words(seconds)), seconds),
        caption_style=CaptionStyle(accent="#ffcc33"),
        timing="voice",
        watermark=Watermark(text="@reelwright"),
        speech=tuple(
            SpeechClip(audio="voice", start=start, seconds=SHOT_SECONDS)
            for start in np.arange(0, seconds - 0.5, SHOT_SECONDS).tolist()
        ),
        music=MusicBed(audio="music"),
    )


def with_changed_caption(timeline: Timeline, number: int) -> Timeline:
    """Return the timeline with another first word on a page."""
    page = timeline.pages[number]
    words = (page.words[0].model_copy(update={"text": "CHANGED"}), *page.words[1:])
    changed = page.model_copy(update={"words": words})
    return timeline.model_copy(update={"pages": (*timeline.pages[:number], changed, *timeline.pages[number + 1 :])})


def _shot(number: int, start: int, frames: int) -> Shot:
    near = Framing(x=0.3 + 0.08 * (number % 6), y=0.4 + 0.04 * (number % 5), zoom=1.15)
    wide = Framing(x=0.5, y=0.5, zoom=1.0)
    begin, end = (wide, near) if number % 2 == 0 else (near, wide)
    fade = FADE if number else 0
    return Shot(picture=f"still{number % STILLS}", start=start, frames=frames, begin=begin, end=end, fade=fade)


def _words(seconds: float) -> list[Word]:
    said = TEXT.split()
    starts = np.arange(0.12, seconds - WORD_SECONDS, WORD_SECONDS).round(3).tolist()
    return [
        Word(text=said[number % len(said)], start=start, end=round(start + WORD_SECONDS - 0.03, 3))
        for number, start in enumerate(starts)
    ]


def _still(number: int) -> Image.Image:
    """Draw octaves of noise over a slope, with edges and grain."""
    chance = np.random.default_rng(number)
    down, across = np.meshgrid(np.linspace(0, 1, HEIGHT), np.linspace(0, 1, WIDTH), indexing="ij")
    base = 110 + 60 * np.sin(5 * across + number) + 40 * np.cos(7 * down - number)
    for size, strength in ((9, 60), (36, 34), (144, 18)):
        cells = Image.fromarray(chance.normal(0, strength, (size * 16 // 9, size)).astype(np.float32))
        base = base + np.asarray(cells.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
    base = base + 26 * (((across * 13 + down * 17 + number) % 1) < 0.08)
    grain = chance.normal(0, 4, (HEIGHT, WIDTH))
    shades = [base + grain, base * 0.8 + 30 + grain, 235 - base * 0.7 + grain]
    return Image.fromarray(np.clip(np.stack(shades, axis=-1), 0, 255).astype(np.uint8))


def _voice(seconds: float) -> np.ndarray:
    """Return syllables: a buzz with formants that opens and closes in the rhythm of the words."""
    at = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * n * at) / n * np.exp(-(((n * 120 - 700) / 900) ** 2)) for n in range(1, 30))
    phase = at % WORD_SECONDS
    return 0.3 * np.asarray(buzz) * np.clip(phase / 0.04, 0, 1) * np.clip((WORD_SECONDS - 0.06 - phase) / 0.05, 0, 1)


def _music(seconds: float) -> np.ndarray:
    at = np.arange(round(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * at) for pitch in (220.0, 277.18, 329.63))
    return 0.1 * np.asarray(chord)


def _write(path: Path, samples: np.ndarray, channels: int) -> None:
    data = (32000 * np.clip(samples, -1, 1)).astype("<i2")
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(np.repeat(data, channels).tobytes())
