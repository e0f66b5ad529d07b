"""A strict stand-in for Instagram: both logins, containers, the upload host, posts, their comments and numbers.

One server plays all hosts, each under a path of its own: /ig and /fb for the two Graph hosts, /rupload, /api. It
fetches the video of a login by Instagram over HTTP, which must therefore be served by another server than itself.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl

import httpx
from fakes.server import Fake, Refusal, Reply, Request, route

from core.posting import App, Token

Login = Literal["instagram", "facebook"]

GRAPH = r"/(?P<host>ig|fb)/(?P<version>v\d+\.\d+)"
SCOPES: dict[str, dict[str, str]] = {
    "instagram": {
        "basic": "instagram_business_basic",
        "publish": "instagram_business_content_publish",
        "comments": "instagram_business_manage_comments",
        "insights": "instagram_business_manage_insights",
    },
    "facebook": {
        "basic": "instagram_basic",
        "publish": "instagram_content_publish",
        "comments": "instagram_manage_comments",
        "insights": "instagram_manage_insights",
        "pages": "pages_show_list",
        "engagement": "pages_read_engagement",
    },
}
CONTAINER_LIFE, TOKEN_LIFE, CODE_TOKEN_LIFE = timedelta(hours=24), timedelta(days=60), timedelta(hours=1)
CONTAINER_FIELDS = {"id", "status_code", "status", "video_status"}
MEDIA_FIELDS = {"id", "caption", "timestamp", "permalink", "like_count", "comments_count", "is_ai_generated"}
COMMENT_FIELDS = {"id", "text", "timestamp", "username", "from", "hidden"}
REPLIES = re.compile(r",?replies(\.limit\(\d+\))?\{([\w,]+)\}")


@dataclass
class Pass:
    """A token as the service knows it."""

    login: Login
    scopes: tuple[str, ...]
    issued: datetime
    ends: datetime
    long: bool = True
    refused: bool = False
    renewable: bool = True


@dataclass
class Container:
    """A container; `state` is what was decided, its life may have ended all the same."""

    id: str
    caption: str
    made: datetime
    form: dict[str, str]
    state: str = "IN_PROGRESS"
    reason: str = ""
    size: int = 0
    data: bytes = b""
    complete: bool = False
    checks: int = 0


@dataclass
class Media:
    """A reel that is out."""

    id: str
    caption: str
    at: datetime
    form: dict[str, str] = field(default_factory=dict)


@dataclass
class Comment:
    """A comment or, with a parent, a reply."""

    id: str
    media: str
    parent: str
    text: str
    username: str
    at: datetime
    hidden: bool = False


def graph_error(code: int, subcode: int | None = None, *, status: int = 400, transient: bool = False) -> Refusal:
    """Return a refusal in the form of the Graph API."""
    said: dict[str, Any] = {
        "message": f"(#{code}) refused",
        "type": "OAuthException",
        "code": code,
        "is_transient": transient,
        "fbtrace_id": "trace-1",
    }
    return Refusal(status, {"error": said | ({"error_subcode": subcode} if subcode else {})})


def upload_error(kind: str, *, status: int = 400, retriable: bool = False) -> Refusal:
    """Return a refusal in the form of the upload host."""
    return Refusal(status, {"debug_info": {"retriable": retriable, "type": kind, "message": f"{kind}, said the host"}})


class FakeInstagram(Fake):
    """One professional account, reached by one kind of login."""

    APP: ClassVar[App] = App(client_id="fake-app-1", client_secret="fake-app-secret-1")
    OWNER_ID, OWNER_NAME = "17841400000000001", "tess.dives"
    REDIRECT: ClassVar[str] = "https://studio.example/connect/instagram"

    def __init__(self, login: Login = "facebook") -> None:
        self.login: Login = login
        self.passes: dict[str, Pass] = {}
        self.codes: dict[str, tuple[str, ...]] = {}
        self.containers: dict[str, Container] = {}
        self.media: list[Media] = []
        self.comments: list[Comment] = []
        self.shown: list[str] = []
        self.busy_checks = 1
        self.shown_after = 0.0
        self.quota_total, self.quota_used = 50, 0
        self.video_seconds = 30.0
        self.outage = self.says_spam_though_live = self.hides_status = False
        self.fails_with = 0
        self.keeps_bytes: int | None = None
        self.takes_again = True
        self.usage_percent, self.regain_minutes = 0, 0
        self.linked: list[tuple[str, str]] = [(self.OWNER_ID, self.OWNER_NAME)]
        self.granted: tuple[str, ...] = tuple(SCOPES[login].values())
        self.ahead = timedelta()
        self._numbers = itertools.count(18_000_000_000_000_001)
        super().__init__()

    def options(self) -> dict[str, Any]:
        """Return the platform's options with the addresses of this fake."""
        return {
            "login": self.login,
            "needs_public_address": False,
            "timeout_seconds": 5,
            "instagram_graph_url": f"{self.url}/ig",
            "facebook_graph_url": f"{self.url}/fb",
            "upload_url": f"{self.url}/rupload",
            "token_url": f"{self.url}/api",
            "instagram_login_url": f"{self.url}/login",
            "facebook_login_url": f"{self.url}/login",
        }

    def now(self) -> datetime:
        """Return the time on the fake's own clock."""
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> None:
        """Move the fake's clock on."""
        self.ahead += timedelta(seconds=seconds)

    def token(self, *, age: timedelta = timedelta(days=2), scopes: tuple[str, ...] | None = None) -> Token:
        """Return a good token, two days old so that it can be renewed."""
        granted = self.granted if scopes is None else scopes
        access = self._issue(self.login, granted, TOKEN_LIFE, age=age)
        issued = self.passes[access]
        return Token(
            access=access,
            expires_at=issued.ends,
            obtained_at=issued.issued,
            scopes=granted,
            owner_id=self.OWNER_ID,
            owner_name=self.OWNER_NAME,
            kind=self.login,
            app=self.APP,
        )

    def expire_tokens(self) -> None:
        """Refuse all tokens issued so far; they can still be renewed."""
        for issued in self.passes.values():
            issued.refused = True

    def take_back_tokens(self) -> None:
        """Refuse all tokens issued so far, also for renewal."""
        for issued in self.passes.values():
            issued.refused, issued.renewable = True, False

    def grant(self) -> str:
        """Let the app in, as a person does on the login page, and return the code."""
        code = f"fake-code-{len(self.codes) + 1}"
        self.codes[code] = self.granted
        return code

    def add_media(self, caption: str, *, seconds_ago: float = 0) -> str:
        """Let the owner post something in the app."""
        post = Media(str(next(self._numbers)), caption, self.now() - timedelta(seconds=seconds_ago))
        self.media.append(post)
        return post.id

    def add_comment(
        self, media: str, text: str, *, username: str = "ann", parent: str = "", hidden: bool = False,
        seconds_ago: float = 0,
    ) -> str:  # fmt: skip
        """Let somebody write a comment."""
        at = (self.now() - timedelta(seconds=seconds_ago)).replace(microsecond=0)
        comment = Comment(str(next(self._numbers)), media, parent, text, username, at, hidden)
        self.comments.append(comment)
        return comment.id

    def answer(self, request: Request) -> Reply:
        """Act on a request; answers tell how much of the calls is used."""
        if "access_token" in request.query and not re.fullmatch(r"/ig/(refresh_)?access_token", request.path):
            raise graph_error(100)
        reply = super().answer(request)
        if self.usage_percent and request.path.startswith(("/ig/", "/fb/")):
            usage = {"call_count": self.usage_percent, "total_time": 1, "total_cputime": 1}
            reply.headers["X-App-Usage"] = json.dumps(usage)
            if self.regain_minutes:
                entry = usage | {"type": "instagram", "estimated_time_to_regain_access": self.regain_minutes}
                reply.headers["X-Business-Use-Case-Usage"] = json.dumps({self.OWNER_ID: [entry]})
        return reply

    # Containers ------------------------------------------------------------------------------------------------------

    @route("POST", GRAPH + r"/(?P<user>\d+)/media")
    def make_container(self, request: Request) -> dict[str, Any]:
        """Make a container."""
        self._admit(request, "publish")
        form = self._form(
            request, "media_type caption share_to_feed thumb_offset is_ai_generated video_url upload_type"
        )
        if form.get("media_type") == "VIDEO":
            raise graph_error(100, 2207089)
        if form.get("media_type") != "REELS":
            raise graph_error(100, 2207023)
        if len(form.get("caption", "")) > 2200:
            raise graph_error(36003, 2207010)
        for name in ("share_to_feed", "is_ai_generated"):
            if form.get(name, "true") not in ("true", "false"):
                raise graph_error(100)
        if not form.get("thumb_offset", "0").isdigit():
            raise graph_error(100)
        container = Container(str(next(self._numbers)), form.get("caption", ""), self.now(), form)
        made: dict[str, Any] = {"id": container.id}
        if "video_url" in form:
            self._fetch(container, form["video_url"])
        elif form.get("upload_type") == "resumable" and self.login == "facebook":
            made["uri"] = f"{self.url}/rupload/ig-api-upload/{request.found['version']}/{container.id}"
        else:
            raise graph_error(100)
        self.containers[container.id] = container
        return made

    @route("POST", r"/rupload/ig-api-upload/v\d+\.\d+/(?P<container>\d+)")
    def take_bytes(self, request: Request) -> dict[str, Any]:
        """Take the bytes of a video."""
        scheme, _, access = request.headers.get("authorization", "").partition(" ")
        issued = self.passes.get(access)
        if scheme != "OAuth" or issued is None or issued.refused or issued.login != "facebook":
            raise upload_error("NotAuthorizedError", status=401)
        container = self.containers.get(request.found["container"])
        if container is None or self._state(container) != "IN_PROGRESS":
            raise upload_error("ProcessingFailedError")
        offset, size = request.headers.get("offset", ""), request.headers.get("file_size", "")
        if not (offset.isdigit() and size.isdigit()) or int(size) == 0:
            raise upload_error("OffsetInvalidError")
        if int(offset) not in (0, len(container.data)) or (container.complete and not self.takes_again):
            raise upload_error("OffsetInvalidError")
        container.data, container.size = container.data[: int(offset)], int(size)
        if self.keeps_bytes is not None:
            container.data, self.keeps_bytes = container.data + request.body[: self.keeps_bytes], None
            raise upload_error("PartialRequestError", status=503, retriable=True)
        container.data += request.body
        if len(container.data) != container.size:
            raise upload_error("PartialRequestError", retriable=True)
        self._complete(container)
        return {"success": True, "message": "Upload successful."}

    @route("POST", GRAPH + r"/(?P<user>\d+)/media_publish")
    def publish(self, request: Request) -> dict[str, Any]:
        """Make a container public."""
        self._admit(request, "publish")
        container = self.containers.get(self._form(request, "creation_id").get("creation_id", ""))
        if container is None:
            raise graph_error(24, 2207006)
        state = self._state(container)
        if state in ("EXPIRED", "PUBLISHED"):
            raise graph_error(24, 2207008)
        if state != "FINISHED":
            raise graph_error(9007, 2207027)
        if self._quota_usage() >= self.quota_total:
            raise graph_error(9, 2207042, status=403)
        container.state = "PUBLISHED"
        post = Media(str(next(self._numbers)), container.caption, self.now(), container.form)
        self.media.append(post)
        self.shown.append(container.caption)
        if self.says_spam_though_live:
            raise graph_error(4, 2207051, status=403, transient=True)
        return {"id": post.id}

    @route("GET", GRAPH + r"/(?P<user>\d+)/content_publishing_limit")
    def quota(self, request: Request) -> dict[str, Any]:
        """Say how many posts are left."""
        self._admit(request, "publish")
        self._fields(request, {"quota_usage", "config"})
        config = {"quota_total": self.quota_total, "quota_duration": 86_400}
        return {"data": [{"quota_usage": self._quota_usage(), "config": config}]}

    # What can be read ------------------------------------------------------------------------------------------------

    @route("GET", GRAPH + r"/(?P<node>\d+)")
    def node(self, request: Request) -> dict[str, Any]:
        """Show a container or a post."""
        self._admit(request, "basic")
        container = self.containers.get(request.found["node"])
        if container is not None:
            return self._container(container, self._fields(request, CONTAINER_FIELDS))
        post = next((post for post in self.media if post.id == request.found["node"]), None)
        if post is None:
            raise graph_error(100, 33)
        return self._media(post, self._fields(request, MEDIA_FIELDS))

    @route("GET", GRAPH + r"/(?P<user>\d+)/media")
    def list_media(self, request: Request) -> dict[str, Any]:
        """List the posts that are shown by now, newest first."""
        self._admit(request, "basic")
        fields = self._fields(request, MEDIA_FIELDS)
        late = timedelta(seconds=self.shown_after)
        shown = sorted((post for post in self.media if post.at + late <= self.now()), key=lambda post: post.at)
        return self._page(request, [self._media(post, fields) for post in reversed(shown)])

    @route("GET", GRAPH + r"/(?P<node>\d+)/insights")
    def insights(self, request: Request) -> dict[str, Any]:
        """Show metrics of a post."""
        self._admit(request, "insights")
        if not any(post.id == request.found["node"] for post in self.media):
            raise graph_error(100, 33)
        metrics = request.query.get("metric", "").split(",")
        if set(metrics) - {"views", "shares"}:
            raise graph_error(100)
        return {"data": [{"name": name, "period": "lifetime", "values": [{"value": 7}]} for name in metrics]}

    @route("GET", GRAPH + r"/(?P<node>\d+)/comments")
    def list_comments(self, request: Request) -> dict[str, Any]:
        """List the comments at the top, newest first."""
        self._admit(request, "comments")
        nested = REPLIES.search(request.query.get("fields", ""))
        request.query["fields"] = REPLIES.sub("", request.query.get("fields", ""))
        fields = self._fields(request, COMMENT_FIELDS)
        tops = [one for one in self.comments if one.media == request.found["node"] and not one.parent]
        items = []
        for one in sorted(tops, key=lambda one: one.at, reverse=True):
            item = self._comment(one, fields)
            below = [self._comment(reply, nested[2].split(",")) for reply in self._below(one.id)] if nested else []
            items.append(item | ({"replies": {"data": below}} if below else {}))
        return self._page(request, items)

    @route("GET", GRAPH + r"/(?P<node>\d+)/replies")
    def list_replies(self, request: Request) -> dict[str, Any]:
        """List the replies to a comment."""
        self._admit(request, "comments")
        fields = self._fields(request, COMMENT_FIELDS)
        return self._page(request, [self._comment(one, fields) for one in self._below(request.found["node"])])

    @route("POST", GRAPH + r"/(?P<node>\d+)/replies")
    def reply(self, request: Request) -> dict[str, Any]:
        """Answer a comment; a reply to a reply goes below the comment at the top."""
        self._admit(request, "comments")
        message = self._form(request, "message").get("message", "")
        comment = next((one for one in self.comments if one.id == request.found["node"]), None)
        if comment is None:
            raise graph_error(100, 33)
        if not message.strip() or comment.hidden:
            raise graph_error(100)
        place = comment.parent or comment.id
        return {"id": self.add_comment(comment.media, message, username=self.OWNER_NAME, parent=place)}

    # The two logins --------------------------------------------------------------------------------------------------

    @route("POST", r"/api/oauth/access_token")
    def trade_instagram_code(self, request: Request) -> dict[str, Any]:
        """Trade a code for a token of one hour."""
        form = dict(parse_qsl(request.body.decode()))
        scopes = self.codes.pop(form.get("code", ""), None)
        right = {
            "client_id": self.APP.client_id,
            "client_secret": self.APP.client_secret,
            "grant_type": "authorization_code",
            "redirect_uri": self.REDIRECT,
            "code": form.get("code", ""),
        }
        if scopes is None or form != right or self.login != "instagram":
            raise Refusal(400, {"error_type": "OAuthException", "code": 400, "error_message": "Invalid code"})
        access = self._issue("instagram", scopes, CODE_TOKEN_LIFE, long=False)
        return {"data": [{"access_token": access, "user_id": "scoped-1", "permissions": ",".join(scopes)}]}

    @route("GET", r"/ig/access_token")
    def lengthen_instagram(self, request: Request) -> dict[str, Any]:
        """Trade a token of one hour for one of 60 days."""
        issued = self._known(request.query.get("access_token", ""), "instagram")
        wanted = {"grant_type": "ig_exchange_token", "client_secret": self.APP.client_secret}
        if issued.long or any(request.query.get(name) != value for name, value in wanted.items()):
            raise graph_error(100)
        return self._long("instagram", issued.scopes)

    @route("GET", r"/ig/refresh_access_token")
    def refresh_instagram(self, request: Request) -> dict[str, Any]:
        """Give a token another 60 days; it must be a day old and not have ended."""
        issued = self._known(request.query.get("access_token", ""), "instagram", renewing=True)
        young = self.now() - issued.issued < timedelta(hours=24)
        if request.query.keys() != {"grant_type", "access_token"} or not issued.long or young:
            raise graph_error(100)
        if request.query["grant_type"] != "ig_refresh_token":
            raise graph_error(100)
        return self._long("instagram", issued.scopes)

    @route("GET", r"/fb/v\d+\.\d+/oauth/access_token")
    def trade_facebook(self, request: Request) -> dict[str, Any]:
        """Trade a code, or a token, for a token."""
        query = request.query
        if (query.get("client_id"), query.get("client_secret")) != (self.APP.client_id, self.APP.client_secret):
            raise graph_error(101)
        if query.get("grant_type") == "fb_exchange_token":
            issued = self._known(query.get("fb_exchange_token", ""), "facebook", renewing=True)
            return self._long("facebook", issued.scopes)
        scopes = self.codes.pop(query.get("code", ""), None)
        if scopes is None or query.get("redirect_uri") != self.REDIRECT or self.login != "facebook":
            raise graph_error(100, 36009)
        access = self._issue("facebook", scopes, CODE_TOKEN_LIFE, long=False)
        return {"access_token": access, "token_type": "bearer", "expires_in": 3600}

    @route("GET", GRAPH + r"/me")
    def me(self, request: Request) -> dict[str, Any]:
        """Say whose token it is."""
        self._admit(request, "basic", of="instagram")
        self._fields(request, {"user_id", "username"})
        return {"user_id": self.OWNER_ID, "username": self.OWNER_NAME, "id": "scoped-1"}

    @route("GET", GRAPH + r"/me/accounts")
    def pages(self, request: Request) -> dict[str, Any]:
        """List the person's pages; the first is linked to nothing."""
        self._admit(request, "pages", of="facebook")
        if request.query.get("fields") != "instagram_business_account{id,username}":
            raise graph_error(100)
        linked = [{"instagram_business_account": {"id": id_, "username": name}} for id_, name in self.linked]
        return {"data": [{"id": "page-0"}, *({"id": f"page-{n}"} | one for n, one in enumerate(linked, 1))]}

    @route("GET", GRAPH + r"/me/permissions")
    def permissions(self, request: Request) -> dict[str, Any]:
        """List the rights that were asked for."""
        issued = self._admit(request, "basic", of="facebook")
        rights = [{"permission": scope, "status": "granted"} for scope in issued.scopes]
        return {"data": [*rights, {"permission": "email", "status": "declined"}]}

    # ------------------------------------------------------------------------------------------------------------------

    def _issue(
        self, login: Login, scopes: tuple[str, ...], life: timedelta, *, long: bool = True, age: timedelta = timedelta()
    ) -> str:
        access = f"fake-token-{len(self.passes) + 1}-{secrets.token_hex(4)}"
        issued = self.now() - age
        self.passes[access] = Pass(login, scopes, issued, issued + life, long)
        return access

    def _long(self, login: Login, scopes: tuple[str, ...]) -> dict[str, Any]:
        access = self._issue(login, scopes, TOKEN_LIFE)
        return {"access_token": access, "token_type": "bearer", "expires_in": int(TOKEN_LIFE.total_seconds())}

    def _known(self, access: str, login: Login, *, renewing: bool = False) -> Pass:
        issued = self.passes.get(access)
        if issued is None or issued.login != login or issued.ends <= self.now():
            raise graph_error(190, 463)
        if not issued.renewable or (issued.refused and not renewing):
            raise graph_error(190, 460)
        return issued

    def _admit(self, request: Request, right: str, *, of: Login | None = None) -> Pass:
        """Refuse a call at the wrong host, without a good token, without the right, or of another account."""
        scheme, _, access = request.headers.get("authorization", "").partition(" ")
        login: Login = "instagram" if request.found["host"] == "ig" else "facebook"
        if scheme != "Bearer":
            raise graph_error(190, status=401)
        issued = self._known(access, login)
        if (of or login) != login:
            raise graph_error(100)
        if request.found["version"] not in ("v25.0", "v26.0"):
            raise graph_error(100)
        if SCOPES[login][right] not in issued.scopes:
            raise graph_error(10, status=403)
        if request.found.get("user", self.OWNER_ID) != self.OWNER_ID:
            raise graph_error(100, 33)
        if self.outage and request.method == "GET":
            raise graph_error(100, 33)
        return issued

    def _form(self, request: Request, allowed: str) -> dict[str, str]:
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            raise graph_error(100)
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
        if form.keys() - set(allowed.split()) or request.query:
            raise graph_error(100)
        return form

    def _fields(self, request: Request, allowed: set[str]) -> list[str]:
        fields = request.query.get("fields", "").split(",")
        if set(fields) - allowed or request.query.keys() - {"fields", "limit", "after"}:
            raise graph_error(100)
        return fields

    def _page(self, request: Request, items: list[dict[str, Any]]) -> dict[str, Any]:
        size, first = int(request.query.get("limit", 25)), int(request.query.get("after", 0))
        if not 1 <= size <= 100:
            raise graph_error(100)
        last = first + size
        page: dict[str, Any] = {"data": items[first:last], "paging": {"cursors": {"after": str(last)}}}
        if last < len(items):
            page["paging"]["next"] = f"{self.url}{request.path}?access_token=secret&after={last}"
        return page

    def _fetch(self, container: Container, url: str) -> None:
        """Fetch the video as Meta's crawler does: no redirects, nothing but a plain answer."""
        try:
            reply = httpx.get(url, follow_redirects=False, timeout=5)
        except (httpx.HTTPError, httpx.InvalidURL):
            reply = None
        if reply is None or reply.status_code != 200 or not reply.content:
            container.state, container.reason = "ERROR", "2207052"
            return
        container.data, container.size = reply.content, len(reply.content)
        self._complete(container)

    def _complete(self, container: Container) -> None:
        container.complete, container.checks = True, self.busy_checks

    def _state(self, container: Container) -> str:
        if container.state not in ("PUBLISHED", "ERROR") and container.made + CONTAINER_LIFE <= self.now():
            return "EXPIRED"
        return container.state

    def _work(self, container: Container) -> None:
        """Go on with a video that has arrived, by one question."""
        if not container.complete or self._state(container) != "IN_PROGRESS":
            return
        if container.checks > 0:
            container.checks -= 1
            return
        wrong_cover = int(container.form.get("thumb_offset", "0")) > self.video_seconds * 1000
        failure = self.fails_with or (2207057 if wrong_cover else 0)
        container.state, container.reason = ("ERROR", str(failure)) if failure else ("FINISHED", "")
        self.fails_with = 0

    def _container(self, container: Container, fields: list[str]) -> dict[str, Any]:
        self._work(container)
        state = self._state(container)
        words = f"Error: Media upload has failed with error code {container.reason}" if state == "ERROR" else state
        phase = {"status": "complete" if container.complete else "in_progress", "bytes_transfered": len(container.data)}
        known = {"status_code": state, "status": words, "video_status": {"uploading_phase": phase}}
        if self.hides_status:
            del known["status_code"]
        return {"id": container.id} | {name: known[name] for name in fields if name in known}

    def _media(self, post: Media, fields: list[str]) -> dict[str, Any]:
        known = {
            "id": post.id,
            "caption": post.caption,
            "timestamp": f"{post.at:%Y-%m-%dT%H:%M:%S}+0000",
            "permalink": f"https://www.instagram.com/reel/{post.id}/",
            "like_count": 3,
            "comments_count": sum(one.media == post.id for one in self.comments),
            "is_ai_generated": post.form.get("is_ai_generated") == "true",
        }
        return {name: known[name] for name in {"id", *fields}}

    def _comment(self, one: Comment, fields: list[str]) -> dict[str, Any]:
        author = {"id": f"user-{one.username}", "username": one.username}
        known = {
            "id": one.id,
            "text": one.text,
            "timestamp": f"{one.at:%Y-%m-%dT%H:%M:%S}+0000",
            "username": one.username,
            "from": author,
            "hidden": one.hidden,
        }
        return {name: known[name] for name in fields}

    def _below(self, comment: str) -> list[Comment]:
        return [one for one in self.comments if one.parent == comment]

    def _quota_usage(self) -> int:
        day = self.now() - timedelta(hours=24)
        return self.quota_used + sum(post.at > day and bool(post.form) for post in self.media)
