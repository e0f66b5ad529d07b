"""The little Markdown that a brief may use inside its facts, reduced to the text that is spoken."""

from __future__ import annotations

import re

LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]*)(?:\s+\"[^\"]*\")?\)")
EMPHASIS = (
    re.compile(r"\*\*(?=\S)([^*]+)(?<=\S)\*\*"),
    re.compile(r"(?<!\w)__(?=\S)([^_]+)(?<=\S)__(?!\w)"),
    re.compile(r"(?<![\w*])\*(?=\S)([^*]+)(?<=\S)\*(?![\w*])"),
    re.compile(r"(?<!\w)_(?=\S)([^_]+)(?<=\S)_(?!\w)"),
    re.compile(r"`([^`]+)`"),
)
MARKER = re.compile(r"\s*\[\s*([0-9]{1,4}(?:\s*,\s*[0-9]{1,4})*)\s*\]")


def plain(text: str) -> str:
    """Reduce links and emphasis to their text; everything else, markup for captions too, stays as it is."""
    text = LINK.sub(_link_text, text)
    for pattern in EMPHASIS:
        text = pattern.sub(r"\1", text)
    return text


def split_markers(text: str) -> tuple[str, tuple[int, ...]]:
    """Part a fact from its source markers: 'Blue. [1][2, 3]' gives ('Blue.', (1, 2, 3))."""
    numbers = [int(number) for group in MARKER.findall(text) for number in group.split(",")]
    return MARKER.sub("", text), tuple(dict.fromkeys(numbers))


def _link_text(match: re.Match[str]) -> str:
    text = match.group(1)
    return f"[{text}]" if MARKER.fullmatch(f"[{text}]") else text  # a linked marker is still a marker
