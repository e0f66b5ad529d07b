"""Writes content credentials (C2PA) into a finished MP4 file, and reads them back.

They say how the video came to be, who made its parts, and prove that no byte of it was changed since. Signing is the
last thing done to a file: any later pass through a media program loses them. The library c2pa puts them in a box of
their own between `ftyp` and `moov` and moves the offsets of the index; pictures and sound stay as they are.

Facts, tried with c2pa-python 0.38.1 (c2pa-rs 0.91.3): nothing is asked over the network unless there is a time-stamp
authority, which is waited for 30 s at most. The `ftyp` box and the padding after the signature are not signed. The
specification is https://spec.c2pa.org/; `org.reelwright.makers` is an assertion of our own. Which platforms label a
reel by the credentials of a self-made certificate is UNCONFIRMED.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import c2pa
from pydantic import BaseModel, Field, ValidationError

from core.errors import BadMedia, ConfigError, FactoryError, MediaError, StorageError, Unreachable, clip
from core.models import Value
from core.posting import Disclosure, MakerNote
from media.credentials import REMEDY, USAGES, Credentials
from media.disk import disk_errors

FORMAT = "video/mp4"
VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MAKERS_LABEL = "org.reelwright.makers"
DISK_REMEDY = "Look whether the disk is full, then rerun; finished work is kept."
TIME_STAMPS_REMEDY = "It is tried again. If it stays so, correct C2PA_TA_URL or leave it empty."

SETTINGS: dict[str, Any] = {
    "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
    "trust": {"trust_config": "\n".join(usage.dotted_string for usage in USAGES.values())},
}
"""How c2pa works here: it asks nobody over the network, and takes the certificates that `media.credentials` takes."""

PROBLEMS = {
    "assertion.bmffHash.mismatch": "The video was changed after it was signed.",
    "assertion.hashedURI.mismatch": "What the credentials say was changed after they were signed.",
    "claimSignature.mismatch": "The signature does not fit: the credentials were changed, or are forged.",
    "claimSignature.outsideValidity": "It was signed at a time when the signer's certificate was not valid.",
    "signingCredential.expired": "The signer's certificate has expired.",
    "signingCredential.untrusted": "The signer's certificate does not come from anybody this factory trusts.",
}
"""The codes of the C2PA specification that are met, in plain words."""


class ProvenanceReport(Value):
    """What the content credentials of a file say, and whether they can be believed.

    `state` is None where there are none, Invalid where they do not fit the file, Valid where they fit, Trusted where
    one of the anchors also stands behind the signer's certificate. `signer` and `issuer` are the common name and the
    organisation of the certificate, `title` is the slug of the reel, `source_type` an IPTC term.
    """

    state: Literal["Trusted", "Valid", "Invalid"] | None
    signer: str = ""
    issuer: str = ""
    title: str = ""
    source_type: str = ""
    actions: tuple[str, ...] = ()
    makers: tuple[MakerNote, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_trusted_by_us(self) -> bool:
        """Whether one of our anchors stands behind it."""
        return self.state == "Trusted"


def sign(source: Path, out: Path, disclosure: Disclosure, *, title: str, credentials: Credentials) -> None:
    """Write `source` to `out` with content credentials; `title` is the slug of the reel.

    Raises Unreachable when no time stamp can be had, ConfigError when the certificate is refused, DiskFull,
    StorageError, or MediaError.
    """
    try:
        signer = c2pa.Signer.from_info(
            c2pa.C2paSignerInfo("es256", credentials.chain.encode(), credentials.key.encode(), credentials.ta_url)
        )
        with (
            disk_errors(out.parent, out.name),
            c2pa.Context.from_dict(SETTINGS, signer) as context,
            c2pa.Builder(json.dumps(_manifest(disclosure, title)), context) as builder,
            source.open("rb") as before,
            out.open("w+b") as after,
        ):
            builder.sign(FORMAT, before, after)
    except c2pa.C2paError as exc:
        out.unlink(missing_ok=True)
        raise _failure(exc, credentials) from exc


def read(path: Path, *, anchors: str) -> ProvenanceReport:
    """Read the content credentials of a file; `anchors` are the certificates (PEM) that are trusted, or nothing.

    Raises BadMedia when the file cannot be read at all.
    """
    trust = {**SETTINGS["trust"], **({"trust_anchors": anchors} if anchors else {})}
    try:
        with (
            path.open("rb") as file,
            c2pa.Context.from_dict({**SETTINGS, "trust": trust}) as context,
            c2pa.Reader(FORMAT, file, context=context) as reader,
        ):
            return _report(_Store.model_validate_json(reader.json()))
    except OSError as exc:
        raise BadMedia(f"{path} cannot be read ({exc.strerror}).") from exc
    except c2pa.C2paError.ManifestNotFound:
        return ProvenanceReport(state=None)
    except (c2pa.C2paError, ValidationError) as exc:
        return ProvenanceReport(state="Invalid", problems=(f"The credentials cannot be read: {clip(str(exc))}",))


class _Action(BaseModel):
    action: str
    source_type: str = Field(default="", alias="digitalSourceType")


class _Actions(BaseModel):
    actions: tuple[_Action, ...]


class _Makers(BaseModel):
    makers: tuple[MakerNote, ...]


class _Assertion(BaseModel):
    label: str
    data: Any = None


class _Signature(BaseModel):
    issuer: str | None = None
    common_name: str | None = None


class _Manifest(BaseModel):
    title: str | None = None
    assertions: tuple[_Assertion, ...] = ()
    signature_info: _Signature = _Signature()


class _Status(BaseModel):
    code: str
    explanation: str | None = None


class _Store(BaseModel):
    """What c2pa tells of a file, as far as it is used; other manifests in it are those of its ingredients."""

    active_manifest: str
    manifests: dict[str, _Manifest]
    validation_state: Literal["Trusted", "Valid", "Invalid"]
    validation_status: tuple[_Status, ...] = ()


def _manifest(disclosure: Disclosure, title: str) -> dict[str, Any]:
    """Say how the reel was made. No person, machine or account is named."""
    program = {"name": "Reelwright", "version": version("reelwright")}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": VOCABULARY + disclosure.source_type,
        "softwareAgent": program,
    }
    makers = {
        "is_ai_made": disclosure.is_ai_made,
        "line": disclosure.line,
        "makers": [note.model_dump(mode="json") for note in disclosure.makers],
    }
    return {
        "claim_generator_info": [program],
        "title": title,
        "format": FORMAT,
        "assertions": [
            {"label": "c2pa.actions.v2", "created": True, "data": {"actions": [created]}},
            {"label": MAKERS_LABEL, "created": True, "data": makers},
        ],
    }


def _report(store: _Store) -> ProvenanceReport:
    manifest = store.manifests[store.active_manifest]
    told = [item for item in manifest.assertions if item.label.startswith("c2pa.actions")]
    actions = [action for item in told for action in _Actions.model_validate(item.data).actions]
    made = [item for item in manifest.assertions if item.label == MAKERS_LABEL]
    return ProvenanceReport(
        state=store.validation_state,
        signer=manifest.signature_info.common_name or "",
        issuer=manifest.signature_info.issuer or "",
        title=manifest.title or "",
        source_type=next((action.source_type.removeprefix(VOCABULARY) for action in actions if action.source_type), ""),
        actions=tuple(action.action for action in actions),
        makers=tuple(note for item in made for note in _Makers.model_validate(item.data).makers),
        problems=tuple(
            dict.fromkeys(
                PROBLEMS.get(status.code, f"{status.code}: {status.explanation or 'no explanation'}")
                for status in store.validation_status
            )
        ),
    )


def _failure(error: c2pa.C2paError, credentials: Credentials) -> FactoryError:
    """Translate an error of signing. Certificate and key were checked before, so a signature lacks its time stamp."""
    detail = clip(str(error))
    if isinstance(error, c2pa.C2paError.Signature) and credentials.ta_url is not None:
        message = "A signature could not be time-stamped."
        return Unreachable(message, service="time-stamp authority", detail=detail, remedy=TIME_STAMPS_REMEDY)
    if isinstance(error, c2pa.C2paError.Signature):
        return ConfigError(f"The certificate was refused: {detail}.", remedy=REMEDY)
    if isinstance(error, c2pa.C2paError.Io):
        return StorageError(f"The signed video could not be written: {detail}.", remedy=DISK_REMEDY)
    return MediaError(f"The content credentials could not be written: {detail}.")
