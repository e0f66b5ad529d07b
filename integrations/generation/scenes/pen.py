"""The pen that props are drawn with: natural colours in, the scene's light out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from integrations.generation.scenes.light import Light
from integrations.generation.scenes.paint import Sheet, mix

Habitat = Literal["land", "deep", "surface", "air", "space", "table", "room", "rail", "wall"]
"""Where a prop may stand: outdoors, under water, on it, in the sky, in space, on a table, on a floor,
on rails, or as a picture on a wall."""


class Pen:
    """Draws in a box of 100 units; colours are given as in daylight."""

    def __init__(self, sheet: Sheet, light: Light, depth: float) -> None:
        self.sheet, self.light, self._depth = sheet, light, depth
        self.accent = light.palette.accent

    def tone(self, base: str) -> str:
        """Return the colour as the scene's light shows it."""
        return self.light.tone(base, self._depth, subject=True)

    def fill(self, path: str, base: str, opacity: float = 1.0) -> None:
        """Fill a path with a natural colour."""
        self.sheet.fill(path, self.tone(base), opacity)

    def line(self, path: str, base: str, width: float, opacity: float = 1.0) -> None:
        """Draw along a path with a natural colour."""
        self.sheet.line(path, self.tone(base), width, opacity)

    def lamp(self, path: str) -> None:
        """Fill a window or lamp: lit when it is dark outside, glass otherwise."""
        glass = mix(self.tone("#3d5568"), self.light.mid, 0.25)
        self.sheet.fill(path, self.light.lamp if self.light.lamps else glass)

    def shine(self, x: float, y: float, radius: float, colour: str = "", strength: float = 0.6) -> None:
        """Let something glow by itself."""
        self.sheet.halo(x, y, radius, colour or self.light.lamp, strength)


@dataclass(frozen=True)
class Prop:
    """A drawable subject: where it may be and whether it stands (else it floats)."""

    draw: Callable[[Pen], None]
    habitats: tuple[Habitat, ...]
    stands: bool = False
    scale: float = 1.0
    lift: float = 0.5
    """Share of the size by which a floating thing is raised when it lies on the ground."""
    fixed: bool = False
    """Never mirrored."""
