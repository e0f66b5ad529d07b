"""The heavens: observatory, space, the moon, and the sky above the clouds."""

from __future__ import annotations

import math

from integrations.generation.scenes.light import cloud, paint_stars
from integrations.generation.scenes.nature import foreground, pines
from integrations.generation.scenes.paint import H, W, box, curve, disc, down, hills, mix, poly, ridge, shift, star
from integrations.generation.scenes.scene import Scene


def observatory(s: Scene) -> None:
    """Compose an open dome on a ridge below the turning sky."""
    rng, light = s.rng, s.light
    s.sky(1000, sun=s.time != "night", clouds=2 if s.time == "day" else 0)
    x = W / 2 + rng.uniform(-70, 70)
    if s.time in ("night", "dusk"):
        _milky_way(s, 0.9 if light.is_night else 0.4)
        for k in range(16):
            r, cx, cy = 90 + k * 54 + rng.uniform(-12, 12), W - x, 380.0
            for _ in range(3):
                a, span = rng.uniform(0, 6.28), rng.uniform(0.4, 1.2)
                one, two = (
                    (cx + r * math.cos(a), cy + r * math.sin(a)),
                    (cx + r * math.cos(a + span), cy + r * math.sin(a + span)),
                )
                arc = f"M{one[0]:.0f} {one[1]:.0f}A{r:.0f} {r:.0f} 0 0 1 {two[0]:.0f} {two[1]:.0f}"
                s.sheet.line(arc, mix("#ffffff", light.glow, rng.uniform(0.1, 0.6)), rng.uniform(1.2, 2.6), 0.3)
    s.layer(ridge(rng, 900, 170, 0.5), "#6f84a4", 0.72)
    s.layer(ridge(rng, 960, 110, 0.5), "#5c7590", 0.5)
    if not s.put("air", W - x, 400, 190):
        s.put("space", W - x, 400, 190)
    s.front()
    white, dim = mix(s.tone("#f2f2ee", 0.04), light.sun, 0.1), mix(s.tone("#a4aebc", 0.06), light.shade, 0.22)
    base, r = 960.0, 200.0
    hill = [(-40.0, 1120.0), (x - 330, 1010.0), (x - 220, base), (x + 220, base), (x + 330, 1010.0), (W + 40.0, 1130.0)]
    s.sheet.fill(box(x - r, 790, r * 2, 190), s.sheet.fade(0, 0, (0, white), (1, dim), x1=x - r, x2=x + r))
    s.sheet.fill(box(x - r - 14, 776, r * 2 + 28, 24, 6), dim)
    dome = f"M{x - r:.0f} 780A{r:.0f} {r:.0f} 0 0 1 {x + r:.0f} 780Z"
    s.sheet.fill(dome, s.sheet.fade(0, 0, (0, white), (0.45, mix(white, dim, 0.25)), (1, dim), x1=x - r, x2=x + r))
    for t in (-0.66, -0.33, 0.4, 0.7):
        s.sheet.line(
            f"M{x + r * t:.0f} 780Q{x + r * t * 1.02:.0f} {780 - r * 0.7:.0f} {x + r * t * 0.2:.0f} {780 - r + 4:.0f}",
            dim,
            3,
            0.6,
        )
    with s.sheet.inside(clip=dome):
        slit = curve([(x + 4, 560), (x + 62, 590), (x + 112, 690), (x + 120, 790), (x + 40, 790), (x + 34, 690)], True)
        s.sheet.fill(slit, s.tone("#141a2c", 0))
        if light.lamps:
            s.sheet.halo(x + 80, 720, 130, light.lamp, 0.8)
    with s.sheet.inside(transform=f"rotate(-56 {x + 70:.0f} 700)"):
        s.sheet.fill(box(x - 10, 676, 190, 48, 8), s.tone("#c2c8d2", 0.02))
        s.sheet.fill(box(x + 160, 668, 26, 64, 6) + box(x + 40, 672, 12, 56, 3), s.tone("#5c6678", 0.02))
        s.sheet.fill(box(x - 6, 682, 170, 9, 4), "#ffffff", 0.5)
    s.sheet.fill(
        "".join(box(x + d, 850, 34, 56, 17) for d in (-150, -84, 50, 116)),
        light.lamp if light.lamps else s.tone("#4a5a70", 0.05),
    )
    s.sheet.fill(box(x - 24, 868, 48, 100, 24), s.tone("#6a4a3c", 0.04))
    s.focus = (x, 700)
    s.layer(hill, "#44604f", 0.1, 0.1, 260, True)
    s.sheet.line(curve([(x, 966), (x + 30, 1010), (x - 60, 1080), (x + 60, 1200)]), s.tone("#cdbb98", 0.06), 16, 0.8)
    s.put("land", x - 290, 1030, 190)
    line = hills(rng, 1210, 60, 1.0)
    s.sheet.fill(
        pines(rng, line, 16, 120, 230, -20, 300) + pines(rng, line, 14, 120, 230, W - 280, W + 20),
        s.tone("#1f3d3c", 0.02),
    )
    s.layer(line, "#22403c", 0, 0, 260, True)
    foreground(s, "grass", "#22403c", 1400)


