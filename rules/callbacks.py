"""Whether a callback truly comes from KIE.

KIE signs the task's number and the time, not the body (https://docs.kie.ai/common-api/webhook-verification): a
genuine callback proves that something happened to a task, and nothing that it says about it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

LONGEST_TIMESTAMP = 12
"""Digits of unix seconds; more are no time of this age."""


def is_genuine(
    task_id: str, timestamp: str, signature: str, key: str, now: datetime, window_seconds: float = 300
) -> bool:
    """Say whether `signature` is base64(HMAC-SHA256(task_id + "." + timestamp)) under `key`, and the time is near.

    `timestamp` is in unix seconds as it was sent, and may lie `window_seconds` to either side of `now`. Without a
    task or a key nothing is genuine.
    """
    if not task_id or not key or not (timestamp.isascii() and timestamp.isdigit()):
        return False
    if len(timestamp) > LONGEST_TIMESTAMP or abs(now.timestamp() - int(timestamp)) > window_seconds:
        return False
    signed = f"{task_id}.{timestamp}".encode("utf-8", "surrogatepass")
    expected = base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass"))
