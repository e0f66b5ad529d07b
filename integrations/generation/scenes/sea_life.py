"""Props that live in or by the water. Floating ones are centred on (0, 0), standing ones have their foot there."""

from __future__ import annotations

import math

from integrations.generation.scenes.paint import curve, disc, poly, pts, taper
from integrations.generation.scenes.pen import Pen


def octopus(pen: Pen) -> None:
    """Draw an octopus with curling arms."""
    arms = (
        ((-12, 2), (-34, 12), (-52, 4), (-58, -12), (-48, -18), (-44, -10)),
        ((-10, 6), (-26, 24), (-46, 28), (-60, 20)),
        ((-6, 8), (-14, 30), (-30, 44), (-42, 40), (-40, 32)),
        ((6, 8), (14, 32), (28, 46), (42, 46), (44, 38)),
        ((10, 6), (28, 24), (46, 26), (60, 34)),
        ((12, 2), (34, 12), (52, 2), (56, -14), (46, -20), (42, -12)),
    )
    for i, arm in enumerate(arms):
        pen.fill(taper(arm, 15, 11, 8, 4), "#c9503f" if i in (1, 4) else "#e0644c")
    for x, y in (
        (-20, 21),
        (-28, 27),
        (-37, 29),
        (20, 21),
        (29, 27),
        (38, 28),
        (-13, 27),
        (-20, 36),
        (12, 28),
        (20, 40),
    ):
        pen.fill(disc(x, y, 2.2), "#ffc3a4", 0.9)
    pen.fill(curve(pts("-21,8 -19,-8 -29,-26 -17,-47 6,-50 25,-38 27,-20 19,-8 21,8 0,15"), True), "#e0644c")
    pen.fill(curve(pts("-22,-28 -13,-43 4,-46 -6,-36 -14,-24"), True), "#f59a78", 0.8)
    for x in (-10, 10):
        pen.fill(disc(x, -5, 6.5, 7), "#fff4e4")
        pen.fill(disc(x + 1, -4, 3.6, 4.4), "#2a1c2c")
        pen.fill(disc(x + 2.2, -6, 1.3), "#ffffff")


def whale(pen: Pen) -> None:
    """Draw a humpback whale."""
    pen.fill(curve(pts("-50,-8 -66,-26 -80,-27 -70,-14 -78,2 -64,0"), True), "#3f6284")
    pen.fill(curve(pts("62,2 50,-14 22,-25 -8,-23 -34,-12 -56,-14 -54,-4 -30,8 0,22 34,24 56,15"), True), "#4a7297")
    pen.fill(curve(pts("61,6 40,9 14,8 -12,6 -32,5 -8,19 18,26 44,22"), True), "#c8dbe6")
    for i in range(4):
        pen.line(
            f"M{54 - i * 3} {9 + i * 3.4:.1f}Q{30 - i * 3} {14 + i * 3.2:.1f} {8 - i * 5} {11 + i * 3}", "#86a8c0", 1.1
        )
    pen.fill(taper(pts("20,12 8,30 -8,42"), 13, 10, 2), "#365674")
    pen.fill(curve(pts("-18,-19 -28,-26 -32,-14"), True), "#3f6284")
    pen.fill(curve(pts("42,-15 18,-22 -10,-20 14,-17"), True), "#86aac6", 0.7)
    pen.fill(disc(42, 4, 2.6), "#15202c")
    pen.fill(disc(42.8, 3.2, 0.9), "#ffffff")


def dolphin(pen: Pen) -> None:
    """Draw a leaping dolphin."""
    pen.fill(curve(pts("-46,26 -60,36 -64,48 -52,42 -42,46 -40,34"), True), "#5a7f9d")
    pen.fill(curve(pts("58,16 44,6 34,-8 14,-19 -10,-16 -30,2 -45,28 -40,33 -22,18 0,8 26,12 44,17"), True), "#6f97b5")
    pen.fill(curve(pts("54,17 38,11 16,2 -6,4 -26,16 -2,9 24,13"), True), "#dfeaf0")
    pen.fill(curve(pts("0,-16 -18,-34 -16,-10"), True), "#5a7f9d")
    pen.fill(taper(pts("16,4 10,22 0,28"), 9, 7, 2), "#557893")
    pen.fill(disc(36, 3, 2), "#182430")


def fish(pen: Pen) -> None:
    """Draw a striped reef fish."""
    pen.fill(curve(pts("-26,0 -52,-24 -44,0 -52,24"), True), "#f08a3c")
    pen.fill(curve(pts("-6,-24 -20,-42 18,-34 26,-20"), True), "#f3a54a")
    pen.fill(curve(pts("-4,24 -16,40 10,34 18,22"), True), "#f3a54a")
    body = curve(pts("50,2 32,-20 4,-28 -30,-6 -30,6 4,28 32,21"), True)
    pen.fill(body, "#ffb04f")
    with pen.sheet.inside(clip=body):
        pen.fill(poly(pts("12,-40 24,-40 20,40 8,40")), "#fff6e6")
        pen.fill(poly(pts("-16,-40 -7,-40 -10,40 -19,40")), "#fff6e6")
        pen.fill(curve(pts("60,6 0,18 -40,6 -40,40 60,40"), True), "#d9722f", 0.45)
    pen.fill(disc(34, -4, 5.4), "#fff8ec")
    pen.fill(disc(35, -4, 3), "#1d2026")
    pen.fill(curve(pts("6,4 -10,-3 -8,12"), True), "#f28a35")


