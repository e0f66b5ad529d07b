"""Picks the frame of a reel that makes the best cover: clean pictures, judged before anything is written on them.

A good one is sharp, has contrast, has its detail where the eye goes first (the middle of the upper part), and is calm
where the title will stand. All are compared small; only the chosen one is drawn at full size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from media.frames import Composer
from media.picture_checks import sharpness
from media.planes import BLUE, CB, CR, GREEN, LUMA, RED, Planes
from media.timeline import Shot, Timeline

SMALL = (270, 480)
"""Size in pixels at which frames are compared."""
EARLIEST = 0.3
"""Seconds; players take the first frames for a thumbnail anyway, and the picture has hardly begun to move."""
SHARES, CLIP_SHARES = (0.25, 0.75), (0.5,)
"""Where in each shot, once it is wholly there, frames are tried."""
INTEREST = (0.5, 0.34)
"""Where the eye goes first, as shares of width and height: above the title, on the upper third."""
REACH = (0.3, 0.2)
"""How far around it detail counts fully, as shares of the sides."""
TITLE_ROWS = (0.45, 0.74)
"""The part of the height where titles stand (see `media.cover`)."""
WEIGHTS = {"interest": 1.0, "contrast": 0.6, "sharpness": 0.6, "calm": 0.35}
OPENING = 0.5
"""What the picture of the hook is ahead by: the title speaks of what it shows. Any other must be clearly better."""
UNSURE = 0.5
"""Sharpness that is assumed of a picture too calm to tell."""

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class CoverFrame:
    """A frame for a cover: its number, its second (networks ask for it), and the clean picture at full size (RGB)."""

    frame: int
    second: float
    picture: Image.Image


def pick_cover(timeline: Timeline, files: Mapping[str, Path], *, ffmpeg: Path) -> CoverFrame:
    """Pick the best frame for the cover and draw it without captions, cards and watermark.

    `files` says where the file of each SHA-256 in the timeline lies; sounds are not needed. Equal timelines give
    equal picks. Raises BadMedia naming a picture or clip that cannot be read.
    """
    clean = timeline.model_copy(update={"pages": (), "title": None, "outro": None, "watermark": None})
    small = clean.model_copy(update={"width": SMALL[0], "height": SMALL[1]})
    scores: dict[int, float] = {}
    with closing(Composer(small, files, ffmpeg=ffmpeg)) as composer:
        for frame in candidates(timeline):
            opening = timeline.shots[0].picture == _shot_at(timeline, frame).picture
            scores[frame] = score(composer.draw(frame).y) + (OPENING if opening else 0.0)
    best = max(scores, key=lambda frame: (scores[frame], -frame))
    with closing(Composer(clean, files, ffmpeg=ffmpeg)) as composer:
        picture = to_picture(composer.draw(best))
    return CoverFrame(best, round(best / timeline.fps, 3), picture)


def candidates(timeline: Timeline) -> tuple[int, ...]:
    """Return the frames that are tried, in order: none in a cross-fade, none in the first 0.3 s.

    A still is tried twice in each shot, a clip once: a composer plays clips on from the first frame it was asked for.
    """
    earliest = min(math.ceil(EARLIEST * timeline.fps), timeline.frames - 1)
    tried = {
        shot.start + shot.fade + int((shot.frames - shot.fade) * share)
        for shot in timeline.shots
        if shot.frames > shot.fade
        for share in (SHARES if shot.kind == "still" else CLIP_SHARES)
    }
    return tuple(sorted(frame for frame in tried if frame >= earliest)) or (earliest,)


def score(luma: NDArray[np.uint8]) -> float:
    """Say how well a frame would do as a cover, from its luma in limited range (height, width); more is better."""
    levels = luma.astype(np.float64)
    detail = np.abs(np.diff(levels, axis=0))[:, 1:] + np.abs(np.diff(levels, axis=1))[1:]
    first, beyond = (round(len(detail) * share) for share in TITLE_ROWS)
    every_row = np.ones(len(luma), bool)
    found = {
        "interest": float((detail * _attention(detail.shape)).sum()) + 0.1,
        "contrast": float(levels[: round(len(levels) * TITLE_ROWS[1])].std()) + 1.0,
        "sharpness": sharpness(luma, every_row) or UNSURE,
        "calm": 1 / (float(detail[first:beyond].mean()) + 1.0),
    }
    return sum(weight * math.log(found[name]) for name, weight in WEIGHTS.items())


def to_picture(planes: Planes) -> Image.Image:
    """Turn BT.709 planes in limited range into RGB."""
    luma = (planes.y.astype(np.float32) - 16) / LUMA
    blue, red = ((_enlarged(plane, luma.shape) - 128) / step for plane, step in ((planes.u, CB), (planes.v, CR)))
    green = -(RED * red + BLUE * blue) / GREEN
    pixels = np.stack([luma + red, luma + green, luma + blue], axis=-1)
    return Image.fromarray(np.rint(np.clip(pixels, 0, 255)).astype(np.uint8), "RGB")


def _shot_at(timeline: Timeline, frame: int) -> Shot:
    return next(shot for shot in timeline.shots if frame < shot.start + shot.frames)


def _enlarged(chroma: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.float32]:
    size = (shape[1], shape[0])
    return np.asarray(Image.fromarray(chroma).resize(size, Image.Resampling.BILINEAR), np.float32)


def _attention(shape: tuple[int, ...]) -> Reals:
    """Return how much each pixel counts, 1 in all."""
    rows, columns = (
        np.exp(-0.5 * (((np.arange(side) + 0.5) / side - centre) / reach) ** 2)
        for side, centre, reach in zip(shape, INTEREST[::-1], REACH[::-1], strict=True)
    )
    weights = np.outer(rows, columns)
    return np.asarray(weights / weights.sum())
