from __future__ import annotations

import hashlib
import os
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.a2e import COINS, VOICES, FakeA2E, clip, picture, sound
from fakes.server import Reply
from PIL import Image
from pydantic import ValidationError

from core.errors import (
    AccessLost,
    JobFailed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.models import Capability, Made
from integrations.generation.a2e import A2E, SOMEWHERE
from integrations.generation.a2e_replies import price_in, standing_of
from integrations.generation.a2e_requests import A2EOptions, Requests
from integrations.generation.contract import Job, Service, Standing, Ticket

PICTURE, SPEECH = picture(72, 128), sound(0.3)
SHA = {"picture": hashlib.sha256(PICTURE).hexdigest(), "speech": hashlib.sha256(SPEECH).hexdigest()}
PALETTE = dict.fromkeys(("deep", "main", "soft", "glow", "accent"), "#123456")
SETTING = {"place": "sea", "time": "dawn", "mood": "serene"}
LINE = "The octopus has three hearts."
START = r"POST .*/(start|training|send_tts)"
REQUESTS: dict[Capability, dict[str, Any]] = {
    Capability.DRAW: {"text": "A reef.", "setting": SETTING, "palette": PALETTE, "look": {"style": "watercolour."}},
    Capability.ANIMATE: {"picture": SHA["picture"], "prompt": "Waves roll.", "seconds": 6.5},
    Capability.TALK: {"picture": SHA["picture"], "speech": SHA["speech"], "seconds": 3.2},
    Capability.SPEAK: {
        "text": LINE, "language": "en", "voice": {"name": "joe", "ids": {"a2e": VOICES[0]}, "speed": 1.1},
    },
    Capability.CLONE: {
        "name": "Marla", "language": "es", "samples": [SHA["speech"]], "consent": "Given in writing by the speaker.",
    },
}  # fmt: skip


@pytest.fixture
def fake() -> Iterator[FakeA2E]:
    with FakeA2E() as server:
        yield server


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Path]:
    for name, content in (("picture", PICTURE), ("speech", SPEECH)):
        (tmp_path / name).write_bytes(content)
    return {SHA[name]: tmp_path / name for name in SHA}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def client(fake: FakeA2E, key: str = FakeA2E.KEY, **options: Any) -> A2E:
    return A2E(A2EOptions.model_validate({**fake.options(), "longest_side": 256, **options}), key)


def job_for(capability: Capability, inputs: dict[str, Path], label: str = "reel-7-a1", **request: Any) -> Job:
    return Job(capability, {**REQUESTS[capability], **request}, label, inputs)


def carried_out(service: A2E, job: Job, workspace: Path) -> Made:
    ticket = service.begin(job, workspace)
    return ticket.made or service.fetch(job, service.check(job, ticket.external_id), workspace)


def test_it_is_a_service(fake: FakeA2E) -> None:
    service: Service = client(fake)

    assert service.name == "a2e"
    assert service.needs_key
    assert service.capabilities == set(REQUESTS)
    assert service.Options.model_validate({}).base_url == "https://video.a2e.ai"


def test_it_draws_a_picture_of_about_the_asked_shape(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    made = carried_out(client(fake), job_for(Capability.DRAW, inputs), workspace)

    with Image.open(made.files["picture"]) as image:
        assert (image.format, image.size) == ("PNG", (144, 256))
    assert made.files["picture"].name == "picture.png"
    assert (made.model, dict(made.result)) == ("a2e", {})
    assert fake.paid == ["reel-7-a1"]
    assert fake.tasks[0].body["prompt"] == "A reef. sea, dawn, serene. watercolour. no text, no letters, no watermark"


def test_a_picture_is_asked_for_as_large_as_a2e_draws_them(inputs: dict[str, Path]) -> None:
    body = Requests(A2EOptions()).body(job_for(Capability.DRAW, inputs), str)

    assert (body["width"], body["height"]) == (864, 1536)


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "picture.jpg"), ("WEBP", "picture.webp")])
def test_a_picture_is_named_after_what_it_is(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path, kind: str, name: str
) -> None:
    fake.picture_kind = kind

    made = carried_out(client(fake), job_for(Capability.DRAW, inputs, width=80, height=80), workspace)

    assert made.files["picture"].name == name


