"""Callbacks: who is believed, what is noted, and that nothing else can be learned or done."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from fakes.kie import FakeKie
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from core.errors import DatabaseUnavailable
from core.models import Capability
from core.settings import Settings
from db import generations
from integrations.generation.contract import Job
from integrations.generation.kie import Kie, KieOptions
from studio import hooks

KEY = FakeKie.CALLBACK_KEY
OURS = "task_nano-banana-2_1765178625768"
TAKEN = {"code": 200, "msg": "success"}


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hints that were written down; only OURS is a job of this factory."""
    hints: list[str] = []

    @contextmanager
    def transaction() -> Iterator[str]:
        yield "a connection"

    def note_hint(connection: Any, external_id: str) -> bool:
        assert connection == "a connection"
        hints.append(external_id)
        return external_id == OURS

    monkeypatch.setattr(hooks, "get_database", lambda: SimpleNamespace(transaction=transaction))
    monkeypatch.setattr(generations, "note_hint", note_hint)
    return hints


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None, kie_callback_key=SecretStr(KEY))
    monkeypatch.setattr(hooks, "get_settings", lambda: settings)


@pytest.fixture
def client(noted: list[str], key: None) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(hooks.router)
    with TestClient(app, raise_server_exceptions=False) as studio:
        yield studio


def call(client: TestClient, body: Any, *, signs: str = OURS, **forged: Any) -> httpx.Response:
    """Call back with a body, signed for the task `signs`."""
    content = body if isinstance(body, bytes | Iterator) else json.dumps(body).encode()
    return client.post("/hooks/kie", content=content, headers=FakeKie.signed(signs, **forged))


@pytest.mark.parametrize(
    "body",
    [
        {"taskId": OURS},
        {"task_id": OURS},
        {"code": 200, "data": {"taskId": OURS, "state": "success"}},
        {"code": 501, "msg": "failed", "data": {"task_id": OURS, "callbackType": "task_completed"}},
        {"taskId": OURS, "data": "a text"},
        {"taskId": 7, "task_id": None, "data": {"taskId": OURS}},
        {"taskId": "another", "data": {"task_id": OURS}},
    ],
    ids=str,
)
def test_a_genuine_callback_is_noted_wherever_it_names_the_task(
    client: TestClient, noted: list[str], body: dict[str, Any]
) -> None:
    reply = call(client, body)

    assert (reply.status_code, reply.json(), noted) == (200, TAKEN, [OURS])


def test_a_task_of_somebody_else_is_answered_just_the_same(client: TestClient, noted: list[str]) -> None:
    ours, foreign = call(client, {"taskId": OURS}), call(client, {"taskId": "foreign"}, signs="foreign")

    assert (foreign.status_code, foreign.json()) == (ours.status_code, ours.json()) == (200, TAKEN)
    assert noted == [OURS, "foreign"]


@pytest.mark.parametrize(
    ("body", "forged"),
    [
        ({"taskId": OURS}, {"key": "sk_test_fake_wrong"}),
        ({"taskId": OURS}, {"at": 1_600_000_000}),
        ({"taskId": OURS}, {"signs": "another"}),
        ({"taskId": ""}, {"signs": ""}),
        ({"taskId": "a task\nwith a line of its own"}, {"signs": "a task\nwith a line of its own"}),
        ({"taskId": "x" * 129}, {"signs": "x" * 129}),
        ({"taskId": "\ud800"}, {}),
        ({"id": OURS}, {}),
        ([OURS], {}),
        (b"", {}),
        (b"not json", {}),
        (b"\xff\xfe", {}),
        (b"[" * 60_000, {}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_genuine_is_refused_and_never_reaches_the_database(
    client: TestClient, noted: list[str], body: Any, forged: dict[str, Any]
) -> None:
    assert call(client, body, **forged).status_code == 403
    assert noted == []


def test_without_the_signed_headers_it_is_refused(client: TestClient, noted: list[str]) -> None:
    assert client.post("/hooks/kie", json={"taskId": OURS}).status_code == 403
    assert noted == []


def test_a_callback_that_is_repeated_later_is_refused(client: TestClient, noted: list[str]) -> None:
    assert call(client, {"taskId": OURS}, at=time.time() - 290).status_code == 200
    assert call(client, {"taskId": OURS}, at=time.time() - 310).status_code == 403
    assert noted == [OURS]


def test_a_body_beyond_64_kib_is_not_read_to_its_end(client: TestClient, noted: list[str]) -> None:
    fits = json.dumps({"taskId": OURS}).encode().ljust(65_536)
    assert call(client, fits).status_code == 200

    assert call(client, fits + b" ").status_code == 413
    assert call(client, (b" " * 65_536 for _ in range(3))).status_code == 413  # no length was announced
    assert noted == [OURS]


def test_without_a_key_there_is_no_such_address(
    client: TestClient, noted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "get_settings", lambda: Settings(_env_file=None))

    assert call(client, {"taskId": OURS}).status_code == 404
    assert call(client, {"taskId": OURS}, key="").status_code == 404
    assert noted == []


def test_only_posts_are_taken(client: TestClient) -> None:
    assert client.get("/hooks/kie").status_code == 405


def test_when_the_database_is_away_the_callback_is_not_called_taken(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(hooks, "get_database", away)

    assert call(client, {"taskId": OURS}).status_code >= 500


def test_nothing_secret_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        call(client, {"taskId": OURS, "data": {"resultJson": "https://example.org/private"}})
        call(client, {"taskId": OURS}, key="sk_test_fake_wrong")

    told = "\n".join(record.getMessage() for record in caplog.records if record.name == hooks.__name__)
    assert OURS in told
    for secret in (KEY, "private", FakeKie.signed(OURS)["X-Webhook-Signature"]):
        assert secret not in told


@pytest.fixture
def address(noted: list[str], key: None) -> Iterator[str]:
    """Where the hooks are served for real."""
    app = FastAPI()
    app.include_router(hooks.router)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level=logging.ERROR))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/hooks/kie"
    server.should_exit = True
    thread.join()


def test_kie_calls_back_to_the_address_it_was_given(address: str, noted: list[str], tmp_path: Path) -> None:
    setting = {"place": "reef", "time": "day", "mood": "serene"}
    palette = dict.fromkeys(("deep", "main", "soft", "glow", "accent"), "#112233")
    request = {"text": "A reef", "prompt": "A reef", "setting": setting, "palette": palette}
    with FakeKie() as kie:
        service = Kie(KieOptions(**kie.options(), callback_url=address), kie.KEY)
        task = service.begin(Job(Capability.DRAW, request, "attempt-1"), tmp_path).external_id

        genuine, forged, old = kie.call_back(task), kie.call_back(task, key="x"), kie.call_back(task, at=1_600_000_000)

    assert [reply.status_code for reply in (genuine, forged, old)] == [200, 403, 403]
    assert (genuine.json(), noted) == (TAKEN, [task])
