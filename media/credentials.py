"""The certificate that signs content credentials: the operator's own, or one that the factory makes itself, once.

What c2pa-rs asks of it (tried with c2pa-python 0.38.1, c2pa-rs 0.91.3): an EC P-256 key for ES256, the key usage
`digitalSignature`, one of the extended key usages below, valid now, and its issuers after it in the same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import Field

from core.clock import now
from core.errors import ConfigError
from core.models import Value
from core.settings import ROOT, Settings
from media.own_certificate import key_pem, load_or_make, pem

SELF_MADE_FILE = Path("provenance") / "signer.pem"
"""Below the factory's folder: the private key, the certificate, its root."""

USAGES = {
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "documentSigning": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),
    "C2PA claim signing": x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1"),
}
"""Extended key usages that may sign. Authorities sell the first two; the C2PA trust list asks for the last."""

OPERATORS = "The certificate of C2PA_CERT_FILE and C2PA_KEY_FILE"
REMEDY = "Correct C2PA_CERT_FILE and C2PA_KEY_FILE, or leave both empty: then the factory makes a certificate itself."
SELF_MADE_REMEDY = "Move the file away: a new one is made, and reels signed before count as signed by somebody else."


class Credentials(Value):
    """What signs: certificates and key in PEM (the key in PKCS 8), and where signatures are time-stamped, if anywhere.

    `signer` is the common name of the certificate and `fingerprint` the SHA-256 (hex) of its bytes. `anchors` are the
    certificates (PEM) of those who issued it, by which a signature is recognised.
    """

    chain: str
    key: str = Field(repr=False)
    ta_url: str | None = None
    signer: str
    fingerprint: str
    anchors: str
    is_self_made: bool


def get_credentials(settings: Settings) -> Credentials:
    """Return what reels are signed with, making it on first use when the operator named none.

    Raises ConfigError with the remedy when it cannot sign.
    """
    ta_url = settings.c2pa_ta_url
    if ta_url is not None and not ta_url.startswith(("http://", "https://")):
        raise ConfigError("C2PA_TA_URL is no address.", remedy="Write one with http:// or https://, or leave it empty.")
    own = _operators_files(settings)
    if own is not None:
        with _config_errors(OPERATORS, REMEDY):
            return _checked(own[0].read_bytes(), own[1].read_bytes(), ta_url, is_self_made=False)
    path = settings.home / SELF_MADE_FILE
    with _config_errors(f"The certificate {path}", SELF_MADE_REMEDY):
        text = load_or_make(path)
        return _checked(text, text, ta_url, is_self_made=True)


def known_anchors(settings: Settings) -> str:
    """Return the certificates (PEM) by which our signatures are recognised, the operator's and the self-made one's.

    Empty when nothing was ever signed here. Raises ConfigError when a file cannot be read.
    """
    anchors = ""
    if (path := settings.home / SELF_MADE_FILE).exists():
        with _config_errors(f"The certificate {path}", SELF_MADE_REMEDY):
            anchors += _anchors(_certificates(path.read_bytes()))
    if own := _operators_files(settings):
        with _config_errors(OPERATORS, REMEDY):
            anchors += _anchors(_certificates(own[0].read_bytes()))
    return anchors


def _operators_files(settings: Settings) -> tuple[Path, Path] | None:
    """Return the operator's certificate and key as absolute paths, if there are any."""
    certificates, key = settings.c2pa_cert_file, settings.c2pa_key_file
    if certificates is None and key is None:
        return None
    if certificates is None or key is None:
        given, missing = ("C2PA_CERT_FILE", "C2PA_KEY_FILE") if key is None else ("C2PA_KEY_FILE", "C2PA_CERT_FILE")
        raise ConfigError(f"{given} is set and {missing} is not.", remedy=REMEDY)
    return ROOT / certificates.expanduser(), ROOT / key.expanduser()


@contextmanager
def _config_errors(what: str, remedy: str) -> Iterator[None]:
    """Say of which certificate a fault is told, and what to do about it."""
    try:
        yield
    except OSError as exc:
        raise ConfigError(f"{what} cannot be read: {exc.filename}: {exc.strerror}.", remedy=remedy) from exc
    except ValueError as exc:
        raise ConfigError(f"{what} cannot sign content credentials: {exc}.", remedy=remedy) from exc


def _checked(chain: bytes, key: bytes, ta_url: str | None, *, is_self_made: bool) -> Credentials:
    """Put certificate and key together. Raises ValueError saying why they cannot sign."""
    certificates, private = _certificates(chain), _private_key(key)
    leaf = certificates[0]
    if leaf.public_key() != private.public_key():
        raise ValueError("the private key belongs to another certificate")
    _require_valid(leaf)
    _require_usage(leaf)
    _require_issuers(certificates)
    return Credentials(
        chain="".join(map(pem, certificates)),
        key=key_pem(private),
        ta_url=ta_url,
        signer=_common_name(leaf),
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        anchors=_anchors(certificates),
        is_self_made=is_self_made,
    )


def _certificates(data: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as exc:
        raise ValueError("its file holds no certificate in PEM") from exc


def _private_key(data: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except TypeError as exc:
        raise ValueError("its private key is locked with a password") from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ValueError("its private key is not in PEM") from exc
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("its private key is not of the kind EC P-256")


def _require_valid(leaf: x509.Certificate) -> None:
    first, last = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if not first <= now() <= last:
        raise ValueError(f"it is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d} only")


def _require_usage(leaf: x509.Certificate) -> None:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        extended = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as exc:
        raise ValueError("it does not say that it may sign (key usage and extended key usage are needed)") from exc
    if not usage.digital_signature:
        raise ValueError("it lacks the key usage digitalSignature")
    if not any(allowed in extended for allowed in USAGES.values()):
        raise ValueError(f"it has none of the extended key usages {', '.join(USAGES)}")


def _require_issuers(certificates: list[x509.Certificate]) -> None:
    pairs = list(pairwise(certificates)) or [(certificates[0], certificates[0])]
    for certificate, issuer in pairs:
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as exc:
            raise ValueError(
                "its file must hold the certificate first and then, in order, those who issued it"
            ) from exc


def _anchors(certificates: list[x509.Certificate]) -> str:
    """Return those who issued a certificate; one that issued itself stands for itself."""
    return "".join(map(pem, certificates[1:] or certificates))


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