def test_it_draws_by_the_prompt_and_the_look_of_the_character(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    look = {"appearance": "a diver in red", "style": "ink"}
    client(fake).begin(job_for(Capability.DRAW, inputs, prompt="A wreck", look=look), workspace)

    assert fake.tasks[0].body["prompt"] == "A wreck. a diver in red. ink. no text, no letters, no watermark"


def test_an_older_account_is_drawn_for_under_its_older_path(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    service = client(fake, image_path="/api/v1/userText2image", longest_side=500)

    made = carried_out(service, job_for(Capability.DRAW, inputs), workspace)

    assert fake.calls("POST /api/v1/userText2image/start")
    with Image.open(made.files["picture"]) as image:
        assert image.size == (280, 496)


@pytest.mark.parametrize("family", ["userNanoBanana", "userFlux2"])
def test_a_family_that_skips_the_safety_checks_cannot_be_configured(family: str) -> None:
    with pytest.raises(ValidationError, match="image_path"):
        A2EOptions(image_path=f"/api/v1/{family}")


def test_it_animates_a_picture_in_one_of_the_offered_lengths(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    made = carried_out(client(fake), job_for(Capability.ANIMATE, inputs), workspace)

    body = fake.tasks[0].body
    assert made.files["clip"].read_bytes() == clip()
    assert (made.files["clip"].name, made.model) == ("clip.mp4", "a2e-v2")
    assert (body["video_time"], body["model_version"], body["prompt"]) == (10, "a2e-v2", "Waves roll.")
    assert "watermark" in body["negative_prompt"]
    assert fake.stored[body["image_url"]] == PICTURE


def test_it_makes_a_picture_talk(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    made = carried_out(client(fake), job_for(Capability.TALK, inputs), workspace)

    body = fake.tasks[0].body
    assert made.files["clip"].read_bytes() == clip()
    assert (fake.stored[body["image_url"]], fake.stored[body["audio_url"]]) == (PICTURE, SPEECH)
    assert (body["duration"], made.model) == (4, "talkingPhoto")
    assert body["prompt"]


def test_it_speaks_a_line(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    made = carried_out(client(fake), job_for(Capability.SPEAK, inputs), workspace)

    assert [word["text"] for word in made.result["words"]] == LINE.split()
    with wave.open(str(made.files["speech"])) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(1.0, abs=0.3)
    assert fake.tasks[0].body == {"msg": LINE, "tts_id": VOICES[0], "speechRate": 1.1}


def test_speech_behind_a_bare_address_is_fetched_by_a_process_that_comes_back_for_it(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    job = job_for(Capability.SPEAK, inputs)
    ticket = client(fake).begin(job, workspace)

    later = client(fake)
    made = later.fetch(job, later.check(job, ticket.external_id), workspace)

    assert ticket.made is None
    assert made.result["words"]
    assert fake.paid == [LINE]


def test_the_address_of_speech_is_read_from_an_object_as_well(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    told = {"code": 0, "data": {"_id": "66dc", "audio_url": "https://x.example/a.mp3"}}
    fake.break_next(Reply(200, told), pattern=START, moment="acted")

    assert client(fake).begin(job_for(Capability.SPEAK, inputs), workspace) == Ticket("https://x.example/a.mp3")


def test_speech_behind_a_signed_address_is_taken_at_once_and_the_signature_is_not_kept(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    fake.signs_speech = True

    ticket = client(fake).begin(job_for(Capability.SPEAK, inputs), workspace)

    assert ticket.made is not None
    assert ticket.made.result["words"]
    assert ticket.external_id.startswith("http")
    assert "5ecre7" not in ticket.external_id


def test_signed_speech_that_cannot_be_taken_is_not_bought_again(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    fake.signs_speech = fake.links_die = True

    with pytest.raises(OutcomeUnknown) as caught:
        client(fake).begin(job_for(Capability.SPEAK, inputs), workspace)

    assert "5ecre7" not in str(caught.value)
    assert fake.paid == [LINE]


def test_it_learns_a_voice_and_speaks_with_it(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    service = client(fake)
    job = job_for(Capability.CLONE, inputs)
    voice_id = carried_out(service, job, workspace).result["voice_id"]

    voice = {"name": "joe", "ids": {"a2e": voice_id}}
    made = carried_out(service, job_for(Capability.SPEAK, inputs, language="es", voice=voice), workspace)

    spoken = fake.tasks[-1].body
    assert voice_id == f"user:{spoken['user_voice_id']}"
    assert (spoken["country"], spoken["region"]) == ("es", "ES")
    assert made.files["speech"].is_file()


def test_the_token_goes_to_the_service_and_to_no_other_host(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    carried_out(client(fake), job_for(Capability.ANIMATE, inputs), workspace)

    elsewhere = fake.calls(r"(PUT /storage|GET /files)/.*")
    assert len(elsewhere) == 2
    assert not [call for call in elsewhere if "authorization" in call.headers]
    assert all(call.headers["x-lang"] == "en-US" for call in fake.calls(r".* /api/.*"))


@pytest.mark.parametrize("capability", [Capability.DRAW, Capability.ANIMATE])
def test_an_answer_in_a_list_is_read_as_well(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path, capability: Capability
) -> None:
    fake.answers_in_lists = True

    ticket = client(fake).begin(job_for(capability, inputs), workspace)

    assert ticket == Ticket(f"{1:024x}", units=Decimal(COINS[fake.tasks[0].family]))


def test_a_picture_that_comes_with_the_answer_needs_no_number(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    fake.at_once = True

    ticket = client(fake).begin(job_for(Capability.DRAW, inputs), workspace)

    assert ticket.made is not None
    assert ticket.made.files["picture"].name == "picture.png"
    assert "5ecre7" not in ticket.external_id


@pytest.mark.parametrize("capability", [Capability.DRAW, Capability.TALK, Capability.CLONE])
def test_a_job_whose_own_address_answers_404_is_found_in_the_list(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path, capability: Capability
) -> None:
    service = client(fake)
    job = job_for(capability, inputs)
    ticket = service.begin(job, workspace)
    fake.knows_no_detail = True

    assert service.check(job, ticket.external_id).is_ready
    for not_found in (404, Reply(200, {"code": 404, "msg": "no such record"})):
        fake.break_next(not_found, pattern=f"GET .*{ticket.external_id}")
        assert service.check(job, ticket.external_id).is_ready
    assert not service.check(job, "f" * 24).is_ready


def test_a_job_that_runs_is_not_ready(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    fake.seconds = 60
    service = client(fake)
    job = job_for(Capability.ANIMATE, inputs)

    standing = service.check(job, service.begin(job, workspace).external_id)

    assert standing == Standing(False, units=Decimal(30))


def test_a_failed_job_says_why(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    service = client(fake)
    job = job_for(Capability.ANIMATE, inputs)
    ticket = service.begin(job, workspace)
    fake.fail_jobs = True

    with pytest.raises(JobFailed, match="GPU lost") as caught:
        service.check(job, ticket.external_id)

    assert caught.value.code == "E17"
    assert caught.value.units == 30, "coins are taken when a job is accepted"


@pytest.mark.parametrize("status", ["failed", "fail", "error", "FAILED"])
@pytest.mark.parametrize("word", ["current_status", "status"])
@pytest.mark.parametrize("reason", ["failed_message", "faild_message"])
def test_every_known_word_for_a_failure_is_understood(status: str, word: str, reason: str) -> None:
    with pytest.raises(JobFailed, match="GPU lost"):
        standing_of({word: status, reason: "GPU lost", "result_url": "https://x.example/half.mp4"}, Capability.TALK)


@pytest.mark.parametrize(
    ("record", "ready"),
    [
        ({"current_status": "initialized"}, False),
        ({"current_status": "sent", "result_url": ""}, False),
        ({"current_status": "something new", "process": 40}, False),
        ({"current_status": "processing", "result_url": "https://x.example/a.mp4"}, True),
        ({"status": "success", "result": "https://x.example/a.mp4", "process": 100}, True),
        ({"current_status": "completed", "result_url": "https://x.example/a.mp4"}, True),
    ],
)
def test_every_known_status_is_understood(record: dict[str, Any], ready: bool) -> None:
    standing = standing_of(record, Capability.ANIMATE)

    assert standing.is_ready is ready
    assert standing.links == (("https://x.example/a.mp4",) if ready else ())
    assert standing.share == (1.0 if ready else record.get("process", 0) / 100)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"_id": "1", "image_url": "https://x.example/in.png"},
        {"current_status": "completed", "image_url": "https://x.example/in.png"},
        {"current_status": "completed", "result_url": None},
    ],
)
def test_nothing_is_taken_for_a_success_by_guessing(record: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedReply):
        standing_of(record, Capability.ANIMATE)


def test_what_is_no_clip_is_not_handed_on(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    service = client(fake)
    job = job_for(Capability.ANIMATE, inputs)
    ticket = service.begin(job, workspace)
    fake.tasks[0].made = picture(8, 8)

    with pytest.raises(UnexpectedReply, match="no MP4 clip"):
        service.fetch(job, service.check(job, ticket.external_id), workspace)


def test_a_dead_link_may_be_asked_for_again_and_is_not_shown_whole(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    service = client(fake)
    job = job_for(Capability.DRAW, inputs)
    ticket = service.begin(job, workspace)
    fake.links_die = True

    with pytest.raises(Unreachable) as caught:
        service.fetch(job, service.check(job, ticket.external_id), workspace)
    fake.links_die = False

    assert "5ecre7" not in str(caught.value)
    assert service.fetch(job, service.check(job, ticket.external_id), workspace).files["picture"].is_file()
    assert fake.paid == ["reel-7-a1"]


@pytest.mark.parametrize("in_body", [False, True])
def test_a_wrong_token_is_told_whichever_way_it_is_refused(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path, in_body: bool
) -> None:
    fake.refuses_in_body = in_body
    service = client(fake, "sk_test_fake_other")

    with pytest.raises(AccessLost, match="API Token"):
        service.begin(job_for(Capability.DRAW, inputs), workspace)
    with pytest.raises(AccessLost) as caught:
        service.balance()

    assert "sk_test_fake_other" not in str(caught.value)


def test_an_empty_account_is_told(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    fake.balance = Decimal(5)

    with pytest.raises(QuotaSpent, match="Insufficient coins") as caught:
        client(fake).begin(job_for(Capability.DRAW, inputs), workspace)

    assert caught.value.code == "10042"
    assert fake.paid == []


def test_a_prompt_that_is_not_allowed_is_rejected(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    with pytest.raises(Rejected, match="content policy"):
        client(fake).begin(job_for(Capability.DRAW, inputs, prompt="something forbidden"), workspace)


def test_too_many_calls_are_told_with_the_wait_that_was_asked_for(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    fake.submits_left = 0

    with pytest.raises(RateLimited) as caught:
        client(fake).begin(job_for(Capability.DRAW, inputs), workspace)

    assert caught.value.retry_after == 7


def test_too_many_jobs_at_once_are_told(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    fake.seconds, fake.concurrent = 60, 1
    service = client(fake)
    service.begin(job_for(Capability.DRAW, inputs), workspace)

    with pytest.raises(RateLimited):
        service.begin(job_for(Capability.DRAW, inputs, "reel-7-a2"), workspace)

    assert fake.paid == ["reel-7-a1"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400, {"code": 400, "msg": "not enough credits"}), QuotaSpent),
        (Reply(402, {"code": 1, "msg": "pay"}), QuotaSpent),
        (Reply(200, {"code": 402, "msg": "pay"}), QuotaSpent),
        (Reply(403, {"code": 9, "msg": "no"}), AccessLost),
        (Reply(200, {"code": 7, "msg": "token expired"}), AccessLost),
        (Reply(200, {"code": 429, "message": "slow down"}), RateLimited),
        (Reply(200, {"code": "1001", "msg": ["image_url should not be empty"]}), Rejected),
        (Reply(422, "a page of text"), Rejected),
        (Reply(200, {"code": 7, "msg": "Too many requests, please try again later"}), RateLimited),
        (Reply(200, {"code": 403, "msg": "Internal policy"}), AccessLost),
        (Reply(200, {"code": 408, "msg": "late"}), OutcomeUnknown),
        (Reply(408, {"code": 1, "msg": "late"}), OutcomeUnknown),
        (Reply(200, {"code": 7, "msg": "System error, please try again later"}), OutcomeUnknown),
        (Reply(200, {"code": 500, "msg": "oops"}), OutcomeUnknown),
        (Reply(200, {"code": -1, "msg": "Internal error"}), OutcomeUnknown),
        (Reply(200, {"code": 200, "data": {"_id": "5"}}), OutcomeUnknown),
        (Reply(200, {"data": {"_id": "5"}}), OutcomeUnknown),
        (Reply(200, {"code": 0, "data": None}), OutcomeUnknown),
        (Reply(200, [1, 2]), OutcomeUnknown),
        (Reply(200, b""), OutcomeUnknown),
        (Reply(500, {"code": 402, "msg": "Insufficient coins"}), OutcomeUnknown),
    ],
)
def test_an_answer_to_a_paid_call_is_a_refusal_only_when_it_says_so(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path, reply: Reply, expected: type[ServiceError]
) -> None:
    fake.break_next(reply, pattern=START)

    with pytest.raises(ServiceError) as caught:
        client(fake).begin(job_for(Capability.DRAW, inputs), workspace)

    assert type(caught.value) is expected
    assert len(fake.calls(START)) == 1


@pytest.mark.parametrize("damage", ["reset", "html", "garbage", 502])
@pytest.mark.parametrize("capability", list(REQUESTS))
def test_a_paid_call_whose_answer_is_lost_is_sent_once_and_its_job_is_found(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path, damage: Any, capability: Capability
) -> None:
    fake.break_next(damage, pattern=START, moment="acted")
    service, job = client(fake), job_for(capability, inputs)
    since = datetime.now(UTC)

    with pytest.raises(OutcomeUnknown):
        service.begin(job, workspace)

    assert len(fake.calls(START)) == len(fake.paid) == 1
    if capability is Capability.SPEAK:
        with pytest.raises(OutcomeUnknown, match="no list"):
            service.find(job, since)
    else:
        assert service.find(job, since) == f"{1:024x}"
        assert [service.find(job_for(capability, inputs, part), since) for part in ("reel-7-a", "7-a1")] == [None] * 2


def test_a_paid_call_that_hangs_is_not_sent_again(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    fake.break_next("hang", pattern=START, moment="acted", seconds=5)
    service, job = client(fake, timeout_seconds=0.2), job_for(Capability.DRAW, inputs)

    with pytest.raises(OutcomeUnknown):
        service.begin(job, workspace)

    assert fake.paid == ["reel-7-a1"]
    assert service.find(job, datetime.now(UTC)) == f"{1:024x}"


def test_a_service_that_is_not_there_took_nothing(inputs: dict[str, Path], workspace: Path) -> None:
    with FakeA2E() as gone:
        service = client(gone)

    with pytest.raises(Unreachable):
        service.begin(job_for(Capability.DRAW, inputs), workspace)


@pytest.mark.parametrize("pattern", [r"POST .*/upload-presigned-url", r"PUT /storage/.*"])
@pytest.mark.parametrize("damage", ["reset", 503, 403])
def test_an_input_that_cannot_be_stored_costs_nothing(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path, pattern: str, damage: Any
) -> None:
    fake.break_next(damage, pattern=pattern)
    service, job = client(fake), job_for(Capability.ANIMATE, inputs)

    with pytest.raises(ServiceError) as caught:
        service.begin(job, workspace)

    assert type(caught.value) is (AccessLost if damage == 403 and "upload" in pattern else Unreachable)
    assert "5ecre7" not in str(caught.value)
    assert not fake.calls(START)
    assert service.begin(job, workspace).external_id


def test_an_input_of_no_known_kind_is_not_sent(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    inputs[SHA["picture"]].write_text("no picture")

    with pytest.raises(Rejected):
        client(fake).begin(job_for(Capability.ANIMATE, inputs), workspace)

    assert not fake.requests


def test_a_lost_job_is_looked_for_on_every_page_up_to_when_it_was_sent(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    service, since = client(fake), datetime.now(UTC)
    for number in range(9):
        service.begin(job_for(Capability.DRAW, inputs, f"reel-{number}", width=8, height=8), workspace)
    for task in fake.tasks[:4]:
        task.at = since - timedelta(days=1)
    fake.largest_page = 2

    assert service.find(job_for(Capability.DRAW, inputs, "reel-4"), since) == f"{5:024x}"
    asked = len(fake.calls("GET .*allRecords"))
    assert service.find(job_for(Capability.DRAW, inputs, "reel-99"), since) is None
    assert (asked, len(fake.calls("GET .*allRecords")) - asked) == (3, 3)


def test_a_list_that_begins_with_the_oldest_is_read_to_its_end(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path
) -> None:
    service, since = client(fake), datetime.now(UTC)
    for number in range(6):
        service.begin(job_for(Capability.DRAW, inputs, f"reel-{number}", width=8, height=8), workspace)
    for days, task in enumerate(reversed(fake.tasks[:5]), 1):
        task.at = since - timedelta(days=days)
    fake.largest_page, fake.lists_old_first = 2, True

    assert service.find(job_for(Capability.DRAW, inputs, "reel-5"), since) == f"{6:024x}"


def test_a_list_without_names_proves_nothing(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    fake.hides_names = True
    service, job, since = client(fake), job_for(Capability.DRAW, inputs), datetime.now(UTC)
    service.begin(job, workspace)

    with pytest.raises(OutcomeUnknown, match="without names"):
        service.find(job, since)

    fake.tasks[0].at = since - timedelta(days=1)
    assert service.find(job, since) is None


def test_a_list_that_never_ends_proves_nothing(fake: FakeA2E, inputs: dict[str, Path], workspace: Path) -> None:
    fake.largest_page, fake.seconds = 1, 60
    service = client(fake)
    for number in range(21):
        service.begin(job_for(Capability.DRAW, inputs, f"reel-{number}"), workspace)

    with pytest.raises(OutcomeUnknown, match="20 pages"):
        service.find(job_for(Capability.DRAW, inputs, "reel-99"), datetime.now(UTC))


def test_a_list_of_another_form_is_not_taken_for_an_empty_one(fake: FakeA2E, inputs: dict[str, Path]) -> None:
    fake.break_next(Reply(200, {"code": 0, "data": {"items": []}}), pattern="GET .*allRecords")

    with pytest.raises(UnexpectedReply):
        client(fake).find(job_for(Capability.DRAW, inputs), datetime.now(UTC))


@pytest.mark.parametrize("capability", [Capability.DRAW, Capability.ANIMATE, Capability.TALK])
def test_a_quote_is_asked_for_without_uploading_or_paying(
    fake: FakeA2E, inputs: dict[str, Path], capability: Capability
) -> None:
    assert client(fake).quote(job_for(capability, inputs)) == 30

    (asked,) = fake.requests
    assert asked.json()["requestBody"].get("image_url", SOMEWHERE) == SOMEWHERE
    assert (fake.paid, fake.balance) == ([], 1000)


@pytest.mark.parametrize(
    ("told", "price"),
    [
        ({"coins": 30}, 30),
        (45, None),
        (
            {"price": {"amountCoins": "12.5"}, "balance": {"coins": 1293}, "user": {"remainingCoins": 88}},
            Decimal("12.5"),
        ),
        ([{"coins": 10}, {"coins": 20}], 20),
        ({"coins": 0}, None),
        ({"coins": True, "cost": "free", "unitPrice": 6}, None),
        ({"requestBody": {"cost": 5}}, None),
        (None, None),
    ],
)
def test_a_price_is_found_wherever_a_quote_has_it(told: Any, price: Any) -> None:
    assert price_in(told) == price


@pytest.mark.parametrize("trouble", [404, 500, "html", Reply(200, {"code": 0, "data": {"estimate": "soon"}})])
def test_without_a_usable_quote_the_price_table_counts(fake: FakeA2E, inputs: dict[str, Path], trouble: Any) -> None:
    fake.break_next(trouble, pattern=".*quote", times=float("inf"))
    service = client(fake)

    assert service.quote(job_for(Capability.DRAW, inputs)) == 20
    assert service.quote(job_for(Capability.ANIMATE, inputs)) == 60
    assert service.quote(job_for(Capability.TALK, inputs)) == 80


def test_speech_and_voices_are_priced_by_the_table_and_the_operator_comes_first(
    fake: FakeA2E, inputs: dict[str, Path]
) -> None:
    own = {"capability": "animate", "model": "a2e-v2", "since": "2026-01-01", "per": "second", "units": 2}
    service = client(fake, asks_quotes=False, prices=[own])

    assert service.quote(job_for(Capability.SPEAK, inputs)) == Decimal("0.07") * len(LINE)
    assert service.quote(job_for(Capability.CLONE, inputs)) == 200
    assert service.quote(job_for(Capability.ANIMATE, inputs)) == 20
    assert not fake.requests


def test_a_quote_with_a_wrong_token_is_not_papered_over(fake: FakeA2E, inputs: dict[str, Path]) -> None:
    with pytest.raises(AccessLost):
        client(fake, "sk_test_fake_other").quote(job_for(Capability.DRAW, inputs))


def test_it_tells_what_the_account_has_left(fake: FakeA2E) -> None:
    service = client(fake)

    assert service.balance() == 1000
    assert service.examine() == f"1000 coins left at {fake.url.removeprefix('http://')}"
    fake.break_next(Reply(200, {"code": 0, "data": {"diamonds": 3}}))
    with pytest.raises(UnexpectedReply):
        service.balance()


@pytest.mark.parametrize(
    ("capability", "change", "word"),
    [
        (Capability.SPEAK, {"voice": {"name": "joe"}}, "no voice at A2E"),
        (Capability.SPEAK, {"voice": {"name": "joe", "ids": {"a2e": "user:"}}}, "no voice at A2E"),
        (Capability.SPEAK, {"text": "x" * 1001}, "1000 characters"),
        (Capability.SPEAK, {"text": " "}, "nothing to say"),
        (Capability.TALK, {"seconds": 10.5}, "at most 10 s"),
        (Capability.ANIMATE, {"seconds": 15.5}, "at most 15 s"),
    ],
)
def test_it_objects_to_what_a2e_would_refuse_and_sends_nothing(
    fake: FakeA2E, inputs: dict[str, Path], workspace: Path, capability: Capability, change: Any, word: str
) -> None:
    service, job = client(fake, video_times=[5, 10, 15]), job_for(capability, inputs, **change)

    assert word in str(service.objection(capability, job.request))
    with pytest.raises(Rejected, match=word):
        service.begin(job, workspace)
    assert not fake.requests


def test_it_objects_without_a_region_or_the_skill(fake: FakeA2E) -> None:
    voice = {"name": "joe", "ids": {"a2e": "user:66dc"}}
    request = {"text": LINE, "language": "it", "voice": voice}

    assert "region" in str(client(fake, regions={"en": "GB"}).objection(Capability.SPEAK, request))
    assert "music" in str(client(fake).objection(Capability.MUSIC, {}))
    service = client(fake)
    assert [service.objection(capability, request) for capability, request in REQUESTS.items()] == [None] * 5


@pytest.mark.live
def test_the_real_service_answers_and_prices_a_picture_and_speaks_a_word(workspace: Path) -> None:
    key = os.environ.get("LIVE_A2E_KEY")
    if not key:
        pytest.skip("LIVE_A2E_KEY is not set")
    service = A2E(A2EOptions(), key)
    before = service.balance()
    print(f"{service.examine()}; a picture is quoted at {service.quote(job_for(Capability.DRAW, {}))} coins")

    voice = os.environ.get("LIVE_A2E_VOICE")
    if voice:
        asked = {"text": "Hello.", "language": "en", "voice": {"name": "live", "ids": {"a2e": voice}}}
        made = carried_out(service, Job(Capability.SPEAK, asked, "live-check"), workspace)
        print(f"one word cost {before - service.balance()} coins")
        assert made.files["speech"].is_file()
    assert before >= service.balance() >= 0
