"""What an outside generation service looks like to the factory.

A paid call has one order, and whoever calls keeps it: `quote` what it will cost, `begin` it once, save the
service's own number, `check` until it is ready, `fetch` what was made. When the answer to `begin` was lost,
`find` asks the service whether it happened. A client method is one exchange and never repeats itself.

To add a service: copy the nearest file, keep its header of facts honest, and add it to SERVICES.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from pydantic import Field

from core.models import Capability, Made, Value
from integrations.generation.prices import Price

Strategy = Literal["round-robin", "random", "least-used"]


class Pace(Value):
    """How one account of a service is used: which is taken next, how often, and when it rests.

    `requests` per `window_seconds` and `concurrent` are upper limits, 0 for none; after `rest_after` requests an
    account rests for `rest_seconds`.
    """

    strategy: Strategy = "least-used"
    requests: int = Field(default=100, ge=0)
    window_seconds: float = Field(default=3600, gt=0)
    rest_after: int = Field(default=50, ge=0)
    rest_seconds: float = Field(default=1800, ge=0)
    concurrent: int = Field(default=4, ge=0)


class ServiceOptions(Value):
    """What every service can be told in the services file; each adds its own models and addresses.

    `worth` turns one unit of the service (a coin, a credit, a dollar) into the factory's credits. `prices` come
    before the built-in ones. `patience_seconds` bounds one generation, from the first call to the stored file.
    `look_after` are the pauses before each look for a call whose answer was lost: only when the last one does not
    find it either is it taken for never begun.
    """

    base_url: str = Field(pattern=r"^https?://[^\s]+$")
    worth: Decimal = Field(default=Decimal(1), gt=0)
    prices: tuple[Price, ...] = ()
    pace: Pace = Pace()
    timeout_seconds: float = Field(default=60, gt=0)
    poll_seconds: float = Field(default=3, gt=0)
    patience_seconds: float = Field(default=900, gt=0)
    look_after: tuple[float, ...] = Field(default=(2, 10, 45), min_length=1)
    largest_mib: int = Field(default=512, ge=1, description="A file that is larger is refused.")


@dataclass(frozen=True)
class Job:
    """One order as a service gets it.

    `label` is ours, unique for each attempt, and goes into a name field where the service has one. `files` are the
    input files by SHA-256, as `request` names them.
    """

    capability: Capability
    request: dict[str, Any]
    label: str
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Ticket:
    """The service took the job. Who answers at once hands over what was `made`, and `units` where it tells them."""

    external_id: str
    made: Made | None = None
    units: Decimal | None = None


@dataclass(frozen=True)
class Standing:
    """Where a job stands. Once `is_ready`, `links` and `result` say where its files are and what else it gave."""

    is_ready: bool
    share: float = 0.0
    links: tuple[str, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    units: Decimal | None = None


class Service(Protocol):
    """An outside service, spoken to with the key of one account."""

    name: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    Options: ClassVar[type[ServiceOptions]]
    needs_key: ClassVar[bool]
    quotes_by_asking: ClassVar[bool]
    """Whether `quote` asks the service, so that it must not hold a transaction open."""

    def __init__(self, options: Any, key: str) -> None: ...

    def objection(self, capability: Capability, request: dict[str, Any]) -> str | None:
        """Say in one sentence why this request cannot be served here, or None. Asks nobody."""
        ...

    def quote(self, job: Job) -> Decimal:
        """Return the most this job will cost, in the service's own units: by asking, or from the price table.

        Raises ConfigError when no price is known.
        """
        ...

    def begin(self, job: Job, workspace: Path) -> Ticket:
        """Ask for the job, once.

        Raises OutcomeUnknown when it was sent and no usable answer came, JobFailed with what it cost when the answer
        says that it was done in vain, and every other ServiceError only when the service surely did not take it.
        """
        ...

    def check(self, job: Job, external_id: str) -> Standing:
        """Ask once how far the job is; may be asked again.

        Raises JobFailed, with what it cost all the same, when the service gave up on it or lost it.
        """
        ...

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Copy what was made into the workspace. May be asked again."""
        ...

    def find(self, job: Job, since: datetime) -> str | None:
        """Return the service's number of a job whose answer was lost, or None when its own records show none.

        Raises OutcomeUnknown when the service has no records to look at.
        """
        ...

    def balance(self) -> Decimal | None:
        """Return what the account has left, in the service's own units; None where the service does not tell."""
        ...

    def examine(self) -> str:
        """Say in one line what is there (models, voices, credits), for `reelwright doctor`; raises what is wrong."""
        ...
