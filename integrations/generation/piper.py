"""Speech by Piper: English out of the box, other languages with voices of one's own in VOICES_DIR.

The engine (https://github.com/OHF-Voice/piper1-gpl) is GPL software and runs as a separate process, which is kept
from line to line because loading a voice takes a second or two. Word times come from the voice itself.
"""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core.errors import BadInput
from core.models import Capability, Made, Progress, SpeakRequest, Speech, VoiceChoice
from core.settings import Settings
from integrations.generation.piper_voices import CHILD, PiperVoice, broken, find_voices, no_speaker, prepared_model
from integrations.generation.speech_child import SpeechChild
from integrations.generation.speech_sound import Samples, filtered, find_ffmpeg, levelled, trimmed, write_wav
from integrations.generation.spoken import spoken_forms
from integrations.generation.word_times import times_from_phonemes, words_of

LINE_SECONDS_LIMIT = 90.0
"""Longest time one line may take, loading the voice included; a line of 20 s needs about 5 on two slow cores."""


class Piper:
    """Speaks a line with a Piper voice. Keep one maker for a reel: its voice program stays loaded."""

    name: ClassVar[str] = "piper"
    capability: ClassVar[Capability] = Capability.SPEAK

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._child = SpeechChild(CHILD)
        self._preparing = threading.Lock()

    def objection(self, request: dict[str, Any]) -> str | None:
        """Say why this line cannot be spoken here: the voice, its language or speaker, or nothing to say."""
        asked = SpeakRequest.model_validate(request)
        voices = find_voices(self._settings)
        voice = voices.get(asked.voice.name)
        if voice is None:
            return (
                f"There is no Piper voice '{asked.voice.name}'; choose one of {', '.join(voices) or 'none installed'}, "
                f"or put {asked.voice.name}.onnx and {asked.voice.name}.onnx.json into VOICES_DIR."
            )
        if voice.language and voice.language != asked.language:
            return (
                f"The Piper voice '{voice.name}' speaks '{voice.language}', not '{asked.language}'; "
                f"put a voice for '{asked.language}' into VOICES_DIR and give it to the character."
            )
        try:
            voice.speaker(asked.voice.speaker)
        except KeyError:
            return no_speaker(voice, asked.voice.speaker)
        if not any(spoken_forms(asked.text, asked.language)):
            return "The line has no word that can be spoken; write one."
        return None

    def make(self, request: dict[str, Any], workspace: Path, progress: Progress) -> Made:
        """Speak the line into `speech.wav` (16-bit mono, the voice's own rate) with the times of its words.

        Raises MissingPart when the voice is not there or broken, BadInput when nothing can be spoken, MediaError
        when the voice program or FFmpeg fails.
        """
        asked = SpeakRequest.model_validate(request)
        if refusal := self.objection(request):
            raise BadInput(refusal)
        voice = find_voices(self._settings)[asked.voice.name]
        shown, spoken = asked.text.split(), spoken_forms(asked.text, asked.language)
        said = [form for form in spoken if form]
        answer = self._answer(voice, said, asked.voice)
        progress(0.8)
        rate = int(answer["rate"])
        samples = np.frombuffer(base64.b64decode(answer["audio"]), dtype="<i2").astype(np.float32) / np.float32(32768)
        samples, cut = trimmed(samples, rate)
        samples = pitched(samples, rate, asked.voice.pitch, self._settings.ffmpeg_binary)
        samples = levelled(samples, rate)
        times = times_from_phonemes(answer["words"], answer["phonemes"], rate)
        seconds = len(samples) / rate
        words = words_of(shown, spoken, [(max(0, a - cut), max(0, b - cut)) for a, b in times], seconds)
        path = workspace / "speech.wav"
        write_wav(path, samples, rate)
        progress(1.0)
        speech = Speech(seconds=round(seconds, 3), words=words, timing="voice")
        return Made(files={"speech": path}, result=speech.model_dump(mode="json"))

    def close(self) -> None:
        """End the voice program; it starts again with the next line."""
        self._child.close()

    def _answer(self, voice: PiperVoice, said: list[str], style: VoiceChoice) -> dict[str, Any]:
        with self._preparing:
            model = prepared_model(voice, self._settings)
        question = {
            "model": str(model),
            "config": str(voice.config),
            "text": " ".join(said),
            "words": said,
            "speed": style.speed,
            "speaker": voice.speaker(style.speaker),
        }
        answer = self._child.ask(question, time_limit=LINE_SECONDS_LIMIT)
        if answer.get("kind") == "voice":
            model.unlink(missing_ok=True)  # made anew from the installed file next time
            raise broken(voice, str(answer["error"]))
        if "error" in answer:
            raise BadInput(f"The voice '{voice.name}' cannot speak this line: {answer['error']}.")
        return answer


def pitched(samples: Samples, rate: int, semitones: float, ffmpeg: Path | None) -> Samples:
    """Move a voice up or down without changing its length or its vowels, by the configured FFmpeg."""
    if semitones == 0:
        return samples
    rubberband = f"rubberband=pitch={2 ** (semitones / 12):.6f}:formant=preserved:pitchq=quality"
    return filtered(samples, rate, rubberband, find_ffmpeg(ffmpeg))