def turtle(pen: Pen) -> None:
    """Draw a sea turtle gliding."""
    pen.fill(taper(pts("18,8 30,30 16,50"), 16, 17, 3), "#5f8f62")
    pen.fill(taper(pts("24,-8 10,-30 -16,-40"), 14, 15, 3), "#4e7b55")
    pen.fill(taper(pts("-30,10 -46,20 -56,18"), 12, 11, 3), "#4e7b55")
    pen.fill(curve(pts("32,-8 46,-13 59,-7 60,3 48,8 34,8"), True), "#7fae74")
    pen.fill(disc(50, -4, 2.4), "#16231c")
    shell = curve(pts("36,2 26,-18 2,-27 -24,-18 -42,4 -22,16 8,20 30,13"), True)
    pen.fill(shell, "#8a6a3e")
    with pen.sheet.inside(clip=shell):
        for x, y in ((-22, -5), (0, -11), (20, -4)):
            pen.fill(
                poly([(x - 9, y - 6), (x, y - 11), (x + 9, y - 6), (x + 8, y + 8), (x, y + 12), (x - 8, y + 8)]),
                "#b8925a",
            )
        pen.fill(curve(pts("40,8 10,13 -44,5 -30,30 40,30"), True), "#e2cf9a")
    pen.fill(curve(pts("18,-19 2,-24 -18,-17 0,-20"), True), "#dcbc84", 0.7)


def jellyfish(pen: Pen) -> None:
    """Draw a glowing jellyfish."""
    pen.shine(0, -10, 70, "#c9b8ff", 0.45)
    for i, x in enumerate((-24, -13, -3, 7, 17, 26)):
        bend = 8 * math.sin(i * 1.9)
        pen.line(f"M{x} 4Q{x + bend:.1f} 24 {x - bend:.1f} {40 + 9 * (i % 3)}", "#d7c3ff", 2.2, 0.8)
    for x in (-9, 1, 10):
        pen.line(curve([(x, 2), (x - 6, 16), (x + 5, 28), (x - 2, 42)]), "#f3d9ff", 5, 0.75)
    pen.fill(curve(pts("-34,4 -31,-26 0,-46 31,-26 34,4 22,9 11,3 0,9 -11,3 -22,9"), True), "#b79cf0", 0.92)
    pen.fill(curve(pts("-22,-8 -20,-26 -2,-38 -10,-24 -14,-8"), True), "#efe4ff", 0.75)
    for x, y in ((2, -22), (16, -14), (-2, -8)):
        pen.fill(disc(x, y, 3.4), "#8f72d8", 0.7)


def crab(pen: Pen) -> None:
    """Draw a crab with raised claws."""
    for side in (-1, 1):
        for i in range(3):
            pen.line(
                f"M{side * 24} {-22 + i * 5}l{side * (20 - i * 3)} {-4 + i * 5}l{side * 6} {20 - i * 4}", "#c4472f", 5
            )
        pen.line(f"M{side * 24} -28Q{side * 46} -36 {side * 42} -56", "#d9563a", 7)
        pen.fill(
            curve(
                [
                    (side * 32, -60),
                    (side * 44, -84),
                    (side * 56, -74),
                    (side * 46, -66),
                    (side * 58, -62),
                    (side * 46, -50),
                ],
                True,
            ),
            "#e2633f",
        )
        pen.line(f"M{side * 9} -40V-54", "#d9563a", 3.4)
        pen.fill(disc(side * 9, -56, 5), "#fff3e2")
        pen.fill(disc(side * 9, -56, 2.4), "#231a1e")
    pen.fill(curve(pts("-36,-26 -20,-44 20,-44 36,-26 20,-10 -20,-10"), True), "#e2633f")
    pen.fill(curve(pts("-24,-33 -14,-40 12,-40 -6,-36"), True), "#ff9c72", 0.85)


def shark(pen: Pen) -> None:
    """Draw a shark cruising."""
    pen.fill(curve(pts("-46,0 -70,-28 -62,-2 -70,18 -52,6"), True), "#4d6478")
    pen.fill(poly(pts("6,-16 -14,-42 -14,-12")), "#4d6478")
    pen.fill(curve(pts("68,-2 44,-16 8,-21 -26,-10 -54,-2 -52,4 -20,12 16,17 48,10"), True), "#60798e")
    pen.fill(curve(pts("64,2 40,4 0,5 -36,5 -10,14 20,17 46,11"), True), "#dfe8ec")
    pen.fill(taper(pts("18,8 6,26 -8,36"), 14, 9, 1), "#4d6478")
    pen.line("M60 5Q50 9 42 7M28 -6v10M23 -7v11M18 -7v11", "#3a4c5c", 1.5)
    pen.fill(disc(50, -4, 2.3), "#101820")


