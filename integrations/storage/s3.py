"""The library as a bucket of an S3-compatible service, first of all Cloudflare R2.

Facts, unless said otherwise from https://developers.cloudflare.com/r2/api/s3/api/ and
https://developers.cloudflare.com/r2/objects/multipart-objects/:

- Address `https://ACCOUNT.r2.cloudflarestorage.com`, region `auto`, signature version 4; the bucket is in the path.
- Long files go up in parts of 5 MiB to 5 GiB, at most 10,000, all but the last exactly equal, or R2 refuses the whole.
- Checksums that boto3 adds on its own since 1.36 are refused, so they are off. Each part is sent with its SHA-256 in
  the signature instead, which the service compares, and what was sent is read back and compared once more.
- An object is there whole or not at all, at once and for every reader. Uploads left half-way cost space until they
  are aborted: R2 does it after 7 days, AWS never unless told so (`prepare_bucket`).
- A presigned link lasts 7 days at most (signature version 4).
- Calls: HeadObject, PutObject, CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload,
  GetObject, DeleteObject, ListObjectsV2, ListMultipartUploads; for `prepare_bucket` alone Get- and
  PutBucketLifecycleConfiguration, which at R2 only a token with admin rights may call.
- Everything here may be sent again, so that boto3 repeats a call itself, a few times.
- UNCONFIRMED against the real services: the codes R2 gives for wrong keys (401 and 403 are told alike), and whether
  R2 takes the CRC32 that boto3 sends with PutBucketLifecycleConfiguration, where S3 demands a checksum.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from boto3.s3.transfer import TransferConfig, create_transfer_manager
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.clock import now
from core.errors import ConfigError, StorageError
from integrations.storage.base import (
    NAME,
    LibraryOptions,
    checked_size,
    public_link,
    sha256_of,
)
from integrations.storage.folder import CHUNK, storage_errors, write_whole
from integrations.storage.s3_errors import code_of, s3_errors, status_of

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
ATTEMPTS = 4
"""How often boto3 sends one call at most, with growing pauses between; all of them may be repeated."""

THREADS = 2
"""Parts under way at once: enough to fill a home's upstream, and little memory."""

LONGEST_LINK = 7 * 86400
"""Seconds a presigned link can last at most, by signature version 4."""

ABANDONED_DAYS = 7
CACHE = "public, max-age=31536000, immutable"
"""The bytes under a name never change, so whoever has them need not ask again."""

MEDIA_TYPES = {
    ".jpg": "image/jpeg", ".json": "application/json", ".mp4": "video/mp4", ".png": "image/png",
    ".srt": "application/x-subrip", ".vtt": "text/vtt",
}  # fmt: skip
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ABANDONED_RULE, EXPIRY_RULE = "reelwright-abandoned", "reelwright-expiry"


