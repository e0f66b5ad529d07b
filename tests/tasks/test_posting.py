"""A post happens once, whatever the platform or the process does meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest

from core.errors import OutcomeUnknown, Rejected, Unreachable
from core.models import Capability, Made, Order, Script
from core.settings import Settings, get_settings
from db import reels
from db.connection import get_database
from integrations import platforms
from integrations.platforms.base import Post, Receipt
from tasks import posting
from tasks.making import Local, obtain

SETTING = {"place": "sea", "time": "day", "mood": "bright"}
LINES = [{"role": "hook", "text": "Three hearts", "setting": SETTING}] + [
    {"role": "beat", "text": f"Fact {number}", "setting": SETTING, "fact": number} for number in range(5)
]
SCRIPT = Script.model_validate(
    {"title": "Three hearts", "language": "en", "lines": LINES, "caption": "Look", "hashtags": ["sea"]}
)


class Public:
    """A public platform that can lose an answer, refuse, or be down; counts what the world sees."""

    name: ClassVar[str] = "public"
    replaces: ClassVar[bool] = False
    allows_marks: ClassVar[bool] = True
    shown: ClassVar[list[str]] = []
    calls: ClassVar[list[str]] = []
    trouble: ClassVar[dict[str, Exception]] = {}
    hides: ClassVar[bool] = False

    def __init__(self, settings: Settings) -> None: ...

    def problems(self, post: Post) -> list[str]:
        return ["The title is too long."] if "too long" in self.trouble else []

    def begin(self, post: Post) -> str:
        self._note("begin")
        return f"session-{len(self.calls)}"

    def upload(self, post: Post, handle: str) -> None:
        self._note("upload")

    def finish(self, post: Post, handle: str) -> Receipt:
        if "finish" in self.trouble:
            raise self.trouble["finish"]
        self.shown.append(post.key)
        self._note("answer")
        return Receipt(external_id="post-1", url="https://public.example/1")

    def find(self, post: Post, handle: str) -> Receipt | None:
        self._note("find")
        if post.key in self.shown:
            return Receipt(external_id="post-1", url="https://public.example/1")
        return None

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if call in self.trouble:
            raise self.trouble.pop(call)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch, house: Settings) -> Iterator[type[Public]]:
    monkeypatch.setitem(platforms.PLATFORMS, "public", Public)
    monkeypatch.setenv("PLATFORMS", "public")
    get_settings.cache_clear()
    Public.shown, Public.calls, Public.trouble = [], [], {}
    yield Public
    get_settings.cache_clear()


@pytest.fixture
def ready(public: type[Public], plan_reel: Callable[[str], int], tmp_path: Path) -> int:
    """A reel that is ready, with small files instead of a real render."""
    reel_id = plan_reel("Three hearts")

    def part(capability: Capability, name: str, files: dict[str, str], value: dict[str, Any]) -> None:
        def make(workspace: Path, _: Any) -> Made:
            for file in files.values():
                (workspace / file).write_text(file)
            return Made({role: workspace / file for role, file in files.items()}, value)

        order = Order(capability=capability, request={}, recipe="1")
        key = obtain(order, [Local("test", make)], reel_id=reel_id).key
        with get_database().transaction() as connection:
            reels.set_part(connection, reel_id, name, key)  # type: ignore[arg-type]

    part(Capability.WRITE, "script", {}, SCRIPT.model_dump(mode="json"))
    part(Capability.RENDER, "render", {"reel": "reel.mp4"}, {})
    part(Capability.PACKAGE, "package", {"cover": "cover.jpg", "facts": "facts.json"}, {})
    with get_database().transaction() as connection:
        reels.advance_reel(connection, reel_id, "ready_to_publish")
    return reel_id


def post_all() -> list[bool]:
    keys = posting.plan_posts.fn(None)
    made = [posting.deliver_post.fn(key) for key in keys]
    posting.settle_reels.fn(None)
    return made


def rows(query: str) -> list[tuple[object, ...]]:
    url = get_settings().database_url
    assert url is not None
    with psycopg.connect(url.get_secret_value()) as connection:
        return connection.execute(query.encode()).fetchall()


def state() -> object:
    return rows("select state from reels")[0][0]


def test_it_posts_once_and_calls_the_reel_published(ready: int, public: type[Public]) -> None:
    assert post_all() == [True]
    assert post_all() == []

    assert public.shown == [f"post/public/reel-{ready}"]
    assert state() == "published"
    assert rows("select url from deliveries") == [("https://public.example/1",)]
    events = [row[0] for row in rows("select status from delivery_events order by id")]
    assert events == ["intended", "begun", "uploading", "finishing", "done"]


def test_a_reel_made_again_is_not_posted_again_to_a_public_platform(ready: int, public: type[Public]) -> None:
    post_all()
    with get_database().transaction() as connection:
        reels.reopen_reel(connection, ready)
        reels.advance_reel(connection, ready, "ready_to_publish")

    assert post_all() == [False]
    assert len(public.shown) == 1
    assert state() == "published"


def test_what_the_platform_would_refuse_is_held_before_anything_is_sent(ready: int, public: type[Public]) -> None:
    public.trouble["too long"] = Exception()

    assert post_all() == []
    assert public.calls == []
    assert rows("select state, reason from reels") == [("held", "posting: The title is too long.")]


def test_a_lost_answer_is_looked_up_and_never_repeated(ready: int, public: type[Public]) -> None:
    public.trouble["answer"] = OutcomeUnknown(service="public")

    assert post_all() == [False]
    assert rows("select status from deliveries") == [("unknown",)]
    assert state() == "held"

    with get_database().transaction() as connection:
        reels.reopen_reel(connection, ready)
        reels.advance_reel(connection, ready, "ready_to_publish")
    assert post_all() == [True]
    assert len(public.shown) == 1
    assert public.calls.count("find") == 1
    assert state() == "published"


def test_a_post_that_surely_is_not_there_is_begun_anew(ready: int, public: type[Public]) -> None:
    public.trouble["finish"] = OutcomeUnknown(service="public")
    post_all()
    del public.trouble["finish"]

    with get_database().transaction() as connection:
        reels.reopen_reel(connection, ready)
        reels.advance_reel(connection, ready, "ready_to_publish")
    assert post_all() == [True]

    assert len(public.shown) == 1
    assert public.calls.count("begin") == 2


def test_an_upload_that_broke_is_continued_with_the_same_session(ready: int, public: type[Public]) -> None:
    public.trouble["upload"] = Unreachable(service="public")
    keys = posting.plan_posts.fn(None)
    with pytest.raises(Unreachable):
        posting.deliver_post.fn(keys[0])

    assert posting.deliver_post.fn(keys[0])
    assert public.calls == ["begin", "upload", "upload", "answer"]


def test_a_refusal_is_written_down_and_holds_only_this_reel(ready: int, public: type[Public]) -> None:
    public.trouble["upload"] = Rejected("Too wide.", service="public")

    assert post_all() == [False]
    assert rows("select status from deliveries") == [("failed",)]
    assert state() == "held"
    assert "public: Too wide." in str(rows("select reason from reels")[0][0])


def test_two_runs_at_once_post_once(ready: int, public: type[Public]) -> None:
    key = posting.plan_posts.fn(None)[0]
    with get_database().transaction() as connection:
        from db import deliveries

        assert deliveries.claim_delivery(connection, key, "another run", 60)

    assert not posting.deliver_post.fn(key)
    assert public.calls == []
