"""Resumable uploads: a session is opened, bytes arrive in chunks, and the last one makes the video.

Source: "YouTube Data API - Resumable Uploads". The address of a session is as good as a key to the upload: it goes into
the handle, which is stored encrypted, and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from googleapiclient.http import MediaFileUpload
from pydantic import Field, ValidationError

from core.clock import now
from core.errors import BadInput, ServiceError, StorageError, UnexpectedReply, Unreachable
from core.models import Value
from core.posting import Post
from integrations.platforms.disk import pieces
from integrations.platforms.youtube_api import NAME, Unfinished, YouTubeApi, YouTubeOptions
from integrations.platforms.youtube_replies import Video

VIDEO_TYPE = "video/mp4"

GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
"""How a session that is not known any more answers."""


class Session(Value):
    """What a handle holds: the session's address, the size in bytes and hash of the file, and when it began."""

    address: str = Field(repr=False)
    size: int
    sha256: str
    begun_at: datetime
    owner: str = ""

    def lasts_until(self, options: YouTubeOptions) -> datetime:
        """Return when an upload that is not complete is given up, so that its last byte can never arrive later."""
        return self.begun_at + timedelta(seconds=options.session_seconds)


class SessionGone(Exception):
    """YouTube does not know the session: it ended, or was never complete."""


@dataclass(frozen=True)
class Progress:
    """How far an upload is: the bytes that have arrived, and the id of the video once all have."""

    stored: int = 0
    video_id: str = ""


class Uploads:
    """Opens sessions and sends files into them."""

    def __init__(self, api: YouTubeApi, options: YouTubeOptions) -> None:
        self._api, self._options = api, options

    def open(self, resource: dict[str, Any], video: Path) -> Session:
        """Open a session for a video; nobody sees anything of it."""
        digest, size, begun_at = sha256_of(video), video.stat().st_size, now()
        request = self._api.client.videos().insert(
            part="snippet,status",
            body=resource,
            notifySubscribers=self._options.notify_subscribers,
            media_body=MediaFileUpload(str(video), mimetype=VIDEO_TYPE, resumable=True),
        )
        about = {"X-Upload-Content-Type": VIDEO_TYPE, "X-Upload-Content-Length": str(size)}
        self._api.spend(request)
        reply = self._api.send(request.method, request.uri, request.body, {**request.headers, **about})
        address = reply.headers.get("location", "")
        self._refuse_stranger(address)
        return Session(address=address, size=size, sha256=digest, begun_at=begun_at)

    def progress(self, session: Session) -> Progress:
        """Ask how far an upload is. Raises SessionGone when YouTube does not know it."""
        return self._put(session, (), 0, f"bytes */{session.size}")

    def send_all_but_last(self, session: Session, video: Path) -> None:
        """Send what has not arrived, in chunks, until what is left fits into one.

        Raises SessionGone, and Unreachable also when bytes that were sent did not arrive.
        """
        reached = self.progress(session)
        while not reached.video_id and not self.is_ready(session, reached):
            start, length = reached.stored, self._options.chunk_bytes
            reached = self._put_piece(session, video, start, length)
            if not reached.video_id and reached.stored <= start:
                raise Unreachable("YouTube stored nothing of what was sent.", service=NAME)

    def send_last(self, session: Session, video: Path, start: int) -> Progress:
        """Send the rest, once: this makes the video.

        Raises OutcomeUnknown when the answer was lost. Any other error, SessionGone too, says that it was not taken.
        """
        return self._put_piece(session, video, start, session.size - start, once=True)

    def is_ready(self, session: Session, reached: Progress) -> bool:
        """Whether what is left fits into one chunk."""
        return session.size - reached.stored <= self._options.chunk_bytes

    def _put_piece(self, session: Session, video: Path, start: int, length: int, *, once: bool = False) -> Progress:
        place = f"bytes {start}-{start + length - 1}/{session.size}"
        return self._put(session, pieces(video, start, length), length, place, once=once)

    def _put(
        self, session: Session, piece: Iterable[bytes], length: int, place: str, *, once: bool = False
    ) -> Progress:
        headers = {"Content-Type": VIDEO_TYPE, "Content-Length": str(length), "Content-Range": place}
        try:
            reply = self._api.send("PUT", session.address, piece, headers, once=once)
        except Unfinished as more:
            return Progress(stored=more.stored)
        except ServiceError as exc:
            if exc.status in GONE:
                raise SessionGone from exc
            raise
        video = self._api.formed(Video, reply, submitted=once)
        return Progress(stored=session.size, video_id=video.id)

    def _refuse_stranger(self, address: str) -> None:
        """Never send a token or a video to a host that is not YouTube's."""
        own, given = urlsplit(self._options.base_url), urlsplit(address)
        if given.scheme != own.scheme or given.netloc not in (own.netloc, *self._options.session_hosts):
            raise UnexpectedReply(
                "The upload was opened at an address that is not YouTube's.",
                service=NAME,
                detail=given.netloc,
                remedy="Add that host to session_hosts under [platforms.youtube] if it is Google's.",
            )


def session_of(handle: str) -> Session:
    """Return the session that a saved handle holds; raises BadInput when it is none."""
    try:
        return Session.model_validate_json(handle)
    except ValidationError:
        raise BadInput("The saved handle is none of YouTube's.", remedy="Begin the delivery anew.") from None


def video_file(post: Post) -> Path:
    """Return the video of a post; raises StorageError when it has disappeared."""
    path = post.files["reel"]
    if path.is_file():
        return path
    raise StorageError(
        f"The video of '{post.slug}' has disappeared: {path}.",
        remedy="Run the reel again from the package step; what is finished is not made again.",
    )


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
