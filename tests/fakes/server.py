"""A strict stand-in for an outside service, over real HTTP on this machine.

A fake subclasses `Fake` and marks its endpoints with `route`. Whatever it does not know it refuses, and remembers
in `strangers`. `break_next` makes it fail in any way a real service does, before or after it has acted.
"""

from __future__ import annotations

import json
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal, Self
from urllib.parse import parse_qsl, urlsplit

Moment = Literal["arrived", "acted", "answered"]
"""When a fault strikes or an observer is told: before the service acts, after it, after the answer left."""


@dataclass
class Request:
    """A request as the service sees it; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    found: dict[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """Return the JSON object of the body; refuses anything else with 400."""
        kind = self.headers.get("content-type", "").split(";")[0]
        if kind != "application/json":
            raise Refusal(415, {"error": f"application/json is needed, not {kind!r}"})
        try:
            value = json.loads(self.body)
        except ValueError:
            raise Refusal(400, {"error": "the body is not JSON"}) from None
        if not isinstance(value, dict):
            raise Refusal(400, {"error": "the body is not an object"})
        return value

    @property
    def call(self) -> str:
        """The request line, such as `POST /api/v1/start`."""
        return f"{self.method} {self.path}"


@dataclass
class Reply:
    """An answer: a JSON value, text or bytes."""

    status: int
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, dict[str, str]]:
        """Return the bytes and all headers."""
        if isinstance(self.body, bytes):
            data, kind = self.body, "application/octet-stream"
        elif isinstance(self.body, str):
            data, kind = self.body.encode(), "text/plain; charset=utf-8"
        else:
            data, kind = json.dumps(self.body).encode(), "application/json"
        return data, {"Content-Type": kind, "Content-Length": str(len(data)), **self.headers}


class Refusal(Exception):
    """Raised by an endpoint to answer with an error."""

    def __init__(self, status: int, body: Any = b"", headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.reply = Reply(status, body, headers or {})


Damage = Literal["reset", "hang", "html", "garbage", "empty"] | int | Reply
"""What becomes of an exchange: the connection is cut, or hangs for a while and is cut; a page of HTML, broken JSON or
nothing with status 200; a bare status; or any reply."""


@dataclass
class Fault:
    """A planned failure of the exchanges whose request line fits `pattern`."""

    pattern: str
    damage: Damage
    moment: Moment
    times: float
    share: float
    seconds: float


def route(method: str, pattern: str) -> Callable[[Any], Any]:
    """Mark a method of a fake as the endpoint for a path pattern; its named groups come as `request.found`."""

    def mark(function: Any) -> Any:
        function.route = (method, re.compile(pattern))
        return function

    return mark


class Fake:
    """Serves on a port of its own until `stop`. One lock guards the state: endpoints never run side by side."""

    HTML: ClassVar[str] = "<!doctype html><title>Just a moment...</title><h1>502 Bad gateway</h1>"

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.strangers: list[str] = []
        self.faults: list[Fault] = []
        self.latency = self.busy_seconds = 0.0
        self.observers: list[Callable[[Moment, Request], None]] = []
        self.lock = threading.RLock()
        self._random = random.Random(20)
        self._stopping = threading.Event()
        self._routes = [
            (*endpoint.route, getattr(self, name))
            for name, endpoint in ((name, getattr(type(self), name)) for name in dir(type(self)))
            if isinstance(getattr(endpoint, "route", None), tuple)
        ]
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is reached, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stop serving."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def break_next(
        self,
        damage: Damage,
        *,
        pattern: str = ".*",
        moment: Moment = "arrived",
        times: float = 1,
        share: float = 1.0,
        seconds: float = 30.0,
    ) -> None:
        """Plan a failure: of the next `times` fitting exchanges (or all, with inf), a random `share` of them."""
        self.faults.append(Fault(pattern, damage, moment, times, share, seconds))

    def calls(self, pattern: str = ".*") -> list[Request]:
        """Return the requests that arrived and whose request line fits, oldest first."""
        return [request for request in self.requests if re.fullmatch(pattern, request.call)]

    def authorize(self, request: Request) -> None:
        """Refuse a request without the right key; every fake says how. The default lets everybody in."""

    def answer(self, request: Request) -> Reply:
        """Act on a request."""
        known = False
        for method, pattern, endpoint in self._routes:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            known = True
            if method == request.method:
                request.found = {name: value or "" for name, value in match.groupdict().items()}
                self.authorize(request)
                reply = endpoint(request)
                return reply if isinstance(reply, Reply) else Reply(200, reply)
        self.strangers.append(request.call)
        raise Refusal(405 if known else 404, {"detail": "Method Not Allowed" if known else "Not Found"})

    def serve(self, request: Request) -> Reply | Fault:
        """Do one exchange; a Fault tells the handler to damage the connection."""
        with self.lock:
            self.requests.append(request)
        self._tell("arrived", request)
        fault = self._fault(request, "arrived")
        if fault is None:
            time.sleep(self.latency)
            with self.lock:
                try:
                    reply = self.answer(request)
                except Refusal as refusal:
                    reply = refusal.reply
            self._tell("acted", request)
            fault = self._fault(request, "acted")
        if fault is None:
            return reply
        return self._damaged(fault)

    def _damaged(self, fault: Fault) -> Reply | Fault:
        if isinstance(fault.damage, Reply):
            return fault.damage
        if isinstance(fault.damage, int):
            return Reply(fault.damage, {"error": f"planned {fault.damage}"})
        if fault.damage == "html":
            return Reply(200, self.HTML, {"Content-Type": "text/html; charset=utf-8"})
        if fault.damage == "garbage":
            return Reply(200, b'{"code": 0, "data": ', {"Content-Type": "application/json"})
        if fault.damage == "empty":
            return Reply(200, b"")
        if fault.damage == "hang":
            self._stopping.wait(fault.seconds)
        return fault

    def _fault(self, request: Request, moment: Moment) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                fits = fault.moment == moment and fault.times > 0 and re.fullmatch(fault.pattern, request.call)
                if fits and self._random.random() < fault.share:
                    fault.times -= 1
                    return fault
        return None

    def _tell(self, moment: Moment, request: Request) -> None:
        for observer in self.observers:
            observer(moment, request)

    def answered(self, request: Request) -> None:
        """Tell the observers that the answer has left."""
        self._tell("answered", request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that are killed close their connections in every way."""


def _handler_of(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def exchange(self) -> None:
            began = time.perf_counter()
            try:
                self.answer()
            finally:
                fake.busy_seconds += time.perf_counter() - began

        def answer(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("content-length") or 0)
            request = Request(
                self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()}, self.body(size),
            )  # fmt: skip
            reply = fake.serve(request)
            if isinstance(reply, Fault):
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            data, headers = reply.encoded()
            self.send_response(reply.status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()
            fake.answered(request)

        def body(self, size: int) -> bytes:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(size)
            pieces = []
            while length := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(length))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = exchange  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def fields(body: dict[str, Any], *, needed: str, allowed: str = "", status: int = 422) -> None:
    """Refuse a body that lacks a needed field or has one that is not known; names are separated by spaces."""
    missing = [name for name in needed.split() if name not in body]
    unknown = sorted(body.keys() - set(needed.split()) - set(allowed.split()))
    if missing or unknown:
        raise Refusal(status, {"error": f"missing: {missing}, unknown: {unknown}"})


@contextmanager
def serving(*fakes: Fake) -> Iterator[None]:
    """Stop the fakes at the end."""
    try:
        yield
    finally:
        for fake in fakes:
            fake.stop()
