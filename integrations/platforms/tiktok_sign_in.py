"""How a TikTok account lets our app in.

Facts (TikTok for Developers, "Manage OAuth Access Tokens", "Refresh a User Access Token", "Login Kit for Desktop"):

- A person allows it at https://www.tiktok.com/v2/auth/authorize/. The app's id is called `client_key`, scopes are
  separated by commas, and the person may grant some of them only.
- POST {base}/v2/oauth/token/, form encoded, trades a code or a refresh token for tokens. Its refusals are flat,
  `{"error": "...", "error_description": "..."}`, unlike those of the rest of the API.
- Renewing gives a new refresh token, and the old one ends at once: an answer that is lost loses the account.
- Access tokens live for 2 or 24 hours, refresh tokens for 180 or 365 days, so only what the answer says counts.

UNCONFIRMED: that the PKCE challenge of desktop apps is the SHA-256 of the verifier in hexadecimal digits, unlike
RFC 7636 (option `pkce`), and that apps in the sandbox may renew at all.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx

from core.clock import now
from core.errors import AccessLost, Rejected, ServiceError, TokenExpired, Unreachable
from core.posting import App, Token
from integrations.platforms.base import read_options
from integrations.platforms.tiktok_api import SERVICE, TikTokApi, TikTokOptions, refused
from integrations.platforms.tiktok_replies import Failure, TokenReply, User, UserReply

TOKEN_PATH, USER_PATH = "/v2/oauth/token/", "/v2/user/info/"
PROFILE_SCOPE, DRAFT_SCOPE, POST_SCOPE = "user.info.profile", "video.upload", "video.publish"


class TikTokSignIn:
    """Signs an account of TikTok in, and renews its tokens."""

    scopes: ClassVar[Mapping[str, str]] = {
        "user.info.basic": "to know which account it is",
        DRAFT_SCOPE: "to put drafts into the account's inbox",
        POST_SCOPE: "to post directly, once you agreed to a post",
        PROFILE_SCOPE: "to know the account's name, for the addresses of its posts",
        "video.list": "to read how the posts fare",
    }
    optional_scopes: ClassVar[frozenset[str]] = frozenset({POST_SCOPE, PROFILE_SCOPE, "video.list"})
    rotates: ClassVar[bool] = True
    app_help: ClassVar[str] = (
        "At developers.tiktok.com create an app for Desktop with Login Kit and the Content Posting API, switch Direct"
        " Post on if you want it, and enter the redirect address named below. Copy its client key and client"
        " secret. Until TikTok has audited the app, direct posts work for private accounts only; drafts work at once."
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = read_options(TikTokOptions, SERVICE, options)
        self._api = TikTokApi(SERVICE, self._options.base_url, timeout=self._options.timeout_seconds)
        self._tokens = _TokenApi(SERVICE, self._options.base_url, timeout=self._options.timeout_seconds)

    def authorize_url(self, app: App, *, redirect_uri: str, state: str, challenge: str) -> str:
        """Return the address at which a person lets us in. `challenge` is PKCE's, S256."""
        query = {
            "client_key": app.client_id,
            "scope": ",".join(self.scopes),
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "state": state,
        }
        if self._options.pkce != "none":
            written = _in_hex(challenge) if self._options.pkce == "hex" else challenge
            query |= {"code_challenge": written, "code_challenge_method": "S256"}
        return f"{self._options.sign_in_url}?{urlencode(query)}"

    def exchange(self, app: App, *, code: str, redirect_uri: str, verifier: str) -> Token:
        """Trade the code for a token that names its owner.

        Raises AccessLost when it is refused, or when a right is missing without which nothing can be posted.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if self._options.pkce != "none":
            form["code_verifier"] = verifier
        asked_at, said = now(), self._tokens.grant(app, form)
        self._require_scopes(said.scopes)
        token = Token(
            access=said.access_token,
            refresh=said.refresh_token,
            expires_at=_end(asked_at, said.expires_in),
            refresh_expires_at=_end(asked_at, said.refresh_expires_in),
            obtained_at=asked_at,
            scopes=said.scopes,
            owner_id=said.open_id,
            app=app,
        )
        owner = self._owner(token)
        memory = {"username": owner.username} if owner.username else {}
        name = owner.username or owner.display_name
        return token.model_copy(update={"owner_id": owner.open_id, "owner_name": name, "memory": memory})

    def renew(self, token: Token) -> Token:
        """Return a fresh token in place of one; its refresh token is used up by this.

        Raises AccessLost when only a person can help, Unreachable when nothing was sent, RateLimited when TikTok asks
        to wait, and OutcomeUnknown when the answer was lost.
        """
        if token.app is None or not token.refresh:
            raise AccessLost("The token of this account cannot be renewed.", service=SERVICE)
        form = {"grant_type": "refresh_token", "refresh_token": token.refresh}
        asked_at, said = now(), self._tokens.grant(token.app, form)
        return token.model_copy(
            update={
                "access": said.access_token,
                "refresh": said.refresh_token or token.refresh,
                "expires_at": _end(asked_at, said.expires_in) or token.expires_at,
                "refresh_expires_at": _end(asked_at, said.refresh_expires_in) or token.refresh_expires_at,
                "obtained_at": asked_at,
                "scopes": said.scopes or token.scopes,
            }
        )

    def _owner(self, token: Token) -> User:
        fields = "open_id,display_name" + (",username" if PROFILE_SCOPE in token.scopes else "")
        data = self._api.call(token, "GET", USER_PATH, params={"fields": fields})
        return self._api.parsed(UserReply, data).user

    def _require_scopes(self, granted: tuple[str, ...]) -> None:
        needed = set(self.scopes) - self.optional_scopes
        if self._options.mode == "direct":
            needed.add(POST_SCOPE)
        missing = sorted(needed - set(granted))
        if not missing:
            return
        if missing == [POST_SCOPE]:
            raise AccessLost(
                "The account allows drafts in its inbox only, not direct posts.",
                service=SERVICE,
                remedy='Set `mode = "inbox"` in [platforms.tiktok], or connect it again and allow posting too.',
            )
        raise AccessLost(
            f"The account did not grant {', '.join(missing)}.",
            service=SERVICE,
            remedy="Connect it again and allow everything that is asked for.",
        )


class _TokenApi(TikTokApi):
    """The connection to the endpoint that gives tokens out, each once."""

    def grant(self, app: App, form: Mapping[str, str]) -> TokenReply:
        """Trade a code or a refresh token.

        Raises AccessLost when it is refused, and OutcomeUnknown when the answer was lost: what was sent may be used up.
        """
        whole = {"client_key": app.client_id, "client_secret": app.client_secret, **form}
        reply = self.submit("POST", TOKEN_PATH, data=whole)
        body = self.json_of(reply, submitted=True)
        if "error" in body and "access_token" not in body:
            failure = self.parsed(Failure, body, submitted=True)
            raise self._as_sign_in(refused(failure.fault, reply))
        return self.parsed(TokenReply, body, submitted=True)

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error of a status outside 2xx."""
        return self._as_sign_in(super().error_of(reply))

    def _as_sign_in(self, error: ServiceError) -> ServiceError:
        """Tell a refusal as what it means for a sign-in: a person must help, or it cannot be known what happened."""
        if isinstance(error, Rejected | TokenExpired):
            remedy = "Connect the account again with `reelwright connect tiktok NAME`."
            return AccessLost(
                "TikTok refuses the sign-in.",
                service=SERVICE,
                status=error.status,
                code=error.code,
                request_id=error.request_id,
                detail=error.detail,
                remedy=remedy,
            )
        if isinstance(error, Unreachable) and error.code:
            return self.lost("TikTok had trouble with the sign-in, which may have worked.", detail=error.code)
        return error


def _end(asked_at: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else asked_at + timedelta(seconds=seconds)


def _in_hex(challenge: str) -> str:
    """Write a challenge, which is base64url without padding, in hexadecimal digits."""
    return base64.urlsafe_b64decode(f"{challenge}=").hex()
