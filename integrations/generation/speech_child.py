"""A child program that speaks: JSON lines in, JSON lines out, one answer to each question.

Speech engines run apart from us because one of them is GPL software and the other can hang or crash on odd
text. The child ends when its standard input closes, so nothing is left over even when we are killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import IO, Any

from core.errors import MediaError


class SpeechChild:
    """Keeps one child program: started with the first question, and started anew after it died."""

    def __init__(self, program: Path) -> None:
        # -P keeps this folder off the child's import path: `import piper` must find the engine, not our maker.
        self._command = [sys.executable, "-P", str(program)]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._end: weakref.finalize[..., Any] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the running child, or None."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(self, question: dict[str, Any], *, time_limit: float) -> dict[str, Any]:
        """Return the child's answer to a question, waiting at most `time_limit` seconds.

        Threads take turns. Raises MediaError when the child dies, is too slow or answers nonsense; it is then
        ended, and the next question starts a new one.
        """
        with self._lock:
            process = self._running()
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps(question).encode() + b"\n")
                process.stdin.flush()
                answer = json.loads(_read_line(process, time_limit))
            except TimeoutError as exc:
                raise self._failure(
                    f"The voice did not finish a line within {time_limit:.0f} s and was ended."
                ) from exc
            except (OSError, EOFError) as exc:
                raise self._failure("The voice program ended in the middle of a line.") from exc
            except ValueError as exc:
                raise self._failure("The voice program gave an answer that is no JSON.") from exc
            except BaseException:
                self._stop()  # interrupted: its answer to this question must not be taken for the next one's
                raise
        if not isinstance(answer, dict):
            raise MediaError("The voice program gave an answer of the wrong form.", command=self._command)
        return answer

    def close(self) -> None:
        """End the child, if one runs."""
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        try:
            process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, bufsize=0
            )
        except OSError as exc:
            said.close()
            raise MediaError(f"The voice program could not be started ({exc.strerror}).") from exc
        self._process, self._said = process, said
        self._end = weakref.finalize(self, _end, process, said)
        return process

    def _failure(self, message: str) -> MediaError:
        """End the child and make the error that says what it printed last."""
        process, said, lines = self._process, self._said, ""
        exit_code: int | None = None
        if process is not None and said is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                exit_code = process.wait(timeout=0.5)
            said.seek(0)
            lines = said.read().decode(errors="replace")
        self._stop()
        return MediaError(
            message,
            command=self._command,
            exit_code=exit_code,
            last_lines=lines,
            remedy="Run it again: the voice starts anew. If it stays so, shorten or simplify the line.",
        )

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._process = self._said = self._end = None


def _end(process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    """Kill the child, collect it and close its pipes; it holds no state worth saving."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, said):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _read_line(process: subprocess.Popen[bytes], time_limit: float) -> bytes:
    """Read one line from the child. Raises TimeoutError, or EOFError when the child closes before its end."""
    assert process.stdout is not None
    deadline = time.monotonic() + time_limit
    parts: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not parts or not parts[-1].endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            part = os.read(process.stdout.fileno(), 1 << 20)
            if not part:
                raise EOFError
            parts.append(part)
    return b"".join(parts)
