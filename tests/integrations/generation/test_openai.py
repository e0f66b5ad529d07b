from __future__ import annotations

import json
import os
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.openai_server import FakeOpenAI, Shape
from fakes.samples import WRITE
from fakes.server import Damage, Reply
from PIL import Image
from pydantic import ValidationError

from core.errors import (
    AccessLost,
    ConfigError,
    JobFailed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.models import Capability, Draft, Speech
from integrations.generation.contract import Job, Standing
from integrations.generation.openai_compatible import OpenAICompatible, OpenAIOptions
from integrations.generation.openai_replies import is_private

DRAW: dict[str, Any] = {
    "text": "It has three hearts.", "subject": "The octopus", "prompt": "An octopus in a reef.",
    "setting": {"place": "reef", "time": "day", "mood": "bright"},
    "palette": dict.fromkeys(("deep", "main", "soft", "glow", "accent"), "#102030"),
    "look": {"appearance": "a diver in a yellow suit", "style": "flat paper cut"},
}  # fmt: skip
SPEAK: dict[str, Any] = {
    "text": "Small hearts beat, and arms taste.", "language": "en",
    "voice": {"name": "joe", "ids": {"openai": "nova"}, "speed": 1.1},
}  # fmt: skip
REQUESTS = {Capability.WRITE: WRITE, Capability.DRAW: DRAW, Capability.SPEAK: SPEAK}
EACH = pytest.mark.parametrize("capability", list(REQUESTS))


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as served:
        yield served


def client(fake: FakeOpenAI, key: str = FakeOpenAI.KEY, **options: Any) -> OpenAICompatible:
    return OpenAICompatible(OpenAIOptions.model_validate({**fake.options(), **options}), key)


def job(capability: Capability = Capability.WRITE, **changed: Any) -> Job:
    return Job(capability, {**REQUESTS[capability], **changed}, "label-1")


def short(max_tokens: int) -> Job:
    return job(prompt={**WRITE["prompt"], "max_tokens": max_tokens})


def failure(fake: FakeOpenAI, folder: Path, asked: Job | None = None, **options: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        client(fake, **options).begin(asked or job(), folder)
    assert len(fake.calls("POST .*")) == 1
    return caught.value


def test_a_prompt_becomes_the_object_its_schema_asks_for(fake: FakeOpenAI, tmp_path: Path) -> None:
    ticket = client(fake).begin(job(), tmp_path)
    assert ticket.made is not None
    assert Draft.model_validate(ticket.made.result).title
    assert (ticket.external_id, ticket.made.model, ticket.units) == ("chatcmpl-1", "fake-writer", 0)
    assert fake.paid == ["Write about the octopus."]
    body = fake.calls()[0].json()
    assert body["messages"][0] == {"role": "system", "content": "You write short scripts."}
    assert (body["temperature"], body["max_tokens"]) == (0.4, 4000)
    assert body["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(("structured", "kind"), [("object", {"type": "json_object"}), ("none", None)])
def test_servers_without_schemas_are_told_it_in_words(
    fake: FakeOpenAI, tmp_path: Path, structured: str, kind: dict[str, str] | None
) -> None:
    fake.text = 'Here it is:\n```json\n{"title": "Three hearts"}\n```'
    ticket = client(fake, structured=structured).begin(job(), tmp_path)
    assert ticket.made is not None
    assert ticket.made.result == {"title": "Three hearts"}
    body = fake.calls()[0].json()
    assert body.get("response_format") == kind
    assert '"call_to_action"' in body["messages"][0]["content"]


@pytest.mark.parametrize("shape", ["openai", "text", "detail", "object"])
def test_a_refused_way_of_structure_names_the_setting_and_is_not_repeated(
    fake: FakeOpenAI, tmp_path: Path, shape: Shape
) -> None:
    fake.knows, fake.shape = {"text"}, shape
    error = failure(fake, tmp_path)
    assert isinstance(error, Rejected)
    assert "`structured`" in error.remedy
    assert "'response_format.type' must be one of" in error.detail
    assert not error.detail.startswith("{")
    assert error.request_id == "req-refused"
    assert fake.paid == []


def test_models_that_think_take_the_other_field_and_no_temperature(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.thinks = True
    assert "max_completion_tokens" in failure(fake, tmp_path).remedy
    options: dict[str, Any] = {"tokens_field": "max_completion_tokens"}
    with pytest.raises(Rejected, match="temperature = false"):
        client(fake, **options).begin(job(), tmp_path)
    assert client(fake, **options, temperature=False).begin(job(), tmp_path).made is not None


def test_a_truncated_answer_fails_the_job_and_says_what_it_cost(fake: FakeOpenAI, tmp_path: Path) -> None:
    priced = [{"capability": "write", "since": "2026-01-01", "per": "token", "units": "0.001"}]
    error = failure(fake, tmp_path, short(64), prices=priced)
    assert isinstance(error, JobFailed)
    assert error.code == "length"
    assert error.units == Decimal("0.15")
    assert "max_tokens" in error.remedy


def test_an_answer_that_is_filtered_or_refused_was_paid_for_all_the_same(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.finish = "content_filter"
    error = failure(fake, tmp_path, prices=[{"capability": "write", "since": "2026-01-01", "units": "0.2"}])
    assert isinstance(error, JobFailed)
    assert error.units == Decimal("0.2")
    fake.finish, fake.refusal = "stop", "I cannot help with that."
    with pytest.raises(JobFailed, match="I cannot help with that"):
        client(fake).begin(job(), tmp_path)


def test_an_answer_without_json_fails_the_job(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.fail_jobs = True
    assert isinstance(failure(fake, tmp_path), JobFailed)


def test_a_picture_is_drawn_in_the_size_of_the_options(fake: FakeOpenAI, tmp_path: Path) -> None:
    ticket = client(fake).begin(job(Capability.DRAW), tmp_path)
    assert ticket.made is not None
    picture = ticket.made.files["picture"]
    assert picture.suffix == ".png"
    assert Image.open(picture).size == (320, 576)
    assert (ticket.external_id, ticket.made.model) == ("label-1", "fake-painter")
    assert fake.paid == [
        "An octopus in a reef. a diver in a yellow suit. flat paper cut. no text, no letters, no watermark"
    ]
    assert "response_format" not in fake.calls()[0].json()
    assert "quality" not in fake.calls()[0].json()


def test_a_picture_without_a_prompt_shows_subject_and_line(fake: FakeOpenAI, tmp_path: Path) -> None:
    client(fake, image_quality="low").begin(job(Capability.DRAW, prompt="", look={}), tmp_path)
    assert fake.paid == ["The octopus. It has three hearts. reef, day, bright. no text, no letters, no watermark"]
    assert fake.calls()[0].json()["quality"] == "low"


def test_a_picture_that_comes_as_a_link_is_fetched_and_can_be_fetched_again(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.gives_links = True
    service, asked = client(fake), job(Capability.DRAW)
    ticket = service.begin(asked, tmp_path)
    assert ticket.made is None
    standing = service.check(asked, ticket.external_id)
    assert standing.is_ready
    fake.break_next(503, pattern="GET /files/.*")
    with pytest.raises(Unreachable) as caught:
        service.fetch(asked, standing, tmp_path)
    assert "status 503" in str(caught.value)
    for _ in range(2):
        made = service.fetch(asked, standing, tmp_path)
        assert Image.open(made.files["picture"]).size == (320, 576)
    assert made.model == "fake-painter"
    assert len(fake.paid) == 1
    fake.break_next(Reply(200, b"GIF89a no picture", {"Content-Type": "image/png"}))
    with pytest.raises(UnexpectedReply, match="no PNG, JPEG or WebP picture"):
        service.fetch(asked, standing, tmp_path)
    fake.links_die = True
    with pytest.raises(Unreachable, match="status 404"):
        service.fetch(asked, standing, tmp_path)


def test_a_picture_behind_a_signed_link_is_taken_at_once_and_the_signature_is_not_kept(
    fake: FakeOpenAI, tmp_path: Path
) -> None:
    fake.gives_links = fake.signs_links = True
    ticket = client(fake).begin(job(Capability.DRAW), tmp_path)
    assert ticket.made is not None
    assert ticket.made.files["picture"].name == "picture.png"
    assert ticket.external_id == "label-1"
    fake.links_die = True
    with pytest.raises(OutcomeUnknown) as caught:
        client(fake).begin(job(Capability.DRAW), tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("data", ["", "AAAA", "not base64!", "R0lGODlh"])
def test_a_reply_without_a_picture_is_unknown(fake: FakeOpenAI, tmp_path: Path, data: str) -> None:
    fake.break_next(Reply(200, {"data": [{"b64_json": data}]}), moment="acted")
    assert isinstance(failure(fake, tmp_path, job(Capability.DRAW)), OutcomeUnknown)
    assert len(fake.paid) == 1


def test_a_refused_picture_is_rejected(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.fail_jobs = True
    error = failure(fake, tmp_path, job(Capability.DRAW))
    assert (type(error), error.code) == (Rejected, "moderation_blocked")


@pytest.mark.parametrize("size", ["1000x1500", "1024x4096", "4096x1024", "big", "0x0"])
def test_a_size_that_cannot_be_drawn_is_refused(fake: FakeOpenAI, size: str) -> None:
    with pytest.raises(ValidationError):
        client(fake, image_size=size)


@pytest.mark.parametrize("kind", ["mp3", "wav", "flac", "opus", "aac"])
def test_a_line_is_spoken_in_every_format(fake: FakeOpenAI, tmp_path: Path, kind: str) -> None:
    ticket = client(fake, speech_format=kind).begin(job(Capability.SPEAK), tmp_path)
    assert ticket.made is not None
    speech = Speech.model_validate(ticket.made.result)
    assert [word.text for word in speech.words] == SPEAK["text"].split()
    assert speech.timing == "proportional"
    with wave.open(str(ticket.made.files["speech"])) as sound:
        assert abs(sound.getnframes() / sound.getframerate() - speech.seconds) < 0.01
    assert (ticket.external_id, ticket.made.model) == ("req-1", "fake-speaker")
    assert fake.paid == [SPEAK["text"]]
    body = fake.calls()[0].json()
    assert (body["voice"], body["speed"], body["response_format"]) == ("nova", 1.1, kind)


def test_a_reply_without_speech_is_unknown(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.fail_jobs = True
    assert isinstance(failure(fake, tmp_path, job(Capability.SPEAK)), OutcomeUnknown)
    assert len(fake.paid) == 1


def test_an_unknown_voice_is_rejected(fake: FakeOpenAI, tmp_path: Path) -> None:
    error = failure(fake, tmp_path, job(Capability.SPEAK, voice={"name": "joe", "ids": {"openai": "nobody"}}))
    assert isinstance(error, Rejected)
    assert "nobody" in error.detail


def test_what_cannot_be_spoken_is_objected_to(fake: FakeOpenAI) -> None:
    service = client(fake)
    assert service.objection(Capability.SPEAK, SPEAK) is None
    assert "no id for 'openai'" in (service.objection(Capability.SPEAK, {**SPEAK, "voice": {"name": "joe"}}) or "")
    for text in ("", "a" * 4097):
        assert "can be spoken" in (service.objection(Capability.SPEAK, {**SPEAK, "text": text}) or "")
    assert service.objection(Capability.SPEAK, {**SPEAK, "text": "a" * 4096}) is None


def test_a_capability_without_a_model_is_objected_to(fake: FakeOpenAI) -> None:
    bare = client(fake, write_model="", image_model="", speech_model="")
    for capability, request in REQUESTS.items():
        assert "is set in [services.openai]" in (bare.objection(capability, request) or "")
        assert client(fake).objection(capability, request) is None
    assert "does not talk" in (client(fake).objection(Capability.TALK, {}) or "")
    assert "no prompt" in (client(fake).objection(Capability.WRITE, {**WRITE, "prompt": None}) or "")


@EACH
@pytest.mark.parametrize("shape", ["openai", "text", "detail", "object"])
def test_a_wrong_key_loses_access_and_is_not_shown(
    fake: FakeOpenAI, tmp_path: Path, capability: Capability, shape: Shape
) -> None:
    fake.shape = shape
    with pytest.raises(AccessLost, match="Incorrect API key") as caught:
        client(fake, "sk_test_fake_other").begin(job(capability), tmp_path)
    assert "sk_test_fake_other" not in str(caught.value)


def test_without_a_key_no_header_is_sent(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.open = True
    assert client(fake, "").begin(job(), tmp_path).made is not None


@EACH
def test_spent_credits_are_told_apart_from_speed(fake: FakeOpenAI, tmp_path: Path, capability: Capability) -> None:
    fake.slow_down = "7"
    error = failure(fake, tmp_path, job(capability))
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.code) == (7, "rate_limit_exceeded")
    fake.balance = Decimal(0)
    with pytest.raises(QuotaSpent) as caught:
        client(fake).begin(job(capability), tmp_path)
    assert caught.value.status == 429


def test_an_unknown_model_is_rejected_and_the_setting_named(fake: FakeOpenAI, tmp_path: Path) -> None:
    error = failure(fake, tmp_path, write_model="gone")
    assert isinstance(error, Rejected)
    assert "[services.openai]" in error.remedy


@EACH
@pytest.mark.parametrize("damage", ["reset", "garbage", "html", "empty", 500, 503, 302])
def test_a_lost_answer_is_unknown_and_never_sent_again(
    fake: FakeOpenAI, tmp_path: Path, capability: Capability, damage: Damage
) -> None:
    fake.break_next(damage, moment="acted")
    assert isinstance(failure(fake, tmp_path, job(capability)), OutcomeUnknown)
    assert len(fake.paid) == 1


@pytest.mark.parametrize(
    "body", [[], {}, {"choices": []}, {"choices": [{"message": {"content": [1]}}]}, {"error": {"code": 502}}]
)
def test_an_undocumented_answer_is_unknown(fake: FakeOpenAI, tmp_path: Path, body: Any) -> None:
    fake.break_next(Reply(200, body), moment="acted")
    assert isinstance(failure(fake, tmp_path), OutcomeUnknown)


def test_a_timeout_after_sending_is_unknown(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.break_next("hang", moment="acted")
    assert isinstance(failure(fake, tmp_path, timeout_seconds=0.2), OutcomeUnknown)


def test_a_dead_address_was_never_asked(fake: FakeOpenAI, tmp_path: Path) -> None:
    fake.stop()
    with pytest.raises(Unreachable):
        client(fake).begin(job(), tmp_path)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1:1234/v1", True), ("http://localhost:1234/v1", True), ("http://[::1]:1234/v1", True),
        ("http://192.168.1.20:8000/v1", True), ("http://10.0.0.3/v1", True), ("http://box.local:1/v1", True),
        ("http://host.docker.internal:1234/v1", True), ("https://api.openai.com/v1", False),
        ("https://8.8.8.8/v1", False), ("https://localhost.example.com/v1", False), ("http://172.32.0.1/v1", False),
    ],
)  # fmt: skip
def test_only_this_machine_and_private_networks_are_free(url: str, private: bool) -> None:
    assert is_private(url) is private
    service = OpenAICompatible(OpenAIOptions(base_url=url, write_model="m", image_model="m", speech_model="m"), "")
    for capability in REQUESTS:
        if private:
            assert service.quote(job(capability)) == 0
        else:
            with pytest.raises(ConfigError, match=r"services\.openai\.prices"):
                service.quote(job(capability))


def test_hosted_work_is_quoted_by_the_operators_prices() -> None:
    prices = [
        {"capability": "write", "since": "2026-01-01", "per": "token", "units": "0.001"},
        {"capability": "draw", "since": "2026-01-01", "units": "0.04"},
        {"capability": "speak", "since": "2026-01-01", "per": "character", "units": "0.01"},
    ]
    table = {"base_url": "https://api.example.com/v1", "write_model": "a", "image_model": "b", "speech_model": "c"}
    service = OpenAICompatible(OpenAIOptions.model_validate({**table, "prices": prices}), "")
    assert service.quote(job(Capability.DRAW)) == Decimal("0.04")
    assert service.quote(job(Capability.SPEAK)) == Decimal("0.01") * len(SPEAK["text"])
    assert 4 < service.quote(job()) < 6


def test_an_address_must_be_given() -> None:
    with pytest.raises(ValidationError, match="base_url"):
        OpenAIOptions.model_validate({})


def test_examine_misses_what_the_server_does_not_have(fake: FakeOpenAI) -> None:
    assert client(fake).examine() == "fake-writer, fake-painter, fake-speaker: there, of 3 models"
    with pytest.raises(ConfigError, match="no model 'gone'") as caught:
        client(fake, speech_model="gone").examine()
    assert "fake-speaker" in caught.value.remedy
    with pytest.raises(ConfigError, match="No model is set"):
        client(fake, write_model="", image_model="", speech_model="").examine()
    for damage, error in (("html", UnexpectedReply), (Reply(200, {}), UnexpectedReply), (503, Unreachable)):
        fake.break_next(damage)
        with pytest.raises(error):
            client(fake).examine()


def test_no_record_is_kept(fake: FakeOpenAI, tmp_path: Path) -> None:
    with pytest.raises(OutcomeUnknown):
        client(fake).find(job(), datetime.now(UTC))
    with pytest.raises(OutcomeUnknown):
        client(fake).check(job(), "chatcmpl-1")
    with pytest.raises(OutcomeUnknown):
        client(fake).fetch(job(), Standing(is_ready=True), tmp_path)
    assert fake.calls() == []


@pytest.mark.live
def test_the_real_service_writes_a_draft(tmp_path: Path) -> None:
    key, table = os.environ.get("LIVE_OPENAI_KEY"), os.environ.get("LIVE_OPENAI_TABLE", "{}")
    if not key:
        pytest.skip("LIVE_OPENAI_KEY is not set; LIVE_OPENAI_TABLE holds base_url, write_model, prices as JSON")
    service = OpenAICompatible(OpenAIOptions.model_validate(json.loads(table)), key)
    print(f"quote: {service.quote(job())}")
    ticket = service.begin(job(), tmp_path)
    print(f"cost: {ticket.units}")
    assert ticket.made is not None
    assert Draft.model_validate(ticket.made.result).title
