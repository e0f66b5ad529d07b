"""The careful editor's eye: in which shots a scene is told, where it is cut and how each shot moves. Pure.

A scene begins with its clip, if it has one, and goes on with its still, far, near and aside by turns. It is
cut between words, best after a sentence. Every shot of a still moves a little towards what matters, in and
out by turns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from core.models import Word
from media.captions import ends_phrase, ends_sentence
from media.timeline import FPS, Framing, Layer, Sha, Shot

LONGEST_SHOT, SHORTEST_SHOT = 3.0, 1.5
"""Between these seconds something changes, where the words allow it."""
FLASH = 1.0
"""No shot is shorter than this many seconds, unless its scene is."""
LEAST = round(FLASH * FPS)
PLEASANT = 2.2
FAR_TOO_LONG = 4.5
"""Seconds after which a shot is cut even where no word begins."""
MID_SENTENCE, MID_PHRASE, MID_WORD = 0.1, 0.3, 1.2
"""How bad a cut is after a phrase, between two words of one, and where no word begins; after a sentence it is fine."""
GRID = 0.5
"""Every so many seconds a cut without a word may be made."""
FADE = 6
"""Frames of a cross-fade between scenes (0.2 s). Within a scene, cuts are hard."""
LOOP_FRAMES, LOOP_FADE = 12, 8
"""The first picture comes back for this many frames at the end."""

ZOOM_PER_SECOND, LEAST_MOVE, MOST_MOVE = 0.03, 0.04, 0.12
FAR, FAR_BEFORE_LAYERS, ASIDE, NEAR = 1.03, 1.1, 1.16, 1.28
"""Zooms. Before layers the far view keeps off the edges, because a layer goes further than its picture."""


@dataclass(frozen=True)
class Scene:
    """What is seen while a line is told: its frames, its words in seconds of the reel, and its material.

    The clip has `clip_frames` frames at the rate of the reel, of which the first `clip_begin` are not shown.
    A scene whose picture is its clip has no still.
    """

    first: int
    beyond: int
    words: tuple[Word, ...]
    picture: Sha
    focus: tuple[float, float]
    layers: tuple[Layer, ...] = ()
    clip: Sha | None = None
    clip_frames: int = 0
    clip_begin: int = 0

    @property
    def frames(self) -> int:
        """How many frames it lasts."""
        return self.beyond - self.first

    @property
    def playable(self) -> int:
        """For how many frames its clip can be shown before it ends, under a cross-fade too."""
        return max(self.clip_frames - self.clip_begin - max(FADE, LOOP_FADE), 0) if self.clip else 0


def choose_shots(scenes: Sequence[Scene], *, loop: bool) -> tuple[Shot, ...]:
    """Tell the scenes in shots; with `loop` the last frames flow back into the first, where there is time."""
    told = list(scenes)
    end = story_end(scenes[-1], loop=loop)
    returns = end < scenes[-1].beyond
    if returns:
        told[-1] = replace(told[-1], beyond=end)
        if told[0].playable - LOOP_FRAMES >= LEAST:
            told[0] = replace(told[0], clip_begin=LOOP_FRAMES)  # the way back plays what is left out here
    shots: list[Shot] = []
    for number, scene in enumerate(told):
        shots += _tell(scene, number, len(shots))
    return (*shots, _way_back(shots[0], end)) if returns else tuple(shots)


def story_end(last: Scene, *, loop: bool) -> int:
    """Return the frame at which the last scene makes room for the way back to the first picture, or ends."""
    end = last.beyond - LOOP_FRAMES
    return end if loop and end - last.first >= LEAST else last.beyond


def _tell(scene: Scene, number: int, count: int) -> list[Shot]:
    """Tell the reel's `number`th scene; `count` shots came before."""
    played, cuts = _cuts(scene)
    shots = []
    for turn, (start, stop) in enumerate(pairwise([scene.first, *cuts, scene.beyond])):
        begin, end = _move(scene, (stop - start) / FPS, number, turn, count + turn)
        fade = min(FADE, stop - start) if count and not turn else 0
        shot = Shot(
            picture=scene.picture, layers=scene.layers, start=start, frames=stop - start,
            begin=begin, end=end, fade=fade,
        )  # fmt: skip
        shots.append(_played(shot, scene) if turn < played else shot)
    return shots


