"""Small props: what lies on tables, grows, or shows in the sky. Standing ones have their foot at (0, 0)."""

from __future__ import annotations

import math

from integrations.generation.scenes.paint import box, curve, disc, poly, pts, taper
from integrations.generation.scenes.pen import Pen


def tree(pen: Pen) -> None:
    """Draw a broad old tree."""
    pen.fill(taper(pts("0,2 -1,-22 2,-50"), 15, 9, 7), "#6a4a34")
    pen.line("M0 -30Q-14 -42 -24 -50M1 -34Q12 -44 22 -50", "#6a4a34", 4)
    crowns = ((-26, -54, 19), (24, -54, 20), (-14, -76, 22), (16, -78, 21), (0, -60, 24), (0, -88, 16))
    pen.fill("".join(disc(x, y, r) for x, y, r in crowns), "#4f8a4a")
    pen.fill("".join(disc(x - 4, y - 6, r * 0.66) for x, y, r in crowns), "#6aa858")
    pen.fill("".join(disc(x - 7, y - 9, r * 0.3) for x, y, r in crowns), "#9ccb74", 0.8)


def palm(pen: Pen) -> None:
    """Draw a palm tree."""
    pen.fill(taper(pts("-8,0 -4,-30 8,-58 14,-78"), 9, 6, 5, 4.5), "#9a7448")
    for angle, reach in ((-2.9, 40), (-2.4, 42), (-1.9, 32), (-1.2, 32), (-0.7, 42), (-0.15, 40)):
        x, y = 14 + reach * math.cos(angle), -79 + reach * math.sin(angle) * 0.8
        leaf = curve(
            [
                (14, -79),
                ((14 + x) / 2, (y - 79) / 2 - 9),
                (x + (3 if x > 14 else -3), y + 15),
                ((14 + x) / 2, (y - 79) / 2 + 1),
            ],
            True,
        )
        pen.fill(leaf, "#3f9058" if reach > 35 else "#58ab62")
    pen.fill(disc(11, -76, 3.6) + disc(17, -75, 3.6), "#7a5030")


def cactus(pen: Pen) -> None:
    """Draw a saguaro cactus in flower."""
    pen.fill(box(-9, -96, 18, 96, 9), "#4c8a5a")
    pen.line("M-4 -36H-24Q-30 -36 -30 -44V-62M4 -26H24Q31 -26 31 -36V-56", "#4c8a5a", 13)
    pen.line("M-3 -88V-4M3 -88V-4M-30 -60v14M31 -54v14", "#7fb87a", 1.6, 0.8)
    pen.sheet.fill(disc(0, -97, 5) + disc(-30, -69, 4) + disc(31, -63, 4), pen.light.tone(pen.accent, 0, True))


def mushroom(pen: Pen) -> None:
    """Draw two toadstools."""
    for x, k in ((-6, 1.0), (30, 0.56)):
        pen.fill(taper([(x, 0), (x + 1, -28 * k), (x, -56 * k)], 22 * k, 15 * k, 13 * k), "#f6ead6")
        pen.fill(
            curve(
                [
                    (x - 44 * k, -48 * k),
                    (x - 30 * k, -82 * k),
                    (x, -96 * k),
                    (x + 30 * k, -82 * k),
                    (x + 44 * k, -48 * k),
                    (x, -42 * k),
                ],
                True,
            ),
            "#c93f35",
        )
        pen.fill(curve([(x - 36 * k, -46 * k), (x, -52 * k), (x + 36 * k, -46 * k), (x, -41 * k)], True), "#f1d6c0")
        spots = ((-20, -64, 6), (4, -78, 8), (24, -62, 5.4), (-6, -58, 4), (-14, -84, 4))
        pen.fill("".join(disc(x + a * k, b * k, r * k) for a, b, r in spots), "#fff6ea")


