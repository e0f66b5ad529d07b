"""What a generation service looks like to the factory.

A maker serves one capability. Local makers do the work themselves and may simply be asked again;
remote makers are added beside them when a service needs submit, check and find.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol

from core.models import Capability, Made, Progress
from core.settings import Settings


class LocalMaker(Protocol):
    """Makes one thing on this machine, free of charge, as often as asked."""

    name: ClassVar[str]
    capability: ClassVar[Capability]

    def __init__(self, settings: Settings) -> None: ...

    def objection(self, request: dict[str, Any]) -> str | None:
        """Say in one sentence why this request cannot be served here, or None when it can."""
        ...

    def make(self, request: dict[str, Any], workspace: Path, progress: Progress) -> Made:
        """Serve the request, writing files below `workspace` only.

        Raises MissingPart, BadInput or MediaError; the caller decides who is asked next.
        """
        ...
