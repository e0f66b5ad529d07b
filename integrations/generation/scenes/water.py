"""Places by the water: river, lake, island and harbour."""

from __future__ import annotations

from integrations.generation.scenes.nature import (
    boulder,
    crown,
    foreground,
    glitter,
    islet,
    leafy_tree,
    massif,
    palm_tree,
    pine,
    pines,
    ribbon,
    ripples,
    water,
)
from integrations.generation.scenes.paint import H, W, box, curve, disc, down, hills, mix, poly, ridge
from integrations.generation.scenes.scene import FRAME_ONLY, Scene


def river(s: Scene) -> None:
    """Compose a river that winds from the hills to the viewer."""
    rng = s.rng
    s.sky(900, clouds=3)
    s.layer(ridge(rng, 850, 170, 0.5), "#7f97a4", 0.76)
    far = hills(rng, 900, 110, 1.3)
    s.sheet.fill(pines(rng, far, 40, 36, 64), s.tone("#4f7a60", 0.52))
    s.layer(far, "#5f9468", 0.52, 0.4, 130, True)
    green = s.tone("#6aa854", 0.14)
    bank = hills(rng, 950, 36, 1.0)
    s.sheet.fill(down(bank, smooth=True), mix(green, s.light.shade, 0.22))
    s.sheet.fill(
        down(bank, 1500, True),
        s.sheet.fade(920, 1500, (0, mix(green, s.light.haze, 0.4)), (0.4, green), (1, mix(green, s.light.shade, 0.22))),
    )
    way = 1 if s.light.sun_at[0] < W / 2 else -1
    upper = ((938, 60, 14), (956, 120, 44), (985, 60, 90), (1030, -90, 150), (1085, -130, 220), (1160, -20, 320))
    bends = (*upper, (1260, 90, 430), (1400, 80, 560), (1620, -40, 760), (1960, -120, 980))
    stream = ribbon([(y, 540 + dx * way, w) for y, dx, w in bends])
    shore = ribbon([(y - 2, 540 + dx * way, w * 1.08 + 14) for y, dx, w in bends])
    blue = s.tone("#4f9fc4", 0.06)
    s.sheet.fill(shore, mix(s.tone("#cdbd8a", 0.14), green, 0.4))
    s.sheet.fill(
        stream,
        s.sheet.fade(
            940,
            1700,
            (0, mix(blue, s.light.low, 0.75)),
            (0.35, mix(blue, s.light.low, 0.3)),
            (1, mix(blue, s.light.shade, 0.5)),
        ),
    )
    with s.sheet.inside(clip=stream):
        ripples(s, 960, 1350, 90, mix(s.light.low, "#ffffff", 0.5), 0.45)
    s.mist(900, 0.4)
    for x, base, h in (
        (540 + 330 * way, 1000, 230),
        (540 + 440 * way, 1050, 320),
        (540 - 400 * way, 990, 210),
        (540 - 250 * way, 968, 130),
    ):
        leafy_tree(s, x, base, h, 0.16, rng.choice(("#5a9a4a", "#6fa84a", "#4a8a50")))
    s.put("surface", 540 - 110 * way, 1110, 190, "canoe")
    s.put("land", 540 + 240 * way, 1090, 220)
    s.put("air", 540 - 200 * way, 500, 170)
    s.front(FRAME_ONLY)
    for x in (540 - 505 * way,):
        leafy_tree(s, x, 1260, 560, 0.03, "#467f42")
    for x, y in ((540 - 300 * way, 1180), (540 + 420 * way, 1260)):
        boulder(s, x, y, 150, 70)
    ripples(s, 1350, 1800, 26, mix(s.light.low, "#ffffff", 0.3), 0.16)