def penguin(pen: Pen) -> None:
    """Draw a penguin."""
    pen.fill(disc(-11, -3, 11, 4.5) + disc(11, -3, 11, 4.5), "#f0a03c")
    pen.fill(curve(pts("0,-100 19,-88 21,-68 29,-40 25,-10 0,-2 -25,-10 -29,-40 -21,-68 -19,-88"), True), "#2b3446")
    pen.fill(
        curve(pts("-24,-60 -38,-36 -35,-22 -25,-38"), True) + curve(pts("24,-60 38,-36 35,-22 25,-38"), True), "#222a3a"
    )
    pen.fill(curve(pts("0,-64 17,-54 20,-30 14,-8 0,-4 -14,-8 -20,-30 -17,-54"), True), "#f6f3ea")
    pen.fill(curve(pts("0,-86 13,-90 16,-76 8,-64 0,-66 -8,-64 -16,-76 -13,-90"), True), "#f6f3ea")
    pen.fill(disc(0, -58, 15, 6), "#f5c15a", 0.8)
    pen.fill(disc(-7, -79, 2.8) + disc(7, -79, 2.8), "#1a2030")
    pen.fill(poly(pts("-6,-73 6,-73 0,-64")), "#f0a03c")


def swan(pen: Pen) -> None:
    """Draw a swan on the water."""
    pen.fill(taper(pts("28,-12 40,-30 30,-48 38,-66 48,-64"), 17, 11, 9, 10, 8), "#fbf8ee")
    pen.fill(curve(pts("40,-10 24,-26 -10,-30 -46,-40 -52,-22 -38,-4 0,2 30,0"), True), "#fbf8ee")
    pen.fill(curve(pts("20,-18 -6,-36 -44,-46 -40,-24 -18,-10 8,-8"), True), "#e6e4e2")
    pen.line("M10 -14Q-14 -20 -34 -34M6 -10Q-12 -12 -30 -22", "#c8ccd4", 1.6)
    pen.fill(poly(pts("49,-67 62,-60 48,-60")), "#ef8a3a")
    pen.fill(disc(45, -65, 1.8), "#1c2028")


def boat(pen: Pen) -> None:
    """Draw a sailing boat."""
    pen.fill(curve(pts("4,-96 34,-52 42,-22 4,-22"), True), "#fff6e6")
    pen.fill(poly(pts("0,-88 0,-22 -36,-22")), pen.accent)
    pen.fill(poly(pts("0,-88 0,-22 -12,-22")), "#ffffff", 0.18)
    pen.line("M2 -100V-14", "#6a4a34", 2.6)
    pen.fill(curve(pts("4,-76 20,-46 26,-24 4,-24"), True), "#e9d9bd", 0.6)
    pen.fill(poly(pts("-46,-17 50,-17 36,2 -32,2")), "#8a4b32")
    pen.fill(poly(pts("-46,-17 50,-17 48,-12 -43,-12")), "#f4e2c4")
    pen.fill(poly(pts("2,-100 2,-92 16,-96")), pen.accent)


def canoe(pen: Pen) -> None:
    """Draw a red canoe with a paddler."""
    pen.line("M-16 -40L26 4", "#8c6844", 3)
    pen.fill(curve(pts("-14,-10 -13,-34 0,-40 12,-32 12,-10"), True), "#3f6a7e")
    pen.fill(disc(0, -50, 9), "#e0b08c")
    pen.fill(curve(pts("-13,-53 -8,-62 8,-62 13,-53"), True), "#e6c268")
    pen.fill(curve(pts("-62,-24 -50,-14 0,-10 50,-14 62,-24 52,-2 0,3 -52,-2"), True), "#c2452f")
    pen.fill(curve(pts("-58,-19 -46,-12 0,-8 46,-12 58,-19 40,-8 0,-4 -40,-8"), True), "#ef7a56", 0.8)


def ship(pen: Pen) -> None:
    """Draw a steamer."""
    pen.fill(poly(pts("-58,-26 62,-26 48,2 -50,2")), "#2f4258")
    pen.fill(poly(pts("-52,-6 51,-6 48,2 -50,2")), "#b5483a")
    pen.fill("M-40 -26v-14h76v14ZM-30 -40v-12h54v12Z", "#f4ecdc")
    pen.fill("M-18 -52l2 -26h13l2 26ZM6 -52l2 -26h13l2 26Z", pen.accent)
    pen.fill("M-17 -68h15v-10h-14ZM7 -68h15v-10h-14Z", "#26303c")
    pen.lamp(
        "".join(disc(x, -33, 3) for x in range(-32, 34, 11)) + "".join(disc(x, -46, 2.4) for x in range(-24, 22, 9))
    )
    for i, r in enumerate((7, 10, 13)):
        pen.fill(disc(-8 - i * 15, -88 - i * 9, r), "#e8e8ea", 0.6 - i * 0.13)
