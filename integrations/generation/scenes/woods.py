"""Thickets: forest and jungle."""

from __future__ import annotations

import math

from integrations.generation.scenes.nature import (
    boulder,
    crown,
    foreground,
    frond,
    grass,
    ripples,
)
from integrations.generation.scenes.paint import (
    H,
    W,
    box,
    curve,
    disc,
    hills,
    mix,
    poly,
    ridge,
    taper,
)
from integrations.generation.scenes.scene import FRAME_ONLY, Scene


def forest(s: Scene) -> None:
    """Compose tall trunks in layers, shafts of light and a clearing."""
    rng, light = s.rng, s.light
    glow, mid = mix(light.low, light.glow, 0.45), mix(s.tone("#7fae7a", 0.4), light.low, 0.4)
    dark = s.tone("#24503f", 0.05)
    s.back.fill(
        box(0, 0, W, H),
        s.back.fade(0, 1150, (0, mix(mid, dark, 0.45)), (0.45, mid), (0.8, glow), (1, mix(glow, mid, 0.4))),
    )
    x = W / 2 + rng.uniform(-110, 110)
    s.back.halo(x, 640, 620, light.sun if not light.is_night else light.glow, 0.62)
    if light.is_night:
        s.sheet.fill(disc(x + 60, 330, 54), light.sun, 0.95)
        s.sheet.halo(x + 60, 330, 240, light.glow, 0.5)
    for depth, count, width, base in ((0.8, 15, 26, 960), (0.58, 12, 40, 1000), (0.34, 9, 58, 1050)):
        trunk = mix(s.tone("#3f4a40", depth), light.haze, 0.1)
        for k in range(count):
            px = (k + rng.uniform(0.1, 0.9)) * W / count
            if abs(px - x) < 60 + 190 * (1 - depth):
                continue
            w = width * rng.uniform(0.6, 1.2)
            s.sheet.fill(
                taper(
                    [(px, base + 20), (px + rng.uniform(-8, 8), base - 300), (px + rng.uniform(-24, 24), -40)],
                    w * 1.5,
                    w,
                    w * 0.6,
                ),
                trunk,
            )
        leaves = mix(s.tone("#4f8a58", depth), light.haze, 0.08)
        s.sheet.fill(
            "".join(
                crown(rng, rng.uniform(-20, W + 20), rng.uniform(-20, 330 - 240 * depth + 120), rng.uniform(80, 140), 8)
                for _ in range(8)
            ),
            leaves,
            0.9,
        )
        ground = hills(rng, base, 40, 1.4)
        s.layer(ground, "#5a8a4e", depth * 0.9, 0.4, 110, True)
        s.sheet.fill(grass(rng, ground, 70, 14, 40), s.tone("#5a8a4e", depth * 0.8))
    beams = []
    for k in range(5):
        bx = x - 330 + k * 150 + rng.uniform(-30, 30)
        beams.append(poly([(bx, -30), (bx + 70, -30), (bx + 330, 1080), (bx + 160, 1080)]))
    s.veil.fill("".join(beams), s.veil.fade(0, 1080, (0, light.sun, 0.26), (0.7, light.glow, 0.12), (1, light.glow, 0)))
    s.put("land", x, 1062, 290, "deer")
    s.put("land", x + rng.choice((-210, 210)), 1050, 190)
    s.put("air", W - x, 560, 150)
    s.front(FRAME_ONLY)
    near = hills(rng, 1180, 50, 1.0)
    for px, w in ((-10, 190), (W + 10, 170), (190, 76), (W - 210, 64)):
        bark = s.tone("#33302c", 0.03)
        s.sheet.fill(
            taper([(px, 1250), (px + rng.uniform(-8, 8), 800), (px + rng.uniform(-20, 20), -60)], w * 1.5, w, w * 0.8),
            bark,
        )
        lit = -1 if px > x else 1
        s.sheet.fill(
            taper(
                [(px + lit * w * 0.4, 1200), (px + lit * w * 0.36, 700), (px + lit * w * 0.3, -60)],
                4,
                w * 0.12,
                w * 0.08,
            ),
            mix(bark, light.glow, 0.3),
            0.7,
        )
    s.sheet.fill(
        "".join(
            crown(rng, px, py, rng.uniform(120, 190), 9)
            for px, py in ((-20, 30), (170, -40), (W + 20, 60), (W - 190, -30), (W / 2, -130))
        ),
        s.tone("#1f4536", 0.02),
    )
    s.sheet.fill(grass(rng, near, 120, 30, 90), s.tone("#2f5f3e", 0.02))
    s.layer(near, "#2c5a3a", 0, 0, 300, True)
    for px in (90, W - 110):
        for a in (-2.7, -2.2, -1.6, -1.0, -0.5):
            s.sheet.fill(frond(px, 1240, a, rng.uniform(150, 210), 40), s.tone("#3f7a48", 0.01))
    foreground(s, "grass", "#2c5a3a", 1380)


