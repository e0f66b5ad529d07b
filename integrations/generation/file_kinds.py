"""What a file truly is, by its first bytes; what a service calls it, or its link, is not believed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PIL import Image

from core.errors import UnexpectedReply


class Kind(NamedTuple):
    """A kind of file: its suffix and its content type."""

    suffix: str
    media_type: str


PNG, JPEG, WEBP = Kind(".png", "image/png"), Kind(".jpg", "image/jpeg"), Kind(".webp", "image/webp")
WAV, MP3, M4A = Kind(".wav", "audio/wav"), Kind(".mp3", "audio/mpeg"), Kind(".m4a", "audio/mp4")
FLAC, OGG = Kind(".flac", "audio/flac"), Kind(".ogg", "audio/ogg")
MP4 = Kind(".mp4", "video/mp4")
PICTURES = frozenset({PNG, JPEG, WEBP})

SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (8, b"WEBP", WEBP),
    (8, b"WAVE", WAV),
    (0, b"ID3", MP3),
    (0, b"\xff\xfb", MP3),
    (0, b"\xff\xf3", MP3),
    (0, b"fLaC", FLAC),
    (0, b"OggS", OGG),
    (4, b"ftypM4A", M4A),
    (4, b"ftyp", MP4),
)
"""Where a file of each kind has which bytes; the first that fits counts."""

BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for a picture that is cut off, damaged or too large to be one."""


def kind_of(path: Path) -> Kind | None:
    """Return what a file is, None when it is nothing that goes into or comes out of a service."""
    with path.open("rb") as file:
        head = file.read(16)
    return next((kind for offset, mark, kind in SIGNATURES if head[offset:].startswith(mark)), None)


def picture_of(raw: Path, service: str) -> Path:
    """Rename what a service drew to `picture` with the suffix of what it is.

    Raises UnexpectedReply when it is no whole PNG, JPEG or WebP picture.
    """
    kind = kind_of(raw)
    if kind is None or kind not in PICTURES:
        raise UnexpectedReply("What came is no PNG, JPEG or WebP picture.", service=service)
    try:
        with Image.open(raw) as picture:
            picture.load()
    except BROKEN as exc:
        raise UnexpectedReply("What came is no whole picture.", service=service, detail=str(exc)) from exc
    return raw.rename(raw.with_name(f"picture{kind.suffix}"))


def clip_of(raw: Path, service: str) -> Path:
    """Rename what a service animated to `clip.mp4`. Raises UnexpectedReply when it is no MP4."""
    if kind_of(raw) != MP4:
        raise UnexpectedReply("What came is no MP4 clip.", service=service)
    return raw.rename(raw.with_name(f"clip{MP4.suffix}"))
