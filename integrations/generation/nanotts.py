"""Speech by Pico, the small voices of py-nanotts: Spanish, German, French, Italian and British English.

Plainer than Piper and very fast. The voice tells no word times: a line is spoken phrase by phrase, so the bounds of
phrases are exact, and inside a phrase the words are found by comparing it with each word said alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core.errors import BadInput, MediaError
from core.models import Capability, Language, Made, Progress, SpeakRequest, Speech, TimingSource
from core.settings import Settings
from integrations.generation.speech_child import SpeechChild
from integrations.generation.speech_sound import (
    Samples,
    filtered,
    find_ffmpeg,
    levelled,
    trimmed,
    without_silence,
    write_wav,
)
from integrations.generation.spoken import spoken_forms
from integrations.generation.word_alignment import aligned_words, shared_out
from integrations.generation.word_times import words_of

CHILD = Path(__file__).with_name("nanotts_child.py")
VOICE = "pico"
VOICES: dict[Language, str] = {"en": "en-GB", "es": "es-ES", "de": "de-DE", "fr": "fr-FR", "it": "it-IT"}
RATE = 24_000
TIME_LIMIT_SECONDS = 20.0
"""Longer than the voice program allows itself, so that it can say why."""

PAUSES = {",": 0.16, ";": 0.22, ":": 0.22, ".": 0.34, "!": 0.34, "?": 0.34}
"""Seconds of silence after a phrase, by its last sign, at natural speed."""

# Measured against a recorded voice, the engine booms below 400 Hz, lacks presence at 2-3 kHz and buzzes at 6 kHz.
SOUND = (
    "highpass=f=90,equalizer=f=280:t=o:w=1.4:g=-3.5,equalizer=f=2400:t=o:w=1.6:g=4,"
    "highshelf=f=5600:t=o:w=1:g=-5,aresample={rate}"
)


@dataclass(frozen=True)
class Phrase:
    """Words that are said in one breath, and how long the voice pauses after them."""

    words: tuple[str, ...]
    pause: float


class NanoTts:
    """Speaks a line with a Pico voice, which is called "pico" in every language."""

    name: ClassVar[str] = "nanotts"
    capability: ClassVar[Capability] = Capability.SPEAK

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._child = SpeechChild(CHILD)

    def objection(self, request: dict[str, Any]) -> str | None:
        """Say why this line cannot be spoken here: the voice, or nothing to say."""
        asked = SpeakRequest.model_validate(request)
        if asked.voice.name != VOICE:
            return f"NanoTTS has no voice '{asked.voice.name}'; give the character the voice '{VOICE}'."
        if not any(spoken_forms(asked.text, asked.language)):
            return "The line has no word that can be spoken; write one."
        return None

    def make(self, request: dict[str, Any], workspace: Path, progress: Progress) -> Made:
        """Speak the line into `speech.wav` (16-bit mono, 24 kHz) with the times of its words.

        Raises BadInput when the request cannot be served, MediaError when the voice program or FFmpeg fails.
        """
        asked = SpeakRequest.model_validate(request)
        if refusal := self.objection(request):
            raise BadInput(refusal)
        shown, spoken = asked.text.split(), spoken_forms(asked.text, asked.language)
        parts: list[Samples] = []
        times: list[tuple[float, float]] = []
        timing: TimingSource = "alignment"
        seconds = 0.0
        phrases = split_phrases([_joined_thousands(form, asked.language) for form in spoken if form])
        for number, phrase in enumerate(phrases):
            said, alone, rate = self._said(phrase, asked)
            spans = aligned_words(said, alone, rate)
            if spans is None:
                spans, timing = shared_out(len(said) / rate, [max(1, len(word)) for word in alone]), "proportional"
            times += [(seconds + start, seconds + end) for start, end in spans]
            pause = np.zeros(round(phrase.pause / asked.voice.speed * rate), np.float32)
            parts += [said, pause]
            seconds += (len(said) + len(pause)) / rate
            progress(0.8 * (number + 1) / len(phrases))
        samples = filtered(
            np.concatenate(parts),
            rate,
            SOUND.format(rate=RATE),
            find_ffmpeg(self._settings.ffmpeg_binary),
            new_rate=RATE,
        )
        samples, cut = trimmed(samples, RATE)
        samples = levelled(samples, RATE)
        length = len(samples) / RATE
        words = words_of(shown, spoken, [(max(0, a - cut), max(0, b - cut)) for a, b in times], length)
        path = workspace / "speech.wav"
        write_wav(path, samples, RATE)
        progress(1.0)
        speech = Speech(seconds=round(length, 3), words=words, timing=timing)
        return Made(files={"speech": path}, result=speech.model_dump(mode="json"))

    def close(self) -> None:
        """End the voice program; it starts again with the next line."""
        self._child.close()

    def _said(self, phrase: Phrase, asked: SpeakRequest) -> tuple[Samples, list[Samples], int]:
        """Return the phrase, each of its words said alone, all without silence around them, and their rate."""
        alone = [word.rstrip(".,;:!?)'") for word in phrase.words]
        question = {
            "voice": VOICES[asked.language],
            "speed": asked.voice.speed,
            "pitch": 2 ** (asked.voice.pitch / 12),
            "texts": [" ".join(phrase.words), *alone],
        }
        answer = self._child.ask(question, time_limit=TIME_LIMIT_SECONDS)
        if "error" in answer:
            raise MediaError(f"The voice '{VOICE}' cannot speak this line: {answer['error']}.")
        rate = int(answer["rate"])
        said, *words = (without_silence(_samples(audio), rate) for audio in answer["audios"])
        return said, words, rate


def split_phrases(forms: Sequence[str]) -> list[Phrase]:
    """Split spoken words into phrases after each word that ends with a sign of punctuation."""
    phrases: list[Phrase] = []
    begun: list[str] = []
    for form in forms:
        begun.append(form)
        sign = form.rstrip(")'")[-1:]
        if sign in PAUSES:
            phrases.append(Phrase(tuple(begun), PAUSES[sign]))
            begun = []
    return [*phrases, Phrase(tuple(begun), 0.0)] if begun else phrases


def _joined_thousands(form: str, language: Language) -> str:
    """Write 3.000 as 3000 where a point parts thousands: the German voice reads it as two numbers."""
    if language == "en":
        return form
    return re.sub(r"\b\d{1,3}(?:\.\d{3})+\b", lambda number: number[0].replace(".", ""), form)


def _samples(audio: str) -> Samples:
    return np.frombuffer(base64.b64decode(audio), dtype="<i2").astype(np.float32) / np.float32(32768)
