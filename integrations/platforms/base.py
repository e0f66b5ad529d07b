"""What a publishing platform looks like to a delivery.

A delivery goes through these steps and writes down what came back before it takes the next one:

    problems -> begin (handle saved) -> upload (as often as needed) -> check until `ready`
             -> finish (once) -> check until `shown` -> dress -> done(external_id, url)

After a crash or a lost answer in `finish` it asks `find` first, and does what the standing says. All steps but `finish`
may be repeated without harm; `begin` makes nothing that anybody sees. One method is as few exchanges as it can be, and
none of them is repeated by the platform's file: retrying is the delivery's business.

What goes wrong is told by the errors of the house: `TokenExpired` when the access token is refused (the delivery renews
it and takes the same step again), `AccessLost` when a person must connect the account again, `Restricted`, `QuotaSpent`
and `RateLimited` when the account must rest, `NotAllowed` when the operator's app is not set up for this, `Rejected`
when the post itself is at fault, `Unreachable` when it may simply be tried again, and `OutcomeUnknown` when a call that
cannot be repeated was sent and its answer was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import Field, ValidationError

from core.errors import ConfigError
from core.faults import faults_of
from core.models import Value
from core.posting import HASHTAG, MENTION, App, Limits, Numbers, Post, Receipt, Standing, Token
from core.settings import Settings

FILE_NAMES: Mapping[str, str] = {
    "reel": "reel.mp4",
    "preview": "preview.mp4",
    "cover": "cover.jpg",
    "contact_sheet": "contact-sheet.jpg",
    "captions_srt": "captions.srt",
    "captions_vtt": "captions.vtt",
    "facts": "facts.json",
}
"""Roles of a post's files, and the name each file travels under."""


class PlatformOptions(Value):
    """What every platform can be told in the posting file; each adds its own addresses and choices."""

    timeout_seconds: float = Field(default=60, gt=0, description="The longest silence in one exchange.")


Options = TypeVar("Options", bound=PlatformOptions)


def read_options(form: type[Options], platform: str, given: Mapping[str, Any]) -> Options:
    """Return a platform's options in their form; raises ConfigError naming those that are wrong or not known."""
    try:
        return form.model_validate(dict(given))
    except ValidationError as exc:
        raise ConfigError(
            f"The options of {platform} have faults: {faults_of(exc)}.",
            remedy=f"Mend [platforms.{platform}] or the account's options in the posting file.",
        ) from exc


class TokenSource(Protocol):
    """The way to an account's token."""

    def current(self) -> Token:
        """Return a token that is good for some minutes at least, renewed when it was not.

        Raises AccessLost when a person must connect the account again.
        """
        ...


@dataclass(frozen=True)
class Access:
    """Who posts: an account, its options and the way to its token; `tokens` is None where none is needed.

    `note_calls` is told day, bucket and number of the calls that a platform counts by the day, before they are sent.
    """

    account: str
    settings: Settings
    options: Mapping[str, Any] = field(default_factory=dict)
    tokens: TokenSource | None = None
    note_calls: Callable[[date, str, int], None] | None = None

    def token(self) -> Token:
        """Return a token that is good now; only for platforms that need an account."""
        assert self.tokens is not None
        return self.tokens.current()


class SignIn(Protocol):
    """How an account lets our app in, by OAuth 2 with a code. One exchange a method, never repeated by itself.

    `scopes` says for each right we ask for why it is needed, in words for the operator; `optional_scopes` names those
    that may be refused. `rotates` tells that renewing uses the refresh token up: a lost answer loses the account.
    `app_help` tells where the operator makes the app and what to enter there.
    """

    scopes: ClassVar[Mapping[str, str]]
    optional_scopes: ClassVar[frozenset[str]]
    rotates: ClassVar[bool]
    app_help: ClassVar[str]

    def __init__(self, options: Mapping[str, Any]) -> None: ...

    def authorize_url(self, app: App, *, redirect_uri: str, state: str, challenge: str) -> str:
        """Return the address at which a person lets us in. `challenge` is PKCE's, S256."""
        ...

    def exchange(self, app: App, *, code: str, redirect_uri: str, verifier: str) -> Token:
        """Trade the code for a token that names its owner; raises AccessLost when it is refused."""
        ...

    def renew(self, token: Token) -> Token:
        """Return a fresh token in place of one, also before it ends.

        Raises AccessLost when only a person can help, Unreachable when nothing was sent or a server failed, and
        OutcomeUnknown when the answer was lost. What the answer leaves out is kept from the old token.
        """
        ...


