"""What goes wrong with an S3-compatible service, told as the house's errors, without keys and signed addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from core.errors import ConfigError, FactoryError, StorageError, clip
from core.log import redact
from core.text import without_queries
from integrations.storage.base import StoreUnreachable

NO_ANSWER = (HTTPClientError, NoConnection, IncompleteReadError, HTTPError)
"""What boto3 raises when nothing came back, or not all of it."""

WRONG_REGION = frozenset(
    {"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "InvalidRegionName", "PermanentRedirect"}
)
BUSY = frozenset({"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"})

Secrets = Iterable[str]


@contextmanager
def s3_errors(place: str, secrets: Secrets) -> Iterator[None]:
    """Turn the errors of boto3 into ConfigError, StoreUnreachable or StorageError."""
    try:
        yield
    except ClientError as exc:
        raise error_of(exc, place, secrets) from None  # its chain would show whole answers
    except NO_ANSWER as exc:
        raise StoreUnreachable(f"{place} gives no answer ({type(exc).__name__}).") from None
    except (BotoCoreError, ResponseParserError) as exc:
        raise StorageError(
            f"{place} does not answer as an S3-compatible service would ({type(exc).__name__}).",
            remedy="Compare S3_ENDPOINT with the address that the service gives for its S3 API.",
        ) from None


def error_of(exc: ClientError, place: str, secrets: Secrets = ()) -> FactoryError:
    """Return the error that a refusal of the service stands for."""
    status, code = status_of(exc), code_of(exc)
    told = f"{exc.operation_name}: status {status}, {code}"
    if code == "NoSuchBucket":
        return ConfigError(f"There is no bucket at {place}.", remedy="Create the bucket, or correct S3_BUCKET.")
    if code in WRONG_REGION:
        return ConfigError(f"{place} is in another region ({told}).", remedy="Correct S3_REGION; R2 wants `auto`.")
    if status in (401, 403):
        return ConfigError(
            f"{place} does not accept the keys, or they may not do this ({told}).",
            remedy="Compare S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY; they need to read, write and list this bucket.",
        )
    if status in (408, 429) or status >= 500 or code in BUSY:
        return StoreUnreachable(f"{place} cannot do it for now ({told}).")
    if code == "NoSuchKey":
        return StorageError(f"A file is not in {place}.", remedy="Bring it back from a backup, or rerun the reel.")
    message = redact(without_queries(str(exc.response.get("Error", {}).get("Message", ""))), secrets)
    return StorageError(
        f"{place} refuses ({told}): {clip(message)}",
        remedy="Correct what it names; S3_ENDPOINT, S3_BUCKET and S3_REGION must be those of one service.",
    )


def status_of(exc: ClientError) -> int:
    """Return the HTTP status of a refusal; 0 where there was none."""
    return int(exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def code_of(exc: ClientError) -> str:
    """Return the service's own code of a refusal, which is nothing but letters, digits and the like."""
    return re.sub(r"[^\w.-]", "", str(exc.response.get("Error", {}).get("Code", "")))[:64]