def _milky_way(s: Scene, strength: float) -> None:
    tilt = s.rng.choice((-1, 1))
    for k in range(9):
        t = k / 8
        x, y = W * (0.1 + 0.8 * t if tilt > 0 else 0.9 - 0.8 * t), 860 - 800 * t
        s.back.halo(x, y, 250, mix(s.palette.soft, "#c8b8ff", 0.5), 0.26 * strength)
        s.back.halo(x + s.rng.uniform(-40, 40), y, 120, mix(s.palette.glow, "#ffffff", 0.4), 0.26 * strength)
    dust = []
    for _ in range(150):
        t = s.rng.random()
        x, y = W * (0.1 + 0.8 * t if tilt > 0 else 0.9 - 0.8 * t), 860 - 800 * t
        dust.append(disc(x + s.rng.gauss(0, 80), y + s.rng.gauss(0, 80), s.rng.choice((0.9, 1.2, 1.8))))
    s.sheet.fill("".join(dust), "#ffffff", 0.75 * strength)


def space(s: Scene) -> None:
    """Compose a nebula, a great planet and what travels between."""
    rng, light = s.rng, s.light
    gain = {"day": 0.16, "golden-hour": 0.1, "dawn": 0.08, "dusk": 0.02, "night": -0.04}[s.time]
    ink = shift(mix("#0c1030", s.palette.deep, 0.4), gain * 0.4)
    s.back.fill(
        box(0, 0, W, H), s.back.fade(0, H, (0, ink), (0.5, shift(mix(ink, s.palette.main, 0.3), gain)), (1, ink))
    )
    hues = (
        mix(s.palette.main, "#5a6cf0", 0.35),
        mix(s.palette.accent, "#e05aa8", 0.4),
        mix(s.palette.soft, "#58c8f0", 0.3),
        mix(s.palette.glow, light.glow, 0.5),
    )
    tilt = rng.choice((-1, 1))
    for k in range(16):
        t = k / 15
        x, y = W * (0.5 + tilt * (t - 0.5) * 0.9) + rng.gauss(0, 110), 120 + 980 * t + rng.gauss(0, 70)
        s.back.halo(x, y, rng.uniform(170, 430), hues[k % 4], rng.uniform(0.26, 0.5) + gain)
    paint_stars(s.sheet, rng, 1800, 330)
    for _ in range(5):
        x, y, r = rng.uniform(60, W - 60), rng.uniform(100, 1000), rng.uniform(12, 22)
        s.sheet.halo(x, y, r * 3, rng.choice(hues), 0.7)
        s.sheet.fill(star(x, y, r, 0.1), "#ffffff", 0.95)
    left = tilt > 0
    px, py, r = (W * 0.84 if left else W * 0.16), 1270.0, 470.0
    _world(s, px, py, r, hues, left)
    mx, my = (W * 0.24 if left else W * 0.76), rng.uniform(300, 380)
    _moonlet(s, mx, my, rng.uniform(54, 78), hues[3], left)
    s.front()
    s.put("space", W / 2 + (-40 if left else 40), 690, 330, rng.choice(("planet", "satellite", "rocket")))
    s.put("space", W - mx, 330, 170)


def _world(s: Scene, x: float, y: float, r: float, hues: tuple[str, ...], light_left: bool) -> None:
    body = mix(hues[0], s.palette.soft, 0.35)
    s.back.halo(x, y, r * 1.3, hues[2], 0.8)
    s.sheet.fill(disc(x, y, r), body)
    with s.sheet.inside(clip=disc(x, y, r)):
        for k in range(7):
            yy = y - r + (k + 0.4) * r / 3.5
            points = [(x - r + j * r / 4, yy + s.rng.uniform(-16, 16)) for j in range(9)]
            band = [(px, py + s.rng.uniform(20, 60)) for px, py in reversed(points)]
            s.sheet.fill(
                curve([*points, *band], True), mix(body, s.palette.glow if k % 2 else s.palette.main, 0.34), 0.8
            )
        way = 1 if light_left else -1
        s.sheet.fill(
            disc(x, y, r),
            s.sheet.fade(
                y - r,
                y + r,
                (0, s.palette.deep, 0),
                (0.4, s.palette.deep, 0.14),
                (1, mix(s.palette.deep, "#05060f", 0.5), 0.95),
                x1=x - way * r,
                x2=x + way * r * 0.4,
            ),
        )
    s.sheet.line(disc(x, y, r - 3), mix(hues[2], "#ffffff", 0.6), 5, 0.4)


