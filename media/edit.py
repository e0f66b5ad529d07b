"""The careful editor: spoken lines and their pictures become a timeline. Pure; draws and reads nothing.

The voice starts at once and breathes between lines. Every line brings a new picture; how it is told in shots
is decided in `media.shots`. The end flows back into the first picture, so the reel loops.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import Field

from core.errors import BadInput
from core.models import Role, TimingSource, Value, Word
from media.captions import pages, without_gaps
from media.shots import Scene, choose_shots, story_end
from media.timeline import (
    FPS,
    CaptionPage,
    CaptionStyle,
    Card,
    Layer,
    MusicBed,
    SafeBox,
    Sha,
    SoundEffect,
    SpeechClip,
    Timeline,
    Watermark,
)

LEAD = 0.12
"""Seconds before the first word; later than 0.2 and viewers scroll on."""
BREATH, BREATH_AFTER_HOOK = 0.28, 0.36
"""Seconds between the last word of a line and the first of the next."""
TAIL = 0.5
"""Seconds after the last word."""
CUT_BEFORE_WORD = 4 / FPS
"""A new picture begins this long before its first word, so that the cross-fade ends on the word."""
FADE = 6
"""Frames of a cross-fade between lines (0.2 s). Within a line, cuts are hard."""
TITLE_AT_LEAST = 1.2
"""Seconds a title stays on screen."""
OUTRO, OUTRO_AT_LEAST, OUTRO_AFTER_CUT = 1.6, 1.0, 0.4
"""Seconds an outro stays, seconds without which it is left out, seconds after the last picture has come."""
LONGEST_REEL = 180.0
"""Seconds; the shortest limit among the networks (YouTube Shorts and Instagram take three minutes)."""
WHOOSH = 0.5
"""Seconds of the sound on a change of scene; it is loudest in its middle, which lies on the change."""
WHOOSHES_APART = 1.5
"""Seconds; a sound on every change of a quick reel would be noise."""
HOOK_GAIN_DB = -20.0
"""Level of the sound on the first frame; it goes on under the first words, so it is softer than a whoosh."""
EFFECT_ROLES = ("hook", "cut")
"""What a sound effect can be for: the first frame, a change of scene."""
NO_EFFECTS: Mapping[str, Sha] = MappingProxyType({})
SAFE = SafeBox()


class SceneMaterial(Value):
    """A spoken line, its picture, and the point of the picture that matters (x and y, 0 to 1).

    Times of words count from the start of the line's own speech; where they are only guessed, `quiet` says for how
    many seconds its head and its tail are silent. `layers` lie before the picture. A clip of
    `clip_seconds` opens the scene and the picture goes on; where there is no still, `picture` is the clip too.
    """

    role: Role
    text: str
    words: tuple[Word, ...]
    timing: TimingSource
    speech: Sha
    seconds: float = Field(gt=0)
    quiet: tuple[float, float] = (0.0, 0.0)
    picture: Sha
    focus: tuple[float, float] = (0.5, 0.5)
    layers: tuple[Layer, ...] = ()
    clip: Sha | None = None
    clip_seconds: float = Field(default=0, ge=0)


@dataclass(frozen=True)
class _Placed:
    """A scene on the reel: when its speech starts and its words are heard, in seconds, and its frames."""

    scene: SceneMaterial
    speech_start: float
    words: tuple[Word, ...]
    first: int
    beyond: int


def cut(
    scenes: Sequence[SceneMaterial],
    *,
    language: str,
    style: CaptionStyle,
    title: str | None = None,
    outro: str | None = None,
    watermark: str | None = None,
    music: Sha | None = None,
    safe: SafeBox = SAFE,
    effects: Mapping[str, Sha] = NO_EFFECTS,
    loop: bool = True,
) -> Timeline:
    """Cut the scenes into a reel.

    `language` is a BCP-47 primary tag. `effects` are short sounds by role: "hook" begins with the first frame,
    softly because the first word follows at once; "cut" is a whoosh of half a second whose middle, its loudest,
    lies on changes of scene and so before their first word.
    Word times that overlap, run backwards or leave their line are put in order, see `mend`. Raises BadInput
    when there is nothing to cut, too much of it, or an effect of no known role.
    """
    _check(scenes, effects)
    placed = _place([scene.model_copy(update={"words": mend(scene.words, scene.seconds)}) for scene in scenes])
    frames = placed[-1].beyond
    if frames > LONGEST_REEL * FPS:
        raise BadInput(
            f"The reel would last {frames / FPS:.0f} s; the networks take at most {LONGEST_REEL:.0f} s.",
            remedy="Shorten the script, or make two reels of it.",
        )
    seen = [_seen(at) for at in placed]
    card = _title(title, placed)
    return Timeline(
        frames=frames,
        language=language,
        shots=choose_shots(seen, loop=loop),
        pages=_pages(placed, frames / FPS),
        caption_style=style,
        timing=_timing(scenes),
        safe=safe,
        title=card,
        outro=_outro(outro, placed, card, story_end(seen[-1], loop=loop)),
        watermark=Watermark(text=watermark) if watermark else None,
        speech=tuple(
            SpeechClip(audio=at.scene.speech, start=at.speech_start, seconds=at.scene.seconds) for at in placed
        ),
        effects=_effects(effects, placed),
        music=MusicBed(audio=music) if music else None,
    )


def mend(words: Sequence[Word], seconds: float) -> tuple[Word, ...]:
    """Put word times in order that contradict each other; the words themselves keep their order.

    Times outside the line are brought inside; beginnings and ends are sorted and dealt out to the words anew;
    a word ends where the next one begins. Times that were in order stay as they are.
    """
    starts = sorted(min(word.start, seconds) for word in words)
    ends = sorted(min(word.end, seconds) for word in words)
    latest = [*starts, seconds][1:]
    return tuple(
        word.model_copy(update={"start": start, "end": min(max(end, start), after)})
        for word, start, end, after in zip(words, starts, ends, latest, strict=True)
    )


def _check(scenes: Sequence[SceneMaterial], effects: Mapping[str, Sha]) -> None:
    if not scenes:
        raise BadInput("A reel needs at least one spoken line.", remedy="Hand over the scenes of a script.")
    unknown = sorted(set(effects) - set(EFFECT_ROLES))
    if unknown:
        raise BadInput(
            f"There is no sound effect for {', '.join(unknown)}.", remedy=f"Effects are: {', '.join(EFFECT_ROLES)}."
        )


def _place(scenes: Sequence[SceneMaterial]) -> list[_Placed]:
    """Lay the lines one after the other, measured from word to word: silence around a line is not a breath."""
    starts: list[float] = []
    free = LEAD
    for scene in scenes:
        start = round(max(free - _first_word(scene), 0.0), 3)
        starts.append(start)
        free = start + _last_word(scene) + (BREATH_AFTER_HOOK if scene.role == "hook" else BREATH)
    heard = [start + _first_word(scene) for start, scene in zip(starts, scenes, strict=True)]
    end = starts[-1] + _last_word(scenes[-1]) + TAIL
    cuts = [0] + [round((at - CUT_BEFORE_WORD) * FPS) for at in heard[1:]] + [math.ceil(end * FPS - 1e-6)]
    return [
        _Placed(scene, start, _shift(scene.words, start), cuts[number], cuts[number + 1])
        for number, (scene, start) in enumerate(zip(scenes, starts, strict=True))
    ]


def _first_word(scene: SceneMaterial) -> float:
    return scene.words[0].start if scene.words and scene.timing != "proportional" else scene.quiet[0]


def _last_word(scene: SceneMaterial) -> float:
    """Return when the line falls silent; guessed word times are not trusted for it."""
    return scene.words[-1].end if scene.words and scene.timing != "proportional" else scene.seconds - scene.quiet[1]


def _shift(words: Sequence[Word], by: float) -> tuple[Word, ...]:
    return tuple(
        word.model_copy(update={"start": round(word.start + by, 3), "end": round(word.end + by, 3)}) for word in words
    )


def _seen(at: _Placed) -> Scene:
    """Return what the eye sees of a placed scene."""
    scene = at.scene
    return Scene(
        at.first, at.beyond, at.words, scene.picture, scene.focus, scene.layers,
        scene.clip, int(scene.clip_seconds * FPS + 1e-6),
    )  # fmt: skip


def _pages(placed: Sequence[_Placed], end: float) -> tuple[CaptionPage, ...]:
    """Return the caption pages, none beyond the end of the reel: crowded words may have pushed the last ones there."""
    shown = without_gaps([page for at in placed for page in pages(at.words)], end)
    inside = [page for page in shown if page.start < end]
    return tuple(page.model_copy(update={"end": min(page.end, round(end, 3))}) for page in inside)


def _title(text: str | None, placed: Sequence[_Placed]) -> Card | None:
    """Show the hook as long as it is told, and never for less than can be read."""
    if not text:
        return None
    least = round(TITLE_AT_LEAST * FPS)
    told = placed[0].beyond if len(placed) > 1 else placed[0].beyond - round(TAIL * FPS)
    return Card(text=text, frames=min(max(told, least), placed[-1].beyond))


def _outro(text: str | None, placed: Sequence[_Placed], title: Card | None, end: int) -> Card | None:
    """Show the outro up to frame `end`, but neither with the title nor before the last picture has been seen."""
    if not text:
        return None
    earliest = placed[-1].first + round(OUTRO_AFTER_CUT * FPS) if len(placed) > 1 else 0
    start = max(end - round(OUTRO * FPS), earliest, title.frames if title else 0)
    return Card(text=text, start=start, frames=end - start) if end - start >= OUTRO_AT_LEAST * FPS else None


def _effects(effects: Mapping[str, Sha], placed: Sequence[_Placed]) -> tuple[SoundEffect, ...]:
    laid = [SoundEffect(audio=effects["hook"], start=0.0, gain_db=HOOK_GAIN_DB)] if "hook" in effects else []
    last = 0.0
    for at in placed[1:] if "cut" in effects else ():
        change = at.first / FPS
        if change - last >= WHOOSHES_APART:
            laid.append(SoundEffect(audio=effects["cut"], start=round(max(change - WHOOSH / 2, 0.0), 3)))
            last = change
    return tuple(laid)


def _timing(scenes: Sequence[SceneMaterial]) -> TimingSource:
    """Return the least certain source of times among the scenes."""
    order: tuple[TimingSource, ...] = ("proportional", "alignment", "voice")
    return next(source for source in order if any(scene.timing == source for scene in scenes))
