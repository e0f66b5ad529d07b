"""What is written over a reel's frames: captions, cards, the watermark. Drawn when first seen, laid where it stands."""

from __future__ import annotations

from functools import cached_property, lru_cache

from media.captions import active_word, page_at
from media.lettering import Drawing, draw_outro, draw_page, draw_title, draw_watermark
from media.motion import overlay
from media.planes import Overlay, Planes, to_overlay
from media.timeline import Card, Timeline

FULL = 256
"""An overlay that is wholly there."""
CARD_FADE = 5
"""Frames over which a card comes and goes."""


class Writing:
    """Writes on the frames of one reel. A caption is drawn once per spoken word."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._caption = lru_cache(maxsize=1)(self._draw_caption)

    def write(self, frame: int, planes: Planes) -> None:
        """Write on a frame what is to be read at that moment. Raises BadInput for text that cannot be drawn."""
        timeline = self._timeline
        if timeline.watermark:
            _lay(self._watermark, planes)
        if timeline.title and (share := presence(timeline.title, frame, timeline.frames)):
            _lay(self._title, planes, share)
        if timeline.outro and (share := presence(timeline.outro, frame, timeline.frames)):
            _lay(self._outro, planes, share)
        number = page_at(timeline, frame)
        if number is not None:
            _lay(self._caption(number, active_word(timeline.pages[number], frame / timeline.fps)), planes)

    def _draw_caption(self, number: int, active: int) -> Overlay | None:
        timeline = self._timeline
        page, style = timeline.pages[number], timeline.caption_style
        return _overlay(draw_page(page, active, style, timeline.width, timeline.safe))

    @cached_property
    def _title(self) -> Overlay | None:
        card, timeline = self._timeline.title, self._timeline
        return _overlay(draw_title(card.text, timeline.width, timeline.safe) if card else None)

    @cached_property
    def _outro(self) -> Overlay | None:
        card, timeline = self._timeline.outro, self._timeline
        accent = timeline.caption_style.accent
        return _overlay(draw_outro(card.text, accent, timeline.width, timeline.safe) if card else None)

    @cached_property
    def _watermark(self) -> Overlay | None:
        mark, timeline = self._timeline.watermark, self._timeline
        return _overlay(draw_watermark(mark.text, timeline.width, timeline.safe) if mark else None)


def presence(card: Card, frame: int, frames: int) -> float:
    """Return how much of a card is seen at a frame of a reel of `frames` frames, 0 to 1.

    It comes and goes softly, but stands at once on the first frame of the reel and until the last.
    """
    if not card.start <= frame < card.start + card.frames:
        return 0.0
    came = (frame - card.start + 1) / (CARD_FADE + 1) if card.start else 1.0
    left = (card.start + card.frames - frame) / (CARD_FADE + 1) if card.start + card.frames < frames else 1.0
    return min(came, left, 1.0)


def _lay(drawn: Overlay | None, planes: Planes, share: float = 1.0) -> None:
    if drawn is None:
        return
    colour, part = drawn.colour, round(FULL * share)
    overlay(planes.y, colour.y, drawn.cover, drawn.left, drawn.top, part)
    overlay(planes.u, colour.u, drawn.cover_chroma, drawn.left // 2, drawn.top // 2, part)
    overlay(planes.v, colour.v, drawn.cover_chroma, drawn.left // 2, drawn.top // 2, part)


def _overlay(drawing: Drawing | None) -> Overlay | None:
    return to_overlay(drawing.image, drawing.left, drawing.top) if drawing else None
