"""The two connections to TikTok, its API and its upload host, and what their refusals mean.

A refusal is known by the code in its body, whatever the HTTP status says: some come with status 200 on purpose. What
the codes mean stands in refusals/tiktok.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import Field, ValidationError

from core.clock import now
from core.errors import QuotaSpent, RateLimited, Rejected, Restricted, ServiceError, TokenExpired, Unreachable
from core.log import hide
from core.posting import Token
from integrations.http import Api, bare_address, one_line, retry_after, shown
from integrations.platforms.base import PlatformOptions
from integrations.platforms.refusals import Refusal, load_refusals
from integrations.platforms.tiktok_chunks import LEAST_CHUNK, MOST_CHUNK
from integrations.platforms.tiktok_replies import OK, Envelope, Failure, Fault

SERVICE = "tiktok"
ADDRESS = r"^https?://[^\s]+$"

WINDOW_SECONDS = 60.0
"""How long calls that came too fast must wait when TikTok does not say: its limits are all per minute."""

TAKEN = frozenset({200, 201, 206})
"""How the upload host says that it has a chunk: 206 for a part, 201 or 200 for all of it (UNCONFIRMED)."""

GONE = frozenset({401, 403, 404, 410})
"""How the upload host refuses an address that has ended (UNCONFIRMED which of them it is)."""

OUT_OF_STEP = frozenset({409, 416})
"""How it refuses a chunk that is not the next one: it may have that chunk already."""

ADDRESS_GONE = "upload_address_gone"
"""Our own code for an upload address that is not taken any more."""


class TikTokOptions(PlatformOptions):
    """`mode` is inbox, where a person finishes each draft in the app, or direct, which needs an app TikTok audited.

    `megabyte` is in bytes, `chunk_megabytes` the size of a chunk. An upload address lives for `upload_seconds`; no
    chunk can be on its way any more `margin_seconds` after that. A public video without an id is taken for one in
    moderation for `moderation_hours`. `pkce` is how the app's kind wants the challenge written: hex for desktop apps,
    none for web apps.
    """

    base_url: str = Field(default="https://open.tiktokapis.com", pattern=ADDRESS)
    sign_in_url: str = Field(default="https://www.tiktok.com/v2/auth/authorize/", pattern=ADDRESS)
    site_url: str = Field(default="https://www.tiktok.com", pattern=ADDRESS)
    mode: Literal["inbox", "direct"] = "inbox"
    megabyte: int = Field(default=1 << 20, gt=0)
    chunk_megabytes: int = Field(default=10, ge=LEAST_CHUNK, le=MOST_CHUNK)
    upload_seconds: float = Field(default=3600, gt=0)
    margin_seconds: float = Field(default=300, ge=0)
    moderation_hours: float = Field(default=24, ge=0)
    pkce: Literal["hex", "base64url", "none"] = "hex"


class TikTokApi(Api):
    """The connection to the API."""

    def call(self, token: Token, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Send what may be sent again and return the `data` of the answer. Raises what its code stands for."""
        reply = self.ask(method, path, headers={"Authorization": f"Bearer {token.access}"}, **options)
        envelope = self.formed(Envelope, reply)
        if envelope.error.code != OK:
            raise refused(envelope.error, reply)
        return envelope.data or {}

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error of a status outside 2xx: by the code in its body where there is one."""
        try:
            fault = Failure.model_validate_json(reply.content).fault
        except ValidationError:
            fault = Fault(code="")
        if fault.code in load_refusals(SERVICE):
            return refused(fault, reply)
        facts: dict[str, Any] = {"status": reply.status_code, "code": fault.code, "detail": shown(reply)}
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            return TokenExpired("TikTok does not accept the token.", service=SERVICE, **facts)
        if reply.status_code != httpx.codes.FORBIDDEN:
            return super().error_of(reply)
        if fault.code:
            return refused(fault, reply)
        return Unreachable("Something before TikTok's API refused the call.", service=SERVICE, **facts)


class UploadHost(Api):
    """The connection to the host that takes the bytes. It wants no token: the query of the address lets in."""

    def send(self, address: str, content: Iterable[bytes], length: int, content_range: str, *, is_last: bool) -> None:
        """Send one chunk of `length` bytes, piece by piece.

        Raises Unreachable with the code `ADDRESS_GONE` when the address has ended. The last chunk is sent by `submit`:
        OutcomeUnknown when its answer was lost.
        """
        hide(urlsplit(address).query)
        send: Callable[..., httpx.Response] = self.submit if is_last else self.ask
        headers = {"Content-Type": "video/mp4", "Content-Length": str(length), "Content-Range": content_range}
        reply = send("PUT", bare_address(address), content=content, headers=headers, auth=_Query(address))
        if reply.status_code not in TAKEN:
            raise self.unusable("The upload host says neither yes nor no.", reply=reply, submitted=is_last)
        if is_last and reply.content:
            self.json_of(reply, submitted=True)

    def is_refusal(self, reply: httpx.Response) -> bool:
        """Whether a chunk was surely not taken: one that is out of step may have arrived before."""
        return super().is_refusal(reply) and reply.status_code not in OUT_OF_STEP

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error of a chunk that was not taken."""
        facts: dict[str, Any] = {"service": SERVICE, "status": reply.status_code, "detail": shown(reply)}
        if reply.status_code in GONE:
            return Unreachable("The upload address has ended.", code=ADDRESS_GONE, **facts)
        if reply.status_code in OUT_OF_STEP:
            return Unreachable("The upload host expects another chunk; it is asked where it stands.", **facts)
        return super().error_of(reply)


class _Query(httpx.Auth):
    """Puts the query of an upload address on at the last moment and untouched: it is a secret, so no error shows it."""

    def __init__(self, address: str) -> None:
        self._query = urlsplit(address).query.encode()

    def auth_flow(self, request: httpx.Request) -> Any:
        """Send the request to the whole address."""
        request.url = request.url.copy_with(query=self._query)
        yield request


def refused(fault: Fault, reply: httpx.Response) -> ServiceError:
    """Return the error that a refusal of TikTok stands for."""
    known = load_refusals(SERVICE).get(fault.code)
    facts: dict[str, Any] = {
        "status": reply.status_code,
        "detail": one_line(fault.message),
        "request_id": fault.log_id,
    }
    if known is None:
        return Rejected("TikTok refuses the request.", service=SERVICE, code=fault.code, **facts)
    error = known.error(SERVICE, fault.code, **facts)
    if isinstance(error, RateLimited):
        error.retry_after = retry_after(reply) or WINDOW_SECONDS
    return resting(error, rest_end(known, now()))


def rest_end(known: Refusal, since: datetime) -> datetime:
    """Return when the account need not rest any more for a refusal that came at a time."""
    return since + timedelta(hours=known.rest_hours)


def resting(error: ServiceError, until: datetime) -> ServiceError:
    """Return an error that says how long the account must rest, where it is one of that kind."""
    if isinstance(error, QuotaSpent):
        error.until = until
    if isinstance(error, Restricted):
        error.rest_hours = (until - now()).total_seconds() / 3600
    return error
