from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Damage, Fake, Moment, Reply, Request
from fakes.youtube import APP, CHANNEL, STEP, UPLOAD, FakeYouTube
from platforms import FixedToken

from core.clock import now
from core.errors import (
    AccessLost,
    BadInput,
    ConfigError,
    NotAllowed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    StorageError,
    TokenExpired,
    UnexpectedReply,
    Unreachable,
)
from core.posting import Disclosure, Post, Standing, Token, VideoFacts
from core.settings import Settings
from integrations.platforms.base import Access, Platform
from integrations.platforms.refusals import ERRORS, load_refusals
from integrations.platforms.youtube import YouTube
from integrations.platforms.youtube_api import COSTS, DAILY, next_quota

START = r"POST /upload/youtube/v3/videos"
PUT = r"PUT /upload/youtube/v3/videos"
LIST = r"GET /youtube/v3/videos"
SIZE = 600_000
SETTINGS = Settings(_env_file=None)
LOST: list[tuple[Damage, bool]] = [
    ("reset", True),
    ("reset", False),
    ("html", False),
    ("garbage", False),
    ("empty", False),
    (500, False),
    (503, False),
    (408, False),
    (Reply(302, b"", {"Location": "https://elsewhere.example/"}), False),
]
"""Every way an answer gets lost, and whether the connection is cut by a reset or closed cleanly."""


@pytest.fixture
def fake() -> Iterator[FakeYouTube]:
    with FakeYouTube() as fake:
        yield fake


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return post_in(tmp_path)


def client_of(fake: FakeYouTube, token: Token | None = None, **options: Any) -> YouTube:
    access = Access("youtube/jonah", SETTINGS, fake.options() | options, FixedToken(token or fake.token()))
    return YouTube(access)


def post_in(folder: Path, *, size: int = SIZE, **changes: Any) -> Post:
    files = {role: folder / name for role, name in (("reel", "reel.mp4"), ("cover", "cover.jpg"))}
    files["captions_srt"] = folder / "captions.srt"
    files["reel"].write_bytes(b"\0\0\0\x18ftypmp42" + random.Random(7).randbytes(size - 12))
    files["cover"].write_bytes(b"\xff\xd8\xff\xe0" + bytes(5000))
    files["captions_srt"].write_text("1\n00:00:00,000 --> 00:00:02,000\nAn octopus has three hearts. — ¡Olé!\n")
    given: dict[str, Any] = {
        "key": "post:youtube/jonah:reel-12",
        "slug": "0012-three-hearts",
        "title": "The octopus has three hearts",
        "caption": "Two of them stop when it swims. Made with AI. #octopus #sea",
        "language": "en",
        "character": "jonah",
        "files": files,
        "hashtags": ("#octopus", "#sea"),
        "video": VideoFacts(width=1080, height=1920, fps=30, seconds=31.0, bytes=size, has_sound=True),
        "marker": "rw7f3a91",
    }
    return Post(**given | changes)


def ready(client: YouTube, post: Post) -> str:
    """Take a post as far as the last chunk and return its handle."""
    handle = client.begin(post)
    client.upload(post, handle)
    return handle


def out(client: YouTube, post: Post) -> str:
    """Post a reel to the end and return its handle."""
    handle = ready(client, post)
    client.finish(post, handle)
    return handle


def aged(handle: str, seconds: float) -> str:
    """Return a handle of an upload that began so much earlier."""
    began = json.loads(handle)
    began["begun_at"] = (datetime.fromisoformat(began["begun_at"]) - timedelta(seconds=seconds)).isoformat()
    return json.dumps(began)


def ranges(fake: FakeYouTube) -> list[str]:
    return [request.headers["content-range"] for request in fake.calls(PUT)]


def last_chunks(fake: FakeYouTube) -> int:
    return sum(place == f"bytes {2 * STEP}-{SIZE - 1}/{SIZE}" for place in ranges(fake))


def refusal(status: int, reason: str, **headers: str) -> Reply:
    error = {"code": status, "message": f"About {reason}.", "errors": [{"reason": reason, "domain": "youtube.x"}]}
    return Reply(status, {"error": error}, headers)


def at_last_chunk(fake: FakeYouTube, act: Callable[[], Any]) -> None:
    """Do something when the last chunk arrives."""

    def watch(moment: Moment, request: Request) -> None:
        if moment == "arrived" and f"-{SIZE - 1}/{SIZE}" in request.headers.get("content-range", ""):
            act()

    fake.observers.append(watch)


def test_it_is_a_platform_with_the_facts_of_youtube(fake: FakeYouTube) -> None:
    platform: Platform = client_of(fake)

    assert (platform.name, platform.needs_account, platform.needs_consent) == ("youtube", True, False)
    assert (platform.allows_marks, platform.replaces, platform.most_beginnings) == (True, False, 5)
    assert platform.visibilities() == ()
    assert fake.requests == []