def flower(pen: Pen) -> None:
    """Draw a large daisy-like flower."""
    pen.fill(taper(pts("0,0 4,-30 0,-62"), 5, 4, 4), "#4f8a4a")
    pen.fill(
        curve(pts("2,-18 26,-38 34,-26 16,-16"), True) + curve(pts("2,-30 -24,-46 -30,-34 -14,-26"), True), "#62a354"
    )
    petals = [(math.cos(k * math.pi / 5) * 21, -74 + math.sin(k * math.pi / 5) * 21) for k in range(10)]
    pen.sheet.fill("".join(disc(x, y, 10) for x, y in petals), pen.light.tone(pen.accent, 0, True))
    pen.fill(disc(0, -74, 17), "#f6c24a")
    pen.fill(disc(-4, -78, 8), "#ffe08a", 0.9)


def book(pen: Pen) -> None:
    """Draw an open book on two closed ones."""
    pen.fill(box(-44, -14, 88, 14, 2), "#7d3f48")
    pen.fill(box(-40, -11, 84, 8, 1), "#f2e6cc")
    pen.fill(box(-38, -28, 78, 14, 2), "#3f6a72")
    pen.fill(box(-38, -25, 74, 8, 1), "#f2e6cc")
    pen.fill(poly(pts("-52,-34 0,-28 52,-34 52,-30 0,-24 -52,-30")), pen.accent)
    for side in (-1, 1):
        pen.fill(
            curve([(0, -30), (side * 20, -40), (side * 50, -38), (side * 48, -70), (side * 20, -74), (0, -64)], True),
            "#fdf6e4",
        )
        pen.line(
            "".join(f"M{side * 8} {y}Q{side * 22} {y - 7} {side * 42} {y - 5}" for y in (-56, -49, -42)), "#b9a98a", 1.6
        )
    pen.line("M0 -64V-28", "#cbb994", 1.6)


def cup(pen: Pen) -> None:
    """Draw a steaming cup of coffee."""
    pen.line(curve(pts("-10,-62 -16,-74 -6,-84 -12,-98")) + curve(pts("10,-62 4,-74 14,-84 8,-98")), "#ffffff", 4, 0.55)
    pen.fill(disc(0, -3, 50, 6), "#e9e0d2")
    pen.line("M32 -42Q56 -44 52 -28Q48 -16 28 -18", "#fbf6ec", 7)
    pen.fill(curve(pts("-36,-54 36,-54 32,-22 18,-5 -18,-5 -32,-22"), True), "#fbf6ec")
    pen.fill(curve(pts("12,-54 36,-54 32,-22 18,-5 4,-5 20,-26"), True), "#d8ccb8", 0.7)
    pen.fill(disc(0, -54, 36, 7), "#fbf6ec")
    pen.fill(disc(0, -53, 31, 5), "#6a3f26")
    pen.sheet.fill(disc(-8, -30, 5) + disc(0, -30, 5) + disc(-4, -25, 5), pen.light.tone(pen.accent, 0, True))


def bread(pen: Pen) -> None:
    """Draw a loaf on a board."""
    pen.fill(box(-62, -9, 124, 9, 4), "#8a5c38")
    pen.fill(curve(pts("-52,-8 -58,-30 -36,-54 0,-60 36,-54 58,-30 52,-8"), True), "#c9823f")
    pen.fill(curve(pts("-44,-26 -32,-48 0,-54 28,-50 6,-40 -24,-36"), True), "#e8b46a")
    for x in (-28, -4, 20):
        pen.line(f"M{x} -24Q{x + 6} -40 {x + 18} -48", "#fbe3b4", 5)
    pen.line("M-40 -66q-6 -8 0 -16M-12 -72q-6 -8 0 -16M16 -70q-6 -8 0 -16", "#ffffff", 3, 0.4)


