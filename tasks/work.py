"""One order under way: whose lease it is, where its files go, and how its end is written down."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from core.errors import FactoryError
from core.models import Made, Order
from core.settings import Settings, get_settings
from db import generations
from db.connection import Connection, Database
from db.generations import Attempt, Cost, StoredFile
from integrations.storage.folder import AssetFolder, storage_errors
from tasks.leases import kept_alive

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What a generation came to. `is_replay` says that it was there already."""

    key: str
    value: dict[str, Any]
    files: Mapping[str, StoredFile]
    is_replay: bool

    def path(self, role: str) -> Path:
        """Return where the file of a role lies."""
        file = self.files[role]
        return asset_folder().path(file.sha256, file.suffix)


def asset_folder() -> AssetFolder:
    """Return the storage of finished files."""
    return AssetFolder(get_settings().home / "assets")


class Lease:
    """Keeps a lease alive from a thread and carries the progress into the database."""

    def __init__(self, database: Database, settings: Settings, key: str, owner: str) -> None:
        self.owner = owner
        self._database, self._key, self._seconds = database, key, settings.lease_seconds
        self._progress = 0.0
        self._is_finished = False
        self._heartbeat = kept_alive(key[:12], self._seconds, self._renew)

    def report(self, share: float) -> None:
        """Tell how far the work is, 0 to 1."""
        self._progress = min(max(share, 0.0), 1.0)

    def end(self) -> None:
        """Say that the lease ended with the work, so that it need not be given back."""
        self._is_finished = True

    def __enter__(self) -> Self:
        self._heartbeat.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._heartbeat.__exit__(None, None, None)
        if self._is_finished:
            return
        try:
            with self._database.transaction() as connection:
                generations.release_lease(connection, self._key, self.owner)
        except FactoryError as exc:  # it runs out by itself
            logger.warning("the lease on %s was not given back: %s", self._key[:12], exc)

    def _renew(self) -> bool:
        with self._database.transaction() as connection:
            return generations.renew_lease(connection, self._key, self.owner, self._seconds, self._progress)


@dataclass(frozen=True)
class Work:
    """An order that this run alone works on. `preferred` should make it: anybody else is a stand-in."""

    order: Order
    lease: Lease
    preferred: str
    reel_id: int | None = None
    inputs: Mapping[str, Path] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of the generation."""
        return self.order.key

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """Yield an empty folder that is gone afterwards. Raises DiskFull and StorageError."""
        folder = get_settings().home / "work" / self.key[:24]
        with storage_errors(folder):
            shutil.rmtree(folder, ignore_errors=True)  # what a killed run left behind
            folder.mkdir(parents=True)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def finish(
        self,
        connection: Connection,
        attempt: Attempt,
        made: Made,
        files: Mapping[str, StoredFile],
        cost: Cost | None = None,
        latency_ms: int = 0,
        external_id: str | None = None,
    ) -> Result:
        """Write the end down: the result, its kept files, who made it and what it cost."""
        generations.finish(
            connection, self.key, self.lease.owner, attempt, made, files, cost=cost,
            stand_in=attempt.service != self.preferred, latency_ms=latency_ms, external_id=external_id,
        )  # fmt: skip
        return Result(self.key, dict(made.result), files, is_replay=False)


def keep(made: Made) -> dict[str, StoredFile]:
    """Copy what was made into our storage."""
    storage, files = asset_folder(), {}
    for role, path in made.files.items():
        sha256, size = storage.put(path)
        files[role] = StoredFile(sha256, path.suffix, size)
    return files
