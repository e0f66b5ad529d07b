"""Sweeping takes what nobody needs any more, and nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from posts import Plan, delivery, make_ready, plan_all, post_all, upright_video
from services import execute

from core.settings import Settings, get_settings
from db.connection import get_database
from tasks import posting
from tasks.housekeeping import show_accounts, sweep
from tasks.library import keep_in_library
from tasks.package import files_of


@pytest.fixture
def ready(house: Settings, plan_reel: Plan, tmp_path: Path) -> int:
    """A reel that is ready to go into the gallery."""
    return make_ready(plan_reel("Three hearts"), "Three hearts", upright_video(tmp_path / "reel.mp4"), tmp_path)


def age(*paths: Path, days: float = 2) -> None:
    """Have paths lie there untouched for so long."""
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    for path in paths:
        os.utime(path, (then, then))


def test_an_empty_factory_has_nothing_to_sweep(house: Settings) -> None:
    assert sweep.fn() == 0
    show_accounts.fn([])


def test_only_uploads_that_nobody_goes_on_with_are_swept_from_the_gallery(ready: int, house: Settings) -> None:
    assert post_all() == [True]
    shown = house.home / "gallery" / "0001-three-hearts"
    abandoned, fresh = (house.home / "gallery" / f".incoming-{digit * 16}" for digit in "0a")
    for folder in (abandoned, fresh):
        folder.mkdir()
        (folder / "reel.mp4").write_bytes(b"half a video")
    age(abandoned / "reel.mp4", abandoned, *shown.iterdir(), shown)

    assert sweep.fn() == 1

    assert not abandoned.exists()
    assert fresh.is_dir()
    assert (shown / "reel.mp4").is_file()
    assert sweep.fn() == 0


def test_a_post_whose_upload_was_swept_goes_out_all_the_same(ready: int, house: Settings) -> None:
    key = plan_all()[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("integrations.platforms.folder.Folder.check", _broken)
        with pytest.raises(RuntimeError):
            posting.deliver_post.fn(key)
    (incoming,) = (house.home / "gallery").glob(".incoming-*")
    age(*incoming.iterdir(), incoming)
    assert (delivery(key).status, sweep.fn()) == ("processing", 1)

    execute("update deliveries set due_at = now()")
    assert posting.deliver_post.fn(key)
    assert (house.home / "gallery" / "0001-three-hearts" / "reel.mp4").is_file()


def test_files_of_a_reel_whose_post_waits_stay_however_old_they_are(
    ready: int, house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_all()
    monkeypatch.setenv("ASSETS_KEEP_DAYS", "1")
    get_settings.cache_clear()
    with get_database().transaction() as connection:
        keep_in_library(files_of(connection, ready))
    execute("update assets set created_at = now() - interval '40 days'")

    assert sweep.fn() == 0
    assert post_all() == [True]
    assert sweep.fn() > 0, "once it is out, they go"


def _broken(*_: object) -> None:
    raise RuntimeError("the process ends here")
