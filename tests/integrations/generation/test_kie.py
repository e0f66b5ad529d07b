from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import pytest
from fakes.kie import CLOUDFLARE, FakeKie, clip, picture
from fakes.server import Reply
from PIL import Image

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
from core.models import Capability
from integrations.generation.contract import Job, Service, Standing
from integrations.generation.kie import Kie, KieOptions

CREATE = r"POST /api/v1/jobs/createTask"
LOOK = r"GET /api/v1/jobs/recordInfo"
UPLOAD = r"POST /api/file-stream-upload"
FRESH = r"POST /api/v1/common/download-url"
WORDS = "An octopus rests on a coral reef"
WAN = "wan/2-5-image-to-video"
WAN_INPUT = {"image_url": "{picture}", "duration": "5", "resolution": "720p", "nsfw_checker": False}


@pytest.fixture
def kie() -> Iterator[FakeKie]:
    with FakeKie() as fake:
        yield fake


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    content = picture(90, 160, "png")
    path = tmp_path / f"{hashlib.sha256(content).hexdigest()}.png"
    path.write_bytes(content)
    return path


def client(fake: FakeKie, key: str = FakeKie.KEY, **more: Any) -> Kie:
    return Kie(KieOptions(**{**fake.options(), **more}), key)


def draw_job(**changes: Any) -> Job:
    request = {
        "text": "It has three hearts.",
        "prompt": WORDS,
        "setting": {"place": "reef", "time": "day", "mood": "serene"},
        "palette": dict.fromkeys(("deep", "main", "soft", "glow", "accent"), "#112233"),
        "look": {"appearance": "A diver in a yellow suit", "style": "watercolour"},
        **changes,
    }
    return Job(Capability.DRAW, request, "attempt-1")


def animate_job(photo: Path, **changes: Any) -> Job:
    request = {"picture": photo.stem, "prompt": "The octopus waves", "seconds": 5, **changes}
    return Job(Capability.ANIMATE, request, "attempt-2", {photo.stem: photo})


def sent_input(fake: FakeKie) -> dict[str, Any]:
    return fake.calls(CREATE)[-1].json()["input"]


def finished(service: Kie, job: Job, folder: Path) -> Standing:
    standing = service.check(job, service.begin(job, folder).external_id)
    assert standing.is_ready
    return standing


# What is asked for, and what comes back


def test_it_is_a_service_of_the_house(kie: FakeKie) -> None:
    service: Service = client(kie)

    assert (service.name, service.needs_key) == ("kie", True)
    assert service.capabilities == {Capability.DRAW, Capability.ANIMATE}
    assert service.Options is KieOptions


def test_a_picture_is_drawn_paid_once_and_copied(kie: FakeKie, tmp_path: Path) -> None:
    service, job = client(kie), draw_job()

    standing = finished(service, job, tmp_path)
    made = service.fetch(job, standing, tmp_path)

    assert sent_input(kie) == {
        "prompt": f"{WORDS}. A diver in a yellow suit. watercolour. no text, no letters, no watermark",
        "aspect_ratio": "9:16",
        "resolution": "2K",
        "output_format": "png",
        "google_search": False,
    }
    assert (standing.share, standing.units) == (1.0, Decimal(12))
    assert Image.open(made.files["picture"]).size == (576, 1024)
    assert (made.files["picture"].name, made.model, dict(made.result)) == ("picture.png", "nano-banana-2", {})
    assert len(kie.paid) == len(kie.calls(CREATE)) == 1
    assert kie.balance == 988
    assert kie.strangers == []


def test_a_clip_begins_with_the_uploaded_picture(kie: FakeKie, photo: Path, tmp_path: Path) -> None:
    service, job = client(kie), animate_job(photo)

    made = service.fetch(job, finished(service, job, tmp_path), tmp_path)

    inputs = sent_input(kie)
    assert kie.uploads == {photo.name: photo.read_bytes()}
    assert [address.rsplit("/", 1)[-1] for address in inputs.pop("image_urls")] == [photo.name]
    assert inputs == {
        "prompt": "The octopus waves",
        "aspect_ratio": "9:16",
        "duration": "5",
        "mode": "pro",
        "sound": False,
        "multi_shots": False,
        "multi_prompt": [],
    }
    assert made.files["clip"].read_bytes() == clip()
    assert (made.files["clip"].name, made.model) == ("clip.mp4", "kling-3.0/video")


