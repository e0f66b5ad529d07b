"""However a service fails, the picture is there in time from the next in the chain, or held with the reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest
from fakes.a2e import FakeA2E
from fakes.kie import FakeKie
from fakes.server import Fake, Reply, serving
from services import draw, purses, use_services

from core.errors import NeedsPerson
from core.settings import Settings
from db import generations
from db.connection import get_database

SUBMIT, LOOK, FILE = "POST .*start", "GET .*userText2Image/.*", "GET /files/.*"
LIMIT_SECONDS = 20
"""How long one picture may take here, where patience is set to two seconds for each service."""


def maker_of(number: int) -> str:
    """Have a picture drawn and return who made it."""
    key = draw(f"Picture number {number}.").key
    with get_database().transaction() as connection:
        return str(generations.list_makers(connection, [key])[0]["maker"])


def fails_a_third(fake: Fake) -> None:
    fake.break_next(503, share=0.3, times=inf)


def hangs(fake: Fake) -> None:
    fake.break_next("hang", times=inf, seconds=60)


def hangs_while_it_works(fake: Fake) -> None:
    fake.break_next("hang", pattern=LOOK, times=inf, seconds=60)


def answers_with_a_page(fake: Fake) -> None:
    fake.break_next("html", times=inf)


def says_no_with_status_200(fake: Fake) -> None:
    fake.break_next(
        Reply(200, {"code": 1006, "msg": "service is not available for this model"}), pattern=SUBMIT, times=inf
    )


def gives_a_dead_link(fake: Fake) -> None:
    fake.break_next(404, pattern=FILE, times=inf)


def sends_ten_gigabytes(fake: Fake) -> None:
    huge = Reply(200, b"x" * 4096, {"Content-Type": "image/png", "Content-Length": str(10 << 30)})
    fake.break_next(huge, pattern=FILE, times=inf)


def sends_a_page_as_picture(fake: Fake) -> None:
    fake.break_next(Reply(200, b"<html>not a picture</html>", {"Content-Type": "image/png"}), pattern=FILE, times=inf)


def sends_half_a_picture(fake: Fake) -> None:
    half = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\2\x88\0\0\4\x80\x08\2\0\0\0" + b"\0" * 400
    fake.break_next(Reply(200, half, {"Content-Type": "image/png"}), pattern=FILE, times=inf)


FAILINGS = [
    fails_a_third, hangs, hangs_while_it_works, answers_with_a_page, says_no_with_status_200, gives_a_dead_link,
    sends_ten_gigabytes, sends_a_page_as_picture, sends_half_a_picture,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("failing", FAILINGS, ids=lambda failing: failing.__name__)
def test_the_picture_is_there_in_time_or_held_with_the_reason(
    failing: Callable[[Fake], None], house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a2e, kie = FakeA2E(), FakeKie()
    hurried = {"patience_seconds": 2, "timeout_seconds": 0.5, "pace": {"rest_after": 0, "concurrent": 0}}
    with serving(a2e, kie):
        use_services(
            monkeypatch, tmp_path / "services.toml", {"a2e": a2e, "kie": kie}, {"draw": ["a2e", "kie", "scenery"]},
            options={"a2e": hurried, "kie": hurried},
        )  # fmt: skip
        failing(a2e)
        made, held = [], []
        for number in range(6 if failing is fails_a_third else 2):
            began = time.monotonic()
            try:
                made.append(maker_of(number))
            except NeedsPerson as exc:
                held.append(str(exc))
            assert time.monotonic() - began < LIMIT_SECONDS
        assert all("reelwright generations resolve" in reason for reason in held)
        if failing not in (fails_a_third, hangs, answers_with_a_page):  # there, nobody can look whether A2E was paid
            assert not held
        if failing is fails_a_third:
            assert len(made) >= 5
        elif failing not in (hangs, answers_with_a_page):
            assert set(made) == {"kie"}
        assert len(set(a2e.paid)) == len(a2e.paid)
        assert sum(purses().values()) == 0