def test_a_reel_becomes_public_by_its_last_chunk_and_not_before(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)

    handle = client.begin(post)
    assert client.check(post, handle).state == "incomplete"
    client.upload(post, handle)
    assert client.check(post, handle).state == "ready"
    assert fake.shown == []
    assert client.finish(post, handle).state == "processing"
    assert fake.shown == [post.caption]
    assert client.check(post, handle).state == "processing"
    standing = client.check(post, handle)

    (video,) = fake.videos.values()
    assert standing.state == "shown"
    assert standing.receipt is not None
    assert (standing.receipt.external_id, standing.receipt.visibility) == (video.id, "public")
    assert standing.receipt.url == f"https://www.youtube.com/watch?v={video.id}"
    assert standing.reason == ""
    assert video.sha256 == hashlib.sha256(post.files["reel"].read_bytes()).hexdigest()
    assert fake.strangers == []


def test_the_video_resource_says_what_the_post_says(fake: FakeYouTube, post: Post) -> None:
    client_of(fake, category="27", license="creativeCommon", notify_subscribers=False).begin(post)

    (start,) = fake.calls(START)
    assert start.json() == {
        "snippet": {
            "title": post.title,
            "description": post.caption,
            "tags": ["rw7f3a91", "octopus", "sea"],
            "categoryId": "27",
            "defaultLanguage": "en",
            "defaultAudioLanguage": "en",
        },
        "status": {
            "privacyStatus": "public",
            "selfDeclaredMadeForKids": False,
            "containsSyntheticMedia": True,
            "embeddable": True,
            "license": "creativeCommon",
        },
    }
    assert start.query == {
        "uploadType": "resumable",
        "part": "snippet,status",
        "notifySubscribers": "false",
        "alt": "json",
    }
    assert start.headers["x-upload-content-length"] == str(SIZE)
    assert start.headers["user-agent"].startswith("Reelwright/")


def test_a_reel_that_is_not_ai_made_is_not_declared_so(fake: FakeYouTube, post: Post) -> None:
    by_hand = post.model_copy(update={"disclosure": Disclosure(is_ai_made=False)})

    client_of(fake).begin(by_hand)

    assert fake.calls(START)[0].json()["status"]["containsSyntheticMedia"] is False


