"""Sound as samples: FFmpeg turns files of any kind into them, and numpy does the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import ffmpeg as graph
import numpy as np
from numpy.typing import NDArray

from core.errors import BadMedia, MediaError
from media.ffmpeg import run_ffmpeg
from media.loudness import arguments, blame_input

SAMPLE_RATE = 48_000
"""Samples per second of all sound in here; every network takes it."""

Sound = NDArray[np.float32]
"""Samples, 1.0 is full scale, at SAMPLE_RATE: shape (n,) for one channel, (n, 2) for left and right."""


@dataclass(frozen=True)
class Source:
    """A sound file: what messages call it, how many seconds are read, and the hertz below which nothing is kept."""

    path: Path
    name: str
    seconds: float
    high_pass: float | None = None


def decode(sources: Mapping[str, Source], folder: Path, *, ffmpeg: Path, time_limit: float) -> dict[str, Sound]:
    """Return the samples of each source, shape (n, 2), from one run of FFmpeg that writes into `folder`.

    Raises BadMedia naming the source that is missing, empty or holds no sound that can be read; MediaError when
    FFmpeg fails otherwise or takes longer than `time_limit` seconds; and DiskFull.
    """
    try:
        run_ffmpeg(ffmpeg, decode_arguments(sources, folder), time_limit=time_limit)
    except MediaError as exc:
        raise _named(exc, sources, folder, ffmpeg, time_limit) from exc
    sounds = {key: np.fromfile(folder / str(n), dtype="<f4").reshape(-1, 2) for n, key in enumerate(sources)}
    for key, sound in sounds.items():
        if not len(sound):
            raise BadMedia(f"{sources[key].name} holds no sound at all.")
    return sounds


def decode_arguments(sources: Mapping[str, Source], folder: Path) -> list[str]:
    """Return FFmpeg's arguments that write the first sound stream of source n as floats into the file `n`. Pure."""
    outputs = []
    for number, source in enumerate(sources.values()):
        sound = graph.input(str(source.path), protocol_whitelist="file", t=source.seconds).audio
        sound = sound.filter("aresample", SAMPLE_RATE)
        sound = sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
        if source.high_pass is not None:
            sound = sound.filter("highpass", f=source.high_pass)
        outputs.append(graph.output(sound, str(folder / str(number)), format="f32le", acodec="pcm_f32le"))
    return arguments(graph.merge_outputs(*outputs))


def _named(
    failure: MediaError, sources: Mapping[str, Source], folder: Path, ffmpeg: Path, time_limit: float
) -> MediaError:
    """Find the source that a failed run stumbled over, by reading each alone, and name it."""
    if len(sources) == 1:
        return blame_input(failure, next(iter(sources.values())).name)
    if failure.exit_code is None:
        return failure  # its time was up
    for key, source in sources.items():
        try:
            decode({key: source}, folder, ffmpeg=ffmpeg, time_limit=time_limit)
        except MediaError as exc:
            return exc
    return failure
