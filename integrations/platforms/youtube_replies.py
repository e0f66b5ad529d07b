"""The forms of YouTube's answers, as far as they are read."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Reply(BaseModel):
    """Any object; names are in camel case there, and what is not named here is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Snippet(Reply):
    """What is said about a video, a channel or captions."""

    title: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    name: str = ""


class VideoStatus(Reply):
    """How far a video is and who may see it. `publish_at` stands there while it waits for its time."""

    upload_status: str = ""
    failure_reason: str = ""
    rejection_reason: str = ""
    privacy_status: Literal["public", "unlisted", "private"]
    publish_at: datetime | None = None


class Processing(Reply):
    """What the conversion of a video says: processing, succeeded, failed or terminated."""

    processing_status: str = ""


class Statistics(Reply):
    """Numbers come as texts; an owner may hide them."""

    view_count: int | None = None
    like_count: int | None = None
    comment_count: int | None = None


class Video(Reply):
    """A video, with the parts that were asked for."""

    id: str = Field(min_length=1)
    snippet: Snippet = Snippet()
    status: VideoStatus | None = None
    processing_details: Processing = Processing()
    statistics: Statistics = Statistics()


class Videos(Reply):
    """Those that are known of the videos that were asked for."""

    items: tuple[Video, ...] = ()


class RelatedPlaylists(Reply):
    """Playlists that every channel has."""

    uploads: str = ""


class ChannelDetails(Reply):
    """What a channel consists of."""

    related_playlists: RelatedPlaylists = RelatedPlaylists()


class Channel(Reply):
    """A channel of the account."""

    id: str = Field(min_length=1)
    snippet: Snippet = Snippet()
    content_details: ChannelDetails = ChannelDetails()


class Channels(Reply):
    """The channels of the account; none for a Google account without YouTube."""

    items: tuple[Channel, ...] = ()


class EntryDetails(Reply):
    """Which video an entry of a playlist is."""

    video_id: str = Field(min_length=1)


class EntrySnippet(Reply):
    """When an entry came into the playlist."""

    published_at: datetime


class Entry(Reply):
    """An entry of a playlist."""

    snippet: EntrySnippet
    content_details: EntryDetails


class Entries(Reply):
    """One page of a playlist, newest first."""

    items: tuple[Entry, ...] = ()
    next_page_token: str = ""


class Caption(Reply):
    """Captions of a video."""

    snippet: Snippet = Snippet()


class Captions(Reply):
    """All captions of a video."""

    items: tuple[Caption, ...] = ()


class AuthorId(Reply):
    """The channel of whoever commented; empty for accounts that are gone."""

    value: str = ""


class CommentSnippet(Reply):
    """A comment's text, author and time. `parent_id` is there for replies."""

    author_channel_id: AuthorId = AuthorId()
    author_display_name: str = ""
    text_display: str = ""
    text_original: str = ""
    parent_id: str = ""
    published_at: datetime


class CommentItem(Reply):
    """A comment or a reply."""

    id: str = Field(min_length=1)
    snippet: CommentSnippet


class MadeComment(Reply):
    """The answer to a reply of ours."""

    id: str = Field(min_length=1)


class Comments(Reply):
    """One page of replies."""

    items: tuple[CommentItem, ...] = ()
    next_page_token: str = ""


class ThreadSnippet(Reply):
    """The comment at the top of a thread, how many replies it has, and whether it can be answered."""

    top_level_comment: CommentItem
    can_reply: bool = True
    total_reply_count: int = 0


class ThreadReplies(Reply):
    """Some of the replies, not always all."""

    comments: tuple[CommentItem, ...] = ()


class Thread(Reply):
    """A comment with its replies."""

    snippet: ThreadSnippet
    replies: ThreadReplies = ThreadReplies()


class Threads(Reply):
    """One page of threads, newest first."""

    items: tuple[Thread, ...] = ()
    next_page_token: str = ""


class Cause(Reply):
    """Why something was refused."""

    reason: str = ""


class Refused(Reply):
    """The error of an answer: the old list of causes, the newer details, and a general status."""

    message: str = ""
    status: str = ""
    errors: tuple[Cause, ...] = ()
    details: tuple[Cause, ...] = ()


class ErrorReply(Reply):
    """Any answer that refuses; the sign-in only has a word and a sentence, with underscores in their names."""

    error: Refused | str = ""
    error_description: str = Field(default="", alias="error_description")

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every code that tells why, the most exact one first."""
        if isinstance(self.error, str):
            return (self.error,)
        causes = (*self.error.errors, *self.error.details)
        return (*(cause.reason for cause in causes if cause.reason), self.error.status)

    @property
    def message(self) -> str:
        """What is said in words."""
        return self.error_description if isinstance(self.error, str) else self.error.message


class Granted(BaseModel):
    """A token as Google's sign-in hands it out; times are in seconds from now."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: str = Field(min_length=1, repr=False)
    expires_in: int = Field(gt=0)
    refresh_token: str = Field(default="", repr=False)
    refresh_token_expires_in: int = 0
    scope: str = ""
