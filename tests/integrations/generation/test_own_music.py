"""Music out of the operator's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from integrations.generation.own_music import OwnMusic


def maker(folder: Path | None) -> OwnMusic:
    return OwnMusic(Settings(_env_file=None, music_dir=folder))


def request(mood: str = "epic", seed: int = 0) -> dict[str, Any]:
    return {"mood": mood, "seconds": 30.0, "seed": seed}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "music"
    (home / "epic").mkdir(parents=True)
    for name in ("any.mp3", "other.OGG", "notes.txt", "epic/drums.flac"):
        (home / name).write_bytes(name.encode())
    return home


def taken(folder: Path, workspace: Path, **asked: Any) -> bytes:
    made = maker(folder).make(request(**asked), workspace, lambda share: None)
    return made.files["music"].read_bytes()


def test_a_file_of_the_mood_comes_first(folder: Path, tmp_path: Path) -> None:
    assert taken(folder, tmp_path, mood="epic") == b"epic/drums.flac"


def test_other_moods_take_what_is_for_any(folder: Path, tmp_path: Path) -> None:
    assert {taken(folder, tmp_path, mood="cosy", seed=seed) for seed in range(4)} == {b"any.mp3", b"other.OGG"}


def test_a_reel_keeps_its_music(folder: Path, tmp_path: Path) -> None:
    assert len({taken(folder, tmp_path, mood="cosy", seed=7) for _ in range(3)}) == 1


def test_it_says_when_there_is_no_folder() -> None:
    assert "MUSIC_DIR is not set" in str(maker(None).objection(request()))


def test_it_says_when_there_is_nothing_for_the_mood(tmp_path: Path) -> None:
    objection = maker(tmp_path).objection(request(mood="serene"))

    assert objection is not None
    assert "serene" in objection
    assert str(tmp_path) in objection


def test_it_does_not_object_when_there_is_music(folder: Path) -> None:
    assert maker(folder).objection(request(mood="serene")) is None
