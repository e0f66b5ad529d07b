"""Speech by Kokoro-82M in English, Spanish, French and Italian: more natural than the embedded voices, and slower.

An optional part: `pip install 'reelwright[kokoro]'`, and a folder KOKORO_DIR with `model.onnx` and `voices.npz` (or
`voices.bin`) from https://github.com/thewh1teagle/kokoro-onnx/releases. The engine runs as a separate process, kept
from line to line. A model that tells the lengths of its sounds times the words; with others they are guessed.
"""

from __future__ import annotations

import base64
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core.errors import BadInput, MissingPart
from core.models import Capability, Language, Made, Progress, SpeakRequest, Speech, TimingSource
from core.settings import Settings
from integrations.generation.piper import pitched
from integrations.generation.speech_child import SpeechChild
from integrations.generation.speech_sound import levelled, trimmed, write_wav
from integrations.generation.spoken import spoken_forms
from integrations.generation.spoken_reply import guessed_times
from integrations.generation.word_times import times_from_phonemes, words_of

CHILD = Path(__file__).with_name("kokoro_child.py")
LINE_SECONDS_LIMIT = 180.0
"""Longest time one line may take, loading the model included. A second of speech takes about one on two free cores
with a 32-bit model, and up to four with an 8-bit one or on busy cores."""

LANGUAGES: dict[str, tuple[Language, str]] = {
    "a": ("en", "en-us"),
    "b": ("en", "en-gb"),
    "e": ("es", "es"),
    "f": ("fr", "fr-fr"),
    "i": ("it", "it"),
}
"""By the first letter of a voice's name: its language here, and as eSpeak calls it. The others are not of the house."""

FROM = "https://github.com/thewh1teagle/kokoro-onnx/releases"


@dataclass(frozen=True)
class KokoroFiles:
    """The model and its voices, by name."""

    model: Path
    voices: Path
    names: tuple[str, ...]


class Kokoro:
    """Speaks a line with a Kokoro voice, such as "af_heart" or "em_alex". Keep one maker: its model stays loaded."""

    name: ClassVar[str] = "kokoro"
    capability: ClassVar[Capability] = Capability.SPEAK

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._child = SpeechChild(CHILD)

    def objection(self, request: dict[str, Any]) -> str | None:
        """Say why this line cannot be spoken here: what is not installed, the voice, or nothing to say."""
        asked = SpeakRequest.model_validate(request)
        try:
            files = find_files(self._settings)
        except MissingPart as exc:
            return str(exc)
        name, language = asked.voice.name, language_of(asked.voice.name)
        if name not in files.names or language is None:
            fitting = [known for known in files.names if language_of(known) == asked.language]
            return f"Kokoro has no voice '{name}'; for '{asked.language}' choose one of {', '.join(fitting) or 'none'}."
        if language != asked.language:
            return f"The Kokoro voice '{name}' speaks '{language}', not '{asked.language}'."
        if not any(spoken_forms(asked.text, asked.language)):
            return "The line has no word that can be spoken; write one."
        return None

    def make(self, request: dict[str, Any], workspace: Path, progress: Progress) -> Made:
        """Speak the line into `speech.wav` (16-bit mono, 24 kHz) with the times of its words.

        Raises BadInput when the request cannot be served, MissingPart when the model's files are broken, MediaError
        when the voice program or FFmpeg fails.
        """
        asked = SpeakRequest.model_validate(request)
        if refusal := self.objection(request):
            raise BadInput(refusal)
        shown, spoken = asked.text.split(), spoken_forms(asked.text, asked.language)
        answer = self._answer(asked, [form for form in spoken if form])
        progress(0.8)
        rate = int(answer["rate"])
        samples = np.frombuffer(base64.b64decode(answer["audio"]), dtype="<i2").astype(np.float32) / np.float32(32768)
        samples, cut = trimmed(samples, rate)
        samples = pitched(samples, rate, asked.voice.pitch, self._settings.ffmpeg_binary)
        samples = levelled(samples, rate)
        timing: TimingSource = "voice" if answer["phonemes"] else "proportional"
        if answer["phonemes"]:
            told = times_from_phonemes(answer["words"], answer["phonemes"], rate)
            times = [(max(0.0, start - cut), max(0.0, end - cut)) for start, end in told]
        else:
            times = guessed_times(samples, rate, spoken, asked.language)
        seconds = len(samples) / rate
        path = workspace / "speech.wav"
        write_wav(path, samples, rate)
        progress(1.0)
        speech = Speech(seconds=round(seconds, 3), words=words_of(shown, spoken, times, seconds), timing=timing)
        return Made(files={"speech": path}, result=speech.model_dump(mode="json"), model=asked.voice.name)

    def close(self) -> None:
        """End the voice program; it starts again with the next line."""
        self._child.close()

    def _answer(self, asked: SpeakRequest, said: list[str]) -> dict[str, Any]:
        files = find_files(self._settings)
        question = {
            "model": str(files.model),
            "voices": str(files.voices),
            "voice": asked.voice.name,
            "language": LANGUAGES[asked.voice.name[0]][1],
            "speed": asked.voice.speed,
            "text": " ".join(said),
            "words": said,
        }
        answer = self._child.ask(question, time_limit=LINE_SECONDS_LIMIT)
        if answer.get("kind") == "voice":
            raise MissingPart(
                f"The Kokoro model cannot be used ({answer['error']}).",
                remedy=f"Put the files of {FROM} into KOKORO_DIR again, and install 'reelwright[kokoro]' again.",
            )
        if "error" in answer:
            raise BadInput(f"The voice '{asked.voice.name}' cannot speak this line: {answer['error']}.")
        return answer


def language_of(voice: str) -> Language | None:
    """Return the language a voice speaks, None for one that the house does not have."""
    return LANGUAGES[voice[0]][0] if voice[:1] in LANGUAGES else None


def find_files(settings: Settings) -> KokoroFiles:
    """Return the model and the voices. Raises MissingPart, which says how to install what is not there."""
    if find_spec("kokoro_onnx") is None:
        raise MissingPart(
            "The package kokoro-onnx is not installed.", remedy="Install it: pip install 'reelwright[kokoro]'."
        )
    if settings.kokoro_dir is None:
        raise MissingPart(
            "KOKORO_DIR is not set.", remedy=f"Set it to a folder with model.onnx and voices.npz from {FROM}."
        )
    folder = settings.kokoro_dir.expanduser()
    model = folder / "model.onnx"
    voices = next((path for path in (folder / "voices.npz", folder / "voices.bin") if path.is_file()), None)
    if voices is None or not model.is_file():
        raise MissingPart(
            f"{folder} holds no model.onnx, or no voices.npz or voices.bin.", remedy=f"Put them there from {FROM}."
        )
    try:
        with zipfile.ZipFile(voices) as archive:
            names = tuple(sorted(Path(name).stem for name in archive.namelist()))
    except (OSError, zipfile.BadZipFile) as exc:
        raise MissingPart(f"{voices} cannot be read.", remedy=f"Put it there again from {FROM}.") from exc
    return KokoroFiles(model, voices, names)
