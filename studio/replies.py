"""Security headers on every reply, and errors as a page for browsers or as JSON for programs."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import BadInput, Busy, DatabaseUnavailable, FactoryError, NotFound, StorageError

log = logging.getLogger(__name__)

SECURITY_HEADERS: Mapping[str, str] = {
    # Everything comes from this server and nothing runs that is written into a page.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

WORDS: Mapping[int, tuple[str, str]] = {
    404: ("Nothing here", "This page does not exist, or the reel was taken out of the gallery."),
    405: ("Not this way", "This address only answers to reading."),
    500: ("Something broke", "The studio stumbled over its own feet. The log of this run knows where."),
    503: ("Not right now", "A part the studio needs does not answer. Try again in a moment."),
}
OTHERWISE = ("That did not work", "The request could not be answered.")

STATUS_CODES: Mapping[type[FactoryError], int] = {
    NotFound: 404,
    BadInput: 400,
    Busy: 409,
    DatabaseUnavailable: 503,
    StorageError: 503,
}


class SecureHeaders:
    """Adds the security headers to every reply that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers when the reply starts."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_secured if scope["type"] == "http" else send)


def add_error_replies(app: FastAPI, pages: Environment) -> None:
    """Answer every error with its status and words, never with a path, a trace or a secret."""

    def reply(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
        title, text = WORDS.get(status, OTHERWISE)
        headers = {**SECURITY_HEADERS, **(headers or {}), "Cache-Control": "no-store"}
        if "text/html" in request.headers.get("accept", ""):
            page = pages.get_template("error.html").render(status=status, title=title, text=text)
            return HTMLResponse(page, status, headers)
        return JSONResponse({"error": {"status": status, "title": title, "detail": text}}, status, headers)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, exc: HTTPException) -> Response:
        return reply(request, exc.status_code, exc.headers)

    @app.exception_handler(RequestValidationError)
    def wrong_request(request: Request, exc: RequestValidationError) -> Response:
        return reply(request, 404)

    @app.exception_handler(FactoryError)
    def factory_error(request: Request, exc: FactoryError) -> Response:
        status = next((code for kind, code in STATUS_CODES.items() if isinstance(exc, kind)), 500)
        log.warning("%s %s: %s", request.method, request.url.path, exc)
        return reply(request, status)

    @app.exception_handler(OSError)
    def disk_error(request: Request, exc: OSError) -> Response:
        log.error("%s %s: %s", request.method, request.url.path, exc)
        return reply(request, 503)

    @app.exception_handler(Exception)
    def own_fault(request: Request, exc: Exception) -> Response:
        return reply(request, 500)  # the server logs the trace
