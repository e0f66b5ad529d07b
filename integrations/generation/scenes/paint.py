"""Colours, shapes and the SVG sheet that scenes are drawn on.

Every scene is designed on a sheet of 1080 x 1920 units, whatever the size of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from random import Random

W, H = 1080, 1920
"""Width and height of the design sheet, in units."""

Point = tuple[float, float]
Stop = tuple[float, str] | tuple[float, str, float]
"""Position 0 to 1 on a gradient, colour, and opacity (1 when left out)."""


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _gamma(value: float) -> float:
    value = min(1.0, max(0.0, value))
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


@lru_cache(maxsize=4096)
def lab(colour: str) -> tuple[float, float, float]:
    """Return the OKLab lightness, a and b of an #rrggbb colour."""
    r, g, b = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    mid = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * mid - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short,
    )


def from_lab(light: float, a: float, b: float) -> str:
    """Return the #rrggbb colour of an OKLab value, cut to what a screen can show."""
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    mid = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * mid + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * mid - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * mid + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(_gamma(c) * 255):02x}" for c in channels)


@lru_cache(maxsize=8192)
def mix(one: str, two: str, share: float) -> str:
    """Blend two colours as the eye sees it; `share` 0 gives the first, 1 the second."""
    a, b = lab(one), lab(two)
    return from_lab(*(x + (y - x) * share for x, y in zip(a, b, strict=True)))


@lru_cache(maxsize=8192)
def shift(colour: str, light: float = 0.0, chroma: float = 1.0) -> str:
    """Return the colour made lighter by `light` (-1 to 1) and its chroma multiplied."""
    lightness, a, b = lab(colour)
    return from_lab(min(1.0, max(0.0, lightness + light)), a * chroma, b * chroma)


