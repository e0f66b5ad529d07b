"""Reads the tables of a track in the index of an MP4 file: when each packet is shown, and where one can start."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import BadMedia
from media.boxes import child, children

MOST_SAMPLES = 10_000_000
"""More frames or packets than this in one track are no reel (92 hours at 30 fps)."""


class Track(NamedTuple):
    """The tables of a track: its times per second, packets' durations and offsets, and where they start."""

    kind: str
    entry: memoryview
    timescale: int
    duration: int
    deltas: NDArray[np.int64]
    shown: NDArray[np.int64]
    size: int
    starts: NDArray[np.int64]
    edit_start: int


def read_track(track: memoryview) -> Track:
    """Read a `trak` box. Raises BadMedia when its tables are missing or contradict each other."""
    header, handler = child(track, "mdia", "mdhd"), child(track, "mdia", "hdlr")
    table = child(track, "mdia", "minf", "stbl")
    stsd = child(table, "stsd") if table is not None else None
    if header is None or handler is None or table is None or stsd is None:
        raise BadMedia("A track has no complete index.")
    timescale, duration = read_times(header)
    if not timescale:
        raise BadMedia("A track counts no time.")
    kind = bytes(handler[8:12]).decode("latin-1")
    count, size = _sizes(child(table, "stsz"))
    deltas = _runs(child(table, "stts"), count, "durations")
    offsets = child(table, "ctts")
    shown = np.concatenate([[0], np.cumsum(deltas)[:-1]]).astype(np.int64) if count else deltas
    if offsets is not None:
        shown = shown + _runs(offsets, count, "display times", signed=True)
    return Track(
        kind, stsd, timescale, duration, deltas, shown, size, _sync_samples(child(table, "stss"), count),
        _edit_start(track),
    )  # fmt: skip


def sample_entry(track: Track) -> tuple[str, memoryview]:
    """Return the kind and content of what describes how a track is coded."""
    entry = next(children(track.entry, 8), None)
    if entry is None:
        raise BadMedia("A track does not say how it is coded.")
    return entry


def read_times(header: memoryview) -> tuple[int, int]:
    """Return timescale and duration of an `mvhd` or `mdhd`."""
    timescale, duration = struct.unpack_from(">IQ", header, 20) if header[0] == 1 else (
        struct.unpack_from(">II", header, 12)
    )  # fmt: skip
    return timescale, duration


def _sizes(table: memoryview | None) -> tuple[int, int]:
    """Return how many samples a track has and their bytes together."""
    if table is None:
        raise BadMedia("A track has no table of sizes.")
    size, count = struct.unpack_from(">II", table, 4)
    if count > MOST_SAMPLES:
        raise BadMedia(f"A track claims {count} samples, more than any reel has.")
    return count, size * count if size else int(_numbers(table, 12, count, ">u4").sum())


def _runs(table: memoryview | None, count: int, what: str, *, signed: bool = False) -> NDArray[np.int64]:
    """Unfold a table of (how often, value) into one value for each of `count` samples."""
    if table is None:
        raise BadMedia(f"A track has no table of {what}.")
    pairs = struct.unpack_from(">I", table, 4)[0]
    flat = _numbers(table, 8, pairs * 2, ">u4")
    often, values = flat[::2], flat[1::2]
    if int(often.sum()) != count:
        raise BadMedia(f"A track has {count} samples but {what} for {int(often.sum())}.")
    if signed:
        values = values.astype(np.uint32).view(np.int32).astype(np.int64)
    return np.repeat(values, often)


def _numbers(table: memoryview, start: int, count: int, kind: str) -> NDArray[np.int64]:
    if start + 4 * count > len(table):
        raise BadMedia(f"A table claims {count} numbers, more than it holds.")
    return np.frombuffer(table, dtype=kind, count=count, offset=start).astype(np.int64)


def _sync_samples(table: memoryview | None, count: int) -> NDArray[np.int64]:
    """Return the indices of the frames a player can start at; without a table, every one."""
    if table is None:
        return np.arange(count)
    numbers = _numbers(table, 8, struct.unpack_from(">I", table, 4)[0], ">u4") - 1
    if len(numbers) and (numbers[0] < 0 or numbers[-1] >= count or (np.diff(numbers) <= 0).any()):
        raise BadMedia("The table of key frames points outside the track.")
    return numbers


def _edit_start(track: memoryview) -> int:
    """Return where in the track's own time an edit list begins to play; 0 without one."""
    table = child(track, "edts", "elst")
    if table is None:
        return 0
    entry = ">Qq4x" if table[0] == 1 else ">Ii4x"
    count = struct.unpack_from(">I", table, 4)[0]
    room = (len(table) - 8) // struct.calcsize(entry)
    for number in range(min(count, room)):
        media_time = int(struct.unpack_from(entry, table, 8 + number * struct.calcsize(entry))[1])
        if media_time >= 0:  # -1 is a pause
            return media_time
    return 0
