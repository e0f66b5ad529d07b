"""A strict stand-in for TikTok: sign-in, Content Posting API with its upload host, and how videos fare."""

from __future__ import annotations

import hashlib
import itertools
import re
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NoReturn
from urllib.parse import parse_qsl

from fakes.server import Fake, Refusal, Reply, Request, route

from core.posting import App, Token

DAY = 86_400
SCOPES = ("user.info.basic", "user.info.profile", "video.list", "video.upload", "video.publish")
EVERYBODY, FRIENDS, FOLLOWERS, ONLY_ME = (
    "PUBLIC_TO_EVERYONE",
    "MUTUAL_FOLLOW_FRIENDS",
    "FOLLOWER_OF_CREATOR",
    "SELF_ONLY",
)
POST_FIELDS = {
    "title": str,
    "privacy_level": str,
    "disable_duet": bool,
    "disable_comment": bool,
    "disable_stitch": bool,
    "video_cover_timestamp_ms": int,
    "brand_content_toggle": bool,
    "brand_organic_toggle": bool,
    "is_aigc": bool,
}
SOURCE_FIELDS = {"source": str, "video_size": int, "chunk_size": int, "total_chunk_count": int}
USER_FIELDS = {"open_id": "user.info.basic", "display_name": "user.info.basic", "username": "user.info.profile"}
VIDEO_FIELDS = {"id", "title", "create_time", "share_url", "view_count", "like_count", "comment_count", "share_count"}
KINDS = ("video/mp4", "video/quicktime", "video/webm")


@dataclass
class Upload:
    """An upload that was opened, and the post it becomes."""

    publish_id: str
    address_token: str
    source: dict[str, Any]
    settings: dict[str, Any] | None
    opened_at: float
    received: bytes = b""
    complete_at: float | None = None
    busy: int = 0
    fail_reason: str = ""
    ids: tuple[int, ...] = ()
    is_finished_draft: bool = False

    @property
    def next_range(self) -> tuple[int, int]:
        """The first and the last byte of the chunk that is expected."""
        chunk, count, size = (self.source[name] for name in ("chunk_size", "total_chunk_count", "video_size"))
        number = len(self.received) // chunk
        first = number * chunk
        return first, (size if number == count - 1 else first + chunk) - 1


@dataclass
class Grant:
    """What an access token lets in to."""

    scopes: tuple[str, ...]
    expires_at: float
    calls: dict[str, deque[float]] = field(default_factory=dict)


