"""Props that people build and ride: houses, towers, vehicles, aircraft. Standing ones have their foot at (0, 0)."""

from __future__ import annotations

import math

from integrations.generation.scenes.paint import box, curve, disc, poly, pts, star, taper
from integrations.generation.scenes.pen import Pen


def lighthouse(pen: Pen) -> None:
    """Draw a striped lighthouse on its rock."""
    if pen.light.lamps:
        beam = pen.light.lamp
        fade = pen.sheet.fade(0, 0, (0, beam, 0.7), (1, beam, 0), x1=0, x2=150)
        pen.sheet.fill(poly(pts("4,-90 150,-122 150,-66")), fade)
    pen.fill(curve(pts("-42,2 -34,-8 -16,-12 14,-12 32,-8 44,2"), True), "#6a6a72")
    tower = poly(pts("-14,-10 -9,-78 9,-78 14,-10"))
    pen.fill(tower, "#f7f0e4")
    with pen.sheet.inside(clip=tower):
        for y in (-70, -46, -22):
            pen.fill(box(-20, y, 40, 12), pen.accent)
        pen.fill(box(4, -90, 20, 90), "#33384a", 0.2)
    pen.fill(box(-13, -82, 26, 5, 1), "#39404e")
    pen.lamp(box(-7, -93, 14, 11))
    pen.line("M-7 -93v11M0 -93v11M7 -93v11", "#39404e", 1.2)
    pen.fill(curve(pts("-10,-93 -6,-101 0,-104 6,-101 10,-93"), True), "#b5403a")
    pen.lamp(box(-2.5, -40, 5, 8, 2))
    pen.fill(box(-3.5, -24, 7, 13, 3), "#4a3428")
    if pen.light.lamps:
        pen.shine(0, -88, 60, "", 0.85)


def castle(pen: Pen) -> None:
    """Draw a castle with flags."""
    wall, dark = "#b8a894", "#958673"
    for x, w, h in ((-46, 18, 58), (28, 18, 58), (-14, 24, 84)):
        pen.fill(box(x, -h, w, h), wall)
        pen.fill(box(x + w * 0.6, -h, w * 0.4, h), dark, 0.7)
        pen.fill(poly([(x - 3, -h), (x + w / 2, -h - w * 0.95), (x + w + 3, -h)]), "#7d4450")
        pen.fill(poly([(x + w / 2, -h - w * 0.95), (x + w / 2 + 3, -h), (x + w + 3, -h)]), "#5f3240")
        top = -h - w * 0.95
        pen.line(f"M{x + w / 2} {top}v-10", "#3a3238", 1.2)
        pen.fill(poly([(x + w / 2, top - 10), (x + w / 2 + 10, top - 7), (x + w / 2, top - 4)]), pen.accent)
        pen.lamp(box(x + w / 2 - 2, -h + 8, 4, 8, 2))
    battlement = "".join(box(x, -46, 5, 6) for x in range(-32, 34, 9))
    pen.fill(box(-34, -40, 68, 40) + battlement, "#c9baa4")
    pen.fill("M-10 0v-16a10 10 0 0 1 20 0v16Z", "#4a3a34")
    pen.lamp(box(-24, -30, 5, 9, 2) + box(19, -30, 5, 9, 2))
    pen.line("M-30 -12h9M16 -8h10M-22 -36h8M10 -34h9", dark, 1.5)


def windmill(pen: Pen) -> None:
    """Draw a windmill."""
    pen.fill(poly(pts("-20,0 -11,-62 11,-62 20,0")), "#efe6d4")
    pen.fill(poly(pts("4,0 3,-62 11,-62 20,0")), "#b9ac98", 0.7)
    pen.fill(curve(pts("-14,-60 -8,-76 8,-76 14,-60"), True), "#8c4a38")
    pen.fill("M-5 0v-13a5 5 0 0 1 10 0v13Z", "#5c3c2a")
    pen.lamp(box(-4, -44, 7, 8, 2))
    for quarter in range(4):
        a = 0.42 + quarter * math.pi / 2
        ux, uy = math.cos(a), math.sin(a)
        px, py = -uy, ux
        at = [(ux * d + px * s, -66 + uy * d + py * s) for d, s in ((8, 0), (46, 0), (46, 11), (8, 9))]
        pen.fill(poly(at), "#fbf4e6")
        pen.line(poly([(0, -66), (ux * 47, -66 + uy * 47)], False), "#6a4a34", 2)
        for d in (18, 28, 38):
            rung = poly([(ux * d, -66 + uy * d), (ux * d + px * 10, -66 + uy * d + py * 10)], False)
            pen.line(rung, "#b39a7c", 1)
    pen.fill(disc(0, -66, 3.6), "#5c3c2a")


