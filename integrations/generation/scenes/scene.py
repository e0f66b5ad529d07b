"""One picture in the making: its sheets, one light, one source of chance, and the props the text asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from core.keys import content_key
from core.models import DrawRequest
from integrations.generation.scenes.light import (
    Light,
    paint_birds,
    paint_clouds,
    paint_mist,
    paint_sky,
)
from integrations.generation.scenes.paint import H, Point, Sheet, W, disc, down, mix, poly, star
from integrations.generation.scenes.pen import Habitat, Pen, Prop
from integrations.generation.scenes.props import PROPS
from integrations.generation.scenes.words import named_props

WITH_FLOOR, FRAME_ONLY = 1.4, 1.7
"""How far a front moves that holds the subject and the floor below it, and one that only frames the view.

A floor reaches from the subject to the viewer, so it moves as far as its middle would.
"""


@dataclass(frozen=True)
class Drawing:
    """The SVG texts of a picture, its centre of interest, and how far its front moves.

    `back` and `veil` hold only soft things (gradients, glows) and may be rasterised small and scaled up;
    `main` and `near` are sharp and transparent where what lies behind shows through. The picture is complete
    without `near`, the front, which moves `depth` times as far as the rest when a camera passes.
    """

    back: str
    main: str
    near: str
    veil: str
    focus: Point
    depth: float


class Scene:
    """What a place is drawn on. Places call its methods from far to near."""

    def __init__(self, request: DrawRequest) -> None:
        place, palette = request.setting.place, request.palette
        chance = content_key("scene", request.text, place, request.seed)
        self.rng = Random(int(chance[:16], 16))  # noqa: S311 - chance of composition, not of secrets
        self.time, self.mood, self.palette = request.setting.time, request.setting.mood, palette
        self.light = Light(self.time, self.mood, palette, self.rng.choice((0.27, 0.36, 0.64, 0.73)) * W)
        self.back, self.main, self.near, self.veil = Sheet(), Sheet(), Sheet(), Sheet()
        self.sheet, self.depth = self.main, 1.0
        self.wanted: list[Prop] = [PROPS[name] for name in named_props(f"{request.text} {request.subject}")]
        self.focus: Point = (W / 2, H * 0.4)
        self.horizon = 0.0

    def tone(self, base: str, depth: float = 0.0) -> str:
        """Return how a thing of this natural colour looks in the light of this scene."""
        return self.light.tone(base, depth)

    def front(self, depth: float = WITH_FLOOR) -> None:
        """Let all that follows stand in front, on a sheet that moves `depth` times as far as what is behind.

        A place calls this once: before the floor of its subject, so that feet stay on their ground, else
        before what frames the view. What was painted until then must go on behind it.
        """
        self.sheet, self.depth = self.near, depth

    def sky(self, horizon: float, sun: bool = True, clouds: int = 3) -> None:
        """Paint the sky with what the mood adds to it: clouds and birds."""
        self.horizon = horizon
        paint_sky(self.back, self.sheet, self.light, self.rng, horizon, sun)
        amount = {"epic": clouds + 1, "mysterious": clouds - 1}.get(self.mood, clouds)
        if clouds and amount > 0:
            paint_clouds(self.sheet, self.light, self.rng, 130, horizon * 0.74, amount)
        flock = {"bright": 5, "lively": 9, "epic": 5, "serene": 3}.get(self.mood, 0)
        if flock and not self.light.is_night:
            x = W - self.light.sun_at[0] + self.rng.uniform(-90, 90)
            paint_birds(self.sheet, self.light, self.rng, x, horizon * self.rng.uniform(0.3, 0.5), flock)

    def layer(
        self,
        points: Sequence[Point],
        base: str,
        depth: float,
        mist: float = 0.5,
        reach: float = 300,
        smooth: bool = False,
    ) -> None:
        """Fill below a skyline; the colour dissolves into haze over `reach` units downwards."""
        top = min(y for _, y in points)
        colour = self.tone(base, depth)
        foot = mix(colour, self.light.haze, mist * 0.75)
        self.sheet.fill(down(points, smooth=smooth), foot)
        low = max(max(y for _, y in points) + 40, top + reach)
        self.sheet.fill(down(points, low, smooth), self.sheet.fade(top, low, (0, colour), (1, foot)))

    def mist(self, y: float, strength: float = 0.5) -> None:
        """Lay mist across the scene; much in mysterious moods, less in clear ones."""
        factor = {"mysterious": 1.35, "serene": 1.1, "bright": 0.6, "lively": 0.5}.get(self.mood, 0.85)
        paint_mist(self.sheet, self.light, self.rng, y, min(0.9, strength * factor))

    def put(self, habitat: Habitat, x: float, y: float, size: float, default: str = "", depth: float = 0.06) -> bool:
        """Place the first prop that the text names and that fits here, else the default one.

        Things that stand have their foot at (x, y), things that float their centre. Returns whether
        anything was placed; the focus moves to it.
        """
        prop = next((p for p in self.wanted if habitat in p.habitats), None)
        if prop is not None:
            self.wanted.remove(prop)
        elif default:
            prop = PROPS[default]
        else:
            return False
        size *= prop.scale
        floats_here = habitat in ("deep", "air", "space", "wall")
        if prop.stands and floats_here:
            y += size / 2
        elif not prop.stands and not floats_here:
            y -= size * prop.lift
        middle = (x, y - size / 2) if prop.stands else (x, y)
        if not floats_here and prop.stands and habitat != "surface":
            self.sheet.fill(disc(x, y, size * 0.42, size * 0.045), self.tone("#20242c"), 0.35)
        flip = -1 if self.rng.random() < 0.5 and not prop.fixed else 1
        scale = size / 100
        with self.sheet.inside(transform=f"translate({x:.1f} {y:.1f}) scale({flip * scale:.3f} {scale:.3f})"):
            prop.draw(Pen(self.sheet, self.light, depth))
        self.focus = (min(W * 0.8, max(W * 0.2, middle[0])), min(H * 0.55, max(H * 0.2, middle[1])))
        return True

    def wants(self, *habitats: Habitat) -> bool:
        """Say whether the text names a prop that fits one of these habitats and is not placed yet."""
        return any(h in prop.habitats for prop in self.wanted for h in habitats)

    def floor(self, strength: float = 0.36) -> None:
        """Calm the lower third, where captions stand, and darken the corners."""
        deep = mix(self.light.shade, self.palette.deep, 0.5)
        stops = ((0, deep, 0.0), (0.3, deep, strength * 0.6), (1, deep, min(0.95, strength * 1.6)))
        self.veil.fill(f"M0 1010H{W}V{H}H0Z", self.veil.fade(1010, H, *stops))
        ring = self.veil.glow(W / 2, H * 0.42, 1180, (0, deep, 0), (0.6, deep, 0), (1, deep, 0.4))
        self.veil.fill(f"M0 0H{W}V{H}H0Z", ring)

    def sparks(self, low: float, high: float, indoors: bool = False) -> None:
        """Add what the mood lets float in the air between two heights: fireflies, sparkles, motes.

        They float behind the front, or it would reach over the whole picture and cost as much to rasterise.
        """
        rng, light = self.rng, self.light
        if self.mood == "lively" and not indoors:
            hues = (self.palette.accent, self.palette.glow, self.palette.soft, mix(self.palette.accent, "#ffffff", 0.4))
            for i in range(22):
                x, y = rng.uniform(30, W - 30), rng.uniform(low, high)
                dx, dy = rng.uniform(5, 13), rng.uniform(-7, 7)
                self.main.fill(poly([(x, y), (x + dx, y + dy), (x + dx - 4, y + dy + 9)]), hues[i % 4], 0.8)
        elif self.mood == "mysterious" or (self.mood == "cosy" and (light.lamps or indoors)):
            for _ in range(16):
                x, y = rng.uniform(60, W - 60), rng.uniform(low, high)
                self.main.halo(x, y, rng.uniform(14, 30), light.lamp, 0.75)
                self.main.fill(disc(x, y, rng.uniform(2, 3.6)), mix(light.lamp, "#ffffff", 0.5))
        elif self.mood == "bright" or indoors:
            marks = [star(rng.uniform(60, W - 60), rng.uniform(low, high), rng.uniform(6, 15)) for _ in range(9)]
            self.main.fill("".join(marks), mix(light.sun, "#ffffff", 0.5), 0.75)

    def finish(self, width: int, height: int) -> Drawing:
        """Lay the colour of the hour over everything and return the drawing for a picture of this size."""
        light = self.light
        if light.sun_at[1] < self.horizon and not light.is_night:
            self.veil.halo(*light.sun_at, 620, light.glow, 0.3)
        scale = max(width / W, height / H)
        x = ((self.focus[0] - W / 2) * scale + width / 2) / width
        y = ((self.focus[1] - H / 2) * scale + height / 2) / height
        focus = (round(min(1.0, max(0.0, x)), 4), round(min(1.0, max(0.0, y)), 4))
        sheets = (self.back, self.main, self.near, self.veil)
        back, main, near, veil = (sheet.text(width, height) for sheet in sheets)
        return Drawing(back, main, near, veil, focus, self.depth)
