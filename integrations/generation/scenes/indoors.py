"""Rooms where people work: workshop, kitchen and laboratory."""

from __future__ import annotations

import math

from integrations.generation.scenes.nature import crown
from integrations.generation.scenes.paint import W, box, curve, disc, mix, poly
from integrations.generation.scenes.room import BENCH, bench, framed, pendant, room, window
from integrations.generation.scenes.scene import Scene


def workshop(s: Scene) -> None:
    """Compose a workbench below a wall of tools."""
    rng = s.rng
    wall = room(s, "#b08a62")
    s.sheet.line("".join(f"M0 {y}H{W}" for y in range(90, 1000, 118)), mix(wall, s.light.shade, 0.34), 4, 0.6)
    left = rng.random() < 0.5
    wx = 90 if left else W - 410
    window(s, wx, 320, 320, 400)
    px = W - 560 if left else 60
    s.sheet.fill(box(px, 300, 500, 430, 10), s.tone("#d8c29a", 0))
    s.sheet.fill(
        "".join(disc(px + 26 + c * 37, 326 + r * 38, 2.6) for c in range(13) for r in range(11)),
        s.tone("#8a6a48", 0),
        0.6,
    )
    _tools(s, px, 300)
    framed(s, wx + 160, 170, 190, 150)
    shelf = s.tone("#7a5638", 0)
    s.sheet.fill(box(px - 20, 790, 540, 22, 4), shelf)
    for k in range(7):
        h, w = rng.uniform(56, 100), rng.uniform(40, 60)
        s.sheet.fill(
            box(px + k * 72, 790 - h, w, h, 7),
            s.light.tone(rng.choice((s.palette.accent, s.palette.soft, "#d9a84e", "#6f8f9a", "#b5654e")), 0, True),
        )
        s.sheet.fill(box(px + k * 72 + 3, 790 - h, w - 6, 12, 3), s.tone("#3a302c", 0))
    pendant(s, W / 2, 250, s.palette.accent)
    bench(s, "#a8713f")
    s.sheet.fill(
        box(70, BENCH - 62, 150, 62, 6) + box(56, BENCH - 92, 70, 34, 6) + box(160, BENCH - 92, 70, 34, 6),
        s.tone("#4f6470", 0),
    )
    s.sheet.line(f"M40 {BENCH - 76}h-30M25 {BENCH - 96}v40", s.tone("#9aa4ac", 0), 9)
    s.sheet.fill(
        poly([(W - 320, BENCH), (W - 300, BENCH - 40), (W - 60, BENCH - 40), (W - 40, BENCH)])
        + box(W - 290, BENCH - 66, 200, 26, 3),
        s.tone("#d9ab6c", 0),
    )
    for _ in range(12):
        x = rng.uniform(240, W - 340)
        s.sheet.line(f"M{x:.0f} {BENCH - 4}q10 -16 20 -2q6 8 14 -4", s.tone("#ecc88c", 0), 5, 0.9)
    s.put("table", W / 2, BENCH + 8, 320, "gear")
    s.put("table", W * 0.74, BENCH + 8, 190)


def _tools(s: Scene, x: float, y: float) -> None:
    steel, wood, red = s.tone("#8d98a4", 0), s.tone("#9a6438", 0), s.light.tone(s.palette.accent, 0, True)
    s.sheet.fill(box(x + 62, y + 90, 16, 220, 7), wood)
    s.sheet.fill(box(x + 24, y + 62, 92, 38, 7), steel)
    s.sheet.fill(poly([(x + 160, y + 90), (x + 330, y + 60), (x + 340, y + 96), (x + 168, y + 150)]), steel)
    s.sheet.line(
        "M" + "L".join(f"{x + 168 + k * 12:.0f} {y + 152 - k * 3.8 + (k % 2) * 7:.0f}" for k in range(15)), steel, 4
    )
    s.sheet.line(curve([(x + 140, y + 66), (x + 112, y + 96), (x + 128, y + 156), (x + 164, y + 150)], True), wood, 20)
    for k, hue in enumerate((red, s.light.tone("#e8b23e", 0, True), s.light.tone("#4f8fb0", 0, True))):
        bx = x + 180 + k * 44
        s.sheet.fill(box(bx, y + 220, 20, 70, 9), hue)
        s.sheet.fill(box(bx + 7, y + 288, 6, 76), steel)
    s.sheet.line(f"M{x + 400:.0f} {y + 130}V{y + 330}", steel, 17)
    s.sheet.line(
        f"M{x + 380:.0f} {y + 80}q-6 34 20 36q26 -2 20 -36M{x + 380:.0f} {y + 384}q-6 -40 20 -42q26 2 20 42", steel, 15
    )
    s.sheet.line(disc(x + 346, y + 300, 34), steel, 8)


