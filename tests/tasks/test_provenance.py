"""Every video of a reel is signed once, says what the caption says, and no reel goes on unsigned."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from signing import operators_files, run_quietly, small_video

from core.errors import ConfigError, MediaError
from core.models import Capability, Made, Order, Script, Step
from core.posting import Disclosure
from core.posts import caption_of
from core.settings import Settings, get_settings
from db import generations, ideas, reels
from db.connection import get_database
from db.generations import StoredFile
from media.credentials import known_anchors
from media.provenance import read
from tasks import provenance
from tasks.making import Local, obtain
from tasks.material import path_of
from tasks.package import files_of
from tasks.provenance import disclosure_of_reel, sign_reel
from tasks.render import UNMARKED
from tasks.work import Result

SETTING = {"place": "sea", "time": "day", "mood": "bright"}
LINES = [{"role": "beat", "text": f"Fact {number}", "setting": SETTING} for number in range(6)]
SCRIPT = Script.model_validate(
    {"title": "Three hearts", "language": "en", "lines": LINES, "caption": "Look", "hashtags": ["sea"]}
)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_video(tmp_path_factory.mktemp("provenance") / "reel.mp4")


@pytest.fixture
def render(plan_reel: Callable[[str], int], video: Path) -> Callable[[str], int]:
    """Make a reel of small files that stands where signing begins."""

    def make(title: str = "Three hearts") -> int:
        reel_id = plan_reel(title)
        script = done(reel_id, Capability.WRITE, "outline", value=SCRIPT.model_dump(mode="json"))
        music = done(reel_id, Capability.MUSIC, "bed")
        rendered = done(reel_id, Capability.RENDER, "reelwright", dict.fromkeys(("reel", "preview", UNMARKED), video))
        speech, picture = done(reel_id, Capability.SPEAK, "piper"), done(reel_id, Capability.DRAW, "scenery")
        with get_database().transaction() as connection:
            reels.replace_scenes(connection, reel_id, SCRIPT.lines)
            for scene in reels.get_scenes(connection, reel_id):
                reels.set_speech(connection, reel_id, scene.position, speech.key)
                reels.set_picture(connection, reel_id, scene.position, picture.key)
            reels.set_part(connection, reel_id, "script", script.key)
            reels.set_part(connection, reel_id, "music", music.key)
            reels.set_part(connection, reel_id, "render", rendered.key)
        return reel_id

    return make


def done(
    reel_id: int,
    capability: Capability,
    maker: str,
    files: dict[str, Path] | None = None,
    value: dict[str, Any] | None = None,
) -> Result:
    """Write down that a maker made this."""
    order = Order(capability=capability, request={"reel": reel_id}, recipe="1")
    return obtain(order, [Local(maker, lambda *_: Made(files or {}, value or {}))], reel_id=reel_id)


def signed_files(reel_id: int) -> dict[str, StoredFile]:
    with get_database().transaction() as connection:
        return generations.get_files(connection, reels.get_parts(connection, reel_id)["provenance"])


def told_of(reel_id: int) -> Disclosure:
    with get_database().transaction() as connection:
        return disclosure_of_reel(connection, reel_id)


def parts_of(reel_id: int) -> dict[str, str]:
    with get_database().transaction() as connection:
        return reels.get_parts(connection, reel_id)


def state_of(reel_id: int) -> tuple[str, str]:
    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
        return reel.state, reel.reason or ""


def test_every_video_says_the_same_as_the_caption_and_the_flags(house: Settings, render: Callable[[str], int]) -> None:
    reel_id = render("Three hearts")

    sign_reel.fn(reel_id)

    told, files = told_of(reel_id), signed_files(reel_id)
    assert set(files) == {"reel", "preview", UNMARKED}
    for file in files.values():
        report = read(path_of(file), anchors=known_anchors(house))
        assert report.is_trusted_by_us
        assert report.title == f"{reel_id:04d}-three-hearts"
        assert (report.source_type, report.makers) == (told.source_type, told.makers)
    assert told.source_type == "compositeWithTrainedAlgorithmicMedia"
    assert [(note.step, note.maker) for note in told.makers] == [
        ("write", "outline"), ("speak", "piper"), ("draw", "scenery"), ("music", "bed"),
    ]  # fmt: skip
    with get_database().transaction() as connection:
        brief = ideas.get_brief_of_reel(connection, reel_id)
        result = generations.get_generation(connection, reels.get_parts(connection, reel_id)["provenance"]).result
    assert caption_of(brief, brief.facts, ["Look"], "Tess Ter").endswith(told.line)
    assert result == {
        "disclosure": told.model_dump(mode="json"), "signer": "Reelwright self-made", "is_self_made": True,
    }  # fmt: skip


def test_the_signed_videos_are_those_of_the_reel(house: Settings, render: Callable[[str], int]) -> None:
    reel_id = render("Three hearts")
    package = done(reel_id, Capability.PACKAGE, "reelwright")
    with get_database().transaction() as connection:
        reels.set_part(connection, reel_id, "package", package.key)
        before = files_of(connection, reel_id)

    sign_reel.fn(reel_id)

    with get_database().transaction() as connection:
        after = files_of(connection, reel_id)
    assert after == signed_files(reel_id)
    assert set(after) == set(before)
    assert not {file.sha256 for file in after.values()} & {file.sha256 for file in before.values()}


def test_a_reel_made_before_there_were_signatures_tells_what_it_would_say(
    house: Settings, render: Callable[[str], int]
) -> None:
    reel_id = render("Three hearts")

    unsigned = told_of(reel_id)
    sign_reel.fn(reel_id)

    assert unsigned == told_of(reel_id)


def test_a_rerun_signs_nothing_anew(house: Settings, render: Callable[[str], int]) -> None:
    reel_id = render("Three hearts")
    sign_reel.fn(reel_id)
    first = signed_files(reel_id)

    sign_reel.fn(reel_id)

    assert signed_files(reel_id) == first


def test_a_new_take_of_the_package_is_signed_anew_once(house: Settings, render: Callable[[str], int]) -> None:
    reel_id = render("Three hearts")
    sign_reel.fn(reel_id)
    first = signed_files(reel_id)
    with get_database().transaction() as connection:
        reels.raise_take(connection, reel_id, Step.PACKAGE, run="run-1")

    sign_reel.fn(reel_id)
    second = signed_files(reel_id)
    sign_reel.fn(reel_id)

    assert second["reel"] != first["reel"]
    assert signed_files(reel_id) == second


def test_another_certificate_signs_anew(
    house: Settings, render: Callable[[str], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reel_id = render("Three hearts")
    sign_reel.fn(reel_id)
    first = signed_files(reel_id)
    for name, path in zip(("C2PA_CERT_FILE", "C2PA_KEY_FILE"), operators_files(tmp_path), strict=True):
        monkeypatch.setenv(name, str(path))
    get_settings.cache_clear()

    sign_reel.fn(reel_id)

    assert signed_files(reel_id)["reel"] != first["reel"]
    with get_database().transaction() as connection:
        result = generations.get_generation(connection, reels.get_parts(connection, reel_id)["provenance"]).result
    assert result is not None
    assert (result["signer"], result["is_self_made"]) == ("Studio Signer", False)


def test_a_lost_signed_video_is_signed_again(house: Settings, render: Callable[[str], int]) -> None:
    reel_id = render("Three hearts")
    sign_reel.fn(reel_id)
    path_of(signed_files(reel_id)["reel"]).unlink()

    sign_reel.fn(reel_id)

    assert read(path_of(signed_files(reel_id)["reel"]), anchors=known_anchors(house)).is_trusted_by_us


def test_a_bad_certificate_stops_the_reel_before_anything_is_signed(
    house: Settings, render: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reel_id = render("Three hearts")
    monkeypatch.setenv("C2PA_CERT_FILE", "/nowhere/chain.pem")
    monkeypatch.setenv("C2PA_KEY_FILE", "/nowhere/key.pem")
    get_settings.cache_clear()

    with pytest.raises(ConfigError):
        sign_reel.fn(reel_id)

    state, reason = state_of(reel_id)
    assert state == "failed"
    assert "C2PA_CERT_FILE" in reason
    assert "provenance" not in parts_of(reel_id)


def test_a_signature_that_does_not_prove_right_is_an_error_and_never_an_unsigned_reel(
    house: Settings, render: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reel_id = render("Three hearts")
    monkeypatch.setattr(provenance, "sign", lambda source, out, *_, **__: shutil.copyfile(source, out))

    with pytest.raises(MediaError, match="do not prove right"):
        sign_reel.fn(reel_id)

    assert state_of(reel_id)[0] == "failed"
    assert "provenance" not in parts_of(reel_id)


def test_a_signed_video_that_is_not_the_rendered_one_is_an_error(
    house: Settings, render: Callable[[str], int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    reel_id = render("Three hearts")
    shorter, real = tmp_path / "shorter.mp4", provenance.sign

    def sign_another(source: Path, out: Path, told: Disclosure, **options: Any) -> None:
        run_quietly(["-i", str(source), "-t", "1", "-c", "copy", "-movflags", "+faststart", str(shorter)])
        real(shorter, out, told, **options)

    monkeypatch.setattr(provenance, "sign", sign_another)

    with pytest.raises(MediaError, match="changed more than its content credentials"):
        sign_reel.fn(reel_id)

    assert "provenance" not in parts_of(reel_id)


def test_reels_that_share_a_video_have_credentials_of_their_own(house: Settings, render: Callable[[str], int]) -> None:
    first, second = render("Three hearts"), render("Three hearts again")
    for reel_id in (first, second):
        sign_reel.fn(reel_id)

    titles = [read(path_of(signed_files(reel_id)["reel"]), anchors="").title for reel_id in (first, second)]

    assert titles == [f"{reel_id:04d}-three-hearts" for reel_id in (first, second)]
