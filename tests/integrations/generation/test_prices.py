"""What a call costs, by the table that was in force."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.errors import ConfigError
from core.models import Capability
from integrations.generation.prices import Price, cost, cost_today

DRAW, SPEAK = Capability.DRAW, Capability.SPEAK
TODAY = date(2026, 11, 21)


def price(units: str, *, since: date = date(2026, 1, 1), **rest: object) -> Price:
    return Price.model_validate({"capability": DRAW, "since": since, "units": Decimal(units), **rest})


def test_a_call_costs_its_price_times_its_amount() -> None:
    prices = [price("0.07", capability=SPEAK, per="character")]

    assert cost([prices], "a2e", SPEAK, "", {"character": Decimal(120)}, TODAY) == Decimal("8.4")


def test_the_price_of_the_model_goes_before_the_general_one() -> None:
    prices = [price("9"), price("4", model="quick")]

    assert cost([prices], "kie", DRAW, "quick", {"request": Decimal(1)}, TODAY) == 4
    assert cost([prices], "kie", DRAW, "other", {"request": Decimal(1)}, TODAY) == 9


def test_the_newest_price_in_force_counts() -> None:
    prices = [price("9"), price("5", since=date(2026, 8, 1)), price("1", since=date(2027, 1, 1))]

    assert cost([prices], "kie", DRAW, "", {"request": Decimal(1)}, TODAY) == 5
    assert cost([prices], "kie", DRAW, "", {"request": Decimal(1)}, date(2026, 3, 1)) == 9


def test_the_operators_price_goes_before_the_built_in_one_however_old_and_general_it_is() -> None:
    tables = [[price("3", since=date(2020, 1, 1))], [price("9", model="quick", since=date(2026, 8, 1))]]

    assert cost(tables, "kie", DRAW, "quick", {"request": Decimal(1)}, TODAY) == 3


def test_prices_of_several_kinds_add_up() -> None:
    prices = [price("2"), price("0.5", per="second")]

    assert cost([prices], "kie", DRAW, "", {"request": Decimal(1), "second": Decimal(10)}, TODAY) == 7


def test_it_is_rounded_up_so_that_a_reservation_is_never_too_small() -> None:
    assert cost([[price("0.33333")]], "kie", DRAW, "", {"request": Decimal(1)}, TODAY) == Decimal("0.3334")


def test_a_missing_price_is_never_taken_for_nothing() -> None:
    with pytest.raises(ConfigError, match="No price is known for 'draw' with the model 'new'") as caught:
        cost([[price("1", since=date(2027, 1, 1))]], "kie", DRAW, "new", {"request": Decimal(1)}, TODAY)

    assert "services.kie.prices" in caught.value.remedy


def test_a_call_of_today_is_one_request_at_the_price_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    prices = [price("2"), price("0.5", per="second"), price("9", since=date(2027, 1, 1))]
    monkeypatch.setattr("integrations.generation.prices.now", lambda: datetime(2026, 12, 31, 23, tzinfo=UTC))

    assert cost_today([prices], "kie", DRAW, "", {}) == 2
    assert cost_today([prices], "kie", DRAW, "", {"second": Decimal(10)}) == 7
    monkeypatch.setattr("integrations.generation.prices.now", lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert cost_today([prices], "kie", DRAW, "", {"second": Decimal(10)}) == 9
