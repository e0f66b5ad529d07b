"""Ways through the country: road and railway."""

from __future__ import annotations

from integrations.generation.scenes.nature import (
    foreground,
    leafy_tree,
    pine,
    pines,
    ribbon,
)
from integrations.generation.scenes.paint import (
    H,
    Point,
    W,
    box,
    curve,
    height_at,
    hills,
    mix,
    ridge,
)
from integrations.generation.scenes.scene import FRAME_ONLY, Scene


def road(s: Scene) -> None:
    """Compose an open road that runs to the hills."""
    rng = s.rng
    s.sky(880, clouds=4)
    s.layer(ridge(rng, 850, 210, 0.52), "#8593a8", 0.74)
    s.layer(ridge(rng, 880, 110, 0.5), "#8a8268", 0.54, 0.5, 110)
    field = s.tone("#c9a860", 0.1)
    s.sheet.fill(box(0, 884, W, H), mix(field, s.light.shade, 0.16))
    s.sheet.fill(
        box(0, 884, W, 500),
        s.sheet.fade(884, 1384, (0, mix(field, s.light.haze, 0.5)), (0.5, field), (1, mix(field, s.light.shade, 0.16))),
    )
    for k in range(7):
        y = 910 + k * k * 11
        s.sheet.line(
            curve(
                [(-20, y + rng.uniform(-6, 6)), (W * 0.3, y - 6), (W * 0.7, y + 6), (W + 20, y + rng.uniform(-6, 6))]
            ),
            s.tone(rng.choice(("#8fa050", "#b58a40", "#7d9448")), 0.2),
            4 + k * 3,
            0.5,
        )
    bend = rng.choice((-1, 1))
    upper = (
        (884, 40, 7),
        (898, 84, 16),
        (916, 92, 30),
        (944, 56, 52),
        (984, 6, 84),
        (1040, -26, 130),
        (1120, -34, 208),
    )
    rows = (*upper, (1220, -20, 330), (1380, 0, 560), (1620, 0, 920), (1960, 0, 1420))
    asphalt = s.tone("#5a5a66", 0.06)
    s.sheet.fill(ribbon([(y, 540 + dx * bend, w * 1.12 + 3) for y, dx, w in rows]), s.tone("#ddcb9a", 0.1))
    way = ribbon([(y, 540 + dx * bend, w) for y, dx, w in rows])
    s.sheet.fill(way, s.sheet.fade(884, 1300, (0, mix(asphalt, s.light.haze, 0.5)), (1, asphalt)))
    marks = (
        (540 + 76 * bend, 926, 3, 12),
        (540 + 30 * bend, 960, 4, 20),
        (540 - 12 * bend, 1004, 6, 30),
        (540 - 33 * bend, 1074, 10, 48),
        (540 - 22 * bend, 1186, 17, 80),
        (540, 1364, 30, 140),
    )
    s.sheet.fill("".join(box(mx - w / 2, my, w, h, w / 3) for mx, my, w, h in marks), s.tone("#fbf0cc", 0.04))
    wires: list[list[Point]] = [[], []]
    for k, (px, base, h) in enumerate(
        ((860, 890, 60), (800, 905, 110), (905, 960, 230), (1010, 1090, 480), (1180, 1300, 900))
    ):
        x = px if bend < 0 else W - px
        if k > 1 or k == 0:
            s.sheet.line(
                f"M{x} {base}V{base - h}M{x - h * 0.14:.0f} {base - h * 0.86:.0f}H{x + h * 0.14:.0f}",
                s.tone("#5c4434", 0.5 - k * 0.1),
                2 + k * 3,
            )
            for i in (0, 1):
                wires[i].append((x + (i * 2 - 1) * h * 0.13, base - h * 0.86))
    for wire in wires:
        s.sheet.line(curve(wire), s.tone("#3a3234", 0.2), 2, 0.7)
    s.put("air", W / 2 - bend * 220, 430, 180)
    x = 540 - bend * 330
    if s.wants("land"):
        s.put("land", x, 1060, 240)
    else:
        leafy_tree(s, x, 1010, 300, 0.16, "#6f9448")
    s.put("land", 540 - bend * 46, 1112, 190, "car")
    s.focus = (540, 760)
    s.front(FRAME_ONLY)
    s.sheet.fill(
        "".join(
            f"M{gx:.0f} 1330q-4 -{gh * 0.5:.0f} {gl:.0f} -{gh:.0f}q0 {gh * 0.5:.0f} 10 {gh:.0f}Z"
            for gx, gh, gl in [
                (
                    rng.choice((rng.uniform(-10, 230), rng.uniform(850, W + 10))),
                    rng.uniform(60, 170),
                    rng.uniform(-30, 30),
                )
                for _ in range(50)
            ]
        ),
        s.tone("#8a8a48", 0.02),
    )
    s.sheet.fill(
        curve([(-60, 1330), (120, 1316), (250, 1350), (60, H + 20), (-60, H + 20)], True)
        + curve([(W + 60, 1330), (W - 120, 1316), (W - 250, 1350), (W - 60, H + 20), (W + 60, H + 20)], True),
        s.tone("#7d7c40", 0.01),
    )