def test_a_clip_is_never_shorter_than_what_is_needed(kie: FakeKie, photo: Path, tmp_path: Path) -> None:
    for seconds, ordered in ((0.5, "3"), (4.2, "5"), (15, "15")):
        client(kie).begin(animate_job(photo, seconds=seconds), tmp_path)
        assert sent_input(kie)["duration"] == ordered


@pytest.mark.parametrize(
    ("model", "shape", "suffix"),
    [
        ("google/nano-banana", "image_size", ".png"),
        ("nano-banana-2", "aspect_ratio", ".png"),
        ("flux-2/pro-text-to-image", "aspect_ratio", ".png"),
    ],
)
def test_every_model_gets_the_fields_it_knows(
    kie: FakeKie, tmp_path: Path, model: str, shape: str, suffix: str
) -> None:
    service, job = client(kie, image_model=model), draw_job(width=1600, height=900)

    made = service.fetch(job, finished(service, job, tmp_path), tmp_path)

    assert sent_input(kie)[shape] == "16:9"
    assert (made.model, made.files["picture"].suffix) == (model, suffix)


def test_the_filter_stays_on_whatever_the_operator_says(kie: FakeKie, photo: Path, tmp_path: Path) -> None:
    off = {"nsfw_checker": False}
    flux = client(kie, image_model="flux-2/pro-text-to-image", extra_input={"flux-2/pro-text-to-image": off})
    wan = client(kie, video_model=WAN, extra_input={WAN: WAN_INPUT})

    for service, job in ((flux, draw_job()), (wan, animate_job(photo))):
        service.begin(job, tmp_path)
        assert sent_input(kie)["nsfw_checker"] is True


def test_without_a_prompt_the_line_and_its_setting_are_drawn(kie: FakeKie, tmp_path: Path) -> None:
    client(kie).begin(draw_job(prompt="", subject="Octopuses", look={}), tmp_path)

    assert (
        sent_input(kie)["prompt"]
        == "Octopuses. It has three hearts. reef, day, serene. no text, no letters, no watermark"
    )


def test_the_suffix_says_what_the_file_truly_is(kie: FakeKie, tmp_path: Path) -> None:
    service, job = client(kie, extra_input={"nano-banana-2": {"output_format": "jpg"}}), draw_job()

    made = service.fetch(job, finished(service, job, tmp_path), tmp_path)

    assert made.files["picture"].suffix == ".jpg"
    assert Image.open(made.files["picture"]).format == "JPEG"


# The operator's own input


def test_an_unknown_model_is_used_with_the_operators_input(kie: FakeKie, photo: Path, tmp_path: Path) -> None:
    service, job = client(kie, video_model=WAN, extra_input={WAN: WAN_INPUT}), animate_job(photo)

    made = service.fetch(job, finished(service, job, tmp_path), tmp_path)

    inputs = sent_input(kie)
    assert inputs["image_url"].endswith(photo.name)
    assert (inputs["duration"], inputs["aspect_ratio"], made.model) == ("5", "9:16", WAN)


def test_the_length_of_the_clip_has_a_place_in_the_operators_input(kie: FakeKie, photo: Path, tmp_path: Path) -> None:
    own = {**WAN_INPUT, "duration": "{seconds}"}

    client(kie, video_model=WAN, extra_input={WAN: own}).begin(animate_job(photo, seconds=9.5), tmp_path)

    assert sent_input(kie)["duration"] == "10"


def test_words_in_braces_inside_a_prompt_stay_words(kie: FakeKie, photo: Path, tmp_path: Path) -> None:
    client(kie).begin(animate_job(photo, prompt="{picture} of {seconds}"), tmp_path)

    assert sent_input(kie)["prompt"] == "{picture} of {seconds}"


