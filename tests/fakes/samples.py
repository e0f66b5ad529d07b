"""An order for a script, drafts, and answers that fit its JSON schema, for services that write and their fakes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from core.models import Draft

WRITE: dict[str, Any] = {
    "brief": {
        "title": "The octopus has three hearts", "language": "en", "character": "tester",
        "facts": [{"text": "An octopus has three hearts."}],
    },
    "character_name": "Tess Ter", "persona": "A patient diver.", "tone": "curious",
    "prompt": {
        "version": "script-1", "system": "You write short scripts.", "user": "Write about the octopus.",
        "answer_schema": Draft.model_json_schema(), "temperature": 0.4, "max_tokens": 4000,
    },
}  # fmt: skip
WORDS = "A small octopus tastes with its arms"

SCENE = {"place": "reef", "time": "day", "mood": "lively", "picture": "An octopus on a reef.", "motion": "It turns."}
GOOD: dict[str, Any] = {
    "title": "Three hearts under the sea",
    "hooks": [
        {**SCENE, "text": "In this video you will not believe this.", "fact": None},
        {**SCENE, "text": "Which animal stops two of its hearts to swim?", "fact": None},
    ],
    "beats": [
        {**SCENE, "text": "An octopus has three hearts, and two stop when it swims away.", "fact": 1},
        {**SCENE, "text": "Its blood is blue: copper carries the oxygen through cold water.", "fact": 2},
        {**SCENE, "text": "Each arm can taste what it touches, and samples dinner by hand.", "fact": 3},
        {**SCENE, "text": "A giant Pacific octopus squeezes through a gap as small as its beak.", "fact": 4},
    ],
    "call_to_action": {**SCENE, "text": "Which of these would you like to have? Tell us below.", "fact": None},
    "caption": "An octopus has three hearts, blue blood and arms that taste.",
    "hashtags": ["octopus", "ocean", "marinelife"],
}
"""A draft of the brief about octopuses that the rules take; its second hook is the one to use."""

INVENTED = deepcopy(GOOD)
INVENTED["beats"][1]["text"] = "Its blood is blue, and Aristotle counted 9000 octopuses in Athens."
"""A draft that says what no fact of the brief does."""


def sample_of(schema: dict[str, Any]) -> Any:
    """Return the smallest value that fits a schema without references."""
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return sample_of(schema["anyOf"][-1])
    match schema.get("type"):
        case "object":
            return {name: sample_of(held) for name, held in schema.get("properties", {}).items()}
        case "array":
            return [sample_of(schema.get("items", {"type": "string"}))] * max(1, schema.get("minItems", 1))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
    return WORDS


def objects_of(schema: Any) -> list[dict[str, Any]]:
    """Return every sub-schema for an object, for fakes that look at each."""
    if isinstance(schema, list):
        return [found for held in schema for found in objects_of(held)]
    if not isinstance(schema, dict):
        return []
    below = [found for held in schema.values() for found in objects_of(held)]
    return [schema, *below] if schema.get("type") == "object" else below
