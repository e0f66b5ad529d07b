"""A reel made by outside services, each first in its chain, from the brief to the gallery."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.a2e import FakeA2E
from fakes.comfyui import FakeComfyUI
from fakes.elevenlabs import FakeElevenLabs
from fakes.gemini import FakeGemini
from fakes.kie import FakeKie
from fakes.samples import GOOD, INVENTED
from fakes.server import Fake, serving
from services import execute, use_services

from core.settings import Settings, get_settings
from flows.analytics_credits import analytics_credits
from flows.daily_generator import daily_generator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def fakes() -> Iterator[dict[str, Any]]:
    made: dict[str, Fake] = {
        "gemini": FakeGemini(), "elevenlabs": FakeElevenLabs(), "a2e": FakeA2E(), "kie": FakeKie(),
        "comfyui": FakeComfyUI(),
    }  # fmt: skip
    with serving(*made.values()):
        yield made


def test_services_make_a_reel_the_next_one_steps_in_and_a_rerun_costs_nothing(
    house: Settings,
    prefect_api: None,
    plan_reel: Callable[[str], int],
    fakes: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
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
    give_voice()
    fakes["gemini"].texts = [json.dumps(INVENTED), json.dumps(GOOD)]
    fakes["kie"].balance = 10_000
    fakes["a2e"].balance = 25  # enough for two pictures; KIE draws the others

    assert daily_generator(reel_id=reel_id) == reel_id

    assert execute("select state from reels") == [("ready_to_publish",)]
    made = {(capability, service): count for capability, service, count in execute(MADE)}
    assert made[("write", "gemini")] == 2, "the draft with an invention was sent back once"
    assert made[("speak", "elevenlabs")] == 6
    assert made[("draw", "a2e")] == 2
    assert made[("draw", "kie")] == 4
    assert made[("animate", "kie")] == 6
    script = execute("select string_agg(text, ' ' order by position) from scenes")[0][0]
    assert "Aristotle" not in script
    assert "copper carries the oxygen" in script
    assert execute("select count(*) from ledger_entries group by transfer having sum(credits) <> 0") == []

    paid = {name: len(fake.paid) for name, fake in fakes.items()}
    daily_generator(reel_id=reel_id)
    assert {name: len(fake.paid) for name, fake in fakes.items()} == paid

    assert analytics_credits() == 0


MADE = "select capability, service, count(*) from generations where status = 'done' group by 1, 2"


def give_voice() -> None:
    execute('update characters set voice = voice || \'{"ids": {"elevenlabs": "voice-ada"}}\'')
