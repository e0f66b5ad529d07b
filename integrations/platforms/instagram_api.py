"""The wire to Instagram: its options, its two ways of carrying the token, its limits of calls and its errors."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

import httpx
from pydantic import Field

from core.clock import now
from core.errors import OutcomeUnknown, QuotaSpent, RateLimited, Rejected, ServiceError, TokenExpired, Unreachable
from integrations.http import Api, header_value, one_line, retry_after, shown
from integrations.platforms.base import PlatformOptions
from integrations.platforms.instagram_replies import GraphError, UploadError, refused, usages_of
from integrations.platforms.refusals import Refusal, load_refusals

log = logging.getLogger(__name__)

SERVICE = "instagram"
ADDRESS = r"^https?://[^\s]+[^\s/]$"

VERSION_ENDS = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
"""When versions of the Graph API end, by its changelog of 29 July 2026; the newest has no date yet."""

WARN_DAYS = 90
WARN_PERCENT, STOP_PERCENT = 80, 95
"""Shares of an hour's calls at which the log says so, and at which no more are made: Meta blocks at 100."""

USUAL_REST = 3600.0
"""Seconds without calls when Meta does not say how long: the calls are counted over a moving hour."""

QUOTA_LOOK = timedelta(hours=1)
"""After this the quota is looked at again: it counts a moving day and does not say when a place gets free."""

SURELY_REFUSED = frozenset({"9007", "2207027", "2207008", "2207020"})
"""Refusals of passing trouble that say all the same that nothing was published: not ready yet, or expired."""

MAYBE_DONE = frozenset({"4", "2207051"})
"""Refusals that came for posts which were live (Postiz, pull request 1681)."""

UNREADABLE = frozenset({"100/33", "2207006"})
"""Refusals to show something that say nothing of it: outages and missing rights look the same."""

NOT_AUTHORIZED = "NotAuthorizedError"
"""What the upload host calls a token it does not take. UNCONFIRMED; status 401 says the same."""


class InstagramOptions(PlatformOptions):
    """What can be told of Instagram in the posting file.

    `login` is how the account was connected. `username` picks one of several accounts at a login by Facebook.
    `match_minutes` is by how much the clocks may differ when a post is searched for by its time.
    """

    login: Literal["instagram", "facebook"] = "instagram"
    username: str = ""
    version: str = Field(default="v26.0", pattern=r"^v\d+\.\d+$")
    share_to_feed: bool = True
    resume_uploads: bool = Field(
        default=False, description="UNCONFIRMED: go on where a broken upload ended, as `video_status` says it."
    )
    match_minutes: float = Field(default=10, ge=0)
    needs_public_address: bool = Field(
        default=True, description="Off only where something on this machine stands in for Instagram."
    )
    instagram_graph_url: str = Field(default="https://graph.instagram.com", pattern=ADDRESS)
    facebook_graph_url: str = Field(default="https://graph.facebook.com", pattern=ADDRESS)
    upload_url: str = Field(default="https://rupload.facebook.com", pattern=ADDRESS)
    token_url: str = Field(default="https://api.instagram.com", pattern=ADDRESS)
    instagram_login_url: str = Field(default="https://www.instagram.com", pattern=ADDRESS)
    facebook_login_url: str = Field(default="https://www.facebook.com", pattern=ADDRESS)

    @property
    def graph_url(self) -> str:
        """Where this kind of login makes its calls, with the version."""
        host = self.facebook_graph_url if self.login == "facebook" else self.instagram_graph_url
        return f"{host}/{self.version}"


