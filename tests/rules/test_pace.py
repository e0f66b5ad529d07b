"""An operator learns which wishes of a cadence cannot come true."""

from __future__ import annotations

from typing import Any

import pytest

from core.posting import Cadence, Limits, PostingAccount, TextLimit
from rules.pace import pace_problems


def said(per_day: int = 0, between: int = 0, **cadence: Any) -> list[str]:
    limits = Limits(
        caption=TextLimit(most=2200), seconds=(3, 180), largest_mib=100, posts_per_day=per_day, minutes_between=between
    )
    account = PostingAccount(platform="tiktok", name="jonah", cadence=Cadence.model_validate(cadence))
    return pace_problems(account, limits)


@pytest.mark.parametrize(
    "cadence",
    [
        {},
        {"most_per_day": 15},
        {"minutes_between": 30},
        {"hours": ["09:00", "18:00"], "most_per_day": 2, "minutes_between": 540, "quiet": ["22:00", "08:00"]},
        {"hours": ["18:00"], "minutes_between": 7 * 24 * 60},
    ],
)
def test_a_cadence_within_the_rules_is_no_problem(cadence: dict[str, Any]) -> None:
    assert said(per_day=15, between=30, **cadence) == []


@pytest.mark.parametrize(
    ("cadence", "words"),
    [
        ({"most_per_day": 20}, "tiktok/jonah asks for 20 posts a day where tiktok has 15 written down"),
        ({"hours": [f"{hour:02}:00" for hour in range(16)]}, "asks for 16 posts a day"),
        ({"minutes_between": 29}, "every 29 minutes where tiktok has 30 written down"),
        ({"hours": ["09:00", "18:00"], "most_per_day": 3}, "asks for 3 posts a day and has 2 best hours"),
        ({"hours": ["09:00", "18:00"], "quiet": ["17:00", "19:00"]}, "lie in its quiet hours"),
        ({"hours": ["09:00", "09:29"]}, "closer than the 30 minutes"),
        ({"hours": ["09:00", "18:00"], "minutes_between": 541}, "closer than the 541 minutes"),
        ({"quiet": ["08:00", "08:00"]}, "tiktok/jonah: The quiet hours end when they begin"),
        ({"hours": ["09:00+01:00", "10:00"]}, "tiktok/jonah: A time of day"),
    ],
)
def test_a_wish_that_cannot_come_true_is_named(cadence: dict[str, Any], words: str) -> None:
    (sentence,) = said(per_day=15, between=30, **cadence)

    assert words in sentence


def test_where_nothing_is_written_down_nothing_is_too_much() -> None:
    assert said(most_per_day=200, minutes_between=1) == []
