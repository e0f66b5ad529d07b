"""Props that walk, sit or fly. Standing ones have their feet at (0, 0), flying ones are centred there."""

from __future__ import annotations

from integrations.generation.scenes.paint import curve, disc, poly, pts, taper
from integrations.generation.scenes.pen import Pen


def elephant(pen: Pen) -> None:
    """Draw an elephant."""
    for x in (-30, 14):
        pen.fill(taper([(x, -50), (x, -4)], 20, 17, 18), "#6f6f7c")
    pen.fill(taper(pts("-46,-62 -54,-44 -50,-32"), 4, 2.5, 4), "#6f6f7c")
    pen.fill(curve(pts("34,-82 10,-90 -24,-86 -48,-66 -46,-38 -20,-30 16,-32 34,-46"), True), "#8d8d99")
    for x in (-38, 24):
        pen.fill(taper([(x, -50), (x, -1)], 22, 18, 19), "#8d8d99")
        pen.fill(disc(x - 4, -2, 2.4) + disc(x + 3, -2, 2.4), "#d8d4cc", 0.8)
    pen.fill(taper(pts("52,-66 64,-44 60,-18 68,-8"), 20, 14, 9, 6), "#8d8d99")
    pen.fill(curve(pts("30,-92 48,-96 62,-82 62,-62 46,-52 30,-62"), True), "#9999a4")
    pen.fill(curve(pts("30,-94 14,-96 4,-76 12,-54 28,-50 36,-66"), True), "#7b7b88")
    pen.fill(curve(pts("27,-86 16,-86 12,-74 18,-62 27,-62"), True), "#b08f94", 0.6)
    pen.fill(taper(pts("54,-56 66,-50 76,-56"), 6, 4, 1), "#fbf3e0")
    pen.fill(disc(49, -78, 2.3), "#1c1c24")


def camel(pen: Pen) -> None:
    """Draw a camel with a rug."""
    for x, tone in ((-24, "#a97a48"), (18, "#a97a48"), (-34, "#c79860"), (28, "#c79860")):
        pen.fill(taper([(x, -46), (x - 1, -24), (x, -1)], 12, 6.5, 8), tone)
    pen.fill(taper(pts("26,-52 44,-48 50,-66 54,-84"), 21, 15, 10, 11), "#c79860")
    pen.fill(curve(pts("34,-58 18,-68 8,-92 -6,-94 -16,-72 -34,-70 -46,-54 -34,-40 0,-36 28,-40"), True), "#c79860")
    pen.fill(curve(pts("50,-94 62,-94 74,-84 72,-77 58,-78 48,-82"), True), "#d4a86e")
    pen.fill(poly(pts("50,-93 47,-101 54,-95")), "#a97a48")
    pen.fill(taper(pts("-44,-54 -51,-42 -49,-32"), 4, 2, 4), "#a97a48")
    pen.fill(curve(pts("12,-82 4,-74 -12,-78 -22,-68 -16,-44 12,-44 18,-62"), True), pen.accent)
    pen.line("M-18 -50H14M-20 -58H17", "#fbe6c0", 2)
    pen.fill(disc(59, -88, 1.8), "#20180f")


def giraffe(pen: Pen) -> None:
    """Draw a giraffe."""
    for x, tone in ((-12, "#c28a42"), (12, "#c28a42"), (-20, "#e0ac5e"), (18, "#e0ac5e")):
        pen.fill(taper([(x, -36), (x, -16), (x, 0)], 8, 4.4, 5), tone)
    pen.fill(taper(pts("14,-42 22,-64 28,-88"), 17, 10, 8), "#e0ac5e")
    body = curve(pts("24,-48 6,-53 -18,-48 -26,-40 -20,-30 8,-28 22,-34"), True)
    pen.fill(body, "#e0ac5e")
    for x, y, r in (
        (-14, -42, 4.4),
        (-3, -37, 4),
        (6, -46, 4.2),
        (14, -38, 3.6),
        (19, -54, 3.4),
        (23, -66, 2.8),
        (25, -77, 2.3),
    ):
        pen.fill(
            poly(
                [
                    (x - r, y - r * 0.6),
                    (x, y - r),
                    (x + r, y - r * 0.4),
                    (x + r * 0.7, y + r * 0.8),
                    (x - r * 0.6, y + r),
                ]
            ),
            "#a8652c",
        )
    pen.fill(curve(pts("24,-94 31,-98 44,-90 43,-85 30,-84"), True), "#e6b66c")
    pen.line("M27 -95l-1 -6M31 -96l1 -6", "#8a5526", 1.8)
    pen.fill(taper(pts("-26,-42 -31,-30 -30,-22"), 3, 1.5, 3.4), "#8a5526")
    pen.fill(disc(33, -92, 1.4), "#20180f")


