"""The Piper engine as a program of its own. Piper is GPL software, so it is only ever run, never imported, by us.

    python -P piper_child.py                         answers questions, one JSON line each, until its input closes
    python -P piper_child.py patch SOURCE TARGET     writes the voice model the way the first form needs it

A question is {"model", "config", "text", "words", "speed", "speaker"}, the speaker a number, or null for the voice's
own; the answer {"rate", "audio", "phonemes", "words"} with the audio as 16-bit mono samples in base64, [phoneme,
samples] for every phoneme spoken, and the phonemes of each word said alone. What cannot be served is answered
{"error", "kind"} with the kind `voice` or `text`.
"""

from __future__ import annotations

import base64
import json
import os
import runpy
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

LOOP = Path(__file__).with_name("speech_loop.py")

NOISE_LENGTH = 262_139
"""Values in the noise written into a model: a prime, so that its rows never line up."""

NOISE_SEED = 20

STRETCHED = 0.74
"""Share of a line's length that follows the voice's length scale; sounds last whole frames, so the rest does not.
Measured with "joe" from 0.7 to 1.4 times natural speed."""

PAUSE_SECONDS = 0.12
"""Put between two sentences at natural speed, beside the 0.2 s or so that the voice leaves itself."""


def patch(source: str, target: str) -> None:
    """Write a copy of a voice model that tells its phoneme lengths and speaks equal text equally.

    The lengths become an output. The random nodes, which onnxruntime draws anew at every call, are replaced by
    a fixed noise of the same distribution.
    """
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper
    from piper.patch_voice_with_alignment import add_alignment_output

    model = onnx.load(source)
    graph = model.graph
    if not any(output.name in _ceil_outputs(graph) for output in graph.output):
        add_alignment_output(model)
    noise = np.random.default_rng(NOISE_SEED).standard_normal(NOISE_LENGTH).astype(np.float32)
    constants: dict[str, Any] = {
        "fixed_noise": noise,
        "fixed_noise_length": np.array(NOISE_LENGTH, np.int64),
        "fixed_zero": np.array(0, np.int64),
        "fixed_one": np.array(1, np.int64),
    }
    nodes = []
    for node in graph.node:
        if node.op_type != "RandomNormalLike" or {a.name for a in node.attribute} & {"mean", "scale"}:
            nodes.append(node)
            continue
        like, name = node.input[0], node.output[0]
        nodes += [
            helper.make_node("Shape", [like], [f"{name}.shape"]),
            helper.make_node("Size", [like], [f"{name}.size"]),
            helper.make_node("Range", ["fixed_zero", f"{name}.size", "fixed_one"], [f"{name}.range"]),
            helper.make_node("Mod", [f"{name}.range", "fixed_noise_length"], [f"{name}.index"]),
            helper.make_node("Gather", ["fixed_noise", f"{name}.index"], [f"{name}.flat"]),
            helper.make_node("Reshape", [f"{name}.flat", f"{name}.shape"], [name]),
        ]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(value, key) for key, value in constants.items())
    onnx.save(model, target)


def _ceil_outputs(graph: Any) -> set[str]:
    return {name for node in graph.node if node.op_type == "Ceil" for name in node.output}


@lru_cache(maxsize=2)
def load(model: str, config: str) -> Any:
    """Load a voice, keeping the last two."""
    import onnxruntime
    from piper import PiperVoice
    from piper.config import PiperConfig

    options = onnxruntime.SessionOptions()
    # Two threads at most: more gain little on one line and take cores from renders beside us.
    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
    return PiperVoice(
        session=session, config=PiperConfig.from_dict(json.loads(Path(config).read_text(encoding="utf-8")))
    )


def speak(question: dict[str, Any]) -> dict[str, Any]:
    """Answer one question; see the top of this file."""
    from piper import SynthesisConfig

    try:
        voice = load(question["model"], question["config"])
    except Exception as exc:  # whatever the libraries raise over a broken file, it is the voice's fault
        return {"error": f"{type(exc).__name__}: {exc}"[:300], "kind": "voice"}
    scale = 1 + (1 / question["speed"] - 1) / STRETCHED
    style = SynthesisConfig(
        speaker_id=question["speaker"], length_scale=voice.config.length_scale * scale, normalize_audio=False
    )
    audio, phonemes = bytearray(), []
    pause = round(PAUSE_SECONDS * voice.config.sample_rate / question["speed"])
    for chunk in voice.synthesize(question["text"], style, include_alignments=True):
        if audio:
            audio += bytes(2 * pause)
            phonemes.append([" ", pause])
        if chunk.phoneme_alignments is None:
            phonemes.append(["?", len(chunk.audio_float_array)])
        else:
            phonemes += [[part.phoneme, int(part.num_samples)] for part in chunk.phoneme_alignments]
        audio += chunk.audio_int16_bytes
    if not audio:
        return {"error": "nothing in it can be spoken", "kind": "text"}
    words = [" ".join("".join(sentence) for sentence in voice.phonemize(word)) for word in question["words"]]
    encoded = base64.b64encode(audio).decode()
    return {"rate": voice.config.sample_rate, "audio": encoded, "phonemes": phonemes, "words": words}


if __name__ == "__main__":
    if sys.argv[1:2] == ["patch"]:
        patch(*sys.argv[2:])
    else:
        runpy.run_path(str(LOOP))["serve"](speak)
