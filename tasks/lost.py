"""Finds out what became of a call whose answer was lost, by looking through the service's own records."""

from __future__ import annotations

import time
from datetime import UTC, timedelta

from core.clock import now
from core.errors import FactoryError, OutcomeUnknown
from tasks.call import Call

CLOCK_SKEW = timedelta(minutes=2)
"""How far a service's clock may be behind ours when its records are looked through."""

MORE_LOOKS = 2
"""How often it is looked once more when the last look, the one that counts, got no answer."""


def look_for(call: Call) -> str | None:
    """Look through the service's records, several times, for a call whose answer was lost.

    Raises NeedsPerson, after writing the doubt down, when they cannot tell.
    """
    asked = call.attempt.asked_at or now()
    pauses = call.options.look_after
    evidence = ""
    for number, pause in enumerate([*pauses, *[pauses[-1]] * MORE_LOOKS], start=1):
        time.sleep(pause)
        try:
            external_id = call.client.find(call.job, asked - CLOCK_SKEW)
        except OutcomeUnknown as exc:  # it has no records to look through
            evidence = str(exc)
            call.note(evidence)
            break
        except FactoryError as exc:
            evidence = str(exc)
            call.note(evidence)
            continue
        call.note("not in the service's records" if external_id is None else f"found as {external_id}")
        if external_id is not None or number >= len(pauses):
            return external_id
    reason = (
        f"{call.name} was asked for '{call.job.capability}' at {asked.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC as "
        f"{call.job.label}, and its answer was lost: {evidence}"
    )
    raise call.doubt(reason)
