"""Whether a post repeats an earlier one of the same account: its title, its words or its pictures.

Platforms call repeats mass production and show them to fewer people, so a person should look first. Words are compared
by their shingles: all runs of three words, of which one changed word breaks three. Pure: how alike pictures are is
handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.posts import DISCLOSURES
from rules.caption_parts import read_caption
from rules.wording import bare, words_of

RUN = 3
"""Words of a shingle. Two words are often chance; of four, a single changed word breaks too many."""

FEWEST_RUNS = 12
"""Shingles a text must have to be judged: two short sentences."""

SAME_TEXT = 0.2
"""Shared shingles among all of both (Jaccard) from which texts are the same. Measured: scripts against themselves with
every fifth word replaced 0.24 to 0.29; different briefs of the examples told by one writer 0.04 at most."""

WITHIN_TEXT = 0.6
"""Shared shingles among those of the shorter text from which it is part of the longer one."""

SAME_PICTURES = 0.6
"""Share of moments seen before from which pictures are the same; the check before publishing holds a reel at it too."""

SHORTEST_TITLE = 3
"""Words from which on an equal title is no chance."""

LONG_WORD = re.compile(r"\w{5,}")
"""Words that tell a topic; the shorter ones are the same in every text of a language."""

SHARED_WORDS = 0.3
"""Long words in common, among those of the shorter text, below which shingles are not even counted: this is quicker.
Measured: with every third word replaced 0.6 at least, different briefs 0.2 at most."""

DISCLOSURE = re.compile(
    "|".join(re.escape(line).replace(re.escape("{name}"), ".{1,80}?") for line in DISCLOSURES.values())
)
HASHTAG = re.compile(r"#\w+")


@dataclass(frozen=True)
class PostPrint:
    """What is compared of a post: its texts as they were posted and spoken, under a label for the operator."""

    label: str
    title: str
    caption_text: str
    script_text: str


@dataclass(frozen=True)
class Similar:
    """The earlier post that is most alike, in what, and how much of it, 0 to 1."""

    label: str
    what: Literal["title", "words", "pictures"]
    share: float

    def __str__(self) -> str:
        if self.what == "title":
            return f"{self.label} has the same title."
        return f"{self.share:.0%} of the {self.what} are those of {self.label}."


def too_similar(
    candidate: PostPrint, earlier: Sequence[PostPrint], pictures: Mapping[str, float] | None = None
) -> Similar | None:
    """Return the earlier post of this account that the candidate repeats; None when it repeats none.

    `pictures` says by label how alike the pictures are, 0 to 1; posts that are not in it are compared by their words.
    """
    looks = pictures or {}
    found = [
        *(Similar(each.label, "words", share) for each, share in _alike(candidate, earlier)),
        *(Similar(label, "pictures", share) for label, share in looks.items() if share >= SAME_PICTURES),
        *(Similar(each.label, "title", 1.0) for each in earlier if _same_title(candidate.title, each.title)),
    ]
    return max(found, key=lambda similar: similar.share, default=None)


def _alike(candidate: PostPrint, earlier: Sequence[PostPrint]) -> list[tuple[PostPrint, float]]:
    """Return the posts that say the same, each with its share of shared shingles."""
    words, runs = _long_words(candidate), _runs(candidate)
    likely = [each for each in earlier if _share(words, _long_words(each)) >= SHARED_WORDS]
    return [(each, share) for each in likely if (share := _repeated(runs, _runs(each)))]


def _repeated(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """Return which share of the shorter text stands in the other one; 0 when that is no repetition."""
    if min(len(one), len(other)) < FEWEST_RUNS:
        return 0.0
    shared = len(one & other)
    is_repeated = shared >= SAME_TEXT * len(one | other) or shared >= WITHIN_TEXT * min(len(one), len(other))
    return shared / min(len(one), len(other)) if is_repeated else 0.0


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _long_words(post: PostPrint) -> set[str]:
    return set(LONG_WORD.findall(f"{post.title} {post.script_text or post.caption_text}".casefold()))


def _runs(post: PostPrint) -> set[tuple[str, ...]]:
    """Return all runs of three words, none across two paragraphs; sources, hashtags and the AI label are left out."""
    told = DISCLOSURE.sub("\n", HASHTAG.sub("\n", read_caption(post.caption_text).text))
    runs: set[tuple[str, ...]] = set()
    for text in (post.title, *told.split("\n"), post.script_text):
        words = [bare(word) for word in words_of(text)]
        runs.update(zip(*(words[start:] for start in range(RUN)), strict=False))
    return runs


def _same_title(one: str, other: str) -> bool:
    words = [bare(word) for word in words_of(one)] if one and len(one.split()) >= SHORTEST_TITLE else []
    return bool(words) and words == [bare(word) for word in words_of(other)]
