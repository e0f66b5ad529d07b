"""The Pico engine as a program of its own, because odd text can crash it or keep it busy for ever.

    python -P nanotts_child.py          answers questions, one JSON line each, until its input closes

A question is {"voice", "speed", "pitch", "texts"}; the answer {"rate", "audios"}: 16-bit mono samples in base64 for
each text. A failure is answered {"error"}. Each question is served by a fork of this program, because what the
engine says depends on what it said before: only a fresh one speaks equal text equally.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from typing import Any, TextIO

from py_nanotts import NanoTTS

RATE = 16_000
ALARM_SECONDS = 15
"""A line takes a tenth of a second; some nonsense keeps the engine busy for ever."""

VOLUME = 0.5
"""The engine's own level clips its peaks; at half of it they keep their shape."""


def speak(question: dict[str, Any]) -> dict[str, Any]:
    """Answer one question; see the top of this file."""
    style = {"voice": question["voice"], "speed": question["speed"], "pitch": question["pitch"], "volume": VOLUME}
    audios = [base64.b64encode(NanoTTS().speak(text, **style)).decode() for text in question["texts"]]
    return {"rate": RATE, "audios": audios}


def answered(line: str, answers: TextIO) -> None:
    """Answer one question from a fork, which is ended by an alarm when it does not come to an end itself."""
    worker = os.fork()
    if worker:
        _, status = os.waitpid(worker, 0)
        if status:
            why = "it took too long" if os.WTERMSIG(status) == signal.SIGALRM else "the engine crashed"
            _write({"error": why}, answers)
        return
    try:
        signal.alarm(ALARM_SECONDS)
        _write(speak(json.loads(line)), answers)
    except Exception as exc:
        _write({"error": f"{type(exc).__name__}: {exc}"[:300]}, answers)
    finally:
        os._exit(0)


def _write(answer: dict[str, Any], answers: TextIO) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def serve() -> None:
    """Answer questions until the input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is our parent's to handle; it closes our input
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the engine prints must not end up among the answers
    for line in sys.stdin:
        answered(line, answers)


if __name__ == "__main__":
    serve()
