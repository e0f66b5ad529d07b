"""The forms of Instagram's answers, and the note by which a post under way is found again."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from pydantic import AliasChoices, AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError, model_validator

from core.models import Value


class Handle(Value):
    """What is kept of a post under way. `upload_path` is empty where Instagram fetches the video by itself."""

    container: str
    upload_path: str = ""
    begun_at: AwareDatetime


class GraphError(BaseModel):
    """The error of the Graph API."""

    message: str | None = None
    code: int | None = None
    error_subcode: int | None = None
    is_transient: bool | None = None
    error_user_msg: str | None = None
    fbtrace_id: str | None = None


class UploadError(BaseModel):
    """The error of the upload host."""

    type: str | None = None
    message: str | None = None


class Refused(BaseModel):
    """An answer that refuses, in any of three forms: of the Graph API, of the upload host, or of the login page."""

    error: GraphError | None = None
    debug_info: UploadError | None = None
    error_message: str | None = None


class Usage(BaseModel):
    """How much of an hour's calls is used, in percent, and in how many minutes calls are taken again."""

    call_count: float = 0
    total_time: float = 0
    total_cputime: float = 0
    estimated_time_to_regain_access: float = 0

    @property
    def percent(self) -> float:
        """The share of the measure that is used most."""
        return max(self.call_count, self.total_time, self.total_cputime)


class Created(BaseModel):
    """The answer to a new container, post or reply. `uri` is where the bytes of a container go."""

    id: str = Field(min_length=1)
    uri: str | None = None


class Uploaded(BaseModel):
    """The answer of the upload host."""

    success: bool = False
    message: str | None = None


class UploadingPhase(BaseModel):
    """How much of a video has arrived. UNCONFIRMED; Meta's own pages spell the field in two ways."""

    status: str | None = None
    bytes_transferred: int = Field(default=0, validation_alias=AliasChoices("bytes_transferred", "bytes_transfered"))


class VideoStatus(BaseModel):
    """How far an upload is."""

    uploading_phase: UploadingPhase = UploadingPhase()


class Container(BaseModel):
    """How far a container is; `status` says it in words, with a subcode in case of an error."""

    status_code: str | None = None
    status: str | None = None
    video_status: VideoStatus | None = None


class QuotaConfig(BaseModel):
    """How many posts an account may publish, in how many seconds."""

    quota_total: int


class Quota(BaseModel):
    """How many posts an account has published of those it may."""

    quota_usage: int
    config: QuotaConfig


class Quotas(BaseModel):
    """The answer to the question for the quota."""

    data: list[Quota] = Field(min_length=1)


class Cursors(BaseModel):
    """Where the next page begins."""

    after: str | None = None


class Paging(BaseModel):
    """`next` stands there only when another page follows. It holds the token, so that only `after` is used."""

    cursors: Cursors = Cursors()
    next: str | None = None

    @property
    def after(self) -> str | None:
        """Where the next page begins, if there is one."""
        return self.cursors.after if self.next else None


class ListPage(BaseModel):
    """A page of any list."""

    paging: Paging = Paging()


class Media(BaseModel):
    """A post of the account."""

    id: str = Field(min_length=1)
    caption: str | None = None
    timestamp: AwareDatetime
    permalink: str | None = None


class MediaPage(ListPage):
    """A page of the account's posts, newest first."""

    data: list[Media]


class Permalink(BaseModel):
    """The address of a post."""

    permalink: str | None = None


class Counts(BaseModel):
    """How often a post was liked and answered."""

    like_count: int | None = None
    comments_count: int | None = None


class InsightValue(BaseModel):
    """The number of a metric."""

    value: int | None = None


class Insight(BaseModel):
    """A metric of a post; its number stands in one of two places. UNCONFIRMED which."""

    name: str
    values: list[InsightValue] = []
    total_value: InsightValue | None = None

    @property
    def number(self) -> int | None:
        """The number, wherever it stands."""
        places = [self.total_value, *self.values]
        return next((place.value for place in places if place and place.value is not None), None)


class Insights(BaseModel):
    """The metrics of a post."""

    data: list[Insight]


class Author(BaseModel):
    """Who wrote a comment."""

    id: str = ""
    username: str = ""


class CommentItem(BaseModel):
    """A comment, or a reply to one."""

    id: str = Field(min_length=1)
    text: str = ""
    timestamp: AwareDatetime
    username: str = ""
    author: Author = Field(default=Author(), alias="from")
    hidden: bool = False
    replies: CommentPage | None = None


class CommentPage(ListPage):
    """A page of comments, newest first."""

    data: list[CommentItem]


class CodeToken(BaseModel):
    """The first token of an Instagram login, which lives an hour. Some pages show it in a list under `data`."""

    access_token: str = Field(min_length=1)
    permissions: str | list[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _out_of_its_list(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(values.get("data"), list) and values["data"]:
            return values["data"][0]
        return values

    @property
    def scopes(self) -> tuple[str, ...]:
        """The rights that were granted."""
        names = self.permissions.split(",") if isinstance(self.permissions, str) else self.permissions
        return tuple(name.strip() for name in names if name.strip())


class LongToken(BaseModel):
    """A token that lives for 60 days; `expires_in` is in seconds."""

    access_token: str = Field(min_length=1)
    expires_in: int | None = None


class Me(BaseModel):
    """The account of an Instagram login."""

    user_id: str = Field(min_length=1)
    username: str = ""


class PageAccount(BaseModel):
    """The Instagram account that belongs to a page."""

    id: str = Field(min_length=1)
    username: str = ""


class Page(BaseModel):
    """A page that a person manages."""

    instagram_business_account: PageAccount | None = None


class Pages(BaseModel):
    """The pages that a person manages."""

    data: list[Page]


class Permission(BaseModel):
    """A right, and whether it was granted."""

    permission: str
    status: str


class Permissions(BaseModel):
    """The rights a person was asked for."""

    data: list[Permission]


def refused(reply: httpx.Response) -> Refused:
    """Read an answer that refuses; one that is in none of the three forms comes back empty."""
    try:
        return Refused.model_validate_json(reply.content)
    except ValidationError:
        return Refused()


def usages_of(headers: Mapping[str, str]) -> list[Usage]:
    """Read what the headers of an answer say of used calls; headers that make no sense count as absent."""
    found: list[Usage] = []
    try:
        if text := headers.get("x-app-usage"):
            found.append(Usage.model_validate_json(text))
        if text := headers.get("x-business-use-case-usage"):
            by_account = TypeAdapter(dict[str, list[Usage]]).validate_json(text)
            found.extend(usage for usages in by_account.values() for usage in usages)
    except ValidationError:
        return found
    return found
