"""What platforms do to a post on its way: whatever it is, the post ends right and the world sees it once.

Every platform is the real one, against its fake; what the world sees is counted there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes.instagram import graph_error
from fakes.server import Fake, Moment, Reply, Request
from fakes.tiktok import refusal
from fakes.youtube import problem
from platforms import connect, consent_to_all, lift_caps, start
from posts import Plan, delivery, drive, let_time_pass, make_ready, plan_all
from services import execute

from core.clock import now
from core.posting_file import posting_accounts
from core.settings import Settings
from db import reels
from db.connection import get_database
from db.deliveries import Delivery
from integrations.platforms import platform_class, youtube, youtube_upload
from tasks import posting
from tasks.approval import look_again, resolve_post, retry_post
from tasks.sealed import keep_token

Open = Callable[..., Any]
Ready = Callable[..., int]

BEGIN = {
    "youtube": r"POST (/resumable)?/upload/youtube/v3/videos",
    "instagram": r"POST /fb/v[\d.]+/\d+/media",
    "tiktok": r"POST /v2/post/publish/video/init/",
    "telegram": r"POST /bot.*/getChatMember",
}
SEND = {
    "youtube": r"PUT (/resumable)?/upload/youtube/v3/videos",
    "instagram": r"POST /rupload/.*",
    "tiktok": r"PUT /video/",
}
FINISH = {
    "youtube": SEND["youtube"],
    "instagram": r"POST /fb/v[\d.]+/\d+/media_publish",
    "tiktok": SEND["tiktok"],
    "telegram": r"POST /bot.*/sendVideo",
}
RENEW = {
    "youtube": r"POST /token",
    "instagram": r"GET /fb/v[\d.]+/oauth/access_token",
    "tiktok": r"POST /v2/oauth/token/",
}
"""The request lines of each platform: what begins a post, sends bytes, makes it public, and renews a token."""

CREATOR, INIT, STATUS = (
    rf"POST /v2/post/publish/{path}/" for path in ("creator_info/query", "video/init", "status/fetch")
)
HOUR = 3600
pytestmark = pytest.mark.slow


@pytest.fixture
def open_places(house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Start fakes and connect an account at each; returns the one fake, or all in the order of their names."""
    with ExitStack() as stack:

        def open_(*names: str, **options: Any) -> Any:
            fakes = {name: stack.enter_context(start(name)) for name in names}
            for name, fake in fakes.items():
                monkeypatch.setattr(platform_class(name), "settle_seconds", 0.0)
                lift_caps(fake)
            connect(monkeypatch, tmp_path, fakes, **options)
            return next(iter(fakes.values())) if len(fakes) == 1 else list(fakes.values())

        yield open_


@pytest.fixture
def ready(plan_reel: Plan, video: Path, tmp_path: Path) -> Ready:
    """Make a reel of a title ready."""
    return lambda title="Three hearts": make_ready(plan_reel(title), title, video, tmp_path)


def planned() -> list[str]:
    """Plan and approve what is ready, fill the local gallery, and return the keys of all other posts, sorted."""
    keys = sorted(plan_all())
    consent_to_all()
    for key in keys:
        if key.startswith("post/folder/"):
            posting.deliver_post.fn(key)
    return [key for key in keys if not key.startswith("post/folder/")]


def is_finishing(name: str, request: Request) -> bool:
    """Say whether a request is the one that makes the post public."""
    if not re.fullmatch(FINISH[name], request.call):
        return False
    place = re.fullmatch(r"bytes \d+-(\d+)/(\d+)", request.headers.get("content-range", ""))
    return name in ("instagram", "telegram") or (place is not None and int(place[1]) == int(place[2]) - 1)


def is_sending(name: str, request: Request) -> bool:
    """Say whether a request brings bytes of the video."""
    return bool(re.fullmatch(SEND[name], request.call) and request.body)


def once_when(fake: Fake, fits: Callable[[Request], bool], act: Callable[[], None], moment: Moment = "arrived") -> None:
    """Do something at one moment of the first exchange that fits."""

    def observe(reached: Moment, request: Request) -> None:
        if reached == moment and fits(request):
            fake.observers.remove(observe)
            act()

    fake.observers.append(observe)


def account(service: str) -> dict[str, Any]:
    """Return how an account is written down."""
    rows = execute("select status, reason, rests_until from accounts where service = %s", service)
    return dict(zip(("status", "reason", "rests_until"), rows[0], strict=True))


