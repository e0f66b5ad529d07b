"""Makes a generation exactly once: the intent first, one worker at a time, done work is never made again.

1. Write the intent. Done already, with its files in place? Take the result.
2. Somebody else at work with a living lease? Wait for the result.
3. Otherwise become the worker. An attempt whose process died is closed first.
4. Ask the makers in order. Each attempt is written down, with its reservation, before it begins.
5. Copy the files into our storage, then write result, files and cost down in one transaction.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from core.errors import FactoryError, GenerationFailed, NeedsPerson
from core.models import Capability, Made, Order, Progress
from core.settings import Settings, get_settings
from db import generations
from db.connection import Database, get_database
from db.generations import StoredFile
from integrations.generation import get_makers
from integrations.generation.base import LocalMaker
from integrations.storage.folder import AssetFolder, storage_errors

logger = logging.getLogger(__name__)

WAIT_SECONDS = 0.5
"""Pause between two looks at work that another run does."""


@dataclass(frozen=True)
class Candidate:
    """Somebody who can serve an order. A repeatable one may be asked again when its answer was lost."""

    service: str
    make: Callable[[Path, Progress], Made]
    price: Decimal = Decimal(0)
    repeatable: bool = True


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


def obtain_from_makers(order: Order, *, reel_id: int | None, scene: int | None = None) -> Result:
    """Obtain an order from the configured makers of its capability."""
    candidates, objections = [], []
    for maker in _makers(order.capability):
        objection = maker.objection(order.request)
        if objection is None:
            candidates.append(Candidate(maker.name, _call(maker, order.request)))
        else:
            objections.append(f"{maker.name}: {objection}")
    if not candidates:
        raise GenerationFailed(order.capability.value, objections)
    return obtain(order, candidates, reel_id=reel_id, scene=scene)


def obtain(order: Order, candidates: Sequence[Candidate], *, reel_id: int | None, scene: int | None = None) -> Result:
    """Return the result of an order, made now or before.

    Raises NeedsPerson when an earlier paid answer was lost, the only candidate's own error, or
    GenerationFailed with every candidate's reason.
    """
    owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    ready = _claim(order, candidates, owner, reel_id, scene)
    if ready is not None:
        return ready
    with _Lease(get_database(), get_settings(), order.key, owner) as lease:
        return _make(order, candidates, lease, reel_id)


def _claim(
    order: Order, candidates: Sequence[Candidate], owner: str, reel_id: int | None, scene: int | None
) -> Result | None:
    """Return the finished result, or None once this run is the one worker."""
    database, settings, storage = get_database(), get_settings(), asset_folder()
    repeatable = {candidate.service for candidate in candidates if candidate.repeatable}
    waiting_for = None
    while True:
        with database.transaction() as connection:
            generation = generations.intend(connection, order, reel_id, scene)
            if generation.status == "done":
                files = generations.get_files(connection, order.key)
                if all(storage.has(file.sha256, file.suffix, file.bytes) for file in files.values()):
                    return Result(order.key, generation.result or {}, files, is_replay=True)
                logger.warning("%s %s: its file is gone from the storage; making it again", order.capability, order.key)
            elif generation.status == "unknown":
                raise NeedsPerson([f"the answer to '{order.capability}' was lost: {generation.error}"])
            attempt = generations.find_open_attempt(connection, order.key)
            if not generation.is_leased:
                if attempt is None or attempt.service in repeatable:
                    generations.lose_open_attempts(connection, order.key)
                    generations.take_lease(connection, order.key, owner, settings.lease_seconds)
                    return None
                generations.doubt(connection, order.key, attempt, f"{attempt.service} was asked and no answer came")
                continue  # commits the doubt; the next look raises it
        if waiting_for != generation.lease_owner:
            waiting_for = generation.lease_owner
            logger.info("%s %s: another run is making it; waiting", order.capability, order.key[:12])
        time.sleep(WAIT_SECONDS)


def _make(order: Order, candidates: Sequence[Candidate], lease: _Lease, reel_id: int | None) -> Result:
    database, key, owner = get_database(), order.key, lease.owner
    errors: list[FactoryError] = []
    for candidate in candidates:
        with database.transaction() as connection:
            attempt = generations.begin_attempt(
                connection, key, service=candidate.service, account="", reserved=candidate.price, reel_id=reel_id
            )
            generations.submit_attempt(connection, key, owner, attempt, f"local:{owner}")
        try:
            made, files = _run(candidate, key, lease)
        except FactoryError as exc:
            errors.append(exc)
            logger.warning("%s: %s could not do it: %s", order.capability, candidate.service, exc)
            with database.transaction() as connection:
                generations.fail_attempt(connection, key, owner, attempt, str(exc), reel_id)
            continue
        with database.transaction() as connection:
            generations.finish(
                connection, key, owner, attempt, result=made.result, files=files, cost=candidate.price,
                stand_in=bool(errors), reel_id=reel_id,
            )  # fmt: skip
        return Result(key, dict(made.result), files, is_replay=False)
    failure = errors[0] if len(errors) == 1 else _failure(order, candidates, errors)
    with database.transaction() as connection:
        generations.fail(connection, key, owner, str(failure))
    raise failure


def _run(candidate: Candidate, key: str, lease: _Lease) -> tuple[Made, dict[str, StoredFile]]:
    """Let a candidate work in a folder of its own and store what it made."""
    workspace = get_settings().home / "work" / key[:24]
    storage = asset_folder()
    with storage_errors(workspace):
        shutil.rmtree(workspace, ignore_errors=True)  # what a killed run left behind
        workspace.mkdir(parents=True)
        try:
            made = candidate.make(workspace, lease.report)
            files = {}
            for role, path in made.files.items():
                sha256, size = storage.put(path)
                files[role] = StoredFile(sha256, path.suffix, size)
            return made, files
        finally:
            shutil.rmtree(workspace, ignore_errors=True)


def _failure(order: Order, candidates: Sequence[Candidate], errors: Sequence[FactoryError]) -> GenerationFailed:
    reasons = [f"{candidate.service}: {error}" for candidate, error in zip(candidates, errors, strict=True)]
    return GenerationFailed(order.capability.value, reasons, retryable=all(error.retryable for error in errors))


class _Lease:
    """Keeps the lease alive from a thread and carries the progress into the database."""

    def __init__(self, database: Database, settings: Settings, key: str, owner: str) -> None:
        self.owner = owner
        self._database, self._key, self._seconds = database, key, settings.lease_seconds
        self._progress = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease-{key[:8]}", daemon=True)

    def report(self, share: float) -> None:
        """Tell how far the work is, 0 to 1."""
        self._progress = min(max(share, 0.0), 1.0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        try:
            with self._database.transaction() as connection:
                generations.release_lease(connection, self._key, self.owner)
        except FactoryError as exc:  # it runs out by itself
            logger.warning("the lease on %s was not given back: %s", self._key[:12], exc)

    def _renew(self) -> None:
        interval = min(1.0, self._seconds / 3)
        while not self._ended.wait(interval):
            try:
                with self._database.transaction() as connection:
                    args = (self._key, self.owner, self._seconds, self._progress)
                    if not generations.renew_lease(connection, *args):
                        return
            except FactoryError as exc:
                logger.warning("the lease on %s could not be renewed: %s", self._key[:12], exc)


_MAKERS: dict[Capability, tuple[LocalMaker, ...]] = {}


def _makers(capability: Capability) -> tuple[LocalMaker, ...]:
    """Return this process's makers, kept because some of them keep a loaded voice."""
    if capability not in _MAKERS:
        _MAKERS[capability] = get_makers(capability, get_settings())
    return _MAKERS[capability]


def _call(maker: LocalMaker, request: dict[str, Any]) -> Callable[[Path, Progress], Made]:
    return lambda workspace, progress: maker.make(request, workspace, progress)
