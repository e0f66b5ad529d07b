"""Natural shapes that several places share: mountains, pines, crowns, grass, water and rocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from integrations.generation.scenes.paint import (
    H,
    Point,
    W,
    box,
    curve,
    disc,
    down,
    height_at,
    hills,
    mix,
    poly,
    ridge,
    taper,
)
from integrations.generation.scenes.scene import Scene


def pine(x: float, base: float, height: float) -> str:
    """Return the path data of one spruce with its foot at (x, base)."""
    core = [(x, base - height * 0.9), (x + height * 0.1, base - height * 0.1), (x - height * 0.1, base - height * 0.1)]
    parts = [box(x - height * 0.025, base - height * 0.14, height * 0.05, height * 0.16), poly(core)]
    for k in range(5):
        top = base - height + k * height * 0.165
        half, low = height * (0.075 + 0.038 * k), top + height * 0.25
        edge = [
            (x, top),
            (x + half * 0.55, low - height * 0.07),
            (x + half, low),
            (x + half * 0.4, low - height * 0.025),
        ]
        parts.append(
            poly(
                [*edge, (x - half * 0.4, low - height * 0.025), (x - half, low), (x - half * 0.55, low - height * 0.07)]
            )
        )
    return "".join(parts)


def pines(
    rng: Random, line: Sequence[Point], count: int, low: float, high: float, x1: float = -20, x2: float = W + 20
) -> str:
    """Return the path data of spruces standing along a skyline."""
    places = sorted(rng.uniform(x1, x2) for _ in range(count))
    return "".join(pine(x, height_at(line, x) + 8, rng.uniform(low, high)) for x in places)


def crown(rng: Random, x: float, y: float, radius: float, count: int = 9) -> str:
    """Return the path data of a leafy crown around (x, y)."""
    parts = [disc(x, y, radius * 0.72)]
    for i in range(count):
        a = 2 * math.pi * i / count + rng.uniform(-0.2, 0.2)
        r = radius * rng.uniform(0.3, 0.46)
        parts.append(disc(x + math.cos(a) * radius * 0.66, y + math.sin(a) * radius * 0.56, r))
    return "".join(parts)


def leafy_tree(s: Scene, x: float, base: float, height: float, depth: float, hue: str = "#4f8f4a") -> None:
    """Draw a deciduous tree with a lit side."""
    s.sheet.fill(
        taper(
            [(x, base + 4), (x - height * 0.01, base - height * 0.3), (x, base - height * 0.6)],
            height * 0.09,
            height * 0.05,
            height * 0.03,
        ),
        s.tone("#5c4230", depth),
    )
    r, y = height * 0.34, base - height * 0.66
    side = -1 if s.light.sun_at[0] < x else 1
    s.sheet.fill(crown(s.rng, x, y, r), s.tone(hue, depth))
    lit = mix(s.tone(hue, depth), s.light.glow, 0.22 if not s.light.is_night else 0.1)
    s.sheet.fill(crown(s.rng, x + side * r * 0.2, y - r * 0.2, r * 0.64, 7), lit, 0.8)
    s.sheet.fill(crown(s.rng, x + side * r * 0.34, y - r * 0.36, r * 0.3, 6), mix(lit, s.light.glow, 0.25), 0.75)


def massif(
    s: Scene, x: float, top: float, base: float, half: float, depth: float, snow: float = 0.42, rock: str = "#6f7f92"
) -> None:
    """Draw a mountain with a lit and a shaded face; `snow` is how far down its cap reaches, 0 to 1."""
    rng, tall = s.rng, base - top

    def flank(side: float, width: float) -> list[Point]:
        steps = [0.0, 0.08, 0.17, 0.27, 0.37, 0.48, 0.6, 0.74, 0.88, 1.0]
        return [
            (x + side * (width * t**0.92 + (rng.uniform(-0.035, 0.035) * width if 0 < t < 1 else 0)), top + tall * t)
            for t in steps
        ]

    left, right = flank(-1, half), flank(1, half)
    spine = []
    for i, (_, y) in enumerate(left):
        swing = half * 0.15 * min(1.0, i / 5)  # narrow at the peak, or the shaded face would stick out
        spine.append((x + swing * math.sin(i * 1.7 + rng.uniform(0, 0.8)), y))
    sunny, dim = (left, right) if s.light.sun_at[0] < x else (right, left)
    haze = s.light.haze
    lit = mix(s.tone(rock, depth), s.light.glow, 0.16 if not s.light.is_night else 0.05)
    dark = mix(s.tone(rock, depth), s.light.shade, 0.36)
    foot = 0.62
    s.sheet.fill(poly([*sunny, *reversed(spine)]), s.sheet.fade(top, base, (0, lit), (1, mix(lit, haze, foot))))
    s.sheet.fill(poly([*dim, *reversed(spine)]), s.sheet.fade(top, base, (0, dark), (1, mix(dark, haze, foot))))
    folds = []
    for side, colour in ((sunny, mix(lit, dark, 0.55)), (dim, mix(dark, s.light.shade, 0.3))):
        for k in (3, 5, 7):
            (x1, y1), (x2, _) = spine[k], side[k]
            cut = (x1 * 0.45 + x2 * 0.55, y1 + tall * 0.2)
            folds.append((poly([(x1 * 0.8 + x2 * 0.2, y1), cut, (x1 * 0.62 + x2 * 0.38, y1 + tall * 0.22)]), colour))
    for path, colour in folds:
        s.sheet.fill(path, colour, 0.5)
    if snow <= 0:
        return
    white = mix(s.tone("#fbfcff", depth * 0.7), s.light.sun, 0.2)
    for side, colour in ((sunny, white), (dim, mix(white, s.light.shade, 0.36))):
        edge = [p for p in side if p[1] <= top + tall * snow]
        inner = [p for p in spine if p[1] <= top + tall * snow]
        (ax, ay), (bx, by) = edge[-1], inner[-1]
        teeth = []
        for k in range(1, 6):
            t = k / 6
            drop = tall * (0.1 if k % 2 else -0.07) * rng.uniform(0.6, 1.3)
            teeth.append((ax + (bx - ax) * t, ay + (by - ay) * t + drop))
        s.sheet.fill(poly([*edge, *teeth, *reversed(inner)]), colour)


def grass(rng: Random, line: Sequence[Point], count: int, low: float, high: float) -> str:
    """Return the path data of grass blades along a skyline."""
    blades = []
    for _ in range(count):
        x = rng.uniform(-10, W + 10)
        y, h, lean = height_at(line, x) + 8, rng.uniform(low, high), rng.uniform(-0.5, 0.5)
        blades.append(
            f"M{x - 4:.0f} {y:.0f}Q{x:.0f} {y - h * 0.6:.0f} {x + lean * h:.0f} {y - h:.0f}"
            f"Q{x + 5:.0f} {y - h * 0.5:.0f} {x + 4:.0f} {y:.0f}Z"
        )
    return "".join(blades)


def blossoms(s: Scene, line: Sequence[Point], count: int, below: float, depth: float = 0.0) -> None:
    """Scatter small flowers between a skyline and `below` units under it, smaller with distance."""
    hues = (s.palette.accent, "#ffd66b", "#ffffff", "#f29ab0", s.palette.glow)
    lots: list[list[str]] = [[] for _ in hues]
    for i in range(count):
        x = s.rng.uniform(0, W)
        t = s.rng.random()
        y, r = height_at(line, x) + 10 + t * below, 3.5 + 6 * t
        petals = [
            disc(x + r * 0.9 * math.cos(k * 1.257), y + r * 0.7 * math.sin(k * 1.257), r * 0.62) for k in range(5)
        ]
        lots[i % len(hues)].extend(petals)
    for hue, parts in zip(hues, lots, strict=True):
        s.sheet.fill("".join(parts), s.light.tone(hue, depth, True), 0.95)


def water(s: Scene, top: float, colour: str = "#2f7fa8", reflect: float = 0.6) -> None:
    """Fill from `top` down with water that mirrors the sky near the horizon and deepens below."""
    near = s.tone(colour, 0)
    far = mix(s.tone(colour, 0.2), s.light.low, reflect)
    deep = mix(near, s.light.shade, 0.45)
    s.back.fill(
        f"M0 {top}H{W}V{H}H0Z", s.back.fade(top, H, (0, far), (0.22, mix(far, near, 0.6)), (0.5, near), (1, deep))
    )


def ripples(s: Scene, top: float, bottom: float, count: int, colour: str, opacity: float = 0.35) -> None:
    """Draw flat ripples, longer and wider apart towards the viewer."""
    parts = []
    for _ in range(count):
        t = s.rng.random() ** 1.4
        y, w = top + (bottom - top) * t, 14 + 90 * t * s.rng.uniform(0.5, 1.4)
        x, h = s.rng.uniform(-40, W), 1.2 + 4 * t
        parts.append(f"M{x:.0f} {y:.1f}q{w / 2:.0f} {-h:.1f} {w:.0f} 0q{-w / 2:.0f} {h:.1f} {-w:.0f} 0Z")
    s.sheet.fill("".join(parts), colour, opacity)


def glitter(s: Scene, x: float, top: float, bottom: float, width: float = 60) -> None:
    """Draw the path of light that sun or moon throws on water."""
    s.back.halo(x, top + 40, 340, s.light.sun, 0.42)
    parts, y = [], top + 3
    while y < bottom:
        t = (y - top) / (bottom - top)
        for _ in range(2 if t < 0.5 else 1):
            w = (width * (0.5 + 1.6 * t)) * s.rng.uniform(0.35, 1.1)
            cx = x + s.rng.uniform(-1, 1) * width * (0.3 + 0.9 * t)
            h = 2 + 6 * t
            parts.append(
                f"M{cx - w:.0f} {y:.1f}Q{cx:.0f} {y - h:.1f} {cx + w:.0f} {y:.1f}"
                f"Q{cx:.0f} {y + h:.1f} {cx - w:.0f} {y:.1f}Z"
            )
        y += 9 + 22 * t
    s.sheet.fill(
        "".join(parts),
        s.sheet.fade(top, bottom, (0, s.light.sun, 0.95), (0.5, s.light.sun, 0.6), (1, s.light.glow, 0.05)),
    )


def rock(rng: Random, x: float, base: float, width: float, height: float) -> list[Point]:
    """Return the outline of a boulder standing on `base`."""
    profile = ((-0.5, 0.0), (-0.46, 0.42), (-0.28, 0.78), (-0.04, 1.0), (0.2, 0.9), (0.4, 0.52), (0.5, 0.0))
    return [
        (x + width * (u + rng.uniform(-0.05, 0.05)), base - height * v * rng.uniform(0.86, 1.08)) for u, v in profile
    ]


def boulder(
    s: Scene, x: float, base: float, width: float, height: float, hue: str = "#6f7280", depth: float = 0.05
) -> None:
    """Draw a boulder with a lit face."""
    line = rock(s.rng, x, base, width, height)
    colour = s.tone(hue, depth)
    s.sheet.fill(poly(line), mix(colour, s.light.shade, 0.25))
    side = line[:4] if s.light.sun_at[0] < x else line[3:]
    s.sheet.fill(poly([*side, (x, base)]), mix(colour, s.light.glow, 0.16))


def frond(x: float, y: float, angle: float, reach: float, width: float) -> str:
    """Return the path data of a palm frond with cut leaflets, growing from (x, y)."""
    spine, leaves = [], []
    for i in range(9):
        t = i / 8
        spine.append((x + reach * t * math.cos(angle), y + reach * t * math.sin(angle) + reach * 0.42 * t * t))
    for i in range(1, 8):
        (ax, ay), (bx, by) = spine[i], spine[i + 1]
        length = math.hypot(bx - ax, by - ay) or 1
        ux, uy = (bx - ax) / length, (by - ay) / length
        w = width * math.sin(math.pi * (0.16 + 0.8 * i / 8))
        for side in (-1, 1):
            tip = (ax + ux * w * 0.9 - side * uy * w, ay + uy * w * 0.9 + side * ux * w)
            leaves.append(
                curve(
                    [
                        (ax - ux * 9, ay - uy * 9),
                        ((ax + tip[0]) / 2 - ux * 6, (ay + tip[1]) / 2 - uy * 6),
                        tip,
                        (ax + ux * 10, ay + uy * 10),
                    ],
                    True,
                )
            )
    return taper(spine, reach * 0.035, 3, 1) + "".join(leaves)


def palm_tree(s: Scene, x: float, base: float, height: float, lean: float, depth: float = 0.04) -> None:
    """Draw a leaning coconut palm."""
    top = (x + lean, base - height)
    path = [(x, base), (x + lean * 0.28, base - height * 0.4), (x + lean * 0.66, base - height * 0.75), top]
    s.sheet.fill(taper(path, height * 0.062, height * 0.042, height * 0.036, height * 0.03), s.tone("#8a6844", depth))
    dark, light = s.tone("#2f7d4c", depth), mix(s.tone("#5fae58", depth), s.light.glow, 0.14)
    for i, angle in enumerate((-2.95, -2.5, -2.0, -1.5, -1.0, -0.55, -0.12)):
        reach = height * (0.44 if i in (0, 6) else 0.4) * s.rng.uniform(0.9, 1.1)
        s.sheet.fill(frond(*top, angle, reach, height * 0.085), dark if i % 2 else light)
    s.sheet.fill(
        disc(top[0] - 7, top[1] + 8, height * 0.02) + disc(top[0] + 9, top[1] + 7, height * 0.02),
        s.tone("#6b4426", depth),
    )


def ribbon(rows: Sequence[tuple[float, float, float]]) -> str:
    """Return the path data of a river or road from rows of y, centre and width."""
    left = curve([(cx - w / 2, y) for y, cx, w in rows])
    right = curve([(cx + w / 2, y) for y, cx, w in reversed(rows)])
    return f"{left}L{right[1:]}Z"


def islet(s: Scene, x: float, shore: float, width: float, height: float, depth: float = 0.72) -> None:
    """Draw a far island on the horizon."""
    line = [(px / W * width + x - width / 2, py) for px, py in ridge(s.rng, shore, height, 0.5, 5)]
    ends = [(x - width * 0.62, shore + 2.0), *line[2:-2], (x + width * 0.62, shore + 2.0)]
    colour = s.tone("#6f86a4", depth)
    s.sheet.fill(poly(ends), colour)


def foreground(s: Scene, kind: str, hue: str, top: float = 1430) -> None:
    """Fill the quiet lower third with large shapes close to one colour: `grass`, `rock`, `soft` or `water`."""
    rng = s.rng
    for k, y in enumerate((top, top + 150, top + 310)):
        base = s.tone(hue, 0)
        colour = mix(base, s.light.shade, (0.22, 0.4, 0.58)[k])
        if kind == "water":
            points = [(x, y + 16 * math.sin(x / (190 + 60 * k) + k * 2.1 + 1)) for x in range(-40, W + 90, 90)]
            s.sheet.fill(down(points, smooth=True), colour, 0.42)
            s.sheet.line(curve([(x, yy + 5) for x, yy in points]), mix(base, s.light.low, 0.4), 3, 0.22)
            continue
        line = ridge(rng, y, 80, 0.45, 5) if kind == "rock" else hills(rng, y, 70, 0.9 + 0.2 * k)
        if kind == "grass":
            s.sheet.fill(grass(rng, line, 70, 30 + 16 * k, 90 + 40 * k), colour)
        s.sheet.fill(down(line, smooth=kind != "rock"), colour)
