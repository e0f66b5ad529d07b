"""A strict stand-in for Cloudflare R2: moto's S3 server, which refuses what R2 refuses, over real HTTP.

Beyond moto it refuses unknown keys, links past their end, parts that are not equal, bodies that are not those of the
signature, and the checksums that boto3 adds on its own. What it is sent stands in `calls`.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

KEY, SECRET = "fake-key-id-1", "fake-secret-key-1"
R2_REFUSES = ("HTTP_X_AMZ_SDK_CHECKSUM_ALGORITHM", "HTTP_X_AMZ_CHECKSUM_CRC32", "HTTP_X_AMZ_TRAILER")


@dataclass(frozen=True)
class Call:
    """A request as the service saw it; `size` is that of its body in bytes."""

    method: str
    path: str
    query: str
    size: int


class FakeBucket:
    """One bucket, as `with FakeBucket() as bucket`."""

    name = "reels-of-tests"

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.later = timedelta(0)
        self.is_damaging = False
        self._trouble: tuple[str, int, str] | None = None
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=MotoRequestHandler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.client = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=KEY,
            aws_secret_access_key=SECRET, config=Config(request_checksum_calculation="when_required"),
        )  # fmt: skip
        self.client.create_bucket(Bucket=self.name)
        self.calls.clear()
        return self

    def __exit__(self, *_: object) -> None:
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name):
            for found in page.get("Contents", []):
                self.client.delete_object(Bucket=self.name, Key=found["Key"])
        self.client.delete_bucket(Bucket=self.name)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def environment(self) -> dict[str, str]:
        """Return the settings that lead to this bucket."""
        return {
            "S3_ENDPOINT": self.endpoint, "S3_BUCKET": self.name, "S3_ACCESS_KEY_ID": KEY,
            "S3_SECRET_ACCESS_KEY": SECRET,
        }  # fmt: skip

    def refuse_next(self, method: str, status: int, code: str) -> None:
        """Answer every call of a method with an error from now on; with method '' nothing is refused any more."""
        self._trouble = (method, status, code) if method else None

    def objects(self) -> dict[str, bytes]:
        """Return everything in the bucket."""
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {one["Key"]: self.client.get_object(Bucket=self.name, Key=one["Key"])["Body"].read() for one in found}

    def damage(self, key: str) -> None:
        """Change one byte of a stored file and nothing about it."""
        stored = self.client.get_object(Bucket=self.name, Key=key)
        content = bytearray(stored["Body"].read())
        content[len(content) // 2] ^= 1
        self.client.put_object(Bucket=self.name, Key=key, Body=bytes(content), Metadata=stored["Metadata"])

    def sent(self, *methods: str) -> list[Call]:
        """Return the calls of these methods so far, and forget all."""
        calls, self.calls = self.calls, []
        return [call for call in calls if call.method in methods]

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        method, path, query = (environ[name] for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING"))
        self.calls.append(Call(method, path, query, len(body)))
        refusal = self._refusal(environ, body)
        if refusal:
            return _refuse(start, *refusal)
        if self.is_damaging and method == "PUT" and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        environ["wsgi.input"] = io.BytesIO(body)
        answer: Callable[..., Iterable[bytes]] = self._moto
        if query.split("&")[0] == "uploads" and method == "GET":
            return [_begun_now(b"".join(answer(environ, start)))]
        return answer(environ, start)

    def _refusal(self, environ: WSGIEnvironment, body: bytes) -> tuple[int, str] | None:
        query = parse_qs(environ["QUERY_STRING"])
        if self._trouble and environ["REQUEST_METHOD"] == self._trouble[0]:
            return self._trouble[1:]
        signature = environ.get("HTTP_AUTHORIZATION", "") + "".join(query.get("X-Amz-Credential", []))
        if f"{KEY}/" not in signature:
            return 403, "InvalidAccessKeyId"
        if "X-Amz-Date" in query and self._is_over(query):
            return 403, "ExpiredRequest"
        if environ["REQUEST_METHOD"] == "PUT" and "lifecycle" not in environ["QUERY_STRING"]:
            if [name for name in R2_REFUSES if name in environ]:
                return 501, "NotImplemented"
            if environ.get("HTTP_X_AMZ_CONTENT_SHA256") not in (hashlib.sha256(body).hexdigest(), None):
                return 400, "XAmzContentSHA256Mismatch"
        if environ["REQUEST_METHOD"] == "POST" and "uploadId" in query and not self._are_equal(query["uploadId"][0]):
            return 400, "InvalidPart"
        return None

    def _is_over(self, query: dict[str, list[str]]) -> bool:
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return datetime.now(UTC) + self.later > signed + timedelta(seconds=int(query["X-Amz-Expires"][0]))

    def _are_equal(self, upload: str) -> bool:
        return len(set(self.part_sizes(upload)[:-1])) <= 1

    def part_sizes(self, upload: str = "") -> list[int]:
        """Return the sizes of the parts that were sent, in order of their numbers."""
        sizes: dict[int, int] = {}
        for call in self.calls:
            number = re.search(r"partNumber=(\d+)", call.query)
            if call.method == "PUT" and number and upload in call.query:
                sizes[int(number[1])] = call.size
        return [sizes[number] for number in sorted(sizes)]


def _begun_now(listing: bytes) -> bytes:
    """Put the present into a list of uploads: moto says that all were begun in 2010."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return re.sub(rb"(?<=<Initiated>)[^<]*", moment.encode(), listing)


def _refuse(start: StartResponse, status: int, code: str) -> list[bytes]:
    text = f"<Error><Code>{code}</Code><Message>No. key={SECRET}</Message></Error>".encode()
    start(f"{status} No", [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))])
    return [text]
