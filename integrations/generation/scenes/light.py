"""Sky, sun, haze and mood: how a time of day, a mood and a palette colour everything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from core.models import Mood, Palette, TimeOfDay
from integrations.generation.scenes.paint import H, Point, Sheet, W, box, curve, disc, mix, poly, shift, star


@dataclass(frozen=True)
class Hour:
    """The natural colours of a time of day."""

    top: str
    mid: str
    low: str
    sun: str
    glow: str
    shade: str
    dark: float
    key: str
    warmth: float
    sun_y: float


HOURS: dict[TimeOfDay, Hour] = {
    "dawn": Hour("#4f74c8", "#d596c4", "#ffd0a0", "#fff3da", "#ffb98e", "#3c3f86", 0.2, "#ffab9c", 0.13, 0.43),
    "day": Hour("#1f7fd0", "#6bbaec", "#d9f1f6", "#fffdf0", "#fff6d0", "#1c4670", 0.03, "#fff6da", 0.05, 0.15),
    "golden-hour": Hour("#4f7fcf", "#f9b06c", "#ffe09a", "#fff6d2", "#ffb850", "#5c2f58", 0.14, "#ff963c", 0.17, 0.39),
    "dusk": Hour("#222878", "#8d479c", "#fb8a66", "#ffd9ae", "#ff8360", "#221c5c", 0.4, "#d65f80", 0.12, 0.45),
    "night": Hour("#08102f", "#173069", "#3a62a0", "#f6f1dd", "#9dbcf0", "#0a1238", 0.5, "#5f8ae0", 0.15, 0.15),
}


@dataclass(frozen=True)
class Feel:
    """What a mood does to the colours: chroma, haze, darkness and how far colours agree with the palette."""

    chroma: float
    haze: float
    dark: float
    tint: float


FEELS: dict[Mood, Feel] = {
    "bright": Feel(1.22, 0.72, -0.04, 0.1),
    "mysterious": Feel(0.92, 1.12, 0.08, 0.26),
    "cosy": Feel(1.12, 0.8, 0.0, 0.18),
    "epic": Feel(1.2, 0.86, 0.04, 0.16),
    "serene": Feel(0.98, 1.0, -0.03, 0.22),
    "lively": Feel(1.4, 0.68, -0.04, 0.1),
}


class Light:
    """The light of one picture: sky colours, where the sun stands, and the tone it gives to things."""

    def __init__(self, time: TimeOfDay, mood: Mood, palette: Palette, sun_x: float) -> None:
        hour, feel = HOURS[time], FEELS[mood]
        self.time, self.mood, self.palette = time, mood, palette
        self.is_night = time == "night"
        self.lamps = time in ("dusk", "night", "dawn")
        chroma = (feel.chroma + 1) / 2
        self.top = shift(mix(hour.top, palette.deep if time in ("dusk", "night") else palette.main, 0.3), 0, chroma)
        self.mid = shift(mix(hour.mid, palette.main if self.is_night else palette.soft, 0.26), 0, chroma)
        self.low = shift(mix(hour.low, palette.main if self.is_night else palette.glow, 0.26), 0, chroma)
        if mood == "cosy":
            self.mid, self.low = mix(self.mid, "#e8a070", 0.12), mix(self.low, "#ffc890", 0.16)
        if mood == "mysterious":
            self.top, self.mid = mix(self.top, palette.deep, 0.3), mix(self.mid, palette.deep, 0.2)
        self.sun = mix(hour.sun, palette.glow, 0.16)
        self.glow = mix(hour.glow, palette.glow, 0.3)
        self.haze = mix(self.low, self.mid, 0.35)
        self.shade = mix(hour.shade, palette.deep, 0.45)
        self.dark = min(0.8, max(0.0, hour.dark + feel.dark))
        self.lamp = mix("#ffcf73", palette.glow, 0.25)
        self._hour, self._feel = hour, feel
        self.sun_at: Point = (sun_x, hour.sun_y * H)

    def tone(self, base: str, depth: float = 0.0, subject: bool = False) -> str:
        """Return how a thing of this natural colour looks here; `depth` 0 is near, 1 at the horizon.

        A subject keeps more of its own colour and light, so that it reads at night too.
        """
        colour = mix(base, self.palette.main, self._feel.tint * (0.45 if subject else 1))
        colour = shift(colour, 0, self._feel.chroma)
        dark = self.dark * (0.5 if subject else 1)
        colour = mix(shift(colour, -0.2 * dark), self.shade, dark * 0.72)  # not by mixing alone: that greys
        colour = mix(colour, self._hour.key, self._hour.warmth * (0.6 if subject else 1))
        return mix(colour, self.haze, min(0.94, depth * self._feel.haze * 0.9))

    def indoors(self) -> Light:
        """Return the same light as a room with lamps sees it: less dark, a little warmer."""
        room = Light(self.time, self.mood, self.palette, self.sun_at[0])
        room.dark = self.dark * 0.5
        room.shade = mix(self.shade, "#4a2018", 0.3)
        if self.lamps:
            room._hour = replace(self._hour, key="#ffb05a", warmth=0.2)
        return room


def paint_sky(back: Sheet, sheet: Sheet, light: Light, rng: Random, horizon: float, sun: bool = True) -> None:
    """Fill the back sheet with the sky down to its horizon and set stars, sun or moon on the sharp sheet."""
    stops = ((0, light.top), (0.5, light.mid), (0.86, light.low), (1, mix(light.low, light.glow, 0.4)))
    back.fill(box(0, 0, W, H), back.fade(0, horizon, *stops))
    if light.time in ("night", "dusk"):
        paint_stars(sheet, rng, horizon, 150 if light.is_night else 55)
    if not sun:
        return
    x, y = light.sun_at
    if light.is_night:
        paint_moon(back, sheet, light, x, y, 62)
        return
    low = light.time != "day"
    back.halo(x, y, 720 if low else 560, light.glow, 0.75)
    if light.mood in ("epic", "bright") and low:
        paint_rays(back, light, rng, x, y)
    back.halo(x, y, 260, light.sun, 0.8)
    sheet.fill(disc(x, y, 84 if low else 62), light.sun)


def paint_stars(sheet: Sheet, rng: Random, horizon: float, count: int) -> None:
    """Scatter stars above the horizon, thinner towards it, with a few sparkles."""
    small, large = [], []
    for i in range(count):
        x, y = rng.uniform(0, W), horizon * rng.random() ** 1.35
        if i % 24 == 0:
            large.append(star(x, y, rng.uniform(7, 13)))
        else:
            small.append(disc(x, y, rng.choice((0.9, 1.3, 1.3, 1.9, 2.5))))
    fade = sheet.fade(0, horizon, (0, "#ffffff", 0.95), (0.6, "#ffffff", 0.6), (1, "#ffffff", 0))
    sheet.fill("".join(small), fade)
    sheet.fill("".join(large), fade)


def paint_moon(back: Sheet, sheet: Sheet, light: Light, x: float, y: float, radius: float) -> None:
    """Draw a full moon with its seas and a wide glow."""
    back.halo(x, y, radius * 7, light.glow, 0.55)
    back.halo(x, y, radius * 2.4, light.sun, 0.5)
    sheet.fill(disc(x, y, radius), light.sun)
    seas = ((-0.3, -0.25, 0.26), (0.28, 0.05, 0.34), (-0.15, 0.42, 0.2), (0.3, -0.5, 0.14), (-0.55, 0.2, 0.12))
    spots = "".join(disc(x + dx * radius, y + dy * radius, r * radius) for dx, dy, r in seas)
    sheet.fill(spots, mix(light.sun, light.shade, 0.28), 0.5)


def paint_rays(sheet: Sheet, light: Light, rng: Random, x: float, y: float) -> None:
    """Spread broad beams from a low sun."""
    fade = sheet.glow(x, y, 1100, (0, light.sun, 0.34), (0.5, light.glow, 0.12), (1, light.glow, 0))
    beams = []
    for i in range(11):
        left = -1.9 + i * 0.36 + rng.uniform(-0.06, 0.06)
        right = left + rng.uniform(0.06, 0.14)
        beams.append(poly([(x, y), (x + 1300 * left, y - 1200), (x + 1300 * right, y - 1200)]))
    sheet.fill("".join(beams), fade)


def cloud(rng: Random, x: float, y: float, width: float) -> str:
    """Return the path data of a flat-based cloud around (x, y)."""
    parts = [box(x - width / 2, y - width * 0.09, width, width * 0.13, width * 0.065)]
    count = max(3, int(width / 62))
    for i in range(count):
        t = (i + 0.5) / count
        lift = 1 - abs(2 * t - 1) ** 1.8
        r = width * (0.07 + 0.11 * lift * rng.uniform(0.7, 1.15))
        parts.append(disc(x + (t - 0.5) * width * 0.84, y - width * 0.05 - r * 0.6 * lift, r))
    return "".join(parts)


def paint_clouds(sheet: Sheet, light: Light, rng: Random, top: float, bottom: float, count: int) -> None:
    """Let a few clouds drift between two heights; they are lit below by a low sun and fade downwards."""
    bright = mix("#ffffff", light.low, 0.3) if light.time == "day" else mix(light.low, light.glow, 0.5)
    if light.is_night:
        bright = mix(light.low, light.glow, 0.12)
    for i in range(count):
        y = top + (bottom - top) * (i + rng.uniform(0.2, 0.8)) / count
        x, width = rng.uniform(60, W - 60), rng.uniform(220, 460) * (1 - 0.3 * (y - top) / (bottom - top + 1))
        if light.mood == "serene":
            long = width * 1.7
            path = box(x - long / 2, y, long, 20, 10) + box(x - long * 0.2, y - 16, long * 0.6, 22, 11)
            sheet.fill(path, bright, 0.42)
            continue
        fade = sheet.fade(y - width * 0.3, y + width * 0.05, (0, bright, 0.9), (1, mix(bright, light.mid, 0.6), 0.4))
        sheet.fill(cloud(rng, x, y, width), fade)


def paint_birds(sheet: Sheet, light: Light, rng: Random, x: float, y: float, count: int) -> None:
    """Let a loose flock fly around (x, y)."""
    for _ in range(count):
        bx, by, w = x + rng.uniform(-190, 190), y + rng.uniform(-80, 80), rng.uniform(11, 21)
        wing = f"M{bx - w:.1f} {by - w * 0.3:.1f}q{w * 0.7:.1f} {-w * 0.5:.1f} {w:.1f} {w * 0.35:.1f}"
        colour = mix(light.shade, light.mid, 0.25)
        sheet.line(f"{wing}q{w * 0.3:.1f} {-w * 0.85:.1f} {w:.1f} {-w * 0.35:.1f}", colour, 3.4)


def paint_mist(sheet: Sheet, light: Light, rng: Random, y: float, strength: float = 0.5) -> None:
    """Lay a bank of mist across the sheet at height y."""
    points = [(-40 + i * 190, y + rng.uniform(-26, 26)) for i in range(8)]
    under = [(x, yy + rng.uniform(80, 130)) for x, yy in reversed(points)]
    colour = mix(light.haze, light.glow if not light.is_night else light.mid, 0.2)
    fade = sheet.fade(y - 30, y + 130, (0, colour, 0), (0.4, colour, strength), (1, colour, 0))
    sheet.fill(curve([*points, *under], close=True), fade)
