"""What travels with the video: cover, contact sheet, captions, and the facts of its making."""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

from prefect import task

from core.errors import StorageError
from core.keys import content_key, plain_number
from core.models import Capability, Made, Order, Progress, Script, Step
from core.settings import get_settings
from db import characters, generations, ideas, reels
from db.connection import Connection, get_database
from db.generations import StoredFile
from integrations.storage.folder import digest, storage_errors
from media.captions import to_srt, to_vtt
from media.cover import draw_contact_sheet, draw_cover
from media.cover_frame import pick_cover
from media.ffmpeg import find_ffmpeg
from media.timeline import Timeline
from tasks.library import keep_in_library
from tasks.making import Local, obtain
from tasks.material import path_of, picture_files
from tasks.policy import RETRY, step
from tasks.render import timeline_of
from tasks.script import shared_variant

RECIPE = "2"
SLUG_LENGTH = 60


@task(task_run_name="package the reel", **RETRY)
def package_reel(reel_id: int) -> str:
    """Draw the cover, write captions and facts, and return the reel's slug."""
    with step(reel_id, Step.PACKAGE):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            parts = reels.get_parts(connection, reel_id)
            timeline = timeline_of(connection, parts["render"])
            accent = characters.get_character_of_reel(connection, reel_id).palette.accent
            video = generations.get_files(connection, parts["provenance"])["reel"]
            pictures = picture_files(connection, reels.get_scenes(connection, reel_id))
            facts = _facts(connection, reel_id, parts, timeline)
            facts["sha256"] = {"reel": video.sha256}
        order = Order(
            capability=Capability.PACKAGE,
            request={"facts": facts, "timeline": content_key(timeline.model_dump(mode="json")), "accent": accent},
            recipe=RECIPE,
            variant=shared_variant(reel_id, reel.take(Step.PACKAGE)),
        )

        def make(workspace: Path, progress: Progress) -> Made:
            settings = get_settings()
            limit, ffmpeg = settings.render_seconds_limit, find_ffmpeg(settings.ffmpeg_binary)
            files = {
                "cover": workspace / "cover.jpg",
                "contact_sheet": workspace / "contact-sheet.jpg",
                "captions_srt": workspace / "captions.srt",
                "captions_vtt": workspace / "captions.vtt",
                "facts": workspace / "facts.json",
            }
            picked = pick_cover(timeline, pictures, ffmpeg=ffmpeg)
            draw_cover(picked.picture, title=facts["title"], accent=accent, out=files["cover"])
            progress(0.4)
            draw_contact_sheet(path_of(video), timeline, files["contact_sheet"], ffmpeg=ffmpeg, time_limit=limit)
            files["captions_srt"].write_text(to_srt(timeline), encoding="utf-8")
            files["captions_vtt"].write_text(to_vtt(timeline), encoding="utf-8")
            files["facts"].write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            return Made(files, {"slug": facts["slug"], "cover_second": picked.second})

        result = obtain(order, [Local("reelwright", make)], reel_id=reel_id)
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, "package", result.key)
        return str(facts["slug"])


@task(task_run_name="store the reel", **RETRY)
def store_reel(reel_id: int) -> int:
    """Read every file of the reel back, compare its bytes, keep it in the library, and return how many there are."""
    with step(reel_id, Step.PACKAGE):
        with get_database().transaction() as connection:
            files = files_of(connection, reel_id)
        for role, file in files.items():
            with storage_errors(path_of(file)):
                sha256, _ = digest(path_of(file))
            if sha256 != file.sha256:
                path_of(file).unlink(missing_ok=True)  # so that the rerun makes it anew
                raise StorageError(
                    f"The stored {role} of reel {reel_id} was damaged and has been removed.",
                    remedy="Check the disk, then rerun the reel: only the damaged file is made again.",
                )
        keep_in_library(files)
        return len(files)


def files_of(connection: Connection, reel_id: int) -> dict[str, StoredFile]:
    """Return the files of a finished reel by role; its videos are signed, unless it was made before there was that."""
    parts = reels.get_parts(connection, reel_id)
    render, package = (generations.get_files(connection, parts[part]) for part in ("render", "package"))
    signed = generations.get_files(connection, parts["provenance"]) if "provenance" in parts else {}
    return {**render, **signed, **package}


def slug_of(reel_id: int, title: str) -> str:
    """Return the name a reel has in addresses and folders, such as `0012-three-hearts`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].strip("-")
    return f"{reel_id:04d}-{words}" if words else f"{reel_id:04d}"


def _facts(connection: Connection, reel_id: int, parts: dict[str, str], timeline: Timeline) -> dict[str, Any]:
    """Collect everything a reader may ask about the reel; equal on every run, so that it is made once."""
    reel = reels.get_reel(connection, reel_id)
    script = Script.model_validate(generations.get_generation(connection, parts["script"]).result)
    scenes = reels.get_scenes(connection, reel_id)
    keys = [*parts.values(), *(key for scene in scenes for key in (scene.speech, scene.picture, scene.clip) if key)]
    makers = generations.list_makers(connection, [key for key in keys if key != parts.get("package")])
    check = generations.get_generation(connection, parts["check"]).result or {}
    signed = generations.get_generation(connection, parts["provenance"]).result or {}
    checks = {name: check[name] for name in ("findings", "measures") if name in check}
    return {
        "reel": reel_id,
        "slug": slug_of(reel_id, script.title),
        "title": script.title,
        "character": {"slug": reel.character, "name": reel.character_name},
        "language": reel.language,
        "seconds": round(timeline.seconds, 3),
        "frames": timeline.frames,
        "made_at": reel.created_at.isoformat(),
        "script": [
            {
                "role": scene.line.role,
                "text": scene.line.text,
                "start": round(clip.start, 3),
                "end": round(clip.start + clip.seconds, 3),
                **scene.line.setting.model_dump(),
            }
            for scene, clip in zip(scenes, timeline.speech, strict=True)
        ],
        "sources": list(ideas.get_brief_of_reel(connection, reel_id).sources),
        "caption": script.caption,
        "hashtags": list(script.hashtags),
        "timing": timeline.timing,
        "makers": _makers(makers),
        "disclosure": signed["disclosure"],
        "credits": plain_number(sum((row["credits"] for row in makers), Decimal(0))),
        "checks": checks,
    }


def _makers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say for each capability who made it, once for each maker."""
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        entry = seen.setdefault(
            (row["capability"], row["maker"]),
            {"step": row["capability"], "maker": row["maker"], "stand_in": False, "credits": Decimal(0)},
        )
        entry["stand_in"] |= row["stand_in"]
        entry["credits"] += row["credits"]
    return [{**entry, "credits": plain_number(entry["credits"])} for _, entry in sorted(seen.items())]
