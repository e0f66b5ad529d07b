from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.keys import canonical_json, content_key, plain_number
from core.models import Capability, Order

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_equal_values_have_equal_keys_however_they_are_ordered(value: object) -> None:
    def shuffled(item: object) -> object:
        if isinstance(item, dict):
            return {key: shuffled(item[key]) for key in reversed(list(item))}
        return [shuffled(part) for part in item] if isinstance(item, list) else item

    assert content_key(value) == content_key(shuffled(value))


def test_composed_and_decomposed_letters_are_the_same_text() -> None:
    assert content_key("caf\u00e9") == content_key("cafe\u0301")


def test_one_and_one_point_zero_ask_for_the_same_thing() -> None:
    assert content_key({"speed": 1}) == content_key({"speed": 1.0})


def test_true_and_one_do_not() -> None:
    assert content_key(True) != content_key(1)


def test_it_refuses_numbers_json_does_not_know() -> None:
    with pytest.raises(ValueError):
        canonical_json(float("nan"))


@pytest.mark.parametrize(
    "change", [{"recipe": "2"}, {"variant": "take-1"}, {"request": {"text": "b"}}, {"capability": Capability.DRAW}]
)
def test_each_part_of_an_order_changes_its_key(change: dict[str, object]) -> None:
    order = Order(capability=Capability.SPEAK, request={"text": "a"}, recipe="1")

    assert order.model_copy(update=change).key != order.key


def test_the_key_of_a_known_order_never_changes() -> None:
    """Keys are kept in databases for years; a change here would make everything again."""
    order = Order(capability=Capability.SPEAK, request={"text": "Hola, ñandú", "speed": 1.0}, recipe="1", variant="x")

    assert order.key == "354f438b4a4f59944eb2ab55d7a19b69bff0b15af55420e233312d3fe4b708e6"


@pytest.mark.parametrize(("amount", "text"), [("0.0000", "0"), ("7.0000", "7"), ("0.2500", "0.25"), ("1200", "1200")])
def test_amounts_are_written_plainly(amount: str, text: str) -> None:
    assert plain_number(Decimal(amount)) == text
