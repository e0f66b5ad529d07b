"""One way to log: plain lines that carry the reel, and never a secret."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr

from core.settings import Settings

ROOMS = ("core", "rules", "media", "integrations", "db", "tasks", "flows", "studio", "cli", "deployments")

_PATTERNS = (
    re.compile(r"(?P<keep>\w+://[^\s:/@]+:)[^\s@/]+(?=@)"),  # password inside an address
    re.compile(
        r"(?P<keep>(?i:authorization|x-api-key|xi-api-key)['\"]?\s*[:=]\s*['\"]?(?i:bearer\s+|basic\s+)?)[^\s'\",]+"
    ),
    re.compile(r"(?P<keep>(?i:api[_-]?key|access_token|refresh_token|client_secret|password|token)=)[^\s&'\"]+"),
)
HIDDEN = "***"

_unlocked: set[str] = set()


SHORTEST_SECRET = 6
"""Characters below which a secret is not hidden: it would take pieces out of ordinary words."""


def hide(secret: str) -> None:
    """Keep a secret out of everything this process redacts from now on."""
    if len(secret) >= SHORTEST_SECRET:
        _unlocked.add(secret)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without the given and the hidden secrets, and without anything that looks like one."""
    for secret in sorted({*secrets, *_unlocked}, key=len, reverse=True):  # one may be the beginning of another
        if secret:
            text = text.replace(secret, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(lambda match: f"{match['keep']}{HIDDEN}", text)
    return text


class RedactingFilter(logging.Filter):
    """Takes secrets out of every record before any handler sees it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self.secrets = tuple(secret for secret in secrets if secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message in place; never drops a record."""
        record.msg, record.args = redact(record.getMessage(), self.secrets), None
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info), self.secrets)
        return True


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return every secret value the settings hold."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))


def redact_every_record(settings: Settings) -> None:
    """Redact records where they are made, for programs whose handlers are somebody else's, such as Prefect's."""
    make, redacting = logging.getLogRecordFactory(), RedactingFilter(secrets_of(settings))

    def redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        redacting.filter(record)
        return record

    logging.setLogRecordFactory(redacted)


def set_up_logging(settings: Settings) -> None:
    """Send the house's log lines to stderr at the configured level, redacted. Safe to call twice."""
    handler = logging.StreamHandler()
    handler.addFilter(RedactingFilter(secrets_of(settings)))
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S"))
    for room in ROOMS:
        logger = logging.getLogger(room)
        logger.handlers[:] = [handler]
        logger.setLevel(settings.log_level.upper())
        logger.propagate = False
