"""Small material and timelines for tests of the renderer: pictures, tones that stand for speech, random reels."""

import wave
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from core.models import Word
from media.edit import SceneMaterial, cut
from media.ffmpeg import find_ffmpeg, run_ffmpeg
from media.timeline import (
    CaptionPage,
    CaptionStyle,
    Card,
    Framing,
    Layer,
    MusicBed,
    Shot,
    SpeechClip,
    Timeline,
    Watermark,
)

SMALL = {"width": 216, "height": 384}
PICTURES = ("dunes", "grain", "stripes")
VOICES = ("one", "two")
LONGEST_VOICE = 3.4
"""Reels longer than this fall silent before they end, unless music goes on."""


def make_material(folder: Path) -> dict[str, Path]:
    """Draw three pictures and a layer, film a clip of three seconds, and write two voices and a bed."""
    chance = np.random.default_rng(7)
    height, width = 768, 432
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    dunes = 120 + 60 * np.sin(9 * across + 14 * down**2) + 40 * np.sin(31 * down)
    grain = chance.integers(30, 220, (height // 4, width // 4)).repeat(4, 0).repeat(4, 1)
    stripes = np.where((across * 24 + down * 9) % 2 < 1, 70, 190)
    for name, plane in zip(PICTURES, (dunes, grain, stripes), strict=True):
        shades = np.stack([plane, np.roll(plane, 40, 1) * 0.9, 255 - plane], axis=-1)
        picture = Image.fromarray(np.clip(shades, 0, 255).astype(np.uint8))
        picture.filter(ImageFilter.GaussianBlur(0.8)).save(folder / f"{name}.png")
    layer = Image.new("RGBA", (width, height))
    layer.paste((230, 180, 60, 255), (150, 420, 290, 640))
    layer.save(folder / "layer.png")
    for name, pitch in zip(VOICES, (150, 210), strict=True):
        _write_voice(folder / f"{name}.wav", pitch)
    _write_tone(folder / "bed.wav", 8.0, 330)
    run_ffmpeg(
        find_ffmpeg(),
        ["-loglevel", "error", "-f", "lavfi", "-i", "mandelbrot=size=320x480:rate=25", "-t", "3", "-pix_fmt",
         "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", str(folder / "clip.mp4")],
        time_limit=60,
    )  # fmt: skip
    suffixes = {".png": (*PICTURES, "layer"), ".wav": (*VOICES, "bed"), ".mp4": ("clip",)}
    return {name: folder / f"{name}{suffix}" for suffix, names in suffixes.items() for name in names}


def scene(text: str, picture: str, speech: str, *, role: str = "beat") -> SceneMaterial:
    """Return a line of four words at most, half a second each: the length of a voice."""
    words = tuple(Word(text=word, start=n * 0.5, end=n * 0.5 + 0.45) for n, word in enumerate(text.split()))
    return SceneMaterial(role=role, text=text, words=words, timing="voice", speech=speech, seconds=2.0, picture=picture)


def small_reel(**changes: object) -> Timeline:
    """Return a reel of about nine seconds in four scenes, small unless asked otherwise."""
    scenes = [
        scene("Why three hearts?", "dunes", "one", role="hook"),
        scene("Two feed the gills.", "grain", "two"),
        scene("One feeds the rest.", "stripes", "one"),
        scene("So it tires fast.", "dunes", "two", role="closing"),
    ]
    timeline = cut(
        scenes, language="en", style=CaptionStyle(accent="#ffcc33"), title="Why three hearts?", watermark="@reef",
        music="bed",
    )  # fmt: skip
    return timeline.model_copy(update=SMALL | changes)


def framings() -> st.SearchStrategy[Framing]:
    """Any framing that still shows a good part of the picture."""
    share = st.floats(0, 1).map(lambda value: round(value, 3))
    return st.builds(Framing, x=share, y=share, zoom=st.floats(1, 2).map(lambda value: round(value, 3)))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Any timeline of two to five seconds over the material of `make_material`, with everything that may be in one."""
    shots, at = [], 0
    for number in range(draw(st.integers(1, 4))):
        frames = draw(st.integers(31, 75))
        fade = draw(st.integers(0, 8)) if number else 0
        begin = draw(framings())
        zoom = begin.zoom + draw(st.sampled_from((-0.1, 0.1))) if begin.zoom > 1.1 else begin.zoom + 0.1
        end = Framing(x=1 - begin.x, y=begin.y, zoom=zoom)
        kind = draw(st.sampled_from(("still", "layers", "clip")))
        shots.append(
            Shot(
                picture="clip" if kind == "clip" else draw(st.sampled_from(PICTURES)),
                kind="clip" if kind == "clip" else "still",
                layers=(Layer(picture="layer", depth=1.4),) if kind == "layers" else (),
                start=at,
                frames=frames,
                begin=begin,
                end=end,
                fade=fade,
            )
        )
        at += frames
    seconds = at / 30
    title = draw(st.none() | st.just(Card(text="Is it so?", frames=min(at, 30))))
    outro = draw(st.none() | st.just(Card(text="More from Reef", start=at - 30, frames=30)))
    return Timeline(
        frames=at,
        language=draw(st.sampled_from(("en", "es"))),
        shots=tuple(shots),
        pages=draw(_pages(seconds)),
        caption_style=CaptionStyle(name=draw(st.sampled_from(("colour", "box", "pop"))), accent="#ff8844"),
        timing="voice",
        title=title,
        outro=outro,
        watermark=draw(st.none() | st.just(Watermark(text="@reef"))),
        speech=_speech(seconds),
        music=draw(st.none() | st.just(MusicBed(audio="bed"))) if seconds <= LONGEST_VOICE else MusicBed(audio="bed"),
        **SMALL,
    )


@st.composite
def _pages(draw: st.DrawFn, seconds: float) -> tuple[CaptionPage, ...]:
    """Pages of one to three words in the rhythm of the voices, which say a word each half second."""
    texts = st.sampled_from(("sea", "corazón", "three", "hearts,", "¿qué?", "under-water", "a", "Größe", "море", "фон"))
    pages, at = [], 0.0
    while at + 1.5 <= min(seconds, 4.0):
        count = draw(st.integers(1, 3))
        words = [
            Word(text=draw(texts), start=round(at + n * 0.5, 3), end=round(at + n * 0.5 + 0.45, 3))
            for n in range(count)
        ]
        pages.append(CaptionPage(words=tuple(words), start=words[0].start, end=words[-1].end))
        at += count * 0.5
    return tuple(pages)


def _speech(seconds: float) -> tuple[SpeechClip, ...]:
    clips = [SpeechClip(audio="one", start=0.0, seconds=2.0)]
    return (*clips, SpeechClip(audio="two", start=2.0, seconds=2.0)) if seconds >= 4 else tuple(clips)


def _write_voice(path: Path, pitch: float) -> None:
    """Write two seconds of four syllables with a pause after each, at the times `scene` gives its words."""
    at = np.arange(2 * 22050) / 22050
    buzz = sum(np.sin(2 * np.pi * pitch * harmonic * at) / harmonic for harmonic in range(1, 12))
    phase = at % 0.5
    loud = np.clip(phase / 0.03, 0, 1) * np.clip((0.42 - phase) / 0.06, 0, 1)
    _write(path, 0.25 * buzz * loud)


def _write_tone(path: Path, seconds: float, pitch: float) -> None:
    at = np.arange(round(seconds * 22050)) / 22050
    _write(path, 0.3 * np.sin(2 * np.pi * pitch * at))


def _write(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(22050)
        sound.writeframes((20000 * np.clip(samples, -1, 1)).astype("<i2").tobytes())
