from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fakes.server import Damage, Reply
from fakes.youtube import APP, CHANNEL, CHANNEL_NAME, FORCE, READ, UPLOAD, UPLOADS, FakeYouTube
from platforms import FixedToken

from core.clock import now
from core.errors import (
    AccessLost,
    NotAllowed,
    RateLimited,
    ServiceError,
    TokenExpired,
    UnexpectedReply,
    Unreachable,
)
from core.posting import Token
from core.settings import Settings
from integrations.platforms.base import Access, SignIn
from integrations.platforms.youtube import YouTube
from integrations.platforms.youtube_sign_in import YouTubeSignIn

VERIFIER = "fake-verifier-0123456789-0123456789-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "http://127.0.0.1:4949/connected"
TOKEN = r"POST /token"


@pytest.fixture
def fake() -> Iterator[FakeYouTube]:
    with FakeYouTube() as fake:
        yield fake


@pytest.fixture
def sign_in(fake: FakeYouTube) -> YouTubeSignIn:
    return YouTubeSignIn(fake.options())


def code_for(fake: FakeYouTube, sign_in: SignIn, **changes: Any) -> str:
    address = sign_in.authorize_url(APP, redirect_uri=BACK, state="fake-state-1", challenge=CHALLENGE)
    return fake.let_in(address, **changes)


def exchanged(sign_in: SignIn, code: str) -> Token:
    return sign_in.exchange(APP, code=code, redirect_uri=BACK, verifier=VERIFIER)


