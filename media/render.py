"""Renders a timeline: segments drawn and encoded by a worker, the sound beside them, joined without encoding again.

    timeline --segments--> worker: draw -> encode -> KEY.mp4 --+
        +----- sound.encode_sound -> KEY.m4a ------------------+--> join (stream copy) -> reel.mp4

Parts are kept on a shelf by what they are, so only what changed is made again. Equal timelines with equal
files give equal bytes on one machine, however many cores made them.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import ffmpeg as graph

from core.errors import BadMedia, MediaError
from core.models import Progress
from media.disk import disk_errors
from media.ffmpeg import QUIET, run_ffmpeg
from media.probe import probe
from media.profiles import HARDWARE, QUALITY, SOFTWARE, Codec, Encoder, Profile
from media.segments import Segment, segments
from media.shelf import Shelf
from media.sound import encode_sound, sound_key
from media.timeline import Timeline
from media.worker import Job, Probe, Request, Worker

logger = logging.getLogger(__name__)

MEMORY_MIB = 1536
"""Most private memory of the worker. A reel needs some 500 MiB; one that wants far more has gone wrong."""
SHELF_MIB = 2048
MOST_THREADS = 4
"""Segments made at once, at most: each costs about 120 MiB."""
DRAWN_SHARE = 0.98
"""How much of the work drawing and encoding is; the rest is joining."""


class Renderer:
    """Renders reels with one warm worker. Use it as a context; the worker starts with the first render.

    `encoder` is x264 unless hardware is asked for, by name or by `auto`. Hardware is used only after a real
    encode has passed, and given up for x264 when it fails in the middle. `cache` is the folder of the shelf;
    without one nothing is kept.
    """

    def __init__(
        self,
        *,
        ffmpeg: Path,
        cache: Path | None = None,
        cache_mib: int = SHELF_MIB,
        encoder: Encoder = SOFTWARE,
        memory_mib: int = MEMORY_MIB,
        threads: int | None = None,
    ) -> None:
        self.ffmpeg, self.cache, self.cache_mib, self.memory_mib = ffmpeg, cache, cache_mib, memory_mib
        self.threads = threads or min(os.cpu_count() or 1, MOST_THREADS)
        self._encoder = encoder
        self._codec: Codec | None = SOFTWARE if encoder == SOFTWARE else None
        self._worker: Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._dismiss()

    def render(
        self,
        timeline: Timeline,
        files: Mapping[str, Path],
        out: Path,
        *,
        progress: Progress,
        time_limit: float,
        profile: Profile = QUALITY,
    ) -> None:
        """Write the reel as an MP4. `files` says where the file of each SHA-256 in the timeline lies.

        `out` appears only when it is complete. Raises BadMedia naming a picture, clip or sound that cannot be
        used, BadInput for text that cannot be drawn, DiskFull, and MediaError when FFmpeg or the worker fails
        or `time_limit` seconds are over.
        """
        for sha in sorted(timeline.files - files.keys()):
            raise BadMedia(f"The file {sha[:12]} of the timeline was not handed over.")
        deadline = time.monotonic() + time_limit
        timeline = profile.fit(timeline)
        with disk_errors(out.parent, out.name), tempfile.TemporaryDirectory(dir=out.parent, prefix=".render-") as name:
            task = _Task(timeline, files, profile, Path(name), deadline, progress)
            try:
                reel = self._make(task, self._choose(task))
            except BadMedia:
                raise
            except MediaError as exc:
                if self._codec in (SOFTWARE, None) or task.is_over:
                    raise
                logger.warning("%s gave up (%s); rendering again with %s", self._codec, exc.message, SOFTWARE)
                self._codec = SOFTWARE
                reel = self._make(task, SOFTWARE)
            reel.replace(out)
        progress(1.0)

    def _make(self, task: _Task, codec: Codec) -> Path:
        """Make what is missing, and join all of it."""
        shelf = Shelf(self.cache or task.folder / "shelf", self.cache_mib)
        parts = segments(task.timeline, task.profile, codec)
        unique = {part.key: part for part in parts}.values()
        missing = tuple(part for part in unique if not shelf.take(part.name, task.folder / part.name))
        try:
            if missing:
                self._begin(Request(job=self._job(task, missing, shelf.folder, codec)))
            sound = self._sound(task, shelf)
            if missing:
                self._finish(task, task.timeline.frames - sum(part.frames for part in missing))
        except BaseException:
            self._dismiss()  # it may still be busy with what nobody needs now
            raise
        for part in missing:
            shelf.take(part.name, task.folder / part.name)
        try:
            reel = _join(task, [part.name for part in parts], sound, self.ffmpeg)
        except MediaError:
            for name in [*(part.name for part in unique), sound.name]:
                shelf.discard(name)
            raise
        shelf.tidy()
        return reel

    def _job(self, task: _Task, missing: tuple[Segment, ...], folder: Path, codec: Codec) -> Job:
        return Job(
            timeline=task.timeline, files=task.files, segments=missing, folder=folder, codec=codec,
            profile=task.profile, ffmpeg=self.ffmpeg, threads=self.threads, memory_mib=self.memory_mib,
        )  # fmt: skip

    def _sound(self, task: _Task, shelf: Shelf) -> Path:
        """Take the finished sound from the shelf, or make it while the worker draws."""
        kbit = task.profile.sound_kbit
        name = f"{sound_key(task.timeline)}-{kbit}.m4a"
        track = task.folder / name
        if not shelf.take(name, track):
            encode_sound(
                task.timeline, task.files, track, ffmpeg=self.ffmpeg, time_limit=task.left, bit_rate=1000 * kbit
            )
            shelf.put(track)
        return track

    def _choose(self, task: _Task) -> Codec:
        """Choose the encoder at the first render: hardware that was asked for and passes a real encode, else x264."""
        if self._codec is not None:
            return self._codec
        asked: tuple[Codec, ...] = HARDWARE if self._encoder == "auto" else (self._encoder,)
        size = (task.timeline.width, task.timeline.height)
        question = Probe(
            codecs=asked, profile=task.profile, size=size, fps=task.timeline.fps, folder=task.folder, ffmpeg=self.ffmpeg
        )
        working = self._begin(Request(probe=question)).finish(time_limit=task.left).working
        self._codec = working[0] if working else SOFTWARE
        logger.info("pictures are encoded by %s", self._codec)
        return self._codec

    def _begin(self, request: Request) -> Worker:
        if self._worker is not None and not self._worker.is_alive:
            self._dismiss()
        if self._worker is None:
            self._worker = Worker().__enter__()
        self._worker.begin(request)
        return self._worker

    def _finish(self, task: _Task, done: int) -> None:
        """Wait for the worker, passing on its progress; `done` frames were there already."""

        def tell(frames: int) -> None:
            nonlocal done
            done += frames
            task.progress(DRAWN_SHARE * done / task.timeline.frames)

        assert self._worker is not None
        self._worker.finish(time_limit=task.left, frames=tell)

    def _dismiss(self) -> None:
        if self._worker is not None:
            self._worker.__exit__()
            self._worker = None


def render(
    timeline: Timeline,
    files: Mapping[str, Path],
    out: Path,
    *,
    ffmpeg: Path,
    progress: Progress,
    time_limit: float,
    profile: Profile = QUALITY,
    cache: Path | None = None,
) -> None:
    """Render one reel with a worker of its own. See `Renderer.render`."""
    with Renderer(ffmpeg=ffmpeg, cache=cache) as renderer:
        renderer.render(timeline, files, out, progress=progress, time_limit=time_limit, profile=profile)


def join_arguments(listing: Path, sound: Path, out: Path) -> list[str]:
    """Return FFmpeg's arguments that join segments and lay the sound beside them without encoding. Pure.

    The file has its index in front, no edit lists, and nothing in it that differs from run to run.
    """
    video = graph.input(str(listing), format="concat", safe=1, protocol_whitelist="file").video
    audio = graph.input(str(sound), protocol_whitelist="file").audio
    output = graph.output(
        video, audio, str(out), c="copy", fflags="+bitexact", map_metadata=-1,
        movflags="+faststart+negative_cts_offsets", use_editlist=0, f="mp4",
    )  # fmt: skip
    return [*QUIET, "-y", *output.get_args()]


class _Task(NamedTuple):
    """One render: what, from which files, how, where, and until when (of the monotonic clock)."""

    timeline: Timeline
    files: Mapping[str, Path]
    profile: Profile
    folder: Path
    deadline: float
    progress: Progress

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.deadline

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(self.deadline - time.monotonic(), 1.0)


def _join(task: _Task, order: Sequence[str], sound: Path, ffmpeg: Path) -> Path:
    """Join the segments in their order with the sound. Raises MediaError when a part turns out to be damaged."""
    listing, reel = task.folder / "segments.txt", task.folder / "reel.mp4"
    listing.write_text("ffconcat version 1.0\n" + "".join(f"file {name}\n" for name in order), encoding="utf-8")
    run_ffmpeg(ffmpeg, join_arguments(listing, sound, reel), time_limit=task.left)
    video = probe(reel).video
    if video is None or video.frames != task.timeline.frames:
        raise MediaError(
            f"The joined reel has {video.frames if video else 0} frames instead of {task.timeline.frames}.",
            remedy="Rerun from the render step; the damaged parts were thrown away and will be made again.",
        )
    return reel
