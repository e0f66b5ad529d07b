"""A model drafts, the rules judge: what is wrong is said once, and what stays wrong is not used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.gemini import FakeGemini
from fakes.samples import GOOD, INVENTED
from fakes.server import serving
from services import execute, use_services

from core.errors import BadBrief, NeedsPerson
from core.settings import Settings
from db import characters, reels
from db.connection import get_database
from tasks.script import write_script


@pytest.fixture
def gemini(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeGemini]:
    fake = FakeGemini()
    with serving(fake):
        use_services(monkeypatch, tmp_path / "services.toml", {"gemini": fake}, {"write": ["gemini", "outline"]})
        yield fake


def write(reel_id: int, gemini: FakeGemini, *answers: dict[str, Any]) -> list[str]:
    """Have the script written with these answers of the model and return the lines."""
    gemini.texts = [json.dumps(answer) for answer in answers]
    write_script.fn(reel_id)
    with get_database().transaction() as connection:
        return [scene.line.text for scene in reels.get_scenes(connection, reel_id)]


def test_a_good_draft_becomes_the_script_with_its_best_hook_and_its_pictures(
    plan_reel: Callable[[str], int], gemini: FakeGemini
) -> None:
    reel = plan_reel("The octopus has three hearts")

    lines = write(reel, gemini, GOOD)

    assert lines[0] == "Which animal stops two of its hearts to swim?"
    assert len(lines) == 6
    assert execute("select distinct picture_prompt, motion_prompt from scenes") == [
        ("An octopus on a reef.", "It turns.")
    ]
    assert len(gemini.paid) == 1


def test_an_invention_is_sent_back_once_with_what_is_wrong(plan_reel: Callable[[str], int], gemini: FakeGemini) -> None:
    lines = write(plan_reel("The octopus has three hearts"), gemini, INVENTED, GOOD)

    assert "Aristotle" not in " ".join(lines)
    assert len(gemini.paid) == 2
    assert "Aristotle" in gemini.paid[1]
    assert "9000" in gemini.paid[1]


def test_a_draft_that_stays_wrong_is_replaced_by_the_plain_writer_and_marked_as_a_stand_in(
    plan_reel: Callable[[str], int], gemini: FakeGemini
) -> None:
    lines = write(plan_reel("The octopus has three hearts"), gemini, INVENTED, INVENTED)

    assert "Its blood is blue, because copper carries the oxygen through cold water." in lines
    assert execute("select service, stand_in from generations where service = 'outline'") == [("outline", True)]


def test_without_a_plain_writer_the_faults_wait_for_a_person(
    plan_reel: Callable[[str], int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = FakeGemini()
    with serving(fake):
        use_services(monkeypatch, tmp_path / "services.toml", {"gemini": fake}, {"write": ["gemini"]})
        reel = plan_reel("The octopus has three hearts")

        with pytest.raises(NeedsPerson, match="Aristotle"):
            write(reel, fake, INVENTED, INVENTED)

    assert execute("select state from reels") == [("held",)]


def test_writing_it_again_asks_nobody(plan_reel: Callable[[str], int], gemini: FakeGemini) -> None:
    reel = plan_reel("The octopus has three hearts")
    first = write(reel, gemini, INVENTED, GOOD)

    assert write(reel, gemini) == first
    assert len(gemini.paid) == 2


def test_a_brief_that_no_reel_may_be_made_of_is_refused_before_anything_is_spent(
    plan_reel: Callable[[str], int], gemini: FakeGemini
) -> None:
    reel = plan_reel("How to build a pipe bomb at home")

    with pytest.raises(BadBrief, match="No reel is made of this brief"):
        write_script.fn(reel)

    assert gemini.requests == []
    assert execute("select state from reels") == [("failed",)]


def test_the_length_is_fitted_to_the_rate_of_the_voice(plan_reel: Callable[[str], int], gemini: FakeGemini) -> None:
    slow = plan_reel("The octopus has three hearts")
    write(slow, gemini, GOOD)
    usual = gemini.paid[-1]
    with get_database().transaction() as connection:
        character = characters.get_character_of_reel(connection, slow)
    speak_slowly(character.voice.model_dump_json())
    execute("update reels set created_at = now(), state = 'planned'")
    execute('update reels set takes = \'{"script": {"n": 1, "by": "test"}}\'')

    write(slow, gemini, GOOD)

    assert letters_in(gemini.paid[-1]) < letters_in(usual)


def letters_in(prompt: str) -> int:
    found = re.search(r"about (\d+) letters or", prompt)
    assert found is not None
    return int(found[1])


def speak_slowly(voice: str) -> None:
    """Write down ten lines that this voice took very long for."""
    for number in range(10):
        execute(
            "insert into generations (key, capability, request, recipe, status, result, finished_at, service)"
            " values (%s, 'speak', jsonb_build_object('text', %s::text, 'language', 'en', 'voice', %s::jsonb), '1',"
            " 'done', '{\"seconds\": 9.0}', now() - interval '1 hour', 'piper')",
            f"{number:064x}", "A line of some forty letters, spoken slowly.", voice,
        )  # fmt: skip
