"""Open country: mountains, desert, savanna, meadow and garden."""

from __future__ import annotations

import math

from integrations.generation.scenes.nature import (
    blossoms,
    crown,
    foreground,
    grass,
    leafy_tree,
    massif,
    pine,
    pines,
)
from integrations.generation.scenes.paint import H, W, box, curve, disc, down, height_at, hills, mix, ridge, taper
from integrations.generation.scenes.scene import Scene


def mountains(s: Scene) -> None:
    """Compose a snow peak over wooded foothills."""
    rng = s.rng
    s.sky(1000, clouds=3)
    s.layer(ridge(rng, 860, 190, 0.55), "#7f93ad", 0.8)
    peak = W * (0.62 if s.light.sun_at[0] < W / 2 else 0.38) + rng.uniform(-40, 40)
    massif(s, peak + (300 if peak < W / 2 else -300), 600, 1040, 420, 0.52, 0.3)
    massif(s, peak, rng.uniform(380, 440), 1060, 520, 0.3)
    s.focus = (peak, 560)
    s.mist(880, 0.7)
    far = hills(rng, 985, 90)
    s.sheet.fill(pines(rng, far, 70, 50, 84), s.tone("#456b62", 0.4))
    s.layer(far, "#456b62", 0.4, 0.4, 160, True)
    s.front()
    near = hills(rng, 1110, 80, 1.0)
    s.put("air", W - peak, 470, 170)
    s.sheet.fill(pines(rng, near, 34, 90, 150), s.tone("#2f5a4c", 0.14))
    s.layer(near, "#3a6a52", 0.1, 0.1, 300, True)
    x = W - peak + rng.uniform(-40, 60)
    s.put("land", x, height_at(near, x) + 46, 210, "house")
    for x in (-10, 70, 150, W - 130, W - 40, W + 20):
        h = rng.uniform(300, 520)
        s.sheet.fill(pine(x, 1330 + rng.uniform(0, 60), h), s.tone("#1d3d38", 0.02))
    s.layer(hills(rng, 1330, 60, 0.8), "#23463c", 0, 0, 200, True)
    foreground(s, "grass", "#23463c", 1480)


def desert(s: Scene) -> None:
    """Compose dunes with one lit and one shaded side."""
    rng = s.rng
    s.sky(980, clouds=1)
    mesa = []
    x = -40.0
    while x < W + 40:
        y = rng.choice((760.0, 800.0, 870.0, 880.0)) + rng.uniform(-14, 14)
        w = rng.uniform(90, 210)
        mesa += [(x, 900.0), (x + 16, y), (x + w, y + rng.uniform(-5, 5)), (x + w + 20, 900.0)]
        x += w + rng.uniform(30, 200)
    s.layer([*mesa, (W + 60, 905)], "#b0664a", 0.62, 0.6, 150)
    way = 1 if s.light.sun_at[0] < W / 2 else -1
    for i, (base, height, depth) in enumerate(((960, 100, 0.4), (1070, 150, 0.2), (1230, 170, 0.06), (1480, 150, 0.0))):
        if i == 1:
            s.front()
        crest = W * (0.5 + way * (0.22, -0.2, 0.16, -0.16)[i]) + rng.uniform(-60, 60)
        _dune(s, crest, base, height, depth, way, i)
        if i == 1:
            s.put("air", W / 2 + way * 230, 480, 180)
            s.put("land", W / 2 + way * rng.uniform(60, 200), 1068, 260, "camel")
    ground = s.tone("#8a4d30", 0.02)
    for x, h in ((rng.uniform(60, 150), 250), (rng.uniform(W - 170, W - 60), 190)):
        s.sheet.line(
            f"M{x:.0f} 1250V{1250 - h}M{x:.0f} {1250 - h * 0.4:.0f}h-40v-{h * 0.3:.0f}"
            f"M{x:.0f} {1250 - h * 0.28:.0f}h38v-{h * 0.3:.0f}",
            s.tone("#3f7050", 0.02),
            24,
        )
        s.sheet.line(f"M{x - 5:.0f} 1240V{1256 - h}", s.tone("#7fb07a", 0.02), 3, 0.6)
    s.sheet.fill(
        "".join(disc(rng.uniform(0, W), rng.uniform(1260, 1420), rng.uniform(3, 8), 3) for _ in range(26)), ground, 0.4
    )


