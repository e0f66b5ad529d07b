"""Keeps finished files in a folder, each named by the SHA-256 of its bytes.

A file is copied to a temporary name, flushed to the disk and renamed, so that a name always stands for
whole and right bytes, whatever happens meanwhile.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import DiskFull, StorageError

CHUNK = 1 << 20

INCOMING = ".incoming-"
"""How the names of files begin that are still being written."""


class AssetFolder:
    """Files below `root`, as `ab/abcdef….jpg`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str, suffix: str) -> Path:
        """Return where a stored file lies."""
        return self.root / sha256[:2] / f"{sha256}{suffix}"

    def has(self, sha256: str, suffix: str, size: int) -> bool:
        """Say whether a stored file is still there in its full size."""
        try:
            return self.path(sha256, suffix).stat().st_size == size
        except FileNotFoundError:
            return False

    def put(self, source: Path) -> tuple[str, int]:
        """Store a copy of `source` and return its SHA-256 and size in bytes.

        Raises DiskFull, StorageError, or StorageError for an empty file.
        """
        with storage_errors(self.root):
            sha256, size = digest(source)
            if size == 0:
                raise StorageError(f"{source.name} is empty.", remedy="Rerun the step that made it.")
            target = self.path(sha256, source.suffix)
            if self.has(sha256, source.suffix, size):
                return sha256, size
            write_whole(target, chunks_of(source), sha256)
            return sha256, size


def write_whole(target: Path, chunks: Iterable[bytes], sha256: str) -> None:
    """Write the chunks to a temporary file, compare the SHA-256, flush to the disk, and rename it to `target`.

    Raises StorageError when the bytes are not those of the SHA-256, and DiskFull; then nothing is left behind.
    """
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=INCOMING, dir=target.parent)
        try:
            _write(handle, chunks, target, sha256)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _write(handle: int, chunks: Iterable[bytes], target: Path, sha256: str) -> None:
    hasher = hashlib.sha256()
    with os.fdopen(handle, "wb") as out:
        for chunk in chunks:
            hasher.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if hasher.hexdigest() != sha256:
        raise StorageError(
            f"The copy for {target} arrived damaged and was not kept.",
            remedy="Try again. If it stays so, the stored file is damaged: remove it there and store it anew.",
        )


def chunks_of(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file piece by piece."""
    with path.open("rb") as data:
        while chunk := data.read(CHUNK):
            yield chunk


def digest(path: Path) -> tuple[str, int]:
    """Return the SHA-256 (hex) and size in bytes of a file."""
    hasher, size = hashlib.sha256(), 0
    for chunk in chunks_of(path):
        hasher.update(chunk)
        size += len(chunk)
    return hasher.hexdigest(), size


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn the operating system's errors into DiskFull or StorageError."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"No space left for {place}.") from exc
        raise StorageError(f"{exc.filename or place}: {exc.strerror}.") from exc
