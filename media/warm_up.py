"""Compiles everything that draws, once per machine, so that the first reel need not wait for it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from core.models import Word
from media.frames import compose
from media.timeline import CaptionPage, CaptionStyle, Framing, Layer, Shot, SpeechClip, Timeline

FRAMES = 3
WIDE, NEAR = Framing(x=0.5, y=0.5, zoom=1), Framing(x=0.4, y=0.6, zoom=1.2)


def compile_kernels(ffmpeg: Path) -> None:
    """Draw a few frames that use every kernel: still, layer, cross-fade, letters."""
    word = Word(text="ready", start=0, end=1)
    layered = Shot(picture="back", layers=(Layer(picture="front"),), start=0, frames=FRAMES, begin=WIDE, end=NEAR)
    fading = Shot(picture="back", start=FRAMES, frames=FRAMES, begin=NEAR, end=WIDE, fade=FRAMES)
    timeline = Timeline(
        frames=2 * FRAMES,
        language="en",
        shots=(layered, fading),
        pages=(CaptionPage(words=(word,), start=0, end=1),),
        caption_style=CaptionStyle(accent="#ffcc33"),
        timing="voice",
        speech=(SpeechClip(audio="none", start=0, seconds=1),),
        width=108,
        height=192,
    )
    with tempfile.TemporaryDirectory() as name:
        files = {"back": Path(name, "back.png"), "front": Path(name, "front.png")}
        Image.new("RGB", (216, 384), "teal").save(files["back"])
        front = Image.new("RGBA", (216, 384))
        front.paste((200, 90, 30, 180), (60, 120, 150, 260))
        front.save(files["front"])
        for _ in compose(timeline, files, ffmpeg=ffmpeg):
            pass