def _played(shot: Shot, scene: Scene) -> Shot:
    """Show the clip instead of the still."""
    there = Framing(x=scene.focus[0], y=scene.focus[1], zoom=1)
    seen = {"picture": scene.clip, "kind": "clip", "clip_start": scene.clip_begin / FPS}
    return shot.model_copy(update={**seen, "begin": there, "end": there, "layers": ()})


def _way_back(first: Shot, start: int) -> Shot:
    """Return to the opening: a still arrives with the movement the first shot begins with, a clip plays up to it."""
    share = LOOP_FRAMES / first.frames / 2
    zoom = min(max(first.begin.zoom + (first.begin.zoom - first.end.zoom) * share, 1.0), 4.0)
    return first.model_copy(
        update={
            "start": start,
            "frames": LOOP_FRAMES,
            "fade": LOOP_FADE,
            "begin": first.begin.model_copy(update={"zoom": zoom}),
            "end": first.begin,
            "clip_start": 0.0,
        }
    )


def _cuts(scene: Scene) -> tuple[int, list[int]]:
    """Return how many shots of a scene show its clip, and the frames at which it is cut."""
    if scene.clip is not None and scene.clip == scene.picture:
        pieces = max(min(math.ceil(scene.frames / max(scene.playable, 1)), scene.frames // LEAST), 1)
        return pieces, [scene.first + scene.frames * piece // pieces for piece in range(1, pieces)]
    if scene.playable >= LEAST:
        cuts = _best_cuts(scene, min(scene.playable, round(LONGEST_SHOT * FPS)))
        if cuts is not None:
            return 1, cuts
    return 0, _best_cuts(scene, scene.frames) or []


def _best_cuts(scene: Scene, opening: int) -> list[int] | None:
    """Return the frames of the cuts that hurt least, the first within `opening` frames; None if there are none."""
    places = _places(scene)
    best: dict[int, tuple[float, list[int]]] = {scene.first: (0.0, [])}
    for stop, hurt in [*sorted(places.items()), (scene.beyond, 0.0)]:
        ways = [
            (cost + hurt + _strain(stop - start), [*cuts, start])
            for start, (cost, cuts) in best.items()
            if LEAST <= stop - start <= (opening if start == scene.first else FAR_TOO_LONG * FPS)
        ]
        if ways:
            best[stop] = min(ways)
    if scene.frames < LEAST and scene.frames <= opening:
        return []
    return best[scene.beyond][1][1:] if scene.beyond in best else None


def _places(scene: Scene) -> dict[int, float]:
    """Return the frames at which a scene may be cut, and how much that hurts: best just before a sentence."""
    places = {scene.first + round(step * GRID * FPS): MID_WORD for step in range(1, int(scene.frames / FPS / GRID) + 1)}
    for before, word in pairwise(scene.words):
        hurt = 0.0 if ends_sentence(before.text) else MID_SENTENCE if ends_phrase(before.text) else MID_PHRASE
        places[round(word.start * FPS) - 1] = hurt
    return {frame: hurt for frame, hurt in places.items() if scene.first < frame < scene.beyond}


def _strain(frames: int) -> float:
    """Say how much the length of a shot hurts: beyond its bounds, and a little when it is far from two seconds."""
    seconds = frames / FPS
    return 3 * max(SHORTEST_SHOT - seconds, seconds - LONGEST_SHOT, 0) + 0.05 * (seconds - PLEASANT) ** 2


def _move(scene: Scene, seconds: float, number: int, turn: int, count: int) -> tuple[Framing, Framing]:
    """Choose where a shot begins and ends: far, near and aside by turns; in and out by turns."""
    x, y = scene.focus
    far = (0.5 + (x - 0.5) * 0.4, 0.5 + (y - 0.5) * 0.4, FAR_BEFORE_LAYERS if scene.layers else FAR)
    near = (x, y, NEAR)
    aside = (1.0 - x if abs(x - 0.5) > 0.1 else x + 0.25, 0.5 + (y - 0.5) * 0.5, ASIDE)
    order = (near, far, aside) if number % 2 and count else (far, near, aside)
    across, down, zoom = order[turn % 3]
    wide = Framing(x=min(max(across, 0.0), 1.0), y=min(max(down, 0.0), 1.0), zoom=zoom)
    move = min(max(ZOOM_PER_SECOND * seconds, LEAST_MOVE), MOST_MOVE)
    close = Framing(x=wide.x + (x - wide.x) * 0.5, y=wide.y + (y - wide.y) * 0.5, zoom=round(zoom * (1 + move), 4))
    return (wide, close) if count % 2 == 0 else (close, wide)