def clock(pen: Pen) -> None:
    """Draw an alarm clock."""
    pen.fill(disc(-24, -84, 15) + disc(24, -84, 15), "#d9a84a")
    pen.line("M0 -86V-98M-26 -12L-36 0M26 -12L36 0", "#5c4634", 6)
    pen.fill(disc(0, -46, 44), pen.accent)
    pen.fill(disc(0, -46, 35), "#fdf6e6")
    ticks = (k * math.pi / 6 for k in range(12))
    pen.line(
        "".join(
            f"M{27 * math.cos(a):.1f} {-46 + 27 * math.sin(a):.1f}L{31 * math.cos(a):.1f} {-46 + 31 * math.sin(a):.1f}"
            for a in ticks
        ),
        "#5c4634",
        2.4,
    )
    pen.line("M0 -46L-10 -66M0 -46L19 -56", "#33303a", 4)
    pen.fill(disc(0, -46, 4), "#c2453a")


def violin(pen: Pen) -> None:
    """Draw a violin with its bow."""
    with pen.sheet.inside(transform="rotate(16 0 -50)"):
        pen.fill(curve(pts("0,-2 20,-6 24,-20 13,-31 18,-46 0,-54 -18,-46 -13,-31 -24,-20 -20,-6"), True), "#a4552a")
        pen.fill(curve(pts("-2,-6 -16,-10 -18,-20 -8,-31 -12,-44 -2,-50"), True), "#cc7d42", 0.8)
        pen.fill(box(-3.4, -92, 6.8, 56, 2), "#33231c")
        pen.line("M0 -92q0 -10 -6 -8q-3 3 1 5", "#6a3a20", 4)
        pen.line("M-1.4 -90V-14M1.4 -90V-14", "#efe6d8", 0.6)
        pen.line("M-11 -22q-3 -6 2 -10M11 -22q3 -6 -2 -10", "#33231c", 1.6)
        pen.fill(box(-8, -22, 16, 3, 1), "#e6cfa4")
    pen.line("M34 0L50 -98", "#6a3a20", 2.6)
    pen.line("M31 -2L46 -98", "#f4eee0", 1)


def piano(pen: Pen) -> None:
    """Draw a grand piano."""
    pen.line("M-36 -30V0M44 -30V0M6 -30V0", "#1a1a22", 5)
    pen.fill(curve(pts("-40,-50 -30,-94 14,-98 34,-78 56,-70 60,-52"), True), "#2c2c38")
    pen.fill(curve(pts("-34,-54 -26,-88 12,-92 30,-74 50,-66 54,-56"), True), "#8a5c36")
    pen.line("M-30 -58L-8 -86M-16 -58L6 -84M0 -58L18 -78M16 -58L30 -70", "#e2c07a", 1)
    pen.line("M40 -50L32 -74", "#1a1a22", 2)
    pen.fill(box(-54, -52, 116, 24, 4), "#20202a")
    pen.fill(box(-54, -52, 116, 5, 2), "#4a4a5c")
    pen.fill(box(-56, -38, 46, 7, 1), "#fbf8f0")
    pen.line("".join(f"M{x} -38v4" for x in range(-52, -12, 5)), "#14141a", 2.2, 1)
    pen.fill(box(-92, -20, 26, 5, 2), pen.accent)
    pen.line("M-88 -15V0M-70 -15V0", "#1a1a22", 3)


def telescope(pen: Pen) -> None:
    """Draw a brass telescope on a tripod."""
    pen.line("M0 -50L-26 0M0 -50L26 0M0 -50L2 0", "#6a4a34", 5)
    with pen.sheet.inside(transform="rotate(-32 0 -54)"):
        pen.fill(box(-44, -62, 40, 14, 3), "#b8843c")
        pen.fill(box(-8, -66, 58, 22, 3), "#d6a650")
        pen.fill(box(46, -69, 8, 28, 3), "#8a5c2c")
        pen.fill(box(-50, -60, 8, 10, 2), "#5c3c24")
        pen.fill(box(-6, -63, 50, 5, 2), "#fbe0a0", 0.8)
    pen.fill(disc(0, -52, 7), "#5c3c24")


