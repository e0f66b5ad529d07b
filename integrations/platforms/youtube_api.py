"""The wire to YouTube: the options, Google's client without its own repeats, the quota and the errors.

Google's client (google-api-python-client) builds every request from the description of the API that it brings along.
What it builds goes out through our own connection, because its usual one (httplib2) silently sends a POST a second time
when the connection was closed without an answer.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import httplib2
import httpx
from googleapiclient import discovery_cache
from googleapiclient.discovery import Resource, build_from_document
from googleapiclient.http import HttpRequest
from pydantic import BaseModel, Field, ValidationError

from core.clock import now
from core.errors import NotAllowed, QuotaSpent, RateLimited, ServiceError, TokenExpired, Unreachable
from core.posting import Token
from integrations.http import Api, header_value, one_line, retry_after
from integrations.platforms.base import PlatformOptions
from integrations.platforms.refusals import load_refusals
from integrations.platforms.youtube_replies import ErrorReply

NAME = "youtube"
ADDRESS = r"^https?://[^\s]+$"
QUARTER_MIB = 256 << 10
"""Every chunk but the last must be a multiple of this ("Resumable Uploads")."""

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Where the day of the quota begins."""

CHANNEL_REST = timedelta(days=1)
"""How long a channel that uploaded too much must wait: its own limit counts any 24 hours."""

OURS_TO_SET = frozenset({"user-agent", "accept-encoding"})
"""Headers of Google's client that our own connection sets as they really are."""

Bucket = Literal["inserts", "searches", "units"]

DAILY: Mapping[Bucket, int] = {"inserts": 100, "searches": 100, "units": 10_000}
"""What a project may use a day unless Google granted more ("Quota Calculator")."""

COSTS: Mapping[str, tuple[Bucket, int]] = {
    "videos.insert": ("inserts", 1),
    "search.list": ("searches", 1),
    "videos.list": ("units", 1),
    "channels.list": ("units", 1),
    "playlistItems.list": ("units", 1),
    "commentThreads.list": ("units", 1),
    "comments.list": ("units", 1),
    "comments.insert": ("units", 50),
    "thumbnails.set": ("units", 50),
    "captions.list": ("units", 50),
    "captions.insert": ("units", 400),
}
"""What a call takes from which bucket ("Quota Calculator"); a refused call costs too."""

Form = TypeVar("Form", bound=BaseModel)


class YouTubeOptions(PlatformOptions):
    """What can be told under [platforms.youtube], and by an account on top of it."""

    base_url: str = Field(default="https://youtube.googleapis.com", pattern=ADDRESS)
    session_hosts: tuple[str, ...] = Field(
        default=("www.googleapis.com",),
        description="Where an upload may be sent besides the host of base_url. UNCONFIRMED which one Google names.",
    )
    authorize_url: str = Field(default="https://accounts.google.com/o/oauth2/v2/auth", pattern=ADDRESS)
    token_url: str = Field(default="https://oauth2.googleapis.com/token", pattern=ADDRESS)
    watch_url: str = Field(default="https://www.youtube.com/watch?v=", pattern=ADDRESS)
    visibility: Literal["public", "unlisted", "private"] = "public"
    category: str = Field(default="22", pattern=r"^\d+$", description="Number of a video category; 22 is people.")
    made_for_kids: bool = False
    license: Literal["youtube", "creativeCommon"] = "youtube"
    embeddable: bool = True
    notify_subscribers: bool = True
    set_cover: bool = Field(default=True, description="Costs 50 units; the channel must be verified by phone.")
    set_captions: bool = Field(default=True, description="Costs 450 units.")
    captions_name: str = Field(default="Captions", min_length=1, max_length=150)
    comment_pages: int = Field(default=5, ge=1, description="Most pages of 100 comments read at once under one video.")
    chunk_bytes: int = Field(default=8 << 20, ge=QUARTER_MIB, le=32 << 20, multiple_of=QUARTER_MIB)
    session_seconds: float = Field(
        default=21_600, gt=0, description="An upload that is not complete so long after its beginning is begun anew."
    )
    show_seconds: float = Field(
        default=3600,
        ge=0,
        description="How late the channel's list of uploads may show a video. UNCONFIRMED how late it really is.",
    )
    list_shows_private: bool = Field(
        default=True,
        description="Whether that list shows an owner his private videos. UNCONFIRMED; without it nothing is absent.",
    )


class Unfinished(Unreachable):
    """The upload goes on: status 308. Not an error where it is expected."""

    stored = 0
    """Bytes that have arrived."""


class Quota:
    """Counts what the calls of this process took from the project's daily quota.

    `on_cost` is told the day, the bucket and the cost of every call before it is sent, so that they can be added up
    over all processes.
    """

    def __init__(self) -> None:
        self.on_cost: Callable[[date, str, int], None] | None = None
        self._day = _today()
        self._used: Counter[str] = Counter()

    def spend(self, method: str) -> None:
        """Count a call, such as `videos.list`."""
        bucket, cost = COSTS[method]
        self._turn_page()
        self._used[bucket] += cost
        if self.on_cost:
            self.on_cost(self._day, bucket, cost)

    def used(self) -> dict[str, int]:
        """Return what was taken today, in Pacific time, by bucket."""
        self._turn_page()
        return {bucket: self._used[bucket] for bucket in DAILY}

    def _turn_page(self) -> None:
        today = _today()
        if today != self._day:
            self._day, self._used = today, Counter()


