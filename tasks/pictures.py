"""From the scenes to pictures."""

from __future__ import annotations

from prefect import task

from core.keys import content_key
from core.models import Capability, DrawRequest, Order, Step
from db import characters, reels
from db.connection import get_database
from tasks.making import obtain_from_makers
from tasks.policy import RETRY, step
from tasks.script import own_variant

RECIPE = "2"


@task(task_run_name="draw the pictures", **RETRY)
def draw_pictures(reel_id: int) -> int:
    """Draw one picture for every scene and return how many there are."""
    with step(reel_id, Step.PICTURES):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            character = characters.get_character_of_reel(connection, reel_id)
            scenes = reels.get_scenes(connection, reel_id)
        take = reel.take(Step.PICTURES)
        for scene in scenes:
            request = DrawRequest(
                text=scene.line.text,
                subject=reel.title,
                prompt=scene.line.picture,
                look=character.look,
                setting=scene.line.setting,
                palette=character.palette,
                seed=_seed(reel_id, scene.position, take),
            )
            order = Order(
                capability=Capability.DRAW,
                request=request.model_dump(mode="json"),
                recipe=RECIPE,
                variant=own_variant(reel_id, take),
            )
            result = obtain_from_makers(
                order, reel_id=reel_id, scene=scene.position, character=character, quality=reel.quality
            )
            with get_database().transaction() as connection:
                reels.set_picture(connection, reel_id, scene.position, result.key)
        with get_database().transaction() as connection:
            reels.advance_reel(connection, reel_id, "illustrated")
        return len(scenes)


def _seed(reel_id: int, position: int, take: int) -> int:
    """Return a number that differs for each picture and is the same on every run."""
    return int(content_key(reel_id, position, take)[:8], 16)