def microscope(pen: Pen) -> None:
    """Draw a microscope."""
    pen.fill(box(-36, -10, 72, 10, 4), "#38424e")
    pen.line("M16 -10Q44 -34 22 -66", "#e6e8ea", 11)
    pen.fill(box(-34, -32, 46, 6, 2), "#38424e")
    with pen.sheet.inside(transform="rotate(-20 0 -60)"):
        pen.fill(box(-10, -84, 20, 46, 4), "#f2f3f4")
        pen.fill(box(3, -84, 7, 46, 3), "#b4bcc4")
        pen.fill(box(-7, -98, 14, 16, 3), "#38424e")
        pen.fill(box(-6, -38, 12, 10, 2), "#38424e")
    pen.sheet.fill(disc(26, -38, 7), pen.light.tone(pen.accent, 0, True))
    pen.shine(-12, -30, 22, "#bff4e4", 0.7)


def flask(pen: Pen) -> None:
    """Draw a flask with a glowing liquid."""
    glow = pen.light.tone(pen.accent, 0, True)
    pen.shine(0, -26, 60, glow, 0.45)
    pen.fill(poly(pts("-9,-92 9,-92 9,-60 40,-8 34,0 -34,0 -40,-8 -9,-60")), "#e4f2f6", 0.5)
    pen.sheet.fill(poly(pts("-23,-36 23,-36 40,-8 34,0 -34,0 -40,-8")), glow, 0.9)
    pen.fill(
        disc(-8, -18, 5) + disc(10, -26, 3.4) + disc(4, -10, 3) + disc(2, -50, 3.6) + disc(-3, -66, 2.4), "#ffffff", 0.7
    )
    pen.line("M-12 -92H12M-6 -88V-60L-30 -18", "#ffffff", 2.6, 0.9)


def lantern(pen: Pen) -> None:
    """Draw a lit lantern."""
    pen.shine(0, -40, 110, "", 0.65)
    pen.line("M-16 -78Q0 -112 16 -78", "#3a3034", 3.4)
    pen.fill(poly(pts("-24,-70 -12,-84 12,-84 24,-70")) + box(-26, -12, 52, 12, 3), "#3a3034")
    pen.sheet.fill(box(-20, -70, 40, 58), pen.light.lamp)
    pen.fill(curve(pts("0,-58 9,-38 6,-20 -6,-20 -9,-38"), True), "#fffbe6")
    pen.line("M-20 -70V-12M20 -70V-12M0 -70V-62", "#3a3034", 3.4)


def bulb(pen: Pen) -> None:
    """Draw a light bulb, the sign of an idea."""
    pen.shine(0, -58, 90, "", 0.7)
    pen.sheet.fill(
        curve(pts("0,-100 26,-90 33,-66 22,-44 13,-26 -13,-26 -22,-44 -33,-66 -26,-90"), True), pen.light.lamp
    )
    pen.fill(curve(pts("-20,-60 -18,-80 -4,-92 -10,-78 -14,-62"), True), "#ffffff", 0.8)
    pen.line("M-8 -28L-6 -54L0 -46L6 -54L8 -28", "#b5702c", 2.4)
    pen.fill(box(-13, -26, 26, 20, 4), "#8a8f98")
    pen.line("M-13 -19H13M-13 -13H13", "#5a606a", 2)
    pen.fill(box(-7, -7, 14, 7, 3), "#3a3f48")


def hourglass(pen: Pen) -> None:
    """Draw an hourglass."""
    pen.fill(poly(pts("-26,-90 26,-90 24,-70 4,-50 24,-30 26,-10 -26,-10 -24,-30 -4,-50 -24,-70")), "#e8f2f4", 0.6)
    pen.fill(poly(pts("-20,-74 20,-74 3,-54 -3,-54")) + poly(pts("-24,-12 0,-34 24,-12")), "#e8b95c")
    pen.line("M0 -54V-28", "#e8b95c", 2)
    pen.fill(box(-36, -100, 72, 11, 4) + box(-36, -11, 72, 11, 4), "#8a5634")
    pen.line("M-31 -90V-10M31 -90V-10", "#a86c42", 4)


