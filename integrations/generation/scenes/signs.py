"""Props of the sky and of space, centred on (0, 0)."""

from __future__ import annotations

import math

from integrations.generation.scenes.paint import box, curve, disc, poly, pts, star
from integrations.generation.scenes.pen import Pen


def comet(pen: Pen) -> None:
    """Draw a comet with its two tails."""
    head, tail = pen.light.sun, pen.light.glow
    fade = pen.sheet.fade(24, -40, (0, tail, 0.9), (1, tail, 0), x1=-30, x2=96)
    pen.sheet.fill(curve(pts("-40,22 -32,34 36,4 120,-58 20,-20"), True), fade)
    pen.sheet.fill(curve(pts("-38,26 -30,34 30,18 96,-6 10,12"), True), fade, 0.5)
    pen.shine(-34, 28, 46, head, 0.9)
    pen.sheet.fill(disc(-34, 28, 9), "#ffffff")


def lightning(pen: Pen) -> None:
    """Draw a forked bolt below a storm cloud."""
    pen.shine(0, 0, 90, "#fff0b8", 0.5)
    bolt = poly(pts("2,-24 -16,12 -3,10 -14,50 18,0 4,3 18,-24"))
    pen.sheet.fill(bolt, "#fff3b0")
    cloud = disc(-34, -32, 20) + disc(-8, -44, 26) + disc(24, -38, 22) + disc(44, -26, 14) + box(-54, -32, 112, 20, 10)
    pen.fill(cloud, "#5c6478")
    pen.fill(disc(-12, -50, 16) + disc(22, -44, 12) + disc(-36, -38, 10), "#8c94a8", 0.7)


def rainbow(pen: Pen) -> None:
    """Draw a rainbow."""
    with pen.sheet.inside(opacity=0.62):
        for i, hue in enumerate(("#e8604c", "#f0a04a", "#f6d860", "#7cc06a", "#5a9ad8", "#8a6ac0")):
            r = 70 - i * 5
            pen.sheet.line(f"M{-r} 40A{r} {r} 0 0 1 {r} 40", hue, 5.4, cap="butt")


def snowflake(pen: Pen) -> None:
    """Draw a large snow crystal."""
    arms = []
    for k in range(6):
        c, s = math.cos(k * math.pi / 3), math.sin(k * math.pi / 3)
        arms.append(f"M0 0L{46 * c:.1f} {46 * s:.1f}")
        for d, w in ((18, 9), (30, 12)):
            for side in (-1, 1):
                arms.append(
                    f"M{d * c:.1f} {d * s:.1f}L{(d + w) * c - side * w * s:.1f} {(d + w) * s + side * w * c:.1f}"
                )
    pen.shine(0, 0, 70, "#dff2ff", 0.4)
    pen.sheet.line("".join(arms), "#f4fbff", 4)


def heart(pen: Pen) -> None:
    """Draw a heart."""
    pen.shine(0, 0, 70, pen.accent, 0.4)
    pen.sheet.fill(
        "M0 44C-54 8 -50 -36 -24 -38C-10 -39 -2 -30 0 -20C2 -30 10 -39 24 -38C50 -36 54 8 0 44Z",
        pen.light.tone(pen.accent, 0, True),
    )
    pen.fill(curve(pts("-34,-8 -32,-26 -20,-31 -27,-18"), True), "#ffffff", 0.6)


def planet(pen: Pen) -> None:
    """Draw a ringed planet."""
    with pen.sheet.inside(transform="rotate(-20)"):
        pen.line("M-64 0A64 17 0 0 1 64 0", "#c9a878", 5.5)
        pen.line("M-53 0A53 12 0 0 1 53 0", "#e8cf9a", 3)
        pen.fill(disc(0, 0, 37), "#d99a5c")
        with pen.sheet.inside(clip=disc(0, 0, 37)):
            pen.fill(box(-40, -22, 80, 8) + box(-40, -4, 80, 10) + box(-40, 17, 80, 6), "#f0c48a", 0.8)
            pen.fill(curve(pts("10,-44 24,0 0,44 60,50 60,-50"), True), "#2a1c3a", 0.45)
        pen.line("M-64 0A64 17 0 0 0 64 0", "#f6e2b4", 5.5)
        pen.line("M-53 0A53 12 0 0 0 53 0", "#e8cf9a", 3)


def kite(pen: Pen) -> None:
    """Draw a kite with its tail."""
    pen.line(curve(pts("-8,26 -20,40 -8,50 -22,64")), "#f4e6cc", 1.6)
    for x, y in ((-17, 38), (-12, 50), (-20, 60)):
        pen.fill(poly([(x - 6, y - 4), (x + 6, y + 4), (x + 6, y - 4), (x - 6, y + 4)]), "#f3b04c")
    pen.sheet.fill(poly(pts("12,-48 34,-8 -8,28 -26,-22")), pen.light.tone(pen.accent, 0, True))
    pen.fill(poly(pts("12,-48 34,-8 2,-14")) + poly(pts("-8,28 -26,-22 2,-14")), "#fff2dc", 0.55)


def bright_star(pen: Pen) -> None:
    """Draw a great bright star."""
    pen.shine(0, 0, 100, pen.light.sun, 0.8)
    pen.sheet.fill(star(0, 0, 56, 0.1) + star(0, 0, 26, 0.3), "#fffdf2")
