"""A reel as data: what is seen and heard when. Frozen, JSON in and out, no paths and no drawing.

Files are named by the SHA-256 of their bytes; whoever renders hands over where they lie. Times of
pictures are whole frames, times of sound and words are seconds from the first frame. Equal timelines
with equal files render to equal bytes.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from core.models import Colour, TimingSource, Value, Word

WIDTH, HEIGHT, FPS = 1080, 1920, 30
"""Frame size in pixels and rate in frames per second of every reel."""

Sha = str


class Framing(Value):
    """The part of a picture that fills the frame: its centre (0 to 1) and zoom (1 shows all that fits)."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    zoom: float = Field(ge=1, le=4)


class Layer(Value):
    """A picture with transparency that lies before the shot's own, of the same proportions, and moves further.

    `depth` says how many times as far: near things pass by faster than what is behind them.
    """

    picture: Sha
    depth: float = Field(default=1.5, gt=1, le=4)


class Shot(Value):
    """One picture, or part of a moving clip, on screen for `frames` frames from `start`.

    A still moves from one framing to another, its layers with it. A clip is seen from its second `clip_start`
    on, cut to the frame around the centre of `begin`. The first `fade` frames are mixed with the shot before,
    which goes on moving under them; without them the shot begins with a cut.
    """

    picture: Sha
    kind: Literal["still", "clip"] = "still"
    layers: tuple[Layer, ...] = Field(default=(), max_length=4)
    clip_start: float = Field(default=0.0, ge=0)
    start: int = Field(ge=0)
    frames: int = Field(gt=0)
    begin: Framing
    end: Framing
    fade: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _layers_belong_to_stills(self) -> Self:
        if self.kind == "clip" and self.layers:
            raise ValueError("a clip has no layers")
        return self


class CaptionPage(Value):
    """The few words that stand on screen together; the spoken one is highlighted."""

    words: tuple[Word, ...] = Field(min_length=1)
    start: float = Field(ge=0)
    end: float = Field(gt=0)


class CaptionStyle(Value):
    """How captions look: a named style, the colours, the height in pixels and the middle of their area."""

    name: Literal["colour", "box", "pop"] = "colour"
    accent: Colour
    size: int = Field(default=78, ge=40, le=120)
    centre_y: int = Field(default=1180, ge=300, le=1390)


class SafeBox(Value):
    """Where no network covers the picture, in pixels of a 1080 x 1920 frame; text stays inside it."""

    left: int = Field(default=90, ge=0)
    top: int = Field(default=270, ge=0)
    right: int = Field(default=930, le=WIDTH)
    bottom: int = Field(default=1390, le=HEIGHT)

    @model_validator(mode="after")
    def _holds_text(self) -> Self:
        if self.right - self.left < 400 or self.bottom - self.top < 600:
            raise ValueError("a safe box of less than 400 x 600 pixels holds no title and captions")
        return self


class Card(Value):
    """Large text on screen for some frames: the hook as a title at the start, the outro at the end."""

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


class SoundEffect(Value):
    """A short sound and the second at which it begins; its level in dB is relative to the voice."""

    audio: Sha
    start: float = Field(ge=0)
    gain_db: float = Field(default=-14.0, ge=-40, le=0)


class MusicBed(Value):
    """Music under the whole reel: its level in gaps in dB relative to the voice; speech ducks it further."""

    audio: Sha
    gain_db: float = Field(default=-12.0, ge=-40, le=0)


class Timeline(Value):
    """A whole reel."""

    frames: int = Field(gt=0)
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    shots: tuple[Shot, ...] = Field(min_length=1)
    pages: tuple[CaptionPage, ...]
    caption_style: CaptionStyle
    timing: TimingSource
    safe: SafeBox = SafeBox()
    title: Card | None = None
    outro: Card | None = None
    watermark: Watermark | None = None
    speech: tuple[SpeechClip, ...] = Field(min_length=1)
    effects: tuple[SoundEffect, ...] = ()
    music: MusicBed | None = None
    width: int = Field(default=WIDTH, ge=16, multiple_of=2)
    height: int = Field(default=HEIGHT, ge=16, multiple_of=2)
    fps: int = FPS

    @property
    def seconds(self) -> float:
        """Length of the reel in seconds."""
        return self.frames / self.fps

    def without_marks(self) -> Timeline:
        """Return the reel without watermark and outro, for platforms that forbid burnt-in marks."""
        return self.model_copy(update={"watermark": None, "outro": None})

    @property
    def files(self) -> frozenset[Sha]:
        """Every file the reel needs."""
        return self.pictures | self.sounds

    @property
    def pictures(self) -> frozenset[Sha]:
        """The stills, layers and clips among the files."""
        layers = [layer.picture for shot in self.shots for layer in shot.layers]
        return frozenset([shot.picture for shot in self.shots] + layers)

    @property
    def sounds(self) -> frozenset[Sha]:
        """The voices, effects and music among the files."""
        music = [self.music.audio] if self.music else []
        return frozenset([clip.audio for clip in self.speech] + [effect.audio for effect in self.effects] + music)

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
