"""What a reel says of its making is true of what is seen and heard in it."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.generation import MAKERS, SERVICES
from rules.provenance import KINDS, MEANINGS, disclosure, kind_of, source_type


def row(step: str, maker: str, model: str | None = None) -> dict[str, Any]:
    return {"key": "0" * 64, "capability": step, "maker": maker, "model": model, "stand_in": False, "credits": 0}


def term(*made: tuple[str, str]) -> str:
    return disclosure([row(step, maker) for step, maker in made], "AI-made.").source_type


def test_every_maker_on_this_machine_is_in_the_table_and_no_service_is() -> None:
    assert set(MAKERS) <= set(KINDS)
    assert not set(SERVICES) & set(KINDS)
    assert {kind_of(name, "draw") for name in SERVICES} == {"trained"}


def test_whoever_is_not_known_counts_as_trained() -> None:
    assert kind_of("somebody-new", "draw") == "trained"


def test_our_own_steps_are_no_models() -> None:
    assert kind_of("reelwright", "render") == "algorithmic"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([("speak", "elevenlabs"), ("draw", "a2e"), ("music", "kie")], "trainedAlgorithmicMedia"),
        ([("speak", "piper"), ("draw", "scenery"), ("music", "bed")], "compositeWithTrainedAlgorithmicMedia"),
        ([("speak", "nanotts"), ("draw", "a2e"), ("music", "own_music")], "compositeWithTrainedAlgorithmicMedia"),
        ([("draw", "scenery"), ("music", "bed")], "algorithmicMedia"),
        ([("draw", "scenery"), ("music", "own_music")], "composite"),
    ],
)
def test_the_term_is_true_of_what_is_seen_and_heard(made: list[tuple[str, str]], expected: str) -> None:
    assert term(*made) == expected
    assert expected in MEANINGS


def test_who_wrote_the_script_does_not_choose_the_term() -> None:
    assert term(("write", "outline"), ("speak", "elevenlabs"), ("draw", "a2e")) == "trainedAlgorithmicMedia"
    assert term(("write", "gemini"), ("draw", "scenery"), ("music", "bed")) == "algorithmicMedia"


def test_each_maker_of_a_step_is_named_once_in_the_order_of_the_steps() -> None:
    rows = [
        row("music", "bed"),
        row("draw", "scenery"),
        row("draw", "scenery"),
        row("draw", "a2e", "flux-9"),
        row("speak", "piper"),
        row("write", "outline"),
        row("render", "reelwright"),
        row("check", "reelwright"),
    ]

    told = disclosure(rows, "AI-made.")

    assert [(note.step, note.maker, note.model, note.kind) for note in told.makers] == [
        ("write", "outline", "", "algorithmic"),
        ("speak", "piper", "", "trained"),
        ("draw", "a2e", "flux-9", "trained"),
        ("draw", "scenery", "", "algorithmic"),
        ("music", "bed", "", "algorithmic"),
    ]
    assert (told.line, told.is_ai_made) == ("AI-made.", True)
    assert told.source_type == source_type(told.makers)
