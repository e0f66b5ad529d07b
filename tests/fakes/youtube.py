"""A strict stand-in for YouTube and Google's sign-in: resumable uploads, videos, captions, covers, comments, quota."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import re
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from fakes.server import Fake, Fault, Refusal, Reply, Request, route

from core.clock import now
from core.posting import App, Token

RIGHTS = "https://www.googleapis.com/auth/youtube."
UPLOAD, FORCE, READ = f"{RIGHTS}upload", f"{RIGHTS}force-ssl", f"{RIGHTS}readonly"
APP = App(client_id="fake-app-1", client_secret="fake-app-secret-1")
CHANNEL, CHANNEL_NAME, UPLOADS = "UC-fake-1", "Jonah of the Deep", "UU-fake-1"
STEP = 256 << 10
WEEK = 7 * 86_400
VIDEOS = r"(/resumable)?/upload/youtube/v3/videos"
API = "/youtube/v3"
PACIFIC = ZoneInfo("America/Los_Angeles")
SNIPPET = {"title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage"}
FLAGS = {"selfDeclaredMadeForKids", "containsSyntheticMedia", "embeddable"}
STATUS = {"privacyStatus", "publishAt", "license", *FLAGS}
CATEGORIES = {"1", "2", "10", "15", "17", "19", "20", "22", "23", "24", "25", "26", "27", "28"}

RULES: dict[str, tuple[set[str], str, int]] = {
    "POST videos": ({UPLOAD, FORCE}, "inserts", 1),
    "PUT videos": ({UPLOAD, FORCE}, "units", 0),
    "POST set": ({UPLOAD, FORCE}, "units", 50),
    "GET videos": ({READ, FORCE}, "units", 1),
    "GET channels": ({READ, FORCE}, "units", 1),
    "GET playlistItems": ({READ, FORCE}, "units", 1),
    "GET captions": ({FORCE}, "units", 50),
    "POST captions": ({FORCE}, "units", 400),
    "GET commentThreads": ({FORCE}, "units", 1),
    "GET comments": ({FORCE}, "units", 1),
    "POST comments": ({FORCE}, "units", 50),
}
"""By method and last word of the path: the rights of which one is needed, the bucket and the cost."""


@dataclass
class Session:
    """An upload under way. `video` is its video's id once it is complete."""

    resource: dict[str, Any]
    size: int
    began: datetime
    stored: bytearray = field(default_factory=bytearray)
    video: str = ""


@dataclass
class Video:
    """A video, and how many status questions it stays in processing."""

    id: str
    snippet: dict[str, Any]
    status: dict[str, Any]
    declared: dict[str, Any]
    made: datetime
    sha256: str
    busy: int
    captions: list[dict[str, Any]] = field(default_factory=list)
    cover: bytes = b""


