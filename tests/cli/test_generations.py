"""`reelwright generations`: a person sees every lost call, closes it in one of four ways, and nothing is paid twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest
from fakes.a2e import FakeA2E
from fakes.kie import FakeKie
from fakes.server import serving
from services import Use, draw, drawing, execute, purses, unsettled, users_of
from typer.testing import CliRunner, Result

from cli.main import app
from core.errors import NeedsPerson
from core.settings import Settings

PRICE = 12.0
"""What KIE takes for a picture here."""


KEY = drawing().key


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["generations", *arguments])


def listed() -> list[dict[str, Any]]:
    rows = json.loads(run("list", "--json").stdout)
    assert isinstance(rows, list)
    return rows


def resolve(*arguments: str) -> str:
    """Close a call that can be closed and return what is said about it."""
    done = run("resolve", *arguments, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["key"] == KEY
    return str(said["outcome"])


def refused(*arguments: str) -> str:
    """Return why and with which remedy a call is not closed; checks that nothing was changed."""
    before = (unsettled(), purses())
    done = run("resolve", *arguments, "--json")
    assert done.exit_code == 2, done.output
    assert (unsettled(), purses()) == before
    said = json.loads(done.stdout)
    return f"{said['error']} {said['remedy']}"


@pytest.fixture
def a2e() -> Iterator[FakeA2E]:
    fake = FakeA2E()
    fake.quote = {"totalCoins": 10}
    with serving(fake):
        yield fake


@pytest.fixture
def kie() -> Iterator[FakeKie]:
    fake = FakeKie()
    with serving(fake):
        yield fake


@pytest.fixture
def use(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, a2e: FakeA2E, kie: FakeKie) -> Use:
    """Use the services of a chain under a cap."""
    return users_of(monkeypatch, tmp_path / "services.toml", {"a2e": a2e, "kie": kie}, budgets={"day": 100})


@pytest.fixture
def lost(use: Use, kie: FakeKie) -> FakeKie:
    """A call that KIE took and charged, and whose answer was lost; it has no records to look through."""
    use("kie")
    kie.break_next("reset", pattern="POST .*createTask", moment="acted")
    with pytest.raises(NeedsPerson, match=f"reelwright generations resolve {KEY[:12]}"):
        draw()
    assert len(kie.paid) == 1
    return kie


def budget() -> tuple[float, float]:
    """Return what is reserved and spent under the cap of the day."""
    ((reserved, spent),) = execute("select reserved::float, spent::float from budgets")
    return reserved, spent


def test_when_every_call_is_accounted_for_it_says_so(house: Settings) -> None:
    assert "Nothing waits for an answer: every paid call is accounted for." in run("list").stdout
    assert listed() == []


def test_a_lost_call_is_listed_with_all_that_a_person_needs_to_find_it(lost: FakeKie) -> None:
    said = run("list").stdout

    label = f"rw-{KEY[:20]}-1"
    for part in (KEY[:12], "draw", "kie/key-1", "unknown", "12", f"label {label}, number unknown"):
        assert part in said, said
    assert "KIE" in said.split(label)[1], "the evidence: why KIE's records cannot tell"
    assert FakeKie.KEY not in said
    (row,) = listed()
    assert (row["key"], row["label"], row["status"], row["external_id"]) == (KEY, label, "unknown", None)
    assert (row["service"], row["account"], row["looked"], float(row["reserved"])) == ("kie", "key-1", 1, PRICE)
    assert row["evidence"] in said
    for part in row["asked_at"][:16].split():
        assert part in said


def test_a_late_job_is_listed_with_its_number(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery", options={"a2e": {"patience_seconds": 0.2}})
    a2e.seconds = 60
    draw()

    said = run("list").stdout

    assert f"number {a2e.tasks[0].number}" in said
    assert "overdue" in said
    assert "was not finished in 0 s" in said


@pytest.mark.parametrize("name", [KEY[:1], KEY, f"rw-{KEY[:20]}-1"])
def test_a_call_that_never_happened_frees_its_credits_and_may_be_asked_for_again(name: str, lost: FakeKie) -> None:
    assert budget() == (PRICE, 0)

    outcome = resolve(name, "--not-paid")

    assert outcome == "closed for 0 units; it may be asked for again"
    assert unsettled() == []
    assert purses() == {"available": 0, "reserved": 0}
    assert budget() == (0, 0)
    draw()
    assert purses() == {"available": -PRICE, "reserved": 0, "spent": PRICE}
    assert budget() == (0, PRICE)


@pytest.mark.parametrize("units", ["12", "7.5", "20"])
def test_a_call_that_was_paid_without_a_result_is_settled_and_may_be_asked_for_again(units: str, lost: FakeKie) -> None:
    assert resolve(KEY[:12], "--paid", units) == f"closed for {units} units; it may be asked for again"

    assert unsettled() == []
    assert purses() == {"available": -float(units), "reserved": 0, "spent": float(units)}
    assert budget() == (0, float(units))
    assert execute("select note from transfers where kind = 'settle'") == [("no result",)]
    draw()
    assert len(lost.paid) == 2
    assert purses()["spent"] == float(units) + PRICE


def test_a_call_that_was_found_under_a_number_is_taken_up_and_not_paid_again(lost: FakeKie) -> None:
    (number,) = lost.tasks

    outcome = resolve(KEY[:12], "--number", f" {number} ")

    assert outcome == f"its job {number} is taken up by the next run of its reel"
    assert unsettled() == []
    assert purses() == {"available": -PRICE, "reserved": PRICE}
    draw()
    assert len(lost.paid) == 1
    assert purses() == {"available": -PRICE, "reserved": 0, "spent": PRICE}
    assert execute("select status, external_id from generation_attempts") == [("done", number)]


def test_a_look_that_finds_the_call_has_it_taken_up(use: Use, a2e: FakeA2E) -> None:
    use("a2e")
    a2e.break_next("reset", pattern="POST .*start", moment="acted")
    a2e.break_next(500, pattern="GET .*allRecords", times=inf)
    with pytest.raises(NeedsPerson):
        draw()
    assert "still not known" in resolve(KEY[:12], "--look")
    a2e.faults.clear()

    assert f"found as {a2e.tasks[0].number}; rerun its reel" in resolve(KEY[:12], "--look")

    draw()
    assert len(a2e.paid) == 1
    assert purses() == {"available": -10, "reserved": 0, "spent": 10}


def test_a_look_at_a_service_without_records_changes_nothing(lost: FakeKie) -> None:
    done = run("resolve", KEY[:12], "--look")

    assert done.exit_code == 0
    assert "still not known" in done.stdout
    assert len(unsettled()) == 1
    assert purses() == {"available": -PRICE, "reserved": PRICE}


def test_exactly_one_answer_is_wanted(lost: FakeKie) -> None:
    for answers in ((), ("--not-paid", "--look"), ("--paid", "3", "--number", "1"), ("--paid", "0", "--not-paid")):
        assert "Give one of --look, --paid UNITS, --not-paid, --number ID." in refused(KEY[:12], *answers)
    assert "Give one of --look" in run("resolve", KEY[:12]).stderr


def test_what_is_no_key_is_refused(lost: FakeKie) -> None:
    for name in ("", "nonsense", "%", "rw-", f"{KEY[:12]} ", "../x", f"{KEY[:12]}-"):
        assert f"'{name}' is no key. Copy it from `reelwright generations list`." in refused(name, "--not-paid")


def test_a_key_that_nothing_waits_for_is_refused(lost: FakeKie) -> None:
    for name in ("0" * 64, f"{KEY[:12]}-2", KEY + "0"):
        assert f"No lost call begins with {name}." in refused(name, "--not-paid")


def test_a_key_that_fits_several_calls_is_refused_and_more_letters_of_it_are_enough(lost: FakeKie) -> None:
    other = KEY[:4] + ("0" if KEY[4] != "0" else "1") + KEY[5:]
    lose_another(other)

    assert "2 lost calls begin with " in refused(KEY[:4], "--not-paid")
    assert "closed" in resolve(KEY[:5], "--not-paid")
    assert [one.key for one in unsettled()] == [other]


def lose_another(key: str) -> None:
    """Let the same have happened to an order with another key."""
    columns = "capability, request, recipe, variant, status, error"
    execute(f"insert into generations (key, {columns}) select '{key}', {columns} from generations")
    columns = "n, service, account, account_id, status, reserved, units, asked_at"
    execute(
        f"insert into generation_attempts (generation, label, {columns})"
        f" select '{key}', 'another', {columns} from generation_attempts",
    )


def test_two_calls_for_one_order_are_told_apart_by_their_labels(use: Use, a2e: FakeA2E, kie: FakeKie) -> None:
    hurried = {"patience_seconds": 0.2}
    use("a2e", "kie", "scenery", options={"a2e": hurried, "kie": hurried})
    a2e.seconds = kie.seconds = 60
    draw()
    labels = [one.label for one in unsettled()]
    assert labels == [f"rw-{KEY[:20]}-1", f"rw-{KEY[:20]}-2"]

    assert "or the whole label" in refused(KEY, "--not-paid")
    resolve(labels[1], "--paid", "12")

    assert [one.label for one in unsettled()] == labels[:1]
    assert purses() == {"available": -22, "reserved": 10, "spent": 12}


def test_what_is_no_number_of_units_is_refused(lost: FakeKie) -> None:
    for units in ("nonsense", "-1", "nan", "inf", "", "1e12", "12,5"):
        said = refused(KEY[:12], "--paid", units)
        assert f"'{units}' is no number of units. Give it as the service's website shows it" in said


def test_an_empty_number_is_refused(lost: FakeKie) -> None:
    for number in ("", "  "):
        assert "The number is empty." in refused(KEY[:12], "--number", number)


def test_a_late_job_is_closed_but_never_taken_up_again(use: Use, a2e: FakeA2E) -> None:
    use("a2e", "scenery", options={"a2e": {"patience_seconds": 0.2}})
    a2e.seconds = 60
    draw()
    number = a2e.tasks[0].number

    assert f"came too late to be taken up; its number is {number}" in refused(KEY[:12], "--number", number)
    resolve(KEY[:12], "--paid", "10")

    assert purses() == {"available": -10, "reserved": 0, "spent": 10}
    assert execute("select status, service from generations") == [("done", "scenery")]


def test_what_is_closed_cannot_be_closed_again(lost: FakeKie) -> None:
    resolve(KEY[:12], "--paid", "5")

    assert "No lost call begins with" in refused(KEY[:12], "--paid", "5")
    assert purses() == {"available": -5, "reserved": 0, "spent": 5}
