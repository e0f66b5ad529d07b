"""A place that accounts are connected to by OAuth 2, strict about codes, PKCE and refresh tokens, with its client.

The place stands for all real ones: `rotates` says whether a renewal uses the refresh token up. `let_in` does what a
person and the browser do on its page.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from fakes.server import Fake, Refusal, Request, fields, route
from pydantic import BaseModel, Field

from core.clock import now
from core.errors import AccessLost, ServiceError
from core.posting import App, Limits, TextLimit, Token
from integrations.http import Api
from integrations.platforms.base import Access, PlatformOptions, SignIn, read_options

APP = App(client_id="fake-app-1", client_secret="fake-app-secret-1")
OWNER = {"id": "owner-1", "name": "Jonah of the Deep"}


class FakeOAuth(Fake):
    """`exchanges` and `renewals` count what succeeded; `life` and `refresh_life` are seconds, 0 for no end.

    With `renews_itself` an access token takes the place of a refresh token. What `leaves_out` names is not answered.
    """

    KEY: ClassVar[str] = "fake-key-0123456789"

    def __init__(self, *, rotates: bool = True) -> None:
        super().__init__()
        self.rotates, self.life, self.refresh_life = rotates, 7200.0, 180 * 86400.0
        self.exchanges, self.renewals, self.renews_itself = 0, 0, False
        self.codes: dict[str, dict[str, str]] = {}
        self.access: set[str] = set()
        self.refresh: set[str] = set()
        self.leaves_out: set[str] = set()
        self.owner = dict(OWNER)
        self._numbers = itertools.count(1)

    def options(self) -> dict[str, Any]:
        """Return the platform's options that lead here."""
        return {"base_url": self.url}

    def token(self, *, left: float | None = None) -> Token:
        """Return a good token; it ends in `left` seconds, or after its usual life."""
        moment, life = now(), timedelta(seconds=self.life)
        access, refresh = self._issue()
        ends = moment + life if left is None else moment + timedelta(seconds=left)
        return Token(
            access=access, refresh=refresh, expires_at=ends, obtained_at=ends - life, scopes=tuple(PlaceSignIn.scopes),
            refresh_expires_at=moment + timedelta(seconds=self.refresh_life) if self.refresh_life else None,
            owner_id=self.owner["id"], owner_name=self.owner["name"], app=APP, memory={"page": "7"},
        )  # fmt: skip

    def revoke(self) -> None:
        """Forget everything that lets anybody in, as when the person takes the app's rights away."""
        self.access.clear()
        self.refresh.clear()

    def let_in(self, address: str, *, scopes: str | None = None, error: str = "", state: str | None = None) -> str:
        """Answer the page for a person and return the address that the browser is sent back to."""
        assert address.startswith(f"{self.url}/authorize?")
        asked = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        assert asked["client_id"] == APP.client_id
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 20
        answer = {"state": asked["state"] if state is None else state}
        if error:
            return f"{asked['redirect_uri']}?{urlencode({**answer, 'error': error, 'error_description': 'Said no.'})}"
        code = f"fake-code-{next(self._numbers)}"
        self.codes[code] = {**asked, "scope": asked["scope"] if scopes is None else scopes}
        return f"{asked['redirect_uri']}?{urlencode({**answer, 'code': code})}"

    @route("POST", "/token")
    def give_token(self, request: Request) -> dict[str, Any]:
        """Trade a code, or a refresh token."""
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            raise Refusal(415, {"error": "invalid_request"})
        form = dict(parse_qsl(request.body.decode(), strict_parsing=True))
        if (form.get("client_id"), form.get("client_secret")) != (APP.client_id, APP.client_secret):
            raise Refusal(401, {"error": "invalid_client"})
        if form.get("grant_type") == "authorization_code":
            return self._exchanged(form)
        fields(form, needed="grant_type client_id client_secret refresh_token", status=400)
        good = self.access if self.renews_itself else self.refresh
        if form["grant_type"] != "refresh_token" or form["refresh_token"] not in good:
            raise Refusal(400, {"error": "invalid_grant"})
        self.renewals += 1
        if self.rotates:
            self.revoke()
        return self._answer(" ".join(PlaceSignIn.scopes), "" if self.rotates else "refresh_token")

    @route("GET", "/me")
    def tell_owner(self, request: Request) -> dict[str, str]:
        """Tell whose token or key it is."""
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given not in self.access | {self.KEY}:
            raise Refusal(401, {"error": "invalid_token"})
        return self.owner

    def _exchanged(self, form: dict[str, str]) -> dict[str, Any]:
        fields(form, needed="grant_type client_id client_secret code redirect_uri code_verifier", status=400)
        asked = self.codes.pop(form["code"], None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge"] != digest:
            raise Refusal(400, {"error": "invalid_grant"})
        self.exchanges += 1
        return self._answer(asked["scope"])

    def _answer(self, scope: str, left_out: str = "") -> dict[str, Any]:
        access, refresh = self._issue()
        answer = {
            "access_token": access, "expires_in": self.life, "scope": scope, "token_type": "Bearer",
            "refresh_token": refresh, "refresh_expires_in": self.refresh_life or None,
        }  # fmt: skip
        return {name: value for name, value in answer.items() if name not in {left_out, *self.leaves_out}}

    def _issue(self) -> tuple[str, str]:
        number = next(self._numbers)
        pair = f"fake-access-{number}", f"fake-refresh-{number}"
        self.access.add(pair[0])
        self.refresh.add(pair[1])
        return pair


class Answer(BaseModel):
    """What the place gives for a code or a refresh token."""

    access_token: str = Field(min_length=1)
    expires_in: float
    refresh_token: str = ""
    refresh_expires_in: float | None = None
    scope: str = ""


class Owner(BaseModel):
    """Whose account it is."""

    id: str
    name: str


class PlaceOptions(PlatformOptions):
    """Where the place is, and the kind of login."""

    base_url: str = "https://place.example"
    login: str = ""


class PlaceApi(Api):
    """Calls to the place; 5xx are failures of a server that did nothing."""

    def is_refusal(self, reply: httpx.Response) -> bool:
        """A 5xx here says that nothing was done."""
        return super().is_refusal(reply) or reply.is_server_error

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """A grant that is not good is lost access."""
        if reply.status_code == httpx.codes.BAD_REQUEST and "invalid_grant" in reply.text:
            return AccessLost("The place does not accept the grant any more.", service=self.service, status=400)
        return super().error_of(reply)


class PlaceSignIn:
    """How an account of the place lets us in."""

    scopes: ClassVar[Mapping[str, str]] = {
        "posts.write": "To post reels.",
        "posts.read": "To see what became of them.",
        "numbers.read": "To learn how they fare.",
    }
    optional_scopes: ClassVar[frozenset[str]] = frozenset({"numbers.read"})
    rotates: ClassVar[bool] = True
    app_help: ClassVar[str] = "Make an app at place.example/developers."

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = read_options(PlaceOptions, "place", options)
        self._api = PlaceApi("place", self._options.base_url, timeout=self._options.timeout_seconds)

    def authorize_url(self, app: App, *, redirect_uri: str, state: str, challenge: str) -> str:
        """Return the address of the page for people."""
        asked = {
            "client_id": app.client_id, "response_type": "code", "redirect_uri": redirect_uri, "state": state,
            "code_challenge": challenge, "code_challenge_method": "S256", "scope": " ".join(self.scopes),
        }  # fmt: skip
        return f"{self._options.base_url}/authorize?{urlencode(asked)}"

    def exchange(self, app: App, *, code: str, redirect_uri: str, verifier: str) -> Token:
        """Trade the code."""
        form = {
            "grant_type": "authorization_code", "client_id": app.client_id, "client_secret": app.client_secret,
            "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier,
        }  # fmt: skip
        answer = self._api.formed(Answer, self._api.ask("POST", "/token", data=form))
        owner = owner_of(self._options, answer.access_token)
        return self._token(answer).model_copy(
            update={"owner_id": owner.id, "owner_name": owner.name, "kind": self._options.login}
        )

    def renew(self, token: Token) -> Token:
        """Trade the refresh token."""
        assert token.app is not None
        form = {
            "grant_type": "refresh_token", "refresh_token": token.refresh or token.access,
            "client_id": token.app.client_id, "client_secret": token.app.client_secret,
        }  # fmt: skip
        reply = self._api.submit("POST", "/token", data=form)
        return self._token(self._api.formed(Answer, reply, submitted=True))

    def _token(self, answer: Answer) -> Token:
        moment, refresh_life = now(), answer.refresh_expires_in
        return Token(
            access=answer.access_token, refresh=answer.refresh_token, obtained_at=moment,
            expires_at=moment + timedelta(seconds=answer.expires_in), scopes=tuple(answer.scope.split()),
            refresh_expires_at=None if refresh_life is None else moment + timedelta(seconds=refresh_life),
        )  # fmt: skip


class StableSignIn(PlaceSignIn):
    """The same where a refresh token can be used again and again."""

    rotates: ClassVar[bool] = False


class Place:
    """The place as a platform: enough of one to be connected."""

    name: ClassVar[str] = "place"
    limits: ClassVar[Limits] = Limits(caption=TextLimit(most=100), seconds=(1, 60), largest_mib=10)
    replaces: ClassVar[bool] = False
    allows_marks: ClassVar[bool] = True
    needs_account: ClassVar[bool] = True
    needs_consent: ClassVar[bool] = False
    most_beginnings: ClassVar[int] = 3
    sign_in: ClassVar[type[SignIn] | None] = PlaceSignIn

    def __init__(self, access: Access) -> None:
        read_options(PlaceOptions, self.name, access.options)


class StablePlace(Place):
    """A place whose refresh tokens stay."""

    sign_in: ClassVar[type[SignIn] | None] = StableSignIn


class KeyPlace(Place):
    """A place that takes a key, and wants a person to agree to each post."""

    needs_consent: ClassVar[bool] = True
    sign_in: ClassVar[type[SignIn] | None] = None

    @classmethod
    def accept_key(cls, options: Mapping[str, Any], key: str) -> Token:
        """Ask whose key it is."""
        owner = owner_of(read_options(PlaceOptions, cls.name, options), key)
        return Token(access=key, obtained_at=now(), owner_id=owner.id, owner_name=owner.name)


class OpenPlace(Place):
    """A place that needs no account."""

    needs_account: ClassVar[bool] = False
    sign_in: ClassVar[type[SignIn] | None] = None


def owner_of(options: PlaceOptions, access: str) -> Owner:
    """Ask the place whose token or key it is."""
    headers = {"Authorization": f"Bearer {access}"}
    api = PlaceApi("place", options.base_url, headers=headers, timeout=options.timeout_seconds)
    return api.formed(Owner, api.ask("GET", "/me"))
