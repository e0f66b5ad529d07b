"""An order for a script, and answers that fit its JSON schema, for services that write and their fakes."""

from __future__ import annotations

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
