"""Reading what A2E answers.

Its field names drift between families of calls and between years, so everything here looks under every name that
was seen and raises when none is there; nothing is ever taken for a success by guessing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import AliasChoices, BaseModel, Field

from core.errors import JobFailed, UnexpectedReply
from core.models import Capability
from integrations.generation.a2e_api import SERVICE
from integrations.generation.contract import Standing
from integrations.http import one_line

DONE = frozenset({"completed", "success"})
FAILED = frozenset({"failed", "fail", "error"})
"""The words for an end that were seen in `current_status` or `status`; every other one means that it goes on."""

LINKS: Mapping[Capability, tuple[str, ...]] = {
    Capability.DRAW: ("image_urls", "result_url", "result"),
    Capability.ANIMATE: ("result_url", "result"),
    Capability.TALK: ("result_url", "result"),
    Capability.SPEAK: ("audio_url", "result_url", "url", "result"),
    Capability.CLONE: (),
}
"""Where results are named. A record repeats its inputs (`image_url`, `video_url`), so these must not be taken."""

PRICE = re.compile(r"coin|credit|cost|price", re.IGNORECASE)
NO_PRICE = re.compile(r"remain|balance|left|unit|per_?|discount|diamond|request_?body|original", re.IGNORECASE)
"""How a figure of a quote may and may not be called; its form is not published. UNCONFIRMED."""


class Upload(BaseModel):
    """Where to put an input file, and the address under which the service then reads it."""

    put_to: str = Field(validation_alias=AliasChoices("uploadUrl", "upload_url"), pattern="^https?://")
    address: str = Field(validation_alias=AliasChoices("cdnUrl", "publicUrl", "cdn_url"), pattern="^https?://")


class Coins(BaseModel):
    """What an account has left."""

    coins: Decimal


def unreadable(message: str, data: Any) -> UnexpectedReply:
    """Return the error for an answer without what it must have."""
    return UnexpectedReply(message, service=SERVICE, detail=one_line(str(data)))


def record_of(data: Any) -> dict[str, Any]:
    """Return the job of an answer, which is an object or a list with one. Empty when there is none."""
    first = data[0] if isinstance(data, list) and data else data
    return first if isinstance(first, dict) else {}


def rows_of(data: Any) -> list[dict[str, Any]]:
    """Return the records of a list. Raises UnexpectedReply when it holds none by any known name."""
    rows = data
    if isinstance(data, dict):
        rows = next((data[name] for name in ("rows", "list", "data") if name in data), None)
    if not isinstance(rows, list) or not all(isinstance(row, dict) and id_of(row) for row in rows):
        raise unreadable("The list of jobs has no known form.", data)
    return rows


def id_of(record: Mapping[str, Any]) -> str:
    """Return the service's number of a job, "" when it has none."""
    return next((str(record[name]) for name in ("_id", "id", "task_id", "taskId") if record.get(name)), "")


def links_of(found: Any, capability: Capability) -> tuple[str, ...]:
    """Return the addresses of what was made: of an address, a list of them or a record that names them."""
    if isinstance(found, str):
        return (found,) if re.match(r"https?://\S+$", found) else ()
    if isinstance(found, list):
        return tuple(link for one in found for link in links_of(one, capability))
    if isinstance(found, dict):
        return next(filter(None, (links_of(found.get(name), capability) for name in LINKS[capability])), ())
    return ()


def created(row: Mapping[str, Any]) -> datetime | None:
    """Return when a record was made, None when it does not say so in a known way."""
    value = next((row[name] for name in ("createdAt", "created_at", "createTime") if row.get(name)), None)
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def ends_before(rows: Sequence[Mapping[str, Any]], oldest: datetime) -> bool:
    """Tell whether a page of a list runs from new to old and its last record is older than a time."""
    times = [created(row) for row in rows]
    known = [time for time in times if time]
    return bool(known) and len(known) == len(times) and known == sorted(known, reverse=True) and known[-1] < oldest


def standing_of(record: Mapping[str, Any], capability: Capability) -> Standing:
    """Return where a job stands by its record.

    Raises JobFailed when it failed, with the coins it was accepted for, UnexpectedReply when the record has no status
    or is done without a result.
    """
    status = next((str(record[name]).lower() for name in ("current_status", "status") if record.get(name)), "")
    if status in FAILED:
        told = one_line(str(record.get("failed_message") or record.get("faild_message") or ""))
        code = str(record.get("failed_code") or "")
        failed = JobFailed("A2E could not do the job.", service=SERVICE, code=code, detail=told)
        failed.units = number_of(record.get("coins"))  # taken when the job was accepted
        raise failed
    links = links_of(dict(record), capability)
    is_ready = bool(links) or status in DONE
    if not status or (is_ready and LINKS[capability] and not links):
        raise unreadable("The job has no status, or is done without a result.", record)
    percent = number_of(record.get("process")) or Decimal(0)
    share = 1.0 if is_ready else min(float(percent) / 100, 1.0)
    return Standing(is_ready, share, links, units=number_of(record.get("coins")))


def price_in(data: Any) -> Decimal | None:
    """Return the highest price that a quote names anywhere, None when it names none above nought."""
    return max((number for number in numbers_in(data) if number > 0), default=None)


def numbers_in(data: Any) -> Iterator[Decimal]:
    """Yield every figure that is called a price and nothing else."""
    if isinstance(data, list):
        for one in data:
            yield from numbers_in(one)
    elif isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, (dict, list)) and not NO_PRICE.search(name):
                yield from numbers_in(value)
            elif PRICE.search(name) and not NO_PRICE.search(name) and (number := number_of(value)) is not None:
                yield number


def number_of(value: Any) -> Decimal | None:
    """Return a number, also one that is written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None
