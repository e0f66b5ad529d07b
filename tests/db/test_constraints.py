"""Wrong states cannot be written, whoever tries."""

import psycopg
import pytest
from psycopg import Connection
from psycopg.errors import CheckViolation, ForeignKeyViolation, UniqueViolation

from core.errors import AlreadyExists, WrongState
from db import reels
from db.connection import Database, translated

PALETTE = '{"deep":"#000000","main":"#111111","soft":"#222222","glow":"#333333","accent":"#444444"}'
KEY = "a" * 64


@pytest.fixture
def connection(database_url: str):
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def add_character(connection: Connection, slug: str = "mira", age: int = 34) -> None:
    connection.execute(
        "insert into characters (slug, name, age, language, persona, tone, palette, voice)"
        " values (%s, 'Mira', %s, 'en', 'a diver', 'calm', %s, '{\"name\": \"joe\"}')",
        (slug, age, PALETTE),
    )


def add_reel(connection: Connection) -> None:
    add_character(connection)
    connection.execute(
        "insert into content_ideas (key, character_id, title, brief) values (%s, 1, 'Tides', '{\"facts\": [1]}')",
        (KEY,),
    )
    connection.execute("insert into reels (idea_id) values (1)")


def add_generation(connection: Connection) -> None:
    connection.execute(
        "insert into generations (key, capability, request, recipe) values (%s, 'write', '{}', '1')", (KEY,)
    )


@pytest.mark.parametrize("age", [0, 17, -1])
def test_a_character_is_an_adult(age: int, connection: Connection) -> None:
    with pytest.raises(CheckViolation, match="characters_adult"):
        add_character(connection, age=age)


def test_a_character_cannot_become_a_minor(connection: Connection) -> None:
    add_character(connection)

    with pytest.raises(CheckViolation, match="characters_adult"):
        connection.execute("update characters set age = 17")


def test_a_slug_belongs_to_one_character(connection: Connection) -> None:
    add_character(connection)

    with pytest.raises(UniqueViolation):
        add_character(connection)


def test_an_idea_becomes_one_reel(connection: Connection) -> None:
    add_reel(connection)

    with pytest.raises(UniqueViolation, match="reels_idea_unique"):
        connection.execute("insert into reels (idea_id) values (1)")


@pytest.mark.parametrize("state", ["voiced", "rendered", "published", "ready_to_publish"])
def test_a_planned_reel_cannot_skip_a_step(state: str, connection: Connection) -> None:
    add_reel(connection)

    with pytest.raises(CheckViolation, match="cannot go from planned"):
        connection.execute("update reels set state = %s", (state,))


