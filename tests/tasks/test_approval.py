"""What a person decides about posts: what they may choose, what comes of it, and what cannot be decided any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fakes.server import Request
from fakes.telegram import FakeTelegram
from fakes.tiktok import FakeTikTok
from platforms import start
from posts import Plan, delivery, drive, let_time_pass, make_ready, plan_all, post_all, use_accounts
from services import execute

from core.errors import BadInput, NotFound, WrongState
from core.settings import Settings
from db import reels
from db.connection import get_database
from tasks import planning, posting
from tasks.approval import decide, look_again, resolve_post, retry_post

PUBLIC = "PUBLIC_TO_EVERYONE"
TIKTOK: dict[str, Any] = {"platform": "tiktok", "name": "one"}
TELEGRAM: dict[str, Any] = {"platform": "telegram", "name": "one"}


class Town:
    """The two platforms of these tests with an account at each, and the reels that go there."""

    titles: ClassVar[tuple[str, ...]] = ("Three hearts", "Blue blood", "Nine brains", "Eight arms")

    def __init__(self, plan: Plan, video: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tiktok: FakeTikTok = start("tiktok")
        self.telegram: FakeTelegram = start("telegram")
        self._plan, self._video, self._folder, self._patch = plan, video, folder, monkeypatch

    def use(self, *accounts: dict[str, Any], **changes: dict[str, Any]) -> None:
        """Post to these accounts from now on, all of them connected; `changes` go over a platform's options."""
        fakes = {"tiktok": self.tiktok, "telegram": self.telegram}
        use_accounts(
            self._patch,
            self._folder / "posting.toml",
            accounts,
            platforms={name: {**fake.options(), **changes.get(name, {})} for name, fake in fakes.items()},
            tokens={f"{name}/one": fake.token() for name, fake in fakes.items()},
            plain=",",
        )

    def ready(self, number: int = 0) -> int:
        """Make the next reel ready."""
        return make_ready(self._plan(self.titles[number]), self.titles[number], self._video, self._folder)

    def make_anew(self, reel_id: int, title: str) -> None:
        """Make a reel again under another title."""
        with get_database().transaction() as connection:
            reels.reopen_reel(connection, reel_id)
        make_ready(reel_id, title, self._video, self._folder)


