"""What a platform with comments can do besides posting.

A reply is a delivery of its own: intended, sent once, found.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.models import Value


class Comment(Value):
    """A comment under one of our posts. `parent_id` is empty for one at the top; `at` carries its zone."""

    id: str
    post_id: str
    parent_id: str = ""
    author_id: str = ""
    author_name: str = ""
    text: str
    at: datetime
    is_ours: bool = False
    can_reply: bool = True


class Talks(Protocol):
    """A platform whose comments we may read and answer."""

    def comments(self, post_id: str, since: datetime) -> list[Comment]:
        """Return the comments under a post since a time, oldest first, ours among them."""
        ...

    def reply(self, comment: Comment, text: str) -> str:
        """Answer a comment once and return the reply's id; raises OutcomeUnknown when the answer was lost."""
        ...

    def find_reply(self, comment: Comment, text: str) -> str | None:
        """Return the id of our reply with this text under a comment, or None when there is none."""
        ...
