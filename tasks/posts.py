"""A post as it is written down before it is made, and as it is read back when its time has come."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from core.errors import BadMedia, ConfigError, StorageError, WrongState
from core.keys import content_key
from core.models import Brief, Script
from core.posting import Consent, Post, PostingAccount, VideoFacts
from core.posting_file import posting_accounts
from core.settings import get_settings
from db import accounts, deliveries, generations, ideas, reels
from db.connection import Connection, get_database
from db.generations import StoredFile
from integrations.platforms import Access, Platform, platform_class
from media.probe import probe
from rules.fitting import fit
from tasks.library import local_path, public_url
from tasks.package import files_of, slug_of
from tasks.provenance import disclosure_of_reel
from tasks.render import UNMARKED
from tasks.sealed import app_of, options_of
from tasks.tokens import AccountTokens

PUBLIC_LINK_SECONDS = 6 * 3600
"""How long a link to the video holds that a platform fetches it by: longer than any platform takes to come."""


def find_account(label: str) -> PostingAccount:
    """Return the posting account of this label; raises WrongState when it is not in use any more."""
    for account in posting_accounts():
        if account.label == label:
            return account
    raise WrongState(
        f"Posts to {label} are planned, but the account is not in use.",
        remedy="Put it back into PLATFORMS or the posting file, or refuse its posts: `reelwright posts refuse`.",
    )


def open_platform(account: PostingAccount, tokens: AccountTokens | None = None) -> Platform:
    """Return the platform of an account, with its options and the way to its token."""
    kind = platform_class(account.platform)
    if kind.needs_account and tokens is None:
        tokens = AccountTokens(account)
    return kind(Access(account.label, get_settings(), options_of(account), tokens, _counter(account)))


def _counter(account: PostingAccount) -> Callable[[date, str, int], None]:
    """Return what counts the calls of an account's app, over all processes."""

    def note(day: date, bucket: str, calls: int) -> None:
        with get_database().transaction() as connection:
            accounts.note_calls(connection, app_of(connection, account), day, bucket, calls)

    return note


def subject_of(connection: Connection, reel_id: int, account: PostingAccount) -> str:
    """Return what is posted: the reel on a public platform, each of its editions in a gallery of ours."""
    subject = f"reel-{reel_id}"
    if not platform_class(account.platform).replaces:
        return subject
    files = files_of(connection, reel_id)
    edition = content_key({role: file.sha256 for role, file in files.items()})[:12]
    return f"{subject}@{edition}"


def key_of(connection: Connection, reel_id: int, account: PostingAccount) -> str:
    """Return the unique key of a post."""
    return f"post/{account.label}/{subject_of(connection, reel_id, account)}"


def compose(connection: Connection, reel_id: int, account: PostingAccount) -> dict[str, Any]:
    """Return everything needed to post a reel to an account, as JSON: texts fitted, files by their hashes.

    Raises WrongState when an edition is missing, BadInput when the texts cannot be made to fit.
    """
    platform = platform_class(account.platform)
    reel, parts = reels.get_reel(connection, reel_id), reels.get_parts(connection, reel_id)
    script = Script.model_validate(generations.get_generation(connection, parts["script"]).result)
    brief: Brief = ideas.get_brief_of_reel(connection, reel_id)
    package = generations.get_generation(connection, parts["package"]).result or {}
    disclosure = disclosure_of_reel(connection, reel_id)
    key = key_of(connection, reel_id, account)
    marker = "rw" + hashlib.sha256(key.encode()).hexdigest()[:10]
    fitted = fit(script.title, script.caption, script.hashtags, disclosure.line, platform.limits)
    files = _edition(files_of(connection, reel_id), platform)
    return {
        "key": key,
        "slug": slug_of(reel_id, script.title),
        "title": fitted.title,
        "caption": fitted.caption,
        "hashtags": list(fitted.hashtags),
        "dropped": list(fitted.dropped),
        "language": reel.language,
        "character": reel.character,
        "rating": brief.rating,
        "disclosure": disclosure.model_dump(mode="json"),
        "cover_second": float(package.get("cover_second", 0.0)),
        "marker": marker,
        "spoken": " ".join(line.text for line in script.lines),
        "video": _video_facts(files["reel"]).model_dump(mode="json"),
        "files": {role: [file.sha256, file.suffix, file.bytes] for role, file in sorted(files.items())},
    }


def read_post(
    connection: Connection,
    account: PostingAccount,
    request: Mapping[str, Any],
    consent: Mapping[str, Any] | None = None,
    slot_at: datetime | None = None,
) -> Post:
    """Return the post that was written down as `request`, its files on this disk again.

    `slot_at` is its time, which the platform is told where it publishes by itself.
    """
    schedules = account.upload_ahead_minutes > 0 and platform_class(account.platform).limits.schedules
    known = {name: value for name, value in request.items() if name not in ("dropped", "spoken", "files")}
    files = {role: StoredFile(*file) for role, file in request["files"].items()}
    return Post(
        **known,
        files={role: local_path(file) for role, file in files.items()},
        consent=Consent.model_validate(consent) if consent else None,
        publish_at=slot_at if schedules else None,
        newest_id=deliveries.newest_post(connection, account.label),
        known_ids=deliveries.known_ids(connection, account.label),
        public_url=_public_url(files["reel"]),
    )


def _public_url(file: StoredFile) -> str:
    """Return an address under which a platform can fetch a file; empty where there is none."""
    try:
        return public_url(file, PUBLIC_LINK_SECONDS)
    except (StorageError, ConfigError):
        return ""


def _video_facts(file: StoredFile) -> VideoFacts:
    info = probe(local_path(file))
    if info.video is None:
        raise BadMedia("The video of this reel has no picture.", remedy="Run the reel again from the render step.")
    return VideoFacts(
        width=info.video.width,
        height=info.video.height,
        fps=info.video.fps,
        seconds=info.seconds,
        bytes=file.bytes,
        has_sound=info.audio is not None,
    )


def _edition(files: dict[str, StoredFile], platform: type[Platform]) -> dict[str, StoredFile]:
    """Choose the video for a platform: the one without marks where they are forbidden.

    Raises WrongState when it was not rendered, because the platform was added later.
    """
    unmarked = files.pop(UNMARKED, None)
    if platform.allows_marks:
        return files
    if unmarked is None:
        raise WrongState(
            f"{platform.name} forbids watermarks, and this reel has no edition without one.",
            remedy="Run the reel again from the render step.",
        )
    return {**files, "reel": unmarked}
