"""A music bed made by numpy: quiet, consonant music that stays out of a voice's way and ends where the reel ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core.errors import BadInput
from core.models import Capability, Made, MusicRequest, Progress
from core.settings import Settings
from integrations.generation.bed_instruments import RATE
from integrations.generation.bed_score import compose
from integrations.generation.bed_sound import play
from integrations.generation.speech_sound import write_wav

SECONDS = (1.0, 300.0)
"""Shortest and longest bed: shorter holds no chord, longer is no reel."""


class Bed:
    """Makes the music bed of a mood. The seed varies key, tempo, chords and pattern."""

    name: ClassVar[str] = "bed"
    capability: ClassVar[Capability] = Capability.MUSIC

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def objection(self, request: dict[str, Any]) -> str | None:
        """Say why this bed cannot be made: only its length can be at fault."""
        seconds = MusicRequest.model_validate(request).seconds
        if SECONDS[0] <= seconds <= SECONDS[1]:
            return None
        return f"A bed lasts {SECONDS[0]:.0f} to {SECONDS[1]:.0f} s, not {seconds:g} s; ask for a length between."

    def make(self, request: dict[str, Any], workspace: Path, progress: Progress) -> Made:
        """Play the bed into `music.wav` (16-bit stereo, 48 kHz). Raises BadInput, DiskFull or StorageError."""
        asked = MusicRequest.model_validate(request)
        if refusal := self.objection(request):
            raise BadInput(refusal)
        score = compose(asked.mood, asked.seconds, asked.seed)
        bed = play(score, asked.mood)
        progress(0.9)
        path = workspace / "music.wav"
        write_wav(path, np.ascontiguousarray(bed.T), RATE)
        progress(1.0)
        seconds = bed.shape[1] / RATE
        result = {"seconds": seconds, "tempo": score.tempo, "key": score.key, "mood": asked.mood}
        return Made(files={"music": path}, result=result)