@pytest.mark.parametrize("under_way", ["begun", "uploading", "processing", "finishing", "confirming", "unknown"])
def test_a_reel_with_a_post_under_way_cannot_be_reopened(database_url: str, under_way: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        add_reel(connection)
        for state in ("scripted", "voiced", "illustrated", "rendered", "checked", "ready_to_publish", "publishing"):
            connection.execute("update reels set state = %s", (state,))
        connection.execute(
            "insert into deliveries (key, kind, subject, account, reel_id, status, request, handle)"
            " values ('post/x/reel-1', 'post', 'reel-1', 'x', 1, %s, '{}', 'h')",
            (under_way,),
        )
    database = Database(database_url)
    with pytest.raises(WrongState, match="being posted"), database.transaction() as connection:
        reels.reopen_reel(connection, 1)
    database.close()


@pytest.mark.parametrize(("state", "reason"), [("failed", None), ("held", None), ("scripted", "why")])
def test_a_reason_stands_exactly_where_a_reel_stopped(state: str, reason: str | None, connection: Connection) -> None:
    add_reel(connection)

    with pytest.raises(CheckViolation, match="reels_reason_when_stopped"):
        connection.execute("update reels set state = %s, reason = %s", (state, reason))


def test_a_generation_is_not_done_without_a_result(connection: Connection) -> None:
    add_generation(connection)
    connection.execute("update generations set status = 'submitted'")

    with pytest.raises(CheckViolation, match="generations_result_when_done"):
        connection.execute("update generations set status = 'done', finished_at = now()")


def test_a_generation_that_failed_cannot_be_done_without_a_new_beginning(connection: Connection) -> None:
    add_generation(connection)
    connection.execute("update generations set status = 'failed', error = 'no'")

    with pytest.raises(CheckViolation, match="cannot go from failed to done"):
        connection.execute("update generations set status = 'done', error = null, result = '{}', finished_at = now()")


def test_only_one_attempt_is_open_at_a_time(connection: Connection) -> None:
    add_generation(connection)
    insert = "insert into generation_attempts (generation, n, service) values (%s, %s, 'kie')"
    connection.execute(insert, (KEY, 1))

    with pytest.raises(UniqueViolation, match="one_open"):
        connection.execute(insert, (KEY, 2))


def test_a_submitted_attempt_has_the_services_own_number(connection: Connection) -> None:
    add_generation(connection)

    with pytest.raises(CheckViolation, match="handle_when_submitted"):
        connection.execute(
            "insert into generation_attempts (generation, n, service, status) values (%s, 1, 'kie', 'submitted')",
            (KEY,),
        )


def test_the_ledger_and_the_delivery_history_are_append_only(connection: Connection) -> None:
    add_generation(connection)
    connection.execute("insert into generation_attempts (generation, n, service) values (%s, 1, 'kie')", (KEY,))
    reserve = "insert into transfers (kind, generation, attempt, service) values ('reserve', %s, 1, 'kie') returning id"
    connection.execute(reserve, (KEY,))
    connection.execute(
        "insert into ledger_entries (transfer, purse, credits)"
        " select id, purse, credits from transfers, (values ('available', -5), ('reserved', 5)) v (purse, credits)"
    )

    for table in ("transfers", "ledger_entries"):
        with pytest.raises(CheckViolation, match="append-only"):
            connection.execute(f"update {table} set {'note' if table == 'transfers' else 'purse'} = 'x'")
        with pytest.raises(CheckViolation, match="append-only"):
            connection.execute(f"delete from {table}")
    with pytest.raises(UniqueViolation, match="transfers_reserve_once"):
        connection.execute(reserve, (KEY,))


def test_a_transfer_that_does_not_balance_is_refused_when_it_is_committed(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        add_generation(connection)
        connection.execute("insert into generation_attempts (generation, n, service) values (%s, 1, 'kie')", (KEY,))
        connection.execute(
            "with t as (insert into transfers (kind, generation, attempt, service) values ('reserve', %s, 1, 'kie')"
            " returning id) insert into ledger_entries (transfer, purse, credits) select id, 'reserved', 5 from t",
            (KEY,),
        )
        with pytest.raises(CheckViolation, match="does not balance"):
            connection.commit()


def test_a_delivery_happens_once_for_each_subject_and_account(connection: Connection) -> None:
    insert = (
        "insert into deliveries (key, kind, subject, account, request) values (%s, 'post', 'reel-1', 'folder', '{}')"
    )
    connection.execute(insert, ("post/folder/reel-1",))

    with pytest.raises(UniqueViolation, match="deliveries_once"):
        connection.execute(insert, ("another key",))


def test_a_delivery_is_not_done_without_proof_and_keeps_its_history(connection: Connection) -> None:
    connection.execute(
        "insert into deliveries (key, kind, subject, account, request) values ('one', 'post', 'reel-1', 'folder', '{}')"
    )
    for status in ("begun", "uploading", "finishing"):
        connection.execute("update deliveries set status = %s, handle = 'h'", (status,))

    with pytest.raises(CheckViolation, match="proof_when_done"):
        connection.execute("update deliveries set status = 'done'")
    assert [row[0] for row in connection.execute("select status from delivery_events order by id")] == [
        "intended", "begun", "uploading", "finishing",
    ]  # fmt: skip


def test_a_finished_delivery_can_never_be_begun_again(connection: Connection) -> None:
    connection.execute(
        "insert into deliveries (key, kind, subject, account, request, handle)"
        " values ('one', 'post', 'reel-1', 'folder', '{}', 'h')"
    )
    for status in ("begun", "uploading", "finishing"):
        connection.execute("update deliveries set status = %s", (status,))
    connection.execute("update deliveries set status = 'done', external_id = 'x'")

    with pytest.raises(CheckViolation, match="cannot go from done"):
        connection.execute("update deliveries set status = 'intended', external_id = null")


def test_a_file_cannot_be_used_before_it_is_known(connection: Connection) -> None:
    add_generation(connection)

    with pytest.raises(ForeignKeyViolation):
        connection.execute("insert into generation_files values (%s, 'reel', %s)", (KEY, "b" * 64))


def test_the_drivers_errors_become_ours(database_url: str, connection: Connection) -> None:
    add_reel(connection)
    database = Database(database_url)

    with pytest.raises(AlreadyExists, match="reels_idea_unique"), database.transaction() as own:
        own.execute("insert into reels (idea_id) values (1)")
    with pytest.raises(WrongState, match="reels cannot go from planned to voiced"), database.transaction() as own:
        own.execute("update reels set state = 'voiced'")
    with pytest.raises(WrongState), translated():
        connection.execute("update reels set state = 'rendered'")
    database.close()


def test_asking_twice_for_the_reel_of_an_idea_uses_up_no_number(connection: Connection, database_url: str) -> None:
    add_reel(connection)
    connection.execute(
        "insert into content_ideas (key, character_id, title, brief) values (%s, 1, 'Moons', '{\"facts\": [1]}')",
        ("c" * 64,),
    )
    database = Database(database_url)

    with database.transaction() as own:
        assert [reels.begin_reel(own, idea) for idea in (1, 1, 1, 2, 2)] == [1, 1, 1, 2, 2]
    database.close()
