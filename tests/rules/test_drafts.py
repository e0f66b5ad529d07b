"""Drafts of a language model: read with patience, examined without, and made into scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.models import Brief, Character, Draft, DraftLine, Line, WriteRequest
from core.posts import DISCLOSURES
from core.settings import ROOT
from core.speaking_rate import reel_seconds
from integrations.generation.outline import write_script
from rules.briefs import read_brief
from rules.draft_reading import read_draft
from rules.drafts import problems, to_script
from rules.roster import parse_roster

BRIEFS = sorted((ROOT / "examples/briefs").glob("*.md"))
ROSTER = {one.slug: one for one in parse_roster((ROOT / "examples/characters.toml").read_text(encoding="utf-8"))}
OCTOPUS = read_brief((ROOT / "examples/briefs/octopus-three-hearts.md").read_bytes())
JONAH = ROSTER["jonah-reef"]
SECONDS = (18, 45)


def line(text: str, **changes: Any) -> dict[str, Any]:
    usual = {
        "text": text, "place": "reef", "time": "day", "mood": "mysterious", "fact": None,
        "picture": "An octopus glides over pale coral, seen from the side, in soft blue light.",
        "motion": "Slow push in while the arms trail behind.",
    }  # fmt: skip
    return {**usual, **changes}


def answer(**changes: Any) -> dict[str, Any]:
    """What a good model answers; changes replace its fields."""
    usual = {
        "title": "The octopus has three hearts",
        "hooks": [
            line("Three hearts, but not a single bone?"),
            line("Why does one animal need three hearts?"),
            line("What bleeds blue on the reef?"),
        ],
        "beats": [
            line("Two hearts feed the gills. The third looks after the rest of the body.", fact=1),
            line("And the blood is blue, because copper, not iron, carries its oxygen.", fact=2, place="sea"),
            line("Two thirds of its nerve cells sit out in the arms, not in the brain.", fact=3),
            line("So every sucker can taste whatever it touches on the reef.", fact=4, place="cave"),
            line("And with no bones at all, it slips through very narrow gaps in the rock.", fact=6),
        ],
        "call_to_action": line("Which of these would you have guessed?"),
        "caption": "Three hearts, blue blood, and arms that think. Which one surprised you?",
        "hashtags": ["octopus", "ocean"],
    }
    return {**usual, **changes}


def draft(**changes: Any) -> Draft:
    return read_draft(answer(**changes))


def with_beat(number: int, text: str, **changes: Any) -> Draft:
    beats = [dict(beat) for beat in answer()["beats"]]
    beats[number - 1] = {**beats[number - 1], "text": text, **changes}
    return draft(beats=beats)


def found(told: Draft, brief: Brief = OCTOPUS, character: Character = JONAH, **how: Any) -> tuple[str, ...]:
    return problems(told, brief, character, how.pop("seconds", SECONDS), **how)


def test_a_good_draft_has_no_problem() -> None:
    assert found(draft()) == ()


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_the_outline_of_every_example_would_pass_as_a_draft(path: Path) -> None:
    brief = read_brief(path.read_bytes())
    character = ROSTER[brief.character]
    script = write_script(
        WriteRequest(
            brief=brief, character_name=character.name, persona=character.persona, tone=brief.tone or character.tone
        )
    )

    def told(one: Line) -> DraftLine:
        return DraftLine(
            text=one.text, **one.setting.model_dump(), picture="A wide view in soft light.",
            fact=None if one.fact is None else one.fact + 1,
        )  # fmt: skip

    lines = [told(one) for one in script.lines]
    outlined = Draft(
        title=script.title, hooks=(lines[0],), beats=tuple(lines[1:-1]), call_to_action=lines[-1],
        caption=brief.title, hashtags=brief.hashtags,
    )  # fmt: skip

    wrong = [one for one in problems(outlined, brief, character, (20, 45)) if "Hook 1 takes" not in one]
    assert wrong == []


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"hashtags": ["#octopus", " # ocean ", "#Octopus"]}, lambda one: one.hashtags == ("Octopus", "ocean")),
        ({"hashtags": "#octopus #ocean"}, lambda one: one.hashtags == ("octopus", "ocean")),
        ({"title": "  The   octopus \n"}, lambda one: one.title == "The octopus"),
        ({"hooks": [line(f"Hook number {n}?") for n in range(9)]}, lambda one: len(one.hooks) == 6),
        ({"thoughts": "It went well."}, lambda one: one == draft()),
        (
            {"call_to_action": line(" You? ", place="Old Town", time="Golden Hour", mood="Bright", speaker="me")},
            lambda one: (one.call_to_action.place, one.call_to_action.time) == ("old-town", "golden-hour"),
        ),
        (
            {"call_to_action": line("You?", picture="blue " * 200)},
            lambda one: len(one.call_to_action.picture) == 600,
        ),
    ],
)
def test_harmless_slips_are_mended(changes: dict[str, Any], check: Any) -> None:
    assert check(draft(**changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"beats": answer()["beats"][:3]}, "The field 'beats' is wrong: the list should have at least 4 items"),
        ({"beats": [line("x"), "y", line("z"), line("w")]}, "Beat 2 is wrong: "),
        ({"hooks": []}, "The field 'hooks' is wrong"),
        ({"call_to_action": line("Now", place="Atlantis")}, "The field 'call_to_action.place' is wrong"),
        ({"hooks": [line("x" * 321)]}, "Hook 1, field 'text', is wrong"),
        ({"title": None}, "The field 'title' is wrong"),
        ({"hashtags": 7}, "The field 'hashtags' is wrong"),
    ],
)
def test_other_faults_are_told_in_sentences(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        draft(**changes)

    lines = caught.value.message.splitlines()
    assert any(one.startswith(sentence) for one in lines), lines
    assert all(one.endswith(".") for one in lines)


def test_every_fault_gets_a_sentence_of_its_own() -> None:
    broken = answer(hooks=[line("A fine hook?", mood="odd")])
    del broken["title"], broken["caption"]

    with pytest.raises(BadInput) as caught:
        read_draft(broken)

    assert {"The field 'title' is missing.", "The field 'caption' is missing."} < {*caught.value.message.splitlines()}
    assert len(caught.value.message.splitlines()) == 3


BEAT = "Every sucker can taste whatever it touches on the reef"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (with_beat(4, BEAT, fact=None), "Beat 4 names no fact"),
        (with_beat(4, BEAT, fact=9), "Beat 4 names fact 9, but the facts are numbered 1 to 6."),
        (with_beat(4, BEAT, fact=1), "Fact 1 is told by 2 beats"),
        (with_beat(4, "Every one of its 280 suckers can taste the reef.", fact=4), "Beat 4 is not faithful to fact 4"),
        (with_beat(4, "Jede Saugnapf ist so gut wie eine Zunge, und das ist nicht gelogen."), "Beat 4 is in German"),
        (with_beat(4, f"{BEAT}. Two hearts feed the gills."), "'two hearts feed the gills' is said 2 times"),
        (with_beat(4, f"**{BEAT}**"), "Beat 4 holds markup"),
        (with_beat(4, f"{BEAT} [pause]"), "Beat 4 holds a stage direction"),
        (with_beat(4, f"(laughs softly) {BEAT}"), "Beat 4 holds a stage direction"),
        (with_beat(4, f"{BEAT}, see www.example.org"), "Beat 4 holds an address"),
        (with_beat(4, f"Narrator: {BEAT}"), "Beat 4 begins with the name of a speaker"),
        (with_beat(4, f"Jonah Reef: {BEAT}"), "Beat 4 begins with the name of a speaker"),
        (with_beat(4, f"{BEAT} 🐙"), "Beat 4 holds emoji"),
        (with_beat(4, "🐙🐙"), "Beat 4 has no words"),
        (with_beat(4, f"{BEAT}, like porn stars."), "Beat 4 may not be used"),
        (with_beat(4, BEAT, picture=""), "Beat 4 has no picture"),
        (with_beat(4, BEAT, picture='A sign that reads "Octopus".'), "The picture of beat 4 asks for writing"),
        (with_beat(4, BEAT, picture="A little girl by the sea."), "The picture of beat 4 may not be used"),
        (draft(hooks=[line("It has three hearts, eight arms, a beak and more brains than a dog?")]), "Hook 1 takes"),
        (draft(hooks=[line("Meet Napoleon's octopus?")]), "Hook 1 is not faithful"),
        (draft(hooks=[line("Why does it need three hearts?")] * 2), "'why does it need three hearts' is said 2 times"),
        (draft(title="The smartest octopus in Japan"), "The title is not faithful"),
        (draft(hashtags=["two words", "ocean"]), "The hashtag 'two words' is malformed"),
        (draft(hashtags=["2024"]), "The hashtag '2024' is malformed"),
        (draft(hashtags=[f"tag{chr(97 + n)}" for n in range(12)]), "There are 12 hashtags"),
        (draft(caption="Mail me: jane@example.org"), "The caption may not be used"),
    ],
)  # fmt: skip
def test_every_problem_is_named(told: Draft, sentence: str) -> None:
    wrong = found(told)

    assert any(one.startswith(sentence) for one in wrong), wrong
    assert all(one.endswith(".") for one in wrong)


def test_the_length_is_judged_by_the_rate_of_the_voice() -> None:
    assert any("shorten it by about" in one for one in found(draft(), seconds=(5, 12)))
    assert any("make it longer by about" in one for one in found(draft(), seconds=(50, 60)))
    assert found(draft(), seconds=(18, 30), letters_per_second=19) == ()
    assert any("may take 30 at most" in one for one in found(draft(), seconds=(18, 30), letters_per_second=11))


def test_a_slow_voice_takes_longer() -> None:
    slow = JONAH.model_copy(update={"voice": JONAH.voice.model_copy(update={"speed": 0.7})})

    assert found(draft(), seconds=(18, 28)) == ()
    assert any("may take 28 at most" in one for one in found(draft(), character=slow, seconds=(18, 28)))


def test_a_script_in_a_language_nobody_asked_for_is_noticed() -> None:
    beats = [
        line("De octopus heeft drie harten en blauw bloed vanwege koper.", fact=number, place="sea")
        for number in range(1, 5)
    ]

    assert any("do not read as English" in one for one in found(draft(beats=beats)))


def test_negated_writing_and_children_in_a_picture_are_no_problem() -> None:
    told = with_beat(
        4, "So every sucker can taste whatever it touches.", picture="An octopus arm. No text, no children."
    )

    assert found(told) == ()


def test_with_research_a_beat_may_tell_a_fact_of_its_own() -> None:
    free = OCTOPUS.model_copy(update={"research": True})
    told = with_beat(4, "A giant Pacific octopus can weigh 50 kilos.", fact=None)

    assert found(told, free) == ()
    assert found(told, OCTOPUS)


def test_the_script_takes_the_best_hook_and_the_closing_of_the_brief() -> None:
    plain = OCTOPUS.model_copy(update={"closing": None})
    weak = line("Hello there, in this video we meet an animal.")
    told = draft(hooks=[weak, *answer()["hooks"]])

    script = to_script(told, plain, JONAH)

    assert script.lines[0].text == "Three hearts, but not a single bone?"
    assert script.lines[-1].text == "Which of these would you have guessed?"
    assert to_script(told, OCTOPUS, JONAH).lines[-1].text == "All heart, three times over."
    hooked = OCTOPUS.model_copy(update={"hook": "Blue blood, three hearts"})
    assert to_script(told, hooked, JONAH).lines[0].text == "Blue blood, three hearts"


def test_the_lines_of_the_script_keep_scene_picture_motion_and_fact() -> None:
    script = to_script(draft(), OCTOPUS, JONAH)

    assert [one.role for one in script.lines] == ["hook", *["beat"] * 5, "closing"]
    assert [one.fact for one in script.lines] == [None, 0, 1, 2, 3, 5, None]
    assert [one.setting.place for one in script.lines[1:5]] == ["reef", "sea", "reef", "cave"]
    assert all(one.picture and one.motion for one in script.lines)
    assert script.language == "en"


def test_the_caption_ends_with_the_sources_told_and_how_it_was_made() -> None:
    script = to_script(draft(), OCTOPUS, JONAH)

    first, sources, disclosure = script.caption.split("\n\n")
    assert first == answer()["caption"]
    assert sources.startswith("Sources:\n[1] ")
    assert "[2] " in sources
    assert disclosure == DISCLOSURES["en"].format(name="Jonah Reef")
    assert script.hashtags[:4] == OCTOPUS.hashtags
    assert len(script.hashtags) <= 8


def test_sources_that_no_beat_needs_are_left_out() -> None:
    numbers = [1, 2, 3, 3]  # all of them from source 1
    told = draft(beats=[{**beat, "fact": number} for beat, number in zip(answer()["beats"], numbers, strict=False)])

    assert "[2] " not in to_script(told, OCTOPUS, JONAH).caption


TEXTS = st.text(min_size=1, max_size=80)


@given(st.lists(TEXTS, min_size=4, max_size=7), st.lists(TEXTS, min_size=1, max_size=6), st.integers(-2, 9))
@settings(max_examples=40, deadline=None)
def test_any_draft_can_be_examined_and_put_together(beats: list[str], hooks: list[str], fact: int) -> None:
    told = Draft(
        title="Any title",
        hooks=tuple(DraftLine(**line(text)) for text in hooks),
        beats=tuple(DraftLine(**line(text, fact=fact)) for text in beats),
        call_to_action=DraftLine(**line("And you?")),
        caption="Any caption",
        hashtags=(),
    )

    assert all(one.endswith(".") for one in found(told))
    if all("".join(text.split()) for text in (*beats, *hooks)):
        script = to_script(told, OCTOPUS, JONAH)
        assert len(script.lines) == len(beats) + 2
        assert reel_seconds([one.text for one in script.lines], "en") > 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*answer(), "text", "place"]), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*answer(), "other"]), JSON))
@settings(max_examples=80, deadline=None)
def test_any_answer_is_read_or_refused_in_sentences(wild: dict[str, Any]) -> None:
    for given_answer in (wild, {**answer(), **wild}):
        try:
            read = read_draft(given_answer)
        except BadInput as refused:
            told = refused.message.splitlines()
        else:
            told = []
            assert read_draft(read.model_dump(mode="json")) == read
        assert all(one.endswith(".") for one in told)
