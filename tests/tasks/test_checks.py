"""Reels are compared with those that were checked before them."""

from __future__ import annotations

from collections.abc import Callable

from core.models import Capability, Made, Order
from core.settings import Settings
from db import reels
from db.connection import get_database
from tasks.making import Local, obtain


def check(reel_id: int, looks: str) -> None:
    """Write down how a reel looks, as its check does."""
    order = Order(capability=Capability.CHECK, request={"reel": looks}, recipe="1")
    key = obtain(order, [Local("test", lambda *_: Made({}, {"fingerprint": {"hashes": [looks]}}))], reel_id=reel_id)
    with get_database().transaction() as connection:
        reels.set_part(connection, reel_id, "check", key.key)


def test_only_reels_before_this_one_are_compared(house: Settings, plan_reel: Callable[[str], int]) -> None:
    first, second, third = (plan_reel(title) for title in ("The first one", "The second one", "The third one"))
    for reel_id, looks in ((first, "aa"), (second, "bb"), (third, "cc")):
        check(reel_id, looks)

    with get_database().transaction() as connection:
        seen = reels.list_fingerprints(connection, second)
        newest = reels.list_fingerprints(connection, third, limit=1)

    assert seen == {f"reel {first} (The first one)": {"hashes": ["aa"]}}
    assert newest == {f"reel {second} (The second one)": {"hashes": ["bb"]}}
