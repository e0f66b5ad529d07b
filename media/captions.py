"""Which words stand on screen together and when; subtitles as files. No drawing.

The words are the script's own, letter for letter: timing may come from anywhere, text never does. Japanese, which
has no spaces, may come in words as long as a sentence; they are cut into phrases.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from core.models import Word
from media.japanese import NEVER_FIRST, is_japanese, joined, phrases
from media.timeline import CaptionPage, Timeline

MOST_WORDS = 4
LINE_LETTERS = 20
"""Letters that fit on a line at a size that is read at a glance; kana, kanji and emoji take the room of two."""
PHRASE = 8
"""Japanese words of more characters than this are cut into phrases."""
SHORTEST = 0.2
"""A page that stands for less than this many seconds is not read."""
CLOSED_GAP = 0.3
"""Between pages nearer than this the first stays, so that the captions do not blink."""
LINGER = 0.2
"""A page before a longer pause stays this much after its last word."""

SENTENCE_ENDS, PAUSES = frozenset(".!?…。！？"), frozenset(",;:—–、，；：・")
CLOSERS = "\"'”’»)]」』）】》〉"

IMPOSSIBLE = 1e6


def pages(words: Sequence[Word]) -> tuple[CaptionPage, ...]:
    """Group the words of one spoken line, timed from the start of the reel, into pages.

    Of all ways to cut the line the cheapest is taken; `_cost` says what is dear.
    """
    words = [part for word in words for part in _phrased(word)]
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
    """Let pages follow each other without blinking, overlapping or flashing by, none after `end` seconds.

    Where times leave no room for all of them, they share what there is.
    """
    spans: list[tuple[float, float]] = []
    shortest = min(SHORTEST, end / max(len(shown), 1))
    at = 0.0
    for number, page in enumerate(shown):
        start = round(max(page.start, at), 3)
        following = shown[number + 1].start if number + 1 < len(shown) else end
        stop = max(page.end, start + shortest)
        stop = following if following - stop < CLOSED_GAP + LINGER else stop + LINGER
        at = round(max(stop, start + shortest), 3)
        spans.append((start, at))
    for number in range(len(spans) - 1, -1, -1):  # what was pushed beyond the end pushes back
        stop = round(min(spans[number][1], end), 3)
        spans[number] = (round(max(min(spans[number][0], stop - shortest), 0.0), 3), stop)
        end = spans[number][0]
    return tuple(
        page.model_copy(update={"start": start, "end": stop}) for page, (start, stop) in zip(shown, spans, strict=True)
    )


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
    """Write the captions as WebVTT, with a note saying where the word times come from."""
    blocks = ["WEBVTT\n", f"NOTE Word times: {timeline.timing}\n"]
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
    letters = _letters(page)
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
        if words[end].text[:1] in NEVER_FIRST:
            cost += 8.0  # a mark that stands by itself, such as the French "!", belongs to the word before it
    return cost


def _fits(page: Sequence[Word]) -> bool:
    """Tell whether the words fit on two lines."""
    cuts = range(len(page) + 1)
    return any(_letters(page[:cut]) <= LINE_LETTERS and _letters(page[cut:]) <= LINE_LETTERS for cut in cuts)


def _letters(page: Sequence[Word]) -> int:
    """Count the letters of words on one line, by the room they take."""
    text = joined([word.text for word in page])
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _phrased(word: Word) -> list[Word]:
    """Cut a long Japanese word into phrases, each with its share of the time."""
    if len(word.text) <= PHRASE or not any(is_japanese(char) for char in word.text):
        return [word]
    parts = phrases(word.text, PHRASE)
    second = (word.end - word.start) / len(word.text)
    at, found = word.start, []
    for part in parts:
        end = min(at + len(part) * second, word.end)
        found.append(Word(text=part, start=round(at, 3), end=round(end, 3)))
        at = end
    return found


def _end(group: Sequence[Word]) -> float:
    return max(group[-1].end, group[0].start + 0.001)


def _title_says(timeline: Timeline, page: CaptionPage) -> bool:
    """Tell whether the title stands on screen with the same words when the page begins."""
    title = timeline.title
    if title is None or not title.start <= page.start * timeline.fps < title.start + title.frames:
        return False
    words, said = [word.text for word in page.words], joined(title.text.split())
    return f" {joined(words)} " in f" {said} " or (is_japanese(words[0][0]) and joined(words) in said)


def _line(page: CaptionPage) -> str:
    return " ".join(joined([word.text for word in page.words]).split())


def _clock(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"
