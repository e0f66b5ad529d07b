"""Grand places: volcano, ruins, the polar ice and the cave."""

from __future__ import annotations

import math

from integrations.generation.scenes.nature import (
    boulder,
    crown,
    foreground,
    grass,
    ripples,
)
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


def volcano(s: Scene) -> None:
    """Compose an erupting cone with lava streams and a plume."""
    rng, x = s.rng, W / 2 + s.rng.uniform(-90, 90)
    s.sky(980, clouds=1)
    fire, hot = mix("#ff6a2a", s.palette.accent, 0.2), "#ffe08a"
    top = 520.0
    for i in range(12):
        t = i / 11
        px, py, r = x + 210 * t * t + 30 * math.sin(i * 1.9), top - 20 - 430 * t, 46 + 120 * t
        smoke = mix(mix(s.tone("#5a4d55", 0.1), fire, max(0.0, 0.5 - t)), s.light.mid, 0.3 * t)
        s.sheet.fill(crown(rng, px, py, r, 8), smoke, 0.92)
        s.sheet.fill(crown(rng, px - r * 0.2, py - r * 0.2, r * 0.5, 6), mix(smoke, s.light.glow, 0.22), 0.6)
    s.sheet.halo(x, top, 380, fire, 0.85)
    s.layer(ridge(rng, 900, 130, 0.5), "#6d6478", 0.66)
    left = [
        (x - 60, top),
        (x - 96, top + 70),
        (x - 170, top + 190),
        (x - 270, top + 330),
        (x - 420, top + 470),
        (x - 640, 1080),
    ]
    right = [
        (x + 62, top + 8),
        (x + 104, top + 80),
        (x + 168, top + 190),
        (x + 300, top + 340),
        (x + 430, top + 460),
        (x + 660, 1080),
    ]
    rock, dark = s.tone("#5c4a52", 0.18), s.tone("#3a2d3a", 0.16)
    s.sheet.fill(poly([*left, *reversed(right)]), s.sheet.fade(top, 1080, (0, rock), (1, mix(rock, s.light.haze, 0.4))))
    shade = right if s.light.sun_at[0] < x else left
    s.sheet.fill(
        poly([*shade, (x + 60, 1080), (x - 20, 860), (x + 30, 700), (x, top + 20)]),
        s.sheet.fade(top, 1080, (0, dark), (1, dark, 0.2)),
    )
    s.sheet.fill(
        poly(
            [
                (x - 60, top),
                (x - 20, top + 16),
                (x + 20, top + 6),
                (x + 62, top + 8),
                (x + 40, top + 26),
                (x - 36, top + 28),
            ]
        ),
        hot,
    )
    for way, width in (
        (((0, 0), (-16, 90), (18, 190), (-40, 320), (-70, 480)), 30),
        (((24, 4), (50, 90), (88, 180), (150, 330)), 20),
        (((-34, 6), (-66, 110), (-110, 210)), 14),
    ):
        path = [(x + dx, top + 14 + dy) for dx, dy in way]
        s.sheet.fill(taper(path, width * 0.8, width, width * 0.7, width * 0.9, 4), fire)
        s.sheet.fill(taper(path, width * 0.34, width * 0.4, width * 0.26, 2), hot)
    for _ in range(34):
        a, d = rng.uniform(-2.5, -0.6), rng.uniform(60, 330)
        s.sheet.fill(disc(x + d * math.cos(a) * 0.7, top + d * math.sin(a), rng.uniform(2, 6)), rng.choice((hot, fire)))
    s.focus = (x, 600)
    s.put("air", W - x, 340, 160)
    s.mist(960, 0.4)
    s.front()
    near = ridge(rng, 1120, 90, 0.5)
    s.layer(near, "#40343f", 0.12, 0.1, 240)
    s.put("land", W * 0.3, 1120, 180)
    s.layer(ridge(rng, 1290, 80, 0.5), "#231c28", 0, 0, 240)
    foreground(s, "rock", "#2c2430", 1440)


