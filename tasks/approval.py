"""What a person decides about posts: approve, refuse, try again, and close what nobody else can tell."""

from __future__ import annotations

import re
from datetime import UTC
from urllib.parse import parse_qs, urlsplit

from prefect import task

from core.clock import now
from core.errors import BadInput, WrongState
from core.posting import Consent
from db import deliveries, reels
from db.connection import Connection, get_database
from db.deliveries import SEE_POSTS, Delivery
from db.reels import Reel
from integrations.platforms.base import Platform
from tasks.planning import give_time, plan_post
from tasks.policy import ONCE
from tasks.posts import find_account, key_of, open_platform, read_post

CHOOSE = "Choose one of these with --privacy, or as `privacy` in the Prefect UI."

LONGEST_NAME = 80
ADDRESS = re.compile(r"https?://[\w.:-]+/\S+")


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
    been begun, is over or was made again meanwhile, NotFound.
    """
    if not 1 <= len(by) <= LONGEST_NAME:
        raise BadInput("Nobody can tell who decided.", remedy=f"Give a name of 1 to {LONGEST_NAME} characters.")
    with get_database().transaction() as connection:
        delivery = _named(connection, key)
    if not approve:
        return _refuse(delivery, by)
    if delivery.status != "intended":
        raise WrongState(
            f"The post {delivery.key} is {delivery.status}; only one that nobody began can be approved.",
            remedy=f"{SEE_POSTS} What failed or was skipped begins anew by `reelwright posts retry {delivery.key}`.",
        )
    consent = Consent(
        by=by, at=now(), visibility=visibility, allow_comments=allow_comments, allow_duet=allow_duet,
        allow_stitch=allow_stitch, own_brand=own_brand, paid_partnership=paid_partnership,
    )  # fmt: skip
    _check(delivery, consent)
    with get_database().transaction() as connection:
        deliveries.lock_planning(connection, delivery.account)
        if deliveries.get_delivery(connection, delivery.key).request != delivery.request:
            raise WrongState(f"{delivery.key} was made again meanwhile.", remedy="Look at it anew, then decide.")
        deliveries.approve_delivery(connection, delivery.key, consent.model_dump(mode="json"))
    return f"{by} approved {delivery.key}; it goes out at {_time_of(delivery)} or after."


def retry_post(key: str) -> str:
    """Think a failed or skipped post over anew as it would be now, let it begin, and say so in a sentence.

    Raises WrongState when it is neither, when its reel is not being posted, and when it would surely fail again.
    """
    with get_database().transaction() as connection:
        delivery = _named(connection, key)
        account, reel_id = find_account(delivery.account), _reel_in_posting(connection, delivery)
        if key_of(connection, reel_id, account) != delivery.key:
            raise WrongState(f"{delivery.key} is an edition that the reel has not any more.", remedy=SEE_POSTS)
        plan_post(connection, reel_id, account, by_hand=True)
        again = deliveries.get_delivery(connection, delivery.key)
        if again.status == "failed":
            raise WrongState(f"It would fail again: {again.error}", remedy="Mend what it names, then retry it.")
        _back_to_posting(connection, reel_id)
    if again.approval == "needed":
        return f"{again.key} begins anew and waits for approval."
    return f"{again.key} begins anew at {_time_of(again)} or after."


def resolve_post(key: str, *, posted_at: str | None) -> str:
    """Close a post that nobody else can tell about: it is at an address, or it is not there and begins anew.

    With neither known, `look_again` is the way. Returns its key.
    """
    external_id = None if posted_at is None else _id_in(posted_at)
    with get_database().transaction() as connection:
        delivery = _named(connection, key)
        if posted_at is None or external_id is None:
            deliveries.close_as_not_posted(connection, delivery.key)
            give_time(connection, find_account(delivery.account), delivery.key)
        else:
            deliveries.close_as_posted(connection, delivery.key, external_id, posted_at)
        _back_to_posting(connection, delivery.reel_id)
    return delivery.key


def look_again(key: str) -> str:
    """Have a held post looked up at the platform once more, and return its key."""
    with get_database().transaction() as connection:
        delivery = _named(connection, key)
        deliveries.look_again(connection, delivery.key)
        _back_to_posting(connection, delivery.reel_id)
    return delivery.key


def _named(connection: Connection, beginning: str) -> Delivery:
    """Return the one post whose key begins so."""
    return deliveries.get_delivery(connection, deliveries.find_key(connection, beginning))


def _refuse(delivery: Delivery, by: str) -> str:
    """Let a post be; also one that failed, so that the other posts of its reel can be settled."""
    with get_database().transaction() as connection:
        if delivery.status == "failed":
            deliveries.reopen_delivery(connection, delivery.key)
        deliveries.skip_delivery(connection, delivery.key, f"{by} refused it.")
        if delivery.status == "failed":
            _back_to_posting(connection, delivery.reel_id)
    return f"{by} refused {delivery.key}; it is not posted."


def _time_of(delivery: Delivery) -> str:
    return f"{delivery.slot_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _id_in(address: str) -> str:
    """Return what an address most likely calls the post: its `v`, else the last part of its path."""
    parts = urlsplit(address) if ADDRESS.fullmatch(address) else None
    found = "" if parts is None else parse_qs(parts.query).get("v", [parts.path.rstrip("/").rpartition("/")[2]])[0]
    if not found:
        raise BadInput(f"'{address}' is no address of a post.", remedy="Copy the whole address out of the browser.")
    return found


def _check(delivery: Delivery, consent: Consent) -> None:
    """Raise BadInput when the platform would not take the post with this consent."""
    account = find_account(delivery.account)
    platform = open_platform(account)
    offered = _offered(platform)
    if offered and consent.visibility not in offered:
        chosen = f"'{consent.visibility}' is not offered" if consent.visibility else "Nobody chose who may see it"
        raise BadInput(f"{chosen}; the account offers {', '.join(offered)}.", remedy=CHOOSE)
    with get_database().transaction() as connection:
        post = read_post(connection, account, delivery.request, consent.model_dump(mode="json"))
    problems = platform.problems(post)
    if problems:
        raise BadInput(" ".join(problems), remedy="Choose otherwise, or refuse the post.")


def _offered(platform: Platform) -> tuple[str, ...]:
    """Ask the platform who may be let see a post, in its own words; empty where it leaves no choice."""
    return platform.visibilities() if platform.needs_consent else ()


def _reel_in_posting(connection: Connection, delivery: Delivery) -> int:
    """Return the reel of a post; raises WrongState while it is not being posted, because its content may change."""
    reel = reels.get_reel(connection, delivery.reel_id or 0)
    if reel.state in ("publishing", "published") or _is_held_by_posting(reel):
        return reel.id
    raise WrongState(
        f"Reel {reel.id} is {reel.state} and not being posted.",
        remedy="Finish the reel first; its posts are then thought over anew by themselves.",
    )


def _back_to_posting(connection: Connection, reel_id: int | None) -> None:
    """Let the posting flow go on with the reel of a post that was reopened or closed."""
    reel = reels.get_reel(connection, reel_id or 0)
    if reel.state == "published" or _is_held_by_posting(reel):
        reels.reopen_reel(connection, reel.id)
        reels.advance_reel(connection, reel.id, "publishing")


def _is_held_by_posting(reel: Reel) -> bool:
    return reel.state == "held" and (reel.reason or "").startswith("posting: ")
