"""What TikTok answers, as far as we read it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from core.models import Value

OK = "ok"
"""The only code of success: an error may come with status 200 as well."""

Privacy = Literal["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]
"""TikTok's words for who sees a video. Which of them an account may use at the moment, `CreatorInfo` says."""


class Fault(BaseModel):
    """The `error` part of an answer."""

    code: str
    message: str = ""
    log_id: str = ""


class Envelope(BaseModel):
    """What every answer of the API is wrapped in."""

    data: dict[str, Any] | None = None
    error: Fault


class Failure(BaseModel):
    """A refusal in either of its forms: nested everywhere, flat where tokens are given out."""

    error: Fault | str
    error_description: str = ""
    log_id: str = ""

    @property
    def fault(self) -> Fault:
        """The refusal in its nested form."""
        if isinstance(self.error, Fault):
            return self.error
        return Fault(code=self.error, message=self.error_description, log_id=self.log_id)


class CreatorInfo(Value):
    """What the account may choose for its next post, and what it has switched off by itself."""

    model_config = ConfigDict(extra="ignore")

    username: str = Field(default="", validation_alias="creator_username")
    nickname: str = Field(default="", validation_alias="creator_nickname")
    privacy_level_options: tuple[str, ...]
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    max_seconds: float = Field(validation_alias="max_video_post_duration_sec", gt=0)


class Opened(BaseModel):
    """An upload that was opened."""

    publish_id: str = Field(min_length=1)
    upload_url: str = Field(pattern=r"^https?://[^\s]+$")


class PostStatus(BaseModel):
    """How far a post is. `ids` are those of its public videos; the field is misspelt there, which may be mended."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    status: str
    fail_reason: str | None = None
    uploaded_bytes: int | None = None
    ids: tuple[str, ...] = Field(
        default=(), validation_alias=AliasChoices("publicaly_available_post_id", "publicly_available_post_id")
    )

    @field_validator("ids", mode="before")
    @classmethod
    def _never_null(cls, value: Any) -> Any:
        return value or ()


class Video(BaseModel):
    """A public video and how it fares."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str
    view_count: int | None = None
    like_count: int | None = None
    comment_count: int | None = None
    share_count: int | None = None


class Videos(BaseModel):
    """Some of an account's videos."""

    videos: tuple[Video, ...] = ()


class User(BaseModel):
    """Who the account belongs to. The username is told only where `user.info.profile` was granted."""

    open_id: str
    display_name: str = ""
    username: str = ""


class UserReply(BaseModel):
    """The answer to the question who the account belongs to."""

    user: User


class TokenReply(BaseModel):
    """Tokens as they are given out. The times are seconds from now, `scope` is separated by commas."""

    access_token: str = Field(pattern=r"^[\x21-\x7e]+$")
    refresh_token: str = ""
    expires_in: int | None = None
    refresh_expires_in: int | None = None
    scope: str = ""
    open_id: str = ""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The rights that were granted."""
        return tuple(name.strip() for name in self.scope.split(",") if name.strip())
