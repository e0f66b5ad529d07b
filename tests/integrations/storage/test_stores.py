"""What every store promises, over the folder and over a bucket behind a real server."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.bucket import FakeBucket

from core.errors import ConfigError, StorageError
from core.settings import Settings
from integrations.storage import find_store, library
from integrations.storage.base import LibraryOptions, Store, name_of

VIDEO = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 400
SHA256 = hashlib.sha256(VIDEO).hexdigest()
NAME = name_of(SHA256, ".mp4")
LONG_AGO, SINCE_EVER = timedelta(days=1), timedelta(seconds=-5)


class Place:
    """A store with a view behind it: what really lies there, and a way to damage it."""

    def __init__(self, settings: Settings, bucket: FakeBucket | None) -> None:
        self.settings, self.bucket = settings, bucket
        self.store: Store = library(settings)

    def contents(self) -> dict[str, bytes]:
        if self.bucket:
            return self.bucket.objects()
        root = LibraryOptions.of(self.settings).folder
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def damage(self, name: str) -> None:
        if self.bucket:
            self.bucket.damage(name)
        else:
            path = LibraryOptions.of(self.settings).folder / name
            path.write_bytes(path.read_bytes()[:-1] + b"!")


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    options: dict[str, Any] = {"reelwright_home": tmp_path, "storage": request.param}
    if request.param == "folder":
        yield Place(Settings(**options), None)
        return
    with FakeBucket() as bucket:
        environment = {name.lower(): value for name, value in bucket.environment().items()}
        yield Place(Settings(**options, **environment), bucket)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "reel.mp4"
    path.write_bytes(VIDEO)
    return path


def test_a_file_goes_in_and_comes_back(place: Place, source: Path, tmp_path: Path) -> None:
    place.store.put(source, NAME, SHA256)
    place.store.get(NAME, tmp_path / "deep" / "back.mp4")

    assert (tmp_path / "deep" / "back.mp4").read_bytes() == VIDEO
    assert place.contents() == {NAME: VIDEO}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["back.mp4"]


def test_a_store_says_what_it_has(place: Place, source: Path) -> None:
    assert not place.store.has(NAME, SHA256, len(VIDEO))

    place.store.put(source, NAME, SHA256)

    assert place.store.has(NAME, SHA256, len(VIDEO))
    assert not place.store.has(NAME, SHA256, len(VIDEO) - 1)
    assert not place.store.has(NAME, "0" * 64, len(VIDEO))


def test_a_source_that_is_not_what_it_should_be_is_not_stored(place: Place, source: Path) -> None:
    source.write_bytes(VIDEO[:-1])

    with pytest.raises(StorageError, match="damaged"):
        place.store.put(source, NAME, SHA256)

    assert place.contents() == {}


def test_a_source_that_is_not_there_is_told(place: Place, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone\.mp4: No such file"):
        place.store.put(tmp_path / "gone.mp4", NAME, SHA256)


def test_damage_in_the_store_is_found_before_the_file_is_used(place: Place, source: Path, tmp_path: Path) -> None:
    place.store.put(source, NAME, SHA256)
    place.damage(NAME)

    with pytest.raises(StorageError, match="damaged"):
        place.store.get(NAME, tmp_path / "back" / "back.mp4")

    assert list((tmp_path / "back").iterdir()) == []


def test_a_file_that_is_not_there_cannot_be_fetched(place: Place, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        place.store.get(NAME, tmp_path / "back.mp4")

    assert not caught.value.retryable
    assert not (tmp_path / "back.mp4").exists()


def test_deleting_twice_is_fine(place: Place, source: Path) -> None:
    place.store.put(source, NAME, SHA256)

    place.store.delete(NAME)
    place.store.delete(NAME)

    assert place.contents() == {}


def test_names_tells_what_is_old_and_ours(place: Place, source: Path, tmp_path: Path) -> None:
    place.store.put(source, NAME, SHA256)
    if place.bucket:
        place.bucket.client.put_object(Bucket=place.bucket.name, Key="holiday/beach.mp4", Body=b"not ours")
    else:
        stranger = tmp_path / "library" / "holiday" / "beach.mp4"
        stranger.parent.mkdir()
        stranger.write_bytes(b"not ours")

    assert list(place.store.names(SINCE_EVER)) == [NAME]
    assert list(place.store.names(LONG_AGO)) == []


def test_an_address_of_ones_own_makes_links_without_an_end(
    place: Place, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = place.settings.model_copy(update={"storage_public_url": "https://media.example/"})

    assert library(settings).url(NAME, 60) == f"https://media.example/{NAME}"
    assert library(settings).url(NAME, None) == f"https://media.example/{NAME}"
    with pytest.raises(ConfigError, match="STORAGE_PUBLIC_URL"):
        library(settings.model_copy(update={"storage_public_url": "media.example"})).url(NAME, None)


def test_a_link_leads_anybody_to_the_bytes_and_to_any_part_of_them(place: Place, source: Path) -> None:
    place.store.put(source, NAME, SHA256)
    if place.bucket is None:
        assert place.store.url(NAME, 60) == f"{place.settings.public_studio_url}/media/{NAME}"
        return
    link = place.store.url(NAME, 60)

    assert httpx.get(link).content == VIDEO
    part = httpx.get(link, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, VIDEO[100:200])
    place.bucket.later = timedelta(seconds=61)
    assert httpx.get(link).status_code == 403


def test_the_name_a_store_has_leads_back_to_it(place: Place) -> None:
    assert find_store(place.store.name, place.settings).name == place.store.name


@pytest.mark.parametrize("name", ["../etc/passwd", "ab/../../secret.mp4", f"00/{SHA256}.mp4", SHA256])
def test_only_names_of_ours_are_fetched(place: Place, name: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no name in the library"):
        place.store.get(name, tmp_path / "back")


def test_what_an_interrupted_copy_left_is_cleared_once_it_is_old(place: Place, source: Path, tmp_path: Path) -> None:
    place.store.put(source, NAME, SHA256)
    if place.bucket:
        place.bucket.client.create_multipart_upload(Bucket=place.bucket.name, Key=NAME)
    else:
        (tmp_path / "library" / NAME[:2] / ".incoming-abc").write_bytes(b"half")

    assert place.store.clear_abandoned(LONG_AGO) == 0
    assert place.store.clear_abandoned(SINCE_EVER) == 1
    assert place.store.clear_abandoned(SINCE_EVER) == 0
    assert place.contents() == {NAME: VIDEO}


def test_there_is_no_store_of_a_kind_nobody_wrote(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no storage 'tape'") as caught:
        library(Settings(storage="tape"))

    assert "folder, s3" in caught.value.remedy


def test_a_stored_file_in_the_folder_is_readable_by_a_web_server_and_not_written_again(
    tmp_path: Path, source: Path
) -> None:
    store = library(Settings(storage_dir=tmp_path / "shown"))
    store.put(source, NAME, SHA256)
    path = tmp_path / "shown" / NAME
    os.utime(path, (1, 1))

    store.put(source, NAME, SHA256)

    assert path.stat().st_mode & 0o777 == 0o644
    assert path.stat().st_mtime == 1


def test_a_damaged_file_in_the_folder_is_replaced(tmp_path: Path, source: Path) -> None:
    store = library(Settings(storage_dir=tmp_path / "shown"))
    store.put(source, NAME, SHA256)
    (tmp_path / "shown" / NAME).write_bytes(b"!" * len(VIDEO))

    store.put(source, NAME, SHA256)

    assert (tmp_path / "shown" / NAME).read_bytes() == VIDEO