class InstagramApi(Api):
    """A connection that knows Instagram's errors and stops by itself before the limit of calls is reached.

    `authorization` returns the value of the header that carries the token, anew for each call.
    """

    def __init__(self, base_url: str, *, timeout: float, authorization: Callable[[], str] | None = None) -> None:
        super().__init__(SERVICE, base_url, timeout=timeout)
        self._authorization = authorization
        self._closed_until = 0.0
        self._client.event_hooks = {"response": [self._note_usage]}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send what may be sent again; raises RateLimited, without sending, while the calls are used up."""
        return super().ask(method, path, **self._admitted(options))

    def submit(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send what must be sent once; raises RateLimited, without sending, while the calls are used up."""
        return super().submit(method, path, **self._admitted(options))

    def is_refusal(self, reply: httpx.Response) -> bool:
        """Whether nothing was surely made public: only a code that is known, and never came for a post that was."""
        key, refusal = _known(refused(reply).error)
        if refusal is None or not super().is_refusal(reply):
            return False
        return key in SURELY_REFUSED or (refusal.kind not in ("transient", "unclear") and key not in MAYBE_DONE)

    def lost(self, message: str, *, reply: httpx.Response | None = None, detail: str = "") -> ServiceError:
        """Return the error for a submit whose outcome is not known, with Meta's code and words where it gave some."""
        said = refused(reply).error if reply is not None else None
        error = super().lost(message, reply=reply, detail=detail or _words(said))
        error.code, refusal = _known(said)
        error.request_id = (said.fbtrace_id or "") if said else ""
        if isinstance(error, OutcomeUnknown) and refusal is not None and refusal.kind == "policy":
            error.message, error.rest_hours = f"{refusal.means} {error.message}", refusal.rest_hours
        return error

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error that a refusal stands for: by its code, else by who refuses and with which status."""
        said = refused(reply)
        if said.error is not None:
            return self._graph_error(reply, said.error)
        if said.debug_info is not None:
            return self._upload_error(reply, said.debug_info)
        facts: dict[str, Any] = {"service": self.service, "status": reply.status_code}
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            return TokenExpired("Instagram does not accept the access token.", **facts)
        if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return super().error_of(reply)
        if said.error_message is not None:
            return Rejected("The login was refused.", detail=one_line(said.error_message), **facts)
        return Unreachable("Something other than Instagram's API has answered.", detail=shown(reply), **facts)

    def refusal(self, key: str, **facts: Any) -> ServiceError:
        """Return the error of a known code; a spent quota says when to look again."""
        error = load_refusals(SERVICE)[key].error(self.service, key, **facts)
        if isinstance(error, QuotaSpent):
            error.until = now() + QUOTA_LOOK
        return error

    def _graph_error(self, reply: httpx.Response, said: GraphError) -> ServiceError:
        key, refusal = _known(said)
        facts: dict[str, Any] = {
            "status": reply.status_code, "detail": _words(said), "request_id": said.fbtrace_id or ""
        }  # fmt: skip
        if refusal is not None:
            error = self.refusal(key, **facts)
            if isinstance(error, RateLimited):
                error.retry_after = _pause(reply)
            return error
        facts |= {"service": self.service, "code": key}
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            return TokenExpired("Instagram does not accept the access token.", **facts)
        if said.is_transient or reply.is_server_error:
            return Unreachable("Instagram has trouble.", **facts)
        return Rejected("Instagram refuses this with a code that we do not know.", **facts)

    def _upload_error(self, reply: httpx.Response, said: UploadError) -> ServiceError:
        facts: dict[str, Any] = {
            "service": self.service, "status": reply.status_code, "code": said.type or "",
            "detail": one_line(said.message or ""),
        }  # fmt: skip
        if said.type == NOT_AUTHORIZED or reply.status_code == httpx.codes.UNAUTHORIZED:
            return TokenExpired("The upload host does not accept the access token.", **facts)
        # Also when it says that repeating does not help: whether the container is lost is told by its own status.
        return Unreachable("The upload host did not take the video.", **facts)

    def _admitted(self, options: dict[str, Any]) -> dict[str, Any]:
        wait = self._closed_until - time.monotonic()
        if wait > 0:
            limited = RateLimited("The calls that Meta allows are used up, so none was made.", service=self.service)
            limited.retry_after = wait
            raise limited
        headers = dict(options.get("headers", {}))
        if self._authorization is not None:
            headers["Authorization"] = header_value(self.service, self._authorization())
        return options | {"headers": headers}

    def _note_usage(self, reply: httpx.Response) -> None:
        percent = max((usage.percent for usage in usages_of(reply.headers)), default=0.0)
        if percent >= STOP_PERCENT:
            self._closed_until = time.monotonic() + (_regain(reply) or USUAL_REST)
        elif percent >= WARN_PERCENT:
            log.warning("Instagram: %.0f %% of the calls that Meta allows are used.", percent)


@cache
def warn_before_end(version: str, today: date) -> None:
    """Say in the log, once a day, that a version of the Graph API ends soon or has ended."""
    end = VERSION_ENDS.get(version)
    if end is not None and (end - today).days < WARN_DAYS:
        log.warning("Instagram: version %s of the Graph API ends on %s. Set a newer one as `version`.", version, end)


def _known(said: GraphError | None) -> tuple[str, Refusal | None]:
    """Return the name under which an error stands in the table, and what stands there; else its own numbers."""
    if said is None or said.code is None:
        return "", None
    table = load_refusals(SERVICE)
    code, subcode = said.code, said.error_subcode
    for key in (str(subcode), f"{code}/{subcode}", str(_family(code))):
        if key in table:
            return key, table[key]
    return f"{code}/{subcode}" if subcode else str(code), None


def _family(code: int) -> int:
    """Return the code that stands for a whole range of them."""
    if 200 <= code <= 299:
        return 200
    return 80002 if 80000 <= code <= 80099 else code


def _words(said: GraphError | None) -> str:
    return one_line(said.error_user_msg or said.message or "") if said else ""


def _regain(reply: httpx.Response) -> float:
    """Return the seconds until calls are taken again, 0 where they are not given."""
    minutes = max((usage.estimated_time_to_regain_access for usage in usages_of(reply.headers)), default=0.0)
    return minutes * 60


def _pause(reply: httpx.Response) -> float | None:
    return _regain(reply) or retry_after(reply)
