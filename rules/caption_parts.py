"""The parts of a caption as `core.posts` and `rules.fitting` write it: text, sources, disclosure line, hashtags."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.posts import SOURCES_HEADINGS
from core.text import tidy

TAG = re.compile(r"(?<!\w)#(\w+)")
HEADINGS = frozenset(heading.casefold() for heading in SOURCES_HEADINGS.values())


@dataclass(frozen=True)
class CaptionParts:
    """A caption taken apart: paragraphs of text, the sources under their heading, hashtags without '#'."""

    text: str
    heading: str = ""
    sources: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()

    def joined(self, disclosure_line: str, marker: str = "") -> str:
        """Write the caption with its disclosure line, and the marker behind the hashtags."""
        listed = "\n".join([self.heading, *self.sources]) if self.sources else ""
        ending = " ".join([*(f"#{tag}" for tag in self.hashtags), marker]).strip()
        return "\n\n".join(part for part in (self.text, listed, disclosure_line, ending) if part)


def read_caption(caption: str, disclosure_line: str = "", marker: str = "") -> CaptionParts:
    """Take a caption apart; disclosure line and marker are left out, wherever they stand."""
    lines = [tidy(line) for line in caption.split("\n")]
    if disclosure_line:
        said = re.compile(rf"(?<!\w){re.escape(disclosure_line)}(?!\w)")
        lines = [tidy(part) for line in lines for part in said.split(line) if part or not line]
    text: list[str] = []
    sources: list[str] = []
    heading, tags = "", []
    for paragraph in _paragraphs(lines):
        words = " ".join(paragraph).split()
        if paragraph[0].casefold() in HEADINGS:
            heading = heading or paragraph[0]
            sources += paragraph[1:]
        elif all(word == marker or TAG.fullmatch(word) for word in words):
            tags += [word[1:] for word in words if word != marker]
        else:
            text.append("\n".join(paragraph))
    return CaptionParts("\n\n".join(text), heading, tuple(sources), tuple(tags))


def _paragraphs(lines: list[str]) -> list[list[str]]:
    """Group lines between empty ones."""
    blocks = "\n".join(lines).split("\n\n")
    return [[line for line in block.split("\n") if line] for block in blocks if block.strip("\n")]
