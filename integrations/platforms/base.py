"""What a publishing platform looks like to a delivery.

A delivery calls the steps in this order and writes down what came back before it takes the next one:

    problems -> begin (handle saved) -> upload (as often as needed) -> finish (once) -> done(external_id, url)

After a crash or a lost answer it asks `find` first. All steps but `finish` may be repeated without harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Protocol

from core.models import Value
from core.settings import Settings

FILE_NAMES: Mapping[str, str] = {
    "reel": "reel.mp4",
    "preview": "preview.mp4",
    "cover": "cover.jpg",
    "contact_sheet": "contact-sheet.jpg",
    "captions_srt": "captions.srt",
    "captions_vtt": "captions.vtt",
    "facts": "facts.json",
}
"""Roles of a post's files, and the name each file travels under."""


class Post(Value):
    """One reel on its way to one account: its texts and its files by role.

    `key` is the unique key of the delivery; `slug` names the reel in addresses and folders. What a platform
    cannot accept is told by its `problems`, not refused here.
    """

    key: str
    slug: str
    title: str
    caption: str
    language: str
    character: str
    files: Mapping[str, Path]


class Receipt(Value):
    """Proof that a post is out: the platform's own id and the address a browser finds it at."""

    external_id: str
    url: str


class Platform(Protocol):
    """Posts reels to one place.

    `replaces` says what a newer edition of a reel does: True when it takes the place of the older one (a gallery of
    one's own), False when it would stand beside it (public platforms). `allows_marks` says whether a watermark and an
    outro may be burnt into the picture; where they may not, the unmarked edition of the reel is posted.
    """

    name: ClassVar[str]
    replaces: ClassVar[bool]
    allows_marks: ClassVar[bool]

    def __init__(self, settings: Settings) -> None: ...

    def problems(self, post: Post) -> list[str]:
        """Say what the platform would surely refuse, one sentence each; empty means acceptable. Sends nothing."""
        ...

    def begin(self, post: Post) -> str:
        """Open an upload and return its handle, which the caller saves at once."""
        ...

    def upload(self, post: Post, handle: str) -> None:
        """Send the files that have not arrived yet; may be repeated until it succeeds."""
        ...

    def finish(self, post: Post, handle: str) -> Receipt:
        """Make the post public: the one call that cannot be taken back."""
        ...

    def find(self, post: Post, handle: str) -> Receipt | None:
        """Say whether the post is out; None when it surely is not."""
        ...
