"""From pictures to moving clips, for reels whose chain has somebody who animates."""

from __future__ import annotations

import logging

from prefect import task

from core.errors import GenerationFailed, NoAccount, ServiceError
from core.keys import content_key
from core.models import AnimateRequest, Capability, Character, Order, Step
from db import characters, generations, reels
from db.connection import get_database
from db.reels import Reel, Scene
from tasks.chain import chain_for
from tasks.making import obtain_from_makers
from tasks.material import path_of
from tasks.policy import RETRY, step
from tasks.script import own_variant

logger = logging.getLogger(__name__)

RECIPE = "1"
SECONDS = 5.0
"""Length of a clip; the scene goes on with the still when its line is longer."""

GENTLE = "A slow camera push in, subtle natural movement, nothing new appears."
"""How a scene moves when the script does not say."""


@task(task_run_name="animate the pictures", **RETRY)
def animate_pictures(reel_id: int) -> int:
    """Have every picture animated and return how many clips there are; none when nobody in the chain animates."""
    with step(reel_id, Step.CLIPS):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            character = characters.get_character_of_reel(connection, reel_id)
            scenes = reels.get_scenes(connection, reel_id)
        animates = bool(chain_for(Capability.ANIMATE, character, reel.quality))
        for scene in scenes:
            clip = _animate(reel, scene, character) if animates else None
            with get_database().transaction() as connection:
                reels.set_clip(connection, reel_id, scene.position, clip)
        return len(scenes) if animates else 0


def _animate(reel: Reel, scene: Scene, character: Character) -> str | None:
    """Return the generation that moves a scene; None when nobody could do it, because a still will do as well."""
    with get_database().transaction() as connection:
        picture = generations.get_files(connection, scene.picture or "")["picture"]
    take = reel.take(Step.CLIPS)
    request = AnimateRequest(
        picture=picture.sha256,
        prompt=scene.line.motion or GENTLE,
        seconds=SECONDS,
        seed=int(content_key([reel.id, scene.position, take])[:8], 16),
    )
    order = Order(
        capability=Capability.ANIMATE,
        request=request.model_dump(mode="json"),
        recipe=RECIPE,
        variant=own_variant(reel.id, take),
    )
    try:
        return obtain_from_makers(
            order, reel_id=reel.id, scene=scene.position, character=character, quality=reel.quality,
            inputs={picture.sha256: path_of(picture)},
        ).key  # fmt: skip
    except (GenerationFailed, NoAccount, ServiceError) as exc:
        logger.warning("scene %s of reel %s stays a still: %s", scene.position, reel.id, exc)
        return None
