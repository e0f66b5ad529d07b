"""Containers: reels that are at Instagram and not public yet. How far one is, and what that means for its post."""

from __future__ import annotations

import re

from core.errors import Unreachable
from core.posting import Standing
from integrations.platforms.instagram_account import path_of
from integrations.platforms.instagram_api import SERVICE, UNREADABLE, InstagramApi
from integrations.platforms.instagram_replies import Container, Handle
from integrations.platforms.refusals import load_refusals

SUBCODE = re.compile(r"\b2207\d{3}\b")
"""The subcode in the words of a failed container."""

EXPIRED = frozenset({"2207008", "2207020"})
"""Refusals to show a container that say the same as its status EXPIRED."""

TAKES_NOTHING = frozenset({"FINISHED", "PUBLISHED", "ERROR", "EXPIRED"})
"""States in which a container needs no bytes any more, or can do nothing with them."""


def read_container(graph: InstagramApi, place: Handle, *, with_progress: bool) -> Container:
    """Ask how far a container is; one that cannot be read has no `status_code`. Raises ServiceError otherwise."""
    fields = "status_code,status" + (",video_status" if with_progress else "")
    try:
        reply = graph.ask("GET", path_of(place.container), params={"fields": fields})
    except Unreachable as exc:
        if exc.code in EXPIRED:
            return Container(status_code="EXPIRED", status=exc.message)
        if exc.code in UNREADABLE:
            return Container(status=exc.message)
        raise
    return graph.formed(Container, reply)


def standing_of(container: Container) -> Standing:
    """Say what a container's own status means; anything not known is unclear, never ready."""
    match container.status_code:
        case "FINISHED":
            return Standing(state="ready")
        case "IN_PROGRESS":
            return Standing(state="processing")
        case "PUBLISHED":
            return Standing(state="processing", reason="Instagram has published it, but does not list it yet.")
        case "EXPIRED":
            return Standing(state="absent", reason="The container has expired without being published.")
        case "ERROR":
            return _failed(container.status or "Instagram gives no reason.")
    return Standing(state="unclear", reason=container.status or "Instagram does not say how far the container is.")


def _failed(status: str) -> Standing:
    """Say why a container failed. Only what lies in the post itself or in the account keeps a new one from trying."""
    known = load_refusals(SERVICE)
    for subcode in SUBCODE.findall(status):
        if subcode in known:
            why = f"{known[subcode].means} ({subcode}) {known[subcode].action}"
            return Standing(state="failed", reason=why, may_begin_anew=known[subcode].kind == "transient")
    return Standing(state="failed", reason=status, may_begin_anew=True)