def _dune(s: Scene, crest: float, base: float, height: float, depth: float, way: int, order: int) -> None:
    """Draw a dune whose face away from the sun lies in shade, cut by a winding edge."""

    def line(x: float) -> float:
        far = (x - crest) / (W * (0.62 if (x - crest) * way > 0 else 0.8))
        return base - height * (1 - abs(far)) ** (1.5 if abs(far) < 1 else 1) if abs(far) < 1 else base

    points = [(float(x), line(x)) for x in sorted({*range(-60, W + 90, 30), round(crest)})]
    sunny = mix(s.tone("#f0ae5e", depth), s.light.glow, 0.14)
    shaded = mix(s.tone("#b8643c", depth), s.light.shade, 0.12)
    foot = mix(sunny, shaded, 0.35 + 0.1 * order)
    s.sheet.fill(down(points), foot)
    s.sheet.fill(down(points, base + 160), s.sheet.fade(base - height, base + 160, (0, sunny), (1, foot)))
    drop = height * 1.5
    bends = ((0.0, 0.0), (-0.05, 0.16), (0.06, 0.34), (-0.02, 0.56), (0.14, 0.78), (0.3, 1.0))
    edge = [(crest + way * u * drop * 1.6, line(crest) + v * drop) for u, v in bends]
    lee = [p for p in points if (p[0] - crest) * way > 0]
    end = W + 60 if way > 0 else -60
    lee = lee if way > 0 else lee[::-1]
    path = curve(edge) + f"L{end} {edge[-1][1]:.0f}" + "".join(f"L{x:.0f} {y:.1f}" for x, y in reversed(lee)) + "Z"
    stops = ((0, shaded, 0.95), (0.55, shaded, 0.7), (1, shaded, 0.0))
    s.sheet.fill(path, s.sheet.fade(line(crest), edge[-1][1], *stops))


def savanna(s: Scene) -> None:
    """Compose a plain with flat-topped acacias and a large sun."""
    rng = s.rng
    s.sky(960, clouds=2)
    if not s.light.is_night and s.time != "day":
        s.sheet.fill(disc(s.light.sun_at[0], s.light.sun_at[1], 150), s.light.sun, 0.85)
    s.layer(hills(rng, 900, 70, 1.0), "#9c8a6a", 0.7, 0.5, 100, True)
    plain = hills(rng, 975, 34, 1.2)
    s.layer(plain, "#c9a24f", 0.34, 0.4, 130, True)
    s.sheet.fill(
        "".join(
            disc(rng.uniform(0, W), 948 + rng.uniform(-6, 10), rng.uniform(14, 34), rng.uniform(7, 13))
            for _ in range(20)
        ),
        s.tone("#6b7040", 0.42),
    )
    _acacia(s, W * 0.2 if s.light.sun_at[0] > W / 2 else W * 0.8, 985, 210, 0.3)
    s.put("air", W - s.light.sun_at[0], 420, 170)
    s.front()
    near = hills(rng, 1075, 46, 1.3)
    s.layer(near, "#b88a3e", 0.14, 0.1, 230, True)
    s.put("land", W * 0.5 + rng.uniform(-70, 70), 1098, 300, "elephant")
    _acacia(s, 130 if s.light.sun_at[0] > W / 2 else W - 130, 1150, 560, 0.06)
    line = hills(rng, 1215, 34, 1.6)
    s.sheet.fill(grass(rng, line, 150, 40, 120), s.tone("#8a6a2c", 0.04))
    s.layer(line, "#7d5c28", 0, 0, 300, True)
    foreground(s, "grass", "#7d5c28", 1400)


def _acacia(s: Scene, x: float, base: float, height: float, depth: float) -> None:
    bark, leaf = s.tone("#4a3524", depth), s.tone("#55703a", depth)
    top = base - height
    s.sheet.fill(
        taper(
            [(x, base + 6), (x + height * 0.03, base - height * 0.4), (x - height * 0.02, base - height * 0.62)],
            height * 0.07,
            height * 0.045,
            height * 0.04,
        ),
        bark,
    )
    for dx in (-0.38, -0.14, 0.2, 0.42):
        s.sheet.fill(
            taper(
                [
                    (x, base - height * 0.5),
                    (x + dx * height * 0.5, base - height * 0.72),
                    (x + dx * height, top + height * 0.16),
                ],
                height * 0.04,
                height * 0.024,
                height * 0.014,
            ),
            bark,
        )
    for dx, dy, w in ((-0.3, 0.13, 0.34), (0.3, 0.12, 0.36), (0.0, 0.03, 0.44), (-0.05, 0.16, 0.3)):
        cx, cy, rx = x + dx * height, top + dy * height, w * height
        lumps = "".join(
            disc(cx + rx * u, cy - height * 0.035 * (1 - abs(u)), rx * 0.26, height * 0.05)
            for u in (-0.72, -0.36, 0, 0.36, 0.72)
        )
        s.sheet.fill(box(cx - rx, cy - height * 0.02, rx * 2, height * 0.055, height * 0.027) + lumps, leaf)
        s.sheet.fill(
            "".join(disc(cx + rx * u, cy - height * 0.055, rx * 0.2, height * 0.022) for u in (-0.6, -0.1, 0.4)),
            mix(leaf, s.light.glow, 0.26),
            0.8,
        )