class S3Bucket:
    """Finished files in one bucket, below one prefix."""

    def __init__(self, options: LibraryOptions) -> None:
        check_options(options)
        host = urlsplit(options.endpoint).netloc if options.endpoint else "AWS"
        self.name = f"s3:{options.bucket}"
        self.place = f"bucket {options.bucket} at {host}"
        self._options, self._bucket = options, options.bucket
        self._prefix = f"{options.prefix.strip('/')}/" if options.prefix.strip("/") else ""
        self._client = connect(options)

    def put(self, source: Path, name: str, sha256: str) -> None:
        """Send a file in equal parts and read it back; one that is there already is not sent."""
        size = checked_size(source, sha256)
        if self.has(name, sha256, size):
            return
        config = TransferConfig(
            multipart_threshold=self._options.part_mib << 20, multipart_chunksize=self._options.part_mib << 20,
            max_concurrency=THREADS, preferred_transfer_client="classic",
        )  # fmt: skip
        about = {
            "ContentType": MEDIA_TYPES.get(source.suffix, "application/octet-stream"),
            "CacheControl": CACHE,
            "Metadata": {"sha256": sha256},
        }
        with storage_errors(source), self._errors(), create_transfer_manager(self._client, config) as transfers:
            transfers.upload(str(source), self._bucket, self._key(name), extra_args=about).result()
        self._compare(name, sha256)

    def get(self, name: str, target: Path) -> None:
        """Fetch a stored file to `target`, comparing its bytes."""
        write_whole(target, self._chunks(name), sha256_of(name))

    def has(self, name: str, sha256: str, size: int) -> bool:
        """Say whether the file is there, by its size and the checksum it was stored with."""
        with self._errors():
            try:
                found = self._client.head_object(Bucket=self._bucket, Key=self._key(name))
            except ClientError as exc:
                if status_of(exc) == 404:
                    return False
                raise
        return bool(found["ContentLength"] == size and found["Metadata"].get("sha256") == sha256)

    def url(self, name: str, seconds: int | None) -> str:
        """Return the address below STORAGE_PUBLIC_URL, or a presigned link that ends after 7 days at the latest."""
        link = public_link(self._options, self._key(name))
        if link is not None:
            return link
        if seconds is not None and seconds > LONGEST_LINK:
            raise ConfigError(
                f"A link to {self.place} lasts 7 days at most.",
                remedy="Make the bucket public under an address of yours and set STORAGE_PUBLIC_URL to it.",
            )
        target = {"Bucket": self._bucket, "Key": self._key(name)}
        with self._errors():
            return str(self._client.generate_presigned_url("get_object", target, ExpiresIn=seconds or LONGEST_LINK))

    def delete(self, name: str) -> None:
        """Remove a file from the bucket."""
        with self._errors():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def names(self, older_than: timedelta) -> Iterator[str]:
        """Yield the names of the files that were stored longer ago."""
        limit = now() - older_than
        for found in self._pages("list_objects_v2", "Contents"):
            name = found["Key"].removeprefix(self._prefix)
            if NAME.fullmatch(name) and found["LastModified"] < limit:
                yield name

    def clear_abandoned(self, older_than: timedelta) -> int:
        """Abort uploads that were begun longer ago and never finished."""
        limit, count = now() - older_than, 0
        for upload in self._pages("list_multipart_uploads", "Uploads"):
            if upload["Initiated"] < limit:
                with self._errors():
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                count += 1
        return count

    def prepare_bucket(self, expire_days: int | None = None) -> None:
        """Let the service itself abort uploads left half-way for 7 days, and expire our files after some days if asked.

        Rules of others are kept. Without `expire_days` an earlier expiry of ours is taken back.
        """
        scope = {"Filter": {"Prefix": self._prefix}, "Status": "Enabled"}
        abandoned = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABANDONED_DAYS}}
        rules = [{"ID": ABANDONED_RULE, **scope, **abandoned}]
        if expire_days is not None:
            rules.append({"ID": EXPIRY_RULE, **scope, "Expiration": {"Days": expire_days}})
        with self._errors():
            rules += [rule for rule in self._rules() if rule.get("ID") not in (ABANDONED_RULE, EXPIRY_RULE)]
            self._client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket, LifecycleConfiguration={"Rules": rules}
            )

    def _rules(self) -> list[dict[str, Any]]:
        try:
            return list(self._client.get_bucket_lifecycle_configuration(Bucket=self._bucket)["Rules"])
        except ClientError as exc:
            if code_of(exc) == "NoSuchLifecycleConfiguration":
                return []
            raise

    def _compare(self, name: str, sha256: str) -> None:
        """Read back what was just sent; removes it and raises StorageError when it is damaged."""
        hasher = hashlib.sha256()
        for chunk in self._chunks(name):
            hasher.update(chunk)
        if hasher.hexdigest() != sha256:
            self.delete(name)
            raise StorageError(
                f"A file arrived damaged in {self.place} and was removed there.",
                remedy="Try again. If it stays so, look at the network between here and the service.",
            )

    def _chunks(self, name: str) -> Iterator[bytes]:
        with self._errors():
            body = self._client.get_object(Bucket=self._bucket, Key=self._key(name))["Body"]
            yield from body.iter_chunks(CHUNK)

    def _pages(self, call: str, part: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator(call).paginate(Bucket=self._bucket, Prefix=self._prefix)
        with self._errors():
            for page in pages:
                yield from page.get(part, [])

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def _errors(self) -> AbstractContextManager[None]:
        keys = (self._options.access_key_id, self._options.secret_access_key)
        return s3_errors(self.place, [key.get_secret_value() for key in keys if key])


def check_options(options: LibraryOptions) -> None:
    """Raise ConfigError for settings that cannot be right, before anything is sent."""
    if not BUCKET.fullmatch(options.bucket):
        raise ConfigError(
            f"'{options.bucket}' cannot be the name of a bucket.",
            remedy="Set S3_BUCKET: 3 to 63 small letters, digits, '-' and '.'.",
        )
    if not (options.access_key_id and options.secret_access_key):
        raise ConfigError(
            "The keys of the bucket are missing.", remedy="Set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY."
        )
    if options.endpoint is None and options.region == "auto":
        raise ConfigError("AWS has no region 'auto'.", remedy="Set S3_REGION, or S3_ENDPOINT of another service.")
    if options.endpoint and not re.fullmatch(r"https?://[^/?#@]+/?", options.endpoint):
        raise ConfigError(
            "S3_ENDPOINT is not the plain address of a service.",
            remedy="Write it like https://ACCOUNT.r2.cloudflarestorage.com, without the bucket behind it.",
        )


@lru_cache(maxsize=4)
def connect(options: LibraryOptions) -> Any:
    """Return boto3's client of the service; nothing is sent yet. Raises ConfigError.

    It is kept, because making one takes longer than many a call; any number of threads may use it.
    """
    assert options.access_key_id
    assert options.secret_access_key
    config = Config(
        signature_version="s3v4", connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"}, max_pool_connections=THREADS + 1,
        request_checksum_calculation="when_required", response_checksum_validation="when_required",
        s3={"addressing_style": "path", "payload_signing_enabled": True},
    )  # fmt: skip
    try:
        session = Session(
            aws_access_key_id=options.access_key_id.get_secret_value(),
            aws_secret_access_key=options.secret_access_key.get_secret_value(),
            region_name=options.region,
        )
        trusted = os.environ.get("SSL_CERT_FILE") or None
        return session.client("s3", endpoint_url=options.endpoint, config=config, verify=trusted)
    except (BotoCoreError, ValueError) as exc:
        raise ConfigError(
            f"The settings of the bucket cannot be used ({type(exc).__name__}).",
            remedy="Correct S3_ENDPOINT and S3_REGION, and remove AWS_PROFILE and the like from the environment.",
        ) from None
