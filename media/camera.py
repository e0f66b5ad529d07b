"""The law of motion over a still and its layers: which part fills the frame at which frame. Pure numbers.

A window goes along a straight line from the first framing to the last, so a shot is two windows and an ease.
A layer goes along the same line, only further to both sides of its middle: there the layer lies exactly over
its picture, before and after it is ahead of it, as near things are.
"""

from __future__ import annotations

from dataclasses import dataclass

from media.timeline import Framing, Shot

CLOSEST = 0.2
"""Least size of a window: a layer that comes nearer than this is a blur, and a size of nothing cannot be drawn."""


@dataclass(frozen=True)
class Fit:
    """The largest part of a picture that has the frame's proportions, as shares of the picture's sides.

    One of them is 1. A picture of the frame's own proportions has (1, 1), one twice as wide (0.5, 1).
    """

    across: float = 1.0
    down: float = 1.0


@dataclass(frozen=True)
class Window:
    """The part of a picture that is seen.

    `left` and `top` are shares of the picture's sides, `size` is a share of the picture's `Fit`.
    """

    left: float
    top: float
    size: float


@dataclass(frozen=True)
class Edges:
    """The edges of its picture that a layer reaches: beyond them it would be seen to end."""

    left: bool = True
    top: bool = True
    right: bool = True
    bottom: bool = True


WHOLE = Fit()


def window_of(framing: Framing, fit: Fit = WHOLE) -> Window:
    """Return the window of a framing, pushed back into the picture where it would leave it."""
    size = 1 / framing.zoom
    return Window(_inside(framing.x, size * fit.across), _inside(framing.y, size * fit.down), size)


def window_at(shot: Shot, frame: int, lasts: int, fit: Fit = WHOLE) -> Window:
    """Return the window at a frame of the reel, for a shot that is seen for `lasts` frames in all.

    Corner and size move together between two windows that lie inside the picture, so every window between
    them does, and nothing ever bumps against an edge.
    """
    return _between(window_of(shot.begin, fit), window_of(shot.end, fit), _share(shot, frame, lasts))


def layer_window_at(shot: Shot, depth: float, edges: Edges, frame: int, lasts: int, fit: Fit = WHOLE) -> Window:
    """Return the window into a layer of the shot, `depth` times as far from the middle as the picture's.

    Where the window would go beyond an edge that the layer reaches, the layer moves less far in the whole
    shot, but never less than the picture: it does not bump against the edge either.
    """
    begin, end = window_of(shot.begin, fit), window_of(shot.end, fit)
    far = _room(begin, end, edges, fit, depth)
    return _between(begin, end, 0.5 + far * (_share(shot, frame, lasts) - 0.5))


def ease(share: float) -> float:
    """Slow down towards both ends without standing still: the first frame of a reel already moves."""
    share = min(max(share, 0.0), 1.0)
    return 0.5 * share + 0.5 * share * share * (3 - 2 * share)


def _share(shot: Shot, frame: int, lasts: int) -> float:
    return ease((frame - shot.start) / max(lasts - 1, 1))


def _between(begin: Window, end: Window, share: float) -> Window:
    """Return the window at a share of the way; shares outside 0 to 1 lie before the begin and after the end."""
    return Window(
        begin.left + (end.left - begin.left) * share,
        begin.top + (end.top - begin.top) * share,
        begin.size + (end.size - begin.size) * share,
    )


def _room(begin: Window, end: Window, edges: Edges, fit: Fit, depth: float) -> float:
    """Return how many times as far a layer may go, at most `depth` and at least 1."""
    far = min(depth, _reach(begin.size - CLOSEST, end.size - CLOSEST))
    before, after = _margins(begin, fit), _margins(end, fit)
    for reached, one, other in zip((edges.left, edges.top, edges.right, edges.bottom), before, after, strict=True):
        if reached:
            far = min(far, _reach(one, other))
    return max(far, 1.0)


def _reach(begin: float, end: float) -> float:
    """Return how many times as far a margin may swing about its middle without falling below nothing."""
    return (begin + end) / abs(end - begin) if begin != end else float("inf")


def _margins(window: Window, fit: Fit) -> tuple[float, float, float, float]:
    """Return how far a window is from the left, top, right and bottom edge."""
    right, bottom = window.left + window.size * fit.across, window.top + window.size * fit.down
    return window.left, window.top, 1 - right, 1 - bottom


def _inside(centre: float, size: float) -> float:
    return min(max(centre - size / 2, 0.0), 1.0 - size)
