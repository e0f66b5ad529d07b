"""The quality gate: what does not pass is held, with the measure and the remedy."""

from __future__ import annotations

from pathlib import Path

from prefect import task

from core.errors import NeedsPerson
from core.keys import content_key
from core.models import Capability, Made, Order, Progress, Step
from core.settings import get_settings
from db import generations, reels
from db.connection import get_database
from media.checks import Report, inspect
from media.ffmpeg import find_ffmpeg
from media.likeness import Fingerprint
from tasks.making import Local, obtain
from tasks.policy import RETRY, step
from tasks.render import timeline_of
from tasks.script import shared_variant
from tasks.work import asset_folder

RECIPE = "2"


@task(task_run_name="check the reel", **RETRY)
def check_reel(reel_id: int) -> int:
    """Measure the rendered bytes and return how many measures were taken; a finding holds the reel."""
    with step(reel_id, Step.CHECKS):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            render_key = reels.get_parts(connection, reel_id)["render"]
            timeline = timeline_of(connection, render_key)
            file = generations.get_files(connection, render_key)["reel"]
            seen = reels.list_fingerprints(connection, reel_id)
        earlier = {name: Fingerprint.model_validate(value) for name, value in seen.items()}
        path = asset_folder().path(file.sha256, file.suffix)
        order = Order(
            capability=Capability.CHECK,
            request={"reel": file.sha256, "render": render_key, "earlier": content_key(seen)},
            recipe=RECIPE,
            variant=shared_variant(reel_id, reel.take(Step.CHECKS)),
        )

        def make(_: Path, __: Progress) -> Made:
            settings = get_settings()
            limit, ffmpeg = settings.render_seconds_limit, find_ffmpeg(settings.ffmpeg_binary)
            report = inspect(path, timeline, ffmpeg=ffmpeg, time_limit=limit, earlier=earlier)
            return Made(result=report.model_dump(mode="json"))

        result = obtain(order, [Local("reelwright", make)], reel_id=reel_id)
        report = Report.model_validate(result.value)
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, "check", result.key)
        if report.findings:
            raise NeedsPerson([f"{finding.name}: {finding.measure}. {finding.remedy}" for finding in report.findings])
        with get_database().transaction() as connection:
            reels.advance_reel(connection, reel_id, "checked")
        return len(report.measures)