def lake(s: Scene) -> None:
    """Compose mountains mirrored in a still lake, with a jetty."""
    rng, shore = s.rng, 880.0
    s.sky(shore, clouds=3)
    water(s, shore, "#3f7f9a", 0.72)
    near_peak = W * (0.64 if s.light.sun_at[0] < W / 2 else 0.36)
    state = rng.getstate()
    for mirror in (False, True):
        rng.setstate(state)
        with s.sheet.inside(
            transform=f"matrix(1 0 0 -0.62 0 {shore * 1.62:.1f})" if mirror else "", opacity=0.42 if mirror else 1.0
        ):
            massif(s, W - near_peak + 40, 590, shore, 430, 0.6, 0.3, "#74869a")
            massif(s, near_peak, 470, shore, 500, 0.36, 0.36)
            line = hills(rng, 860, 70, 1.6)
            trees = pines(rng, line, 60, 46, 92)
            s.sheet.fill(trees + down(line, shore, True), s.tone("#3a6258", 0.34))
    s.focus = (near_peak, 640)
    s.sheet.fill(box(0, shore - 3, W, 8), mix(s.light.low, "#ffffff", 0.4), 0.7)
    s.mist(840, 0.45)
    if s.time != "day":
        glitter(s, s.light.sun_at[0], shore, 1200, 40)
    ripples(s, shore + 10, 1300, 50, mix(s.light.low, "#ffffff", 0.4), 0.32)
    s.put("air", W - near_peak, 420, 170)
    s.front()
    s.put("surface", W * 0.5 + rng.uniform(-60, 60), 1040, 230, "swan")
    left = near_peak > W / 2
    wood, dark = s.tone("#8a6444", 0.04), s.tone("#4a3426", 0.03)
    x = 130 if left else W - 130
    s.sheet.fill(
        "".join(box(x + d, 1130 + k * 120, 18, 230) for k in range(3) for d in (-70 - k * 34, 52 + k * 34)), dark
    )
    s.sheet.fill(poly([(x - 62, 1120), (x + 62, 1120), (x + 250, H + 20), (x - 250, H + 20)]), wood)
    s.sheet.line(
        "".join(
            f"M{x - 62 - k * k * 1.9:.0f} {1120 + k * k * 8.0:.0f}H{x + 62 + k * k * 1.9:.0f}" for k in range(1, 10)
        ),
        dark,
        4,
    )
    s.put("land", x, 1150, 200)
    edge = W - 40 if left else 40
    for dx, h in ((0, 640), (-90 if left else 90, 470), (60 if left else -60, 700)):
        s.sheet.fill(pine(edge + dx, 1370, h), s.tone("#1f4038", 0.02))
    mound = [(W * 0.5, H), (W * 0.62, 1470.0), (W * 0.8, 1390.0), (W + 60.0, 1350.0), (W + 60.0, H + 60.0)]
    s.sheet.fill(curve(mound if left else [(W - px, py) for px, py in mound], True), s.tone("#28483a", 0))


def island(s: Scene) -> None:
    """Compose a palm island in a bright lagoon."""
    rng, horizon = s.rng, 800.0
    s.sky(horizon, clouds=4)
    water(s, horizon, "#23a0b4", 0.5)
    s.back.fill(
        disc(W / 2, 1050, 760, 170),
        s.back.glow(W / 2, 1050, 560, (0, s.tone("#8ff0e0", 0.05), 0.9), (1, s.tone("#8ff0e0", 0.05), 0)),
    )
    ripples(s, horizon + 6, 1240, 90, mix(s.light.low, "#ffffff", 0.5), 0.34)
    if s.time != "day":
        glitter(s, s.light.sun_at[0], horizon, 960, 40)
    islet(s, 120, horizon + 2, 420, 64)
    s.put("air", W - s.light.sun_at[0], 400, 170)
    x = W * 0.5 + rng.uniform(-50, 50)
    sand = s.tone("#f2dca6", 0.05)
    s.front()
    s.sheet.fill(disc(x, 1012, 436, 66), mix("#ffffff", s.light.low, 0.35), 0.5)
    s.sheet.fill(
        curve(
            [
                (x - 410, 1006),
                (x - 250, 950),
                (x, 925),
                (x + 240, 946),
                (x + 410, 1006),
                (x + 200, 1046),
                (x - 190, 1048),
            ],
            True,
        ),
        sand,
    )
    s.sheet.fill(
        curve(
            [(x - 400, 1012), (x - 190, 1030), (x + 200, 1028), (x + 400, 1012), (x + 200, 1048), (x - 190, 1050)], True
        ),
        mix(sand, s.light.shade, 0.2),
        0.7,
    )
    hill = curve([(x - 240, 962), (x - 170, 870), (x - 60, 800), (x + 60, 830), (x + 170, 890), (x + 250, 962)], True)
    s.sheet.fill(hill, s.tone("#4f8f54", 0.16))
    for _ in range(16):
        cx = x + rng.uniform(-210, 210)
        s.sheet.fill(
            crown(rng, cx, 946 - rng.uniform(0, 90) * (1 - abs(cx - x) / 240), rng.uniform(28, 46), 7),
            mix(s.tone("#4a9152", 0.1), s.light.glow, rng.uniform(0, 0.14)),
        )
    for dx, h, lean in ((-150, 430, -120), (120, 500, 130), (-10, 590, -40), (190, 330, 90)):
        palm_tree(s, x + dx, 965 - abs(dx) * 0.1, h * rng.uniform(0.9, 1.08), lean, 0.05)
    s.focus = (x, 640)
    s.put("land", x + rng.choice((-60, 60)), 1010, 180)
    s.put("surface", x - 330, 1110, 200, "canoe" if rng.random() < 0.6 else "")
    for side in (0, 1):
        ex = side * W
        boulder(s, ex, 1330, 320, 120, "#6d6a70")
        palm_tree(s, ex + (20 if side == 0 else -20), 1330, 980 if side == 0 else 840, 30 if side == 0 else -40, 0.01)
    foreground(s, "water", "#23a0b4", 1400)