def test_a_channel_is_connected_by_a_code(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    token = exchanged(sign_in, code_for(fake, sign_in))

    assert (token.owner_id, token.owner_name) == (CHANNEL, CHANNEL_NAME)
    assert token.memory == {"uploads": UPLOADS}
    assert set(token.scopes) == set(sign_in.scopes) == {UPLOAD, FORCE, READ}
    assert token.refresh in fake.refresh
    assert token.app == APP
    assert token.expires_at is not None
    assert timedelta(minutes=59) < token.expires_at - now() < timedelta(hours=1)
    assert token.refresh_expires_at is None
    access = Access("youtube/jonah", Settings(_env_file=None), fake.options(), FixedToken(token))
    assert YouTube(access).numbers(["video-0"]) == {}


def test_every_right_is_explained(sign_in: YouTubeSignIn) -> None:
    known: SignIn = sign_in

    assert known.rotates is False
    assert known.optional_scopes == frozenset()
    assert all(len(why) > 20 for why in known.scopes.values())
    assert "In production" in known.app_help


def test_the_end_of_a_limited_refresh_token_is_kept(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    code = code_for(fake, sign_in)
    answer = {
        "access_token": fake.token().access,
        "expires_in": 3599,
        "refresh_token": "fake-refresh-0",
        "refresh_token_expires_in": 604_799,
        "scope": " ".join(sign_in.scopes),
    }
    fake.break_next(Reply(200, answer), pattern=TOKEN)

    token = exchanged(sign_in, code)

    assert token.refresh_expires_at is not None
    assert timedelta(days=6) < token.refresh_expires_at - now() < timedelta(days=7)


@pytest.mark.parametrize("changes", [{"verifier": "another"}, {"code": "fake-code-0"}])
def test_a_wrong_code_or_verifier_lets_nobody_in(
    fake: FakeYouTube, sign_in: YouTubeSignIn, changes: dict[str, str]
) -> None:
    given = {"code": code_for(fake, sign_in), "redirect_uri": BACK, "verifier": VERIFIER} | changes

    with pytest.raises(AccessLost):
        sign_in.exchange(APP, **given)


def test_a_redirect_address_that_google_does_not_know_is_for_the_operator(
    fake: FakeYouTube, sign_in: YouTubeSignIn
) -> None:
    code = code_for(fake, sign_in)

    with pytest.raises(NotAllowed) as caught:
        sign_in.exchange(APP, code=code, redirect_uri="http://127.0.0.1/else", verifier=VERIFIER)

    assert "redirect address" in caught.value.remedy


def test_a_right_that_was_unticked_is_named(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    code = code_for(fake, sign_in, scopes={UPLOAD, READ})

    with pytest.raises(AccessLost) as caught:
        exchanged(sign_in, code)

    assert caught.value.detail == "youtube.force-ssl"
    assert "ticked" in caught.value.remedy


def test_a_google_account_without_a_channel_is_told_to_create_one(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    fake.has_channel = False
    code = code_for(fake, sign_in)

    with pytest.raises(AccessLost) as caught:
        exchanged(sign_in, code)

    assert "https://www.youtube.com/create_channel" in caught.value.remedy


def test_a_sign_in_that_could_not_be_renewed_is_not_taken(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    fake.leaves_out.add("refresh_token")
    code = code_for(fake, sign_in)

    with pytest.raises(AccessLost) as caught:
        exchanged(sign_in, code)

    assert "https://myaccount.google.com/permissions" in caught.value.remedy


def test_a_renewal_keeps_the_refresh_token_and_all_that_is_known(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    old = fake.token()
    fake.expire_tokens()

    fresh = sign_in.renew(old)

    assert fresh.access in fake.access
    assert (fresh.refresh, fresh.owner_id, fresh.memory, fresh.app) == (old.refresh, CHANNEL, old.memory, APP)
    assert fresh.expires_at is not None
    assert fresh.expires_at > now() + timedelta(minutes=59)
    assert sign_in.renew(old).access in fake.access, "the refresh token is not used up"


def test_a_refresh_token_that_google_changes_is_taken(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    old = fake.token()
    answer = {"access_token": "fake-access-9", "expires_in": 3599, "refresh_token": "fake-refresh-9"}
    fake.break_next(Reply(200, answer), pattern=TOKEN)

    fresh = sign_in.renew(old)

    assert (fresh.access, fresh.refresh, fresh.scopes) == ("fake-access-9", "fake-refresh-9", old.scopes)


def test_a_sign_in_that_has_ended_names_the_causes(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    old = fake.token()
    fake.revoke()

    with pytest.raises(AccessLost) as caught:
        sign_in.renew(old)

    for cause in ("revoked", "six months", "7 days", "Testing"):
        assert cause in caught.value.remedy


@pytest.mark.parametrize(("damage", "hard"), [("reset", True), ("reset", False), (500, False), (503, False)])
def test_trouble_at_google_does_not_lose_the_account(
    fake: FakeYouTube, sign_in: YouTubeSignIn, damage: Damage, hard: bool
) -> None:
    old = fake.token()
    fake.hard = hard
    for moment in ("arrived", "acted"):
        fake.break_next(damage, pattern=TOKEN, moment=moment)
        with pytest.raises(Unreachable):
            sign_in.renew(old)

    assert sign_in.renew(old).access in fake.access
    assert len(fake.calls(TOKEN)) == 3


@pytest.mark.parametrize(
    ("damage", "kind"), [("html", UnexpectedReply), (Reply(429), RateLimited), (Reply(502, b"<html>"), Unreachable)]
)
def test_an_answer_that_says_nothing_about_the_account_does_not_lose_it(
    fake: FakeYouTube, sign_in: YouTubeSignIn, damage: Damage, kind: type[ServiceError]
) -> None:
    fake.break_next(damage, pattern=TOKEN)

    with pytest.raises(kind):
        sign_in.renew(fake.token())


def test_a_wrong_secret_is_for_the_operator_and_told_to_nobody(fake: FakeYouTube, sign_in: YouTubeSignIn) -> None:
    app = APP.model_copy(update={"client_secret": "fake-app-secret-2"})
    old = fake.token().model_copy(update={"app": app})

    with pytest.raises(NotAllowed) as caught:
        sign_in.renew(old)

    assert not isinstance(caught.value, TokenExpired)
    assert "fake-app-secret-2" not in f"{caught.value} {caught.value!r}"
    assert old.refresh not in str(caught.value)


@pytest.mark.parametrize("missing", [{"refresh": ""}, {"app": None}])
def test_a_token_that_cannot_be_renewed_needs_a_person(
    fake: FakeYouTube, sign_in: YouTubeSignIn, missing: dict[str, Any]
) -> None:
    with pytest.raises(AccessLost):
        sign_in.renew(fake.token().model_copy(update=missing))

    assert fake.requests == []
