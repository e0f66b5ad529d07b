"""Both ways an account lets us in: by Instagram itself, or by Facebook and the page that the account belongs to.

Facts (Meta "Business Login for Instagram", "Access Token" (9 March 2026), "Refresh Access Token", "Get Long-Lived
Tokens"; never called live):

- Instagram: a person at https://www.instagram.com/oauth/authorize; the code for a token of one hour at
  POST https://api.instagram.com/oauth/access_token; that for one of 60 days at GET
  https://graph.instagram.com/access_token; another 60 days at GET /refresh_access_token, for a token that is at least
  24 hours old and has not ended.
- Facebook: a person at https://www.facebook.com/VERSION/dialog/oauth; code, long-lived token and renewal all at GET
  https://graph.facebook.com/VERSION/oauth/access_token; the account is the one linked to a page of GET /me/accounts.
- The calls that trade tokens demand them in the address. They are kept out of our errors: those name only the path.
- Neither has PKCE for this; `challenge` and `verifier` are not used.

UNCONFIRMED: whether a renewed token leaves the old one good; the code with which a token younger than a day is refused;
whether the answer to the code stands in a list; whether a Facebook token always says when it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from core.clock import now
from core.errors import AccessLost, Rejected, TokenExpired, UnexpectedReply, Unreachable
from core.posting import App, Token
from integrations.platforms.base import read_options
from integrations.platforms.instagram_api import SERVICE, InstagramApi, InstagramOptions
from integrations.platforms.instagram_replies import (
    CodeToken,
    LongToken,
    Me,
    PageAccount,
    Pages,
    Permissions,
)

CONNECT = "Connect the account again: `reelwright connect instagram NAME`."


class InstagramSignIn:
    """The login by Instagram; where the option `login` says so, an instance is the login by Facebook."""

    scopes: ClassVar[Mapping[str, str]] = {
        "instagram_business_basic": "To know whose account it is, and to find our posts again.",
        "instagram_business_content_publish": "To publish reels.",
        "instagram_business_manage_comments": "To read comments and answer them.",
        "instagram_business_manage_insights": "To count views and shares.",
    }
    optional_scopes: ClassVar[frozenset[str]] = frozenset(
        {"instagram_business_manage_comments", "instagram_business_manage_insights"}
    )
    rotates: ClassVar[bool] = False
    app_help: ClassVar[str] = (
        "At developers.facebook.com make an app of the type Business, add the product Instagram, choose 'API setup with"
        " Instagram login' and enter the redirect address under 'Business login settings'. Its Instagram app id and"
        " secret are asked for here. Until App Review is passed, add the account as an Instagram tester of the app."
    )

    def __new__(cls, options: Mapping[str, Any]) -> InstagramSignIn:
        """Choose the login that the options name."""
        login = read_options(InstagramOptions, SERVICE, options).login
        return object.__new__(FacebookSignIn if login == "facebook" else InstagramSignIn)

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = read_options(InstagramOptions, SERVICE, options)

    def authorize_url(self, app: App, *, redirect_uri: str, state: str, challenge: str) -> str:
        """Return the address at which a person lets us in."""
        return f"{self._options.instagram_login_url}/oauth/authorize?{self._question(app, redirect_uri, state)}"

    def exchange(self, app: App, *, code: str, redirect_uri: str, verifier: str) -> Token:
        """Trade the code for a token of 60 days that names its owner; raises AccessLost when it is refused."""
        form = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "grant_type": "authorization_code",
            "redirect_uri": redirect_uri,
            "code": code.removesuffix("#_"),  # Instagram ends the address with it, and a person may copy it along
        }
        tokens, graph = self._api(self._options.token_url), self._api(self._options.instagram_graph_url)
        with _refused_for_good():
            first = tokens.formed(CodeToken, tokens.ask("POST", "/oauth/access_token", data=form))
            question = {
                "grant_type": "ig_exchange_token",
                "client_secret": app.client_secret,
                "access_token": first.access_token,
            }
            token = graph.formed(LongToken, graph.ask("GET", "/access_token", params=question))
            me = self._me(token.access_token)
        return Token(
            access=token.access_token,
            expires_at=_end(token),
            obtained_at=now(),
            scopes=first.scopes,
            owner_id=me.user_id,
            owner_name=me.username,
            kind="instagram",
            app=app,
        )

    def renew(self, token: Token) -> Token:
        """Return the token for another 60 days; the old one stays in use when that fails for another reason than it.

        Raises AccessLost when it has ended or was taken back, and Unreachable otherwise, as for one that is not a day
        old.
        """
        if token.expires_at is not None and token.expires_at <= now():
            raise AccessLost("The access token has ended, and cannot be renewed.", service=SERVICE, remedy=CONNECT)
        with _not_renewed():
            fresh = self._renewed(token)
        return token.model_copy(
            update={
                "access": fresh.access_token,
                "expires_at": _end(fresh) or token.expires_at,
                "obtained_at": now(),
            }
        )

    def _renewed(self, token: Token) -> LongToken:
        api = self._api(self._options.instagram_graph_url)
        question = {"grant_type": "ig_refresh_token", "access_token": token.access}
        return api.formed(LongToken, api.ask("GET", "/refresh_access_token", params=question))

    def _me(self, token: str) -> Me:
        api = self._api(self._options.graph_url, token)
        return api.formed(Me, api.ask("GET", "/me", params={"fields": "user_id,username"}))

    def _question(self, app: App, redirect_uri: str, state: str) -> str:
        return urlencode(
            {
                "client_id": app.client_id,
                "redirect_uri": redirect_uri,
                "response_type": "code",
                "scope": ",".join(self.scopes),
                "state": state,
            }
        )

    def _api(self, base_url: str, token: str = "") -> InstagramApi:
        bearer = (lambda: f"Bearer {token}") if token else None
        return InstagramApi(base_url, timeout=self._options.timeout_seconds, authorization=bearer)


class FacebookSignIn(InstagramSignIn):
    """The login by Facebook, for a professional account that is linked to a page; it can send videos itself."""

    scopes: ClassVar[Mapping[str, str]] = {
        "instagram_basic": "To know whose account it is, and to find our posts again.",
        "instagram_content_publish": "To publish reels.",
        "pages_show_list": "To find the page that the account is linked to.",
        "pages_read_engagement": "Meta demands it for publishing through a page.",
        "instagram_manage_comments": "To read comments and answer them.",
        "instagram_manage_insights": "To count views and shares.",
    }
    optional_scopes: ClassVar[frozenset[str]] = frozenset({"instagram_manage_comments", "instagram_manage_insights"})
    app_help: ClassVar[str] = (
        "At developers.facebook.com make an app of the type Business, add the products Instagram and 'Facebook Login"
        " for Business', and enter the redirect address in the settings of the latter. The app id and secret are under"
        " App settings, Basic. Link the Instagram account to a page you manage. Until App Review is passed, only people"
        " with a role in the app can connect."
    )

    def authorize_url(self, app: App, *, redirect_uri: str, state: str, challenge: str) -> str:
        """Return the address at which a person lets us in."""
        dialog = f"{self._options.facebook_login_url}/{self._options.version}/dialog/oauth"
        return f"{dialog}?{self._question(app, redirect_uri, state)}"

    def exchange(self, app: App, *, code: str, redirect_uri: str, verifier: str) -> Token:
        """Trade the code for a token of 60 days and find its Instagram account; raises AccessLost when refused."""
        with _refused_for_good():
            first = self._traded(app, {"redirect_uri": redirect_uri, "code": code})
            token = self._long_lived(app, first.access_token)
            account = self._account(token.access_token)
            scopes = self._granted(token.access_token)
        return Token(
            access=token.access_token,
            expires_at=_end(token),
            obtained_at=now(),
            scopes=scopes,
            owner_id=account.id,
            owner_name=account.username,
            kind="facebook",
            app=app,
        )

    def _renewed(self, token: Token) -> LongToken:
        if token.app is None:
            raise AccessLost("The app that got this token is not known any more.", service=SERVICE, remedy=CONNECT)
        return self._long_lived(token.app, token.access)

    def _long_lived(self, app: App, access: str) -> LongToken:
        return self._traded(app, {"grant_type": "fb_exchange_token", "fb_exchange_token": access})

    def _traded(self, app: App, question: dict[str, str]) -> LongToken:
        api = self._api(self._options.graph_url)
        keys = {"client_id": app.client_id, "client_secret": app.client_secret}
        return api.formed(LongToken, api.ask("GET", "/oauth/access_token", params=keys | question))

    def _account(self, access: str) -> PageAccount:
        """Return the account linked to the person's pages: the only one, or the one that the options name."""
        api = self._api(self._options.graph_url, access)
        question = {"fields": "instagram_business_account{id,username}", "limit": "100"}
        pages = api.formed(Pages, api.ask("GET", "/me/accounts", params=question)).data
        linked = {page.instagram_business_account.id: page.instagram_business_account
                  for page in pages if page.instagram_business_account}  # fmt: skip
        wanted = self._options.username
        fitting = [account for account in linked.values() if wanted in ("", account.username)]
        if len(fitting) == 1:
            return fitting[0]
        names = ", ".join(sorted(account.username for account in linked.values())) or "none"
        raise AccessLost(
            f"It is not clear which Instagram account is meant; those linked to the person's pages are: {names}.",
            service=SERVICE,
            remedy="Link the account to a page, or name it as `username` in the account's options, and connect again.",
        )

    def _granted(self, access: str) -> tuple[str, ...]:
        api = self._api(self._options.graph_url, access)
        asked = api.formed(Permissions, api.ask("GET", "/me/permissions")).data
        return tuple(right.permission for right in asked if right.status == "granted")