def _today() -> date:
    """Return the day of the quota."""
    return now().astimezone(PACIFIC).date()


def next_quota(moment: datetime) -> datetime:
    """Return when the quota begins anew after a moment: at midnight Pacific time."""
    tomorrow = moment.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=PACIFIC).astimezone(moment.tzinfo)


class GoogleApi(Api):
    """A connection that reads Google's errors."""

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error that the first known `reason` of an answer stands for, or its status."""
        if reply.status_code == httpx.codes.PERMANENT_REDIRECT:
            return _unfinished(reply)
        told = _told(reply)
        known = load_refusals(NAME)
        code = next((reason for reason in told.reasons if reason in known), "")
        if not code:
            return self._unknown(reply, told)
        error = known[code].error(self.service, code, status=reply.status_code, detail=one_line(told.message))
        if isinstance(error, RateLimited):
            error.retry_after = retry_after(reply)
        if isinstance(error, QuotaSpent):
            error.until = now() + CHANNEL_REST if code == "uploadLimitExceeded" else next_quota(now())
        return error

    def is_refusal(self, reply: httpx.Response) -> bool:
        """Whether it was surely not taken; 308 says that bytes are missing, so that there is no video yet."""
        return reply.status_code == httpx.codes.PERMANENT_REDIRECT or super().is_refusal(reply)

    def _unknown(self, reply: httpx.Response, told: ErrorReply) -> ServiceError:
        facts: dict[str, Any] = {
            "service": self.service,
            "status": reply.status_code,
            "code": next(iter(told.reasons), ""),
            "detail": one_line(told.message),
        }
        match reply.status_code:
            case httpx.codes.UNAUTHORIZED:
                return TokenExpired("The access token is not accepted.", **facts)
            case httpx.codes.FORBIDDEN:
                return NotAllowed("YouTube does not allow this to our app for this account.", **facts)
        return super().error_of(reply)


class YouTubeApi(GoogleApi):
    """The connection to YouTube in the name of one account."""

    def __init__(self, options: YouTubeOptions, token: Callable[[], Token]) -> None:
        super().__init__(NAME, options.base_url, timeout=options.timeout_seconds)
        self._token = token
        self.quota = Quota()
        self.client = _client(options.base_url.rstrip("/") + "/")

    def call(self, request: HttpRequest, form: type[Form], *, once: bool = False) -> Form:
        """Send what Google's client built and return the answer in its form; `once` for what cannot be repeated.

        Raises like `ask`, or like `submit` for `once`.
        """
        self.spend(request)
        answer = request.execute(http=Wire(self, once=once), num_retries=0)
        return self.parsed(form, answer, submitted=once)

    def spend(self, request: HttpRequest) -> None:
        """Count a request of Google's client."""
        self.quota.spend(request.methodId.removeprefix("youtube."))

    def send(
        self,
        method: str,
        address: str,
        body: str | bytes | Iterable[bytes] | None,
        headers: Mapping[str, str],
        *,
        once: bool = False,
    ) -> httpx.Response:
        """Send one request with the account's token. The query stays out of all errors: it may be a session's key."""
        place, _, query = address.partition("?")
        own = {name: value for name, value in headers.items() if name.lower() not in OURS_TO_SET}
        signed = {**own, "Authorization": header_value(NAME, f"Bearer {self._token().access}")}
        exchange = self.submit if once else self.ask
        return exchange(method, place, params=query, content=body, headers=signed)


class Wire:
    """What Google's client takes for its `http`: sends once, follows no redirect, raises the errors of the house."""

    def __init__(self, api: YouTubeApi, *, once: bool) -> None:
        self._api, self._once = api, once

    def request(
        self, uri: str, method: str, body: str | bytes | None, headers: Mapping[str, str]
    ) -> tuple[httplib2.Response, bytes]:
        """Return status and body of an answer that is surely a JSON object."""
        reply = self._api.send(method, uri, body, headers, once=self._once)
        self._api.json_of(reply, submitted=self._once)
        return httplib2.Response({"status": str(reply.status_code)}), reply.content


@cache
def _client(root: str) -> Resource:
    """Return Google's client for an address, from the description of the API that it brings along.

    It has no connection of its own: each call is given one, or fails.
    """
    description = json.loads(discovery_cache.get_static_doc(NAME, "v3"))
    return build_from_document({**description, "rootUrl": root}, http=object())


def _told(reply: httpx.Response) -> ErrorReply:
    """Return what an answer says went wrong; nothing where it is not in Google's form."""
    try:
        return ErrorReply.model_validate_json(reply.content)
    except ValidationError:
        return ErrorReply()


def _unfinished(reply: httpx.Response) -> Unfinished:
    """Read how much has arrived: `Range: bytes=0-N`, or nothing without that header."""
    error = Unfinished("The upload is not complete yet.", service=NAME, status=reply.status_code)
    last = reply.headers.get("range", "").rpartition("-")[2]
    error.stored = int(last) + 1 if last.isdecimal() else 0
    return error