def test_without_a_marker_a_post_has_one_from_its_key(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    for key in ("a", "b"):
        client.begin(post.model_copy(update={"marker": "", "key": key}))

    first, second = (start.json()["snippet"]["tags"][0] for start in fake.calls(START))
    assert first != second
    assert len(first) == len(second) == 16


def test_bytes_travel_in_whole_chunks_of_which_the_last_one_waits(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)

    ready(client, post)

    assert ranges(fake) == [f"bytes */{SIZE}", f"bytes 0-{STEP - 1}/{SIZE}", f"bytes {STEP}-{2 * STEP - 1}/{SIZE}"]


@pytest.mark.parametrize(("size", "chunks"), [(1000, 0), (STEP, 0), (STEP + 1, 1), (2 * STEP, 1), (3 * STEP, 2)])
def test_what_fits_into_one_chunk_waits_for_the_end(fake: FakeYouTube, tmp_path: Path, size: int, chunks: int) -> None:
    client, post = client_of(fake), post_in(tmp_path, size=size)

    handle = ready(client, post)

    assert len(ranges(fake)) == 1 + chunks
    assert client.check(post, handle).state == "ready"
    client.finish(post, handle)
    assert fake.shown == [post.caption]


def test_an_upload_goes_on_in_another_process_where_it_stopped(fake: FakeYouTube, post: Post) -> None:
    handle = client_of(fake).begin(post)
    fake.stumbles = 1
    with pytest.raises(Unreachable):
        client_of(fake).upload(post, handle)

    client_of(fake).upload(post, handle)

    assert ranges(fake)[2:] == [f"bytes */{SIZE}", f"bytes {STEP // 2}-{STEP // 2 + STEP - 1}/{SIZE}"]
    client_of(fake).finish(post, handle)
    (video,) = fake.videos.values()
    assert video.sha256 == hashlib.sha256(post.files["reel"].read_bytes()).hexdigest()


def test_a_chunk_of_which_nothing_arrives_is_no_endless_loop(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    fake.break_next(Reply(308), pattern=PUT, times=float("inf"))

    with pytest.raises(Unreachable, match="stored nothing"):
        client.upload(post, handle)

    assert len(fake.calls(PUT)) == 2


def test_a_token_that_ends_in_the_middle_of_an_upload_is_told_and_the_upload_goes_on(
    fake: FakeYouTube, post: Post
) -> None:
    handle = client_of(fake).begin(post)

    def expire(moment: Moment, request: Request) -> None:
        if moment == "answered" and request.headers.get("content-range", "").startswith("bytes 0-"):
            fake.expire_tokens()
            fake.observers.clear()

    fake.observers.append(expire)
    with pytest.raises(TokenExpired):
        client_of(fake).upload(post, handle)
    assert len(ranges(fake)) == 3, "the refused chunk is not sent again blindly"

    client_of(fake).upload(post, handle)

    assert ranges(fake)[3:] == [f"bytes */{SIZE}", f"bytes {STEP}-{2 * STEP - 1}/{SIZE}"]
    assert client_of(fake).finish(post, handle).state == "processing"
    assert fake.shown == [post.caption]


def test_a_token_that_ends_before_the_last_chunk_makes_nothing_public(fake: FakeYouTube, post: Post) -> None:
    handle = ready(client_of(fake), post)
    at_last_chunk(fake, fake.expire_tokens)
    with pytest.raises(TokenExpired):
        client_of(fake).finish(post, handle)
    assert fake.shown == []
    fake.observers.clear()

    client_of(fake).finish(post, handle)

    assert fake.shown == [post.caption]


@pytest.mark.parametrize("missing", ["wrong", "rights"])
def test_a_wrong_token_and_missing_rights_are_told_apart(fake: FakeYouTube, post: Post, missing: str) -> None:
    token = fake.token(scopes={UPLOAD})
    if missing == "wrong":
        wrong = token.model_copy(update={"access": "fake-access-0"})
        with pytest.raises(TokenExpired):
            client_of(fake, wrong).begin(post)
        return
    handle = ready(client_of(fake, token), post)
    client_of(fake, token).finish(post, handle)
    with pytest.raises(AccessLost) as caught:
        client_of(fake, token).check(post, handle)
    assert "leave every box ticked" in caught.value.remedy


@pytest.mark.parametrize(("damage", "hard"), LOST)
def test_a_lost_answer_to_the_last_chunk_is_looked_up_and_never_sent_again(
    fake: FakeYouTube, post: Post, damage: Damage, hard: bool
) -> None:
    client = client_of(fake)
    handle = ready(client, post)
    fake.hard = hard
    at_last_chunk(fake, lambda: fake.break_next(damage, pattern=PUT, moment="acted"))

    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)

    assert last_chunks(fake) == 1
    assert client_of(fake).find(post, handle).state == "processing"
    assert client_of(fake).find(post, handle).state == "shown"
    client_of(fake).finish(post, handle)
    assert last_chunks(fake) == 1
    assert fake.shown == [post.caption]


@pytest.mark.parametrize(("damage", "hard"), LOST)
def test_a_last_chunk_that_never_arrived_is_found_to_be_missing(
    fake: FakeYouTube, post: Post, damage: Damage, hard: bool
) -> None:
    client = client_of(fake)
    handle = ready(client, post)
    fake.hard = hard
    at_last_chunk(fake, lambda: fake.break_next(damage, pattern=PUT))
    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)
    fake.observers.clear()

    assert client_of(fake).find(post, handle).state == "ready"
    client_of(fake).finish(post, handle)

    assert fake.shown == [post.caption]


@pytest.mark.parametrize("moment", ["arrived", "acted"])
@pytest.mark.parametrize("number", range(1, 15))
def test_a_fault_at_any_exchange_leaves_exactly_one_video(
    fake: FakeYouTube, post: Post, number: int, moment: Moment
) -> None:
    fake.hard = number % 2 == 0

    def strike(when: Moment, _: Request) -> None:
        if when == "arrived" and len(fake.requests) == number:
            fake.break_next("reset", moment=moment)

    fake.observers.append(strike)

    deliver(fake, post)

    assert len(fake.requests) >= number
    assert fake.shown == [post.caption]
    (video,) = fake.videos.values()
    assert video.sha256 == hashlib.sha256(post.files["reel"].read_bytes()).hexdigest()
    assert len(video.captions) == 1
    assert video.cover == post.files["cover"].read_bytes()
    assert last_chunks(fake) <= 2


def deliver(fake: FakeYouTube, post: Post) -> None:
    """Take a post through its steps as a delivery does, each in a process of its own."""
    step, handle = "begin", ""
    while step != "done":
        client = client_of(fake)
        try:
            match step:
                case "begin":
                    handle, step = client.begin(post), "upload"
                case "upload":
                    client.upload(post, handle)
                    step = "check"
                case "finish":
                    step = "find"
                    client.finish(post, handle)
                case _:
                    standing = client.find(post, handle) if step == "find" else client.check(post, handle)
                    step = follow(client, post, standing, step)
        except (Unreachable, OutcomeUnknown):
            continue


