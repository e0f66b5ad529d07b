"""Halls: library and stage."""

from __future__ import annotations

from integrations.generation.scenes.paint import H, W, box, curve, disc, mix, poly, shift
from integrations.generation.scenes.room import bench, framed, room, window
from integrations.generation.scenes.scene import FRAME_ONLY, Scene


def library(s: Scene) -> None:
    """Compose tall shelves around an arched window, with a reading table."""
    rng = s.rng
    room(s, "#7a4f36")
    x = W / 2
    window(s, x - 190, 250, 380, 620, arch=True)
    wood, dark = s.tone("#6b4228", 0), mix(s.tone("#3c2418", 0), s.light.shade, 0.2)
    for side in (0, 1):
        sx, w = (-20, 330) if side == 0 else (W - 310, 330)
        s.sheet.fill(box(sx, -20, w, 1090), dark)
        for k in range(7):
            y = 130 + k * 146
            bx = sx + 22.0
            while bx < sx + w - 40:
                bw, bh = rng.uniform(16, 36), rng.uniform(84, 124)
                if rng.random() < 0.07:
                    bx += 26
                    continue
                hue = rng.choice(
                    (
                        s.palette.accent,
                        s.palette.main,
                        s.palette.soft,
                        "#8c3f3a",
                        "#3f5f52",
                        "#c9a25a",
                        "#5a4a6e",
                        "#a8663f",
                        "#e3cfa4",
                    )
                )
                colour = mix(s.tone(hue, 0.02), dark, rng.uniform(0.05, 0.4))
                s.sheet.fill(box(bx, y - bh, bw, bh, 3), colour)
                s.sheet.fill(
                    box(bx + 2, y - bh * 0.82, bw - 4, 5) + box(bx + 2, y - bh * 0.24, bw - 4, 4),
                    s.tone("#e8c57e", 0),
                    0.55,
                )
                bx += bw + 2
            s.sheet.fill(box(sx, y, w, 18), wood)
            s.sheet.fill(box(sx, y, w, 4), mix(wood, s.light.glow, 0.3), 0.8)
        edge = sx + w - 18 if side == 0 else sx
        s.sheet.fill(box(edge, -20, 22, 1090), mix(wood, s.light.glow, 0.12))
    lx = 250 if rng.random() < 0.5 else W - 250
    tilt = 60 if lx < x else -60
    s.sheet.line(
        f"M{lx} 1040L{lx + tilt * 0.2:.0f} 180M{lx + tilt} 1040L{lx + tilt * 1.2:.0f} 180"
        + "".join(
            f"M{lx + tilt * 0.2 * t:.0f} {1040 - 860 * t:.0f}h{tilt}" for t in (0.12, 0.26, 0.4, 0.54, 0.68, 0.82, 0.94)
        ),
        s.tone("#b07a48", 0),
        10,
    )
    framed(s, x, 140, 190, 150)
    beam = s.veil.fade(300, 1150, (0, s.light.sun, 0.3), (1, s.light.sun, 0))
    s.veil.fill(poly([(x - 180, 300), (x + 180, 300), (x + 400, 1150), (x - 300, 1150)]), beam)
    bench(s, "#8a5632", 1020)
    lamp = x + (-250 if lx > x else 250)
    s.sheet.fill(box(lamp - 44, 1006, 88, 16, 6) + box(lamp - 6, 890, 12, 120), s.tone("#b58a3e", 0))
    s.sheet.fill(
        curve([(lamp - 84, 900), (lamp - 66, 846), (lamp + 66, 846), (lamp + 84, 900)], True),
        s.light.tone(mix("#2f7a5a", s.palette.accent, 0.25), 0, True),
    )
    s.sheet.halo(lamp, 910, 210, s.light.lamp, 0.75)
    s.put("table", x, 1026, 300, "book")
    s.put("table", W - lamp, 1026, 190)


