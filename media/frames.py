"""Composes a reel frame by frame: moving pictures, layers, clips, cross-fades, captions, cards, watermark.

Everything is drawn straight into the planes of one buffer in the encoder's own format, so no frame is ever
converted. What a frame looks like depends on the timeline only, not on the frame at which composing began.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import BadMedia
from media.camera import Fit, Window, layer_window_at, window_at
from media.canvas import Easel, Size
from media.clips import ClipPlayer
from media.glyphs import check_letters
from media.motion import Mover, mix
from media.planes import Planes
from media.timeline import Shot, Timeline
from media.writing import Writing

FULL = 256
"""A frame of which nothing is mixed away."""


def check_timeline(timeline: Timeline, files: Mapping[str, Path]) -> None:
    """Find out before the work begins what would break it later.

    Raises BadMedia for a picture, layer or clip that was not handed over, BadInput for text that cannot be drawn.
    """
    for sha in sorted(timeline.pictures):
        if sha not in files:
            raise BadMedia(f"The picture or clip {sha[:12]} of the timeline was not handed over.")
    for page in timeline.pages:
        for word in page.words:
            check_letters(word.text)
    for extra in (timeline.title, timeline.outro, timeline.watermark):
        if extra is not None:
            check_letters(extra.text)


def compose(
    timeline: Timeline,
    files: Mapping[str, Path],
    *,
    ffmpeg: Path,
    first: int = 0,
    beyond: int | None = None,
    easel: Easel | None = None,
) -> Iterator[memoryview]:
    """Yield the frames `first` to `beyond` - 1 (to the last) as raw yuv420p in BT.709 limited range.

    They always lie in the same memory: use each before asking for the next. Every range gives the very frames
    of the whole. Several may be composed at once in threads; they open each picture once if they share an easel.
    Raises BadMedia naming a picture, layer or clip that cannot be read, BadInput for text that cannot be drawn.
    """
    with closing(Composer(timeline, files, ffmpeg=ffmpeg, easel=easel)) as composer:
        for frame in range(first, timeline.frames if beyond is None else beyond):
            composer.draw(frame)
            yield composer.flat


class Composer:
    """Holds what is reused between the frames of one reel. Close it to end the reading of clips."""

    def __init__(
        self, timeline: Timeline, files: Mapping[str, Path], *, ffmpeg: Path, easel: Easel | None = None
    ) -> None:
        self._timeline, self._files, self._ffmpeg = timeline, files, ffmpeg
        self._size: Size = (timeline.width, timeline.height)
        self._frame, self._under = _Frame(*self._size), _Frame(*self._size)
        self._luma = Mover(timeline.width, timeline.height)
        self._chroma = Mover(timeline.width // 2, timeline.height // 2)
        self._starts = [shot.start for shot in timeline.shots]
        self._easel = easel or Easel(timeline.shots, files, self._size)
        self._players: dict[int, ClipPlayer] = {}
        self._writing = Writing(timeline)

    @property
    def flat(self) -> memoryview:
        """The frame that was drawn last, its three planes one after the other."""
        return self._frame.flat.data

    def draw(self, frame: int) -> Planes:
        """Draw a frame and return its planes, always the same ones. Frames are asked for one after the other."""
        number = bisect_right(self._starts, frame) - 1
        shot = self._timeline.shots[number]
        into = frame - shot.start
        fades = into < shot.fade
        self._forget_before(number - 1 if fades else number)
        self._draw_shot(number, frame, self._frame)
        if fades:
            self._draw_shot(number - 1, frame, self._under)
            mix(self._frame.flat, self._under.flat, round(FULL * (1 - (into + 1) / (shot.fade + 1))))
        self._writing.write(frame, self._frame.planes)
        return self._frame.planes

    def close(self) -> None:
        """Stop reading clips."""
        self._forget_before(len(self._starts))

    def _forget_before(self, number: int) -> None:
        """Stop reading the clips of shots before this one."""
        for over in [played for played in self._players if played < number]:
            self._players.pop(over).close()

    def _draw_shot(self, number: int, frame: int, into: _Frame) -> None:
        shot = self._timeline.shots[number]
        lasts = shot.frames + sum(after.fade for after in self._timeline.shots[number + 1 : number + 2])
        if shot.kind == "clip":
            self._play(number, lasts, frame - shot.start, into)
            return
        canvas = self._easel.still(shot)
        across, down = self._paths(window_at(shot, frame, lasts, canvas.fit), canvas.size, canvas.fit)
        self._luma.draw(canvas.y, into.planes.y, across.luma, down.luma)
        self._chroma.draw(canvas.u, into.planes.u, across.chroma, down.chroma)
        self._chroma.draw(canvas.v, into.planes.v, across.chroma, down.chroma)
        for place in range(len(shot.layers)):
            self._draw_layer(shot, place, frame, lasts, into.planes)

    def _draw_layer(self, shot: Shot, place: int, frame: int, lasts: int, planes: Planes) -> None:
        layer = self._easel.layer(shot, place)
        window = layer_window_at(shot, shot.layers[place].depth, layer.edges, frame, lasts, layer.fit)
        across, down = self._paths(window, layer.size, layer.fit)
        self._luma.lay(layer.luma, (planes.y,), across.luma, down.luma)
        self._chroma.lay(layer.chroma, (planes.u, planes.v), across.chroma, down.chroma)

    def _play(self, number: int, lasts: int, frame: int, into: _Frame) -> None:
        if number not in self._players:
            shot, fps = self._timeline.shots[number], self._timeline.fps
            self._players[number] = ClipPlayer(
                self._files[shot.picture],
                shot,
                size=self._size,
                fps=fps,
                first=frame,
                beyond=lasts,
                ffmpeg=self._ffmpeg,
            )
        into.flat[:] = np.frombuffer(self._players[number].next(), dtype=np.uint8)

    def _paths(self, window: Window, canvas: Size, fit: Fit) -> tuple[_Path, _Path]:
        across = _path(window.left, window.size * fit.across, canvas[0], self._size[0])
        return across, _path(window.top, window.size * fit.down, canvas[1], self._size[1], down=True)


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


@dataclass(frozen=True)
class _Path:
    """First sample and step along one axis, in luma and in chroma samples of the canvas."""

    luma: tuple[float, float]
    chroma: tuple[float, float]


def _path(corner: float, share: float, canvas: int, frame: int, *, down: bool = False) -> _Path:
    """Say which samples of the canvas lie under the samples of the frame along one axis.

    `corner` and `share` are the window's edge and extent as shares of the canvas. Chroma lies on the even
    columns, but between two rows (see `media.planes`).
    """
    step = share * canvas / frame
    start = corner * canvas
    first = start + step / 2 - 0.5
    chroma = (start + step - 1) / 2 if down else first / 2
    return _Path((first, step), (chroma, step))
