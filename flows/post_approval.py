"""A person looks at a post before it goes out: run this by hand from the Prefect UI, once for each post."""

from __future__ import annotations

from typing import Literal

from prefect import flow

from tasks.approval import decide

Privacy = Literal["not asked here", "PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]


@flow(name="post-approval", retries=0)
def post_approval(
    post: str,
    decision: Literal["approve", "refuse"],
    your_name: str,
    privacy: Privacy = "not asked here",
    allow_comments: bool = False,
    allow_duet: bool = False,
    allow_stitch: bool = False,
    promotes_own_business: bool = False,
    is_paid_partnership: bool = False,
) -> str:
    """Approve or refuse one post that waits for it, and return what is posted where.

    Look at the reel in the gallery first. `privacy` must be chosen for TikTok out of what the account offers now, and
    has no default there. By approving a post to TikTok you agree to TikTok's Music Usage Confirmation. It takes the
    platform some minutes to process a post.
    """
    return decide(
        post,
        approve=decision == "approve",
        by=your_name,
        visibility="" if privacy == "not asked here" else privacy,
        allow_comments=allow_comments,
        allow_duet=allow_duet,
        allow_stitch=allow_stitch,
        own_brand=promotes_own_business,
        paid_partnership=is_paid_partnership,
    )
