"""The walk by which a person lets our app into an account: OAuth 2 with a code, for apps on the person's own machine.

The browser is sent to the platform's page and comes back to a tiny server on 127.0.0.1 that lives as long as the walk
(RFC 8252). `state` ties the answer to this walk, PKCE (RFC 7636, S256) ties the code to this process. Where the browser
runs on another machine, the address it ends at is pasted instead: it carries the same answer.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from core.errors import AccessLost, BadInput, ConfigError, NotAllowed, ServiceError
from core.log import hide
from integrations.http import one_line

HOST, PATH = "127.0.0.1", "/callback"

SILENCE_SECONDS = 10
"""How long a connection may say nothing: browsers open some that they never use."""

CLOSING_SECONDS = 0.05
"""How soon the server notices that it is to end."""

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Reelwright</title>
<body style="font: 18px/1.5 system-ui, sans-serif; max-width: 34em; margin: 4em auto; padding: 0 1em">
<h1>{heading}</h1><p>{text}</p></body></html>
"""
ARRIVED = ("Reelwright has the answer", "The terminal says whether all is well. This page can be closed.")
STRANGER = ("This is not the answer", "It does not belong to the sign-in that is under way; that one still waits.")
NOTHING = ("Nothing here", "Reelwright only waits here for the answer of a sign-in.")


class Loopback:
    """One walk: a server for the answer, with a state and a PKCE verifier of its own. Use it in a `with` block.

    `port` 0 takes any that is free. Raises ConfigError when the port cannot be had.
    """

    def __init__(self, platform: str, port: int = 0) -> None:
        self.platform = platform
        self.state, self.verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
        hide(self.verifier)
        self._answers: SimpleQueue[str | ServiceError] = SimpleQueue()
        try:
            self._server = _Server((HOST, port), _handler_of(self))
        except (OSError, OverflowError) as exc:
            raise ConfigError(
                f"The port {port} on this machine cannot be used ({exc}).", remedy="Choose another with --port."
            ) from exc
        self._thread = threading.Thread(target=self._server.serve_forever, args=(CLOSING_SECONDS,), daemon=True)

    @property
    def redirect_uri(self) -> str:
        """Where the platform sends the browser in the end."""
        return f"http://{HOST}:{self._server.server_address[1]}{PATH}"

    @property
    def challenge(self) -> str:
        """PKCE's challenge: the SHA-256 of the verifier in URL-safe base64 without padding."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> str:
        """Return the code that the browser brings.

        Raises AccessLost when the person refused or nobody came in time, NotAllowed when the platform refuses the app.
        """
        try:
            answer = self._answers.get(timeout=seconds)
        except Empty:
            raise AccessLost(
                f"Nobody let the app in within {seconds:g} seconds.",
                service=self.platform,
                remedy="Run the same command again and answer the page in the browser.",
            ) from None
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    def read(self, address: str) -> str | ServiceError | None:
        """Return the answer that an address carries, the code or a refusal; None when it does not answer this walk."""
        try:
            return code_from_address(self.platform, address, self.state)
        except BadInput:
            return None
        except ServiceError as refusal:
            return refusal

    def keep(self, answer: str | ServiceError) -> None:
        """Hand an answer to whoever waits."""
        self._answers.put(answer)


def code_from_address(platform: str, address: str, state: str) -> str:
    """Return the code in the address that the browser ended at.

    Raises BadInput when it is no answer to the walk with this state, AccessLost when the person refused, and
    NotAllowed when the platform refuses the app.
    """
    try:
        answer = dict(parse_qsl(urlsplit(address.strip()).query))
    except ValueError:
        answer = {}
    if not secrets.compare_digest(answer.get("state", "").encode(), state.encode()):
        raise BadInput(
            "This address is not the answer to this sign-in.",
            remedy=f"Paste the whole address, from http to the end, that begins with http://{HOST} and holds 'state='.",
        )
    if "error" in answer:
        raise _refusal(platform, answer["error"], answer.get("error_description", ""))
    code = answer.get("code", "")
    if not code:
        raise BadInput("This address holds no code.", remedy="Run the same command again and let the app in.")
    hide(code)
    return code


def _refusal(platform: str, error: str, description: str) -> ServiceError:
    code, detail = one_line(error), one_line(description)
    if error == "access_denied":
        return AccessLost(
            "The app was not let in: somebody said no on the platform's page.",
            service=platform, code=code, detail=detail, remedy="Run the same command again and allow what it asks for.",
        )  # fmt: skip
    return NotAllowed(
        "The platform does not let people sign in to this app.",
        service=platform, code=code, detail=detail,
        remedy="Compare the app's settings at the platform (redirect address, scopes, testers), then run it again.",
    )  # fmt: skip


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: browsers close connections in every way."""


def _handler_of(walk: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SILENCE_SECONDS

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != PATH:
                self.say(404, NOTHING)
                return
            answer = walk.read(self.path)
            if answer is None:
                self.say(400, STRANGER)
                return
            try:
                self.say(200, ARRIVED)
            finally:  # after the page, because the process may end with the answer; and also when the browser is gone
                walk.keep(answer)

        def say(self, status: int, words: tuple[str, str]) -> None:
            page = PAGE.format(heading=words[0], text=words[1]).encode()
            self.send_response(status)
            for name, value in (
                ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page))),
                ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"), ("Connection", "close"),
            ):  # fmt: skip
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing: the address holds the code."""

    return Handler
