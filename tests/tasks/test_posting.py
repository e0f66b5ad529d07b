"""A post happens once, whatever the platform or the process does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from posts import Plan, delivery, drive, let_time_pass, make_ready, plan_all, post_all
from services import execute

from core.errors import AccessLost, OutcomeUnknown, QuotaSpent, Rejected, Unreachable
from core.posting import Limits, Numbers, Post, Receipt, Standing, TextLimit
from core.posting_file import get_posting_file
from core.settings import Settings, get_settings
from db import reels
from db.connection import get_database
from integrations import platforms
from integrations.platforms.base import Access, SignIn, usual_problems
from tasks import posting

SHOWN = Receipt(external_id="post-1", url="https://public.example/1")


class Public:
    """A public platform that can lose an answer, refuse, or be down; counts what the world sees."""

    name: ClassVar[str] = "public"
    limits: ClassVar[Limits] = Limits(caption=TextLimit(most=500), seconds=(1, 60), largest_mib=50)
    replaces: ClassVar[bool] = False
    allows_marks: ClassVar[bool] = True
    needs_account: ClassVar[bool] = False
    needs_consent: ClassVar[bool] = False
    most_beginnings: ClassVar[int] = 3
    settle_seconds: ClassVar[float] = 60
    sign_in: ClassVar[type[SignIn] | None] = None
    shown: ClassVar[list[str]] = []
    calls: ClassVar[list[str]] = []
    trouble: ClassVar[dict[str, list[Exception]]] = {}
    checks: ClassVar[list[Standing]] = []
    finds: ClassVar[list[Standing]] = []

    def __init__(self, access: Access) -> None: ...

    def problems(self, post: Post) -> list[str]:
        return usual_problems(post, self.limits)

    def visibilities(self) -> tuple[str, ...]:
        return ()

    def begin(self, post: Post) -> str:
        self._note("begin")
        return f"session-{len(self.calls)}"

    def upload(self, post: Post, handle: str) -> None:
        self._note("upload")

    def check(self, post: Post, handle: str) -> Standing:
        self._note("check")
        if self.checks:
            return self.checks.pop(0)
        return Standing(state="shown", receipt=SHOWN) if post.key in self.shown else Standing(state="ready")

    def finish(self, post: Post, handle: str) -> Standing:
        self._note("finish")
        self.shown.append(post.key)
        self._note("answer")
        return Standing(state="processing")

    def find(self, post: Post, handle: str) -> Standing:
        self._note("find")
        if self.finds:
            return self.finds.pop(0)
        return Standing(state="shown", receipt=SHOWN) if post.key in self.shown else Standing(state="absent")

    def dress(self, post: Post, receipt: Receipt) -> None:
        self._note("dress")

    def numbers(self, ids: Sequence[str]) -> dict[str, Numbers]:
        return {}

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if self.trouble.get(call):
            raise self.trouble[call].pop(0)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch, house: Settings) -> Iterator[type[Public]]:
    monkeypatch.setitem(platforms.PLATFORMS, "public", Public)
    monkeypatch.setenv("PLATFORMS", "public")
    get_settings.cache_clear()
    get_posting_file.cache_clear()
    Public.shown, Public.calls, Public.trouble, Public.checks, Public.finds = [], [], {}, [], []
    yield Public
    get_settings.cache_clear()
    get_posting_file.cache_clear()


@pytest.fixture
def ready(public: type[Public], plan_reel: Plan, video: Path, tmp_path: Path) -> int:
    return make_ready(plan_reel("Three hearts"), "Three hearts", video, tmp_path)


def state(reel_id: int) -> tuple[str, str | None]:
    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
        return reel.state, reel.reason


def make_ready_again(reel_id: int) -> None:
    with get_database().transaction() as connection:
        reels.reopen_reel(connection, reel_id)
        reels.advance_reel(connection, reel_id, "ready_to_publish")


def settled(key: str) -> str:
    """Drive a post to its end, settle the reels and return the post's status."""
    status = drive(key).status
    posting.settle_reels.fn(None)
    return status


def test_it_posts_once_and_calls_the_reel_published(ready: int, public: type[Public]) -> None:
    key = plan_all()[0]

    assert settled(key) == "done"
    assert post_all() == []
    assert public.shown == [f"post/public/reel-{ready}"]
    assert state(ready) == ("published", None)
    assert (delivery(key).url, delivery(key).visibility) == ("https://public.example/1", "public")
    events = [row[0] for row in execute("select status from delivery_events order by id")]
    assert events == ["intended", "begun", "uploading", "processing", "finishing", "confirming", "done"]


