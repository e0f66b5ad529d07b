from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cli.progress import DONE_BEFORE, STAGES, view_of
from db.generations import Line
from db.reels import MAKING_ORDER


def line(capability: str, **changes: Any) -> Line:
    values: dict[str, Any] = {
        "key": "a" * 64, "capability": capability, "scene": None, "status": "submitted", "stand_in": False,
        "credits": Decimal(0), "progress": 0.0, "error": None, "created_at": datetime.now(UTC), "finished_at": None,
        "is_leased": True, "service": "x", "attempts": 1,
    }  # fmt: skip
    return Line(**{**values, **changes})


def test_every_state_of_a_reel_has_its_stage() -> None:
    assert set(DONE_BEFORE) == set(MAKING_ORDER)
    assert [DONE_BEFORE[state] for state in MAKING_ORDER] == sorted(DONE_BEFORE.values())
    assert DONE_BEFORE["published"] == len(STAGES)


def test_it_counts_the_scenes_that_are_spoken() -> None:
    view = view_of("scripted", 7, [line("write", is_leased=False, status="done"), line("speak", scene=2)])

    assert STAGES[view.stage] == "voice"
    assert view.detail == "3 of 7"


def test_it_tells_the_share_of_a_render_in_tenths() -> None:
    assert view_of("illustrated", 7, [line("render", progress=0.42)]).detail == "40%"
    assert view_of("illustrated", 7, [line("render", progress=0.02)]).detail == ""


def test_work_of_another_stage_says_nothing_about_this_one() -> None:
    assert view_of("illustrated", 7, [line("speak", scene=2)]).detail == ""
