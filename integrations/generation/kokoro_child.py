"""The Kokoro engine as a program of its own: it turns text into sounds with eSpeak, which is GPL software.

    python -P kokoro_child.py        answers questions, one JSON line each, until its input closes

A question is {"model", "voices", "voice", "language", "speed", "text", "words"}; the answer {"rate", "audio",
"phonemes", "words"} with the audio as 16-bit mono samples in base64, [phoneme, samples] for every phoneme spoken
(none, where the model tells no lengths), and the phonemes of each word said alone. What cannot be served is answered
{"error", "kind"} with the kind `voice` or `text`.
"""

from __future__ import annotations

import base64
import os
import runpy
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

LOOP = Path(__file__).with_name("speech_loop.py")


@lru_cache(maxsize=1)
def load(model: str, voices: str) -> Any:
    """Load the model with all its voices."""
    import onnxruntime
    from kokoro_onnx import Kokoro

    options = onnxruntime.SessionOptions()
    # Two threads at most: more gain little on one line and take cores from renders beside us.
    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
    return Kokoro.from_session(session, voices)


def speak(question: dict[str, Any]) -> dict[str, Any]:
    """Answer one question; see the top of this file."""
    try:
        kokoro = load(question["model"], question["voices"])
        voice = kokoro.get_voice_style(question["voice"])
    except Exception as exc:  # whatever the libraries raise over a broken file, it is the voice's fault
        return {"error": f"{type(exc).__name__}: {exc}"[:300], "kind": "voice"}
    language = question["language"]
    audio, rate, timings = kokoro.create_timed(question["text"], voice, question["speed"], language)
    words = [kokoro.tokenizer.phonemize(word, language) for word in question["words"]] if timings else []
    samples = np.round(np.clip(audio, -1, 1) * 32767).astype("<i2")
    return {
        "rate": rate,
        "audio": base64.b64encode(samples.tobytes()).decode(),
        "phonemes": lengths(timings, rate),
        "words": words,
    }


def lengths(timings: list[Any], rate: int) -> list[list[Any]]:
    """Return [phoneme, samples] from the start of the audio on; what lies between two phonemes is a pause."""
    parts: list[list[Any]] = []
    at = 0
    for timing in timings:
        start, end = round(timing.start * rate), round(timing.end * rate)
        parts += [[" ", start - at]] if start > at else []
        parts.append([timing.phoneme, end - start])
        at = end
    return parts


if __name__ == "__main__":
    runpy.run_path(str(LOOP))["serve"](speak)
