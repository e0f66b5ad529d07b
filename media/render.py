"""Renders a timeline: sound first, then one encode of the composed frames. One generation, one file."""

from __future__ import annotations

import errno
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import ffmpeg as graph
import numpy as np
from PIL import Image

from core.errors import DiskFull, MediaError, StorageError
from core.models import Progress
from media.ffmpeg import QUIET, run_ffmpeg
from media.frames import check_timeline, compose
from media.motion import WORD, Mover, Still, mix, overlay
from media.planes import to_planes
from media.sound import mix as mix_sound
from media.timeline import Timeline

THREADS = 3
"""Fixed, because the number of threads changes the bytes. Three keep two cores busy and cost little on one."""
KEYFRAME_SECONDS = 2
AAC_DELAY = 1024
"""Samples an AAC encoder puts before the sound. Without edit lists nothing hides them, so as many are taken off."""

COLOUR = {"color_range": "tv", "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}


def render(
    timeline: Timeline, files: Mapping[str, Path], out: Path, *, ffmpeg: Path, progress: Progress, time_limit: float
) -> None:
    """Write the reel as an MP4. `files` says where the file of each SHA-256 in the timeline lies.

    `out` appears only when it is complete. Raises BadMedia naming a picture or sound that cannot be used,
    BadInput for text that cannot be drawn, DiskFull, and MediaError when FFmpeg fails or `time_limit`
    seconds are over.
    """
    end = time.monotonic() + time_limit
    check_timeline(timeline, files)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".render-") as folder:
            sound, reel = Path(folder, "sound.wav"), Path(folder, "reel.mp4")
            mix_sound(timeline, files, sound, ffmpeg=ffmpeg, time_limit=time_limit)
            run_ffmpeg(
                ffmpeg,
                encode_arguments(timeline, sound, reel),
                time_limit=max(end - time.monotonic(), 1.0),
                frames=_told(compose(timeline, files), timeline.frames, progress),
            )
            if not reel.is_file() or not reel.stat().st_size:
                raise MediaError("FFmpeg ended without an error but wrote no reel.")
            reel.replace(out)
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise DiskFull(f"The disk that holds {out.parent} is full.") from exc
        raise StorageError(f"The reel could not be written to {out} ({exc.strerror or exc}).") from exc
    progress(1.0)


def encode_arguments(timeline: Timeline, sound: Path, out: Path) -> list[str]:
    """Return FFmpeg's arguments for raw frames on its standard input and a finished WAV. Pure.

    The file: H.264 High with closed groups of two seconds, BT.709 tagged, AAC-LC at 48 kHz, its index in
    front, no edit lists, and nothing in it that differs from run to run.
    """
    rate, size = timeline.fps, f"{timeline.width}x{timeline.height}"
    video = graph.input("pipe:0", f="rawvideo", pix_fmt="yuv420p", s=size, framerate=rate, **COLOUR)
    audio = graph.input(str(sound)).audio.filter("atrim", start_sample=AAC_DELAY).filter("asetpts", "PTS-STARTPTS")
    arguments: list[str] = graph.output(
        video.video,
        audio,
        str(out),
        vcodec="libx264",
        preset="veryfast",
        crf=21,
        maxrate="12M",
        bufsize="24M",
        threads=THREADS,
        pix_fmt="yuv420p",
        g=rate * KEYFRAME_SECONDS,
        bf=2,
        **{"profile:v": "high", "x264-params": "open-gop=0"},
        **COLOUR,
        chroma_sample_location="left",
        acodec="aac",
        ar=48000,
        ac=2,
        **{"b:a": "192k"},
        fflags="+bitexact",
        **{"flags:v": "+bitexact", "flags:a": "+bitexact"},
        map_metadata=-1,
        movflags="+faststart+negative_cts_offsets",
        use_editlist=0,
        f="mp4",
    ).get_args()
    return [*QUIET, "-y", *arguments]


def compile_kernels() -> None:
    """Compile everything the renderer needs, once per machine, so that the first reel need not wait for it."""
    planes = to_planes(Image.new("RGB", (2 * WORD, 2 * WORD)))
    out = np.zeros((WORD, WORD), dtype=np.uint8)
    Mover(WORD, WORD).draw(Still.of(planes.y), out, (0.0, 1.0), (0.0, 1.0))
    mix(out.reshape(-1), out.reshape(-1).copy(), 1)
    overlay(out, planes.y[:2, :2].copy(), planes.y[:2, :2].copy(), 0, 0, 1)


def _told(frames: Iterator[memoryview], count: int, progress: Progress) -> Iterator[memoryview]:
    """Pass frames on and report how far they are, about once a second of the reel."""
    for number, frame in enumerate(frames):
        if number % 30 == 0:
            progress(number / count)
        yield frame
