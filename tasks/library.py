"""The library of finished files: how they get in, how they come back, how they are shown, moved and let go.

Everything is made and read in the working folder. A file is noted as copied only after its bytes were compared in the
library, so that whatever is noted may be relied on, and every function here may simply be run again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.errors import DiskFull, FactoryError, StorageError
from core.settings import get_settings
from db import storage
from db.connection import Connection, get_database
from db.generations import StoredFile
from integrations.storage import find_store, library
from integrations.storage.base import Store, StoreUnreachable, name_of, remove_abandoned, sha256_of
from tasks.work import asset_folder

logger = logging.getLogger(__name__)

Told = Callable[[str, StoredFile], None]

ABANDONED = timedelta(days=1)
"""No single copy takes as long, so what is older and half-written was left by a process that died."""


@dataclass(frozen=True)
class Moved:
    """How many files were copied to a store, their bytes together, and how many were dropped elsewhere."""

    copied: int
    bytes: int
    dropped: int


@dataclass(frozen=True)
class Swept:
    """How many files went from this disk and from the library, and how many half-written ones from both."""

    local: int = 0
    library: int = 0
    abandoned: int = 0


def keep_in_library(files: Mapping[str, StoredFile]) -> None:
    """Copy files into the library in use and note each once it is surely there.

    Raises StorageError (retryable where the library does not answer), DiskFull and ConfigError.
    """
    store = library(get_settings())
    for file in files.values():
        _keep(store, file, local_path(file))


def local_path(file: StoredFile) -> Path:
    """Return where a file lies in the working folder, fetching it back from the library when it is gone.

    Raises StorageError, DiskFull and ConfigError when nobody can give it back.
    """
    folder = asset_folder()
    path = folder.path(file.sha256, file.suffix)
    if folder.has(file.sha256, file.suffix, file.bytes):
        return path
    errors: list[FactoryError] = []
    for name in _holders(file):
        try:
            find_store(name, get_settings()).get(_name(file), path)
        except DiskFull:
            raise
        except FactoryError as exc:
            errors.append(exc)
        else:
            logger.info("%s was gone from this disk and came back from %s", _name(file), name)
            return path
    if errors:
        raise errors[0]
    raise StorageError(
        f"{_name(file)} is neither on this disk nor in the library.", remedy="Rerun the reel: it is made again."
    )


def public_url(file: StoredFile, seconds: int | None = None) -> str:
    """Return a link under which anybody can fetch a file for so many seconds, or for as long as can be.

    Raises StorageError for a file that is not in the library, ConfigError where no address leads there.
    """
    holders = _holders(file)
    if not holders:
        raise StorageError(
            f"{_name(file)} is not in the library.",
            remedy=f"Bring in what is missing: `reelwright storage move --to {get_settings().storage}`.",
        )
    return find_store(holders[0], get_settings()).url(_name(file), seconds)


def missing_in(store: Store) -> Iterator[StoredFile]:
    """Yield the files that should lie in a store and do not."""
    days = get_settings().storage_keep_days
    return _each(lambda connection, after: storage.list_missing(connection, store.name, days, after))


def move_library(store: Store, told: Told, *, drops_old: bool = False) -> Moved:
    """Bring everything that is missing into a store, one by one; then, if asked, delete the copies in all others.

    `told` is called with `copied` or `dropped` after each file. When this is killed, the next run goes on with the
    next file. Raises StorageError at the end for files that lie nowhere whole any more.
    """
    copied, lost = _copy_missing(store, told)
    dropped = _drop_old(store, told) if drops_old else 0
    if lost:
        raise StorageError(
            f"{len(lost)} files lie nowhere whole any more, first {_name(lost[0])}. "
            f"All others are in {store.place}; {len(copied)} were copied now.",
            remedy="Rerun their reels; the log names each of them.",
        )
    return Moved(len(copied), sum(file.bytes for file in copied), dropped)


def sweep_library() -> Swept:
    """Let go of what is older than ASSETS_KEEP_DAYS here and STORAGE_KEEP_DAYS in the library; 0 keeps for ever.

    What a reel needs that is not published everywhere yet always stays, and nothing goes from this disk before
    it was seen in the library.
    """
    settings, store = get_settings(), library(get_settings())
    return Swept(
        local=_sweep_disk(store, settings.assets_keep_days) if settings.assets_keep_days else 0,
        library=_sweep_store(store, settings.storage_keep_days) if settings.storage_keep_days else 0,
        abandoned=store.clear_abandoned(ABANDONED) + remove_abandoned(asset_folder().root, ABANDONED),
    )


def _copy_missing(store: Store, told: Told) -> tuple[list[StoredFile], list[StoredFile]]:
    """Return what was copied, and what lies nowhere whole."""
    copied, lost = [], []
    for file in missing_in(store):
        try:
            path = local_path(file)
        except (DiskFull, StoreUnreachable):
            raise
        except StorageError as exc:
            logger.warning("%s", exc)
            lost.append(file)
            continue
        _keep(store, file, path)
        copied.append(file)
        told("copied", file)
    return copied, lost


def _drop_old(new: Store, told: Told) -> int:
    """Delete the copies in all other stores, after each of them was seen in the new one; return how many there were.

    Raises StorageError before anything is deleted when one is missing there.
    """
    with get_database().transaction() as connection:
        names = [holding.store for holding in storage.sum_copies(connection) if holding.store != new.name]
    for file in (file for name in names for file in _copies_in(name)):
        if not new.has(_name(file), file.sha256, file.bytes):
            _forget(file, new.name)
            raise StorageError(
                f"{_name(file)} is not in {new.place}, so no other copy of any file was deleted.",
                remedy="Run the same command again: it copies what is missing first.",
            )
    count = 0
    for store in [find_store(name, get_settings()) for name in names]:
        for file in _copies_in(store.name):
            store.delete(_name(file))
            _forget(file, store.name)
            told("dropped", file)
            count += 1
    return count


def _sweep_disk(store: Store, days: int) -> int:
    count = 0
    for file in _each(lambda connection, after: storage.list_aged(connection, store.name, days, after)):
        path = asset_folder().path(file.sha256, file.suffix)
        if not path.exists() or _is_needed(file.sha256):
            continue
        if not store.has(_name(file), file.sha256, file.bytes):
            logger.warning("%s had gone from %s and is stored there anew", _name(file), store.place)
            store.put(path, _name(file), file.sha256)
        path.unlink(missing_ok=True)
        count += 1
    return count


def _sweep_store(store: Store, days: int) -> int:
    count = 0
    for name in store.names(timedelta(days=days)):
        sha256 = sha256_of(name)
        if _is_needed(sha256):
            continue
        with get_database().transaction() as connection:
            storage.forget_copy(connection, sha256, store.name)
        store.delete(name)  # after it was forgotten: what is noted may be relied on
        count += 1
    return count


def _keep(store: Store, file: StoredFile, path: Path) -> None:
    """Copy, compare, note: in that order."""
    store.put(path, _name(file), file.sha256)
    with get_database().transaction() as connection:
        storage.note_copy(connection, file.sha256, store.name)


def _holders(file: StoredFile) -> list[str]:
    """Return the stores that hold a file, the one in use first."""
    in_use = library(get_settings()).name
    with get_database().transaction() as connection:
        return sorted(storage.copies_of(connection, file.sha256), key=lambda name: name != in_use)


def _copies_in(store: str) -> Iterator[StoredFile]:
    return _each(lambda connection, after: storage.list_copies(connection, store, after))


def _forget(file: StoredFile, store: str) -> None:
    with get_database().transaction() as connection:
        storage.forget_copy(connection, file.sha256, store)


def _is_needed(sha256: str) -> bool:
    with get_database().transaction() as connection:
        return storage.is_needed(connection, sha256)


def _each(listing: Callable[[Connection, str], list[StoredFile]]) -> Iterator[StoredFile]:
    """Yield the files of all pages of a list, with no transaction open between."""
    after = ""
    while True:
        with get_database().transaction() as connection:
            page = listing(connection, after)
        if not page:
            return
        yield from page
        after = page[-1].sha256


def _name(file: StoredFile) -> str:
    return name_of(file.sha256, file.suffix)