def num(value: float) -> str:
    """Write a coordinate with one decimal at most."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def pts(text: str) -> list[Point]:
    """Read points written as in SVG: `pts("0,0 10,4.5 20,0")`."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def poly(points: Sequence[Point], close: bool = True) -> str:
    """Return the path data of a line through the points."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + ("Z" if close else "")


def curve(points: Sequence[Point], close: bool = False) -> str:
    """Return the path data of a smooth curve through the points (Catmull-Rom)."""
    padded = [points[-1], *points, *points[:2]] if close else [points[0], *points, points[-1]]
    text = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for i in range(len(padded) - 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = padded[i : i + 4]
        c = (x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6, x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6, x2, y2)
        text.append("C" + " ".join(num(v) for v in c))
    return "".join(text) + ("Z" if close else "")


def down(points: Sequence[Point], bottom: float = H + 20, smooth: bool = False) -> str:
    """Return the path data of the area below a line, down to `bottom`."""
    line = curve(points) if smooth else poly(points, close=False)
    return f"{line}L{num(points[-1][0])} {num(bottom)}L{num(points[0][0])} {num(bottom)}Z"


def disc(x: float, y: float, rx: float, ry: float | None = None) -> str:
    """Return the path data of a circle, or of an ellipse when `ry` is given."""
    r = rx if ry is None else ry
    arc = f"a{num(rx)} {num(r)} 0 1 1"
    return f"M{num(x - rx)} {num(y)}{arc} {num(2 * rx)} 0{arc} {num(-2 * rx)} 0Z"


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> str:
    """Return the path data of a rectangle with its corner at (x, y)."""
    r = min(radius, width / 2, height / 2)
    if r <= 0:
        return f"M{num(x)} {num(y)}h{num(width)}v{num(height)}h{num(-width)}Z"
    return (
        f"M{num(x + r)} {num(y)}h{num(width - 2 * r)}q{num(r)} 0 {num(r)} {num(r)}v{num(height - 2 * r)}"
        f"q0 {num(r)} {num(-r)} {num(r)}h{num(2 * r - width)}q{num(-r)} 0 {num(-r)} {num(-r)}"
        f"v{num(2 * r - height)}q0 {num(-r)} {num(r)} {num(-r)}Z"
    )


def taper(points: Sequence[Point], *widths: float) -> str:
    """Return the path data of a limb along the points, its width running through `widths`."""
    centre: list[Point] = []
    for i in range(len(points) - 1):
        (x0, y0), (x1, y1) = points[max(0, i - 1)], points[i]
        (x2, y2), (x3, y3) = points[i + 1], points[min(len(points) - 1, i + 2)]
        for t in (0.0, 0.25, 0.5, 0.75):
            a, b, c, d = -t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2
            centre.append(((a * x0 + b * x1 + c * x2 + d * x3) / 2, (a * y0 + b * y1 + c * y2 + d * y3) / 2))
    centre.append(points[-1])
    left, right = [], []
    last = len(centre) - 1
    for i, (x, y) in enumerate(centre):
        (xa, ya), (xb, yb) = centre[max(0, i - 1)], centre[min(last, i + 1)]
        length = math.hypot(xb - xa, yb - ya) or 1.0
        place = i / last * (len(widths) - 1)
        k = min(int(place), len(widths) - 2)
        half = (widths[k] + (widths[k + 1] - widths[k]) * (place - k)) / 2
        nx, ny = (yb - ya) / length * half, -(xb - xa) / length * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return curve([*left, *reversed(right)], close=True)


def star(x: float, y: float, size: float, waist: float = 0.16) -> str:
    """Return the path data of a four-pointed sparkle."""
    w = size * waist
    points = [(0, -size), (w, -w), (size, 0), (w, w), (0, size), (-w, w), (-size, 0), (-w, -w)]
    return poly([(x + dx, y + dy) for dx, dy in points])


def ridge(rng: Random, y: float, height: float, rough: float = 0.52, levels: int = 6) -> list[Point]:
    """Return a jagged ridgeline across the sheet by midpoint displacement, `height` units high."""
    line = [rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5)]
    swing = 0.5
    for _ in range(levels):
        middles = [(a + b) / 2 + rng.uniform(-swing, swing) for a, b in pairwise(line)]
        line = [v for pair in zip(line, [*middles, 0.0], strict=True) for v in pair][:-1]
        swing *= rough
    low, high = min(line), max(line)
    step = (W + 80) / (len(line) - 1)
    return [(-40 + i * step, y - height * (v - low) / (high - low)) for i, v in enumerate(line)]


def hills(rng: Random, y: float, height: float, waves: float = 1.4) -> list[Point]:
    """Return a gently rolling line across the sheet, its crests `height` above `y`."""
    one, two = rng.uniform(0, 6.3), rng.uniform(0, 6.3)
    points = []
    for i in range(19):
        t = i / 18
        rise = 0.5 + 0.36 * math.sin(6.3 * waves * t + one) + 0.14 * math.sin(13.1 * waves * t + two)
        points.append((-40 + t * (W + 80), y - height * rise))
    return points


def height_at(points: Sequence[Point], x: float) -> float:
    """Return the y of a ridgeline at `x`."""
    for (x1, y1), (x2, y2) in pairwise(points):
        if x1 <= x <= x2:
            return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return points[0][1] if x < points[0][0] else points[-1][1]


class Sheet:
    """An SVG document being drawn: gradients are shared, shapes lie in the order they are added."""

    def __init__(self) -> None:
        self._defs: dict[str, str] = {}
        self._body: list[str] = []

    def text(self, width: int, height: int) -> str:
        """Return the SVG document, covering `width` x `height` pixels; inside another document it is not cut."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {W} {H}" '
            f'preserveAspectRatio="xMidYMid slice" overflow="visible">'
            f"<defs>{''.join(self._named())}</defs>{''.join(self._body)}</svg>"
        )

    def _named(self) -> Iterator[str]:
        for content, name in self._defs.items():
            tag, rest = content.split(" ", 1)
            yield f'<{tag} id="{name}" {rest}'

    def define(self, content: str) -> str:
        """Keep a definition such as `clipPath ><path .../></clipPath>` and return its url(#name)."""
        return f"url(#{self._defs.setdefault(content, f'd{len(self._defs)}')})"

    def fade(self, y1: float, y2: float, *stops: Stop, x1: float = 0, x2: float = 0) -> str:
        """Return a linear gradient from (x1, y1) to (x2, y2) of the sheet."""
        ends = f'gradientUnits="userSpaceOnUse" x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}"'
        return self.define(f"linearGradient {ends}>{_stops(stops)}</linearGradient>")

    def glow(self, x: float, y: float, radius: float, *stops: Stop) -> str:
        """Return a radial gradient around (x, y) of the sheet."""
        ends = f'gradientUnits="userSpaceOnUse" cx="{num(x)}" cy="{num(y)}" r="{num(radius)}"'
        return self.define(f"radialGradient {ends}>{_stops(stops)}</radialGradient>")

    def fill(self, path: str, colour: str, opacity: float = 1.0, holes: bool = False) -> None:
        """Fill the path with a colour or gradient; with `holes`, what is enclosed twice stays open."""
        rule = ' fill-rule="evenodd"' if holes else ""
        alpha = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._body.append(f'<path d="{path}" fill="{colour}"{alpha}{rule}/>')

    def line(self, path: str, colour: str, width: float, opacity: float = 1.0, cap: str = "round") -> None:
        """Draw along the path with a pen of `width` units."""
        alpha = f' stroke-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._body.append(
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{num(width)}" stroke-linecap="{cap}" '
            f'stroke-linejoin="round"{alpha}/>'
        )

    def halo(self, x: float, y: float, radius: float, colour: str, strength: float) -> None:
        """Lay a soft round glow over what is there."""
        stops: list[Stop] = [(0, colour, strength), (0.35, colour, strength * 0.42), (0.7, colour, strength * 0.1)]
        self.fill(disc(x, y, radius), self.glow(x, y, radius, *stops, (1, colour, 0)))

    @contextmanager
    def inside(self, *, transform: str = "", opacity: float = 1.0, clip: str = "") -> Iterator[None]:
        """Draw what follows moved, faded or cut to the `clip` path."""
        parts = [f'transform="{transform}"' if transform else "", f'opacity="{opacity:.2f}"' if opacity < 1 else ""]
        if clip:
            cut = self.define(f'clipPath ><path d="{clip}"/></clipPath>')
            parts.append(f'clip-path="{cut}"')
        self._body.append(f"<g {' '.join(p for p in parts if p)}>")
        yield
        self._body.append("</g>")


def _stops(stops: Iterable[Stop]) -> str:
    text = []
    for stop in stops:
        alpha = f' stop-opacity="{stop[2]:.2f}"' if len(stop) == 3 else ""
        text.append(f'<stop offset="{stop[0]:.2f}" stop-color="{stop[1]}"{alpha}/>')
    return "".join(text)
