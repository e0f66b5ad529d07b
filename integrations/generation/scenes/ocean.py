"""The sea, from above and from within."""

from __future__ import annotations

import math

from integrations.generation.scenes.light import paint_birds
from integrations.generation.scenes.nature import (
    boulder,
    crown,
    foreground,
    glitter,
    islet,
    ripples,
    water,
)
from integrations.generation.scenes.paint import H, Point, W, box, curve, disc, down, hills, mix, poly, ridge
from integrations.generation.scenes.scene import Scene


def sea(s: Scene) -> None:
    """Compose the open sea with long swells and a path of light; deep-sea animals are met below it."""
    if s.wants("deep") and not s.wants("surface"):
        reef(s)
        return
    rng, horizon = s.rng, 830.0
    s.sky(horizon, clouds=4)
    water(s, horizon)
    x = s.light.sun_at[0]
    islet(s, W * (0.86 if x < W / 2 else 0.14), horizon + 2, 520, 74)
    s.sheet.fill(
        box(0, horizon, W, 40), s.sheet.fade(horizon, horizon + 40, (0, s.light.low, 0.5), (1, s.light.low, 0))
    )
    glitter(s, x, horizon, 1240, 54)
    ripples(s, horizon + 8, 1150, 80, mix(s.light.low, "#ffffff", 0.3), 0.3)
    paint_birds(s.sheet, s.light, rng, W - x, 560, 4)
    s.put("air", W - x, 470, 180)
    swell = s.tone("#3f93ba", 0.1)
    for i, y in enumerate((960, 1075, 1220, 1390)):
        if i == 1:
            s.front()
            s.put("surface", W * (0.6 if x < W / 2 else 0.4) + rng.uniform(-50, 50), 1048, 330, "boat")
        points = [
            (px, y + 20 * math.sin(px / (150 + 40 * i) + i * 2) + 9 * math.sin(px / 61 + i))
            for px in range(-40, W + 80, 70)
        ]
        crest = mix(mix(swell, s.light.low, 0.34 - 0.08 * i), s.light.shade, 0.09 * i)
        foot = mix(swell, s.light.shade, 0.2 + 0.14 * i)
        s.sheet.fill(down(points, smooth=True), foot)
        s.sheet.fill(down(points, y + 130, True), s.sheet.fade(y - 20, y + 130, (0, crest), (1, foot)))
        foam = [(px, py + 7 + 5 * math.sin(px / 40)) for px, py in points]
        s.sheet.line(curve(foam), mix(crest, "#ffffff", 0.5), 4, 0.5)
    foreground(s, "water", "#2f7fa8", 1500)