def test_it_is_not_called_published_before_the_platform_shows_it(ready: int, public: type[Public]) -> None:
    public.checks = [Standing(state="ready"), Standing(state="processing", reason="in moderation")]
    key = plan_all()[0]

    assert not posting.deliver_post.fn(key)
    posting.settle_reels.fn(None)
    assert (delivery(key).status, delivery(key).error) == ("confirming", None)
    assert state(ready)[0] == "publishing"

    let_time_pass()
    assert not posting.deliver_post.fn(key)
    assert delivery(key).error == "in moderation"
    assert settled(key) == "done"
    assert public.calls.count("finish") == 1


def test_a_private_post_is_written_down_as_private(ready: int, public: type[Public]) -> None:
    private = SHOWN.model_copy(update={"visibility": "private"})
    public.checks = [Standing(state="shown", receipt=private, reason="The project was not audited.")]
    key = plan_all()[0]

    assert settled(key) == "done"
    assert (delivery(key).visibility, delivery(key).warning) == ("private", "The project was not audited.")


def test_a_reel_made_again_is_not_posted_again_to_a_public_platform(ready: int, public: type[Public]) -> None:
    settled(plan_all()[0])
    make_ready_again(ready)

    assert post_all() == []
    assert len(public.shown) == 1
    assert state(ready)[0] == "published"


def test_what_the_platform_would_refuse_is_said_before_anything_is_sent(
    ready: int, public: type[Public], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "limits", public.limits.model_copy(update={"seconds": (10.0, 60.0)}))

    assert post_all() == []
    assert public.calls == []
    reason = "public: The video lasts 4.0 s; 10 to 60 are allowed. Give the brief more or fewer facts."
    assert state(ready) == ("held", f"posting: {reason}")