def ruins(s: Scene) -> None:
    """Compose a broken temple on a hill."""
    rng = s.rng
    s.sky(980, clouds=3)
    s.layer(ridge(rng, 900, 170, 0.5), "#8d92a4", 0.74)
    far = hills(rng, 960, 90, 1.1)
    for x in [rng.uniform(20, W - 20) for _ in range(9)]:
        s.sheet.fill(
            taper([(x, height_at(far, x) + 20), (x, height_at(far, x) - 60), (x, height_at(far, x) - 130)], 34, 30, 2),
            s.tone("#4c6c54", 0.5),
        )
    s.layer(far, "#8a9a68", 0.46, 0.3, 150, True)
    stone, dim = mix(s.tone("#e3d3b2", 0.1), s.light.glow, 0.12), s.tone("#9c8a72", 0.1)
    left = s.light.sun_at[0] < W / 2
    for k in range(3):
        s.sheet.fill(box(150 - k * -26, 1010 - k * 26, 780 - k * 52, 28), mix(stone, dim, 0.2 * k))
        s.sheet.fill(box(150 + k * 26, 1030 - k * 26, 780 - k * 52, 8), dim, 0.7)
    tops = [520.0, 520.0, 520.0, 520.0, rng.uniform(600, 700), rng.uniform(740, 850)]
    if not left:
        tops.reverse()
    for i, top in enumerate(tops):
        cx = 240 + i * 120
        s.sheet.fill(poly([(cx - 30, 960), (cx - 25, top), (cx + 25, top), (cx + 30, 960)]), stone)
        part = (
            poly([(cx + 4, 960), (cx + 4, top), (cx + 25, top), (cx + 30, 960)])
            if left
            else poly([(cx - 4, 960), (cx - 4, top), (cx - 25, top), (cx - 30, 960)])
        )
        s.sheet.fill(part, dim, 0.6)
        s.sheet.line("".join(f"M{cx + d} {top + 8}V952" for d in (-16, -6, 6, 16)), dim, 2.4, 0.7)
        s.sheet.fill(box(cx - 36, 944, 72, 18, 4), stone)
        if top == 520:
            s.sheet.fill(poly([(cx - 26, 530), (cx - 40, 506), (cx + 40, 506), (cx + 26, 530)]), stone)
        else:
            s.sheet.fill(
                poly(
                    [
                        (cx - 27, top + 14),
                        (cx - 20, top - 14),
                        (cx - 4, top + 4),
                        (cx + 10, top - 22),
                        (cx + 27, top + 12),
                    ]
                ),
                stone,
            )
    x0, x1 = (196, 660) if left else (420, 884)
    s.sheet.fill(box(x0, 464, x1 - x0, 44), stone)
    s.sheet.fill(box(x0, 496, x1 - x0, 12), dim, 0.7)
    apex = (
        [(x0 - 14, 464), (x0 + 250, 366), (x1 - 70, 434), (x1 - 100, 464)]
        if left
        else [(x1 + 14, 464), (x1 - 250, 366), (x0 + 70, 434), (x0 + 100, 464)]
    )
    s.sheet.fill(poly(apex), mix(stone, dim, 0.35))
    for _ in range(5):
        vx = rng.uniform(x0 + 10, x1 - 10)
        s.sheet.line(
            curve([(vx, 500), (vx + 10, 560), (vx - 8, 620), (vx + 4, 660 + rng.uniform(0, 70))]),
            s.tone("#5c8a4c", 0.1),
            7,
        )
    s.focus = (W * (0.44 if left else 0.56), 640)
    s.put("air", W * (0.78 if left else 0.22), 420, 160)
    s.front()
    near = hills(rng, 1090, 60, 1.2)
    s.layer(near, "#7c8f4e", 0.08, 0.1, 250, True)
    s.put("land", W * (0.76 if left else 0.24), 1080, 210)
    for x in (W * 0.2, W * 0.6, W * 0.9):
        boulder(s, x, 1130, rng.uniform(80, 150), rng.uniform(40, 70), "#cbbd9e")
    line = hills(rng, 1260, 40, 1.3)
    s.sheet.fill(grass(rng, line, 110, 30, 76), s.tone("#566e38", 0.02))
    s.layer(line, "#4d6434", 0, 0, 240, True)
    foreground(s, "grass", "#4d6434", 1420)