@pytest.mark.parametrize(
    ("options", "capability", "words"),
    [
        ({"image_model": "z-image"}, "draw", 'services.kie.extra_input."z-image"'),
        ({"video_model": WAN, "extra_input": {WAN: {"duration": "5"}}}, "animate", "where the picture goes"),
        ({"image_model": "kling-3.0/video"}, "draw", "cannot draw"),
        ({"video_model": "nano-banana-2"}, "animate", "cannot animate"),
        ({"extra_input": {"nano-banana-2": {"resolution": "8K"}}}, "draw", "'resolution' cannot be '8K'"),
        ({"extra_input": {"nano-banana-2": {"google_search": 1}}}, "draw", "'google_search' cannot be 1"),
        ({"extra_input": {"nano-banana-2": {"colour": "red"}}}, "draw", "no field 'colour'"),
        ({"extra_input": {"kling-3.0/video": {"duration": 5}}}, "animate", "'duration' cannot be 5"),
        ({"extra_input": {"kling-3.0/video": {"multi_shots": True}}}, "animate", "'multi_shots' cannot be True"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_is_sent(
    kie: FakeKie, photo: Path, tmp_path: Path, options: dict[str, Any], capability: str, words: str
) -> None:
    service, job = client(kie, **options), draw_job() if capability == "draw" else animate_job(photo)

    assert words in str(service.objection(job.capability, job.request))
    with pytest.raises(Rejected, match=r"KIE|extra_input"):
        service.begin(job, tmp_path)
    assert kie.requests == []


def test_it_objects_to_what_no_model_of_it_can_do(kie: FakeKie, photo: Path) -> None:
    service = client(kie)

    assert service.objection(Capability.DRAW, draw_job().request) is None
    assert service.objection(Capability.ANIMATE, animate_job(photo).request) is None
    assert "not to 'speak'" in str(service.objection(Capability.SPEAK, {}))
    assert "3 to 15 seconds" in str(service.objection(Capability.ANIMATE, animate_job(photo, seconds=15.1).request))
    assert "characters" in str(service.objection(Capability.DRAW, draw_job(prompt="reef " * 5000).request))


@pytest.mark.parametrize("fault", ["a film", "too large", "webp"])
def test_a_picture_that_cannot_be_the_first_frame_is_not_uploaded(kie: FakeKie, tmp_path: Path, fault: str) -> None:
    path = tmp_path / f"{'ab' * 32}.png"
    content = {
        "a film": clip(),
        "too large": b"\x89PNG\r\n\x1a\n" + bytes(10 << 20),
        "webp": picture(9, 16, "webp"),
    }[fault]
    path.write_bytes(content)

    with pytest.raises(Rejected, match="picture"):
        client(kie).begin(animate_job(path), tmp_path)

    assert kie.requests == []


# What it costs


@pytest.mark.parametrize(
    ("options", "seconds", "credits"),
    [
        ({}, None, 12),
        ({"extra_input": {"nano-banana-2": {"resolution": "4K"}}}, None, 18),
        ({"image_model": "google/nano-banana"}, None, 4),
        ({"image_model": "flux-2/pro-text-to-image"}, None, 7),
        ({}, 5, 90),
        ({}, 4.5, 90),
        ({"extra_input": {"kling-3.0/video": {"mode": "std"}}}, 1, 42),
        ({"extra_input": {"kling-3.0/video": {"sound": True}}}, 5, 135),
    ],
)
def test_a_quote_follows_the_model_its_quality_and_the_length(
    kie: FakeKie, photo: Path, options: dict[str, Any], seconds: float | None, credits: int
) -> None:
    job = draw_job() if seconds is None else animate_job(photo, seconds=seconds)

    assert client(kie, **options).quote(job) == credits
    assert kie.requests == []


def test_a_quote_is_what_the_service_then_charges(kie: FakeKie, photo: Path, tmp_path: Path) -> None:
    service, jobs = client(kie), (draw_job(), animate_job(photo, seconds=6))

    for job in jobs:
        before = kie.balance
        service.begin(job, tmp_path)
        assert before - kie.balance == service.quote(job)


def test_a_model_without_a_price_is_not_asked_until_the_operator_names_one(kie: FakeKie) -> None:
    table = {"image_model": "z-image", "extra_input": {"z-image": {}}}
    price = {"capability": "draw", "model": "z-image", "since": date(2026, 1, 1), "units": "0.8"}

    with pytest.raises(ConfigError, match="No price"):
        client(kie, **table).quote(draw_job())

    assert client(kie, **table, prices=[price]).quote(draw_job()) == Decimal("0.8")


# Errors of begin


@pytest.mark.parametrize(
    ("code", "error", "remedy"),
    [
        (400, Rejected, "input"),
        (401, AccessLost, "kie.ai/api-key"),
        (402, QuotaSpent, "Top up"),
        (404, Rejected, "input"),
        (422, Rejected, "input"),
        (429, RateLimited, "Wait"),
        (433, QuotaSpent, "limit of the key"),
        (451, Rejected, "input"),
        (455, Unreachable, "Wait"),
        (505, Rejected, "another model"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, None], ids=["in the body", "with status 400", "as the status too"])
def test_a_code_that_means_not_taken_says_what_to_do(
    kie: FakeKie, tmp_path: Path, code: int, error: type[ServiceError], remedy: str, status: int | None
) -> None:
    status = status or code
    kie.break_next(Reply(status, {"code": code, "msg": "planned", "data": None}), pattern=CREATE)

    with pytest.raises(error) as caught:
        client(kie).begin(draw_job(), tmp_path)

    assert type(caught.value) is error
    assert (caught.value.code, caught.value.status) == (str(code), status)
    assert remedy in caught.value.remedy
    assert "planned" in caught.value.detail
    assert getattr(caught.value, "retry_after", None) == (10 if code == 429 else None)
    assert (kie.paid, len(kie.calls(CREATE))) == ([], 1)


@pytest.mark.parametrize(
    "damage",
    [
        "reset", "hang", "html", "garbage", "empty", 500, 502, 504,
        Reply(200, {"code": 500, "msg": "Heavy load"}),
        Reply(200, {"code": 501, "msg": "failed"}),
        Reply(200, {"code": 408, "msg": "timeout"}),
        Reply(408, {"code": 408, "msg": "timeout"}),
        Reply(400, {"code": 500, "msg": "Heavy load"}),
        Reply(500, {"code": 505, "msg": "disabled"}),
        Reply(505, "<h1>no</h1>"),
        Reply(200, {"code": 0, "msg": "what"}),
        Reply(200, {"msg": "success", "data": {"taskId": "lost"}}),
        Reply(200, {"code": 200, "msg": "success", "data": {}}),
        Reply(200, {"code": 200, "msg": "success", "data": {"taskId": ""}}),
        Reply(200, {"code": 200, "msg": "success", "data": None}),
        Reply(302, b"", {"Location": "/elsewhere"}),
    ],
    ids=str,
)  # fmt: skip
def test_an_answer_that_was_lost_leaves_open_what_happened_and_nothing_is_sent_twice(
    kie: FakeKie, tmp_path: Path, damage: Any
) -> None:
    kie.break_next(damage, pattern=CREATE, moment="acted", seconds=0.6)

    with pytest.raises(OutcomeUnknown) as caught:
        client(kie, timeout_seconds=0.3).begin(draw_job(), tmp_path)

    assert not caught.value.retryable
    assert len(kie.paid) == len(kie.calls(CREATE)) == 1


def test_what_was_never_sent_may_be_sent_again(tmp_path: Path) -> None:
    with FakeKie() as gone:
        service = client(gone)

    with pytest.raises(Unreachable):
        service.begin(draw_job(), tmp_path)


def test_the_service_itself_refuses_as_documented(kie: FakeKie, tmp_path: Path) -> None:
    service, job = client(kie), draw_job()

    with pytest.raises(AccessLost):
        client(kie, key="sk_test_fake_other").begin(job, tmp_path)
    kie.is_maintained = True
    with pytest.raises(Unreachable, match="maintained"):
        service.begin(job, tmp_path)
    kie.is_maintained, kie.key_is_spent = False, True
    with pytest.raises(QuotaSpent, match="its own limit"):
        service.begin(job, tmp_path)
    kie.key_is_spent, kie.switched_off = False, {"nano-banana-2"}
    with pytest.raises(Rejected, match="switched this model off"):
        service.begin(job, tmp_path)
    kie.switched_off, kie.balance = set(), Decimal("11.9")
    with pytest.raises(QuotaSpent, match="no credits"):
        service.begin(job, tmp_path)

    assert kie.paid == []


def test_the_limit_of_20_new_tasks_in_10_seconds_is_told_with_its_pause(kie: FakeKie, tmp_path: Path) -> None:
    service = client(kie)
    for _ in range(20):
        service.begin(draw_job(), tmp_path)

    with pytest.raises(RateLimited) as caught:
        service.begin(draw_job(), tmp_path)
    assert caught.value.retry_after == 10
    kie.forward(10)
    service.begin(draw_job(), tmp_path)

    assert len(kie.paid) == 21


def test_the_usual_pace_stays_under_the_limit() -> None:
    pace = KieOptions().pace

    assert (pace.requests, pace.window_seconds) == (18, 10)


def test_cloudflare_does_not_cost_the_key(kie: FakeKie, tmp_path: Path) -> None:
    kie.break_next(Reply(403, CLOUDFLARE), times=2)

    for call in (lambda: client(kie).begin(draw_job(), tmp_path), client(kie).balance):
        with pytest.raises(Unreachable, match="Cloudflare") as caught:
            call()
        assert caught.value.retryable


def test_cloudflare_refuses_a_client_without_a_name_and_lets_ours_in(kie: FakeKie) -> None:
    nameless = httpx.get(f"{kie.url}/api/v1/chat/credit", headers={"User-Agent": "", "Authorization": "Bearer x"})

    assert (nameless.status_code, nameless.text) == (403, CLOUDFLARE)
    assert client(kie).balance() == 1000


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("reset", Unreachable),
        (500, Unreachable),
        ("html", UnexpectedReply),
        (Reply(200, {"success": False, "code": 500, "msg": "Internal server error"}), Unreachable),
        (Reply(200, {"success": False, "code": 400, "msg": "Missing required parameter"}), Rejected),
        (Reply(200, {"success": False, "code": 401, "msg": "Invalid API Key"}), AccessLost),
        (Reply(200, {"success": True, "code": 200, "data": {"fileName": "x"}}), UnexpectedReply),
    ],
    ids=str,
)
def test_when_the_upload_fails_nothing_is_begun(
    kie: FakeKie, photo: Path, tmp_path: Path, damage: Any, error: type[ServiceError]
) -> None:
    kie.break_next(damage, pattern=UPLOAD)

    with pytest.raises(error) as caught:
        client(kie).begin(animate_job(photo), tmp_path)

    assert type(caught.value) is error
    assert (kie.calls(CREATE), kie.paid) == ([], [])


# Looking


def test_every_state_on_the_way_means_wait(kie: FakeKie, tmp_path: Path) -> None:
    kie.seconds = 30
    service, job = client(kie), draw_job()
    number = service.begin(job, tmp_path).external_id

    for _ in range(3):
        assert not service.check(job, number).is_ready
        kie.forward(10)
    assert service.check(job, number).is_ready


def test_an_unknown_state_or_a_record_that_is_not_there_yet_means_wait(kie: FakeKie, tmp_path: Path) -> None:
    service, job = client(kie), draw_job()
    number = service.begin(job, tmp_path).external_id

    kie.state = "dreaming"
    assert not service.check(job, number).is_ready
    assert not service.check(job, "0" * 32).is_ready  # the fake says 422 "recordInfo is null"
    kie.break_next(Reply(404, {"code": 404, "msg": "Task not found"}), pattern=LOOK)
    assert not service.check(job, number).is_ready
    kie.break_next(Reply(200, {"code": 200, "data": {"state": None, "progress": 250}}), pattern=LOOK)
    assert service.check(job, number) == Standing(is_ready=False, share=1.0)


def test_a_failed_task_tells_why_and_what_it_cost(kie: FakeKie, tmp_path: Path) -> None:
    kie.fail_jobs = True
    service, job = client(kie), draw_job()
    number = service.begin(job, tmp_path).external_id

    with pytest.raises(JobFailed, match="prohibited content") as caught:
        service.check(job, number)

    assert (caught.value.code, caught.value.units) == ("422", 0)


@pytest.mark.parametrize(
    ("answer", "code", "units"),
    [
        ({"code": 501, "data": {"state": "fail", "failCode": "500", "consumeCredits": 2.5}}, "500", Decimal("2.5")),
        ({"code": 200, "data": {"state": "fail", "failCode": 500, "failMsg": None}}, "500", None),
        ({"code": 501, "msg": "failed", "data": None}, "501", None),
        ({"code": 408, "msg": "timeout"}, "408", None),
    ],
)
def test_a_failure_is_seen_in_every_form_it_comes_in(
    kie: FakeKie, answer: dict[str, Any], code: str, units: Decimal | None
) -> None:
    kie.break_next(Reply(200, answer), pattern=LOOK)

    with pytest.raises(JobFailed) as caught:
        client(kie).check(draw_job(), "any")

    assert (caught.value.code, caught.value.units) == (code, units)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("reset", Unreachable),
        (503, Unreachable),
        (408, Unreachable),
        ("html", UnexpectedReply),
        (Reply(200, {"code": 500, "msg": "Internal"}), Unreachable),
        (Reply(200, {"code": 455, "msg": "Maintenance"}), Unreachable),
        (Reply(429, {"code": 429, "msg": "Rate limit exceeded"}), RateLimited),
        (Reply(401, {"code": 401, "msg": "Unauthorized"}), AccessLost),
        (Reply(200, {"code": 7, "msg": "what"}), UnexpectedReply),
        (Reply(200, {"code": 200, "data": "nothing"}), UnexpectedReply),
        (Reply(200, {"code": 200, "data": {"state": "success", "resultJson": ""}}), UnexpectedReply),
        (Reply(200, {"code": 200, "data": {"state": "success", "resultJson": '{"resultUrls": []}'}}), UnexpectedReply),
        (Reply(200, {"code": 200, "data": {"state": "success", "resultJson": "{"}}), UnexpectedReply),
    ],
    ids=str,
)
def test_trouble_while_looking_may_be_asked_again_and_says_what_it_is(
    kie: FakeKie, tmp_path: Path, damage: Any, error: type[ServiceError]
) -> None:
    service, job = client(kie), draw_job()
    number = service.begin(job, tmp_path).external_id
    kie.break_next(damage, pattern=LOOK)

    with pytest.raises(error) as caught:
        service.check(job, number)

    assert type(caught.value) is error
    assert service.check(job, number).is_ready


