"""A bucket: equal parts, few of them in memory, nothing sent twice, and every refusal told as one of ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.bucket import KEY, SECRET, FakeBucket
from pydantic import SecretStr

from core.errors import ConfigError, FactoryError, StorageError
from core.settings import ROOT, Settings
from integrations.storage import find_store, s3
from integrations.storage.base import LibraryOptions, StoreUnreachable, name_of
from integrations.storage.folder import digest
from integrations.storage.s3 import S3Bucket

MIB = 1 << 20
SMALL = b"WEBVTT\n\n00:00.000 --> 00:01.000\nThree hearts\n"

UPLOAD = """
import json, re, sys
from pathlib import Path
from pydantic import SecretStr
from integrations.storage.base import LibraryOptions
from integrations.storage.s3 import S3Bucket

told = json.loads(sys.argv[1])
keys = {name: SecretStr(told.pop(name)) for name in ("access_key_id", "secret_access_key")}
source, name, sha256 = Path(told.pop("source")), told.pop("name"), told.pop("sha256")
store = S3Bucket(LibraryOptions(folder=Path("unused"), **keys, **told))
store.has(name, sha256, 1)
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
before = peak()
store.put(source, name, sha256)
middle = peak()
store.get(name, source.with_name("back.mp4"))
print(json.dumps({"put": middle - before, "get": peak() - before}))
"""
"""Prints by how many KiB the memory of a process grew at its peak."""


KILLED = """
import os, signal
from integrations.storage import s3

parts, real = [], s3.connect

def count(**_):
    parts.append(1)
    if len(parts) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

def connect(options):
    client = real(options)
    client.meta.events.register("before-send.s3.UploadPart", count)
    return client

