"""Pictures made ready to be moved: opened once, scaled for their shots, forgotten when others are needed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from media.camera import Edges, Fit
from media.motion import Cutout, Still
from media.pictures import open_layer, open_picture
from media.planes import to_cutouts, to_planes
from media.timeline import Sha, Shot

ZOOM_STEPS = 4
"""Pictures are scaled for the least zoom of their shot, in steps of a quarter: sharp, and never shimmering."""
MOST_FRAMES = 5
"""Of a picture as wide or high as more frames only the middle is kept: a panorama need not fit into memory."""

KEPT = 3
"""Pictures that are remembered, unless somebody says otherwise: the one that is seen, and those around it."""

Size = tuple[int, int]
T = TypeVar("T")


@dataclass(frozen=True)
class Canvas:
    """A picture scaled for a shot: its planes, its size in luma samples, and which part of it fits the frame."""

    y: Still
    u: Still
    v: Still
    size: Size
    fit: Fit


@dataclass(frozen=True)
class LayerCanvas:
    """A layer scaled for a shot, and which edges of its picture it reaches."""

    luma: Cutout
    chroma: Cutout
    size: Size
    fit: Fit
    edges: Edges


class Easel:
    """Holds the canvases of the pictures that were used last, for all who compose a reel at the same time.

    A picture is decoded once for all shots that show it, and again only when it had to be forgotten meanwhile.
    """

    def __init__(self, shots: Sequence[Shot], files: Mapping[Sha, Path], frame: Size, kept: int = KEPT) -> None:
        self._shots = [shot for shot in shots if shot.kind == "still"]
        self._files, self._frame, self._kept = files, frame, kept
        self._lock = threading.Lock()
        self._stills: OrderedDict[Sha, dict[int, Canvas]] = OrderedDict()
        self._layers: OrderedDict[Sha, dict[int, LayerCanvas]] = OrderedDict()

    def still(self, shot: Shot) -> Canvas:
        """Return the canvas of a shot's picture. Raises BadMedia naming a picture that cannot be read."""
        with self._lock:
            if shot.picture not in self._stills:
                self._stills[shot.picture] = self._draw_still(shot.picture)
            return _used(self._stills, shot.picture, self._kept)[_quarters(shot)]

    def layer(self, shot: Shot, number: int) -> LayerCanvas:
        """Return the canvas of a shot's layer. Raises BadMedia naming a layer that cannot be read."""
        sha = shot.layers[number].picture
        with self._lock:
            if sha not in self._layers:
                self._layers[sha] = self._draw_layer(sha)
            return _used(self._layers, sha, self._kept)[_quarters(shot)]

    def _draw_still(self, sha: Sha) -> dict[int, Canvas]:
        users = [shot for shot in self._shots if shot.picture == sha]
        picture = _middle(open_picture(self._files[sha], enough=self._enough(users)), self._frame)
        drawn: dict[Size, Canvas] = {}
        canvases: dict[int, Canvas] = {}
        for quarters in map(_quarters, users):
            size, fit = canvas_size(picture.size, quarters, self._frame)
            drawn[size] = canvases[quarters] = drawn.get(size) or _to_canvas(picture, size, fit)
        return canvases

    def _draw_layer(self, sha: Sha) -> dict[int, LayerCanvas]:
        users = [shot for shot in self._shots if sha in [layer.picture for layer in shot.layers]]
        picture = _middle(open_layer(self._files[sha], enough=self._enough(users)), self._frame)
        return {
            quarters: _to_layer(picture, *canvas_size(picture.size, quarters, self._frame))
            for quarters in {_quarters(user) for user in users}
        }

    def _enough(self, users: Sequence[Shot]) -> Size:
        """Return the size that a picture must have for all these shots."""
        scale = max(map(_quarters, users)) / ZOOM_STEPS
        return round(self._frame[0] * scale), round(self._frame[1] * scale)


def _used(made: OrderedDict[Sha, T], sha: Sha, kept: int) -> T:
    """Return an entry, as the one that was used last, and forget those that were used longest ago."""
    made.move_to_end(sha)
    while len(made) > kept:
        made.popitem(last=False)
    return made[sha]


def canvas_size(picture: Size, quarters: int, frame: Size) -> tuple[Size, Fit]:
    """Return the size of a picture's canvas, and the part of it that has the frame's proportions.

    One of its pixels is about one of the frame's when the zoom is `quarters` / 4, as far as the picture has them.
    """
    across, down = picture[0] / frame[0], picture[1] / frame[1]
    has = min(across, down)
    fit = Fit(has / across, has / down)
    scale = max(min(quarters / ZOOM_STEPS, has), 1.0)
    return (round(frame[0] * scale / fit.across / 2) * 2, round(frame[1] * scale / fit.down / 2) * 2), fit


def _middle(picture: Image.Image, frame: Size) -> Image.Image:
    """Cut a very wide or high picture down to its middle."""
    has = min(picture.width / frame[0], picture.height / frame[1])
    width, height = (min(side, round(MOST_FRAMES * has * part)) for side, part in zip(picture.size, frame, strict=True))
    if (width, height) == picture.size:
        return picture
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _quarters(shot: Shot) -> int:
    return int(min(shot.begin.zoom, shot.end.zoom) * ZOOM_STEPS)


def _to_canvas(picture: Image.Image, size: Size, fit: Fit) -> Canvas:
    planes = to_planes(picture.resize(size, Image.Resampling.LANCZOS))
    return Canvas(Still.of(planes.y), Still.of(planes.u), Still.of(planes.v), size, fit)


def _to_layer(picture: Image.Image, size: Size, fit: Fit) -> LayerCanvas:
    scaled = picture.resize(size, Image.Resampling.LANCZOS)
    left, top, right, bottom = scaled.getchannel("A").getbbox() or (1, 1, 1, 1)
    edges = Edges(left == 0, top == 0, right == size[0], bottom == size[1])
    return LayerCanvas(*to_cutouts(scaled), size, fit, edges)
