from __future__ import annotations

import json
import logging
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes.instagram import FakeInstagram as Fake
from fakes.instagram import graph_error, upload_error
from fakes.server import Fake as FileServer
from fakes.server import Reply, Request, route

from core.clock import now
from core.errors import (
    AccessLost,
    ConfigError,
    FactoryError,
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
from core.posting import App, Disclosure, Numbers, Post, Standing, Token, VideoFacts
from core.settings import Settings
from integrations.platforms.base import Access, Platform, SignIn
from integrations.platforms.disk import pieces
from integrations.platforms.instagram import Instagram
from integrations.platforms.instagram_api import warn_before_end
from integrations.platforms.instagram_sign_in import FacebookSignIn, InstagramSignIn
from integrations.platforms.refusals import load_refusals
from integrations.platforms.talking import Comment, Talks

CAPTION = "An octopus has three hearts. #octopus\n\nMade with AI."
VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 800
FACTS = VideoFacts(width=1080, height=1920, fps=30, seconds=30.0, bytes=len(VIDEO), has_sound=True)
MAKE = r"POST /(ig|fb)/v26\.0/\d+/media"
SEND = r"POST /rupload/.*"
PUBLISH = r"POST .*/media_publish"
LIST = r"GET .*/\d+/media"
STATUS = r"GET /(ig|fb)/v26\.0/\d+"


@dataclass
class Keeper:
    """The way to a token, as the delivery has it: it may be replaced between two calls."""

    token: Token

    def current(self) -> Token:
        return self.token


class VideoServer(FileServer):
    """A public storage with one video in it."""

    @route("GET", r"/reel\.mp4")
    def video(self, request: Request) -> Reply:
        return Reply(200, VIDEO, {"Content-Type": "video/mp4"})

    @route("GET", r"/moved\.mp4")
    def moved(self, request: Request) -> Reply:
        return Reply(302, b"", {"Location": f"{self.url}/reel.mp4"})


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        yield fake


@pytest.fixture
def direct() -> Iterator[Fake]:
    """The same by the login of Instagram, where the video is fetched."""
    with Fake("instagram") as fake:
        yield fake


@pytest.fixture
def client(fake: Fake) -> Instagram:
    return client_of(fake)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    video = tmp_path / "reel.mp4"
    video.write_bytes(VIDEO)
    return Post(
        key="post-1", slug="octopus", title="Three hearts", caption=CAPTION, language="en", character="tess",
        files={"reel": video}, video=FACTS, cover_second=1.5,
    )  # fmt: skip


def client_of(fake: Fake, token: Token | None = None, **options: Any) -> Instagram:
    keeper = Keeper(token or fake.token())
    return Instagram(Access("instagram/tess", Settings(), fake.options() | options, keeper))


def ready(fake: Fake, client: Instagram, post: Post) -> str:
    """Take a post as far as it goes before it is published, and return its handle."""
    handle = client.begin(post)
    client.upload(post, handle)
    for _ in range(fake.busy_checks):
        assert client.check(post, handle).state == "processing"
    assert client.check(post, handle).state == "ready"
    return handle


def form_of(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def container_of(handle: str) -> str:
    return str(json.loads(handle)["container"])


# The way of a post ----------------------------------------------------------------------------------------------------


def test_it_is_a_platform_with_comments(client: Instagram) -> None:
    platform: Platform = client
    talks: Talks = client

    assert (platform.name, platform.replaces, platform.allows_marks) == ("instagram", False, True)
    assert (platform.needs_account, platform.needs_consent, platform.most_beginnings) == (True, False, 5)
    assert client.settle_seconds == 60
    assert talks is platform


def test_a_reel_goes_out_once_with_its_caption_and_its_label(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    assert fake.shown == []

    standing = client.finish(post, handle)

    assert fake.shown == [CAPTION]
    assert standing.receipt is not None
    assert standing.receipt.external_id == fake.media[0].id
    assert standing.receipt.url == f"https://www.instagram.com/reel/{fake.media[0].id}/"
    assert standing.receipt.visibility == "public"
    assert form_of(fake.calls(MAKE)[0]) == {
        "media_type": "REELS", "upload_type": "resumable", "caption": CAPTION, "share_to_feed": "true",
        "thumb_offset": "1500", "is_ai_generated": "true",
    }  # fmt: skip
    assert fake.containers[container_of(handle)].data == VIDEO
    assert fake.strangers == []


def test_the_handle_says_which_container_since_when_and_where_its_bytes_go(client: Instagram, post: Post) -> None:
    before = now()
    handle = json.loads(client.begin(post))

    assert handle["upload_path"] == f"/ig-api-upload/v26.0/{handle['container']}"
    assert before <= datetime.fromisoformat(handle["begun_at"]) <= now()


def test_a_reel_made_by_people_carries_no_label(fake: Fake, client: Instagram, post: Post) -> None:
    client.begin(post.model_copy(update={"disclosure": Disclosure(is_ai_made=False)}))

    assert "is_ai_generated" not in form_of(fake.calls(MAKE)[0])


def test_a_reel_can_be_kept_out_of_the_feed(fake: Fake, post: Post) -> None:
    client_of(fake, share_to_feed=False).begin(post)

    assert form_of(fake.calls(MAKE)[0])["share_to_feed"] == "false"


@pytest.mark.parametrize(("second", "sent"), [(0.0, "0"), (-2.0, "0"), (29.0, "29000"), (30.0, "29966"), (99, "29966")])
def test_the_cover_lies_within_the_video(fake: Fake, client: Instagram, post: Post, second: float, sent: str) -> None:
    handle = ready(fake, client, post.model_copy(update={"cover_second": second}))

    assert form_of(fake.calls(MAKE)[0])["thumb_offset"] == sent
    assert fake.containers[container_of(handle)].state == "FINISHED"


def test_instagram_fetches_the_video_itself_at_its_own_login(direct: Fake, post: Post) -> None:
    client = client_of(direct)
    with VideoServer() as storage:
        public = post.model_copy(update={"public_url": f"{storage.url}/reel.mp4"})
        handle = ready(direct, client, public)

    assert direct.containers[container_of(handle)].data == VIDEO
    assert client.finish(public, handle).state == "shown"
    assert (direct.shown, direct.calls(SEND)) == ([CAPTION], [])
    assert all(call.path.startswith("/ig/") for call in direct.requests)


def test_a_video_that_cannot_be_fetched_fails_the_container_but_a_new_one_may_do_better(
    direct: Fake, post: Post
) -> None:
    client = client_of(direct)
    with VideoServer() as storage:
        moved = post.model_copy(update={"public_url": f"{storage.url}/moved.mp4"})
        standing = client.check(moved, client.begin(moved))

    assert (standing.state, standing.may_begin_anew) == ("failed", True)
    assert "2207052" in standing.reason


def test_the_token_travels_only_in_headers_and_in_the_scheme_each_host_wants(
    fake: Fake, client: Instagram, post: Post
) -> None:
    handle = ready(fake, client, post)
    client.finish(post, handle)

    schemes = {(call.path.split("/")[1], call.headers["authorization"].split()[0]) for call in fake.requests}
    assert schemes == {("fb", "Bearer"), ("rupload", "OAuth")}
    assert not [call for call in fake.requests if "fake-token" in str(call.query) or b"fake-token" in call.body[:999]]


def test_every_step_takes_the_token_that_is_good_at_the_time(fake: Fake, post: Post) -> None:
    keeper = Keeper(fake.token())
    client = Instagram(Access("instagram/tess", Settings(), fake.options(), keeper))
    handle = client.begin(post)
    fake.expire_tokens()
    with pytest.raises(TokenExpired):
        client.upload(post, handle)
    keeper.token = fake.token()
    client.upload(post, handle)

    assert fake.containers[container_of(handle)].data == VIDEO


# What is refused before anything is sent ------------------------------------------------------------------------------


def test_a_good_post_has_no_problems_and_nothing_is_sent(fake: Fake, client: Instagram, post: Post) -> None:
    assert client.problems(post) == []
    assert fake.requests == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"caption": "x" * 2201}, "2201 characters"),
        ({"caption": " ".join(f"#tag{n}" for n in range(31))}, "31 hashtags"),
        ({"caption": " ".join(f"@name{n}" for n in range(21))}, "21 mentions"),
        ({"video": FACTS.model_copy(update={"seconds": 2.9})}, "2.9 s"),
        ({"video": FACTS.model_copy(update={"seconds": 901})}, "901.0 s"),
        ({"video": FACTS.model_copy(update={"bytes": 301_000_000})}, "287 MiB"),
        ({"video": FACTS.model_copy(update={"width": 1940, "height": 3440})}, "1940 pixels wide"),
        ({"video": FACTS.model_copy(update={"fps": 15})}, "15 frames"),
        ({"rating": 1}, "rated 1"),
        ({"files": {}}, "no video"),
    ],
)
def test_what_would_surely_be_refused_is_said(client: Instagram, post: Post, change: dict[str, Any], said: str) -> None:
    found = client.problems(post.model_copy(update=change))

    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("https://media.example.com/reel.mp4?X-Amz-Signature=1", True),
        ("https://1.1.1.1/reel.mp4", True),
        ("", False),
        ("http://media.example.com/reel.mp4", False),
        ("https://localhost/reel.mp4", False),
        ("https://studio.local/reel.mp4", False),
        ("https://127.0.0.1:8000/reel.mp4", False),
        ("https://192.168.1.4/reel.mp4", False),
        ("https://[::1]/reel.mp4", False),
        ("https://[broken/reel.mp4", False),
    ],
)
def test_the_login_by_instagram_needs_a_public_address(direct: Fake, post: Post, url: str, is_fine: bool) -> None:
    found = client_of(direct, needs_public_address=True).problems(post.model_copy(update={"public_url": url}))

    assert [("S3 storage with a public address" in problem) for problem in found] == ([] if is_fine else [True])