class Platform(Protocol):
    """Posts reels to one account of one place.

    `replaces` says what a newer edition of a reel does: True when it takes the place of the older one (a gallery of
    one's own), False when it would stand beside it (public platforms). `allows_marks` says whether a watermark and an
    outro may be burnt into the picture; where they may not, the unmarked edition of the reel is posted. `needs_consent`
    says that a person must agree to each post. `most_beginnings` caps automatic new beginnings of one post.
    `settle_seconds` is how long after a lost answer the platform is left alone before `find` is asked.
    `sign_in` is None where a key is pasted (`needs_account`) or nothing is needed.
    """

    name: ClassVar[str]
    limits: ClassVar[Limits]
    replaces: ClassVar[bool]
    allows_marks: ClassVar[bool]
    needs_account: ClassVar[bool]
    needs_consent: ClassVar[bool]
    most_beginnings: ClassVar[int]
    settle_seconds: ClassVar[float]
    sign_in: ClassVar[type[SignIn] | None]

    def __init__(self, access: Access) -> None: ...

    def problems(self, post: Post) -> list[str]:
        """Say what the platform would surely refuse, one sentence each with the remedy. Sends nothing."""
        ...

    def visibilities(self) -> tuple[str, ...]:
        """Ask who may be let see a post, in the platform's words, where a person must choose; else empty."""
        ...

    def begin(self, post: Post) -> str:
        """Open an upload and return its handle, which the caller saves encrypted at once. Nobody sees anything yet."""
        ...

    def upload(self, post: Post, handle: str) -> None:
        """Send what has not arrived yet, all but what would make the post public; may be repeated until it succeeds."""
        ...

    def check(self, post: Post, handle: str) -> Standing:
        """Ask once how far the post is, after `upload` and after `finish`."""
        ...

    def finish(self, post: Post, handle: str) -> Standing:
        """Make the post public: the one call that cannot be taken back.

        Returns `processing` or `shown`, or `absent` when it surely did not happen and the handle is dead. Raises
        OutcomeUnknown when its answer was lost; any other error means that it surely did not happen.
        """
        ...

    def find(self, post: Post, handle: str) -> Standing:
        """Say what became of a post whose `finish` may have happened."""
        ...

    def dress(self, post: Post, receipt: Receipt) -> None:
        """Add what belongs to a post that is there (cover, captions); may be repeated. Nothing to do for most."""
        ...

    def numbers(self, ids: Sequence[str]) -> dict[str, Numbers]:
        """Return how posts fare, by their external ids; those the platform does not know are left out."""
        ...


def usual_problems(post: Post, limits: Limits) -> list[str]:
    """Say what of a post lies outside the limits of its platform, one sentence each with the remedy."""
    return [*_text_problems(post, limits), *_video_problems(post, limits), *_file_problems(post)]


def _text_problems(post: Post, limits: Limits) -> list[str]:
    found = []
    for what, text, limit in (("title", post.title, limits.title), ("caption", post.caption, limits.caption)):
        if limit is None:
            continue
        if what == "title" and not text.strip():
            found.append("The title is empty. Give the brief a title and run the reel again from the script.")
        if limit.measure(text) > limit.most:
            found.append(
                f"The {what} has {limit.measure(text)} {limit.unit}, {limit.most} are allowed. Shorten it in the brief."
            )
        wrong = sorted(set(text) & set(limits.forbidden))
        if wrong:
            found.append(f"The {what} holds {' '.join(wrong)}, which is not allowed there. Take it out of the brief.")
    for what, count, most in (
        ("hashtags", len(HASHTAG.findall(post.caption)), limits.hashtags),
        ("mentions", len(MENTION.findall(post.caption)), limits.mentions),
    ):
        if count > most:
            found.append(f"The caption has {count} {what}, {most} are allowed. Take some out of the brief.")
    if post.rating > limits.highest_rating:
        found.append(
            f"The reel is rated {post.rating}; this platform bears {limits.highest_rating}. Post it elsewhere, or make"
            " it milder and rate it anew."
        )
    return found


def _video_problems(post: Post, limits: Limits) -> list[str]:
    video = post.video
    if video is None:
        return []
    found = []
    again = "Run the reel again from the render step."
    if not limits.seconds[0] <= video.seconds <= limits.seconds[1]:
        found.append(
            f"The video lasts {video.seconds:.1f} s; {limits.seconds[0]:g} to {limits.seconds[1]:g} are allowed."
            " Give the brief more or fewer facts."
        )
    if video.bytes > limits.largest_mib << 20:
        found.append(
            f"The video has {video.bytes / (1 << 20):.0f} MiB, {limits.largest_mib} are allowed. Set RENDER_PROFILE to"
            " lean and run the reel again from the render step."
        )
    ratio = video.width / video.height
    if not limits.ratio[0] <= ratio <= limits.ratio[1]:
        found.append(
            f"The picture is {video.width} by {video.height}; its width must be {limits.ratio[0]:g} to"
            f" {limits.ratio[1]:g} of its height. {again}"
        )
    if min(video.width, video.height) < limits.sides[0] or max(video.width, video.height) > limits.sides[1]:
        found.append(
            f"The picture is {video.width} by {video.height}; each side must have {limits.sides[0]} to"
            f" {limits.sides[1]} pixels. {again}"
        )
    if not limits.fps[0] <= video.fps <= limits.fps[1]:
        found.append(
            f"The video has {video.fps:g} frames a second; {limits.fps[0]:g} to {limits.fps[1]:g} are allowed."
        )
    if limits.needs_sound and not video.has_sound:
        found.append("The video has no sound. Run the reel again from the voice step.")
    return found


def _file_problems(post: Post) -> list[str]:
    found = []
    for role, path in post.files.items():
        if not path.is_file():
            found.append(f"The file '{role}' is not there: {path}. Run the reel again from the package step.")
        elif path.stat().st_size == 0:
            found.append(f"The file '{role}' is empty: {path}. Run the reel again from the package step.")
    if "reel" not in post.files:
        found.append("There is no video. Run the reel again from the render step.")
    return found
