"""Four times a day: the next idea of the next character becomes a checked reel, ready to be published."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from core.models import Step
from tasks.artifacts import show_reel
from tasks.checks import check_reel
from tasks.clips import animate_pictures
from tasks.idea import pick_idea
from tasks.package import package_reel, store_reel
from tasks.pictures import draw_pictures
from tasks.posting import announce_ready
from tasks.provenance import sign_reel
from tasks.render import render_reel
from tasks.script import write_script
from tasks.voice import speak_script


@flow(name="daily-generator", retries=0)
def daily_generator(reel_id: int | None = None, start_from: Step | None = None) -> int | State[None]:
    """Make one reel and return its number.

    Without `reel_id` the next idea is taken. With `reel_id` that reel is finished or run again; work that is
    done is not made again, except the step named by `start_from` and what depends on it.
    """
    reel = pick_idea(reel_id, start_from)
    if reel is None:
        return Completed(name="Idle", message="No idea is waiting. Add some with `reelwright ideas add`.")
    write_script(reel)
    speak_script(reel)
    draw_pictures(reel)
    animate_pictures(reel)
    render_reel(reel)
    check_reel(reel)
    sign_reel(reel)
    package_reel(reel)
    store_reel(reel)
    show_reel(reel)
    announce_ready(reel)
    return reel