def stage(s: Scene) -> None:
    """Compose a theatre stage with curtains, spotlights and an audience in the dark."""
    rng = s.rng
    s.light = s.light.indoors()
    light = s.light
    black = mix(s.palette.deep, "#120c1c", 0.5)
    gain = {"day": 0.14, "golden-hour": 0.11, "dawn": 0.09, "dusk": 0.05, "night": 0.0}[s.time]
    mid = mix(black, mix(s.palette.main, light.mid, 0.4), 0.5 + gain)
    s.back.fill(
        box(0, 0, W, H),
        s.back.fade(0, 1100, (0, mix(black, mid, 0.3)), (0.6, mid), (1, mix(mid, s.palette.glow, 0.26))),
    )
    s.back.halo(W / 2, 760, 560, s.palette.glow, 0.42 + gain)
    for _ in range(26):
        s.sheet.fill(disc(rng.uniform(200, 880), rng.uniform(320, 840), rng.uniform(2, 4)), light.lamp, 0.7)
    cloth = light.tone(shift(s.palette.accent, -0.1), 0, True)
    dark = mix(cloth, black, 0.62)
    floor = mix(s.tone("#a8703f", 0), light.glow, 0.1)
    s.sheet.fill(
        box(0, 960, W, H - 960),
        s.sheet.fade(960, 1180, (0, mix(floor, black, 0.3)), (1, floor)),
    )
    s.sheet.line(
        "".join(f"M{W / 2 + k * 60} 960L{W / 2 + k * 104} 1180" for k in range(-10, 11)), mix(floor, black, 0.5), 3, 0.6
    )
    s.sheet.fill(disc(W / 2, 1064, 330, 64), mix(light.lamp, "#ffffff", 0.3), 0.36)
    for px, aim, hue in (
        (150, W / 2 - 40, s.palette.glow),
        (W - 150, W / 2 + 40, s.palette.glow),
        (W / 2, W / 2, mix(s.palette.accent, "#ffffff", 0.5)),
    ):
        cone = s.veil.fade(150, 1080, (0, hue, 0.5), (1, hue, 0.06))
        s.veil.fill(poly([(px - 22, 150), (px + 22, 150), (aim + 270, 1080), (aim - 270, 1080)]), cone)
        s.veil.halo(px, 160, 120, hue, 0.8)
    s.put("air", W / 2, 520, 190)
    s.put("room", W / 2, 1068, 420, rng.choice(("piano", "microphone", "violin"))) if not s.wants("table") else s.put(
        "table", W / 2, 1068, 330
    )
    s.focus = (W / 2, 860)
    framed(s, W / 2, 520, 280, 240)
    s.front(FRAME_ONLY)
    for side in (0, 1):
        flip = 1 if side == 0 else -1
        ox = 0 if side == 0 else W
        for k in range(6):
            a, b = ox + flip * (-10 + k * 46), ox + flip * (-10 + (k + 1) * 46 + 12)
            pinch = ox + flip * (k * 20)
            fold = curve(
                [
                    (a, -20),
                    (b, -20),
                    (b - flip * k * 4, 420),
                    (pinch + flip * 50, 760),
                    (b - flip * k * 6, 1130),
                    (a - flip * k * 6, 1130),
                    (pinch + flip * (8 if k else -10), 760),
                    (a - flip * k * 4, 420),
                ],
                True,
            )
            s.sheet.fill(fold, mix(cloth, dark, (0.15, 0.6, 0.3, 0.75, 0.1, 0.5)[k]))
        s.sheet.fill(box(ox - 40 if side == 0 else ox - 190, 742, 230, 30, 10), light.tone("#e8b84e", 0, True))
    for k in range(7):
        cx = k * 180.0
        s.sheet.fill(
            curve([(cx - 106, -30), (cx + 106, -30), (cx + 92, 110), (cx, 190), (cx - 92, 110)], True),
            mix(cloth, dark, 0.2 + 0.3 * (k % 2)),
        )
        s.sheet.line(curve([(cx - 92, 112), (cx, 194), (cx + 92, 112)]), light.tone("#e8b84e", 0, True), 9)
    s.sheet.fill(box(0, 1170, W, 34), mix(black, light.lamp, 0.2))
    for k in range(12):
        s.sheet.halo(46 + k * 90, 1172, 52, light.lamp, 0.7)
        s.sheet.fill(disc(46 + k * 90, 1174, 12), mix(light.lamp, "#ffffff", 0.5))
    s.sheet.fill(box(0, 1200, W, H - 1200), mix(black, "#08060e", 0.4))
    for row, (y, r) in enumerate(((1330, 46), (1450, 58), (1600, 72))):
        for k in range(9 - row):
            cx = (k + 0.5 * (row % 2)) * W / (8 - row) + rng.uniform(-12, 12)
            tone = mix(black, "#08060e", 0.2 + 0.3 * row)
            s.sheet.fill(disc(cx, y, r * 0.62, r * 0.74) + box(cx - r, y + r * 0.6, r * 2, 400, r), tone)
