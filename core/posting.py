"""Values of posting that cross rooms: what a platform accepts, what is said about a reel, when an account posts.

A *post* is one reel on its way to one account of one platform. Platforms declare their `Limits` as data, so that
the rules can fit texts and times to them without knowing any platform.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from core.models import Language, Rating, Slug, Value

Visibility = Literal["public", "unlisted", "private", "draft"]
"""Who sees a post: anybody, who has the address, its owner, or nobody until its owner finishes it in the app."""

CatchUp = Literal["shift", "skip", "burst"]
"""What becomes of posts whose time passed while the factory was down: they move on to the next free times, are not
posted to this account any more, or go out at once."""


class TextLimit(Value):
    """The longest text a field takes, counted as the platform counts."""

    most: int = Field(ge=0)
    unit: Literal["characters", "utf16", "bytes"] = "characters"

    def measure(self, text: str) -> int:
        """Return the length of a text in the platform's unit."""
        match self.unit:
            case "bytes":
                return len(text.encode())
            case "utf16":
                return len(text.encode("utf-16-le")) // 2
        return len(text)


class Limits(Value):
    """What a platform accepts, as it is written down there.

    `title` is None where posts have only a caption. `ratio` is width divided by height, `sides` pixels, `fps` frames
    a second, each as least and most. `posts_per_day` counts any 24 hours of one account; 0 means that nothing is
    written down. `schedules` says that it publishes at a time it was told; `calls_per_day` names what else it counts
    by the day, for all accounts of one app together. `highest_rating` is what the platform's own rules bear.
    """

    title: TextLimit | None = None
    caption: TextLimit
    hashtags: int = Field(default=30, ge=0)
    mentions: int = Field(default=20, ge=0)
    forbidden: str = ""
    seconds: tuple[float, float]
    largest_mib: int = Field(gt=0)
    ratio: tuple[float, float] = (0.5, 0.6)
    sides: tuple[int, int] = (360, 4096)
    fps: tuple[float, float] = (23, 60)
    needs_sound: bool = True
    posts_per_day: int = Field(default=0, ge=0)
    minutes_between: int = Field(default=0, ge=0)
    calls_per_day: dict[str, int] = Field(default_factory=dict)
    schedules: bool = False
    highest_rating: Rating = 0


class VideoFacts(Value):
    """What is known of a post's video: pixels, frames a second, seconds, bytes, and whether there is sound."""

    width: int
    height: int
    fps: float
    seconds: float
    bytes: int
    has_sound: bool


class MakerNote(Value):
    """Who made one kind of part of a reel. `kind` says how: by a trained model, by a plain algorithm, by a person."""

    step: str
    maker: str
    model: str = ""
    kind: Literal["trained", "algorithmic", "human"]


class Disclosure(Value):
    """That a reel is AI-made, said once: platform flags, the line in the caption and the manifest all come from here.

    `source_type` is a term of the IPTC digital source types, such as `compositeWithTrainedAlgorithmicMedia`.
    """

    is_ai_made: bool = True
    line: str = ""
    source_type: str = "compositeWithTrainedAlgorithmicMedia"
    makers: tuple[MakerNote, ...] = ()


class Consent(Value):
    """What a person agreed to for one post. `visibility` is the platform's own word and never has a default."""

    by: str = Field(min_length=1, max_length=80)
    at: datetime
    visibility: str = ""
    allow_comments: bool = False
    allow_duet: bool = False
    allow_stitch: bool = False
    own_brand: bool = False
    paid_partnership: bool = False


class Post(Value):
    """One reel on its way to one account: its texts and its files by role.

    `key` is the unique key of the delivery; `slug` names the reel in addresses and folders; `caption` is the whole
    text as it will stand there. `marker` is a short word that only this post carries, for finding it again.
    `newest_id` is the platform's id of the account's newest post that we know of, `known_ids` are those of the last
    days. `cover_second` is where in the video the cover lies. `public_url` is an address under which the platform can
    fetch the video, if there is one. What a platform cannot accept is told by its `problems`, not refused here.
    """

    key: str
    slug: str
    title: str
    caption: str
    language: Language
    character: str
    files: Mapping[str, Path]
    hashtags: tuple[str, ...] = ()
    video: VideoFacts | None = None
    rating: Rating = 0
    disclosure: Disclosure = Disclosure()
    consent: Consent | None = None
    publish_at: datetime | None = None
    cover_second: float = 0.0
    marker: str = ""
    newest_id: str = ""
    known_ids: tuple[str, ...] = ()
    public_url: str = ""


