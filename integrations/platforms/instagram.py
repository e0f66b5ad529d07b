"""Instagram: reels by the Content Publishing API, their comments and their numbers.

Facts (Meta "Content Publishing", "Upload Video to Meta Servers" (15 March 2026), "IG Container", "IG User Media
Publish", "Content Publishing Limit", "Error Codes" (2 June 2026), "Instagram Platform changelog" (22 June 2026), "IG
Comment Replies"; never called live):

- Two logins: by Instagram at https://graph.instagram.com, by Facebook at https://graph.facebook.com; both take
  `Authorization: Bearer`. Only the latter takes the video's bytes, at https://rupload.facebook.com with
  `Authorization: OAuth`, `offset` and `file_size`; for the former Instagram fetches the video from a public address.
- POST /{account}/media makes a container, which nobody sees and which lives 24 hours; GET /{container} says how far it
  is; POST /{account}/media_publish makes it public. That call alone cannot be taken back.
- A published container does not name its post: that is found by GET /{account}/media, by caption and time.
- GET /{account}/content_publishing_limit says how many posts a day the account may publish; pages disagree on it.
- GET /{media}/comments, newest first; POST and GET /{comment}/replies. Only comments at the top can be answered.
- A reel has at most 300 MB, 1920 pixels in width, 3 seconds to 15 minutes, 23 to 60 frames a second; 9:16 is advised.
- `X-App-Usage` and `X-Business-Use-Case-Usage` tell how much of the hour's calls is used.

UNCONFIRMED: 2200 characters, 30 hashtags and 20 mentions in a caption; where a broken upload can go on (`video_status`,
option `resume_uploads`); the metrics `views` and `shares` at GET /{media}/insights and the place of their numbers;
the field `from` and nested `replies` of comments; whether a larger file (1 GB) is taken by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import urlsplit

from core.clock import now
from core.errors import Rejected, UnexpectedReply, Unreachable
from core.posting import Limits, Numbers, Post, Receipt, Standing, TextLimit
from integrations.platforms.base import Access, SignIn, usual_problems
from integrations.platforms.disk import disk_errors, pieces
from integrations.platforms.instagram_account import InstagramAccount, path_of
from integrations.platforms.instagram_api import SERVICE, UNREADABLE
from integrations.platforms.instagram_container import TAKES_NOTHING, read_container, standing_of
from integrations.platforms.instagram_replies import Container, Created, Handle, Uploaded
from integrations.platforms.instagram_sign_in import InstagramSignIn
from integrations.platforms.talking import Comment

WIDEST = 1920
"""Most pixels a reel may be wide."""

CONTAINER_LIFE = timedelta(hours=24)


class Instagram:
    """Posts reels to one professional account, answers their comments and counts their numbers."""

    name: ClassVar[str] = SERVICE
    limits: ClassVar[Limits] = Limits(
        caption=TextLimit(most=2200),  # UNCONFIRMED, as are the next two
        hashtags=30,
        mentions=20,
        seconds=(3, 900),
        largest_mib=286,  # 300 MB
        posts_per_day=0,  # read from the account before each beginning
    )
    replaces: ClassVar[bool] = False
    allows_marks: ClassVar[bool] = True
    needs_account: ClassVar[bool] = True
    needs_consent: ClassVar[bool] = False
    most_beginnings: ClassVar[int] = 5
    sign_in: ClassVar[type[SignIn] | None] = InstagramSignIn
    settle_seconds: ClassVar[float] = 60
    """`find` may be asked only this long after `finish`: until then a container may still read FINISHED."""

    def __init__(self, access: Access) -> None:
        self._account = InstagramAccount(access)
        self._options = self._account.options
        self._graph = self._account.graph
        self._uploads = self._account.connection(self._options.upload_url, "OAuth")

    def problems(self, post: Post) -> list[str]:
        """Say what Instagram would surely refuse. Sends nothing."""
        found = usual_problems(post, self.limits)
        if post.video is not None and post.video.width > WIDEST:
            found.append(
                f"The picture is {post.video.width} pixels wide; {WIDEST} are allowed. Run the reel again from the"
                " render step."
            )
        if self._fetches and self._options.needs_public_address and not _is_public(post.public_url):
            found.append(
                "Instagram must fetch the video, and it has no public https address. Keep the files in S3 storage with"
                " a public address, or connect the account by Facebook and set `login` to facebook."
            )
        return found

    def visibilities(self) -> tuple[str, ...]:
        """Return nothing: nobody must choose who sees a post."""
        return ()

    def begin(self, post: Post) -> str:
        """Make a container, which nobody sees; raises QuotaSpent when the account may publish no more today."""
        self._account.check_quota()
        begun_at = now()
        reply = self._graph.ask("POST", f"{self._account.path}/media", data=self._form(post))
        made = self._graph.formed(Created, reply)
        path = "" if self._fetches else self._upload_path(made.uri or "")
        return Handle(container=made.id, upload_path=path, begun_at=begun_at).model_dump_json()

    def upload(self, post: Post, handle: str) -> None:
        """Send the video, unless Instagram fetches it; what went before is sent once more, which harms nothing.

        A container that takes nothing any more is left alone: `check` tells what became of it.
        """
        place = Handle.model_validate_json(handle)
        if not place.upload_path:
            return
        container = self._container(place)
        if container.status_code in TAKES_NOTHING:
            return
        with disk_errors("reading the video"):
            video = post.files["reel"]
            size = video.stat().st_size
            offset = min(self._arrived(container), size)
            headers = {"offset": str(offset), "file_size": str(size), "Content-Length": str(size - offset)}
            reply = self._uploads.ask(
                "POST", place.upload_path, headers=headers, content=pieces(video, offset, size - offset)
            )
        answer = self._uploads.formed(Uploaded, reply)
        if not answer.success:
            raise Unreachable("The upload did not succeed.", service=self.name, detail=answer.message or "")

    def check(self, post: Post, handle: str) -> Standing:
        """Ask once how far the container is; one that is published is looked for among the account's posts."""
        place = Handle.model_validate_json(handle)
        container = self._container(place)
        published = self._published(post, place) if container.status_code == "PUBLISHED" else None
        return published or standing_of(container)

    def finish(self, post: Post, handle: str) -> Standing:
        """Publish the container. Raises OutcomeUnknown also for refusals that came for posts which were live."""
        place = Handle.model_validate_json(handle)
        form = {"creation_id": place.container}
        reply = self._graph.submit("POST", f"{self._account.path}/media_publish", data=form)
        media = self._graph.formed(Created, reply, submitted=True)
        return Standing(state="shown", receipt=Receipt(external_id=media.id, url=self._account.permalink(media.id)))

    def find(self, post: Post, handle: str) -> Standing:
        """Say what became of a container whose publishing may have happened.

        To be asked `settle_seconds` after `finish` at the earliest. It is `ready` only when the container reads
        FINISHED twice and the account's posts, read in between, do not show it; it is `absent` only when it expired
        or failed and they do not show it either. What cannot be read says nothing.
        """
        place = Handle.model_validate_json(handle)
        container = self._container(place)
        try:
            published = self._published(post, place)
        except Unreachable as exc:
            if exc.code in UNREADABLE:
                return Standing(state="unclear", reason=exc.message)
            raise
        if published is not None:
            return published
        if container.status_code == "FINISHED":
            container = self._container(place)
        standing = standing_of(container)
        if standing.may_begin_anew:
            return Standing(state="absent", reason=standing.reason)
        return standing

    def dress(self, post: Post, receipt: Receipt) -> None:
        """Do nothing: cover and caption are given at the beginning."""

    def numbers(self, ids: Sequence[str]) -> dict[str, Numbers]:
        """Return likes and comments of posts, and views and shares where that right was granted."""
        found: dict[str, Numbers] = {}
        for media_id in ids:
            try:
                found[media_id] = self._account.numbers_of(media_id)
            except Unreachable as exc:
                if exc.code not in UNREADABLE:
                    raise
        return found

    def comments(self, post_id: str, since: datetime) -> list[Comment]:
        """Return the comments at the top since a time and the replies below them, oldest first."""
        return self._account.comments(post_id, since)

    def reply(self, comment: Comment, text: str) -> str:
        """Answer a comment at the top; raises Rejected, without sending, for one that cannot be answered."""
        if comment.parent_id or not comment.can_reply:
            raise Rejected(
                "Only comments at the top that are not hidden can be answered.",
                service=self.name,
                remedy="Answer it in the app.",
            )
        reply = self._graph.submit("POST", f"{path_of(comment.id)}/replies", data={"message": text})
        return self._graph.formed(Created, reply, submitted=True).id

    def find_reply(self, comment: Comment, text: str) -> str | None:
        """Return the id of our reply with this text under a comment, or None when there is none."""
        replies = self._account.replies(comment)
        return next((one.id for one in replies if one.is_ours and one.text.strip() == text.strip()), None)

    @property
    def _fetches(self) -> bool:
        """Whether Instagram fetches the video by itself, instead of taking its bytes."""
        return self._options.login == "instagram"

    def _form(self, post: Post) -> dict[str, str]:
        form = {
            "media_type": "REELS",
            "caption": post.caption,
            "share_to_feed": "true" if self._options.share_to_feed else "false",
            "thumb_offset": str(_cover_milliseconds(post)),
        }
        if post.disclosure.is_ai_made:
            form["is_ai_generated"] = "true"
        return form | ({"video_url": post.public_url} if self._fetches else {"upload_type": "resumable"})

    def _upload_path(self, uri: str) -> str:
        """Return the path of an upload at the host that the options name: no other gets the token."""
        if not uri.startswith(f"{self._options.upload_url}/"):
            raise UnexpectedReply("The upload's address is not at Instagram's upload host.", service=self.name)
        return uri.removeprefix(self._options.upload_url)

    def _container(self, place: Handle) -> Container:
        return read_container(self._graph, place, with_progress=self._options.resume_uploads)

    def _arrived(self, container: Container) -> int:
        """Return how many bytes of a video need not be sent again."""
        if not self._options.resume_uploads or container.video_status is None:
            return 0
        return container.video_status.uploading_phase.bytes_transferred

    def _published(self, post: Post, place: Handle) -> Standing | None:
        """Return where the post is shown, by its caption and its time; never simply the newest.

        The newest post that is known already is another one of ours, which may have the same caption.
        """
        slack = timedelta(minutes=self._options.match_minutes)
        begin, end = place.begun_at - slack, place.begun_at + CONTAINER_LIFE + slack
        wanted = post.caption.strip()
        fitting = [
            media
            for media in self._account.posts_since(begin)
            if wanted and (media.caption or "").strip() == wanted and media.timestamp <= end
            if media.id not in (post.newest_id, *post.known_ids)
        ]
        if not fitting:
            return None
        first, *others = sorted(fitting, key=lambda media: media.timestamp)
        other_ids = tuple(media.id for media in others)
        return Standing(
            state="shown", receipt=Receipt(external_id=first.id, url=first.permalink or "", other_ids=other_ids)
        )


def _cover_milliseconds(post: Post) -> int:
    """Return where the cover lies, a frame before the end at the latest: beyond it the whole container fails."""
    if post.video is None:
        return 0
    last = post.video.seconds - 1 / post.video.fps
    return int(max(0.0, min(post.cover_second, last)) * 1000)


def _is_public(url: str) -> bool:
    """Whether an address is one that a stranger's machine can reach by https."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    try:
        return parts.scheme == "https" and ip_address(host).is_global
    except ValueError:
        is_local = host.endswith((".local", ".localhost", ".internal", ".lan")) or "." not in host
    return parts.scheme == "https" and not is_local
