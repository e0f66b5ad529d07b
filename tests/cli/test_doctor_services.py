"""The doctor tries every service that a chain names, says how to mend what is wrong, and never shows a key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from fakes.a2e import FakeA2E
from fakes.comfyui import FakeComfyUI
from fakes.elevenlabs import FakeElevenLabs
from fakes.gemini import FakeGemini
from fakes.kie import FakeKie
from fakes.ollama_server import FakeOllama
from fakes.openai_server import FakeOpenAI
from fakes.runpod import FakeRunPod
from fakes.server import Fake, serving
from services import use_services
from typer.testing import CliRunner

from cli.main import app
from core.clock import now
from core.models import Capability, Order
from core.settings import Settings, get_settings
from db import generations
from db.connection import get_database
from db.generations import Attempt, Cost
from rules.budget import caps_for
from tasks import chain

KINDS: dict[str, type[Fake]] = {
    "a2e": FakeA2E, "comfyui": FakeComfyUI, "elevenlabs": FakeElevenLabs, "gemini": FakeGemini, "kie": FakeKie,
    "ollama": FakeOllama, "openai": FakeOpenAI, "runpod": FakeRunPod,
}  # fmt: skip
CHAINS = {
    "write": ["gemini", "ollama", "openai", "outline"],
    "speak": ["elevenlabs", "piper"],
    "draw": ["a2e", "kie", "comfyui", "runpod", "scenery"],
}
KEYLESS = {"comfyui": "default", "ollama": "default"}
WRONG = "sk_test_fake_of_nobody"

Finding = dict[str, str]
Use = Callable[..., dict[str, Any]]


@pytest.fixture
def use(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Use]:
    """Start fakes and use the services of these names, each in every chain it stands in above."""
    monkeypatch.setattr("cli.doctor._ffmpeg", lambda _: iter(()))  # slow, and looked at elsewhere
    fakes: dict[str, Fake] = {}

    def start(*names: str, chains: dict[str, list[str]] | None = None, **rest: Any) -> dict[str, Any]:
        fakes.update({name: KINDS[name]() for name in names})
        local = ("outline", "piper", "scenery")
        mine = {what: [name for name in asked if name in (*names, *local)] for what, asked in CHAINS.items()}
        use_services(monkeypatch, tmp_path / "services.toml", fakes, chains or mine, **rest)
        return fakes

    yield start
    with serving(*fakes.values()):
        pass


def doctor() -> tuple[int, list[Finding]]:
    """Return the exit code and what is found, and check that no key is shown."""
    done = CliRunner().invoke(app, ["doctor", "--json"])
    for secret in (WRONG, *(kind.KEY for kind in KINDS.values() if hasattr(kind, "KEY"))):  # type: ignore[attr-defined]
        assert secret not in done.output
    findings = json.loads(done.stdout)
    assert isinstance(findings, list)
    return done.exit_code, findings


def found(part: str) -> Finding:
    (finding,) = [finding for finding in doctor()[1] if finding["part"] == part]
    return finding


def faults() -> list[Finding]:
    """Return what is wrong, and check that the exit code says so."""
    code, findings = doctor()
    wrong = [finding for finding in findings if finding["level"] == "fault"]
    assert code == (4 if wrong else 0)
    return wrong


def sql(house: Settings, statement: str) -> None:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        connection.execute(statement.encode())


def test_every_service_in_a_chain_is_tried_with_its_account(use: Use) -> None:
    use(*KINDS, keys={"openai": [FakeOpenAI.KEY]})  # which may be open, so that it is not asked for one

    code, findings = doctor()

    assert code == 0, [finding for finding in findings if finding["level"] == "fault"]
    said = {finding["part"]: finding for finding in findings}
    for name in KINDS:
        finding = said[f"{name}/{KEYLESS.get(name, 'key-1')}"]
        assert finding["level"] == "ok", finding
        assert finding["detail"]
    assert "1000 coins left" in said["a2e/key-1"]["detail"]
    assert "gemma3:12b is there" in said["ollama/default"]["detail"]
    assert said["draw"]["detail"] == "asked in this order: a2e, kie, comfyui, runpod, scenery"
    assert not {"credits", "budget", "services"} & said.keys()


def test_a_service_that_no_chain_names_is_not_asked(use: Use) -> None:
    fakes = use("a2e", "kie", chains={"draw": ["kie", "scenery"]})

    assert faults() == []
    assert fakes["a2e"].requests == []
    assert len(fakes["kie"].requests) == 1


def test_a_service_without_an_account_is_a_fault_and_the_others_are_tried_all_the_same(use: Use) -> None:
    use("a2e", "kie", keys={"a2e": []})

    assert faults() == [
        {
            "part": "a2e", "level": "fault", "detail": "it has no account",
            "remedy": "Add one: `reelwright accounts add a2e NAME`.",
        }
    ]  # fmt: skip
    assert found("kie/key-1")["level"] == "ok"


@pytest.mark.parametrize("name", ["a2e", "elevenlabs", "gemini", "kie", "openai", "runpod"])
def test_a_wrong_key_is_a_fault_of_that_account_only(name: str, use: Use) -> None:
    use(name, keys={name: [WRONG, KINDS[name].KEY]})  # type: ignore[attr-defined]

    (fault,) = faults()

    assert fault["part"] == f"{name}/key-1"
    assert fault["detail"]
    assert fault["remedy"]
    assert found(f"{name}/key-2")["level"] == "ok"


def test_a_retired_account_is_mentioned_and_not_tried(house: Settings, use: Use) -> None:
    fakes = use("a2e")
    sql(house, "update accounts set status = 'retired', health = 'banned', reason = 'The key was revoked.'")

    finding = found("a2e/key-1")

    assert (finding["level"], finding["detail"]) == ("note", "retired: The key was revoked.")
    assert "reelwright accounts resume a2e key-1" in finding["remedy"]
    assert fakes["a2e"].requests == []
    assert faults() == []
    sql(house, "update accounts set status = 'paused', health = 'healthy', reason = ''")
    assert found("a2e/key-1")["detail"] == "paused"


def test_a_service_that_is_down_is_a_fault_and_the_others_are_tried_all_the_same(use: Use) -> None:
    fakes = use("a2e", "comfyui", "kie", "ollama")
    for name in ("comfyui", "kie", "ollama"):
        fakes[name].stop()

    wrong = faults()

    assert [fault["part"] for fault in wrong] == ["comfyui/default", "kie/key-1", "ollama/default"]
    assert all(fault["detail"] and fault["remedy"] for fault in wrong)
    assert found("a2e/key-1")["level"] == "ok"


def test_a_service_that_answers_nonsense_is_a_fault(use: Use) -> None:
    fakes = use("a2e", "comfyui")
    nonsense: tuple[Any, ...] = (500, "html", "garbage", "empty", "reset")
    for damage in nonsense:
        for fake in fakes.values():
            fake.break_next(damage)
        assert [fault["part"] for fault in faults()] == ["a2e/key-1", "comfyui/default"], damage


def test_comfyui_without_its_checkpoint_says_which_are_there_and_where_to_put_it(use: Use) -> None:
    use("comfyui", options={"comfyui": {"checkpoint": "dreams.safetensors"}})

    (fault,) = faults()

    assert fault["part"] == "comfyui/default"
    assert "ComfyUI has no checkpoint 'dreams.safetensors'; it has " in fault["detail"]
    assert "models/checkpoints" in fault["remedy"]


def test_ollama_without_its_model_says_how_to_fetch_it(use: Use) -> None:
    use("ollama", options={"ollama": {"model": "qwen9:4b"}})

    (fault,) = faults()

    assert fault["part"] == "ollama/default"
    assert "Ollama has no model 'qwen9:4b'; it has gemma3:12b, llama3.1:latest." in fault["detail"]
    assert "ollama pull qwen9:4b" in fault["remedy"]


def test_a_key_of_ninety_days_is_mentioned_but_an_account_without_one_never_ages(house: Settings, use: Use) -> None:
    use("a2e", "comfyui", keys={"a2e": [FakeA2E.KEY, FakeA2E.KEY]})
    assert faults() == []  # and ComfyUI has its account now
    sql(house, "update accounts set secret_set_at = now() - interval '400 days'")
    sql(house, "update accounts set secret_set_at = now() - interval '89 days' where name = 'key-2'")

    code, findings = doctor()

    assert code == 0
    assert [finding for finding in findings if finding["level"] == "note"] == [
        {
            "part": "a2e/key-1", "level": "note", "detail": "its key is 400 days old",
            "remedy": "Replace it: `reelwright accounts rotate a2e key-1`.",
        }
    ]  # fmt: skip
    sql(house, "update accounts set secret_set_at = now() - interval '90 days' where name = 'key-2'")
    assert "its key is 90 days old" in [finding["detail"] for finding in doctor()[1]]


def test_a_key_that_no_master_key_opens_is_a_fault_of_its_account(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use("a2e", "ollama")
    monkeypatch.setenv("MASTER_KEYS", Fernet.generate_key().decode())
    get_settings.cache_clear()

    (fault,) = faults()

    assert fault["part"] == "a2e/key-1"
    assert "The account 'key-1' of a2e" in fault["detail"]
    assert found("ollama/default")["level"] == "ok"


MISTAKES = (
    ('[chains]\ndraw = ["a2e"]\n[services.a2e]\ncolour = "red"', "a2e/key-1", "[services.a2e] in the services file"),
    ('[chains]\ndraw = ["a2e"]\n[services.a2e]\ncolour = "red"', "a2e/key-1", "has faults: colour: "),
    ('[chains]\ndraw = ["a2e"]\n[services.a2e.pace]\nrequests = -1', "a2e/key-1", "has faults: pace.requests: "),
    ('[chains]\ndraw = ["a2b", "scenery"]', "makers", "The chain 'draw' of the services file names 'a2b'"),
    ('[chains]\ndraw = ["elevenlabs"]', "makers", "names 'elevenlabs', which is no maker for this"),
    ('[premium]\ndraw = ["a2b"]', "makers", "names 'a2b'"),
    ('[chains]\npaint = ["a2e"]', "makers", "chains.paint"),
    ("[budgets]\nweek = 5", "services", "budgets.week"),
    ("[services.a2ee]\nworth = 2", "services", "[services.a2ee] in the services file is no service"),
    ("[chains", "services", "not valid TOML"),
)
"""Services files, and which part and place is named as the fault."""


def test_a_fault_in_the_services_file_is_named_with_its_place(use: Use, tmp_path: Path) -> None:
    use("a2e")
    for text, part, place in MISTAKES:
        (tmp_path / "services.toml").write_text(text)
        chain.forget()

        (fault,) = [fault for fault in faults() if fault["part"] == part]

        assert place in fault["detail"]
        assert fault["remedy"]


def take(credits: int, number: int) -> tuple[str, Attempt]:
    """Reserve credits under the caps of the services file."""
    order = Order(capability=Capability.DRAW, request={"number": number}, recipe="1")
    caps = caps_for(chain.get_services_file().budgets, reel_id=None, workflow="by-hand", today=now().date())
    with get_database().transaction() as connection:
        generations.intend(connection, order, None, None, "me", 60)
        begun = generations.begin_attempt(connection, order.key, service="a2e", account="key-1", workflow="by-hand")
        cost = Cost(Decimal(credits), Decimal(credits))
        return order.key, generations.ask_attempt(connection, order.key, begun, cost, caps)


def test_calls_that_wait_for_a_person_are_mentioned_with_what_they_hold(use: Use) -> None:
    use("a2e")
    for number in (1, 2):
        key, attempt = take(7, number)
        with get_database().transaction() as connection:
            generations.doubt(connection, key, attempt, "The answer was lost.")

    finding = found("credits")

    assert finding["level"] == "note"
    assert finding["detail"] == "calls whose outcome is not known: 2, with 14 credits reserved"
    assert "`reelwright generations list`" in finding["remedy"]
    assert faults() == []


def test_caps_that_are_nearly_or_quite_used_up_are_mentioned(use: Use) -> None:
    use("a2e", budgets={"day": 10, "month": 12, "reel": 5})
    take(7, 1)
    assert [finding["part"] for finding in doctor()[1] if finding["part"] == "budget"] == []
    take(3, 2)

    code, findings = doctor()

    assert code == 0
    notes = [finding for finding in findings if finding["part"] == "budget"]
    assert [(note["level"], note["detail"]) for note in notes] == [
        ("note", "10 of 10 credits of the day are used; it is stopped"),
        ("note", "10 of 12 credits of the month are used"),
    ]
    assert all("`reelwright budget`" in note["remedy"] for note in notes)


def test_a_person_reads_the_same_as_a_script(use: Use) -> None:
    use("a2e", keys={"a2e": [WRONG]})

    done = CliRunner().invoke(app, ["doctor"])

    assert done.exit_code == 4
    finding = found("a2e/key-1")
    assert f"✘ {'a2e/key-1':<12} {finding['detail']}" in done.stdout
    assert f"→ {finding['remedy']}" in done.stdout
    assert WRONG not in done.output