def kitchen(s: Scene) -> None:
    """Compose a tiled kitchen with a window, shelves and something on the counter."""
    rng = s.rng
    room(s, "#e6cfa8")
    tile = mix(s.tone("#f6efe2", 0), s.light.glow, 0.08)
    for row in range(5):
        for k in range(13):
            tx, ty = k * 90 - 20 - (row % 2) * 45, 690 + row * 64
            s.sheet.fill(
                box(tx + 3, ty + 3, 84, 58, 5), mix(tile, s.tone(s.palette.soft, 0), 0.14 + 0.3 * rng.random() ** 3)
            )
    left = rng.random() < 0.5
    wx = 110 if left else W - 470
    window(s, wx, 290, 360, 370)
    for k in range(2):
        dx = wx - 34 if k == 0 else wx + 360 - 60
        s.sheet.fill(
            curve(
                [
                    (dx, 276),
                    (dx + 94, 276),
                    (dx + (50 if k == 0 else 90), 480),
                    (dx + (70 if k == 0 else 94), 640),
                    (dx, 640),
                    (dx + (0 if k == 0 else 30), 480),
                ],
                True,
            ),
            s.light.tone(s.palette.accent, 0, True),
            0.92,
        )
    s.sheet.line(f"M{wx - 50} 272H{wx + 410}", s.tone("#6a4a34", 0), 10)
    px = W - 540 if left else 60
    for y in (400, 600):
        s.sheet.fill(box(px, y, 480, 20, 4), s.tone("#8a5c3a", 0))
        _crockery(s, px + 14, y, 450)
    framed(s, px + 240, 210, 210, 170)
    s.sheet.line(f"M{px + 10} 660H{px + 470}", s.tone("#3a3238", 0), 7)
    for k, (r, hue) in enumerate(((44, "#b5703c"), (36, "#5c6670"), (50, "#b5703c"))):
        cx = px + 90 + k * 150
        s.sheet.line(f"M{cx} 662v46", s.tone("#3a3238", 0), 8)
        s.sheet.fill(disc(cx, 708 + r, r), s.tone(hue, 0))
        s.sheet.fill(disc(cx - r * 0.2, 708 + r * 0.8, r * 0.6), mix(s.tone(hue, 0), s.light.glow, 0.3), 0.7)
    if s.light.lamps or s.mood == "cosy":
        pendant(s, W / 2, 230, s.palette.glow)
    bench(s, "#c08a54")
    pot = 190 if not left else W - 190
    s.sheet.fill(box(pot - 96, BENCH - 110, 192, 110, 22), s.light.tone(s.palette.accent, 0, True))
    s.sheet.fill(
        box(pot - 106, BENCH - 124, 212, 22, 10)
        + disc(pot, BENCH - 132, 13)
        + box(pot - 134, BENCH - 84, 40, 18, 9)
        + box(pot + 94, BENCH - 84, 40, 18, 9),
        s.tone("#4a3a3c", 0),
    )
    for k in (-40, 0, 40):
        s.sheet.line(
            curve(
                [
                    (pot + k, BENCH - 150),
                    (pot + k + 16, BENCH - 190),
                    (pot + k - 14, BENCH - 235),
                    (pot + k + 8, BENCH - 285),
                ]
            ),
            "#ffffff",
            9,
            0.34,
        )
    herb = W - pot
    s.sheet.fill(crown(rng, herb, BENCH - 100, 58, 9), s.tone("#5a9a4e", 0))
    s.sheet.fill(crown(rng, herb - 10, BENCH - 116, 32, 7), mix(s.tone("#5a9a4e", 0), s.light.glow, 0.3))
    s.sheet.fill(
        poly([(herb - 44, BENCH - 64), (herb + 44, BENCH - 64), (herb + 32, BENCH), (herb - 32, BENCH)]),
        s.tone("#c0643f", 0),
    )
    s.put("table", W / 2, BENCH + 8, 310, rng.choice(("bread", "cup")))
    s.put("table", W * (0.7 if left else 0.3), BENCH + 8, 180)


def _crockery(s: Scene, x: float, y: float, width: float) -> None:
    """Stand jars, bowls and plates on a shelf."""
    rng, end = s.rng, x + width
    while x < end - 60:
        hue = s.light.tone(
            rng.choice((s.palette.accent, s.palette.soft, s.palette.glow, "#f4ead8", "#7fa08a", "#c9824e")), 0, True
        )
        kind = rng.choice(("jar", "bowl", "plates", "bottle"))
        w = rng.uniform(54, 76)
        if kind == "jar":
            s.sheet.fill(box(x, y - 84, w, 84, 12), mix(hue, "#ffffff", 0.2))
            s.sheet.fill(box(x + 6, y - 52, w - 12, 46, 8), hue)
            s.sheet.fill(box(x + 4, y - 96, w - 8, 16, 5), s.tone("#7a5238", 0))
        elif kind == "bowl":
            s.sheet.fill(
                f"M{x:.0f} {y - 44}h{w:.0f}q-4 40 -{w * 0.3:.0f} 44"
                f"h-{w * 0.4:.0f}q-{w * 0.26:.0f} -4 -{w * 0.3:.0f} -44Z",
                hue,
            )
        elif kind == "plates":
            for k in range(4):
                s.sheet.fill(box(x, y - 12 - k * 12, w + 10, 9, 4), mix(hue, "#ffffff", 0.14 * (k % 2)))
        else:
            w = 36
            s.sheet.fill(box(x, y - 70, w, 70, 9) + box(x + 11, y - 112, 14, 50, 4), hue)
        x += w + rng.uniform(12, 24)


