"""Checks of what is seen: black, frozen, repeated and blurred pictures.

They look at luma in limited range (16 to 235) and leave out the rows where text stands, which rests and changes on
its own. The numbers were measured on five reels of 23 to 33 s with drawn scenes, at the house's encoding settings, and
on the same reels frozen, converted between rates, blurred and enlarged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from media.drawn_captions import plan_writing
from media.findings import RENDER_AGAIN, Finding, finding
from media.moments import card_moments, shot_moments
from media.playback import SMALL, Bytes, Playback
from media.timeline import HEIGHT, Shot, Timeline

BLACK_SECONDS, BLACK_LUMA, BLACK_SHARE = 0.3, 27, 0.98
"""A stretch is black when 98 % of its samples stay in the lowest 5 % for 0.3 s; a night sky with a moon is not."""

LOOK_AHEAD = 0.5
"""Seconds over which motion is looked for: long enough to see the slowest move, short enough to see a pause."""
LEAST_CHANGE = 0.025
"""A picture stands still when it changes by less than this share of its detail in LOOK_AHEAD. The slowest of good
reels changed by 0.049, half of all moments by more than 0.27; a frozen one by 0.01."""
LEAST_DETAIL = 2.0
"""Steps of luma between neighbouring samples below which motion cannot be seen: a plain wall, a calm gradient. Good
reels have 4.4 and more."""
FROZEN_SECONDS, STALLED_SECONDS = 3.5, 1.0
"""A picture may rest this long; a still that the timeline moves may stand no longer than the second number."""
LEAST_MOVE = 0.01
"""Share of the frame by which a still moves or grows in a second if its motion can be expected to be seen."""

REPEATED_CHANGE, REPEATED_SHARE, REPEATED_AT_LEAST = 0.35, 0.02, 6
"""A frame repeats the one before when it changes by less than 0.35 of what the frames around it do. In good reels
that happened to 0.05 % of frames, after a conversion from 25 or 24 to 30 fps to 3.4 % and more."""
MOVING = 0.1
"""Mean step of luma from frame to frame below which nothing can be said about repeats."""

BLOCK_SHARE, LEAST_BLOCK, CONTRAST, BLOCKS = 45, 8, 40, 8
"""Sharpness is looked for in squares of a 45th of the width (24 pixels of 1080, and never less than 8) with a contrast
of at least 40 steps, if there are eight. Gradients, even lively ones, have less on so short a way."""
SHARPEST = 90
BLURRED = 0.25
"""Share of a block's contrast that the steepest step between two pixels takes, for the sharpest tenth of blocks.
Good pictures: 0.62 to 0.80; enlarged threefold 0.31; blurred with a deviation of 3 pixels 0.21 to 0.30, of 5 pixels
0.14 to 0.22."""


def check_pictures(played: Playback, timeline: Timeline) -> Iterator[Finding]:
    """Say what is wrong with the pictures of a reel that was decoded without faults."""
    yield from _black(played.small, timeline.fps)
    small = played.small[: timeline.frames, _picture_rows(timeline)]
    yield from _frozen(small, timeline)
    yield from _repeated(small, timeline)
    yield from _blurred(played.stills, timeline)


def sharpness(luma: Bytes, free: NDArray[np.bool_]) -> float | None:
    """Measure how sharp the sharpest tenth of a picture is, 0 to 1; None when it has too little contrast to tell.

    `luma` is (height, width); `free` says which rows belong to the picture alone.
    """
    side = max(LEAST_BLOCK, luma.shape[1] // BLOCK_SHARE)
    height, width = luma.shape[0] // side, luma.shape[1] // side
    blocks = luma[: height * side, : width * side].reshape(height, side, width, side).astype(np.int16)
    contrast = blocks.max((1, 3)) - blocks.min((1, 3))
    down, across = np.abs(np.diff(blocks, axis=1)), np.abs(np.diff(blocks, axis=3))
    step = np.maximum(down.max((1, 3)), across.max((1, 3)))
    is_free = np.logical_and.reduce(free[: height * side].reshape(height, side), axis=1)
    usable = (contrast >= CONTRAST) & is_free[:, np.newaxis]
    if usable.sum() < BLOCKS:
        return None
    return float(np.percentile(step[usable] / contrast[usable], SHARPEST))


def _black(small: Bytes, fps: int) -> Iterator[Finding]:
    dark = np.array([(frame <= BLACK_LUMA).mean() >= BLACK_SHARE for frame in small], bool)
    first, frames = _longest(dark)
    if frames >= BLACK_SECONDS * fps:
        yield finding(
            "black", f"{frames / fps:.1f} s from {first / fps:.1f} s on", "Look at the picture of that scene."
        )


def _frozen(small: Bytes, timeline: Timeline) -> Iterator[Finding]:
    fps, ahead = timeline.fps, round(LOOK_AHEAD * timeline.fps)
    detail = np.array([_detail(frame) for frame in small[:-ahead]])
    rests = (_changes(small, ahead) < LEAST_CHANGE * detail) & (detail >= LEAST_DETAIL)
    moved = _frames_of(timeline, _is_moved)[: len(rests)]
    for resting, allowed in ((rests & moved, STALLED_SECONDS), (rests, FROZEN_SECONDS)):
        first, frames = _longest(resting)
        if frames and frames + ahead >= allowed * fps:
            measure = f"{(frames + ahead) / fps:.1f} s without motion from {first / fps:.1f} s on"
            yield finding("frozen", measure, "Look at the motion of that scene.")
            return


def _repeated(small: Bytes, timeline: Timeline) -> Iterator[Finding]:
    """Find frames shown twice, as after a careless change of rate; clips may have come like that."""
    change = _changes(small, 1)
    if len(change) < 3:
        return
    around = np.minimum(change[:-2], change[2:])
    judged = (around > MOVING) & _frames_of(timeline, lambda shot: shot.kind == "still")[2 : len(change)]
    repeats = int((judged & (change[1:-1] < REPEATED_CHANGE * around)).sum())
    if repeats >= max(REPEATED_AT_LEAST, REPEATED_SHARE * judged.sum()):
        yield finding("repeated-frames", f"{repeats} of {int(judged.sum())} frames repeat the one before", RENDER_AGAIN)


def _blurred(stills: Mapping[int, Bytes], timeline: Timeline) -> Iterator[Finding]:
    found = []
    for frame in shot_moments(timeline):
        if frame in stills and stills[frame].shape == (timeline.height, timeline.width):
            free = plan_writing(timeline, frame).cover.max(axis=1) == 0
            if (sharp := sharpness(stills[frame], free)) is not None:
                found.append((sharp, frame))
    if found and min(found)[0] < BLURRED:
        sharp, frame = min(found)
        yield finding(
            "blur",
            f"the sharpest edges at {frame / timeline.fps:.1f} s take {1 / sharp:.0f} pixels",
            "Make the picture of that scene again, or choose a larger one.",
        )


def _longest(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """Return where the longest run of flags begins and how long it is."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    runs = [(int(beyond - first), int(first)) for first, beyond in edges.reshape(-1, 2)]
    length, first = max(runs, default=(0, 0))
    return first, length