class FakeTikTok(Fake):
    """Has one creator, `tess.ter`, with a public account, and an app that was audited."""

    APP: ClassVar[App] = App(client_id="fake-client-key", client_secret="fake-client-secret")
    OPEN_ID: ClassVar[str] = "fake-open-id-1"
    UPLOAD_SECONDS: ClassVar[int] = 3600

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        """The caption of every post that came to exist; empty for a draft, which has none."""
        self.posts: list[Upload] = []
        self.uploads: dict[str, Upload] = {}
        self.megabyte = 1024
        self.busy_checks = 1
        self.limits_on = True
        self.audited = True
        self.banned = False
        self.too_many_users = False
        self.private_account = False
        self.username, self.nickname = "tess.ter", "Tess Ter"
        self.comment_disabled = self.duet_disabled = self.stitch_disabled = False
        self.max_seconds = 300
        self.moderation_seconds = 0.0
        self.videos_per_post = 1
        self.id_field = "publicaly_available_post_id"
        self.tells_zero_bytes = True
        self.complete_status = 201
        self.fail_next: str = ""
        """The reason for which the next post fails after its last byte."""
        self.posts_a_day, self.pending_drafts = 15, 5
        self.access_seconds, self.refresh_seconds = 7200, 180 * DAY
        self._ahead = 0.0
        self._numbers = itertools.count(1)
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, tuple[tuple[str, ...], float]] = {}
        self._codes: dict[str, tuple[str, str, tuple[str, ...]]] = {}
        self._numbers_of: dict[int, dict[str, int]] = {}

    # What tests turn

    def options(self) -> dict[str, Any]:
        """Return the platform's options: this address, direct posts, kilobytes in the place of megabytes."""
        return {
            "base_url": self.url,
            "sign_in_url": f"{self.url}/v2/auth/authorize/",
            "mode": "direct",
            "megabyte": self.megabyte,
            "chunk_megabytes": 5,
            "timeout_seconds": 5,
        }

    def token(self, scopes: tuple[str, ...] = SCOPES) -> Token:
        """Return a good token."""
        given, at = self._tokens(scopes), datetime.now(UTC)
        return Token(
            access=given["access_token"],
            refresh=given["refresh_token"],
            expires_at=at + timedelta(seconds=self.access_seconds),
            refresh_expires_at=at + timedelta(seconds=self.refresh_seconds),
            obtained_at=at,
            scopes=scopes,
            owner_id=self.OPEN_ID,
            owner_name=self.username,
            app=self.APP,
        )

    def code(self, challenge: str, redirect_uri: str, scopes: tuple[str, ...] = SCOPES) -> str:
        """Return what TikTok's page hands over once a person allowed it; the challenge is in hexadecimal digits."""
        code = f"fake-code-{next(self._numbers)}"
        self._codes[code] = (challenge, redirect_uri, scopes)
        return code

    def expire_tokens(self) -> None:
        """Refuse all access tokens given out so far; refresh tokens stay good."""
        self._access.clear()

    def revoke(self) -> None:
        """Refuse all tokens given out so far, as when the person throws the app out."""
        self._access.clear()
        self._refresh.clear()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self._ahead += seconds

    def finish_draft(self, publish_id: str) -> None:
        """Post a draft, as its owner does in the app."""
        self.uploads[publish_id].is_finished_draft = True

    def fares(self, video: int, **numbers: int) -> None:
        """Say how a video fares."""
        self._numbers_of[video] = numbers

    @property
    def now(self) -> float:
        """The clock, in seconds."""
        return time.time() + self._ahead

    # Sign-in

    @route("POST", r"/v2/oauth/token/")
    def give_tokens(self, request: Request) -> dict[str, Any]:
        """Trade a code or a refresh token for tokens; refusals are flat here."""
        if request.headers.get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
            raise self._no_token("invalid_request", "form encoded, please")
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if (form.pop("client_key", ""), form.pop("client_secret", "")) != (self.APP.client_id, self.APP.client_secret):
            raise self._no_token("invalid_client", "Client key or secret is incorrect.", 401)
        match form.pop("grant_type", ""):
            case "authorization_code" if form.keys() == {"code", "redirect_uri", "code_verifier"}:
                scopes = self._scopes_of_code(**form)
            case "refresh_token" if form.keys() == {"refresh_token"}:
                granted, ends_at = self._refresh.pop(form["refresh_token"], ((), 0.0))
                scopes = granted if ends_at > self.now else ()
            case "authorization_code" | "refresh_token":
                raise self._no_token("invalid_request", f"The fields are wrong: {sorted(form)}")
            case _:
                raise self._no_token("unsupported_grant_type", "Unknown grant type.")
        if not scopes:
            raise self._no_token("invalid_grant", "Code or refresh token is invalid or expired.")
        return self._tokens(scopes)

    @route("GET", r"/v2/user/info/")
    def user_info(self, request: Request) -> dict[str, Any]:
        """Say whose account it is."""
        grant = self._caller(request, "user.info.basic")
        user = {"open_id": self.OPEN_ID, "display_name": self.nickname, "username": self.username}
        names = request.query.get("fields", "").split(",")
        for name in names:
            if name not in USER_FIELDS:
                self._refuse(400, "invalid_params", f"Unknown field {name!r}")
            if USER_FIELDS[name] not in grant.scopes:
                self._refuse(401, "scope_not_authorized", f"{name} needs {USER_FIELDS[name]}")
        return ok({"user": {name: user[name] for name in names}})

    # Posting

    @route("POST", r"/v2/post/publish/creator_info/query/")
    def creator_info(self, request: Request) -> dict[str, Any]:
        """Say what the creator may choose. Spam codes come with status 200 here, as they really do."""
        self._caller(request, "video.publish", a_minute=20)
        if request.body not in (b"", b"{}"):
            self._refuse(400, "invalid_params", "The body is not empty")
        self._refuse_spam(status=200)
        return ok(
            {
                "creator_avatar_url": "https://example.invalid/avatar.jpg",
                "creator_username": self.username,
                "creator_nickname": self.nickname,
                "privacy_level_options": self._privacy_options(),
                "comment_disabled": self.comment_disabled,
                "duet_disabled": self.duet_disabled,
                "stitch_disabled": self.stitch_disabled,
                "max_video_post_duration_sec": self.max_seconds,
            }
        )

    @route("POST", r"/v2/post/publish/video/init/")
    def open_direct(self, request: Request) -> dict[str, Any]:
        """Open an upload that becomes a post."""
        self._caller(request, "video.publish", a_minute=6)
        body = request.json()
        self._check_fields(body, {"post_info": dict, "source_info": dict})
        settings, source = body["post_info"], body["source_info"]
        self._check_fields(
            settings, POST_FIELDS, optional=POST_FIELDS.keys() - {"privacy_level", "brand_content_toggle"}
        )
        self._check_source(source)
        if len(settings.get("title", "").encode("utf-16-le")) // 2 > 2200:
            self._refuse(400, "invalid_params", "The title is too long")
        self._refuse_spam(status=403)
        if not self.audited and not self.private_account:
            self._refuse(403, "unaudited_client_can_only_post_to_private_accounts", "Not audited")
        if settings["privacy_level"] not in self._privacy_options():
            self._refuse(403, "privacy_level_option_mismatch", "Not among the creator's options")
        if settings["brand_content_toggle"] and settings["privacy_level"] == ONLY_ME:
            self._refuse(400, "invalid_params", "Branded content cannot be private")
        for name in ("comment", "duet", "stitch"):
            if getattr(self, f"{name}_disabled") and not settings.get(f"disable_{name}", False):
                self._refuse(400, "invalid_params", f"The creator has disabled {name}")
        return self._opened(source, settings)

    @route("POST", r"/v2/post/publish/inbox/video/init/")
    def open_draft(self, request: Request) -> dict[str, Any]:
        """Open an upload that becomes a draft."""
        self._caller(request, "video.upload", a_minute=6)
        body = request.json()
        self._check_fields(body, {"source_info": dict})
        self._check_source(body["source_info"])
        pending = [post for post in self.posts if post.settings is None and not post.is_finished_draft]
        if len([post for post in pending if post.opened_at > self.now - DAY]) >= self.pending_drafts:
            self._refuse(403, "spam_risk_too_many_pending_share", "Too many drafts wait")
        return self._opened(body["source_info"], None)

    @route("PUT", r"/video/")
    def take_chunk(self, request: Request) -> Reply:
        """Take the next chunk of an upload, and nothing else."""
        upload = self.uploads.get(request.query.get("upload_id", ""))
        if upload is None or upload.address_token != request.query.get("upload_token"):
            return Reply(403, "signature does not match")
        if self.now >= upload.opened_at + self.UPLOAD_SECONDS:
            return Reply(403, "url has expired")
        if "authorization" in request.headers:
            return Reply(400, "a token has no business here")
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.headers.get("content-range", ""))
        if request.headers.get("content-type") not in KINDS or found is None:
            return Reply(400, "content type or range is wrong")
        first, last, total = map(int, found.groups())
        if total != upload.source["video_size"] or last - first + 1 != len(request.body):
            return Reply(400, "range and body do not agree")
        if upload.complete_at is not None or (first, last) != upload.next_range:
            return Reply(416, "not the next chunk")
        upload.received += request.body
        if len(upload.received) < total:
            return Reply(206)
        self._complete(upload)
        return Reply(self.complete_status)

    @route("POST", r"/v2/post/publish/status/fetch/")
    def status(self, request: Request) -> dict[str, Any]:
        """Say how far a post is."""
        self._caller(request, "video.upload", "video.publish", a_minute=30)
        body = request.json()
        self._check_fields(body, {"publish_id": str})
        upload = self.uploads.get(body["publish_id"])
        if upload is None:
            self._refuse(400, "invalid_publish_id", "No such publish id")
        arrived = len(upload.received)
        counted = {"uploaded_bytes": arrived} if arrived or self.tells_zero_bytes else {}
        if upload.complete_at is None:
            return ok({"status": "PROCESSING_UPLOAD", **counted})
        if upload.busy > 0:
            upload.busy -= 1
            return ok({"status": "PROCESSING_UPLOAD", **counted})
        if upload.fail_reason:
            return ok({"status": "FAILED", "fail_reason": upload.fail_reason, **counted})
        if upload.settings is None and not upload.is_finished_draft:
            return ok({"status": "SEND_TO_USER_INBOX", **counted})
        ids = list(upload.ids) if self._is_public(upload) else []
        return ok({"status": "PUBLISH_COMPLETE", self.id_field: ids, **counted})

    # How videos fare

    @route("POST", r"/v2/video/query/")
    def query_videos(self, request: Request) -> dict[str, Any]:
        """Say how some videos fare; those that are not public are left out."""
        self._caller(request, "video.list")
        names = request.query.get("fields", "").split(",")
        if set(names) - VIDEO_FIELDS:
            self._refuse(400, "invalid_params", f"Unknown fields: {names}")
        body = request.json()
        self._check_fields(body, {"filters": dict})
        self._check_fields(body["filters"], {"video_ids": list})
        wanted = body["filters"]["video_ids"]
        if not 1 <= len(wanted) <= 20 or not all(isinstance(video, str) and video.isdecimal() for video in wanted):
            self._refuse(400, "invalid_params", "1 to 20 video ids, please")
        videos = [
            {"id": str(video), "title": (post.settings or {}).get("title", ""), **self._numbers_of.get(video, {})}
            for post in self.posts
            for video in post.ids
            if str(video) in wanted and self._is_public(post)
        ]
        return ok({"videos": [{name: video[name] for name in names if name in video} for video in videos]})

    # Inside

    def _tokens(self, scopes: tuple[str, ...]) -> dict[str, Any]:
        number = next(self._numbers)
        access, refresh = f"fake-access-{number}", f"fake-refresh-{number}"
        self._access[access] = Grant(scopes, self.now + self.access_seconds)
        self._refresh[refresh] = scopes, self.now + self.refresh_seconds
        return {
            "open_id": self.OPEN_ID,
            "scope": ",".join(scopes),
            "access_token": access,
            "expires_in": self.access_seconds,
            "refresh_token": refresh,
            "refresh_expires_in": self.refresh_seconds,
            "token_type": "Bearer",
        }

    def _scopes_of_code(self, code: str, redirect_uri: str, code_verifier: str) -> tuple[str, ...]:
        challenge, known_uri, scopes = self._codes.pop(code, ("", "", ()))
        if redirect_uri != known_uri or hashlib.sha256(code_verifier.encode()).hexdigest() != challenge:
            return ()
        return scopes

    def _no_token(self, code: str, told: str, status: int = 400) -> Refusal:
        return Refusal(status, {"error": code, "error_description": told, "log_id": "fake-log-0"})

    def _caller(self, request: Request, *scopes: str, a_minute: int = 0) -> Grant:
        """Return what the token lets in to; refuse without one of the scopes, or when calls come too fast."""
        grant = self._access.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if grant is None or grant.expires_at <= self.now:
            self._refuse(401, "access_token_invalid", "The access token is invalid or not found in the request.")
        if not set(scopes) & set(grant.scopes):
            self._refuse(401, "scope_not_authorized", f"Needs {scopes}")
        if a_minute and self.limits_on:
            calls = grant.calls.setdefault(request.path, deque())
            while calls and calls[0] <= self.now - 60:
                calls.popleft()
            if len(calls) >= a_minute:
                self._refuse(429, "rate_limit_exceeded", "Too many requests")
            calls.append(self.now)
        return grant

    def _refuse(self, status: int, code: str, told: str) -> NoReturn:
        raise Refusal(status, {"data": {}, "error": {"code": code, "message": told, "log_id": "fake-log-1"}})

    def _refuse_spam(self, *, status: int) -> None:
        today = [post for post in self.posts if post.settings is not None and post.opened_at > self.now - DAY]
        if self.banned:
            self._refuse(status, "spam_risk_user_banned_from_posting", "Banned")
        if len(today) >= self.posts_a_day:
            self._refuse(status, "spam_risk_too_many_posts", "Too many posts")
        if self.too_many_users:
            self._refuse(status, "reached_active_user_cap", "Too many users")

    def _check_fields(self, body: dict[str, Any], known: dict[str, type], optional: set[str] | None = None) -> None:
        missing, unknown = known.keys() - (optional or set()) - body.keys(), body.keys() - known.keys()
        wrong = [name for name in body.keys() & known.keys() if type(body[name]) is not known[name]]
        if missing or unknown or wrong:
            told = f"missing {sorted(missing)}, unknown {sorted(unknown)}, wrong type {sorted(wrong)}"
            self._refuse(400, "invalid_params", told)

    def _check_source(self, source: dict[str, Any]) -> None:
        if source.get("source") == "PULL_FROM_URL":
            self._refuse(403, "url_ownership_unverified", "Not your domain")
        self._check_fields(source, SOURCE_FIELDS)
        fault = chunk_fault(source["video_size"], source["chunk_size"], source["total_chunk_count"], self.megabyte)
        if source["source"] != "FILE_UPLOAD" or fault:
            self._refuse(400, "invalid_params", fault or "Unknown source")

    def _privacy_options(self) -> list[str]:
        return [FOLLOWERS if self.private_account else EVERYBODY, FRIENDS, ONLY_ME]

    def _opened(self, source: dict[str, Any], settings: dict[str, Any] | None) -> dict[str, Any]:
        publish_id = f"v_{'inbox' if settings is None else 'pub'}_file~v2-1.{next(self._numbers)}"
        upload = Upload(publish_id, f"fake-upload-token-{len(self.uploads)}", source, settings, self.now)
        self.uploads[publish_id] = upload
        query = f"upload_id={publish_id}&upload_token={upload.address_token}"
        return ok({"publish_id": publish_id, "upload_url": f"{self.url}/video/?{query}"})

    def _complete(self, upload: Upload) -> None:
        upload.complete_at, upload.busy = self.now, self.busy_checks
        upload.fail_reason, self.fail_next = self.fail_next, ""
        if upload.fail_reason:
            return
        upload.ids = tuple(7_300_000_000_000_000_000 + next(self._numbers) for _ in range(self.videos_per_post))
        self.posts.append(upload)
        self.shown.append((upload.settings or {}).get("title", ""))

    def _is_public(self, upload: Upload) -> bool:
        visibility = EVERYBODY if upload.settings is None else upload.settings["privacy_level"]
        is_through = self.now >= (upload.complete_at or 0) + self.moderation_seconds
        return visibility == EVERYBODY and is_through


def ok(data: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of success."""
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "fake-log-2"}}


def refusal(code: str, status: int = 200) -> Reply:
    """Return an answer with an error code."""
    return Reply(status, {"data": {}, "error": {"code": code, "message": "told so", "log_id": "fake-log-3"}})


def chunk_fault(size: int, chunk: int, count: int, megabyte: int) -> str:
    """Say which rule of the Media Transfer Guide a plan breaks, for a reading of what a megabyte is; empty for none."""
    if size < 1 or chunk < 1 or size > 4096 * megabyte:
        return "the video is empty or too large"
    if size < 5 * megabyte:
        return "" if (chunk, count) == (size, 1) else "a small video is one chunk of its own size"
    if not 5 * megabyte <= chunk <= 64 * megabyte or chunk > size:
        return "a chunk has 5 to 64 MB"
    if count != size // chunk or not 1 <= count <= 1000:
        return "the number of chunks is size // chunk, 1 to 1000"
    if size > 64 * megabyte and count < 2:
        return "a large video is several chunks"
    if size - (count - 1) * chunk > 128 * megabyte:
        return "the last chunk has 128 MB at most"
    return ""
