"""How servers that speak OpenAI's API reply: the forms of their answers, and the four forms of their errors."""

from __future__ import annotations

import ipaddress
import json
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, Field

from core.errors import QuotaSpent, RateLimited, Rejected, ServiceError
from integrations.http import Api, one_line, retry_after, shown

SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Codes of a refusal for money; the first comes with status 429 like one for speed. UNCONFIRMED."""


class Message(BaseModel):
    """What the model says, or why it will not."""

    content: str | None = None
    refusal: str | None = None


class Choice(BaseModel):
    """One answer and why it ended."""

    message: Message
    finish_reason: str | None = None


class Usage(BaseModel):
    """What was counted."""

    total_tokens: int | None = None


class Chat(BaseModel):
    """The reply of `/chat/completions`."""

    id: str | None = None
    model: str | None = None
    choices: list[Choice] = Field(min_length=1)
    usage: Usage | None = None


class Picture(BaseModel):
    """A picture, in itself or as a link."""

    b64_json: str | None = None
    url: str | None = None


class Pictures(BaseModel):
    """The reply of `/images/generations`."""

    data: list[Picture] = Field(min_length=1)


class Model(BaseModel):
    """A model that is there."""

    id: str


class Models(BaseModel):
    """The reply of `/models`."""

    data: list[Model]


class CompatibleApi(Api):
    """Reads the replies of OpenAI and of those that imitate it."""

    def error_of(self, reply: httpx.Response) -> ServiceError:
        """Return the error of a refusal, with its words, its code and the setting that may help."""
        told, code = told_error(reply)
        plain = super().error_of(reply)
        kind, message, remedy = type(plain), plain.message, plain.remedy
        if code in SPENT:
            kind, message, remedy = QuotaSpent, "The credits of this key are used up.", QuotaSpent.remedy
        elif kind is Rejected:
            remedy = remedy_for(reply.status_code, told)
        number = reply.headers.get("x-request-id", "")
        error = kind(
            message, service=self.service, status=reply.status_code, code=code, request_id=number, detail=told,
            remedy=remedy,
        )  # fmt: skip
        if isinstance(error, RateLimited):
            error.retry_after = retry_after(reply)
        return error


def remedy_for(status: int, message: str) -> str:
    """Return what the operator can do about a refused request."""
    if "response_format" in message or "json_schema" in message:
        return 'Set `structured` in [services.openai] to "object" or "none": the server cannot do this one.'
    if "max_completion_tokens" in message:
        return 'Set `tokens_field = "max_completion_tokens"` in [services.openai].'
    if "temperature" in message:
        return "Set `temperature = false` in [services.openai]."
    if status == 404:
        return "Check `base_url` (with its /v1) and the models in [services.openai]."
    return Rejected.remedy


def told_error(reply: httpx.Response) -> tuple[str, str]:
    """Return message and code of an error body.

    The forms are {"error": {"message", "code"}}, {"error": "text"}, {"detail": ...} and {"object": "error",
    "message"}; anything else is its own message.
    """
    try:
        body = reply.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return shown(reply), ""
    held = body.get("error") or body.get("detail") or body
    if not isinstance(held, dict):
        return one_line(held if isinstance(held, str) else json.dumps(held)), ""
    return one_line(str(held.get("message") or json.dumps(held))), str(held.get("code") or held.get("type") or "")


def is_private(url: str) -> bool:
    """Whether an address is this machine's or of a private network, as far as its name tells."""
    host = (urlsplit(url).hostname or "").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in ("localhost", "host.docker.internal") or host.endswith((".local", ".localhost"))
    return address.is_loopback or address.is_private
