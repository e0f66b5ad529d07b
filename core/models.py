"""Frozen values that cross rooms: characters, briefs, scripts, speech, pictures, orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.keys import content_key

Language = Literal["en", "es", "de", "fr", "it"]
Tone = Literal["curious", "warm", "playful", "calm", "dramatic"]
Place = Literal[
    "mountains", "sea", "reef", "forest", "jungle", "desert", "savanna", "river", "lake", "polar",
    "volcano", "island", "meadow", "garden", "city", "old-town", "harbour", "road", "railway",
    "workshop", "kitchen", "library", "stage", "observatory", "space", "moon", "sky", "cave",
    "ruins", "laboratory",
]  # fmt: skip
TimeOfDay = Literal["dawn", "day", "golden-hour", "dusk", "night"]
Mood = Literal["bright", "mysterious", "cosy", "epic", "serene", "lively"]
Role = Literal["hook", "beat", "closing"]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]

Progress = Callable[[float], None]
"""Told the share of a job that is done, 0 to 1."""


class Step(StrEnum):
    """The steps of a reel, in order; `start_from` names one."""

    BRIEF = "brief"
    SCRIPT = "script"
    VOICE = "voice"
    PICTURES = "pictures"
    RENDER = "render"
    CHECKS = "checks"
    PACKAGE = "package"


class Value(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Palette(Value):
    """Five colours of a character, dark to light, and the accent of captions and details."""

    deep: Colour
    main: Colour
    soft: Colour
    glow: Colour
    accent: Colour


class VoiceChoice(Value):
    """Which voice speaks, how fast (1.0 is natural) and how many semitones higher."""

    name: str = Field(min_length=1, max_length=64)
    speed: float = Field(default=1.0, ge=0.7, le=1.4)
    pitch: float = Field(default=0.0, ge=-6, le=6)


class Brand(Value):
    """How a character's reels are marked and lettered.

    `watermark` and `outro` are short lines of text; None takes the house's own (the name, and an invitation to
    see more), an empty one leaves it out. Platforms that forbid burnt-in marks get neither.
    """

    watermark: str | None = Field(default=None, max_length=40)
    outro: str | None = Field(default=None, max_length=60)
    captions: Literal["colour", "box", "pop"] = "colour"
    effects: bool = True


class Character(Value):
    """A fictional adult who tells reels."""

    slug: Slug
    name: str = Field(min_length=1, max_length=60)
    age: int = Field(ge=18, le=120)
    language: Language
    persona: str = Field(min_length=20, max_length=600)
    tone: Tone
    palette: Palette
    voice: VoiceChoice
    elite: bool = False
    brand: Brand = Brand()


class Fact(Value):
    """One statement of a brief, with the numbers of the sources that prove it."""

    text: str = Field(min_length=1, max_length=320)
    sources: tuple[int, ...] = ()


class Brief(Value):
    """What a reel must say: a title, facts with sources, who tells it and how."""

    title: str = Field(min_length=3, max_length=90)
    language: Language
    character: Slug
    tone: Tone | None = None
    hook: str | None = Field(default=None, max_length=120)
    closing: str | None = Field(default=None, max_length=160)
    places: tuple[Place, ...] = ()
    hashtags: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = Field(min_length=1)
    sources: tuple[str, ...] = ()


class Setting(Value):
    """Where and when a scene plays, and how it feels."""

    place: Place
    time: TimeOfDay
    mood: Mood


class Line(Value):
    """One spoken line of a script and the scene it is told over.

    `fact` is the index into `Brief.facts` that a beat tells; hook and closing have none.
    """

    role: Role
    text: str = Field(min_length=1, max_length=320)
    setting: Setting
    fact: int | None = None


class Script(Value):
    """A hook, 4 to 7 beats and a closing line, with what is posted beside the reel."""

    title: str
    language: Language
    lines: tuple[Line, ...] = Field(min_length=6, max_length=9)
    caption: str
    hashtags: tuple[str, ...]


class Word(Value):
    """A spoken word as the script writes it, and when it is heard, in seconds of its speech."""

    text: str
    start: float = Field(ge=0)
    end: float = Field(ge=0)


TimingSource = Literal["voice", "alignment", "proportional"]


class Speech(Value):
    """A spoken line: its length in seconds, its words and where their times come from."""

    seconds: float = Field(gt=0)
    words: tuple[Word, ...]
    timing: TimingSource


class WriteRequest(Value):
    """Asks for a script."""

    brief: Brief
    character_name: str
    persona: str
    tone: Tone
    seconds: tuple[int, int] = (20, 45)


class SpeakRequest(Value):
    """Asks for one line to be spoken."""

    text: str
    language: Language
    voice: VoiceChoice


class DrawRequest(Value):
    """Asks for one picture, `width` x `height` pixels, that suits the text and its setting.

    `subject` is what the whole reel is about, for pictures whose own line names nothing that can be seen.
    """

    text: str
    subject: str = ""
    setting: Setting
    palette: Palette
    width: int = 1296
    height: int = 2304
    seed: int = 0


class MusicRequest(Value):
    """Asks for a music bed of a mood, in seconds."""

    mood: Mood
    seconds: float
    seed: int = 0


class Capability(StrEnum):
    """What can be asked for. The first four are asked of makers, the rest is our own work."""

    WRITE = "write"
    SPEAK = "speak"
    DRAW = "draw"
    MUSIC = "music"
    RENDER = "render"
    CHECK = "check"
    PACKAGE = "package"


class Order(Value):
    """Something to be made. Its key says what, never by whom, so equal orders are made once.

    `recipe` is our own version of how this capability is made; raise it when the making changes.
    `variant` sets apart what must differ though the request is equal: the reel, or a new take.
    """

    capability: Capability
    request: dict[str, Any]
    recipe: str
    variant: str = ""

    @property
    def key(self) -> str:
        """The SHA-256 that names this order everywhere."""
        return content_key(self.capability, self.request, self.recipe, self.variant)


@dataclass(frozen=True)
class Turn:
    """How a character stands in the rotation: ideas that wait, and when its last reel was begun (never: None)."""

    slug: str
    waiting: int
    last_reel_at: datetime | None


@dataclass(frozen=True)
class Made:
    """What a maker made: files by role (still in the maker's workspace) and a JSON result."""

    files: Mapping[str, Path] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