def test_the_login_by_facebook_needs_no_public_address(fake: Fake, post: Post) -> None:
    assert client_of(fake, needs_public_address=True).problems(post) == []


@pytest.mark.parametrize(
    "options", [{"login": "google"}, {"version": "26"}, {"sparkle": 1}, {"upload_url": "rupload.facebook.com"}]
)
def test_wrong_and_unknown_options_are_named(fake: Fake, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        client_of(fake, **options)


def test_an_account_of_the_other_login_is_told_to_connect_again(fake: Fake, post: Post) -> None:
    token = fake.token().model_copy(update={"kind": "instagram"})

    with pytest.raises(ConfigError, match="connected by instagram, but its option `login` is facebook"):
        client_of(fake, token).begin(post)
    assert fake.requests == []


def test_an_account_whose_id_is_not_known_must_be_connected_again(fake: Fake, post: Post) -> None:
    with pytest.raises(AccessLost, match="not known which account"):
        client_of(fake, fake.token().model_copy(update={"owner_id": ""})).begin(post)


def test_a_version_that_ends_soon_is_said_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        warn_before_end("v26.0", date(2028, 1, 1))
        warn_before_end("v25.0", date(2028, 4, 30))
        assert caplog.messages == []
        warn_before_end("v25.0", date(2028, 5, 1))
        warn_before_end("v25.0", date(2028, 5, 1))

    assert len(caplog.messages) == 1
    assert "v25.0 of the Graph API ends on 2028-07-29" in caplog.text


# Quota and limits of calls --------------------------------------------------------------------------------------------


def test_a_spent_quota_is_noticed_before_a_container_is_made(fake: Fake, client: Instagram, post: Post) -> None:
    fake.quota_used = fake.quota_total

    with pytest.raises(QuotaSpent, match="50 of 50") as caught:
        client.begin(post)
    assert caught.value.until is not None
    assert timedelta(minutes=59) < caught.value.until - now() <= timedelta(hours=1)
    assert fake.containers == {}


def test_a_quota_that_is_spent_meanwhile_stops_the_publishing(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    fake.quota_used = fake.quota_total

    with pytest.raises(QuotaSpent) as caught:
        client.finish(post, handle)
    assert caught.value.until is not None
    assert fake.shown == []


def test_much_use_is_said_in_the_log(
    fake: Fake, client: Instagram, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    fake.usage_percent = 79
    with caplog.at_level(logging.WARNING):
        client.begin(post)
        assert caplog.messages == []
        fake.usage_percent = 80
        client.begin(post)

    assert "80 % of the calls" in caplog.text


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 3600), (12, 720)])
def test_no_call_is_made_when_nearly_all_are_used(
    fake: Fake, client: Instagram, post: Post, minutes: int, seconds: int
) -> None:
    handle = ready(fake, client, post)
    fake.usage_percent, fake.regain_minutes = 95, minutes
    client.check(post, handle)
    before = len(fake.requests)

    for step in (client.check, client.finish):
        with pytest.raises(RateLimited) as caught:
            step(post, handle)
        assert caught.value.retry_after == pytest.approx(seconds, abs=5)
    assert len(fake.requests) == before
    assert fake.shown == []