@contextmanager
def _refused_for_good() -> Iterator[None]:
    """Tell a refused code or token as what it is: a person must connect once more."""
    try:
        yield
    except (TokenExpired, Rejected) as exc:
        raise AccessLost(
            "Instagram refuses the login.", service=SERVICE, status=exc.status, code=exc.code,
            request_id=exc.request_id, detail=exc.detail or exc.message, remedy=CONNECT,
        ) from exc  # fmt: skip


@contextmanager
def _not_renewed() -> Iterator[None]:
    """Tell a dead token from a renewal that merely did not succeed now."""
    try:
        yield
    except TokenExpired as exc:
        raise AccessLost(
            "Instagram does not renew the access token any more.", service=SERVICE, status=exc.status, code=exc.code,
            request_id=exc.request_id, detail=exc.detail, remedy=CONNECT,
        ) from exc  # fmt: skip
    except (Rejected, UnexpectedReply) as exc:
        raise Unreachable(
            "The access token could not be renewed now; the old one stays in use.", service=SERVICE, status=exc.status,
            code=exc.code, request_id=exc.request_id, detail=exc.detail,
        ) from exc  # fmt: skip


def _end(token: LongToken) -> datetime | None:
    return now() + timedelta(seconds=token.expires_in) if token.expires_in else None
