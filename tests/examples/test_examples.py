"""The examples that ship with the product are a promise: every one of them can be made as it is."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from core.models import Brief, Character
from rules.briefs import parse_brief
from rules.roster import parse_roster

EXAMPLES = Path(__file__).parents[2] / "examples"
BRIEFS = sorted((EXAMPLES / "briefs").glob("*.md"))
FEWEST_WORDS, MOST_WORDS = 50, 95
"""Told words of a reel of about 25 to 40 seconds, hook and closing included."""


@pytest.fixture(scope="module")
def roster() -> tuple[Character, ...]:
    return parse_roster((EXAMPLES / "characters.toml").read_text(encoding="utf-8"))


@pytest.fixture(params=BRIEFS, ids=lambda path: path.stem)
def brief(request: pytest.FixtureRequest) -> Brief:
    return parse_brief(request.param.read_text(encoding="utf-8"))


def told_words(brief: Brief) -> int:
    told = [brief.hook or brief.title, *(fact.text for fact in brief.facts), brief.closing or ""]
    return len(" ".join(told).split())


def brightness(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_there_are_enough_briefs_and_a_quarter_of_them_is_spanish() -> None:
    languages = Counter(parse_brief(path.read_text(encoding="utf-8")).language for path in BRIEFS)

    assert languages.total() >= 28
    assert languages["es"] * 4 >= languages.total()
    assert all(languages[language] >= 2 for language in ("en", "de", "fr", "it"))


def test_no_two_briefs_tell_the_same_story() -> None:
    titles = [parse_brief(path.read_text(encoding="utf-8")).title for path in BRIEFS]

    assert len(set(titles)) == len(titles)


def test_every_brief_file_is_named_by_a_slug() -> None:
    assert [path.name for path in BRIEFS if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.md", path.name)] == []


def test_a_brief_has_facts_enough_for_its_beats(brief: Brief) -> None:
    assert 4 <= len(brief.facts) <= 7


def test_each_fact_names_a_source_of_its_brief(brief: Brief) -> None:
    for fact in brief.facts:
        assert fact.sources, f"no source: {fact.text}"
        assert all(1 <= number <= len(brief.sources) for number in fact.sources), fact.text


def test_the_mark_of_a_source_is_not_spoken(brief: Brief) -> None:
    assert not any(re.search(r"\[\d", fact.text) for fact in brief.facts)


def test_each_source_is_a_page_that_is_used(brief: Brief) -> None:
    used = {number for fact in brief.facts for number in fact.sources}

    assert all(re.search(r"https://\S+\.\S+", source) for source in brief.sources)
    assert used == set(range(1, len(brief.sources) + 1))


def test_its_character_is_of_the_roster_and_speaks_its_language(brief: Brief, roster: tuple[Character, ...]) -> None:
    tellers = {character.slug: character for character in roster}

    assert tellers[brief.character].language == brief.language


def test_its_narration_is_as_long_as_a_reel(brief: Brief) -> None:
    assert FEWEST_WORDS <= told_words(brief) <= MOST_WORDS


def test_its_title_can_open_the_reel(brief: Brief) -> None:
    assert len(brief.title) <= 60
    assert len((brief.hook or "").split()) <= 9


def test_it_suggests_places_and_hashtags(brief: Brief) -> None:
    assert brief.places
    assert brief.hashtags


def test_the_roster_has_32_adults_and_8_of_them_are_elite(roster: tuple[Character, ...]) -> None:
    assert len(roster) == 32
    assert sum(character.elite for character in roster) == 8
    assert min(character.age for character in roster) >= 21


def test_no_two_characters_share_a_slug_a_name_or_a_palette(roster: tuple[Character, ...]) -> None:
    assert len({character.slug for character in roster}) == len(roster)
    assert len({character.name for character in roster}) == len(roster)
    assert len({character.palette for character in roster}) == len(roster)
    assert len({(character.palette.main, character.palette.accent) for character in roster}) == len(roster)


def test_every_palette_runs_from_dark_to_light(roster: tuple[Character, ...]) -> None:
    for character in roster:
        palette = character.palette
        steps = [brightness(colour) for colour in (palette.deep, palette.main, palette.soft, palette.glow)]
        assert steps == sorted(steps), character.slug


def test_every_accent_is_bright_and_saturated_enough_for_captions(roster: tuple[Character, ...]) -> None:
    for character in roster:
        accent = character.palette.accent
        channels = [int(accent[at : at + 2], 16) for at in (1, 3, 5)]
        assert brightness(accent) >= 0.6, character.slug
        assert max(channels) - min(channels) >= 90, character.slug


def test_every_voice_can_speak_the_language_of_its_character(roster: tuple[Character, ...]) -> None:
    assert all(character.voice.name == "pico" for character in roster if character.language != "en")
    assert {character.voice.name for character in roster} == {"joe", "pico"}


def test_every_character_has_a_brief_to_tell(roster: tuple[Character, ...]) -> None:
    tellers = {parse_brief(path.read_text(encoding="utf-8")).character for path in BRIEFS}

    assert {character.slug for character in roster} == tellers
