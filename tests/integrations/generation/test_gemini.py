from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.gemini import MODEL, FakeGemini, trouble
from fakes.samples import WRITE
from fakes.server import Damage, Reply

from core.errors import (
    AccessLost,
    ConfigError,
    JobFailed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    Unreachable,
)
from core.models import Capability, Draft
from integrations.generation.contract import Job
from integrations.generation.gemini import Gemini, GeminiOptions, retry_delay

CALL = r"POST .*:generateContent"


@pytest.fixture
def fake() -> Iterator[FakeGemini]:
    with FakeGemini() as served:
        yield served


def client(fake: FakeGemini, key: str = FakeGemini.KEY, **options: Any) -> Gemini:
    return Gemini(GeminiOptions.model_validate({**fake.options(), **options}), key)


def job(**prompt: Any) -> Job:
    return Job(Capability.WRITE, {**WRITE, "prompt": {**WRITE["prompt"], **prompt}}, "label-1")


def failure(fake: FakeGemini, folder: Path, **prompt: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        client(fake).begin(job(**prompt), folder)
    assert len(fake.calls(CALL)) == 1
    return caught.value


def test_a_prompt_becomes_the_object_its_schema_asks_for(fake: FakeGemini, tmp_path: Path) -> None:
    ticket = client(fake).begin(job(), tmp_path)
    assert ticket.made is not None
    assert Draft.model_validate(ticket.made.result).title
    assert (ticket.external_id, ticket.made.model) == ("resp-1", f"{MODEL}-001")
    assert fake.paid == ["Write about the octopus."]
    assert ticket.units == (1 - fake.balance).quantize(Decimal("0.0001"), rounding="ROUND_UP")
    assert 0 < ticket.units <= client(fake).quote(job())


def test_the_wire_holds_what_the_prompt_says_and_nothing_goes_twice(fake: FakeGemini, tmp_path: Path) -> None:
    client(fake).begin(job(), tmp_path)
    (sent,) = fake.calls()
    body = sent.json()
    assert sent.path == f"/v1beta/models/{MODEL}:generateContent"
    assert "key" not in sent.query
    assert body["systemInstruction"]["parts"][0]["text"] == "You write short scripts."
    config = body["generationConfig"]
    assert (config["temperature"], config["maxOutputTokens"]) == (0.4, 4000)
    assert config["responseMimeType"] == "application/json"
    assert config["thinkingConfig"] == {"thinking_level": "LOW"}


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"thinking_budget": 0}, {"thinking_budget": 0}),
        ({"thinking_level": "high"}, {"thinking_level": "HIGH"}),
        ({"thinking_level": ""}, None),
    ],
)
def test_thinking_is_set_by_the_operator(
    fake: FakeGemini, tmp_path: Path, options: dict[str, Any], sent: dict[str, Any] | None
) -> None:
    client(fake, **options).begin(job(), tmp_path)
    assert fake.calls()[0].json()["generationConfig"].get("thinkingConfig") == sent


