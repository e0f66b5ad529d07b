import re

import psycopg
import pytest

from core.settings import ROOT
from db.sql import QUERIES, load_queries

SUBJECTS = sorted(path.stem for path in QUERIES.glob("*.sql"))
NAMED = [(subject, name) for subject in SUBJECTS for name in load_queries(subject)]
CALL = re.compile(r'(?:SQL\["|_(?:held|possible)\(connection, ")([a-z_]+)"')


@pytest.mark.parametrize(("subject", "name"), NAMED, ids=lambda value: value)
def test_the_server_understands_the_query(subject: str, name: str, shared_url: str) -> None:
    parameters: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return parameters.setdefault(match[1], f"${len(parameters) + 1}")

    statement = re.sub(r"%\((\w+)\)s", number, load_queries(subject)[name])
    with psycopg.connect(shared_url) as connection:
        connection.execute(f"prepare checked as {statement}".encode())


@pytest.mark.parametrize(("subject", "name"), NAMED, ids=lambda value: value)
def test_each_query_says_in_a_sentence_what_it_does(subject: str, name: str) -> None:
    first = load_queries(subject)[name].splitlines()[0]

    assert re.match(r"-- [A-Z].*\.$", first), first


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_query_is_used_and_every_used_query_exists(subject: str) -> None:
    source = (ROOT / "db" / f"{subject}.py").read_text()

    assert set(CALL.findall(source)) == set(load_queries(subject))


def test_no_python_file_outside_the_database_room_contains_sql() -> None:
    statement = re.compile(r"""["'](?:select\s+\S+\s+from|insert into|update \w+ set|delete from)\b""", re.IGNORECASE)
    rooms = ("cli", "core", "flows", "integrations", "media", "rules", "studio", "tasks")
    guilty = [path for room in rooms for path in (ROOT / room).rglob("*.py") if statement.search(path.read_text())]

    assert guilty == []