class Receipt(Value):
    """Proof that a post is out: the platform's own id, the address a browser finds it at, and who can see it.

    `url` is empty where the platform gives none, as for drafts. `other_ids` are further ids that one post came to.
    """

    external_id: str
    url: str
    visibility: Visibility = "public"
    other_ids: tuple[str, ...] = ()


class Standing(Value):
    """How far a post is, as the platform says it.

    incomplete  surely not out; uploading goes on under the same handle
    processing  taken and worked on; ask again later
    ready       surely not out, complete: `finish` may be called
    shown       it is where it should be: `receipt` says where and who sees it
    failed      the platform gave up on it and shows nothing: `reason` says why; `may_begin_anew` whether a new
                beginning can go better
    absent      surely not out and the handle is dead: begin anew
    unclear     cannot be told now; ask again later
    """

    state: Literal["incomplete", "processing", "ready", "shown", "failed", "absent", "unclear"]
    receipt: Receipt | None = None
    reason: str = ""
    may_begin_anew: bool = False

    @model_validator(mode="after")
    def _proved(self) -> Standing:
        if (self.state == "shown") != (self.receipt is not None):
            raise ValueError("a post that is shown has a receipt, and only such a post")
        return self


class Numbers(Value):
    """How a post fares; None where the platform does not tell."""

    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None


class App(Value):
    """The operator's own app at a platform, in whose name an account lets us in."""

    client_id: str = Field(min_length=1, repr=False)
    client_secret: str = Field(default="", repr=False)


class Token(Value):
    """What lets us into one account. Stored encrypted, as JSON; never logged.

    `refresh` is empty where the access token itself is renewed or never ends; a time is None where there is no end.
    `owner_id` and `owner_name` are the account as the platform calls it. `kind` tells kinds of login apart where a
    platform has several. `memory` holds what the platform wants remembered with the account.
    """

    access: str = Field(min_length=1, repr=False)
    refresh: str = Field(default="", repr=False)
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    obtained_at: datetime
    scopes: tuple[str, ...] = ()
    owner_id: str = ""
    owner_name: str = ""
    kind: str = ""
    app: App | None = None
    memory: dict[str, str] = Field(default_factory=dict)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as exc:
        raise ValueError(f"'{name}' is no time zone; write one such as Europe/Madrid") from exc
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class Cadence(Value):
    """When an account posts, in its own time zone.

    `hours` are its best times of day; without any, a post goes out as soon as the other rules allow.
    `minutes_between` is the least distance of two posts, `most_per_day` a cap per calendar day (0: none), `quiet`
    hours in which nothing is posted, which may pass midnight. A post is missed when it is later than
    `grace_minutes`; then `catch_up` says what becomes of it.
    """

    zone: Zone = "UTC"
    hours: tuple[time, ...] = ()
    minutes_between: int = Field(default=0, ge=0)
    most_per_day: int = Field(default=0, ge=0)
    quiet: tuple[time, time] | None = None
    catch_up: CatchUp = "shift"
    grace_minutes: int = Field(default=60, ge=0)


class PostingAccount(Value):
    """One account that reels are posted to: whose reels, when, and under which rules.

    No `characters` means all of them. `approval` asks a person before each post, also where the platform does not.
    `upload_ahead_minutes` uploads so long before the time of a post and leaves publishing it to the platform, where
    that can; a factory that is down then still posts on time.
    `options` go to the platform on top of its own table.
    """

    platform: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str = Field(default="", pattern=r"^([a-z0-9]+([-_.][a-z0-9]+)*)?$", max_length=64)
    characters: tuple[Slug, ...] = ()
    approval: bool = False
    highest_rating: Rating = 0
    cadence: Cadence = Cadence()
    upload_ahead_minutes: int = Field(default=0, ge=0, le=1440)
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def label(self) -> str:
        """The account in one word, such as `youtube/jonah`; the platform alone where it needs no account."""
        return f"{self.platform}/{self.name}" if self.name else self.platform

    def takes(self, character: str) -> bool:
        """Say whether the reels of a character go to this account."""
        return not self.characters or character in self.characters


MENTION = re.compile(r"(?<![\w@])@\w")
HASHTAG = re.compile(r"(?<!\w)#\w")
"""What platforms count as a mention and as a hashtag."""