def lion(pen: Pen) -> None:
    """Draw a lion lying proudly."""
    pen.fill(taper(pts("-40,-14 -62,-16 -66,-34"), 6, 4, 3), "#d39a4c")
    pen.fill(disc(-66, -36, 5, 7), "#8a4f24")
    pen.fill(curve(pts("18,-46 -10,-42 -40,-34 -50,-12 -40,-1 30,-1 34,-28"), True), "#dda657")
    pen.fill(taper(pts("20,-14 40,-6 56,-5"), 16, 12, 10) + taper(pts("-34,-8 -14,-6 -4,-5"), 18, 12, 9), "#e6b468")
    pen.fill(curve(pts("24,-92 46,-86 56,-66 50,-42 32,-30 12,-34 0,-54 4,-80"), True), "#8a4f24")
    pen.fill(curve(pts("26,-84 42,-79 48,-62 42,-46 28,-41 14,-50 12,-72"), True), "#a9682f")
    pen.fill(curve(pts("30,-77 43,-72 46,-58 38,-46 28,-46 20,-56 20,-70"), True), "#eab96e")
    pen.fill(disc(27, -64, 2) + disc(41, -64, 2) + poly(pts("31,-57 39,-57 35,-52")), "#2a1810")


def deer(pen: Pen) -> None:
    """Draw a stag."""
    for x, tone in ((-16, "#7a4a2c"), (16, "#7a4a2c"), (-22, "#a4673c"), (21, "#a4673c")):
        pen.fill(taper([(x, -34), (x - 2, -18), (x, 0)], 9, 4, 4), tone)
    pen.fill(curve(pts("26,-52 6,-50 -22,-51 -30,-40 -24,-28 6,-28 26,-34"), True), "#a4673c")
    pen.fill(taper(pts("20,-44 29,-58 31,-70"), 19, 11, 9), "#a4673c")
    pen.fill(curve(pts("26,-76 34,-78 48,-68 46,-63 32,-64"), True), "#b0734a")
    pen.fill(curve(pts("26,-75 16,-79 24,-70"), True), "#8a5634")
    pen.line(
        "M30 -76C24 -90 10 -88 8 -102M20 -88C14 -92 6 -90 2 -94"
        "M33 -77C36 -90 48 -88 52 -101M43 -89C48 -92 54 -90 58 -94",
        "#d9c19a",
        2.6,
    )
    pen.fill(disc(-30, -42, 5, 6), "#f4e6d0")
    pen.fill(curve(pts("18,-34 -4,-30 -22,-32 0,-27"), True), "#d9b48c", 0.8)
    pen.fill(disc(36, -71, 1.7), "#1a1210")


def fox(pen: Pen) -> None:
    """Draw a sitting fox."""
    pen.fill(taper(pts("-16,-8 -44,-8 -52,-30 -44,-46"), 16, 20, 16, 3), "#d9702f")
    pen.fill(taper(pts("-52,-32 -50,-42 -44,-48"), 13, 9, 2), "#fbeedd")
    pen.fill(curve(pts("20,-54 26,-28 22,-2 -20,-2 -26,-22 -8,-50"), True), "#e27e38")
    pen.fill(curve(pts("16,-50 20,-26 14,-2 4,-2 4,-34"), True), "#fbeedd")
    pen.fill(poly(pts("-10,-78 -8,-100 6,-86")) + poly(pts("18,-88 30,-102 32,-80")), "#c45c24")
    pen.fill(curve(pts("-12,-78 8,-90 32,-80 34,-66 14,-48 -8,-60"), True), "#e98a42")
    pen.fill(curve(pts("-11,-66 4,-66 13,-58 22,-66 34,-68 15,-47 -6,-58"), True), "#fdf3e4")
    pen.fill(disc(3, -71, 2.4) + disc(22, -72, 2.4) + disc(14, -53, 3.4, 2.6), "#231710")