def connect_again(name: str, fake: Any) -> None:
    """Do what `reelwright connect` does at its end."""
    target = next(each for each in posting_accounts() if each.platform == name)
    with get_database().transaction() as connection:
        keep_token(connection, target, fake.token())


def time_passes_but_rests_go_on() -> None:
    execute("update deliveries set due_at = now() where due_at > now()")


def state_of(reel_id: int) -> tuple[str, str | None]:
    posting.settle_reels.fn(None)
    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
        return reel.state, reel.reason


def looked_after(key: str, fake: Any) -> Delivery:
    """Drive a post to its end; where a person is asked, do what the post's state lets a person do, once."""
    ended = drive(key, rounds=90, between=lambda: fake.advance(60))
    if ended.status == "failed":
        retry_post(key)
        consent_to_all()
    elif ended.status == "held":
        look_again(key)
    return drive(key, rounds=90, between=lambda: fake.advance(60))


# Tokens --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_cut", [False, True], ids=["answered", "cut"])
@pytest.mark.parametrize("name", SEND)
def test_a_token_that_ends_in_the_middle_of_an_upload_is_renewed_once_and_the_upload_goes_on(
    open_places: Open, ready: Ready, name: str, is_cut: bool
) -> None:
    fake = open_places(name)
    ready()
    once_when(fake, lambda request: is_sending(name, request), fake.expire_tokens)
    if is_cut:
        once_when(fake, lambda request: is_sending(name, request), lambda: fake.break_next("reset", moment="acted"))

    ended = drive(planned()[0])

    assert (ended.status, ended.begins, len(fake.shown)) == ("done", 1, 1), ended.error
    assert len(fake.calls(BEGIN[name])) == len(fake.calls(RENEW[name])) == 1


@pytest.mark.parametrize("name", SEND)
def test_a_token_that_ends_at_the_last_step_is_renewed_and_the_same_upload_becomes_the_post(
    open_places: Open, ready: Ready, name: str
) -> None:
    fake = open_places(name)
    ready()
    once_when(fake, lambda request: is_finishing(name, request), fake.expire_tokens)

    ended = drive(planned()[0])

    assert (ended.status, ended.begins, len(fake.shown)) == ("done", 1, 1), ended.error
    assert len(fake.calls(BEGIN[name])) == len(fake.calls(RENEW[name])) == 1


@pytest.mark.parametrize("name", ["youtube", "instagram"])
def test_a_renewal_whose_answer_was_lost_is_made_again_where_the_old_token_still_serves(
    open_places: Open, ready: Ready, name: str
) -> None:
    fake = open_places(name)
    ready()
    fake.expire_tokens()
    fake.break_next("reset", pattern=RENEW[name], moment="acted")

    ended = drive(planned()[0])

    assert (ended.status, len(fake.shown)) == ("done", 1), ended.error
    assert len(fake.calls(RENEW[name])) == 2
    assert account(name)["status"] == "active"


def test_a_lost_renewal_that_used_the_token_up_retires_the_account_and_its_posts_wait_for_a_person(
    open_places: Open, ready: Ready
) -> None:
    telegram, tiktok = open_places("telegram", "tiktok")
    for title in ("Three hearts", "Blue blood"):
        ready(title)
    tiktok.expire_tokens()
    tiktok.break_next("reset", pattern=RENEW["tiktok"], moment="acted")
    keys = planned()
    for key in keys:
        drive(key, rounds=5)

    reason = account("tiktok")["reason"]
    assert account("tiktok")["status"] == "retired"
    assert "used the old tokens up; its answer, with the new ones, was lost" in reason
    assert reason.count("`reelwright connect tiktok one`") == 1, reason
    assert [delivery(key).status for key in keys] == ["done", "done", "intended", "intended"]
    let_time_pass()
    assert posting.due_posts.fn(None) == []
    assert (len(telegram.shown), len(tiktok.shown)) == (2, 0)

    connect_again("tiktok", tiktok)
    assert [drive(key).status for key in keys[2:]] == ["done", "done"]
    assert len(tiktok.shown) == len(set(tiktok.shown)) == 2


def test_a_bot_whose_key_is_revoked_at_the_last_step_posts_once_it_is_connected_again(
    open_places: Open, ready: Ready
) -> None:
    fake = open_places("telegram")
    ready()
    key = planned()[0]
    once_when(fake, lambda request: is_finishing("telegram", request), fake.expire_tokens)

    assert drive(key, rounds=5).status == "processing"
    assert account("telegram")["status"] == "retired"
    assert fake.shown == []
    connect_again("telegram", fake)
    assert (drive(key).status, len(fake.shown)) == ("done", 1)


