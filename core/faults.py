"""What is wrong with data that a model refused, in one line for people."""

from __future__ import annotations

from pydantic import ValidationError


def faults_of(exc: ValidationError) -> str:
    """Say which fields are wrong, without repeating what they hold."""
    faults = exc.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
