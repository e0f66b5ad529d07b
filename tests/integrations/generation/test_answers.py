from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.samples import WRITE, objects_of, sample_of
from jsonschema import Draft202012Validator

from core.errors import BadInput, JobFailed, OutcomeUnknown, Rejected
from core.models import Capability, Draft, Prompt
from integrations.generation.answers import (
    AnswersAtOnce,
    answer_of,
    most_tokens,
    plain_schema,
    prompt_of,
    told,
    writing_objection,
)
from integrations.generation.contract import Job, Standing

ANSWER = {"title": "Three hearts", "notes": {"kind": "a {brace} and a \\ slash"}}
WRITTEN = json.dumps(ANSWER)


class Silent(AnswersAtOnce):
    name = "silent"


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"  \n{WRITTEN}\n\n",
        f"```json\n{WRITTEN}\n```",
        f"```\n{WRITTEN}\n```\nI hope this helps {{you}}!",
        f"Sure {{as asked}}, here it is: {WRITTEN} Tell me if you want more.",
        f'<think>Shall I write {{\'a\': 1}} or {{"title": "other"}}?</think>{WRITTEN}',
        f"Some servers leave out where it began.</think>{WRITTEN}",
        f'First an example, {{"title": "x"}}, and now the answer: {WRITTEN}',
        json.dumps(ANSWER, indent=4),
    ],
)
def test_the_one_json_object_is_found_whatever_stands_around_it(text: str) -> None:
    assert answer_of(text, "gemini") == ANSWER


def test_a_raw_line_break_inside_a_text_is_forgiven() -> None:
    assert answer_of('{"title": "one\ntwo"}', "gemini") == {"title": "one\ntwo"}


@pytest.mark.parametrize("cut", range(1, len(WRITTEN)))
def test_an_answer_cut_off_anywhere_is_never_taken_for_a_whole_one(cut: int) -> None:
    with pytest.raises(JobFailed) as caught:
        answer_of(WRITTEN[:cut], "gemini")
    assert "max_tokens" in caught.value.remedy
    assert caught.value.service == "gemini"


@pytest.mark.parametrize(
    "text", ["", "   ", "<think>hm</think>", "<think>{{", "I cannot do that.", "[1, 2]", '"text"', "{no: json}"]
)
def test_an_answer_without_an_object_fails_the_job(text: str) -> None:
    with pytest.raises(JobFailed):
        answer_of(text, "ollama")


@pytest.mark.parametrize("text", [r'{"a": "\ud800"}', r'{"a": "x\u0000y"}', '{"a": NaN}', '{"a": 1e999}'])
def test_what_the_database_would_refuse_fails_the_job(text: str) -> None:
    with pytest.raises(JobFailed, match="characters that are no text"):
        answer_of(text, "ollama")


def test_a_written_out_escape_is_only_text() -> None:
    assert answer_of(r'{"a": "\\u0000"}', "ollama") == {"a": r"\u0000"}


def test_hostile_answers_fail_quickly() -> None:
    began = time.monotonic()
    for text in ('{"a":' * 100_000, "{" * 200_000, '{"a": ' + "[" * 200_000, "{ " * 100_000 + "x", "<think>" * 50_000):
        with pytest.raises(JobFailed):
            answer_of(text, "ollama")
    assert time.monotonic() - began < 2


def test_the_plain_schema_of_a_draft_is_flat_closed_and_names_every_field() -> None:
    schema = plain_schema(Draft.model_json_schema())
    written = json.dumps(schema)
    assert not [word for word in ("$ref", "$defs", "maxLength", "minLength", '"default"') if word in written]
    objects = objects_of(schema)
    assert len(objects) == 4
    for held in objects:
        assert held["additionalProperties"] is False
        assert held["required"] == list(held["properties"])
    assert schema["properties"]["title"] == {"type": "string", "description": "At most 90 characters."}
    assert schema["properties"]["beats"]["minItems"] == 4
    assert schema["properties"]["beats"]["items"]["properties"]["mood"]["enum"][0] == "bright"
    assert Draft.model_validate(sample_of(schema)).beats[0].fact is None


def test_the_schema_handed_in_stays_as_it_was() -> None:
    schema = Draft.model_json_schema()
    plain_schema(schema)
    assert schema == Draft.model_json_schema()


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"A": {"type": "array", "items": {"$ref": "#/$defs/A"}}}, "properties": {"a": {"$ref": "#/$defs/A"}}},
        {"properties": {"a": {"$ref": "#/$defs/Missing"}}},
    ],
)
def test_a_schema_that_cannot_be_written_out_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="cannot be written out"):
        plain_schema(schema)


def test_the_schema_of_a_draft_fits_one_and_refuses_everything_else() -> None:
    schema = plain_schema(Draft.model_json_schema())
    line = {
        "text": "x", "place": "sea", "time": "day", "mood": "epic", "picture": "", "motion": "", "fact": None,
    }  # fmt: skip
    good = {
        "title": "abc", "hooks": [line], "beats": [{**line, "fact": 1}] * 4, "call_to_action": line, "caption": "c",
        "hashtags": [],
    }  # fmt: skip
    fits = Draft202012Validator(schema).is_valid

    Draft202012Validator.check_schema(schema)
    assert fits(good)
    assert Draft.model_validate(good)
    assert not fits({**good, "more": 1})
    assert not fits({**good, "call_to_action": {**line, "place": "nowhere"}})
    assert not fits({**good, "beats": [line] * 3})
    assert not fits({name: value for name, value in good.items() if name != "title"})


def test_the_schema_is_told_in_words() -> None:
    assert told("Be brief.", {"type": "object"}).startswith("Be brief.\n\nAnswer with one JSON object")
    assert '{"type": "object"}' in told("Be brief.", {"type": "object"})


def test_the_most_tokens_cover_question_schema_and_answer() -> None:
    prompt = Prompt(version="1", system="s" * 400, user="u" * 800, answer_schema={}, max_tokens=1000)
    assert most_tokens(prompt) == 1000 + 301


def test_a_request_without_a_prompt_or_of_another_kind_is_objected_to() -> None:
    assert "not one for a script" in (writing_objection({"text": "x"}) or "")
    with pytest.raises(Rejected):
        prompt_of({"text": "x"}, "gemini")


def test_a_schema_that_contains_itself_is_objected_to_before_anything_is_sent() -> None:
    endless = {"$defs": {"Box": {"properties": {"in": {"$ref": "#/$defs/Box"}}}}, "$ref": "#/$defs/Box"}

    assert writing_objection(WRITE) is None
    assert "Box" in (writing_objection({**WRITE, "prompt": {**WRITE["prompt"], "answer_schema": endless}}) or "")


def test_nothing_can_be_looked_up_later_where_answers_come_at_once(tmp_path: Path) -> None:
    service, job = Silent(), Job(Capability.WRITE, {}, "label")
    with pytest.raises(OutcomeUnknown):
        service.check(job, "1")
    with pytest.raises(OutcomeUnknown):
        service.fetch(job, Standing(is_ready=True), tmp_path)
    with pytest.raises(OutcomeUnknown):
        service.find(job, datetime.now(UTC))
    assert service.balance() is None