# Fetching


def test_a_dead_link_is_replaced_by_a_fresh_one_once(kie: FakeKie, tmp_path: Path) -> None:
    kie.links_die = True
    service, job = client(kie), draw_job()
    standing = finished(service, job, tmp_path)

    assert Image.open(service.fetch(job, standing, tmp_path).files["picture"]).format == "PNG"

    kie.fresh_links_die = True
    with pytest.raises(Unreachable, match="could not be taken"):
        service.fetch(job, standing, tmp_path)
    assert len(kie.calls(FRESH)) == 2


@pytest.mark.parametrize(
    "answer",
    [{"code": 422, "msg": "URL is not supported"}, {"code": 200, "data": None}, {"code": 200, "data": "ftp://x"}],
)
def test_when_there_is_no_fresh_link_the_dead_one_is_told(kie: FakeKie, tmp_path: Path, answer: dict[str, Any]) -> None:
    kie.links_die = True
    service, job = client(kie), draw_job()
    standing = finished(service, job, tmp_path)
    kie.break_next(Reply(200, answer), pattern=FRESH)

    with pytest.raises(Unreachable, match="could not be taken"):
        service.fetch(job, standing, tmp_path)


def test_the_key_goes_to_no_other_host(kie: FakeKie, tmp_path: Path) -> None:
    service, job = client(kie), draw_job()

    service.fetch(job, finished(service, job, tmp_path), tmp_path)

    (download,) = kie.calls("GET /files/.*")
    assert "authorization" not in download.headers
    assert download.headers["user-agent"].startswith("Reelwright/")


