"""White space in texts that people write."""

from __future__ import annotations

import re

SPACE = re.compile(r"[^\S\u00a0\u202f]+")


def tidy(text: str) -> str:
    """Make every run of white space one space and trim the ends; no-break spaces inside are kept."""
    return SPACE.sub(" ", text).strip()
