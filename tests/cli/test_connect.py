"""`reelwright connect`: what is asked and why, one step in the browser, and nothing secret on the screen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from fakes.oauth import APP, FakeOAuth, KeyPlace, OpenPlace, Place
from oauth_place import MAIN, keep, look, use_place
from typer.testing import CliRunner, Result

from cli.accounts import accounts_app
from cli.connect import connect
from core.errors import AccessLost
from core.posting import PostingAccount, Token
from core.posting_file import get_posting_file
from core.settings import Settings
from db.connection import get_database
from tasks.sealed import stored_token
from tasks.tokens import AccountTokens

app = typer.Typer()
app.command()(connect)
app.command("other")(lambda: None)  # with two commands the name of each stands in the line, as in the real one

GOOGLE = {"installed": {"client_id": APP.client_id, "client_secret": APP.client_secret, "redirect_uris": ["x"]}}
PLAIN = {"client_id": APP.client_id, "client_secret": APP.client_secret}

Answer = Callable[[str], str]
Browser = Callable[[Answer], list[str]]


@pytest.fixture
def place(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeOAuth]:
    with FakeOAuth() as fake:
        use_place(monkeypatch, tmp_path, fake)
        yield fake
    get_posting_file.cache_clear()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Put a browser in place that answers each page in its own way; it tells which addresses were opened."""

    def use(answer: Answer) -> list[str]:
        opened: list[str] = []

        def open_address(address: str) -> bool:
            opened.append(address)
            threading.Thread(target=lambda: httpx.get(answer(address)), daemon=True).start()
            return True

        monkeypatch.setattr("webbrowser.open", open_address)
        return opened

    return use


@pytest.fixture
def app_file(tmp_path: Path) -> str:
    path = tmp_path / "client_secret.json"
    path.write_text(json.dumps(GOOGLE))
    return str(path)


def run(*arguments: str, typed: str = "") -> Result:
    done = CliRunner().invoke(app, ["connect", *arguments], input=typed)
    assert APP.client_secret not in done.output
    assert "fake-access" not in done.output
    assert "fake-refresh" not in done.output
    return done


def stored(account: PostingAccount = MAIN) -> Token:
    with get_database().transaction() as connection:
        token = stored_token(connection, account)
    assert token is not None
    return token


def test_an_account_is_connected_by_one_step_in_the_browser(place: FakeOAuth, browser: Browser, app_file: str) -> None:
    opened = browser(place.let_in)

    done = run("place", "main", "--app-file", app_file)

    assert done.exit_code == 0, done.output
    assert len(opened) == place.exchanges == 1
    for words in (
        "posts.write: To post reels.", "numbers.read (not needed for posting): To learn how they fare.",
        "✔ place/main is connected as Jonah of the Deep.",
    ):  # fmt: skip
        assert words in done.stdout
    assert "Not given" not in done.stdout
    assert "posting file" not in done.stdout
    assert stored().app == APP
    assert (look().owner_id, look().owner_name, look().status) == ("owner-1", "Jonah of the Deep", "active")
    assert AccountTokens(MAIN).current() == stored()


@pytest.mark.parametrize("content", [PLAIN, {"web": PLAIN}, GOOGLE, {**PLAIN, "project": "x"}])
def test_every_form_of_an_apps_file_is_read(
    content: dict[str, Any], place: FakeOAuth, browser: Browser, tmp_path: Path
) -> None:
    browser(place.let_in)
    file = tmp_path / "app.json"
    file.write_text(json.dumps(content))

    assert run("place", "main", "--app-file", str(file)).exit_code == 0
    assert stored().app == APP


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"client_id": ""}', '{"installed": {"client_secret": "fake-s"}}'])
def test_what_is_no_apps_file_is_refused_without_showing_it(content: str, place: FakeOAuth, tmp_path: Path) -> None:
    file = tmp_path / "app.json"
    file.write_text(content)

    done = run("place", "main", "--app-file", str(file))

    assert done.exit_code == 2
    assert "cannot be read as an app" in done.stderr
    assert "fake-s" not in done.output
    assert run("place", "main", "--app-file", str(tmp_path / "nowhere")).exit_code == 2
    assert place.requests == []


def test_the_apps_secret_may_come_from_a_pipe_beside_its_id(place: FakeOAuth, browser: Browser) -> None:
    browser(place.let_in)

    done = run("place", "main", "--client-id", APP.client_id, typed=f"{APP.client_secret}\n")

    assert done.exit_code == 0, done.output
    assert stored().app == APP


def test_without_an_app_it_says_where_one_is_made(place: FakeOAuth) -> None:
    done = run("place", "main")

    assert done.exit_code == 2
    assert "Make an app at place.example/developers." in done.stderr
    assert "--app-file" in done.stderr


