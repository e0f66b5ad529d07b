"""Streets: the city and the old town."""

from __future__ import annotations

import math

from integrations.generation.scenes.nature import crown
from integrations.generation.scenes.paint import H, W, box, curve, disc, mix, poly, star
from integrations.generation.scenes.scene import Scene


def city(s: Scene) -> None:
    """Compose a skyline in three depths over a river."""
    rng, light = s.rng, s.light
    s.sky(980, clouds=3)
    if light.lamps:
        s.back.halo(W / 2, 960, 760, light.lamp, 0.42)
    for depth, low, high, base in ((0.74, 190, 430, 960), (0.5, 190, 520, 975)):
        x, shapes = -30.0, []
        while x < W:
            w, h = rng.uniform(56, 110), rng.uniform(low, high)
            shapes.append(box(x, base - h, w, h + 60))
            if rng.random() < 0.3:
                shapes.append(box(x + w * 0.44, base - h - rng.uniform(30, 90), 5, 100))
            x += w + rng.uniform(-4, 26)
        colour = s.tone("#6f7fa0", depth)
        s.sheet.fill("".join(shapes), s.sheet.fade(base - high, base, (0, colour), (1, mix(colour, light.haze, 0.5))))
        if light.lamps:
            _scatter_windows(s, base - low, base, 110, 0.45 + 0.2 * (1 - depth))
    hero = W * (0.6 if light.sun_at[0] < W / 2 else 0.4) + rng.uniform(-30, 30)
    plots = [(-20, 150, 430), (120, 120, 560), (235, 140, 380), (700, 130, 500), (830, 110, 640), (930, 180, 420)]
    if hero < W / 2:
        plots = [(W - x - w, w, h) for x, w, h in plots]
    for x, w, h in plots:
        _tower(
            s, x, 1000, w, h * rng.uniform(0.86, 1.08), 0.2, rng.choice(("#7a86a4", "#a0896f", "#5f7f92", "#8c6f7f"))
        )
    s.put("air", W - hero, 330, 190)
    _hero(s, hero, 1000, 170, 740)
    s.focus = (hero, 560)
    quay = 1000
    river = s.tone("#3f6f94", 0.06)
    s.sheet.fill(box(0, quay, W, H), mix(river, light.shade, 0.5))
    s.sheet.fill(
        box(0, quay, W, 420),
        s.sheet.fade(quay, quay + 420, (0, mix(river, light.low, 0.5)), (1, mix(river, light.shade, 0.5))),
    )
    streaks = []
    for _ in range(46):
        x, t = rng.uniform(0, W), rng.random() ** 1.5
        streaks.append(box(x, quay + 34 + 330 * t, rng.uniform(30, 130), 2 + 5 * t, 3))
    s.sheet.fill("".join(streaks), light.lamp if light.lamps else mix(light.low, "#ffffff", 0.4), 0.4)
    s.front()
    s.sheet.fill(box(0, quay - 8, W, 38), s.tone("#4c4a58", 0.08))
    for k in range(12):
        x = 40 + k * 92 + rng.uniform(-14, 14)
        s.sheet.fill(crown(rng, x, quay - 18, rng.uniform(20, 32), 7), mix(s.tone("#4f8456", 0.1), light.glow, 0.08))
        if k % 2:
            s.sheet.line(f"M{x + 46:.0f} {quay}v-70", s.tone("#2a2c38", 0.05), 5)
            s.sheet.fill(disc(x + 46, quay - 74, 8), light.lamp)
            if light.lamps:
                s.sheet.halo(x + 46, quay - 74, 54, light.lamp, 0.6)
    s.put("surface", W - hero, 1110, 210)
    s.put("land", W - hero, 1004, 150)


