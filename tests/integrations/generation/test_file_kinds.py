from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from core.errors import UnexpectedReply
from integrations.generation.file_kinds import clip_of, kind_of, picture_of

MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"


def encoded(form: str, size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(out, form)
    return out.getvalue()


def raw_file(folder: Path, data: bytes) -> Path:
    path = folder / "answer.part"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("form", "suffix"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp")])
def test_a_picture_is_named_after_its_content(tmp_path: Path, form: str, suffix: str) -> None:
    named = picture_of(raw_file(tmp_path, encoded(form)), "comfyui")

    assert named == tmp_path / f"picture{suffix}"
    assert named.is_file()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        MP4,
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        encoded("PNG", (64, 64))[:200],
        encoded("JPEG", (64, 64))[:-200],
        b"\x89PNG\r\n\x1a\n" + bytes(64),
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + b"\x00\x0f\xff\xff" * 2 + b"\x08\x02\x00\x00\x00" + bytes(4),
    ],
    ids=["empty", "a page", "a clip", "a gif", "half a png", "half a jpeg", "damaged", "a bomb"],
)
def test_what_is_no_whole_picture_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="What came is no"):
        picture_of(raw_file(tmp_path, data), "comfyui")


def test_a_clip_is_an_mp4(tmp_path: Path) -> None:
    assert clip_of(raw_file(tmp_path, MP4), "kie") == tmp_path / "clip.mp4"
    for data in (encoded("PNG"), b"", b"\x1aE\xdf\xa3webm"):
        with pytest.raises(UnexpectedReply, match="no MP4 clip"):
            clip_of(raw_file(tmp_path, data), "kie")


@pytest.mark.parametrize(
    ("data", "suffix", "media_type"),
    [
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", ".wav", "audio/wav"),
        (b"ID3\x04", ".mp3", "audio/mpeg"),
        (b"fLaC\x00", ".flac", "audio/flac"),
        (b"OggS\x00", ".ogg", "audio/ogg"),
        (b"\xff\xfb\x90\x64", ".mp3", "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypM4A ", ".m4a", "audio/mp4"),
        (MP4, ".mp4", "video/mp4"),
        (encoded("WEBP"), ".webp", "image/webp"),
    ],
)
def test_a_file_is_told_by_its_first_bytes(tmp_path: Path, data: bytes, suffix: str, media_type: str) -> None:
    assert kind_of(raw_file(tmp_path, data)) == (suffix, media_type)
