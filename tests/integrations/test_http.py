"""Every way an exchange can go wrong has its own error, and a paid one is never sent twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.server import Damage, Fake, Refusal, Reply, Request, route

from core.errors import (
    AccessLost,
    ConfigError,
    OutcomeUnknown,
    QuotaSpent,
    RateLimited,
    Rejected,
    ServiceError,
    UnexpectedReply,
    Unreachable,
)
from integrations.http import LONGEST_WAIT, USER_AGENT, Api

MIB = 1 << 20


class Shop(Fake):
    """Sells one thing."""

    def __init__(self) -> None:
        self.sold = 0
        self.file = Reply(200, b"x" * 1000, {"Content-Type": "image/png"})
        self.status = 200
        self.headers: dict[str, str] = {}
        super().__init__()

    @route("POST", "/buy")
    def buy(self, request: Request) -> Any:
        if self.status != 200:
            raise Refusal(self.status, {"error": "no"}, self.headers)
        self.sold += 1
        return {"id": "1"}

    @route("GET", "/look")
    def look(self, request: Request) -> Any:
        if self.status != 200:
            raise Refusal(self.status, {"error": "no"}, self.headers)
        return {"id": "1"}

    @route("GET", "/file")
    def get_file(self, request: Request) -> Any:
        return self.file


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as shop:
        yield shop


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api("shop", shop.url, headers={"Authorization": "Bearer sk_test_fake"}, timeout=0.5)


def nobody() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Rejected), (401, AccessLost), (402, QuotaSpent), (403, AccessLost), (404, Rejected), (422, Rejected),
     (429, RateLimited), (500, Unreachable), (503, Unreachable)],
)  # fmt: skip
def test_a_status_has_its_error(status: int, error: type[ServiceError], shop: Shop, api: Api) -> None:
    shop.status = status

    with pytest.raises(error) as caught:
        api.ask("GET", "/look")

    assert caught.value.status == status
    assert len(shop.requests) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(400, Rejected), (401, AccessLost), (402, QuotaSpent), (429, RateLimited)]
)
def test_a_clear_refusal_of_a_paid_call_is_no_doubt(
    status: int, error: type[ServiceError], shop: Shop, api: Api
) -> None:
    shop.status = status

    with pytest.raises(error):
        api.submit("POST", "/buy", json={})


@pytest.mark.parametrize("damage", ["reset", "hang", 408, 500, 502, 302])
def test_a_paid_call_without_a_clear_answer_is_unknown_and_sent_once(damage: Damage, shop: Shop, api: Api) -> None:
    shop.break_next(damage, pattern="POST /buy", moment="acted", seconds=2)

    with pytest.raises(OutcomeUnknown):
        api.submit("POST", "/buy", json={})

    assert shop.sold == 1
    assert len(shop.requests) == 1


@pytest.mark.parametrize("damage", ["html", "garbage", "empty"])
def test_an_answer_that_makes_no_sense_is_unknown_after_a_paid_call_only(damage: Damage, shop: Shop, api: Api) -> None:
    shop.break_next(damage, times=2, moment="acted")

    with pytest.raises(OutcomeUnknown):
        api.json_of(api.submit("POST", "/buy", json={}), submitted=True)
    with pytest.raises(UnexpectedReply):
        api.json_of(api.ask("GET", "/look"))


def test_a_call_that_cannot_leave_was_surely_not_made() -> None:
    with pytest.raises(Unreachable):
        Api("shop", nobody(), timeout=1).submit("POST", "/buy", json={})


def test_a_call_that_a_proxy_did_not_pass_on_was_surely_not_made(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", shop.url)

    with pytest.raises(Unreachable, match="ProxyError"):
        Api("shop", "https://shop.example", timeout=1).submit("POST", "/buy", json={})


def test_white_space_around_a_key_does_no_harm_and_other_signs_are_told(shop: Shop) -> None:
    Api("shop", shop.url, headers={"xi-api-key": " sk_test_fake\n"}, timeout=1).submit("POST", "/buy", json={})

    assert shop.requests[0].headers["xi-api-key"] == "sk_test_fake"
    with pytest.raises(ConfigError, match="accounts rotate shop"):
        Api("shop", shop.url, headers={"xi-api-key": "sk_tést"}, timeout=1)


def test_an_answer_that_is_nested_without_end_makes_no_sense(shop: Shop, api: Api) -> None:
    shop.break_next(Reply(200, b"[" * 100_000, {"Content-Type": "application/json"}))

    with pytest.raises(OutcomeUnknown):
        api.json_of(api.submit("POST", "/buy", json={}), submitted=True)


def test_secrets_of_addresses_are_cut_off_what_is_shown(shop: Shop, api: Api) -> None:
    shop.break_next(Reply(400, {"error": "cannot read https://x.example/a.png?X-Amz-Signature=5ecre7&b=1 now"}))

    with pytest.raises(Rejected, match=r"a\.png\?… now") as caught:
        api.ask("GET", "/look")

    assert "5ecre7" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://[::1/a.png", "http://host:99x/a.png", "http://host/\x01"])
def test_a_link_that_is_no_address_is_told(url: str, api: Api, tmp_path: Path) -> None:
    with pytest.raises(UnexpectedReply, match="no address"):
        api.download(url, tmp_path / "file", largest_mib=1)


def test_the_key_does_not_go_over_plain_http_to_a_host_that_is_called_by_https(shop: Shop, tmp_path: Path) -> None:
    api = Api("shop", shop.url.replace("http:", "https:"), headers={"xi-api-key": "sk_test_fake"}, timeout=1)

    api.download(f"{shop.url}/file", tmp_path / "file", largest_mib=1)

    assert "xi-api-key" not in shop.requests[0].headers


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_it_waits_as_long_as_it_is_asked_to(form: str, shop: Shop, api: Api) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    shop.status, shop.headers = 429, {"Retry-After": "90" if form == "seconds" else later}

    with pytest.raises(RateLimited) as caught:
        api.ask("GET", "/look")

    assert caught.value.retry_after == pytest.approx(90, abs=2)


@pytest.mark.parametrize(("text", "seconds"), [("", None), ("soon", None), ("-5", 0.0), ("1e9", LONGEST_WAIT)])
def test_a_strange_retry_after_does_no_harm(text: str, seconds: float | None, shop: Shop, api: Api) -> None:
    shop.status, shop.headers = 429, {"Retry-After": text}

    with pytest.raises(RateLimited) as caught:
        api.ask("GET", "/look")

    assert caught.value.retry_after == seconds


def test_it_says_who_it_is_and_keeps_its_key_from_strangers(shop: Shop, api: Api, tmp_path: Path) -> None:
    api.ask("GET", "/look")
    with Shop() as stranger:
        api.download(f"{stranger.url}/file?X-Amz-Signature=abc", tmp_path / "file", largest_mib=1)
        told = stranger.requests[0].headers

    assert shop.requests[0].headers["authorization"] == "Bearer sk_test_fake"
    assert shop.requests[0].headers["user-agent"] == told["user-agent"] == USER_AGENT
    assert "authorization" not in told


def test_a_file_is_copied_whole(shop: Shop, api: Api, tmp_path: Path) -> None:
    api.download(f"{shop.url}/file", tmp_path / "file", largest_mib=1)

    assert (tmp_path / "file").read_bytes() == b"x" * 1000


@pytest.mark.parametrize(
    ("reply", "error", "why"),
    [
        (Reply(404, b"gone"), Unreachable, "status 404"),
        (Reply(200, "<html>", {"Content-Type": "text/html"}), UnexpectedReply, "text/html"),
        (Reply(200, {"code": 500}), UnexpectedReply, "application/json"),
        (Reply(200, b"", {"Content-Type": "image/png"}), UnexpectedReply, "empty"),
        (Reply(200, b"x" * (MIB + 1), {"Content-Type": "image/png"}), UnexpectedReply, "at most 1 are taken"),
    ],
)
def test_what_is_no_file_of_a_sane_size_is_refused(
    reply: Reply, error: type[ServiceError], why: str, shop: Shop, api: Api, tmp_path: Path
) -> None:
    shop.file = reply

    with pytest.raises(error, match=why) as caught:
        api.download(f"{shop.url}/file?secret=1", tmp_path / "file", largest_mib=1)

    assert "secret" not in str(caught.value)


def test_ten_gigabytes_are_refused_before_they_come(shop: Shop, api: Api, tmp_path: Path) -> None:
    shop.file = Reply(200, b"x" * 4096, {"Content-Type": "video/mp4", "Content-Length": str(10 << 30)})

    with pytest.raises(UnexpectedReply, match="10240 MiB, at most 512"):
        api.download(f"{shop.url}/file", tmp_path / "file", largest_mib=512)


def test_a_file_that_does_not_say_its_size_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    """The server announces nothing and would never stop."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def pour() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n\r\n")
                try:
                    while True:
                        peer.sendall(b"x" * 65536)
                except OSError:
                    return

        threading.Thread(target=pour, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/file"
        with pytest.raises(UnexpectedReply, match="more than 2 MiB"):
            Api("shop", "http://127.0.0.1:1", timeout=5).download(url, tmp_path / "file", largest_mib=2)

    assert (tmp_path / "file").stat().st_size <= 2 * MIB
