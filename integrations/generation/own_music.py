"""Music of the operator's own: files in the folder MUSIC_DIR, by mood or for any.

    MUSIC_DIR/epic/*.mp3    for reels of that mood
    MUSIC_DIR/*.mp3         for all others

Which one is taken depends on the reel's seed, so a reel keeps its music when it is made again. Length and
loudness do not matter: the mix loops, trims and levels it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, ClassVar

from core.errors import StorageError
from core.models import Capability, Made, MusicRequest, Progress
from core.settings import Settings

SUFFIXES = frozenset({".mp3", ".m4a", ".aac", ".ogg", ".opus", ".flac", ".wav"})


class OwnMusic:
    """Takes a fitting file from the operator's folder."""

    name: ClassVar[str] = "own_music"
    capability: ClassVar[Capability] = Capability.MUSIC

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.music_folder

    def objection(self, request: dict[str, Any]) -> str | None:
        """Say that there is no folder, or nothing in it for this mood."""
        if self._folder is None:
            return "MUSIC_DIR is not set; point it at a folder with music you may use."
        if not self._fitting(request):
            mood = MusicRequest.model_validate(request).mood
            return f"There is no music for the mood {mood} in {self._folder}; put files there or into {mood}/ below it."
        return None

    def make(self, request: dict[str, Any], workspace: Path, progress: Progress) -> Made:
        """Copy the file into the workspace. Raises StorageError when it cannot be read."""
        asked = MusicRequest.model_validate(request)
        fitting = self._fitting(request)
        chosen = fitting[asked.seed % len(fitting)]
        path = workspace / f"music{chosen.suffix.lower()}"
        try:
            shutil.copyfile(chosen, path)
        except OSError as exc:
            raise StorageError(f"The music {chosen} cannot be read ({exc.strerror or exc}).") from exc
        progress(1.0)
        return Made(files={"music": path}, result={"mood": asked.mood, "title": chosen.stem})

    def _fitting(self, request: dict[str, Any]) -> list[Path]:
        """Return the files for the mood, or those for any mood when there are none."""
        if self._folder is None:
            return []
        mood = MusicRequest.model_validate(request).mood
        return _music_in(self._folder / mood) or _music_in(self._folder)


def _music_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
