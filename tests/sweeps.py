"""How much of the long sweeps is done: an even sample in `make test`, everything with SWEEP=full (`make test-full`)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

FULL = os.environ.get("SWEEP") == "full"
Case = TypeVar("Case")


def sample(cases: Sequence[Case], every: int) -> Sequence[Case]:
    """Return one of so many cases, or all of them in a full sweep."""
    return cases if FULL else cases[::every]
