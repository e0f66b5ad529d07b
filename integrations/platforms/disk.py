"""Writes that are whole or not there, and disk errors in our own words."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import DiskFull, StorageError

PART = ".part-"
"""How the name of a file begins while it is being written."""

PIECE_BYTES = 256 << 10
"""How much of a file is read at a time while it is sent."""

LOCK_NAME = ".lock"
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn OSError into DiskFull or StorageError that says what was being done."""
    try:
        yield
    except OSError as exc:
        if exc.errno in NO_SPACE:
            raise DiskFull(f"The disk is full: {doing} failed.") from exc
        where = f" at {exc.filename}" if exc.filename else ""
        raise StorageError(f"{doing[:1].upper()}{doing[1:]} failed{where}: {exc.strerror or exc}.") from exc


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Make the folder if need be and let one worker at a time in; the lock goes with the process that holds it."""
    with disk_errors(f"locking the folder '{folder.name}'"):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        with disk_errors(f"locking the folder '{folder.name}'"):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that `target` appears complete and on the disk, or not at all. Raises OSError."""
    with _written_aside(target) as part:
        shutil.copyfile(source, part)


def write_whole(target: Path, text: str) -> None:
    """Write a text so that `target` appears complete and on the disk, or keeps what it had. Raises OSError."""
    with _written_aside(target) as part:
        part.write_text(text, encoding="utf-8")


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Delete a file, a link or a whole folder; one that is gone already is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _written_aside(target: Path) -> Iterator[Path]:
    # Two workers may hold one upload for a moment (a lease that ran out), so a part is named after its writer.
    part = target.with_name(f"{PART}{os.getpid()}-{threading.get_ident()}-{target.name}")
    try:
        yield part
        sync(part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    """Yield a part of a file piece by piece, so that it is never in memory as a whole; raises StorageError."""
    with disk_errors(f"reading {path.name}"), path.open("rb") as file:
        file.seek(start)
        while length and (piece := file.read(min(length, PIECE_BYTES))):
            length -= len(piece)
            yield piece