def polar(s: Scene) -> None:
    """Compose icebergs and floes under a cold sky, with an aurora when it is dark."""
    rng = s.rng
    s.sky(900, clouds=2)
    if s.time in ("night", "dusk", "dawn"):
        for i, hue in enumerate(("#5ff0b0", "#6fd8e8", mix("#b08af0", s.palette.accent, 0.3))):
            fringe = [(-60 + k * 150, 470 - i * 90 + rng.uniform(-70, 70)) for k in range(9)]
            lift = [(x + 20, y - 260 - rng.uniform(0, 60)) for x, y in reversed(fringe)]
            s.back.fill(
                curve([*fringe, *lift], True), s.back.fade(120, 560, (0, hue, 0), (0.75, hue, 0.5), (1, hue, 0))
            )
    s.layer(ridge(rng, 880, 120, 0.5), "#a9bfd6", 0.62, 0.4, 110)
    sea = s.tone("#3f86a8", 0.06)
    s.sheet.fill(box(0, 880, W, H), sea)
    s.sheet.fill(box(0, 880, W, 260), s.sheet.fade(880, 1140, (0, mix(sea, s.light.low, 0.6)), (1, sea)))
    ice, dim = mix(s.tone("#f4fbff", 0.04), s.light.sun, 0.16), s.tone("#8fbcdc", 0.06)
    main = W * (0.66 if s.light.sun_at[0] < W / 2 else 0.34)
    for x, base, w, h in ((W - main + 120, 930, 240, 170), (main, 990, 560, 470)):
        outline = [
            (x - w * 0.5, base),
            (x - w * 0.4, base - h * 0.4),
            (x - w * 0.22, base - h * 0.56),
            (x - w * 0.08, base - h),
            (x + w * 0.12, base - h * 0.82),
            (x + w * 0.26, base - h * 0.5),
            (x + w * 0.4, base - h * 0.34),
            (x + w * 0.5, base),
        ]
        s.sheet.fill(poly(outline), ice)
        core = (x - w * 0.02, base - h * 0.45)
        faces = (
            [outline[3], outline[4], outline[5], core],
            [outline[5], outline[6], outline[7], (x + w * 0.1, base), core],
            [outline[0], outline[1], (x - w * 0.2, base - h * 0.2), (x - w * 0.16, base)],
            [outline[2], outline[3], core, (x - w * 0.14, base - h * 0.3)],
        )
        for k, face in enumerate(faces):
            s.sheet.fill(poly(face), mix(ice, dim, (0.55, 0.9, 0.45, 0.25)[k]))
        s.sheet.fill(
            poly(
                [
                    (x - w * 0.5, base),
                    (x + w * 0.5, base),
                    (x + w * 0.3, base + h * 0.2),
                    (x - w * 0.06, base + h * 0.32),
                    (x - w * 0.34, base + h * 0.14),
                ]
            ),
            s.sheet.fade(base, base + h * 0.32, (0, ice, 0.5), (1, ice, 0)),
        )
    s.focus = (main, 740)
    ripples(s, 900, 1180, 60, mix(s.light.low, "#ffffff", 0.4), 0.4)
    s.front()
    s.put("surface", W - main, 1010, 200)
    s.put("air", W - main, 460, 150)
    for x, y, w in ((140, 1060, 200), (760, 1090, 260), (430, 1030, 120)):
        s.sheet.fill(
            poly(
                [
                    (x - w / 2, y),
                    (x - w * 0.4, y - 16),
                    (x + w * 0.42, y - 18),
                    (x + w / 2, y),
                    (x + w * 0.3, y + 20),
                    (x - w * 0.34, y + 18),
                ]
            ),
            mix(ice, dim, 0.5),
        )
        s.sheet.fill(poly([(x - w / 2, y), (x - w * 0.4, y - 16), (x + w * 0.42, y - 18), (x + w / 2, y)]), ice)
    shore = hills(rng, 1190, 56, 0.9)
    snow = s.tone("#e6f0f8", 0.02)
    s.sheet.fill(down(shore, smooth=True), mix(snow, s.light.shade, 0.35))
    s.sheet.fill(down(shore, 1420, True), s.sheet.fade(1120, 1420, (0, snow), (1, mix(snow, s.light.shade, 0.35))))
    x = W - main + rng.uniform(-40, 90)
    if s.put("land", x, height_at(shore, x) + 26, 220, "penguin") and not s.wanted and rng.random() < 0.7:
        s.put("land", x + 120, height_at(shore, x + 120) + 34, 160, "penguin")
    flakes = "".join(disc(rng.uniform(0, W), rng.uniform(0, 1300), rng.uniform(1.5, 4.5)) for _ in range(90))
    s.sheet.fill(flakes, "#ffffff", 0.7)
    foreground(s, "soft", "#c9dcec", 1400)


