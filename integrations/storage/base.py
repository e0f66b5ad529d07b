"""The library: where finished files are kept for good and from where the world fetches them.

A file has one name everywhere, made of the SHA-256 of its bytes: `ab/abcdef….mp4`. A name therefore always means the
same bytes, a copy can be checked by its name alone, and storing the same file again stores nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol, Self

from pydantic import SecretStr

from core.clock import now
from core.errors import ConfigError, StorageError
from core.settings import Settings
from integrations.storage.folder import INCOMING, digest, storage_errors

NAME = re.compile(r"(?P<folder>[0-9a-f]{2})/(?P<sha256>(?P=folder)[0-9a-f]{62})\.[a-z0-9]{1,8}")
"""A name in the library. Whatever else lies in the folder or bucket is none of ours and is never touched."""


class StoreUnreachable(StorageError):
    """The store does not answer, or not for now."""

    retryable = True
    remedy = "Wait; it is tried again. If it stays so, look at the network and at the service's status page."


class Store(Protocol):
    """One place where finished files are kept.

    Everything here may be repeated, also after a crash at any moment. Every method raises ConfigError where a setting
    is wrong, StoreUnreachable where waiting helps, DiskFull, and StorageError for anything else.
    """

    name: str
    """How the database calls it: `folder`, or `s3:` and the bucket."""
    place: str
    """Where it is, for people."""

    def put(self, source: Path, name: str, sha256: str) -> None:
        """Copy a file into the store: afterwards it is there whole and was compared, or it is not there.

        Nothing is sent when it is there already. A source whose bytes do not have that SHA-256 is a StorageError.
        """
        ...

    def get(self, name: str, target: Path) -> None:
        """Copy a stored file to `target`, which is written whole or not at all. Damaged bytes are a StorageError."""
        ...

    def has(self, name: str, sha256: str, size: int) -> bool:
        """Say whether the file is there with this checksum and this size in bytes."""
        ...

    def url(self, name: str, seconds: int | None) -> str:
        """Return a link under which anybody can fetch the file, for so many seconds at least, or as long as can be."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is fine."""
        ...

    def names(self, older_than: timedelta) -> Iterator[str]:
        """Yield the names of the files that were stored longer ago than that."""
        ...

    def clear_abandoned(self, older_than: timedelta) -> int:
        """Remove what interrupted copies of longer ago left behind, and return how many there were."""
        ...


@dataclass(frozen=True)
class LibraryOptions:
    """Everything the stores want to know; the settings of one that is not in use may be empty."""

    folder: Path
    public_url: str | None = None
    endpoint: str | None = None
    bucket: str = ""
    region: str = "auto"
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    prefix: str = ""
    part_mib: int = 16
    """MiB of one part of a long upload: all but the last are equal, which Cloudflare R2 demands."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the options from the settings of the house. Raises ConfigError."""
        folder = settings.library_folder
        if folder == settings.home / "assets":
            raise ConfigError(
                f"STORAGE_DIR is {folder}, the folder in which everything is made.",
                remedy="Choose another folder, best on another disk: the library holds second copies.",
            )
        return cls(
            folder=folder,
            public_url=settings.storage_public_url
            or (f"{settings.public_studio_url}/media" if settings.storage == "folder" else None),
            endpoint=settings.s3_endpoint,
            bucket=settings.s3_bucket,
            region=settings.s3_region,
            access_key_id=settings.s3_access_key_id,
            secret_access_key=settings.s3_secret_access_key,
            prefix=settings.s3_prefix,
        )


def name_of(sha256: str, suffix: str) -> str:
    """Return the name a file has in every store; the suffix begins with a dot."""
    return f"{sha256[:2]}/{sha256}{suffix}"


def sha256_of(name: str) -> str:
    """Return the SHA-256 that a name stands for. Raises StorageError for a name that is none."""
    match = NAME.fullmatch(name)
    if match is None:
        raise StorageError(f"'{name}' is no name in the library.", remedy="Report this: it is a bug.")
    return match["sha256"]


def public_link(options: LibraryOptions, path: str) -> str | None:
    """Return the address of a file below STORAGE_PUBLIC_URL, or None where that is not set. Raises ConfigError."""
    if options.public_url is None:
        return None
    if not re.match(r"https?://[^/]", options.public_url):
        raise ConfigError(f"STORAGE_PUBLIC_URL '{options.public_url}' is no address that begins with https://.")
    return f"{options.public_url.rstrip('/')}/{path}"


def checked_size(source: Path, sha256: str) -> int:
    """Return the size of a file in bytes. Raises StorageError when its bytes are not those of the SHA-256."""
    with storage_errors(source):
        found, size = digest(source)
    if found != sha256:
        raise StorageError(
            f"{source} is damaged: its bytes are not those it is named after.",
            remedy="Remove that file and check the disk, then rerun the reel: only this file is made again.",
        )
    return size


def remove_abandoned(root: Path, older_than: timedelta) -> int:
    """Remove files below `root` that were begun longer ago and never finished; return how many there were."""
    count = 0
    with storage_errors(root):
        for path in root.glob(f"*/{INCOMING}*"):
            if is_older(path, older_than):
                path.unlink(missing_ok=True)
                count += 1
    return count


def is_older(path: Path, than: timedelta) -> bool:
    """Say whether a file was last changed longer ago than that; one that has just gone was not."""
    try:
        return now().timestamp() - path.stat().st_mtime > than.total_seconds()
    except FileNotFoundError:
        return False
