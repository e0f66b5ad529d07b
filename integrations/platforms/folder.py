"""The local gallery: one folder per reel below REELWRIGHT_HOME/gallery, shown by the studio.

    gallery/
      0012-the-octopus-has-three-hearts/   a finished reel: its files and delivery.json
      .incoming-<16 hex digits>/           an upload under way, named after the delivery's key
      .old-<slug>/                         an edition that is just being replaced
      feed.json                            the finished reels as a JSON Feed

A reel becomes public by one rename of its whole folder, so nothing half-written ever stands under its name. When it
replaces an older edition, two renames follow each other and for that instant the name is missing; a crash right
there leaves the old edition in `.old-<slug>`, and the next `finish` or `sweep` puts it back first.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ValidationError

from core.clock import now
from core.errors import BadInput, StorageError
from core.posting import Limits, Numbers, Post, Receipt, Standing, TextLimit
from integrations.platforms.base import FILE_NAMES, Access, SignIn
from integrations.platforms.disk import PART, copy_whole, disk_errors, only_one, remove, sync, write_whole
from integrations.platforms.gallery_feed import SLUG, write_feed

log = logging.getLogger(__name__)

INCOMING, OLD = ".incoming-", ".old-"
HANDLE = re.compile(r"\.incoming-[0-9a-f]{16}")
DELIVERY_NAME = "delivery.json"
NEEDED_ROLES = ("reel", "cover", "facts")
SLUG_LIMIT = 120
"""Longest slug in characters; with `.old-` before it a name stays far below the 255 bytes file systems take."""


class DeliveryNote(BaseModel):
    """The content of delivery.json: whose delivery put the folder there, and which editions it replaced."""

    key: str
    external_id: str
    replaced: tuple[str, ...] = ()


class Folder:
    """Posts reels to the local gallery."""

    name: ClassVar[str] = "folder"
    limits: ClassVar[Limits] = Limits(
        title=TextLimit(most=1000),
        caption=TextLimit(most=100_000),
        hashtags=1000,
        mentions=1000,
        seconds=(0, 86_400),
        largest_mib=1 << 20,
        ratio=(0.01, 100),
        sides=(1, 100_000),
        fps=(1, 1000),
        needs_sound=False,
        highest_rating=5,
    )
    """Wider than anything the factory makes: a gallery of one's own refuses nothing but what it cannot store."""
    replaces: ClassVar[bool] = True
    allows_marks: ClassVar[bool] = True
    needs_account: ClassVar[bool] = False
    needs_consent: ClassVar[bool] = False
    most_beginnings: ClassVar[int] = 3
    sign_in: ClassVar[type[SignIn] | None] = None
    settle_seconds: ClassVar[float] = 0.0
    """How long after a lost answer `find` is worth asking: a rename has happened or not."""

    def __init__(self, access: Access) -> None:
        self.gallery = access.settings.home / "gallery"
        self.studio_url = access.settings.public_studio_url

    def problems(self, post: Post) -> list[str]:
        """Say what keeps this post out of the gallery, one sentence each; empty means acceptable."""
        found = [f"The {name} is empty." for name in ("key", "title") if not getattr(post, name).strip()]
        if not _is_slug(post.slug):
            found.append(
                f"The slug '{post.slug}' cannot name a folder: lower-case letters, digits and single hyphens,"
                f" at most {SLUG_LIMIT} characters."
            )
        found += [f"The file '{role}' is missing." for role in NEEDED_ROLES if role not in post.files]
        for role, path in post.files.items():
            if role not in FILE_NAMES:
                found.append(f"The gallery knows no file '{role}'; it takes: {', '.join(FILE_NAMES)}.")
            elif not path.is_file():
                found.append(f"The file '{role}' is not there: {path}.")
            elif path.stat().st_size == 0:
                found.append(f"The file '{role}' is empty: {path}.")
        return found

    def visibilities(self) -> tuple[str, ...]:
        """Return nothing: nobody must choose who sees a post."""
        return ()

    def begin(self, post: Post) -> str:
        """Make the hidden folder of this upload and return its name; the same key always gives the same name."""
        handle = INCOMING + hashlib.sha256(post.key.encode()).hexdigest()[:16]
        with disk_errors("opening a folder in the gallery"):
            (self.gallery / handle).mkdir(parents=True, exist_ok=True)
        return handle

    def upload(self, post: Post, handle: str) -> None:
        """Copy the files that are missing or of another size; raises StorageError or DiskFull."""
        incoming = self._incoming(handle)
        with disk_errors("opening a folder in the gallery"):
            incoming.mkdir(parents=True, exist_ok=True)  # it may have been swept since `begin`
        for role, source in post.files.items():
            target = incoming / _file_name(role)
            if not source.is_file():
                raise StorageError(
                    f"The file '{role}' of '{post.slug}' has disappeared: {source}.",
                    remedy="Run the reel again from the step `package`; what is finished is not made again.",
                )
            with disk_errors(f"copying the file '{role}' into the gallery"):
                if not target.is_file() or target.stat().st_size != source.stat().st_size:
                    copy_whole(source, target)

    def check(self, post: Post, handle: str) -> Standing:
        """Say how far the post is: shown, also when a newer edition has replaced it since; ready; or incomplete."""
        receipt = self._receipt_in(self._home(post), post)
        if receipt is not None:
            return Standing(state="shown", receipt=receipt)
        absent = self._not_arrived(post, self._incoming(handle))
        return Standing(state="incomplete" if absent else "ready")

    def finish(self, post: Post, handle: str) -> Standing:
        """Show the reel under its slug, in place of an older edition; a repeat changes nothing.

        Raises StorageError when files have not arrived, DiskFull when the note cannot be written.
        """
        incoming, home = self._incoming(handle), self._home(post)
        with only_one(self.gallery):
            self._settle_old()
            receipt = self._receipt_in(home, post)
            with disk_errors(f"showing '{post.slug}' in the gallery"):
                if receipt is None:
                    self._check_arrived(post, incoming)
                    receipt = self._show(post, incoming, home)
                else:
                    remove(incoming)
            self._refresh_feed()
        return Standing(state="shown", receipt=receipt)

    def find(self, post: Post, handle: str) -> Standing:
        """Say how far the post is, as `check` does: the gallery itself knows at any time."""
        return self.check(post, handle)

    def dress(self, post: Post, receipt: Receipt) -> None:
        """Do nothing: cover and captions are among the files."""

    def numbers(self, ids: Sequence[str]) -> dict[str, Numbers]:
        """Return nothing: the gallery does not count who looks."""
        return {}

    def sweep(self, older_than: timedelta) -> int:
        """Delete uploads that nobody touched for so long, mend what a crash left, and return how many went.

        An upload that is swept and wanted after all is simply copied again by the next `upload`.
        """
        if not self.gallery.is_dir():
            return 0
        oldest = (now() - older_than).timestamp()
        with only_one(self.gallery), disk_errors("sweeping the gallery"):
            self._settle_old()
            stale = [path for path in self.gallery.glob(f"{INCOMING}*") if _last_touched(path) <= oldest]
            stale += [path for path in self.gallery.glob(f"{PART}*") if path.lstat().st_mtime <= oldest]
            for path in stale:
                remove(path)
            self._refresh_feed()
        return len(stale)

    def _show(self, post: Post, incoming: Path, home: Path) -> Receipt:
        older = _read_note(home)
        note = DeliveryNote(
            key=post.key,
            external_id=post.slug,
            replaced=(*older.replaced, older.key) if older else (),
        )
        for part in incoming.glob(f"{PART}*"):  # of writers that were killed
            remove(part)
        write_whole(incoming / DELIVERY_NAME, json.dumps(note.model_dump(mode="json"), indent=2) + "\n")
        sync(incoming)
        aside = self.gallery / f"{OLD}{post.slug}"
        if os.path.lexists(home):
            home.rename(aside)
        incoming.rename(home)
        sync(self.gallery)
        self._settle_old()
        return self._receipt(post)

    def _settle_old(self) -> None:
        """Put an old edition back where a crash left no edition, delete it where the new one stands."""
        for aside in self.gallery.glob(f"{OLD}*"):
            home = self.gallery / aside.name.removeprefix(OLD)
            try:
                if os.path.lexists(home):
                    remove(aside)
                else:
                    aside.rename(home)
            except OSError as exc:  # the reel itself is not at risk; the next finish or sweep tries again
                log.warning("Old edition %s could not be settled: %s", aside.name, exc)

    def _not_arrived(self, post: Post, incoming: Path) -> list[str]:
        return [role for role in post.files if not (incoming / _file_name(role)).is_file()]

    def _check_arrived(self, post: Post, incoming: Path) -> None:
        absent = self._not_arrived(post, incoming)
        if absent:
            raise StorageError(
                f"'{post.slug}' cannot be shown, these files have not arrived: {', '.join(absent)}.",
                remedy="Upload them again, then finish.",
            )

    def _refresh_feed(self) -> None:
        """Write the feed anew; a failure is only logged, because the reels themselves are out."""
        try:
            write_feed(self.gallery, self.studio_url)
        except OSError as exc:
            log.warning("The gallery's feed could not be written: %s. The next finish or sweep does it.", exc)

    def _receipt_in(self, home: Path, post: Post) -> Receipt | None:
        with disk_errors(f"looking for '{post.slug}' in the gallery"):
            note = _read_note(home)
        return self._receipt(post) if note and post.key in (note.key, *note.replaced) else None

    def _receipt(self, post: Post) -> Receipt:
        return Receipt(external_id=post.slug, url=f"{self.studio_url}/reels/{post.slug}")

    def _home(self, post: Post) -> Path:
        if not _is_slug(post.slug):
            raise BadInput(f"The slug '{post.slug}' cannot name a folder of the gallery.")
        return self.gallery / post.slug

    def _incoming(self, handle: str) -> Path:
        if not HANDLE.fullmatch(handle):
            raise BadInput(f"'{handle}' is no handle of the gallery.", remedy="Begin the delivery anew.")
        return self.gallery / handle


def _is_slug(slug: str) -> bool:
    return len(slug) <= SLUG_LIMIT and SLUG.fullmatch(slug) is not None


def _file_name(role: str) -> str:
    try:
        return FILE_NAMES[role]
    except KeyError as exc:
        raise BadInput(f"The gallery knows no file '{role}'; it takes: {', '.join(FILE_NAMES)}.") from exc


def _read_note(home: Path) -> DeliveryNote | None:
    """Return the note in a folder, or None when there is none or a hand has broken it."""
    try:
        return DeliveryNote.model_validate_json((home / DELIVERY_NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None


def _last_touched(folder: Path) -> float:
    entries = folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ()
    touched: float = max(path.lstat().st_mtime for path in (folder, *entries))
    return touched