def house(pen: Pen) -> None:
    """Draw a cabin with a smoking chimney."""
    for i, r in enumerate((4, 6, 8)):
        pen.fill(disc(24 + i * 8, -84 - i * 12, r), "#f2f0ee", 0.5 - i * 0.13)
    pen.fill(box(18, -78, 9, 26), "#7a5a4c")
    pen.fill(box(-40, -42, 80, 42), "#a5714a")
    pen.line("M-40 -32h80M-40 -21h80M-40 -10h80", "#865836", 1.5)
    pen.fill(poly(pts("-50,-40 -26,-74 26,-74 50,-40")), "#5b4149")
    pen.fill(poly(pts("-50,-40 -26,-74 -18,-74 -40,-40")), "#7c5a62")
    pen.fill(box(-8, -28, 16, 28, 2), "#5c3826")
    pen.lamp(box(-32, -31, 16, 15, 1) + box(17, -31, 16, 15, 1))
    pen.line("M-24 -31v15M-32 -24h16M25 -31v15M17 -24h16", "#5c3826", 1.5)
    if pen.light.lamps:
        pen.shine(-24, -24, 36, "", 0.5)
        pen.shine(25, -24, 36, "", 0.5)


def tent(pen: Pen) -> None:
    """Draw a tent that glows from within."""
    pen.fill(poly(pts("-52,0 -4,-62 18,-62 56,0")), "#c9703f")
    pen.fill(poly(pts("-52,0 -4,-62 22,0")), pen.accent)
    pen.lamp(poly(pts("-18,0 -5,-40 6,0")))
    pen.line("M-4 -62L-64 2M18 -62L66 2", "#f4e6cc", 1)
    if pen.light.lamps:
        pen.shine(-6, -14, 60, "", 0.5)


def bridge(pen: Pen) -> None:
    """Draw a suspension bridge."""
    pen.fill(box(-100, -28, 200, 6), "#8e3d34")
    for x in (-48, 48):
        pen.fill(poly([(x - 6, 0), (x - 4, -84), (x + 4, -84), (x + 6, 0)]), "#b85042")
        pen.fill(box(x - 5, -70, 10, 4) + box(x - 5, -50, 10, 4), "#8e3d34")
    pen.line("M-100 -34Q-72 -60 -48 -82Q0 -8 48 -82Q72 -60 100 -34", "#c9604e", 2.2)
    hang = []
    for i in range(-9, 10):
        x = i * 10
        top = -82 + 48 * (1 - abs(x) / 48) ** 0.8 if abs(x) < 48 else -82 + (abs(x) - 48) * 0.92
        hang.append(f"M{x} {top:.1f}V-28")
    pen.line("".join(hang), "#c9604e", 0.9)


def train(pen: Pen) -> None:
    """Draw a steam train with two carriages."""
    for i, r in enumerate((6, 9, 12, 14)):
        pen.fill(disc(62 - i * 18, -58 - i * 7, r), "#f4f2f0", 0.7 - i * 0.12)
    for x in (-118, -66):
        pen.fill(box(x, -36, 48, 28, 3), "#8c3b3a")
        pen.fill(box(x, -40, 48, 6, 3), "#e9dcc2")
        pen.lamp("".join(box(x + 5 + k * 14, -30, 10, 10, 1.5) for k in range(3)))
        pen.line(f"M{x} -14h48", "#e2b25a", 1.6)
    pen.fill(box(-14, -44, 28, 36, 2) + box(12, -34, 54, 22, 9), "#2e4a56")
    pen.fill(box(-18, -49, 36, 6, 2), "#1f333c")
    pen.lamp(box(-8, -38, 14, 12, 2))
    pen.fill(poly(pts("52,-33 50,-50 64,-50 61,-33")) + disc(32, -34, 6), "#1f333c")
    pen.line("M24 -34v22M42 -34v22", "#e2b25a", 2)
    pen.fill(poly(pts("64,-12 78,-2 58,-2")), "#8c3b3a")
    pen.lamp(disc(66, -27, 4))
    wheels = [(x, 6.0) for x in (-110, -98, -80, -58, -46, -28)] + pts("0,8.5 22,8.5 42,8.5 58,6")
    pen.fill("".join(disc(x, -r, r) for x, r in wheels), "#20272e")
    pen.fill("".join(disc(x, -r, r * 0.4) for x, r in wheels), "#c9a25a")


