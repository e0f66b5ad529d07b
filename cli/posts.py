"""Posts: which there are, approving them, and closing what only a person can tell."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from cli.output import console, print_json, spoken_errors
from core.errors import BadInput
from core.settings import get_settings

if TYPE_CHECKING:
    from db.deliveries import Delivery

posts_app = typer.Typer(help="Posts to platforms: what waits, what is held, approving.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Key = Annotated[str, typer.Argument(metavar="POST", help="The post, or how it begins; see `posts list`.")]
By = Annotated[str, typer.Option("--by", help="Who decides; your login name when left out.", show_default=False)]

MUSIC = "By posting, you agree to TikTok's Music Usage Confirmation."
"""The words TikTok wants beside the publish button."""


@posts_app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the posts that are not over, and what needs a person."""
    from db import deliveries
    from db.connection import get_database
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()), get_database().transaction() as connection:
        posts = deliveries.list_open(connection)
    if as_json:
        print_json([as_row(post) for post in posts])
        return
    if not posts:
        console.print("Nothing waits: every post is out or was skipped.")
        return
    columns = [Column(name, no_wrap=True) for name in ("post", "state", "time, UTC")]
    table = Table(*columns, "title", box=None, header_style="bold", pad_edge=False)
    for post in posts:
        at = post.slot_at.astimezone(UTC)
        table.add_row(post.key, post.state, f"{at:%Y-%m-%d %H:%M}", escape(str(post.request.get("title", ""))))
    console.print(table)
    for post in posts:
        if post.error or post.warning:
            console.print(f"\n{post.key}: {post.error or post.warning}", markup=False)


@posts_app.command()
def approve(
    post: Key,
    by: By = "",
    privacy: Annotated[str, typer.Option("--privacy", help="Who may see it, in TikTok's words.")] = "",
    comments: Annotated[bool, typer.Option("--comments", help="Allow comments.")] = False,
    duet: Annotated[bool, typer.Option("--duet", help="Allow duets.")] = False,
    stitch: Annotated[bool, typer.Option("--stitch", help="Allow stitches.")] = False,
    own_brand: Annotated[bool, typer.Option("--own-brand", help="It promotes your own business.")] = False,
    paid_partnership: Annotated[bool, typer.Option("--paid-partnership", help="Somebody paid for it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a post go out. For TikTok --privacy must be chosen; without it, what the account offers is listed."""
    from deployments.house import open_database
    from tasks.approval import decide

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        said = decide.fn(
            post, approve=True, by=by or _user(), visibility=privacy, allow_comments=comments,
            allow_duet=duet, allow_stitch=stitch, own_brand=own_brand, paid_partnership=paid_partnership,
        )  # fmt: skip
    _say(said, as_json=as_json)
    if not as_json and " post/tiktok" in said:
        console.print(MUSIC)


@posts_app.command()
def refuse(post: Key, by: By = "", as_json: AsJson = False) -> None:
    """Decide that a post is not made; also one that failed, so that its reel can be settled."""
    from deployments.house import open_database
    from tasks.approval import decide

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        said = decide.fn(post, approve=False, by=by or _user())
    _say(said, as_json=as_json)


@posts_app.command()
def retry(post: Key, as_json: AsJson = False) -> None:
    """Let a post that failed or was skipped begin anew, after mending what it names."""
    from deployments.house import open_database
    from tasks.approval import retry_post

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        said = retry_post(post)
    _say(said, as_json=as_json)


@posts_app.command()
def resolve(
    post: Key,
    posted: Annotated[
        str | None, typer.Option("--posted", metavar="ADDRESS", help="It is there, at this address.")
    ] = None,
    not_posted: Annotated[bool, typer.Option("--not-posted", help="It is surely not there: post it.")] = False,
    look: Annotated[bool, typer.Option("--look", help="Ask the platform once more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Close a held post, after looking into the account: exactly one of the three answers."""
    from deployments.house import open_database
    from tasks.approval import look_again, resolve_post

    with spoken_errors(as_json=as_json):
        if (posted is not None) + not_posted + look != 1:
            raise BadInput("Give exactly one answer.", remedy="--posted ADDRESS, --not-posted or --look.")
        with open_database(get_settings()):
            key = look_again(post) if look else resolve_post(post, posted_at=posted)
    answer = "is looked for once more" if look else "begins anew" if not_posted else "is closed as posted"
    _say(f"{key} {answer}.", as_json=as_json)


def as_row(post: Delivery) -> dict[str, object]:
    """Return a post as one prints it: without the handle, which is nobody's business."""
    row = asdict(post)
    del row["handle"]
    return row


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in containers
        raise BadInput("Nobody can tell who decides.", remedy="Say it: --by NAME.") from None


def _say(text: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"said": text})
    else:
        console.print(text, markup=False)