@pytest.mark.parametrize(
    ("content", "kind"),
    [(clip(), "video/mp4"), (b"not a picture at all", "image/png"), (FakeKie.HTML.encode(), "text/html")],
    ids=["a clip", "noise", "a page"],
)
def test_a_result_of_another_kind_is_not_taken_for_a_picture(
    kie: FakeKie, tmp_path: Path, content: bytes, kind: str
) -> None:
    service, job = client(kie), draw_job()
    standing = finished(service, job, tmp_path)
    kie.break_next(Reply(200, content, {"Content-Type": kind}), pattern="GET /files/.*")

    with pytest.raises(UnexpectedReply):
        service.fetch(job, standing, tmp_path)


# Lost answers, callbacks, money


def test_nobody_but_a_person_can_find_a_lost_task_and_is_told_where(kie: FakeKie) -> None:
    since = datetime(2026, 11, 21, 10, 30, 5, tzinfo=UTC)

    with pytest.raises(OutcomeUnknown) as plain:
        client(kie).find(draw_job(), since)
    with pytest.raises(OutcomeUnknown) as marked:
        client(kie, callback_url="https://studio.example/hooks/kie").find(draw_job(), since)

    for words in ("https://kie.ai/logs", "nano-banana-2", "2026-11-21 10:30:05 UTC"):
        assert words in plain.value.remedy
    assert "attempt=" not in plain.value.remedy
    assert "attempt=attempt-1" in marked.value.remedy
    assert kie.requests == []


