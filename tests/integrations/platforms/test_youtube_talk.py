from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.server import Damage, Reply
from fakes.youtube import CHANNEL, STATUS, FakeYouTube, Video
from platforms import FixedToken

from core.clock import now
from core.errors import AccessLost, OutcomeUnknown, QuotaSpent, Rejected, ServiceError, TokenExpired, Unreachable
from core.posting import Token
from core.settings import Settings
from integrations.platforms.base import Access
from integrations.platforms.talking import Comment, Talks
from integrations.platforms.youtube import YouTube

SETTINGS = Settings(_env_file=None)
VIDEO = "video-1"
REPLY = r"POST /youtube/v3/comments"
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
CUTS: list[tuple[Damage, bool, str]] = [
    ("reset", True, "ReadError"),
    ("reset", False, "RemoteProtocolError"),
    ("html", False, ""),
    ("garbage", False, ""),
    ("empty", False, ""),
    (500, False, ""),
    (503, False, ""),
    (Reply(200, {"kind": "youtube#comment"}), False, "id"),
    (Reply(200, b"\x80\x81"), False, ""),
]
"""Ways to lose an answer, whether the connection is cut by a reset or closed cleanly, and what is told of it."""


@pytest.fixture
def fake() -> Iterator[FakeYouTube]:
    with FakeYouTube() as fake:
        status = dict.fromkeys(STATUS, False) | {"privacyStatus": "public", "uploadStatus": "processed"}
        fake.videos[VIDEO] = Video(VIDEO, {"title": "Hearts"}, status, {}, now(), "", 0)
        yield fake


def client_of(fake: FakeYouTube, token: Token | None = None, **options: Any) -> YouTube:
    given = fake.options() | options
    return YouTube(Access("youtube/jonah", SETTINGS, given, FixedToken(token or fake.token())))


def only_comment(client: YouTube) -> Comment:
    (comment,) = client.comments(VIDEO, BEGINNING)
    return comment


def test_it_can_talk(fake: FakeYouTube) -> None:
    talks: Talks = client_of(fake)

    assert talks.comments(VIDEO, BEGINNING) == []


def test_comments_and_replies_come_oldest_first_with_who_said_them(fake: FakeYouTube) -> None:
    first = fake.say(VIDEO, "Is that true?", by="UC-tess")
    fake.advance(10)
    second = fake.say(VIDEO, "Three hearts!", can_reply=False)
    fake.advance(10)
    ours = fake.say(VIDEO, "It is.", under=first, by=CHANNEL)

    told = client_of(fake).comments(VIDEO, BEGINNING)

    assert [comment.id for comment in told] == [first, second, ours]
    assert [comment.text for comment in told] == ["Is that true?", "Three hearts!", "It is."]
    assert [comment.parent_id for comment in told] == ["", "", first]
    assert [comment.is_ours for comment in told] == [False, False, True]
    assert [comment.can_reply for comment in told] == [True, False, True]
    assert (told[0].author_id, told[0].author_name, told[0].post_id) == ("UC-tess", "@UC-tess", VIDEO)
    assert told[0].at.tzinfo is not None


def test_only_what_is_new_is_told_also_in_old_threads(fake: FakeYouTube) -> None:
    old = fake.say(VIDEO, "First!")
    fake.advance(3600)
    fresh = [fake.say(VIDEO, f"Answer {number}", under=old) for number in range(3)]

    told = client_of(fake).comments(VIDEO, now() + timedelta(minutes=30))

    assert [comment.id for comment in told] == fresh
    assert len(fake.calls(r"GET /youtube/v3/comments")) == 1, "the thread shows only some of its replies"


def test_threads_are_read_page_by_page_up_to_the_limit(fake: FakeYouTube) -> None:
    names = [fake.say(VIDEO, f"Comment {number}") for number in range(7)]
    fake.page = 2

    assert [comment.id for comment in client_of(fake).comments(VIDEO, BEGINNING)] == names[::-1]
    assert {comment.id for comment in client_of(fake, comment_pages=2).comments(VIDEO, BEGINNING)} == set(names[3:])


def test_a_video_whose_comments_are_off_has_none(fake: FakeYouTube) -> None:
    fake.closed_comments.add(VIDEO)

    assert client_of(fake).comments(VIDEO, BEGINNING) == []
    with pytest.raises(Rejected) as caught:
        client_of(fake).comments("video-9", BEGINNING)
    assert caught.value.code == "videoNotFound"


def test_a_reply_goes_below_the_comment_at_the_top(fake: FakeYouTube) -> None:
    top = fake.say(VIDEO, "Is that true?")
    client = client_of(fake)

    reply = client.reply(only_comment(client), "It is — all three. 🐙")

    assert fake.comments[reply] | {"at": None} == {
        "video": VIDEO, "under": top, "by": CHANNEL, "text": "It is — all three. 🐙", "at": None, "can_reply": True,
    }  # fmt: skip
    below = next(comment for comment in client.comments(VIDEO, BEGINNING) if comment.parent_id)
    again = client.reply(below, "Really.")
    assert fake.comments[again]["under"] == top