def follow(client: YouTube, post: Post, standing: Standing, step: str) -> str:
    if standing.receipt is not None:
        client.dress(post, standing.receipt)
        return "done"
    return {"incomplete": "upload", "ready": "finish", "absent": "begin"}.get(standing.state, step)


def test_a_last_chunk_of_which_only_a_part_arrives_surely_made_nothing(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = ready(client, post)
    part = Reply(308, b"", {"Range": f"bytes=0-{2 * STEP + 99}"})
    at_last_chunk(fake, lambda: fake.break_next(part, pattern=PUT))

    with pytest.raises(Unreachable, match="did not take the last bytes"):
        client.finish(post, handle)

    assert fake.shown == []


def test_the_last_chunk_is_not_sent_while_others_are_missing(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)

    with pytest.raises(Unreachable, match="have not arrived"):
        client.finish(post, handle)

    assert ranges(fake) == [f"bytes */{SIZE}"]


def test_a_session_with_all_bytes_and_no_video_yet_is_at_work(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = ready(client, post)
    fake.break_next(Reply(308, b"", {"Range": f"bytes=0-{SIZE - 1}"}), pattern=PUT, times=2)

    assert client.check(post, handle).state == "processing"
    assert client.finish(post, handle).state == "processing"
    assert last_chunks(fake) == 0


@pytest.mark.parametrize("status", [404, 410])
def test_a_session_that_is_gone_is_unclear_first_and_absent_only_when_nothing_can_show_up_any_more(
    fake: FakeYouTube, post: Post, status: int
) -> None:
    client = client_of(fake, session_seconds=3600, show_seconds=600)
    handle = client.begin(post)
    fake.break_next(status, pattern=PUT, times=float("inf"))

    client.upload(post, handle)
    assert client.check(post, handle).state == "unclear"
    assert client.find(post, aged(handle, 4190)).state == "unclear"
    assert client.find(post, aged(handle, 4210)).state == "absent"
    with pytest.raises(OutcomeUnknown, match="session is gone"):
        client.finish(post, handle)


def test_a_session_that_went_while_the_last_chunk_was_sent_is_looked_up(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = ready(client, post)
    at_last_chunk(fake, fake.expire_sessions)

    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)

    assert client.find(post, handle).state == "unclear"


def test_a_video_whose_session_is_gone_is_found_by_its_marker_when_the_list_shows_it(
    fake: FakeYouTube, post: Post
) -> None:
    fake.busy_checks, fake.shown_after = 0, 300
    client = client_of(fake, session_seconds=3600)
    handle = out(client, post)
    other = post.model_copy(update={"key": "other", "marker": "rw000000"})
    for _ in range(3):
        out(client, other)
    fake.expire_sessions()

    assert client.find(post, handle).state == "unclear"
    fake.advance(301)
    fake.page = 2
    standing = client.find(post, handle)

    assert standing.receipt is not None
    assert standing.receipt.external_id == next(iter(fake.videos))
    assert len(fake.calls(r"GET /youtube/v3/playlistItems")) == 3


def test_the_list_is_read_no_further_back_than_the_upload(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    other = post.model_copy(update={"key": "other", "marker": "rw000000"})
    for _ in range(4):
        out(client, other)
    for video in fake.videos.values():
        video.made -= timedelta(days=1)
    handle = client.begin(post)
    fake.expire_sessions()
    fake.page = 1

    assert client.find(post, aged(handle, 60)).state == "absent"
    assert len(fake.calls(r"GET /youtube/v3/playlistItems")) == 1


def test_nothing_is_absent_where_the_list_hides_private_videos(fake: FakeYouTube, post: Post) -> None:
    fake.audited = fake.list_shows_private = False
    client = client_of(fake, list_shows_private=False)
    handle = out(client, post)
    fake.expire_sessions()

    assert client.find(post, aged(handle, 10**6)).state == "unclear"


def test_the_list_of_uploads_is_asked_for_when_the_token_does_not_remember_it(fake: FakeYouTube, post: Post) -> None:
    fake.busy_checks = 0
    forgetful = fake.token().model_copy(update={"memory": {}})
    client = client_of(fake, forgetful)
    handle = out(client, post)
    fake.expire_sessions()

    assert client.find(post, handle).state == "shown"
    fake.has_channel = False
    with pytest.raises(AccessLost, match="no YouTube channel"):
        client._uploads_playlist()


def test_an_upload_that_took_too_long_is_given_up_before_its_last_chunk(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = aged(ready(client, post), 31)
    sent = len(ranges(fake))

    assert client.check(post, handle).state == "absent"
    with pytest.raises(Unreachable, match="took too long"):
        client.finish(post, handle)
    client.upload(post, handle)

    assert all(place.startswith("bytes *") for place in ranges(fake)[sent:])
    assert fake.shown == []


def test_another_file_is_never_joined_to_an_upload(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    post.files["reel"].write_bytes(random.Random(8).randbytes(SIZE))

    client.upload(post, handle)
    assert client.check(post, handle).state == "absent"
    with pytest.raises(Unreachable, match="has changed"):
        client.finish(post, handle)

    assert set(ranges(fake)) == {f"bytes */{SIZE}"}


def test_a_complete_upload_is_told_also_when_the_file_is_gone(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = out(client, post)
    post.files["reel"].unlink()

    assert client.check(post, handle).state == "processing"
    with pytest.raises(StorageError, match="disappeared"):
        client.begin(post)


@pytest.mark.parametrize(
    ("end", "words", "anew"),
    [
        ("duplicate", "the channel has this video already (duplicate)", False),
        ("copyright", "it infringes a copyright (copyright)", False),
        ("codec", "YouTube does not know the codec (codec)", False),
        ("uploadAborted", "the upload was not finished (uploadAborted)", True),
        ("somethingNew", "it does not say why (somethingNew)", False),
    ],
)
def test_a_video_that_fails_says_why(fake: FakeYouTube, post: Post, end: str, words: str, anew: bool) -> None:
    fake.bad_end, fake.busy_checks = end, 0
    client = client_of(fake)

    standing = client.check(post, out(client, post))

    assert (standing.state, standing.may_begin_anew) == ("failed", anew)
    assert words in standing.reason


def test_a_video_that_was_broken_off_is_not_taken_for_the_post(fake: FakeYouTube, post: Post) -> None:
    fake.bad_end, fake.busy_checks = "uploadAborted", 0
    client = client_of(fake)
    handle = out(client, post)
    fake.expire_sessions()

    assert client.find(post, aged(handle, 60)).state == "absent"


@pytest.mark.parametrize(
    ("status", "details", "state"),
    [
        ({"uploadStatus": "processed", "privacyStatus": "unlisted"}, {}, "shown"),
        ({"uploadStatus": "uploaded", "privacyStatus": "public"}, {"processingStatus": "terminated"}, "failed"),
        ({"uploadStatus": "deleted", "privacyStatus": "public"}, {}, "failed"),
    ],
)
def test_what_youtube_says_of_a_video_is_read(
    fake: FakeYouTube, post: Post, status: dict[str, str], details: dict[str, str], state: str
) -> None:
    client = client_of(fake)
    handle = out(client, post)
    video = {"id": "video-x", "status": status, "processingDetails": details}
    fake.break_next(Reply(200, {"items": [video]}), pattern=LIST)

    assert client.check(post, handle).state == state


def test_a_video_that_youtube_took_and_does_not_list_is_unclear(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    handle = out(client, post)
    fake.break_next(Reply(200, {"items": []}), pattern=LIST)

    assert client.check(post, handle).state == "unclear"


def test_a_project_without_audit_is_told_that_the_video_stays_private(fake: FakeYouTube, post: Post) -> None:
    fake.audited, fake.busy_checks = False, 0
    client = client_of(fake)

    standing = client.check(post, out(client, post))

    assert standing.receipt is not None
    assert standing.receipt.visibility == "private"
    assert "not audited" in standing.reason
    assert "YouTube Studio" in standing.reason


@pytest.mark.parametrize("visibility", ["private", "unlisted"])
def test_what_is_meant_to_be_hidden_is_no_trouble(fake: FakeYouTube, post: Post, visibility: str) -> None:
    fake.busy_checks = 0
    client = client_of(fake, visibility=visibility)
    later = post.model_copy(update={"publish_at": now() + timedelta(hours=5)})

    standing = client.check(later, out(client, later))

    assert standing.receipt is not None
    assert (standing.receipt.visibility, standing.reason) == (visibility, "")


def test_a_planned_post_is_scheduled_and_shown_when_its_time_comes(fake: FakeYouTube, post: Post) -> None:
    fake.busy_checks = 0
    planned = post.model_copy(update={"publish_at": now() + timedelta(hours=5)})
    client = client_of(fake)
    handle = out(client, planned)

    waiting = client.check(planned, handle)
    assert fake.calls(START)[0].json()["status"]["privacyStatus"] == "private"
    assert waiting.state == "processing"
    assert "scheduled" in waiting.reason
    fake.advance(5 * 3600 + 1)
    due = client_of(fake).check(planned, handle)

    assert due.receipt is not None
    assert (due.receipt.visibility, due.reason) == ("public", "")


def test_a_time_that_has_passed_means_at_once(fake: FakeYouTube, post: Post) -> None:
    client_of(fake).begin(post.model_copy(update={"publish_at": now() - timedelta(minutes=1)}))

    status = fake.calls(START)[0].json()["status"]
    assert status["privacyStatus"] == "public"
    assert "publishAt" not in status


def test_an_upload_opened_elsewhere_gets_neither_token_nor_video(fake: FakeYouTube, post: Post) -> None:
    with Fake() as stranger:
        fake.session_address = f"{stranger.url}/upload/youtube/v3/videos"
        with pytest.raises(UnexpectedReply, match="not YouTube's"):
            client_of(fake).begin(post)
        assert stranger.requests == []
        fake.session_address = f"{fake.url.replace('http', 'https')}/upload/youtube/v3/videos"
        with pytest.raises(UnexpectedReply, match="not YouTube's"):
            client_of(fake).begin(post)

        fake.session_address = f"{fake.url}/resumable/upload/youtube/v3/videos"
        client = client_of(fake)
        client.finish(post, ready(client, post))
        assert fake.shown == [post.caption]


def test_the_address_of_a_session_that_is_named_in_the_options_is_used(fake: FakeYouTube, post: Post) -> None:
    with FakeYouTube() as other:
        fake.session_address = f"{other.url}/upload/youtube/v3/videos"
        other.access = fake.access
        other.sessions = fake.sessions
        client = client_of(fake, session_hosts=[other.url.removeprefix("http://")])

        client.finish(post, ready(client, post))

        assert other.shown == [post.caption]


@pytest.mark.parametrize("damage", ["reset", 500, 401, 404, 400, "html"])
def test_errors_hold_neither_token_nor_session(fake: FakeYouTube, post: Post, damage: Damage) -> None:
    token = fake.token()
    client = client_of(fake, token)
    handle = ready(client, post)
    secret = json.loads(handle)["address"].rpartition("=")[2]
    fake.break_next(damage, pattern=PUT, times=float("inf"))

    for step in (client.upload, client.check, client.finish):
        try:
            step(post, handle)
        except ServiceError as exc:
            told = f"{exc} {exc!r} {exc.__cause__} {exc.__context__}"
            assert secret not in told
            assert token.access not in told


@pytest.mark.parametrize("code", sorted(load_refusals("youtube")))
def test_every_known_reason_is_its_error_with_one_action(fake: FakeYouTube, post: Post, code: str) -> None:
    known = load_refusals("youtube")[code]
    fake.break_next(refusal(400, code), pattern=START)

    with pytest.raises(ERRORS[known.kind]) as caught:
        client_of(fake).begin(post)

    error = caught.value
    assert isinstance(error, ServiceError)
    assert (error.code, error.remedy, error.message) == (code, known.action, known.means)
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(401, b""), TokenExpired),
        (Reply(403, b"<html>"), NotAllowed),
        (refusal(403, "somethingNew"), NotAllowed),
        (refusal(400, "somethingNew"), Rejected),
        (Reply(500, b"oops"), Unreachable),
        (refusal(503, "backendError"), Unreachable),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), Rejected),
        (Reply(200, b"<html>", {"Content-Type": "text/html"}), UnexpectedReply),
    ],
)
def test_an_answer_without_a_known_reason_is_judged_by_its_status(
    fake: FakeYouTube, post: Post, reply: Reply, kind: type[ServiceError]
) -> None:
    client = client_of(fake)
    handle = out(client, post)
    fake.break_next(reply, pattern=LIST)

    with pytest.raises(kind) as caught:
        client.check(post, handle)

    assert type(caught.value) is kind
    assert len(fake.calls(LIST)) == 1


def test_a_pause_that_is_asked_for_is_passed_on(fake: FakeYouTube, post: Post) -> None:
    for reply in (refusal(403, "rateLimitExceeded", **{"Retry-After": "42"}), Reply(429, b"", {"Retry-After": "42"})):
        fake.break_next(reply, pattern=START)
        with pytest.raises(RateLimited) as caught:
            client_of(fake).begin(post)
        assert caught.value.retry_after == 42


def test_a_spent_quota_rests_until_midnight_in_california(fake: FakeYouTube, post: Post) -> None:
    fake.quota["inserts"] = 1
    client = client_of(fake)
    client.begin(post)

    with pytest.raises(QuotaSpent) as caught:
        client.begin(post)

    assert caught.value.code == "quotaExceeded"
    assert caught.value.until == next_quota(now())
    fake.advance(86_400)
    client_of(fake).begin(post)


@pytest.mark.parametrize(
    ("moment", "midnight"),
    [
        (datetime(2026, 12, 1, 7, 59, tzinfo=UTC), datetime(2026, 12, 1, 8, 0, tzinfo=UTC)),
        (datetime(2026, 12, 1, 8, 0, tzinfo=UTC), datetime(2026, 12, 2, 8, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), datetime(2026, 7, 2, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), datetime(2026, 11, 2, 8, 0, tzinfo=UTC)),
    ],
)
def test_the_quota_day_knows_summer_time(moment: datetime, midnight: datetime) -> None:
    assert next_quota(moment) == midnight


def test_a_channel_that_uploaded_too_much_rests_a_day(fake: FakeYouTube, post: Post) -> None:
    fake.channel_cap = 1
    client = client_of(fake)
    out(client, post)

    with pytest.raises(QuotaSpent) as caught:
        client.begin(post)

    assert caught.value.until is not None
    assert timedelta(hours=23, minutes=59) < caught.value.until - now() <= timedelta(days=1)


def test_what_calls_cost_is_counted_as_youtube_counts_it(fake: FakeYouTube, post: Post) -> None:
    client, told = client_of(fake), []
    client.quota.on_cost = lambda _day, bucket, cost: told.append((bucket, cost))
    handle = out(client, post)
    client.check(post, handle)
    standing = client.check(post, handle)
    assert standing.receipt is not None
    client.dress(post, standing.receipt)
    client.comments(standing.receipt.external_id, now() - timedelta(days=1))

    assert client.quota.used() == {"inserts": 1, "searches": 0, "units": 503}
    assert client.quota.used() == {bucket: fake.used[bucket] for bucket in fake.quota}
    assert sum(cost for _, cost in told) == 504
    assert set(DAILY) == {bucket for bucket, _ in COSTS.values()}


def test_the_count_begins_anew_with_the_quota_day(
    fake: FakeYouTube, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(fake)
    client.begin(post)
    tomorrow = now() + timedelta(days=1)
    monkeypatch.setattr("integrations.platforms.youtube_api.now", lambda: tomorrow)

    assert client.quota.used() == {"inserts": 0, "searches": 0, "units": 0}


def test_captions_and_cover_are_added_once(fake: FakeYouTube, post: Post) -> None:
    fake.busy_checks = 0
    client = client_of(fake)
    receipt = client.check(post, out(client, post)).receipt
    assert receipt is not None

    client.dress(post, receipt)
    client.dress(post, receipt)

    (video,) = fake.videos.values()
    (captions,) = video.captions
    assert captions["snippet"] == {"videoId": video.id, "language": "en", "name": "Captions", "isDraft": False}
    assert captions["content"] == post.files["captions_srt"].read_text()
    assert video.cover == post.files["cover"].read_bytes()
    assert len(fake.calls(r"POST /upload/youtube/v3/captions")) == 1


def test_captions_that_came_in_between_are_no_trouble(fake: FakeYouTube, post: Post) -> None:
    fake.busy_checks = 0
    client = client_of(fake)
    receipt = client.check(post, out(client, post)).receipt
    assert receipt is not None
    client.dress(post, receipt)
    fake.break_next(Reply(200, {"items": []}), pattern=r"GET /youtube/v3/captions")

    client.dress(post, receipt)

    (video,) = fake.videos.values()
    assert len(video.captions) == 1
    post.files["captions_srt"].write_text("")
    video.captions.clear()
    with pytest.raises(Rejected) as caught:
        client.dress(post, receipt)
    assert caught.value.code == "contentRequired"


def test_vtt_captions_are_taken_where_there_are_no_others(fake: FakeYouTube, post: Post) -> None:
    fake.busy_checks = 0
    files = {"reel": post.files["reel"], "captions_vtt": post.files["captions_srt"]}
    bare = post.model_copy(update={"files": files, "language": "es"})
    client = client_of(fake)
    receipt = client.check(bare, out(client, bare)).receipt
    assert receipt is not None

    client.dress(bare, receipt)

    (video,) = fake.videos.values()
    assert video.captions[0]["snippet"]["language"] == "es"
    assert video.cover == b""


def test_a_channel_without_a_telephone_number_is_told_how_to_get_covers(fake: FakeYouTube, post: Post) -> None:
    fake.verified, fake.busy_checks = False, 0
    client = client_of(fake)
    receipt = client.check(post, out(client, post)).receipt
    assert receipt is not None

    with pytest.raises(NotAllowed) as caught:
        client.dress(post, receipt)

    assert "https://www.youtube.com/verify" in caught.value.remedy
    assert len(next(iter(fake.videos.values())).captions) == 1, "the captions do not suffer from it"
    fake.quota["units"] = fake.used["units"] + 50
    with pytest.raises(QuotaSpent):
        client.dress(post, receipt)
    fake.quota["units"] = 10_000
    client_of(fake, set_cover=False).dress(post, receipt)


def test_what_the_options_switch_off_is_not_added(fake: FakeYouTube, post: Post) -> None:
    fake.busy_checks = 0
    client = client_of(fake, set_cover=False, set_captions=False)
    receipt = client.check(post, out(client, post)).receipt
    assert receipt is not None
    before = len(fake.requests)

    client.dress(post, receipt)

    assert len(fake.requests) == before


def test_numbers_come_fifty_at_once_and_only_for_videos_that_are_there(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    out(client, post)
    (name,) = fake.videos

    told = client.numbers([name, *(f"gone-{number}" for number in range(60))])

    assert set(told) == {name}
    assert (told[name].views, told[name].likes, told[name].comments, told[name].shares) == (1234, 56, 7, None)
    assert [len(call.query["id"].split(",")) for call in fake.calls(LIST)] == [50, 11]
    assert client.numbers([]) == {}


def test_a_good_post_has_no_problems_and_asks_nobody(fake: FakeYouTube, post: Post) -> None:
    assert client_of(fake).problems(post) == []
    square = post.model_copy(
        update={"video": VideoFacts(width=1080, height=1080, fps=30, seconds=180, bytes=9, has_sound=True)}
    )
    assert client_of(fake).problems(square) == []
    assert fake.requests == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "x" * 101}, "The title has 101 characters"),
        ({"title": "Hearts > brains"}, "The title holds >"),
        ({"caption": "é" * 2501}, "The caption has 5002 bytes"),
        ({"hashtags": tuple(f"#{'x' * 60}{number}" for number in range(9))}, "as tags, 500 are allowed"),
        ({"hashtags": ("#a<b",)}, "A hashtag holds < or >"),
        ({"video": VideoFacts(width=1080, height=1920, fps=30, seconds=181, bytes=9, has_sound=True)}, "lasts 181.0 s"),
        ({"video": VideoFacts(width=1920, height=1080, fps=30, seconds=30, bytes=9, has_sound=True)}, "1920 by 1080"),
    ],
)
def test_what_youtube_would_refuse_is_told_before(
    fake: FakeYouTube, post: Post, changes: dict[str, Any], words: str
) -> None:
    (problem,) = client_of(fake).problems(post.model_copy(update=changes))

    assert words in problem


