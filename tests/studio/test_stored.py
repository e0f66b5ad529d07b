"""Stored files at the studio: by their hash, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from core.settings import Settings
from integrations.storage import library
from studio.app import create_app

VIDEO = bytes(range(256)) * 40
SHA = hashlib.sha256(VIDEO).hexdigest()
NAME = f"{SHA[:2]}/{SHA}.mp4"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, reelwright_home=tmp_path / "var", studio_url="http://testserver")  # type: ignore[call-arg]


@pytest.fixture
def link(settings: Settings, tmp_path: Path) -> str:
    """The link that the library gives for a video in it."""
    source = tmp_path / "reel.mp4"
    source.write_bytes(VIDEO)
    store = library(settings)
    store.put(source, NAME, SHA)
    return store.url(NAME, None)


def test_the_link_of_the_library_leads_to_the_bytes_and_to_any_part_of_them(settings: Settings, link: str) -> None:
    with TestClient(create_app(settings)) as world:
        whole = world.get(link)
        part = world.get(link, headers={"Range": "bytes=100-199"})

    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, VIDEO, "video/mp4")
    assert (part.status_code, part.content) == (206, VIDEO[100:200])
    assert whole.headers["cross-origin-resource-policy"] == "cross-origin", "the Prefect UI shows pictures from here"
    assert whole.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        f"/media/00/{SHA}.mp4", f"/media/{SHA[:2]}/{SHA}", f"/media/{SHA[:2]}/{SHA}.exe", f"/media/{SHA}.mp4",
        "/media/../master.key", "/media/..%2Fmaster.key", f"/media/{SHA[:2]}/", "/media/",
    ],
)  # fmt: skip
def test_nothing_else_is_shown(settings: Settings, link: str, path: str) -> None:
    (settings.home / "master.key").write_text("secret")
    with TestClient(create_app(settings)) as world:
        assert world.get(path).status_code == 404


def test_a_link_in_the_folder_is_not_followed(settings: Settings, link: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    other = "0" * 64
    (settings.library_folder / "00").mkdir()
    (settings.library_folder / "00" / f"{other}.mp4").symlink_to(secret)

    with TestClient(create_app(settings)) as world:
        assert world.get(f"/media/00/{other}.mp4").status_code == 404
