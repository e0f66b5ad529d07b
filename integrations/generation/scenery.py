"""The embedded picture maker: illustrated scenes, drawn as vectors and rasterised on this machine.

`compose` is pure: equal requests give equal drawings. A drawing has four sheets; the soft ones (gradients
and glows) are rasterised small and scaled up, which is most of the speed, the sharp ones at full size. One of
these is the front, handed over apart as well, so that it can move before the rest as near things do.
The rasteriser is resvg (https://docs.rs/resvg), which needs no system library and no fonts here.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import resvg_py
from PIL import Image, ImageChops, ImageEnhance
from pydantic import ValidationError

from core.errors import BadInput, MediaError
from core.keys import content_key
from core.models import Capability, DrawRequest, Made, Place, Progress
from core.settings import Settings
from integrations.generation.scenes import cosmos, halls, indoors, land, ocean, town, water, ways, wonders, woods
from integrations.generation.scenes.scene import Drawing, Scene

PLACES: dict[Place, Callable[[Scene], None]] = {
    "mountains": land.mountains, "sea": ocean.sea, "reef": ocean.reef, "forest": woods.forest, "jungle": woods.jungle,
    "desert": land.desert, "savanna": land.savanna, "river": water.river, "lake": water.lake, "polar": wonders.polar,
    "volcano": wonders.volcano, "island": water.island, "meadow": land.meadow, "garden": land.garden, "city": town.city,
    "old-town": town.old_town, "harbour": water.harbour, "road": ways.road, "railway": ways.railway,
    "workshop": indoors.workshop, "kitchen": indoors.kitchen, "library": halls.library, "stage": halls.stage,
    "observatory": cosmos.observatory, "space": cosmos.space, "moon": cosmos.moon, "sky": cosmos.sky,
    "cave": wonders.cave, "ruins": wonders.ruins, "laboratory": indoors.laboratory,
}  # fmt: skip
"""Who composes which place."""

ROOMS: frozenset[Place] = frozenset({"workshop", "kitchen", "library", "stage", "laboratory"})
SOFT_SHARE = 8
"""The soft sheets are rasterised at one eighth of the size; they hold nothing sharper than that."""

ROWS = 96
"""Rows of the tiny copy in which the front is looked for."""

EXPOSURE = {"dawn": 0.97, "day": 1.0, "golden-hour": 1.0, "dusk": 0.93, "night": 0.88}
"""How bright the hour is as a whole, so that night is darker than day even where no sky is seen."""

PACKING = 3
"""Level of compression of the front: higher ones take twice as long for a tenth less."""

CHROMA, CONTRAST = 1.16, 0.3
"""A last touch on the whole picture, as a printer would give a poster."""


class Scenery:
    """Draws the picture of a scene."""

    name: ClassVar[str] = "scenery"
    capability: ClassVar[Capability] = Capability.DRAW

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def objection(self, request: dict[str, Any]) -> str | None:
        """Say why this request cannot be drawn, or None when it can."""
        try:
            DrawRequest.model_validate(request)
        except ValidationError as exc:
            return f"The request is no DrawRequest: {exc.errors()[0]['msg']}."
        return None

    def make(self, request: dict[str, Any], workspace: Path, progress: Progress) -> Made:
        """Draw the picture into workspace/picture.jpg, and its parts into ground.jpg and front.png.

        The files are "picture", the whole; "ground", an opaque picture that goes on behind the front; and
        "front" with transparency, all of one size: the front laid over the ground gives the picture. The result
        carries width and height in pixels; the focus, the centre of interest as shares of them; and the layers
        that lie over the ground, far to near, with the depth of each: how many times as far as the ground it
        moves. Raises BadInput for a request that is none, MediaError when it cannot be rasterised.
        """
        try:
            asked = DrawRequest.model_validate(request)
        except ValidationError as exc:
            raise BadInput("The request is no DrawRequest.", remedy="Give text, setting and palette.") from exc
        drawing = compose(asked)
        progress(0.3)
        parts = rasterise(drawing, asked)
        progress(0.8)
        files = {
            "picture": _save(parts.whole, workspace / "picture.jpg"),
            "ground": _save(parts.ground, workspace / "ground.jpg"),
            "front": _save(parts.front, workspace / "front.png"),
        }
        progress(1.0)
        x, y = drawing.focus
        return Made(
            files=files,
            result={
                "width": asked.width,
                "height": asked.height,
                "focus": {"x": x, "y": y},
                "layers": [{"role": "front", "depth": drawing.depth}],
            },
        )


@dataclass(frozen=True)
class Parts:
    """A scene in pixels: what is behind (RGB), the front (RGBA) that lies over it, and the grain (RGB) over all.

    The front itself has no grain: noise would triple its file and double the time to pack it.
    """

    behind: Image.Image
    front: Image.Image
    grain: Image.Image

    @property
    def ground(self) -> Image.Image:
        """The opaque picture without the front (RGB)."""
        return ImageChops.add(self.behind, self.grain, offset=-1)

    @property
    def whole(self) -> Image.Image:
        """The picture with the front over it (RGB)."""
        picture = self.behind.copy()
        picture.paste(self.front, mask=self.front)
        return ImageChops.add(picture, self.grain, offset=-1)


def compose(request: DrawRequest) -> Drawing:
    """Draw the scene that suits a request, as SVG."""
    scene, place = Scene(request), request.setting.place
    PLACES[place](scene)
    if place not in ("space", "moon", "reef"):
        scene.sparks(240, 1080, indoors=place in ROOMS)
    scene.floor()
    return scene.finish(request.width, request.height)


def rasterise(drawing: Drawing, request: DrawRequest) -> Parts:
    """Turn a drawing into pixels: soft back, sharp sheets, then the soft veil, exposure and a trace of grain."""
    size = (request.width, request.height)
    small = (max(1, request.width // SOFT_SHARE), max(1, request.height // SOFT_SHARE))
    ground = _render(drawing.back, small).convert("RGB").resize(size, Image.Resampling.BICUBIC)
    main = _render(drawing.main, size)
    ground.paste(main, mask=main)
    top, near = _render_rows(drawing.near, size)
    rows = (0, top, request.width, top + near.height)
    veil = _render(drawing.veil, small).resize(size, Image.Resampling.BILINEAR)
    exposure = EXPOSURE[request.setting.time]
    colours = _develop(near.convert("RGB"), veil.crop(rows), exposure)
    cover = near.getchannel("A")
    colours.putalpha(cover)
    front = Image.new("RGBA", size)
    front.paste(colours, rows, cover.point([0] + [255] * 255))  # the rest stays black: that packs best
    return Parts(_develop(ground, veil, exposure), front, _grain(request))


def _develop(part: Image.Image, veil: Image.Image, exposure: float) -> Image.Image:
    """Lay the veil over an RGB picture and expose it.

    The veil lies as densely on the front as on the ground, so it looks the same wherever the front moves.
    """
    part.paste(veil, mask=veil)
    return ImageEnhance.Color(part).enhance(CHROMA).point(_tones(exposure) * 3)


def _grain(request: DrawRequest) -> Image.Image:
    """Return one step of noise at most: it hides the bands of long gradients and costs next to nothing to encode."""
    chance = np.random.default_rng(int(content_key("grain", request.seed)[:12], 16))
    tile = chance.integers(0, 3, size=(128, 128), dtype=np.uint8)
    repeats = (-(-request.height // 128), -(-request.width // 128))
    grain = Image.fromarray(np.tile(tile, repeats)[: request.height, : request.width])
    return Image.merge("RGB", (grain, grain, grain))


def _tones(exposure: float) -> list[int]:
    """Return the tone curve for one channel: an S that holds black and white, times the exposure."""
    levels = (v / 255 for v in range(256))
    return [round(min(255.0, 255 * exposure * (v + CONTRAST * (v - 0.46) * v * (1 - v) * 4))) for v in levels]


def _render(svg: str, size: tuple[int, int]) -> Image.Image:
    try:
        data = resvg_py.svg_to_bytes(svg_string=svg, width=size[0], height=size[1], skip_system_fonts=True)
    except ValueError as exc:
        raise MediaError("The scene could not be rasterised.", last_lines=str(exc)) from exc
    return Image.open(io.BytesIO(bytes(data))).convert("RGBA")


def _render_rows(svg: str, size: tuple[int, int]) -> tuple[int, Image.Image]:
    """Rasterise the rows that something is drawn on, found in a tiny copy, and return the first and the pixels.

    Rows without anything cost the rasteriser most of all.
    """
    width, height = size
    rows = min(ROWS, height)
    drawn = _render(svg, (max(1, width * rows // height), rows)).getbbox() or (0, 0, 1, 1)
    top, end = height * max(0, drawn[1] - 1) // rows, height * min(rows, drawn[3] + 1) // rows
    part = f'width="{width}" height="{end - top}" viewBox="0 {top} {width} {end - top}"'
    return top, _render(f'<svg xmlns="http://www.w3.org/2000/svg" {part}>{svg}</svg>', (width, end - top))


def _save(picture: Image.Image, path: Path) -> Path:
    """Write a JPEG or PNG, by the ending of its name, whole or not at all."""
    part = path.with_suffix(".part")
    if path.suffix == ".png":
        picture.save(part, format="PNG", compress_level=PACKING)
    else:
        picture.save(part, format="JPEG", quality=94, subsampling=0)
    part.replace(path)
    return path
