"""Exactly one post, whatever line the process dies or sleeps at, and whatever changes between two runs of a post.

A full sweep kills at every line; else at every line of the last step and at an even sample of the rest.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from fakes.server import Moment, Reply, Request
from platforms import FAKES, connect, consent_to_all, lift_caps, start
from posts import Plan, delivery, drive, let_time_pass, make_ready, plan_all, script_of, use_accounts
from services import execute
from sweeps import FULL
from zygote import Zygote

from core.clock import now
from core.errors import Busy, WrongState
from core.posting_file import get_posting_file
from core.settings import Settings, get_settings
from core.vault import get_vault
from db import deliveries
from db.accounts import relock_all
from db.connection import get_database
from integrations.platforms import platform_class
from tasks import posting
from tasks.approval import decide, look_again, retry_post
from tasks.posts import find_account
from tasks.sealed import keep_token

CHILD = Path(__file__).with_name("posting_lines_child.py")
SAMPLE = 3
"""How many lines are tried for each platform besides those of the last step."""

Open = Callable[..., Any]
pytestmark = pytest.mark.slow


def take_up(zygote: Zygote, key: str, *, at: int = 0, by: str = "SIGKILL") -> dict[str, Any]:
    """Take a post up until it is over, or until the signal strikes before the line `at`."""
    return zygote.ask(key=key, platform=key.split("/")[1], at=at, by=by)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote(CHILD, *FAKES, "folder") as process:
        yield process


class Gallery:
    """The local gallery, told apart by titles as the fakes are."""

    def __init__(self, house: Settings) -> None:
        self.folder = house.home / "gallery"

    @property
    def shown(self) -> list[str]:
        """The titles of the reels that stand there."""
        return [
            note.parent.name.partition("-")[2].replace("-", " ") for note in self.folder.glob("[!.]*/delivery.json")
        ]


@pytest.fixture(params=[*FAKES, "folder"])
def place(
    request: pytest.FixtureRequest, house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Any]]:
    """A platform's name and what shows its posts, with an account connected."""
    monkeypatch.setattr(platform_class(request.param), "settle_seconds", 0.0)
    if request.param == "folder":
        use_accounts(monkeypatch, tmp_path / "posting.toml", [], plain="folder")
        yield "folder", Gallery(house)
        return
    with start(request.param) as fake:
        connect(monkeypatch, tmp_path, {request.param: fake})
        lift_caps(fake)
        yield request.param, fake


def planned(plan_reel: Plan, title: str, video: Path, folder: Path) -> str:
    """Make a reel ready, plan its post and approve it; return its key."""
    make_ready(plan_reel(title), title, video, folder)
    key = plan_all()[-1]
    consent_to_all()
    return key


def seen(shown: Any, title: str) -> int:
    return sum(title in text for text in shown.shown)


def last_step(lines: list[str], platform: str) -> list[int]:
    """Return the numbers of the lines of the last step: the courier's, the platform's, and the one after each."""
    ours = [n for n, line in enumerate(lines, 1) if line.startswith(("posting.py:_finish:", f"{platform}.py:finish:"))]
    return sorted({near for n in ours for near in (n, n + 1) if near <= len(lines)})


