"""RunPod with worker-comfyui, through the real client over HTTP, against a strict stand-in."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.comfyui import CHECKPOINTS, LORAS, png
from fakes.runpod import RUN_MILLISECONDS, SECOND, FakeRunPod, Form
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
from integrations.generation.contract import Job, Standing
from integrations.generation.runpod import RunPod, RunPodOptions

PALETTE = {"deep": "#0b1d3a", "main": "#1f5f8b", "soft": "#7fb7be", "glow": "#ffe9a8", "accent": "#ff7b54"}
SETTING = {"place": "sea", "time": "dawn", "mood": "serene"}
RUN = r"POST /v2/.*/run"
STATUS = r"GET /v2/.*/status/.*"
HEALTH = r"GET /v2/.*/health"
CANCEL = r"POST /v2/.*/cancel/.*"
COST = SECOND * RUN_MILLISECONDS / 1000
LONG = 60.0
"""A job that takes this long does not end within a test, in seconds."""


@pytest.fixture
def fake() -> Iterator[FakeRunPod]:
    with FakeRunPod() as server:
        yield server
    assert server.strangers == []


def service(fake: FakeRunPod, key: str = FakeRunPod.KEY, **options: Any) -> RunPod:
    return RunPod(RunPodOptions.model_validate(fake.options() | options), key)


def drawing(label: str = "reel-1-draw-0", **changes: Any) -> Job:
    asked = {"text": "An octopus.", "prompt": "an octopus", "setting": SETTING, "palette": PALETTE, "seed": 300}
    return Job(Capability.DRAW, asked | changes, label)


def begun(runpod: RunPod, job: Job, folder: Path) -> str:
    return runpod.begin(job, folder).external_id


def failed(runpod: RunPod, folder: Path) -> JobFailed:
    number = begun(runpod, drawing(), folder)
    with pytest.raises(JobFailed) as caught:
        runpod.check(drawing(), number)
    return caught.value


@pytest.mark.parametrize("form", ["images", "prefixed", "s3"])
def test_a_picture_is_drawn_and_stored(fake: FakeRunPod, tmp_path: Path, form: Form) -> None:
    fake.form, runpod = form, service(fake)
    number = begun(runpod, drawing(), tmp_path)
    standing = runpod.check(drawing(), number)
    made = runpod.fetch(drawing(), standing, tmp_path)

    assert made.files["picture"].suffix == ".png"
    assert made.files["picture"].read_bytes() == png(768, 1344, 300)
    assert (made.model, made.seed) == (CHECKPOINTS[0], 300)
    assert fake.paid == ["reel-1-draw-0"]
    assert fake.balance == Decimal(10) - COST


def test_a_finished_job_is_remembered_by_its_number_alone(fake: FakeRunPod, tmp_path: Path) -> None:
    runpod = service(fake)
    number = begun(runpod, drawing(), tmp_path)

    assert runpod.check(drawing(), number) == Standing(
        is_ready=True, share=1.0, result={"job": number}, units=Decimal("0.0041")
    )


def test_the_request_is_what_the_worker_takes_and_its_life_is_bounded(fake: FakeRunPod, tmp_path: Path) -> None:
    begun(service(fake, run_seconds=120, ttl_seconds=900), drawing(look={"lora": LORAS[0]}), tmp_path)

    sent = fake.calls(RUN)[0].json()
    assert sent["input"]["images"] == []
    assert "LoraLoader" in {node["class_type"] for node in sent["input"]["workflow"].values()}
    assert fake.policies == [{"executionTimeout": 120_000, "ttl": 900_000}]


def test_a_quote_is_seconds_times_price(fake: FakeRunPod) -> None:
    price = {"capability": "draw", "since": "2026-01-01", "per": "second", "units": "0.0005"}

    assert service(fake).quote(drawing()) == 60 * SECOND
    assert service(fake, seconds_per_image=20, prices=[price]).quote(drawing()) == Decimal("0.01")
    assert service(fake).balance() is None
    assert fake.requests == []


def test_objections_name_what_to_set(fake: FakeRunPod) -> None:
    runpod = service(fake)

    assert runpod.objection(Capability.DRAW, drawing().request) is None
    assert "pictures only" in str(runpod.objection(Capability.ANIMATE, {}))
    homeless = service(fake, endpoint_id="")
    assert "set endpoint_id in [services.runpod]" in str(homeless.objection(Capability.DRAW, drawing().request))
    with pytest.raises(ConfigError, match="no endpoint"):
        homeless.examine()


@pytest.mark.parametrize("damage", ["reset", "html", "garbage", "empty", 500, 502, Reply(200, {"status": "IN_QUEUE"})])
def test_a_lost_answer_is_never_sent_again(fake: FakeRunPod, tmp_path: Path, damage: Any) -> None:
    runpod = service(fake)
    fake.break_next(damage, pattern=RUN, moment="acted")

    with pytest.raises(OutcomeUnknown):
        begun(runpod, drawing(), tmp_path)

    assert len(fake.calls(RUN)) == len(fake.paid) == 1


def test_a_lost_job_needs_a_person_who_is_told_where_to_look(fake: FakeRunPod) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        service(fake).find(drawing("reel 1"), datetime(2026, 11, 20, 8, 30, tzinfo=UTC))

    assert "reel-1" in caught.value.message
    assert "fakeendpoint1 from 2026-11-20 08:30 UTC" in caught.value.remedy


def test_a_hanging_answer_is_unknown(fake: FakeRunPod, tmp_path: Path) -> None:
    fake.break_next("hang", pattern=RUN, moment="acted", seconds=5)

    with pytest.raises(OutcomeUnknown):
        begun(service(fake, timeout_seconds=0.2), drawing(), tmp_path)
    assert len(fake.paid) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(400, {"error": "bad input"}), Rejected),
        (Reply(401), AccessLost),
        (Reply(402), QuotaSpent),
        (Reply(429, {}, {"Retry-After": "7"}), RateLimited),
    ],
)
def test_a_refusal_is_told_and_nothing_is_paid(
    fake: FakeRunPod, tmp_path: Path, reply: Reply, error: type[ServiceError]
) -> None:
    fake.break_next(reply, pattern=RUN)

    with pytest.raises(error) as caught:
        begun(service(fake), drawing(), tmp_path)

    assert fake.paid == []
    assert getattr(caught.value, "retry_after", 7.0) == 7.0


def test_a_wrong_key_is_not_accepted_and_not_shown(fake: FakeRunPod, tmp_path: Path) -> None:
    with pytest.raises(AccessLost) as caught:
        begun(service(fake, "sk_test_fake_other"), drawing(), tmp_path)

    assert "sk_test_fake_other" not in str(caught.value)


def test_a_wrong_endpoint_names_the_setting(fake: FakeRunPod, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        begun(service(fake, endpoint_id="elsewhere"), drawing(), tmp_path)

    assert "endpoint_id" in caught.value.remedy


def test_nothing_is_sent_when_nobody_listens(tmp_path: Path) -> None:
    with FakeRunPod() as fake:
        runpod = service(fake)

    with pytest.raises(Unreachable):
        begun(runpod, drawing(), tmp_path)


def test_a_running_job_is_not_ready(fake: FakeRunPod, tmp_path: Path) -> None:
    fake.seconds, runpod = LONG, service(fake)
    number = begun(runpod, drawing(), tmp_path)

    assert runpod.check(drawing(), number) == Standing(is_ready=False, share=0.5)
    assert fake.calls(HEALTH) == []


@pytest.mark.parametrize("state", ["RUNNING", "SOMETHING_NEW"])
def test_a_state_nobody_knows_counts_as_running(fake: FakeRunPod, tmp_path: Path, state: str) -> None:
    runpod = service(fake)
    number = begun(runpod, drawing(), tmp_path)
    fake.break_next(Reply(200, {"id": number, "status": state}), pattern=STATUS)

    assert not runpod.check(drawing(), number).is_ready


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "TIMED_OUT"])
def test_a_job_that_fails_says_why_and_what_it_cost(fake: FakeRunPod, tmp_path: Path, state: str) -> None:
    fake.fail_jobs, fake.end_state = True, state
    error = failed(service(fake), tmp_path)

    assert state in error.message
    assert error.detail == "CUDA error: out of memory"
    assert error.units == Decimal("0.0041")


def test_a_graph_the_worker_refuses_is_told(fake: FakeRunPod, tmp_path: Path) -> None:
    error = failed(service(fake, checkpoint="missing.safetensors"), tmp_path)

    assert "'missing.safetensors' not in" in error.detail


@pytest.mark.parametrize(
    ("form", "words", "remedy"),
    [
        ("none", "without a picture", "SaveImage"),
        ("message", "versions before 5", "worker-comfyui in version 5"),
        ("text", "Failed to fetch image data", "next in the chain"),
        ("errors", "Job processing failed; Workflow execution error", "next in the chain"),
    ],
)
def test_an_end_without_a_picture_has_failed(
    fake: FakeRunPod, tmp_path: Path, form: Form, words: str, remedy: str
) -> None:
    fake.form = form
    error = failed(service(fake), tmp_path)

    assert words in str(error)
    assert remedy in error.remedy
    assert error.units == Decimal("0.0041")


@pytest.mark.parametrize("output", [None, "done", [1], {"images": ["x", {"type": "base64"}]}])
def test_an_output_of_another_worker_has_failed(fake: FakeRunPod, tmp_path: Path, output: Any) -> None:
    runpod = service(fake)
    number = begun(runpod, drawing(), tmp_path)
    fake.break_next(Reply(200, {"status": "COMPLETED", "output": output}), pattern=STATUS)

    with pytest.raises(JobFailed, match="without a picture"):
        runpod.check(drawing(), number)


def test_an_error_in_plain_text_or_as_an_object_is_read(fake: FakeRunPod, tmp_path: Path) -> None:
    runpod = service(fake)
    number = begun(runpod, drawing(), tmp_path)
    for error in ("out of memory", "{out of memory", {"error_message": "out of memory"}, {"oops": "out of memory"}):
        fake.break_next(Reply(200, {"status": "FAILED", "error": error}), pattern=STATUS)
        with pytest.raises(JobFailed, match="out of memory") as caught:
            runpod.check(drawing(), number)
        assert caught.value.units is None


def test_an_expired_job_is_told(fake: FakeRunPod, tmp_path: Path) -> None:
    runpod = service(fake)
    number = begun(runpod, drawing(), tmp_path)
    standing = runpod.check(drawing(), number)
    fake.expire()

    with pytest.raises(JobFailed, match="expired or unknown: results are kept 30 minutes") as early:
        runpod.check(drawing(), number)
    with pytest.raises(JobFailed, match="expired or unknown") as late:
        runpod.fetch(drawing(), standing, tmp_path)

    assert early.value.units == runpod.quote(drawing()), "it may have run before it expired"
    assert late.value.units == standing.units


def test_a_job_that_ran_and_does_not_say_for_how_long_costs_what_was_quoted(fake: FakeRunPod, tmp_path: Path) -> None:
    runpod = service(fake)
    number = begun(runpod, drawing(), tmp_path)
    for answer in ({"status": "TIMED_OUT"}, {"status": "COMPLETED", "output": {}}):
        fake.break_next(Reply(200, answer), pattern=STATUS)
        with pytest.raises(JobFailed) as caught:
            runpod.check(drawing(), number)
        assert caught.value.units == runpod.quote(drawing())


def test_a_job_that_waits_without_workers_is_cancelled(fake: FakeRunPod, tmp_path: Path) -> None:
    fake.workers = 0
    error = failed(service(fake, queue_seconds=0), tmp_path)

    assert "no worker was up" in error.message
    assert "Max workers" in error.remedy
    assert error.units == 0
    assert len(fake.calls(CANCEL)) == 1


def test_a_job_may_wait_for_a_while(fake: FakeRunPod, tmp_path: Path) -> None:
    fake.workers, runpod = 0, service(fake)
    number = begun(runpod, drawing(), tmp_path)

    assert runpod.check(drawing(), number) == Standing(is_ready=False)
    assert fake.calls(HEALTH) == fake.calls(CANCEL) == []


@pytest.mark.parametrize("workers", [{"idle": 0, "initializing": 1}, {"idle": 0, "running": 3}])
def test_a_job_waits_on_while_workers_are_up(fake: FakeRunPod, tmp_path: Path, workers: dict[str, int]) -> None:
    fake.workers, runpod = 0, service(fake, queue_seconds=0)
    number = begun(runpod, drawing(), tmp_path)
    fake.break_next(Reply(200, {"jobs": {}, "workers": workers}), pattern=HEALTH)

    assert not runpod.check(drawing(), number).is_ready
    assert fake.calls(CANCEL) == []


def test_a_job_that_ends_before_it_can_be_cancelled_is_kept(fake: FakeRunPod, tmp_path: Path) -> None:
    fake.workers, runpod = 0, service(fake, queue_seconds=0)
    number = begun(runpod, drawing(), tmp_path)

    def finish(moment: str, request: Any) -> None:
        if moment == "arrived" and "/cancel/" in request.path:
            fake._jobs[number].starts = fake._jobs[number].ends = 0.0

    fake.observers.append(finish)

    assert not runpod.check(drawing(), number).is_ready
    assert runpod.check(drawing(), number).is_ready


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("reset", Unreachable),
        (500, Unreachable),
        (429, RateLimited),
        ("html", UnexpectedReply),
        (Reply(200, {"id": "x"}), UnexpectedReply),
    ],
)
def test_looking_can_fail_and_be_repeated(
    fake: FakeRunPod, tmp_path: Path, damage: Any, error: type[ServiceError]
) -> None:
    runpod = service(fake)
    number = begun(runpod, drawing(), tmp_path)
    fake.break_next(damage, pattern=STATUS)

    with pytest.raises(error):
        runpod.check(drawing(), number)
    assert runpod.check(drawing(), number).is_ready
    assert len(fake.paid) == 1


def test_a_picture_that_is_no_base64_is_refused(fake: FakeRunPod, tmp_path: Path) -> None:
    fake.form, runpod = "broken", service(fake)
    standing = runpod.check(drawing(), begun(runpod, drawing(), tmp_path))

    with pytest.raises(UnexpectedReply, match="not base64"):
        runpod.fetch(drawing(), standing, tmp_path)


def test_a_dead_link_can_be_asked_for_again_and_its_signature_is_not_shown(fake: FakeRunPod, tmp_path: Path) -> None:
    fake.form, fake.links_die, runpod = "s3", True, service(fake)
    standing = runpod.check(drawing(), begun(runpod, drawing(), tmp_path))
    with pytest.raises(Unreachable) as caught:
        runpod.fetch(drawing(), standing, tmp_path)
    assert "fake_secret" not in str(caught.value)

    fake.links_die = False
    assert runpod.fetch(drawing(), standing, tmp_path).files["picture"].is_file()


def test_the_doctor_sees_workers_and_jobs(fake: FakeRunPod, tmp_path: Path) -> None:
    runpod = service(fake)
    begun(runpod, drawing(), tmp_path)

    assert runpod.examine() == (
        "Endpoint fakeendpoint1: workers 1 idle, 0 running, 0 throttled; "
        "jobs 1 completed, 0 failed, 0 inProgress, 0 inQueue, 0 retried."
    )
    fake.workers = 0
    assert "No worker is up" in runpod.examine()


def test_the_doctor_is_told_of_a_wrong_key(fake: FakeRunPod) -> None:
    with pytest.raises(AccessLost):
        service(fake, "sk_test_fake_other").examine()


@pytest.mark.live
def test_a_real_endpoint_draws_a_picture(tmp_path: Path) -> None:
    """LIVE_RUNPOD_ENDPOINT is an endpoint with worker-comfyui and SDXL."""
    key, endpoint = os.environ.get("LIVE_RUNPOD_KEY"), os.environ.get("LIVE_RUNPOD_ENDPOINT")
    if not key or not endpoint:
        pytest.skip("LIVE_RUNPOD_KEY or LIVE_RUNPOD_ENDPOINT is not set")
    runpod = RunPod(RunPodOptions(endpoint_id=endpoint), key)
    job = drawing(f"reelwright-live-{time.time_ns()}")
    number = begun(runpod, job, tmp_path)
    deadline = time.monotonic() + 170
    while not (standing := runpod.check(job, number)).is_ready:
        assert time.monotonic() < deadline
        time.sleep(2)

    with Image.open(runpod.fetch(job, standing, tmp_path).files["picture"]) as picture:
        print(runpod.examine(), "cost in dollars:", standing.units, "size:", picture.size)
        assert picture.size == (768, 1344)
