"""A post as YouTube's video resource, and a video resource as the standing of a post."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.posting import Post, Receipt, Standing
from integrations.platforms.youtube_api import YouTubeOptions
from integrations.platforms.youtube_replies import Video, VideoStatus

MOST_TAG_CHARACTERS = 500
LARGEST_COVER = 2 << 20
"""Bytes of a cover: the help pages say 2 MB, the description of the API 50; the smaller one is surely taken."""

JPEG = b"\xff\xd8\xff"
MARKER_LENGTH = 16

REASONS: Mapping[str, str] = {
    "conversion": "YouTube could not convert the video",
    "invalidFile": "YouTube does not know the format of the file",
    "emptyFile": "the file is empty",
    "tooSmall": "the file is too small",
    "codec": "YouTube does not know the codec",
    "uploadAborted": "the upload was not finished",
    "copyright": "it infringes a copyright",
    "inappropriate": "its content is not appropriate",
    "duplicate": "the channel has this video already",
    "termsOfUse": "it is against the terms of use",
    "uploaderAccountSuspended": "the account is suspended",
    "uploaderAccountClosed": "the account is closed",
    "length": "it is too long",
    "claim": "the owner of some content has blocked it",
    "trademark": "it infringes a trademark",
    "legal": "there is a legal reason",
}
"""Why videos fail or are rejected (`failureReason` and `rejectionReason` in the description of the API)."""

LOOK_THERE = "Look at it in YouTube Studio, mend what it says there, then `reelwright posts retry`; or refuse the post."
"""What a person does about a video that YouTube did not take."""

WORTH_ANOTHER = frozenset({"uploadAborted"})
"""Reasons that say nothing about the video itself, so that a new upload can go better."""

LOCKED = (
    "YouTube keeps the video private although it was to be public: Google lets projects that it has not audited post"
    " private videos only. Ask for the audit (https://support.google.com/youtube/contact/yt_api_form), and set this"
    " video to public by hand in YouTube Studio."
)


def marker_of(post: Post) -> str:
    """Return the tag that only this post carries."""
    return post.marker or hashlib.sha256(post.key.encode()).hexdigest()[:MARKER_LENGTH]


def tags_of(post: Post) -> list[str]:
    """Return the tags of a post: its marker and its hashtags."""
    return list(dict.fromkeys((marker_of(post), *(tag.removeprefix("#") for tag in post.hashtags))))


def tag_characters(tags: list[str]) -> int:
    """Return how many characters tags have as YouTube counts: with commas between, and quotes around spaces."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(len(tags) - 1, 0)


def own_problems(post: Post, options: YouTubeOptions) -> list[str]:
    """Say what only YouTube would refuse of a post: its tags and its cover."""
    found, tags = [], tags_of(post)
    if tag_characters(tags) > MOST_TAG_CHARACTERS:
        found.append(
            f"The hashtags have {tag_characters(tags)} characters as tags, {MOST_TAG_CHARACTERS} are allowed. Take some"
            " out of the brief."
        )
    if any(set("<>") & set(tag) for tag in tags):
        found.append("A hashtag holds < or >, which is not allowed there. Take it out of the brief.")
    cover = post.files.get("cover")
    if options.set_cover and cover and cover.is_file():
        found += _cover_problems(cover)
    return found


def _cover_problems(cover: Path) -> list[str]:
    again = "Run the reel again from the cover step."
    found = []
    if cover.stat().st_size > LARGEST_COVER:
        found.append(f"The cover has more than {LARGEST_COVER >> 20} MiB. {again}")
    with cover.open("rb") as file:
        if file.read(len(JPEG)) != JPEG:
            found.append(f"The cover is no JPEG. {again}")
    return found


def resource_of(post: Post, options: YouTubeOptions, moment: datetime) -> dict[str, Any]:
    """Return the video resource of a post that is begun at a moment."""
    status: dict[str, Any] = {
        "privacyStatus": options.visibility,
        "selfDeclaredMadeForKids": options.made_for_kids,
        "containsSyntheticMedia": post.disclosure.is_ai_made,
        "embeddable": options.embeddable,
        "license": options.license,
    }
    if options.visibility == "public" and post.publish_at and post.publish_at > moment:
        at = post.publish_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        status |= {"privacyStatus": "private", "publishAt": at}
    snippet = {
        "title": post.title,
        "description": post.caption,
        "tags": tags_of(post),
        "categoryId": options.category,
        "defaultLanguage": post.language,
        "defaultAudioLanguage": post.language,
    }
    return {"snippet": snippet, "status": status}


def standing_of(video: Video | None, options: YouTubeOptions) -> Standing:
    """Say how far a video is that YouTube has taken; None is one that it does not show us yet."""
    if video is None or video.status is None:
        return Standing(state="unclear", reason="YouTube has taken the video and does not show it now.")
    status = video.status
    is_stuck = video.processing_details.processing_status in ("failed", "terminated")
    if status.upload_status in ("failed", "rejected", "deleted") or is_stuck:
        return _failed(status)
    if status.upload_status != "processed":
        return Standing(state="processing", reason="YouTube is working on the video.")
    if status.privacy_status == "private" and status.publish_at:
        return Standing(
            state="processing", reason=f"It is scheduled: YouTube shows it at {status.publish_at:%F %R} UTC."
        )
    is_locked = options.visibility == "public" and status.privacy_status == "private"
    receipt = Receipt(external_id=video.id, url=f"{options.watch_url}{video.id}", visibility=status.privacy_status)
    return Standing(state="shown", receipt=receipt, reason=LOCKED if is_locked else "")


def _failed(status: VideoStatus) -> Standing:
    if status.upload_status == "deleted":
        return Standing(state="failed", reason="The video was deleted on YouTube.")
    reason = status.failure_reason or status.rejection_reason
    words = REASONS.get(reason, "it does not say why")
    verb = "rejected" if status.upload_status == "rejected" else "could not use"
    return Standing(
        state="failed",
        reason=f"YouTube {verb} the video: {words} ({reason or status.upload_status}). {LOOK_THERE}",
        may_begin_anew=reason in WORTH_ANOTHER,
    )
