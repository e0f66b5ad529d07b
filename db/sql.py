"""Finds the SQL. Each file in `queries/` holds named queries: a line `-- name: verb_object`, then the statement."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import LiteralString, cast

QUERIES = Path(__file__).parent / "queries"
_HEADING = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)


@cache
def load_queries(subject: str) -> dict[str, LiteralString]:
    """Return the named queries of `queries/<subject>.sql`; parameters are written `%(name)s`."""
    parts = _HEADING.split((QUERIES / f"{subject}.sql").read_text(encoding="utf-8"))
    names = parts[1::2]
    if len(names) != len(set(names)):
        raise ValueError(f"a query name stands twice in {subject}.sql")
    return {name: cast(LiteralString, text.strip()) for name, text in zip(names, parts[2::2], strict=True)}
