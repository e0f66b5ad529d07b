"""Short moving clips as shots: what a clip is, and its frames as the reel wants them.

A clip may have any size, rate, rotation and colours; FFmpeg turns it upright, brings it to the rate and the
size of the reel, and to BT.709 limited range, the form in which frames are composed. One frame is held at a
time. The graphs are built in `media.clip_graph`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import ffmpeg as graph

from core.errors import BadMedia, MediaError
from media.clip_graph import LONGEST_CLIP, ClipForm, clip_arguments, is_beyond_bt709, words
from media.ffmpeg import QUIET, read_frames, run_ffmpeg
from media.timeline import Shot

READING_SECONDS = 600.0
"""A clip is not waited for any longer, so that a broken one cannot hold a render; composing it is included."""
FRAME = re.compile(
    r"n: *\d+ pts: *\S+ pts_time:(?P<at>[-+.\de]+) +duration: *\S+ duration_time:(?P<lasts>[-+.\de]+) "
    r".*?fmt:(?P<format>\S+) .*?sar:(?P<across>\d+)/(?P<down>\d+) s:(?P<width>\d+)x(?P<height>\d+) "
)
COLOURS = re.compile(r"color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)")
"""What FFmpeg's `showinfo` filter prints about a frame, in two lines."""


class ClipInfo(ClipForm):
    """A clip: its form, its length in seconds and how many frames it has, both of the first minute."""

    seconds: float
    frames: int


def probe_clip(path: Path, *, ffmpeg: Path, time_limit: float) -> ClipInfo:
    """Return the facts of a moving clip; every frame of its first minute is decoded.

    Raises BadMedia naming the file when it is missing, broken, cut off, holds no moving picture, or when
    decoding takes longer than `time_limit` seconds; DiskFull, and MediaError when FFmpeg is ended from outside.
    """
    said = _look(path, ffmpeg, time_limit)
    found = list(FRAME.finditer(said))
    if len(found) < 2:
        raise _bad(path, "has no moving picture in it", "Use a video of at least half a second, or a still picture.")
    first, last = found[0], found[-1]
    start, end = float(first["at"]), float(last["at"])
    lasts = float(last["lasts"]) or (end - start) / (len(found) - 1)
    return ClipInfo(**_form(said).model_dump(), seconds=round(end - start + lasts, 3), frames=len(found))


class ClipPlayer:
    """Gives the frames of a shot that shows a clip, one after the other, as the reel composes them."""

    def __init__(
        self, path: Path, shot: Shot, *, size: tuple[int, int], fps: int, first: int, beyond: int, ffmpeg: Path
    ) -> None:
        """Begin at frame `first` of the shot; it is seen until before its frame `beyond`.

        `size` is width and height of the reel in pixels, `fps` its frames per second. The frames do not depend
        on `first`. When the clip ends early its last frame stays. Raises as `probe_clip` does.
        """
        form = _form(_look(path, ffmpeg, READING_SECONDS, frames=1))
        can_map = is_beyond_bt709(form) and has_zscale(ffmpeg)
        arguments = clip_arguments(path, form, shot, size=size, fps=fps, first=first, beyond=beyond, can_map=can_map)
        self._path, self._begin = path, shot.clip_start
        self._frames = read_frames(ffmpeg, arguments, size[0] * size[1] * 3 // 2, READING_SECONDS)

    def next(self) -> memoryview:
        """Return the next frame as raw yuv420p in BT.709 limited range, always in the same memory.

        Raises BadMedia when the clip has ended before the shot begins or cannot be decoded further.
        """
        with _blaming(self._path):
            frame = next(self._frames, None)
        if frame is None:
            raise _bad(
                self._path,
                f"has no picture at its second {self._begin:g}",
                "Choose a longer clip, or begin it earlier.",
            )
        return frame

    def close(self) -> None:
        """End FFmpeg."""
        self._frames.close()


def probe_arguments(path: Path, *, frames: int | None = None) -> list[str]:
    """Return FFmpeg's arguments that print the facts of every decoded frame, or of the first `frames`.

    The first damaged frame ends it with an error, so that no half-transferred clip gets into a reel.
    """
    source = graph.input(str(path), protocol_whitelist="file", t=LONGEST_CLIP)
    options = {} if frames is None else {"frames:v": frames}
    shown = graph.output(
        source.video.filter("showinfo", checksum=0), "-", format="null", fps_mode="passthrough", **options
    )
    return ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-xerror", *words(shown)]


@lru_cache(maxsize=4)
def has_zscale(ffmpeg: Path) -> bool:
    """Tell whether this FFmpeg was built with zimg, which maps colours; found out by mapping a frame."""
    source = graph.input("color=s=16x16:d=0.04", format="lavfi").filter("zscale", w=8, h=8)
    try:
        run_ffmpeg(ffmpeg, [*QUIET, *words(graph.output(source, "-", format="null"))], time_limit=30)
    except MediaError:
        return False
    return True


def _look(path: Path, ffmpeg: Path, time_limit: float, *, frames: int | None = None) -> str:
    if not path.is_file() or not path.stat().st_size:
        raise _bad(path, "is missing or empty")
    with _blaming(path):
        return run_ffmpeg(ffmpeg, probe_arguments(path, frames=frames), time_limit=time_limit)


def _form(said: str) -> ClipForm:
    """Read the form of the first frame from what `showinfo` printed; `_look` has seen that there is one."""
    frame, colours = FRAME.search(said), COLOURS.search(said)
    if frame is None or colours is None:
        raise MediaError("FFmpeg did not report the frames of a clip.", last_lines=said)
    pixel = int(frame["across"]) / int(frame["down"]) if int(frame["across"]) and int(frame["down"]) else 1.0
    names = ("range", "matrix", "primaries", "transfer")
    return ClipForm(
        width=max(round(int(frame["width"]) * pixel), 1),
        height=int(frame["height"]),
        pixel_format=frame["format"],
        **dict(zip(names, colours.groups(), strict=True)),
    )


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Say of a failure which clip it was, and blame the clip unless FFmpeg was ended from outside."""
    try:
        yield
    except BadMedia:
        raise
    except MediaError as exc:
        if exc.exit_code is not None and exc.exit_code < 0:
            raise
        raise BadMedia(
            f"The clip {path} cannot be read ({exc.message.rstrip('.')}).",
            command=exc.command,
            exit_code=exc.exit_code,
            last_lines=exc.last_lines,
            remedy="Make or choose the clip again, then rerun.",
        ) from exc


def _bad(path: Path, what: str, remedy: str = "Make or choose the clip again, then rerun.") -> BadMedia:
    return BadMedia(f"The clip {path} {what}.", remedy=remedy)
