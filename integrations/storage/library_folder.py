"""The library as a folder on this machine, which nginx or the studio shows to the world.

Its files lie as `ab/abcdef….mp4`, readable by everybody, so that STORAGE_PUBLIC_URL only needs to point at the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from core.errors import StorageError
from integrations.storage.base import (
    NAME,
    LibraryOptions,
    checked_size,
    is_older,
    public_link,
    remove_abandoned,
    sha256_of,
)
from integrations.storage.folder import chunks_of, digest, storage_errors, write_whole


class LibraryFolder:
    """Finished files below one folder."""

    name = "folder"

    def __init__(self, options: LibraryOptions) -> None:
        self._options, self._root = options, options.folder
        self.place = str(options.folder)

    def put(self, source: Path, name: str, sha256: str) -> None:
        """Copy a file into the folder; one that is there and whole stays untouched."""
        size = checked_size(source, sha256)
        if not self.has(name, sha256, size):
            write_whole(self._path(name), chunks_of(source), sha256)

    def get(self, name: str, target: Path) -> None:
        """Copy a stored file to `target`, comparing its bytes."""
        path = self._path(name)
        if not path.is_file():
            raise StorageError(
                f"{path} is not there.", remedy="Bring the folder back from a backup, or rerun the reel."
            )
        write_whole(target, chunks_of(path), sha256_of(name))

    def has(self, name: str, sha256: str, size: int) -> bool:
        """Say whether the file is there, reading all its bytes."""
        path = self._path(name)
        with storage_errors(path):
            return path.is_file() and digest(path) == (sha256, size)

    def url(self, name: str, seconds: int | None) -> str:
        """Return the address of the file below STORAGE_PUBLIC_URL, else at the studio; it never ends."""
        link = public_link(self._options, name)
        assert link is not None, "a folder always has an address"
        return link

    def delete(self, name: str) -> None:
        """Remove a file from the folder."""
        with storage_errors(self._path(name)):
            self._path(name).unlink(missing_ok=True)

    def names(self, older_than: timedelta) -> Iterator[str]:
        """Yield the names of the files that were written longer ago."""
        with storage_errors(self._root):
            for path in sorted(self._root.glob("*/*")):
                name = path.relative_to(self._root).as_posix()
                if NAME.fullmatch(name) and is_older(path, older_than):
                    yield name

    def clear_abandoned(self, older_than: timedelta) -> int:
        """Remove half-written files of longer ago."""
        return remove_abandoned(self._root, older_than)

    def _path(self, name: str) -> Path:
        sha256_of(name)  # a name cannot lead out of the folder
        return self._root / name
