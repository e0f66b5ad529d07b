"""What was finished is kept whole in the library, comes back when the disk is lost, and goes only when it may."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.bucket import FakeBucket
from finished_reels import finish_reel, let_files_age, rows

from core.errors import ConfigError, StorageError
from core.settings import Settings, get_settings
from db.generations import StoredFile
from integrations.storage import library, s3
from integrations.storage.base import StoreUnreachable
from tasks.library import Swept, keep_in_library, local_path, missing_in, move_library, public_url, sweep_library
from tasks.work import asset_folder

Plan = Callable[[str], int]


@pytest.fixture(params=["folder", "s3"])
def kind(request: pytest.FixtureRequest, house: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each kind of library, in use."""
    monkeypatch.setenv("STORAGE", request.param)
    get_settings.cache_clear()
    if request.param == "folder":
        yield request.param
        return
    with FakeBucket() as bucket:
        for name, value in bucket.environment().items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        yield request.param


def change(monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name.upper(), str(value))
    get_settings.cache_clear()


def name_of(file: StoredFile) -> str:
    return f"{file.sha256[:2]}/{file.sha256}{file.suffix}"


def has(file: StoredFile) -> bool:
    return library(get_settings()).has(name_of(file), file.sha256, file.bytes)


def on_disk(file: StoredFile) -> Path:
    return asset_folder().path(file.sha256, file.suffix)


def copies() -> set[tuple[str, str]]:
    return {(sha256, store) for sha256, store in rows("select sha256, store from asset_copies")}


def test_files_are_copied_noted_and_not_copied_again(kind: str, plan_reel: Plan) -> None:
    files = finish_reel(plan_reel, "Three hearts")

    keep_in_library(files)
    keep_in_library(files)

    assert all(has(file) for file in files.values())
    store = library(get_settings()).name
    assert copies() == {(file.sha256, store) for file in files.values()}


def test_a_lost_disk_loses_no_finished_reel(kind: str, plan_reel: Plan) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    keep_in_library(files)
    before = {role: on_disk(file).read_bytes() for role, file in files.items()}
    shutil.rmtree(asset_folder().root)

    found = {role: local_path(file) for role, file in files.items()}

    assert {role: path.read_bytes() for role, path in found.items()} == before
    assert found == {role: on_disk(file) for role, file in files.items()}


def test_a_file_that_was_cut_short_on_the_disk_is_fetched_back(kind: str, plan_reel: Plan) -> None:
    video = finish_reel(plan_reel, "Three hearts")["reel"]
    keep_in_library({"reel": video})
    whole = on_disk(video).read_bytes()
    on_disk(video).write_bytes(whole[:-1])

    assert local_path(video).read_bytes() == whole


