"""The careful editor: spoken lines and their pictures become a timeline. Pure; draws and reads nothing.

The voice starts at once and breathes between lines. Every line brings a new picture; a line that lasts is
told in several shots of it, cut between words, near and far by turns. Every shot moves a little, in and out
by turns, towards what matters in the picture. The end flows back into the first picture, so the reel loops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import Field

from core.errors import BadInput
from core.models import Language, Role, TimingSource, Value, Word
from media.captions import ends_phrase, pages, without_gaps
from media.timeline import (
    FPS,
    CaptionPage,
    CaptionStyle,
    Card,
    Framing,
    MusicBed,
    Sha,
    Shot,
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
LONGEST_SHOT, SHORTEST_SHOT = 3.0, 1.0
"""Something changes at least this often, and no shot is shorter, in seconds."""
TITLE_AT_LEAST = 1.2
"""Seconds a title stays on screen."""
LOOP_FRAMES, LOOP_FADE = 12, 8
"""The first picture comes back for this many frames at the end."""

ZOOM_PER_SECOND, LEAST_MOVE, MOST_MOVE = 0.03, 0.04, 0.12


class SceneMaterial(Value):
    """A spoken line, its picture, and the point of the picture that matters (x and y, 0 to 1).

    Times of words count from the start of the line's own speech.
    """

    role: Role
    text: str
    words: tuple[Word, ...]
    timing: TimingSource
    speech: Sha
    seconds: float = Field(gt=0)
    picture: Sha
    focus: tuple[float, float] = (0.5, 0.5)


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
    language: Language,
    style: CaptionStyle,
    title: str | None = None,
    watermark: str | None = None,
    music: Sha | None = None,
    loop: bool = True,
) -> Timeline:
    """Cut the scenes into a reel. Raises BadInput when there is nothing to cut."""
    if not scenes:
        raise BadInput("A reel needs at least one spoken line.", remedy="Hand over the scenes of a script.")
    placed = _place(scenes)
    frames = placed[-1].beyond
    return Timeline(
        frames=frames,
        language=language,
        shots=_shots(placed, loop=loop),
        pages=_pages(placed, frames / FPS),
        caption_style=style,
        timing=_timing(scenes),
        title=_title(title, placed),
        watermark=Watermark(text=watermark) if watermark else None,
        speech=tuple(
            SpeechClip(audio=at.scene.speech, start=at.speech_start, seconds=at.scene.seconds) for at in placed
        ),
        music=MusicBed(audio=music) if music else None,
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
    cuts = [max(at, number) for number, at in enumerate(cuts)]  # even a scene of nothing has a frame
    return [
        _Placed(scene, start, _shift(scene.words, start), cuts[number], cuts[number + 1])
        for number, (scene, start) in enumerate(zip(scenes, starts, strict=True))
    ]


def _first_word(scene: SceneMaterial) -> float:
    return scene.words[0].start if scene.words and scene.timing != "proportional" else 0.0


def _last_word(scene: SceneMaterial) -> float:
    """Return when the line falls silent; guessed word times are not trusted for it."""
    return scene.words[-1].end if scene.words and scene.timing != "proportional" else scene.seconds


def _shift(words: Sequence[Word], by: float) -> tuple[Word, ...]:
    return tuple(
        word.model_copy(update={"start": round(word.start + by, 3), "end": round(word.end + by, 3)}) for word in words
    )


def _shots(placed: Sequence[_Placed], *, loop: bool) -> tuple[Shot, ...]:
    shots: list[Shot] = []
    for number, at in enumerate(placed):
        beyond = at.beyond
        if loop and number == len(placed) - 1 and beyond - LOOP_FRAMES - at.first >= SHORTEST_SHOT * FPS:
            beyond -= LOOP_FRAMES
        cuts = [at.first, *_cuts_inside(at, beyond), beyond]
        for turn, (start, stop) in enumerate(pairwise(cuts)):
            begin, end = _move(at.scene.focus, (stop - start) / FPS, number, turn, len(shots))
            fade = min(FADE, stop - start) if turn == 0 and shots else 0
            shots.append(
                Shot(picture=at.scene.picture, start=start, frames=stop - start, begin=begin, end=end, fade=fade)
            )
        if beyond < at.beyond:
            shots.append(_way_back(shots[0], beyond))
    return tuple(shots)


def _way_back(first: Shot, start: int) -> Shot:
    """Return to the opening framing, arriving with the movement the first shot begins with."""
    share = LOOP_FRAMES / first.frames / 2
    before = first.begin.model_copy(
        update={"zoom": min(max(first.begin.zoom + (first.begin.zoom - first.end.zoom) * share, 1.0), 4.0)}
    )
    return Shot(picture=first.picture, start=start, frames=LOOP_FRAMES, begin=before, end=first.begin, fade=LOOP_FADE)


def _cuts_inside(at: _Placed, beyond: int) -> list[int]:
    """Return the frames of hard cuts within a scene, each at the start of a word, best after a pause."""
    seconds = (beyond - at.first) / FPS
    count = math.ceil(seconds / LONGEST_SHOT - 1e-9)
    cuts: list[int] = []
    for number in range(1, count):
        last = cuts[-1] if cuts else at.first
        ideal = last + (beyond - last) / (count - number + 1)
        cuts.append(_word_near(at.words, ideal, last + SHORTEST_SHOT * FPS, beyond - SHORTEST_SHOT * FPS))
    return cuts


def _word_near(words: Sequence[Word], ideal: float, earliest: float, latest: float) -> int:
    """Return the frame at which a word near the ideal frame begins; the ideal itself when all are too far."""
    best, least = round(ideal), 0.9 * FPS
    for before, word in pairwise(words):
        frame = round(word.start * FPS) - 1
        distance = abs(frame - ideal) - (0.45 * FPS if ends_phrase(before.text) else 0.0)
        if earliest <= frame <= latest and distance < least:
            best, least = frame, distance
    return best


def _move(focus: tuple[float, float], seconds: float, scene: int, turn: int, count: int) -> tuple[Framing, Framing]:
    """Choose where a shot begins and ends: far, near and aside by turns; in and out by turns."""
    x, y = focus
    far = (0.5 + (x - 0.5) * 0.4, 0.5 + (y - 0.5) * 0.4, 1.03)
    near = (x, y, 1.28)
    aside = (1.0 - x if abs(x - 0.5) > 0.1 else x + 0.25, 0.5 + (y - 0.5) * 0.5, 1.16)
    orders = ((far, near, aside), (near, far, aside))
    order = orders[scene % 2] if turn or count else orders[0]
    x, y, zoom = order[turn % 3]
    wide = Framing(x=min(max(x, 0.0), 1.0), y=min(max(y, 0.0), 1.0), zoom=zoom)
    move = min(max(ZOOM_PER_SECOND * seconds, LEAST_MOVE), MOST_MOVE)
    close = Framing(
        x=wide.x + (focus[0] - wide.x) * 0.5, y=wide.y + (focus[1] - wide.y) * 0.5, zoom=round(zoom * (1 + move), 4)
    )
    return (wide, close) if count % 2 == 0 else (close, wide)


def _pages(placed: Sequence[_Placed], end: float) -> tuple[CaptionPage, ...]:
    return without_gaps([page for at in placed for page in pages(at.words)], end)


def _title(text: str | None, placed: Sequence[_Placed]) -> Card | None:
    """Show the hook as long as it is told, and never for less than can be read."""
    if not text:
        return None
    least = round(TITLE_AT_LEAST * FPS)
    told = placed[0].beyond if len(placed) > 1 else placed[0].beyond - round(TAIL * FPS)
    return Card(text=text, frames=min(max(told, least), placed[-1].beyond))


def _timing(scenes: Sequence[SceneMaterial]) -> TimingSource:
    """Return the least certain source of times among the scenes."""
    order: tuple[TimingSource, ...] = ("proportional", "alignment", "voice")
    return next(source for source in order if any(scene.timing == source for scene in scenes))
