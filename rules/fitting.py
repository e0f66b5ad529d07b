"""Texts for a platform: what a reel says beside its video, made to fit within the platform's limits.

The disclosure line always stays. What is too long gives way in this order: sources from the last to the first, the end
of the text, and hashtags only where the text would be left with next to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.errors import BadInput
from core.posting import HASHTAG, MENTION, Limits, TextLimit
from core.text import tidy
from rules.caption_parts import TAG, CaptionParts, read_caption
from rules.graphemes import cut_places

LOOKALIKES = {"<": "‹", ">": "›"}
"""What stands in for a forbidden character; any other becomes a space."""

ELLIPSIS = "…"
LEAST_TEXT = 80
"""Units of text below which hashtags give way too: a sentence tells more than the fifth hashtag."""

LEAST_SHARE = 0.5
"""Share of the room that a cut at the end of a sentence must fill; else the text is cut after a word."""

SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)")
WORD_END = re.compile(r"\S(?=\s)")
DANGLING = " \n,;:–—-("
"""What does not stand before '…'."""


@dataclass(frozen=True)
class Fitted:
    """The texts of a post. `hashtags` stand in the caption's last line; `dropped` says in words what was left out."""

    title: str
    caption: str
    hashtags: tuple[str, ...]
    dropped: tuple[str, ...]


def fit(
    title: str, caption: str, hashtags: Sequence[str], disclosure_line: str, limits: Limits, *, marker: str = ""
) -> Fitted:
    """Return the texts as the platform takes them, the marker behind the hashtags.

    Fitted texts that are fitted again stay as they are. Raises BadInput when there is no disclosure line, or it does
    not fit.
    """
    line = tidy(_allowed(disclosure_line, limits.forbidden))
    _refuse_unlabelled(line, limits, marker)
    parts = read_caption(_allowed(caption, limits.forbidden), line, marker)
    given = replace(parts, hashtags=_tags([*parts.hashtags, *hashtags], parts.text, limits.forbidden))
    numbered = _within_numbers(given, limits, [line, marker])
    fitted = _within_length(numbered, line, marker, limits.caption)
    whole_title = tidy(_allowed(title, limits.forbidden))
    fitted_title = whole_title if limits.title is None else shorten(whole_title, limits.title.most, limits.title)
    dropped = (
        *_replaced("title", title, limits.forbidden),
        *_replaced("caption", caption, limits.forbidden),
        *(["The end of the title was left out."] if fitted_title != whole_title else []),
        *_left_out(given, numbered, fitted),
    )
    return Fitted(fitted_title, fitted.joined(line, marker), fitted.hashtags, dropped)


def shorten(text: str, most: int, limit: TextLimit) -> str:
    """Cut a text to `most` units: at the end of a sentence if that leaves enough, else after a word with '…'.

    No character that a reader sees as one is torn apart. A text without room for anything becomes empty.
    """
    if limit.measure(text) <= most:
        return text
    sentence = _last(text, (match.end() for match in SENTENCE_END.finditer(text)), "", most, limit)
    if limit.measure(sentence) >= most * LEAST_SHARE:
        return sentence
    return (
        _last(text, (match.end() for match in WORD_END.finditer(text)), ELLIPSIS, most, limit)
        or sentence
        or _last(text, cut_places(text), ELLIPSIS, most, limit)
    )


def _last(text: str, places: Iterable[int], end: str, most: int, limit: TextLimit) -> str:
    """Cut at the last of the places that leaves at most `most` units, `end` included; empty where none does."""
    known = [place for place in places if place > 0]
    count = bisect_right(known, most, key=lambda place: limit.measure(text[:place] + end))
    cut = text[: known[count - 1]].rstrip(DANGLING) if count else ""
    return cut + end if cut else ""


def _refuse_unlabelled(line: str, limits: Limits, marker: str) -> None:
    if not line:
        raise BadInput(
            "A post has no line that says it is AI-made.", remedy="Run the reel again from the provenance step."
        )
    least = CaptionParts("").joined(line, marker)
    is_long = limits.caption.measure(least) > limits.caption.most
    if is_long or _count(HASHTAG, [least]) > limits.hashtags or _count(MENTION, [least]) > limits.mentions:
        raise BadInput(
            f"The line that says a post is AI-made does not fit: {limits.caption.most} {limits.caption.unit},"
            f" {limits.hashtags} hashtags and {limits.mentions} mentions are allowed.",
            remedy="Post to a platform that takes longer captions: without that line nothing is posted.",
        )