def test_the_address_for_callbacks_carries_our_label(kie: FakeKie, tmp_path: Path) -> None:
    client(kie).begin(draw_job(), tmp_path)
    assert "callBackUrl" not in kie.calls(CREATE)[-1].json()

    client(kie, callback_url="https://studio.example/hooks/kie?from=kie").begin(draw_job(), tmp_path)
    sent = kie.calls(CREATE)[-1].json()["callBackUrl"]
    assert sent == "https://studio.example/hooks/kie?from=kie&attempt=attempt-1"


def test_the_balance_is_told_even_below_zero(kie: FakeKie) -> None:
    kie.balance = Decimal("-0.54")

    assert client(kie).balance() == Decimal("-0.54")
    assert client(kie).examine() == "-0.54 credits; pictures by nano-banana-2, clips by kling-3.0/video"


@pytest.mark.parametrize("data", [None, "many", True, {"credits": 5}])
def test_a_balance_that_is_no_number_is_not_guessed(kie: FakeKie, data: Any) -> None:
    kie.break_next(Reply(200, {"code": 200, "data": data}))

    with pytest.raises(UnexpectedReply, match="not a number"):
        client(kie).balance()


def test_neither_key_nor_link_secrets_show_in_errors(kie: FakeKie, tmp_path: Path) -> None:
    kie.links_die = kie.fresh_links_die = True
    service, job = client(kie), draw_job()
    standing = finished(service, job, tmp_path)

    with pytest.raises(Unreachable) as caught:
        service.fetch(job, standing, tmp_path)

    assert FakeKie.KEY not in str(caught.value)
    assert "token" not in str(caught.value)