def test_a_refused_post_is_thought_over_when_the_reel_is_made_again(
    ready: int, public: type[Public], monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = public.limits.model_copy(update={"seconds": (10.0, 60.0)})
    with monkeypatch.context() as patch:
        patch.setattr(public, "limits", strict)
        post_all()
    make_ready_again(ready)

    assert settled(plan_all()[0]) == "done"


def test_a_lost_answer_is_looked_up_and_never_repeated(ready: int, public: type[Public]) -> None:
    public.trouble["answer"] = [OutcomeUnknown(service="public")]
    key = plan_all()[0]

    assert not posting.deliver_post.fn(key)
    assert delivery(key).status == "unknown"
    assert not posting.deliver_post.fn(key), "it is left alone until it may have settled"
    assert settled(key) == "done"
    assert (public.calls.count("finish"), public.calls.count("find"), len(public.shown)) == (1, 1, 1)
    assert state(ready)[0] == "published"


def test_a_post_that_surely_is_not_there_is_begun_anew(ready: int, public: type[Public]) -> None:
    public.trouble["finish"] = [OutcomeUnknown(service="public")]

    assert settled(plan_all()[0]) == "done"
    assert len(public.shown) == 1
    assert public.calls.count("begin") == 2


def test_a_complete_upload_that_is_not_out_is_finished_under_the_same_handle(ready: int, public: type[Public]) -> None:
    public.trouble["finish"] = [OutcomeUnknown(service="public")]
    public.finds = [Standing(state="ready")]

    assert settled(plan_all()[0]) == "done"
    assert (public.calls.count("begin"), public.calls.count("finish"), len(public.shown)) == (1, 2, 1)


def test_what_nobody_can_tell_is_held_for_a_person_who_closes_it(ready: int, public: type[Public]) -> None:
    from tasks.approval import look_again, resolve_post

    public.trouble["answer"] = [OutcomeUnknown(service="public")]
    public.finds = [Standing(state="unclear", reason="It cannot be listed.")] * 40
    key = plan_all()[0]

    assert settled(key) == "held"
    assert f"reelwright posts resolve {key}" in str(delivery(key).error)
    assert state(ready)[0] == "held"

    look_again(key)
    assert delivery(key).status == "unknown"
    resolve_post(key, posted_at="https://public.example/posts/77")
    posting.settle_reels.fn(None)
    assert (delivery(key).status, delivery(key).external_id) == ("done", "77")
    assert state(ready)[0] == "published"
    assert len(public.shown) == 1


def test_a_person_may_say_that_a_held_post_is_not_there(ready: int, public: type[Public]) -> None:
    from tasks.approval import resolve_post

    public.trouble["finish"] = [OutcomeUnknown(service="public")]
    public.finds = [Standing(state="unclear")] * 11
    key = plan_all()[0]
    assert settled(key) == "held"

    resolve_post(key, posted_at=None)
    assert settled(key) == "done"
    assert len(public.shown) == 1


def test_an_upload_that_broke_is_continued_with_the_same_session(ready: int, public: type[Public]) -> None:
    public.trouble["upload"] = [Unreachable(service="public")]
    key = plan_all()[0]

    assert not posting.deliver_post.fn(key)
    assert (delivery(key).status, delivery(key).is_leased) == ("uploading", False)
    assert settled(key) == "done"
    assert public.calls.count("begin") == 1
    assert public.calls.count("upload") == 2


def test_a_part_that_did_not_arrive_is_sent_again(ready: int, public: type[Public]) -> None:
    public.checks = [Standing(state="incomplete")]

    assert settled(plan_all()[0]) == "done"
    assert (public.calls.count("begin"), public.calls.count("upload")) == (1, 2)


def test_a_post_that_never_gets_begun_stops_after_a_few_beginnings(ready: int, public: type[Public]) -> None:
    public.checks = [Standing(state="failed", reason="Could not be read.", may_begin_anew=True)] * 9
    key = plan_all()[0]

    assert settled(key) == "failed"
    assert public.calls.count("begin") == public.most_beginnings
    assert "begun 3 times" in str(delivery(key).error)
    assert "Could not be read." in str(delivery(key).error)


def test_a_refusal_is_written_down_and_holds_the_reel(ready: int, public: type[Public]) -> None:
    public.trouble["upload"] = [Rejected("Too wide.", service="public")]

    assert settled(plan_all()[0]) == "failed"
    assert state(ready)[0] == "held"
    assert "public: Too wide." in str(state(ready)[1])


def test_a_refusal_at_the_last_step_is_looked_up_too(ready: int, public: type[Public]) -> None:
    public.trouble["answer"] = [Rejected("No.", service="public")]  # refused, and yet it is live

    assert settled(plan_all()[0]) == "done"
    assert public.calls.count("finish") == len(public.shown) == 1


def test_a_failed_post_begins_anew_when_a_person_asks(ready: int, public: type[Public]) -> None:
    from tasks.approval import retry_post

    public.trouble["upload"] = [Rejected("Too wide.", service="public")]
    key = plan_all()[0]
    settled(key)

    retry_post(key)
    assert settled(key) == "done"
    assert state(ready)[0] == "published"


def test_what_cannot_be_added_to_a_post_is_a_warning_and_no_failure(ready: int, public: type[Public]) -> None:
    public.trouble["dress"] = [Rejected("The cover is too large.", service="public")]
    key = plan_all()[0]

    assert settled(key) == "done"
    assert "The cover is too large." in delivery(key).warning


def test_two_runs_at_once_post_once(ready: int, public: type[Public]) -> None:
    key = plan_all()[0]
    execute("update deliveries set lease_owner = 'another run', lease_until = now() + interval '1 minute'")

    assert not posting.deliver_post.fn(key)
    assert public.calls == []


def test_a_run_that_lost_its_lease_takes_no_further_step(ready: int, public: type[Public], monkeypatch) -> None:
    key = plan_all()[0]

    def upload(self: Public, post: Post, handle: str) -> None:
        execute("update deliveries set lease_owner = 'another run'")

    monkeypatch.setattr(public, "upload", upload)
    assert not posting.deliver_post.fn(key)
    assert "finish" not in public.calls
    assert delivery(key).status == "uploading"


def test_trouble_with_one_post_never_keeps_others_from_going_out(
    ready: int, public: type[Public], plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    second = make_ready(plan_reel("Blue blood"), "Blue blood", video, tmp_path)
    public.trouble["begin"] = [AccessLost(service="public"), QuotaSpent(service="public")]
    keys = plan_all()

    assert [posting.deliver_post.fn(key) for key in keys] == [False, False]
    assert [drive(key).status for key in keys] == ["done", "done"]
    posting.settle_reels.fn(None)
    assert [state(reel)[0] for reel in (ready, second)] == ["published", "published"]


def test_a_reel_may_be_made_again_while_its_post_only_waits(ready: int, public: type[Public]) -> None:
    key = plan_all()[0]
    make_ready_again(ready)

    assert not posting.deliver_post.fn(key), "a reel that is being made is not posted"
    assert settled(plan_all()[0]) == "done"
    assert len(public.shown) == 1


def test_the_run_waits_for_a_post_that_is_due_soon_and_not_for_others(ready: int, public: type[Public]) -> None:
    import time

    key = plan_all()[0]
    execute("update deliveries set due_at = now() + interval '0.6 seconds'")
    assert posting.due_posts.fn(None) == []
    assert posting.due_posts.fn(None, time.monotonic() + 5) == [key]

    execute("update deliveries set due_at = now() + interval '1 hour'")
    began = time.monotonic()
    assert posting.due_posts.fn(None, time.monotonic() + 5) == []
    assert time.monotonic() - began < 1
