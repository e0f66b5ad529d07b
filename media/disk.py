"""What the disk refuses, in our own words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import DiskFull, StorageError


@contextmanager
def disk_errors(folder: Path, what: str) -> Iterator[None]:
    """Turn an OSError of writing into `folder` into DiskFull, or StorageError that says `what` could not be written."""
    try:
        yield
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise DiskFull(f"The disk that holds {folder} is full.") from exc
        raise StorageError(f"{what} could not be written ({exc.strerror or exc}).") from exc
