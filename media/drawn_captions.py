"""Checks that what the timeline writes is to be read in the finished pixels, and nowhere else than it may be.

The renderer's own lettering is drawn over black and over white; from the two comes what each pixel must look like
where letters cover it. A frame in which those pixels do not follow that pattern lacks the text, or has it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from media.captions import page_at
from media.findings import RENDER_AGAIN, Finding, finding
from media.moments import card_moments, page_moments
from media.planes import Planes
from media.playback import Bytes
from media.timeline import HEIGHT, WIDTH, Timeline
from media.writing import Writing

BLACK, WHITE = 16, 235
"""Ends of luma in limited range."""
SOLID = 0.9 * (WHITE - BLACK)
"""Pixels covered by more than this are letters and outlines; their look does not depend on the picture."""
LEAST_ALIKE = 0.7
"""Least correlation of those pixels with their plan. Five real reels at 1080 pixels width gave 0.99 and more on every
page; the plan of another page 0.39 at most, the right page 6 pixels lower 0.55, 12 pixels lower 0.35."""
LEAST_PIXELS = 60
"""Fewer solid pixels than this tell nothing."""


@dataclass(frozen=True)
class Plan:
    """What is written on one frame: the luma of the letters, and how far each pixel is covered, 0 to 219."""

    luma: Bytes
    cover: Bytes


def plan_writing(timeline: Timeline, frame: int) -> Plan:
    """Draw what the timeline writes on a frame. Raises BadInput for text that cannot be drawn."""
    writing = Writing(timeline)
    black, white = (_written(writing, timeline, frame, ground) for ground in (BLACK, WHITE))
    return Plan(black, WHITE - BLACK - (white - black))


def check_writing(stills: Mapping[int, Bytes], timeline: Timeline) -> Iterator[Finding]:
    """Compare frames with what must be written on them. `stills` holds luma (height, width) by frame."""
    outside = reach_outside(plan_writing(_only(timeline, "watermark"), 0), timeline)
    missing = []
    for frame in page_moments(timeline):
        plan = plan_writing(_only(timeline, "pages"), frame)
        outside = max(outside, reach_outside(plan, timeline))
        if frame in stills and alikeness(stills[frame], plan) < LEAST_ALIKE:
            missing.append(" ".join(word.text for word in timeline.pages[page_at(timeline, frame) or 0].words))
    if missing:
        yield finding("caption-missing", f"{len(missing)} pages are not in place, first “{missing[0]}”", RENDER_AGAIN)
    for name, frame in card_moments(timeline).items():
        plan = plan_writing(_only(timeline, name), frame)
        outside = max(outside, reach_outside(plan, timeline))
        if frame in stills and alikeness(stills[frame], plan) < LEAST_ALIKE:
            yield finding("card-missing", f"the {name} is not in place", RENDER_AGAIN)
    if outside:
        yield finding(
            "text-outside",
            f"text reaches {outside:.0f} px beyond the safe box of a {WIDTH}x{HEIGHT} frame",
            "Shorten title and captions; if it stays, the lettering in media/ leaves its box.",
        )


def alikeness(luma: Bytes, plan: Plan) -> float:
    """Return how closely a frame follows the pattern of its letters, -1 to 1; 1 where there is too little to tell."""
    solid = plan.cover >= SOLID
    if luma.shape != solid.shape or solid.sum() < LEAST_PIXELS or plan.luma[solid].std() == 0:
        return 1.0
    seen = luma[solid].astype(np.float64)
    return float(np.corrcoef(seen, plan.luma[solid])[0, 1]) if seen.std() else 0.0


def reach_outside(plan: Plan, timeline: Timeline) -> float:
    """Return by how many pixels of a 1080 x 1920 frame text leaves the safe box; 0 when it lies inside.

    One pixel of the frame itself is let pass: edges are rounded to whole ones.
    """
    rows, columns = (np.flatnonzero(plan.cover.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return 0.0
    safe, across, down = timeline.safe, WIDTH / timeline.width, HEIGHT / timeline.height
    beyond = max(
        safe.left / across - columns[0],
        columns[-1] + 1 - safe.right / across,
        safe.top / down - rows[0],
        rows[-1] + 1 - safe.bottom / down,
    )
    return float(beyond * across) if beyond > 1 else 0.0


def _written(writing: Writing, timeline: Timeline, frame: int, ground: int) -> Bytes:
    luma = np.full((timeline.height, timeline.width), ground, np.uint8)
    chroma = [np.full((timeline.height // 2, timeline.width // 2), 128, np.uint8) for _ in range(2)]
    writing.write(frame, Planes(luma, *chroma))
    return luma


def _only(timeline: Timeline, kept: str) -> Timeline:
    """Return the timeline with one kind of writing: `pages`, `title`, `outro` or `watermark`."""
    empty: dict[str, object] = {"pages": (), "title": None, "outro": None, "watermark": None}
    del empty[kept]
    return timeline.model_copy(update=empty)