def test_headers_that_make_no_sense_are_passed_over(fake: Fake, client: Instagram, post: Post) -> None:
    for text in ("many", '{"call_count": "lots"}', "[]"):
        quota = {"data": [{"quota_usage": 0, "config": {"quota_total": 50}}]}
        fake.break_next(Reply(200, quota, {"X-App-Usage": text, "X-Business-Use-Case-Usage": text}), times=1)
        client.begin(post)

    assert len(fake.containers) == 3


# Sending the bytes ----------------------------------------------------------------------------------------------------


def test_a_broken_upload_is_sent_once_more_from_the_beginning(fake: Fake, client: Instagram, post: Post) -> None:
    handle = client.begin(post)
    fake.keeps_bytes = 1000
    with pytest.raises(Unreachable):
        client.upload(post, handle)
    client.upload(post, handle)

    assert [call.headers["offset"] for call in fake.calls(SEND)] == ["0", "0"]
    assert {call.headers["file_size"] for call in fake.calls(SEND)} == {str(len(VIDEO))}
    assert fake.containers[container_of(handle)].data == VIDEO


def test_a_broken_upload_goes_on_where_it_ended_when_that_is_switched_on(fake: Fake, post: Post) -> None:
    client = client_of(fake, resume_uploads=True)
    handle = client.begin(post)
    fake.keeps_bytes = 1000
    with pytest.raises(Unreachable):
        client.upload(post, handle)
    client.upload(post, handle)

    assert [call.headers["offset"] for call in fake.calls(SEND)] == ["0", "1000"]
    assert len(fake.calls(SEND)[1].body) == len(VIDEO) - 1000
    assert fake.containers[container_of(handle)].data == VIDEO


@pytest.mark.parametrize("takes_again", [True, False])
def test_an_upload_whose_answer_was_lost_ends_well(
    fake: Fake, client: Instagram, post: Post, takes_again: bool
) -> None:
    fake.busy_checks, fake.takes_again = 2, takes_again
    handle = client.begin(post)
    fake.break_next("reset", pattern=SEND, moment="acted")
    with pytest.raises(Unreachable):
        client.upload(post, handle)
    for _ in range(3):
        try:
            client.upload(post, handle)
        except Unreachable:
            continue
    while client.check(post, handle).state == "processing":
        pass

    assert client.finish(post, handle).state == "shown"
    assert fake.containers[container_of(handle)].data == VIDEO


def test_nothing_is_sent_to_a_container_that_is_complete(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    client.upload(post, handle)

    assert len(fake.calls(SEND)) == 1


def test_nothing_is_sent_to_a_container_that_has_expired(fake: Fake, client: Instagram, post: Post) -> None:
    handle = client.begin(post)
    fake.advance(24 * 3600)
    client.upload(post, handle)

    assert fake.calls(SEND) == []
    assert client.check(post, handle).state == "absent"


def test_a_container_that_the_upload_host_gave_up_on_is_replaced(fake: Fake, client: Instagram, post: Post) -> None:
    handle = client.begin(post)
    fake.break_next(upload_error("ProcessingFailedError").reply, pattern=SEND)
    with pytest.raises(Unreachable, match="ProcessingFailedError") as caught:
        client.upload(post, handle)
    assert caught.value.code == "ProcessingFailedError"
    container = fake.containers[container_of(handle)]
    container.state, container.reason = "ERROR", "2207053"
    client.upload(post, handle)

    standing = client.check(post, handle)
    assert (standing.state, standing.may_begin_anew) == ("failed", True)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (upload_error("NotAuthorizedError", status=400).reply, TokenExpired),
        (upload_error("SomethingElse", status=401).reply, TokenExpired),
        (upload_error("PartialRequestError", status=503, retriable=True).reply, Unreachable),
        (graph_error(190, 463).reply, TokenExpired),
        (Reply(200, {"success": False, "message": "not today"}), Unreachable),
        (Reply(302, b"", {"Location": "http://127.0.0.1:1/"}), Unreachable),
        ("garbage", UnexpectedReply),
        ("html", UnexpectedReply),
        ("reset", Unreachable),
        (500, Unreachable),
    ],
)
def test_troubles_of_the_upload_are_told_apart(
    fake: Fake, client: Instagram, post: Post, damage: Any, error: type[ServiceError]
) -> None:
    handle = client.begin(post)
    fake.break_next(damage, pattern=SEND)

    with pytest.raises(error) as caught:
        client.upload(post, handle)
    assert type(caught.value) is error


def test_bytes_go_nowhere_but_to_the_known_upload_host(fake: Fake, client: Instagram, post: Post) -> None:
    for uri in (None, "https://rupload.example.net/x", f"{fake.url}.example.net/rupload/x"):
        fake.break_next(Reply(200, {"id": "1", "uri": uri}), pattern=MAKE)
        with pytest.raises(UnexpectedReply, match="upload host"):
            client.begin(post)


