"""The gallery as the studio sees it: finished folders with facts, and the few files a browser may have.

The folders are written by the platform `folder`, which shows a reel by one rename. Whatever has a name of another
form (uploads under way, old editions, strangers) does not exist here.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from studio.facts import FACTS_LIMIT_BYTES, Facts, parse_facts

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LIMIT = 120

MEDIA_TYPES = {
    "reel.mp4": "video/mp4",
    "preview.mp4": "video/mp4",
    "cover.jpg": "image/jpeg",
    "contact-sheet.jpg": "image/jpeg",
    "captions.srt": "application/x-subrip",
    "captions.vtt": "text/vtt",
    "facts.json": "application/json",
}
"""The only files that are served, and as what. Their names are the ones the platform `folder` gives them."""

FEED_NAME = "feed.json"
BEFORE_ALL = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Reel:
    """A finished reel: its facts, its files with their sizes in bytes, and a mark that changes with its edition."""

    slug: str
    facts: Facts
    files: dict[str, int]
    edition: str

    def address(self, name: str) -> str:
        """Return where a file is served; the edition in it lets browsers keep the file for long."""
        return f"/files/{self.slug}/{name}?v={self.edition}"


@dataclass(frozen=True)
class Listing:
    """All finished reels, newest first, and the slugs of those whose facts are broken."""

    reels: tuple[Reel, ...]
    broken: tuple[str, ...]

    @property
    def total_bytes(self) -> int:
        """The size of all files of the listed reels."""
        return sum(sum(reel.files.values()) for reel in self.reels)


class Gallery:
    """Reads the gallery folder; remembers what it has read until a folder or its facts change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, tuple[str, Reel | None]] = {}

    def listing(self) -> Listing:
        """Return every reel; an absent gallery is an empty one. Raises OSError when the folder cannot be read."""
        entries = {path.name: self._entry(path) for path in self._folders()}
        self._read = entries
        reels = [reel for _, reel in entries.values() if reel]
        reels.sort(key=lambda reel: (reel.facts.made_at or BEFORE_ALL, reel.facts.reel or 0, reel.slug), reverse=True)
        return Listing(tuple(reels), tuple(sorted(slug for slug, (_, reel) in entries.items() if reel is None)))

    def reel(self, slug: str) -> Reel | None:
        """Return one reel, or None when there is none of this slug with readable facts."""
        home = self._home(slug)
        return self._entry(home)[1] if home else None

    def file(self, slug: str, name: str) -> Path | None:
        """Return the path of a file that may be served; None for everything else, links included."""
        home = self._home(slug)
        if home is None or name not in MEDIA_TYPES:
            return None
        return home / name if _is_plain_file(home / name) else None

    def feed(self) -> Path | None:
        """Return the path of the feed, or None when nothing was ever posted."""
        path = self.folder / FEED_NAME
        return path if _is_plain_file(path) else None

    def _folders(self) -> Iterator[Path]:
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return
        for name in names:
            if home := self._home(name):
                yield home

    def _home(self, slug: str) -> Path | None:
        if len(slug) > SLUG_LIMIT or not SLUG.fullmatch(slug):
            return None
        home = self.folder / slug
        return home if home.is_dir() and not home.is_symlink() else None

    def _entry(self, home: Path) -> tuple[str, Reel | None]:
        """Return a mark of the folder's state and its reel, None in its place when the facts are broken."""
        edition = ""
        try:
            facts_stat = (home / "facts.json").lstat()
            edition = f"{home.stat().st_mtime_ns:x}-{facts_stat.st_mtime_ns:x}-{facts_stat.st_size:x}"
            known = self._read.get(home.name)
            if known and known[0] == edition:
                return known
            if facts_stat.st_size > FACTS_LIMIT_BYTES or not _is_plain_file(home / "facts.json"):
                return edition, None
            facts = parse_facts((home / "facts.json").read_bytes())
            files = {name: (home / name).stat().st_size for name in MEDIA_TYPES if _is_plain_file(home / name)}
        except OSError:
            return edition, None
        return edition, Reel(home.name, facts, files, edition) if facts else None


def _is_plain_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
