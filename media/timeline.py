"""A reel as data: what is seen and heard when. Frozen, JSON in and out, no paths and no drawing.

Files are named by the SHA-256 of their bytes; whoever renders hands over where they lie. Times of
pictures are whole frames, times of sound and words are seconds from the first frame. Equal timelines
with equal files render to equal bytes.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from core.models import Colour, Language, TimingSource, Value, Word

WIDTH, HEIGHT, FPS = 1080, 1920, 30
"""Frame size in pixels and rate in frames per second of every reel."""

Sha = str


class Framing(Value):
    """The part of a picture that fills the frame: its centre (0 to 1) and zoom (1 shows all that fits)."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    zoom: float = Field(ge=1, le=4)


class Shot(Value):
    """One picture on screen for `frames` frames from `start`, moving from one framing to another.

    The first `fade` frames are mixed with the shot before, which goes on moving under them.
    """

    picture: Sha
    start: int = Field(ge=0)
    frames: int = Field(gt=0)
    begin: Framing
    end: Framing
    fade: int = Field(default=0, ge=0)


class CaptionPage(Value):
    """The few words that stand on screen together; the spoken one is highlighted."""

    words: tuple[Word, ...] = Field(min_length=1)
    start: float = Field(ge=0)
    end: float = Field(gt=0)


class CaptionStyle(Value):
    """How captions look: a named style, the colours, the height in pixels and the baseline area."""

    name: Literal["colour", "box", "pop"] = "colour"
    accent: Colour
    size: int = Field(default=78, ge=40, le=120)
    centre_y: int = Field(default=1180, ge=300, le=1390)


class TitleCard(Value):
    """The hook as text on screen during the first frames."""

    text: str
    start: int = Field(default=0, ge=0)
    frames: int = Field(gt=0)


class Watermark(Value):
    """A short line drawn faintly at the top of the frame."""

    text: str


class SpeechClip(Value):
    """A spoken line and the second at which it begins."""

    audio: Sha
    start: float = Field(ge=0)
    seconds: float = Field(gt=0)


class MusicBed(Value):
    """Music under the whole reel: how many dB below full scale it is played before ducking."""

    audio: Sha
    gain_db: float = Field(default=-12.0, le=0)


class Timeline(Value):
    """A whole reel."""

    frames: int = Field(gt=0)
    language: Language
    shots: tuple[Shot, ...] = Field(min_length=1)
    pages: tuple[CaptionPage, ...]
    caption_style: CaptionStyle
    timing: TimingSource
    title: TitleCard | None = None
    watermark: Watermark | None = None
    speech: tuple[SpeechClip, ...] = Field(min_length=1)
    music: MusicBed | None = None
    width: int = WIDTH
    height: int = HEIGHT
    fps: int = FPS

    @property
    def seconds(self) -> float:
        """Length of the reel in seconds."""
        return self.frames / self.fps

    @property
    def files(self) -> frozenset[Sha]:
        """Every file the reel needs."""
        audio = [clip.audio for clip in self.speech] + ([self.music.audio] if self.music else [])
        return frozenset([shot.picture for shot in self.shots] + audio)

    @model_validator(mode="after")
    def _covers_every_frame_once(self) -> Self:
        at = 0
        for shot in self.shots:
            if shot.start != at:
                raise ValueError(f"a shot starts at frame {shot.start}, expected {at}")
            if shot.fade > shot.frames or (at == 0 and shot.fade):
                raise ValueError("a fade must fit into its shot and cannot open the reel")
            at += shot.frames
        if at != self.frames:
            raise ValueError(f"the shots fill {at} frames of {self.frames}")
        return self
