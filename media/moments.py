"""Which frames of a reel are looked at whole by its checks: few enough to be cheap, spread over everything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from media.captions import page_at
from media.timeline import Card, Timeline
from media.writing import presence

MOST_PAGES, MOST_SHOTS = 12, 8


def all_moments(timeline: Timeline) -> tuple[int, ...]:
    """Return every frame that is looked at whole, in order."""
    frames = {*page_moments(timeline), *card_moments(timeline).values(), *shot_moments(timeline)}
    return tuple(sorted(frames))


def page_moments(timeline: Timeline) -> tuple[int, ...]:
    """Return the middles of caption pages that are shown."""
    middles = [min(int((page.start + page.end) / 2 * timeline.fps), timeline.frames - 1) for page in timeline.pages]
    return _spread([frame for frame in middles if page_at(timeline, frame) is not None], MOST_PAGES)


def card_moments(timeline: Timeline) -> dict[str, int]:
    """Return the middles of the title and the outro by their names in the timeline, if they stand there fully."""
    cards: dict[str, Card | None] = {"title": timeline.title, "outro": timeline.outro}
    middles = {name: (card, card.start + card.frames // 2) for name, card in cards.items() if card is not None}
    return {name: at for name, (card, at) in middles.items() if presence(card, at, timeline.frames) == 1}


def shot_moments(timeline: Timeline) -> tuple[int, ...]:
    """Return the middles of shots."""
    return _spread([shot.start + shot.frames // 2 for shot in timeline.shots], MOST_SHOTS)


def _spread(frames: Sequence[int], most: int) -> tuple[int, ...]:
    """Return at most so many of the frames, evenly chosen from first to last."""
    if len(frames) <= most:
        return tuple(frames)
    return tuple(frames[round(at)] for at in np.linspace(0, len(frames) - 1, most))
