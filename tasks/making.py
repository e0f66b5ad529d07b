"""Makes a generation exactly once: the intent first, one worker at a time, done work is never made again.

1. Write the intent. Done already, with its files in place? Take the result.
2. Somebody else at work with a living lease? Wait for the result.
3. Otherwise become the worker. What a dead worker asked a service for is taken up where it stands.
4. Ask the makers in order. Each attempt is written down, with its reservation, before it begins.
5. Copy the files into our storage, then write result, files and cost down in one transaction.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import (
    BudgetSpent,
    Busy,
    DataError,
    FactoryError,
    GenerationFailed,
    NeedsPerson,
    QuotaSpent,
    StorageError,
)
from core.models import Character, Made, Order, Progress, Quality
from core.settings import get_settings
from db import generations
from db.connection import get_database
from db.generations import Attempt
from tasks.asking import Asker, resume
from tasks.chain import chain_for, get_maker, is_service, objection_to
from tasks.library import local_path
from tasks.work import Lease, Result, Work, asset_folder, keep

logger = logging.getLogger(__name__)

WAIT_SECONDS = 0.5
"""Pause between two looks at work that another run does."""


class Candidate(Protocol):
    """Somebody who can serve an order."""

    @property
    def service(self) -> str:
        """The name of it."""

    def attempt(self, work: Work) -> Result:
        """Make it, writing down every step. Raises FactoryError when it cannot be made here."""


@dataclass(frozen=True)
class Local:
    """A maker on this machine: free of charge, and simply asked again when its work was lost."""

    service: str
    make: Callable[[Path, Progress], Made]

    def attempt(self, work: Work) -> Result:
        """Make it here."""
        database, key, owner = get_database(), work.key, work.lease.owner
        with database.transaction() as connection:
            attempt = generations.begin_attempt(connection, key, service=self.service)
            generations.submit_attempt(connection, key, owner, attempt, f"local:{owner}")
        began = time.monotonic()
        try:
            with work.workspace() as folder:
                made = self.make(folder, work.lease.report)
                files = keep(made)
        except FactoryError as exc:
            with database.transaction() as connection:
                generations.fail_attempt(connection, key, owner, attempt, str(exc))
            raise
        with database.transaction() as connection:
            return work.finish(connection, attempt, made, files, latency_ms=int(1000 * (time.monotonic() - began)))


def obtain_from_makers(
    order: Order,
    *,
    reel_id: int | None,
    scene: int | None = None,
    character: Character | None = None,
    quality: Quality = "standard",
    inputs: Mapping[str, Path] | None = None,
    preferred: str | None = None,
) -> Result:
    """Obtain an order from the chain of makers for its capability.

    `inputs` are the files the request names by their SHA-256. Whoever is not `preferred` (the first of the chain that
    can serve the order) makes a stand-in.
    """
    candidates: list[Candidate] = []
    objections = []
    for name in chain_for(order.capability, character, quality):
        objection = objection_to(name, order)
        if objection is None:
            candidates.append(_candidate(name, order))
        else:
            objections.append(f"{name}: {objection}")
    if not candidates:
        raise GenerationFailed(order.capability.value, objections)
    return obtain(order, candidates, reel_id=reel_id, scene=scene, inputs=inputs, preferred=preferred)


def obtain(
    order: Order,
    candidates: Sequence[Candidate],
    *,
    reel_id: int | None,
    scene: int | None = None,
    inputs: Mapping[str, Path] | None = None,
    preferred: str | None = None,
) -> Result:
    """Return the result of an order, made now or before.

    Raises NeedsPerson when the answer to a paid call was lost or a cap is reached, the only candidate's own error,
    or GenerationFailed with every candidate's reason.
    """
    owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
    claim = _claim(order, owner, reel_id, scene)
    if isinstance(claim, Result):
        return claim
    with Lease(get_database(), get_settings(), order.key, owner) as lease:
        work = Work(order, lease, preferred or candidates[0].service, reel_id, inputs or {})
        left = resume(work, claim) if claim else None
        if not isinstance(left, Result):
            tried = {claim.service: left} if claim and left else {}
            left = _make(work, candidates, tried)
        lease.end()
        return left


def _claim(order: Order, owner: str, reel_id: int | None, scene: int | None) -> Result | Attempt | None:
    """Return the finished result; or, once this run is the one worker, the attempt a dead one left open, if any."""
    database, settings, storage = get_database(), get_settings(), asset_folder()
    waiting_for, is_lost = None, False
    while True:
        done = None
        with database.transaction() as connection:
            if generations.intend(connection, order, reel_id, scene, owner, settings.lease_seconds):
                return None
            generation = generations.lock_generation(connection, order.key)
            if generation.status == "done":
                files = generations.get_files(connection, order.key)
                done = Result(order.key, generation.result or {}, files, is_replay=True)
                if all(storage.has(file.sha256, file.suffix, file.bytes) for file in files.values()):
                    return done
            if not generation.is_leased and (done is None or is_lost):
                generations.take_lease(connection, order.key, owner, settings.lease_seconds)
                return generations.find_open_attempt(connection, order.key) if generation.has_open_attempt else None
        if done is not None and not is_lost:
            is_lost = not _is_brought_back(order, done)
            continue
        if waiting_for != generation.lease_owner:
            waiting_for = generation.lease_owner
            logger.info("%s %s: another run is making it; waiting", order.capability, order.key[:12])
        time.sleep(WAIT_SECONDS)


def _is_brought_back(order: Order, done: Result) -> bool:
    """Fetch the files of a finished result from the library; say whether all of them are on this disk again."""
    try:
        for file in done.files.values():
            local_path(file)
    except StorageError as exc:
        if exc.retryable:  # the library does not answer now: nothing is made or paid for again because of that
            raise
        logger.warning("%s %s: its file is gone, so it is made again: %s", order.capability, order.key, exc)
        return False
    return True


def _make(work: Work, candidates: Sequence[Candidate], tried: Mapping[str, FactoryError]) -> Result:
    """Ask one candidate after the other, from behind those that were tried for the same order before."""
    errors = dict(tried)
    for candidate in _untried(candidates, tried):
        try:
            return candidate.attempt(work)
        except (NeedsPerson, StorageError, DataError, Busy):
            raise  # nobody else could do better, and what was paid for is taken up by the next run
        except FactoryError as exc:
            errors[candidate.service] = exc
            logger.warning("%s: %s could not do it: %s", work.order.capability, candidate.service, exc)
    failure = _failure(work.order, errors)
    with get_database().transaction() as connection:
        generations.fail(connection, work.key, work.lease.owner, str(failure))
    work.lease.end()
    raise failure


def _untried(candidates: Sequence[Candidate], tried: Mapping[str, FactoryError]) -> Sequence[Candidate]:
    names = [candidate.service for candidate in candidates]
    return candidates[max((names.index(name) + 1 for name in tried if name in names), default=0) :]


def _failure(order: Order, errors: Mapping[str, FactoryError]) -> FactoryError:
    reasons = [f"{service}: {error}" for service, error in errors.items()]
    if any(isinstance(error, BudgetSpent | QuotaSpent) for error in errors.values()):
        return NeedsPerson(reasons)
    if len(errors) == 1:
        return next(iter(errors.values()))
    return GenerationFailed(
        order.capability.value, reasons, retryable=all(error.retryable for error in errors.values())
    )


def _candidate(name: str, order: Order) -> Candidate:
    if is_service(name):
        return Asker(name)
    maker = get_maker(name)
    return Local(name, lambda folder, progress: maker.make(order.request, folder, progress))