def test_a_file_that_is_there_needs_no_library(
    house: Settings, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = finish_reel(plan_reel, "Three hearts")["reel"]
    change(monkeypatch, storage="tape")

    assert local_path(video) == on_disk(video)
    with pytest.raises(ConfigError, match="tape"):
        keep_in_library({"reel": video})


def test_what_is_nowhere_is_told(house: Settings, plan_reel: Plan) -> None:
    video = finish_reel(plan_reel, "Three hearts")["reel"]
    on_disk(video).unlink()

    with pytest.raises(StorageError, match="neither on this disk nor in the library"):
        local_path(video)


def test_a_damaged_copy_in_the_library_is_never_used(house: Settings, plan_reel: Plan) -> None:
    video = finish_reel(plan_reel, "Three hearts")["reel"]
    keep_in_library({"reel": video})
    stored = house.home / "library" / name_of(video)
    stored.write_bytes(b"!" * video.bytes)
    on_disk(video).unlink()

    with pytest.raises(StorageError, match="damaged"):
        local_path(video)
    assert not on_disk(video).exists()


def test_nothing_is_noted_before_it_was_seen_whole(
    house: Settings, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    with FakeBucket() as bucket:
        change(monkeypatch, storage="s3", **bucket.environment())
        bucket.is_damaging = True
        with pytest.raises(StorageError, match="arrived damaged"):
            keep_in_library(files)
        bucket.is_damaging = False
        bucket.refuse_next("GET", 503, "SlowDown")
        with pytest.raises(StoreUnreachable):
            keep_in_library(files)
        assert copies() == set()

        bucket.refuse_next("", 0, "")
        keep_in_library(files)

        assert len(copies()) == len(files) == len(bucket.objects())


def test_a_file_in_the_former_library_is_found_there(
    kind: str, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = finish_reel(plan_reel, "Three hearts")["reel"]
    keep_in_library({"reel": video})
    on_disk(video).unlink()
    change(monkeypatch, storage={"folder": "s3", "s3": "folder"}[kind], s3_bucket="reels-of-tests")
    if kind == "folder":
        change(monkeypatch, s3_endpoint="http://127.0.0.1:9", s3_access_key_id="fake-key-1")
        change(monkeypatch, s3_secret_access_key="fake-key-2")

    assert local_path(video).stat().st_size == video.bytes


def test_a_public_link_is_given_for_what_is_in_the_library(
    kind: str, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = finish_reel(plan_reel, "Three hearts")["reel"]
    with pytest.raises(StorageError, match="not in the library") as caught:
        public_url(video, 60)
    assert f"move --to {kind}" in caught.value.remedy
    keep_in_library({"reel": video})
    change(monkeypatch, storage_public_url="https://media.example")

    assert public_url(video, 60) == f"https://media.example/{name_of(video)}"


def test_the_library_may_not_be_the_folder_in_which_everything_is_made(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, storage_dir=house.home / "assets")

    with pytest.raises(ConfigError, match="everything is made"):
        library(get_settings())


def test_without_retention_nothing_goes(kind: str, plan_reel: Plan) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    keep_in_library(files)
    let_files_age(timedelta(days=1000))

    assert sweep_library() == Swept()
    assert all(on_disk(file).exists() and has(file) for file in files.values())


def test_old_working_files_go_once_they_are_in_the_library(
    kind: str, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, kept = finish_reel(plan_reel, "Old"), finish_reel(plan_reel, "Not in the library")
    keep_in_library(old)
    let_files_age(timedelta(days=8))
    young = finish_reel(plan_reel, "Young")
    keep_in_library(young)
    change(monkeypatch, assets_keep_days=7)

    assert sweep_library() == Swept(local=3)
    assert sweep_library() == Swept()

    assert not [file for file in old.values() if on_disk(file).exists()]
    assert all(on_disk(file).exists() for file in [*young.values(), *kept.values()])
    assert all(local_path(file).exists() for file in old.values())


@pytest.mark.parametrize("state", ["rendered", "ready_to_publish", "publishing"])
def test_files_of_a_reel_that_is_not_published_stay(
    state: str, house: Settings, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = finish_reel(plan_reel, "Three hearts", state)
    keep_in_library(files)
    let_files_age(timedelta(days=8))
    age_library(timedelta(days=8))
    change(monkeypatch, assets_keep_days=7, storage_keep_days=7)

    assert sweep_library() == Swept()


def test_files_of_a_reel_with_an_open_delivery_stay(
    house: Settings, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_in_library(finish_reel(plan_reel, "Three hearts"))
    let_files_age(timedelta(days=8))
    change(monkeypatch, assets_keep_days=7)
    insert = "insert into deliveries (key, kind, subject, account, reel_id, request) select 'post/x/reel-1', 'post', "
    rows(f"{insert}'reel-1', 'x', id, '{{}}' from reels returning key")

    assert sweep_library() == Swept()
    rows("update deliveries set status = 'skipped' returning key")
    assert sweep_library() == Swept(local=3)


def test_a_working_file_whose_copy_is_gone_is_stored_anew_before_it_goes(
    house: Settings, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    keep_in_library(files)
    let_files_age(timedelta(days=8))
    shutil.rmtree(house.home / "library")
    change(monkeypatch, assets_keep_days=7)

    assert sweep_library() == Swept(local=3)
    assert all(has(file) for file in files.values())


def test_old_files_go_from_the_library_and_are_not_missed(
    house: Settings, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = finish_reel(plan_reel, "Old")
    keep_in_library(old)
    let_files_age(timedelta(days=31))
    age_library(timedelta(days=31))
    young = finish_reel(plan_reel, "Young")
    keep_in_library(young)
    change(monkeypatch, storage_keep_days=30)

    assert sweep_library() == Swept(library=3)

    assert {sha256 for sha256, _ in copies()} == {file.sha256 for file in young.values()}
    assert [has(file) for file in [*old.values(), *young.values()]] == [False] * 3 + [True] * 3
    assert list(missing_in(library(get_settings()))) == []


def test_half_written_files_of_dead_processes_are_cleared(house: Settings, plan_reel: Plan) -> None:
    keep_in_library(finish_reel(plan_reel, "Three hearts"))
    left = [next((house.home / place).iterdir()) / ".incoming-abc" for place in ("assets", "library")]
    for path in left:
        path.write_bytes(b"half")
    assert sweep_library() == Swept()
    for path in left:
        os.utime(path, (1, 1))

    assert sweep_library() == Swept(abandoned=2)


def test_only_files_of_finished_reels_are_missing(house: Settings, plan_reel: Plan) -> None:
    finish_reel(plan_reel, "Unfinished", "rendered")
    done = finish_reel(plan_reel, "Done", "ready_to_publish")

    missing = list(missing_in(library(get_settings())))

    assert missing == sorted(done.values(), key=lambda file: file.sha256)


def test_what_is_missing_is_told_in_pages_without_a_gap(
    house: Settings, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [file for number in range(3) for file in finish_reel(plan_reel, f"Reel {number}").values()]
    monkeypatch.setattr("db.storage.list_missing.__defaults__", (0, "", 2))

    assert {file.sha256 for file in missing_in(library(get_settings()))} == {file.sha256 for file in files}


def test_a_file_that_lies_nowhere_does_not_stop_the_others(house: Settings, plan_reel: Plan) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    on_disk(files["cover"]).unlink()
    told: list[tuple[str, str]] = []

    with pytest.raises(StorageError, match=f"1 files lie nowhere whole any more, first {name_of(files['cover'])}"):
        move_library(library(get_settings()), lambda what, file: told.append((what, file.sha256)))

    assert set(told) == {("copied", files["reel"].sha256), ("copied", files["captions_vtt"].sha256)}


def age_library(by: timedelta) -> None:
    for path in (get_settings().home / "library").glob("*/*"):
        moment = path.stat().st_mtime - by.total_seconds()
        os.utime(path, (moment, moment))