def _moonlet(s: Scene, x: float, y: float, r: float, hue: str, light_left: bool) -> None:
    grey = mix("#c8c2c4", hue, 0.35)
    s.sheet.fill(disc(x, y, r), grey)
    with s.sheet.inside(clip=disc(x, y, r)):
        for dx, dy, k in ((-0.3, -0.3, 0.24), (0.35, 0.1, 0.18), (-0.1, 0.45, 0.2), (0.2, -0.5, 0.12)):
            s.sheet.fill(disc(x + dx * r, y + dy * r, k * r), mix(grey, "#2a2438", 0.3), 0.6)
        way = 1 if light_left else -1
        s.sheet.fill(
            f"M{x:.1f} {y - r:.1f}A{r:.1f} {r:.1f} 0 0 {1 if way > 0 else 0} {x:.1f} {y + r:.1f}"
            f"Q{x + way * r * 0.9:.1f} {y:.1f} {x:.1f} {y - r:.1f}Z",
            "#0c0a1c",
            0.6,
        )


def moon(s: Scene) -> None:
    """Compose a crater plain with the earth above it."""
    rng, light = s.rng, s.light
    gain = {"day": 0.06, "golden-hour": 0.04, "dawn": 0.03, "dusk": 0.0, "night": -0.02}[s.time]
    ink = shift(mix("#080a1c", s.palette.deep, 0.36), gain)
    s.back.fill(box(0, 0, W, H), s.back.fade(0, 1000, (0, ink), (1, shift(mix(ink, s.palette.main, 0.32), gain))))
    paint_stars(s.sheet, rng, 1000, 240)
    left = light.sun_at[0] < W / 2
    ex, ey, r = W * (0.68 if left else 0.32), 420.0, 165.0
    s.back.halo(ex, ey, 480, "#6fb8f6", 0.6)
    s.sheet.fill(disc(ex, ey, r), "#2f7fd0")
    with s.sheet.inside(clip=disc(ex, ey, r)):
        land = curve(
            [
                (ex - 120, ey - 110),
                (ex - 30, ey - 130),
                (ex + 10, ey - 60),
                (ex - 40, ey - 10),
                (ex - 30, ey + 60),
                (ex - 80, ey + 40),
                (ex - 110, ey - 30),
            ],
            True,
        )
        land += curve(
            [
                (ex + 50, ey - 40),
                (ex + 120, ey - 70),
                (ex + 150, ey + 10),
                (ex + 90, ey + 80),
                (ex + 40, ey + 120),
                (ex + 30, ey + 30),
            ],
            True,
        )
        s.sheet.fill(land, "#6fb070")
        for k in range(6):
            cy = ey - 120 + k * 46
            cx = ex + rng.uniform(-90, 60)
            s.sheet.fill(
                box(cx - 70, cy, rng.uniform(100, 180), 13, 7) + box(cx - 20, cy + 12, rng.uniform(50, 120), 11, 6),
                "#ffffff",
                0.85,
            )
        way = 1 if left else -1
        s.sheet.fill(
            disc(ex, ey, r),
            s.sheet.fade(
                0, 0, (0, "#050818", 0), (0.5, "#050818", 0.08), (1, "#050818", 0.9), x1=ex - way * r, x2=ex + way * r
            ),
        )
    s.sheet.line(disc(ex, ey, r), "#bfe4ff", 4, 0.55)
    shade = {"day": 0.0, "golden-hour": 0.12, "dawn": 0.14, "dusk": 0.34, "night": 0.5}[s.time]
    dust = mix(mix(mix("#b8b4bc", s.palette.soft, 0.16), light.glow, 0.14), mix(s.palette.deep, "#1a1a34", 0.5), shade)
    dark = mix(dust, mix(s.palette.deep, "#10101c", 0.5), 0.6)
    far = ridge(rng, 900, 150, 0.42)
    s.sheet.fill(down(far), mix(dark, dust, 0.24))
    s.front()
    plain = hills(rng, 945, 44, 1.2)
    s.sheet.fill(down(plain, smooth=True), mix(dust, dark, 0.5))
    s.sheet.fill(down(plain, 1450, True), s.sheet.fade(905, 1450, (0, dust), (1, mix(dust, dark, 0.5))))
    for x, y, w in (
        (W * 0.2, 990, 90),
        (W * 0.72, 976, 60),
        (W * 0.86, 1075, 150),
        (W * 0.13, 1160, 190),
        (W * 0.5, 1250, 130),
        (W * 0.78, 1330, 220),
    ):
        x += rng.uniform(-40, 40)
        s.sheet.fill(disc(x, y, w, w * 0.25), mix(dust, "#ffffff", 0.2))
        s.sheet.fill(disc(x + (w * 0.05 if left else -w * 0.05), y + w * 0.03, w * 0.9, w * 0.2), dark)
        s.sheet.fill(
            disc(x + (w * 0.12 if left else -w * 0.12), y + w * 0.07, w * 0.72, w * 0.13), mix(dust, dark, 0.5)
        )
    pebbles = "".join(
        disc(rng.uniform(0, W), rng.uniform(990, 1400), rng.uniform(2, 9), rng.uniform(2, 5)) for _ in range(60)
    )
    s.sheet.fill(pebbles, dark, 0.6)
    if not s.wants("land"):
        s.put("space", W - ex, 520, 190)
    x = W * (0.4 if left else 0.6)
    s.put("land", x, 1066, 300, "astronaut")
    fx = x + (170 if left else -170)
    s.sheet.line(f"M{fx:.0f} 1062V880", "#dfe2ea", 5)
    s.sheet.fill(
        curve([(fx, 882), (fx + 50, 876), (fx + 100, 888), (fx + 100, 944), (fx + 50, 934), (fx, 942)], True),
        light.tone(s.palette.accent, 0, True),
    )
    line = ridge(rng, 1330, 90, 0.5)
    s.sheet.fill(down(line), mix(dark, "#0a0a18", 0.4))
    foreground(s, "rock", "#2e2a44", 1460)


