"""Turns raw frames into a segment of video, in this process with PyAV, or through the FFmpeg binary without it.

Both write an MP4 without sound and without edit lists, whose first frame is a key frame, so that segments of
one encoder and one profile can be joined without encoding again. Only the render worker imports PyAV: it
brings GPL code (x264) into the process, and what crashes in it must not take a flow along.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import repeat
from pathlib import Path
from types import ModuleType

import ffmpeg as graph
import numpy as np

from core.errors import DiskFull, MediaError, StorageError
from media.ffmpeg import QUIET, run_ffmpeg
from media.profiles import Codec, Profile, encoder_options

logger = logging.getLogger(__name__)

BT709 = 1
"""The number of BT.709 in primaries, transfer and matrix, and of limited range."""
TAGS = {"color_range": "tv", "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}
MOVFLAGS = "+negative_cts_offsets"
PROBE_FRAMES = 8

Frames = Iterable[memoryview]


@cache
def load_pyav() -> ModuleType | None:
    """Return PyAV, or None where it cannot be imported; rendering then goes through the FFmpeg binary."""
    try:
        import av
    except ImportError as exc:
        logger.warning("PyAV cannot be imported (%s); frames are piped through FFmpeg, which is slower", exc)
        return None
    return av


def encode(
    frames: Frames,
    out: Path,
    *,
    size: tuple[int, int],
    fps: int,
    codec: Codec,
    profile: Profile,
    ffmpeg: Path,
    threads: int = 1,
) -> None:
    """Write frames (raw yuv420p in BT.709 limited range) as a segment.

    Raises MediaError when the encoder fails or has not been built in, DiskFull, StorageError.
    """
    options = encoder_options(codec, profile, fps, threads)
    if (av := load_pyav()) is not None:
        _encode_here(av, frames, out, size, fps, codec, options)
    else:
        arguments = pipe_arguments(out, size, fps, codec, options)
        run_ffmpeg(ffmpeg, arguments, time_limit=float(PIPE_SECONDS), frames=frames)


PIPE_SECONDS = 3600
"""Time limit of one piped segment; the whole render has its own, shorter one."""


def works(codec: Codec, *, size: tuple[int, int], fps: int, profile: Profile, folder: Path, ffmpeg: Path) -> bool:
    """Find out by a real encode of a few frames whether an encoder works on this machine."""
    out = folder / f"probe-{codec}.mp4"
    grey = memoryview(bytes([128]) * (size[0] * size[1] * 3 // 2))
    try:
        encode(repeat(grey, PROBE_FRAMES), out, size=size, fps=fps, codec=codec, profile=profile, ffmpeg=ffmpeg)
    except MediaError as exc:
        logger.info("the encoder %s does not work here: %s", codec, exc.message)
        return False
    return out.stat().st_size > 0


def pipe_arguments(out: Path, size: tuple[int, int], fps: int, codec: Codec, options: Mapping[str, str]) -> list[str]:
    """Return FFmpeg's arguments that encode raw frames from its standard input. Pure."""
    raw = graph.input("pipe:0", f="rawvideo", pix_fmt="yuv420p", s=f"{size[0]}x{size[1]}", framerate=fps, **TAGS)
    output = graph.output(
        raw.video, str(out), vcodec=codec, pix_fmt="yuv420p", **_qualified(options), **TAGS,
        fflags="+bitexact", **{"flags:v": "+bitexact"}, map_metadata=-1, movflags=MOVFLAGS, use_editlist=0, f="mp4",
    )  # fmt: skip
    return [*QUIET, "-y", *output.get_args()]


def _qualified(options: Mapping[str, str]) -> dict[str, str]:
    """Say of the one option whose name the container uses too that the picture's is meant."""
    return {("profile:v" if key == "profile" else key): value for key, value in options.items()}


def _encode_here(
    av: ModuleType, frames: Frames, out: Path, size: tuple[int, int], fps: int, codec: Codec, options: dict[str, str]
) -> None:
    try:
        with av.open(
            str(out), "w", format="mp4", options={"movflags": MOVFLAGS, "use_editlist": "0", "fflags": "+bitexact"}
        ) as file:
            stream = file.add_stream(codec, rate=fps, options=options)
            context = stream.codec_context
            context.width, context.height, context.pix_fmt = *size, "yuv420p"
            context.color_range = context.colorspace = context.color_primaries = context.color_trc = BT709
            context.flags |= av.codec.context.Flags.bitexact
            for picture in _wrapped(av, frames, size, fps):
                file.mux(stream.encode(picture))
            file.mux(stream.encode(None))
    except MemoryError:
        raise
    except av.codec.codec.UnknownCodecError as exc:
        raise MediaError(f"The encoder {codec} is not built in.") from exc
    except av.error.FFmpegError as exc:
        raise _failure(exc, codec, out) from exc
    except OSError as exc:
        raise StorageError(f"The segment could not be written to {out} ({exc.strerror or exc}).") from exc


def _wrapped(av: ModuleType, frames: Frames, size: tuple[int, int], fps: int) -> Iterator[object]:
    """Lend each frame to the encoder without a copy; it takes what it needs before the next is drawn."""
    rate = Fraction(1, fps)
    for number, raw in enumerate(frames):
        flat = np.frombuffer(raw, dtype=np.uint8).reshape(size[1] * 3 // 2, size[0])
        picture = av.VideoFrame.from_numpy_buffer(flat, "yuv420p")
        picture.pts, picture.time_base = number, rate
        yield picture


def _failure(exc: Exception, codec: Codec, out: Path) -> MediaError | StorageError:
    if getattr(exc, "errno", None) == errno.ENOSPC:
        return DiskFull(f"The disk that holds {out.parent} is full.")
    return MediaError(
        f"The encoder {codec} failed ({exc}).",
        remedy="Rerun from the render step; with VIDEO_ENCODER=libx264 no hardware is used.",
    )
