from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.ollama_server import FakeOllama
from fakes.samples import WRITE
from fakes.server import Damage, Reply
from pydantic import ValidationError

from core.errors import (
    AccessLost,
    ConfigError,
    JobFailed,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.models import Capability, Draft
from integrations.generation.contract import Job
from integrations.generation.ollama_local import Ollama, OllamaOptions, context_for

CALL = "POST /api/chat"
PRICE = {"capability": "write", "since": "2026-01-01", "units": "0.5"}


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with FakeOllama() as served:
        yield served


def client(fake: FakeOllama, key: str = "", **options: Any) -> Ollama:
    return Ollama(OllamaOptions.model_validate({**fake.options(), **options}), key)


def job(**prompt: Any) -> Job:
    return Job(Capability.WRITE, {**WRITE, "prompt": {**WRITE["prompt"], **prompt}}, "label-1")


def failure(fake: FakeOllama, folder: Path, **prompt: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        client(fake).begin(job(**prompt), folder)
    assert len(fake.calls(CALL)) == 1
    return caught.value


def test_a_prompt_becomes_the_object_its_schema_asks_for(fake: FakeOllama, tmp_path: Path) -> None:
    ticket = client(fake).begin(job(), tmp_path)
    assert ticket.made is not None
    assert Draft.model_validate(ticket.made.result).title
    assert (ticket.external_id, ticket.made.model, ticket.units) == ("label-1", "gemma3:12b", 0)
    assert fake.paid == ["Write about the octopus."]


def test_the_wire_holds_prompt_schema_and_room_for_both(fake: FakeOllama, tmp_path: Path) -> None:
    client(fake).begin(job(), tmp_path)
    body = fake.calls()[0].json()
    system, user = body["messages"]
    assert user == {"role": "user", "content": "Write about the octopus."}
    assert system["content"].startswith("You write short scripts.")
    assert json.dumps(body["format"]) in system["content"]
    length = len(system["content"]) + len(user["content"])
    assert body["options"] == {"num_ctx": context_for(length, 4000), "num_predict": 4000, "temperature": 0.4}
    assert (body["stream"], body["keep_alive"]) == (False, "10m")
    assert "think" not in {name for name, value in body.items() if value is not None}
    assert "authorization" not in fake.calls()[0].headers


def test_a_long_prompt_gets_a_longer_context(fake: FakeOllama, tmp_path: Path) -> None:
    assert client(fake).begin(job(user="word " * 9000), tmp_path).made is not None
    assert fake.calls()[0].json()["options"]["num_ctx"] >= 15_000 + 4000


def test_contexts_grow_in_steps_and_hold_question_and_answer() -> None:
    assert context_for(0, 2048) == 2048
    assert context_for(1, 2048) == 4096
    assert all(context_for(length, 500) * 3 >= length + 1500 for length in range(0, 60_000, 997))


def test_a_context_too_small_is_seen_in_the_answer(fake: FakeOllama, tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="cut off") as caught:
        client(fake, num_ctx=512).begin(job(), tmp_path)
    assert "num_ctx" in caught.value.remedy


def test_a_truncated_answer_fails_the_job(fake: FakeOllama, tmp_path: Path) -> None:
    error = failure(fake, tmp_path, max_tokens=64)
    assert (type(error), error.code) == (JobFailed, "length")


@pytest.mark.parametrize("reason", ["load", "unload", None])
def test_any_other_end_than_stop_fails_the_job(fake: FakeOllama, tmp_path: Path, reason: str | None) -> None:
    fake.done_reason = reason
    assert isinstance(failure(fake, tmp_path), JobFailed)


@pytest.mark.parametrize("text", ["", "   \n\n ", "I am sorry."])
def test_an_unusable_text_fails_the_job(fake: FakeOllama, tmp_path: Path, text: str) -> None:
    fake.text = text
    assert isinstance(failure(fake, tmp_path), JobFailed)


def test_a_missing_model_says_how_to_get_it(fake: FakeOllama, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="`ollama pull qwen9:1b`") as caught:
        client(fake, model="qwen9:1b").begin(job(), tmp_path)
    assert caught.value.status == 404


def test_a_full_queue_asks_to_wait(fake: FakeOllama, tmp_path: Path) -> None:
    fake.busy = True
    error = failure(fake, tmp_path)
    assert isinstance(error, RateLimited)
    assert "maximum pending requests" in error.detail


def test_a_crashed_runner_is_worth_another_try(fake: FakeOllama, tmp_path: Path) -> None:
    fake.fail_jobs = True
    error = failure(fake, tmp_path)
    assert isinstance(error, Unreachable)
    assert "memory" in error.remedy


def test_a_refused_request_is_rejected(fake: FakeOllama, tmp_path: Path) -> None:
    fake.break_next(400)
    assert isinstance(failure(fake, tmp_path), Rejected)


def test_a_proxy_in_front_of_it_gets_the_key(fake: FakeOllama, tmp_path: Path) -> None:
    fake.guarded = True
    assert client(fake, fake.KEY).begin(job(), tmp_path).made is not None
    with pytest.raises(AccessLost):
        client(fake).begin(job(), tmp_path)


@pytest.mark.parametrize("moment", ["arrived", "acted"])
def test_a_broken_connection_may_be_tried_again_because_it_is_free(
    fake: FakeOllama, tmp_path: Path, moment: Any
) -> None:
    fake.break_next("reset", moment=moment)
    assert isinstance(failure(fake, tmp_path), Unreachable)


@pytest.mark.parametrize("damage", ["reset", "html", 408, 500])
def test_an_answer_that_is_lost_is_unknown_where_it_costs_something(
    fake: FakeOllama, tmp_path: Path, damage: Damage
) -> None:
    priced = client(fake, prices=[PRICE])
    fake.break_next(damage, moment="acted")
    with pytest.raises(OutcomeUnknown):
        priced.begin(job(), tmp_path)
    fake.done_reason = "length"
    with pytest.raises(JobFailed) as caught:
        priced.begin(job(), tmp_path)
    assert caught.value.units == Decimal("0.5")


def test_a_timeout_may_be_tried_again_and_names_the_setting(fake: FakeOllama, tmp_path: Path) -> None:
    fake.break_next("hang")
    with pytest.raises(Unreachable, match="timeout_seconds"):
        client(fake, timeout_seconds=0.2).begin(job(), tmp_path)
    assert len(fake.calls(CALL)) == 1


def test_nobody_there_says_how_to_start_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        absent = Ollama(OllamaOptions(base_url=url), "")
        priced = Ollama(OllamaOptions.model_validate({"base_url": url, "prices": [PRICE]}), "")
        for service in (absent, priced):
            with pytest.raises(Unreachable, match="ollama serve"):
                service.begin(job(), tmp_path)
        with pytest.raises(Unreachable, match="ollama serve"):
            absent.examine()


@pytest.mark.parametrize("damage", ["html", "garbage", "empty", Reply(200, []), Reply(200, {"done": True})])
def test_something_else_at_the_address_is_told_apart(fake: FakeOllama, tmp_path: Path, damage: Damage) -> None:
    fake.break_next(damage)
    error = failure(fake, tmp_path)
    assert isinstance(error, UnexpectedReply)
    assert "Bad gateway" not in str(error)


@pytest.mark.parametrize("body", [[], ["text"], "text", {"error": {"nested": 1}}, {}])
def test_an_error_of_any_form_is_read(fake: FakeOllama, tmp_path: Path, body: Any) -> None:
    fake.break_next(Reply(503, body))
    assert isinstance(failure(fake, tmp_path), RateLimited | UnexpectedReply)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "http://ollama.local/", "https://host/ollama"])