def test_connecting_again_needs_only_the_browser_and_revives_the_account(
    place: FakeOAuth, browser: Browser, app_file: str
) -> None:
    browser(place.let_in)
    assert run("place", "main", "--app-file", app_file).exit_code == 0
    first = stored()
    place.revoke()
    with pytest.raises(AccessLost):
        AccountTokens(MAIN).renew(first)
    assert look().status == "retired"

    done = run("place", "main")

    assert done.exit_code == 0, done.output
    assert stored().access != first.access
    assert (look().status, look().reason) == ("active", "")


def test_scopes_that_were_not_given_are_named_with_what_they_are_for(
    place: FakeOAuth, browser: Browser, app_file: str
) -> None:
    browser(lambda address: place.let_in(address, scopes="posts.read"))

    done = run("place", "main", "--app-file", app_file)

    assert done.exit_code == 0, done.output
    assert "Not given: posts.write. To post reels. Connect again" in done.stdout
    assert "Not given: numbers.read (not needed for posting). To learn how they fare." in done.stdout
    assert "Not given: posts.read" not in done.stdout


def test_another_owner_than_before_is_pointed_out(place: FakeOAuth, browser: Browser, app_file: str) -> None:
    browser(place.let_in)
    run("place", "main", "--app-file", app_file)
    place.owner = {"id": "owner-2", "name": "Mara"}

    done = run("place", "main")

    assert "is connected as Mara." in done.stdout
    assert "It was Jonah of the Deep before." in done.stdout


def test_a_paused_account_stays_paused_and_is_said_so(place: FakeOAuth, browser: Browser, app_file: str) -> None:
    keep(place.token())
    assert CliRunner().invoke(accounts_app, ["pause", "place", "main"]).exit_code == 0
    browser(place.let_in)

    done = run("place", "main", "--app-file", app_file)

    assert "reelwright accounts resume place main" in done.stdout
    assert look().status == "paused"


def test_a_person_who_says_no_changes_nothing(place: FakeOAuth, browser: Browser, app_file: str) -> None:
    before = place.token()
    keep(before)
    browser(lambda address: place.let_in(address, error="access_denied"))

    done = run("place", "main", "--app-file", app_file)

    assert done.exit_code == 1
    assert "somebody said no" in done.stderr
    assert stored() == before


