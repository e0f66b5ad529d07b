"""`reelwright provenance`: what a reel or a file says of its making, and whether it can be believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from signing import run_quietly, small_video

from cli.output import spoken_errors
from cli.provenance import show_provenance
from core.models import Capability, Made, Order
from core.posting import Disclosure, MakerNote
from core.settings import Settings
from db import reels
from db.connection import get_database
from media.credentials import get_credentials
from media.provenance import sign
from tasks.making import Local, obtain

DISCLOSURE = Disclosure(
    line="AI-made.",
    makers=(
        MakerNote(step="speak", maker="piper", kind="trained"),
        MakerNote(step="draw", maker="a2e", model="[flux]", kind="trained"),
    ),
)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_video(tmp_path_factory.mktemp("provenance") / "reel.mp4")


@pytest.fixture
def signed(house: Settings, video: Path, tmp_path: Path) -> Path:
    out = tmp_path / "signed.mp4"
    sign(video, out, DISCLOSURE, title="0001-three-hearts", credentials=get_credentials(house))
    return out


@pytest.fixture
def stored(signed: Path, plan_reel: Callable[[str], int]) -> tuple[int, Path]:
    """A reel whose signed video is stored, and where it lies."""
    reel_id = plan_reel("Three hearts")
    result = obtain(
        Order(capability=Capability.SIGN, request={}, recipe="1"),
        [Local("reelwright", lambda *_: Made({"reel": signed}))],
        reel_id=reel_id,
    )
    with get_database().transaction() as connection:
        for part in ("render", "provenance"):
            reels.set_part(connection, reel_id, part, result.key)
    return reel_id, result.path("reel")


def run(reel_or_file: object, *, as_json: bool = False) -> int:
    """Call the command and return its exit code."""
    try:
        with spoken_errors(as_json=as_json):
            show_provenance(str(reel_or_file), as_json=as_json)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def told(reel_or_file: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = run(reel_or_file, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert isinstance(said, dict)
    return code, said


def test_a_reel_is_shown_in_words(stored: tuple[int, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(stored[0]) == 0

    said = capsys.readouterr().out
    assert "✔ signed with a certificate this factory trusts" in said
    assert "'Reelwright self-made' (Reelwright), which a factory made itself" in said
    assert "put together of what trained AI models made and of other sources" in said
    assert "byte for byte a file that this factory keeps" in said
    rows = [line.split() for line in said.splitlines()]
    assert ["speak", "piper", "trained"] in rows
    assert ["draw", "a2e", "[flux]", "trained"] in rows


def test_a_reel_is_told_as_json(stored: tuple[int, Path], capsys: pytest.CaptureFixture[str]) -> None:
    reel_id, path = stored

    code, said = told(reel_id, capsys)

    assert code == 0
    assert said == {
        "file": str(path),
        "state": "Trusted",
        "signer": "Reelwright self-made",
        "issuer": "Reelwright",
        "title": "0001-three-hearts",
        "source_type": "compositeWithTrainedAlgorithmicMedia",
        "actions": ["c2pa.created"],
        "makers": [note.model_dump(mode="json") for note in DISCLOSURE.makers],
        "problems": [],
        "is_trusted_by_us": True,
        "is_self_made": True,
        "is_as_stored": True,
    }


def test_a_copy_of_a_reel_is_known_and_a_changed_one_is_not(
    stored: tuple[int, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, touched = tmp_path / "copy.mp4", tmp_path / "touched.mp4"
    data = bytearray(stored[1].read_bytes())
    copy.write_bytes(data)
    data[-100] ^= 1
    touched.write_bytes(data)

    code, said = told(copy, capsys)
    assert (code, said["state"], said["is_as_stored"]) == (0, "Trusted", True)
    code, said = told(touched, capsys)
    assert (code, said["state"], said["is_as_stored"]) == (1, "Invalid", False)
    assert said["problems"] == ["The video was changed after it was signed."]
    assert run(touched) == 1
    assert "✘ changed, damaged or forged" in capsys.readouterr().out


def test_a_reel_whose_stored_bytes_changed_fails_though_the_signature_holds(
    stored: tuple[int, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    reel_id, path = stored
    data = bytearray(path.read_bytes())
    data[12] ^= 1  # in the first box, which content credentials leave out
    path.write_bytes(data)

    code, said = told(reel_id, capsys)

    assert (code, said["state"], said["is_as_stored"]) == (1, "Trusted", False)


def test_a_copy_that_a_media_program_made_has_none(
    house: Settings, signed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.mp4"
    run_quietly(["-i", str(signed), "-c", "copy", str(copy)])

    assert run(copy) == 1

    said = capsys.readouterr().out
    assert "✘ no content credentials" in said
    assert "not a file that this factory keeps" in said


def test_a_strangers_signature_is_no_fault_and_said(
    house: Settings, video: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "strange.mp4"
    stranger = get_credentials(Settings(reelwright_home=tmp_path / "another"))
    sign(video, out, DISCLOSURE, title="0001-three-hearts", credentials=stranger)

    assert run(out) == 0
    assert "signed by a stranger" in capsys.readouterr().out


def test_what_cannot_be_looked_at_is_said(
    stored: tuple[int, Path], tmp_path: Path, plan_reel: Callable[[str], int], capsys: pytest.CaptureFixture[str]
) -> None:
    empty = plan_reel("Nothing yet")

    for asked, code, sentence in (
        (tmp_path / "nothing.mp4", 2, "There is no file"),
        (99, 2, "There is no reel 99"),
        (empty, 1, f"Reel {empty} has no video yet"),
    ):
        assert run(asked) == code
        assert sentence in capsys.readouterr().err
    stored[1].unlink()
    assert run(stored[0]) == 1
    assert "not in the working folder" in capsys.readouterr().err