# The stand-in is as strict as what it stands for


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"model": "nano-banana-3", "input": {"prompt": "abc"}}, "not supported"),
        ({"model": "nano-banana-2", "input": {}}, "required"),
        ({"model": "nano-banana-2", "input": {"prompt": "abc", "size": 1}}, "size is invalid"),
        ({"model": "nano-banana-2", "input": {"prompt": "abc"}, "name": "x"}, "not supported"),
        ({"model": "flux-2/pro-text-to-image", "input": {"prompt": "abc"}}, "required"),
    ],
)
def test_the_stand_in_refuses_what_is_not_documented(kie: FakeKie, body: dict[str, Any], message: str) -> None:
    headers = {"Authorization": f"Bearer {kie.KEY}"}

    answer = httpx.post(f"{kie.url}/api/v1/jobs/createTask", json=body, headers=headers).json()

    assert answer["code"] == 422
    assert message in answer["msg"]


def test_the_stand_ins_clip_can_be_played() -> None:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = [ffmpeg, "-v", "error", "-i", "-", "-f", "null", "-"]

    done = subprocess.run(command, input=clip(), capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.live
def test_live_the_cheapest_picture(tmp_path: Path) -> None:
    """Spends 4 credits, about two US cents."""
    key = os.environ.get("LIVE_KIE_KEY")
    if not key:
        pytest.skip("LIVE_KIE_KEY is not set.")
    service, job = Kie(KieOptions(image_model="google/nano-banana"), key), draw_job()
    before = service.balance()
    number = service.begin(job, tmp_path).external_id
    deadline = datetime.now(UTC).timestamp() + 150
    while not (standing := service.check(job, number)).is_ready:
        assert datetime.now(UTC).timestamp() < deadline, number
        subprocess.run(["sleep", "3"], check=True)

    made = service.fetch(job, standing, tmp_path)

    print(f"quoted {service.quote(job)}, told {standing.units}, balance {before} -> {service.balance()} credits")
    assert Image.open(made.files["picture"]).height > 500