def cave(s: Scene) -> None:
    """Compose a cavern that opens to the light, with crystals and a pool."""
    rng, light = s.rng, s.light
    wall = mix(s.tone("#4a4058", 0.0), light.shade, 0.25)
    x = W / 2 + rng.uniform(-70, 70)
    s.sky(860, sun=False, clouds=1)
    s.back.halo(x, 560, 700, light.glow, 0.7)
    s.layer(ridge(rng, 850, 180, 0.5), "#7f93a8", 0.7)
    s.layer(hills(rng, 930, 70, 1.3), "#5f8468", 0.42, 0.3, 140, True)
    for ring, (rx, top, foot) in enumerate(((300, 330, 1000), (360, 270, 1020), (430, 200, 1050))):
        edge: list[Point] = []
        for k in range(19):
            a = math.pi * (1 + k / 18)
            wobble = 1 + 0.09 * math.sin(k * 2.3 + ring * 2) + rng.uniform(-0.05, 0.05)
            edge.append((x + rx * math.cos(a) * wobble, foot - 160 + (foot - 160 - top) * math.sin(a) * wobble))
        hole = curve([(x - rx * 0.94, foot + 20), *edge, (x + rx * 0.94, foot + 20)], True)
        near = mix(mix(wall, light.glow, 0.3 - 0.12 * ring), light.shade, 0.12 + 0.22 * ring)
        _rock_frame(s, hole, near)
    s.front()
    floor = ridge(rng, 1020, 40, 0.4)
    rockfloor = mix(wall, light.shade, 0.22)
    s.sheet.fill(down(floor), rockfloor)
    pool = mix(s.tone("#3fa8b8", 0), light.glow, 0.2)
    s.sheet.fill(disc(x, 1090, 330, 62), mix(rockfloor, light.shade, 0.5))
    s.sheet.fill(
        disc(x, 1094, 312, 54),
        s.sheet.fade(1036, 1150, (0, mix(pool, light.glow, 0.55)), (1, mix(pool, light.shade, 0.35))),
    )
    with s.sheet.inside(clip=disc(x, 1094, 312, 54)):
        ripples(s, 1046, 1146, 24, mix(light.glow, "#ffffff", 0.4), 0.5)
    s.put("air", x, 520, 190)
    s.put("surface", x, 1100, 170)
    s.put("land", x + rng.choice((-120, 120)), 1034, 200, "lantern")
    for _ in range(15):
        sx, length = rng.uniform(-20, W + 20), rng.uniform(90, 330)
        middle = abs(sx - x) / W
        ceiling = -30.0
        tone = mix(wall, light.shade, rng.uniform(0.3, 0.62))
        s.sheet.fill(
            taper(
                [
                    (sx, ceiling),
                    (sx + rng.uniform(-8, 8), ceiling + length * (0.5 + middle)),
                    (sx, ceiling + length * (0.9 + middle * 1.6)),
                ],
                rng.uniform(100, 180),
                64,
                2,
            ),
            tone,
        )
        s.sheet.fill(
            taper(
                [
                    (sx + (10 if sx < x else -10), ceiling),
                    (sx + (6 if sx < x else -6), ceiling + length * (0.8 + middle)),
                ],
                9,
                2,
            ),
            mix(tone, light.glow, 0.34),
            0.7,
        )
    hues = (mix("#7fe0f0", s.palette.accent, 0.1), mix("#b08af6", s.palette.soft, 0.2), s.palette.accent)
    for k, (cx, cy, size) in enumerate(
        ((110, 1120, 240), (W - 120, 1150, 280), (W - 250, 1080, 120), (250, 1060, 110))
    ):
        hue = hues[k % 3]
        s.sheet.halo(cx, cy - size * 0.4, size * 1.1, hue, 0.5)
        for dx, tilt, h in ((-0.3, -0.34, 0.62), (0.32, 0.36, 0.7), (0.02, 0.02, 1.0), (-0.12, -0.16, 0.8)):
            bx, tx, ty, w = cx + dx * size * 0.5, cx + dx * size * 0.5 + tilt * size * h, cy - size * h, size * 0.13
            s.sheet.fill(
                poly([(bx - w, cy), (tx - w, ty + w * 1.6), (tx, ty), (tx + w, ty + w * 1.6), (bx + w, cy)]),
                mix(hue, light.shade, 0.22),
            )
            s.sheet.fill(
                poly([(bx - w, cy), (tx - w, ty + w * 1.6), (tx, ty), (tx - w * 0.1, ty + w * 2), (bx - w * 0.1, cy)]),
                mix(hue, "#ffffff", 0.45),
            )
    for bx in (40, W - 30, W - 260):
        boulder(s, bx, 1280, rng.uniform(240, 340), rng.uniform(90, 150), "#3f3850")
    s.sheet.fill(down(ridge(rng, 1290, 50, 0.45)), mix(wall, light.shade, 0.6))
    foreground(s, "rock", "#332c44", 1420)


def _rock_frame(s: Scene, hole: str, colour: str) -> None:
    """Fill everything around a hole."""
    s.sheet.fill(box(-20, -20, W + 40, H + 40) + hole, colour, holes=True)
