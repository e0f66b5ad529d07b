"""The services file, as an operator writes it and gets it wrong."""

from decimal import Decimal
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.models import Capability
from core.services_file import get_services_file, parse_services
from core.settings import get_settings

WHOLE = """
[chains]
draw = ["a2e", "scenery"]
[premium]
draw = ["comfyui", "a2e"]
[budgets]
day = 500
workflows = { daily-generator = 300 }
[services.a2e]
base_url = "https://video.a2e.ai"
"""


def test_it_says_who_is_asked_what_may_be_spent_and_how_services_are_used() -> None:
    file = parse_services(WHOLE)

    assert file.chain(Capability.DRAW, "standard") == ("a2e", "scenery")
    assert file.chain(Capability.DRAW, "premium") == ("comfyui", "a2e")
    assert file.chain(Capability.SPEAK, "premium") == ()
    assert file.budgets.day == Decimal(500)
    assert file.budgets.workflows == {"daily-generator": Decimal(300)}
    assert file.services["a2e"]["base_url"] == "https://video.a2e.ai"


def test_premium_reels_use_the_usual_chain_where_they_have_none_of_their_own() -> None:
    assert parse_services('[chains]\nspeak = ["piper"]').chain(Capability.SPEAK, "premium") == ("piper",)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[chains\n", "not valid TOML"),
        ('[chains]\npaint = ["a2e"]', "chains.paint"),
        ("[budgets]\nday = -1", "budgets.day"),
        ("[budgets]\nyear = 5", "budgets.year"),
        ("[chain]\n", "chain"),
        ("services = 1", "services"),
    ],
)
def test_a_fault_is_named(text: str, place: str) -> None:
    with pytest.raises(ConfigError, match=place):
        parse_services(text)


def test_a_file_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SERVICES_FILE", str(tmp_path / "none.toml"))
    get_settings.cache_clear()
    get_services_file.cache_clear()

    with pytest.raises(ConfigError, match="cannot be read"):
        get_services_file()

    get_settings.cache_clear()
    get_services_file.cache_clear()


def test_without_a_file_nothing_is_asked_and_nothing_capped() -> None:
    get_services_file.cache_clear()

    assert get_services_file().services == {}
    assert get_services_file().budgets.day is None