def _tower(s: Scene, x: float, base: float, width: float, height: float, depth: float, hue: str) -> None:
    """Draw an office block with rows of windows and a shaded side."""
    colour, top = s.tone(hue, depth), base - height
    s.sheet.fill(box(x, top, width, height + 10), colour)
    lit_left = s.light.sun_at[0] < x
    s.sheet.fill(box(x + (width * 0.66 if lit_left else 0), top, width * 0.34, height + 10), s.light.shade, 0.22)
    s.sheet.fill(box(x - 5, top - 10, width + 10, 14), mix(colour, s.light.shade, 0.3))
    if s.rng.random() < 0.5:
        s.sheet.fill(box(x + width * 0.3, top - 40, width * 0.4, 34), mix(colour, s.light.shade, 0.2))
    lit: list[str] = []
    dark: list[str] = []
    columns = max(3, int(width // 27))
    pitch = (width - 16) / columns
    for row in range(int((height - 30) // 34)):
        for k in range(columns):
            pane = box(x + 8 + k * pitch + 3, top + 20 + row * 34, pitch - 7, 20, 2)
            (lit if s.light.lamps and s.rng.random() < 0.5 else dark).append(pane)
    s.sheet.fill("".join(dark), mix(mix(colour, s.light.shade, 0.4), s.light.mid, 0.34), 0.9)
    s.sheet.fill("".join(lit), s.light.lamp, 0.95)


def _hero(s: Scene, x: float, base: float, width: float, height: float) -> None:
    """Draw the stepped tower that the skyline is known by."""
    light, top = s.light, base - height
    colour = mix(s.tone("#c9a888", 0.1), light.glow, 0.1)
    tiers = ((1.0, 0.0, 0.56), (0.74, 0.56, 0.78), (0.46, 0.78, 0.92), (0.22, 0.92, 1.0))
    for w, low, high in tiers:
        y, h = base - height * high, height * (high - low)
        s.sheet.fill(box(x - width * w / 2, y, width * w, h + 6), colour)
        side = x if light.sun_at[0] < x else x - width * w / 2
        s.sheet.fill(box(side, y, width * w / 2, h + 6), light.shade, 0.26)
        bars = max(2, int(width * w // 22))
        step = width * w / bars
        lit: list[str] = []
        dark: list[str] = []
        for row in range(int(h // 30)):
            for k in range(bars):
                pane = box(x - width * w / 2 + k * step + step * 0.28, y + 10 + row * 30, step * 0.44, 20, 1)
                (lit if light.lamps and s.rng.random() < 0.62 else dark).append(pane)
        s.sheet.fill("".join(dark), mix(colour, light.shade, 0.55), 0.8)
        s.sheet.fill("".join(lit), light.lamp)
    s.sheet.fill(
        poly([(x - width * 0.11, top), (x, top - 130), (x + width * 0.11, top)]), mix(colour, light.shade, 0.3)
    )
    s.sheet.line(f"M{x:.0f} {top - 120:.0f}v-70", mix(colour, light.shade, 0.4), 5)
    if light.lamps:
        s.sheet.halo(x, top - 190, 60, s.palette.accent, 0.9)
        s.sheet.fill(star(x, top - 190, 16), mix(s.palette.accent, "#ffffff", 0.4))


def _scatter_windows(s: Scene, top: float, base: float, count: int, opacity: float) -> None:
    panes = [box(s.rng.uniform(0, W), s.rng.uniform(top, base), 7, 10) for _ in range(count)]
    s.sheet.fill("".join(panes), s.light.lamp, opacity)


def old_town(s: Scene) -> None:
    """Compose a cobbled lane between gabled houses, towards a clock tower."""
    rng, light = s.rng, s.light
    s.sky(960, clouds=3)
    x = W / 2 + rng.uniform(-24, 24)
    _steeple(s, x, 1000, 0.42)
    for k in range(5):
        hx = 250 + k * 116 + rng.uniform(-8, 8)
        if abs(hx + 50 - x) > 90:
            _front(s, hx, 990, 104, rng.uniform(170, 230), 0.34)
    s.front()
    ground = s.tone("#a8927c", 0.08)
    s.sheet.fill(box(0, 985, W, H), mix(ground, light.shade, 0.3))
    s.sheet.fill(
        box(0, 985, W, 420),
        s.sheet.fade(985, 1405, (0, mix(ground, light.haze, 0.4)), (0.4, ground), (1, mix(ground, light.shade, 0.3))),
    )
    stones = []
    for row in range(13):
        y = 1004 + row * row * 3.4 + row * 6
        size = 13 + row * 4.2
        stones += [
            disc(cx + (row % 2) * size, y, size * 0.8, size * 0.3)
            for cx in [k * size * 2.1 - 40 for k in range(int(W / size / 2.1) + 3)]
        ]
    s.sheet.fill("".join(stones), mix(ground, light.shade, 0.24), 0.3)
    for side in (0, 1):
        for k in (1, 0):
            w = 250 if k == 0 else 170
            hx = (-60 + k * 180) if side == 0 else (W + 60 - k * 180 - w)
            _front(s, hx, 1110 - k * 70, w, (640 - k * 190) * rng.uniform(0.94, 1.06), 0.06 + 0.1 * k)
    if s.mood in ("lively", "bright", "cosy"):
        hues = (s.palette.accent, s.palette.glow, s.palette.soft, "#fff4e0")
        for y1, y2, sag in ((470, 520, 120), (640, 610, 90)):
            rope = [(150 + 97.5 * k, y1 + (y2 - y1) * k / 8 + sag * math.sin(math.pi * k / 8)) for k in range(9)]
            s.sheet.line(curve(rope), s.tone("#4a3a34", 0.05), 3)
            for k in range(16):
                (ax, ay), (bx, by) = rope[k // 2], rope[k // 2 + 1]
                px, py = ax + (bx - ax) * (0.25 + 0.5 * (k % 2)), ay + (by - ay) * (0.25 + 0.5 * (k % 2))
                if s.mood == "cosy" or light.is_night:
                    s.sheet.halo(px, py + 8, 26, light.lamp, 0.7)
                    s.sheet.fill(disc(px, py + 8, 6), mix(light.lamp, "#ffffff", 0.4))
                else:
                    s.sheet.fill(
                        poly([(px - 15, py), (px + 15, py), (px, py + 38)]), light.tone(hues[k % 4], 0.04, True)
                    )
    s.focus = (x, 620)
    s.put("air", x + rng.choice((-130, 130)), 420, 150)
    if not s.put("room", x, 1096, 190):
        s.put("land", x, 1096, 190, "bicycle")
    s.focus = (x, 700)
    for lx in (196, W - 196):
        iron = s.tone("#26262e", 0.02)
        s.sheet.fill(box(lx - 6, 800, 12, 380) + box(lx - 16, 1160, 32, 26, 6), iron)
        s.sheet.fill(poly([(lx - 24, 800), (lx - 32, 742), (lx + 32, 742), (lx + 24, 800)]), light.lamp)
        s.sheet.fill(poly([(lx - 38, 742), (lx, 710), (lx + 38, 742)]) + box(lx - 26, 798, 52, 8, 3), iron)
        if light.lamps:
            s.sheet.halo(lx, 770, 190, light.lamp, 0.7)


def _front(s: Scene, x: float, base: float, width: float, height: float, depth: float) -> None:
    """Draw a house front with shutters, window boxes and a tiled gable."""
    rng, light = s.rng, s.light
    wall = s.tone(rng.choice(("#e9c58e", "#d9906f", "#efe0c6", "#c7a3a0", "#a9b99a", "#dfb07a", "#b5654e")), depth)
    top, peak = base - height, width * 0.56
    s.sheet.fill(
        box(x, top, width, height + 30) + poly([(x, top + 1), (x + width / 2, top - peak), (x + width, top + 1)]), wall
    )
    inner = x < W / 2
    s.sheet.fill(box(x + (width * 0.7 if inner else 0), top, width * 0.3, height + 30), light.shade, 0.13)
    roof = s.tone("#8a4738", depth)
    s.sheet.line(
        poly([(x - 12, top + 16), (x + width / 2, top - peak), (x + width + 12, top + 16)], False),
        roof,
        max(14, width * 0.11),
    )
    columns = 3 if width > 200 else 2
    w, h = width / columns * 0.36, width / columns * 0.56
    shutter = s.tone(rng.choice(("#4f7f7a", "#7a4a52", "#4a6688", "#6f7f4a")), depth)
    lamp, glass = light.lamp, mix(s.tone("#33475c", depth), light.mid, 0.2)
    for row in range(max(1, int((height - 60) / (h * 1.75)))):
        for k in range(columns):
            cx, y = x + width * (k + 0.5) / columns, top + 24 + row * h * 1.75
            on = light.lamps and rng.random() < 0.62
            s.sheet.fill(box(cx - w * 0.95, y, w * 0.42, h) + box(cx + w * 0.53, y, w * 0.42, h), shutter)
            s.sheet.fill(box(cx - w / 2, y, w, h, 2), lamp if on else glass)
            s.sheet.line(
                f"M{cx:.0f} {y:.0f}v{h:.0f}M{cx - w / 2:.0f} {y + h * 0.45:.0f}h{w:.0f}",
                mix(wall, "#ffffff", 0.3),
                2.5,
                0.8,
            )
            if rng.random() < 0.5:
                pots = "".join(disc(cx + w * t, y + h + 2, w * 0.17) for t in (-0.4, -0.14, 0.14, 0.4))
                s.sheet.fill(pots, light.tone(s.palette.accent, depth, True))
                s.sheet.fill(box(cx - w * 0.56, y + h + 4, w * 1.12, h * 0.13, 3), s.tone("#6a4432", depth))
    s.sheet.fill(disc(x + width / 2, top - peak * 0.3, width * 0.07), lamp if light.lamps else glass)


def _steeple(s: Scene, x: float, base: float, depth: float) -> None:
    """Draw the clock tower at the end of the lane."""
    stone, dim = s.tone("#cdb694", depth), s.tone("#8f7a6a", depth)
    s.sheet.fill(box(x - 76, 520, 152, base - 520), stone)
    s.sheet.fill(
        box(x + 16, 520, 60, base - 520) if s.light.sun_at[0] < x else box(x - 76, 520, 60, base - 520), dim, 0.55
    )
    s.sheet.fill(box(x - 88, 510, 176, 18) + box(x - 88, 690, 176, 12), dim)
    s.sheet.fill(poly([(x - 84, 512), (x - 52, 440), (x + 52, 440), (x + 84, 512)]), s.tone("#4f7a74", depth))
    s.sheet.fill(box(x - 44, 372, 88, 70), stone)
    s.sheet.fill("".join(box(x + d, 386, 20, 52, 10) for d in (-34, -10, 14)), dim)
    s.sheet.fill(poly([(x - 52, 374), (x, 218), (x + 52, 374)]), s.tone("#4f7a74", depth))
    s.sheet.fill(poly([(x, 218), (x + 52, 374), (x + 8, 374)]), s.light.shade, 0.24)
    s.sheet.line(f"M{x:.0f} 222v-44M{x - 12:.0f} 196h24", s.tone("#d8a848", depth), 5)
    s.sheet.fill(disc(x, 608, 54), dim)
    s.sheet.fill(disc(x, 608, 46), s.light.lamp if s.light.lamps else s.tone("#fbf4e2", depth))
    s.sheet.line(f"M{x:.0f} 608V574M{x:.0f} 608L{x + 24:.0f} 622", s.tone("#33303a", 0.2), 6)
    s.sheet.fill("".join(box(x + d, 740, 24, 70, 12) for d in (-44, 20)), s.light.lamp if s.light.lamps else dim)
