"""Which posts are written down for a reel, with which texts and files, when they go out, and what a person is asked."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from fakes.telegram import FakeTelegram
from platforms import lift_caps
from posts import (
    DISCLOSURE,
    Plan,
    delivery,
    drive,
    let_time_pass,
    make_ready,
    post_all,
    script_of,
    upright_video,
    use_accounts,
)
from services import execute

from core.models import Capability, Made, Order, Script
from core.posting_file import posting_accounts
from core.settings import Settings, get_settings
from db import generations, reels
from db.connection import get_database
from db.deliveries import Delivery
from integrations.platforms import platform_class
from tasks import planning, posting
from tasks.approval import retry_post
from tasks.making import Local, obtain
from tasks.sealed import keep_token

LOCK = "select pg_advisory_xact_lock(hashtextextended('telegram/one', 5))"
IS_WAITED_FOR = "select 1 from pg_locks where locktype = 'advisory' and not granted"
SEEN, NEW = (b"reef", b"kelp", b"tide"), (b"dune", b"palm", b"dust")
ONE, OTHER = {"platform": "telegram", "name": "one"}, {"platform": "telegram", "name": "other"}

Ready = Callable[..., int]
Accounts = Callable[..., None]


@pytest.fixture
def ready(plan_reel: Plan, video: Path, tmp_path: Path) -> Ready:
    """Make a reel of this title ready to be posted."""

    def make(title: str = "Three hearts", *, film: Path = video, script: Script | None = None) -> int:
        return make_ready(plan_reel(title), title, film, tmp_path, script=script)

    return make


@pytest.fixture
def accounts(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Accounts:
    """Post to these accounts, and to the gallery only where it is named; nobody is connected."""

    def use(*tables: Mapping[str, Any], plain: str = ",", **platforms: Mapping[str, Any]) -> None:
        named = {"telegram": {"chat": "@reefreels"}, "tiktok": {"mode": "direct"}, **platforms}
        use_accounts(monkeypatch, tmp_path / "posting.toml", tables, platforms=named, plain=plain)

    return use


@pytest.fixture
def telegram(house: Settings) -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        lift_caps(fake)
        yield fake


def planned() -> dict[str, Delivery]:
    """Plan every ready reel and return its posts by account and reel."""
    planning.plan_posts.fn(None)
    return posts()


def posts() -> dict[str, Delivery]:
    keys = [row[0] for row in execute("select key from deliveries order by created_at, key")]
    return {key.removeprefix("post/"): delivery(key) for key in keys}


def state(reel_id: int) -> tuple[str, str]:
    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
        return reel.state, reel.reason or ""


def add_part(reel_id: int, part: Any, capability: Capability, files: Mapping[str, Path], result: Any) -> None:
    """Give a reel a part that was made of it."""
    order = Order(capability=capability, request={"of": part}, recipe="1", variant=f"reel-{reel_id}")
    key = obtain(order, [Local("test", lambda _, __: Made(dict(files), result))], reel_id=reel_id).key
    with get_database().transaction() as connection:
        reels.set_part(connection, reel_id, part, key)


def make_anew(reel_id: int, title: str, video: Path, folder: Path) -> None:
    """Make a reel again, with another title."""
    with get_database().transaction() as connection:
        reels.reopen_reel(connection, reel_id)
    make_ready(reel_id, title, video, folder)


def without_unmarked(reel_id: int) -> None:
    """Take the edition without marks away, as reels have none that were rendered before there was one."""
    execute("delete from generation_files where role = 'unmarked'")


def into_the_past(hours: float) -> None:
    """Have the factory been down: every time that was given lies further back."""
    back = timedelta(hours=hours)
    execute("update deliveries set slot_at = slot_at - %s, due_at = due_at - %s", back, back)


def slots(reel_ids: Sequence[int]) -> list[datetime]:
    return [posts()[f"telegram/one/reel-{number}"].slot_at for number in reel_ids]


# Where a reel goes


def test_a_reel_becomes_one_post_for_each_account_that_takes_its_character(ready: Ready, accounts: Accounts) -> None:
    accounts(ONE, {**OTHER, "characters": ["tester"]}, {"platform": "youtube", "name": "x", "characters": ["gone"]})
    reel = ready()

    assert list(planned()) == [f"telegram/one/reel-{reel}", f"telegram/other/reel-{reel}"]
    assert state(reel) == ("publishing", "")


def test_platforms_and_the_posting_file_count_together(ready: Ready, accounts: Accounts) -> None:
    accounts(ONE, plain="folder")
    reel = ready()

    assert sorted(post.account for post in planned().values()) == ["folder", "telegram/one"]
    assert [key for key in posts() if key.startswith(f"folder/reel-{reel}@")]


def test_a_reel_that_no_account_takes_is_held_with_the_remedy(ready: Ready, accounts: Accounts) -> None:
    accounts({**ONE, "characters": ["somebody-else"]})
    reel = ready()

    assert planned() == {}
    assert state(reel)[0] == "held"
    assert "no account takes the reels of tester. Name it in the posting file" in state(reel)[1]


def test_a_platform_that_does_not_exist_fails_its_post_and_no_other(ready: Ready, accounts: Accounts) -> None:
    accounts({"platform": "tiktoc", "name": "one"}, ONE)
    reel = ready()

    written = planned()

    assert written[f"telegram/one/reel-{reel}"].status == "intended"
    assert written[f"tiktoc/one/reel-{reel}"].status == "failed"
    assert "no platform called 'tiktoc'" in str(written[f"tiktoc/one/reel-{reel}"].error)


def test_options_that_are_wrong_fail_the_posts_of_their_account_and_no_other(ready: Ready, accounts: Accounts) -> None:
    accounts({**ONE, "options": {"chat": 1.5}}, OTHER)
    reel = ready()

    written = planned()

    assert written[f"telegram/other/reel-{reel}"].status == "intended"
    assert "The options of telegram have faults: chat" in str(written[f"telegram/one/reel-{reel}"].error)


def test_a_cadence_that_cannot_be_met_stops_only_its_account(ready: Ready, accounts: Accounts) -> None:
    never = {"hours": ["03:00"], "quiet": ["01:00", "05:00"]}
    accounts({**ONE, "cadence": never}, OTHER)
    first = ready()
    planned()
    accounts(OTHER, {**ONE, "cadence": never})
    second = ready("Blue blood")

    written = planned()

    assert [written[f"telegram/one/reel-{number}"].status for number in (first, second)] == ["failed", "failed"]
    assert "can never be met" in str(written[f"telegram/one/reel-{first}"].error)
    assert [written[f"telegram/other/reel-{number}"].status for number in (first, second)] == ["intended"] * 2


def test_a_cadence_that_was_spoilt_later_keeps_no_other_account_from_catching_up(
    ready: Ready, accounts: Accounts
) -> None:
    accounts(ONE, OTHER)
    reel = ready()
    planned()
    into_the_past(5)
    accounts({**ONE, "cadence": {"hours": ["03:00"], "quiet": ["01:00", "05:00"]}}, OTHER)

    written = planned()

    assert written[f"telegram/one/reel-{reel}"].slot_at < datetime.now(UTC) - timedelta(hours=4)
    assert written[f"telegram/other/reel-{reel}"].slot_at > datetime.now(UTC) - timedelta(minutes=1)


# Texts


def test_the_texts_fit_each_platform_and_always_say_that_it_is_ai_made(ready: Ready, accounts: Accounts) -> None:
    accounts(ONE, {"platform": "youtube", "name": "one"}, {"platform": "tiktok", "name": "one"})
    story = "🐙 An octopus tastes with its arms. " * 90
    long = script_of("Three hearts").model_copy(
        update={"caption": f"{story}\n\n{DISCLOSURE}", "title": "Three <hearts> " * 12}
    )
    ready(script=long)

    written = {post.account.partition("/")[0]: post for post in planned().values()}

    for name, post in written.items():
        limits, caption = platform_class(name).limits, post.request["caption"]
        assert post.error is None
        assert limits.caption.measure(caption) <= limits.caption.most
        assert DISCLOSURE in caption
        assert caption.endswith("#sea")
    assert written["telegram"].request["caption"].count("🐙") < 30 < written["tiktok"].request["caption"].count("🐙")
    assert len(written["youtube"].request["title"]) <= 100
    assert not set("<>") & set(written["youtube"].request["title"])
    assert written["telegram"].request["dropped"], "what was left out is told"


# Files


def test_the_edition_without_marks_goes_where_marks_are_forbidden(
    plan_reel: Plan, ready: Ready, accounts: Accounts, video: Path, tmp_path: Path
) -> None:
    accounts(ONE, {"platform": "tiktok", "name": "one"})
    marked, plain = tmp_path / "marked.mp4", tmp_path / "plain.mp4"
    marked.write_bytes(video.read_bytes() + b"marked")
    plain.write_bytes(video.read_bytes() + b"plain!")
    reel = ready()
    add_part(reel, "render", Capability.RENDER, {"reel": marked, "unmarked": plain}, {"seconds": 4.0})

    sent = {post.account: post.request["files"] for post in planned().values()}

    with get_database().transaction() as connection:
        files = generations.get_files(connection, reels.get_parts(connection, reel)["render"])
    assert sent["telegram/one"]["reel"][0] == files["reel"].sha256
    assert sent["tiktok/one"]["reel"][0] == files["unmarked"].sha256
    assert all("unmarked" not in roles for roles in sent.values())


def test_a_reel_without_that_edition_fails_there_with_the_remedy_and_goes_out_elsewhere(
    ready: Ready, accounts: Accounts
) -> None:
    accounts({"platform": "tiktok", "name": "one"}, ONE)
    reel = ready()
    without_unmarked(reel)

    written = planned()

    assert written[f"telegram/one/reel-{reel}"].status == "intended"
    failed = written[f"tiktok/one/reel-{reel}"]
    assert failed.status == "failed"
    assert "forbids watermarks" in str(failed.error)
    assert "Run the reel again from the render step." in str(failed.error)


def test_the_signed_file_is_posted_when_there_is_one(
    ready: Ready, accounts: Accounts, video: Path, tmp_path: Path
) -> None:
    accounts(ONE)
    signed = tmp_path / "signed.mp4"
    signed.write_bytes(video.read_bytes() + b"signed")
    reel = ready()
    told = {"line": "AI-made, and signed.", "source_type": "trainedAlgorithmicMedia"}
    add_part(reel, "provenance", Capability.SIGN, {"reel": signed, "unmarked": signed}, {"disclosure": told})

    request = planned()[f"telegram/one/reel-{reel}"].request

    with get_database().transaction() as connection:
        file = generations.get_files(connection, reels.get_parts(connection, reel)["provenance"])["reel"]
    assert request["files"]["reel"][0] == file.sha256
    assert "AI-made, and signed." in request["caption"]
    assert request["disclosure"]["source_type"] == "trainedAlgorithmicMedia"


def test_a_file_that_is_gone_fails_the_posts_of_its_reel_and_of_no_other(
    ready: Ready, accounts: Accounts, tmp_path: Path, video: Path
) -> None:
    accounts(ONE)
    film = tmp_path / "other.mp4"
    film.write_bytes(video.read_bytes() + b"other")
    lost = ready()
    kept = ready("Blue blood", film=film)
    with get_database().transaction() as connection:
        file = generations.get_files(connection, reels.get_parts(connection, lost)["render"])["reel"]
    for path in get_settings().home.rglob(f"{file.sha256}*"):
        path.unlink()

    written = planned()

    assert written[f"telegram/one/reel-{kept}"].status == "intended"
    assert "neither on this disk nor in the library" in str(written[f"telegram/one/reel-{lost}"].error)


# What is surely refused


def test_a_rating_that_the_account_does_not_take_fails_there_and_goes_on_elsewhere(
    ready: Ready, accounts: Accounts
) -> None:
    accounts(ONE, {**OTHER, "highest_rating": 3}, {"platform": "tiktok", "name": "one", "highest_rating": 5})
    reel = ready()
    execute("update content_ideas set brief = jsonb_set(brief, '{rating}', '2')")

    written = planned()

    assert written[f"telegram/other/reel-{reel}"].status == "intended"
    assert "Raise `highest_rating` of the account" in str(written[f"telegram/one/reel-{reel}"].error)
    assert "the rules of tiktok bear 0 (for anybody) at most" in str(written[f"tiktok/one/reel-{reel}"].error)
    assert [written[f"{name}/one/reel-{reel}"].status for name in ("telegram", "tiktok")] == ["failed", "failed"]


@pytest.mark.parametrize(
    ("size", "sound", "limit", "words"),
    [
        ("640x360", True, {}, "The picture is 640 by 360; its width must be 0.4 to 1 of its height."),
        ("360x640", False, {}, "The video has no sound. Run the reel again from the voice step."),
        ("360x640", True, {"seconds": (1.0, 3.0)}, "The video lasts 4.0 s; 1 to 3 are allowed."),
        ("360x640", True, {"largest_mib": 0}, "Set RENDER_PROFILE to lean and run the reel again"),
    ],
)
def test_a_video_that_is_surely_refused_is_never_sent(
    ready: Ready,
    accounts: Accounts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: str,
    sound: bool,
    limit: dict[str, Any],
    words: str,
) -> None:
    accounts({"platform": "youtube", "name": "one"}, plain="folder")
    strict = platform_class("youtube").limits.model_copy(update=limit)
    monkeypatch.setattr(platform_class("youtube"), "limits", strict)
    reel = ready(film=upright_video(tmp_path / "odd.mp4", size=size, sound=sound))

    written = planned()

    failed = written.pop(f"youtube/one/reel-{reel}")
    assert (failed.status, failed.attempts) == ("failed", 0)
    assert words in str(failed.error)
    assert [post.status for post in written.values()] == ["intended"], "the gallery takes it"


def test_a_file_that_was_emptied_is_found_before_anything_is_sent(ready: Ready, accounts: Accounts) -> None:
    accounts(ONE)
    reel = ready()
    with get_database().transaction() as connection:
        cover = generations.get_files(connection, reels.get_parts(connection, reel)["package"])["cover"]
    for path in get_settings().home.rglob(f"{cover.sha256}*"):
        path.chmod(0o644)
        path.write_bytes(b"")

    failed = planned()[f"telegram/one/reel-{reel}"]

    assert (failed.status, failed.attempts) == ("failed", 0)
    assert f"{cover.sha256}.jpg is neither on this disk nor in the library" in str(failed.error)


# Accounts that come and go


def test_a_post_waits_for_an_account_that_is_not_connected_and_goes_out_after_it_is(
    ready: Ready, accounts: Accounts, telegram: FakeTelegram
) -> None:
    accounts(ONE, telegram=telegram.options())
    key = f"post/telegram/one/reel-{ready()}"

    assert post_all() == [False]
    assert delivery(key).status == "intended"
    assert "not connected" in str(delivery(key).error)
    assert "reelwright connect telegram one" in str(delivery(key).error)

    with get_database().transaction() as connection:
        keep_token(connection, posting_accounts()[0], telegram.token())
    let_time_pass()
    assert post_all() == [True]
    assert len(telegram.shown) == 1


def test_a_right_that_was_taken_away_fails_the_post_until_it_is_given_back(
    ready: Ready, accounts: Accounts, telegram: FakeTelegram
) -> None:
    accounts(ONE, telegram=telegram.options())
    with get_database().transaction() as connection:
        keep_token(connection, posting_accounts()[0], telegram.token())
    key = f"post/telegram/one/reel-{ready()}"
    telegram.can_post = False

    assert post_all() == [False]
    assert (delivery(key).status, telegram.shown) == ("failed", [])
    assert "give it the right to post messages" in str(delivery(key).error)

    telegram.can_post = True
    retry_post(key)
    assert post_all() == [True]


def test_an_account_that_was_taken_out_fails_with_words_and_goes_on_when_it_is_back(
    ready: Ready, accounts: Accounts, telegram: FakeTelegram
) -> None:
    accounts(ONE, telegram=telegram.options())
    with get_database().transaction() as connection:
        keep_token(connection, posting_accounts()[0], telegram.token())
    reel = ready()
    key = f"post/telegram/one/reel-{reel}"
    planned()
    accounts(OTHER, telegram=telegram.options())

    assert post_all() == [False]
    assert delivery(key).status == "failed"
    assert "Put it back into PLATFORMS or the posting file" in str(delivery(key).error)
    assert state(reel)[0] == "held"

    accounts(ONE, telegram=telegram.options())
    retry_post(key)
    assert post_all() == [True]
    assert (len(telegram.shown), state(reel)[0]) == (1, "published")


# When


def test_best_hours_are_hours_of_the_account_s_zone_each_for_one_post(ready: Ready, accounts: Accounts) -> None:
    accounts({**ONE, "cadence": {"zone": "America/New_York", "hours": ["07:30", "19:00"]}})
    numbers = [ready(title) for title in ("Three hearts", "Blue blood", "Nine brains")]
    planned()

    times = slots(numbers)

    local = [each.astimezone(ZoneInfo("America/New_York")) for each in times]
    assert {f"{each:%H:%M}" for each in local} == {"07:30", "19:00"}
    assert times == sorted(set(times))
    assert datetime.now(UTC) < times[0] < datetime.now(UTC) + timedelta(hours=13)
    assert times[2] - times[0] < timedelta(hours=26)


def test_posts_of_one_account_keep_their_distance_and_those_of_others_do_not_matter(
    ready: Ready, accounts: Accounts
) -> None:
    accounts({**ONE, "cadence": {"minutes_between": 90}}, OTHER)
    numbers = [ready(title) for title in ("Three hearts", "Blue blood", "Nine brains")]
    written = planned()

    times = slots(numbers)

    assert abs(times[0] - datetime.now(UTC)) < timedelta(minutes=1)
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [timedelta(minutes=90)] * 2
    others = [written[f"telegram/other/reel-{number}"].slot_at for number in numbers]
    assert max(others) - min(others) < timedelta(minutes=1)


def test_a_day_takes_no_more_than_its_cap(ready: Ready, accounts: Accounts) -> None:
    zone = "Pacific/Auckland"
    accounts({**ONE, "cadence": {"zone": zone, "most_per_day": 2}})
    numbers = [ready(title) for title in ("Three hearts", "Blue blood", "Nine brains", "Eight arms", "One beak")]
    planned()

    dates = [each.astimezone(ZoneInfo(zone)).date() for each in slots(numbers)]

    assert [dates.count(date) for date in sorted(set(dates))] == [2, 2, 1]
    assert dates[0] == datetime.now(ZoneInfo(zone)).date()


def test_nothing_is_planned_into_quiet_hours(ready: Ready, accounts: Accounts) -> None:
    zone = ZoneInfo("Asia/Tokyo")
    begin, end = (datetime.now(zone) + timedelta(hours=hours) for hours in (-1, 2))
    accounts({**ONE, "cadence": {"zone": "Asia/Tokyo", "quiet": [f"{begin:%H:%M}", f"{end:%H:%M}"]}})
    reel = ready()
    planned()

    assert slots([reel]) == [end.replace(second=0, microsecond=0).astimezone(UTC)]
    assert posting.due_posts.fn(None) == []


@pytest.mark.parametrize(("rule", "apart"), [("shift", 60), ("burst", 0)])
def test_missed_posts_move_on_or_go_out_at_once(ready: Ready, accounts: Accounts, rule: str, apart: int) -> None:
    accounts({**ONE, "cadence": {"minutes_between": 60, "catch_up": rule}})
    numbers = [ready(title) for title in ("Three hearts", "Blue blood")]
    planned()
    into_the_past(5)
    planned()

    times = slots(numbers)

    assert abs(times[0] - datetime.now(UTC)) < timedelta(minutes=1)
    assert times[1] - times[0] == timedelta(minutes=apart)


def test_missed_posts_are_skipped_where_the_account_does_not_post_late(ready: Ready, accounts: Accounts) -> None:
    accounts({**ONE, "cadence": {"catch_up": "skip"}})
    reel = ready()
    planned()
    into_the_past(5)

    assert post_all() == []
    skipped = posts()[f"telegram/one/reel-{reel}"]
    assert skipped.status == "skipped"
    assert 'does not post late (catch_up = "skip")' in str(skipped.error)
    assert state(reel) == ("held", f"posting: {posting.ALL_SKIPPED}")


def test_what_is_due_within_the_grace_keeps_its_time(ready: Ready, accounts: Accounts) -> None:
    accounts({**ONE, "cadence": {"catch_up": "skip", "grace_minutes": 120}})
    reel = ready()
    planned()
    into_the_past(1.9)
    before = slots([reel])
    planned()

    assert slots([reel]) == before
    assert posting.due_posts.fn(None) == [f"post/telegram/one/reel-{reel}"]


def test_planning_twice_changes_nothing(ready: Ready, accounts: Accounts) -> None:
    accounts({**ONE, "cadence": {"minutes_between": 60}}, {"platform": "tiktok", "name": "one"}, plain="folder")
    ready()
    ready("Blue blood")
    before = planned()

    assert planned() == before
    assert execute("select count(*) from delivery_events") == [(6,)]


def test_who_waits_for_approval_keeps_nobody_else_waiting(ready: Ready, accounts: Accounts) -> None:
    accounts({**ONE, "cadence": {"minutes_between": 60}})
    numbers = [ready(title) for title in ("Three hearts", "Blue blood")]
    planned()
    execute(
        "update deliveries set approval = 'needed', slot_at = now() - interval '5 hours' where key = %s",
        f"post/telegram/one/reel-{numbers[0]}",
    )
    before = slots(numbers)[1]
    planned()

    asked, free = slots(numbers)
    assert free == before
    assert abs(asked - free) >= timedelta(hours=1)


def test_what_waits_for_a_person_is_never_skipped_in_that_person_s_place(ready: Ready, accounts: Accounts) -> None:
    accounts({**ONE, "approval": True, "cadence": {"catch_up": "skip"}})
    reel = ready()
    planned()
    into_the_past(30)

    waiting = planned()[f"telegram/one/reel-{reel}"]
    assert (waiting.status, waiting.approval) == ("intended", "needed")
    assert abs(waiting.slot_at - datetime.now(UTC)) < timedelta(minutes=1)


# Made again


def test_a_reel_made_again_keeps_its_time_and_gives_its_post_the_new_content(
    ready: Ready, accounts: Accounts, video: Path, tmp_path: Path
) -> None:
    accounts({**ONE, "approval": True, "cadence": {"hours": ["04:00", "16:00"]}})
    reel = ready()
    before = planned()[f"telegram/one/reel-{reel}"]
    execute("update deliveries set approval = 'given', consent = '{\"by\": \"olga\"}'")
    make_anew(reel, "Three hearts and blue blood", video, tmp_path)

    after = planned()[f"telegram/one/reel-{reel}"]

    assert (before.request["title"], after.request["title"]) == ("Three hearts", "Three hearts and blue blood")
    assert after.slot_at == before.slot_at
    assert (after.approval, after.consent) == ("needed", None)


def test_an_approval_stays_when_the_content_did_not_change(
    ready: Ready, accounts: Accounts, video: Path, tmp_path: Path
) -> None:
    accounts({**ONE, "approval": True})
    reel = ready()
    planned()
    execute("update deliveries set approval = 'given', consent = '{\"by\": \"olga\"}'")
    make_anew(reel, "Three hearts", video, tmp_path)

    assert planned()[f"telegram/one/reel-{reel}"].approval == "given"


def test_a_post_that_is_out_is_never_planned_again(
    ready: Ready, accounts: Accounts, telegram: FakeTelegram, video: Path, tmp_path: Path
) -> None:
    accounts(ONE, telegram=telegram.options())
    with get_database().transaction() as connection:
        keep_token(connection, posting_accounts()[0], telegram.token())
    reel = ready()
    assert post_all() == [True]
    before = posts()
    make_anew(reel, "Blue blood", video, tmp_path)

    assert post_all() == []
    assert posts() == before
    assert (len(telegram.shown), state(reel)[0]) == (1, "published")


def test_a_skipped_post_stays_so_and_is_asked_about_once_its_reel_has_changed(
    ready: Ready, accounts: Accounts, video: Path, tmp_path: Path
) -> None:
    accounts(ONE, OTHER)
    reel = ready()
    planned()
    execute("update deliveries set status = 'skipped', error = 'olga refused it.' where account = 'telegram/one'")
    make_anew(reel, "Three hearts", video, tmp_path)
    assert planned()[f"telegram/one/reel-{reel}"].status == "skipped"

    make_anew(reel, "Blue blood", video, tmp_path)
    again = planned()[f"telegram/one/reel-{reel}"]
    assert (again.status, again.approval) == ("intended", "needed")
    assert "olga refused it." in again.warning
    assert abs(again.slot_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert posts()[f"telegram/other/reel-{reel}"].approval == "none"


def test_a_failed_post_gets_a_new_time_when_its_reel_was_mended(
    ready: Ready, accounts: Accounts, video: Path, tmp_path: Path
) -> None:
    accounts({"platform": "tiktok", "name": "one", "cadence": {"catch_up": "skip"}})
    reel = ready()
    without_unmarked(reel)
    assert planned()[f"tiktok/one/reel-{reel}"].status == "failed"
    into_the_past(50)
    make_anew(reel, "Blue blood", video, tmp_path)

    mended = planned()[f"tiktok/one/reel-{reel}"]
    assert (mended.status, mended.error) == ("intended", None)
    assert abs(mended.slot_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_older_edition_that_never_got_into_the_gallery_is_let_be(
    ready: Ready, accounts: Accounts, video: Path, tmp_path: Path
) -> None:
    accounts(plain="folder")
    reel = ready()
    planned()
    execute("update deliveries set status = 'failed', error = 'The disk is full.'")
    film = tmp_path / "second.mp4"
    film.write_bytes(video.read_bytes() + b"second")
    make_anew(reel, "Blue blood", film, tmp_path)

    assert post_all() == [True]
    assert [post.status for post in posts().values()] == ["skipped", "done"]
    assert state(reel)[0] == "published"


def test_a_reel_that_is_being_made_again_is_not_planned_by_a_run_that_saw_it_ready(
    ready: Ready, accounts: Accounts, house: Settings
) -> None:
    accounts(ONE)
    first, second = ready(), ready("Blue blood")
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as other:
        other.execute(LOCK)
        run = threading.Thread(target=planning.plan_posts.fn)
        run.start()
        until = time.monotonic() + 20
        while not execute(IS_WAITED_FOR) and time.monotonic() < until:
            time.sleep(0.02)
        with get_database().transaction() as connection:
            reels.reopen_reel(connection, second)
    run.join(20)

    assert (state(first)[0], state(second)[0]) == ("publishing", "planned")
    assert list(posts()) == [f"telegram/one/reel-{first}"]


# Alike


def alike(title: str) -> Script:
    """Return a script with the words of `Three hearts` under another title."""
    return script_of("Three hearts").model_copy(update={"title": title})


def test_the_same_words_wait_for_approval_on_the_same_account_only(ready: Ready, accounts: Accounts) -> None:
    accounts(ONE)
    first = ready()
    planned()
    accounts(ONE, OTHER)
    second = ready("Nine brains", script=alike("Nine brains"))

    written = planned()

    asked = written[f"telegram/one/reel-{second}"]
    assert asked.approval == "needed"
    assert f"of the words are those of post/telegram/one/reel-{first}." in asked.warning
    assert "Approve it to post it all the same." in asked.warning
    assert written[f"telegram/other/reel-{second}"].approval == "none"


def test_pictures_that_were_posted_before_wait_for_approval(ready: Ready, accounts: Accounts) -> None:
    accounts(ONE)
    look, other = ({"fingerprint": {"hashes": [md5(word).hexdigest() for word in words]}} for words in (SEEN, NEW))
    first, second, third = ready(), ready("Blue blood"), ready("Nine brains")
    for reel, seen in ((first, look), (second, look), (third, other)):
        add_part(reel, "check", Capability.CHECK, {}, seen)

    written = planned()

    approvals = [written[f"telegram/one/reel-{reel}"].approval for reel in (first, second, third)]
    assert approvals == ["none", "needed", "none"]
    warning = written[f"telegram/one/reel-{second}"].warning
    assert f"100% of the pictures are those of post/telegram/one/reel-{first}." in warning


def test_the_gallery_takes_likenesses(ready: Ready, accounts: Accounts) -> None:
    accounts(plain="folder")
    ready()
    ready("Nine brains", script=alike("Nine brains"))

    assert [post.approval for post in planned().values()] == ["none", "none"]


def test_a_likeness_to_a_post_that_was_not_made_does_not_count(ready: Ready, accounts: Accounts) -> None:
    accounts(ONE)
    ready()
    planned()
    execute("update deliveries set status = 'skipped'")
    second = ready("Nine brains", script=alike("Nine brains"))

    assert planned()[f"telegram/one/reel-{second}"].approval == "none"


def test_what_a_posting_run_drives_is_what_was_planned(
    ready: Ready, accounts: Accounts, telegram: FakeTelegram
) -> None:
    accounts(ONE, telegram=telegram.options())
    with get_database().transaction() as connection:
        keep_token(connection, posting_accounts()[0], telegram.token())
    reel = ready()
    caption = planned()[f"telegram/one/reel-{reel}"].request["caption"]

    assert drive(f"post/telegram/one/reel-{reel}").status == "done"
    assert telegram.shown == [caption]
