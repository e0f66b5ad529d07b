"""The embedded picture maker: illustrated scenes, drawn as vectors and rasterised on this machine.

`compose` is pure: equal requests give equal drawings. A drawing has three sheets; the soft ones (gradients
and glows) are rasterised small and scaled up, which is most of the speed, the sharp one at full size.
The rasteriser is resvg (https://docs.rs/resvg), which needs no system library and no fonts here.
"""

from __future__ import annotations

import io
from collections.abc import Callable
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
SOFT_SHARE = 6
"""The soft sheets are rasterised at one sixth of the size; they hold nothing sharper than that."""

EXPOSURE = {"dawn": 0.97, "day": 1.0, "golden-hour": 1.0, "dusk": 0.93, "night": 0.88}
"""How bright the hour is as a whole, so that night is darker than day even where no sky is seen."""

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
        """Draw the picture into workspace/picture.jpg.

        The result carries width and height in pixels and the focus, the centre of interest as shares of
        them. Raises BadInput for a request that is none, MediaError when it cannot be rasterised.
        """
        try:
            asked = DrawRequest.model_validate(request)
        except ValidationError as exc:
            raise BadInput("The request is no DrawRequest.", remedy="Give text, setting and palette.") from exc
        drawing = compose(asked)
        progress(0.3)
        picture = rasterise(drawing, asked)
        progress(0.9)
        path = workspace / "picture.jpg"
        part = path.with_suffix(".part")
        picture.save(part, format="JPEG", quality=94, subsampling=0)
        part.replace(path)
        progress(1.0)
        x, y = drawing.focus
        return Made(
            files={"picture": path},
            result={"width": asked.width, "height": asked.height, "focus": {"x": x, "y": y}},
        )


def compose(request: DrawRequest) -> Drawing:
    """Draw the scene that suits a request, as SVG."""
    scene, place = Scene(request), request.setting.place
    PLACES[place](scene)
    if place not in ("space", "moon", "reef"):
        scene.sparks(240, 1080, indoors=place in ROOMS)
    scene.floor()
    return scene.finish(request.width, request.height)


def rasterise(drawing: Drawing, request: DrawRequest) -> Image.Image:
    """Turn a drawing into pixels: soft back, sharp sheet, soft veil, then exposure and a trace of grain."""
    size = (request.width, request.height)
    small = (max(1, request.width // SOFT_SHARE), max(1, request.height // SOFT_SHARE))
    picture = _render(drawing.back, small).resize(size, Image.Resampling.BICUBIC)
    picture.alpha_composite(_render(drawing.main, size))
    picture.alpha_composite(_render(drawing.veil, small).resize(size, Image.Resampling.BILINEAR))
    picture = (
        ImageEnhance.Color(picture.convert("RGB")).enhance(CHROMA).point(_tones(EXPOSURE[request.setting.time]) * 3)
    )
    # At most one step of noise: it hides the bands of long gradients and costs the encoder next to nothing.
    chance = np.random.default_rng(int(content_key("grain", request.seed)[:12], 16))
    tile = chance.integers(0, 3, size=(128, 128), dtype=np.uint8)
    repeats = (-(-request.height // 128), -(-request.width // 128))
    grain = Image.fromarray(np.tile(tile, repeats)[: request.height, : request.width])
    return ImageChops.add(picture, Image.merge("RGB", (grain, grain, grain)), offset=-1)


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
