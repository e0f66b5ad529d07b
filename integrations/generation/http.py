"""One HTTP exchange with a service, with every way it can go wrong told as one of the house's errors.

Nothing here repeats a call. `ask` is for what may be asked again; `submit` is for what costs money, so that an
answer that was lost or makes no sense is OutcomeUnknown and never a reason to send it once more.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx

from core.errors import (
    AccessLost,
    ConfigError,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from core.log import redact

USER_AGENT = "Reelwright/0.1 (+self-hosted)"
"""Sent with every call: some hosts refuse clients without a name."""

CONNECT_SECONDS = 10.0
CHUNK = 1 << 18
LONGEST_WAIT = 3600.0
"""A `Retry-After` beyond this is cut to it, in seconds."""

QUERY = re.compile(r"(?<=\w)\?[^\s\"'<>]+=[^\s\"'<>]+")
"""The query of an address, which may be its signature."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
"""What httpx raises before a byte of the request has left."""


class Api:
    """The connection to one service, with the headers of one account. Raises ConfigError for an impossible key."""

    def __init__(
        self, service: str, base_url: str, *, headers: Mapping[str, str] | None = None, timeout: float
    ) -> None:
        self.service = service
        if not all(value.isascii() and value.isprintable() for value in (headers or {}).values()):
            raise ConfigError(
                f"The key of {service} has characters that no key has.",
                remedy=f"Copy it once more: `reelwright accounts rotate {service} NAME`.",
            )
        self._client = httpx.Client(
            base_url=base_url,
            headers={"User-Agent": USER_AGENT, **(headers or {})},
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
            verify=_trust(),
        )
        self._stranger = httpx.Client(
            headers={"User-Agent": USER_AGENT}, timeout=timeout, follow_redirects=True, verify=_trust()
        )

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send what may be sent again. Raises a ServiceError unless the status is 2xx."""
        try:
            reply = self._client.request(method, path, **options)
        except httpx.HTTPError as exc:
            raise Unreachable(f"No answer to {method} {path}.", service=self.service, detail=_kind(exc)) from exc
        if reply.is_success:
            return reply
        raise self.error_of(reply)

    def submit(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send what costs money, once.

        Raises Unreachable only when nothing was sent, OutcomeUnknown when the answer was lost or is a server error,
        and what `error_of` says when the service refused.
        """
        try:
            reply = self._client.request(method, path, **options)
        except NOT_SENT as exc:
            raise Unreachable(f"{method} {path} could not be sent.", service=self.service, detail=_kind(exc)) from exc
        except httpx.HTTPError as exc:
            raise self.lost(f"No answer to {method} {path}.", detail=_kind(exc)) from exc
        if reply.is_success:
            return reply
        if reply.status_code >= 500 or reply.is_redirect:
            raise self.lost(f"{method} {path} was answered with an error of the server.", reply=reply)
        raise self.error_of(reply)

    def json_of(self, reply: httpx.Response, *, submitted: bool = False) -> dict[str, Any]:
        """Return the JSON object of a reply. Raises UnexpectedReply, or OutcomeUnknown after a submit."""
        try:
            body = reply.json()
        except ValueError:
            body = None
        if isinstance(body, dict):
            return body
        message = "The answer is not a JSON object."
        if submitted:
            raise self.lost(message, reply=reply)
        raise UnexpectedReply(message, service=self.service, status=reply.status_code, detail=shown(reply))

    def lost(self, message: str, *, reply: httpx.Response | None = None, detail: str = "") -> OutcomeUnknown:
        """Return the error for a submit whose outcome is not known."""
        status = reply.status_code if reply is not None else None
        return OutcomeUnknown(message, service=self.service, status=status, detail=detail or shown(reply))

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error that a status outside 2xx stands for."""
        facts: dict[str, Any] = {"service": self.service, "status": reply.status_code, "detail": shown(reply)}
        match reply.status_code:
            case 401 | 403:
                return AccessLost("The service does not accept the key.", **facts)
            case 402:
                return QuotaSpent("The account has no credits left.", **facts)
            case 429:
                limited = RateLimited("The service asks for slower calls.", **facts)
                limited.retry_after = retry_after(reply)
                return limited
            case status if status >= 500 or status in (408, 425):
                return Unreachable("The service has trouble.", **facts)
        return Rejected("The service refuses the request.", **facts)

    def download(self, url: str, target: Path, *, largest_mib: int, seconds: float = 300) -> str:
        """Copy a file to `target`, piece by piece, and return its content type.

        The account's headers go only to the service's own host. Raises Unreachable (link dead or slow: worth asking
        again), or UnexpectedReply when the file is too large, empty, cut short or a page of text.
        """
        client = self._client if self._is_own(url) else self._stranger
        limit, deadline, got = largest_mib << 20, time.monotonic() + seconds, 0
        try:
            with client.stream("GET", url) as reply, target.open("wb") as out:
                if not reply.is_success:
                    reply.read()
                    raise self._no_file(url, f"status {reply.status_code}", Unreachable)
                kind: str = reply.headers.get("content-type", "").split(";")[0].strip().lower()
                if kind in ("text/html", "application/json", "text/plain"):
                    raise self._no_file(url, f"it is {kind}", UnexpectedReply)
                announced = int(reply.headers.get("content-length") or 0)
                if announced > limit:
                    raise self._no_file(
                        url, f"it has {announced >> 20} MiB, at most {largest_mib} are taken", UnexpectedReply
                    )
                for chunk in reply.iter_bytes(CHUNK):
                    got += len(chunk)
                    if got > limit:
                        raise self._no_file(url, f"it has more than {largest_mib} MiB", UnexpectedReply)
                    if time.monotonic() > deadline:
                        raise self._no_file(url, f"it took more than {seconds:.0f} s", Unreachable)
                    out.write(chunk)
        except httpx.HTTPError as exc:
            raise self._no_file(url, _kind(exc), Unreachable) from exc
        if not got:
            raise self._no_file(url, "it is empty", UnexpectedReply)
        return kind

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._stranger.close()

    def _is_own(self, url: str) -> bool:
        return not urlsplit(url).netloc or urlsplit(url).netloc == urlsplit(str(self._client.base_url)).netloc

    def _no_file(self, url: str, why: str, kind: type[ServiceError]) -> ServiceError:
        shown_url = urlsplit(url)._replace(query="", fragment="").geturl()
        return kind(f"The file at {shown_url} could not be taken.", service=self.service, detail=why)


def retry_after(reply: httpx.Response) -> float | None:
    """Return the seconds of a `Retry-After` header, a number or a date; None without one."""
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def shown(reply: httpx.Response | None) -> str:
    """Return the beginning of a reply's body on one line, for a person to read: without the secrets of addresses."""
    if reply is None:
        return ""
    return redact(QUERY.sub("?…", " ".join(reply.text[:600].replace("\0", "").split())))


@cache
def _trust() -> ssl.SSLContext:
    """Return the certificates that are trusted; reading them takes longer than most calls."""
    return ssl.create_default_context(cafile=certifi.where())


def _kind(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
