"""A strict stand-in for a local Ollama (`/api/chat`, `/api/tags`)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from fakes.samples import sample_of
from fakes.server import Fake, Refusal, Request, fields, route

OPTIONS = frozenset({"num_ctx", "num_predict", "temperature"})


class FakeOllama(Fake):
    """Answers with a sample that fits the schema, or with `text`. `busy` has it refuse more work.

    It wants no key, unless `KEY` is put in front of it by `guarded`. Work is free, so `balance` stays.
    """

    KEY = "ollama_fake_key"

    def __init__(self, *, seconds: float = 0.0) -> None:
        super().__init__()
        self.latency = seconds
        self.paid: list[str] = []
        self.balance = Decimal(0)
        self.fail_jobs = False
        self.links_die = False
        self.guarded = False
        self.busy = False
        self.models = ["gemma3:12b", "llama3.1:latest"]
        self.text: str | None = None
        self.done_reason: str | None = "stop"

    def options(self) -> dict[str, Any]:
        """Return its table for the services file."""
        return {
            "base_url": self.url, "model": "gemma3:12b", "poll_seconds": 0.02, "look_after": [0.02, 0.05, 0.1],
            "timeout_seconds": 2,
        }  # fmt: skip

    def authorize(self, request: Request) -> None:
        """Refuse a call without the key where one is wanted."""
        if self.guarded and request.headers.get("authorization") != f"Bearer {self.KEY}":
            raise Refusal(401, {"error": "unauthorized"})

    @route("GET", "/api/tags")
    def tags(self, request: Request) -> dict[str, Any]:
        """Name the models."""
        return {
            "models": [{"name": name, "model": name, "size": 1, "digest": "d", "details": {}} for name in self.models]
        }

    @route("POST", "/api/chat")
    def chat(self, request: Request) -> dict[str, Any]:
        """Answer the messages."""
        body = request.json()
        fields(body, needed="model messages stream", allowed="format options keep_alive think tools", status=400)
        if body["stream"] is not False:
            raise Refusal(400, {"error": "this stand-in does not stream"})
        if body["model"] not in self.models and f"{body['model']}:latest" not in self.models:
            raise Refusal(404, {"error": f'model "{body["model"]}" not found, try pulling it first'})
        if self.busy:
            raise Refusal(503, {"error": "server busy, please try again.  maximum pending requests exceeded"})
        options = body.get("options", {})
        if options.keys() - OPTIONS or not all(isinstance(value, int | float) for value in options.values()):
            raise Refusal(400, {"error": f"invalid options: {options}"})
        if "$defs" in json.dumps(body["format"]):
            raise Refusal(400, {"error": "invalid JSON schema in format"})
        if self.fail_jobs:
            raise Refusal(500, {"error": "model runner has unexpectedly stopped"})
        self.paid.append(body["messages"][-1]["content"])
        return {
            "model": body["model"],
            "created_at": "2026-11-20T10:00:00Z",
            "done": True,
            **self._reply(body, options),
        }

    def _reply(self, body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        text = self.text if self.text is not None else json.dumps(sample_of(body["format"]))
        asked, reason = sum(len(told["content"]) for told in body["messages"]) // 3, self.done_reason
        room = min(options.get("num_predict", 128), options.get("num_ctx", 4096) - asked)
        if len(text) // 3 > room:
            text, reason = text[: max(0, room) * 3], "length"
        ended = {"done_reason": reason} if reason else {}
        return {"message": {"role": "assistant", "content": text}, "prompt_eval_count": asked, **ended}