def car(pen: Pen) -> None:
    """Draw a small old car with luggage on its roof."""
    pen.fill(box(-22, -74, 34, 12, 3) + box(-14, -82, 20, 9, 3), "#8a5a38")
    pen.fill(curve(pts("-36,-36 -30,-58 -14,-64 16,-62 34,-38"), True), "#f4e8d2")
    pen.lamp(poly(pts("-28,-40 -24,-56 -5,-58 -5,-40")) + poly(pts("0,-40 0,-58 14,-56 26,-40")))
    pen.fill(curve(pts("-58,-18 -56,-34 -34,-42 30,-42 54,-34 60,-16 50,-9 -50,-9"), True), pen.accent)
    pen.line("M-54 -26H56", "#fff2dc", 2)
    for x in (-34, 36):
        pen.fill(disc(x, -11, 13), "#22262c")
        pen.fill(disc(x, -11, 6), "#d8d4cc")
    pen.lamp(disc(56, -28, 4.5))
    if pen.light.lamps:
        pen.shine(58, -28, 40, "", 0.7)


def bicycle(pen: Pen) -> None:
    """Draw a bicycle with a flower basket."""
    for x in (-34, 34):
        pen.line(disc(x, -24, 23), "#2a2c34", 3)
        pen.line(
            "".join(f"M{x} -24L{x + 22 * math.cos(k):.1f} {-24 + 22 * math.sin(k):.1f}" for k in range(7)),
            "#8c8c94",
            0.8,
        )
    pen.line("M-34 -24L-14 -58L22 -60L-2 -24ZM-14 -58L-2 -24M34 -24L22 -60L20 -74", pen.accent, 4.2)
    pen.line("M20 -74L32 -78M-17 -66L-14 -58", "#3a3034", 3.4)
    pen.fill(box(-28, -72, 20, 6, 3), "#5c3c2a")
    pen.fill(disc(-2, -24, 5), "#3a3034")
    pen.fill(poly(pts("26,-72 52,-72 48,-52 30,-52")), "#c99a5c")
    pen.fill(disc(31, -76, 6) + disc(47, -77, 6), "#f2a3b0")
    pen.fill(disc(39, -80, 6.5), "#ffd66b")


def balloon(pen: Pen) -> None:
    """Draw a hot-air balloon."""
    bag = curve(pts("0,-58 30,-48 40,-20 26,8 9,24 -9,24 -26,8 -40,-20 -30,-48"), True)
    pen.fill(bag, "#fbe9c8")
    with pen.sheet.inside(clip=bag):
        pen.fill(poly(pts("-46,-60 -20,-60 -13,30 -46,30")), pen.accent)
        pen.fill(poly(pts("46,-60 20,-60 13,30 46,30")), pen.accent)
        pen.fill(poly(pts("-6,-60 6,-60 4,30 -4,30")), "#e8a94e")
        pen.fill(poly(pts("-50,-18 50,-18 50,-9 -50,-9")), "#33485e", 0.55)
        pen.fill(curve(pts("20,-60 46,-30 20,20 10,30 60,30 60,-60"), True), "#20233a", 0.22)
        pen.fill(curve(pts("-24,-46 -34,-22 -26,-6 -22,-28"), True), "#ffffff", 0.35)
    pen.line("M-9 24L-7 38M9 24L7 38", "#5c4430", 1.2)
    pen.fill(box(-9, 38, 18, 13, 3), "#8a5c36")
    pen.fill(box(-10, 37, 20, 4, 2), "#5c3c24")
    if pen.light.lamps:
        pen.shine(0, 10, 52, "", 0.55)


def plane(pen: Pen) -> None:
    """Draw a small propeller plane."""
    pen.fill(poly(pts("-40,-6 -58,-28 -46,-28 -28,-8")), "#c2493a")
    pen.fill(curve(pts("46,-2 36,-14 8,-16 -26,-8 -52,-8 -50,0 -14,10 32,11"), True), "#f6eddb")
    pen.fill(curve(pts("46,2 20,3 -50,-3 -14,11 32,12"), True), pen.accent)
    pen.lamp(curve(pts("22,-14 12,-24 -4,-22 -8,-13"), True))
    pen.fill(poly(pts("20,0 -2,26 -18,26 -4,-1")), "#d9ccb4")
    pen.fill(poly(pts("48,-26 51,-26 51,26 48,26")), "#3a3a44", 0.7)
    pen.fill(disc(49, 0, 4), "#3a3a44")


