from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.callbacks import is_genuine

TASK = "ee9c2715375b7837f8bb51d641ff5863"
STAMP = "1769670760"
KEY = "sk_test_fake_hmac"
SIGNATURE = "LUUHa2qVWKjsC+Lh13TyZFMhDp9jMk+lc9iTjQdFTVQ="
"""Made by `printf '%s' TASK.STAMP | openssl dgst -sha256 -hmac KEY -binary | base64`."""

SENT_AT = datetime.fromtimestamp(int(STAMP), UTC)


def test_the_signature_of_another_program_is_genuine() -> None:
    assert is_genuine(TASK, STAMP, SIGNATURE, KEY, SENT_AT)


@pytest.mark.parametrize(
    "changed",
    [
        {"task_id": TASK[:-1] + "4"},
        {"task_id": ""},
        {"timestamp": str(int(STAMP) + 1)},
        {"signature": SIGNATURE[:-2] + "U="},
        {"signature": SIGNATURE.lower()},
        {"signature": SIGNATURE + "="},
        {"signature": ""},
        {"signature": "ß" * 44},
        {"signature": "\ud800"},
        {"key": KEY + "x"},
        {"key": ""},
    ],
    ids=str,
)
def test_whatever_is_changed_makes_it_a_forgery(changed: dict[str, str]) -> None:
    parts = {"task_id": TASK, "timestamp": STAMP, "signature": SIGNATURE, "key": KEY, **changed}

    assert not is_genuine(**parts, now=SENT_AT)


@pytest.mark.parametrize(("task", "key"), [("", KEY), (TASK, "")], ids=["no task", "no key"])
def test_without_a_task_or_a_key_even_the_right_signature_proves_nothing(task: str, key: str) -> None:
    digest = hmac.new(key.encode(), f"{task}.{STAMP}".encode(), hashlib.sha256).digest()

    assert not is_genuine(task, STAMP, base64.b64encode(digest).decode(), key, SENT_AT)


@pytest.mark.parametrize(
    ("late", "window", "genuine"),
    [(300, 300, True), (300.5, 300, False), (-300, 300, True), (-301, 300, False), (10, 9, False), (86_400, 1e6, True)],
)
def test_only_a_callback_of_these_minutes_counts(late: float, window: float, genuine: bool) -> None:
    moment = SENT_AT + timedelta(seconds=late)

    assert is_genuine(TASK, STAMP, SIGNATURE, KEY, moment, window) is genuine


@pytest.mark.parametrize(
    "stamp", ["", " ", "now", "1769670760.5", "-1769670760", "+1769670760", "1e9", "²", "9" * 5000]
)
def test_a_time_that_is_none_is_never_genuine(stamp: str) -> None:
    assert not is_genuine(TASK, stamp, SIGNATURE, KEY, SENT_AT)


@given(st.text(), st.text(), st.text(), st.text())
def test_no_text_breaks_it_and_none_is_taken(task: str, stamp: str, signature: str, key: str) -> None:
    assert not is_genuine(task, stamp, signature, key, SENT_AT)
