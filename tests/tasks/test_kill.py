"""`kill -9` between any two lines of a paid call, with every service: nothing is paid twice, nothing is forgotten.

A full sweep tries every line; otherwise an even sample of them is tried, with another beginning for each service.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import SHORT_BRIEF
from fakes.a2e import FakeA2E
from fakes.comfyui import FakeComfyUI
from fakes.elevenlabs import FakeElevenLabs
from fakes.gemini import FakeGemini
from fakes.kie import FakeKie
from fakes.ollama_server import FakeOllama
from fakes.openai_server import FakeOpenAI
from fakes.runpod import FakeRunPod
from fakes.server import Fake
from services import drawing, execute, use_services
from sweeps import FULL
from zygote import Zygote

from core.models import (
    Capability,
    Draft,
    Order,
    Prompt,
    SpeakRequest,
    VoiceChoice,
    WriteRequest,
)
from core.settings import Settings
from rules.briefs import parse_brief

SAMPLE = 6
"""How many lines are tried for each service when not every one is."""


def a_picture(number: int) -> Order:
    return drawing(f"Picture number {number}.")


def speaking(number: int) -> Order:
    voice = VoiceChoice(name="joe", ids={"elevenlabs": "voice-ada"})
    request = SpeakRequest(text=f"This is the line with the number {number}.", language="en", voice=voice)
    return Order(capability=Capability.SPEAK, request=request.model_dump(mode="json"), recipe="1")


def writing(number: int) -> Order:
    prompt = Prompt(
        version="test", system="You write scripts.", user=f"Script number {number}.",
        answer_schema=Draft.model_json_schema(),
    )  # fmt: skip
    request = WriteRequest(
        brief=parse_brief(SHORT_BRIEF.format(title=f"Brief number {number}")), character_name="Tess", tone="calm",
        persona="A patient diver.", prompt=prompt,
    )  # fmt: skip
    return Order(capability=Capability.WRITE, request=request.model_dump(mode="json"), recipe="1")


CASES: dict[str, tuple[Callable[[], Fake], Callable[[int], Order]]] = {
    "a2e": (FakeA2E, a_picture),
    "comfyui": (FakeComfyUI, a_picture),
    "elevenlabs": (FakeElevenLabs, speaking),
    "gemini": (FakeGemini, writing),
    "kie": (FakeKie, a_picture),
    "ollama": (FakeOllama, writing),
    "openai": (FakeOpenAI, writing),
    "runpod": (FakeRunPod, a_picture),
}
FREE = {"comfyui", "ollama"}
"""Services of one's own, where a lost call is simply made again."""

PRICED = {"openai": {"prices": [{"capability": "write", "since": "2026-01-01", "per": "request", "units": 2}]}}
"""A server on this machine counts as free unless the operator says otherwise."""

KEEPS_RECORDS = {"a2e", "comfyui", "elevenlabs", "ollama"}
"""Services that can be asked what became of a lost call: with them no call stays unknown."""


def make(zygote: Zygote, order: Order, kill_at: int = 0) -> dict[str, Any]:
    return zygote.ask(order=order.model_dump(mode="json"), kill_at=kill_at)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote(Path(__file__).with_name("kill_child.py")) as process:
        yield process


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_is_paid_twice_wherever_the_process_is_killed(
    name: str, house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zygote: Zygote
) -> None:
    fake_class, order_of = CASES[name]
    with fake_class() as fake:
        fake.balance = Decimal(1_000_000)
        pace = {"concurrent": 0, "requests": 0, "rest_after": 0}
        use_services(
            monkeypatch, tmp_path / "services.toml", {name: fake}, {order_of(0).capability: [name]},
            options={name: {"pace": pace, **PRICED.get(name, {})}}, keys={"openai": [FakeOpenAI.KEY]},
        )  # fmt: skip
        whole = make(zygote, order_of(0))
        assert whole["ended"] == "done"
        ended: dict[int, str] = {}
        for line in lines_to_try(whole["lines"], name):
            order = order_of(line)
            assert make(zygote, order, kill_at=line)["ended"] in ("killed", "done")
            let_leases_run_out()
            ended[line] = make(zygote, order)["ended"]
            paid = [entry for entry in fake.paid if order.key[:20] in entry or f"number {line}." in entry]
            assert len(paid) <= 1 or name in FREE, f"line {line}: paid {len(paid)} times"
            if ended[line] == "done":
                assert paid, f"line {line}"
        check_that_all_is_accounted_for(name, ended)


def lines_to_try(count: int, name: str) -> range:
    if FULL:
        return range(1, count + 1)
    step = max(1, count // SAMPLE)
    return range(1 + zlib.crc32(name.encode()) % step, count + 1, step)


def let_leases_run_out() -> None:
    execute("update generations set lease_until = now() where lease_until is not null")


def check_that_all_is_accounted_for(name: str, ended: dict[int, str]) -> None:
    unclear = {line: how for line, how in ended.items() if how != "done"}
    print(f"{name}: {len(ended)} kills, {len(unclear)} held for a person")
    for how in unclear.values():
        assert how.startswith("NeedsPerson"), how
        assert "rw-" in how, "the evidence names our label"
    if name in KEEPS_RECORDS:
        assert not unclear, unclear
    statuses = dict(execute("select status, count(*) from generations group by status"))
    assert statuses.get("unknown", 0) == len(unclear)
    assert set(statuses) <= {"done", "unknown"}
    assert execute("select count(*) from generation_attempts where status in ('intended', 'submitted')") == [(0,)]
    ledger = dict(execute("select purse, sum(credits) from ledger_entries group by purse"))
    held = execute("select coalesce(sum(reserved), 0) from generation_attempts where status = 'unknown'")[0][0]
    assert sum(ledger.values()) == 0
    assert ledger.get("reserved", 0) == held
