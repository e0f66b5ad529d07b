"""The render worker: a process of its own that draws and encodes segments, reel after reel.

Reads requests from its standard input, one JSON value a line, and answers with lines of JSON: how many frames
are done, then the end or a fault. It ends when its input ends, so it never outlives the process that started
it. Threads make one segment each; drawing and encoding both run outside the interpreter's lock.

    python -m media.render_worker
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.errors import FactoryError, MediaError
from media.canvas import KEPT, Easel
from media.encoder import encode, load_pyav, works
from media.frames import check_timeline, compose
from media.segments import Segment
from media.worker import Fault, Job, Probe, Request, Said

REPORT_EVERY = 15
"""Frames between two reports of progress."""


class Stopped(Exception):
    """Another segment of the reel failed, so this one is not needed."""


class Desk:
    """What the threads of one job share: the way to the parent, and whether to go on."""

    def __init__(self, job: Job) -> None:
        self.job = job
        size = (job.timeline.width, job.timeline.height)
        self._easel = Easel(job.timeline.shots, job.files, size, kept=KEPT * job.threads)
        self._stop = threading.Event()

    def make(self, segment: Segment) -> None:
        """Draw and encode a segment; its file appears under its name only when it is whole."""
        job, out = self.job, Path(self.job.folder, segment.name)
        part = out.with_suffix(f".{os.getpid()}.part")
        frames = compose(
            job.timeline, job.files, ffmpeg=job.ffmpeg, first=segment.first, beyond=segment.beyond, easel=self._easel
        )
        size = (job.timeline.width, job.timeline.height)
        try:
            encode(
                self._told(frames, segment.frames), part,
                size=size, fps=job.timeline.fps, codec=job.codec, profile=job.profile, ffmpeg=job.ffmpeg,
            )  # fmt: skip
            part.replace(out)
        except BaseException:
            self._stop.set()
            raise
        finally:
            part.unlink(missing_ok=True)

    def _told(self, frames: Iterator[memoryview], count: int) -> Iterator[memoryview]:
        """Pass frames on, report how many, and stop between two of them when there is no use in more."""
        for number, frame in enumerate(frames):
            if self._stop.is_set():
                raise Stopped
            if number and number % REPORT_EVERY == 0:
                tell(Said(frames=REPORT_EVERY))
            yield frame
        tell(Said(frames=count - (count - 1) // REPORT_EVERY * REPORT_EVERY))


def do(job: Job) -> None:
    """Make all segments of a job. Raises the first fault."""
    load_pyav()  # before the threads do
    check_timeline(job.timeline, job.files)
    desk = Desk(job)
    with ThreadPoolExecutor(job.threads) as pool:
        # One after the other, not the longest first: neighbours show the same pictures.
        running = [pool.submit(desk.make, segment) for segment in job.segments]
    for future in running:
        fault = future.exception()
        if fault is not None and not isinstance(fault, Stopped):
            raise fault


def answer(request: Request) -> Said:
    """Serve a request and say how it ended."""
    try:
        if request.job is not None:
            limit_memory(request.job.memory_mib)
            do(request.job)
        working = _working(request.probe) if request.probe is not None else ()
    except FactoryError as exc:
        return Said(fault=Fault.of(exc))
    except MemoryError:
        return Said(fault=Fault.of(_out_of_memory()))
    return Said(done=True, working=working)


def limit_memory(mib: int) -> None:
    """Have the kernel refuse this process more private memory than this, where it can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (mib << 20, resource.RLIM_INFINITY))


def tell(said: Said) -> None:
    """Send one line to the parent; one write, so that lines of several threads never mix."""
    os.write(sys.stdout.fileno(), (said.model_dump_json(exclude_defaults=True) + "\n").encode())


def main() -> None:
    """Serve requests until the input ends."""
    requests: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        tell(answer(Request.model_validate_json(requests.get())))


def _working(probe: Probe) -> tuple[str, ...]:
    return tuple(
        codec
        for codec in probe.codecs
        if works(codec, size=probe.size, fps=probe.fps, profile=probe.profile, folder=probe.folder, ffmpeg=probe.ffmpeg)
    )


def _listen(requests: queue.Queue[str]) -> None:
    """Hand on what comes in; when the parent is gone, end at once, whatever is being done."""
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def _out_of_memory() -> MediaError:
    return MediaError(
        "The render needs more memory than it may use.",
        remedy="Raise RENDER_MEMORY_MIB, or use smaller pictures, then rerun: finished segments are kept.",
    )


if __name__ == "__main__":
    main()
