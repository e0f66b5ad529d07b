"""The commands about the library; above all: a move that is killed anywhere goes on and loses and repeats nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fakes.bucket import SECRET, FakeBucket
from finished_reels import finish_reel, rows
from typer.testing import CliRunner, Result

from cli.storage import storage_app
from core.settings import ROOT, Settings, get_settings
from db.generations import StoredFile
from tasks.library import keep_in_library

Plan = Callable[[str], int]

MOVE = """
import os, signal, sys
import tasks.library as library
from cli.storage import storage_app

moment, left = sys.argv.pop(1), int(sys.argv.pop(1))

def killing(real, before):
    def call(*arguments):
        global left
        left -= 1
        if before and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*arguments)
        if not before and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return call

if moment == "before it is noted":
    library.storage.note_copy = killing(library.storage.note_copy, True)
elif moment == "after it is noted":
    library._keep = killing(library._keep, False)
elif moment == "while it is written":
    os.fsync = killing(os.fsync, True)
elif moment == "before it is forgotten":
    library._forget = killing(library._forget, True)
elif moment == "after it is forgotten":
    library._forget = killing(library._forget, False)
storage_app()
"""
"""Runs a command that kills itself at the given moment of the file with the given number."""


@pytest.fixture
def bucket(house: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBucket]:
    """A bucket that the settings lead to, while the folder is in use."""
    with FakeBucket() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        yield running


def run(*arguments: str) -> Result:
    return CliRunner().invoke(storage_app, list(arguments))


def told(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def move_and_die(moment: str, left: int, *arguments: str) -> None:
    command = [sys.executable, "-c", MOVE, moment, str(left), "move", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def copies(store: str) -> int:
    return int(rows(f"select count(*) from asset_copies where store = '{store}'")[0][0])


def names(files: dict[str, StoredFile]) -> set[str]:
    return {f"{file.sha256[:2]}/{file.sha256}{file.suffix}" for file in files.values()}


def in_folder(house: Settings) -> set[str]:
    return {path.relative_to(house.home / "library").as_posix() for path in (house.home / "library").glob("*/*")}


def test_status_tells_where_everything_lies_and_what_is_missing(house: Settings, plan_reel: Plan) -> None:
    assert "Nothing is there yet." in run("status").stdout
    kept, missing = finish_reel(plan_reel, "Kept"), finish_reel(plan_reel, "Missing")
    keep_in_library(kept)

    row = told("status")
    text = run("status").stdout

    assert row["store"] == "folder"
    assert row["place"] == str(house.home / "library")
    size = sum(file.bytes for file in kept.values())
    assert row["stores"] == [{"store": "folder", "files": 3, "bytes": size}]
    assert row["missing"] == {"files": 3, "bytes": sum(file.bytes for file in missing.values())}
    assert "3 files" in text
    assert "reelwright storage move --to folder" in text


def test_status_never_shows_a_key(bucket: FakeBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE", "s3")
    get_settings.cache_clear()

    assert told("status")["store"] == f"s3:{bucket.name}"
    assert SECRET not in run("status").output + run("status", "--json").output


def test_a_move_brings_everything_over_and_says_what_to_set(
    house: Settings, bucket: FakeBucket, plan_reel: Plan
) -> None:
    kept, never_kept = finish_reel(plan_reel, "Kept"), finish_reel(plan_reel, "Never kept")
    keep_in_library(kept)

    done = run("move", "--to", "s3")

    assert done.exit_code == 0, done.output
    assert "6 files were copied" in done.stdout
    assert "STORAGE=s3" in done.stdout
    assert set(bucket.objects()) == names(kept) | names(never_kept)
    assert in_folder(house) == names(kept)
    assert told("move", "--to", "s3") == {
        "store": "s3:reels-of-tests", "copied": 0, "bytes": 0, "dropped": 0, "set": "STORAGE=s3",
    }  # fmt: skip


def test_a_move_works_from_the_library_alone_in_both_directions(
    house: Settings, bucket: FakeBucket, plan_reel: Plan
) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    keep_in_library(files)
    shutil.rmtree(house.home / "assets")

    assert told("move", "--to", "s3", "--drop-old")["dropped"] == 3
    assert in_folder(house) == set()
    shutil.rmtree(house.home / "assets")
    assert told("move", "--to", "folder", "--drop-old") | {"bytes": 0} == {
        "store": "folder", "copied": 3, "bytes": 0, "dropped": 3, "set": None,
    }  # fmt: skip

    assert in_folder(house) == names(files)
    assert bucket.objects() == {}
    assert (copies("folder"), copies("s3:reels-of-tests")) == (3, 0)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before it is noted", "after it is noted"])
def test_a_killed_move_goes_on_where_it_stood(
    moment: str, house: Settings, bucket: FakeBucket, plan_reel: Plan
) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    keep_in_library(files)

    for number, left in enumerate((1, 1, 1) if moment == "after it is noted" else (1, 2, 2), start=1):
        move_and_die(moment, left, "--to", "s3")
        assert len(bucket.objects()) == number
    row = told("move", "--to", "s3")

    assert row["copied"] == (0 if moment == "after it is noted" else 1)
    assert set(bucket.objects()) == names(files)
    assert copies("s3:reels-of-tests") == 3
    assert len(bucket.sent("PUT")) == 3, "nothing was sent twice"


@pytest.mark.slow
def test_a_move_that_is_killed_while_it_writes_leaves_no_half_file_under_a_name(
    house: Settings, plan_reel: Plan
) -> None:
    files = finish_reel(plan_reel, "Three hearts")

    move_and_die("while it is written", 2, "--to", "folder")
    whole = {name for name in in_folder(house) if ".incoming-" not in name}
    assert len(whole) == copies("folder") == 1
    assert len(in_folder(house)) == 2

    assert told("move", "--to", "folder")["copied"] == 2
    assert names(files) <= in_folder(house)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before it is forgotten", "after it is forgotten"])
def test_a_killed_drop_goes_on_and_only_the_old_copies_go(
    moment: str, house: Settings, bucket: FakeBucket, plan_reel: Plan
) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    keep_in_library(files)

    for left in (2, 1):
        move_and_die(moment, left, "--to", "s3", "--drop-old")
        assert set(bucket.objects()) == names(files)
    told("move", "--to", "s3", "--drop-old")

    assert in_folder(house) == set()
    assert (copies("folder"), copies("s3:reels-of-tests")) == (0, 3)
    assert set(bucket.objects()) == names(files)


def test_nothing_old_is_dropped_while_one_file_is_not_in_the_new_storage(
    house: Settings, bucket: FakeBucket, plan_reel: Plan
) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    keep_in_library(files)
    told("move", "--to", "s3")
    gone = max(names(files))
    bucket.client.delete_object(Bucket=bucket.name, Key=gone)

    done = run("move", "--to", "s3", "--drop-old", "--json")

    assert done.exit_code == 1
    assert gone in json.loads(done.stdout)["error"]
    assert in_folder(house) == names(files)
    assert told("move", "--to", "s3", "--drop-old") | {"bytes": 0} == {
        "store": "s3:reels-of-tests", "copied": 1, "bytes": 0, "dropped": 3, "set": "STORAGE=s3",
    }  # fmt: skip


def test_a_move_to_a_bucket_that_is_not_set_up_says_so(house: Settings, plan_reel: Plan) -> None:
    done = run("move", "--to", "s3", "--json")

    assert done.exit_code == 4
    assert "S3_BUCKET" in json.loads(done.stdout)["remedy"]


def test_a_link_leads_to_the_video_of_a_reel(
    bucket: FakeBucket, plan_reel: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = finish_reel(plan_reel, "Three hearts")
    monkeypatch.setenv("STORAGE", "s3")
    get_settings.cache_clear()
    assert run("link", "1").exit_code == 1
    keep_in_library(files)

    row = told("link", "1", "--hours", "2")

    assert row["sha256"] == files["reel"].sha256
    assert len(httpx.get(row["url"]).content) == files["reel"].bytes
    assert "X-Amz-Expires=7200" in row["url"]
    assert run("link", "1").stdout.startswith("http://127.0.0.1")


def test_there_is_no_link_to_what_is_not_finished(house: Settings, plan_reel: Plan) -> None:
    reel_id = plan_reel("Three hearts")

    assert "not finished" in run("link", str(reel_id)).output
    assert run("link", "77").exit_code == 2


def test_the_bucket_is_given_its_rules(bucket: FakeBucket) -> None:
    assert told("prepare", "--expire-days", "30") == {"store": "s3:reels-of-tests", "expire_days": 30}

    found = bucket.client.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"]
    assert {rule["ID"] for rule in found} == {"reelwright-abandoned", "reelwright-expiry"}