def test_tags_are_counted_with_commas_and_quotes(fake: FakeYouTube, post: Post) -> None:
    marker = "m" * 10
    fits = post.model_copy(update={"marker": marker, "hashtags": ("x" * 400, "y " + "y" * 84)})
    longer = post.model_copy(update={"marker": marker, "hashtags": ("x" * 400, "y " + "y" * 85)})
    client = client_of(fake)

    assert client.problems(fits) == []
    client.begin(fits)
    assert len(client.problems(longer)) == 1
    with pytest.raises(Rejected):
        client.begin(longer)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xd8\xff" + bytes(2 << 20), "more than 2 MiB"), (b"\x89PNG" + bytes(99), "is no JPEG")],
)
def test_a_cover_that_would_be_refused_is_told_before(
    fake: FakeYouTube, post: Post, content: bytes, words: str
) -> None:
    post.files["cover"].write_bytes(content)

    (problem,) = client_of(fake).problems(post)

    assert words in problem
    assert client_of(fake, set_cover=False).problems(post) == []


@pytest.mark.parametrize(
    "options", [{"colour": "blue"}, {"visibility": "secret"}, {"chunk_bytes": STEP + 1}, {"base_url": "youtube.com"}]
)
def test_options_that_are_wrong_are_named(fake: FakeYouTube, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        client_of(fake, **options)


def test_a_handle_of_somebody_else_is_refused(fake: FakeYouTube, post: Post) -> None:
    with pytest.raises(BadInput) as caught:
        client_of(fake).check(post, '{"address": "fake-secret-1"}')

    assert "fake-secret-1" not in str(caught.value)
    assert fake.requests == []


def test_the_fake_refuses_what_youtube_refuses(fake: FakeYouTube, post: Post) -> None:
    client = client_of(fake)
    for changes, code in (
        ({"title": " "}, "invalidTitle"),
        ({"caption": "a < b"}, "invalidDescription"),
        ({"hashtags": ("x" * 600,)}, "invalidTags"),
    ):
        with pytest.raises(Rejected) as caught:
            client.begin(post.model_copy(update=changes))
        assert caught.value.code == code
    with pytest.raises(Rejected) as caught:
        client_of(fake, category="99").begin(post)
    assert caught.value.code == "invalidCategoryId"
    assert (APP.client_id, CHANNEL) == ("fake-app-1", fake.token().owner_id)
