"""What all services that write have in common: the question, its schema, and the JSON object in the answer."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from pydantic import ValidationError

from core.errors import BadInput, JobFailed, OutcomeUnknown, Rejected
from core.models import Made, Prompt, WriteRequest
from integrations.generation.contract import Job, Standing

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb of the vendors for English text; other languages of ours need about 3.5."""

LONGER_ANSWER = "Raise `max_tokens` of the prompt: the answer was cut off."
MOST_BRACES = 100
"""So many braces of an answer are tried as the beginning of its object; text around it has a few at most."""

DROPPED = frozenset({"$defs", "default", "title", "minLength", "maxLength", "pattern"})
"""Words of a JSON schema that strict modes refuse, or that make the grammars of local servers slow or too large."""

THOUGHTS_END = "</think>"
"""Where the answer begins with open models whose server does not take their thoughts away."""


class AnswersAtOnce:
    """A service whose `begin` hands over what was made, and that keeps no record of it: nothing to ask for later."""

    name: ClassVar[str]

    def check(self, job: Job, external_id: str) -> Standing:
        """Raise OutcomeUnknown: the answer came with `begin`, or is lost."""
        self._no_record()

    def fetch(self, job: Job, standing: Standing, workspace: Path) -> Made:
        """Raise OutcomeUnknown: the answer came with `begin`, or is lost."""
        self._no_record()

    def find(self, job: Job, since: datetime) -> str | None:
        """Raise OutcomeUnknown: there are no records to look at."""
        self._no_record()

    def balance(self) -> Decimal | None:
        """Return None: the service does not tell."""
        return None

    def _no_record(self) -> NoReturn:
        raise OutcomeUnknown("The service answers at once and keeps no record to look at.", service=self.name)


def prompt_of(request: dict[str, Any], service: str) -> Prompt:
    """Return the prompt of a WriteRequest. Raises Rejected when it has none that can be served."""
    if (refusal := writing_objection(request)) is not None:
        raise Rejected(refusal, service=service)
    prompt = WriteRequest.model_validate(request).prompt
    assert prompt is not None
    return prompt


def writing_objection(request: dict[str, Any]) -> str | None:
    """Say why a language model cannot serve this request, or None."""
    try:
        prompt = WriteRequest.model_validate(request).prompt
    except ValidationError as exc:
        fault = exc.errors()[0]
        return f"The request is not one for a script: {'.'.join(map(str, fault['loc']))}: {fault['msg']}."
    if prompt is None:
        return "The request has no prompt, and a language model goes by nothing else."
    try:
        plain_schema(prompt.answer_schema)
    except BadInput as exc:
        return exc.message
    return None


def most_tokens(prompt: Prompt) -> int:
    """Return how many tokens question and answer take at most, as far as can be told without asking."""
    asked = len(prompt.system) + len(prompt.user) + len(json.dumps(prompt.answer_schema))
    return ceil(asked / CHARACTERS_PER_TOKEN) + prompt.max_tokens


def told(system: str, schema: dict[str, Any]) -> str:
    """Return the system text with the schema in words, for models that are not held to it by their server."""
    return (
        f"{system}\n\nAnswer with one JSON object that fits this JSON schema, and nothing else:\n{json.dumps(schema)}"
    )


def answer_of(text: str, service: str) -> dict[str, Any]:
    """Return the JSON object of an answer, without code fences, thoughts and text around it; the longest of several.

    Raises JobFailed when there is none, when it is cut off, or holds characters that cannot be stored.
    """
    text = text.rpartition(THOUGHTS_END)[2].strip()
    if not text:
        raise JobFailed("The model answered nothing.", service=service, remedy=LONGER_ANSWER)
    try:
        found = objects_in(text)
    except (EOFError, RecursionError) as exc:
        detail = "the JSON object has no end" if isinstance(exc, EOFError) else "it is nested too deeply"
        raise JobFailed("The answer is unusable.", service=service, detail=detail, remedy=LONGER_ANSWER) from None
    if not found:
        raise JobFailed("The answer holds no JSON object.", service=service, detail=text[:200])
    answer = max(found, key=lambda held: len(json.dumps(held)))
    if not is_storable(answer):
        raise JobFailed("The answer holds characters that are no text.", service=service)
    return answer


def objects_in(text: str) -> list[dict[str, Any]]:
    """Return the outermost JSON objects in a text, in order. Raises EOFError when the first one has no end."""
    decoder = json.JSONDecoder(strict=False)
    found: list[dict[str, Any]] = []
    at = text.find("{")
    for _ in range(MOST_BRACES):
        if at < 0:
            break
        try:
            value, end = decoder.raw_decode(text, at)
            found.append(value)
        except json.JSONDecodeError as exc:
            end = exc.pos
            if end >= len(text) or exc.msg.startswith("Unterminated string"):
                if not found:
                    raise EOFError from exc
                break
        at = text.find("{", end)
    return found


def is_storable(answer: dict[str, Any]) -> bool:
    """Whether the database takes it: whole characters, no NUL, no number that is none."""
    try:
        written = json.dumps(answer, ensure_ascii=False, allow_nan=False)
        written.encode()
    except ValueError:
        return False
    return "\\u0000" not in written.replace("\\\\", "")


def plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON schema as every structured mode takes it: flat, closed and with every field required.

    References are put in place; lengths of texts move into the descriptions. That every object must name all its
    fields and allow no others is what strict modes ask for. Raises BadInput for a schema that contains itself.
    """
    return _plain(schema, schema.get("$defs", {}), ())


def _plain(node: dict[str, Any], known: dict[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
    if "$ref" in node:
        name = str(node["$ref"]).rsplit("/", 1)[-1]
        if name in inside or name not in known:
            raise BadInput(f"The schema of the answer cannot be written out: see '{name}'.")
        return _plain(known[name], known, (*inside, name))
    plain = {
        word: _walked(value, known, inside)
        for word, value in node.items()
        if word not in DROPPED and word != "properties"
    }
    if "maxLength" in node:
        plain["description"] = f"{node.get('description', '')} At most {node['maxLength']} characters.".strip()
    if "properties" in node:
        plain["properties"] = {name: _plain(held, known, inside) for name, held in node["properties"].items()}
        plain |= {"required": list(node["properties"]), "additionalProperties": False}
    return plain


def _walked(value: Any, known: dict[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return _plain(value, known, inside)
    if isinstance(value, list):
        return [_walked(held, known, inside) for held in value]
    return value
