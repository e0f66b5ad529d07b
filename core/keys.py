"""Canonical keys: equal requests get equal keys, on every machine and in every Python."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from decimal import Decimal
from typing import Any

from pydantic import BaseModel


def canonical_json(value: Any) -> str:
    """Write a JSON value in one form only: sorted keys, no spaces, NFC text.

    Raises ValueError for NaN and infinities, TypeError for what JSON cannot hold.
    """
    return json.dumps(_normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_key(*parts: Any) -> str:
    """Return the SHA-256 (hex) of the canonical form of `parts`."""
    return hashlib.sha256(canonical_json(list(parts)).encode()).hexdigest()


def plain_number(amount: Decimal) -> str:
    """Write an amount without the zeros that a database column adds: 0, 7, 0.25."""
    return f"{amount.normalize():f}"


def _normal(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _normal(value.model_dump(mode="json"))
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_normal(str(key)): _normal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 1.0 and 1 ask for the same thing
    return value