def laboratory(s: Scene) -> None:
    """Compose a laboratory bench with glassware, screens and shelves."""
    rng = s.rng
    wall = room(s, "#b8d0d4")
    s.sheet.line(
        "".join(f"M{x} 0V{BENCH}" for x in range(0, W, 180)) + f"M0 640H{W}", mix(wall, s.light.shade, 0.14), 3, 0.6
    )
    left = rng.random() < 0.5
    px = 70 if left else W - 530
    s.sheet.fill(box(px, 280, 460, 330, 16), s.tone("#2a3644", 0))
    s.sheet.fill(box(px + 16, 296, 428, 298, 8), mix(s.tone("#173648", 0), s.palette.main, 0.2))
    neon = mix("#7ff0d8", s.palette.accent, 0.25)
    s.sheet.halo(px + 230, 445, 330, neon, 0.3)
    if s.wants("wall") and not s.wants("table"):
        with s.sheet.inside(clip=box(px + 16, 296, 428, 298, 8)):
            s.put("wall", px + 230, 445, 220)
    else:
        for k in range(26):
            t = k / 25
            y1, y2 = 70 * math.sin(t * 11), -70 * math.sin(t * 11)
            cx = px + 50 + 360 * t
            s.sheet.line(f"M{cx:.0f} {445 + y1:.0f}V{445 + y2:.0f}", mix(neon, "#173648", 0.5), 3, 0.7)
            s.sheet.fill(
                disc(cx, 445 + y1, 8) + disc(cx, 445 + y2, 8), neon if k % 2 else mix(s.palette.accent, "#ffffff", 0.2)
            )
    wx = W - 400 if left else 80
    window(s, wx, 290, 320, 320)
    for y in (760, 890):
        s.sheet.fill(box(60, y, W - 120, 14, 3), mix(s.tone("#e8f0f2", 0), s.light.shade, 0.12))
        x = 84.0
        while x < W - 150:
            hue = s.light.tone(
                rng.choice((s.palette.accent, s.palette.soft, "#6fd0c0", "#f0b84e", "#9a86d8", "#e87a8a")), 0, True
            )
            w, h = rng.uniform(34, 58), rng.uniform(46, 90)
            glass = mix(wall, "#ffffff", 0.45)
            if abs(x - W / 2) < 175 and y > 800:
                x += w + 20
                continue
            if rng.random() < 0.5:
                s.sheet.fill(box(x, y - h, w, h, 8) + box(x + w * 0.3, y - h - 18, w * 0.4, 24, 3), glass, 0.7)
                s.sheet.fill(box(x + 4, y - h * 0.55, w - 8, h * 0.55 - 4, 6), hue, 0.92)
            else:
                s.sheet.fill(
                    poly(
                        [
                            (x + w * 0.36, y - h),
                            (x + w * 0.64, y - h),
                            (x + w * 0.64, y - h * 0.6),
                            (x + w, y),
                            (x, y),
                            (x + w * 0.36, y - h * 0.6),
                        ]
                    ),
                    glass,
                    0.7,
                )
                s.sheet.fill(
                    poly([(x + w * 0.22, y - h * 0.36), (x + w * 0.78, y - h * 0.36), (x + w, y), (x, y)]), hue, 0.92
                )
            x += w + rng.uniform(14, 34)
    bench(s, "#dfe6e6")
    tube = 150 if not left else W - 260
    s.sheet.fill(
        box(tube - 20, BENCH - 74, 190, 16, 4)
        + box(tube - 20, BENCH - 14, 190, 14, 4)
        + box(tube - 20, BENCH - 74, 12, 74)
        + box(tube + 158, BENCH - 74, 12, 74),
        s.tone("#b07a48", 0),
    )
    for k in range(4):
        hue = (neon, s.palette.accent, "#f0c24e", "#a98af0")[k]
        tx = tube + 8 + k * 40
        s.sheet.fill(box(tx, BENCH - 112, 22, 104, 11), "#ffffff", 0.4)
        s.sheet.fill(box(tx + 2, BENCH - 72, 18, 62, 9), s.light.tone(hue, 0, True), 0.95)
    s.put("table", W / 2, BENCH + 8, 340, rng.choice(("microscope", "flask")))
    s.put("table", W * (0.3 if left else 0.7), BENCH + 8, 220, "flask")
    s.focus = (W / 2, 840)
    s.veil.halo(W / 2, 820, 420, neon, 0.2)
