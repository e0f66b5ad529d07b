"""Runs FFmpeg and says clearly what went wrong. Nothing else in `media/` starts a process.

Command lines are built by pure functions (with ffmpeg-python); this file only obeys them. The binary is
GPL software and always a separate process.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import cast

import imageio_ffmpeg

from core.errors import ConfigError, DiskFull, FactoryError, MediaError, MissingPart

QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error")


def find_ffmpeg(configured: Path | None = None) -> Path:
    """Return the FFmpeg to use: the configured one, else the one from the packages.

    Raises ConfigError when the configured one is not there, MissingPart when there is none at all.
    """
    if configured is not None:
        found = shutil.which(str(configured))
        if not found:
            raise ConfigError(f"FFMPEG_BINARY points at {configured}, which is no program.")
        return Path(found)
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as exc:
        raise MissingPart("No FFmpeg was found.", remedy="Run `make setup`, or set FFMPEG_BINARY.") from exc


def run_ffmpeg(
    ffmpeg: Path,
    arguments: Sequence[str],
    *,
    time_limit: float,
    frames: Iterable[bytes | memoryview] | None = None,
) -> str:
    """Run FFmpeg with `arguments` and return what it printed to stderr.

    `frames`, when given, are written to its standard input one after the other. The process is killed
    after `time_limit` seconds and whenever the caller is interrupted. Raises DiskFull, or MediaError with
    the command and its last lines.
    """
    stdin = subprocess.PIPE if frames is not None else subprocess.DEVNULL
    with _running([str(ffmpeg), *arguments], time_limit, stdin=stdin, stdout=subprocess.DEVNULL) as run:
        if frames is not None:
            _feed(run.process, frames)
    return run.said


def read_frames(
    ffmpeg: Path, arguments: Sequence[str], frame_bytes: int, time_limit: float
) -> Generator[memoryview, None, None]:
    """Run FFmpeg and yield what it writes to its standard output in pieces of `frame_bytes` bytes.

    Every piece lies in the same memory: use it before asking for the next. The process is killed after
    `time_limit` seconds, which include those between two pieces, and when the iterator is closed. Raises as
    `run_ffmpeg` does.
    """
    with _running([str(ffmpeg), *arguments], time_limit, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as run:
        pipe = cast(BufferedReader, run.process.stdout)
        _widen_pipe(pipe.fileno())
        frame = memoryview(bytearray(frame_bytes))
        while pipe.readinto(frame) == frame_bytes:
            yield frame


@dataclass
class _Run:
    """A process, and what it has printed to stderr once it has ended."""

    process: subprocess.Popen[bytes]
    said: str = ""


@contextlib.contextmanager
def _running(command: Sequence[str], time_limit: float, *, stdin: int, stdout: int) -> Iterator[_Run]:
    """Start a process and wait for it; kill it when its time is up or the block is left by an exception."""
    with tempfile.TemporaryFile() as said:
        run = _Run(subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=said))
        late = threading.Event()
        watch = threading.Timer(time_limit, _stop_late, (run.process, late))
        watch.daemon = True
        watch.start()
        try:
            yield run
            code = run.process.wait()
        finally:
            watch.cancel()
            _end(run.process)
            said.seek(0)
            run.said = said.read().decode(errors="replace")
    if late.is_set():
        raise MediaError(
            f"FFmpeg was stopped after {time_limit:.0f} s.",
            command=command,
            last_lines=run.said,
            remedy="Raise RENDER_SECONDS_LIMIT, or free the machine, then rerun.",
        )
    if code != 0:
        raise _failure(command, code, run.said)


def _failure(command: Sequence[str], code: int, text: str) -> FactoryError:
    if os.strerror(errno.ENOSPC) in text:
        return DiskFull("FFmpeg ran out of disk space.")
    if code < 0:
        return MediaError(
            f"FFmpeg was ended from outside (signal {-code}).",
            command=command,
            exit_code=code,
            last_lines=text,
            remedy="Often the machine ran out of memory. Free some, then rerun; nothing half-written is left.",
        )
    return MediaError("FFmpeg failed.", command=command, exit_code=code, last_lines=text)


def _feed(process: subprocess.Popen[bytes], frames: Iterable[bytes | memoryview]) -> None:
    assert process.stdin is not None
    _widen_pipe(process.stdin.fileno())
    try:
        for frame in frames:
            process.stdin.write(frame)
        process.stdin.close()
    except BrokenPipeError:
        pass  # FFmpeg ended early; its exit code and its words say why


def _stop_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    """Kill a process whose time is up, even while it keeps its writer waiting."""
    if process.poll() is None:
        late.set()
        process.kill()


def _widen_pipe(descriptor: int) -> None:
    """Let a third of a frame wait in the pipe, so that fewer switches are needed (Linux only)."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, 1 << 20)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    if process.poll() is None:
        process.kill()
        process.wait()