def harbour(s: Scene) -> None:
    """Compose a row of coloured houses, moored boats and a lighthouse on the mole."""
    rng, quay = s.rng, 900.0
    s.sky(820, clouds=4)
    s.layer(hills(rng, 760, 150, 1.2), "#7f9a94", 0.66, 0.4, 200, True)
    for k in range(9):
        hx = -20 + k * 128 + rng.uniform(-10, 10)
        _gable(s, hx, 790 + rng.uniform(-16, 6), 96, rng.uniform(80, 120), 0.46)
    water(s, quay, "#2f6f92", 0.55)
    x, widths = -30.0, []
    while x < W:
        w = rng.uniform(118, 164)
        widths.append((x, w, rng.uniform(170, 290)))
        x += w
    state = rng.getstate()
    for mirror in (True, False):
        rng.setstate(state)
        with s.sheet.inside(
            transform=f"matrix(1 0 0 -0.8 0 {quay * 1.8:.1f})" if mirror else "", opacity=0.3 if mirror else 1.0
        ):
            for hx, w, h in widths:
                _gable(s, hx, quay - 18, w, h, 0.16)
    s.sheet.fill(box(0, quay - 20, W, 34), s.tone("#8c8478", 0.12))
    s.sheet.fill(box(0, quay + 8, W, 10), s.tone("#3f3a3c", 0.1), 0.7)
    ripples(s, quay + 24, 1330, 90, mix(s.light.low, "#ffffff", 0.35), 0.32)
    if s.time != "day":
        glitter(s, s.light.sun_at[0], quay + 20, 1180, 34)
    left = s.light.sun_at[0] > W / 2
    tower = W * (0.2 if left else 0.8)
    s.put("air", W - tower, 400, 170)
    s.front()
    s.sheet.fill(
        poly(
            [
                (-40 if left else W + 40, 985),
                (tower + (150 if left else -150), 1000),
                (tower + (190 if left else -190), 1050),
                (-40 if left else W + 40, 1070),
            ]
        ),
        s.tone("#6d6a6e", 0.06),
    )
    s.put("land", tower, 1004, 330, "lighthouse")
    focus = s.focus
    for bx, by, size in ((tower + (360 if left else -360), 1010, 190), (tower + (610 if left else -610), 1075, 300)):
        s.sheet.fill(disc(bx, by + 6, size * 0.5, size * 0.05), s.light.shade, 0.4)
        s.put("surface", bx, by, size, "boat")
    s.focus = ((focus[0] * 0.4 + s.focus[0] * 0.6), 760)
    wood = s.tone("#3a2c28", 0.01)
    for bx in (60, W - 70):
        s.sheet.fill(box(bx - 22, 1230, 44, 500, 10) + box(bx - 30, 1222, 60, 26, 8), wood)
        s.sheet.line(f"M{bx - 26} 1290h52M{bx - 26} 1304h52", s.tone("#cbb48a", 0.02), 9)
    foreground(s, "water", "#2f6f92", 1420)


def _gable(s: Scene, x: float, base: float, width: float, height: float, depth: float) -> None:
    """Draw a narrow house with a gable, windows lit when it is dark."""
    wall = s.tone(s.rng.choice(("#e8b04e", "#c9573f", "#e9dcc4", "#5f95a8", "#a8c08a", "#d98a78", "#f0c9a8")), depth)
    roof = s.tone(s.rng.choice(("#8c4438", "#5c4a52", "#a35a40")), depth)
    top, peak = base - height, width * s.rng.uniform(0.4, 0.62)
    s.sheet.fill(box(x, top, width, height + 20), wall)
    s.sheet.fill(
        poly([(x, top + 3), (x, top), (x + width / 2, top - peak), (x + width, top), (x + width, top + 3)]), wall
    )
    s.sheet.line(poly([(x - 7, top + 7), (x + width / 2, top - peak), (x + width + 7, top + 7)], False), roof, 12)
    shade = x + width * 0.72 if s.light.sun_at[0] < x else x
    s.sheet.fill(box(shade, top, width * 0.28, height + 20), s.light.shade, 0.14)
    lit: list[str] = []
    dark: list[str] = []
    columns = 3 if width > 110 else 2
    for row in range(int(height // 56)):
        for k in range(columns):
            wx = x + width * (k + 0.5) / columns
            (lit if s.light.lamps and s.rng.random() < 0.66 else dark).append(
                box(wx - 11, top + 14 + row * 56, 22, 32, 3)
            )
    dark.append(disc(x + width / 2, top - peak * 0.36, 9))
    s.sheet.fill("".join(dark), mix(s.tone("#3f5468", depth), s.light.mid, 0.2))
    s.sheet.fill("".join(lit), s.light.lamp)