def reef(s: Scene) -> None:
    """Compose the sea from within: sunbeams, rocks, coral gardens and who lives there."""
    rng, light = s.rng, s.light
    top = s.tone("#7fe0e8", 0)
    mid, deep = mix(s.tone("#1f93b8", 0), s.palette.main, 0.14), mix(s.tone("#0e3f6e", 0), s.palette.deep, 0.35)
    s.back.fill(
        box(0, 0, W, H),
        s.back.fade(0, H, (0, mix(top, light.sun, 0.25)), (0.2, mix(top, mid, 0.55)), (0.5, mid), (1, deep)),
    )
    x = light.sun_at[0]
    s.back.halo(x, -30, 760, light.sun, 0.62)
    beams = []
    for i in range(8):
        a = -0.62 + i * 0.17 + rng.uniform(-0.03, 0.03)
        w = rng.uniform(0.03, 0.07)
        beams.append(
            poly(
                [
                    (x - 30 + i * 8, -40),
                    (x + 1500 * math.tan(a), 1460),
                    (x + 1500 * math.tan(a + w), 1460),
                    (x - 20 + i * 8, -40),
                ]
            )
        )
    s.back.fill("".join(beams), s.back.fade(-40, 1250, (0, light.sun, 0.32), (1, light.sun, 0)))
    for i in range(16):
        cx, cy, w = rng.uniform(0, W), 8 + 90 * rng.random() ** 1.6, rng.uniform(50, 150)
        s.sheet.fill(
            f"M{cx - w:.0f} {cy:.0f}q{w:.0f} -13 {2 * w:.0f} 0q{-w:.0f} 11 {-2 * w:.0f} 0Z",
            mix(top, "#ffffff", 0.6),
            0.4 if i % 2 else 0.22,
        )
    s.focus = (W / 2, 700)

    def stack(base: float, spread: float, depth: float) -> list[Point]:
        return [
            (px, base + (1 - abs(px - W / 2) / (W / 2)) ** 0.7 * spread if abs(px - W / 2) < W / 2 else base)
            for px, _ in ridge(rng, 0, 1)
        ]

    for base, spread, share in ((760.0, 330.0, 0.66), (900.0, 260.0, 0.42)):
        rough = ridge(rng, 0, 130, 0.5)
        line = [(px, y + ry) for (px, y), (_, ry) in zip(stack(base, spread, share), rough, strict=True)]
        colour = mix(s.tone("#2a4a72", 0), mid, share)
        s.sheet.fill(down(line, smooth=True), mix(colour, deep, 0.3))
    shoal = [(rng.gauss(0, 95), rng.gauss(0, 44)) for _ in range(26)]
    sx, sy = rng.choice((W * 0.26, W * 0.74)), rng.uniform(420, 520)
    s.sheet.fill(
        "".join(
            curve(
                [
                    (sx + a + 15, sy + b),
                    (sx + a, sy + b - 6),
                    (sx + a - 12, sy + b),
                    (sx + a - 20, sy + b - 6),
                    (sx + a - 20, sy + b + 6),
                    (sx + a - 12, sy + b),
                    (sx + a, sy + b + 6),
                ],
                True,
            )
            for a, b in shoal
        ),
        mix(s.tone("#f6d27a", 0.1), mid, 0.3),
        0.85,
    )
    s.front()
    if s.put("deep", W / 2 + rng.uniform(-50, 50), 690, 430, "turtle"):
        s.put("deep", W - sx, 400, 190)
        s.put("deep", sx, 900, 170)
    sand = mix(s.tone("#d9c79a", 0), mid, 0.42)
    floor = hills(rng, 1260, 60, 1.0)
    s.sheet.fill(down(floor, smooth=True), mix(sand, deep, 0.55))
    s.sheet.fill(down(floor, 1520, True), s.sheet.fade(1200, 1520, (0, sand), (1, mix(sand, deep, 0.55))))
    hues = (s.palette.accent, "#f27a8a", "#f6b24e", "#b884e0", "#5fd0b0", "#ff9ec0")
    for side in (0, 1):
        boulder(s, side * W, 1500, 900, rng.uniform(480, 560), "#44587c")
        for k in range(6):
            px = side * W + (1 - 2 * side) * (12 + k * 54 + rng.uniform(-14, 14))
            base, h = 1130 + k * 34 + rng.uniform(-10, 20), (330 - k * 38) * rng.uniform(0.7, 1.1)
            hue = mix(light.tone(hues[(k + side * 3) % 6], 0.05, True), mid, 0.12)
            (_branches, _fan, _tubes)[(k + side) % 3](s, px, base, h, hue)
    for _ in range(24):
        bx, by, r = rng.choice((W * 0.3, W * 0.7)) + rng.gauss(0, 40), rng.uniform(180, 1180), rng.uniform(3, 10)
        s.sheet.line(disc(bx, by, r), "#eafcff", 1.8, 0.55)
        s.sheet.fill(disc(bx - r * 0.3, by - r * 0.3, r * 0.28), "#ffffff", 0.8)
    if light.is_night or s.mood == "mysterious":
        for _ in range(22):
            s.sheet.halo(rng.uniform(0, W), rng.uniform(300, 1200), rng.uniform(8, 20), "#8ff6e8", 0.8)
    foreground(s, "soft", "#3f7f8f", 1440)


def _branches(s: Scene, x: float, base: float, height: float, hue: str) -> None:
    def grow(px: float, py: float, angle: float, length: float, width: float) -> None:
        qx, qy = px + math.cos(angle) * length, py + math.sin(angle) * length
        s.sheet.line(f"M{px:.0f} {py:.0f}L{qx:.0f} {qy:.0f}", hue, width)
        if width > 8:
            for turn in (-0.5, 0.42):
                grow(qx, qy, angle + turn + s.rng.uniform(-0.16, 0.16), length * 0.76, width * 0.74)

    grow(x, base, -math.pi / 2, height * 0.34, 22)


def _fan(s: Scene, x: float, base: float, height: float, hue: str) -> None:
    r = height * 0.46
    s.sheet.line(f"M{x:.0f} {base:.0f}V{base - height * 0.4:.0f}", hue, 12)
    s.sheet.fill(crown(s.rng, x, base - height * 0.58, r, 10), hue, 0.92)
    veins = "".join(
        f"M{x:.0f} {base - height * 0.2:.0f}Q{x + r * 0.4 * t:.0f} {base - height * 0.5:.0f} "
        f"{x + r * t:.0f} {base - height * (0.98 - abs(t) * 0.24):.0f}"
        for t in (-0.8, -0.4, 0, 0.4, 0.8)
    )
    s.sheet.line(veins, mix(hue, "#ffffff", 0.35), 3.4, 0.6)


def _tubes(s: Scene, x: float, base: float, height: float, hue: str) -> None:
    for dx, k in ((-34, 0.6), (30, 0.72), (0, 1.0)):
        h, w = height * k * 0.8, 26 + 12 * k
        s.sheet.fill(
            poly(
                [
                    (x + dx - w * 0.34, base),
                    (x + dx - w / 2, base - h),
                    (x + dx + w / 2, base - h),
                    (x + dx + w * 0.34, base),
                ]
            ),
            mix(hue, s.light.shade, 0.24 * (1 - k)),
        )
        s.sheet.fill(disc(x + dx, base - h, w / 2, w * 0.22), mix(hue, "#ffffff", 0.4))
        s.sheet.fill(disc(x + dx, base - h, w * 0.32, w * 0.13), mix(hue, s.light.shade, 0.6))
