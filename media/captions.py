"""Which words stand on screen together and when; subtitles as files. No drawing.

The words are the script's own, letter for letter: timing may come from anywhere, text never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from core.models import Word
from media.timeline import CaptionPage, Timeline

MOST_WORDS = 4
LINE_LETTERS = 20
"""Letters that fit on a line at a size that is read at a glance."""
SHORTEST = 0.2
"""A page that stands for less than this many seconds is not read."""
CLOSED_GAP = 0.3
"""Between pages nearer than this the first stays, so that the captions do not blink."""
LINGER = 0.2
"""A page before a longer pause stays this much after its last word."""

SENTENCE_ENDS, PAUSES = frozenset(".!?…"), frozenset(",;:—–")
CLOSERS = "\"'”’»)]"

IMPOSSIBLE = 1e6


def pages(words: Sequence[Word]) -> tuple[CaptionPage, ...]:
    """Group the words of one spoken line, timed from the start of the reel, into pages.

    Of all ways to cut the line the cheapest is taken; `_cost` says what is dear.
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(words) + 1):
        starts = range(max(0, end - MOST_WORDS), end)
        best.append(min((best[start][0] + _cost(words, start, end), start) for start in starts))
    groups: list[Sequence[Word]] = []
    end = len(words)
    while end:
        start = best[end][1]
        groups.append(words[start:end])
        end = start
    return tuple(CaptionPage(words=tuple(group), start=group[0].start, end=_end(group)) for group in reversed(groups))


def without_gaps(shown: Sequence[CaptionPage], end: float) -> tuple[CaptionPage, ...]:
    """Let pages follow each other without blinking, overlapping or flashing by, none after `end` seconds."""
    closed: list[CaptionPage] = []
    at = 0.0
    for number, page in enumerate(shown):
        start = max(page.start, at)
        following = shown[number + 1].start if number + 1 < len(shown) else end
        stop = max(page.end, start + SHORTEST)
        stop = following if following - stop < CLOSED_GAP + LINGER else stop + LINGER
        at = max(stop, start + SHORTEST)
        closed.append(page.model_copy(update={"start": round(start, 3), "end": round(at, 3)}))
    return tuple(closed)


def active_word(page: CaptionPage, second: float) -> int:
    """Return which word of the page is being spoken: the last one that has begun."""
    return max((number for number, word in enumerate(page.words) if word.start <= second), default=0)


def page_at(timeline: Timeline, frame: int) -> int | None:
    """Return the number of the page that is drawn at a frame, if any.

    What the title card says at that moment is not drawn a second time; subtitles still carry it.
    """
    second = frame / timeline.fps
    for number, page in enumerate(timeline.pages):
        if page.start <= second < page.end:
            return None if _title_says(timeline, page) else number
    return None


def to_srt(timeline: Timeline) -> str:
    """Write the captions as SubRip. A word joiner keeps players from reading text as a tag or an arrow."""
    blocks = []
    for number, page in enumerate(timeline.pages, start=1):
        text = _line(page).replace("<", "<\u2060").replace("{", "{\u2060").replace("-->", "--\u2060>")
        blocks.append(f"{number}\n{_clock(page.start, ',')} --> {_clock(page.end, ',')}\n{text}\n")
    return "\n".join(blocks)


def to_vtt(timeline: Timeline) -> str:
    """Write the captions as WebVTT."""
    blocks = ["WEBVTT\n"]
    for page in timeline.pages:
        text = _line(page).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{_clock(page.start, '.')} --> {_clock(page.end, '.')}\n{text}\n")
    return "\n".join(blocks)


def ends_sentence(word: str) -> bool:
    """Tell whether a sentence ends with this word."""
    return word.rstrip(CLOSERS)[-1:] in SENTENCE_ENDS


def ends_phrase(word: str) -> bool:
    """Tell whether the voice pauses after this word."""
    return word.rstrip(CLOSERS)[-1:] in SENTENCE_ENDS | PAUSES


def _cost(words: Sequence[Word], start: int, end: int) -> float:
    """Say how bad a page is: alone-standing words, crowded lines, breaks against the sense, flashing by."""
    page = words[start:end]
    letters = sum(len(word.text) + 1 for word in page) - 1
    if len(page) > 1 and not _fits(page):
        return IMPOSSIBLE
    cost = {1: 2.0 if letters < 10 else 0.9, 2: 0.2, 3: 0.0, 4: 0.4}[len(page)]
    cost += 0.3 if letters > LINE_LETTERS else 0.0
    for before, after in pairwise(page):
        cost += 4.0 if ends_sentence(before.text) else 1.2 if ends_phrase(before.text) else 0.0
        cost += 1.5 if after.start - before.end > CLOSED_GAP else 0.0
    if end < len(words):
        if not ends_phrase(page[-1].text):
            cost += 0.5 + (0.4 if len(page[-1].text) <= 3 else 0.0)  # "of the | sea" reads worse than "of | the sea"
        if words[end].start - page[0].start < SHORTEST:
            cost += 10.0
    return cost


def _fits(page: Sequence[Word]) -> bool:
    """Tell whether the words fit on two lines."""
    texts = [word.text for word in page]
    return any(
        len(" ".join(texts[:cut])) <= LINE_LETTERS and len(" ".join(texts[cut:])) <= LINE_LETTERS
        for cut in range(len(texts) + 1)
    )


def _end(group: Sequence[Word]) -> float:
    return max(group[-1].end, group[0].start + 0.001)


def _title_says(timeline: Timeline, page: CaptionPage) -> bool:
    """Tell whether the title stands on screen with the same words when the page begins."""
    title = timeline.title
    if title is None or not title.start <= page.start * timeline.fps < title.start + title.frames:
        return False
    return f" {_line(page)} " in f" {' '.join(title.text.split())} "


def _line(page: CaptionPage) -> str:
    return " ".join(" ".join(word.text for word in page.words).split())


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"
