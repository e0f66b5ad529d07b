"""The sign-in of TikTok against a strict stand-in, over real HTTP."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes.server import Reply
from fakes.tiktok import SCOPES, FakeTikTok, refusal
from platforms import FixedToken

from core.errors import AccessLost, OutcomeUnknown, RateLimited, ServiceError, Unreachable
from core.posting import App, Token
from core.settings import Settings
from integrations.platforms.base import Access
from integrations.platforms.tiktok import TikTok
from integrations.platforms.tiktok_sign_in import TikTokSignIn

TOKENS = "POST /v2/oauth/token/"
REDIRECT = "http://127.0.0.1:8123/callback"
VERIFIER = "fake-verifier-" + "v" * 40


@pytest.fixture
def fake() -> Iterator[FakeTikTok]:
    with FakeTikTok() as server:
        yield server
        assert server.strangers == []


def challenge() -> str:
    """Return the challenge of the verifier as RFC 7636 writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def signed_in(fake: FakeTikTok, scopes: tuple[str, ...] = SCOPES, **options: Any) -> Token:
    """Go the whole way of a sign-in."""
    sign_in = TikTokSignIn(fake.options() | options)
    url = sign_in.authorize_url(fake.APP, redirect_uri=REDIRECT, state="s", challenge=challenge())
    code = fake.code(parse_qs(urlsplit(url).query)["code_challenge"][0], REDIRECT, scopes)
    return sign_in.exchange(fake.APP, code=code, redirect_uri=REDIRECT, verifier=VERIFIER)


def test_the_page_to_allow_it_is_asked_for_as_tiktok_wants(fake: FakeTikTok) -> None:
    def asked(**options: Any) -> dict[str, list[str]]:
        sign_in = TikTokSignIn(fake.options() | options)
        url = sign_in.authorize_url(fake.APP, redirect_uri=REDIRECT, state="s1", challenge=challenge())
        assert url.startswith(f"{fake.url}/v2/auth/authorize/?")
        return parse_qs(urlsplit(url).query)

    query = asked()

    assert query["client_key"] == [fake.APP.client_id]
    assert query["scope"] == [",".join(TikTokSignIn.scopes)]
    assert (query["state"], query["redirect_uri"], query["response_type"]) == (["s1"], [REDIRECT], ["code"])
    assert query["code_challenge"] == [hashlib.sha256(VERIFIER.encode()).hexdigest()]
    assert asked(pkce="base64url")["code_challenge"] == [challenge()]
    assert "code_challenge" not in asked(pkce="none")


def test_a_code_is_traded_for_a_token_that_names_its_owner(fake: FakeTikTok) -> None:
    token = signed_in(fake)

    assert (token.owner_id, token.owner_name, token.memory) == (fake.OPEN_ID, "tess.ter", {"username": "tess.ter"})
    assert token.scopes == SCOPES
    assert token.expires_at == token.obtained_at + timedelta(hours=2)
    assert token.refresh_expires_at == token.obtained_at + timedelta(days=180)
    access = Access("tiktok/tess", Settings(), fake.options(), FixedToken(token))
    assert TikTok(access).choices().username == "tess.ter"


def test_rights_that_may_be_refused_are_not_missed_until_they_are_needed(fake: FakeTikTok) -> None:
    drafts = ("user.info.basic", "video.upload")

    token = signed_in(fake, drafts, mode="inbox")
    assert (token.owner_name, token.memory) == ("Tess Ter", {})
    with pytest.raises(AccessLost, match="drafts in its inbox only") as only_drafts:
        signed_in(fake, drafts)
    with pytest.raises(AccessLost, match=r"did not grant video\.upload") as nothing:
        signed_in(fake, ("user.info.basic", "video.publish"), mode="inbox")

    assert 'mode = "inbox"' in only_drafts.value.remedy
    assert "allow everything" in nothing.value.remedy


def test_a_code_with_another_verifier_or_used_before_is_refused(fake: FakeTikTok) -> None:
    sign_in = TikTokSignIn(fake.options())
    code = fake.code(hashlib.sha256(VERIFIER.encode()).hexdigest(), REDIRECT)

    for verifier in ("another-verifier", VERIFIER):
        with pytest.raises(AccessLost, match="code or the refresh token") as caught:
            sign_in.exchange(fake.APP, code=code, redirect_uri=REDIRECT, verifier=verifier)

    assert caught.value.code == "invalid_grant"