def sky(s: Scene) -> None:
    """Compose a sea of clouds from above."""
    rng, light = s.rng, s.light
    s.sky(1080, clouds=2)
    bright = mix("#ffffff", light.low, 0.26) if s.time == "day" else mix(light.low, light.glow, 0.45)
    if light.is_night:
        bright = mix(light.low, light.glow, 0.24)
    s.sheet.fill(_far_peak(s), s.tone("#7486a4", 0.6))
    for k, y in enumerate((800, 880, 970, 1090, 1230, 1400, 1600)):
        t = k / 6
        top = mix(mix(bright, light.haze, 0.45 * (1 - t)), light.shade, 0.04 + 0.2 * t)
        foot = mix(mix(top, light.mid, 0.55), light.shade, 0.16 * t)
        if k == 2:
            s.front()
            s.put("air", W / 2 + rng.uniform(-60, 60), 610, 420, "balloon")
            s.put("space", W * 0.25, 300, 170)
            s.put("air", W - s.focus[0] + 200, 380, 170)
        size = 56 + 24 * k
        puffs = []
        for j in range(int(W / size) + 3):
            r = size * rng.uniform(0.55, 1.3)
            puffs.append((j * size - 20 + rng.uniform(-20, 20), y + rng.uniform(0, 40), r))
        body = box(-20, y + 20, W + 40, H - y)
        rim = "".join(disc(px, py - 7 - k, r, r * 0.82) for px, py, r in puffs)
        s.sheet.fill(rim, mix(top, light.sun, max(0.1, 0.5 - 0.07 * k)))
        s.sheet.fill("".join(disc(px, py, r, r * 0.82) for px, py, r in puffs) + body, foot)
        fade = s.sheet.fade(y - size, y + size * 2, (0, top), (1, foot))
        s.sheet.fill("".join(disc(px, py, r, r * 0.82) for px, py, r in puffs), fade)
    for side in (120, W - 130):
        s.sheet.fill(cloud(rng, side, rng.uniform(560, 660), 300), mix(bright, light.mid, 0.12), 0.85)


def _far_peak(s: Scene) -> str:
    """Return a far peak that breaks through the clouds."""
    x = W - s.light.sun_at[0] + s.rng.uniform(-60, 60)
    return poly(
        [(x - 260, 860), (x - 120, 720), (x - 60, 740), (x, 640), (x + 50, 710), (x + 100, 700), (x + 280, 860)]
    )
