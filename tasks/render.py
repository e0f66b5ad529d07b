"""From speech and pictures to the finished video files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from prefect import task

from core.keys import content_key
from core.models import Capability, Character, Made, Mood, MusicRequest, Order, Progress, Step
from core.posting_file import posting_accounts
from core.settings import get_settings
from db import characters, generations, reels
from db.connection import Connection, get_database
from db.reels import Reel, Scene
from integrations.platforms import platform_class
from media.edit import SceneMaterial, cut
from media.ffmpeg import find_ffmpeg
from media.profiles import PREVIEW, get_encoder, get_profile
from media.render import Renderer
from media.safe_boxes import common
from media.timeline import CaptionStyle, Sha, Timeline
from rules.branding import marks_of
from tasks.making import Local, obtain, obtain_from_makers
from tasks.material import Files, effects, gather, without_silence
from tasks.policy import RETRY, step
from tasks.script import shared_variant
from tasks.work import Result

RECIPE = "2"
MUSIC_RECIPE = "2"
UNMARKED = "unmarked"
"""Role of the edition without watermark and outro, for platforms that forbid them."""


@task(task_run_name="render the reel", **RETRY)
def render_reel(reel_id: int) -> float:
    """Cut the scenes, lay the music under them, render the files, and return the reel's length in seconds."""
    with step(reel_id, Step.RENDER):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            character = characters.get_character_of_reel(connection, reel_id)
            scenes = reels.get_scenes(connection, reel_id)
            material, files = gather(connection, scenes)
        material = without_silence(material, files)
        sounds, sound_files = effects() if character.brand.effects else ({}, {})
        music = _music(reel, character, scenes, _cut(material, character, sounds).seconds)
        bed = music.files["music"].sha256
        timeline = _cut(material, character, sounds, music=bed)
        files |= sound_files | {bed: music.path("music")}
        editions = _editions(timeline, character.slug)
        order = _order(timeline, sorted(editions), shared_variant(reel_id, reel.take(Step.RENDER)))

        def make(workspace: Path, progress: Progress) -> Made:
            made = _render_editions(editions, files, workspace, progress)
            return Made(made, {"seconds": timeline.seconds, "frames": timeline.frames})

        result = obtain(order, [Local("reelwright", make)], reel_id=reel_id)
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, "music", music.key)
            reels.set_part(connection, reel_id, "render", result.key)
            reels.advance_reel(connection, reel_id, "rendered")
        return timeline.seconds


def timeline_of(connection: Connection, render_key: str) -> Timeline:
    """Return the timeline a render was made from, in the size it was rendered in."""
    request = generations.get_request(connection, render_key)
    return get_profile(request["profile"]).fit(Timeline.model_validate(request["timeline"]))


def _order(timeline: Timeline, editions: list[str], variant: str) -> Order:
    settings = get_settings()
    request = {
        "timeline": timeline.model_dump(mode="json"),
        "editions": editions,
        "profile": settings.render_profile,
        "encoder": settings.video_encoder,
    }
    return Order(capability=Capability.RENDER, request=request, recipe=RECIPE, variant=variant)


def _editions(timeline: Timeline, character: str) -> dict[str, Timeline]:
    """Return what is rendered by role: the reel, and one without marks when a platform forbids them."""
    if all(platform_class(name).allows_marks for name in _platforms(character)):
        return {"reel": timeline}
    return {"reel": timeline, UNMARKED: timeline.without_marks()}


def _platforms(character: str) -> list[str]:
    """Return the platforms that the reels of a character go to."""
    return list(dict.fromkeys(account.platform for account in posting_accounts() if account.takes(character)))


def _render_editions(
    editions: Mapping[str, Timeline], files: Files, workspace: Path, progress: Progress
) -> dict[str, Path]:
    """Render every edition and a small preview with one worker, and return the files by role."""
    settings = get_settings()
    profile = get_profile(settings.render_profile)
    jobs = [(role, timeline, profile) for role, timeline in editions.items()]
    jobs.append(("preview", editions["reel"], PREVIEW))
    made: dict[str, Path] = {}
    with Renderer(
        ffmpeg=find_ffmpeg(settings.ffmpeg_binary),
        cache=settings.home / "cache" / "render",
        cache_mib=settings.render_cache_mib,
        encoder=get_encoder(settings.video_encoder),
        memory_mib=settings.render_memory_mib,
    ) as renderer:
        for role, timeline, each in jobs:
            done = len(made)

            def tell(share: float, done: int = done) -> None:
                progress((done + share) / len(jobs))

            made[role] = workspace / f"{role}.mp4"
            limit = settings.render_seconds_limit
            renderer.render(timeline, files, made[role], progress=tell, time_limit=limit, profile=each)
    return made


def _cut(
    material: list[SceneMaterial], character: Character, sounds: Mapping[str, Sha], music: Sha | None = None
) -> Timeline:
    """Cut the reel as the character's brand and the platforms it goes to ask for."""
    marks = marks_of(character)
    return cut(
        material,
        language=character.language,
        style=CaptionStyle(name=character.brand.captions, accent=character.palette.accent),
        title=next((scene.text for scene in material if scene.role == "hook"), None),
        outro=marks.outro,
        watermark=marks.watermark,
        music=music,
        effects=sounds,
        safe=common(_platforms(character.slug)),
    )


def _music(reel: Reel, character: Character, scenes: list[Scene], seconds: float) -> Result:
    """Obtain a bed in the mood most scenes have, as long as the reel."""
    moods: Counter[Mood] = Counter(scene.line.setting.mood for scene in scenes)
    seed = int(content_key([scene.line.text for scene in scenes])[:8], 16)
    request = MusicRequest(mood=moods.most_common(1)[0][0], seconds=round(seconds, 3), seed=seed)
    order = Order(capability=Capability.MUSIC, request=request.model_dump(mode="json"), recipe=MUSIC_RECIPE)
    return obtain_from_makers(order, reel_id=reel.id, character=character, quality=reel.quality)
