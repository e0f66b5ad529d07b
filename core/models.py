"""Frozen values that cross rooms: characters, briefs, scripts, speech, pictures, orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
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
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Rating = Annotated[int, Field(ge=0, le=5)]
"""How much a viewer must be able to bear, 0 (anybody) to 5. What ships with the factory is 0."""

Quality = Literal["standard", "premium"]
"""How much care and money a reel gets: premium reels have chains of makers of their own."""

Progress = Callable[[float], None]
"""Told the share of a job that is done, 0 to 1."""


class Step(StrEnum):
    """The steps of a reel, in order; `start_from` names one."""

    BRIEF = "brief"
    SCRIPT = "script"
    VOICE = "voice"
    PICTURES = "pictures"
    CLIPS = "clips"
    RENDER = "render"
    CHECKS = "checks"
    PACKAGE = "package"


def _is_zero(value: int) -> bool:
    """Say whether a field is left out of canonical requests, so that briefs without it keep their keys."""
    return value == 0


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
    """Which voice speaks, how fast (1.0 is natural) and how many semitones higher.

    `name` is the voice of the embedded makers; `ids` names the voice of each outside service, as that service
    calls it. A voice with several speakers is asked for `speaker`.
    """

    name: str = Field(min_length=1, max_length=64)
    ids: dict[str, str] = {}
    speaker: str = Field(default="", max_length=64)
    speed: float = Field(default=1.0, ge=0.7, le=1.4)
    pitch: float = Field(default=0.0, ge=-6, le=6)


class Look(Value):
    """How a character's pictures look, told to services that draw from words.

    `appearance` describes the figure and `style` the manner of drawing. `lora` names a file of the operator's own
    ComfyUI that was trained on this character, with its strength.
    """

    appearance: str = Field(default="", max_length=400)
    style: str = Field(default="", max_length=200)
    lora: str = Field(default="", max_length=120)
    lora_strength: float = Field(default=0.8, ge=0, le=2)


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
    """A fictional adult who tells reels. `makers` replaces the usual chain of makers, by capability."""

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
    look: Look = Look()
    makers: dict[str, tuple[str, ...]] = {}


class Fact(Value):
    """One statement of a brief, with the numbers of the sources that prove it."""

    text: str = Field(min_length=1, max_length=320)
    sources: tuple[int, ...] = ()


class Brief(Value):
    """What a reel must say: a title, facts with sources, who tells it and how.

    Only with `research` may a writer add facts of its own.
    """

    title: str = Field(min_length=3, max_length=90)
    language: Language
    character: Slug
    tone: Tone | None = None
    quality: Quality = "standard"
    research: bool = False
    rating: Rating = Field(default=0, exclude_if=_is_zero)
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

    `fact` is the index into `Brief.facts` that a beat tells; hook and closing have none. `picture` and `motion`
    say in words what is seen and how it moves, for services that draw and animate from words.
    """

    role: Role
    text: str = Field(min_length=1, max_length=320)
    setting: Setting
    fact: int | None = None
    picture: str = Field(default="", max_length=600)
    motion: str = Field(default="", max_length=300)


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


class DraftLine(Value):
    """A line of a draft: what is said, and what is seen, in words. `fact` counts the facts of the brief from 1."""

    text: str = Field(min_length=1, max_length=320)
    place: Place
    time: TimeOfDay
    mood: Mood
    picture: str = Field(default="", max_length=600)
    motion: str = Field(default="", max_length=300)
    fact: int | None = None


class Draft(Value):
    """A script as a model hands it in: several hooks to choose from, beats in order, and a call to action."""

    title: str = Field(min_length=3, max_length=90)
    hooks: tuple[DraftLine, ...] = Field(min_length=1, max_length=6)
    beats: tuple[DraftLine, ...] = Field(min_length=4, max_length=7)
    call_to_action: DraftLine
    caption: str = Field(min_length=1, max_length=1200)
    hashtags: tuple[str, ...] = Field(max_length=12)


class Prompt(Value):
    """What a language model is told: who it is, what to do, and the JSON schema its answer must fit.

    `version` names the template files it was filled from.
    """

    version: str
    system: str
    user: str
    answer_schema: dict[str, Any]
    temperature: float = Field(default=0.7, ge=0, le=2)
    max_tokens: int = Field(default=4096, ge=64, le=65536)


class WriteRequest(Value):
    """Asks for a script. Writers without a model go by the brief, those with one by the prompt."""

    brief: Brief
    character_name: str
    persona: str
    tone: Tone
    seconds: tuple[int, int] = (20, 45)
    prompt: Prompt | None = None


class SpeakRequest(Value):
    """Asks for one line to be spoken."""

    text: str
    language: Language
    voice: VoiceChoice


class DrawRequest(Value):
    """Asks for one picture, `width` x `height` pixels, that suits the text and its setting.

    `subject` is what the whole reel is about, for pictures whose own line names nothing that can be seen. Services
    that draw from words go by `prompt`, and by the look of the character.
    """

    text: str
    subject: str = ""
    prompt: str = ""
    setting: Setting
    palette: Palette
    look: Look = Look()
    width: int = 1296
    height: int = 2304
    seed: int = 0


class AnimateRequest(Value):
    """Asks for a clip that begins with the picture (the name of an input file) and moves as `prompt` says."""

    picture: Sha
    prompt: str = Field(min_length=1, max_length=800)
    seconds: float = Field(default=5, gt=0, le=20)
    width: int = 1080
    height: int = 1920
    seed: int = 0


class TalkRequest(Value):
    """Asks for a clip in which the figure of the picture speaks the sound; both are names of input files."""

    picture: Sha
    speech: Sha
    prompt: str = Field(default="", max_length=800)
    seconds: float = Field(gt=0, le=60)


class CloneRequest(Value):
    """Asks a service to learn a voice from samples (names of input files).

    `consent` says who agreed to it and where that is written down; without it nothing is asked.
    """

    name: str = Field(min_length=1, max_length=60)
    language: Language
    samples: tuple[Sha, ...] = Field(min_length=1, max_length=10)
    consent: str = Field(min_length=20, max_length=600)


class MusicRequest(Value):
    """Asks for a music bed of a mood, in seconds."""

    mood: Mood
    seconds: float
    seed: int = 0


class Capability(StrEnum):
    """What can be asked for. The first seven are asked of makers, the rest is our own work."""

    WRITE = "write"
    SPEAK = "speak"
    DRAW = "draw"
    ANIMATE = "animate"
    TALK = "talk"
    CLONE = "clone"
    MUSIC = "music"
    RENDER = "render"
    CHECK = "check"
    SIGN = "sign"
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

    @cached_property
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
    """What a maker made: files by role (still in the maker's workspace) and a JSON result.

    `model` and `seed` say what it was made with, where the maker knows.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    seed: int | None = None
