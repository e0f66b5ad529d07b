"""From the brief to the script and its scenes."""

from __future__ import annotations

from prefect import task

from core.models import Capability, Order, Script, Step, WriteRequest
from db import characters, ideas, reels
from db.connection import get_database
from tasks.making import obtain_from_makers
from tasks.policy import RETRY, step

RECIPE = "1"


@task(task_run_name="write the script", **RETRY)
def write_script(reel_id: int) -> int:
    """Write the reel's script and return its number of scenes."""
    with step(reel_id, Step.SCRIPT):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            brief = ideas.get_brief_of_reel(connection, reel_id)
            character = characters.get_character_of_reel(connection, reel_id)
        request = WriteRequest(
            brief=brief, character_name=character.name, persona=character.persona, tone=brief.tone or character.tone
        )
        order = Order(
            capability=Capability.WRITE,
            request=request.model_dump(mode="json"),
            recipe=RECIPE,
            variant=own_variant(reel_id, reel.take(Step.SCRIPT)),
        )
        result = obtain_from_makers(order, reel_id=reel_id)
        script = Script.model_validate(result.value)
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, "script", result.key)
            reels.replace_scenes(connection, reel_id, script.lines)
            reels.advance_reel(connection, reel_id, "scripted")
        return len(script.lines)


def own_variant(reel_id: int, take: int) -> str:
    """Name the variant of creative work, which belongs to one reel and one take of it."""
    return f"reel-{reel_id}/take-{take}"


def shared_variant(reel_id: int, take: int) -> str:
    """Name the variant of work that equal requests share, until a new take is asked for."""
    return own_variant(reel_id, take) if take else ""
