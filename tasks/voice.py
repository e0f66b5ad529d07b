"""From the scenes to spoken lines."""

from __future__ import annotations

from prefect import task

from core.models import Capability, Order, SpeakRequest, Step
from db import characters, reels
from db.connection import get_database
from tasks.making import obtain_from_makers
from tasks.policy import RETRY, step
from tasks.script import shared_variant

RECIPE = "1"


@task(task_run_name="speak the script", **RETRY)
def speak_script(reel_id: int) -> int:
    """Have every scene spoken in the character's voice and return how many there are."""
    with step(reel_id, Step.VOICE):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            character = characters.get_character_of_reel(connection, reel_id)
            scenes = reels.get_scenes(connection, reel_id)
        for scene in scenes:
            request = SpeakRequest(text=scene.line.text, language=character.language, voice=character.voice)
            order = Order(
                capability=Capability.SPEAK,
                request=request.model_dump(mode="json"),
                recipe=RECIPE,
                variant=shared_variant(reel_id, reel.take(Step.VOICE)),
            )
            result = obtain_from_makers(
                order, reel_id=reel_id, scene=scene.position, character=character, quality=reel.quality
            )
            with get_database().transaction() as connection:
                reels.set_speech(connection, reel_id, scene.position, result.key)
        with get_database().transaction() as connection:
            reels.advance_reel(connection, reel_id, "voiced")
        return len(scenes)