def cat(pen: Pen) -> None:
    """Draw a sitting cat."""
    pen.fill(taper(pts("18,-6 42,-8 48,-30 38,-42"), 9, 9, 8, 5), "#4a4550")
    pen.fill(curve(pts("-14,-58 -24,-30 -24,-2 24,-2 26,-26 12,-58"), True), "#57515e")
    pen.fill(poly(pts("-24,-78 -24,-104 -6,-90")) + poly(pts("24,-78 24,-104 6,-90")), "#4a4550")
    pen.fill(poly(pts("-21,-84 -20,-97 -11,-90")) + poly(pts("21,-84 20,-97 11,-90")), "#d99a9a")
    pen.fill(curve(pts("0,-92 22,-86 27,-70 16,-54 0,-50 -16,-54 -27,-70 -22,-86"), True), "#5f5967")
    pen.fill(curve(pts("0,-48 8,-40 6,-14 0,-8 -6,-14 -8,-40"), True), "#f3ece0")
    pen.sheet.fill(disc(-10, -72, 5) + disc(10, -72, 5), pen.light.lamp)
    pen.fill(disc(-10, -72, 1.8, 4.4) + disc(10, -72, 1.8, 4.4), "#17141a")
    pen.fill(poly(pts("-3.4,-64 3.4,-64 0,-60")), "#e59a9a")
    pen.line("M-12 -62l-20 -3M-12 -59l-19 4M12 -62l20 -3M12 -59l19 4", "#d8d2d8", 0.9)
    pen.fill(disc(-10, -3, 9, 5) + disc(10, -3, 9, 5), "#f3ece0")


def dog(pen: Pen) -> None:
    """Draw a sitting dog."""
    pen.fill(taper(pts("-20,-8 -40,-16 -46,-34"), 9, 7, 4), "#a56f3f")
    pen.fill(curve(pts("14,-60 26,-30 20,-2 -26,-2 -28,-24 -8,-54"), True), "#c48a52")
    pen.fill(curve(pts("14,-54 20,-30 14,-8 4,-12 4,-40"), True), "#f6e6cc")
    pen.fill(taper(pts("8,-30 9,-3"), 11, 9) + taper(pts("20,-30 21,-3"), 11, 9), "#d29a60")
    pen.fill(curve(pts("-6,-84 10,-94 28,-86 34,-74 50,-68 50,-58 30,-52 8,-52 -6,-64"), True), "#d29a60")
    pen.fill(curve(pts("0,-88 -14,-82 -18,-58 -8,-48 2,-62"), True), "#8a5a30")
    pen.fill(disc(49, -66, 4.6, 4) + disc(25, -74, 2.8), "#241812")
    pen.fill(curve(pts("-6,-52 8,-48 24,-50 23,-44 8,-42 -7,-46"), True), pen.accent)


def bear(pen: Pen) -> None:
    """Draw a bear walking."""
    for x, tone in ((-22, "#5a3a26"), (14, "#5a3a26"), (-36, "#7a5238"), (28, "#7a5238")):
        pen.fill(taper([(x, -34), (x + 1, -3)], 21, 17), tone)
    pen.fill(curve(pts("36,-62 18,-68 -14,-64 -44,-52 -48,-28 -20,-20 20,-20 40,-34"), True), "#7a5238")
    pen.fill(disc(38, -76, 6) + disc(54, -76, 6), "#5f3f2a")
    pen.fill(curve(pts("32,-66 44,-76 58,-70 74,-54 72,-46 54,-42 36,-46"), True), "#87603f")
    pen.fill(curve(pts("60,-62 75,-54 72,-45 60,-47"), True), "#c39a70")
    pen.fill(disc(73, -54, 3.4, 3) + disc(55, -62, 2), "#170f0a")


def horse(pen: Pen) -> None:
    """Draw a horse at a walk."""
    for x, tone in ((-22, "#5c3822"), (16, "#5c3822"), (-30, "#7e4e30"), (24, "#7e4e30")):
        pen.fill(taper([(x, -42), (x - 2, -20), (x, 0)], 12, 5, 6), tone)
    pen.fill(taper(pts("-34,-54 -50,-40 -48,-14"), 5, 9, 3), "#33201a")
    pen.fill(curve(pts("30,-58 8,-56 -24,-60 -38,-48 -30,-34 6,-32 30,-38"), True), "#7e4e30")
    pen.fill(taper(pts("22,-48 38,-70 42,-86"), 24, 14, 12), "#7e4e30")
    pen.fill(curve(pts("34,-92 46,-96 62,-76 57,-70 40,-78"), True), "#8a5838")
    pen.fill(poly(pts("37,-92 38,-102 44,-93")), "#5c3822")
    pen.fill(curve(pts("38,-94 26,-84 14,-58 26,-66 36,-80"), True), "#33201a")
    pen.fill(disc(47, -86, 1.7), "#140c08")


def bird(pen: Pen) -> None:
    """Draw a bird in flight."""
    pen.fill(curve(pts("-30,4 -58,0 -54,10 -62,18 -34,14"), True), "#2f6f9a")
    pen.fill(curve(pts("2,0 -26,-26 -22,-52 2,-34 16,-8"), True), "#3f86b2")
    pen.fill(curve(pts("44,-4 30,-14 8,-8 -18,2 -38,10 -12,19 18,17 36,8"), True), "#4b9ac6")
    pen.fill(curve(pts("38,4 20,4 -8,12 8,18 26,13"), True), "#f6d7a2")
    pen.fill(curve(pts("14,-2 4,-30 22,-50 26,-26 24,-4"), True), "#5fb0d8")
    pen.line("M8 -8L-14 -38M16 -8L18 -38", "#2f6f9a", 1.6)
    pen.fill(poly(pts("43,-7 56,-1 42,3")), "#f0a03c")
    pen.fill(disc(36, -5, 2.2), "#14202a")


