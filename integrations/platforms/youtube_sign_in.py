"""How a channel lets us in: Google's OAuth 2 for web servers, with a code and PKCE.

Facts (Google "Using OAuth 2.0 for Web Server Applications" and "... for Mobile & Desktop Apps"; never called live):

- A person at https://accounts.google.com/o/oauth2/v2/auth; code and renewal at POST https://oauth2.googleapis.com/token.
- A refresh token is given only with access_type=offline, and surely only with prompt=consent. It stays the same when it
  is used: an answer without one means the old one. Access tokens last about an hour.
- It ends when it is revoked, unused for six months or one of too many, and after 7 days while the app is in Testing.
- A person may untick rights on the page; the answer's `scope` says what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from core.clock import now
from core.errors import AccessLost
from core.posting import App, Token
from integrations.platforms.base import read_options
from integrations.platforms.refusals import load_refusals
from integrations.platforms.youtube_api import NAME, GoogleApi, YouTubeApi, YouTubeOptions
from integrations.platforms.youtube_replies import Channel, Channels, Granted

RIGHTS = "https://www.googleapis.com/auth/"
UPLOADS = "uploads"
"""Under this name a token remembers the playlist with the channel's uploads."""


class YouTubeSignIn:
    """Connects a channel, and renews its token. A renewal may be repeated: it uses nothing up."""

    scopes: ClassVar[Mapping[str, str]] = {
        f"{RIGHTS}youtube.upload": "To upload reels and set their covers.",
        f"{RIGHTS}youtube.force-ssl": "To add captions, and to read and answer comments.",
        f"{RIGHTS}youtube.readonly": "To see what became of the reels and how they fare.",
    }
    optional_scopes: ClassVar[frozenset[str]] = frozenset()
    rotates: ClassVar[bool] = False
    app_help: ClassVar[str] = (
        "At console.cloud.google.com make a project, switch on the YouTube Data API v3, set the consent screen up with"
        ' the three rights below and publish it ("In production": in Testing every sign-in ends after 7 days), then'
        " create an OAuth client of the type Web application with the redirect address named below. Copy its client id"
        " and client secret. Until Google has audited the project, its videos stay private."
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = read_options(YouTubeOptions, NAME, options)
        self._login = GoogleApi(NAME, self._options.token_url, timeout=self._options.timeout_seconds)

    def authorize_url(self, app: App, *, redirect_uri: str, state: str, challenge: str) -> str:
        """Return the address at which a person lets us in."""
        question = {
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(self.scopes),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent",
        }
        return f"{self._options.authorize_url}?{urlencode(question)}"

    def exchange(self, app: App, *, code: str, redirect_uri: str, verifier: str) -> Token:
        """Trade the code for a token that names its channel.

        Raises AccessLost when the code or a right is refused or the account has no channel, NotAllowed when the app is
        not set up.
        """
        granted = self._grant(
            app, grant_type="authorization_code", code=code, redirect_uri=redirect_uri, code_verifier=verifier
        )
        self._refuse_too_little(granted)
        token = Token(
            access=granted.access_token,
            refresh=granted.refresh_token,
            scopes=tuple(granted.scope.split()),
            app=app,
            **_times(granted),
        )
        channel = self._channel(token)
        memory = {UPLOADS: channel.content_details.related_playlists.uploads}
        return token.model_copy(update={"owner_id": channel.id, "owner_name": channel.snippet.title, "memory": memory})

    def renew(self, token: Token) -> Token:
        """Return a fresh token with the same refresh token, unless Google gives another one.

        Raises AccessLost when a person must connect the account again, and Unreachable when Google did not answer or
        has trouble: then the account is as good as before.
        """
        if token.app is None or not token.refresh:
            raise AccessLost(
                "The account has nothing to renew its sign-in with.", service=NAME, remedy="Connect the account again."
            )
        granted = self._grant(token.app, grant_type="refresh_token", refresh_token=token.refresh)
        fresh: dict[str, Any] = {"access": granted.access_token, **_times(granted)}
        if granted.refresh_token:
            fresh["refresh"] = granted.refresh_token
        if granted.scope:
            fresh["scopes"] = tuple(granted.scope.split())
        return token.model_copy(update=fresh)

    def _grant(self, app: App, **form: str) -> Granted:
        """Ask for a token; may be asked again, because a refresh token is not used up."""
        ours = {"client_id": app.client_id, "client_secret": app.client_secret}
        return self._login.formed(Granted, self._login.ask("POST", self._options.token_url, data={**ours, **form}))

    def _refuse_too_little(self, granted: Granted) -> None:
        missing = self.scopes.keys() - self.optional_scopes - set(granted.scope.split())
        if missing:
            names = ", ".join(sorted(name.removeprefix(RIGHTS) for name in missing))
            raise load_refusals(NAME)["insufficientPermissions"].error(NAME, "insufficientPermissions", detail=names)
        if not granted.refresh_token:
            raise AccessLost(
                "Google gave no refresh token, so the sign-in would end within the hour.",
                service=NAME,
                remedy="Take our app's access away at https://myaccount.google.com/permissions, then connect again.",
            )

    def _channel(self, token: Token) -> Channel:
        api = YouTubeApi(self._options, lambda: token)
        request = api.client.channels().list(part="snippet,contentDetails", mine=True)
        channels = api.call(request, Channels).items
        if not channels:
            raise load_refusals(NAME)["youtubeSignupRequired"].error(NAME, "youtubeSignupRequired")
        return channels[0]


def _times(granted: Granted) -> dict[str, datetime]:
    """Return when a token was given and when it ends; `refresh_expires_at` only where Google limits it."""
    moment = now()
    times = {"obtained_at": moment, "expires_at": moment + timedelta(seconds=granted.expires_in)}
    if granted.refresh_token_expires_in:
        times["refresh_expires_at"] = moment + timedelta(seconds=granted.refresh_token_expires_in)
    return times
