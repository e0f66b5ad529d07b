"""The posting flow and the housekeeping under Prefect: what one run does, what it leaves, and what cannot stop it."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fakes.oauth import FakeOAuth
from fakes.tiktok import FakeTikTok
from oauth_place import MAIN, use_place
from platforms import consent_to_all
from posts import Plan, delivery, make_ready, use_accounts
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from services import execute

from core.errors import ConfigError
from core.posting import Post
from core.settings import Settings, get_settings
from db import reels
from db.connection import get_database
from flows.housekeeping import housekeeping
from flows.platform_posting import platform_posting
from integrations.platforms import PLATFORMS
from integrations.platforms.folder import Folder
from tasks import planning
from tasks.sealed import keep_token, stored_token

pytestmark = pytest.mark.slow


class Broken(Folder):
    """A platform with a bug."""

    name: ClassVar[str] = "broken"
    replaces: ClassVar[bool] = False

    def begin(self, post: Post) -> str:
        raise RuntimeError("a bug of ours")


@pytest.fixture(autouse=True)
def at_once(prefect_api: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under Prefect, without waiting for platforms unless a test wants that."""
    wait(monkeypatch, 0)


def wait(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let a run wait so long for platforms."""
    monkeypatch.setenv("POSTING_WAIT_SECONDS", str(seconds))
    get_settings.cache_clear()


def state(reel_id: int) -> str:
    with get_database().transaction() as connection:
        return reels.get_reel(connection, reel_id).state


def artifact(key: str) -> str:
    """Return what the newest artifact of this key shows."""
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))
        return str(max(found, key=lambda one: one.created or datetime.min.replace(tzinfo=UTC)).data)


def approved(plan_reel: Plan, video: Path, folder: Path) -> str:
    """Make a reel ready, plan its post and approve it; return its key."""
    make_ready(plan_reel("Three hearts"), "Three hearts", video, folder)
    planning.plan_posts.fn(None)
    consent_to_all()
    return str(execute("select key from deliveries")[0][0])


def test_with_nothing_to_do_it_is_idle_and_after_a_post_too(
    house: Settings, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    assert platform_posting(return_state=True).name == "Idle"

    reel = make_ready(plan_reel("Three hearts"), "Three hearts", video, tmp_path)
    assert platform_posting() == 1
    assert state(reel) == "published"

    idle = platform_posting(return_state=True)
    assert (idle.name, idle.is_completed()) == ("Idle", True)


def test_a_platform_that_crashes_keeps_no_other_from_posting(
    house: Settings, plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLATFORMS, "broken", Broken)
    monkeypatch.setenv("PLATFORMS", "broken,folder")
    get_settings.cache_clear()
    reel = make_ready(plan_reel("Three hearts"), "Three hearts", video, tmp_path)

    assert platform_posting() == 1

    crashed = delivery(f"post/broken/reel-{reel}")
    assert (crashed.status, crashed.error, crashed.is_leased) == ("intended", "RuntimeError: a bug of ours", False)
    assert state(reel) == "publishing"
    assert [path.name for path in (house.home / "gallery").iterdir() if path.is_dir()] == ["0001-three-hearts"]


def test_it_posts_only_of_the_reel_it_is_started_for(
    house: Settings, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    first, second = (make_ready(plan_reel(title), title, video, tmp_path) for title in ("Three hearts", "Blue blood"))

    assert platform_posting(reel_id=second) == 1
    assert (state(first), state(second)) == ("ready_to_publish", "published")


def test_a_platform_that_is_done_soon_is_waited_for_in_the_same_run(
    tiktok: FakeTikTok, plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(monkeypatch, 30)
    tiktok.busy_checks = 1
    key = approved(plan_reel, video, tmp_path)
    began = time.monotonic()

    assert platform_posting() == 1
    assert (delivery(key).status, state(1)) == ("done", "published")
    assert time.monotonic() - began < 25, "it went on as soon as nothing was left to wait for"


def test_a_run_that_may_not_wait_leaves_the_rest_to_the_next(
    tiktok: FakeTikTok, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    tiktok.busy_checks = 0
    key = approved(plan_reel, video, tmp_path)

    assert platform_posting() == 0
    assert (delivery(key).status, state(1)) == ("confirming", "publishing")

    execute("update deliveries set due_at = now()")
    assert platform_posting() == 1
    assert (state(1), len(tiktok.shown)) == ("published", 1)


def test_what_waits_for_a_person_stands_beside_the_run(
    tiktok: FakeTikTok, plan_reel: Plan, video: Path, tmp_path: Path
) -> None:
    make_ready(plan_reel("Three hearts"), "Three hearts", video, tmp_path)

    assert platform_posting() == 0
    assert "waits for approval" in artifact("posts")
    assert "reelwright posts approve post/tiktok/one/reel-1" in artifact("posts-waiting")


def test_the_housekeeping_renews_what_is_due_sweeps_and_shows_the_accounts(
    house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = house.home / "gallery" / f".incoming-{'0' * 16}"
    stale.mkdir(parents=True)
    (stale / "reel.mp4").write_bytes(b"half a video")
    long_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    for path in (stale / "reel.mp4", stale):
        os.utime(path, (long_ago, long_ago))
    with FakeOAuth() as fake:
        use_place(monkeypatch, tmp_path, fake)
        before = fake.token(left=60)
        with get_database().transaction() as connection:
            keep_token(connection, MAIN, before)

        assert housekeeping() == 1

        with get_database().transaction() as connection:
            after = stored_token(connection, MAIN)
        assert after is not None
        assert (fake.renewals, after.access != before.access) == (1, True)
        assert not stale.exists()
        shown = artifact("accounts")
        assert MAIN.label in shown
        assert "active" in shown
        assert after.access not in shown
        assert housekeeping() == 0
        assert fake.renewals == 1


def test_the_housekeeping_goes_on_where_an_account_is_lost_and_says_what_to_do(
    house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeOAuth() as fake:
        use_place(monkeypatch, tmp_path, fake)
        with get_database().transaction() as connection:
            keep_token(connection, MAIN, fake.token(left=60))
        fake.revoke()

        assert housekeeping() == 0

        shown = artifact("accounts")
        assert "retired" in shown
        assert "reelwright connect place main" in shown


def test_a_posting_file_that_cannot_be_read_stops_the_run_with_words(
    house: Settings, plan_reel: Plan, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts: list[dict[str, Any]] = [{"platform": "folder", "rating": 1}]
    with pytest.raises(ConfigError, match=r"accounts\.0\.rating"):
        use_accounts(monkeypatch, tmp_path / "posting.toml", accounts)
    reel = make_ready(plan_reel("Three hearts"), "Three hearts", video, tmp_path)

    with pytest.raises(ConfigError, match="The posting file has faults"):
        platform_posting()
    assert state(reel) == "ready_to_publish"
