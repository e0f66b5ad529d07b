"""Keeping a lease alive while its holder works."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.errors import FactoryError

logger = logging.getLogger(__name__)


@contextmanager
def kept_alive(name: str, seconds: float, renew: Callable[[], bool]) -> Iterator[None]:
    """Call `renew` from a thread, thrice within `seconds` and at least each second, until it says False.

    A database that does not answer for a moment is only logged: the lease may outlast that.
    """
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(min(1.0, seconds / 3)):
            try:
                if not renew():
                    return
            except FactoryError as exc:
                logger.warning("the lease on %s could not be renewed: %s", name, exc)

    thread = threading.Thread(target=keep, name=f"lease-{name[:24]}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