def globe(pen: Pen) -> None:
    """Draw a desk globe."""
    pen.fill(curve(pts("-26,0 -8,-10 8,-10 26,0"), True) + box(-3, -22, 6, 14), "#8a5634")
    pen.line("M14 -96A42 42 0 1 1 -26 -24", "#c9963f", 4.5)
    pen.fill(disc(0, -58, 35), "#4f94b8")
    with pen.sheet.inside(clip=disc(0, -58, 35)):
        pen.fill(curve(pts("-30,-84 -8,-86 -2,-70 -14,-60 -20,-44 -32,-56"), True), "#8fb86a")
        pen.fill(curve(pts("6,-66 24,-76 38,-58 24,-40 12,-30 8,-48"), True), "#8fb86a")
        pen.fill(disc(16, -48, 44, 46) + disc(-6, -62, 36), "#20304a", 0.0)
    pen.fill(curve(pts("-20,-66 -14,-82 2,-89 -10,-76"), True), "#ffffff", 0.4)


def umbrella(pen: Pen) -> None:
    """Draw an open umbrella."""
    pen.line("M0 -50V-10Q0 0 9 0Q17 0 17 -9", "#5c4030", 4)
    pen.fill(curve(pts("-52,-46 -38,-82 0,-98 38,-82 52,-46 36,-52 18,-46 0,-52 -18,-46 -36,-52"), True), pen.accent)
    pen.fill(curve(pts("-18,-46 -14,-80 0,-98 14,-80 18,-46 0,-52"), True), "#fff2dc", 0.55)


def gear(pen: Pen) -> None:
    """Draw two meshing cogwheels."""
    for x, y, r, n, tone in ((-14, -46, 32, 12, "#c08a4a"), (32, -26, 20, 9, "#8a929c")):
        teeth = []
        for k in range(n * 4):
            a = 2 * math.pi * k / (n * 4)
            d = r * (1.0 if k % 4 in (0, 1) else 0.82)
            teeth.append((x + d * math.cos(a), y + d * math.sin(a)))
        pen.fill(poly(teeth), tone)
        pen.fill(disc(x, y, r * 0.6), "#3a3034", 0.35)
        pen.fill(disc(x, y, r * 0.28), "#fbf0d8")


def gem(pen: Pen) -> None:
    """Draw a treasure: a glowing crystal cluster."""
    pen.shine(0, -44, 90, "#a8f0f4", 0.5)
    for x, w, h, tone in ((-24, 22, 58, "#5aa8c8"), (26, 20, 50, "#4a8fb8"), (0, 30, 98, "#7fd0e4")):
        pen.fill(poly([(x - w / 2, 0), (x - w / 2, -h * 0.7), (x, -h), (x + w / 2, -h * 0.7), (x + w / 2, 0)]), tone)
        pen.fill(
            poly([(x - w / 2, 0), (x - w / 2, -h * 0.7), (x, -h), (x - w * 0.12, -h * 0.66), (x - w * 0.12, 0)]),
            "#d4f6fa",
            0.75,
        )


def microphone(pen: Pen) -> None:
    """Draw a microphone on its stand."""
    pen.line("M0 -6V-66", "#3a3a44", 3.4)
    pen.fill(disc(0, -3, 22, 4.5), "#2a2a34")
    with pen.sheet.inside(transform="rotate(18 0 -70)"):
        pen.fill(poly(pts("-5,-58 -7,-80 7,-80 5,-58")), "#2a2a34")
        pen.fill(disc(0, -88, 10, 12), "#d4d6dc")
        pen.line("M-8 -92H8M-9 -87H9M-8 -82H8", "#8a8f98", 1.4)
        pen.fill(disc(-4, -92, 2.6, 4), "#ffffff", 0.8)
