"""Plays a finished reel once from end to end and keeps what the checks look at.

One pass of FFmpeg decodes everything. It leaves behind: samples of every frame (a hundredth of its pixels, which
cost nothing beside decoding), a few frames whole, the sound, and what its meters and the decoder said.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import ffmpeg as graph
import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError
from media.ffmpeg import run_ffmpeg
from media.loudness import Loudness, Stream, arguments, meter, read_meter
from media.probe import MediaInfo, VideoInfo
from media.sound import SAMPLE_RATE

SMALL = (90, 160)
"""Columns and rows of the samples of a frame: every twelfth pixel each way, as it is, not an average. So what moves
by a fraction of a pixel still changes them."""
SILENT_SECONDS, SILENT_DB = 1.5, -50
FAULTS = ("[error]", "[fatal]", "orrupt decoded frame", "concealing ")
"""What FFmpeg prints when it could not decode something, even if it goes on."""
RAW = {"format": "rawvideo", "fps_mode": "passthrough"}

Bytes = NDArray[np.uint8]


class Span(NamedTuple):
    """A stretch of a reel in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def _nothing() -> Bytes:
    return np.zeros((0, SMALL[1], SMALL[0]), np.uint8)


def _hush() -> NDArray[np.int16]:
    return np.zeros((0, 2), np.int16)


@dataclass(frozen=True)
class Playback:
    """What playing a reel showed.

    `faults` are FFmpeg's own words about what it could not decode. `small` is the luma of every frame in samples
    (frames, 160, 90); `stills` is the whole luma (height, width) of the frames that were asked for, as far as the
    reel has them; luma is in limited range. `sound` is 16-bit stereo at 48 kHz (samples, 2).
    """

    faults: tuple[str, ...] = ()
    silent: tuple[Span, ...] = ()
    loudness: Loudness | None = None
    small: Bytes = field(default_factory=_nothing)
    stills: Mapping[int, Bytes] = field(default_factory=dict)
    sound: NDArray[np.int16] = field(default_factory=_hush)


def play(reel: Path, info: MediaInfo, moments: Sequence[int], *, ffmpeg: Path, time_limit: float) -> Playback:
    """Decode every frame and sample of a reel once, keeping the frames `moments` whole.

    A reel that cannot be decoded is a fault, not an error. Raises DiskFull when the temporary folder is, and
    MediaError when FFmpeg takes longer than `time_limit` seconds.
    """
    moments = sorted(set(moments))
    with tempfile.TemporaryDirectory(prefix="reelwright-check-") as name:
        folder = Path(name)
        try:
            said = run_ffmpeg(ffmpeg, play_graph(reel, info, moments, folder), time_limit=time_limit)
        except MediaError as exc:
            if exc.exit_code is None:
                raise
            lines = exc.last_lines.strip().splitlines()
            return Playback(faults=(lines[-1] if lines else "FFmpeg gave up",))
        return Playback(
            faults=tuple(line for line in said.splitlines() if any(mark in line for mark in FAULTS)),
            silent=_silences(said, info.audio.seconds) if info.audio else (),
            loudness=read_meter(said, "reel") if info.audio else None,
            small=_frames(folder / "small.raw", *SMALL) if info.video else _nothing(),
            stills=_stills(folder / "stills.raw", info.video, moments) if info.video and moments else {},
            sound=np.fromfile(folder / "sound.raw", "<i2").reshape(-1, 2) if info.audio else _hush(),
        )


def play_graph(reel: Path, info: MediaInfo, moments: Sequence[int], folder: Path) -> list[str]:
    """Return FFmpeg's arguments for the one pass over a reel."""
    source = graph.input(str(reel), protocol_whitelist="file")
    outputs = []
    if info.video is not None:
        pictures = source.video.split()
        small = _luma(pictures[0].filter("scale", *SMALL, flags="neighbor"))
        outputs.append(graph.output(small, str(folder / "small.raw"), **RAW))
        if moments:
            whole = pictures[1].filter("select", "+".join(f"eq(n,{frame})" for frame in moments))
            outputs.append(graph.output(_luma(whole), str(folder / "stills.raw"), **RAW))
    if info.audio is not None:
        sounds = source.audio.asplit()
        metered = meter(sounds[0], "reel")
        metered = metered.filter("silencedetect", noise=f"{SILENT_DB}dB", duration=SILENT_SECONDS)
        outputs.append(graph.output(metered, "-", format="null"))
        outputs.append(graph.output(sounds[1], str(folder / "sound.raw"), format="s16le", ar=SAMPLE_RATE, ac=2))
    return arguments(graph.merge_outputs(*outputs))


def _luma(picture: Stream) -> Stream:
    """Return the luma as it was coded: a conversion to grey would stretch its range."""
    return picture.filter("format", "yuv420p").filter("extractplanes", "y").filter("format", "gray")


def _frames(path: Path, width: int, height: int) -> Bytes:
    flat = np.fromfile(path, np.uint8)
    whole = len(flat) // (width * height) * width * height
    return flat[:whole].reshape(-1, height, width)


def _stills(path: Path, video: VideoInfo, moments: Sequence[int]) -> dict[int, Bytes]:
    return dict(zip(moments, _frames(path, video.width, video.height), strict=False))


def _silences(said: str, last: float) -> tuple[Span, ...]:
    """Pair the starts and ends the detector printed; a silence that did not end lasts until the end."""
    starts, ends = (
        [float(number) for number in re.findall(rf"silence_{edge}: *(-?[\d.]+)", said)] for edge in ("start", "end")
    )
    ends += [last] * (len(starts) - len(ends))
    return tuple(Span(max(0.0, first), final) for first, final in zip(starts, ends, strict=False))