def test_the_environment_cannot_turn_the_client_elsewhere(
    fake: FakeGemini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v1")
    monkeypatch.setenv("GOOGLE_API_KEY", "another")
    assert client(fake).begin(job(), tmp_path).made is not None


@pytest.mark.parametrize("reason", ["SAFETY", "PROHIBITED_CONTENT", "A_REASON_OF_TOMORROW"])
def test_a_blocked_prompt_is_told_with_its_reason_and_what_it_cost(
    fake: FakeGemini, tmp_path: Path, reason: str
) -> None:
    fake.block = reason
    error = failure(fake, tmp_path)
    assert isinstance(error, JobFailed)
    assert error.code == reason
    assert error.units
    assert "would be blocked again" in error.remedy


@pytest.mark.parametrize("reason", ["SAFETY", "RECITATION", "SPII"])
def test_a_withheld_answer_is_told_with_its_reason_and_what_it_cost(
    fake: FakeGemini, tmp_path: Path, reason: str
) -> None:
    fake.finish = reason
    error = failure(fake, tmp_path)
    assert isinstance(error, JobFailed)
    assert error.code == reason
    assert error.units


def test_a_truncated_answer_fails_the_job_and_says_what_it_cost(fake: FakeGemini, tmp_path: Path) -> None:
    error = failure(fake, tmp_path, max_tokens=64)
    assert isinstance(error, JobFailed)
    assert error.code == "MAX_TOKENS"
    assert "max_tokens" in error.remedy
    assert error.units is not None
    assert error.units > 0


def test_an_answer_that_could_be_continued_is_not_paid_again(fake: FakeGemini, tmp_path: Path) -> None:
    fake.finish = "CONTINUATION"
    assert isinstance(failure(fake, tmp_path), JobFailed)
    assert len(fake.paid) == 1


@pytest.mark.parametrize("text", ["", "I am sorry.", '{"title": "cut'])
def test_an_unusable_text_fails_the_job(fake: FakeGemini, tmp_path: Path, text: str) -> None:
    fake.text = text
    error = failure(fake, tmp_path)
    assert isinstance(error, JobFailed)
    assert error.units is not None


def test_a_job_that_goes_wrong_there_fails(fake: FakeGemini, tmp_path: Path) -> None:
    fake.fail_jobs = True
    error = failure(fake, tmp_path)
    assert (type(error), error.code) == (JobFailed, "OTHER")


@pytest.mark.parametrize("key", ["AIzaWrong", "   x"])
def test_a_wrong_key_loses_access_and_is_not_shown(fake: FakeGemini, tmp_path: Path, key: str) -> None:
    with pytest.raises(AccessLost) as caught:
        client(fake, key).begin(job(), tmp_path)
    assert key not in str(caught.value)
    assert fake.paid == []


def test_a_forbidden_key_loses_access(fake: FakeGemini, tmp_path: Path) -> None:
    fake.break_next(403)
    assert isinstance(failure(fake, tmp_path), AccessLost)


def test_too_fast_waits_what_google_asks_and_a_second_more(fake: FakeGemini, tmp_path: Path) -> None:
    fake.limit = "minute"
    error = failure(fake, tmp_path)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 59.5


@pytest.mark.parametrize("limit", ["none", "day"])
def test_a_closed_or_used_up_free_tier_is_no_matter_of_waiting(fake: FakeGemini, tmp_path: Path, limit: str) -> None:
    fake.limit = limit
    assert isinstance(failure(fake, tmp_path), QuotaSpent)


def test_spent_credits_are_told_apart_from_speed(fake: FakeGemini, tmp_path: Path) -> None:
    fake.balance = Decimal(0)
    assert isinstance(failure(fake, tmp_path), QuotaSpent)


def test_a_refused_body_or_country_is_rejected(fake: FakeGemini, tmp_path: Path) -> None:
    fake.blocked_countries = True
    error = failure(fake, tmp_path)
    assert isinstance(error, Rejected)
    assert error.code == "FAILED_PRECONDITION"


def test_an_unknown_model_is_rejected_and_the_setting_named(fake: FakeGemini, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"services\.gemini") as caught:
        client(fake, model="gemini-1").begin(job(), tmp_path)
    assert caught.value.status == 404


@pytest.mark.parametrize("damage", ["reset", "html", "garbage", "empty", 500, 302, trouble(503)])
def test_a_lost_answer_is_unknown_and_never_sent_again(fake: FakeGemini, tmp_path: Path, damage: Damage) -> None:
    fake.break_next(damage, moment="acted")
    assert isinstance(failure(fake, tmp_path), OutcomeUnknown)
    assert len(fake.paid) == 1


@pytest.mark.parametrize("damage", ["reset", 503])
def test_trouble_before_it_acted_looks_no_different(fake: FakeGemini, tmp_path: Path, damage: Damage) -> None:
    fake.break_next(damage)
    assert isinstance(failure(fake, tmp_path), OutcomeUnknown)
    assert fake.paid == []


def test_a_timeout_after_sending_is_unknown(fake: FakeGemini, tmp_path: Path) -> None:
    fake.break_next("hang", moment="acted")
    with pytest.raises(OutcomeUnknown):
        client(fake, timeout_seconds=0.2).begin(job(), tmp_path)
    assert len(fake.paid) == 1
    assert len(fake.calls(CALL)) == 1


@pytest.mark.parametrize("body", [{}, [], {"candidates": "none"}, {"candidates": [{}]}, "text", 7])
def test_an_undocumented_answer_never_escapes_as_a_bug(fake: FakeGemini, tmp_path: Path, body: Any) -> None:
    fake.break_next(Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"}))
    assert isinstance(failure(fake, tmp_path), OutcomeUnknown | JobFailed)


def test_the_key_does_not_follow_a_redirect(fake: FakeGemini, tmp_path: Path) -> None:
    with FakeGemini() as stranger:
        place = f"{stranger.url}/v1beta/models/{MODEL}:generateContent"
        fake.break_next(Reply(307, b"", {"Location": place}))
        assert isinstance(failure(fake, tmp_path), OutcomeUnknown)
        assert stranger.requests == []


def test_a_dead_address_was_never_asked(fake: FakeGemini, tmp_path: Path) -> None:
    fake.stop()
    with pytest.raises(Unreachable):
        client(fake).begin(job(), tmp_path)


def test_errors_do_not_carry_whole_bodies(fake: FakeGemini, tmp_path: Path) -> None:
    fake.break_next("html")
    error = failure(fake, tmp_path)
    assert "Bad gateway" not in repr((str(error), error.__cause__))


def test_the_quote_is_the_price_of_all_tokens_and_follows_the_date(
    fake: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.generation.prices.now", lambda: datetime(2026, 12, 31, tzinfo=UTC))
    before = client(fake).quote(job())
    monkeypatch.setattr("integrations.generation.prices.now", lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert before < client(fake).quote(job()) <= 2 * before
    assert Decimal("0.015") < before < Decimal("0.03")


def test_a_model_without_a_price_is_not_quoted_and_a_free_one_costs_nothing(fake: FakeGemini) -> None:
    with pytest.raises(ConfigError, match="No price"):
        client(fake, model="gemini-9").quote(job())
    free = [{"capability": "write", "model": "gemini-9", "since": "2026-01-01", "per": "token", "units": 0}]
    assert client(fake, model="gemini-9", prices=free).quote(job()) == 0


def test_without_a_prompt_nothing_is_asked(fake: FakeGemini, tmp_path: Path) -> None:
    bare = {**WRITE, "prompt": None}
    assert "no prompt" in (client(fake).objection(Capability.WRITE, bare) or "")
    with pytest.raises(Rejected):
        client(fake).begin(Job(Capability.WRITE, bare, "l"), tmp_path)
    assert client(fake).objection(Capability.WRITE, WRITE) is None
    assert "does not talk" in (client(fake).objection(Capability.TALK, {}) or "")
    assert fake.calls() == []


def test_examine_says_that_the_model_is_there(fake: FakeGemini) -> None:
    assert client(fake).examine() == f"{MODEL} is there; it answers with up to 65536 tokens"
    with pytest.raises(Rejected, match="not found"):
        client(fake, model="gemini-1").examine()
    with pytest.raises(AccessLost):
        client(fake, "AIzaWrong").examine()
    for damage in ("html", 503, "reset"):
        fake.break_next(damage)
        with pytest.raises(Unreachable):
            client(fake).examine()
    assert fake.paid == []


@pytest.mark.parametrize(
    ("text", "seconds"), [('"retryDelay": "58s"', 59.0), ("'retryDelay': '0.5s'", 1.5), ("", None)]
)
def test_the_delay_is_read_from_the_error(text: str, seconds: float | None) -> None:
    assert retry_delay(text) == seconds


@pytest.mark.live
def test_the_real_service_writes_a_draft(tmp_path: Path) -> None:
    key = os.environ.get("LIVE_GEMINI_KEY")
    if not key:
        pytest.skip("LIVE_GEMINI_KEY is not set")
    ticket = Gemini(GeminiOptions(), key).begin(job(), tmp_path)
    print(f"cost: {ticket.units} US dollars")
    assert ticket.made is not None
    assert Draft.model_validate(ticket.made.result).title
