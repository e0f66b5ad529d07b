"""What a person agreed to for one post, held against TikTok's rules and against what the account can do now.

Facts (TikTok for Developers, "Content Sharing Guidelines"): the visibility is chosen for each post from the account's
own list and has no default; comments, duets and stitches are off until they are switched on; a paid partnership cannot
be posted for oneself only.
"""

from __future__ import annotations

from typing import Any, get_args

from core.errors import Rejected
from core.posting import Consent, Post
from integrations.platforms.tiktok_api import SERVICE
from integrations.platforms.tiktok_replies import CreatorInfo, Privacy

PUBLIC: Privacy = "PUBLIC_TO_EVERYONE"
ONLY_ME: Privacy = "SELF_ONLY"
AGREE = "Agree to it with `reelwright posts approve`, which lists what the account may choose."


def settings_of(post: Post, consent: Consent, creator: CreatorInfo) -> dict[str, Any]:
    """Return the settings of a direct post: what was agreed to, less what the account has switched off by itself."""
    return {
        "title": post.caption,
        "privacy_level": consent.visibility,
        "disable_comment": creator.comment_disabled or not consent.allow_comments,
        "disable_duet": creator.duet_disabled or not consent.allow_duet,
        "disable_stitch": creator.stitch_disabled or not consent.allow_stitch,
        "video_cover_timestamp_ms": round(post.cover_second * 1000),
        "brand_content_toggle": consent.paid_partnership,
        "brand_organic_toggle": consent.own_brand,
        "is_aigc": post.disclosure.is_ai_made,
    }


def consent_problems(consent: Consent) -> list[str]:
    """Say what of a consent TikTok's rules forbid, whatever the account."""
    found = []
    if consent.visibility not in get_args(Privacy):
        found.append(f"Who agreed to the post did not choose one of {', '.join(get_args(Privacy))}. {AGREE}")
    if consent.paid_partnership and consent.visibility == ONLY_ME:
        found.append(
            f"A paid partnership cannot be posted as {ONLY_ME}. Agree to the post anew with another visibility."
        )
    return found


def require_consent(post: Post, consent: Consent, creator: CreatorInfo) -> None:
    """Raise Rejected unless what was agreed to can be done in this account now."""
    found = consent_problems(consent)
    if not found and consent.visibility not in creator.privacy_level_options:
        options = ", ".join(creator.privacy_level_options)
        found.append(f"The account cannot post as {consent.visibility} now, only as {options}.")
    if found:
        raise Rejected(" ".join(found), service=SERVICE, remedy=AGREE)
    if post.video is not None and post.video.seconds > creator.max_seconds:
        raise Rejected(
            f"The video lasts {post.video.seconds:.1f} s; this account may post {creator.max_seconds:g} s at most.",
            service=SERVICE,
            remedy="Give the brief fewer facts, or post it as a draft.",
        )
