"""From speech and pictures to the finished video file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from prefect import task

from core.errors import WrongState
from core.keys import content_key
from core.models import Capability, Character, Made, Mood, MusicRequest, Order, Progress, Speech, Step
from core.settings import get_settings
from db import characters, generations, reels
from db.connection import Connection, get_database
from db.generations import StoredFile
from db.reels import Scene
from media.edit import SceneMaterial, cut
from media.ffmpeg import find_ffmpeg
from media.render import render
from media.timeline import CaptionStyle, Timeline
from tasks.making import Candidate, Result, asset_folder, obtain, obtain_from_makers
from tasks.policy import RETRY, step
from tasks.script import shared_variant

RECIPE = "1"
MUSIC_RECIPE = "1"


@task(task_run_name="render the reel", **RETRY)
def render_reel(reel_id: int) -> float:
    """Cut the scenes, lay the music under them, render the file, and return its length in seconds."""
    with step(reel_id, Step.RENDER):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            character = characters.get_character_of_reel(connection, reel_id)
            scenes = reels.get_scenes(connection, reel_id)
            material, files = _gather(connection, scenes)
        silent = _cut(material, character)
        music = _music(reel_id, scenes, silent.seconds)
        timeline = _cut(material, character, music=music.files["music"].sha256)
        files[music.files["music"].sha256] = music.path("music")
        order = Order(
            capability=Capability.RENDER,
            request={"timeline": timeline.model_dump(mode="json")},
            recipe=RECIPE,
            variant=shared_variant(reel_id, reel.take(Step.RENDER)),
        )

        def make(workspace: Path, progress: Progress) -> Made:
            settings, out = get_settings(), workspace / "reel.mp4"
            limit, ffmpeg = settings.render_seconds_limit, find_ffmpeg(settings.ffmpeg_binary)
            render(timeline, files, out, ffmpeg=ffmpeg, progress=progress, time_limit=limit)
            return Made({"reel": out}, {"seconds": timeline.seconds, "frames": timeline.frames})

        result = obtain(order, [Candidate("reelwright", make)], reel_id=reel_id)
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, "music", music.key)
            reels.set_part(connection, reel_id, "render", result.key)
            reels.advance_reel(connection, reel_id, "rendered")
        return timeline.seconds


def timeline_of(connection: Connection, render_key: str) -> Timeline:
    """Return the timeline a render was made from."""
    return Timeline.model_validate(generations.get_request(connection, render_key)["timeline"])


def _gather(connection: Connection, scenes: list[Scene]) -> tuple[list[SceneMaterial], dict[str, Path]]:
    material: list[SceneMaterial] = []
    files: dict[str, Path] = {}
    for scene in scenes:
        if scene.speech is None or scene.picture is None:
            raise WrongState(
                f"Scene {scene.position} has no speech or picture yet.",
                remedy="Run the reel again from the voice step.",
            )
        speech = Speech.model_validate(generations.get_generation(connection, scene.speech).result)
        picture = generations.get_generation(connection, scene.picture).result or {}
        speech_file = generations.get_files(connection, scene.speech)["speech"]
        picture_file = generations.get_files(connection, scene.picture)["picture"]
        focus = picture.get("focus", {"x": 0.5, "y": 0.5})
        material.append(
            SceneMaterial(
                role=scene.line.role,
                text=scene.line.text,
                words=speech.words,
                timing=speech.timing,
                speech=speech_file.sha256,
                seconds=speech.seconds,
                picture=picture_file.sha256,
                focus=(focus["x"], focus["y"]),
            )
        )
        files[speech_file.sha256] = _path(speech_file)
        files[picture_file.sha256] = _path(picture_file)
    return material, files


def _cut(material: list[SceneMaterial], character: Character, music: str | None = None) -> Timeline:
    hook = next((scene.text for scene in material if scene.role == "hook"), None)
    return cut(
        material,
        language=character.language,
        style=CaptionStyle(accent=character.palette.accent),
        title=hook,
        watermark=character.name,
        music=music,
    )


def _music(reel_id: int, scenes: list[Scene], seconds: float) -> Result:
    """Obtain a bed in the mood most scenes have, as long as the reel."""
    moods: Counter[Mood] = Counter(scene.line.setting.mood for scene in scenes)
    seed = int(content_key([scene.line.text for scene in scenes])[:8], 16)
    request = MusicRequest(mood=moods.most_common(1)[0][0], seconds=round(seconds, 3), seed=seed)
    order = Order(capability=Capability.MUSIC, request=request.model_dump(mode="json"), recipe=MUSIC_RECIPE)
    return obtain_from_makers(order, reel_id=reel_id)


def _path(file: StoredFile) -> Path:
    return asset_folder().path(file.sha256, file.suffix)
