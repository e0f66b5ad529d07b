"""What a reel's facts.json says. Only the title must be there; unknown and missing fields are fine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

FACTS_LIMIT_BYTES = 1_048_576
"""The facts of a reel are a few KiB; a file beyond 1 MiB is not one."""


class Tolerant(BaseModel):
    """Ignores unknown fields, takes null for a field left out, numbers for texts."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_missing(cls, values: Any) -> Any:
        return (
            {name: value for name, value in values.items() if value is not None} if isinstance(values, dict) else values
        )


class Teller(Tolerant):
    """The character who tells the reel."""

    slug: str = ""
    name: str = ""


class ToldLine(Tolerant):
    """A spoken line, when it is heard (seconds) and where it plays."""

    role: str = ""
    text: str = ""
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)
    place: str = ""
    time: str = ""
    mood: str = ""


class StepMaker(Tolerant):
    """Who made one step and what it cost in credits."""

    step: str = ""
    maker: str = ""
    stand_in: bool = False
    credits: str = "0"


class Checks(Tolerant):
    """What the checks found and measured."""

    findings: tuple[Any, ...] = ()
    measures: dict[str, Any] = {}


class Facts(Tolerant):
    """Everything a page tells about a reel."""

    title: str = Field(min_length=1)
    reel: int | None = None
    character: Teller = Teller()
    language: str = ""
    seconds: float | None = Field(default=None, ge=0)
    frames: int | None = None
    made_at: AwareDatetime | None = None
    script: tuple[ToldLine, ...] = ()
    sources: tuple[str, ...] = ()
    caption: str = ""
    hashtags: tuple[str, ...] = ()
    makers: tuple[StepMaker, ...] = ()
    credits: str = "0"
    checks: Checks = Checks()
    timing: str = ""
    sha256: dict[str, str] = {}

    @field_validator("made_at", mode="before")
    @classmethod
    def _no_zone_is_utc(cls, value: Any) -> Any:
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            return value
        return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) and moment.tzinfo is None else moment


def parse_facts(content: bytes) -> Facts | None:
    """Return the facts, or None when they are broken."""
    if len(content) > FACTS_LIMIT_BYTES:
        return None
    try:
        return Facts.model_validate_json(content)
    except ValidationError:
        return None
