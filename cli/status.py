"""What there is: reels, the makings of one reel, ideas."""

from __future__ import annotations

from dataclasses import asdict

from rich.table import Table

from cli.output import console, print_json
from cli.posts import as_row
from core.keys import plain_number
from db import deliveries, generations, ideas, reels
from db.connection import get_database

COLOURS = {"published": "green", "ready_to_publish": "green", "held": "yellow", "failed": "red"}


def show_all(*, as_json: bool) -> None:
    """Show the newest reels."""
    with get_database().transaction() as connection:
        rows = reels.list_reels(connection)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        console.print("No reels yet. Make one: reelwright reel examples/briefs/<name>.md")
        return
    table = _table("reel", "state", "lang", "character", "title", "credits")
    for row in rows:
        state = f"[{COLOURS.get(row.state, 'cyan')}]{row.state}[/]"
        table.add_row(str(row.id), state, row.language, row.character, row.title, plain_number(row.credits))
    console.print(table)
    for row in rows:
        if row.reason:
            console.print(f"\n[bold]{row.id}[/] {row.state}: ", end="")
            console.print(row.reason, markup=False)


def show_one(reel_id: int, *, as_json: bool) -> None:
    """Show one reel with everything made for it and where it went."""
    with get_database().transaction() as connection:
        reel = reels.get_reel(connection, reel_id)
        made = generations.list_of_reel(connection, reel_id)
        posts = deliveries.list_of_reel(connection, reel_id)
    if as_json:
        print_json({**asdict(reel), "made": [asdict(line) for line in made], "posts": [as_row(post) for post in posts]})
        return
    console.print(f"[bold]Reel {reel.id}: {reel.title}[/]  {reel.state}  ({reel.character_name}, {reel.language})")
    if reel.reason:
        console.print(reel.reason, markup=False)
    table = _table("what", "scene", "status", "maker", "tries", "took", "credits", "key")
    for line in made:
        took = f"{(line.finished_at - line.created_at).total_seconds():.1f} s" if line.finished_at else "-"
        scene = "" if line.scene is None else str(line.scene)
        maker = f"{line.service or '-'}{' (stand-in)' if line.stand_in else ''}"
        table.add_row(
            line.capability, scene, line.status, maker, str(line.attempts), took, plain_number(line.credits),
            line.key[:10],
        )  # fmt: skip
    console.print(table)
    for post in posts:
        where = post.url or post.error or f"{post.slot_at:%Y-%m-%d %H:%M} UTC"
        console.print(f"  {post.account}: {post.status}  {where}", markup=False)


def show_ideas(*, as_json: bool) -> None:
    """Show all ideas."""
    with get_database().transaction() as connection:
        rows = ideas.list_ideas(connection)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        console.print("No ideas yet. Add some: reelwright ideas add examples/briefs/*.md")
        return
    table = _table("idea", "state", "reel", "lang", "character", "title")
    for row in rows:
        reel = "" if row.reel_id is None else f"{row.reel_id} {row.reel_state}"
        table.add_row(str(row.id), row.state, reel, row.language, row.character, row.title)
    console.print(table)


def _table(*headings: str) -> Table:
    return Table(*headings, box=None, header_style="bold", pad_edge=False)
