"""Runs the SQL file that stands beside a revision, as it is written."""

from __future__ import annotations

from pathlib import Path

from alembic import op

VERSIONS = Path(__file__).parent / "versions"


def run_file(name: str) -> None:
    """Run `versions/<name>` in the migration's transaction.

    The text goes to the driver unchanged, so `%` and `:` mean nothing special in it.
    """
    cursor = op.get_bind().connection.cursor()
    cursor.execute((VERSIONS / name).read_text(encoding="utf-8").encode())