class FakeYouTube(Fake):
    """One channel of one project.

    `shown` holds the description of every video that came to be. `audited`: without it all videos are private.
    `verified`: without it the channel may not set covers. `bad_end` makes the next videos fail (`codec`) or be rejected
    (`duplicate`). A video enters the list of uploads `shown_after` seconds after it was made. `stumbles` is how many of
    the next chunks are stored by half and answered by 503. `hard` cuts connections by a reset instead of closing them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.busy_checks = 1
        self.audited = self.verified = self.list_shows_private = True
        self.channel_cap = 1000
        self.bad_end = ""
        self.shown_after = 0.0
        self.stumbles = 0
        self.hard = False
        self.page = 100
        self.quota = {"inserts": 100, "searches": 100, "units": 10_000}
        self.used: Counter[str] = Counter()
        self.sessions: dict[str, Session] = {}
        self.session_address = f"{self.url}/upload/youtube/v3/videos"
        self.videos: dict[str, Video] = {}
        self.has_channel = True
        self.comments: dict[str, dict[str, Any]] = {}
        self.closed_comments: set[str] = set()
        self.access: dict[str, tuple[set[str], datetime]] = {}
        self.refresh: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.leaves_out: set[str] = set()
        self._ahead, self._numbers, self._day = 0.0, itertools.count(1), None
        self._threads = threading.local()
        self._remember_connections()

    def options(self) -> dict[str, Any]:
        """Return the platform's options that lead here, with the smallest chunks and short times."""
        return {
            "base_url": self.url,
            "token_url": f"{self.url}/token",
            "authorize_url": f"{self.url}/o/oauth2/v2/auth",
            "chunk_bytes": STEP,
            "session_seconds": 30,
            "show_seconds": 0,
            "timeout_seconds": 10,
        }

    def token(self, *, scopes: set[str] | None = None) -> Token:
        """Return a good token."""
        granted = {UPLOAD, FORCE, READ} if scopes is None else scopes
        refresh = f"fake-refresh-{next(self._numbers)}"
        self.refresh.add(refresh)
        return Token(
            access=self._new_access(granted),
            refresh=refresh,
            expires_at=now() + timedelta(hours=1),
            obtained_at=now(),
            scopes=tuple(sorted(granted)),
            owner_id=CHANNEL,
            owner_name=CHANNEL_NAME,
            app=APP,
            memory={"uploads": UPLOADS},
        )

    def expire_tokens(self) -> None:
        """Refuse all access tokens issued so far."""
        self.access.clear()

    def revoke(self) -> None:
        """Forget all tokens, as when the person takes our access away."""
        self.access.clear()
        self.refresh.clear()

    def expire_sessions(self) -> None:
        """Forget all uploads, complete ones too."""
        self.sessions.clear()

    def advance(self, seconds: float) -> None:
        """Move this clock."""
        self._ahead += seconds

    def now(self) -> datetime:
        """Tell the time here."""
        return now() + timedelta(seconds=self._ahead)

    def let_in(self, address: str, *, scopes: set[str] | None = None) -> str:
        """Do what a person does on Google's page and return the code."""
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query, strict_parsing=True))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/o/oauth2/v2/auth"
        assert (asked["client_id"], asked["response_type"]) == (APP.client_id, "code")
        assert (asked["code_challenge_method"], asked["access_type"], asked["prompt"]) == ("S256", "offline", "consent")
        code = f"fake-code-{next(self._numbers)}"
        self.codes[code] = {**asked, "scope": asked["scope"] if scopes is None else " ".join(sorted(scopes))}
        return code

    def say(self, video: str, text: str, *, under: str = "", by: str = "UC-viewer", can_reply: bool = True) -> str:
        """Let somebody comment on a video, or answer a comment, and return the comment's id."""
        number = next(self._numbers)
        name = f"{under}.reply-{number}" if under else f"comment-{number}"
        self.comments[name] = {
            "video": video, "under": under, "by": by, "text": text, "at": self.now(), "can_reply": can_reply,
        }  # fmt: skip
        return name

    def serve(self, request: Request) -> Reply | Fault:
        """Do one exchange; with `hard` a fault cuts the connection by a reset."""
        reply = super().serve(request)
        if self.hard and isinstance(reply, Fault):
            connection: socket.socket = self._threads.connection
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(connection.detach())
        return reply

    def authorize(self, request: Request) -> None:
        """Refuse a wrong token, a missing right, or a call that the quota does not bear."""
        if request.path == "/token":
            return
        scopes, ends = self.access.get(request.headers.get("authorization", "").removeprefix("Bearer "), (None, None))
        if scopes is None or ends is None or ends <= self.now():
            raise problem(401, "authError", "Invalid Credentials", status="UNAUTHENTICATED")
        needed, bucket, cost = RULES[f"{request.method} {request.path.rpartition('/')[2]}"]
        if not needed & scopes:
            raise problem(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        self._spend(bucket, cost)
        if not self.has_channel and request.path != f"{API}/channels":
            raise problem(401, "youtubeSignupRequired", "Unauthorized")

    @route("POST", VIDEOS)
    def open_session(self, request: Request) -> Reply:
        """Open a resumable upload."""
        known(request, "uploadType part", "notifySubscribers alt")
        size = request.headers.get("x-upload-content-length", "")
        if request.query["uploadType"] != "resumable" or not size.isdecimal() or not int(size):
            raise problem(400, "badRequest", "A resumable upload says how many bytes come.")
        if not re.fullmatch(r"video/\w+|application/octet-stream", request.headers.get("x-upload-content-type", "")):
            raise problem(400, "badContent", "Media type is not supported.")
        if request.query["part"] != "snippet,status" or request.query.get("notifySubscribers") not in ("true", "false"):
            raise problem(400, "unexpectedPart", "part or notifySubscribers is wrong")
        resource = request.json()
        self._check_resource(resource)
        yesterday = self.now() - timedelta(days=1)
        if sum(video.made > yesterday for video in self.videos.values()) >= self.channel_cap:
            raise problem(400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload.")
        key = f"fake-session-{next(self._numbers)}"
        self.sessions[key] = Session(resource, int(size), self.now())
        return Reply(200, b"", {"Location": f"{self.session_address}?uploadType=resumable&upload_id={key}"})

    @route("PUT", VIDEOS)
    def fill_session(self, request: Request) -> Reply | dict[str, Any]:
        """Take a chunk, or tell how far an upload is."""
        session = self.sessions.get(request.query.get("upload_id", ""))
        if session is None or session.began + timedelta(seconds=WEEK) < self.now():
            raise Refusal(404, "Not Found")
        if session.video:
            return self._resource(self.videos[session.video], "snippet,status")
        place = re.fullmatch(r"bytes (?:(\d+)-(\d+)|(\*))/(\d+)", request.headers.get("content-range", ""))
        if place is None or int(place[4]) != session.size:
            raise problem(400, "badRequest", "Failed to parse Content-Range header.")
        if place[3]:
            if request.body:
                raise problem(400, "badRequest", "A question has no body.")
            return self._incomplete(session)
        first, last = int(place[1]), int(place[2])
        is_last = last == session.size - 1
        if first != len(session.stored) or last - first + 1 != len(request.body) or last >= session.size:
            raise problem(400, "badRequest", "These bytes do not fit to those that are there.")
        if not is_last and len(request.body) % STEP:
            raise problem(400, "badRequest", "Chunks must be multiples of 256 KiB.")
        if self.stumbles:
            self.stumbles -= 1
            session.stored += request.body[: len(request.body) // 2]
            raise problem(503, "backendError", "Service Unavailable")
        session.stored += request.body
        return self._made(session) if is_last else self._incomplete(session)

    @route("GET", f"{API}/videos")
    def list_videos(self, request: Request) -> dict[str, Any]:
        """Tell of videos by their ids."""
        known(request, "part id", "maxResults alt")
        ids, parts = request.query["id"].split(","), request.query["part"]
        if len(ids) > 50 or set(parts.split(",")) - {"snippet", "status", "processingDetails", "statistics"}:
            raise problem(400, "badRequest", "At most 50 ids, and known parts.")
        there = [self.videos[each] for each in ids if each in self.videos]
        if "status" in parts:
            for video in there:
                self._work_on(video)
        return {"items": [self._resource(video, parts) for video in there]}

    @route("GET", f"{API}/channels")
    def list_channels(self, request: Request) -> dict[str, Any]:
        """Tell whose token it is."""
        known(request, "part mine", "alt")
        if not self.has_channel:
            return {"kind": "youtube#channelListResponse"}
        snippet, lists = {"title": CHANNEL_NAME}, {"relatedPlaylists": {"likes": "LL", "uploads": UPLOADS}}
        return {"items": [{"id": CHANNEL, "snippet": snippet, "contentDetails": lists}]}

    @route("GET", f"{API}/playlistItems")
    def list_uploads(self, request: Request) -> dict[str, Any]:
        """Show the channel's uploads, newest first; failed ones too, but none that are too new."""
        known(request, "part playlistId maxResults", "pageToken alt")
        if request.query["playlistId"] != UPLOADS or not 0 < int(request.query["maxResults"]) <= 50:
            raise problem(404, "playlistNotFound", "The playlist cannot be found.")
        latest = self.now() - timedelta(seconds=self.shown_after)
        visible = [
            video
            for video in reversed(self.videos.values())
            if video.made <= latest and (self.list_shows_private or video.status["privacyStatus"] != "private")
        ]
        page, more = self._paged(request, visible)
        entries = [
            {"snippet": {"publishedAt": stamp(video.made)}, "contentDetails": {"videoId": video.id}} for video in page
        ]
        return {"items": entries, **more}

    @route("POST", "/upload/youtube/v3/thumbnails/set")
    def set_cover(self, request: Request) -> dict[str, Any]:
        """Take a cover."""
        known(request, "videoId uploadType", "alt")
        video = self._known_video(request.query["videoId"])
        if not self.verified:
            raise problem(403, "forbidden", "The authenticated user doesn't have permissions to upload thumbnails.")
        if request.headers.get("content-type") != "image/jpeg" or request.body[:3] != b"\xff\xd8\xff":
            raise problem(400, "invalidImage", "The provided image content is invalid.")
        if len(request.body) > 2 << 20:
            raise problem(413, "mediaBodyTooLarge", "The image is too large.")
        video.cover = request.body
        return {"kind": "youtube#thumbnailSetResponse", "items": [{"default": {"url": "https://i.example/1.jpg"}}]}

    @route("GET", f"{API}/captions")
    def list_captions(self, request: Request) -> dict[str, Any]:
        """Tell which captions a video has; the ones YouTube heard itself are among them."""
        known(request, "part videoId", "alt")
        heard = {"snippet": {"language": "en", "name": "", "trackKind": "asr"}}
        return {"items": [heard, *self._known_video(request.query["videoId"]).captions]}

    @route("POST", "/upload/youtube/v3/captions")
    def add_captions(self, request: Request) -> dict[str, Any]:
        """Take captions."""
        known(request, "part uploadType", "alt")
        about, content = related(request)
        snippet = about.get("snippet", {})
        if set(snippet) != {"videoId", "language", "name", "isDraft"} or set(about) != {"snippet"}:
            raise problem(400, "invalidMetadata", "The request contains invalid metadata values.")
        video = self._known_video(snippet["videoId"])
        if not content.strip():
            raise problem(400, "contentRequired", "The request does not contain the caption track contents.")
        if len(snippet["name"]) > 150:
            raise problem(400, "nameTooLong", "The name is too long.")
        if any(each["snippet"]["language"] == snippet["language"] and each["snippet"]["name"] == snippet["name"]
               for each in video.captions):  # fmt: skip
            raise problem(409, "captionExists", "The specified video already has such a caption track.")
        video.captions.append({"id": f"caption-{next(self._numbers)}", "snippet": snippet, "content": content.decode()})
        return {"id": video.captions[-1]["id"], "snippet": snippet}

    @route("GET", f"{API}/commentThreads")
    def list_threads(self, request: Request) -> dict[str, Any]:
        """Show the threads under a video, newest first, each with its first replies only."""
        known(request, "part videoId", "order maxResults textFormat pageToken alt")
        video = self._known_video(request.query["videoId"]).id
        if video in self.closed_comments:
            raise problem(403, "commentsDisabled", "The video has disabled comments.")
        if (request.query.get("order"), request.query.get("textFormat")) != ("time", "plainText"):
            raise problem(400, "invalidArgument", "order and textFormat must be as agreed")
        tops = [name for name, each in self.comments.items() if each["video"] == video and not each["under"]]
        page, more = self._paged(request, tops[::-1])
        return {"items": [self._thread_of(name) for name in page], **more}

    @route("GET", f"{API}/comments")
    def list_replies(self, request: Request) -> dict[str, Any]:
        """Show all replies to a comment."""
        known(request, "part parentId", "maxResults textFormat pageToken alt")
        if request.query["parentId"] not in self.comments:
            raise problem(404, "commentNotFound", "One or more of the specified comments cannot be found.")
        page, more = self._paged(request, self._replies(request.query["parentId"]))
        return {"items": [self._comment(name) for name in page], **more}

    @route("POST", f"{API}/comments")
    def add_reply(self, request: Request) -> dict[str, Any]:
        """Take a reply to a comment at the top."""
        known(request, "part", "alt")
        body = request.json()
        snippet = body.get("snippet", {})
        if set(body) != {"snippet"} or set(snippet) - {"parentId", "textOriginal"}:
            raise problem(400, "invalidCommentMetadata", "The request metadata is invalid.")
        if not snippet.get("parentId"):
            raise problem(400, "parentIdMissing", "The comment must have a parent.")
        parent = self.comments.get(snippet["parentId"])
        if parent is None:
            raise problem(404, "parentCommentNotFound", "The parent comment cannot be found.")
        if parent["under"]:
            raise problem(400, "operationNotSupported", "Only top-level comments can be replied to.")
        if not parent["can_reply"]:
            raise problem(403, "forbidden", "The comment cannot be replied to.")
        if not snippet.get("textOriginal", "").strip():
            raise problem(400, "commentTextRequired", "The comment must have text.")
        if len(snippet["textOriginal"]) > 10_000:
            raise problem(400, "commentTextTooLong", "The comment text is too long.")
        name = self.say(parent["video"], snippet["textOriginal"], under=snippet["parentId"], by=CHANNEL)
        return self._comment(name)

    @route("POST", "/token")
    def give_token(self, request: Request) -> dict[str, Any]:
        """Trade a code with its verifier, or a refresh token, for an access token."""
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            raise Refusal(400, {"error": "invalid_request", "error_description": "A form is needed."})
        form = dict(parse_qsl(request.body.decode()))
        if (form.pop("client_id", ""), form.pop("client_secret", "")) != (APP.client_id, APP.client_secret):
            raise Refusal(401, {"error": "invalid_client", "error_description": "The OAuth client was not found."})
        match form.pop("grant_type", ""):
            case "authorization_code" if set(form) == {"code", "redirect_uri", "code_verifier"}:
                scopes = self._traded(form)
                refresh = f"fake-refresh-{next(self._numbers)}"
                self.refresh.add(refresh)
                extra = {"refresh_token": refresh}
            case "refresh_token" if set(form) == {"refresh_token"}:
                if form["refresh_token"] not in self.refresh:
                    raise Refusal(400, {"error": "invalid_grant", "error_description": "Token has been revoked."})
                scopes, extra = {UPLOAD, FORCE, READ}, {}
            case _:
                raise Refusal(400, {"error": "invalid_request", "error_description": "Wrong parameters."})
        answer = {"access_token": self._new_access(scopes), "expires_in": 3599, "token_type": "Bearer"}
        answer |= {"scope": " ".join(sorted(scopes)), **extra}
        return {name: value for name, value in answer.items() if name not in self.leaves_out}

    def _traded(self, form: dict[str, str]) -> set[str]:
        asked = self.codes.pop(form["code"], None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != digest:
            raise Refusal(400, {"error": "invalid_grant", "error_description": "Malformed auth code."})
        if asked["redirect_uri"] != form["redirect_uri"]:
            raise Refusal(400, {"error": "redirect_uri_mismatch", "error_description": "Bad Request"})
        return set(asked["scope"].split())

    def _new_access(self, scopes: set[str]) -> str:
        access = f"fake-access-{next(self._numbers)}"
        self.access[access] = scopes, self.now() + timedelta(hours=1)
        return access

    def _spend(self, bucket: str, cost: int) -> None:
        day = self.now().astimezone(PACIFIC).date()
        if day != self._day:
            self._day, self.used = day, Counter()
        if self.used[bucket] + cost > self.quota[bucket]:
            raise problem(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.")
        self.used[bucket] += cost

    def _check_resource(self, resource: dict[str, Any]) -> None:
        snippet, status = resource.get("snippet"), resource.get("status")
        if set(resource) != {"snippet", "status"} or set(snippet) - SNIPPET or set(status) - STATUS:
            raise problem(400, "invalidVideoMetadata", "The request metadata is invalid.")
        title, description, tags = snippet.get("title", ""), snippet.get("description", ""), snippet.get("tags", [])
        if not title.strip() or len(title) > 100 or set("<>") & set(title):
            raise problem(400, "invalidTitle", "The request metadata specifies an invalid video title.")
        if len(description.encode()) > 5000 or set("<>") & set(description):
            raise problem(400, "invalidDescription", "The request metadata specifies an invalid video description.")
        quoted = ",".join(f'"{tag}"' if " " in tag else tag for tag in tags)
        if len(quoted) > 500 or set("<>") & set(quoted) or "" in tags:
            raise problem(400, "invalidTags", "The request metadata specifies invalid video keywords.")
        if snippet.get("categoryId", "22") not in CATEGORIES:
            raise problem(400, "invalidCategoryId", "The categoryId is invalid.")
        flags = all(isinstance(status[name], bool) for name in FLAGS & set(status))
        if not flags or status.get("license", "youtube") not in ("youtube", "creativeCommon"):
            raise problem(400, "invalidVideoMetadata", "The request metadata is invalid.")
        if status.get("privacyStatus", "public") not in ("public", "unlisted", "private"):
            raise problem(400, "invalidVideoMetadata", "The request metadata is invalid.")
        if "publishAt" in status and (
            status["privacyStatus"] != "private" or datetime.fromisoformat(status["publishAt"]) <= self.now()
        ):
            raise problem(
                400, "invalidPublishAt", "The request metadata specifies an invalid scheduled publishing time."
            )

    def _incomplete(self, session: Session) -> Reply:
        ranged = {"Range": f"bytes=0-{len(session.stored) - 1}"} if session.stored else {}
        return Reply(308, b"", ranged)

    def _made(self, session: Session) -> dict[str, Any]:
        name, declared = f"video-{next(self._numbers)}", dict(session.resource["status"])
        status = {"privacyStatus": declared.get("privacyStatus", "public"), "uploadStatus": "uploaded"}
        if not self.audited:
            status["privacyStatus"] = "private"
        elif "publishAt" in declared:
            status["publishAt"] = declared["publishAt"]
        sha = hashlib.sha256(session.stored).hexdigest()
        video = Video(name, session.resource["snippet"], status, declared, self.now(), sha, self.busy_checks)
        self.videos[name] = video
        session.video = name
        self.shown.append(video.snippet["description"])
        return self._resource(video, "snippet,status")

    def _work_on(self, video: Video) -> None:
        if video.status["uploadStatus"] != "uploaded":
            return
        if video.busy > 0:
            video.busy -= 1
            return
        if not self.bad_end:
            video.status["uploadStatus"] = "processed"
        elif self.bad_end in ("codec", "conversion", "uploadAborted"):
            video.status |= {"uploadStatus": "failed", "failureReason": self.bad_end}
        else:
            video.status |= {"uploadStatus": "rejected", "rejectionReason": self.bad_end}

    def _resource(self, video: Video, parts: str) -> dict[str, Any]:
        if "publishAt" in video.status and datetime.fromisoformat(video.status["publishAt"]) <= self.now():
            del video.status["publishAt"]
            video.status["privacyStatus"] = "public"
        processing = "processing" if video.status["uploadStatus"] == "uploaded" else "succeeded"
        told = {
            "snippet": video.snippet,
            "status": video.status,
            "processingDetails": {"processingStatus": processing},
            "statistics": {"viewCount": "1234", "likeCount": "56", "favoriteCount": "0", "commentCount": "7"},
        }
        return {"kind": "youtube#video", "id": video.id, **{part: told[part] for part in parts.split(",")}}

    def _known_video(self, name: str) -> Video:
        if name not in self.videos:
            raise problem(404, "videoNotFound", "The video cannot be found.")
        return self.videos[name]

    def _paged(self, request: Request, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
        start = int(request.query.get("pageToken", "0"))
        end = start + min(self.page, int(request.query.get("maxResults", "20")))
        return items[start:end], {"nextPageToken": str(end)} if end < len(items) else {}

    def _replies(self, top: str) -> list[str]:
        return [name for name, each in self.comments.items() if each["under"] == top]

    def _thread_of(self, top: str) -> dict[str, Any]:
        replies = self._replies(top)
        snippet = {
            "topLevelComment": self._comment(top),
            "canReply": self.comments[top]["can_reply"],
            "totalReplyCount": len(replies),
        }
        some = {"replies": {"comments": [self._comment(name) for name in replies[:2]]}} if replies else {}
        return {"id": top, "snippet": snippet, **some}

    def _comment(self, name: str) -> dict[str, Any]:
        each = self.comments[name]
        snippet = {
            "authorChannelId": {"value": each["by"]},
            "authorDisplayName": f"@{each['by']}",
            "textDisplay": each["text"],
            "publishedAt": stamp(each["at"]),
        }
        return {"id": name, "snippet": snippet | ({"parentId": each["under"]} if each["under"] else {})}

    def _remember_connections(self) -> None:
        """Keep the socket of each thread at hand, so that `hard` can cut it."""
        threads, usual = self._threads, self._server.RequestHandlerClass

        class Handler(usual):  # type: ignore[misc, valid-type]
            def setup(self) -> None:
                super().setup()
                threads.connection = self.connection

        self._server.RequestHandlerClass = Handler


def problem(code: int, reason: str, message: str, *, status: str = "") -> Refusal:
    """Return a refusal in Google's form."""
    causes = [{"message": message, "domain": "youtube.api", "reason": reason}]
    return Refusal(code, {"error": {"code": code, "message": message, "errors": causes, "status": status}})


def known(request: Request, needed: str, allowed: str = "") -> None:
    """Refuse a query that lacks something or has something that is not known."""
    missing = set(needed.split()) - set(request.query)
    unknown = set(request.query) - set(needed.split()) - set(allowed.split())
    if missing or unknown:
        raise problem(400, "badRequest", f"missing: {sorted(missing)}, unknown: {sorted(unknown)}")


def related(request: Request) -> tuple[dict[str, Any], bytes]:
    """Return the two parts of a multipart upload: what is said about it, and its content."""
    kind = request.headers.get("content-type", "")
    if request.query["uploadType"] != "multipart" or not kind.startswith("multipart/related"):
        raise problem(400, "badContent", "A multipart upload is needed.")
    message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    about, content = message.get_payload()
    return json.loads(about.get_payload()), content.get_payload(decode=True)


def stamp(moment: datetime) -> str:
    """Write a time as the API does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
