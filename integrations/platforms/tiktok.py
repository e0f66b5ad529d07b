"""Posts to TikTok by its Content Posting API: drafts for the account's inbox, or direct posts.

Facts (TikTok for Developers: "Direct Post", "Upload", "Query Creator Info", "Get Post Status", "Media Transfer Guide",
"Content Sharing Guidelines"; never called live):

- Base https://open.tiktokapis.com, `Authorization: Bearer ...`; tiktok_sign_in.py says how the token is had. Success
  is `error.code == "ok"` and nothing else: refusals may come with status 200.
- POST /v2/post/publish/creator_info/query/: what the account may choose now; asked before every direct post,
  20 a minute.
- POST /v2/post/publish/video/init/ (direct) and /v2/post/publish/inbox/video/init/ (draft): open an upload and give a
  publish id and an upload address that lives for one hour; 6 a minute. Drafts take no settings at all, not even the
  caption or that the video is AI-made: who finishes the draft enters them.
- PUT {upload address}: the chunks in order (tiktok_chunks.py). **The last byte makes the post**; nothing after it can
  be taken back, so `upload` sends all chunks but the last, and `finish` sends that one.
- POST /v2/post/publish/status/fetch/: how far a post is, 30 a minute. The ids of its videos come only once they are
  public and through moderation, which takes a minute or hours; the field is misspelt.
- POST /v2/video/query/: how public videos fare, 20 at once.
- About 15 posts a day for an account, all apps together, and 5 drafts that wait. Apps that TikTok has not audited post
  directly to private accounts only. There are no comments in this API.
- The video is always sent from here. Letting TikTok fetch it is not offered: it needs an own verified domain, and after
  a lost answer nobody could say whether the fetching, and so the post, is under way.
- The guidelines forbid marks burnt into the picture, and want a person to choose the visibility of each post from the
  account's own list without a default, with comments, duets and stitches off until they are switched on.

UNCONFIRMED: that `uploaded_bytes` counts a chunk from its answer on; how the upload host refuses; what becomes of an
upload that was never completed (it is taken for dead after its hour, option `upload_seconds`); whether a visibility
other than PUBLIC_TO_EVERYONE ever gives an id; the form of a video's address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from core.clock import now
from core.errors import AccessLost, QuotaSpent, Rejected, Restricted, Unreachable
from core.models import Value
from core.posting import Limits, Numbers, Post, Receipt, Standing, TextLimit
from integrations.platforms.base import Access, SignIn, read_options, usual_problems
from integrations.platforms.disk import disk_errors, pieces
from integrations.platforms.refusals import load_refusals
from integrations.platforms.tiktok_api import (
    ADDRESS_GONE,
    SERVICE,
    TikTokApi,
    TikTokOptions,
    UploadHost,
    rest_end,
    resting,
)
from integrations.platforms.tiktok_chunks import Chunks, chunks_of
from integrations.platforms.tiktok_consent import AGREE, PUBLIC, consent_problems, require_consent, settings_of
from integrations.platforms.tiktok_replies import CreatorInfo, Opened, PostStatus, Videos
from integrations.platforms.tiktok_sign_in import TikTokSignIn

CREATOR_PATH = "/v2/post/publish/creator_info/query/"
DIRECT_PATH, INBOX_PATH = "/v2/post/publish/video/init/", "/v2/post/publish/inbox/video/init/"
STATUS_PATH, QUERY_PATH = "/v2/post/publish/status/fetch/", "/v2/video/query/"

ASKED_AT_ONCE = 20
"""Most videos that one question may name."""

NUMBER_FIELDS = "id,view_count,like_count,comment_count,share_count"
UNKNOWN_ID = "invalid_publish_id"


class Begun(Value):
    """The handle: an upload that was opened. `visibility` is empty for a draft, `username` where it is not known."""

    publish_id: str
    upload_url: str
    chunks: Chunks
    begun_at: datetime
    expires_at: datetime
    visibility: str = ""
    username: str = ""


class TikTok:
    """Posts reels to one account of TikTok."""

    name: ClassVar[str] = SERVICE
    limits: ClassVar[Limits] = Limits(
        caption=TextLimit(most=2200, unit="utf16"), seconds=(3, 600), largest_mib=4096, posts_per_day=15
    )
    replaces: ClassVar[bool] = False
    allows_marks: ClassVar[bool] = False
    needs_account: ClassVar[bool] = True
    needs_consent: ClassVar[bool] = True
    most_beginnings: ClassVar[int] = 3
    settle_seconds: ClassVar[float] = 60.0
    sign_in: ClassVar[type[SignIn] | None] = TikTokSignIn

    def __init__(self, access: Access) -> None:
        self._access = access
        self._options = read_options(TikTokOptions, self.name, access.options)
        self._api = TikTokApi(self.name, self._options.base_url, timeout=self._options.timeout_seconds)
        self._host = UploadHost(self.name, "", timeout=self._options.timeout_seconds)
        self._gone: set[str] = set()
        """Publish ids whose upload address was refused; after a restart the next chunk finds it out again."""

    def problems(self, post: Post) -> list[str]:
        """Say what TikTok would surely refuse. That nobody agreed yet is no problem: the post waits for it."""
        found = usual_problems(post, self.limits)
        if post.consent is not None and self._is_direct:
            found += consent_problems(post.consent)
        return found

    def visibilities(self) -> tuple[str, ...]:
        """Ask who may be let see a direct post; empty for drafts, where it is chosen in the app."""
        return self.choices().privacy_level_options if self._is_direct else ()

    def choices(self) -> CreatorInfo:
        """Return what the account may choose for its next direct post, for whoever agrees to it."""
        data = self._api.call(self._access.token(), "POST", CREATOR_PATH, json={})
        return self._api.parsed(CreatorInfo, data)

    def begin(self, post: Post) -> str:
        """Open an upload. A lost answer is harmless: without its last byte an upload never becomes a post.

        Raises Rejected when nobody agreed to the post, or agreed to what the account cannot do now.
        """
        consent = post.consent
        if consent is None:
            raise Rejected("Nobody agreed to this post yet.", service=self.name, remedy=AGREE)
        with disk_errors("reading the video"):
            size = post.files["reel"].stat().st_size
        chunks = chunks_of(size, self._options.megabyte * self._options.chunk_megabytes)
        body = {"source_info": {"source": "FILE_UPLOAD", **chunks.announced}}
        begun_at, username = now(), ""
        if self._is_direct:
            creator = self.choices()
            username = creator.username
            require_consent(post, consent, creator)
            body["post_info"] = settings_of(post, consent, creator)
        path = DIRECT_PATH if self._is_direct else INBOX_PATH
        opened = self._api.parsed(Opened, self._api.call(self._access.token(), "POST", path, json=body))
        begun = Begun(
            publish_id=opened.publish_id,
            upload_url=opened.upload_url,
            chunks=chunks,
            begun_at=begun_at,
            expires_at=begun_at + timedelta(seconds=self._options.upload_seconds),
            visibility=consent.visibility if self._is_direct else "",
            username=username,
        )
        return begun.model_dump_json()

    def upload(self, post: Post, handle: str) -> None:
        """Send the chunks that have not arrived, all but the last.

        An upload address that has ended takes no more of them: `check` then says that the upload is absent.
        """
        begun = Begun.model_validate_json(handle)
        if begun.chunks.count == 1:
            return
        sent = self._status(begun).uploaded_bytes or 0
        for number in range(begun.chunks.next_after(sent), begun.chunks.last):
            if not self._send(post, begun, number):
                return

    def finish(self, post: Post, handle: str) -> Standing:
        """Send the last chunk, which makes the post or the draft. Returns `absent` when its address has ended."""
        begun = Begun.model_validate_json(handle)
        if not self._send(post, begun, begun.chunks.last):
            return self.check(post, handle)
        return Standing(state="processing")

    def check(self, post: Post, handle: str) -> Standing:
        """Ask once how far the post is.

        Raises AccessLost when the account withdrew its access meanwhile and was not connected again, and QuotaSpent or
        Restricted while the account must rest because of this post; once it has rested, the post is told as failed.
        """
        begun = Begun.model_validate_json(handle)
        try:
            status = self._status(begun)
        except Unreachable as exc:
            if exc.code != UNKNOWN_ID:
                raise
            return Standing(state="unclear", reason=f"{exc.message} {exc.remedy}")
        match status.status:
            case "PROCESSING_UPLOAD":
                return self._arriving(begun, status.uploaded_bytes)
            case "SEND_TO_USER_INBOX":
                receipt = Receipt(external_id=begun.publish_id, url="", visibility="draft")
                reason = "It waits in the account's inbox: finish it in the app, and switch the AI label on there."
                return Standing(state="shown", receipt=receipt, reason=reason)
            case "PUBLISH_COMPLETE":
                return self._complete(begun, status.ids)
            case "FAILED":
                return self._failed(begun, status.fail_reason or "")
        return Standing(state="unclear", reason=f"TikTok says '{status.status}', which is not documented.")

    def find(self, post: Post, handle: str) -> Standing:
        """Say what became of a post whose last chunk may have arrived.

        The same question as `check`: TikTok answers it for a publish id whatever was lost on the way.
        """
        return self.check(post, handle)

    def dress(self, post: Post, receipt: Receipt) -> None:
        """Do nothing: cover and settings went with the beginning."""

    def numbers(self, ids: Sequence[str]) -> dict[str, Numbers]:
        """Return how public videos fare; drafts and private ones have no number of a video and are left out."""
        videos = [number for number in ids if number.isdecimal()]
        found: dict[str, Numbers] = {}
        for start in range(0, len(videos), ASKED_AT_ONCE):
            body = {"filters": {"video_ids": videos[start : start + ASKED_AT_ONCE]}}
            token, query = self._access.token(), {"fields": NUMBER_FIELDS}
            data = self._api.call(token, "POST", QUERY_PATH, params=query, json=body)
            for video in self._api.parsed(Videos, data).videos:
                found[video.id] = Numbers(
                    views=video.view_count,
                    likes=video.like_count,
                    comments=video.comment_count,
                    shares=video.share_count,
                )
        return found

    @property
    def _is_direct(self) -> bool:
        return self._options.mode == "direct"

    def _status(self, begun: Begun) -> PostStatus:
        body = {"publish_id": begun.publish_id}
        return self._api.parsed(PostStatus, self._api.call(self._access.token(), "POST", STATUS_PATH, json=body))

    def _send(self, post: Post, begun: Begun, number: int) -> bool:
        """Send one chunk; return False, and remember it, when the upload address is not taken any more."""
        first, end = begun.chunks.span(number)
        path = post.files["reel"]
        with disk_errors("reading the video"):
            is_same = path.stat().st_size == begun.chunks.size
        if not is_same:
            raise Rejected(
                "The video is not the one whose upload was begun.",
                service=self.name,
                remedy="Run the reel again from the package step and post it anew.",
            )
        is_last = number == begun.chunks.last
        try:
            self._host.send(
                begun.upload_url, pieces(path, first, end - first), end - first, begun.chunks.content_range(number),
                is_last=is_last,
            )  # fmt: skip
        except Unreachable as exc:
            if exc.code != ADDRESS_GONE:
                raise
            self._gone.add(begun.publish_id)
            return False
        return True

    def _arriving(self, begun: Begun, sent: int | None) -> Standing:
        """Tell an upload by the bytes TikTok counted; none are told while there are none (UNCONFIRMED)."""
        if sent is not None and sent >= begun.chunks.size:
            return Standing(state="processing")
        settled = begun.expires_at + timedelta(seconds=self._options.margin_seconds)
        if begun.publish_id in self._gone or now() >= settled:
            if sent is None:
                return Standing(state="unclear", reason="TikTok does not say how many bytes it has.")
            return Standing(state="absent", reason="The upload address ended before all bytes were sent.")
        is_ready = begun.chunks.next_after(sent or 0) == begun.chunks.last
        return Standing(state="ready" if is_ready else "incomplete")

    def _complete(self, begun: Begun, ids: tuple[str, ...]) -> Standing:
        if ids:
            url = f"{self._options.site_url}/@{quote(begun.username)}/video/{ids[0]}" if begun.username else ""
            return Standing(state="shown", receipt=Receipt(external_id=ids[0], url=url, other_ids=ids[1:]))
        receipt = Receipt(external_id=begun.publish_id, url="", visibility="private")
        if begun.visibility not in (PUBLIC, ""):
            return Standing(state="shown", receipt=receipt)
        if now() < begun.begun_at + timedelta(hours=self._options.moderation_hours):
            return Standing(state="processing", reason="It is posted and in moderation.")
        reason = "It is posted, but not public: look in the TikTok app whether moderation holds it back."
        return Standing(state="shown", receipt=receipt, reason=reason)

    def _failed(self, begun: Begun, code: str) -> Standing:
        known = load_refusals(self.name).get(code)
        if known is None:
            return Standing(state="failed", reason=f"TikTok gives the reason '{code}', which is not documented.")
        error = known.error(self.name, code)
        if isinstance(error, AccessLost) and self._access.token().obtained_at <= begun.begun_at:
            raise error
        rested = rest_end(known, begun.begun_at)
        if isinstance(error, QuotaSpent | Restricted) and now() < rested:
            raise resting(error, rested)
        may_begin_anew = isinstance(error, AccessLost | QuotaSpent | Unreachable)
        return Standing(state="failed", reason=f"{known.means} {known.action}", may_begin_anew=may_begin_anew)
