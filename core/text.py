"""White space in texts that people write, and addresses in texts that services answer."""

from __future__ import annotations

import re

SPACE = re.compile(r"[^\S\u00a0\u202f]+")
QUERY = re.compile(r"(https?://[^\s\"'<>?]*)\?[^\s\"'<>]*|(?<=[\w/])\?[^\s\"'<>]*=[^\s\"'<>]*")
"""The query of an address, whole or without its host: it may be its signature, or hold a key."""


def tidy(text: str) -> str:
    """Make every run of white space one space and trim the ends; no-break spaces inside are kept."""
    return SPACE.sub(" ", text).strip()


def without_queries(text: str) -> str:
    """Cut the queries off all addresses in a text, which are as good as a password to what they name."""
    return QUERY.sub(r"\1?…", text)
