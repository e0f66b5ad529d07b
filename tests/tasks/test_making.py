"""A generation is made once, whatever fails, dies or runs twice."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from core.errors import BadInput, DiskFull, GenerationFailed, Unreachable
from core.models import Capability, Made, Order, Progress
from core.settings import Settings
from db import generations
from db.connection import get_database
from tasks.making import Local, obtain
from tasks.work import Result, asset_folder

ORDER = Order(capability=Capability.DRAW, request={"text": "a lighthouse"}, recipe="1")


class Maker:
    """Makes a small file and counts how often it was asked."""

    def __init__(self, text: str = "picture", seconds: float = 0.0, error: Exception | None = None) -> None:
        self.text, self.seconds, self.error = text, seconds, error
        self.asked = 0

    def __call__(self, workspace: Path, progress: Progress) -> Made:
        self.asked += 1
        progress(0.5)
        time.sleep(self.seconds)
        path = workspace / "picture.jpg"
        path.write_text(self.text)
        if self.error is not None:
            raise self.error
        return Made({"picture": path}, {"width": 10})


def make(*makers: Callable[[Path, Progress], Made]) -> Result:
    return obtain(ORDER, [Local(f"maker-{number}", maker) for number, maker in enumerate(makers)], reel_id=None)


def rows(house: Settings, query: str) -> list[tuple[object, ...]]:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        return connection.execute(query.encode()).fetchall()


def status(house: Settings) -> str:
    return str(rows(house, "select status from generations")[0][0])


def test_it_stores_the_file_under_the_hash_of_its_bytes(house: Settings) -> None:
    result = make(Maker("hello"))

    assert result.path("picture").read_text() == "hello"
    assert result.files["picture"].sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert result.value == {"width": 10}
    assert not result.is_replay


def test_it_never_asks_again_for_what_is_done(house: Settings) -> None:
    maker = Maker()
    make(maker)

    again = make(maker)

    assert maker.asked == 1
    assert again.is_replay
    assert again.value == {"width": 10}


def test_it_makes_it_again_when_the_stored_file_is_gone(house: Settings) -> None:
    maker = Maker()
    make(maker).path("picture").unlink()

    again = make(maker)

    assert maker.asked == 2
    assert again.path("picture").read_text() == "picture"


def test_two_runs_at_once_make_it_once(house: Settings) -> None:
    maker = Maker(seconds=1.5)
    results: list[Result] = []
    threads = [threading.Thread(target=lambda: results.append(make(maker))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert maker.asked == 1
    assert len({result.files["picture"].sha256 for result in results}) == 1
    assert sorted(result.is_replay for result in results) == [False, True, True, True]


def test_a_lease_is_renewed_while_the_work_lasts_longer_than_it(house: Settings) -> None:
    slow, other = Maker(seconds=3.5), Maker("other")  # the lease is 2 seconds
    thread = threading.Thread(target=lambda: make(slow))
    thread.start()
    time.sleep(0.5)

    make(other)
    thread.join()

    assert (slow.asked, other.asked) == (1, 0)


def test_work_whose_worker_died_is_anyones_once_the_lease_has_run_out(house: Settings) -> None:
    with get_database().transaction() as connection:
        generations.intend(connection, ORDER, None, None, "a dead worker", 1)
        attempt = generations.begin_attempt(connection, ORDER.key, service="maker-0")
        generations.submit_attempt(connection, ORDER.key, "a dead worker", attempt, "local:1")
    started = time.monotonic()

    result = make(Maker())

    assert 0.5 < time.monotonic() - started < 5
    assert not result.is_replay
    assert rows(house, "select n, status from generation_attempts order by n") == [(1, "lost"), (2, "done")]


def test_the_next_maker_is_asked_when_one_fails_and_the_result_is_marked_as_a_stand_in(house: Settings) -> None:
    failing, second = Maker(error=Unreachable(service="first")), Maker("second")

    result = make(failing, second)

    assert result.path("picture").read_text() == "second"
    assert rows(house, "select stand_in from generations") == [(True,)]
    assert rows(house, "select service, status from generation_attempts order by n") == [
        ("maker-0", "failed"),
        ("maker-1", "done"),
    ]


def test_the_only_makers_own_error_is_what_the_caller_sees(house: Settings) -> None:
    with pytest.raises(BadInput, match="too wide"):
        make(Maker(error=BadInput("too wide")))

    assert status(house) == "failed"


def test_every_makers_reason_is_told_when_all_fail(house: Settings) -> None:
    with pytest.raises(GenerationFailed) as caught:
        make(Maker(error=BadInput("too wide")), Maker(error=Unreachable(service="second")))

    assert "maker-0: too wide" in str(caught.value)
    assert "maker-1: second" in str(caught.value)
    assert not caught.value.retryable


def test_what_failed_may_be_asked_for_again(house: Settings) -> None:
    with pytest.raises(BadInput):
        make(Maker(error=BadInput("not now")))

    assert make(Maker()).value == {"width": 10}
    assert rows(house, "select n, status from generation_attempts order by n") == [(1, "failed"), (2, "done")]


def test_a_full_disk_is_said_so_and_leaves_nothing(house: Settings) -> None:
    with pytest.raises(DiskFull, match="No space left"):
        make(Maker(error=OSError(28, "No space left on device")))

    assert list((house.home / "work").iterdir()) == []
    assert not [path for path in asset_folder().root.rglob("*") if path.is_file()]


def test_a_crash_in_our_own_code_lets_go_of_the_lease(house: Settings) -> None:
    with pytest.raises(ZeroDivisionError):
        make(Maker(error=ZeroDivisionError()))

    assert make(Maker()).value == {"width": 10}


def test_progress_is_written_where_others_can_read_it(house: Settings) -> None:
    thread = threading.Thread(target=lambda: make(Maker(seconds=2.5)))
    thread.start()
    time.sleep(1.5)

    seen = rows(house, "select progress, status from generations")
    thread.join()

    assert seen == [(0.5, "submitted")]
    assert rows(house, "select progress from generations") == [(1.0,)]
