"""Cuts a timeline into segments that are drawn and encoded on their own. Pure.

A segment is named by everything that is seen in it and how it is encoded, counted from its own first frame.
So a changed caption makes one segment again, a line that grows longer leaves those after it as they are, and
a render that was killed goes on where it stopped.
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Any

from core.keys import content_key
from core.models import Value
from media.captions import active_word, page_at
from media.profiles import Codec, Profile, encoder_options
from media.timeline import Card, Shot, Timeline

RECIPE = "1"
"""Raise it when frames are drawn otherwise, so that no segment of the old drawing is used again."""

SHORTEST_SECONDS = 1.5
"""A shot begins a new segment only when the one before has come to this length: each costs a key frame."""
LONGEST_SECONDS = 4
"""Longer stretches are divided, so that a change costs little and all cores have work until the end."""
PART_SECONDS = 2
"""Length of the parts of a long stretch: one group of pictures, which has a key frame there anyway."""


class Segment(Value):
    """Frames `first` to `beyond` (exclusive) of a reel, and the key of what is seen in them."""

    first: int
    beyond: int
    key: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.key}.mp4"

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.beyond - self.first


def segments(timeline: Timeline, profile: Profile, codec: Codec) -> tuple[Segment, ...]:
    """Divide a timeline; every frame belongs to one segment, and all of a cross-fade to the same."""
    cuts = [*_cuts(timeline), timeline.frames]
    encoding = [codec, encoder_options(codec, profile, timeline.fps)]
    return tuple(
        Segment(first=first, beyond=beyond, key=content_key(RECIPE, encoding, seen(timeline, first, beyond)))
        for first, beyond in pairwise(cuts)
    )


def seen(timeline: Timeline, first: int, beyond: int) -> dict[str, Any]:
    """Describe all that is seen in a range of frames, counted from its first."""
    return {
        "frames": beyond - first,
        "format": [timeline.width, timeline.height, timeline.fps],
        "shots": [
            _shot(timeline, number, first)
            for number, shot in enumerate(timeline.shots)
            if first < shot.start + shot.frames + _fade_after(timeline, number) and shot.start < beyond
        ],
        "captions": _captions(timeline, first, beyond),
        "style": timeline.caption_style.model_dump(),
        "safe": timeline.safe.model_dump(),
        "cards": [_card(card, first, beyond) for card in (timeline.title, timeline.outro)],
        "watermark": timeline.watermark.text if timeline.watermark else None,
    }


def _cuts(timeline: Timeline) -> list[int]:
    """Return the first frame of every segment."""
    shortest = round(SHORTEST_SECONDS * timeline.fps)
    cuts = [0]
    for shot in timeline.shots:
        if shot.start - cuts[-1] >= shortest and timeline.frames - shot.start >= shortest:
            cuts += [*_parts(cuts[-1], shot.start, timeline.fps), shot.start]
    return cuts + _parts(cuts[-1], timeline.frames, timeline.fps)


def _parts(first: int, beyond: int, fps: int) -> list[int]:
    """Return where a long stretch is divided."""
    return list(
        range(first + PART_SECONDS * fps, beyond - (LONGEST_SECONDS - PART_SECONDS) * fps + 1, PART_SECONDS * fps)
    )


def _shot(timeline: Timeline, number: int, first: int) -> dict[str, Any]:
    shot: Shot = timeline.shots[number]
    return shot.model_dump() | {"start": shot.start - first, "lasts": shot.frames + _fade_after(timeline, number)}


def _fade_after(timeline: Timeline, number: int) -> int:
    """Return for how many frames a shot is still seen under the one after it."""
    return timeline.shots[number + 1].fade if number + 1 < len(timeline.shots) else 0


def _captions(timeline: Timeline, first: int, beyond: int) -> list[Any]:
    """Return what captions say, as stretches of frames that show the same words with the same one active."""
    states = (_state(timeline, frame) for frame in range(first, beyond))
    return [[len(list(stretch)), state] for state, stretch in groupby(states)]


def _state(timeline: Timeline, frame: int) -> tuple[tuple[str, ...], int] | None:
    number = page_at(timeline, frame)
    if number is None:
        return None
    page = timeline.pages[number]
    return tuple(word.text for word in page.words), active_word(page, frame / timeline.fps)


def _card(card: Card | None, first: int, beyond: int) -> dict[str, Any] | None:
    if card is None or card.start >= beyond or card.start + card.frames <= first:
        return None
    return card.model_dump() | {"start": card.start - first}
