"""The services file: which outside services there are, who is asked first, and how much may be spent.

TOML, because an operator writes it by hand; `examples/services.toml` shows every part with a word on each. Tables
of services stay raw here: each service reads its own.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from core.models import Capability, Quality, Value
from core.settings import get_settings
from core.toml_file import parse, read_text

Names = tuple[str, ...]
Cap = Annotated[Decimal, Field(gt=0)]


class Budgets(Value):
    """Caps in the factory's credits; None means no cap. Workflows have a cap per day each.

    `warn_at` is the share of a cap from which on it is shown as a warning.
    """

    day: Cap | None = None
    month: Cap | None = None
    reel: Cap | None = None
    workflows: dict[str, Cap] = Field(default_factory=dict)
    warn_at: float = Field(default=0.8, gt=0, le=1)

    def cap(self, scope: str, name: str) -> Decimal | None:
        """Return the cap on a scope (day, month, workflow or reel); None when there is none."""
        if scope == "workflow":
            return self.workflows.get(name)
        return {"day": self.day, "month": self.month, "reel": self.reel}[scope]


def cap_label(scope: str, name: str) -> str:
    """Return a cap as messages name it: "day", or "workflow daily-generator"."""
    return f"{scope} {name}".strip()


class ServicesFile(Value):
    """Everything the services file says. `premium` holds the chains that premium reels use instead."""

    chains: dict[Capability, Names] = Field(default_factory=dict)
    premium: dict[Capability, Names] = Field(default_factory=dict)
    budgets: Budgets = Budgets()
    services: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def chain(self, capability: Capability, quality: Quality) -> Names:
        """Return who is asked, in order; empty when the file does not say."""
        if quality == "premium" and capability in self.premium:
            return self.premium[capability]
        return self.chains.get(capability, ())


@lru_cache(maxsize=1)
def get_services_file() -> ServicesFile:
    """Read the services file once per process; an unset SERVICES_FILE gives an empty one.

    Raises ConfigError naming the place at fault.
    """
    path = get_settings().services
    if path is None:
        return ServicesFile()
    return parse_services(read_text(path, "SERVICES_FILE"))


def parse_services(text: str) -> ServicesFile:
    """Read a services file from its text."""
    return parse(text, ServicesFile, "SERVICES_FILE")