def rocket(pen: Pen) -> None:
    """Draw a rocket on its jet of fire."""
    pen.shine(0, -4, 44, "#ffb050", 0.7)
    pen.fill(curve(pts("-9,-22 -13,-6 0,16 13,-6 9,-22"), True), "#ff9a3c")
    pen.fill(curve(pts("-5,-22 -6,-10 0,4 6,-10 5,-22"), True), "#fff0b8")
    pen.fill(poly(pts("-13,-48 -27,-22 -12,-26")) + poly(pts("13,-48 27,-22 12,-26")), "#c2453a")
    pen.fill(curve(pts("0,-100 11,-86 16,-60 12,-24 -12,-24 -16,-60 -11,-86"), True), "#f4f1ea")
    pen.fill(curve(pts("4,-95 11,-84 15,-60 11,-24 4,-24 7,-60"), True), "#b9bcc8", 0.8)
    pen.fill(curve(pts("0,-101 8,-92 11,-83 0,-81 -11,-83 -8,-92"), True), "#c2453a")
    pen.fill(disc(0, -64, 7), "#33485e")
    pen.lamp(disc(0, -64, 4.8))
    pen.fill(box(-12, -30, 24, 6, 2), "#33485e")


def satellite(pen: Pen) -> None:
    """Draw a satellite with its panels."""
    with pen.sheet.inside(transform="rotate(-24)"):
        for x in (-62, 22):
            pen.fill(box(x, -13, 40, 26, 1.5), "#2f5fa8")
            pen.line("".join(f"M{x + k * 10} -13v26" for k in (1, 2, 3)) + f"M{x} 0h40", "#9cc4f2", 1)
        pen.line("M-22 0H22", "#c8ccd4", 3)
        pen.fill(box(-13, -19, 26, 38, 3), "#e3c27a")
        pen.fill(box(4, -19, 9, 38, 3), "#a8823e", 0.7)
        pen.fill(curve(pts("-15,20 0,30 15,20 0,24"), True), "#eef0f4")
        pen.line("M0 24v14M-6 -19v-12M6 -19v-8", "#eef0f4", 1.6)
        pen.fill(disc(0, 39, 2.6) + disc(-6, -32, 2), pen.accent)


def astronaut(pen: Pen) -> None:
    """Draw an astronaut."""
    pen.fill(box(-24, -76, 48, 40, 9), "#b4b8c4")
    pen.fill(taper(pts("-9,-34 -13,-16 -13,-2"), 17, 15, 16) + taper(pts("9,-34 14,-16 16,-2"), 17, 15, 16), "#e9ebf0")
    pen.fill(disc(-14, -3, 10, 5) + disc(17, -3, 10, 5), "#8e94a4")
    pen.fill(
        taper(pts("-18,-64 -34,-54 -38,-38"), 14, 12, 11) + taper(pts("18,-64 34,-70 42,-86"), 14, 12, 11), "#e9ebf0"
    )
    pen.fill(curve(pts("-20,-70 20,-70 21,-40 10,-30 -10,-30 -21,-40"), True), "#f6f7fa")
    pen.fill(box(-11, -56, 22, 13, 3), "#aab2c2")
    pen.sheet.fill(disc(-6, -50, 2.4), pen.accent)
    pen.fill(disc(1, -50, 2.4), "#e8b84e")
    pen.fill(disc(0, -85, 20), "#f6f7fa")
    pen.fill(curve(pts("-15,-86 -10,-97 10,-97 15,-86 9,-75 -9,-75"), True), "#2a3a5c")
    pen.fill(curve(pts("-10,-88 -6,-95 4,-95 -4,-90"), True), "#a9c8f0", 0.9)


def fountain(pen: Pen) -> None:
    """Draw a fountain of two bowls."""
    pen.line(
        "M0 -84Q-22 -96 -32 -60M0 -84Q22 -96 32 -60M0 -84Q-9 -100 -14 -60M0 -84Q9 -100 14 -60", "#dff1f8", 2.6, 0.85
    )
    pen.fill(poly(pts("-5,-4 -4,-62 4,-62 5,-4")), "#c4bcae")
    pen.fill(curve(pts("-40,-60 40,-60 24,-48 0,-44 -24,-48"), True), "#d8d0c2")
    pen.fill(disc(0, -60, 36, 4), "#9fd0e2")
    pen.line("M-34 -54Q-44 -44 -46 -22M34 -54Q44 -44 46 -22M-14 -46v26M14 -46v26", "#dff1f8", 2.2, 0.75)
    pen.fill(curve(pts("-64,-22 64,-22 54,-2 -54,-2"), True), "#d8d0c2")
    pen.fill(disc(0, -22, 58, 6), "#9fd0e2")
    pen.fill(star(-20, -24, 6) + star(26, -62, 5), "#ffffff")
