"""ComfyUI, through the real client over HTTP, against a strict stand-in."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.comfyui import CHECKPOINTS, LORAS, FakeComfyUI, clip, png
from fakes.server import Reply
from PIL import Image

from core.errors import (
    AccessLost,
    ConfigError,
    JobFailed,
    OutcomeUnknown,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.models import Capability, Made
from integrations.generation.comfyui import ComfyUI, ComfyUIOptions, prompt_id_of
from integrations.generation.contract import Job, Standing
from integrations.generation.workflows import SEEDS

PALETTE = {"deep": "#0b1d3a", "main": "#1f5f8b", "soft": "#7fb7be", "glow": "#ffe9a8", "accent": "#ff7b54"}
SETTING = {"place": "sea", "time": "dawn", "mood": "serene"}
SHA = "ab" * 32
LONG = 60.0
"""A job that takes this long does not end within a test, in seconds."""

VIDEO = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "{picture}"}},
    "2": {"class_type": "RepeatImageBatch", "inputs": {"image": ["1", 0], "amount": "{frames}"}},
    "3": {
        "class_type": "CreateVideo",
        "inputs": {"images": ["2", 0], "fps": "{fps}"},
        "_meta": {"seed": "{seed}", "size": "{width} x {height}"},
    },
    "4": {
        "class_type": "SaveVideo",
        "inputs": {"video": ["3", 0], "filename_prefix": "clips/{label}", "format": "mp4", "codec": "auto"},
    },
}


@pytest.fixture
def fake() -> Iterator[FakeComfyUI]:
    with FakeComfyUI() as server:
        yield server
    assert server.strangers == []


def service(fake: FakeComfyUI, key: str = "", **options: Any) -> ComfyUI:
    return ComfyUI(ComfyUIOptions.model_validate(fake.options() | options), key)


def drawing(label: str = "reel-1-draw-0", **changes: Any) -> Job:
    asked = {"text": "An octopus.", "prompt": "an octopus", "setting": SETTING, "palette": PALETTE, "seed": 300}
    return Job(Capability.DRAW, asked | changes, label)


def with_video(folder: Path, graph: dict[str, Any] | None = None) -> dict[str, Any]:
    path = folder / "clip.json"
    path.write_text(json.dumps(graph or VIDEO))
    return {"video_workflow": path}


def animation(folder: Path, label: str = "reel-1-animate-0") -> Job:
    picture = folder / "picture.png"
    Image.new("RGB", (64, 112), "navy").save(picture)
    return Job(
        Capability.ANIMATE, {"picture": SHA, "prompt": "waves", "seconds": 3.0, "seed": -1}, label, {SHA: picture}
    )


def outcome(comfy: ComfyUI, job: Job, folder: Path) -> Made:
    number = comfy.begin(job, folder).external_id
    return comfy.fetch(job, ready(comfy, job, number), folder)


def ready(comfy: ComfyUI, job: Job, number: str) -> Standing:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        standing = comfy.check(job, number)
        if standing.is_ready:
            return standing
        time.sleep(0.01)
    raise AssertionError("the job did not end")


def test_a_picture_is_drawn_and_stored(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.seconds = 0.05
    made = outcome(service(fake), drawing(), tmp_path)

    assert made.files["picture"].suffix == ".png"
    assert made.files["picture"].read_bytes() == png(768, 1344, 300)
    assert (made.model, made.seed, dict(made.result)) == (CHECKPOINTS[0], 300, {})
    assert fake.paid == ["reel-1-draw-0"]


def test_our_own_number_is_sent_and_the_given_one_is_used(fake: FakeComfyUI, tmp_path: Path) -> None:
    comfy = service(fake)
    assert comfy.begin(drawing("a"), tmp_path).external_id == prompt_id_of("a")
    assert comfy.begin(drawing("b"), tmp_path).external_id == prompt_id_of("b") != prompt_id_of("a")

    fake.mints_ids = True
    given = comfy.begin(drawing("c"), tmp_path).external_id
    assert given != prompt_id_of("c")
    assert comfy.check(drawing("c"), given).is_ready


def test_the_lora_of_a_character_is_used(fake: FakeComfyUI, tmp_path: Path) -> None:
    service(fake).begin(drawing(look={"lora": LORAS[0]}), tmp_path)

    sent = fake.calls("POST /prompt")[0].json()["prompt"]
    assert {"LoraLoader"} <= {node["class_type"] for node in sent.values()}


def test_a_clip_is_made_of_the_uploaded_picture(fake: FakeComfyUI, tmp_path: Path) -> None:
    comfy, job = service(fake, **with_video(tmp_path)), animation(tmp_path)
    made = outcome(comfy, job, tmp_path)

    assert fake.uploads == {f"{SHA}.png": job.files[SHA].read_bytes()}
    assert made.files["clip"].suffix == ".mp4"
    assert made.files["clip"].read_bytes() == clip()
    assert (made.model, made.seed) == ("clip", SEEDS - 1)
    sent = fake.calls("POST /prompt")[0].json()["prompt"]
    assert sent["2"]["inputs"]["amount"] == 49
    assert sent["3"]["inputs"]["fps"] == 16
    assert sent["3"]["_meta"] == {"seed": SEEDS - 1, "size": "480 x 832"}


def test_the_same_picture_is_not_piled_up(fake: FakeComfyUI, tmp_path: Path) -> None:
    comfy = service(fake, **with_video(tmp_path))
    for label in ("a", "b"):
        comfy.begin(animation(tmp_path, label), tmp_path)

    assert list(fake.uploads) == [f"{SHA}.png"]


def test_clips_are_found_in_the_list_of_the_video_helper_too(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.clip_list = "gifs"

    assert outcome(service(fake, **with_video(tmp_path)), animation(tmp_path), tmp_path).files["clip"].is_file()


def test_objections_name_what_to_set(fake: FakeComfyUI, tmp_path: Path) -> None:
    plain, animated = service(fake), service(fake, **with_video(tmp_path))
    request = animation(tmp_path).request

    assert "set video_workflow in [services.comfyui]" in str(plain.objection(Capability.ANIMATE, request))
    assert animated.objection(Capability.ANIMATE, request) is None
    assert plain.objection(Capability.DRAW, drawing().request) is None
    assert "not asked to talk" in str(plain.objection(Capability.TALK, {}))
    with_lora = json.loads(json.dumps(VIDEO).replace("clips/", "{lora}/"))
    wrong = service(fake, **with_video(tmp_path, with_lora))
    assert "no value for: {lora}" in str(wrong.objection(Capability.ANIMATE, request))
    assert fake.requests == []


def test_a_broken_workflow_is_told_at_once(fake: FakeComfyUI, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lacks the slots \{picture\}"):
        service(fake, **with_video(tmp_path, {"4": VIDEO["4"]}))


def test_it_costs_nothing_unless_a_price_is_set(fake: FakeComfyUI, tmp_path: Path) -> None:
    prices = [
        {"capability": "draw", "since": "2026-01-01", "units": "0.01"},
        {"capability": "animate", "since": "2026-01-01", "per": "second", "units": "0.02"},
    ]
    free, priced = service(fake), service(fake, prices=prices, **with_video(tmp_path))

    assert free.quote(drawing()) == 0
    assert priced.quote(drawing()) == Decimal("0.01")
    assert priced.quote(animation(tmp_path)) == Decimal("0.06")
    assert free.balance() is None


def test_a_model_file_that_is_not_there_is_named(fake: FakeComfyUI, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        service(fake, checkpoint="missing.safetensors").begin(drawing(), tmp_path)

    assert "node 1 (CheckpointLoaderSimple): Value not in list: ckpt_name: 'missing.safetensors'" in caught.value.detail
    assert "models folder" in caught.value.remedy
    assert fake.paid == []


def test_a_node_that_is_not_installed_is_named(fake: FakeComfyUI, tmp_path: Path) -> None:
    graph = VIDEO | {"5": {"class_type": "WanMagic", "inputs": {}}}

    with pytest.raises(Rejected) as caught:
        service(fake, **with_video(tmp_path, graph)).begin(animation(tmp_path), tmp_path)

    assert "node WanMagic does not exist" in caught.value.detail
    assert "must be installed" in caught.value.remedy


def test_a_refusal_without_reasons_is_still_a_refusal(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.break_next(Reply(400, "no"), pattern="POST /prompt")

    with pytest.raises(Rejected) as caught:
        service(fake).begin(drawing(), tmp_path)

    assert caught.value.status == 400
    assert caught.value.detail == "no"


@pytest.mark.parametrize("damage", ["reset", "html", "garbage", "empty", 500, 502, Reply(200, {"number": 1})])
def test_a_lost_answer_is_never_sent_again_and_the_job_is_found(fake: FakeComfyUI, tmp_path: Path, damage: Any) -> None:
    comfy, job = service(fake), drawing()
    fake.break_next(damage, pattern="POST /prompt", moment="acted")

    with pytest.raises(OutcomeUnknown):
        comfy.begin(job, tmp_path)

    assert comfy.find(job, datetime.now(UTC)) == prompt_id_of(job.label)
    assert fake.calls("GET /history") == []
    assert len(fake.calls("POST /prompt")) == 1
    assert fake.paid == [job.label]


def test_a_job_that_never_arrived_is_not_found(fake: FakeComfyUI, tmp_path: Path) -> None:
    comfy = service(fake)
    comfy.begin(drawing("reel-1-draw-01"), tmp_path)
    fake.break_next("reset", pattern="POST /prompt")
    with pytest.raises(OutcomeUnknown):
        comfy.begin(drawing("reel-1-draw-0"), tmp_path)

    assert comfy.find(drawing("reel-1-draw-0"), datetime.now(UTC)) is None
    assert fake.paid == ["reel-1-draw-01"]


@pytest.mark.parametrize("seconds", [0.0, LONG])
def test_on_a_server_with_numbers_of_its_own_a_job_is_found_by_the_name_it_saves_under(
    fake: FakeComfyUI, tmp_path: Path, seconds: float
) -> None:
    fake.mints_ids, fake.seconds = True, seconds
    comfy, job = service(fake, **with_video(tmp_path)), animation(tmp_path)
    comfy.begin(drawing("other"), tmp_path)
    number = comfy.begin(job, tmp_path).external_id

    assert comfy.find(job, datetime.now(UTC)) == number != prompt_id_of(job.label)


def test_nothing_is_sent_when_nobody_listens(tmp_path: Path) -> None:
    with FakeComfyUI() as fake:
        comfy = service(fake)

    with pytest.raises(Unreachable):
        comfy.begin(drawing(), tmp_path)
    with pytest.raises(Unreachable):
        comfy.check(drawing(), "x")


def test_running_and_waiting_jobs_are_told_apart(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.seconds, comfy = LONG, service(fake)
    first, second = (comfy.begin(drawing(label), tmp_path).external_id for label in ("a", "b"))

    assert comfy.check(drawing("a"), first) == Standing(is_ready=False, share=0.5)
    assert comfy.check(drawing("b"), second) == Standing(is_ready=False)


def test_a_job_that_fails_says_why(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.fail_jobs, comfy = True, service(fake)
    number = comfy.begin(drawing(), tmp_path).external_id

    with pytest.raises(JobFailed) as caught:
        comfy.check(drawing(), number)

    assert "node 1 (CheckpointLoaderSimple): Allocation on device 0" in caught.value.detail


def test_a_job_that_was_stopped_by_hand_has_failed(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.interrupt_jobs, comfy = True, service(fake)
    number = comfy.begin(drawing(), tmp_path).external_id

    with pytest.raises(JobFailed, match="stopped by hand"):
        comfy.check(drawing(), number)


def test_a_restart_loses_jobs_and_that_is_told(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.seconds, comfy = LONG, service(fake)
    number = comfy.begin(drawing(), tmp_path).external_id
    fake.restart()

    with pytest.raises(JobFailed, match="restarted"):
        comfy.check(drawing(), number)
    assert comfy.find(drawing(), datetime.now(UTC)) is None


def test_a_job_that_ends_while_it_is_asked_for_is_not_taken_for_lost(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.seconds, comfy = LONG, service(fake)
    number = comfy.begin(drawing(), tmp_path).external_id

    def finish(moment: str, request: Any) -> None:
        if moment == "arrived" and request.call == "GET /queue":
            fake._prompts[number].ends = 0.0

    fake.observers.append(finish)

    assert comfy.check(drawing(), number).is_ready


def test_previews_are_no_results(fake: FakeComfyUI, tmp_path: Path) -> None:
    graph = json.loads(
        (Path(__file__).parents[3] / "integrations/generation/comfyui_workflows/picture.json").read_text()
    )
    graph["7"] = {"class_type": "PreviewImage", "inputs": {"images": ["6", 0]}, "_meta": {"title": "{label}"}}
    path = tmp_path / "preview.json"
    path.write_text(json.dumps(graph))
    comfy = service(fake, image_workflow=path)
    number = comfy.begin(drawing(), tmp_path).external_id

    with pytest.raises(JobFailed, match="without saving a file") as caught:
        comfy.check(drawing(), number)
    assert "SaveImage" in caught.value.remedy


def test_a_file_that_is_gone_can_be_asked_for_again(fake: FakeComfyUI, tmp_path: Path) -> None:
    comfy = service(fake)
    standing = ready(comfy, drawing(), comfy.begin(drawing(), tmp_path).external_id)
    fake.links_die = True
    with pytest.raises(Unreachable):
        comfy.fetch(drawing(), standing, tmp_path)

    fake.links_die = False
    assert comfy.fetch(drawing(), standing, tmp_path).files["picture"].is_file()


@pytest.mark.parametrize("data", [b"no picture", b""])
def test_a_file_that_is_not_what_it_says_is_refused(fake: FakeComfyUI, tmp_path: Path, data: bytes) -> None:
    comfy = service(fake, **with_video(tmp_path))
    for job in (drawing(), animation(tmp_path)):
        standing = ready(comfy, job, comfy.begin(job, tmp_path).external_id)
        fake.break_next(Reply(200, data), pattern="GET /view")
        with pytest.raises(UnexpectedReply):
            comfy.fetch(job, standing, tmp_path)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("reset", Unreachable),
        (500, Unreachable),
        ("html", UnexpectedReply),
        (Reply(200, {"queue": 1}), UnexpectedReply),
    ],
)
def test_looking_can_fail_and_be_repeated(
    fake: FakeComfyUI, tmp_path: Path, damage: Any, error: type[ServiceError]
) -> None:
    comfy = service(fake)
    number = comfy.begin(drawing(), tmp_path).external_id
    fake.break_next(damage, pattern="GET /queue")

    with pytest.raises(error):
        comfy.check(drawing(), number)
    assert comfy.check(drawing(), number).is_ready


def test_a_failed_upload_pays_for_nothing(fake: FakeComfyUI, tmp_path: Path) -> None:
    comfy = service(fake, **with_video(tmp_path))
    for damage, error in (("reset", Unreachable), (500, Unreachable), (Reply(200, {}), UnexpectedReply)):
        fake.break_next(damage, pattern="POST /upload/image")
        with pytest.raises(error):
            comfy.begin(animation(tmp_path), tmp_path)

    assert fake.calls("POST /prompt") == []


def test_a_proxy_gets_the_key(fake: FakeComfyUI, tmp_path: Path) -> None:
    fake.is_guarded = True

    assert outcome(service(fake, fake.KEY), drawing(), tmp_path).files["picture"].is_file()
    with pytest.raises(AccessLost):
        service(fake).begin(drawing(), tmp_path)


@pytest.mark.parametrize("new_choices", [False, True])
def test_the_doctor_sees_the_server_and_its_checkpoints(fake: FakeComfyUI, new_choices: bool) -> None:
    fake.new_choices = new_choices

    line = service(fake).examine()

    assert line == f"ComfyUI 0.3.64 on cuda:0 Fake RTX 4090; checkpoints: {', '.join(CHECKPOINTS)}."


def test_the_doctor_misses_a_checkpoint(fake: FakeComfyUI) -> None:
    with pytest.raises(ConfigError, match=r"no checkpoint 'x\.safetensors'; it has sd_xl_base"):
        service(fake, checkpoint="x.safetensors").examine()


@pytest.mark.live
def test_a_real_server_draws_a_picture(tmp_path: Path) -> None:
    """LIVE_COMFYUI_KEY holds the server's address, since ComfyUI has no keys; LIVE_COMFYUI_CHECKPOINT a checkpoint."""
    address = os.environ.get("LIVE_COMFYUI_KEY")
    if not address:
        pytest.skip("LIVE_COMFYUI_KEY is not set")
    named = {"checkpoint": os.environ["LIVE_COMFYUI_CHECKPOINT"]} if "LIVE_COMFYUI_CHECKPOINT" in os.environ else {}
    comfy = ComfyUI(ComfyUIOptions.model_validate({"base_url": address, "image_megapixels": 0.25, **named}))
    job = drawing(f"reelwright-live-{time.time_ns()}")
    number = comfy.begin(job, tmp_path).external_id
    deadline = time.monotonic() + 150
    while not (standing := comfy.check(job, number)).is_ready:
        assert time.monotonic() < deadline
        time.sleep(1)

    with Image.open(comfy.fetch(job, standing, tmp_path).files["picture"]) as picture:
        print(comfy.examine(), "cost: nothing; size:", picture.size)
        assert picture.height > picture.width
