"""The TikTok platform against a strict stand-in, over real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Reply
from fakes.tiktok import FakeTikTok, refusal
from platforms import FixedToken

from core.errors import (
    AccessLost,
    ConfigError,
    NotAllowed,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    Restricted,
    ServiceError,
    TokenExpired,
    UnexpectedReply,
    Unreachable,
)
from core.log import redact
from core.posting import Consent, Disclosure, Numbers, Post, Receipt, Standing, Token, VideoFacts
from core.settings import Settings
from integrations.platforms import tiktok as module
from integrations.platforms.base import Access
from integrations.platforms.refusals import load_refusals
from integrations.platforms.tiktok import Begun, TikTok
from integrations.platforms.tiktok_sign_in import TikTokSignIn

INIT, DRAFT = "POST /v2/post/publish/video/init/", "POST /v2/post/publish/inbox/video/init/"
CREATOR = "POST /v2/post/publish/creator_info/query/"
STATUS, CHUNK = "POST /v2/post/publish/status/fetch/", "PUT /video/"
SIZE = 23 * 1024 + 7
"""Four chunks of 5 KiB, the last with the remainder, where the fake counts kilobytes for megabytes."""

VIDEO = (b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 92)[:SIZE]
CAPTION = "Three hearts 🐙 #octopus"


@pytest.fixture
def fake() -> Iterator[FakeTikTok]:
    with FakeTikTok() as server:
        yield server
        assert server.strangers == []


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return post_of(tmp_path)


def post_of(folder: Path, content: bytes = VIDEO, **changes: Any) -> Post:
    path = folder / "reel.mp4"
    path.write_bytes(content)
    video = VideoFacts(width=1080, height=1920, fps=30, seconds=31.5, bytes=len(content), has_sound=True)
    values: dict[str, Any] = {
        "key": "post/tiktok/tess/reel-1",
        "slug": "0001-hearts",
        "title": "Three hearts",
        "caption": CAPTION,
        "language": "en",
        "character": "tess",
        "files": {"reel": path},
        "video": video,
        "consent": consent(),
        "cover_second": 1.25,
    }
    return Post(**(values | changes))


def consent(visibility: str = "PUBLIC_TO_EVERYONE", **changes: Any) -> Consent:
    return Consent(by="operator", at=datetime.now(UTC), visibility=visibility, **changes)


def client_of(fake: FakeTikTok, token: Token | None = None, **options: Any) -> TikTok:
    access = Access("tiktok/tess", Settings(), fake.options() | options, FixedToken(token or fake.token()))
    return TikTok(access)


def complete(fake: FakeTikTok, client: TikTok, post: Post) -> str:
    """Post it up to its last byte and let TikTok process it."""
    handle = client.begin(post)
    client.upload(post, handle)
    client.finish(post, handle)
    for upload in fake.uploads.values():
        upload.busy = 0
    return handle


def later(monkeypatch: pytest.MonkeyPatch, **distance: float) -> None:
    """Move the clock of the client."""
    monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) + timedelta(**distance))


# The way of a post


def test_a_direct_post_goes_from_the_consent_to_its_address(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)

    handle = client.begin(post)
    assert client.check(post, handle) == Standing(state="incomplete")
    client.upload(post, handle)
    assert client.check(post, handle) == Standing(state="ready")
    assert fake.shown == []
    assert client.finish(post, handle) == Standing(state="processing")
    assert client.check(post, handle) == Standing(state="processing")
    standing = client.check(post, handle)

    (made,) = fake.posts
    assert made.received == VIDEO
    number = str(made.ids[0])
    url = f"https://www.tiktok.com/@tess.ter/video/{number}"
    assert standing == Standing(state="shown", receipt=Receipt(external_id=number, url=url))
    assert client.find(post, handle) == standing
    assert fake.shown == [CAPTION]
    client.dress(post, Receipt(external_id=number, url=url))


def test_the_settings_are_what_was_agreed_to_and_say_that_it_is_ai_made(fake: FakeTikTok, tmp_path: Path) -> None:
    agreed = consent(allow_comments=True, allow_duet=True, own_brand=True)
    fake.duet_disabled = True

    client_of(fake).begin(post_of(tmp_path, consent=agreed))

    body = fake.calls(INIT)[0].json()
    assert body["post_info"] == {
        "title": CAPTION,
        "privacy_level": "PUBLIC_TO_EVERYONE",
        "disable_comment": False,
        "disable_duet": True,
        "disable_stitch": True,
        "video_cover_timestamp_ms": 1250,
        "brand_content_toggle": False,
        "brand_organic_toggle": True,
        "is_aigc": True,
    }
    assert body["source_info"] == {
        "source": "FILE_UPLOAD",
        "video_size": SIZE,
        "chunk_size": 5 * 1024,
        "total_chunk_count": 4,
    }


def test_a_reel_that_is_not_ai_made_is_not_called_so(fake: FakeTikTok, tmp_path: Path) -> None:
    client_of(fake).begin(post_of(tmp_path, disclosure=Disclosure(is_ai_made=False)))

    assert fake.calls(INIT)[0].json()["post_info"]["is_aigc"] is False


def test_a_draft_is_done_when_it_waits_in_the_inbox(fake: FakeTikTok, tmp_path: Path) -> None:
    client, post = client_of(fake, mode="inbox"), post_of(tmp_path, consent=consent(visibility=""))

    handle = complete(fake, client, post)
    standing = client.check(post, handle)

    publish_id = fake.posts[0].publish_id
    assert standing.receipt == Receipt(external_id=publish_id, url="", visibility="draft")
    assert "AI label" in standing.reason
    assert fake.calls(CREATOR) == []
    assert list(fake.calls(DRAFT)[0].json()) == ["source_info"]


def test_drafts_are_the_default(fake: FakeTikTok, post: Post) -> None:
    options = {name: value for name, value in fake.options().items() if name != "mode"}

    TikTok(Access("tiktok/tess", Settings(), options, FixedToken(fake.token()))).begin(post)

    assert (len(fake.calls(DRAFT)), len(fake.calls(INIT))) == (1, 0)


def test_a_draft_that_was_posted_at_once_is_shown_with_its_id(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake, mode="inbox")
    handle = complete(fake, client, post)
    fake.finish_draft(fake.posts[0].publish_id)

    standing = client.check(post, handle)

    assert standing.receipt == Receipt(external_id=str(fake.posts[0].ids[0]), url="")


def test_a_small_video_is_sent_whole_by_finish(fake: FakeTikTok, tmp_path: Path) -> None:
    client, post = client_of(fake), post_of(tmp_path, VIDEO[:3000])
    handle = client.begin(post)

    client.upload(post, handle)
    assert fake.calls(CHUNK) == []
    assert client.check(post, handle).state == "ready"
    client.finish(post, handle)

    (chunk,) = fake.calls(CHUNK)
    assert chunk.headers["content-range"] == "bytes 0-2999/3000"
    assert fake.shown == [CAPTION]


@pytest.mark.parametrize("status", [200, 201, 206])
def test_every_known_way_to_say_that_all_arrived_is_understood(fake: FakeTikTok, post: Post, status: int) -> None:
    fake.complete_status = status
    client = client_of(fake)

    handle = complete(fake, client, post)

    assert client.check(post, handle).state == "shown"


def test_the_upload_host_gets_no_token_and_the_address_untouched(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    begun = Begun.model_validate_json(client.begin(post))
    odd = begun.model_copy(update={"upload_url": begun.upload_url + "&x=a%2Fb%7Ec+d"})

    client.upload(post, odd.model_dump_json())

    for chunk in fake.calls(CHUNK):
        assert "authorization" not in chunk.headers
        assert chunk.query["x"] == "a/b~c d"


# Interruptions


@pytest.mark.parametrize("moment", ["arrived", "acted"])
@pytest.mark.parametrize("damage", ["reset", 503, "html"])
def test_a_begin_whose_answer_was_lost_may_be_repeated(fake: FakeTikTok, post: Post, damage: Any, moment: Any) -> None:
    client = client_of(fake)
    fake.break_next(damage, pattern=INIT, moment=moment)

    with pytest.raises((Unreachable, UnexpectedReply)):
        client.begin(post)
    complete(fake, client, post)

    assert fake.shown == [CAPTION]


@pytest.mark.parametrize("moment", ["arrived", "acted"])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_an_upload_goes_on_at_the_chunk_that_is_missing(fake: FakeTikTok, post: Post, lost: int, moment: Any) -> None:
    handle = client_of(fake).begin(post)
    seen: list[int] = []

    def cut(when: str, request: Any) -> None:
        if when == "arrived" and request.method == "PUT":
            seen.append(1)
            if len(seen) == lost:
                fake.break_next("reset", pattern=CHUNK, moment=moment)

    fake.observers.append(cut)
    with pytest.raises(Unreachable):
        client_of(fake).upload(post, handle)
    fake.observers.clear()
    again = client_of(fake)
    again.upload(post, handle)
    again.finish(post, handle)

    sent = len(fake.calls(CHUNK))
    assert sent == (5 if moment == "arrived" else 4)
    assert fake.posts[0].received == VIDEO


def test_an_upload_that_is_complete_sends_nothing_more(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    client.upload(post, handle)
    client.upload(post, handle)

    assert len(fake.calls(CHUNK)) == 3


def test_a_chunk_out_of_step_is_asked_about_again(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    client.upload(post, handle)
    behind = Reply(200, {"data": {"status": "PROCESSING_UPLOAD"}, "error": {"code": "ok"}})
    fake.break_next(behind, pattern=STATUS)

    with pytest.raises(Unreachable, match="expects another chunk"):
        client.upload(post, handle)
    client.upload(post, handle)

    assert client.check(post, handle).state == "ready"


def test_an_expired_token_is_told_while_uploading_and_the_upload_goes_on(fake: FakeTikTok, post: Post) -> None:
    tokens = FixedToken(fake.token())
    client = TikTok(Access("tiktok/tess", Settings(), fake.options(), tokens))
    handle = client.begin(post)
    fake.expire_tokens()

    for step in (client.upload, client.check, client.find):
        with pytest.raises(TokenExpired):
            step(post, handle)
    with pytest.raises(TokenExpired):
        client.begin(post)
    tokens.token = TikTokSignIn(fake.options()).renew(tokens.token)
    client.upload(post, handle)
    client.finish(post, handle)

    assert fake.shown == [CAPTION]


@pytest.mark.parametrize("damage", ["reset", 500, 502, 408, 409, "html", "garbage", 202])
def test_a_lost_answer_to_the_last_chunk_is_found_out_without_a_second_post(
    fake: FakeTikTok, post: Post, damage: Any
) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    client.upload(post, handle)
    fake.break_next(damage, pattern=CHUNK, moment="acted")

    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)

    assert client.find(post, handle).state == "processing"
    assert client.find(post, handle).state == "shown"
    assert fake.shown == [CAPTION]


@pytest.mark.parametrize("damage", ["reset", 500, "html", "garbage"])
def test_a_last_chunk_that_never_arrived_may_be_sent_under_the_same_handle(
    fake: FakeTikTok, post: Post, damage: Any
) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    client.upload(post, handle)
    fake.break_next(damage, pattern=CHUNK, moment="arrived")

    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)
    assert client.find(post, handle) == Standing(state="ready")
    client.finish(post, handle)

    assert fake.shown == [CAPTION]


def test_a_last_chunk_that_is_sent_twice_makes_no_second_post(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = complete(fake, client, post)

    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)

    assert client.find(post, handle).state == "shown"
    assert fake.shown == [CAPTION]


def test_a_finish_that_could_not_be_sent_surely_did_not_happen(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    client.upload(post, handle)
    no_connection_yet = client_of(fake)
    fake.stop()

    with pytest.raises(Unreachable):
        no_connection_yet.finish(post, handle)

    assert fake.shown == []


def test_a_slow_answer_to_the_last_chunk_is_a_lost_one(fake: FakeTikTok, post: Post) -> None:
    client, hurried = client_of(fake), client_of(fake, timeout_seconds=0.8)
    handle = client.begin(post)
    client.upload(post, handle)
    fake.break_next("hang", pattern=CHUNK, moment="acted", seconds=10)

    with pytest.raises(OutcomeUnknown):
        hurried.finish(post, handle)

    assert fake.shown == [CAPTION]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
@pytest.mark.parametrize("step", ["upload", "finish"])
def test_an_address_that_is_refused_makes_the_upload_absent(
    fake: FakeTikTok, post: Post, step: str, status: int
) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    if step == "finish":
        client.upload(post, handle)
    fake.break_next(Reply(status, "url has expired"), pattern=CHUNK)

    standing = getattr(client, step)(post, handle)

    assert len(fake.calls(CHUNK)) == (4 if step == "finish" else 1)
    assert standing == (client.check(post, handle) if step == "finish" else None)
    assert client.check(post, handle).state == client.find(post, handle).state == "absent"


def test_an_upload_that_ended_is_begun_anew(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    client.upload(post, handle)
    fake.advance(3601)

    assert client.finish(post, handle).state == "absent"
    complete(fake, client, post)

    assert fake.shown == [CAPTION]


def test_a_refused_address_of_a_complete_upload_does_not_make_it_absent(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = complete(fake, client, post)
    fake.break_next(403, pattern=CHUNK)

    assert client.finish(post, handle).state == "shown"
    assert client.find(post, handle).state == "shown"


def test_an_upload_is_absent_only_when_nothing_can_be_on_its_way_any_more(
    fake: FakeTikTok, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    client.upload(post, handle)

    later(monkeypatch, seconds=3650)
    assert client.find(post, handle).state == "ready"
    later(monkeypatch, seconds=3910)
    assert client.find(post, handle).state == "absent"


def test_a_complete_upload_is_never_absent(fake: FakeTikTok, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.busy_checks = 10
    client = client_of(fake)
    handle = client.begin(post)
    client.upload(post, handle)
    client.finish(post, handle)

    later(monkeypatch, hours=3)

    assert client.find(post, handle).state == "processing"


def test_without_a_count_of_bytes_an_ended_upload_is_unclear(
    fake: FakeTikTok, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.tells_zero_bytes = False
    client = client_of(fake)
    handle = client.begin(post)

    assert client.check(post, handle).state == "incomplete"
    later(monkeypatch, hours=2)
    assert client.check(post, handle).state == "unclear"


def test_an_unknown_publish_id_is_unclear_and_never_absent(
    fake: FakeTikTok, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    fake.uploads.clear()
    later(monkeypatch, hours=30)

    standing = client.find(post, handle)

    assert standing.state == "unclear"
    assert "TikTok app" in standing.reason
    with pytest.raises(Unreachable):
        client.upload(post, handle)


def test_a_status_that_is_not_documented_is_unclear(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    fake.break_next(Reply(200, {"data": {"status": "DREAMING"}, "error": {"code": "ok"}}), pattern=STATUS)

    standing = client.check(post, handle)

    assert (standing.state, "DREAMING" in standing.reason) == ("unclear", True)


def test_another_video_is_not_sent_under_the_handle(fake: FakeTikTok, tmp_path: Path) -> None:
    client = client_of(fake)
    handle = client.begin(post_of(tmp_path))
    changed = post_of(tmp_path, VIDEO[:-1])

    for step in (client.upload, client.finish):
        with pytest.raises(Rejected, match="not the one"):
            step(changed, handle)

    assert fake.calls(CHUNK) == []


def test_a_chunk_that_is_refused_for_good_is_rejected(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = client.begin(post)
    for step in (client.upload, client.finish):
        fake.break_next(Reply(400, "bad request"), pattern=CHUNK)
        with pytest.raises(Rejected):
            step(post, handle)


def test_neither_an_error_nor_a_log_shows_the_query_of_the_upload_address(
    fake: FakeTikTok, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "httpx")
    client = client_of(fake)
    handle = client.begin(post)
    secret = Begun.model_validate_json(handle).upload_url.partition("?")[2]
    for damage in ("reset", 500, 416, 400, 202):
        for step in (client.upload, client.finish):
            fake.break_next(damage, pattern=CHUNK)
            with pytest.raises(ServiceError) as caught:
                step(post, handle)
            assert "upload_token" not in str(caught.value)
            assert secret not in repr(caught.value)
    assert "upload_id" in caplog.text
    assert "upload_id" not in redact(caplog.text)


@pytest.mark.parametrize("moment", ["arrived", "acted"])
@pytest.mark.parametrize("cut", range(1, 12))
def test_a_cut_at_any_exchange_ends_with_one_post(fake: FakeTikTok, post: Post, cut: int, moment: Any) -> None:
    def strike(when: str, request: Any) -> None:
        if when == "arrived" and len(fake.requests) == cut:
            fake.break_next("reset", moment=moment)

    fake.observers.append(strike)

    standing = deliver(fake, post)

    assert [fault.times for fault in fake.faults] == [0]
    assert standing.receipt is not None
    assert standing.receipt.external_id == str(fake.posts[0].ids[0])
    assert fake.shown == [CAPTION]


def deliver(fake: FakeTikTok, post: Post) -> Standing:
    """Take the steps of a delivery, each with a new client that remembers nothing, until the post is shown."""
    handle, is_tried, token = "", False, fake.token()
    for _ in range(20):
        client = client_of(fake, token=token)
        try:
            if not handle:
                handle = client.begin(post)
            standing = client.find(post, handle) if is_tried else client.check(post, handle)
            if standing.state == "shown":
                return standing
            if standing.state == "incomplete":
                client.upload(post, handle)
            if standing.state == "ready":
                is_tried = True
                client.finish(post, handle)
        except (Unreachable, OutcomeUnknown):
            continue
    raise AssertionError("the post was never shown")


# What TikTok shows


def test_both_spellings_of_the_ids_are_read_and_the_first_id_counts(fake: FakeTikTok, post: Post) -> None:
    fake.videos_per_post = 3
    fake.id_field = "publicly_available_post_id"
    client = client_of(fake)

    handle = complete(fake, client, post)
    receipt = client.check(post, handle).receipt

    first, *others = map(str, fake.posts[0].ids)
    assert receipt is not None
    assert (receipt.external_id, receipt.other_ids) == (first, tuple(others))


def test_null_in_the_place_of_ids_is_read_as_none_yet(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    handle = complete(fake, client, post)
    said = {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": None, "fail_reason": None}
    fake.break_next(Reply(200, {"data": said, "error": {"code": "ok"}}), pattern=STATUS)

    assert client.check(post, handle).state == "processing"


@pytest.mark.parametrize("visibility", ["SELF_ONLY", "MUTUAL_FOLLOW_FRIENDS"])
def test_a_post_that_is_not_for_everybody_is_shown_without_an_id(
    fake: FakeTikTok, tmp_path: Path, visibility: str
) -> None:
    client, post = client_of(fake), post_of(tmp_path, consent=consent(visibility))

    handle = complete(fake, client, post)

    expected = Receipt(external_id=fake.posts[0].publish_id, url="", visibility="private")
    assert client.check(post, handle) == Standing(state="shown", receipt=expected)


def test_a_post_in_moderation_is_waited_for_up_to_a_day(
    fake: FakeTikTok, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.moderation_seconds = 7200
    client = client_of(fake)
    handle = complete(fake, client, post)

    waiting = client.check(post, handle)
    later(monkeypatch, hours=25)
    held_back = client.check(post, handle)
    fake.advance(7201)
    tokens_still_good = client_of(fake)
    through = tokens_still_good.check(post, handle)

    assert (waiting.state, "moderation" in waiting.reason) == ("processing", True)
    assert held_back.receipt is not None
    assert (held_back.receipt.visibility, "not public" in held_back.reason) == ("private", True)
    assert through.receipt is not None
    assert through.receipt.visibility == "public"


@pytest.mark.parametrize(
    ("reason", "may_begin_anew"),
    [
        ("internal", True),
        ("video_pull_failed", True),
        ("file_format_check_failed", False),
        ("duration_check_failed", False),
        ("frame_rate_check_failed", False),
        ("picture_size_check_failed", False),
        ("publish_cancelled", False),
        ("something_new", False),
    ],
)
def test_a_failed_post_says_why_and_whether_a_new_beginning_helps(
    fake: FakeTikTok, post: Post, reason: str, may_begin_anew: bool
) -> None:
    fake.fail_next = reason
    client = client_of(fake)

    standing = client.check(post, complete(fake, client, post))

    assert (standing.state, standing.may_begin_anew) == ("failed", may_begin_anew)
    known = load_refusals("tiktok").get(reason)
    assert (known.means if known else reason) in standing.reason
    assert fake.shown == []


@pytest.mark.parametrize("reason", ["spam_risk", "spam_risk_text", "spam_risk_user_banned_from_posting"])
def test_a_post_taken_for_spam_rests_the_account_first_and_is_failed_then(
    fake: FakeTikTok, post: Post, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    fake.fail_next = reason
    client = client_of(fake)
    handle = complete(fake, client, post)
    hours = load_refusals("tiktok")[reason].rest_hours

    with pytest.raises(Restricted) as caught:
        client.check(post, handle)
    later(monkeypatch, hours=hours)
    standing = client.check(post, handle)

    assert caught.value.rest_hours == pytest.approx(hours, abs=0.01)
    assert (standing.state, standing.may_begin_anew) == ("failed", False)


def test_a_post_beyond_the_daily_cap_waits_a_day_and_may_then_begin_anew(
    fake: FakeTikTok, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.fail_next = "spam_risk_too_many_posts"
    client = client_of(fake)
    handle = complete(fake, client, post)

    with pytest.raises(QuotaSpent) as caught:
        client.check(post, handle)
    assert caught.value.until == Begun.model_validate_json(handle).begun_at + timedelta(hours=24)
    later(monkeypatch, hours=24)
    standing = client.check(post, handle)

    assert (standing.state, standing.may_begin_anew) == ("failed", True)


def test_access_that_was_withdrawn_meanwhile_is_lost_until_the_account_is_connected_again(
    fake: FakeTikTok, post: Post
) -> None:
    fake.fail_next = "auth_removed"
    client = client_of(fake)
    handle = complete(fake, client, post)

    with pytest.raises(AccessLost, match="withdrew"):
        client.check(post, handle)
    standing = client_of(fake, token=fake.token()).check(post, handle)

    assert (standing.state, standing.may_begin_anew) == ("failed", True)


# Refusals


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("invalid_param", Rejected),
        ("invalid_params", Rejected),
        ("access_token_invalid", TokenExpired),
        ("scope_not_authorized", AccessLost),
        ("scope_permission_missed", AccessLost),
        ("spam_risk_too_many_posts", QuotaSpent),
        ("spam_risk_too_many_pending_share", QuotaSpent),
        ("spam_risk_user_banned_from_posting", Restricted),
        ("reached_active_user_cap", QuotaSpent),
        ("unaudited_client_can_only_post_to_private_accounts", NotAllowed),
        ("url_ownership_unverified", NotAllowed),
        ("privacy_level_option_mismatch", Rejected),
        ("token_not_authorized_for_specified_publish_id", AccessLost),
        ("rate_limit_exceeded", RateLimited),
        ("internal_error", Unreachable),
    ],
)
def test_a_refusal_is_known_by_its_code_whatever_the_status(
    fake: FakeTikTok, post: Post, code: str, error: type[ServiceError]
) -> None:
    client = client_of(fake)
    for status in (200, 400, 401, 403, 429):
        fake.break_next(refusal(code, status), pattern=INIT)

        with pytest.raises(error) as caught:
            client.begin(post)

        assert (type(caught.value), caught.value.code) == (error, code)
        assert caught.value.remedy == load_refusals("tiktok")[code].action
        assert (caught.value.request_id, caught.value.detail) == ("fake-log-3", "told so")
    assert fake.shown == []


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (Reply(401, "who are you"), TokenExpired),
        (Reply(403, "<html>blocked</html>"), Unreachable),
        (refusal("something_new", 403), Rejected),
        (refusal("something_new", 200), Rejected),
        (refusal("something_new", 401), TokenExpired),
        (404, Rejected),
        (429, RateLimited),
        (503, Unreachable),
        ("reset", Unreachable),
        ("html", UnexpectedReply),
        ("garbage", UnexpectedReply),
        (Reply(200, {"data": {}}), UnexpectedReply),
        (Reply(200, {"data": None, "error": {"code": "ok"}}), UnexpectedReply),
        (Reply(200, {"data": {"publish_id": "x", "upload_url": "no"}, "error": {"code": "ok"}}), UnexpectedReply),
    ],
)
def test_answers_without_a_known_code_are_told_by_their_status_and_form(
    fake: FakeTikTok, post: Post, damage: Any, error: type[ServiceError]
) -> None:
    fake.break_next(damage, pattern=INIT)

    with pytest.raises(error) as caught:
        client_of(fake).begin(post)

    assert type(caught.value) is error
    assert "fake-access" not in str(caught.value)


def test_a_rest_that_tiktok_asks_for_has_an_end(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    fake.posts_a_day = 0
    with pytest.raises(QuotaSpent) as capped:
        client.begin(post)
    fake.banned = True
    with pytest.raises(Restricted) as banned:
        client.begin(post)

    assert capped.value.until is not None
    assert capped.value.until - datetime.now(UTC) == pytest.approx(timedelta(hours=24), abs=timedelta(seconds=10))
    assert capped.value.status == 200
    assert banned.value.rest_hours == pytest.approx(168, abs=0.01)
    assert fake.calls(INIT) == []


def test_calls_that_come_too_fast_are_told_to_wait_a_minute(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    for _ in range(6):
        client.begin(post)

    with pytest.raises(RateLimited) as caught:
        client.begin(post)
    fake.advance(61)
    client.begin(post)

    assert caught.value.retry_after == 60
    fake.break_next(Reply(429, refusal("rate_limit_exceeded").body, {"Retry-After": "7"}))
    with pytest.raises(RateLimited) as told:
        client.choices()
    assert told.value.retry_after == 7


def test_too_many_waiting_drafts_rest_the_account(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake, mode="inbox")
    for _ in range(5):
        complete(fake, client, post)

    with pytest.raises(QuotaSpent, match="inbox"):
        client.begin(post)
    fake.finish_draft(fake.posts[0].publish_id)
    fake.advance(61)
    assert client.begin(post)


def test_an_app_without_an_audit_is_told_what_works(fake: FakeTikTok, tmp_path: Path) -> None:
    fake.audited = False
    client = client_of(fake)

    with pytest.raises(NotAllowed, match="not audited") as caught:
        client.begin(post_of(tmp_path))
    fake.private_account = True
    client.begin(post_of(tmp_path, consent=consent("SELF_ONLY")))

    assert 'mode = "inbox"' in caught.value.remedy
    assert "private" in caught.value.remedy


def test_a_direct_post_needs_the_right_to_post(fake: FakeTikTok, post: Post) -> None:
    only_drafts = fake.token(("user.info.basic", "video.upload"))

    with pytest.raises(AccessLost, match="did not grant") as caught:
        client_of(fake, token=only_drafts).begin(post)
    client_of(fake, token=only_drafts, mode="inbox").begin(post)

    assert "connect" in caught.value.remedy


def test_every_refusal_in_the_table_has_one_action_in_a_whole_sentence() -> None:
    for code, known in load_refusals("tiktok").items():
        assert known.means.endswith("."), code
        assert known.action.endswith("."), code


# Consent


def test_the_choices_are_those_of_the_account_now(fake: FakeTikTok) -> None:
    fake.private_account = fake.stitch_disabled = True

    choices = client_of(fake).choices()

    assert choices.privacy_level_options == ("FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
    assert (choices.username, choices.nickname, choices.max_seconds) == ("tess.ter", "Tess Ter", 300)
    assert (choices.comment_disabled, choices.duet_disabled, choices.stitch_disabled) == (False, False, True)
    assert client_of(fake).visibilities() == choices.privacy_level_options
    assert client_of(fake, mode="inbox").visibilities() == ()


@pytest.mark.parametrize("mode", ["direct", "inbox"])
def test_nothing_is_begun_before_somebody_agreed(fake: FakeTikTok, tmp_path: Path, mode: str) -> None:
    client, post = client_of(fake, mode=mode), post_of(tmp_path, consent=None)

    assert client.problems(post) == []
    with pytest.raises(Rejected) as caught:
        client.begin(post)

    assert "reelwright posts approve" in caught.value.remedy
    assert fake.requests == []


@pytest.mark.parametrize(
    "agreed",
    [consent(""), consent("public"), consent("SELF_ONLY", paid_partnership=True), consent("FOLLOWER_OF_CREATOR")],
)
def test_a_consent_that_cannot_be_kept_begins_nothing(fake: FakeTikTok, tmp_path: Path, agreed: Consent) -> None:
    with pytest.raises(Rejected) as caught:
        client_of(fake).begin(post_of(tmp_path, consent=agreed))

    assert "reelwright posts approve" in str(caught.value)
    assert fake.calls(INIT) == []


def test_a_visibility_that_went_away_since_names_what_is_left(fake: FakeTikTok, post: Post) -> None:
    fake.private_account = True

    with pytest.raises(Rejected, match=r"only as FOLLOWER_OF_CREATOR, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY"):
        client_of(fake).begin(post)

    fake.break_next(refusal("privacy_level_option_mismatch", 403), pattern=INIT)
    fake.private_account = False
    with pytest.raises(Rejected, match="visibility"):
        client_of(fake).begin(post)


def test_a_video_longer_than_the_account_may_post_is_not_begun(fake: FakeTikTok, post: Post) -> None:
    fake.max_seconds = 30

    with pytest.raises(Rejected, match=r"31\.5 s; this account may post 30 s"):
        client_of(fake).begin(post)

    assert fake.calls(INIT) == []


def test_problems_are_what_breaks_the_limits_or_the_rules(fake: FakeTikTok, tmp_path: Path) -> None:
    client = client_of(fake)
    assert client.problems(post_of(tmp_path)) == []

    long = client.problems(post_of(tmp_path, caption="🐙" * 1101))
    assert len(long) == 1
    assert "2202 utf16, 2200 are allowed" in long[0]
    assert client.problems(post_of(tmp_path, caption="🐙" * 1100)) == []
    (unchosen,) = client.problems(post_of(tmp_path, consent=consent("")))
    assert "PUBLIC_TO_EVERYONE" in unchosen
    (paid,) = client.problems(post_of(tmp_path, consent=consent("SELF_ONLY", paid_partnership=True)))
    assert "paid partnership" in paid
    assert client_of(fake, mode="inbox").problems(post_of(tmp_path, consent=consent(""))) == []
    video = VideoFacts(width=1080, height=1920, fps=20, seconds=601, bytes=4097 << 20, has_sound=True)
    assert len(client.problems(post_of(tmp_path, video=video))) == 3


def test_options_that_are_not_known_are_named(fake: FakeTikTok) -> None:
    with pytest.raises(ConfigError, match="chunk_megabytes"):
        client_of(fake, chunk_megabytes=31)
    with pytest.raises(ConfigError, match="shuffle"):
        client_of(fake, shuffle=True)


# Numbers


def test_numbers_are_told_for_videos_and_not_for_drafts(fake: FakeTikTok, post: Post) -> None:
    client = client_of(fake)
    complete(fake, client, post)
    (video,) = fake.posts[0].ids
    fake.fares(video, view_count=900, like_count=7, comment_count=0)

    found = client.numbers([str(video), fake.posts[0].publish_id, "7111111111111111111"])

    assert found == {str(video): Numbers(views=900, likes=7, comments=0, shares=None)}
    assert client.numbers(["v_inbox_file~v2-1.4"]) == {}


def test_numbers_of_many_videos_are_asked_for_twenty_at_once(fake: FakeTikTok) -> None:
    client_of(fake).numbers([str(number) for number in range(1, 42)])

    assert [len(call.json()["filters"]["video_ids"]) for call in fake.calls("POST /v2/video/query/")] == [20, 20, 1]
