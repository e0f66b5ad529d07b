"""The parent's side of the render worker: starts it, hands it jobs, listens, and ends it in time.

A process of its own is why a render can be stopped cleanly at any moment, cannot take more memory than it
may, and pays for its imports once. This file and `media/ffmpeg.py` are the only ones that start processes.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import core.errors
from core.errors import BadInput, FactoryError, MediaError, StorageError
from core.models import Value
from media.profiles import Codec, Profile
from media.segments import Segment
from media.timeline import Timeline

COMMAND = (sys.executable, "-m", "media.render_worker")
ROOT = Path(__file__).resolve().parents[1]
FEWEST_SECONDS = 1.0
"""Even a render that is late is given this long, so that its own error is heard."""


class Job(Value):
    """Segments to make: each becomes the file `folder`/KEY.mp4."""

    timeline: Timeline
    files: Mapping[str, Path]
    segments: tuple[Segment, ...]
    folder: Path
    codec: Codec
    profile: Profile
    ffmpeg: Path
    threads: int
    memory_mib: int


class Probe(Value):
    """Asks which of some encoders work on this machine, at a size."""

    codecs: tuple[Codec, ...]
    profile: Profile
    size: tuple[int, int]
    fps: int
    folder: Path
    ffmpeg: Path


class Request(Value):
    """One line to the worker: a job, or a probe."""

    job: Job | None = None
    probe: Probe | None = None


class Fault(Value):
    """An error of the house on its way between two processes."""

    kind: str
    message: str
    remedy: str

    @classmethod
    def of(cls, error: FactoryError) -> Self:
        """Pack an error."""
        return cls(kind=type(error).__name__, message=error.message, remedy=error.remedy)

    def as_error(self) -> FactoryError:
        """Return the error it was."""
        kinds = (getattr(core.errors, self.kind, MediaError), MediaError)
        kind = next(kind for kind in kinds if issubclass(kind, MediaError | StorageError | BadInput))
        error: FactoryError = kind(self.message, remedy=self.remedy)
        return error


class Said(Value):
    """One line from the worker: frames made since the last, or the end of a request."""

    frames: int = 0
    done: bool = False
    working: tuple[Codec, ...] = ()
    fault: Fault | None = None


class Worker:
    """A running render worker. Use it as a context; it may serve one request after the other."""

    def __enter__(self) -> Self:
        self._errors = tempfile.TemporaryFile()
        # A group of its own, so that the decoders of clips end with it.
        self._process = subprocess.Popen(
            COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            start_new_session=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()
        self._errors.close()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the worker and everything it started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, 9)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def begin(self, request: Request) -> None:
        """Hand over a request without waiting for it. Raises MediaError when the worker is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request.model_dump_json() + "\n")
            self._process.stdin.flush()
        except OSError as exc:
            raise self._gone() from exc

    def finish(self, *, time_limit: float, frames: Callable[[int], None] = lambda _: None) -> Said:
        """Wait for the request that was begun, telling `frames` how many more are made.

        Raises the worker's own error, and MediaError when it dies or takes longer than `time_limit` seconds;
        it is killed then.
        """
        assert self._process.stdout is not None
        late = threading.Event()
        watch = threading.Timer(max(time_limit, FEWEST_SECONDS), self._stop_late, (late,))
        watch.start()
        try:
            for line in self._process.stdout:
                said = Said.model_validate_json(line)
                if said.fault is not None:
                    raise said.fault.as_error()
                if said.done:
                    return said
                frames(said.frames)
        finally:
            watch.cancel()
        if late.is_set():
            raise MediaError(
                f"The render was stopped after {time_limit:.0f} s.",
                remedy="Raise RENDER_SECONDS_LIMIT, or free the machine, then rerun: finished segments are kept.",
            )
        raise self._gone()

    def _stop_late(self, late: threading.Event) -> None:
        late.set()
        self.kill()

    def _gone(self) -> MediaError:
        code = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace")
        if code < 0:
            return MediaError(
                f"The render worker was ended from outside (signal {-code}).",
                exit_code=code,
                last_lines=said,
                remedy="Often the machine ran out of memory. Free some, then rerun: finished segments are kept.",
            )
        return MediaError("The render worker broke off.", exit_code=code, last_lines=said)
