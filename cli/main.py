"""The commands and their help."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.accounts import accounts_app
from cli.connect import connect
from cli.generations import generations_app
from cli.output import ExitCode, console, print_json, spoken_errors
from cli.posts import posts_app
from cli.storage import storage_app
from cli.voices import voices_app
from core.models import Step
from core.settings import get_settings

app = typer.Typer(
    name="reelwright",
    help="A content factory of your own: briefs become checked, short vertical videos.\n\n"
    "First time? `reelwright reel examples/briefs/<name>.md` makes a reel; `reelwright up` runs the whole factory.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
ideas_app = typer.Typer(help="Ideas waiting to become reels.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(ideas_app, name="ideas")
app.add_typer(db_app, name="db")
app.add_typer(accounts_app, name="accounts")
app.add_typer(generations_app, name="generations")
app.add_typer(posts_app, name="posts")
app.add_typer(storage_app, name="storage")
app.add_typer(voices_app, name="voices")
app.command()(connect)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def up() -> None:
    """Run the whole factory until Ctrl-C: database, Prefect with its UI, worker and gallery.

    Everything in prefect.yaml is deployed and scheduled. Start or rerun any flow from the Prefect UI.
    After a power cut or `kill -9`, just start it again.
    """
    from deployments.stack import raise_if_dead, run_stack

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with spoken_errors():
        try:
            with run_stack(get_settings(), lambda line: console.print(f"  {line}")) as children:
                console.print("[bold green]The factory runs.[/] Stop it with Ctrl-C.")
                while True:
                    raise_if_dead(children)
                    time.sleep(1)
        except KeyboardInterrupt:
            console.print("Stopped; every part has ended.")


@app.command()
def reel(
    brief: Annotated[Path, typer.Argument(help="A Markdown brief; examples/briefs has thirty.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Make one reel from a brief, now, and put it into the gallery.

    The same brief again makes nothing again. The last line printed is the path of the video.
    Exit codes: 0 done, 1 failed, 2 bad brief, 3 held for a person, 4 not set up.
    """
    from cli.reel import make_from_brief

    with spoken_errors(as_json=as_json):
        make_from_brief(get_settings(), brief, as_json=as_json)


@app.command()
def rerun(
    reel_id: Annotated[int, typer.Argument(metavar="REEL", help="Number of the reel; see `reelwright status`.")],
    start_from: Annotated[
        Step | None, typer.Option("--from", help="Make this step anew, and what depends on it.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Finish a reel that stopped, or make one step of it anew.

    Without --from nothing that is done is made again.
    """
    from cli.reel import make_again

    with spoken_errors(as_json=as_json):
        make_again(get_settings(), reel_id, start_from, as_json=as_json)


@app.command()
def status(
    reel_id: Annotated[int | None, typer.Argument(metavar="[REEL]", help="Show everything about one reel.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the reels and where each stands, or one reel with everything made for it."""
    from cli.status import show_all, show_one
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        if reel_id is None:
            show_all(as_json=as_json)
        else:
            show_one(reel_id, as_json=as_json)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at every part the factory needs and say how to mend what is missing. Exit code 4 when something is."""
    from cli.doctor import examine

    findings = examine()
    if as_json:
        print_json([finding.as_row() for finding in findings])
    else:
        for finding in findings:
            finding.print_to(console)
    if any(finding.is_fault for finding in findings):
        raise typer.Exit(ExitCode.NOT_SET_UP)


@app.command()
def provenance(
    reel_or_file: Annotated[str, typer.Argument(metavar="REEL", help="Number of a reel, or path of an MP4 file.")],
    as_json: AsJson = False,
) -> None:
    """Show what a reel or a video file says of its making, and whether it can be believed.

    Exit code 1 when it has no content credentials, or when they do not fit.
    """
    from cli.provenance import show_provenance

    with spoken_errors(as_json=as_json):
        show_provenance(reel_or_file, as_json=as_json)


@app.command()
def budget(as_json: AsJson = False) -> None:
    """Show how full each cap is, what every account took this month, and what the services say is left."""
    from cli.budget import show_budget
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        show_budget(as_json=as_json)


@ideas_app.command("add")
def ideas_add(
    briefs: Annotated[list[Path], typer.Argument(help="Markdown briefs.", show_default=False)], as_json: AsJson = False
) -> None:
    """Put briefs into the queue; the daily generator takes them in turn. A brief that is there stays as it is."""
    from cli.reel import load_brief
    from db import ideas
    from db.connection import get_database
    from deployments.house import open_database

    with spoken_errors(as_json=as_json):
        loaded = [(path, load_brief(path)) for path in briefs]
        rows = []
        with open_database(get_settings()), get_database().transaction() as connection:
            for path, brief in loaded:
                number, is_new = ideas.add_idea(connection, brief)
                rows.append({"idea": number, "is_new": is_new, "title": brief.title, "file": str(path)})
    if as_json:
        print_json(rows)
        return
    for row in rows:
        console.print(f"  {'added' if row['is_new'] else 'known'}  {row['idea']:>4}  {row['title']}")


@ideas_app.command("list")
def ideas_list(as_json: AsJson = False) -> None:
    """List all ideas and what became of them."""
    from cli.status import show_ideas
    from deployments.house import open_database

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        show_ideas(as_json=as_json)


@db_app.command("migrate")
def db_migrate(
    down_to: Annotated[
        str | None, typer.Option("--down-to", help='Go back to this revision; "base" drops every table.')
    ] = None,
) -> None:
    """Bring the database to the newest schema, or back to an older one."""
    from db.migrate import current_revision, migrate_down
    from deployments.house import open_database

    with spoken_errors(), open_database(get_settings()) as url:  # opening migrates to the newest
        if down_to is not None:
            with contextlib.suppress(EOFError):
                typer.confirm("Going back drops data. Go on?", abort=True)
            migrate_down(url, down_to)
        console.print(f"The database is at revision {current_revision(url) or 'base'}.")


if __name__ == "__main__":
    main()
