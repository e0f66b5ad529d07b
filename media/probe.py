"""Reads from an MP4 file what its index says about it, without a second program.

Only the index is believed; whether the pictures can be decoded is for `checks.py` to find out.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadMedia
from core.models import Value
from media.boxes import child, children, read_payload, top_boxes
from media.codec_headers import UNKNOWN, Colours, Picture, Sound, decoder_config, name_colours, read_aac, read_avc
from media.tracks import Track, read_times, read_track, sample_entry

VIDEO_CODECS = {"avc1": "h264", "avc3": "h264", "hvc1": "hevc", "hev1": "hevc", "av01": "av1", "vp09": "vp9"}
AUDIO_CODECS = {"mp4a": "aac", "Opus": "opus", "ac-3": "ac3", "ec-3": "eac3", "fLaC": "flac", ".mp3": "mp3"}
MP4A_KINDS = {0x40: "aac", 0x66: "aac", 0x67: "aac", 0x68: "aac", 0x69: "mp3", 0x6B: "mp3"}
"""Object type indications of MP4 sound."""
SOUND_ENTRY = {0: 28, 1: 44, 2: 64}
"""Bytes before the boxes of a sound entry; QuickTime has two longer versions."""


class VideoInfo(Value):
    """The first video track. Names are FFmpeg's; times are seconds, rates per second."""

    codec: str
    profile: str
    pixel_format: str
    width: int
    height: int
    frames: int
    fps: float
    has_constant_rate: bool
    primaries: str
    transfer: str
    matrix: str
    full_range: bool | None
    start: float
    seconds: float
    bit_rate: int
    has_closed_gops: bool
    longest_gop: float


class AudioInfo(Value):
    """The first sound track. `bit_rate` is bits per second as they lie in the file."""

    codec: str
    profile: str
    sample_rate: int
    channels: int
    seconds: float
    bit_rate: int


class MediaInfo(Value):
    """An MP4 file: how it is built, its first video and its first sound track."""

    brand: str
    is_moov_first: bool
    edit_lists: int
    seconds: float
    bytes: int
    video: VideoInfo | None
    audio: AudioInfo | None


def probe(path: Path) -> MediaInfo:
    """Return the facts of an MP4 file.

    Raises BadMedia, saying what is wrong, for a file that is missing, empty, cut off, not MP4, or whose index
    is broken or fragmented.
    """
    try:
        return _probe(path)
    except BadMedia as exc:
        raise BadMedia(f"{path.name}: {exc.message}", remedy=exc.remedy) from exc
    except (struct.error, IndexError) as exc:
        raise BadMedia(f"{path.name}: It has a broken index; a table ends too early.") from exc


def _probe(path: Path) -> MediaInfo:
    boxes = top_boxes(path)
    kinds = [box.kind for box in boxes]
    for needed, meaning in (("moov", "its index"), ("mdat", "its pictures and sound")):
        if needed not in kinds:
            raise BadMedia(f"It has no {needed} box ({meaning}): it was not finished, or is no MP4.")
    brand = bytes(read_payload(path, boxes[kinds.index("ftyp")])[:4]) if "ftyp" in kinds else b""
    moov = read_payload(path, boxes[kinds.index("moov")])
    header = child(moov, "mvhd")
    timescale, duration = read_times(header) if header is not None else (0, 0)
    tracks = [content for kind, content in children(moov) if kind == "trak"]
    media = [read_track(track) for track in tracks]
    video = next((_video(track) for track in media if track.kind == "vide"), None)
    audio = next((_audio(track) for track in media if track.kind == "soun"), None)
    return MediaInfo(
        brand=brand.decode("latin-1").strip(),
        is_moov_first=kinds.index("moov") < kinds.index("mdat"),
        edit_lists=sum(child(track, "edts", "elst") is not None for track in tracks),
        seconds=duration / timescale if timescale else 0.0,
        bytes=sum(box.size for box in boxes),
        video=video,
        audio=audio,
    )


def _video(track: Track) -> VideoInfo:
    name, entry = sample_entry(track)
    width, height = struct.unpack_from(">HH", entry, 24)
    inside = dict(children(entry, 78))
    picture = Picture("", UNKNOWN, Colours())
    if "avcC" in inside and VIDEO_CODECS.get(name) == "h264":
        picture = read_avc(bytes(inside["avcC"]))
    colours = _colours(inside.get("colr")) or picture.colours
    frames, seconds = len(track.deltas), int(track.deltas.sum()) / track.timescale
    first = int(track.shown.min()) if frames else 0
    return VideoInfo(
        codec=VIDEO_CODECS.get(name, name),
        profile=picture.profile,
        pixel_format=picture.pixel_format,
        width=width,
        height=height,
        frames=frames,
        fps=frames / seconds if seconds else 0.0,
        has_constant_rate=frames > 0 and bool((track.deltas == track.deltas[0]).all()),
        primaries=colours.primaries,
        transfer=colours.transfer,
        matrix=colours.matrix,
        full_range=colours.full_range,
        start=(first - track.edit_start) / track.timescale,
        seconds=seconds,
        bit_rate=round(track.size * 8 / seconds) if seconds else 0,
        **_gops(track),
    )


def _audio(track: Track) -> AudioInfo:
    name, entry = sample_entry(track)
    channels = struct.unpack_from(">H", entry, 16)[0]
    rate = struct.unpack_from(">I", entry, 24)[0] >> 16
    codec, sound = AUDIO_CODECS.get(name, name), Sound("", rate, channels)
    inside = dict(children(entry, SOUND_ENTRY.get(struct.unpack_from(">H", entry, 8)[0], 28)))
    esds = inside.get("esds") or child(inside.get("wave", entry[:0]), "esds")
    if name == "mp4a" and esds is not None:
        kind, config = decoder_config(bytes(esds[4:]))
        codec = MP4A_KINDS.get(kind, f"mp4a object {kind}")
        sound = read_aac(config) if codec == "aac" and config else sound
    seconds = int(track.deltas.sum()) / track.timescale
    return AudioInfo(
        codec=codec,
        profile=sound.profile,
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        seconds=seconds,
        bit_rate=round(track.size * 8 / seconds) if seconds else 0,
    )


def _gops(track: Track) -> dict[str, Any]:
    """Say how far apart key frames are, and whether nothing after one is shown before it."""
    if not len(track.starts):
        return {"has_closed_gops": False, "longest_gop": 0.0}
    earliest_after = np.minimum.accumulate(track.shown[::-1])[::-1]
    closed = bool((earliest_after[track.starts] == track.shown[track.starts]).all())
    times = [*track.shown[track.starts].tolist(), int((track.shown + track.deltas).max())]
    longest = max(after - before for before, after in pairwise(times)) / track.timescale
    return {"has_closed_gops": closed, "longest_gop": longest}


def _colours(box: memoryview | None) -> Colours | None:
    if box is None or bytes(box[:4]) not in (b"nclx", b"nclc"):
        return None
    primaries, transfer, matrix = struct.unpack_from(">HHH", box, 4)
    full_range = bool(box[10] & 0x80) if bytes(box[:4]) == b"nclx" else None
    return name_colours(primaries, transfer, matrix, full_range)
