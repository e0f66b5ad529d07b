"""The roster is read whole or refused by name, and the rotation is fair."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from core.models import Turn
from rules.roster import next_character, parse_roster

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
CHARACTER = """
[[character]]
slug = "{slug}"
name = "Jonah Reef"
age = 34
language = "en"
persona = "A patient diver who tells what he sees below."
tone = "curious"
elite = true
palette = {{ deep = "#03121f", main = "#0b4f6c", soft = "#5fb0c9", glow = "#e8f7fb", accent = "#ffd23f" }}
voice = {{ name = "joe", speed = 0.95 }}
"""


def roster(slug: str = "jonah-reef", old: str = "", new: str = "") -> str:
    text = CHARACTER.format(slug=slug)
    assert old in text
    return text.replace(old, new) if old else text


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def test_it_reads_all_characters_in_their_order() -> None:
    characters = parse_roster(roster() + roster("ada-lumen"))

    assert [character.slug for character in characters] == ["jonah-reef", "ada-lumen"]
    assert characters[0].voice.name == "joe"
    assert characters[0].voice.speed == 0.95
    assert characters[0].palette.accent == "#ffd23f"
    assert characters[0].elite


@pytest.mark.parametrize(
    ("old", "new", "field", "remedy"),
    [
        ("age = 34", "age = 17", "age", "18 or more"),
        ("age = 34\n", "", "age", "18 or more"),
        ('language = "en"', 'language = "pt"', "language", "en, es, de, fr, it"),
        ('tone = "curious"', 'tone = "angry"', "tone", "curious, warm"),
        ('"#ffd23f"', '"yellow"', "palette.accent", "#rrggbb"),
        ("speed = 0.95", "speed = 3", "voice.speed", "0.7 to 1.4"),
        ("elite = true", "elit = true", "elit", "examples/characters.toml"),
        ("A patient diver who tells what he sees below.", "Short.", "persona", "20 to 600"),
    ],
)
def test_it_refuses_a_wrong_field_naming_character_and_field(old: str, new: str, field: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_roster(roster("first") + roster("jonah-reef", old, new))

    assert "'jonah-reef'" in caught.value.message
    assert f"field '{field}'" in caught.value.message
    assert remedy in caught.value.remedy


def test_a_character_without_slug_is_named_by_its_place() -> None:
    with pytest.raises(ConfigError, match=r"number 2 .*field 'slug' is missing"):
        parse_roster(roster() + roster("x", 'slug = "x"\n', ""))


def test_it_refuses_a_slug_given_twice() -> None:
    with pytest.raises(ConfigError, match="'jonah-reef' is in the roster twice"):
        parse_roster(roster() + roster())


@pytest.mark.parametrize("text", ["", "# nothing", "character = 3", "character = []"])
def test_it_refuses_a_roster_without_characters(text: str) -> None:
    with pytest.raises(ConfigError, match="no characters"):
        parse_roster(text)


@pytest.mark.parametrize("text", ["[[character]\n", "\x00", "a = " + "[" * 50_000, 'a = "\ud800"'])
def test_it_refuses_what_is_not_toml(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_roster(text)


def test_it_refuses_other_tables() -> None:
    with pytest.raises(ConfigError, match="unknown entry 'characters'"):
        parse_roster("[[characters]]\n" + roster())


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_with_config_error(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_roster(text)


def test_the_one_whose_last_reel_is_longest_ago_is_next() -> None:
    assert next_character([Turn("a", 1, days_ago(1)), Turn("b", 1, days_ago(9)), Turn("c", 1, days_ago(2))]) == "b"


def test_who_never_had_a_reel_goes_first() -> None:
    assert next_character([Turn("a", 1, days_ago(900)), Turn("z", 1, None)]) == "z"


def test_who_has_no_idea_waiting_is_passed_over() -> None:
    assert next_character([Turn("a", 0, None), Turn("b", 0, days_ago(9)), Turn("c", 3, days_ago(1))]) == "c"


def test_nobody_is_next_without_ideas() -> None:
    assert next_character([]) is None
    assert next_character([Turn("a", 0, None)]) is None


def test_ties_go_by_slug() -> None:
    assert next_character([Turn("b", 1, None), Turn("a", 1, None)]) == "a"
    assert next_character([Turn("b", 1, NOW), Turn("a", 1, NOW)]) == "a"


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 6), st.integers(1, 4))
def test_everyone_comes_round_equally_often(characters: int, rounds: int) -> None:
    last: dict[str, datetime | None] = {f"c{number}": None for number in range(characters)}
    told = []
    for hour in range(characters * rounds):
        slug = next_character(Turn(slug, 1, when) for slug, when in last.items())
        assert slug is not None
        last[slug] = NOW + timedelta(hours=hour)
        told.append(slug)

    assert {told.count(slug) for slug in last} == {rounds}
