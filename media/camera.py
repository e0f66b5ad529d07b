"""The law of motion over a still: which part of the picture fills the frame at which frame. Pure numbers."""

from __future__ import annotations

from dataclasses import dataclass

from media.timeline import Framing, Shot


@dataclass(frozen=True)
class Window:
    """The part of a picture that is seen: its corner and its size as shares of the picture's sides."""

    left: float
    top: float
    size: float


def window_of(framing: Framing) -> Window:
    """Return the window of a framing, pushed back into the picture where it would leave it."""
    size = 1 / framing.zoom
    return Window(_inside(framing.x, size), _inside(framing.y, size), size)


def window_at(shot: Shot, frame: int, lasts: int) -> Window:
    """Return the window at a frame of the reel, for a shot that is seen for `lasts` frames in all.

    Corner and size move together between two windows that lie inside the picture, so every window between
    them does, and nothing ever bumps against an edge.
    """
    share = ease((frame - shot.start) / max(lasts - 1, 1))
    begin, end = window_of(shot.begin), window_of(shot.end)
    return Window(
        begin.left + (end.left - begin.left) * share,
        begin.top + (end.top - begin.top) * share,
        begin.size + (end.size - begin.size) * share,
    )


def ease(share: float) -> float:
    """Slow down towards both ends without standing still: the first frame of a reel already moves."""
    share = min(max(share, 0.0), 1.0)
    return 0.5 * share + 0.5 * share * share * (3 - 2 * share)


def _inside(centre: float, size: float) -> float:
    return min(max(centre - size / 2, 0.0), 1.0 - size)
