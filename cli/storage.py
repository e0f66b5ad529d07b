"""The library of finished files: what lies where, moving it between a folder and a bucket, links for anybody."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from cli.output import console, print_json, spoken_errors
from core.errors import WrongState
from core.settings import get_settings

if TYPE_CHECKING:
    from db.generations import StoredFile

storage_app = typer.Typer(
    help="Where finished reels are kept: a folder or an S3-compatible bucket.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


class Kind(StrEnum):
    """The kinds of storage."""

    FOLDER = "folder"
    S3 = "s3"


@storage_app.command()
def status(as_json: AsJson = False) -> None:
    """Show where finished files lie, how much that is, and how much is missing in the storage in use."""
    from db.connection import get_database
    from db.storage import sum_copies
    from deployments.house import open_database
    from integrations.storage import library
    from tasks.library import missing_in

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        store, settings = library(get_settings()), get_settings()
        with get_database().transaction() as connection:
            holdings = sum_copies(connection)
        missing = [file.bytes for file in missing_in(store)]
    if as_json:
        print_json(
            {
                "store": store.name, "place": store.place, "public_url": settings.storage_public_url,
                "stores": [asdict(holding) for holding in holdings],
                "missing": {"files": len(missing), "bytes": sum(missing)},
                "storage_keep_days": settings.storage_keep_days, "assets_keep_days": settings.assets_keep_days,
            }
        )  # fmt: skip
        return
    console.print(f"Finished files are kept in {store.place}.", markup=False)
    table = Table("store", Column("files", justify="right"), Column("size", justify="right"), box=None)
    for holding in holdings:
        table.add_row(holding.store, str(holding.files), _size(holding.bytes))
    console.print(table if holdings else "Nothing is there yet.")
    if missing:
        command = f"reelwright storage move --to {settings.storage}"
        console.print(f"{len(missing)} files ({_size(sum(missing))}) are not in it yet. Bring them in: {command}")


@storage_app.command()
def move(
    to: Annotated[Kind, typer.Option("--to", help="The kind of storage that shall hold everything.")],
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Delete the other copies once all are seen in the new storage.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy all that is missing into a storage, comparing every byte. Killed or stopped, it goes on when run again."""
    from deployments.house import open_database
    from integrations.storage import open_store
    from tasks.library import move_library

    def tell(what: str, file: StoredFile) -> None:
        if not as_json:
            console.print(f"  {what} {file.sha256[:12]}{file.suffix}  {_size(file.bytes)}", markup=False)

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        store = open_store(to.value, get_settings())
        moved = move_library(store, tell, drops_old=drop_old)
        is_in_use = get_settings().storage == to.value
    if as_json:
        print_json({"store": store.name, **asdict(moved), "set": None if is_in_use else f"STORAGE={to.value}"})
        return
    console.print(f"{moved.copied} files were copied; nothing is missing in {store.place}.", markup=False)
    if not is_in_use:
        console.print(f"Set STORAGE={to.value} and restart, then run this once more for what was made meanwhile.")


@storage_app.command()
def link(
    reel_id: Annotated[int, typer.Argument(metavar="REEL", help="Number of the reel; see `reelwright status`.")],
    hours: Annotated[int, typer.Option("--hours", min=1, help="How long it must work, where links end.")] = 24,
    as_json: AsJson = False,
) -> None:
    """Print a link under which anybody can fetch the video of a reel."""
    from db import reels
    from db.connection import get_database
    from deployments.house import open_database
    from tasks.library import public_url
    from tasks.package import files_of

    with spoken_errors(as_json=as_json), open_database(get_settings()):
        with get_database().transaction() as connection:
            reels.get_reel(connection, reel_id)
            if not {"render", "package"} <= reels.get_parts(connection, reel_id).keys():
                raise WrongState(f"Reel {reel_id} is not finished.", remedy=f"See `reelwright status {reel_id}`.")
            video = files_of(connection, reel_id)["reel"]
        address = public_url(video, hours * 3600)
    if as_json:
        print_json({"reel": reel_id, "url": address, "sha256": video.sha256})
    else:
        typer.echo(address)


@storage_app.command()
def prepare(
    expire_days: Annotated[
        int | None,
        typer.Option("--expire-days", min=1, help="Let the bucket itself delete our files after so many days."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give the bucket its rules: uploads left half-way are aborted after 7 days. Needs a key with admin rights."""
    from integrations.storage.base import LibraryOptions
    from integrations.storage.s3 import S3Bucket

    with spoken_errors(as_json=as_json):
        bucket = S3Bucket(LibraryOptions.of(get_settings()))
        bucket.prepare_bucket(expire_days)
    if as_json:
        print_json({"store": bucket.name, "expire_days": expire_days})
    else:
        console.print(f"The rules of {bucket.place} are set.", markup=False)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count} bytes"
