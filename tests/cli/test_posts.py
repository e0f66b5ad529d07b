"""The commands about posts: what waits is listed, every decision can be made, and nothing secret is ever shown."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.tiktok import FakeTikTok
from posts import Plan, delivery, drive, make_ready, plan_all, post_all
from services import execute
from typer.testing import CliRunner, Result

from cli.main import app
from core.settings import Settings
from core.vault import get_vault
from tasks import posting

HANDLE = "https://upload.example/?upload_token=secret-of-the-upload"


@pytest.fixture
def waiting(tiktok: FakeTikTok, plan_reel: Plan, video: Path, tmp_path: Path) -> str:
    """A post that waits for approval."""
    make_ready(plan_reel("Three hearts"), "Three hearts", video, tmp_path)
    return plan_all()[0]


@pytest.fixture
def run(house: Settings) -> Callable[..., Result]:
    """Run a command; nothing that it prints may be secret."""

    def command(*arguments: str) -> Result:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        for secret in (HANDLE, "upload_token", "fake-access-", "fake-refresh-", "fake-client-secret", "gAAAA"):
            assert secret not in done.output
        return done

    return command


def as_json(done: Result) -> Any:
    """Return the one document a command printed."""
    assert done.stdout.count("\n") == 1, done.stdout
    return json.loads(done.stdout)


def stand(key: str, status: str, error: str) -> None:
    """Have a post stand there with a secret handle, and its reel with it."""
    path = {"held": ["begun", "uploading", "processing", "finishing", "unknown", "held"]}
    for each in path.get(status, [status]):
        execute(
            "update deliveries set status = %s, handle = %s, error = %s, approval = 'none' where key = %s",
            each,
            get_vault().lock(HANDLE),
            error,
            key,
        )
    posting.settle_reels.fn(None)


def test_without_posts_the_list_says_so(run: Callable[..., Result]) -> None:
    assert "Nothing waits" in run("posts", "list").stdout
    assert as_json(run("posts", "list", "--json")) == []


def test_the_list_tells_what_waits_and_for_what(waiting: str, run: Callable[..., Result]) -> None:
    listed = run("posts", "list")

    assert listed.exit_code == 0
    line = next(line for line in listed.stdout.splitlines() if line.startswith(waiting))
    assert "waits for approval" in line
    assert line.rstrip().endswith("Three hearts")
    assert f"{delivery(waiting).slot_at:%Y-%m-%d %H:%M}" in line

    (row,) = as_json(run("posts", "list", "--json"))
    assert (row["key"], row["status"], row["approval"]) == (waiting, "intended", "needed")
    assert "handle" not in row


def test_the_list_tells_why_a_post_needs_a_person(waiting: str, run: Callable[..., Result]) -> None:
    stand(waiting, "held", "Look into tiktok/one [now] whether it is there.")

    assert f"{waiting}: Look into tiktok/one [now] whether it is there." in run("posts", "list").stdout
    assert as_json(run("posts", "list", "--json"))[0]["error"].startswith("Look into tiktok/one")


def test_a_title_is_shown_as_it_is(waiting: str, run: Callable[..., Result]) -> None:
    execute("update deliveries set request = jsonb_set(request, '{title}', '\"Top [3] [/red] [bold]hearts\"')")

    shown = " ".join(run("posts", "list").stdout.split())  # a narrow terminal breaks it
    assert "Top [3] [/red]" in shown
    assert "[bold]hearts" in shown


def test_what_is_out_and_what_was_skipped_is_listed_no_more(waiting: str, run: Callable[..., Result]) -> None:
    run("posts", "refuse", waiting)

    assert as_json(run("posts", "list", "--json")) == []


def test_approving_without_a_choice_names_the_offer(waiting: str, run: Callable[..., Result]) -> None:
    refused = run("posts", "approve", waiting)
    assert refused.exit_code == 2
    assert "the account offers PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY" in refused.stderr
    assert "--privacy" in refused.stderr

    told = as_json(run("posts", "approve", waiting, "--json"))
    assert told["exit_code"] == 2
    assert "Nobody chose who may see it" in told["error"]
    assert delivery(waiting).approval == "needed"


def test_an_approved_post_goes_out_as_it_was_agreed_to(
    waiting: str, tiktok: FakeTikTok, run: Callable[..., Result]
) -> None:
    done = run("posts", "approve", waiting, "--by", "olga", "--privacy", "SELF_ONLY", "--comments", "--own-brand")

    assert done.exit_code == 0
    assert f"olga approved {waiting}" in done.stdout
    assert "TikTok's Music Usage Confirmation" in done.stdout
    assert drive(waiting).status == "done"
    sent = [post.settings or {} for post in tiktok.posts]
    assert [(one["privacy_level"], one["disable_comment"], one["brand_organic_toggle"]) for one in sent] == [
        ("SELF_ONLY", False, True)
    ]
    again = run("posts", "approve", waiting, "--by", "olga", "--privacy", "SELF_ONLY")
    assert again.exit_code == 1
    assert "is done" in again.stderr


def test_the_one_who_decides_is_the_user_unless_another_is_named(waiting: str, run: Callable[..., Result]) -> None:
    said = as_json(run("posts", "approve", waiting, "--privacy", "SELF_ONLY", "--json"))["said"]

    assert said.startswith(f"{getpass.getuser()} approved {waiting}")


def test_a_user_without_a_name_is_asked_for_one(
    waiting: str, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 987_654)

    refused = run("posts", "refuse", waiting)
    assert refused.exit_code == 2
    assert "--by NAME" in refused.stderr


def test_a_refused_post_is_not_made(waiting: str, tiktok: FakeTikTok, run: Callable[..., Result]) -> None:
    assert "olga refused" in run("posts", "refuse", waiting, "--by", "olga").stdout

    assert post_all() == []
    assert tiktok.posts == []
    again = run("posts", "refuse", waiting, "--by", "olga")
    assert again.exit_code == 1
    assert "is skipped, which does not allow that" in again.stderr


def test_a_failed_post_is_retried(waiting: str, run: Callable[..., Result]) -> None:
    stand(waiting, "failed", "tiktok: Too wide.")

    done = run("posts", "retry", waiting)

    assert done.exit_code == 0
    assert f"{waiting} begins anew and waits for approval" in done.stdout
    assert (delivery(waiting).status, delivery(waiting).error) == ("intended", None)
    assert run("posts", "retry", waiting).exit_code == 1


def test_a_post_that_would_fail_again_stays_failed(waiting: str, run: Callable[..., Result]) -> None:
    stand(waiting, "failed", "tiktok: Too wide.")
    execute("update content_ideas set brief = jsonb_set(brief, '{rating}', '3')")

    told = as_json(run("posts", "retry", waiting, "--json"))
    assert told["exit_code"] == 1
    assert "It would fail again: The reel is rated 3" in told["error"]
    assert delivery(waiting).error == "tiktok: Too wide."


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (["--posted", "https://www.tiktok.com/@tess.ter/video/73"], "done", "is closed as posted"),
        (["--not-posted"], "intended", "begins anew"),
        (["--look"], "unknown", "is looked for once more"),
    ],
)
def test_a_held_post_is_closed_by_one_answer(
    waiting: str, run: Callable[..., Result], answer: list[str], status: str, words: str
) -> None:
    stand(waiting, "held", "Nobody can tell.")

    assert as_json(run("posts", "resolve", waiting, *answer, "--json"))["said"] == f"{waiting} {words}."
    assert delivery(waiting).status == status


@pytest.mark.parametrize("answers", [[], ["--look", "--not-posted"], ["--posted", "https://a.example/1", "--look"]])
def test_a_held_post_wants_exactly_one_answer(waiting: str, run: Callable[..., Result], answers: list[str]) -> None:
    stand(waiting, "held", "Nobody can tell.")

    refused = run("posts", "resolve", waiting, *answers)

    assert refused.exit_code == 2
    assert "Give exactly one answer." in refused.stderr
    assert delivery(waiting).status == "held"


@pytest.mark.parametrize("command", ["approve", "refuse", "retry", "resolve"])
def test_a_post_that_does_not_exist_is_named(waiting: str, run: Callable[..., Result], command: str) -> None:
    more = ["--look"] if command == "resolve" else []

    refused = run("posts", command, "post/nowhere", *more)

    assert refused.exit_code == 2
    assert "There is no post post/nowhere." in refused.stderr
    assert "reelwright posts list" in refused.stderr


def test_the_status_of_a_reel_tells_where_its_posts_stand(waiting: str, run: Callable[..., Result]) -> None:
    assert f"tiktok/one: intended  {delivery(waiting).slot_at:%Y-%m-%d %H:%M} UTC" in run("status", "1").stdout

    stand(waiting, "held", "Look into tiktok/one.")
    told = run("status", "1")
    assert "tiktok/one: held  Look into tiktok/one." in told.stdout
    (post,) = as_json(run("status", "1", "--json"))["posts"]
    assert (post["key"], post["status"], "handle" in post) == (waiting, "held", False)

    run("posts", "resolve", waiting, "--posted", "https://www.tiktok.com/@tess.ter/video/73")
    assert "tiktok/one: done  https://www.tiktok.com/@tess.ter/video/73" in run("status", "1").stdout
