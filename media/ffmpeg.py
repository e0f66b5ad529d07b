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
from collections.abc import Iterable, Sequence
from pathlib import Path

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
    command = [str(ffmpeg), *arguments]
    stdin = subprocess.PIPE if frames is not None else subprocess.DEVNULL
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=said)
        late = threading.Event()
        watch = threading.Timer(time_limit, _stop_late, (process, late))
        watch.start()
        try:
            if frames is not None:
                _feed(process, frames)
            code = process.wait()
        finally:
            watch.cancel()
            _end(process)
            said.seek(0)
            text = said.read().decode(errors="replace")
    if late.is_set():
        raise MediaError(
            f"FFmpeg was stopped after {time_limit:.0f} s.",
            command=command,
            last_lines=text,
            remedy="Raise RENDER_SECONDS_LIMIT, or free the machine, then rerun.",
        )
    if code != 0:
        raise _failure(command, code, text)
    return text


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
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    if process.poll() is None:
        process.kill()
        process.wait()
