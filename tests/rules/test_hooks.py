"""The first line: which of several is the strongest, and why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Brief, Fact, Language
from rules import hooks
from rules.wording import LANGUAGES

OCTOPUS = Brief(
    title="The octopus has three hearts",
    language="en",
    character="jonah-reef",
    facts=(
        Fact(text="Two hearts push blood through the gills, and a third serves the rest of the body."),
        Fact(text="The blood is blue, because copper carries its oxygen instead of iron."),
        Fact(text="Two thirds of its nerve cells sit in the arms, not in the brain."),
        Fact(text="With no bones, it slips through very narrow gaps in the rock."),
    ),
)
TITLES: dict[Language, str] = {
    "en": "The octopus has three hearts",
    "es": "El pulpo tiene tres corazones",
    "de": "Der Oktopus hat drei Herzen",
    "fr": "La pieuvre a trois cœurs",
    "it": "Il polpo ha tre cuori",
}


def brief(language: Language) -> Brief:
    return Brief(
        title=TITLES[language], language=language, character="tester", facts=(Fact(text="Something else entirely."),)
    )


@pytest.mark.parametrize(
    ("strong", "weak", "rule"),
    [
        ("Why would anyone need three hearts?", "Why?", hooks.is_short),
        (
            "Why would anyone need three hearts?",
            "Why would anyone in the whole wide world ever really need to have as many as three hearts?",
            hooks.is_short,
        ),
        ("Three hearts, and it still gets tired?", "One animal, and it still gets tired?", hooks.is_concrete),
        ("Three hearts, but no bones", "Three hearts and blue blood", hooks.opens_a_gap),
        ("Three hearts, but why?", "You won't believe its three hearts, but why?", hooks.is_no_cliche),
        ("Why does blood turn blue?", "In this video: why does blood turn blue?", hooks.begins_at_once),
        (
            "Why is its blood not red?",
            "Its blood is blue, because copper carries the oxygen, not iron?",
            hooks.keeps_the_answer,
        ),
        ("Three hearts, but no bones", "So, three hearts, but no bones", hooks.starts_strong),
    ],
)
def test_each_rule_prefers_the_stronger_hook(strong: str, weak: str, rule: hooks.Rule) -> None:
    assert rule(strong, OCTOPUS) > rule(weak, OCTOPUS)
    assert hooks.score(strong, OCTOPUS) > hooks.score(weak, OCTOPUS)
    assert rule.__doc__


def test_the_best_of_several_is_chosen_and_the_first_of_equals() -> None:
    offered = [
        "Hi guys, in this video we look at an animal.",
        "You won't believe this creature!",
        "Three hearts, yet it can't swim for long?",
        "There is an octopus.",
    ]

    assert hooks.best(offered, OCTOPUS) == 2
    assert hooks.best([offered[2], offered[2]], OCTOPUS) == 0


@pytest.mark.parametrize(
    ("language", "strong", "weak"),
    [
        ("es", "¿Para qué sirven tres corazones?", "¡No te lo vas a creer! En este vídeo hay un pulpo"),
        ("de", "Drei Herzen, aber kein Knochen?", "Hallo, in diesem Video geht es um ein unglaubliches Tier"),
        ("fr", "Trois cœurs, mais pas un os\u00a0?", "Bonjour, dans cette vidéo, un animal incroyable"),
        ("it", "Tre cuori, ma senza ossa?", "Ciao, in questo video un animale pazzesco"),
    ],
)
def test_it_works_in_every_language(language: Language, strong: str, weak: str) -> None:
    assert hooks.score(strong, brief(language)) > 0.9
    assert hooks.score(weak, brief(language)) < 0.7


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
@settings(max_examples=60, deadline=None)
def test_every_score_lies_between_nothing_and_one(hook: str, language: Language) -> None:
    assert 0 <= hooks.score(hook, brief(language)) <= 1
    assert hooks.score(hook, brief(language)) == hooks.score(hook, brief(language))


@given(st.lists(st.sampled_from([*TITLES.values(), "So, hello", "Why three?", ""]), min_size=1, max_size=6))
def test_no_hook_is_better_than_the_best(offered: list[str]) -> None:
    chosen = hooks.best(offered, OCTOPUS)

    assert hooks.score(offered[chosen], OCTOPUS) == max(hooks.score(hook, OCTOPUS) for hook in offered)


def test_a_hook_without_words_is_worth_nothing() -> None:
    assert hooks.score("🐙 !", OCTOPUS) == 0
