"""What a RunPod endpoint answers, and what its ComfyUI worker made or says went wrong.

The forms are those of https://docs.runpod.io/serverless and of handler.py in worker-comfyui; `output` belongs to the
worker and may be anything.
"""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from integrations.http import one_line


class Begun(BaseModel):
    """The answer to /run."""

    id: str = Field(min_length=1)


class Picture(BaseModel):
    """A picture of the worker: `data` is base64, or an address when `type` is s3_url."""

    type: str
    data: str


class Record(BaseModel):
    """The answer to /status and /cancel."""

    status: str
    execution_time: Decimal | None = Field(default=None, alias="executionTime")
    error: Any = None
    output: Any = None

    @property
    def given(self) -> dict[str, Any]:
        """What the worker handed over, empty when it is no object."""
        return self.output if isinstance(self.output, dict) else {}


class Health(BaseModel):
    """Counts of jobs and workers by state."""

    jobs: dict[str, int] = {}
    workers: dict[str, int] = {}

    @property
    def is_up(self) -> bool:
        """Whether a worker is there that can take a job, now or once it has started."""
        return any(self.workers.get(state) for state in ("idle", "ready", "initializing", "running"))


def pictures_in(record: Record) -> list[Picture]:
    """Return the pictures a job made."""
    images = record.given.get("images")
    return [
        Picture.model_validate(image)
        for image in (images if isinstance(images, list) else ())
        if isinstance(image, dict) and isinstance(image.get("data"), str) and isinstance(image.get("type"), str)
    ]


def reason_of(record: Record) -> str:
    """Return what went wrong: the error, which may be JSON inside a text, and what the worker adds to it."""
    error = record.error
    if isinstance(error, str) and error.lstrip().startswith("{"):
        with suppress(ValueError):
            error = json.loads(error)
    if isinstance(error, dict):
        error = error.get("error_message") or error.get("message") or error
    more = [note for name in ("errors", "details") for note in record.given.get(name) or () if isinstance(note, str)]
    return "; ".join(one_line(str(part)) for part in (error, *more) if part)


def counted(states: dict[str, int]) -> str:
    """Return counts by state in words."""
    return ", ".join(f"{count} {state}" for state, count in states.items()) or "unknown"
