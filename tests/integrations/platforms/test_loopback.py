"""The walk through the browser: only the right answer ends it, and a stranger learns nothing."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import time
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fakes.oauth import APP, FakeOAuth, PlaceSignIn

from core.errors import AccessLost, BadInput, ConfigError, NotAllowed
from core.log import redact
from integrations.platforms.loopback import Loopback, code_from_address

LONG = 20.0


@pytest.fixture
def walk() -> Iterator[Loopback]:
    with Loopback("place") as walk:
        yield walk


@pytest.fixture
def place() -> Iterator[FakeOAuth]:
    with FakeOAuth() as fake:
        yield fake


def visit(walk: Loopback, query: str) -> httpx.Response:
    return httpx.get(f"{walk.redirect_uri}?{query}")


def right(walk: Loopback, code: str = "fake-code-1") -> str:
    return f"state={walk.state}&code={code}"


def test_the_code_comes_back_and_the_browser_sees_a_friendly_page(walk: Loopback) -> None:
    reply = visit(walk, right(walk, "fake-code%2F1"))

    assert reply.status_code == 200
    assert "Reelwright has the answer" in reply.text
    assert "fake-code" not in reply.text
    assert reply.headers["cache-control"] == "no-store"
    assert walk.wait(LONG) == "fake-code/1"


def test_a_whole_walk_ends_with_a_token_because_the_verifier_fits_the_challenge(
    walk: Loopback, place: FakeOAuth
) -> None:
    sign_in = PlaceSignIn(place.options())
    address = sign_in.authorize_url(APP, redirect_uri=walk.redirect_uri, state=walk.state, challenge=walk.challenge)
    assert httpx.get(place.let_in(address)).status_code == 200
    code = walk.wait(LONG)

    token = sign_in.exchange(APP, code=code, redirect_uri=walk.redirect_uri, verifier=walk.verifier)

    assert (token.owner_id, token.owner_name) == ("owner-1", "Jonah of the Deep")
    assert place.exchanges == 1


def test_a_code_is_worth_nothing_without_the_verifier_of_its_walk(walk: Loopback, place: FakeOAuth) -> None:
    sign_in = PlaceSignIn(place.options())
    address = sign_in.authorize_url(APP, redirect_uri=walk.redirect_uri, state=walk.state, challenge=walk.challenge)
    code = code_from_address("place", place.let_in(address), walk.state)
    with Loopback("place") as another:
        other = another.verifier

    with pytest.raises(AccessLost):
        sign_in.exchange(APP, code=code, redirect_uri=walk.redirect_uri, verifier=other)
    assert place.exchanges == 0


def test_the_challenge_is_the_hash_of_a_verifier_of_the_allowed_form(walk: Loopback) -> None:
    digest = base64.urlsafe_b64decode(walk.challenge + "=")

    assert digest == hashlib.sha256(walk.verifier.encode()).digest()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43,128}", walk.verifier)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", walk.redirect_uri)


def test_every_walk_has_secrets_of_its_own_that_no_log_shows(walk: Loopback) -> None:
    with Loopback("place") as other:
        assert other.state != walk.state
        assert other.verifier != walk.verifier
        assert other.redirect_uri != walk.redirect_uri
    assert walk.verifier not in redact(f"it said {walk.verifier}")


@pytest.mark.parametrize("query", ["", "code=fake-code-9", "code=fake-code-9&state=wrong", "code=x&state=%C3%A4"])
def test_an_answer_with_a_wrong_state_is_refused_and_the_wait_goes_on(query: str, walk: Loopback) -> None:
    reply = visit(walk, query)

    assert reply.status_code == 400
    assert "not the answer" in reply.text
    visit(walk, right(walk))
    assert walk.wait(LONG) == "fake-code-1"


def test_an_error_with_a_wrong_state_does_not_end_the_wait_either(walk: Loopback) -> None:
    assert visit(walk, "error=access_denied&state=wrong").status_code == 400
    visit(walk, right(walk))

    assert walk.wait(LONG) == "fake-code-1"


def test_an_answer_without_code_does_not_end_the_wait(walk: Loopback) -> None:
    assert visit(walk, f"state={walk.state}").status_code == 400
    visit(walk, right(walk))

    assert walk.wait(LONG) == "fake-code-1"


@pytest.mark.parametrize("path", ["/favicon.ico", "/", "/callback/more", "//[", "/callbackx?code=1"])
def test_other_addresses_and_methods_are_not_answered(path: str, walk: Loopback) -> None:
    parts = urlsplit(walk.redirect_uri)
    with socket.create_connection((parts.hostname, parts.port), timeout=LONG) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b" 404 " in connection.recv(1000)
    assert httpx.post(walk.redirect_uri, data={"code": "1", "state": walk.state}).status_code == 501

    visit(walk, right(walk))
    assert walk.wait(LONG) == "fake-code-1"


def test_a_browser_that_opens_a_connection_and_says_nothing_keeps_nobody_waiting(walk: Loopback) -> None:
    parts = urlsplit(walk.redirect_uri)
    with socket.create_connection((parts.hostname, parts.port), timeout=LONG):
        visit(walk, right(walk))

        assert walk.wait(LONG) == "fake-code-1"


def test_a_browser_that_is_gone_before_the_page_still_brought_the_code(walk: Loopback) -> None:
    parts = urlsplit(walk.redirect_uri)
    with socket.create_connection((parts.hostname, parts.port), timeout=LONG) as connection:
        connection.sendall(f"GET /callback?{right(walk)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert walk.wait(LONG) == "fake-code-1"


def test_a_person_who_says_no_is_lost_access_with_a_remedy(walk: Loopback) -> None:
    reply = visit(walk, f"state={walk.state}&error=access_denied&error_description={quote('The user denied it.')}")

    assert reply.status_code == 200
    with pytest.raises(AccessLost, match="somebody said no") as caught:
        walk.wait(LONG)
    assert (caught.value.code, caught.value.detail) == ("access_denied", "The user denied it.")
    assert "allow what it asks for" in caught.value.remedy


def test_an_app_that_the_platform_refuses_is_not_allowed(walk: Loopback) -> None:
    visit(walk, f"state={walk.state}&error=invalid_scope")

    with pytest.raises(NotAllowed, match="invalid_scope") as caught:
        walk.wait(LONG)
    assert "redirect address" in caught.value.remedy


def test_nobody_in_time_is_said_so(walk: Loopback) -> None:
    began = time.monotonic()

    with pytest.raises(AccessLost, match=r"within 0\.2 seconds") as caught:
        walk.wait(0.2)
    assert 0.2 <= time.monotonic() - began < 2
    assert "Run the same command again" in caught.value.remedy


def test_a_port_of_ones_own_is_used_and_one_that_is_taken_is_said_so() -> None:
    with Loopback("place") as walk:
        port = urlsplit(walk.redirect_uri).port
        assert port is not None
        with pytest.raises(ConfigError, match=str(port)) as caught:
            Loopback("place", port)
    assert "--port" in caught.value.remedy

    with Loopback("place", port) as again:
        assert urlsplit(again.redirect_uri).port == port


def test_a_pasted_address_carries_the_same_answer(walk: Loopback) -> None:
    assert code_from_address("place", f"  {walk.redirect_uri}?{right(walk, 'a%20b')}\n", walk.state) == "a b"
    code = code_from_address("place", f"https://x.example/?{right(walk, 'fake-code-77')}", walk.state)
    assert redact(f"it said {code}") == "it said ***"


@pytest.mark.parametrize("address", ["", "fake-code-1", "http://[", "http://127.0.0.1/callback?code=1&state=other"])
def test_a_pasted_address_that_is_no_answer_is_refused(address: str, walk: Loopback) -> None:
    with pytest.raises(BadInput, match="not the answer"):
        code_from_address("place", address, walk.state)


def test_a_pasted_no_is_a_no(walk: Loopback) -> None:
    with pytest.raises(AccessLost):
        code_from_address("place", f"http://127.0.0.1/?error=access_denied&state={walk.state}", walk.state)