END_ACCESS: dict[str, Callable[[Any], None]] = {
    "youtube": lambda fake: fake.revoke(),
    "instagram": lambda fake: fake.take_back_tokens(),
    "tiktok": lambda fake: fake.revoke(),
    "telegram": lambda fake: fake.expire_tokens(),
}
"""How the owner of an account takes our access away."""


@pytest.mark.parametrize("dead", END_ACCESS)
def test_a_dead_account_pauses_only_its_own_posts(open_places: Open, ready: Ready, dead: str) -> None:
    names = sorted([dead, "instagram" if dead == "youtube" else "youtube"])
    fakes = dict(zip(names, open_places(*names), strict=True))
    reel, fake = ready(), fakes[dead]
    END_ACCESS[dead](fake)
    keys = dict(zip(names, planned(), strict=True))
    ended = {name: drive(key, rounds=6).status for name, key in keys.items()}

    assert ended == {name: "intended" if name == dead else "done" for name in names}
    assert [account(name)["status"] for name in names] == ["retired" if name == dead else "active" for name in names]
    assert state_of(reel)[0] == "publishing"
    connect_again(dead, fake)
    assert drive(keys[dead]).status == "done"
    assert [len(each.shown) for each in fakes.values()] == [1, 1]
    assert state_of(reel)[0] == "published"


# Posts that may be out -----------------------------------------------------------------------------------------------


REFUSED: dict[str, Callable[[Any], Reply]] = {
    "youtube": lambda fake: problem(403, "forbidden", "Not to your app.").reply,
    "instagram": lambda fake: graph_error(10, status=403).reply,
    "tiktok": lambda fake: refusal("something_new"),
    "telegram": lambda fake: fake.answer_of(403, "Forbidden: bot was blocked by the user"),
}
"""A refusal that is for good when a post is sent, and says nothing of one that is out."""


@pytest.mark.parametrize("is_lost", [False, True], ids=["answered", "lost"])
@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_question_about_a_post_that_is_out_never_leads_to_a_second_one(
    open_places: Open, ready: Ready, name: str, is_lost: bool
) -> None:
    fake = open_places(name)
    reel = ready()
    damage = REFUSED[name](fake)

    def trouble() -> None:
        if is_lost:
            fake.break_next("reset", pattern=FINISH[name], moment="acted")
        fake.break_next(damage, pattern=rf"(?!{FINISH[name]}$).*", moment="acted")

    once_when(fake, lambda request: is_finishing(name, request), trouble)
    ended = looked_after(planned()[0], fake)

    assert len(fake.shown) == 1, f"it was begun {ended.begins} times"
    assert ended.status == "done", ended.error
    assert state_of(reel)[0] == "published"


@pytest.mark.parametrize("name", REFUSED)
def test_a_post_whose_questions_are_all_refused_ends_with_a_person_who_is_told_where_to_look(
    open_places: Open, ready: Ready, name: str
) -> None:
    fake = open_places(name)
    reel = ready()
    key, damage = planned()[0], REFUSED[name](fake)

    def trouble() -> None:
        fake.break_next("reset", pattern=FINISH[name], moment="acted")
        fake.break_next(damage, times=float("inf"))

    once_when(fake, lambda request: is_finishing(name, request), trouble, "acted")
    ended = drive(key, rounds=15)

    assert (ended.status, len(fake.shown)) == ("held", 1), f"{ended.status} after {ended.attempts} attempts"
    assert f"reelwright posts resolve {key}" in str(ended.error)
    assert state_of(reel)[0] == "held"


@pytest.mark.parametrize("skew", [-HOUR, HOUR], ids=["theirs behind", "theirs ahead"])
@pytest.mark.parametrize("name", FINISH)
def test_a_lost_answer_is_found_though_the_clocks_differ_by_an_hour(
    open_places: Open, ready: Ready, monkeypatch: pytest.MonkeyPatch, name: str, skew: float
) -> None:
    monkeypatch.setattr(posting, "MOST_LOOKS", 8)
    fake = open_places(name)
    ready()
    fake.advance(skew)
    once_when(
        fake, lambda request: is_finishing(name, request),
        lambda: fake.break_next("reset", pattern=FINISH[name], moment="acted"),
    )  # fmt: skip
    if name == "youtube":  # only the list of uploads can tell
        once_when(fake, lambda request: is_finishing(name, request), fake.expire_sessions, "acted")

    ended = drive(planned()[0])

    assert len(fake.shown) == 1
    assert bool(fake.calls(r"GET /youtube/v3/playlistItems")) == (name == "youtube")
    if (name, skew) == ("instagram", -HOUR):  # outside of the times in which a post may be this one
        assert ended.status == "held"
        assert "reelwright posts resolve" in str(ended.error)
    else:
        assert ended.status == "done", ended.error


