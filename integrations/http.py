"""One HTTP exchange with a service, with every way it can go wrong told as one of the house's errors.

Nothing here repeats a call. `ask` is for what may be asked again; `submit` is for what costs money, so that an
answer that was lost or makes no sense is OutcomeUnknown and never a reason to send it once more.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

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
from core.faults import faults_of
from core.log import redact

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log whole addresses, and some are secret

USER_AGENT = "Reelwright/0.1 (+self-hosted)"
"""Sent with every call: some hosts refuse clients without a name."""

CONNECT_SECONDS = 10.0
DOWNLOAD_SECONDS = 300.0
CHUNK = 1 << 18
LONGEST_WAIT = 3600.0
"""A `Retry-After` beyond this is cut to it, in seconds."""

SHOWN_CHARACTERS = 600
NO_FILES = frozenset({"text/html", "text/plain", "application/json"})
"""Content types of a page that tells of trouble where a picture, clip or sound should be."""

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""What httpx raises before a byte of the request has reached the service."""

Form = TypeVar("Form", bound=BaseModel)


class Api:
    """The connection to one service, with the headers of one account. Raises ConfigError for an impossible key."""

    def __init__(
        self, service: str, base_url: str, *, headers: Mapping[str, str] | None = None, timeout: float
    ) -> None:
        self.service = service
        own = {name: header_value(service, value) for name, value in (headers or {}).items()}
        self._client = httpx.Client(
            base_url=base_url,
            headers={"User-Agent": USER_AGENT, **own},
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
            verify=trusted(),
        )
        self._stranger = httpx.Client(
            headers={"User-Agent": USER_AGENT}, timeout=timeout, follow_redirects=True, verify=trusted()
        )

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send what may be sent again. Raises a ServiceError unless the status is 2xx."""
        try:
            reply = self._client.request(method, path, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise Unreachable(f"No answer to {method} {path}.", service=self.service, detail=_kind(exc)) from exc
        if reply.is_success:
            return reply
        raise self.error_of(reply)

    def submit(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send what costs money, once.

        Raises Unreachable only when nothing was sent, what `error_of` says when the service refused, and
        OutcomeUnknown when the answer was lost or leaves open whether it was taken.
        """
        try:
            reply = self._client.request(method, path, **options)
        except NOT_SENT as exc:
            raise Unreachable(f"{method} {path} could not be sent.", service=self.service, detail=_kind(exc)) from exc
        except httpx.HTTPError as exc:
            raise self.lost(f"No answer to {method} {path}.", detail=_kind(exc)) from exc
        if reply.is_success:
            return reply
        if self.is_refusal(reply):
            raise self.error_of(reply)
        raise self.lost(f"The answer to {method} {path} does not say whether it was taken.", reply=reply)

    def is_refusal(self, reply: httpx.Response) -> bool:
        """Whether a status outside 2xx says that the call was surely not taken: 4xx, but not that time ran out."""
        return reply.is_client_error and reply.status_code != httpx.codes.REQUEST_TIMEOUT

    def json_of(self, reply: httpx.Response, *, submitted: bool = False) -> dict[str, Any]:
        """Return the JSON object of a reply. Raises UnexpectedReply, or OutcomeUnknown after a submit."""
        try:
            body = reply.json()
        except (ValueError, RecursionError):
            body = None
        if isinstance(body, dict):
            return body
        raise self.unusable("The answer is not a JSON object.", reply=reply, submitted=submitted)

    def formed(self, form: type[Form], reply: httpx.Response, *, submitted: bool = False) -> Form:
        """Return a reply in its documented form. Raises UnexpectedReply, or OutcomeUnknown after a submit."""
        return self.parsed(form, self.json_of(reply, submitted=submitted), submitted=submitted)

    def parsed(self, form: type[Form], part: Any, *, submitted: bool = False) -> Form:
        """Return a part of an answer in its documented form. Raises like `formed`."""
        try:
            return form.model_validate(part)
        except ValidationError as exc:
            message = "The answer does not have the documented form."
            raise self.unusable(message, detail=faults_of(exc), submitted=submitted) from exc

    def unusable(
        self, message: str, *, reply: httpx.Response | None = None, detail: str = "", submitted: bool = False
    ) -> ServiceError:
        """Return the error for an answer that makes no sense: UnexpectedReply, or OutcomeUnknown after a submit."""
        kind = OutcomeUnknown if submitted else UnexpectedReply
        status = reply.status_code if reply is not None else None
        return kind(message, service=self.service, status=status, detail=detail or shown(reply))

    def lost(self, message: str, *, reply: httpx.Response | None = None, detail: str = "") -> ServiceError:
        """Return the error for a submit whose outcome is not known."""
        return self.unusable(message, reply=reply, detail=detail, submitted=True)

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

    def download(self, url: str, target: Path, *, largest_mib: int) -> None:
        """Copy a file to `target`, piece by piece.

        The account's headers go only to the service's own host. Raises Unreachable (link dead or slow: worth asking
        again), or UnexpectedReply when the file is too large, empty or a page of text.
        """
        limit, deadline, got = largest_mib << 20, time.monotonic() + DOWNLOAD_SECONDS, 0
        try:
            client = self._client if self._is_own(url) else self._stranger
            with client.stream("GET", url) as reply, target.open("wb") as out:
                if not reply.is_success:
                    raise self._no_file(url, f"status {reply.status_code}", Unreachable)
                kind = reply.headers.get("content-type", "").split(";")[0].strip().lower()
                if kind in NO_FILES:
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
                        raise self._no_file(url, f"it took more than {DOWNLOAD_SECONDS:.0f} s", Unreachable)
                    out.write(chunk)
        except httpx.HTTPError as exc:
            raise self._no_file(url, _kind(exc), Unreachable) from exc
        except (httpx.InvalidURL, ValueError) as exc:
            raise UnexpectedReply("The link to the file is no address.", service=self.service) from exc
        if not got:
            raise self._no_file(url, "it is empty", UnexpectedReply)

    def _is_own(self, url: str) -> bool:
        parts, own = urlsplit(url), self._client.base_url
        return not parts.netloc or (parts.scheme, parts.netloc) == (own.scheme, own.netloc.decode())

    def _no_file(self, url: str, why: str, kind: type[ServiceError]) -> ServiceError:
        return kind(f"The file at {bare_address(url)} could not be taken.", service=self.service, detail=why)


def header_value(service: str, text: str) -> str:
    """Return a text with a key as a header can hold it, without white space around. Raises ConfigError if it cannot."""
    value = text.strip()
    if value.isascii() and value.isprintable():
        return value
    raise ConfigError(
        f"The key of {service} has characters that no key has.",
        remedy=f"Copy it once more: `reelwright accounts rotate {service} NAME`.",
    )


def bare_address(url: str) -> str:
    """Return an address without what may be secret in it: user, query and fragment. Empty when it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


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
    """Return the beginning of a reply's body, for a person to read."""
    return "" if reply is None else one_line(reply.text)


def one_line(text: str) -> str:
    """Return the beginning of what a service says on one line, without secrets: some repeat the key they refuse."""
    return redact(" ".join(text[:SHOWN_CHARACTERS].replace("\0", "").split()))


@cache
def trusted() -> ssl.SSLContext:
    """Return the certificates that are trusted, those of SSL_CERT_FILE where it is set.

    They are read once for all clients: that takes longer than most calls.
    """
    return httpx.create_ssl_context()


def _kind(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