def test_renewing_uses_the_refresh_token_up(fake: FakeTikTok) -> None:
    sign_in, old = TikTokSignIn(fake.options()), signed_in(fake)

    fresh = sign_in.renew(old)

    assert TikTokSignIn.rotates
    assert fresh.refresh != old.refresh
    assert (fresh.owner_id, fresh.owner_name, fresh.app, fresh.memory) == (
        old.owner_id,
        "tess.ter",
        old.app,
        old.memory,
    )
    assert fresh.obtained_at > old.obtained_at
    with pytest.raises(AccessLost):
        sign_in.renew(old)
    assert sign_in.renew(fresh).access != fresh.access


def test_what_the_answer_leaves_out_is_kept(fake: FakeTikTok) -> None:
    old = signed_in(fake)
    fake.break_next(Reply(200, {"access_token": "fake-access-x"}), pattern=TOKENS)

    fresh = TikTokSignIn(fake.options()).renew(old)

    assert fresh == old.model_copy(update={"access": "fake-access-x", "obtained_at": fresh.obtained_at})


@pytest.mark.parametrize(
    "damage",
    [
        "reset",
        500,
        503,
        408,
        "html",
        "garbage",
        "empty",
        Reply(200, {"access_token": ""}),
        Reply(200, {"access_token": "line\nbreak"}),
        Reply(200, {"error": 7}),
        Reply(200, {"error": "server_error"}),
        Reply(400, {"error": "temporarily_unavailable"}),
    ],
)
def test_a_lost_answer_leaves_open_whether_the_old_token_still_works(fake: FakeTikTok, damage: Any) -> None:
    sign_in, old = TikTokSignIn(fake.options()), fake.token()
    fake.break_next(damage, pattern=TOKENS, moment="acted", times=2)

    with pytest.raises(OutcomeUnknown) as renewing:
        sign_in.renew(old)
    with pytest.raises(OutcomeUnknown):
        sign_in.exchange(fake.APP, code="c", redirect_uri=REDIRECT, verifier=VERIFIER)

    assert "fake-refresh" not in str(renewing.value)


def test_a_renewal_that_takes_too_long_is_lost(fake: FakeTikTok) -> None:
    old = fake.token()
    fake.break_next("hang", pattern=TOKENS, moment="acted", seconds=10)

    with pytest.raises(OutcomeUnknown):
        TikTokSignIn(fake.options() | {"timeout_seconds": 0.8}).renew(old)


def test_a_renewal_that_was_never_sent_may_be_sent_again(fake: FakeTikTok) -> None:
    old, options = fake.token(), fake.options()
    fake.stop()

    with pytest.raises(Unreachable):
        TikTokSignIn(options).renew(old)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (Reply(400, {"error": "invalid_grant", "error_description": "gone", "log_id": "l"}), AccessLost),
        (Reply(200, {"error": "invalid_grant", "error_description": "gone", "log_id": "l"}), AccessLost),
        (Reply(401, {"error": "invalid_client"}), AccessLost),
        (Reply(400, {"error": "something_new"}), AccessLost),
        (Reply(401, {"error": "something_new"}), AccessLost),
        (refusal("rate_limit_exceeded", 429), RateLimited),
        (refusal("rate_limit_exceeded", 200), RateLimited),
        (Reply(403, "<html>"), Unreachable),
    ],
)
def test_a_refused_renewal_is_told_by_its_code(fake: FakeTikTok, damage: Reply, error: type[ServiceError]) -> None:
    fake.break_next(damage, pattern=TOKENS)

    with pytest.raises(error) as caught:
        TikTokSignIn(fake.options()).renew(fake.token())

    assert type(caught.value) is error


def test_another_app_and_revoked_or_missing_tokens_need_a_person(fake: FakeTikTok) -> None:
    sign_in, old = TikTokSignIn(fake.options()), fake.token()
    stranger = old.model_copy(update={"app": App(client_id="other", client_secret="other")})
    for token in (stranger, old.model_copy(update={"app": None}), old.model_copy(update={"refresh": ""})):
        with pytest.raises(AccessLost):
            sign_in.renew(token)
    fake.revoke()
    with pytest.raises(AccessLost):
        sign_in.renew(old)


def test_the_scopes_say_why_each_right_is_needed() -> None:
    assert TikTokSignIn.optional_scopes < set(TikTokSignIn.scopes)
    assert all(len(why) > 10 for why in TikTokSignIn.scopes.values())