# Instagram -----------------------------------------------------------------------------------------------------------


def test_a_reel_that_is_called_spam_and_is_live_all_the_same_is_found_while_the_account_rests(
    open_places: Open, ready: Ready
) -> None:
    fake = open_places("instagram")
    for title in ("Three hearts", "Blue blood"):
        ready(title)
    first, second = planned()
    fake.says_spam_though_live = True
    for _ in range(6):
        time_passes_but_rests_go_on()
        posting.deliver_post.fn(first)

    assert (delivery(first).status, len(fake.shown)) == ("done", 1)
    rests_until = account("instagram")["rests_until"]
    assert timedelta(hours=23) < rests_until - now() <= timedelta(hours=24)
    assert "spam" in account("instagram")["reason"]
    assert posting.due_posts.fn(None) == []
    assert not posting.deliver_post.fn(second)

    fake.says_spam_though_live = False
    assert drive(second).status == "done"
    assert len(fake.shown) == len(set(fake.shown)) == 2


# TikTok --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [CREATOR, INIT, STATUS], ids=["creator_info", "init", "status"])
@pytest.mark.parametrize(("code", "hours"), [("spam_risk_too_many_posts", 24), ("rate_limit_exceeded", 1 / 60)])
def test_tiktok_asks_for_a_rest_with_status_200_and_gets_it(
    open_places: Open, ready: Ready, place: str, code: str, hours: float
) -> None:
    fake = open_places("tiktok")
    ready()
    key = planned()[0]
    fake.break_next(refusal(code), pattern=place)

    assert not posting.deliver_post.fn(key)
    assert code in str(delivery(key).error)
    rest = account("tiktok")["rests_until"] - now()
    assert timedelta(hours=hours) * 0.9 < rest <= timedelta(hours=hours)
    time_passes_but_rests_go_on()
    assert posting.due_posts.fn(None) == []

    ended = drive(key)
    assert (ended.status, ended.begins, len(fake.shown)) == ("done", 1, 1)


@pytest.mark.parametrize("code", ["spam_risk_too_many_posts", "rate_limit_exceeded"])
def test_a_post_that_is_out_is_looked_after_while_tiktok_wants_the_account_to_rest(
    open_places: Open, ready: Ready, code: str
) -> None:
    fake = open_places("tiktok")
    ready()
    key = planned()[0]
    once_when(
        fake, lambda request: is_finishing("tiktok", request), lambda: fake.break_next(refusal(code), pattern=STATUS)
    )

    for _ in range(2):
        time_passes_but_rests_go_on()
        posting.deliver_post.fn(key)
    assert (delivery(key).status, len(fake.shown)) == ("confirming", 1)
    assert account("tiktok")["rests_until"] > now()
    for _ in range(3):
        time_passes_but_rests_go_on()
        posting.deliver_post.fn(key)
    assert (delivery(key).status, len(fake.shown)) == ("done", 1)


@pytest.mark.parametrize("place", [CREATOR, INIT, STATUS], ids=["creator_info", "init", "status"])
def test_a_code_that_nobody_knows_holds_the_reel_before_it_is_out_and_a_person_sends_it_again(
    open_places: Open, ready: Ready, place: str
) -> None:
    fake = open_places("tiktok")
    reel = ready()
    key = planned()[0]
    fake.break_next(refusal("something_new"), pattern=place)

    ended = drive(key)
    assert (ended.status, len(fake.shown)) == ("failed", 0)
    assert "something_new" in str(ended.error)
    assert state_of(reel)[0] == "held"
    assert account("tiktok")["status"] == "active"

    retry_post(key)
    consent_to_all()
    assert (drive(key).status, len(fake.shown)) == ("done", 1)


# YouTube -------------------------------------------------------------------------------------------------------------


def test_a_chunk_that_is_stored_by_half_is_completed_in_the_same_session(open_places: Open, ready: Ready) -> None:
    fake = open_places("youtube")
    ready()
    fake.stumbles = 3

    ended = drive(planned()[0])

    assert fake.stumbles == 0
    assert (ended.status, ended.begins, len(fake.shown), len(fake.sessions)) == ("done", 1, 1, 1), ended.error