def test_an_answer_with_a_wrong_state_does_not_count(
    place: FakeOAuth, browser: Browser, app_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.connect.WAIT_SECONDS", 0.5)
    browser(lambda address: place.let_in(address, state="of-somebody-else"))

    done = run("place", "main", "--app-file", app_file)

    assert done.exit_code == 1
    assert "Nobody let the app in" in done.stderr
    assert place.requests == []


def test_a_code_that_the_platform_refuses_stores_nothing(place: FakeOAuth, browser: Browser, app_file: str) -> None:
    browser(place.let_in)
    place.observers.append(lambda *_: place.codes.clear())

    done = run("place", "main", "--app-file", app_file)

    assert done.exit_code == 1
    assert "does not accept the grant" in done.stderr
    assert json.loads(CliRunner().invoke(accounts_app, ["list", "--json"]).stdout) == []


def test_where_no_browser_opens_the_address_is_shown_and_the_wait_goes_on(
    place: FakeOAuth, browser: Browser, app_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser(place.let_in)
    import webbrowser

    opens = webbrowser.open
    monkeypatch.setattr("webbrowser.open", lambda address: not opens(address))

    done = run("place", "main", "--app-file", app_file)

    assert done.exit_code == 0, done.output
    assert "Open this address in a browser:" in done.stdout
    assert f"{place.url}/authorize?client_id={APP.client_id}" in done.stdout


def paste(place: FakeOAuth, monkeypatch: pytest.MonkeyPatch, *answers: Callable[[str], str]) -> list[str]:
    """Answer the questions for an address; each answer is made of the address that the command showed."""
    shown: list[str] = []
    real, rest = Place.sign_in.authorize_url, list(answers)  # type: ignore[union-attr]

    def note(self: Any, *args: Any, **options: Any) -> str:
        shown.append(real(self, *args, **options))
        return shown[-1]

    monkeypatch.setattr(Place.sign_in, "authorize_url", note)
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("a browser was opened"))
    monkeypatch.setattr("typer.prompt", lambda *_, **__: rest.pop(0)(shown[-1]))
    return shown


def test_without_a_browser_here_the_address_is_pasted_and_asked_for_again_if_it_is_another(
    place: FakeOAuth, app_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paste(place, monkeypatch, lambda _: "http://127.0.0.1/callback?code=1&state=old", place.let_in)

    done = run("place", "main", "--app-file", app_file, "--no-browser")

    assert done.exit_code == 0, done.output
    assert "not the answer to this sign-in" in done.stdout
    assert stored().owner_id == "owner-1"


def test_only_enter_takes_the_answer_that_came_to_this_machine_all_the_same(
    place: FakeOAuth, app_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paste(place, monkeypatch, lambda address: httpx.get(place.let_in(address)) and "")

    assert run("place", "main", "--app-file", app_file, "--no-browser").exit_code == 0


def test_an_address_of_ones_own_is_asked_for_and_exchanged_where_127_0_0_1_is_not_allowed(
    place: FakeOAuth, app_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = paste(place, monkeypatch, place.let_in)

    mine = ("--redirect-uri", "https://me.example/done", "--no-browser")
    assert run("place", "main", "--app-file", app_file, *mine).exit_code == 0
    assert "redirect_uri=https%3A%2F%2Fme.example%2Fdone" in shown[0]


def test_the_port_is_chosen_by_the_operator(place: FakeOAuth, browser: Browser, app_file: str) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    opened = browser(place.let_in)

    assert run("place", "main", "--app-file", app_file, "--port", str(port)).exit_code == 0
    assert f"127.0.0.1%3A{port}%2Fcallback" in opened[0]


def test_the_kind_of_login_reaches_the_platform(place: FakeOAuth, browser: Browser, app_file: str) -> None:
    browser(place.let_in)

    assert run("place", "main", "--app-file", app_file, "--login", "facebook").exit_code == 0
    assert stored().kind == "facebook"


def test_an_account_that_no_reel_goes_to_yet_is_connected_and_pointed_out(
    place: FakeOAuth, browser: Browser, app_file: str
) -> None:
    browser(place.let_in)

    done = run("place", "second", "--app-file", app_file)

    assert done.exit_code == 0
    assert "place/second does not stand in the posting file" in done.stdout
    assert look("second").status == "active"


def test_json_stands_alone_on_stdout(place: FakeOAuth, browser: Browser, app_file: str) -> None:
    browser(lambda address: place.let_in(address, scopes="posts.write posts.read"))

    done = run("place", "main", "--app-file", app_file, "--json")

    row = json.loads(done.stdout)
    assert row.pop("access_ends").startswith("20")
    assert row == {
        "platform": "place", "name": "main", "outcome": "connected", "owner_id": "owner-1",
        "owner_name": "Jonah of the Deep", "scopes": ["posts.write", "posts.read"], "missing": ["numbers.read"],
    }  # fmt: skip
    assert "posts.write: To post reels." in done.stderr


@pytest.fixture
def keyed(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeOAuth]:
    with FakeOAuth() as fake:
        use_place(monkeypatch, tmp_path, fake, KeyPlace)
        yield fake
    get_posting_file.cache_clear()


def test_a_key_is_tried_and_kept(keyed: FakeOAuth, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{keyed.KEY}\n")

    done = run("place", "main", "--secret-file", str(file))

    assert done.exit_code == 0, done.output
    assert "connected as Jonah of the Deep" in done.stdout
    assert keyed.KEY not in done.output
    assert AccountTokens(MAIN).current().access == keyed.KEY


def test_a_key_that_is_refused_is_not_kept(keyed: FakeOAuth) -> None:
    done = run("place", "main", typed="fake-key-of-nobody\n")

    assert done.exit_code == 1
    assert "fake-key-of-nobody" not in done.output
    assert json.loads(CliRunner().invoke(accounts_app, ["list", "--json"]).stdout) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere", "main"), 4, "no platform called 'nowhere'"),
        (("place", "Not A Name"), 2, "small letters"),
        (("place", "main", "--port", "70000"), 2, "65535"),
    ],
)
def test_what_cannot_be_connected_is_refused(
    arguments: tuple[str, ...], code: int, words: str, place: FakeOAuth
) -> None:
    done = run(*arguments)

    assert done.exit_code == code
    assert words in done.stderr


def test_a_platform_without_accounts_needs_no_connecting(
    house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with FakeOAuth() as fake:
        use_place(monkeypatch, tmp_path, fake, OpenPlace)
        done = run("place", "main")

    assert done.exit_code == 2
    assert "place needs no account" in done.stderr


def test_the_list_shows_whose_account_it_is_and_when_access_ends_and_no_age_of_a_key(place: FakeOAuth) -> None:
    keep(place.token())
    place.refresh_life = 0
    keep(place.token(), PostingAccount(platform="place", name="endless"))
    with get_database().transaction() as connection:
        connection.execute("update accounts set secret_set_at = now() - interval '400 days'")

    said = CliRunner().invoke(accounts_app, ["list"]).stdout
    rows = json.loads(CliRunner().invoke(accounts_app, ["list", "--json"]).stdout)

    end = look().refresh_expires_at
    assert end is not None
    for words in ("place main is Jonah of the Deep there.", f"until {end:%Y-%m-%d}", "no end"):
        assert words in said
    assert "⚠" not in said
    assert [(row["key_days"], row["is_key_old"]) for row in rows] == [(None, False), (None, False)]


@pytest.mark.parametrize("command", ["add", "rotate"])
def test_keys_are_not_put_in_by_hand_where_an_account_is_connected(command: str, place: FakeOAuth) -> None:
    before = place.token()
    keep(before)

    done = CliRunner().invoke(accounts_app, [command, "place", "main"], input="fake-plain-key\n")

    assert done.exit_code == 2
    assert "reelwright connect place" in done.stderr
    assert stored() == before
