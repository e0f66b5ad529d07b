"""A reel made by outside services, each first in its chain, from the brief to the gallery."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fakes.a2e import FakeA2E
from fakes.comfyui import FakeComfyUI
from fakes.elevenlabs import FakeElevenLabs
from fakes.gemini import FakeGemini
from fakes.kie import FakeKie
from fakes.server import Fake, serving
from services import use_services

from core.settings import Settings, get_settings
from flows.analytics_credits import analytics_credits
from flows.daily_generator import daily_generator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCENE = {"place": "reef", "time": "day", "mood": "lively", "picture": "An octopus on a reef.", "motion": "It turns."}
GOOD = {
    "title": "Three hearts under the sea",
    "hooks": [
        {**SCENE, "text": "Which animal stops two of its hearts to swim?", "fact": None},
        {**SCENE, "text": "Three hearts, and blue blood?", "fact": None},
    ],
    "beats": [
        {**SCENE, "text": "An octopus has three hearts, and two stop when it swims away.", "fact": 1},
        {**SCENE, "text": "Its blood is blue: copper carries the oxygen through cold water.", "fact": 2},
        {**SCENE, "text": "Each arm can taste what it touches, and samples dinner by hand.", "fact": 3},
        {**SCENE, "text": "A giant Pacific octopus squeezes through a gap as small as its beak.", "fact": 4},
    ],
    "call_to_action": {**SCENE, "text": "Which of these would you like to have? Tell us below.", "fact": None},
    "caption": "An octopus has three hearts, blue blood and arms that taste.",
    "hashtags": ["octopus", "ocean", "marinelife"],
}
INVENTED = json.loads(json.dumps(GOOD))
INVENTED["beats"][1]["text"] = "Its blood is blue, and Aristotle counted 9000 octopuses in Athens."


@pytest.fixture
def fakes() -> Iterator[dict[str, Any]]:
    made: dict[str, Fake] = {
        "gemini": FakeGemini(), "elevenlabs": FakeElevenLabs(), "a2e": FakeA2E(), "kie": FakeKie(),
        "comfyui": FakeComfyUI(),
    }  # fmt: skip
    with serving(*made.values()):
        yield made


def rows(house: Settings, query: str) -> list[tuple[Any, ...]]:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        return connection.execute(query.encode()).fetchall()


def test_services_make_a_reel_the_next_one_steps_in_and_a_rerun_costs_nothing(
    house: Settings,
    prefect_api: None,
    plan_reel: Callable[[str], int],
    fakes: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("RENDER_PROFILE", "fast")
    use_services(
        monkeypatch, tmp_path / "services.toml", fakes,
        {
            "write": ["gemini", "outline"], "speak": ["elevenlabs", "piper"],
            "draw": ["a2e", "kie", "comfyui", "scenery"], "animate": ["kie"],
        },
        budgets={"day": 100_000, "reel": 100_000},
    )  # fmt: skip
    get_settings.cache_clear()
    reel_id = plan_reel("The octopus has three hearts")
    give_voice(house)
    fakes["gemini"].texts = [json.dumps(INVENTED), json.dumps(GOOD)]
    fakes["kie"].balance = 10_000
    fakes["a2e"].balance = 25  # enough for two pictures; KIE draws the others

    assert daily_generator(reel_id=reel_id) == reel_id

    assert rows(house, "select state from reels") == [("ready_to_publish",)]
    made = {(capability, service): count for capability, service, count in rows(house, MADE)}
    assert made[("write", "gemini")] == 2, "the draft with an invention was sent back once"
    assert made[("speak", "elevenlabs")] == 6
    assert made[("draw", "a2e")] == 2
    assert made[("draw", "kie")] == 4
    assert made[("animate", "kie")] == 6
    script = rows(house, "select string_agg(text, ' ' order by position) from scenes")[0][0]
    assert "Aristotle" not in script
    assert "copper carries the oxygen" in script
    assert rows(house, "select count(*) from ledger_entries group by transfer having sum(credits) <> 0") == []

    paid = {name: len(fake.paid) for name, fake in fakes.items()}
    daily_generator(reel_id=reel_id)
    assert {name: len(fake.paid) for name, fake in fakes.items()} == paid

    assert analytics_credits() == 0


MADE = "select capability, service, count(*) from generations where status = 'done' group by 1, 2"


def give_voice(house: Settings) -> None:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        connection.execute('update characters set voice = voice || \'{"ids": {"elevenlabs": "voice-ada"}}\'')