def jungle(s: Scene) -> None:
    """Compose a waterfall seen through giant leaves."""
    rng, light = s.rng, s.light
    s.sky(820, clouds=1)
    s.layer(ridge(rng, 620, 230, 0.45), "#6f9a86", 0.7, 0.6, 300)
    cliff = s.tone("#3f7058", 0.24)
    x = W / 2 + rng.uniform(-60, 60)
    left = [(-40.0, 470.0), (x - 260, 520.0), (x - 120, 560.0), (x - 92, 600.0), (x - 104, 980.0), (-40.0, 1000.0)]
    right = [
        (W + 40.0, 500.0),
        (x + 250, 540.0),
        (x + 130, 570.0),
        (x + 92, 604.0),
        (x + 112, 980.0),
        (W + 40.0, 1000.0),
    ]
    s.sheet.fill(box(x - 130, 596, 260, 420), mix(cliff, light.shade, 0.3))
    foam = mix("#ffffff", light.low, 0.22) if not light.is_night else mix("#a8c8e8", light.mid, 0.2)
    s.sheet.fill(
        poly([(x - 92, 590), (x + 92, 592), (x + 116, 1000), (x - 116, 1000)]),
        s.sheet.fade(590, 1000, (0, mix(foam, s.tone("#5fb0c4", 0.1), 0.4)), (1, foam)),
    )
    s.sheet.line(
        "".join(
            f"M{x - 80 + k * 20 + rng.uniform(-6, 6):.0f} {600 + rng.uniform(0, 120):.0f}v{rng.uniform(140, 300):.0f}"
            for k in range(9)
        ),
        mix(s.tone("#5fb0c4", 0.1), light.mid, 0.2),
        6,
        0.5,
    )
    s.sheet.fill(poly(left) + poly(right), s.sheet.fade(470, 1000, (0, cliff), (1, mix(cliff, light.haze, 0.35))))
    for px, py in [(rng.uniform(-20, x - 130), rng.uniform(470, 560)) for _ in range(7)] + [
        (rng.uniform(x + 140, W + 20), rng.uniform(490, 570)) for _ in range(7)
    ]:
        s.sheet.fill(
            crown(rng, px, py, rng.uniform(46, 84), 8), mix(s.tone("#5f9a5a", 0.3), light.glow, rng.uniform(0, 0.16))
        )
    s.sheet.fill(
        "".join(disc(x + rng.uniform(-170, 170), 1000 + rng.uniform(-22, 16), rng.uniform(20, 50)) for _ in range(16)),
        foam,
        0.5,
    )
    pool = s.tone("#3fa0a0", 0.1)
    s.sheet.fill(
        curve([(-60, 1010), (x - 200, 985), (x + 200, 985), (W + 60, 1010), (W + 60, 1300), (-60, 1300)], True)
        + box(0, 1290, W, H - 1290),
        s.sheet.fade(985, 1300, (0, mix(pool, foam, 0.4)), (1, mix(pool, light.shade, 0.4))),
    )
    ripples(s, 1010, 1240, 40, foam, 0.4)
    for px in (x - 330, x + 340):
        boulder(s, px, 1060, 210, 100, "#56645c", 0.14)
    s.focus = (x, 700)
    s.put("surface", x, 1110, 190)
    s.put("land", x + rng.choice((-200, 210)), 1080, 240)
    s.put("air", x + rng.choice((-150, 150)), 690, 190, "butterfly" if not light.is_night else "")
    s.front(FRAME_ONLY)
    for k, (vx, length) in enumerate(((150, 560), (250, 380), (W - 190, 620), (W - 300, 330))):
        path = [(vx, -20), (vx + 24, length * 0.4), (vx - 16, length * 0.75), (vx + 8, length)]
        s.sheet.line(curve(path), s.tone("#2f5a3a", 0.06), 8)
        for j in range(9):
            t = (j + 1) / 10
            lx, ly, side = vx + 20 * math.sin(t * 7), length * t, 1 if (j + k) % 2 else -1
            s.sheet.fill(
                curve([(lx, ly), (lx + side * 18, ly - 8), (lx + side * 44, ly + 14), (lx + side * 16, ly + 14)], True),
                s.tone("#4a8a4c", 0.06),
            )
    for side in (0, 1):
        ox, way = side * W, 1 - 2 * side
        for py, a, reach, tone in (
            (1150, -1.15, 620, 0.08),
            (1220, -0.75, 560, 0.04),
            (1010, -0.3, 420, 0.05),
            (260, 0.25, 460, 0.05),
            (60, 0.7, 420, 0.03),
            (1290, -0.3, 430, 0.0),
        ):
            angle = a if side == 0 else math.pi - a
            hue = mix(s.tone(rng.choice(("#2f7048", "#3f8a4a", "#26603f")), tone), light.glow, rng.uniform(0, 0.08))
            s.sheet.fill(frond(ox - way * 30, py, angle, reach * rng.uniform(0.85, 1.05), 92), hue)
        for py, size in ((880, 150), (1250, 210), (480, 120)):
            _leaf(s, ox + way * size * 0.34, py, size, -0.5 if side == 0 else math.pi + 0.5)
    line = hills(rng, 1330, 60, 1.4)
    s.layer(line, "#163a2a", 0, 0, 200, True)
    s.sheet.fill("".join(crown(rng, px, 1330, 70, 8) for px in range(0, W, 130)), s.tone("#163a2a", 0))
    for k, y in enumerate((1470, 1640, 1830)):
        for side in (0, 1):
            _leaf(s, side * W + (1 - 2 * side) * (70 + 40 * k), y, 190 + 30 * k, (-0.7 if side == 0 else math.pi + 0.7))


def _leaf(s: Scene, x: float, y: float, size: float, angle: float) -> None:
    """Draw one broad glossy leaf with its ribs."""
    hue = s.tone("#357f4a", 0.02)
    with s.sheet.inside(transform=f"translate({x:.0f} {y:.0f}) rotate({math.degrees(angle):.0f})"):
        s.sheet.fill(
            curve(
                [
                    (-size * 0.3, 0),
                    (size * 0.1, -size * 0.5),
                    (size * 0.7, -size * 0.36),
                    (size * 1.2, 0),
                    (size * 0.7, size * 0.36),
                    (size * 0.1, size * 0.5),
                ],
                True,
            ),
            hue,
        )
        ribs = "".join(
            f"M{size * t:.0f} 0Q{size * (t + 0.14):.0f} {side * size * 0.2:.0f} "
            f"{size * (t + 0.22):.0f} {side * size * 0.34:.0f}"
            for t in (-0.05, 0.2, 0.45, 0.7)
            for side in (-1, 1)
        )
        s.sheet.line(f"M{-size * 0.3:.0f} 0H{size * 1.15:.0f}{ribs}", mix(hue, s.light.glow, 0.3), 4, 0.8)
