"""What an operator sees of a reel in the Prefect UI."""

from __future__ import annotations

from prefect import task
from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from core.clock import now
from core.keys import plain_number
from core.services_file import cap_label, get_services_file
from core.settings import get_settings
from db import generations, ledger, reels
from db.connection import get_database
from media.timeline import Timeline
from rules.budget import level_of
from tasks.credits import Drift
from tasks.package import files_of, slug_of
from tasks.policy import RETRY
from tasks.render import timeline_of


@task(task_run_name="show the reel", **RETRY)
def show_reel(reel_id: int) -> None:
    """Put the cover, the storyboard and a link beside the run."""
    studio = get_settings().public_studio_url
    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
        files = files_of(connection, reel_id)
        scenes = reels.get_scenes(connection, reel_id)
        timeline = timeline_of(connection, reels.get_parts(connection, reel_id)["render"])
        made = generations.list_of_reel(connection, reel_id)
    cover, sheet = files["cover"], files["contact_sheet"]
    create_image_artifact(
        image_url=f"{studio}/assets/{cover.sha256}{cover.suffix}", key=f"reel-{reel_id}-cover", description=reel.title
    )
    create_image_artifact(
        image_url=f"{studio}/assets/{sheet.sha256}{sheet.suffix}",
        key=f"reel-{reel_id}-contact-sheet",
        description=f"{reel.title}: nine frames",
    )
    create_table_artifact(
        key=f"reel-{reel_id}-storyboard",
        table=[_row(scene, timeline) for scene in scenes],
        description=f"{reel.title}: {timeline.seconds:.1f} s, {reel.credits} credits, {len(made)} results",
    )
    create_link_artifact(
        key=f"reel-{reel_id}-link",
        link=f"{studio}/reels/{slug_of(reel_id, reel.title)}",
        link_text=f"{reel.title} in the gallery",
        description="Shown there once it is posted to the local gallery.",
    )


def _row(scene: reels.Scene, timeline: Timeline) -> dict[str, str]:
    clip, setting = timeline.speech[scene.position], scene.line.setting
    return {
        "at": f"{clip.start:.1f} s",
        "role": scene.line.role,
        "text": scene.line.text,
        "picture": f"{setting.place}, {setting.time}, {setting.mood}",
    }


@task(task_run_name="show the credits", **RETRY)
def show_credits(settled: list[str], drifts: list[Drift]) -> None:
    """Put the budgets, the spending of the month, lost calls and balances beside the run."""
    today, caps = now().date(), get_services_file().budgets
    with get_database().transaction() as connection:
        budgets = ledger.list_budgets(connection, today, caps)
        spending = ledger.list_spending(connection, today.replace(day=1))
    create_table_artifact(
        key="budgets",
        table=[
            {
                "cap": cap_label(budget.scope, budget.name),
                "used": plain_number(budget.used),
                "of": plain_number(budget.cap),
                "state": level_of(budget.used, budget.cap, caps.warn_at),
            }
            for budget in budgets
        ],
        description="Caps and how full they are, in credits",
    )
    create_table_artifact(
        key="spending",
        table=[
            {
                "account": f"{one.service}/{one.account}",
                "calls": one.calls,
                "spent": plain_number(one.spent),
                "reserved": plain_number(one.reserved),
            }
            for one in spending
        ],
        description=f"Spent since {today.replace(day=1)}, in credits",
    )
    create_markdown_artifact(key="credits-open", markdown=_open_questions(settled, drifts))


def _open_questions(settled: list[str], drifts: list[Drift]) -> str:
    lines = ["### Lost calls and late jobs", *(f"- {sentence}" for sentence in settled or ["none"]), "", "### Balances"]
    for one in drifts:
        drift = "first look" if one.drift is None else f"{plain_number(one.drift)} more than the ledger knows of"
        lines.append(f"- {one.service}/{one.account}: {plain_number(one.balance)} left, {drift}")
    return "\n".join(lines if drifts else [*lines, "- no service tells its balance"])