s3.connect = connect
"""
"""Kills the process before its third part is sent."""


@pytest.fixture
def bucket() -> Iterator[FakeBucket]:
    with FakeBucket() as running:
        yield running


def options(bucket: FakeBucket, /, **changes: Any) -> LibraryOptions:
    settings = {name.lower(): value for name, value in bucket.environment().items()}
    return replace(LibraryOptions.of(Settings(storage="s3", **settings)), **changes)


def stored(tmp_path: Path, content: bytes, suffix: str = ".vtt") -> tuple[Path, str, str]:
    """Return a file of these bytes, its name in the library and its SHA-256."""
    path = tmp_path / f"source{suffix}"
    path.write_bytes(content)
    sha256, _ = digest(path)
    return path, name_of(sha256, suffix), sha256


def test_a_long_file_goes_up_in_equal_parts(bucket: FakeBucket, tmp_path: Path) -> None:
    path, name, sha256 = stored(tmp_path, os.urandom(17 * MIB + 321), ".mp4")
    store = S3Bucket(options(bucket, part_mib=5))

    store.put(path, name, sha256)

    assert bucket.part_sizes() == [5 * MIB, 5 * MIB, 5 * MIB, 2 * MIB + 321]
    assert store.has(name, sha256, 17 * MIB + 321)


def test_what_is_there_is_not_sent_again(bucket: FakeBucket, tmp_path: Path) -> None:
    path, name, sha256 = stored(tmp_path, SMALL)
    store = S3Bucket(options(bucket))
    store.put(path, name, sha256)
    assert [call.size for call in bucket.sent("PUT", "POST")] == [len(SMALL)]

    store.put(path, name, sha256)

    assert bucket.sent("PUT", "POST", "GET") == []


def test_a_file_under_our_name_with_other_bytes_is_replaced(bucket: FakeBucket, tmp_path: Path) -> None:
    path, name, sha256 = stored(tmp_path, SMALL)
    bucket.client.put_object(Bucket=bucket.name, Key=name, Body=b"something else")

    S3Bucket(options(bucket)).put(path, name, sha256)

    assert bucket.objects() == {name: SMALL}


def test_a_file_says_what_it_is_and_that_it_never_changes(bucket: FakeBucket, tmp_path: Path) -> None:
    path, name, sha256 = stored(tmp_path, SMALL)

    S3Bucket(options(bucket)).put(path, name, sha256)

    head = bucket.client.head_object(Bucket=bucket.name, Key=name)
    assert head["ContentType"] == "text/vtt"
    assert "immutable" in head["CacheControl"]
    assert head["Metadata"] == {"sha256": sha256}


def test_damage_on_the_way_is_noticed_and_nothing_damaged_stays(bucket: FakeBucket, tmp_path: Path) -> None:
    path, name, sha256 = stored(tmp_path, SMALL)
    bucket.is_damaging = True

    with pytest.raises(StorageError, match="arrived damaged"):
        S3Bucket(options(bucket)).put(path, name, sha256)

    assert bucket.objects() == {}
    bucket.is_damaging = False
    S3Bucket(options(bucket)).put(path, name, sha256)
    assert bucket.objects() == {name: SMALL}


@pytest.mark.parametrize("prefix", ["reels", "/reels/"])
def test_a_prefix_keeps_our_files_apart(bucket: FakeBucket, tmp_path: Path, prefix: str) -> None:
    path, name, sha256 = stored(tmp_path, SMALL)
    store = S3Bucket(options(bucket, prefix=prefix, public_url="https://media.example"))

    store.put(path, name, sha256)

    assert list(bucket.objects()) == [f"reels/{name}"]
    assert store.url(name, None) == f"https://media.example/reels/{name}"


def test_a_presigned_link_lasts_seven_days_at_most(bucket: FakeBucket) -> None:
    store = S3Bucket(options(bucket))
    name = name_of("a" * 64, ".mp4")

    assert "X-Amz-Expires=604800" in store.url(name, None)
    with pytest.raises(ConfigError, match="7 days"):
        store.url(name, 604801)


REFUSALS = {
    (404, "NoSuchBucket"): ConfigError,
    (401, "Unauthorized"): ConfigError,
    (403, "AccessDenied"): ConfigError,
    (403, "SignatureDoesNotMatch"): ConfigError,
    (400, "AuthorizationHeaderMalformed"): ConfigError,
    (429, "TooManyRequests"): StoreUnreachable,
    (500, "InternalError"): StoreUnreachable,
    (503, "SlowDown"): StoreUnreachable,
    (400, "EntityTooLarge"): StorageError,
}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal[0]}-{refusal[1]}")
def test_a_refusal_says_what_to_do_and_never_shows_a_key(
    refusal: tuple[int, str], bucket: FakeBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    path, name, sha256 = stored(tmp_path, SMALL)
    bucket.refuse_next("PUT", *refusal)

    with pytest.raises(FactoryError) as caught:
        S3Bucket(options(bucket)).put(path, name, sha256)

    assert type(caught.value) is REFUSALS[refusal]
    assert caught.value.retryable == (REFUSALS[refusal] is StoreUnreachable)
    assert SECRET not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_refused_part_leaves_no_upload_behind(
    bucket: FakeBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    path, name, sha256 = stored(tmp_path, bytes(6 * MIB), ".mp4")
    bucket.refuse_next("PUT", 503, "SlowDown")

    with pytest.raises(StoreUnreachable):
        S3Bucket(options(bucket, part_mib=5)).put(path, name, sha256)

    assert "Uploads" not in bucket.client.list_multipart_uploads(Bucket=bucket.name)


def test_an_unknown_key_is_a_wrong_setting(bucket: FakeBucket) -> None:
    with pytest.raises(ConfigError, match="does not accept the keys") as caught:
        S3Bucket(options(bucket, access_key_id=SecretStr("fake-key-id-2"))).has(name_of("a" * 64, ".mp4"), "a" * 64, 1)

    assert "S3_ACCESS_KEY_ID" in caught.value.remedy


def test_a_bucket_that_is_not_there_is_a_wrong_setting(bucket: FakeBucket, tmp_path: Path) -> None:
    path, name, sha256 = stored(tmp_path, SMALL)
    store = S3Bucket(options(bucket, bucket="another-bucket"))

    with pytest.raises(ConfigError, match="There is no bucket"):
        store.put(path, name, sha256)
    with pytest.raises(ConfigError, match="There is no bucket"):
        store.get(name, tmp_path / "back")
    with pytest.raises(ConfigError, match="There is no bucket"):
        store.prepare_bucket()


def test_an_endpoint_where_nobody_listens_may_be_tried_again(
    bucket: FakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    store = S3Bucket(options(bucket, endpoint="http://127.0.0.1:9"))

    with pytest.raises(StoreUnreachable, match="gives no answer"):
        store.has(name_of("a" * 64, ".mp4"), "a" * 64, 1)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"bucket": ""}, "S3_BUCKET"),
        ({"bucket": "Reels_1"}, "S3_BUCKET"),
        ({"access_key_id": None}, "S3_ACCESS_KEY_ID"),
        ({"secret_access_key": None}, "S3_SECRET_ACCESS_KEY"),
        ({"endpoint": "account.r2.example"}, "r2.cloudflarestorage.com"),
        ({"endpoint": "https://account.r2.example/reels"}, "without the bucket"),
        ({"endpoint": None}, "S3_REGION"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_right_are_told_before_anything_is_sent(
    changes: dict[str, Any], word: str, bucket: FakeBucket
) -> None:
    with pytest.raises(ConfigError) as caught:
        S3Bucket(options(bucket, **changes))

    assert word in str(caught.value)
    assert bucket.calls == []


def test_files_in_another_bucket_are_not_looked_for_in_this_one(bucket: FakeBucket) -> None:
    settings = Settings(**{name.lower(): value for name, value in bucket.environment().items()})

    with pytest.raises(ConfigError, match="'s3:other-bucket'"):
        find_store("s3:other-bucket", settings)


def test_the_bucket_aborts_what_is_left_half_way_and_keeps_the_rules_of_others(bucket: FakeBucket) -> None:
    theirs = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}
    bucket.client.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration={"Rules": [theirs]})
    store = S3Bucket(options(bucket, prefix="reels"))

    store.prepare_bucket(expire_days=30)
    assert {rule["ID"]: rule.get("Expiration") for rule in rules(bucket)} == {
        "logs": {"Days": 3}, "reelwright-abandoned": None, "reelwright-expiry": {"Days": 30},
    }  # fmt: skip
    store.prepare_bucket()

    ours = {rule["ID"]: rule for rule in rules(bucket)}
    assert set(ours) == {"logs", "reelwright-abandoned"}
    assert ours["reelwright-abandoned"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert ours["reelwright-abandoned"]["Filter"] == {"Prefix": "reels/"}


def rules(bucket: FakeBucket) -> list[dict[str, Any]]:
    return list(bucket.client.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_file_of_300_mb_needs_less_than_64_mb_of_memory(bucket: FakeBucket, tmp_path: Path) -> None:
    path = sparse(tmp_path / "long.mp4", 300)
    sha256, _ = digest(path)

    done = upload(bucket, path)

    assert done.returncode == 0, done.stderr
    grown = json.loads(done.stdout)
    print(f"peak memory grew by {grown} KiB")
    assert grown["get"] < 64 * 1000
    assert len(bucket.part_sizes()) == 18
    assert digest(tmp_path / "back.mp4") == (sha256, 300 * 1000 * 1000)


@pytest.mark.slow
def test_an_upload_that_is_killed_between_its_parts_shows_nothing_and_is_made_again(
    bucket: FakeBucket, tmp_path: Path
) -> None:
    path = sparse(tmp_path / "long.mp4", 80)
    sha256, size = digest(path)
    store = S3Bucket(options(bucket))

    assert upload(bucket, path, KILLED).returncode == -signal.SIGKILL
    assert not store.has(name_of(sha256, ".mp4"), sha256, size)
    assert store.clear_abandoned(timedelta(seconds=-5)) == 1

    assert upload(bucket, path).returncode == 0
    assert store.has(name_of(sha256, ".mp4"), sha256, size)


def sparse(path: Path, megabytes: int) -> Path:
    with path.open("wb") as file:
        file.truncate(megabytes * 1000 * 1000)
    return path


def upload(bucket: FakeBucket, path: Path, prelude: str = "") -> subprocess.CompletedProcess[str]:
    """Put a file into the bucket and get it back, in a process of its own."""
    sha256, _ = digest(path)
    told = {
        "source": str(path), "name": name_of(sha256, ".mp4"), "sha256": sha256, "endpoint": bucket.endpoint,
        "bucket": bucket.name, "access_key_id": KEY, "secret_access_key": SECRET,
    }  # fmt: skip
    command = [sys.executable, "-c", prelude + UPLOAD, json.dumps(told)]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
