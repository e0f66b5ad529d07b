"""How loud sound is: EBU R128 measured by FFmpeg's `ebur128` filter, read from what it prints."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, cast

import ffmpeg as graph

from core.errors import BadMedia, MediaError
from core.models import Value
from media.ffmpeg import run_ffmpeg

TALKATIVE = ("-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "level+info")
"""Global options of a run whose filters report through the log; every line names its level."""

SILENCE_LUFS = -70.0
"""The absolute gate of EBU R128. What measures no more than this is as good as silent."""

INPUT_FAULTS = (
    "Invalid data found", "Invalid argument", "No such file", "matches no streams", "Error opening input",
    "received no packets",
)  # fmt: skip
"""What FFmpeg says last when the file it reads is at fault."""

Stream = Any
"""A stream of ffmpeg-python, which has no types of its own."""


class Loudness(Value):
    """Integrated loudness in LUFS, true peak in dBTP, loudness range in LU."""

    integrated_lufs: float
    true_peak_db: float
    range_lu: float

    @property
    def is_silent(self) -> bool:
        """Whether nothing rises above the gate of the measurement."""
        return self.integrated_lufs <= SILENCE_LUFS


def meter(stream: Stream, name: str) -> Stream:
    """Let `stream` pass a loudness meter; `read_meter` finds its result by `name` (letters and digits)."""
    return stream.filter(f"ebur128@{name}", peak="true", framelog="quiet")


def read_meter(said: str, name: str) -> Loudness:
    """Return what the meter `name` printed at its end. Raises MediaError when it printed nothing."""
    plain = said.replace("[info] ", "")
    for block in re.findall(rf"\[ebur128@{name} @ [^\n]*Summary:\n(.*?Peak: +\S+)", plain, re.DOTALL):
        found = [re.search(rf"^ *{label}: +(\S+)", block, re.MULTILINE) for label in ("I", "Peak", "LRA")]
        if all(found):
            integrated, peak, span = (_number(hit[1]) for hit in found if hit)
            return Loudness(integrated_lufs=integrated, true_peak_db=peak, range_lu=span)
    raise MediaError("FFmpeg did not report the loudness.", last_lines=said)


def measure_arguments(path: Path) -> list[str]:
    """Return FFmpeg's arguments that measure the first sound stream of a file."""
    sound = meter(graph.input(str(path), protocol_whitelist="file").audio, "whole")
    return arguments(graph.output(sound, "-", format="null"))


def measure(path: Path, *, ffmpeg: Path, time_limit: float) -> Loudness:
    """Measure the loudness of a sound or video file.

    Silence measures -70 LUFS and -200 dBTP. Raises BadMedia when there is no sound in it that can be read.
    """
    try:
        said = run_ffmpeg(ffmpeg, measure_arguments(path), time_limit=time_limit)
    except MediaError as exc:
        raise blame_input(exc, path.name) from exc
    return read_meter(said, "whole")


def arguments(output: Stream) -> list[str]:
    """Return the command line of an ffmpeg-python graph, with the options of a talkative, careful run."""
    return [*TALKATIVE, *cast(list[str], graph.get_args(output))]


def blame_input(failure: MediaError, what: str) -> MediaError:
    """Turn a failure that an input file caused into BadMedia; leave any other as it is."""
    if not any(mark in failure.last_lines for mark in INPUT_FAULTS):
        return failure
    return BadMedia(
        f"{what} holds no sound that can be read.",
        command=failure.command,
        exit_code=failure.exit_code,
        last_lines=failure.last_lines,
    )


def _number(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else -200.0