def test_a_large_video_is_held_in_memory_piece_by_piece(tmp_path: Path) -> None:
    video = tmp_path / "large.mp4"
    with video.open("wb") as file:
        file.truncate(300_000_000)

    tracemalloc.start()
    sent = sum(len(piece) for piece in pieces(video, 1000, 300_000_000 - 1000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent == 300_000_000 - 1000
    assert peak < 8_000_000


def test_a_video_that_is_gone_is_told_as_trouble_with_the_storage(client: Instagram, post: Post) -> None:
    handle = client.begin(post)
    post.files["reel"].unlink()

    with pytest.raises(FactoryError, match="Reading the video failed"):
        client.upload(post, handle)


# How far it is --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "may_begin_anew"),
    [(2207076, True), (2207001, True), (2207026, False), (2207050, False), (2207999, True)],
)
def test_a_failed_container_says_why_and_whether_another_may_do_better(
    fake: Fake, client: Instagram, post: Post, code: int, may_begin_anew: bool
) -> None:
    fake.fails_with, fake.busy_checks = code, 0
    handle = client.begin(post)
    client.upload(post, handle)

    standing = client.check(post, handle)
    assert (standing.state, standing.may_begin_anew) == ("failed", may_begin_anew)
    assert str(code) in standing.reason


def test_an_expired_container_is_absent(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    fake.advance(24 * 3600)

    assert client.check(post, handle).state == "absent"


@pytest.mark.parametrize("code", [2207008, 2207020])
def test_a_refusal_that_says_expired_counts_as_expired(fake: Fake, client: Instagram, post: Post, code: int) -> None:
    handle = client.begin(post)
    fake.break_next(graph_error(24, code).reply, pattern=STATUS)

    assert client.check(post, handle).state == "absent"


@pytest.mark.parametrize("answer", [{}, {"status_code": None}, {"status_code": "DONE"}, {"status_code": "finished"}])
def test_a_status_that_is_missing_or_unknown_is_never_ready(
    fake: Fake, client: Instagram, post: Post, answer: dict[str, Any]
) -> None:
    handle = ready(fake, client, post)
    fake.break_next(Reply(200, answer), pattern=STATUS, times=2)

    assert client.check(post, handle).state == "unclear"
    assert client.find(post, handle).state == "unclear"


@pytest.mark.parametrize("refusal", [graph_error(100, 33), graph_error(24, 2207006)])
def test_a_container_that_cannot_be_read_is_unclear(fake: Fake, client: Instagram, post: Post, refusal: Any) -> None:
    handle = ready(fake, client, post)
    fake.break_next(refusal.reply, pattern=STATUS, times=2)

    assert client.check(post, handle).state == "unclear"
    assert client.find(post, handle).state == "unclear"


def test_a_published_container_is_looked_for_and_processing_until_it_is_listed(
    fake: Fake, client: Instagram, post: Post
) -> None:
    handle = ready(fake, client, post)
    fake.shown_after = 600
    client.finish(post, handle)

    assert client.check(post, handle).state == client.find(post, handle).state == "processing"
    fake.advance(600)
    for standing in (client.check(post, handle), client.find(post, handle)):
        assert standing.receipt is not None
        assert standing.receipt.external_id == fake.media[0].id
        assert standing.receipt.url.endswith(f"/{fake.media[0].id}/")


# The one call that cannot be taken back -------------------------------------------------------------------------------


def test_an_address_that_cannot_be_had_does_not_lose_the_post(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    for damage in ("reset", 500, "garbage", graph_error(190).reply):
        fake.faults.clear()
        fake.containers[container_of(handle)].state = "FINISHED"
        fake.break_next(damage, pattern=STATUS)
        standing = client.finish(post, handle)

        assert standing.receipt is not None
        assert (standing.receipt.external_id, standing.receipt.url) == (fake.media[-1].id, "")


def test_publishing_too_early_surely_did_not_happen(fake: Fake, client: Instagram, post: Post) -> None:
    handle = client.begin(post)
    client.upload(post, handle)

    with pytest.raises(Unreachable, match="not ready yet, so nothing was published"):
        client.finish(post, handle)
    assert fake.shown == []
    while client.check(post, handle).state == "processing":
        pass
    assert client.finish(post, handle).state == "shown"


def test_publishing_an_expired_container_surely_did_not_happen(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    fake.advance(24 * 3600)

    with pytest.raises(Unreachable):
        client.finish(post, handle)
    assert client.find(post, handle).state == "absent"


def test_a_reel_that_is_live_although_it_was_called_spam_is_found(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    fake.says_spam_though_live = True

    with pytest.raises(OutcomeUnknown) as caught:
        client.finish(post, handle)
    assert (caught.value.code, caught.value.request_id) == ("2207051", "trace-1")
    assert client.find(post, handle).state == "shown"
    assert (len(fake.shown), len(fake.calls(PUBLISH))) == (1, 1)


@pytest.mark.parametrize(
    "damage",
    [
        "reset", "html", "garbage", "empty", 500, 502, 404, 403, 408, 302,
        Reply(200, {"success": True}), Reply(200, {"id": ""}), Reply(200, []),
        graph_error(1, status=500).reply, graph_error(2).reply, graph_error(-1, 2207001).reply,
        graph_error(4).reply, graph_error(4, 2207051).reply, graph_error(100, 33).reply, graph_error(506).reply,
        graph_error(24, 2207006).reply, graph_error(4711).reply, graph_error(4711, 12, transient=True).reply,
    ],
)  # fmt: skip
def test_an_answer_that_leaves_it_open_is_looked_up_and_never_sent_again(
    fake: Fake, client: Instagram, post: Post, damage: Any
) -> None:
    fake.busy_checks = 0
    handle = ready(fake, client, post)
    fake.break_next(damage, pattern=PUBLISH, moment="acted")

    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)

    assert client.find(post, handle).state == "shown"
    assert len(fake.calls(PUBLISH)) == 1
    assert fake.shown == [CAPTION]


@pytest.mark.parametrize("damage", ["reset", "html", 500, graph_error(4, 2207051).reply])
def test_what_surely_was_not_published_after_all_is_published_later(
    fake: Fake, client: Instagram, post: Post, damage: Any
) -> None:
    handle = ready(fake, client, post)
    fake.break_next(damage, pattern=PUBLISH)

    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)

    assert client.find(post, handle).state == "ready"
    assert client.finish(post, handle).state == "shown"
    assert fake.shown == [CAPTION]


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (graph_error(190, 463), TokenExpired),
        (graph_error(190, status=401), TokenExpired),
        (graph_error(102), TokenExpired),
        (graph_error(9, 2207042), QuotaSpent),
        (graph_error(9007, 2207027), Unreachable),
        (graph_error(9007), Unreachable),
        (graph_error(24, 2207008), Unreachable),
        (graph_error(25, 2207050), Restricted),
        (graph_error(368), Restricted),
        (graph_error(10), NotAllowed),
        (graph_error(210), NotAllowed),
        (graph_error(17), RateLimited),
        (graph_error(80014), RateLimited),
        (graph_error(100, 2207089), Rejected),
    ],
)
def test_a_refusal_that_is_known_surely_published_nothing(
    fake: Fake, client: Instagram, post: Post, refusal: Any, error: type[ServiceError]
) -> None:
    handle = ready(fake, client, post)
    fake.break_next(refusal.reply, pattern=PUBLISH)

    with pytest.raises(error) as caught:
        client.finish(post, handle)
    assert type(caught.value) is error
    assert fake.shown == []


def test_a_call_that_never_left_surely_published_nothing(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)

    with pytest.raises(Unreachable, match="could not be sent"):
        client_of(fake, facebook_graph_url="http://127.0.0.1:9").finish(post, handle)


# Finding out what became of it ----------------------------------------------------------------------------------------


def test_a_post_is_found_by_its_caption_and_its_time_and_not_by_being_the_newest(
    fake: Fake, client: Instagram, post: Post
) -> None:
    fake.add_media(CAPTION, seconds_ago=3600)
    handle = ready(fake, client, post)
    fake.break_next("reset", pattern=PUBLISH, moment="acted")
    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)
    ours = fake.media[-1].id
    for number in range(120):
        fake.add_media(f"Something else {number}")
    fake.advance(3600)
    fake.add_media("Posted by hand")

    standing = client.find(post, handle)

    assert standing.receipt is not None
    assert (standing.receipt.external_id, standing.receipt.other_ids) == (ours, ())
    assert len(fake.calls(LIST)) == 3
    assert not [call for call in fake.requests if "access_token" in call.query]