@pytest.mark.parametrize("at", [is_sending, is_finishing], ids=["in the middle", "before the last byte"])
def test_a_session_that_ends_before_the_last_byte_is_begun_anew_and_makes_one_video(
    open_places: Open, ready: Ready, monkeypatch: pytest.MonkeyPatch, at: Callable[[str, Request], bool]
) -> None:
    fake = open_places("youtube")
    ready()
    key = planned()[0]
    once_when(fake, lambda request: at("youtube", request), fake.expire_sessions)

    waiting = drive(key, rounds=5)
    assert waiting.status in ("processing", "unknown"), "nobody can tell yet whether the last byte was on its way"
    assert (waiting.begins, fake.shown) == (1, [])

    for module in (youtube, youtube_upload):
        monkeypatch.setattr(module, "now", lambda: now() + timedelta(hours=1))
    ended = drive(key)
    assert (ended.status, ended.begins, len(fake.shown)) == ("done", 2, 1), ended.error


def test_a_spent_quota_rests_the_channel_until_midnight_in_california_and_then_the_post_goes_out(
    open_places: Open, ready: Ready
) -> None:
    fake = open_places("youtube")
    ready()
    key = planned()[0]
    fake.quota["inserts"] = 0

    assert not posting.deliver_post.fn(key)
    midnight = datetime.now(ZoneInfo("America/Los_Angeles")).replace(hour=0, minute=0, second=0, microsecond=0)
    until = (midnight + timedelta(days=1)).astimezone(UTC)
    assert abs(account("youtube")["rests_until"] - until) < timedelta(seconds=5)
    assert abs(delivery(key).due_at - until) < timedelta(seconds=5)
    time_passes_but_rests_go_on()
    assert posting.due_posts.fn(None) == []

    fake.quota["inserts"] = 100
    ended = drive(key)
    assert (ended.status, ended.begins, len(fake.shown)) == ("done", 1, 1)


def test_a_project_that_was_not_audited_ends_with_a_private_video_and_says_why(open_places: Open, ready: Ready) -> None:
    fake = open_places("youtube")
    reel = ready()
    fake.audited = False

    ended = drive(planned()[0])

    assert (ended.status, ended.visibility, len(fake.shown)) == ("done", "private", 1)
    assert "has not audited" in ended.warning
    assert "https://support.google.com/youtube/contact/yt_api_form" in ended.warning
    assert state_of(reel)[0] == "published"


def test_a_video_that_is_rejected_as_a_duplicate_fails_and_the_other_posts_of_the_reel_are_out(
    open_places: Open, ready: Ready
) -> None:
    instagram, telegram, tube = open_places("instagram", "telegram", "youtube")
    reel = ready()
    tube.bad_end = "duplicate"

    ended = [drive(key) for key in planned()]

    assert [post.status for post in ended] == ["done", "done", "failed"]
    assert [len(fake.shown) for fake in (instagram, telegram, tube)] == [1, 1, 1]
    assert "the channel has this video already" in str(ended[2].error)
    assert "YouTube Studio" in str(ended[2].error), "it says what to do"
    state, reason = state_of(reel)
    assert state == "held"
    assert str(reason).startswith("posting: youtube/one: ")


# Telegram ------------------------------------------------------------------------------------------------------------


def test_a_video_whose_answer_was_lost_is_found_by_the_lookout(open_places: Open, ready: Ready) -> None:
    fake = open_places("telegram")
    ready()
    fake.break_next("reset", pattern=FINISH["telegram"], moment="acted")

    ended = drive(planned()[0])

    assert (ended.status, ended.external_id, len(fake.published)) == ("done", str(fake.channel.newest), 1)
    assert ended.url == f"https://t.me/reefreels/{fake.channel.newest}"
    assert fake.lookout.messages == {}, "the copies are gone"


@pytest.mark.parametrize("moment", ["arrived", "acted"])
def test_without_a_lookout_a_person_is_told_where_to_look_and_closes_the_post(
    open_places: Open, ready: Ready, moment: Moment
) -> None:
    fake = open_places("telegram", lookout_chat="")
    reel = ready()
    key = planned()[0]
    fake.break_next("reset", pattern=FINISH["telegram"], moment=moment)

    held = drive(key)
    assert held.status == "held"
    assert "Look whether the post is there: https://t.me/reefreels" in str(held.error)
    assert f"`reelwright posts resolve {key} --posted ADDRESS` or `--not-posted`" in str(held.error)
    assert state_of(reel)[0] == "held"

    resolve_post(key, posted_at="https://t.me/reefreels/41" if moment == "acted" else None)
    assert (drive(key).status, len(fake.published)) == ("done", 1)
    assert delivery(key).external_id == "41"
    assert state_of(reel)[0] == "published"