def _changes(small: Bytes, ahead: int) -> NDArray[np.float64]:
    """Return by how much each frame differs from the one `ahead` frames later, in mean steps of luma."""
    pairs = zip(small[:-ahead], small[ahead:], strict=True)
    return np.array([np.abs(after.astype(np.int16) - before).mean() for before, after in pairs])


def _detail(frame: Bytes) -> float:
    """Return the mean step of luma between neighbouring samples, both ways together."""
    levels = frame.astype(np.int16)
    return float(np.abs(np.diff(levels, axis=0)).mean() + np.abs(np.diff(levels, axis=1)).mean())


def _is_moved(shot: Shot) -> bool:
    """Whether a shot moves a still far enough for the motion to be seen."""
    begin, end = shot.begin, shot.end
    way = abs(end.zoom / begin.zoom - 1) + abs(end.x - begin.x) + abs(end.y - begin.y)
    return shot.kind == "still" and way >= LEAST_MOVE * shot.frames / 30


def _frames_of(timeline: Timeline, belongs: Callable[[Shot], bool]) -> NDArray[np.bool_]:
    """Say for every frame whether its shot belongs."""
    return np.concatenate([np.full(shot.frames, belongs(shot)) for shot in timeline.shots])


def _picture_rows(timeline: Timeline) -> NDArray[np.bool_]:
    """Say which rows of samples no lettering ever touches; captions stand in two lines at most."""
    style, safe = timeline.caption_style, timeline.safe
    reach = 2 * style.size
    centre = min(max(style.centre_y, safe.top + reach), safe.bottom - reach)
    at = (np.arange(SMALL[1]) + 0.5) * HEIGHT / SMALL[1]
    free = np.abs(at - centre) > reach
    wordless = timeline.model_copy(update={"pages": ()})
    for frame in (0, *card_moments(timeline).values()):
        written = np.flatnonzero(plan_writing(wordless, frame).cover.max(axis=1))
        free[written * SMALL[1] // timeline.height] = False
    return free
