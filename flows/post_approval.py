"""A person looks at a post before it goes out: run this by hand from the Prefect UI, once for each post."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks.approval import decide
from tasks.reporting import show_posts


def _field(title: str, description: str, **rules: Any) -> Any:
    """Return what the form of the Prefect UI says about a parameter; it takes both only from the schema's extras."""
    return Field(json_schema_extra={"title": title, "description": description}, **rules)


PostKey = Annotated[
    str,
    _field(
        "Post",
        "The key of the post, such as post/tiktok/tess/reel-7. The artifact posts-waiting shows it, with the reel.",
        min_length=1,
    ),
]
Decision = Annotated[
    Literal["approve", "refuse"],
    _field(
        "Decision",
        "Watch the reel first. By posting to TikTok, you agree to TikTok's Music Usage Confirmation. After it is"
        " posted, the platform takes some minutes to process it.",
    ),
]
Name = Annotated[str, _field("Your name", "It is kept with the post, as who decided.", min_length=1, max_length=80)]
Privacy = Annotated[
    Literal["not chosen", "PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"],
    _field(
        "Privacy: who may see it",
        "Must be chosen for a post that goes straight to TikTok, out of what the account offers; a choice that it does"
        " not offer is refused with the list. Leave it as it is for everything else.",
    ),
]
Comments = Annotated[bool, _field("Allow comments", "TikTok only.")]
Duets = Annotated[bool, _field("Allow duets", "TikTok only.")]
Stitches = Annotated[bool, _field("Allow stitches", "TikTok only.")]
OwnBusiness = Annotated[bool, _field("It promotes your own business", "TikTok labels it as promotional content.")]
PaidPartnership = Annotated[
    bool,
    _field(
        "Somebody paid for it",
        "TikTok labels it as a paid partnership; it cannot be SELF_ONLY then. By posting, you agree to TikTok's Branded"
        " Content Policy and Music Usage Confirmation.",
    ),
]


@flow(name="post-approval", flow_run_name="{decision} {post}", retries=0)
def post_approval(
    post: PostKey,
    decision: Decision,
    your_name: Name,
    privacy: Privacy = "not chosen",
    allow_comments: Comments = False,
    allow_duet: Duets = False,
    allow_stitch: Stitches = False,
    promotes_own_business: OwnBusiness = False,
    is_paid_partnership: PaidPartnership = False,
) -> State[None]:
    """Approve or refuse one post that waits for a person, and say what becomes of it.

    The artifact **posts-waiting** of the last posting run shows what waits: the reel to watch, its caption, and a link
    that opens this form with the post filled in. What is approved goes out with the next posting run, at its time or
    after it; platforms take some minutes to process a post.
    """
    said = decide(
        post,
        approve=decision == "approve",
        by=your_name,
        visibility="" if privacy == "not chosen" else privacy,
        allow_comments=allow_comments,
        allow_duet=allow_duet,
        allow_stitch=allow_stitch,
        own_brand=promotes_own_business,
        paid_partnership=is_paid_partnership,
    )
    show_posts(keys=[post])
    return Completed(message=said)