def test_white_space_around_the_caption_does_not_hide_a_post(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post.model_copy(update={"caption": f"{CAPTION}\n\n"}))
    ours = fake.add_media(CAPTION)

    standing = client.find(post, handle)
    assert standing.receipt is not None
    assert standing.receipt.external_id == ours


def test_all_ids_of_a_post_that_stands_there_twice_are_told(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    older, newer = fake.add_media(CAPTION, seconds_ago=30), fake.add_media(CAPTION)

    receipt = client.find(post, handle).receipt
    assert receipt is not None
    assert (receipt.external_id, receipt.other_ids) == (older, (newer,))


def test_a_post_of_another_day_is_not_taken_for_this_one(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    fake.add_media(CAPTION, seconds_ago=11 * 60)
    assert client.find(post, handle).state == "ready"

    fake.advance(25 * 3600)
    fake.add_media(CAPTION)
    assert client.find(post, handle).state == "absent"


def test_another_post_of_ours_with_the_same_caption_is_not_taken_for_this_one(
    fake: Fake, client: Instagram, post: Post
) -> None:
    earlier = fake.add_media(CAPTION)
    handle = ready(fake, client, post)

    assert client.find(post.model_copy(update={"newest_id": earlier}), handle).state == "ready"


def test_a_container_is_read_twice_before_it_counts_as_unpublished(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    before = len(fake.requests)

    assert client.find(post, handle).state == "ready"
    assert [call.method + " " + call.path.rsplit("/", 1)[-1] for call in fake.requests[before:]] == [
        f"GET {container_of(handle)}", "GET media", f"GET {container_of(handle)}"
    ]  # fmt: skip


def test_a_container_that_is_published_between_two_looks_is_not_ready(
    fake: Fake, client: Instagram, post: Post
) -> None:
    handle = ready(fake, client, post)
    fake.shown_after = 600

    def publish_meanwhile(moment: str, request: Request) -> None:
        if moment == "acted" and request.path.endswith("/media"):
            fake.containers[container_of(handle)].state = "PUBLISHED"

    fake.observers.append(publish_meanwhile)
    assert client.find(post, handle).state == "processing"


def test_a_container_still_at_work_is_processing(fake: Fake, client: Instagram, post: Post) -> None:
    handle = client.begin(post)
    client.upload(post, handle)

    assert client.find(post, handle).state == "processing"


def test_an_outage_never_means_that_nothing_was_published(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    fake.says_spam_though_live = True
    with pytest.raises(OutcomeUnknown):
        client.finish(post, handle)
    fake.outage = True
    assert client.find(post, handle).state == "unclear"
    fake.outage = False
    fake.break_next(graph_error(100, 33).reply, pattern=LIST)
    assert client.find(post, handle).state == "unclear"

    assert client.find(post, handle).state == "shown"


def test_other_troubles_in_looking_are_told_as_they_are(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    for pattern in (STATUS, LIST):
        for damage, error in (("reset", Unreachable), (graph_error(190).reply, TokenExpired), (503, Unreachable)):
            fake.break_next(damage, pattern=pattern)
            with pytest.raises(error):
                client.find(post, handle)


def test_a_dead_container_is_absent_unless_its_post_is_there(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    container = fake.containers[container_of(handle)]
    container.state, container.reason = "ERROR", "2207001"
    assert client.find(post, handle).state == "absent"
    container.state = "FINISHED"
    fake.advance(24 * 3600)
    assert client.find(post, handle).state == "absent"

    ours = fake.add_media(CAPTION, seconds_ago=23 * 3600)
    for state in ("ERROR", "EXPIRED"):
        container.state = state
        standing = client.find(post, handle)
        assert standing.receipt is not None
        assert standing.receipt.external_id == ours


def test_a_container_that_failed_through_the_post_itself_is_not_begun_anew(
    fake: Fake, client: Instagram, post: Post
) -> None:
    handle = ready(fake, client, post)
    container = fake.containers[container_of(handle)]
    container.state, container.reason = "ERROR", "2207026"

    standing = client.find(post, handle)
    assert (standing.state, standing.may_begin_anew) == ("failed", False)


def test_a_list_without_end_is_not_read_for_ever(fake: Fake, client: Instagram, post: Post) -> None:
    handle = ready(fake, client, post)
    page = {"data": [], "paging": {"cursors": {"after": "1"}, "next": "https://graph.facebook.com/next"}}
    fake.break_next(Reply(200, page), pattern=LIST, times=100)

    with pytest.raises(UnexpectedReply, match="no end"):
        client.find(post, handle)


# Interrupted anywhere -------------------------------------------------------------------------------------------------


def outcome(client: Instagram, post: Post) -> Standing:
    """Take a post to its end as a delivery does, through whatever goes wrong on the way."""
    handle, in_doubt = "", False
    for _ in range(60):
        try:
            handle = handle or client.begin(post)
            if not in_doubt:
                client.upload(post, handle)
            standing = (client.find if in_doubt else client.check)(post, handle)
            if standing.state == "ready":
                in_doubt = True
                standing = client.finish(post, handle)
            if standing.state == "shown":
                return standing
            if standing.state == "absent" or standing.may_begin_anew:
                handle, in_doubt = "", False
        except (Unreachable, UnexpectedReply, OutcomeUnknown):
            continue
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("moment", ["arrived", "acted"])
@pytest.mark.parametrize("damage", ["reset", "html"])
def test_trouble_at_any_exchange_ends_with_one_post(post: Post, damage: Any, moment: Any) -> None:
    with Fake() as whole:
        outcome(client_of(whole), post)
        exchanges = len(whole.requests)
    for place in range(exchanges):
        with Fake() as fake:
            break_at(fake, place, damage, moment)
            outcome(client_of(fake), post)
            assert fake.shown == [CAPTION], f"exchange {place}"
            assert fake.faults[0].times == 0


def break_at(fake: Fake, place: int, damage: Any, moment: Any) -> None:
    """Plan a failure of one exchange, counted from 0."""

    def strike(when: str, _: Request) -> None:
        if when == moment and len(fake.requests) == place + 1 and not fake.faults:
            fake.break_next(damage, moment=moment)

    fake.observers.append(strike)


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "error", "code"),
    [
        (graph_error(190, 460), TokenExpired, "190"),
        (graph_error(100, 33), Unreachable, "100/33"),
        (graph_error(4, 2207051, status=403), Restricted, "2207051"),
        (graph_error(1, 2207057), Rejected, "2207057"),
        (graph_error(-2, 2207003), Unreachable, "2207003"),
        (graph_error(36003, 2207010), Rejected, "2207010"),
        (graph_error(299), NotAllowed, "200"),
        (graph_error(80001), RateLimited, "80002"),
        (graph_error(4711, 12), Rejected, "4711/12"),
        (graph_error(4711), Rejected, "4711"),
        (graph_error(4711, transient=True), Unreachable, "4711"),
        (graph_error(4711, status=503), Unreachable, "4711"),
        (graph_error(4711, status=401), TokenExpired, "4711"),
    ],
)
def test_a_refusal_becomes_the_right_error_with_meta_s_code_words_and_trace(
    fake: Fake, client: Instagram, post: Post, refusal: Any, error: type[ServiceError], code: str
) -> None:
    fake.break_next(refusal.reply, pattern=MAKE)

    with pytest.raises(error) as caught:
        client.begin(post)
    assert type(caught.value) is error
    assert (caught.value.code, caught.value.request_id) == (code, "trace-1")
    assert "refused" in caught.value.detail


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (401, TokenExpired), (403, Unreachable), (404, Unreachable), (429, RateLimited), (500, Unreachable),
        ("html", UnexpectedReply), ("garbage", UnexpectedReply), ("reset", Unreachable), ("empty", UnexpectedReply),
        (Reply(200, {"id": 7}), UnexpectedReply), (Reply(301, b"", {"Location": "http://127.0.0.1:1/"}), Unreachable),
        (Reply(403, "<h1>Blocked</h1>"), Unreachable),
    ],
)  # fmt: skip
def test_answers_that_are_not_the_api_s_blame_neither_the_post_nor_the_account(
    fake: Fake, client: Instagram, post: Post, damage: Any, error: type[ServiceError]
) -> None:
    fake.break_next(damage, pattern=MAKE)

    with pytest.raises(error) as caught:
        client.begin(post)
    assert type(caught.value) is error


def test_a_rate_limit_says_how_long_to_wait(fake: Fake, client: Instagram, post: Post) -> None:
    entry = [{"type": "instagram", "call_count": 60, "estimated_time_to_regain_access": 7}]
    limited = graph_error(80002).reply
    limited.headers["X-Business-Use-Case-Usage"] = json.dumps({"1": entry})
    fake.break_next(limited, pattern=MAKE)

    with pytest.raises(RateLimited) as caught:
        client.begin(post)
    assert caught.value.retry_after == 420


def test_a_right_that_was_not_granted_is_the_operator_s_business(fake: Fake, post: Post) -> None:
    with pytest.raises(NotAllowed):
        client_of(fake, fake.token(scopes=("instagram_basic",))).begin(post)


def test_no_error_tells_a_token_an_upload_address_or_the_caption(
    fake: Fake, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    token = fake.token()
    client = client_of(fake, token)
    handle = ready(fake, client, post)
    told = []
    for step, pattern in (
        (lambda: client.begin(post), MAKE),
        (lambda: client.finish(post, handle), PUBLISH),
        (lambda: client.find(post, handle), LIST),
    ):
        for damage in ("reset", 500, "html", graph_error(190).reply):
            fake.break_next(damage, pattern=pattern)
            with pytest.raises(ServiceError) as caught:
                step()
            told.append(f"{caught.value} {caught.value!r}")

    assert len(told) == 12
    for text in (*told, *(record.getMessage() for record in caplog.records if record.name.startswith("integrations"))):
        assert token.access not in text
        assert "three hearts" not in text
    assert "fake-token" not in repr(token)


def test_the_table_of_refusals_holds_every_code_of_the_documentation() -> None:
    table = load_refusals("instagram")
    subcodes = (
        "01 03 04 05 06 08 09 10 20 23 26 27 28 32 42 50 51 52 53 57 76 77 82 85 89".split()  # noqa: SIM905
    )

    assert {f"22070{end}" for end in subcodes} <= table.keys()
    assert {"100/33", "190", "4", "17", "32", "613", "80002", "1", "2", "9004", "9007"} <= table.keys()
    assert all(refusal.means.endswith(".") and refusal.action.endswith(".") for refusal in table.values())


# Numbers and comments -------------------------------------------------------------------------------------------------


def test_numbers_are_told_for_the_posts_that_are_known(fake: Fake, client: Instagram) -> None:
    ours = fake.add_media(CAPTION)
    fake.add_comment(ours, "Lovely")

    assert client.numbers([ours, "999"]) == {ours: Numbers(views=7, likes=3, comments=1, shares=7)}


def test_views_are_left_out_where_that_right_was_not_granted(fake: Fake) -> None:
    ours = fake.add_media(CAPTION)
    client = client_of(fake, fake.token(scopes=("instagram_basic",)))

    assert client.numbers([ours]) == {ours: Numbers(likes=3, comments=0)}


def test_numbers_whose_reading_fails_are_not_taken_for_unknown_posts(fake: Fake, client: Instagram) -> None:
    ours = fake.add_media(CAPTION)
    fake.break_next(500)

    with pytest.raises(Unreachable):
        client.numbers([ours])


def test_comments_come_oldest_first_with_ours_and_with_what_cannot_be_answered(fake: Fake, client: Instagram) -> None:
    ours = fake.add_media(CAPTION, seconds_ago=9000)
    fake.add_comment(ours, "Too old", seconds_ago=5000)
    first = fake.add_comment(ours, "How many hearts?", seconds_ago=300)
    hidden = fake.add_comment(ours, "Buy followers", seconds_ago=200, hidden=True)
    answer = fake.add_comment(ours, "Three!", username=Fake.OWNER_NAME, parent=first, seconds_ago=100)

    found = client.comments(ours, datetime.now(UTC) - timedelta(seconds=3600))

    assert [(one.id, one.parent_id, one.is_ours, one.can_reply) for one in found] == [
        (first, "", False, True), (hidden, "", False, False), (answer, first, True, False)
    ]  # fmt: skip
    assert (found[0].author_name, found[0].author_id, found[0].post_id) == ("ann", "user-ann", ours)


def test_many_comments_are_read_page_by_page_as_far_as_needed(fake: Fake, client: Instagram) -> None:
    ours = fake.add_media(CAPTION)
    for number in range(230):
        fake.add_comment(ours, f"Comment {number}", seconds_ago=10 * number)

    found = client.comments(ours, datetime.now(UTC) - timedelta(seconds=1195))

    assert [one.text for one in found] == [f"Comment {number}" for number in reversed(range(120))]
    assert len(fake.calls(r"GET .*/comments")) == 3


def test_a_comment_is_answered_once_and_the_answer_is_found(fake: Fake, client: Instagram) -> None:
    ours = fake.add_media(CAPTION)
    fake.add_comment(ours, "How many hearts?")
    comment = client.comments(ours, datetime.now(UTC) - timedelta(hours=1))[0]
    fake.add_comment(ours, "Three!", parent=comment.id)
    assert client.find_reply(comment, "Three!") is None

    reply = client.reply(comment, "Three!")

    assert client.find_reply(comment, "Three! ") == reply
    assert client.find_reply(comment, "Four!") is None


def test_an_answer_that_was_lost_is_looked_up(fake: Fake, client: Instagram) -> None:
    ours = fake.add_media(CAPTION)
    fake.add_comment(ours, "How many hearts?")
    comment = client.comments(ours, datetime.now(UTC) - timedelta(hours=1))[0]
    for damage in ("reset", 500, "html", "garbage"):
        fake.comments[1:] = []
        fake.break_next(damage, pattern=r"POST .*/replies", moment="acted")
        with pytest.raises(OutcomeUnknown):
            client.reply(comment, "Three!")

        assert client.find_reply(comment, "Three!") == fake.comments[1].id
    assert len(fake.calls(r"POST .*/replies")) == 4


@pytest.mark.parametrize("change", [{"parent_id": "17"}, {"can_reply": False}])
def test_what_cannot_be_answered_is_not_tried(fake: Fake, client: Instagram, change: dict[str, Any]) -> None:
    comment = Comment(id="18", post_id="1", text="Hm", at=now())

    with pytest.raises(Rejected, match="can be answered"):
        client.reply(comment.model_copy(update=change), "Three!")
    assert fake.requests == []


# Both logins ----------------------------------------------------------------------------------------------------------


def sign_in_of(fake: Fake, **options: Any) -> SignIn:
    sign_in = Instagram.sign_in
    assert sign_in is not None
    return sign_in(fake.options() | options)


def test_the_option_chooses_the_login(fake: Fake, direct: Fake) -> None:
    assert Instagram.sign_in is InstagramSignIn
    assert type(InstagramSignIn({})) is InstagramSignIn
    assert type(sign_in_of(direct)) is InstagramSignIn
    assert type(sign_in_of(fake)) is FacebookSignIn
    for sign_in in (InstagramSignIn, FacebookSignIn):
        assert sign_in.optional_scopes < sign_in.scopes.keys()
        assert sign_in.rotates is False
        assert all(reason.endswith(".") for reason in sign_in.scopes.values())


@pytest.mark.parametrize(
    ("options", "address", "scope"),
    [
        ({}, "https://www.instagram.com/oauth/authorize", "instagram_business_content_publish"),
        ({"login": "facebook"}, "https://www.facebook.com/v26.0/dialog/oauth", "instagram_content_publish"),
    ],
)
def test_a_person_is_sent_to_the_right_page(options: dict[str, Any], address: str, scope: str) -> None:
    app = App(client_id="fake-app-1", client_secret="fake-secret-1")
    sign_in: SignIn = InstagramSignIn(options)

    url = sign_in.authorize_url(app, redirect_uri=Fake.REDIRECT, state="s-1", challenge="c-1")

    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.split("?")[0] == address
    assert (query["client_id"], query["redirect_uri"], query["state"]) == ("fake-app-1", Fake.REDIRECT, "s-1")
    assert query["response_type"] == "code"
    assert scope in query["scope"].split(",")
    assert "fake-secret-1" not in url


@pytest.mark.parametrize("login", ["instagram", "facebook"])
def test_a_code_becomes_a_token_of_sixty_days_that_can_post(login: Any, post: Post) -> None:
    with Fake(login) as fake, VideoServer() as storage:
        ending = "#_" if login == "instagram" else ""
        token = sign_in_of(fake).exchange(
            fake.APP, code=fake.grant() + ending, redirect_uri=fake.REDIRECT, verifier="v"
        )

        assert (token.kind, token.owner_id, token.owner_name) == (login, fake.OWNER_ID, fake.OWNER_NAME)
        assert (token.scopes, token.app, token.refresh) == (fake.granted, fake.APP, "")
        assert token.expires_at is not None
        assert timedelta(days=59) < token.expires_at - now() <= timedelta(days=60)
        client = client_of(fake, token)
        public = post.model_copy(update={"public_url": f"{storage.url}/reel.mp4"})
        assert client.finish(public, ready(fake, client, public)).state == "shown"


@pytest.mark.parametrize("login", ["instagram", "facebook"])
def test_a_refused_code_needs_a_person(login: Any) -> None:
    with Fake(login) as fake:
        for code, redirect in (("fake-code-9", fake.REDIRECT), (fake.grant(), "https://elsewhere.example/")):
            with pytest.raises(AccessLost, match="refuses the login"):
                sign_in_of(fake).exchange(fake.APP, code=code, redirect_uri=redirect, verifier="v")


def test_the_first_token_may_stand_in_a_list_or_not(direct: Fake) -> None:
    code = direct.grant()
    short = direct._issue("instagram", direct.granted, timedelta(hours=1), long=False)
    plain = {"access_token": short, "user_id": 7, "permissions": list(direct.granted)}
    direct.break_next(Reply(200, plain), pattern=r"POST /api/.*")

    token = sign_in_of(direct).exchange(direct.APP, code=code, redirect_uri=direct.REDIRECT, verifier="v")
    assert token.scopes == direct.granted


def test_the_account_is_picked_by_name_where_there_are_several(fake: Fake) -> None:
    fake.linked = [("17", "other.name"), (fake.OWNER_ID, fake.OWNER_NAME)]
    with pytest.raises(AccessLost, match=r"other\.name, tess\.dives"):
        sign_in_of(fake).exchange(fake.APP, code=fake.grant(), redirect_uri=fake.REDIRECT, verifier="v")
    named = sign_in_of(fake, username=fake.OWNER_NAME)
    token = named.exchange(fake.APP, code=fake.grant(), redirect_uri=fake.REDIRECT, verifier="v")
    assert token.owner_id == fake.OWNER_ID

    fake.linked = []
    with pytest.raises(AccessLost, match="none"):
        named.exchange(fake.APP, code=fake.grant(), redirect_uri=fake.REDIRECT, verifier="v")


@pytest.mark.parametrize("login", ["instagram", "facebook"])
def test_a_renewed_token_is_good_again_and_keeps_what_the_answer_leaves_out(login: Any, post: Post) -> None:
    with Fake(login) as fake:
        old = fake.token()
        fake.expire_tokens()
        fresh = sign_in_of(fake).renew(old)

        assert fresh.access != old.access
        assert (fresh.scopes, fresh.owner_id, fresh.kind, fresh.app) == (old.scopes, old.owner_id, login, fake.APP)
        assert fresh.expires_at is not None
        assert fresh.expires_at - now() > timedelta(days=59)
        assert fresh.obtained_at > old.obtained_at
        with pytest.raises(TokenExpired):
            client_of(fake, old).numbers(["1"])
        assert client_of(fake, fresh).numbers(["1"]) == {}


@pytest.mark.parametrize("login", ["instagram", "facebook"])
def test_a_token_that_was_taken_back_or_has_ended_needs_a_person(login: Any) -> None:
    with Fake(login) as fake:
        taken, ended = fake.token(), fake.token(age=timedelta(days=61))
        fake.take_back_tokens()
        with pytest.raises(AccessLost, match="does not renew") as caught:
            sign_in_of(fake).renew(taken)
        assert caught.value.code == "190"
        before = len(fake.requests)
        with pytest.raises(AccessLost, match="has ended"):
            sign_in_of(fake).renew(ended)
        assert len(fake.requests) == before


def test_a_token_younger_than_a_day_stays_in_use(direct: Fake) -> None:
    young = direct.token(age=timedelta(hours=23))

    with pytest.raises(Unreachable, match="the old one stays in use"):
        sign_in_of(direct).renew(young)
    direct.advance(3601)
    assert sign_in_of(direct).renew(young).access != young.access


@pytest.mark.parametrize("login", ["instagram", "facebook"])
@pytest.mark.parametrize("damage", ["reset", "html", "garbage", 500, 403])
def test_trouble_on_the_way_does_not_lose_the_account_and_tells_no_secret(login: Any, damage: Any) -> None:
    with Fake(login) as fake:
        token = fake.token()
        fake.break_next(damage)
        with pytest.raises(Unreachable) as caught:
            sign_in_of(fake).renew(token)

        told = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
        assert token.access not in told
        assert fake.APP.client_secret not in told
        assert sign_in_of(fake).renew(token).access != token.access


def test_a_facebook_token_without_its_app_needs_a_person(fake: Fake) -> None:
    with pytest.raises(AccessLost, match="app that got this token"):
        sign_in_of(fake).renew(fake.token().model_copy(update={"app": None}))


# The stand-in itself --------------------------------------------------------------------------------------------------


def test_the_label_can_be_read_back_from_the_post(fake: Fake, client: Instagram, post: Post) -> None:
    client.finish(post, ready(fake, client, post))
    query = {"fields": "is_ai_generated"}
    headers = {"authorization": f"Bearer {fake.token().access}"}
    request = Request("GET", f"/fb/v26.0/{fake.media[0].id}", query, headers, b"")

    assert fake.answer(request).body["is_ai_generated"] is True
