"""What the editor cuts: the spoken lines and pictures of a reel out of the storage, and the sounds of the house."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from core.errors import WrongState
from core.models import Speech
from core.settings import get_settings
from db import generations
from db.connection import Connection
from db.generations import StoredFile
from db.reels import Scene
from integrations.storage.folder import digest, storage_errors
from media.edit import SceneMaterial
from media.effects import EffectName, write_effect
from media.ffmpeg import find_ffmpeg
from media.timeline import Layer, Sha
from media.voice import quiet_ends
from tasks.work import asset_folder

Files = dict[Sha, Path]

ROLES: dict[str, EffectName] = {"hook": "pop", "cut": "whoosh"}
"""Which sound effect the editor uses for what."""


def gather(connection: Connection, scenes: list[Scene]) -> tuple[list[SceneMaterial], Files]:
    """Return the material of each scene, and where its files lie. Raises WrongState when a step is missing."""
    material: list[SceneMaterial] = []
    files: Files = {}
    for scene in scenes:
        if scene.speech is None or scene.picture is None:
            raise WrongState(
                f"Scene {scene.position} has no speech or picture yet.",
                remedy="Run the reel again from the voice step.",
            )
        speech = Speech.model_validate(generations.get_generation(connection, scene.speech).result)
        drawn: dict[str, Any] = dict(generations.get_generation(connection, scene.picture).result or {})
        voice = generations.get_files(connection, scene.speech)["speech"]
        pictures = generations.get_files(connection, scene.picture)
        picture, layers = _stack(drawn, pictures)
        focus = drawn.get("focus", {"x": 0.5, "y": 0.5})
        clip, clip_seconds = _clip(connection, scene)
        material.append(
            SceneMaterial(
                role=scene.line.role,
                text=scene.line.text,
                words=speech.words,
                timing=speech.timing,
                speech=voice.sha256,
                seconds=speech.seconds,
                picture=picture.sha256,
                layers=layers,
                focus=(focus["x"], focus["y"]),
                clip=clip.sha256 if clip else None,
                clip_seconds=clip_seconds,
            )
        )
        files |= {file.sha256: path_of(file) for file in (voice, *pictures.values(), *([clip] if clip else []))}
    return material, files


def _clip(connection: Connection, scene: Scene) -> tuple[StoredFile | None, float]:
    """Return the moving clip of a scene and its length in seconds, if it has one."""
    if scene.clip is None:
        return None, 0.0
    result = generations.get_generation(connection, scene.clip).result or {}
    return generations.get_files(connection, scene.clip)["clip"], float(result["seconds"])


def picture_files(connection: Connection, scenes: list[Scene]) -> Files:
    """Return where the pictures of the scenes, their layers and clips lie."""
    keys = [key for scene in scenes for key in (scene.picture, scene.clip) if key]
    drawn = [generations.get_files(connection, key) for key in keys]
    return {file.sha256: path_of(file) for pictures in drawn for file in pictures.values()}


def without_silence(material: list[SceneMaterial], files: Files) -> list[SceneMaterial]:
    """Listen to the lines whose word times are only guessed, and say for how long their ends are silent."""
    return [
        scene.model_copy(update={"quiet": _quiet_ends(files[scene.speech])})
        if scene.timing == "proportional"
        else scene
        for scene in material
    ]


def effects() -> tuple[dict[str, Sha], Files]:
    """Return the house's sound effects by what they are for, and where they lie; they are written once."""
    folder = get_settings().home / "cache" / "effects"
    sounds: dict[str, Sha] = {}
    files: Files = {}
    for role, name in ROLES.items():
        path = folder / f"{name}.wav"
        with storage_errors(path):
            if not path.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(dir=folder) as workspace:
                    written = Path(workspace, path.name)
                    write_effect(name, written)
                    written.replace(path)
            sounds[role], _ = digest(path)
        files[sounds[role]] = path
    return sounds, files


def path_of(file: StoredFile) -> Path:
    """Return where a stored file lies."""
    return asset_folder().path(file.sha256, file.suffix)


def _quiet_ends(voice: Path) -> tuple[float, float]:
    settings = get_settings()
    return quiet_ends(voice, ffmpeg=find_ffmpeg(settings.ffmpeg_binary), time_limit=settings.render_seconds_limit)


def _stack(drawn: dict[str, Any], pictures: dict[str, StoredFile]) -> tuple[StoredFile, tuple[Layer, ...]]:
    """Return what lies at the back of a scene and the layers before it; a flat picture has none."""
    layers = tuple(
        Layer(picture=pictures[layer["role"]].sha256, depth=layer["depth"]) for layer in drawn.get("layers", ())
    )
    return (pictures["ground"] if layers else pictures["picture"]), layers
