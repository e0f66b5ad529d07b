"""Composes a reel frame by frame: moving pictures, cross-fades, captions, title, watermark.

Everything is drawn straight into the planes of one buffer in the encoder's own format, so no frame is ever
converted. Pictures are read when their shot begins and forgotten after it; a caption is drawn once per
spoken word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import BadMedia
from media.camera import Window, window_at
from media.captions import active_word, page_at
from media.glyphs import check_letters
from media.lettering import Drawing, draw_page, draw_title, draw_watermark
from media.motion import Mover, Still, mix, overlay
from media.planes import Overlay, Planes, cover, open_picture, to_overlay, to_planes
from media.timeline import Shot, Timeline

FULL = 256
"""An overlay that is wholly there."""
TITLE_FADE = 5
"""Frames over which the title goes away."""
ZOOM_STEPS = 4
"""Pictures are scaled for the least zoom of their shot, in steps of a quarter: sharp, and never shimmering."""


@dataclass(frozen=True)
class _Canvas:
    """A picture scaled for one shot, ready to be moved."""

    y: Still
    u: Still
    v: Still
    width: int
    height: int


class _Frame:
    """One frame as a flat buffer and as its planes."""

    def __init__(self, width: int, height: int) -> None:
        luma = width * height
        self.flat = np.zeros(luma * 3 // 2, dtype=np.uint8)
        self.planes = Planes(
            self.flat[:luma].reshape(height, width),
            self.flat[luma : luma + luma // 4].reshape(height // 2, width // 2),
            self.flat[luma + luma // 4 :].reshape(height // 2, width // 2),
        )


def check_timeline(timeline: Timeline, files: Mapping[str, Path]) -> None:
    """Find out before the work begins what would break it later.

    Raises BadMedia for a picture that was not handed over, BadInput for text that cannot be drawn.
    """
    for shot in timeline.shots:
        if shot.picture not in files:
            raise BadMedia(f"The picture {shot.picture[:12]} of the timeline was not handed over.")
    for page in timeline.pages:
        for word in page.words:
            check_letters(word.text)
    for extra in (timeline.title, timeline.watermark):
        if extra is not None:
            check_letters(extra.text)


def compose(timeline: Timeline, files: Mapping[str, Path]) -> Iterator[memoryview]:
    """Yield every frame as raw yuv420p, always in the same memory: use each before asking for the next.

    Raises BadMedia naming a picture that cannot be read, BadInput for text that cannot be drawn.
    """
    composer = _Composer(timeline, files)
    for frame in range(timeline.frames):
        yield composer.draw(frame)


class _Composer:
    """Holds what is reused between the frames of one reel."""

    def __init__(self, timeline: Timeline, files: Mapping[str, Path]) -> None:
        self.timeline, self.files = timeline, files
        self.frame = _Frame(timeline.width, timeline.height)
        self.under = _Frame(timeline.width, timeline.height)
        self.luma = Mover(timeline.width, timeline.height)
        self.chroma = Mover(timeline.width // 2, timeline.height // 2)
        self.canvases: dict[tuple[str, int], _Canvas] = {}
        self.number = 0
        self.picture = lru_cache(maxsize=1)(self._open)
        self.caption = lru_cache(maxsize=1)(self._caption)
        self.watermark = _overlay(
            draw_watermark(timeline.watermark.text, timeline.width) if timeline.watermark else None
        )
        self.title = _overlay(draw_title(timeline.title.text, timeline.width) if timeline.title else None)

    def draw(self, frame: int) -> memoryview:
        """Draw a frame; frames are asked for in order."""
        shots = self.timeline.shots
        while frame >= shots[self.number].start + shots[self.number].frames:
            self.number += 1
        shot = shots[self.number]
        self._draw_shot(self.number, frame, self.frame)
        into = frame - shot.start
        if into < shot.fade:
            self._draw_shot(self.number - 1, frame, self.under)
            mix(self.frame.flat, self.under.flat, round(FULL * (1 - (into + 1) / (shot.fade + 1))))
        else:
            self._forget()
        self._letter(frame)
        return self.frame.flat.data

    def _draw_shot(self, number: int, frame: int, into: _Frame) -> None:
        shot = self.timeline.shots[number]
        following = self.timeline.shots[number + 1 : number + 2]
        lasts = shot.frames + sum(after.fade for after in following)
        canvas = self._canvas(shot)
        window = window_at(shot, frame, lasts)
        across = _path(window, canvas.width, self.timeline.width)
        down = _path(window, canvas.height, self.timeline.height, down=True)
        self.luma.draw(canvas.y, into.planes.y, across.luma, down.luma)
        self.chroma.draw(canvas.u, into.planes.u, across.chroma, down.chroma)
        self.chroma.draw(canvas.v, into.planes.v, across.chroma, down.chroma)

    def _canvas(self, shot: Shot) -> _Canvas:
        key = _canvas_key(shot)
        if key not in self.canvases:
            self.canvases[key] = _make_canvas(self.picture(shot.picture), key[1], self.timeline)
        return self.canvases[key]

    def _forget(self) -> None:
        """Drop pictures that are no longer on screen; other shots of the present one follow soon."""
        now = self.timeline.shots[self.number].picture
        self.canvases = {key: canvas for key, canvas in self.canvases.items() if key[0] == now}

    def _open(self, sha: str) -> Image.Image:
        return open_picture(self.files[sha])

    def _letter(self, frame: int) -> None:
        timeline = self.timeline
        if self.watermark:
            self._lay(self.watermark, FULL)
        title = timeline.title
        if title and self.title and title.start <= frame < title.start + title.frames:
            left = title.start + title.frames - frame
            self._lay(self.title, round(FULL * min(left / (TITLE_FADE + 1), 1)))
        number = page_at(timeline, frame)
        if number is not None:
            drawn = self.caption(number, active_word(timeline.pages[number], frame / timeline.fps))
            if drawn:
                self._lay(drawn, FULL)

    def _caption(self, number: int, active: int) -> Overlay | None:
        timeline = self.timeline
        return _overlay(draw_page(timeline.pages[number], active, timeline.caption_style, timeline.width))

    def _lay(self, drawn: Overlay, share: int) -> None:
        planes, colour = self.frame.planes, drawn.colour
        overlay(planes.y, colour.y, drawn.cover, drawn.left, drawn.top, share)
        overlay(planes.u, colour.u, drawn.cover_chroma, drawn.left // 2, drawn.top // 2, share)
        overlay(planes.v, colour.v, drawn.cover_chroma, drawn.left // 2, drawn.top // 2, share)


@dataclass(frozen=True)
class _Path:
    """First sample and step along one axis, in luma and in chroma samples of the canvas."""

    luma: tuple[float, float]
    chroma: tuple[float, float]


def _path(window: Window, canvas: int, frame: int, *, down: bool = False) -> _Path:
    """Say which samples of the canvas lie under the samples of the frame along one axis.

    Chroma lies on the even columns, but between two rows (see `media.planes`).
    """
    step = window.size * canvas / frame
    corner = (window.top if down else window.left) * canvas
    first = corner + step / 2 - 0.5
    chroma = (corner + step - 1) / 2 if down else first / 2
    return _Path((first, step), (chroma, step))


def _canvas_key(shot: Shot) -> tuple[str, int]:
    return shot.picture, int(min(shot.begin.zoom, shot.end.zoom) * ZOOM_STEPS)


def _make_canvas(picture: Image.Image, quarters: int, timeline: Timeline) -> _Canvas:
    """Scale a picture so that one of its pixels is about one of the frame's, as far as it has them."""
    has = min(picture.width / timeline.width, picture.height / timeline.height)
    scale = max(min(quarters / ZOOM_STEPS, has), 1.0)
    width, height = (round(side * scale / 2) * 2 for side in (timeline.width, timeline.height))
    planes = to_planes(cover(picture, width, height))
    return _Canvas(Still.of(planes.y), Still.of(planes.u), Still.of(planes.v), width, height)


def _overlay(drawing: Drawing | None) -> Overlay | None:
    return to_overlay(drawing.image, drawing.left, drawing.top) if drawing else None