def lines_to_try(lines: list[str], platform: str) -> list[int]:
    if FULL:
        return list(range(1, len(lines) + 1))
    evenly = range(1, len(lines) + 1, max(1, len(lines) // SAMPLE))
    return sorted({*evenly, *last_step(lines, platform)})


def test_a_post_that_is_killed_at_any_line_is_there_once(
    place: tuple[str, Any], zygote: Zygote, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    name, shown = place
    whole = take_up(zygote, planned(plan_reel, "Whole reel", video, tmp_path))
    assert (whole["how"], seen(shown, "hole reel")) == ("over", 1)
    struck = 0
    for line in lines_to_try(whole["lines"], name):
        title = f"reel at line {line:05d}"
        key = planned(plan_reel, title, video, tmp_path)
        struck += take_up(zygote, key, at=line)["how"] == "killed"
        ended = drive(key)
        assert (ended.status, seen(shown, title)) == ("done", 1), f"{whole['lines'][line - 1]}: {ended.error}"
    assert struck > SAMPLE


def test_a_run_that_slept_longer_than_its_lease_does_not_repeat_what_another_did_meanwhile(
    place: tuple[str, Any], zygote: Zygote, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    _, shown = place
    lines = take_up(zygote, planned(plan_reel, "Whole reel", video, tmp_path))["lines"]
    begins = next(n for n, line in enumerate(lines, 1) if line.startswith("posting.py:_finish:"))
    key = planned(plan_reel, "Sleeping reel", video, tmp_path)

    asleep = take_up(zygote, key, at=begins, by="SIGSTOP")
    assert (asleep["how"], delivery(key).status) == ("stopped", "finishing")
    assert drive(key).status == "done"
    zygote.ask(wake=asleep["process"])

    assert (delivery(key).status, seen(shown, "leeping reel")) == ("done", 1)


# What changes between two runs of a post ------------------------------------------------------------------------------


@pytest.fixture
def open_fake(house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Start the fake of a platform and connect an account to it, with options on top of the fake's own."""
    with ExitStack() as stack:

        def begin(name: str, **options: Any) -> Any:
            monkeypatch.setattr(platform_class(name), "settle_seconds", 0.0)
            fake = stack.enter_context(start(name))
            connect(monkeypatch, tmp_path, {name: fake}, **options)
            lift_caps(fake)
            return fake

        yield begin


LAST_CALL = {
    "youtube": r"PUT .*/videos",
    "instagram": ".*/media_publish",
    "tiktok": "PUT /video/",
    "telegram": ".*/sendVideo",
}


def lose_answer(fake: Any, name: str, key: str) -> None:
    """Take a post up until the answer of its last call is lost: the platform shows it, and we do not know it."""
    cut = at_moment(fake, LAST_CALL[name], "acted", lambda: fake.shown and fake.break_next("reset", moment="acted"))
    for _ in range(9):
        if delivery(key).status == "unknown":
            break
        let_time_pass()
        posting.deliver_post.fn(key)
    fake.observers.remove(cut)
    assert (delivery(key).status, len(fake.shown)) == ("unknown", 1)


def at_moment(fake: Any, pattern: str, moment: Moment, act: Callable[[], object]) -> Callable[[Moment, Request], None]:
    """Do something whenever a call comes to a moment; returns the observer."""

    def observe(now: Moment, request: Request) -> None:
        if now == moment and re.fullmatch(pattern, request.call):
            act()

    fake.observers.append(observe)
    return observe


def forget_settings() -> None:
    get_settings.cache_clear()
    get_posting_file.cache_clear()


def lose_key(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("MASTER_KEYS", Fernet.generate_key().decode())


def remove_account(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    (path / "posting.toml").write_text("")


def misspell_option(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    file = path / "posting.toml"
    file.write_text(file.read_text().replace("lookout_chat", "outlook_chat"))


@pytest.mark.parametrize("trouble", [lose_key, remove_account, misspell_option])
def test_a_post_that_may_be_out_never_fails_for_a_fault_in_the_settings(
    trouble: Callable[[pytest.MonkeyPatch, Path], None], open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    fake = open_fake("telegram")
    key = planned(plan_reel, "Three hearts", video, tmp_path)
    lose_answer(fake, "telegram", key)

    with pytest.MonkeyPatch.context() as patch:
        right = (tmp_path / "posting.toml").read_text()
        trouble(patch, tmp_path)
        forget_settings()
        let_time_pass()
        posting.deliver_post.fn(key)
    (tmp_path / "posting.toml").write_text(right)
    forget_settings()
    assert delivery(key).status in ("unknown", "held"), "what failed begins anew when it is retried or the reel rerun"
    with pytest.raises(WrongState):
        retry_post(key)
    if delivery(key).status == "held":
        look_again(key)
    assert (drive(key).status, len(fake.published)) == ("done", 1)


def test_handles_can_be_read_after_the_master_key_was_changed(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, house: Settings
) -> None:
    fake = open_fake("telegram")
    key = planned(plan_reel, "Three hearts", video, tmp_path)
    lose_answer(fake, "telegram", key)
    old, new = (house.home / "master.key").read_text().strip(), Fernet.generate_key().decode()
    monkeypatch.setenv("MASTER_KEYS", f"{new} {old}")
    forget_settings()
    with get_database().transaction() as connection:
        relock_all(connection, get_vault().relock)
    monkeypatch.setenv("MASTER_KEYS", new)
    forget_settings()

    assert (drive(key).status, len(fake.published)) == ("done", 1)


def test_a_post_that_is_out_is_never_taken_for_refused_because_the_account_was_paused_meanwhile(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    fake = open_fake("instagram")
    key = planned(plan_reel, "Three hearts", video, tmp_path)
    pause = at_moment(fake, ".*/media_publish", "acted", lambda: execute("update accounts set status = 'paused'"))
    drive(key, rounds=6)
    fake.observers.remove(pause)
    execute("update accounts set status = 'active'")

    assert (drive(key).status, len(fake.shown)) == ("done", 1)
    states = [row[0] for row in execute("select status from delivery_events where delivery = %s order by id", key)]
    assert states.count("finishing") == 1, states
    assert "processing" not in states[states.index("finishing") :], states


def test_a_lost_post_is_looked_for_among_the_messages_of_the_channel_that_is_connected_now(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = open_fake("telegram")
    assert drive(planned(plan_reel, "Blue blood", video, tmp_path)).external_id == "41"
    fake.channel.id, fake.channel.username, fake.channel.newest = -1009876543210, "otherreels", 3
    fake.channel.messages.clear()
    fake.chats[fake.channel.id] = fake.channel
    connect(monkeypatch, tmp_path, {"telegram": fake})

    key = planned(plan_reel, "Three hearts", video, tmp_path)
    lose_answer(fake, "telegram", key)
    assert (drive(key).status, seen(fake, "hree hearts")) == ("done", 1)


def test_a_post_with_the_same_caption_as_two_earlier_ones_is_not_taken_for_one_of_them(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    fake = open_fake("instagram")
    script = script_of("Three hearts")
    for title in ("First", "Second"):
        make_ready(plan_reel(title), title, video, tmp_path, script=script)
        keys = plan_all()
        consent_to_all()
        assert drive(keys[-1]).status == "done"
    make_ready(plan_reel("Third"), "Third", video, tmp_path, script=script)
    key = plan_all()[-1]
    consent_to_all()
    fake.break_next("reset", pattern=".*/media_publish", moment="arrived")  # it never was published

    ended = drive(key)
    assert (ended.status, len(fake.shown)) == ("done", 3)
    assert len(execute("select distinct external_id from deliveries where status = 'done'")) == 3


def test_a_video_of_an_earlier_time_with_the_same_marker_is_not_taken_for_a_lost_post(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    fake = open_fake("youtube", session_seconds=1)
    first = planned(plan_reel, "Three hearts", video, tmp_path)
    fake.advance(-30 * 86_400)
    lose_answer_of_another_factory(fake, first)
    fake.advance(30 * 86_400)

    fake.break_next("reset", pattern=LAST_CALL["youtube"], moment="arrived", times=2)
    let_time_pass()
    posting.deliver_post.fn(first)
    fake.expire_sessions()
    ended = drive(first, between=lambda: fake.advance(60))
    assert (ended.status, len(fake.shown)) == ("done", 2), "the old one and the new one"


def lose_answer_of_another_factory(fake: Any, key: str) -> None:
    """Post what another factory with the same numbers posted, then take that out of our books."""
    assert drive(key).status == "done"
    execute("update accounts set rests_until = null")
    execute("alter table deliveries disable trigger all")
    execute(
        "update deliveries set status = 'intended', handle = null, begins = 0, external_id = null where key = %s",
        key,
    )
    execute("alter table deliveries enable trigger all")
    execute("update reels set state = 'publishing'")


def test_a_last_chunk_that_is_on_its_way_for_long_makes_no_second_video(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = open_fake("youtube", session_seconds=3600, show_seconds=3600, timeout_seconds=1)
    key = planned(plan_reel, "Three hearts", video, tmp_path)
    arrived, may_act = threading.Event(), threading.Event()

    def hold(moment: Moment, request: Request) -> None:
        _, end, size = re.split("[-/]", request.headers.get("content-range", "-0/0").replace("*", "0-0"))
        if moment == "arrived" and int(end) + 1 == int(size) and not arrived.is_set():
            arrived.set()
            may_act.wait(30)

    fake.observers.append(hold)
    while not arrived.is_set():
        let_time_pass()
        posting.deliver_post.fn(key)
    later = now() + timedelta(hours=1, minutes=1)  # when our upload has been given up
    with monkeypatch.context() as patch:
        for module in ("youtube", "youtube_upload"):
            patch.setattr(f"integrations.platforms.{module}.now", lambda: later)
        drive(key, rounds=5)
        may_act.set()
    assert (drive(key).status, len(fake.shown)) == ("done", 1)


def test_a_token_that_is_refused_at_the_last_step_again_and_again_is_not_renewed_without_end(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    fake = open_fake("instagram")
    refused = Reply(400, {"error": {"message": "no", "type": "OAuthException", "code": 190}})
    fake.break_next(refused, pattern=".*/media_publish", times=6)
    key = planned(plan_reel, "Three hearts", video, tmp_path)
    while not fake.calls(".*/media_publish"):
        let_time_pass()
        posting.deliver_post.fn(key)

    assert len(fake.calls(".*/media_publish")) <= 2, "it waits before it tries again"


def test_a_skipped_post_of_a_published_reel_goes_out_when_a_person_retries_it(
    house: Settings, plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start("instagram") as one, start("telegram") as two:
        connect(monkeypatch, tmp_path, {"instagram": one, "telegram": two})
        make_ready(plan_reel("Three hearts"), "Three hearts", video, tmp_path)
        keys = plan_all()
        skipped = keys[-1]
        decide.fn(skipped, approve=False, by="tester")
        assert [drive(key).status for key in keys] == ["done", "done", "skipped"]
        posting.settle_reels.fn(None)

        retry_post(skipped)
        assert skipped in posting.due_posts.fn(None)
        assert (drive(skipped).status, len(one.shown), len(two.shown)) == ("done", 1, 1)


def test_a_session_of_another_channel_is_never_begun_anew_in_the_one_that_is_connected_now(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    fake = open_fake("youtube", session_seconds=1)
    key = planned(plan_reel, "Three hearts", video, tmp_path)
    lose_answer(fake, "youtube", key)
    other = fake.token().model_copy(update={"owner_id": "UC-other"})
    with get_database().transaction() as connection:
        keep_token(connection, find_account("youtube/one"), other)
    fake.expire_sessions()
    fake.videos.clear()  # as the other channel shows it

    assert (drive(key).status, len(fake.shown)) == ("held", 1)


def test_a_run_whose_post_a_person_changed_meanwhile_has_lost_it(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    open_fake("telegram")
    key = planned(plan_reel, "Three hearts", video, tmp_path)
    with get_database().transaction() as connection:
        assert deliveries.claim_delivery(connection, key, "a run that sleeps", 60) is not None
    execute("update deliveries set lease_until = now() - interval '1 second' where key = %s", key)
    found = delivery(key)
    with get_database().transaction() as connection:
        changed = {**found.request, "caption": "Another one."}
        intent = deliveries.Intent(key, "post", found.subject, found.account, found.reel_id, changed, now(), now())
        deliveries.intend_delivery(connection, intent)

    with pytest.raises(Busy), get_database().transaction() as connection:
        deliveries.begin_delivery(connection, key, "a run that sleeps", "handle")


def test_a_database_that_goes_away_between_the_answer_and_its_commit_makes_no_second_post(
    open_fake: Open, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    fake = open_fake("telegram")
    key = planned(plan_reel, "Three hearts", video, tmp_path)
    execute(
        "create function go_away() returns trigger language plpgsql as"
        " $$ begin raise exception 'shutting down' using errcode = '57P01'; end $$"
    )
    execute(
        "create trigger goes_away before update on deliveries for each row when (new.status = 'confirming')"
        " execute function go_away()"
    )
    assert not posting.deliver_post.fn(key)
    assert delivery(key).status == "finishing"
    execute("drop trigger goes_away on deliveries")

    assert (drive(key).status, len(fake.published)) == ("done", 1)
