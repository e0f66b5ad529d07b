"""`reelwright provenance`: what a reel or a video file says of its making, and whether it can be believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.output import ExitCode, console, print_json
from core.errors import BadInput, StorageError, WrongState
from core.settings import get_settings
from db import generations, reels
from db.connection import get_database
from db.generations import StoredFile
from integrations.storage.folder import digest, storage_errors
from media.credentials import known_anchors
from media.own_certificate import SELF_MADE
from media.provenance import ProvenanceReport, read
from rules.provenance import MEANINGS
from tasks.work import asset_folder

STATES = {
    "Trusted": "[bold green]✔ signed with a certificate this factory trusts, and not changed since[/]",
    "Valid": "[bold yellow]! not changed since it was signed, but signed by a stranger[/]",
    "Invalid": "[bold red]✘ changed, damaged or forged[/]",
    None: "[bold red]✘ no content credentials[/]",
}
LOST_REMEDY = "Name a copy of the video instead, or run the reel again: only what is lost is made again."


@dataclass(frozen=True)
class Looked:
    """What was found out about a file. `is_as_stored` says whether its bytes are those of a file this factory keeps."""

    path: Path
    report: ProvenanceReport
    is_as_stored: bool

    @property
    def is_self_made(self) -> bool:
        """Whether a factory made the signer's certificate itself."""
        return self.report.signer == SELF_MADE

    @property
    def is_good(self) -> bool:
        """Whether there are content credentials that fit the file."""
        return self.report.state in ("Trusted", "Valid")

    def as_row(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "file": str(self.path),
            **self.report.model_dump(mode="json"),
            "is_trusted_by_us": self.report.is_trusted_by_us,
            "is_self_made": self.is_self_made,
            "is_as_stored": self.is_as_stored,
        }


def show_provenance(reel_or_file: str, *, as_json: bool) -> None:
    """Show the content credentials of a reel, named by its number, or of an MP4 file, named by its path.

    Leaves with exit code 1 when there are none, when they do not fit, or when the reel's file is not what was stored.
    """
    is_reel = reel_or_file.isdecimal()
    looked = _look_at_reel(int(reel_or_file)) if is_reel else _look_at_file(Path(reel_or_file))
    if as_json:
        print_json(looked.as_row())
    else:
        _show(looked)
    if not looked.is_good or (is_reel and not looked.is_as_stored):
        raise typer.Exit(ExitCode.FAILED)


def _look_at_reel(reel_id: int) -> Looked:
    from deployments.house import open_database

    with open_database(get_settings()), get_database().transaction() as connection:
        reels.get_reel(connection, reel_id)
        parts = reels.get_parts(connection, reel_id)
        if "render" not in parts:
            raise WrongState(f"Reel {reel_id} has no video yet.", remedy="Wait until it is rendered, or rerun it.")
        stored = generations.get_files(connection, parts.get("provenance", parts["render"]))["reel"]
    path = asset_folder().path(stored.sha256, stored.suffix)
    if not path.is_file():
        raise StorageError(f"The video of reel {reel_id} is not in the working folder.", remedy=LOST_REMEDY)
    return _look(path, stored)


def _look_at_file(path: Path) -> Looked:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", remedy="Name a reel by its number, or an MP4 file by its path.")
    return _look(path)


def _look(path: Path, stored: StoredFile | None = None) -> Looked:
    """Read a file and compare it with what is stored; without a name for that, with everything that is kept."""
    with storage_errors(path):
        sha256, size = digest(path)
    is_as_stored = asset_folder().has(sha256, ".mp4", size) if stored is None else sha256 == stored.sha256
    return Looked(path, read(path, anchors=known_anchors(get_settings())), is_as_stored)


def _show(looked: Looked) -> None:
    report = looked.report
    console.print(f"{STATES[report.state]}  {escape(str(looked.path))}")
    for problem in report.problems:
        console.print(f"  {problem}", markup=False)
    if report.signer:
        how = ", which a factory made itself: no outside authority vouches for it" if looked.is_self_made else ""
        console.print(f"  signed with the certificate '{report.signer}' ({report.issuer}){how}", markup=False)
    if report.source_type:
        meaning = MEANINGS.get(report.source_type, "a term this factory does not use")
        console.print(f"  {report.source_type}: {meaning}", markup=False)
    same = (
        "byte for byte a file that this factory keeps" if looked.is_as_stored else "not a file that this factory keeps"
    )
    console.print(f"  {same}", markup=False)
    if report.makers:
        table = Table("step", "maker", "model", "kind", box=None, header_style="bold")
        for note in report.makers:
            table.add_row(note.step, escape(note.maker), escape(note.model), note.kind)
        console.print(table)
