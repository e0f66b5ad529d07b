"""What a check says when something is wrong with a reel."""

from __future__ import annotations

from core.models import Slug, Value

RENDER_AGAIN = "Render the reel again; if it stays, the encoding settings in media/ have changed."


class Finding(Value):
    """Something wrong with a reel: which check, the measure that shows it (number and unit), what to do."""

    name: Slug
    measure: str
    remedy: str


def finding(name: str, measure: str, remedy: str) -> Finding:
    """Return a finding; every name a check can give stands in such a call, so that they can be listed."""
    return Finding(name=name, measure=measure, remedy=remedy)
