"""Finished parts of reels on disk, named by what they are: segments of video and sound tracks.

A shelf only saves work. What lies on it can be thrown away at any time; the oldest goes first when it is full.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from pathlib import Path

MIB = 1 << 20


class Shelf:
    """A folder of finished parts that holds about `limit_mib` MiB."""

    def __init__(self, folder: Path, limit_mib: int) -> None:
        self.folder, self.limit = folder, limit_mib * MIB
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Return where a part lies or will lie."""
        return self.folder / name

    def take(self, name: str, into: Path) -> bool:
        """Give a part a second name, so that nobody can throw it away under us; False when it is not there."""
        part = self.path(name)
        try:
            os.utime(part)
            _link_or_copy(part, into)
        except FileNotFoundError:
            return False
        return True

    def put(self, part: Path) -> None:
        """Lay a finished file on the shelf under its own name."""
        written = self.path(f"{part.name}.{os.getpid()}-{threading.get_ident()}.part")
        _link_or_copy(part, written)
        written.replace(self.path(part.name))

    def discard(self, name: str) -> None:
        """Throw a part away."""
        self.path(name).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Throw away the parts that were used longest ago until the shelf holds no more than it may."""
        parts = []
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                facts = path.stat()
                parts.append((facts.st_mtime, facts.st_size, path))
        total = sum(size for _, size, _ in parts)
        for _, size, path in sorted(parts):
            if total <= self.limit:
                return
            path.unlink(missing_ok=True)
            total -= size


def _link_or_copy(source: Path, target: Path) -> None:
    """Link a file, or copy it where links are not possible. Raises FileNotFoundError when it is not there."""
    try:
        os.link(source, target)
    except FileExistsError:
        pass  # equal names hold equal bytes
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
