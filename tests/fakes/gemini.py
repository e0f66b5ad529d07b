"""A strict stand-in for Google's Gemini API (`generateContent` and `models`)."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from fakes.samples import sample_of
from fakes.server import Fake, Refusal, Reply, Request, route

MODEL = "gemini-3.8-flash"
PRICE = Decimal("0.00000375")
WORDS_OF_SCHEMA = frozenset({
    "type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems", "minimum",
    "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required", "propertyOrdering",
})  # fmt: skip


class FakeGemini(Fake):
    """Answers with a sample that fits the schema, with `text`, or with one of `texts` after the other.

    `finish` and `block` say how it ends.

    `limit` makes every call fail: "minute", "day" or "none" (a free tier that is closed). Tokens are four characters.
    """

    KEY = "AIzaFakeGeminiKey"

    def __init__(self, *, seconds: float = 0.0) -> None:
        super().__init__()
        self.latency = seconds
        self.paid: list[str] = []
        self.balance = Decimal(1)
        self.fail_jobs = False
        self.links_die = False
        self.text: str | None = None
        self.texts: list[str] = []
        self.finish, self.block, self.limit = "STOP", "", ""
        self.blocked_countries = False

    def options(self) -> dict[str, Any]:
        """Return its table for the services file."""
        return {
            "base_url": self.url, "model": MODEL, "poll_seconds": 0.02, "look_after": [0.02, 0.05, 0.1],
            "timeout_seconds": 2,
        }  # fmt: skip

    def authorize(self, request: Request) -> None:
        """Refuse a missing key with 403 and a wrong one with 400, as Google does."""
        key = request.headers.get("x-goog-api-key")
        if not key:
            raise refusal(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
        if key != self.KEY:
            raise refusal(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"},
            ])  # fmt: skip

    @route("GET", r"/v1beta/models/(?P<model>[^/:]+)")
    def model(self, request: Request) -> dict[str, Any]:
        """Describe a model."""
        self._known(request)
        return {"name": f"models/{MODEL}", "inputTokenLimit": 1048576, "outputTokenLimit": 65536, "newField": 1}

    @route("POST", r"/v1beta/models/(?P<model>[^/:]+):generateContent")
    def generate(self, request: Request) -> dict[str, Any]:
        """Answer a prompt."""
        body = request.json()
        self._known(request)
        self._limited()
        config = checked(body)
        asked = body["contents"][0]["parts"][0]["text"]
        sent = tokens(json.dumps(body))
        if self.block:
            self._pay(asked, sent)
            return {
                "promptFeedback": {"blockReason": self.block}, "modelVersion": MODEL,
                "usageMetadata": {"promptTokenCount": sent, "totalTokenCount": sent},
            }  # fmt: skip
        text = self.texts.pop(0) if self.texts else self.text
        text = json.dumps(sample_of(config["responseJsonSchema"])) if text is None else text
        finish = "OTHER" if self.fail_jobs else self.finish
        if tokens(text) > config["maxOutputTokens"]:
            text, finish = text[: config["maxOutputTokens"] * 4], "MAX_TOKENS"
        parts = [{"text": text}] if finish in ("STOP", "MAX_TOKENS", "CONTINUATION") else []
        used = sent + tokens(text)
        self._pay(asked, used)
        return {
            "candidates": [{
                "content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0, "newField": {},
                **({"continuationToken": "bW9yZQ=="} if finish == "CONTINUATION" else {}),
            }],
            "usageMetadata": {
                "promptTokenCount": sent, "candidatesTokenCount": used - sent, "totalTokenCount": used,
            },
            "modelVersion": f"{MODEL}-001", "responseId": f"resp-{len(self.paid)}",
        }  # fmt: skip

    def _pay(self, asked: str, used: int) -> None:
        self.paid.append(asked)
        self.balance -= used * PRICE

    def _known(self, request: Request) -> None:
        if request.found["model"] != MODEL:
            raise refusal(404, "NOT_FOUND", f"models/{request.found['model']} is not found for API version v1beta.")

    def _limited(self) -> None:
        if self.blocked_countries:
            raise refusal(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")
        if self.balance <= 0:
            raise refusal(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.")
        if self.limit:
            quota = "PerDay" if self.limit == "day" else "PerMinute"
            most = 0 if self.limit == "none" else 10
            raise refusal(429, "RESOURCE_EXHAUSTED", f"You exceeded your current quota. * limit: {most}", [
                {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
                 "violations": [{"quotaId": f"GenerateRequests{quota}PerProjectPerModel-FreeTier"}]},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "58.5s"},
            ])  # fmt: skip


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """Return the generation config of a body that the service would take; refuse all others."""
    known = {"contents", "systemInstruction", "generationConfig"}
    config_known = {"temperature", "maxOutputTokens", "responseMimeType", "responseJsonSchema", "thinkingConfig"}
    config = body.get("generationConfig", {})
    if body.keys() - known or config.keys() - config_known:
        raise invalid(f"Unknown name: {sorted(body.keys() - known) + sorted(config.keys() - config_known)}")
    if not body.get("contents") or not body["contents"][0]["parts"][0].get("text"):
        raise invalid("contents is not specified")
    if not 0 <= config.get("temperature", 1) <= 2 or not 0 < config.get("maxOutputTokens", 1) <= 65536:
        raise invalid("out of range")
    if "responseJsonSchema" in config and config.get("responseMimeType") != "application/json":
        raise invalid("Function calling or JSON schema needs response mime type 'application/json'")
    thinking = {name.replace("_", "").lower() for name in config.get("thinkingConfig", {})}  # both spellings are taken
    if thinking - {"thinkingbudget", "thinkinglevel"}:
        raise invalid(f"Unknown name in thinking_config: {sorted(thinking)}")
    if len(thinking) > 1:
        raise invalid("You can only set only one of thinking budget and thinking level.")
    check_schema(config.get("responseJsonSchema", {}))
    return config


def check_schema(schema: dict[str, Any]) -> None:
    """Refuse words that are not known in a schema."""
    if unknown := schema.keys() - WORDS_OF_SCHEMA:
        raise invalid(f"Unknown words in the schema: {sorted(unknown)}")
    for held in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        check_schema(held)
    if "items" in schema:
        check_schema(schema["items"])


def tokens(text: str) -> int:
    """Return how many tokens a text has here."""
    return math.ceil(len(text) / 4)


def invalid(message: str) -> Refusal:
    """Return the refusal of a body."""
    return refusal(400, "INVALID_ARGUMENT", message)


def refusal(code: int, status: str, message: str, details: list[Any] | None = None) -> Refusal:
    """Return a refusal in Google's form."""
    return Refusal(code, {"error": {"code": code, "status": status, "message": message, "details": details or []}})


def trouble(code: int) -> Reply:
    """Return an error of the server in Google's form."""
    return Reply(code, {"error": {"code": code, "status": "UNAVAILABLE", "message": "The model is overloaded."}})