def _allowed(text: str, forbidden: str) -> str:
    """Replace forbidden characters, and leave out control characters and halves of broken ones."""
    stand_ins = {char: LOOKALIKES.get(char, " ") for char in forbidden}
    table = str.maketrans({char: " " if new in forbidden else new for char, new in stand_ins.items()})
    kept = (char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cs"))
    return "".join(kept).replace("\r\n", "\n").translate(table)


def _tags(tags: Iterable[str], text: str, forbidden: str) -> tuple[str, ...]:
    """Keep what makes a hashtag, the first of those that differ only in capitals, and none that the text has."""
    known = {tag.casefold() for tag in TAG.findall(text)}
    kept: dict[str, str] = {}
    for tag in tags:
        plain = re.sub(r"\W", "", unicodedata.normalize("NFC", _allowed(tag, forbidden)))
        if plain and plain.casefold() not in known:
            kept.setdefault(plain.casefold(), plain)
    return tuple(kept.values())


def _within_numbers(parts: CaptionParts, limits: Limits, fixed: Sequence[str]) -> CaptionParts:
    """Take the sign off mentions and hashtags beyond their number, those of the text first; then drop hashtags."""
    texts = [parts.text, *parts.sources]
    for sign, most in ((MENTION, limits.mentions), (HASHTAG, limits.hashtags)):
        room = most - _count(sign, fixed)
        for number, text in enumerate(texts):
            texts[number] = _without_signs(text, sign, room)
            room -= _count(sign, [texts[number]])
    tags = parts.hashtags[: limits.hashtags - _count(HASHTAG, [*fixed, *texts])]
    return replace(parts, text=texts[0], sources=tuple(texts[1:]), hashtags=tags)


def _without_signs(text: str, sign: re.Pattern[str], most: int) -> str:
    """Keep the first `most` signs; with another goes what stands before it, or '#@name' would become a hashtag."""
    for start in reversed([match.start() for match in sign.finditer(text)][most:]):
        text = text[:start].rstrip("@#") + text[start + 1 :]
    return text


def _within_length(parts: CaptionParts, line: str, marker: str, limit: TextLimit) -> CaptionParts:
    while parts.sources and limit.measure(parts.joined(line, marker)) > limit.most:
        parts = replace(parts, sources=parts.sources[:-1])
    if limit.measure(parts.joined(line, marker)) <= limit.most:
        return parts
    least = min(LEAST_TEXT, limit.measure(parts.text))
    while parts.hashtags and _room(parts, line, marker, limit) < least:
        parts = replace(parts, hashtags=parts.hashtags[:-1])
    return replace(parts, text=shorten(parts.text, _room(parts, line, marker, limit), limit))


def _room(parts: CaptionParts, line: str, marker: str, limit: TextLimit) -> int:
    """Return the units that are left for the text."""
    return limit.most - limit.measure("\n\n" + replace(parts, text="").joined(line, marker))


def _left_out(given: CaptionParts, numbered: CaptionParts, fitted: CaptionParts) -> list[str]:
    found = []
    for what, sign in (("Mentions", MENTION), ("Hashtags in the text", HASHTAG)):
        before, after = ([parts.text, *parts.sources] for parts in (given, numbered))
        if lost := _count(sign, before) - _count(sign, after):
            found.append(f"{what} lost their sign, because there were too many: {lost}.")
    if lost := len(given.sources) - len(fitted.sources):
        found.append(f"{lost} of {len(given.sources)} sources were left out.")
    if tags := given.hashtags[len(fitted.hashtags) :]:
        found.append(f"Hashtags were left out: {', '.join(tags)}.")
    if fitted.text != numbered.text:
        found.append(f"The text was cut from {len(numbered.text)} to {len(fitted.text)} characters.")
    return found


def _replaced(what: str, text: str, forbidden: str) -> list[str]:
    found = sorted(set(text) & set(forbidden))
    return [f"The {what} held {' '.join(found)}, which is not allowed there and was replaced."] if found else []


def _count(sign: re.Pattern[str], texts: Iterable[str]) -> int:
    return sum(len(sign.findall(text)) for text in texts)