def owl(pen: Pen) -> None:
    """Draw an owl on a branch stump."""
    pen.fill(poly(pts("-30,0 -26,-16 26,-16 32,0")), "#6b4a30")
    pen.fill(curve(pts("-24,-88 0,-80 24,-88 28,-62 26,-32 0,-14 -26,-32 -28,-62"), True), "#8a6a48")
    pen.fill(curve(pts("0,-56 15,-48 15,-26 0,-18 -15,-26 -15,-48"), True), "#e3cda2")
    pen.line("M-8 -40l4 4l4 -4l4 4l4 -4M-8 -31l4 4l4 -4l4 4l4 -4", "#9a7848", 1.8)
    pen.fill(
        curve(pts("-26,-60 -34,-38 -22,-20 -18,-42"), True) + curve(pts("26,-60 34,-38 22,-20 18,-42"), True), "#6d5136"
    )
    pen.fill(disc(-11, -68, 11) + disc(11, -68, 11), "#f6e8c8")
    pen.sheet.fill(disc(-10, -68, 6.4) + disc(10, -68, 6.4), pen.light.lamp)
    pen.fill(disc(-10, -68, 3.4) + disc(10, -68, 3.4), "#181210")
    pen.fill(poly(pts("-4,-62 4,-62 0,-53")), "#e0963c")


def butterfly(pen: Pen) -> None:
    """Draw a butterfly with open wings."""
    for side in (-1, 1):
        pen.sheet.fill(
            curve([(side * 2, -4), (side * 16, -40), (side * 46, -42), (side * 48, -14), (side * 22, 4)], True),
            pen.light.tone(pen.accent, 0, True),
        )
        pen.fill(
            curve([(side * 2, 0), (side * 28, 4), (side * 40, 22), (side * 24, 40), (side * 8, 22)], True), "#f3b04c"
        )
        pen.fill(
            curve([(side * 10, -12), (side * 22, -32), (side * 38, -32), (side * 36, -16), (side * 20, -6)], True),
            "#ffe3b4",
            0.75,
        )
        pen.fill(disc(side * 40, -34, 3.4) + disc(side * 43, -24, 2.6) + disc(side * 30, 24, 4), "#3a2430")
        pen.line(f"M{side} -16Q{side * 6} -34 {side * 13} -38", "#3a2430", 1.6)
    pen.fill(taper(pts("0,-18 0,0 0,28"), 5, 6.5, 2), "#3a2430")


def bee(pen: Pen) -> None:
    """Draw a bumblebee."""
    pen.fill(
        curve(pts("-4,-16 -24,-48 -2,-52 8,-20"), True) + curve(pts("6,-18 10,-52 30,-46 16,-16"), True),
        "#e9f4fb",
        0.85,
    )
    body = curve(pts("42,2 30,-18 0,-23 -30,-12 -46,6 -28,22 4,26 32,18"), True)
    pen.fill(body, "#f6b93b")
    with pen.sheet.inside(clip=body):
        for x in (-32, -8, 14):
            pen.fill(poly([(x, -40), (x + 11, -40), (x + 8, 40), (x - 3, 40)]), "#35271f")
        pen.fill(curve(pts("-50,12 0,14 50,8 50,40 -50,40"), True), "#a8641c", 0.35)
    pen.fill(disc(34, 0, 13), "#35271f")
    pen.fill(disc(38, -3, 3.4), "#fff6e0")
    pen.line("M38 -11Q44 -24 52 -24M32 -13Q34 -26 42 -30M4 25l-4 9M16 23l0 9", "#35271f", 2.2)


def snail(pen: Pen) -> None:
    """Draw a snail."""
    pen.line("M40 -20L50 -44M32 -22L36 -46", "#d9b48c", 3)
    pen.fill(disc(50, -46, 3.4) + disc(36, -48, 3.4), "#5c4030")
    pen.fill(curve(pts("-56,0 -30,-12 14,-14 30,-30 46,-26 48,-8 36,0"), True), "#e3c094")
    pen.fill(disc(-8, -38, 33), "#b8693c")
    pen.line("M20 -30a28 28 0 1 0 -24 22a20 20 0 1 0 -12 -40a14 14 0 1 0 14 26a8 8 0 1 0 -6 -18", "#f0c890", 4)