@pytest.fixture
def town(
    house: Settings, plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    town = Town(plan_reel, video, tmp_path, monkeypatch)
    with town.tiktok, town.telegram:
        yield town


@pytest.fixture
def asked(town: Town) -> str:
    """A post to TikTok that waits for approval."""
    town.use(TIKTOK)
    town.ready()
    return plan_all()[0]


def approve(key: str, visibility: str = "", **agreed: Any) -> str:
    return decide.fn(key, approve=True, by="olga", visibility=visibility, **agreed)


def refuse(key: str) -> str:
    return decide.fn(key, approve=False, by="olga")


def state(reel_id: int) -> tuple[str, str]:
    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
        return reel.state, reel.reason or ""


def write_down(key: str, status: str, error: str = "") -> None:
    """Have a post stand where posting would have left it, and its reel too."""
    path = {"failed": ["failed"], "held": ["begun", "uploading", "processing", "finishing", "unknown", "held"]}
    for each in path.get(status, [status]):
        execute("update deliveries set status = %s, handle = 'x', error = %s where key = %s", each, error, key)
    execute("update deliveries set begins = 1 where key = %s and status <> 'failed'", key)
    posting.settle_reels.fn(None)


# Privacy


def test_what_the_account_offers_is_asked_of_the_platform(asked: str, town: Town) -> None:
    town.tiktok.private_account = True

    with pytest.raises(BadInput, match=r"offers FOLLOWER_OF_CREATOR, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY\."):
        approve(asked, "")


@pytest.mark.parametrize(
    ("chosen", "agreed", "words"),
    [
        ("", {}, "Nobody chose who may see it; the account offers PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS, SELF"),
        ("FOLLOWER_OF_CREATOR", {}, "'FOLLOWER_OF_CREATOR' is not offered; the account offers PUBLIC_TO_EVERYONE"),
        ("SELF_ONLY", {"paid_partnership": True}, "A paid partnership cannot be posted as SELF_ONLY."),
    ],
)
def test_a_choice_that_the_account_does_not_have_is_refused_with_its_offer(
    asked: str, town: Town, chosen: str, agreed: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        approve(asked, chosen, **agreed)

    assert delivery(asked).approval == "needed"
    assert post_all() == []
    assert town.tiktok.posts == []


def test_a_draft_needs_no_choice(town: Town) -> None:
    town.use(TIKTOK, tiktok={"mode": "inbox"})
    town.ready()
    key = plan_all()[0]

    approve(key)

    assert drive(key).visibility == "draft"
    assert len(town.tiktok.shown) == 1


# Approving


def test_nothing_is_sent_before_it_is_approved_and_then_once_as_agreed(asked: str, town: Town) -> None:
    town.tiktok.duet_disabled = True
    assert post_all() == []
    assert town.tiktok.calls("POST /v2/post/publish/.*") == []

    said = approve(asked, "MUTUAL_FOLLOW_FRIENDS", allow_comments=True, allow_duet=True, own_brand=True)
    assert said.startswith(f"olga approved {asked}; it goes out at ")
    assert drive(asked).status == "done"
    assert post_all() == []

    assert [post.settings for post in town.tiktok.posts] == [
        {
            "title": delivery(asked).request["caption"],
            "privacy_level": "MUTUAL_FOLLOW_FRIENDS",
            "disable_comment": False,
            "disable_duet": True,
            "disable_stitch": True,
            "video_cover_timestamp_ms": 1000,
            "brand_content_toggle": False,
            "brand_organic_toggle": True,
            "is_aigc": True,
        }
    ]


def test_who_agreed_to_what_is_kept(asked: str) -> None:
    approve(asked, PUBLIC, allow_stitch=True)

    kept = delivery(asked).consent or {}
    assert (kept["by"], kept["visibility"], kept["allow_stitch"], kept["allow_duet"]) == ("olga", PUBLIC, True, False)


def test_a_second_approval_counts_as_long_as_nobody_began(asked: str, town: Town) -> None:
    approve(asked, PUBLIC)
    approve(asked, "SELF_ONLY")
    drive(asked)

    assert [(post.settings or {})["privacy_level"] for post in town.tiktok.posts] == ["SELF_ONLY"]
    with pytest.raises(WrongState, match="is done; only one that nobody began can be approved"):
        approve(asked, PUBLIC)


def test_a_post_that_is_being_worked_on_is_not_decided_about(asked: str) -> None:
    execute("update deliveries set lease_owner = 'a run', lease_until = now() + interval '1 minute'")

    for decision in (lambda: approve(asked, PUBLIC), lambda: refuse(asked)):
        with pytest.raises(WrongState, match="is being worked on right now"):
            decision()


@pytest.mark.parametrize("status", ["failed", "skipped"])
def test_a_post_that_is_over_is_not_approved_and_the_way_back_is_told(asked: str, town: Town, status: str) -> None:
    execute("update deliveries set status = %s, request = %s::jsonb", status, '{"key": "x"}')

    with pytest.raises(WrongState) as caught:
        approve(asked, PUBLIC)
    assert f"reelwright posts retry {asked}" in caught.value.remedy
    assert town.tiktok.requests == [], "nobody was asked for nothing"


def test_what_was_made_again_while_a_person_decided_is_looked_at_anew(asked: str, town: Town) -> None:
    reel = int(asked.rpartition("-")[2])

    def make_it_again(moment: str, request: Request) -> None:
        town.tiktok.observers.clear()
        town.make_anew(reel, "Blue blood")
        planning.plan_posts.fn(None)

    town.tiktok.observers.append(make_it_again)
    with pytest.raises(WrongState, match="was made again meanwhile"):
        approve(asked, PUBLIC)
    assert (delivery(asked).request["title"], delivery(asked).approval) == ("Blue blood", "needed")


def test_an_account_may_ask_a_person_where_the_platform_does_not(town: Town) -> None:
    town.use({**TELEGRAM, "approval": True})
    town.ready()
    key = plan_all()[0]
    assert post_all() == []

    approve(key)

    assert post_all() == [True]
    assert len(town.telegram.shown) == 1


@pytest.mark.parametrize("name", ["", "x" * 81])
def test_who_decides_must_have_a_name(asked: str, name: str) -> None:
    for is_approved in (True, False):
        with pytest.raises(BadInput, match="Nobody can tell who decided"):
            decide.fn(asked, approve=is_approved, by=name, visibility=PUBLIC)


# Refusing


def test_a_refused_post_is_not_made_and_its_reel_is_settled(town: Town) -> None:
    town.use(TIKTOK, TELEGRAM)
    reel = town.ready()
    plan_all()

    assert refuse(f"post/tiktok/one/reel-{reel}") == f"olga refused post/tiktok/one/reel-{reel}; it is not posted."
    assert post_all() == [True]
    assert state(reel)[0] == "published"
    assert (town.tiktok.posts, len(town.telegram.shown)) == ([], 1)


def test_a_reel_whose_only_post_was_refused_is_held(asked: str) -> None:
    refuse(asked)
    posting.settle_reels.fn(None)

    assert state(1) == ("held", f"posting: {posting.ALL_SKIPPED}")
    with pytest.raises(WrongState, match="is skipped, which does not allow that"):
        refuse(asked)


def test_a_post_that_failed_may_be_given_up_so_that_its_reel_is_settled(town: Town) -> None:
    town.use(TIKTOK, TELEGRAM)
    reel = town.ready()
    plan_all()
    post_all()
    write_down(f"post/tiktok/one/reel-{reel}", "failed", "tiktok: Too wide.")
    assert state(reel) == ("held", "posting: tiktok/one: tiktok: Too wide.")

    refuse(f"post/tiktok/one/reel-{reel}")
    posting.settle_reels.fn(None)

    assert state(reel) == ("published", "")


def test_posts_of_an_account_that_is_gone_can_be_let_be(town: Town) -> None:
    town.use(TELEGRAM)
    reel = town.ready()
    key = plan_all()[0]
    town.use(TIKTOK)
    post_all()
    assert "or refuse its posts" in str(delivery(key).error)

    refuse(key)
    posting.settle_reels.fn(None)

    assert state(reel) == ("held", f"posting: {posting.ALL_SKIPPED}")


# Trying again


def test_a_retried_post_is_asked_about_anew(asked: str, town: Town) -> None:
    approve(asked, PUBLIC)
    town.tiktok.private_account = True  # since then, so that what was agreed to cannot be done
    assert drive(asked).status == "failed"
    assert "cannot post as PUBLIC_TO_EVERYONE now" in str(delivery(asked).error)
    posting.settle_reels.fn(None)

    assert retry_post(asked) == f"{asked} begins anew and waits for approval."
    assert post_all() == []
    approve(asked, "SELF_ONLY")
    assert drive(asked).status == "done"


def test_a_retry_does_not_get_around_a_rating(town: Town) -> None:
    town.use(TELEGRAM)
    reel = town.ready()
    execute("update content_ideas set brief = jsonb_set(brief, '{rating}', '2')")
    planning.plan_posts.fn(None)
    posting.settle_reels.fn(None)
    key = f"post/telegram/one/reel-{reel}"

    with pytest.raises(WrongState, match="It would fail again: The reel is rated 2"):
        retry_post(key)
    assert (post_all(), delivery(key).status, state(reel)[0]) == ([], "failed", "held")

    town.use({**TELEGRAM, "highest_rating": 2})
    retry_post(key)
    assert post_all() == [True]


def test_a_retry_writes_down_what_could_not_be_written_before(town: Town) -> None:
    town.use(TIKTOK)
    reel = town.ready()
    saved = execute("select generation, role, sha256 from generation_files where role = 'unmarked'")[0]
    execute("delete from generation_files where role = 'unmarked'")
    planning.plan_posts.fn(None)
    posting.settle_reels.fn(None)
    key = f"post/tiktok/one/reel-{reel}"
    assert "files" not in delivery(key).request

    with pytest.raises(WrongState, match="It would fail again: tiktok forbids watermarks"):
        retry_post(key)
    execute("insert into generation_files (generation, role, sha256) values (%s, %s, %s)", *saved)
    retry_post(key)
    assert set(delivery(key).request["files"]) == {"reel", "cover", "facts"}


@pytest.mark.parametrize("over", ["published", "held"])
def test_a_skipped_post_goes_out_after_all_when_a_person_retries_it(town: Town, over: str) -> None:
    late = {"cadence": {"catch_up": "skip"}}
    town.use({**TELEGRAM, **late}, *([TIKTOK] if over == "published" else []))
    reel = town.ready()
    plan_all()
    execute("update deliveries set slot_at = slot_at - interval '9 hours'")
    if over == "published":
        approve(f"post/tiktok/one/reel-{reel}", PUBLIC)
        drive(f"post/tiktok/one/reel-{reel}")
    post_all()
    key = f"post/telegram/one/reel-{reel}"
    assert (delivery(key).status, state(reel)[0]) == ("skipped", over)

    said = retry_post(key)

    assert said.startswith(f"{key} begins anew at ")
    assert post_all() == [True]
    assert (state(reel)[0], len(town.telegram.shown)) == ("published", 1)


def test_only_what_failed_or_was_skipped_is_retried(asked: str) -> None:
    with pytest.raises(WrongState, match="is intended, which does not allow that"):
        retry_post(asked)
    assert delivery(asked).approval == "needed"


def test_a_post_is_not_retried_while_its_reel_is_being_made(town: Town) -> None:
    town.use(TELEGRAM)
    reel = town.ready()
    key = plan_all()[0]
    write_down(key, "failed", "telegram: No.")
    with get_database().transaction() as connection:
        reels.reopen_reel(connection, reel)

    with pytest.raises(WrongState, match=f"Reel {reel} is planned and not being posted"):
        retry_post(key)

    town.make_anew(reel, "Blue blood")
    assert post_all() == [True]
    assert "Blue blood" in town.telegram.shown[0]


# What nobody else can tell


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("https://www.tiktok.com/@tess.ter/video/7300000000000000009?is_from_webapp=1&lang=en", "7300000000000000009"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=5s", "dQw4w9WgXcQ"),
        ("https://youtube.com/shorts/dQw4w9WgXcQ?feature=share", "dQw4w9WgXcQ"),
        ("https://www.instagram.com/reel/C1a2b3/?utm_source=ig_web", "C1a2b3"),
        ("https://t.me/reefreels/42", "42"),
    ],
)
def test_a_post_that_a_person_saw_is_closed_under_its_own_number(asked: str, address: str, number: str) -> None:
    write_down(asked, "held", "Nobody can tell.")
    assert state(1)[0] == "held"

    resolve_post(asked, posted_at=address)
    posting.settle_reels.fn(None)

    closed = delivery(asked)
    assert (closed.status, closed.external_id, closed.url) == ("done", number, address)
    assert state(1)[0] == "published"


@pytest.mark.parametrize("address", ["", "yes", "tiktok.com/@tess.ter/video/7", "https://www.tiktok.com/", "https://["])
def test_what_is_no_address_closes_nothing(asked: str, address: str) -> None:
    write_down(asked, "held", "Nobody can tell.")

    with pytest.raises(BadInput, match="is no address of a post"):
        resolve_post(asked, posted_at=address)
    assert delivery(asked).status == "held"


def test_a_post_that_a_person_did_not_find_is_posted_also_where_nothing_is_posted_late(town: Town) -> None:
    town.use({**TELEGRAM, "cadence": {"catch_up": "skip"}})
    town.ready()
    key = plan_all()[0]
    write_down(key, "held", "Nobody can tell.")
    execute("update deliveries set slot_at = slot_at - interval '9 hours'")

    resolve_post(key, posted_at=None)

    assert post_all() == [True]
    assert len(town.telegram.shown) == 1


def test_a_held_post_is_looked_for_once_more_and_only_a_held_one(asked: str) -> None:
    with pytest.raises(WrongState, match="is intended, which does not allow that"):
        look_again(asked)

    approve(asked, PUBLIC)
    write_down(asked, "held", "Nobody can tell.")
    assert look_again(asked) == asked
    assert (delivery(asked).status, state(1)[0]) == ("unknown", "publishing")
    assert posting.due_posts.fn(None) == [asked]


@pytest.mark.parametrize("act", [lambda key: resolve_post(key, posted_at=None), lambda key: retry_post(key)])
def test_a_post_that_is_out_cannot_be_closed_or_begun_anew(town: Town, act: Callable[[str], Any]) -> None:
    town.use(TELEGRAM)
    town.ready()
    key = plan_all()[0]
    post_all()

    with pytest.raises(WrongState, match="is done, which does not allow that"):
        act(key)
    let_time_pass()
    assert post_all() == []
    assert len(town.telegram.shown) == 1


def test_closing_a_post_does_not_push_a_reel_past_what_holds_it(asked: str) -> None:
    write_down(asked, "held", "Nobody can tell.")
    execute("update reels set reason = 'checks: too loud'")

    resolve_post(asked, posted_at="https://t.me/reefreels/42")

    assert state(1) == ("held", "checks: too loud")


# Which post is meant


def test_a_beginning_that_fits_one_post_is_enough_and_others_are_refused(town: Town) -> None:
    town.use(TELEGRAM, TIKTOK)
    town.ready()
    plan_all()

    assert "post/telegram/one/reel-1" in refuse("post/tele")
    with pytest.raises(BadInput, match="Several posts begin with post/t"):
        refuse("post/t")
    with pytest.raises(NotFound, match="There is no post post/instagram"):
        refuse("post/instagram")


def test_the_number_of_a_reel_is_never_taken_for_the_beginning_of_another(town: Town) -> None:
    town.use(TELEGRAM)
    execute("alter table reels alter column id restart with 12")
    assert town.ready() == 12
    plan_all()

    for act in (refuse, retry_post, look_again):
        with pytest.raises(NotFound, match="There is no post post/telegram/one/reel-1"):
            act("post/telegram/one/reel-1")
    assert "reel-12" in refuse("post/telegram/one/reel-")