def railway(s: Scene) -> None:
    """Compose a stone viaduct across a valley with a train on it."""
    rng = s.rng
    s.sky(980, clouds=3)
    s.layer(ridge(rng, 820, 240, 0.5), "#7f93ab", 0.76)
    s.layer(ridge(rng, 900, 150, 0.5), "#6f8f86", 0.58)
    far = hills(rng, 960, 100, 1.2)
    s.sheet.fill(pines(rng, far, 60, 40, 76), s.tone("#44705e", 0.42))
    s.layer(far, "#55876a", 0.42, 0.5, 150, True)
    s.mist(930, 0.7)
    deck, stone = 770.0, mix(s.tone("#b59a80", 0.12), s.light.glow, 0.12)
    dim = mix(s.tone("#7a6658", 0.12), s.light.shade, 0.2)
    step = 196
    start = -150 + rng.uniform(-40, 40)
    arches = ""
    for k in range(7):
        ax = start + k * step + 34
        w = step - 56
        arches += (
            f"M{ax:.0f} {deck + 480:.0f}V{deck + 150:.0f}a{w / 2:.0f} {w / 2:.0f} 0 0 1 {w:.0f} 0V{deck + 480:.0f}Z"
        )
    foot = mix(stone, s.light.haze, 0.55)
    s.sheet.fill(box(0, deck, W, 480) + arches, s.sheet.fade(deck, deck + 430, (0, stone), (1, foot)), holes=True)
    inner, r1, r2 = "", (step - 56) / 2, (step - 80) / 2
    for k in range(7):
        inner += (
            f"M{start + k * step + 34:.0f} {deck + 480:.0f}V{deck + 150:.0f}a{r1:.0f} {r1:.0f} 0 0 1 {r1:.0f} -{r1:.0f}"
        )
        inner += f"v12a{r2:.0f} {r2:.0f} 0 0 0 -{r2:.0f} {r2:.0f}V{deck + 480:.0f}Z"
    s.sheet.fill(inner, s.sheet.fade(deck, deck + 430, (0, dim), (1, mix(dim, s.light.haze, 0.5))))
    s.sheet.fill(box(0, deck - 6, W, 26), mix(stone, s.light.glow, 0.14))
    s.sheet.fill(box(0, deck + 20, W, 10), dim, 0.8)
    s.sheet.line("".join(f"M{x} {deck - 6}v-26" for x in range(0, W + 40, 40)) + f"M0 {deck - 30}H{W}", dim, 4)
    s.put("air", W - s.light.sun_at[0], 430, 170)
    s.put("rail", W * 0.53 + rng.uniform(-70, 70), deck - 4, 300, "train")
    s.front()
    near = hills(rng, 1130, 120, 1.0)
    s.sheet.fill(pines(rng, near, 36, 90, 170), s.tone("#2f5a4a", 0.14))
    s.layer(near, "#3c6a4e", 0.12, 0.1, 250, True)
    s.put("land", W * 0.3, height_at(near, W * 0.3) + 50, 190)
    for x in (10, 100, W - 90, W - 10):
        s.sheet.fill(pine(x, 1360, rng.uniform(300, 470)), s.tone("#1d3d38", 0.02))
    s.layer(hills(rng, 1320, 60, 0.9), "#21443a", 0, 0, 200, True)
    foreground(s, "grass", "#21443a", 1480)
