"""The outline writer tells the facts of a brief and nothing else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadBrief, BadInput
from core.models import Brief, Capability, Fact, Language, Place, Script, TimeOfDay, Tone, WriteRequest
from core.posts import DISCLOSURES, SOURCES_HEADINGS
from core.settings import Settings
from core.speaking_rate import reel_seconds, spoken_seconds
from integrations.generation.outline import Outline, write_script
from integrations.generation.outline_words import (
    CLOSINGS,
    OPENINGS_OF_STATEMENTS,
    OPENINGS_OF_TOPICS,
)
from integrations.generation.scene_setting import places_in, time_in
from integrations.generation.scene_words import PLACE_WORDS, TIME_WORDS

LANGUAGES: tuple[Language, ...] = get_args(Language)
TONES: tuple[Tone, ...] = get_args(Tone)
FACTS = (
    "Two hearts push blood through the gills, and a third serves the rest of the body.",
    "The blood is blue, because copper carries its oxygen instead of iron.",
    "Two thirds of its nerve cells sit in the arms, not in the brain.",
    "Every sucker can taste whatever it touches on the reef.",
    "In less than a second, its skin can change colour.",
    "With no bones, it slips through very narrow gaps in the rock.",
)
TITLES: dict[Language, str] = {
    "en": "The octopus has three hearts",
    "es": "El pulpo tiene tres corazones",
    "de": "Der Oktopus hat drei Herzen",
    "fr": "La pieuvre a trois cœurs",
    "it": "Il polpo ha tre cuori",
}


def request(
    *, facts: tuple[str, ...] = FACTS, tone: Tone = "curious", seconds: tuple[int, int] = (20, 45), **brief: Any
) -> WriteRequest:
    values = {"title": "The octopus has three hearts", "language": "en", "character": "jonah-reef", **brief}
    told = tuple(Fact(text=text, sources=(1,)) for text in facts)
    return WriteRequest(
        brief=Brief(facts=told, **{"sources": ("Smithsonian Ocean: https://ocean.si.edu",), **values}),
        character_name="Jonah Reef",
        persona="A patient diver.",
        tone=tone,
        seconds=seconds,
    )


def script(**changes: Any) -> Script:
    return write_script(request(**changes))


def beats(written: Script) -> list[str]:
    return [line.text for line in written.lines if line.role == "beat"]


def outline() -> Outline:
    return Outline(Settings())


def test_the_maker_returns_the_script_as_json_and_no_files(tmp_path: Path) -> None:
    shares: list[float] = []

    made = outline().make(request().model_dump(mode="json"), tmp_path, shares.append)

    assert Script.model_validate(made.result) == script()
    assert made.files == {}
    assert list(tmp_path.iterdir()) == []
    assert shares[-1] == 1.0
    assert (Outline.name, Outline.capability) == ("outline", Capability.WRITE)


def test_the_beats_are_the_facts_word_for_word_between_hook_and_closing() -> None:
    written = script(hook="Three hearts, nine brains", closing="And you?")

    assert [line.role for line in written.lines] == ["hook", *["beat"] * 6, "closing"]
    assert [line.text for line in written.lines] == ["Three hearts, nine brains", *FACTS, "And you?"]
    assert [line.fact for line in written.lines] == [None, 0, 1, 2, 3, 4, 5, None]


def test_only_white_space_of_a_fact_is_changed() -> None:
    odd = '  {\\pos(0,0)} &  <b>"it"</b>\tis 🐙\n20 °C  '

    assert beats(script(facts=(*FACTS[:5], odd)))[-1] == '{\\pos(0,0)} & <b>"it"</b> is 🐙 20 °C'


def test_no_more_than_seven_facts_are_told() -> None:
    short = tuple(f"This is the short fact number {number} of many." for number in range(9))

    assert beats(script(facts=short)) == list(short[:7])


def test_the_last_facts_are_dropped_when_the_reel_would_be_too_long() -> None:
    written = script(seconds=(15, 24))

    assert 4 <= len(beats(written)) < 6
    assert beats(written) == list(FACTS[: len(beats(written))])
    assert reel_seconds([line.text for line in written.lines], "en") <= 24


def test_four_facts_that_are_too_long_are_refused_naming_the_longest() -> None:
    long = "Here is a very long fact " + "that goes on, and on " * 14

    with pytest.raises(BadBrief, match=r"about \d+ seconds; at most 45 are allowed") as caught:
        script(facts=(FACTS[0], long, long, FACTS[1], FACTS[2]))

    assert "Shorten" in caught.value.remedy
    assert "fact 2 ('Here is a very long fact" in caught.value.remedy
    assert "fact 3 " in caught.value.remedy


def test_facts_that_are_clearly_too_short_are_refused() -> None:
    with pytest.raises(BadBrief, match=r"about 9 seconds .* at least 20") as caught:
        script(facts=("It is old.", "It is big.", "It is blue.", "It is fast."))

    assert "Add facts" in caught.value.remedy


def test_a_fact_without_words_is_refused() -> None:
    with pytest.raises(BadBrief, match="Fact 2 has no words"):
        script(facts=(FACTS[0], " 🐙 ", *FACTS[2:]))


def test_fewer_than_four_facts_are_refused() -> None:
    with pytest.raises(BadBrief, match="has 3 facts"):
        script(facts=FACTS[:3])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tone", TONES)
def test_the_hook_is_the_title_behind_a_short_opening_in_every_language_and_tone(
    language: Language, tone: Tone
) -> None:
    hook = script(language=language, title=TITLES[language], tone=tone).lines[0].text

    assert hook in (f"{OPENINGS_OF_STATEMENTS[language][tone]} {TITLES[language]}.", f"{TITLES[language]}.")
    assert len(hook.split()) <= 10  # the question mark of French counts as one


@pytest.mark.parametrize(
    ("language", "title", "hook"),
    [
        ("en", "The octopus has three hearts", "Did you know? The octopus has three hearts."),
        ("en", "Seven secrets of the deep sea", "Look closer. Seven secrets of the deep sea."),
        ("en", "How bees have fun", "Look closer. How bees have fun."),
        ("en", "Why is the sky blue?", "Why is the sky blue?"),
        ("en", "What a day!", "What a day!"),
        ("en", "It was “the” day…", "Did you know? It was “the” day…"),
        ("en", "The biggest desert on Earth is made of ice", "The biggest desert on Earth is made of ice."),
        ("es", "El pulpo tiene tres corazones", "¿Lo sabías? El pulpo tiene tres corazones."),
        ("es", "Por qué el cielo es azul?", "¿Por qué el cielo es azul?"),
        ("es", "¡Qué día!", "¡Qué día!"),
        ("de", "Eulen fliegen fast lautlos", "Wusstest du das? Eulen fliegen fast lautlos."),
        ("fr", "La pieuvre a trois cœurs", "Le saviez-vous\u00a0? La pieuvre a trois cœurs."),
        ("it", "Il polpo ha tre cuori", "Lo sapevi? Il polpo ha tre cuori."),
    ],
)
def test_a_hook_from_the_title_is_a_natural_sentence(language: Language, title: str, hook: str) -> None:
    assert script(language=language, title=title).lines[0].text == hook


def test_the_hook_never_adds_more_than_an_opening() -> None:
    for language in LANGUAGES:
        for opening in (*OPENINGS_OF_STATEMENTS[language].values(), *OPENINGS_OF_TOPICS[language].values()):
            assert opening[-1] in ".?!"
            assert len(opening.split()) <= 7


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tone", TONES)
def test_the_closing_is_one_of_several_invitations_of_its_language_and_tone(language: Language, tone: Tone) -> None:
    told = {script(language=language, tone=tone, title=f"Title {number}").lines[-1].text for number in range(30)}

    assert told == set(CLOSINGS[language][tone])
    assert len(told) == 3
    assert all("?" in closing for closing in told)


def test_marks_are_set_as_each_language_sets_them() -> None:
    phrases = {
        language: [
            *OPENINGS_OF_STATEMENTS[language].values(),
            *OPENINGS_OF_TOPICS[language].values(),
            *(closing for closings in CLOSINGS[language].values() for closing in closings),
        ]
        for language in LANGUAGES
    }

    for phrase in phrases["es"]:
        assert (phrase.count("¿"), phrase.count("¡")) == (phrase.count("?"), phrase.count("!")), phrase
    for phrase in phrases["fr"]:
        assert all(phrase[at - 1] == "\u00a0" for at, char in enumerate(phrase) if char in "?!:"), phrase
    for language in ("en", "de", "it"):
        assert not any(mark in phrase for phrase in phrases[language] for mark in ("¿", "¡", " ?", " !", "\u00a0"))


def test_equal_requests_give_equal_scripts_and_other_briefs_vary() -> None:
    assert script() == script()
    assert len({script(title=f"The octopus {number}").lines[1].setting for number in range(20)}) > 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_caption_has_title_line_sources_and_disclosure_in_the_language(language: Language) -> None:
    written = script(language=language, title=TITLES[language])

    title, line, sources, disclosure = written.caption.split("\n\n")

    assert title == TITLES[language]
    assert line == written.lines[-1].text
    assert sources == f"{SOURCES_HEADINGS[language]}\n[1] Smithsonian Ocean: https://ocean.si.edu"
    assert disclosure == DISCLOSURES[language].format(name="Jonah Reef")
    assert any(mark in disclosure for mark in ("AI-made", "con IA", "Mit KI", "l'IA"))


def test_the_caption_names_only_sources_of_facts_that_are_told_and_stays_short() -> None:
    many = tuple(f"Source {number} " + "x" * 400 for number in range(9))
    brief = request(sources=many).brief
    facts = tuple(Fact(text=fact.text, sources=(number + 2,)) for number, fact in enumerate(brief.facts))
    written = write_script(request().model_copy(update={"brief": brief.model_copy(update={"facts": facts})}))

    assert "[2] Source 1" in written.caption
    assert "[1] " not in written.caption
    assert "[8] " not in written.caption
    assert len(written.caption) <= 2_000
    assert "fictional character" in written.caption


def test_hashtags_are_cleaned_and_general_ones_added() -> None:
    assert script(hashtags=("#Deep sea!", "ocean", "OCEAN", "2024", "año", "🐙")).hashtags == (
        "Deepsea",
        "ocean",
        "año",
        "DidYouKnow",
        "LearnSomethingNew",
    )


def test_there_are_eight_hashtags_at_most_and_one_is_general() -> None:
    hashtags = script(hashtags=tuple(f"tag{number}" for number in range(12))).hashtags

    assert hashtags == (*(f"tag{number}" for number in range(7)), "DidYouKnow")


@pytest.mark.parametrize(
    ("language", "text", "place", "time"),
    [
        ("en", "At NIGHT the Octopuses hunt", "reef", "night"),
        ("en", "The search for a season starts on a carpet", None, None),
        ("en", "The old town wakes before sunrise", "old-town", "dawn"),
        ("es", "Los volcánes hacen erupción al amanecer", "volcano", "dawn"),
        ("de", "Die Wälder schlafen bei Mondlicht", "forest", "night"),
        ("de", "Ein Leuchtturm am Abend", "harbour", "dusk"),
        ("fr", "À l'aube, les forêts se taisent", "forest", "dawn"),
        ("fr", "Une fusée quitte la planète à midi", "space", "day"),
        ("it", "Le città di sera", "city", "dusk"),
        ("it", "La via lattea sopra l'osservatorio", "observatory", "night"),
    ],
)
def test_place_and_time_are_read_from_words(
    language: Language, text: str, place: Place | None, time: TimeOfDay | None
) -> None:
    assert next(iter(places_in(text, language)), None) == place
    assert time_in(text, language) == time


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_and_time_has_words_that_find_it(language: Language) -> None:
    assert set(PLACE_WORDS[language]) == set(get_args(Place))
    assert set(TIME_WORDS[language]) == set(get_args(TimeOfDay))
    for place, words in PLACE_WORDS[language].items():
        for word in words.split():
            assert places_in(word.replace("*", "").replace("_", " "), language)[:1] == (place,), word


def test_a_line_plays_where_its_words_are_and_others_where_the_brief_says() -> None:
    facts = (
        "The desert is dry and wide and quiet.",
        *(f"Nothing here tells number {n} of anything." for n in range(5)),
    )

    settings = [line.setting for line in script(facts=facts, title="Nothing", places=("cave", "stage")).lines]

    assert settings[0].place == "cave"
    assert settings[1].place == "desert"
    assert {setting.place for setting in settings[2:]} == {"cave", "stage"}


def test_without_places_the_title_says_where_it_plays() -> None:
    facts = tuple(f"Nothing here tells number {number} of anything at all." for number in range(6))

    assert {line.setting.place for line in script(facts=facts, title="The volcano").lines} == {"volcano"}
    assert len({line.setting.place for line in script(facts=facts, title="Nothing").lines}) > 1


WORDS = "the whale sleeps at night in a city under stars while bread smells of morning honey and rockets leave"
PHRASES = st.lists(st.sampled_from(WORDS.split(" ")), min_size=9, max_size=16).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(
    facts=st.lists(PHRASES, min_size=4, max_size=12).map(tuple),
    language=st.sampled_from(LANGUAGES),
    tone=st.sampled_from(TONES),
    places=st.lists(st.sampled_from(get_args(Place)), max_size=3, unique=True).map(tuple),
    title=PHRASES.map(lambda text: text[:60]),
)
def test_any_brief_gives_its_facts_in_order_and_scenes_that_differ(
    facts: tuple[str, ...], language: Language, tone: Tone, places: tuple[Place, ...], title: str
) -> None:
    written = script(facts=facts, language=language, tone=tone, places=places, title=title, seconds=(15, 60))

    told = beats(written)
    assert 4 <= len(told) <= 7
    assert told == list(facts[: len(told)])
    for before, after in pairwise(line.setting for line in written.lines):
        assert (before.place, before.time) != (after.place, after.time)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text(min_size=1, max_size=200), min_size=4, max_size=9).map(tuple),
    st.text(min_size=3, max_size=90),
    st.text(max_size=120),
)
def test_any_text_becomes_a_script_that_tells_it_or_is_refused(facts: tuple[str, ...], title: str, hook: str) -> None:
    try:
        written = script(facts=facts, title=title, hook=hook, seconds=(0, 60))
    except BadBrief:
        written = None

    if written is not None:
        assert ["".join(text.split()) for text in beats(written)] == [
            "".join(fact.split()) for fact in facts[: len(beats(written))]
        ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_estimate_grows_with_letters_digits_and_pauses(language: Language) -> None:
    plain = spoken_seconds("Three hearts and blue blood", language)

    assert 1.2 < plain < 2.6
    assert spoken_seconds("Three hearts and blue blood indeed", language) > plain
    assert spoken_seconds("Three hearts and blue blood 1969", language) > plain + 1
    assert spoken_seconds("Three hearts, and blue blood", language) == pytest.approx(plain + 0.4)


def test_other_languages_are_objected_to() -> None:
    asked = request().model_dump(mode="json")
    asked["brief"]["language"] = "pt"

    objection = outline().objection(asked)

    assert objection is not None
    assert "'pt'" in objection
    assert "en, es, de, fr, it" in objection


@pytest.mark.parametrize(
    "change", [{"seconds": (45, 20)}, {"seconds": (-5, 20)}, {"tone": "angry"}, {"brief": None}, {"brief": {}}]
)
def test_what_is_no_request_is_objected_to_and_not_made(change: dict[str, Any], tmp_path: Path) -> None:
    asked = {**request().model_dump(mode="json"), **change}

    assert outline().objection(asked)
    with pytest.raises(BadInput):
        outline().make(asked, tmp_path, lambda share: None)


def test_a_good_request_meets_no_objection() -> None:
    assert outline().objection(request().model_dump(mode="json")) is None
