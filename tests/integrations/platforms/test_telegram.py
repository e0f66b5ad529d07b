"""A Telegram channel: what each step promises, and that a post whose answer was lost is never made twice."""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Moment, Reply, Request
from fakes.telegram import FakeTelegram as Fake
from platforms import FixedToken

from core.errors import (
    AccessLost,
    BadInput,
    ConfigError,
    FactoryError,
    NotAllowed,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Restricted,
    ServiceError,
    StorageError,
    UnexpectedReply,
    Unreachable,
)
from core.log import redact
from core.posting import Post, Receipt, Token, VideoFacts
from core.settings import Settings
from integrations.platforms import Access, Platform, platform_class
from integrations.platforms.refusals import ERRORS, load_refusals
from integrations.platforms.telegram import MOST_NEWER, Begun, TelegramChannel

CAPTION = "Three hearts <b> & blue blood. 🐙\n\nMade with AI. #octopus rw1a2b3c4d5e"
VIDEO = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 400
COVER = b"\xff\xd8\xff\xe0" + b"cover" * 100
SETTINGS = Settings(_env_file=None)
SEND = r"POST /bot.*/sendVideo"
FORWARD = r"POST /bot.*/forwardMessage"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        yield fake


@pytest.fixture
def channel(fake: Fake) -> TelegramChannel:
    return channel_of(fake)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return make_post(tmp_path)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TelegramChannel, "settle_seconds", 0.0)


def channel_of(fake: Fake, token: Token | None = None, **options: Any) -> TelegramChannel:
    given = {**fake.options(), **options}
    return TelegramChannel(Access("telegram/reef", SETTINGS, given, FixedToken(token or fake.token())))


def make_post(tmp_path: Path, **changes: Any) -> Post:
    files = {"reel": tmp_path / "a.mp4", "cover": tmp_path / "a.jpg", "captions_srt": tmp_path / "a.srt"}
    for path, content in zip(files.values(), (VIDEO, COVER, b"1\n"), strict=True):
        path.write_bytes(content)
    facts = VideoFacts(width=1080, height=1920, fps=30, seconds=31.4, bytes=len(VIDEO), has_sound=True)
    known: dict[str, Any] = {
        "key": "post/telegram/reef/reel-12", "slug": "0012-hearts", "title": "Hearts", "caption": CAPTION,
        "language": "en", "character": "tess", "files": files, "video": facts,
    }  # fmt: skip
    return Post(**{**known, **changes})


def lose(channel: TelegramChannel, fake: Fake, post: Post, *, moment: Moment = "acted") -> str:
    """Send a post, lose the answer, and return the handle."""
    handle = channel.begin(post)
    fake.break_next("reset", pattern=SEND, moment=moment)
    with pytest.raises(OutcomeUnknown):
        channel.finish(post, handle)
    return handle


# Connecting


def test_a_pasted_key_is_tried_and_tells_the_channel_and_its_newest_number(fake: Fake) -> None:
    token = TelegramChannel.accept_key(fake.options(), f"  {fake.key}\n")

    assert (token.access, token.kind, token.expires_at) == (fake.key, "bot", None)
    assert (token.owner_id, token.owner_name) == (str(Fake.CHANNEL), "@reefreels")
    assert token.memory == {"last_message_id": "41"}
    assert fake.channel.messages == {}
    [greeting] = fake.calls(r".*/sendMessage")
    assert b"disable_notification=true" in greeting.body
    assert fake.strangers == []


@pytest.mark.parametrize("key", ["", "secret", "7000", "7000:", ":abc", "7000:with space", "7000:a/../b", "0:abc"])
def test_what_is_no_bot_token_is_refused_and_never_sent(fake: Fake, key: str) -> None:
    with pytest.raises(ConfigError, match="no bot token") as caught:
        TelegramChannel.accept_key(fake.options(), key)

    assert "BotFather" in caught.value.remedy
    assert fake.requests == []


def test_a_revoked_key_is_refused(fake: Fake) -> None:
    key = fake.key
    fake.expire_tokens()

    with pytest.raises(AccessLost, match="does not know this bot token"):
        TelegramChannel.accept_key(fake.options(), key)