def meadow(s: Scene) -> None:
    """Compose rolling flower meadows with a lone tree."""
    rng = s.rng
    s.sky(900, clouds=4)
    s.layer(hills(rng, 880, 120, 1.2), "#7fa890", 0.7, 0.5, 160, True)
    far = hills(rng, 950, 110, 1.0)
    s.sheet.fill(
        "".join(
            crown(rng, x, height_at(far, x) - 8, rng.uniform(14, 30), 7) for x in (rng.uniform(0, W) for _ in range(16))
        ),
        s.tone("#4f8058", 0.45),
    )
    s.layer(far, "#7db360", 0.42, 0.3, 160, True)
    s.front()
    mid = hills(rng, 1040, 120, 0.9)
    s.layer(mid, "#86bd55", 0.18, 0.15, 220, True)
    for k in range(5):
        y = 40 + k * 24
        s.sheet.line(curve([(x, yy + y) for x, yy in mid]), s.tone("#6ca544", 0.2), 5, 0.4)
    x = W * (0.68 if s.light.sun_at[0] < W / 2 else 0.32)
    if s.wants("land"):
        s.put("land", x, height_at(mid, x) + 34, 290)
    else:
        leafy_tree(s, x, height_at(mid, x) + 24, 430, 0.08, "#5a9a4a")
        s.focus = (x, height_at(mid, x) - 200)
    s.put("air", W - x, 600, 190, "butterfly" if s.time == "day" else "")
    near = hills(rng, 1150, 60, 1.1)
    s.sheet.fill(grass(rng, near, 90, 20, 58), s.tone("#5c9a3e", 0.04))
    s.layer(near, "#5f9e40", 0.02, 0, 300, True)
    blossoms(s, near, 64, 150)
    s.layer(hills(rng, 1400, 40, 1.0), "#3f7a36", 0, 0, 200, True)
    foreground(s, "grass", "#3f7a36", 1500)


def garden(s: Scene) -> None:
    """Compose a garden path that leads through a rose arch to a fountain."""
    rng = s.rng
    s.sky(900, clouds=2)
    s.layer(hills(rng, 850, 90, 1.4), "#86a994", 0.7, 0.5, 130, True)
    for x in (90.0, 250.0, W - 250.0, W - 90.0):
        s.sheet.fill(taper([(x, 940), (x, 800), (x, rng.uniform(560, 640))], 70, 64, 6), s.tone("#3f6e4a", 0.4))
    hedge = [(-40.0, 850.0), (340.0, 850.0), (340.0, 886.0), (740.0, 886.0), (740.0, 850.0), (W + 40.0, 850.0)]
    s.layer(hedge, "#4f8a50", 0.28, 0.2, 130)
    lawn = s.tone("#78b356", 0.1)
    s.sheet.fill(box(0, 950, W, H - 950), s.sheet.fade(950, 1300, (0, mix(lawn, s.light.haze, 0.3)), (1, lawn)))
    s.sheet.fill(
        curve(
            [
                (500, 950),
                (470, 1050),
                (360, 1180),
                (180, 1400),
                (120, H + 20),
                (960, H + 20),
                (900, 1400),
                (720, 1180),
                (610, 1050),
                (580, 950),
            ],
            True,
        ),
        s.sheet.fade(950, 1500, (0, s.tone("#ead9b8", 0.3)), (1, s.tone("#c9b088", 0))),
    )
    s.put("land", W / 2, 1020, 250, "fountain", 0.1)
    for side in (-1, 1):
        for k in range(3):
            cx, cy, r = W / 2 + side * (230 + k * 130), 1020 + k * 95, 60.0 + k * 26
            s.sheet.fill(disc(cx, cy, r * 1.25, r * 0.62), s.tone("#4c8744", 0.12 - k * 0.04))
            for j in range(20):
                px, py = cx + rng.uniform(-1.1, 1.1) * r, cy - rng.uniform(0, 0.7) * r
                hue = (s.palette.accent, "#ffd66b", "#fff4ee", "#f08fb0")[(j + k) % 4]
                s.sheet.fill(disc(px, py, 6 + k * 2.4), s.light.tone(hue, 0.08, True))
    s.front()
    stem, leaf = s.tone("#6a4a38", 0.04), s.tone("#3f7a44", 0.05)
    s.sheet.line("M250 1190V640Q250 360 540 360Q830 360 830 640V1190", stem, 20)
    s.sheet.line("M300 1190V650Q300 410 540 410Q780 410 780 650V1190", stem, 9)
    spots = [(275.0 if i % 2 else 805.0, 1170.0 - i * 46) for i in range(13)]
    spots += [(540 + 272 * math.cos(a), 625 + 246 * math.sin(a)) for a in (math.pi + 0.18 * k for k in range(18))]
    for x, y in spots:
        s.sheet.fill(crown(rng, x, y, rng.uniform(34, 52), 7), mix(leaf, s.light.glow, rng.uniform(0, 0.14)))
    for x, y in spots:
        for _ in range(2):
            px, py, r = x + rng.uniform(-30, 30), y + rng.uniform(-26, 26), rng.uniform(11, 19)
            rose = s.light.tone(rng.choice((s.palette.accent, s.palette.accent, "#f6a5b8", "#fff0ea")), 0.03, True)
            s.sheet.fill(disc(px, py, r), rose)
            s.sheet.fill(disc(px - r * 0.2, py - r * 0.2, r * 0.5), mix(rose, "#ffffff", 0.35))
    s.put("air", rng.choice((400, 680)), 640, 130, "butterfly" if not s.light.is_night else "")