def test_an_address_without_a_port_is_refused_and_explained(url: str) -> None:
    with pytest.raises(ValidationError, match="write out the port"):
        OllamaOptions(base_url=url)


def test_one_call_at_a_time_and_no_rests_are_the_default() -> None:
    pace = OllamaOptions().pace
    assert (pace.concurrent, pace.requests, pace.rest_after) == (1, 0, 0)


def test_it_is_free_unless_the_operator_says_otherwise(fake: FakeOllama) -> None:
    assert client(fake).quote(job()) == 0
    assert client(fake, prices=[PRICE]).quote(job()) == Decimal("0.5")


def test_examine_names_the_models_and_misses_the_one_that_is_not_there(fake: FakeOllama) -> None:
    assert client(fake).examine() == "gemma3:12b is there, of 2: gemma3:12b, llama3.1:latest"
    assert client(fake, model="llama3.1").examine().startswith("llama3.1 is there")
    with pytest.raises(ConfigError, match="has no model 'qwen9:1b'; it has gemma3:12b") as caught:
        client(fake, model="qwen9:1b").examine()
    assert "ollama pull qwen9:1b" in caught.value.remedy
    fake.models = []
    with pytest.raises(ConfigError, match="it has none"):
        client(fake).examine()


def test_without_a_prompt_nothing_is_asked(fake: FakeOllama) -> None:
    assert "no prompt" in (client(fake).objection(Capability.WRITE, {**WRITE, "prompt": None}) or "")
    assert client(fake).objection(Capability.WRITE, WRITE) is None
    assert "does not draw" in (client(fake).objection(Capability.DRAW, {}) or "")
    assert fake.calls() == []


def test_no_record_is_kept(fake: FakeOllama) -> None:
    with pytest.raises(OutcomeUnknown):
        client(fake).find(job(), datetime.now(UTC))


@pytest.mark.live
def test_the_real_service_writes_a_draft(tmp_path: Path) -> None:
    url = os.environ.get("LIVE_OLLAMA_KEY")
    if not url:
        pytest.skip("LIVE_OLLAMA_KEY is not set; it holds the address, such as http://127.0.0.1:11434")
    ticket = Ollama(OllamaOptions(base_url=url), "").begin(job(), tmp_path)
    print(f"cost: {ticket.units}")
    assert ticket.made is not None
    assert Draft.model_validate(ticket.made.result).title
