"""The loop of a child program that speaks: a question on each line it reads, an answer on each line it writes.

It needs nothing but the standard library, and children load it by its path: importing it as a part of our package would
take them seconds and load the whole of it beside an engine that is GPL software.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def serve(speak: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer questions with what `speak` returns for each, until the input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is our parent's to handle; it closes our input
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not end up among the answers
    for line in sys.stdin:
        try:
            answer = speak(json.loads(line))
        except Exception as exc:
            answer = {"error": f"{type(exc).__name__}: {exc}"[:300], "kind": "text"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
