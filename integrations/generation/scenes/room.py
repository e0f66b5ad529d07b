"""What rooms share: wall, window, worktop, lamp and framed picture."""

from __future__ import annotations

from integrations.generation.scenes.paint import H, W, box, curve, disc, down, hills, mix, poly
from integrations.generation.scenes.scene import Scene

BENCH = 1010
"""Height of table tops, in units of the sheet: props stand above, captions come below."""


def room(s: Scene, wall: str) -> str:
    """Paint the wall with the fall of light and return its colour."""
    s.light = s.light.indoors()
    colour = s.tone(wall, 0)
    top = mix(colour, s.light.shade, 0.36)
    s.back.fill(
        box(0, 0, W, H),
        s.back.fade(
            0,
            H,
            (0, top),
            (0.35, colour),
            (0.6, mix(colour, s.light.shade, 0.12)),
            (1, mix(colour, s.light.shade, 0.5)),
        ),
    )
    return colour


def window(s: Scene, x: float, y: float, w: float, h: float, arch: bool = False) -> None:
    """Open a window on the sky of the hour, with hills outside and light falling in."""
    hole = f"M{x} {y + h}V{y + w / 2}a{w / 2} {w / 2} 0 0 1 {w} 0V{y + h}Z" if arch else box(x, y, w, h, 6)
    light = s.light
    frame = s.tone("#f0e6d4", 0)
    s.back.halo(x + w / 2, y + h / 2, max(w, h) * 1.15, light.glow, 0.5 if not light.is_night else 0.3)
    s.sheet.fill(hole, s.sheet.fade(y, y + h, (0, light.top), (0.55, light.mid), (1, light.low)))
    with s.sheet.inside(clip=hole):
        if light.is_night or s.time == "dusk":
            dots = [
                disc(x + s.rng.uniform(0, w), y + s.rng.uniform(0, h * 0.7), s.rng.uniform(1, 2.6)) for _ in range(34)
            ]
            s.sheet.fill("".join(dots), "#ffffff", 0.85)
        sx, sy = x + w * (0.3 if light.sun_at[0] < W / 2 else 0.7), y + h * min(0.62, 0.1 + light.sun_at[1] / H * 1.1)
        s.sheet.halo(sx, sy, w * 0.6, light.sun, 0.8)
        s.sheet.fill(disc(sx, sy, w * 0.09), light.sun)
        for k, depth in enumerate((0.7, 0.4)):
            line = [
                (px / W * w + x, y + h * (0.72 + 0.12 * k) + (py - 0) * w / W) for px, py in hills(s.rng, 0, 110, 1.5)
            ]
            s.sheet.fill(down(line, y + h + 10, True), s.tone("#5f8a68", depth))
    s.sheet.line(hole, frame, 22)
    bars = f"M{x + w / 2} {y}V{y + h}M{x} {y + h * 0.5}H{x + w}"
    s.sheet.line(bars, frame, 10)
    s.sheet.fill(box(x - 26, y + h, w + 52, 22, 5), mix(frame, light.shade, 0.2))


def bench(s: Scene, wood: str, y: float = BENCH) -> None:
    """Lay a worktop across the picture, in front of the wall; what is below stays calm."""
    s.front()
    top, front = mix(s.tone(wood, 0), s.light.glow, 0.1), mix(s.tone(wood, 0), s.light.shade, 0.42)
    s.sheet.fill(box(0, y + 40, W, H - y), mix(front, s.light.shade, 0.3))
    s.sheet.fill(
        box(0, y + 40, W, 260),
        s.sheet.fade(
            y + 40, y + 300, (0, mix(front, s.light.shade, 0.2)), (0.2, front), (1, mix(front, s.light.shade, 0.3))
        ),
    )
    s.sheet.fill(box(0, y, W, 44), top)
    s.sheet.fill(box(0, y, W, 7), mix(top, "#ffffff", 0.3), 0.7)
    for k in range(3):
        s.sheet.line(f"M{30 + k * 360} {y + 16 + k * 6}q90 -9 250 0", mix(top, front, 0.4), 3, 0.6)
    edge, panel = mix(front, s.light.glow, 0.12), mix(front, s.light.shade, 0.12)
    for k in range(3):
        x = 36 + k * 344
        s.sheet.fill(box(x, y + 90, 320, 190, 14) + box(x, y + 310, 320, 700, 14), panel)
        s.sheet.line(box(x + 14, y + 104, 292, 162, 8) + box(x + 14, y + 324, 292, 600, 8), edge, 3, 0.5)
        s.sheet.fill(box(x + 120, y + 176, 80, 14, 7), mix(s.tone("#d8b070", 0), front, 0.35))


def pendant(s: Scene, x: float, y: float, hue: str) -> None:
    """Hang a lamp that throws a cone of light."""
    iron = s.tone("#2a2830", 0)
    s.sheet.line(f"M{x} -10V{y - 66}", iron, 5)
    s.sheet.fill(
        curve([(x - 16, y - 70), (x + 16, y - 70), (x + 70, y - 14), (x + 92, y), (x - 92, y), (x - 70, y - 14)], True),
        s.light.tone(hue, 0, True),
    )
    s.sheet.fill(disc(x, y + 2, 34, 14), mix(s.light.lamp, "#ffffff", 0.5))
    cone = s.veil.fade(y, BENCH + 40, (0, s.light.lamp, 0.42), (1, s.light.lamp, 0.03))
    s.veil.fill(poly([(x - 70, y), (x + 70, y), (x + 380, BENCH + 40), (x - 380, BENCH + 40)]), cone)
    s.veil.halo(x, y + 20, 300, s.light.lamp, 0.5)


def framed(s: Scene, x: float, y: float, w: float, h: float) -> None:
    """Hang a picture of something the text names, when something is still to be shown."""
    prop = next((p for p in s.wanted if "wall" in p.habitats and "table" not in p.habitats), None)
    if prop is None:
        return
    s.wanted.remove(prop)
    s.wanted.insert(0, prop)
    focus = s.focus
    s.sheet.fill(box(x - w / 2 - 14, y - h / 2 - 14, w + 28, h + 28, 6), s.tone("#6a4630", 0))
    s.sheet.fill(box(x - w / 2, y - h / 2, w, h), mix(s.tone("#f4ead2", 0), s.light.glow, 0.1))
    with s.sheet.inside(clip=box(x - w / 2, y - h / 2, w, h)):
        s.put("wall", x, y, min(w, h) * 0.66 / prop.scale)
    s.focus = (x, y) if focus == (W / 2, H * 0.4) else focus
