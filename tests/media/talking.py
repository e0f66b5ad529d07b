"""Small whole reels for tests of the gate: drawn pictures, and a voice that really says the words when they are due."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from core.models import Word
from media.edit import SceneMaterial, cut
from media.timeline import CaptionStyle, Timeline
from tests.media.sounds import tone, write_wav

RATE = 24_000
PAUSE = 0.3  # seconds after a word that ends a phrase
Reals = NDArray[np.float64]


def words_of(text: str, letter: float = 0.045) -> tuple[Word, ...]:
    """Return the words of a line, each as long as its letters need, with a pause after every mark."""
    words, at = [], 0.0
    for word in text.split():
        lasts = 0.1 + letter * len(word)
        words.append(Word(text=word, start=round(at, 3), end=round(at + lasts, 3)))
        at += lasts + (PAUSE if word[-1] in ".,;:?!" else 0.0)
    return tuple(words)


def speak(words: Sequence[Word], seed: int) -> Reals:
    """Say words: a buzzing tone of wandering pitch with a breath of noise, open only while a word lasts."""
    chance = np.random.default_rng(seed)
    time = np.arange(round((words[-1].end + 0.1) * RATE)) / RATE
    pitch = 140 + 40 * chance.random() + 15 * np.sin(5 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    buzz = sum(np.sin(phase * overtone) / overtone for overtone in range(1, 14))
    loud = np.zeros_like(time)
    for word in words:
        inside = np.minimum(time - word.start, word.end - 0.03 - time) / 0.02
        loud = np.maximum(loud, np.clip(inside, 0, 1) * (0.7 + 0.3 * chance.random()))
    return 0.2 * loud * (buzz + 0.4 * chance.standard_normal(len(time)))


def draw_shapes(size: tuple[int, int], seed: int, shades: Sequence[tuple[int, int, int]]) -> Image.Image:
    """Draw hard-edged shapes in some shades over a gradient, with a little grain."""
    chance = np.random.default_rng(seed)
    width, height = size
    rise = np.linspace(0, 1, height)[:, None, None]
    ground = np.array(shades[0]) * (1 - rise) + np.array(shades[1]) * rise
    image = Image.fromarray(np.repeat(ground, width, axis=1).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(26):
        corner = chance.random(2) * size
        spots = [tuple(corner + (chance.random(2) - 0.5) * width * 0.5) for _ in range(4)]
        draw.polygon(spots, fill=tuple(shades[chance.integers(len(shades))]))
    grain = chance.normal(0, 3, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def draw_noise(size: tuple[int, int], seed: int) -> Image.Image:
    """Draw coarse coloured noise."""
    noise = np.random.default_rng(seed).integers(20, 235, (size[1] // 3, size[0] // 3, 3), np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


def draw_night(size: tuple[int, int], seed: int) -> Image.Image:
    """Draw a calm gradient from dark blue to a little less dark, with a soft moon."""
    image = Image.new("RGB", size)
    levels = np.linspace(18, 70, size[1])[:, None, None] * np.array([0.5, 0.6, 1.2])
    image = Image.fromarray(np.repeat(levels, size[0], axis=1).astype(np.uint8))
    side = size[0] // 6
    x, y = (int(part) for part in np.random.default_rng(seed).integers(side, size[0] - side, 2))
    ImageDraw.Draw(image).ellipse((x - side, y - side, x + side, y + side), fill=(200, 200, 170))
    return image.filter(ImageFilter.GaussianBlur(size[0] / 12))


def write_material(folder: Path, pictures: Sequence[Image.Image], lines: Sequence[str], seed: int) -> dict[str, Path]:
    """Write pictures (`picture0`, ...), spoken lines (`line0`, ...) and a `bed` of music; return where they lie."""
    files = {"bed": write_wav(folder / "bed.wav", RATE, tone(8.0, 330, RATE) + tone(8.0, 415, RATE))}
    for number, picture in enumerate(pictures):
        files[f"picture{number}"] = folder / f"picture{number}.png"
        picture.save(files[f"picture{number}"])
    for number, line in enumerate(lines):
        path = folder / f"line{number}.wav"
        files[f"line{number}"] = write_wav(path, RATE, speak(words_of(line), seed + number))
    return files


def cut_reel(
    lines: Sequence[str], pictures: int, *, style: CaptionStyle, language: str = "en", **extras: object
) -> Timeline:
    """Cut a reel that says the lines of `write_material` over its pictures, taken by turns."""
    scenes = [
        SceneMaterial(
            role="hook" if number == 0 else "beat",
            text=line,
            words=words_of(line),
            timing="voice",
            speech=f"line{number}",
            seconds=words_of(line)[-1].end + 0.1,
            picture=f"picture{number % pictures}",
        )
        for number, line in enumerate(lines)
    ]
    return cut(scenes, language=language, style=style, **extras)  # type: ignore[arg-type]
