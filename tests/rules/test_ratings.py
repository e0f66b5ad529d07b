"""A reel is only posted where the platform's rules and the operator's both bear its rating."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ratings import NAMES, rating_name, rating_problems

RATINGS = st.integers(0, 5)


def test_every_rating_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == 6
    assert rating_name(0) == "0 (for anybody)"
    assert rating_name(5) == "5 (for adults who ask for it)"


@pytest.mark.parametrize(("rating", "platform", "account"), [(0, 0, 0), (3, 3, 5), (2, 5, 2)])
def test_what_both_bear_is_no_problem(rating: int, platform: int, account: int) -> None:
    assert rating_problems(rating, platform, account, "youtube", "youtube/jonah") == []


def test_what_a_platform_does_not_bear_is_said_with_its_remedy() -> None:
    (said,) = rating_problems(4, 2, 1, "youtube", "youtube/jonah")

    assert "4 (for adults)" in said
    assert "the rules of youtube bear 2 (for teenagers) at most" in said
    assert "Post it elsewhere" in said


def test_what_an_account_does_not_take_is_said_with_its_remedy() -> None:
    (said,) = rating_problems(3, 4, 1, "telegram", "telegram/cave")

    assert "the account telegram/cave takes 1 (for older children) at most" in said
    assert "Raise `highest_rating`" in said
    assert "telegram bears 4 (for adults)" in said


@given(RATINGS, RATINGS, RATINGS)
def test_the_strictest_wins(rating: int, platform: int, account: int) -> None:
    found = rating_problems(rating, platform, account, "youtube", "youtube/jonah")

    assert bool(found) == (rating > min(platform, account))
