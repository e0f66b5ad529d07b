"""What is burnt into a character's reels."""

from typing import get_args

import pytest

from core.errors import ConfigError
from core.models import Language
from rules.branding import INVITATIONS, Marks, marks_of
from rules.roster import parse_roster

ROSTER = """
[[character]]
slug = "jonah-reef"
name = "Jonah Reef"
age = 34
language = "{language}"
persona = "A patient diver who tells what he sees below."
tone = "curious"
palette = {{ deep = "#03121f", main = "#0b4f6c", soft = "#5fb0c9", glow = "#e8f7fb", accent = "#ffd23f" }}
voice = {{ name = "joe" }}
"""


def marks(brand: str = "", language: str = "en") -> Marks:
    (character,) = parse_roster(ROSTER.format(language=language) + brand)
    return marks_of(character)


def test_the_house_marks_reels_with_the_name_and_an_invitation() -> None:
    assert marks() == Marks("Jonah Reef", "More from Jonah Reef")
    assert marks(language="es").outro == "Más de Jonah Reef"


def test_a_character_may_have_words_of_its_own() -> None:
    assert marks('brand = { watermark = "@jonah", outro = "Dive deeper" }') == Marks("@jonah", "Dive deeper")


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_text_leaves_the_mark_out(text: str) -> None:
    assert marks(f'brand = {{ watermark = "{text}", outro = "{text}" }}') == Marks(None, None)


def test_there_is_an_invitation_in_every_language() -> None:
    assert set(INVITATIONS) == set(get_args(Language))


def test_a_wrong_brand_in_the_roster_is_named() -> None:
    with pytest.raises(ConfigError, match=r"brand\.captions") as raised:
        marks('brand = { captions = "comic" }')

    assert "colour, box or pop" in raised.value.remedy
