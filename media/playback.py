"""Plays a finished reel once from end to end and notes what a viewer would: black, frozen, silent, broken, loud."""

from __future__ import annotations

import re
from pathlib import Path

import ffmpeg as graph

from core.errors import MediaError
from core.models import Value
from media.ffmpeg import run_ffmpeg
from media.loudness import Loudness, arguments, meter, read_meter
from media.probe import MediaInfo
from media.timeline import WIDTH, Timeline

BLACK_SECONDS, BLACK_LUMA, BLACK_SHARE = 0.3, 0.05, 0.98
"""A stretch is black when 98 % of its pixels stay in the lowest 5 % for 0.3 s; a night sky with a moon is not."""
FROZEN_SECONDS, FROZEN_CHANGE = 3.5, 0.002
"""A picture is frozen when less than 0.2 % of the range changes on average. Key frames of a still at CRF 28 change
less, and a slow 4 % zoom over a calm night sky changes more (both measured)."""
SILENT_SECONDS, SILENT_DB = 1.5, -50
FAULTS = ("[error]", "[fatal]", "orrupt decoded frame", "concealing ")
"""What FFmpeg prints when it could not decode something, even if it goes on."""


class Span(Value):
    """A stretch of a reel in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


class Playback(Value):
    """What playing a reel showed. `faults` are FFmpeg's own words about what it could not decode."""

    faults: tuple[str, ...]
    black: tuple[Span, ...]
    frozen: tuple[Span, ...]
    silent: tuple[Span, ...]
    loudness: Loudness | None


def play(reel: Path, info: MediaInfo, timeline: Timeline, *, ffmpeg: Path, time_limit: float) -> Playback:
    """Decode every frame and sample of a reel once. A reel that cannot be decoded is a fault, not an error.

    Raises MediaError when FFmpeg takes longer than `time_limit` seconds.
    """
    try:
        said = run_ffmpeg(ffmpeg, play_graph(reel, info, timeline), time_limit=time_limit)
    except MediaError as exc:
        if exc.exit_code is None:
            raise
        lines = exc.last_lines.strip().splitlines()
        return Playback(
            faults=(lines[-1] if lines else "FFmpeg gave up",), black=(), frozen=(), silent=(), loudness=None
        )
    ends = info.video.seconds if info.video else info.seconds, info.audio.seconds if info.audio else info.seconds
    return Playback(
        faults=tuple(line for line in said.splitlines() if any(mark in line for mark in FAULTS)),
        black=_spans(said, "black_start:", "black_end:", ends[0]),
        frozen=_spans(said, "freeze_start:", "freeze_end:", ends[0]),
        silent=_spans(said, "silence_start:", "silence_end:", ends[1]),
        loudness=read_meter(said, "reel") if info.audio else None,
    )


def play_graph(reel: Path, info: MediaInfo, timeline: Timeline) -> list[str]:
    """Return FFmpeg's arguments for the one pass over a reel."""
    source = graph.input(str(reel), protocol_whitelist="file")
    outputs = []
    if info.video is not None:
        picture = source.video.filter(
            "blackdetect", d=BLACK_SECONDS, picture_black_ratio_th=BLACK_SHARE, pixel_black_th=BLACK_LUMA
        )
        # Captions change over a frozen picture: their band is painted over. Every third frame is enough.
        scale = timeline.width / WIDTH
        size = timeline.caption_style.size * scale
        top = max(0, round(timeline.caption_style.centre_y * scale - 2 * size))
        picture = picture.filter("framestep", 3)
        picture = picture.filter("drawbox", x=0, y=top, width="iw", height=round(4 * size), color="black", t="fill")
        picture = picture.filter("freezedetect", noise=FROZEN_CHANGE, duration=FROZEN_SECONDS)
        outputs.append(graph.output(picture, "-", format="null"))
    if info.audio is not None:
        sound = meter(source.audio, "reel")
        sound = sound.filter("silencedetect", noise=f"{SILENT_DB}dB", duration=SILENT_SECONDS)
        outputs.append(graph.output(sound, "-", format="null"))
    return arguments(graph.merge_outputs(*outputs))


def _spans(said: str, start: str, end: str, last: float) -> tuple[Span, ...]:
    """Pair the starts and ends a detector printed; one that did not end lasts until the end."""
    starts = [float(number) for number in re.findall(rf"{start} *(-?[\d.]+)", said)]
    ends = [float(number) for number in re.findall(rf"{end} *(-?[\d.]+)", said)]
    ends += [last] * (len(starts) - len(ends))
    return tuple(Span(start=max(0.0, first), end=final) for first, final in zip(starts, ends, strict=False))
