"""What a person decides about posts: approve, refuse, try again, and close what nobody else can tell."""

from __future__ import annotations

from prefect import task

from core.clock import now
from core.errors import BadInput
from core.posting import Consent
from db import deliveries, reels
from db.connection import Connection, get_database
from db.deliveries import Delivery
from tasks.policy import ONCE
from tasks.posts import find_account, open_platform, read_post

CHOOSE = "Choose one of these with --privacy, or as `privacy` in the Prefect UI."


@task(task_run_name="decide about {key}", **ONCE)
def decide(
    key: str,
    *,
    approve: bool,
    by: str,
    visibility: str = "",
    allow_comments: bool = False,
    allow_duet: bool = False,
    allow_stitch: bool = False,
    own_brand: bool = False,
    paid_partnership: bool = False,
) -> str:
    """Write down what a person decided about a post that nobody began, and say it in a sentence.

    Raises BadInput when the platform wants a choice that was not made or is not offered, WrongState when the post has
    been begun or is over, NotFound.
    """
    with get_database().transaction() as connection:
        delivery = deliveries.get_delivery(connection, deliveries.find_key(connection, key))
    if not approve:
        return _refuse(delivery, by)
    consent = Consent(
        by=by, at=now(), visibility=visibility, allow_comments=allow_comments, allow_duet=allow_duet,
        allow_stitch=allow_stitch, own_brand=own_brand, paid_partnership=paid_partnership,
    )  # fmt: skip
    _check(delivery, consent)
    with get_database().transaction() as connection:
        deliveries.approve_delivery(connection, delivery.key, consent.model_dump(mode="json"))
    return f"{by} approved {delivery.key}; it goes out at {delivery.slot_at:%Y-%m-%d %H:%M} UTC or after."


def choices(delivery: Delivery) -> tuple[str, ...]:
    """Ask the platform who may be let see a post, in its own words; empty where it leaves no choice."""
    return open_platform(find_account(delivery.account)).visibilities()


def retry_post(key: str) -> str:
    """Let a failed or skipped post begin anew, and return its key."""
    with get_database().transaction() as connection:
        found = deliveries.find_key(connection, key)
        deliveries.reopen_delivery(connection, found)
        _back_to_posting(connection, deliveries.get_delivery(connection, found))
    return found


def resolve_post(key: str, *, posted_at: str | None) -> str:
    """Close a post that nobody else can tell about: it is at an address, or it is not there and begins anew.

    With neither known, `look_again` is the way. Returns its key.
    """
    with get_database().transaction() as connection:
        found = deliveries.find_key(connection, key)
        if posted_at is None:
            deliveries.close_as_not_posted(connection, found)
        else:
            number = posted_at.rstrip("/").rpartition("/")[2].rpartition("=")[2]
            deliveries.close_as_posted(connection, found, number or posted_at, posted_at)
        _back_to_posting(connection, deliveries.get_delivery(connection, found))
    return found


def look_again(key: str) -> str:
    """Have a held post looked up at the platform once more, and return its key."""
    with get_database().transaction() as connection:
        found = deliveries.find_key(connection, key)
        deliveries.look_again(connection, found)
        _back_to_posting(connection, deliveries.get_delivery(connection, found))
    return found


def _refuse(delivery: Delivery, by: str) -> str:
    with get_database().transaction() as connection:
        deliveries.skip_delivery(connection, delivery.key, f"{by} refused it.")
    return f"{by} refused {delivery.key}; it is not posted."


def _check(delivery: Delivery, consent: Consent) -> None:
    """Raise BadInput when the platform would not take the post with this consent."""
    offered = choices(delivery)
    if offered and consent.visibility not in offered:
        chosen = f"'{consent.visibility}' is not offered" if consent.visibility else "Nobody chose who may see it"
        raise BadInput(f"{chosen}; the account offers {', '.join(offered)}.", remedy=CHOOSE)
    account = find_account(delivery.account)
    platform = open_platform(account)
    with get_database().transaction() as connection:
        post = read_post(connection, account, delivery.request, consent.model_dump(mode="json"))
    problems = platform.problems(post)
    if problems:
        raise BadInput(" ".join(problems), remedy="Choose otherwise, or refuse the post.")


def _back_to_posting(connection: Connection, delivery: Delivery) -> None:
    """Let the posting flow go on with the reel of a post that was reopened or closed."""
    if delivery.reel_id is not None and reels.get_reel(connection, delivery.reel_id).state == "held":
        reels.advance_reel(connection, delivery.reel_id, "publishing")
