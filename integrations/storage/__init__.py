"""Where files are kept: the working folder in which everything is made, and the library for what was finished."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import ConfigError
from core.settings import Settings
from integrations.storage.base import LibraryOptions, Store
from integrations.storage.library_folder import LibraryFolder


def _bucket(options: LibraryOptions) -> Store:
    from integrations.storage.s3 import S3Bucket  # boto3 takes a moment to load, and most factories never need it

    return S3Bucket(options)


STORES: dict[str, Callable[[LibraryOptions], Store]] = {"folder": LibraryFolder, "s3": _bucket}


def library(settings: Settings) -> Store:
    """Return the library in use, as STORAGE says. Raises ConfigError."""
    return open_store(settings.storage, settings)


def open_store(kind: str, settings: Settings) -> Store:
    """Return the store of a kind (`folder` or `s3`), in use or not. Raises ConfigError."""
    if kind not in STORES:
        raise ConfigError(f"There is no storage '{kind}'.", remedy=f"Set STORAGE to one of: {', '.join(STORES)}.")
    return STORES[kind](LibraryOptions.of(settings))


def find_store(name: str, settings: Settings) -> Store:
    """Return the store that the database calls `name`. Raises ConfigError when the settings are of another one."""
    store = open_store(name.partition(":")[0], settings)
    if store.name != name:
        raise ConfigError(
            f"Files lie in '{name}', but the settings lead to '{store.name}'.",
            remedy="Set S3_BUCKET, S3_ENDPOINT and the keys of the bucket that holds the files.",
        )
    return store