def test_connecting_says_when_the_bot_may_not_post_and_writes_nothing(fake: Fake) -> None:
    fake.can_post = False

    with pytest.raises(NotAllowed, match="may not post") as caught:
        TelegramChannel.accept_key(fake.options(), fake.key)

    assert "right to post messages" in caught.value.remedy
    assert fake.channel.newest == 40


def test_a_greeting_that_could_not_be_deleted_is_named(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    fake.break_next("reset", pattern=r".*/deleteMessage")

    token = TelegramChannel.accept_key(fake.options(), fake.key)

    assert token.memory == {"last_message_id": "41"}
    assert "https://t.me/reefreels/41" in caplog.text


@pytest.mark.parametrize("place", ["the channel itself", "another channel", "a public group", "the linked group"])
def test_a_lookout_where_others_would_see_copies_is_refused(
    fake: Fake, channel: TelegramChannel, post: Post, place: str
) -> None:
    handle, lookout = lose(channel, fake, post), Fake.LOOKOUT
    if place == "the channel itself":
        lookout = Fake.CHANNEL
    elif place == "another channel":
        fake.lookout.type = "channel"
    elif place == "a public group":
        fake.lookout.type, fake.lookout.username = "supergroup", "reef_fans"
    else:
        fake.lookout.type, fake.channel.linked_chat_id = "supergroup", Fake.LOOKOUT

    with pytest.raises(NotAllowed, match="others would see"):
        channel_of(fake, lookout_chat=lookout).find(post, handle)
    with pytest.raises(NotAllowed, match="others would see"):
        TelegramChannel.accept_key({**fake.options(), "lookout_chat": lookout}, fake.key)

    assert fake.calls(FORWARD) == []
    assert fake.shown == [CAPTION]


def test_a_private_group_can_be_the_lookout(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    fake.lookout.type = "supergroup"

    assert channel.find(post, lose(channel, fake, post)).state == "shown"


# Options and problems


def test_it_is_a_platform_with_a_pasted_key(fake: Fake, channel: TelegramChannel) -> None:
    platform: Platform = channel

    assert platform_class("telegram") is TelegramChannel
    assert (platform.name, platform.needs_account, platform.sign_in) == ("telegram", True, None)
    assert (platform.needs_consent, platform.allows_marks, platform.replaces) == (False, True, False)
    assert platform.most_beginnings == 3
    assert platform.numbers(["41"]) == {}
    assert fake.requests == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"chat": ""}, "chat"),
        ({"chat": "https://t.me/reefreels"}, "chat"),
        ({"lookout_chat": "me"}, "lookout_chat"),
        ({"base_url": "api.telegram.org"}, "base_url"),
        ({"look_ahead": 0}, "look_ahead"),
        ({"silent": True}, "silent"),
    ],
)
def test_wrong_and_unknown_options_are_named(fake: Fake, options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=rf"options of telegram have faults: {named}:"):
        channel_of(fake, **options)


def test_a_channel_must_be_named() -> None:
    with pytest.raises(ConfigError, match="chat: Field required"):
        TelegramChannel(Access("telegram/reef", SETTINGS, {}))


def test_chats_may_be_written_as_numbers(fake: Fake, post: Post) -> None:
    channel = channel_of(fake, chat=Fake.CHANNEL, lookout_chat=Fake.LOOKOUT)

    assert channel.find(post, lose(channel, fake, post)).state == "shown"


