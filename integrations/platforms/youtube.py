"""YouTube: reels as Shorts on a channel, with captions, cover, numbers and comments.

Facts (documentation https://developers.google.com/youtube/v3/docs, its guides "Resumable Uploads", "Quota Calculator"
and "Errors", the description of the API in google-api-python-client 2.202.0, revision 20261104; never called live):

- Base https://youtube.googleapis.com, OAuth 2 with `Authorization: Bearer` (youtube_sign_in.py). Google's client builds
  the requests, our own connection sends them (youtube_api.py says why).
- videos.insert, resumable: POST /upload/youtube/v3/videos?uploadType=resumable opens a session, PUTs with Content-Range
  fill it in multiples of 256 KiB, each answered by 308. The last byte makes the video and is answered by 200 or 201:
  before it there is none. `bytes */SIZE` without a body asks how far it is; a complete session answers with its video.
- videos.list: uploadStatus uploaded, processed, failed, rejected, deleted; 50 ids in a call. The list of uploads of a
  channel comes from playlistItems.list; it has no tags, so that videos.list must be asked for them.
- thumbnails.set (up to 2 MB, channels verified by phone), captions.list, captions.insert; comments: youtube_talk.py.
- Quota by project and day: 100 videos.insert, 100 search.list, 10000 units for the rest; anew at midnight Pacific time.
- Title up to 100 characters, description up to 5000 bytes, no < and >, tags up to 500 characters in all.
- Shorts are vertical or square and last up to 180 s; there is no field for them.
- A time of publishing needs the visibility private. Projects that Google has not audited post private videos only.

UNCONFIRMED: on which host a session lies (`session_hosts`), for how long a complete session still tells its video, how
late the list of uploads shows one (`show_seconds`), whether its owner sees private ones there (`list_shows_private`),
whether opening a session or its last byte counts against the 100 inserts (opening is counted), whether the API's videos
become Shorts by the same rule, whether `containsSyntheticMedia` can be read back (it is not looked at), and how far
YouTube's rules bear ratings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from googleapiclient.http import MediaFileUpload

from core.clock import now
from core.errors import NotAllowed, OutcomeUnknown, Rejected, Unreachable
from core.posting import Limits, Numbers, Post, Receipt, Standing, TextLimit
from integrations.platforms.base import Access, SignIn, read_options, usual_problems
from integrations.platforms.refusals import load_refusals
from integrations.platforms.youtube_api import DAILY, NAME, Quota, YouTubeApi, YouTubeOptions
from integrations.platforms.youtube_replies import Caption, Captions, Channels, Entries, Reply, Video, Videos
from integrations.platforms.youtube_sign_in import UPLOADS, YouTubeSignIn
from integrations.platforms.youtube_talk import YouTubeTalk
from integrations.platforms.youtube_upload import (
    Progress,
    Session,
    SessionGone,
    Uploads,
    session_of,
    sha256_of,
    video_file,
)
from integrations.platforms.youtube_video import marker_of, own_problems, resource_of, standing_of

PAGE = 50
"""Most videos in one call of videos.list, and most entries on one page of a playlist."""

CLOCKS = timedelta(hours=2)
"""How far YouTube's clock may be behind ours when a video's time is compared with the beginning of an upload."""

STANDING_PARTS = "snippet,status,processingDetails"
CAPTION_ROLES = ("captions_srt", "captions_vtt")
"""Files with captions, the preferred kind first."""


class YouTube(YouTubeTalk):
    """Posts reels to one channel. `quota` counts what its calls take from the project's daily quota."""

    name: ClassVar[str] = NAME
    limits: ClassVar[Limits] = Limits(
        title=TextLimit(most=100),
        caption=TextLimit(most=5000, unit="bytes"),
        forbidden="<>",
        seconds=(1.0, 180.0),
        largest_mib=256 << 10,
        ratio=(0.4, 1.0),
        posts_per_day=100,
        calls_per_day=dict(DAILY),
        schedules=True,
        highest_rating=2,
    )
    """As for Shorts. The posts of a day are the project's inserts, which all its channels share."""
    replaces: ClassVar[bool] = False
    allows_marks: ClassVar[bool] = True
    needs_account: ClassVar[bool] = True
    needs_consent: ClassVar[bool] = False
    most_beginnings: ClassVar[int] = 5
    settle_seconds: ClassVar[float] = 60.0
    """How long after a lost answer the last bytes may still be on their way."""
    sign_in: ClassVar[type[SignIn] | None] = YouTubeSignIn

    def __init__(self, access: Access) -> None:
        self._access = access
        self._options = read_options(YouTubeOptions, self.name, access.options)
        self._api = YouTubeApi(self._options, access.token)
        self._api.quota.on_cost = access.note_calls
        self._uploads = Uploads(self._api, self._options)

    @property
    def quota(self) -> Quota:
        """What the calls took so far."""
        return self._api.quota

    def problems(self, post: Post) -> list[str]:
        """Say what YouTube would surely refuse: texts, video, files, tags and cover."""
        return [*usual_problems(post, self.limits), *own_problems(post, self._options)]

    def visibilities(self) -> tuple[str, ...]:
        """Nothing: the option `visibility` says who sees a video."""
        return ()

    def begin(self, post: Post) -> str:
        """Open an upload session; its handle holds the session's address, the file's size and hash, and the time."""
        session = self._uploads.open(resource_of(post, self._options, now()), video_file(post))
        return session.model_copy(update={"owner": self._access.token().owner_id}).model_dump_json()

    def upload(self, post: Post, handle: str) -> None:
        """Send all that fits into whole chunks but not the last one, which makes the video.

        A session that is gone, complete or given up is left as it is: `check` says so.
        """
        session = session_of(handle)
        if self._why_given_up(post, session):
            return
        with suppress(SessionGone):
            self._uploads.send_all_but_last(session, video_file(post))

    def check(self, post: Post, handle: str) -> Standing:
        """Ask the session how far it is, then YouTube what it says of the video.

        Where the session is gone, the channel's list of uploads is looked through for the post's marker. It is `absent`
        only after the time until which the last byte may have come and the list may be late.
        """
        session = session_of(handle)
        try:
            reached = self._uploads.progress(session)
        except SessionGone:
            return self._listed(post, session)
        if reached.video_id:
            found = self._videos([reached.video_id], STANDING_PARTS)
            return standing_of(found[0] if found else None, self._options)
        return self._not_complete(post, session, reached)

    def finish(self, post: Post, handle: str) -> Standing:
        """Send the last chunk, once, unless the video is there already; says `processing`.

        Raises OutcomeUnknown when the answer was lost or the session is gone, Unreachable when bytes are missing.
        """
        session = session_of(handle)
        try:
            reached = self._uploads.progress(session)
            if reached.stored < session.size:
                self._refuse_unready(post, session, reached)
                reached = self._uploads.send_last(session, video_file(post), reached.stored)
        except SessionGone:
            raise OutcomeUnknown("The upload session is gone.", service=NAME) from None
        if reached.stored < session.size:
            raise Unreachable("YouTube did not take the last bytes.", service=NAME)
        return Standing(state="processing", reason="YouTube has the whole video.")

    def find(self, post: Post, handle: str) -> Standing:
        """Say what became of a post whose last chunk may have arrived: the same questions as `check`."""
        return self.check(post, handle)

    def dress(self, post: Post, receipt: Receipt) -> None:
        """Add captions and the cover, as far as the options want them and the files are there.

        Raises NotAllowed when the channel may not have a cover of its own.
        """
        captions = next((post.files[role] for role in CAPTION_ROLES if role in post.files), None)
        if self._options.set_captions and captions:
            self._add_captions(post, receipt.external_id, captions)
        if self._options.set_cover and "cover" in post.files:
            self._set_cover(receipt.external_id, post.files["cover"])

    def numbers(self, ids: Sequence[str]) -> dict[str, Numbers]:
        """Return views, likes and comments by id; YouTube does not tell how often a video was shared."""
        pages = [list(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE)]
        return {
            video.id: Numbers(
                views=video.statistics.view_count,
                likes=video.statistics.like_count,
                comments=video.statistics.comment_count,
            )
            for page in pages
            for video in self._videos(page, "statistics")
        }

    def _not_complete(self, post: Post, session: Session, reached: Progress) -> Standing:
        if reached.stored >= session.size:
            return Standing(state="processing", reason="YouTube has all bytes and has not made the video yet.")
        if session.lasts_until(self._options) <= now() < self._settled(session):
            return Standing(
                state="unclear", reason="The upload took too long; its last bytes may still be on their way."
            )
        given_up = self._why_given_up(post, session)
        if given_up:
            return Standing(state="absent", reason=given_up)
        return Standing(state="ready" if self._uploads.is_ready(session, reached) else "incomplete")

    def _why_given_up(self, post: Post, session: Session) -> str:
        """Say why an upload that is not complete never will be; empty when it goes on."""
        if now() >= session.lasts_until(self._options):
            return "The upload took too long; it is begun anew."
        if sha256_of(video_file(post)) != session.sha256:
            return "The video has changed since its upload began; it is begun anew."
        return ""

    def _refuse_unready(self, post: Post, session: Session, reached: Progress) -> None:
        """Send no last chunk after others that are missing, too late, or of another file."""
        why = self._why_given_up(post, session)
        if not why and not self._uploads.is_ready(session, reached):
            why = "Bytes before the last chunk have not arrived."
        if why:
            raise Unreachable(why, service=NAME, remedy="Wait: the upload goes on, or is begun anew.")

    def _listed(self, post: Post, session: Session) -> Standing:
        """Look for a post in the channel's list of uploads. Those that YouTube broke off do not count."""
        if session.owner != self._access.token().owner_id:
            return Standing(state="unclear", reason="Its upload was begun in another channel than the one of now.")
        marker = marker_of(post)
        for ids in self._newest_uploads(session.begun_at - CLOCKS):
            for video in self._videos(ids, STANDING_PARTS):
                standing = standing_of(video, self._options)
                if marker in video.snippet.tags and not standing.may_begin_anew:
                    return standing
        if self._options.list_shows_private and now() >= self._settled(session):
            return Standing(state="absent", reason="The upload session is gone, and the channel has no such video.")
        return Standing(
            state="unclear", reason="The upload session is gone; the channel may not show the video yet if it is there."
        )

    def _settled(self, session: Session) -> datetime:
        """Return when nothing of an upload can arrive or come to light any more."""
        return session.lasts_until(self._options) + timedelta(seconds=self._options.show_seconds)

    def _newest_uploads(self, since: datetime) -> Iterator[list[str]]:
        """Return the ids of the channel's videos, newest first and page by page, at least all since a time."""
        playlist, page = self._uploads_playlist(), ""
        while True:
            request = self._api.client.playlistItems().list(
                part="snippet,contentDetails", playlistId=playlist, maxResults=PAGE, pageToken=page or None
            )
            answer = self._api.call(request, Entries)
            if answer.items:
                yield [entry.content_details.video_id for entry in answer.items if entry.snippet.published_at >= since]
            page = answer.next_page_token
            if not page or not answer.items or answer.items[-1].snippet.published_at < since:
                return

    def _uploads_playlist(self) -> str:
        known = self._access.token().memory.get(UPLOADS, "")
        if known:
            return known
        channels = self._api.call(self._api.client.channels().list(part="contentDetails", mine=True), Channels).items
        if not channels:
            raise load_refusals(NAME)["youtubeSignupRequired"].error(NAME, "youtubeSignupRequired")
        return channels[0].content_details.related_playlists.uploads

    def _videos(self, ids: Sequence[str], parts: str) -> tuple[Video, ...]:
        """Return those of at most 50 videos that YouTube knows."""
        request = self._api.client.videos().list(part=parts, id=",".join(ids), maxResults=PAGE)
        return self._api.call(request, Videos).items

    def _add_captions(self, post: Post, video_id: str, file: Path) -> None:
        captions, name = self._api.client.captions(), self._options.captions_name
        there = self._api.call(captions.list(part="snippet", videoId=video_id), Captions).items
        if any((each.snippet.language, each.snippet.name) == (post.language, name) for each in there):
            return
        snippet = {"videoId": video_id, "language": post.language, "name": name, "isDraft": False}
        media = MediaFileUpload(str(file), mimetype="application/octet-stream")
        try:
            self._api.call(captions.insert(part="snippet", body={"snippet": snippet}, media_body=media), Caption)
        except Rejected as exc:
            if exc.code != "captionExists":
                raise

    def _set_cover(self, video_id: str, cover: Path) -> None:
        media = MediaFileUpload(str(cover), mimetype="image/jpeg")
        try:
            self._api.call(self._api.client.thumbnails().set(videoId=video_id, media_body=media), Reply)
        except NotAllowed as exc:
            if exc.code != "forbidden":
                raise
            refusal = load_refusals(NAME)["thumbnailForbidden"]
            raise refusal.error(NAME, exc.code, status=exc.status, detail=exc.detail) from exc