@pytest.mark.parametrize(("damage", "hard", "told"), CUTS)
def test_a_reply_whose_answer_is_lost_was_sent_once_and_is_found(
    fake: FakeYouTube, damage: Damage, hard: bool, told: str
) -> None:
    fake.say(VIDEO, "Is that true?")
    client = client_of(fake)
    comment = only_comment(client)
    fake.hard = hard
    fake.break_next(damage, pattern=REPLY, moment="acted")

    with pytest.raises(OutcomeUnknown) as caught:
        client.reply(comment, "It is.")

    assert told in caught.value.detail
    assert len(fake.calls(REPLY)) == 1
    (ours,) = [name for name, each in fake.comments.items() if each["by"] == CHANNEL]
    assert client_of(fake).find_reply(comment, "It is.") == ours


@pytest.mark.parametrize("hard", [True, False])
def test_a_reply_that_never_arrived_was_sent_once_and_is_not_found(fake: FakeYouTube, hard: bool) -> None:
    fake.say(VIDEO, "Is that true?")
    client = client_of(fake)
    comment = only_comment(client)
    fake.hard = hard
    fake.break_next("reset", pattern=REPLY)

    with pytest.raises(OutcomeUnknown):
        client.reply(comment, "It is.")

    assert len(fake.calls(REPLY)) == 1
    assert client.find_reply(comment, "It is.") is None


def test_a_connection_that_was_closed_while_it_rested_makes_no_second_reply(fake: FakeYouTube) -> None:
    fake.say(VIDEO, "Is that true?")
    client = client_of(fake)
    comment = only_comment(client)
    fake.break_next("reset", pattern=REPLY, moment="acted", times=2)

    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            client.reply(comment, "It is.")

    assert len(fake.calls(REPLY)) == 2, "one request for each call"


def test_nothing_is_sent_where_nobody_listens(fake: FakeYouTube) -> None:
    fake.say(VIDEO, "Is that true?")
    client = client_of(fake)
    comment = only_comment(client)
    fake.stop()

    with pytest.raises(ServiceError) as caught:
        client_of(fake).reply(comment, "It is.")

    assert type(caught.value) is Unreachable


def test_our_reply_is_told_from_others_by_author_and_text(fake: FakeYouTube) -> None:
    top = fake.say(VIDEO, "Is that true?")
    fake.say(VIDEO, "It is.", under=top, by="UC-somebody")
    for number in range(5):
        fake.say(VIDEO, f"It is {number}.", under=top, by=CHANNEL)
    ours = fake.say(VIDEO, "It  is.\n", under=top, by=CHANNEL)
    fake.page = 2
    client = client_of(fake)
    comment = next(each for each in client.comments(VIDEO, BEGINNING) if each.id == top)

    assert client.find_reply(comment, "It is.") == ours
    assert client.find_reply(comment, "It is not.") is None


def test_a_comment_that_cannot_be_answered_costs_nothing(fake: FakeYouTube) -> None:
    fake.say(VIDEO, "No answers, please.", can_reply=False)
    client = client_of(fake)
    comment = only_comment(client)

    with pytest.raises(Rejected, match="cannot be answered"):
        client.reply(comment, "Too bad.")

    assert fake.calls(REPLY) == []


@pytest.mark.parametrize(
    ("comment", "text", "code"),
    [
        ({"id": "comment-0"}, "Hello.", "parentCommentNotFound"),
        ({}, " ", "commentTextRequired"),
        ({}, "x" * 10_001, "commentTextTooLong"),
    ],
)
def test_a_reply_that_is_refused_says_why(fake: FakeYouTube, comment: dict[str, str], text: str, code: str) -> None:
    fake.say(VIDEO, "Is that true?")
    client = client_of(fake)
    given = only_comment(client).model_copy(update=comment)

    with pytest.raises(Rejected) as caught:
        client.reply(given, text)

    assert caught.value.code == code
    assert len(fake.calls(REPLY)) == 1


def test_a_reply_without_token_rights_or_quota_was_not_sent(fake: FakeYouTube) -> None:
    fake.say(VIDEO, "Is that true?")
    client = client_of(fake)
    comment = only_comment(client)

    with pytest.raises(AccessLost):
        client_of(fake, fake.token(scopes=set())).reply(comment, "It is.")
    fake.expire_tokens()
    with pytest.raises(TokenExpired):
        client.reply(comment, "It is.")
    fake.quota["units"] = 0
    with pytest.raises(QuotaSpent):
        client_of(fake).reply(comment, "It is.")

    assert not any(each["by"] == CHANNEL for each in fake.comments.values())
