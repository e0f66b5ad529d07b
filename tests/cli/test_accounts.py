"""The commands about accounts: nobody ever sees a key again, and every refusal says what to do."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner, Result

from cli.accounts import accounts_app
from core.settings import ROOT, Settings, get_settings
from core.vault import get_vault

KEY = "sk_test_fake_0123456789"
IN_A_TERMINAL = """
from cli.accounts import accounts_app
accounts_app()
"""


@pytest.fixture(autouse=True)
def database(house: Settings) -> None:
    """Every command here needs one."""


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(accounts_app, list(arguments), input=typed)


def add(name: str = "main", key: str = KEY) -> None:
    assert run("add", "a2e", name, typed=key).exit_code == 0


def listed() -> list[dict[str, object]]:
    rows = json.loads(run("list", "--json").stdout)
    assert isinstance(rows, list)
    return rows


def change(house: Settings, statement: str) -> None:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        connection.execute(statement.encode())


def secret_of(house: Settings, name: str = "main") -> str:
    """Return the key that the database holds for an account, decrypted."""
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        row = connection.execute("select secret from accounts where name = %s", (name,)).fetchone()
    assert row is not None
    assert KEY not in row[0]
    return get_vault().unlock(row[0])


def test_without_accounts_the_list_says_how_to_add_one() -> None:
    assert "accounts add SERVICE NAME" in run("list").stdout
    assert listed() == []


def test_a_key_from_a_pipe_is_stored_encrypted_and_never_printed(house: Settings) -> None:
    done = run("add", "a2e", "main", typed=f"  {KEY}\n")

    assert done.exit_code == 0, done.output
    assert "a2e main" in done.stdout
    assert secret_of(house) == KEY
    assert KEY not in done.output + run("list").output + run("list", "--json").output
    assert not [name for name in listed()[0] if name == "secret"]


def test_a_key_from_a_file_is_stored(house: Settings, tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_text(f"{KEY}\n")

    assert json.loads(run("add", "a2e", "main", "--secret-file", str(file), "--json").stdout) == {
        "service": "a2e", "name": "main", "outcome": "added",
    }  # fmt: skip
    assert secret_of(house) == KEY


def test_a_key_typed_in_a_terminal_is_asked_for_and_not_echoed(house: Settings) -> None:
    terminal, inside = pty.openpty()
    command = [sys.executable, "-c", IN_A_TERMINAL, "add", "a2e", "main"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=inside, stdout=inside, stderr=inside, start_new_session=True, env=os.environ
    )
    os.close(inside)
    screen = read_until(terminal, "Key of a2e: ")  # its last blank is written once the echo is off
    os.write(terminal, f"{KEY}\n".encode())
    screen += read_until(terminal, None)
    os.close(terminal)

    assert process.wait(timeout=60) == 0, screen
    assert "kept encrypted" in screen
    assert KEY not in screen
    assert secret_of(house) == KEY


def read_until(terminal: int, text: str | None) -> str:
    """Read what a terminal shows until `text` stands there, or until its program has ended."""
    seen = ""
    while text is None or text not in seen:
        assert select.select([terminal], [], [], 30)[0], f"it says nothing more after: {seen}"
        try:
            seen += os.read(terminal, 1024).decode()
        except OSError:  # the program has ended
            break
    return seen


@pytest.mark.parametrize("typed", ["", "   \n", "short", "two words here", "line one\nline two\n"])
def test_what_cannot_be_a_key_is_refused_and_stores_nothing(typed: str) -> None:
    done = run("add", "a2e", "main", typed=typed)

    assert done.exit_code == 2
    assert "no key" in done.stderr
    assert listed() == []


def test_a_secret_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    done = run("add", "a2e", "main", "--secret-file", str(tmp_path / "nowhere"))

    assert done.exit_code == 2
    assert "nowhere cannot be read" in done.stderr


def test_an_unknown_service_names_the_known_ones() -> None:
    done = run("add", "acne", "main", typed=KEY)

    assert done.exit_code == 2
    assert "There is no service 'acne'" in done.stderr
    assert "a2e, comfyui, elevenlabs" in done.stderr


@pytest.mark.parametrize("name", ["Main", "a b", "-x", "a--b", "x" * 65, "näme"])
def test_a_name_the_database_would_refuse_is_refused_with_the_form(name: str) -> None:
    done = run("add", "a2e", "--", name, typed=KEY)

    assert done.exit_code == 2
    assert "small letters" in done.stderr


@pytest.mark.parametrize("name", ["main", "a-b_c.d", "0", "x" * 64])
def test_every_name_of_that_form_is_taken(name: str) -> None:
    add(name)

    assert listed()[0]["name"] == name


def test_a_name_that_is_taken_is_refused_with_the_way_out() -> None:
    add()

    done = run("add", "a2e", "main", "--json", typed=KEY)

    assert done.exit_code == 1
    assert "accounts rotate a2e main" in json.loads(done.stdout)["remedy"]


def test_a_service_that_needs_no_key_is_not_asked_for_one() -> None:
    done = run("add", "comfyui", "mine")

    assert done.exit_code == 0, done.output
    assert listed()[0]["has_secret"] is False
    assert listed()[0]["key_days"] is None
    assert "none" in run("list").stdout


@pytest.mark.parametrize(("age", "is_old"), [("89 days", False), ("90 days", True), ("400 days", True)])
def test_a_key_older_than_ninety_days_is_warned_about(age: str, is_old: bool, house: Settings) -> None:
    add()
    change(house, f"update accounts set secret_set_at = now() - interval '{age}'")

    said = run("list").stdout

    assert age in said
    assert ("⚠" in said) == is_old
    assert ("reelwright accounts rotate a2e main" in said) == is_old
    assert (listed()[0]["key_days"], listed()[0]["is_key_old"]) == (int(age.split()[0]), is_old)


def test_the_list_shows_how_accounts_fare(house: Settings) -> None:
    add()
    change(
        house,
        "update accounts set requests = 1234, health = 'degraded', reason = 'It said [red]no[/red].',"
        " rests_until = '2099-01-02 03:04:05+00'",
    )

    said = run("list").stdout

    for part in ("a2e", "main", "active", "degraded", "1234", "2099-01-02 03:04 UTC", "It said [red]no[/red]."):
        assert part in said


def test_a_rest_that_is_over_is_not_shown(house: Settings) -> None:
    add()
    change(house, "update accounts set rests_until = '2020-01-02 03:04:05+00'")

    assert "2020" not in run("list").stdout


def test_an_account_is_paused_and_resumed() -> None:
    add()

    assert run("pause", "a2e", "main").exit_code == 0
    assert listed()[0]["status"] == "paused"
    assert run("resume", "a2e", "main").exit_code == 0
    assert listed()[0]["status"] == "active"


RETIRE = "update accounts set status = 'retired', health = 'banned', reason = 'The key was revoked.'"


def test_a_refused_account_is_resumed_only_after_a_yes(house: Settings) -> None:
    add()
    change(house, RETIRE)

    done = run("resume", "a2e", "main", typed="n\n")
    assert done.exit_code == 1
    assert "The key was revoked." in done.stderr
    assert "settled with the service" in done.stderr
    assert listed()[0]["status"] == "retired"

    assert run("resume", "a2e", "main", typed="y\n").exit_code == 0
    assert (listed()[0]["status"], listed()[0]["health"]) == ("active", "healthy")


def test_a_script_may_say_yes_beforehand(house: Settings) -> None:
    add()
    change(house, RETIRE)

    done = run("resume", "a2e", "main", "--yes", "--json")

    assert json.loads(done.stdout)["outcome"] == "active"
    assert listed()[0]["health"] == "healthy"


def test_a_refused_account_cannot_be_paused(house: Settings) -> None:
    add()
    change(house, RETIRE)

    done = run("pause", "a2e", "main")

    assert done.exit_code == 1
    assert "retired" in done.stderr


def test_a_new_key_replaces_the_old_one_and_begins_anew_in_age(house: Settings) -> None:
    add()
    change(house, RETIRE + ", secret_set_at = now() - interval '120 days'")

    done = run("rotate", "a2e", "main", typed="sk_test_fake_new_one")

    assert done.exit_code == 0, done.output
    assert "Revoke the old one" in done.stdout
    assert secret_of(house) == "sk_test_fake_new_one"
    assert (listed()[0]["status"], listed()[0]["key_days"]) == ("active", 0)


@pytest.mark.parametrize("command", ["pause", "resume", "rotate"])
def test_an_account_that_is_not_there_is_said_so(command: str) -> None:
    done = run(command, "a2e", "main", typed=KEY)

    assert done.exit_code == 2
    assert "a2e has no account 'main'" in done.stderr
    assert "accounts list" in done.stderr


def test_after_rekeying_the_newest_master_key_alone_is_enough(house: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    add()
    add("second", "sk_test_fake_second")
    old = (house.home / "master.key").read_text().strip()
    new = Fernet.generate_key().decode()
    monkeypatch.setenv("MASTER_KEYS", f"{new},{old}")
    get_settings.cache_clear()

    assert json.loads(run("rekey", "--json").stdout) == {"rekeyed": 2}

    monkeypatch.setenv("MASTER_KEYS", new)
    get_settings.cache_clear()
    assert [secret_of(house, name) for name in ("main", "second")] == [KEY, "sk_test_fake_second"]


def test_rekeying_without_the_old_master_key_changes_nothing_and_names_the_account(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add()
    monkeypatch.setenv("MASTER_KEYS", Fernet.generate_key().decode())
    get_settings.cache_clear()

    done = run("rekey")

    assert done.exit_code == 4
    assert "'main' of a2e" in done.stderr
    monkeypatch.delenv("MASTER_KEYS")
    get_settings.cache_clear()
    assert secret_of(house) == KEY
