"""Checks that words and caption pages run forwards, one after the other, inside the reel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from media.findings import Finding, finding
from media.timeline import Timeline

WORD_SLACK = 0.001
REMEDY = "Make the voice again; its word times cannot be used."


def check_words(timeline: Timeline) -> Iterator[Finding]:
    """Say which times of words or pages contradict each other."""
    words = [word for page in timeline.pages for word in page.words]
    times = [(f"“{word.text}”", word.start, word.end) for word in words]
    times += [(f"page {number}", page.start, page.end) for number, page in enumerate(timeline.pages, start=1)]
    for name, start, end in times:
        if end < start:
            yield finding("caption-backwards", f"{name} ends at {end:.3f} s, before its start {start:.3f} s", REMEDY)
        if end > timeline.seconds + WORD_SLACK:
            yield finding("caption-outside", f"{name} ends at {end:.3f} s of {timeline.seconds:.3f} s", REMEDY)
    for before, after in pairwise(words):
        if after.start < before.end - WORD_SLACK:
            overlap = before.end - after.start
            yield finding(
                "caption-overlap", f"“{after.text}” begins {overlap:.3f} s before “{before.text}” ends", REMEDY
            )
    for first, second in pairwise(timeline.pages):
        if second.start < first.end - WORD_SLACK:
            yield finding("page-overlap", f"two pages stand together at {second.start:.3f} s", REMEDY)
