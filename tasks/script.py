"""From the brief to the script and its scenes.

A model drafts, the rules judge. What is wrong with a draft is told to the model once; what is still wrong then is
not used, and the plain writer, which adds nothing to the brief, steps in if the chain has it.
"""

from __future__ import annotations

import logging

from prefect import task

from core.errors import BadBrief, NeedsPerson
from core.models import Brief, Capability, Character, Draft, Made, Order, Script, Step, WriteRequest
from core.speaking_rate import measured_rate
from db import characters, generations, ideas, reels
from db.connection import get_database
from db.reels import Reel
from rules.drafts import problems, to_script
from rules.moderation import objections
from rules.prompting import repair_prompt, script_prompt
from tasks.chain import chain_for, is_service
from tasks.making import Local, obtain, obtain_from_makers
from tasks.policy import RETRY, step
from tasks.work import Result

logger = logging.getLogger(__name__)

RECIPE = "2"
EDIT_RECIPE = "1"
SECONDS = (20, 45)
"""How long a reel may be."""

FEWEST_SPOKEN = 8
"""Lines a voice must have spoken before its own rate is trusted."""


@task(task_run_name="write the script", **RETRY)
def write_script(reel_id: int) -> int:
    """Write the reel's script and return its number of scenes."""
    with step(reel_id, Step.SCRIPT):
        with get_database().transaction() as connection:
            reel = reels.get_reel(connection, reel_id)
            brief = ideas.get_brief_of_reel(connection, reel_id)
            character = characters.get_character_of_reel(connection, reel_id)
        _moderate(brief)
        result = _edited(reel, brief, character, _drafted(reel, brief, character))
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


def _moderate(brief: Brief) -> None:
    """Refuse a brief that no reel may be made of, before anything is spent."""
    told = "\n".join([brief.title, brief.hook or "", brief.closing or "", *(fact.text for fact in brief.facts)])
    if found := objections(told, what="brief", language=brief.language):
        raise BadBrief(f"No reel is made of this brief: {' '.join(found)}")


def _drafted(reel: Reel, brief: Brief, character: Character) -> Result:
    """Return a script that nothing is wrong with: the first draft, the mended one, or the plain writer's."""
    rate = _measured_rate(reel, character)
    request = WriteRequest(
        brief=brief,
        character_name=character.name,
        persona=character.persona,
        tone=brief.tone or character.tone,
        seconds=SECONDS,
        prompt=script_prompt(brief, character, SECONDS, rate),
    )
    result = _written(reel, character, request)
    faults = _faults(result, brief, character, rate)
    if faults and request.prompt is not None:
        logger.info("reel %s: the draft is sent back once: %s", reel.id, " ".join(faults))
        again = request.model_copy(update={"prompt": repair_prompt(request.prompt, result.value, faults)})
        result = _written(reel, character, again)
        faults = _faults(result, brief, character, rate)
    if faults:
        logger.warning("reel %s: the mended draft is not used: %s", reel.id, " ".join(faults))
        result = _plainly_written(reel, character, request, faults)
    return result


def _written(reel: Reel, character: Character, request: WriteRequest, preferred: str | None = None) -> Result:
    return obtain_from_makers(
        _order(reel, request), reel_id=reel.id, character=character, quality=reel.quality, preferred=preferred
    )


def _plainly_written(reel: Reel, character: Character, request: WriteRequest, faults: tuple[str, ...]) -> Result:
    """Have the script written without a model. Raises NeedsPerson with the faults when the chain has nobody for it."""
    chain = chain_for(Capability.WRITE, character, reel.quality)
    plain = tuple(name for name in chain if not is_service(name))
    if not plain:
        raise NeedsPerson(["the script has faults that the writer did not mend", *faults])
    alone = character.model_copy(update={"makers": {**character.makers, Capability.WRITE: plain}})
    return _written(reel, alone, request.model_copy(update={"prompt": None}), preferred=chain[0])


def _order(reel: Reel, request: WriteRequest) -> Order:
    return Order(
        capability=Capability.WRITE,
        request=request.model_dump(mode="json"),
        recipe=RECIPE,
        variant=own_variant(reel.id, reel.take(Step.SCRIPT)),
    )


def _faults(result: Result, brief: Brief, character: Character, rate: float | None) -> tuple[str, ...]:
    """Return what is wrong with a draft; a finished script has been made by rules and has no faults."""
    if "lines" in result.value:
        return ()
    return problems(Draft.model_validate(result.value), brief, character, SECONDS, rate)


def _edited(reel: Reel, brief: Brief, character: Character, written: Result) -> Result:
    """Turn a draft into the script: the best hook is chosen, lines are put together, sources are named."""
    if "lines" in written.value:
        return written
    order = Order(
        capability=Capability.WRITE,
        request={"draft": written.value, "brief": brief.model_dump(mode="json"), "character": character.slug},
        recipe=f"edit-{EDIT_RECIPE}",
        variant=own_variant(reel.id, reel.take(Step.SCRIPT)),
    )
    script = to_script(Draft.model_validate(written.value), brief, character)
    editor = Local("editor", lambda *_: Made(result=script.model_dump(mode="json")))
    return obtain(order, [editor], reel_id=reel.id)


def _measured_rate(reel: Reel, character: Character) -> float | None:
    """Return the letters a second of the character's voice, from what it spoke before this reel was begun.

    Only what was there before: a rerun must ask for the same script.
    """
    first = chain_for(Capability.SPEAK, character, reel.quality)[0]
    with get_database().transaction() as connection:
        spoken = generations.list_spoken(connection, first, character.voice, character.language, reel.created_at)
    return measured_rate(spoken, character.language) if len(spoken) >= FEWEST_SPOKEN else None