def test_a_good_post_has_no_problems_and_asking_sends_nothing(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    assert channel.problems(post) == []
    assert fake.requests == []


@pytest.mark.parametrize(
    ("caption", "problem"), [("🐙" * 513, "1026 utf16, 1024 are allowed"), (" \u200b\n", "caption is empty")]
)
def test_captions_that_are_too_long_or_empty_are_problems(
    channel: TelegramChannel, tmp_path: Path, caption: str, problem: str
) -> None:
    assert problem in " ".join(channel.problems(make_post(tmp_path, caption=caption)))
    assert channel.problems(make_post(tmp_path, caption="🐙" * 512)) == []


def test_a_server_of_ones_own_takes_larger_videos(fake: Fake, tmp_path: Path) -> None:
    facts = VideoFacts(width=1080, height=1920, fps=30, seconds=60, bytes=60_000_000, has_sound=True)
    post = make_post(tmp_path, video=facts)

    assert "57 MiB, 47 are allowed" in " ".join(channel_of(fake).problems(post))
    assert channel_of(fake, local_server=True).problems(post) == []


# begin, upload, check


def test_nothing_is_shown_before_finish(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    handle = channel.begin(post)
    channel.upload(post, handle)

    assert channel.check(post, handle).state == "ready"
    assert (fake.shown, fake.channel.newest) == ([], 40)


@pytest.mark.parametrize(
    ("newest", "remembered", "after"),
    [("", "40", 40), ("57", "40", 57), ("39", "40", 40), ("", "", None), ("x", "", None)],
)
def test_the_handle_knows_the_newest_number_that_is_known(
    fake: Fake, post: Post, newest: str, remembered: str, after: int | None
) -> None:
    memory = {"last_message_id": remembered} if remembered else {}
    channel = channel_of(fake, fake.token().model_copy(update={"memory": memory}))

    handle = channel.begin(post.model_copy(update={"newest_id": newest}))

    assert Begun.model_validate_json(handle).after == after


def test_a_bot_without_the_right_to_post_is_told_before_anything_is_sent(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    fake.membership = "member"

    with pytest.raises(NotAllowed, match="may not post"):
        channel.begin(post)


@pytest.mark.parametrize("membership", ["left", "kicked"])
def test_a_bot_that_was_removed_has_lost_its_access(
    fake: Fake, channel: TelegramChannel, post: Post, membership: str
) -> None:
    fake.membership = membership

    with pytest.raises(AccessLost, match="removed") as caught:
        channel.begin(post)

    assert "administrator" in caught.value.remedy


def test_a_group_is_no_channel(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    fake.channel.type = "supergroup"

    with pytest.raises(NotAllowed, match="a supergroup, not a channel"):
        channel.begin(post)


def test_an_account_connected_for_another_channel_is_not_used(fake: Fake, post: Post) -> None:
    channel = channel_of(fake, fake.token().model_copy(update={"owner_id": "-1009"}))

    with pytest.raises(NotAllowed, match="names another channel"):
        channel.begin(post)


def test_a_channel_the_bot_does_not_know_is_for_the_operator(fake: Fake, post: Post) -> None:
    with pytest.raises(NotAllowed, match="does not find the chat") as caught:
        channel_of(fake, chat="@nobodyhere").begin(post)

    assert "`chat`" in caught.value.remedy


@pytest.mark.parametrize("handle", ["", "41", "{}", '{"channel": "x", "after": 1, "begun_at": "2026-01-01T00:00:00Z"}'])
def test_a_foreign_handle_is_refused_and_sends_nothing(
    fake: Fake, channel: TelegramChannel, post: Post, handle: str
) -> None:
    for step in (channel.finish, channel.find):
        with pytest.raises(BadInput, match="handle"):
            step(post, handle)

    assert fake.requests == []


# finish


def test_finishing_publishes_the_video_as_it_is(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    standing = channel.finish(post, channel.begin(post))

    assert standing.receipt == Receipt(external_id="41", url="https://t.me/reefreels/41")
    assert fake.shown == fake.published == [CAPTION]
    video = fake.channel.messages[41]["video"]
    assert (video["width"], video["height"], video["duration"]) == (1080, 1920, 31)
    assert video["file_size"] == len(VIDEO)
    [sent] = fake.calls(SEND)
    assert VIDEO in sent.body
    assert COVER in sent.body
    assert b'name="supports_streaming"\r\n\r\ntrue' in sent.body
    assert b"parse_mode" not in sent.body
    channel.dress(post, standing.receipt)
    assert len(fake.calls()) == 3


def test_a_cover_that_is_not_wanted_is_not_sent(fake: Fake, post: Post) -> None:
    channel = channel_of(fake, send_cover=False)

    channel.finish(post, channel.begin(post))

    assert COVER not in fake.calls(SEND)[0].body
    assert fake.shown == [CAPTION]


def test_a_channel_without_a_name_is_seen_by_those_let_in(fake: Fake, post: Post) -> None:
    fake.channel.username = ""
    channel = channel_of(fake)

    standing = channel.finish(post, channel.begin(post))

    assert standing.receipt is not None
    assert (standing.receipt.url, standing.receipt.visibility) == ("https://t.me/c/1234567890/41", "unlisted")


def test_a_video_that_has_disappeared_is_a_storage_error_and_nothing_is_sent(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    handle = channel.begin(post)
    post.files["reel"].unlink()

    with pytest.raises(StorageError, match="Reading the files"):
        channel.finish(post, handle)

    assert fake.calls(SEND) == []


@pytest.mark.parametrize(
    ("status", "description", "error"),
    [
        (401, "Unauthorized", AccessLost),
        (404, "Not Found", AccessLost),
        (403, "Forbidden: bot was kicked from the channel chat", AccessLost),
        (403, "Forbidden: bot is not a member of the channel chat", AccessLost),
        (400, "Bad Request: CHANNEL_PRIVATE", AccessLost),
        (400, "Bad Request: need administrator rights in the channel chat", NotAllowed),
        (400, "Bad Request: not enough rights to send videos to the chat", NotAllowed),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", NotAllowed),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", NotAllowed),
        (400, "Bad Request: chat not found", NotAllowed),
        (400, "Bad Request: Logged out", NotAllowed),
        (400, "Bad Request: FROZEN_METHOD_INVALID", Restricted),
        (400, "Bad Request: CHAT_RESTRICTED", Restricted),
        (400, "Bad Request: message caption is too long", Rejected),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Rejected),
        (400, "Bad Request: IMAGE_PROCESS_FAILED", Rejected),
        (400, "Bad Request: file must be non-empty", Rejected),
        (400, "Bad Request: something nobody has seen", Rejected),
        (413, "Request Entity Too Large", Rejected),
        (429, "Too Many Requests: retry later", RateLimited),
    ],
)
def test_refusals_say_what_to_do_and_nothing_is_shown(
    fake: Fake, channel: TelegramChannel, post: Post, status: int, description: str, error: type[ServiceError]
) -> None:
    handle = channel.begin(post)
    fake.break_next(fake.answer_of(status, description), pattern=SEND)

    with pytest.raises(error) as caught:
        channel.finish(post, handle)

    assert type(caught.value) is error
    assert description.removeprefix("Bad Request: ").lower() in caught.value.detail.lower()
    assert caught.value.remedy
    assert fake.shown == []


def test_every_refusal_in_the_table_gives_its_error_before_a_more_general_one(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    handle = channel.begin(post)
    for beginning, refusal in load_refusals("telegram").items():
        fake.break_next(fake.answer_of(400, f"Bad Request: {beginning} and more"), pattern=SEND)
        with pytest.raises(ERRORS[refusal.kind]) as caught:
            channel.finish(post, handle)
        assert caught.value.message == refusal.means
        assert caught.value.remedy == refusal.action


def test_what_is_too_long_or_too_large_for_telegram_is_rejected(
    fake: Fake, channel: TelegramChannel, tmp_path: Path
) -> None:
    handle = channel.begin(make_post(tmp_path))

    with pytest.raises(Rejected, match="longer than Telegram allows"):
        channel.finish(make_post(tmp_path, caption="x" * 1025), handle)
    fake.largest = 1000
    with pytest.raises(Rejected, match="larger than this server"):
        channel.finish(make_post(tmp_path), handle)

    assert fake.shown == []


@pytest.mark.parametrize("as_timedelta", [False, True])
def test_a_flood_says_how_long_to_wait(
    fake: Fake, channel: TelegramChannel, post: Post, monkeypatch: pytest.MonkeyPatch, *, as_timedelta: bool
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", str(as_timedelta).lower())
    handle = channel.begin(post)
    fake.break_next(fake.answer_of(429, "Too Many Requests: retry after 37", retry_after=37), pattern=SEND)

    with pytest.raises(RateLimited) as caught:
        channel.finish(post, handle)

    assert caught.value.retry_after == 37
    assert len(fake.calls(SEND)) == 1


def test_a_chat_that_moved_names_its_new_number(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    moved = fake.answer_of(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009)
    fake.break_next(moved, pattern=r".*/getChat")

    with pytest.raises(NotAllowed) as caught:
        channel.begin(post)

    assert "-1009" in caught.value.remedy


def test_a_server_that_cannot_be_reached_was_sent_nothing(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    handle = channel.begin(post)
    nowhere = channel_of(fake, base_url="http://127.0.0.1:9")

    for step in (nowhere.finish, nowhere.find):
        with pytest.raises(Unreachable):
            step(post, handle)
    with pytest.raises(Unreachable):
        nowhere.begin(post)


@pytest.mark.parametrize("moment", ["arrived", "acted"])
@pytest.mark.parametrize("damage", ["reset", "html", "garbage", "empty", 500, 502, 504, 302])
def test_an_answer_that_tells_nothing_is_looked_up_and_never_sent_again(
    fake: Fake, channel: TelegramChannel, post: Post, damage: Any, moment: Moment
) -> None:
    handle = channel.begin(post)
    fake.break_next(damage, pattern=SEND, moment=moment)

    with pytest.raises(OutcomeUnknown):
        channel.finish(post, handle)

    assert len(fake.calls(SEND)) == 1
    assert channel.find(post, handle).state == ("shown" if moment == "acted" else "absent")
    assert len(fake.shown) == (1 if moment == "acted" else 0)
    assert fake.lookout.messages == {}


@pytest.mark.parametrize(
    "body", [{}, {"ok": True}, {"ok": True, "result": True}, {"ok": True, "result": {}}, {"result": []}, [1], "ok"]
)
def test_an_answer_of_another_form_is_looked_up(fake: Fake, channel: TelegramChannel, post: Post, body: Any) -> None:
    handle = channel.begin(post)
    reply = fake.answer_of(200, "")
    reply.body = body
    fake.break_next(reply, pattern=SEND, moment="acted")

    with pytest.raises(OutcomeUnknown):
        channel.finish(post, handle)

    assert channel.find(post, handle).state == "shown"


def test_a_send_that_takes_too_long_is_looked_up(fake: Fake, post: Post) -> None:
    channel = channel_of(fake, timeout_seconds=0.3)
    handle = channel.begin(post)
    fake.break_next("hang", pattern=SEND, moment="acted")

    with pytest.raises(OutcomeUnknown, match="did not answer"):
        channel.finish(post, handle)

    standing = channel.find(post, handle)
    assert standing.receipt == Receipt(external_id="41", url="https://t.me/reefreels/41")


# find


@pytest.mark.parametrize("call", ["getChat", "getChatMember"])
@pytest.mark.parametrize(("damage", "error"), [("reset", Unreachable), (502, Unreachable), ("html", UnexpectedReply)])
def test_questions_that_fail_may_be_asked_again(
    fake: Fake, channel: TelegramChannel, post: Post, call: str, damage: Any, error: type[ServiceError]
) -> None:
    fake.break_next(damage, pattern=rf".*/{call}")
    with pytest.raises(error):
        channel.begin(post)

    assert channel.finish(post, channel.begin(post)).state == "shown"


@pytest.mark.parametrize("cut_moment", ["arrived", "acted"])
@pytest.mark.parametrize("send_moment", ["arrived", "acted"])
def test_a_lost_send_and_a_crash_at_any_other_exchange_end_with_exactly_one_post(
    fake: Fake, channel: TelegramChannel, tmp_path: Path, send_moment: Moment, cut_moment: Moment
) -> None:
    exchanges = 7 if send_moment == "acted" else 11
    for number in range(1, exchanges + 1):
        post = make_post(tmp_path, caption=f"Reel number {number}.", newest_id=str(fake.channel.newest))
        fake.break_next("reset", pattern=SEND, moment=send_moment)
        cut(fake, number, cut_moment)

        states = carry_through(channel, post)

        assert all(fault.times == 0 for fault in fake.faults)
        assert "finishing" in states
        assert fake.published.count(post.caption) == fake.shown.count(post.caption) == 1
    assert len(fake.shown) == exchanges


def cut(fake: Fake, number: int, moment: Moment) -> None:
    """Cut the connection of the n-th exchange from now on, before or after the service acts."""
    arrivals = itertools.count(1)

    def plan(at: Moment, _: Request) -> None:
        if at == "arrived" and next(arrivals) == number:
            fake.break_next("reset", moment=moment)

    fake.observers[:] = [plan]


def carry_through(channel: TelegramChannel, post: Post) -> list[str]:
    """Take a post along as a delivery does, going on after every lost exchange; return the states it went through."""
    state, handle, lived = "intended", "", []
    while state != "shown":
        lived.append(state)
        with contextlib.suppress(Unreachable, OutcomeUnknown):
            match state:
                case "intended":
                    handle, state = channel.begin(post), "begun"
                case "begun":
                    state = "finishing"
                    state = channel.finish(post, handle).state
                case "finishing":
                    state = {"absent": "intended", "shown": "shown"}[channel.find(post, handle).state]
    return lived


def test_a_process_that_died_right_after_sending_finds_its_post(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    handle = channel.begin(post)
    channel.finish(post, handle)

    assert channel_of(fake).find(post, handle).receipt == Receipt(external_id="41", url="https://t.me/reefreels/41")
    assert fake.published == [CAPTION]


def test_posts_of_people_gaps_and_service_messages_in_between_are_passed_over(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    handle = channel.begin(post)
    for number in range(8):
        gone = fake.post_by_person(f"News {number}", video=3000 if number % 2 else 0)
        if number % 3 == 0:
            del fake.channel.messages[gone]
    for _ in range(fake.options()["look_ahead"]):
        fake.post_by_person(service=True)
    fake.break_next("reset", pattern=SEND, moment="acted")
    with pytest.raises(OutcomeUnknown):
        channel.finish(post, handle)
    fake.post_by_person("Later news")

    standing = channel.find(post, handle)

    assert standing.receipt == Receipt(external_id="52", url="https://t.me/reefreels/52")
    assert fake.lookout.messages == {}
    assert len(fake.published) == 1


@pytest.mark.parametrize("words", ["message was not forwarded", "MESSAGE_ID_INVALID"])
def test_a_deleted_post_that_the_server_remembers_is_a_gap(
    fake: Fake, channel: TelegramChannel, post: Post, words: str
) -> None:
    handle = channel.begin(post)
    fake.post_by_person("Deleted in a moment")
    fake.break_next("reset", pattern=SEND, moment="acted")
    with pytest.raises(OutcomeUnknown):
        channel.finish(post, handle)
    fake.break_next(fake.answer_of(400, f"Bad Request: {words}"), pattern=FORWARD)

    assert channel.find(post, handle).state == "shown"


def test_what_was_not_sent_is_absent_and_a_new_beginning_posts_it_once(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    handle = lose(channel, fake, post, moment="arrived")
    fake.post_by_person("News", video=3000)

    assert channel.find(post, handle).state == "absent"
    assert len(fake.calls(FORWARD)) == 1 + fake.options()["look_ahead"]
    channel.finish(post, channel.begin(post))

    assert fake.published == [CAPTION]


def test_a_post_that_a_person_deleted_is_absent(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    handle = lose(channel, fake, post)
    fake.channel.messages.clear()

    assert fake.shown == []
    assert channel.find(post, handle).state == "absent"


def test_a_caption_is_known_again_however_telegram_sets_its_spaces(
    fake: Fake, channel: TelegramChannel, tmp_path: Path
) -> None:
    post = make_post(tmp_path, caption=f"  {CAPTION}\u00a0\u2028 end\r\n ")
    handle = lose(channel, fake, post)
    fake.channel.messages[41]["caption"] = f"{CAPTION} end"

    assert channel.find(post, handle).state == "shown"


def test_a_caption_that_a_person_changed_leaves_it_to_a_person(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    handle = lose(channel, fake, post)
    fake.channel.messages[41]["caption"] = "Three hearts! Join us."

    standing = channel.find(post, handle)

    assert standing.state == "unclear"
    assert "post 41 is as large as ours" in standing.reason
    assert "https://t.me/reefreels" in standing.reason


def test_a_picture_with_our_caption_is_not_our_video(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    handle = lose(channel, fake, post, moment="arrived")
    del fake.channel.messages[fake.post_by_person(CAPTION, video=3000)]["video"]

    assert channel.find(post, handle).state == "absent"


@pytest.mark.parametrize("missing", ["lookout", "number", "protection", "time"])
def test_where_the_bot_cannot_look_a_person_is_told_where_to(
    fake: Fake, channel: TelegramChannel, post: Post, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "lookout":
        channel = channel_of(fake, lookout_chat="")
    if missing == "number":
        channel = channel_of(fake, fake.token().model_copy(update={"memory": {}}))
    if missing == "protection":
        fake.channel.has_protected_content = True
    if missing == "time":
        monkeypatch.setattr(TelegramChannel, "settle_seconds", 60.0)
    handle = lose(channel, fake, post)

    standing = channel.find(post, handle)

    words = {"lookout": "lookout_chat", "number": "not known", "protection": "forbids saving", "time": "too early"}
    assert standing.state == "unclear"
    assert words[missing] in standing.reason
    assert "https://t.me/reefreels" in standing.reason
    assert fake.calls(FORWARD) == []


def test_after_a_minute_it_is_not_too_early_any_more(
    fake: Fake, channel: TelegramChannel, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TelegramChannel, "settle_seconds", 60.0)
    begun = Begun.model_validate_json(lose(channel, fake, post))

    older = begun.model_copy(update={"begun_at": begun.begun_at - timedelta(seconds=61)})

    assert channel.find(post, older.model_dump_json()).state == "shown"


def test_a_channel_full_of_newer_posts_is_left_to_a_person(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    handle = channel.begin(post)
    for number in range(MOST_NEWER + 1):
        fake.post_by_person(f"News {number}")

    standing = channel.find(post, handle)

    assert standing.state == "unclear"
    assert "newer posts of others" in standing.reason
    assert len(fake.calls(FORWARD)) == MOST_NEWER


def test_a_lost_answer_to_a_look_leaves_a_copy_with_the_operator_only(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    handle = lose(channel, fake, post)
    fake.break_next("reset", pattern=FORWARD, moment="acted")

    with pytest.raises(Unreachable):
        channel.find(post, handle)

    assert len(fake.lookout.messages) == 1
    assert channel.find(post, handle).state == "shown"
    assert len(fake.lookout.messages) == 1
    assert fake.shown == [CAPTION]


def test_a_copy_that_cannot_be_deleted_does_not_hide_what_was_seen(
    fake: Fake, channel: TelegramChannel, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    handle = lose(channel, fake, post)
    fake.break_next(500, pattern=r".*/deleteMessage")

    assert channel.find(post, handle).state == "shown"
    assert "delete it by hand" in caplog.text


def test_a_flood_while_looking_says_how_long_to_wait(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    handle = lose(channel, fake, post, moment="arrived")
    fake.post_by_person("News")
    fake.post_by_person("More news")
    fake.most_a_minute = 1

    with pytest.raises(RateLimited) as caught:
        channel.find(post, handle)

    assert caught.value.retry_after is not None
    assert 55 < caught.value.retry_after < 65
    fake.advance(61)
    fake.most_a_minute = 2
    assert channel.find(post, handle).state == "absent"


def test_a_person_who_never_started_the_bot_is_no_lookout(fake: Fake, channel: TelegramChannel, post: Post) -> None:
    handle = lose(channel, fake, post)
    forbidden = fake.answer_of(403, "Forbidden: bot can't initiate conversation with a user")
    fake.break_next(forbidden, pattern=FORWARD)

    with pytest.raises(NotAllowed) as caught:
        channel.find(post, handle)

    assert "Start" in caught.value.remedy


def test_looking_goes_on_in_the_channel_where_the_post_was_begun(
    fake: Fake, channel: TelegramChannel, post: Post
) -> None:
    handle = lose(channel, fake, post)

    assert channel_of(fake, chat="@elsewhere").find(post, handle).state == "shown"


# Secrets


PAGE = Fake.HTML * 100


@pytest.mark.parametrize("damage", [Reply(200, PAGE), Reply(502, PAGE), "garbage", 401, "reset"])
def test_the_token_and_whole_bodies_reach_no_error_and_no_log(
    fake: Fake, channel: TelegramChannel, post: Post, damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    handle = channel.begin(post)
    fake.break_next(damage, pattern=r".*/(sendVideo|getChat)", times=2)

    for step in (lambda: channel.finish(post, handle), lambda: channel.begin(post)):
        with pytest.raises(FactoryError) as caught:
            step()
        chain: BaseException | None = caught.value
        while chain is not None:
            assert fake.key not in f"{chain} {chain!r}"
            assert PAGE not in str(chain)
            chain = chain.__cause__
    assert fake.key not in redact(caplog.text)
    assert PAGE not in caplog.text


def test_several_channels_can_be_posted_to_at_once(fake: Fake, tmp_path: Path) -> None:
    posts = [make_post(tmp_path, caption=f"Reel {number}") for number in range(4)]

    def send(post: Post) -> None:
        channel = channel_of(fake)
        channel.finish(post, channel.begin(post))

    threads = [threading.Thread(target=send, args=(post,)) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(fake.shown) == [f"Reel {number}" for number in range(4)]
