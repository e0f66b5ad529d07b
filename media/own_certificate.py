"""Makes the factory a certificate of its own: a leaf that signs, under a root of its own.

The key of the root is thrown away once it has signed the leaf, so that nothing else can ever be signed in its name.
Such a certificate proves that a file came from this factory and was not changed since; no outside authority vouches for
it, and platforms may not honour it. It names no person and no machine.
"""

from __future__ import annotations

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.clock import now

SELF_MADE = "Reelwright self-made"
"""Common name of certificates that factories make themselves."""
ROOT_NAME = f"{SELF_MADE} root"
VALID_FOR = timedelta(days=3653)
"""Ten years: without a time stamp a signature ends with its certificate."""
CLOCK_ERROR = timedelta(hours=1)
"""A certificate begins this long ago, so that a clock that is a little slow accepts it."""


def load_or_make(path: Path) -> bytes:
    """Return the private key, the certificate and its root (PEM), made now when there are none. Raises OSError.

    Only its owner may read the file. Of several processes that make it at once, one wins and all return the same.
    """
    if not path.exists():
        _write_once(path, make_certificate(now()))
    return path.read_bytes()


def make_certificate(moment: datetime) -> str:
    """Return a new private key, its certificate valid from `moment` on, and the root of that, in PEM."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _issue(ROOT_NAME, root_key, root_key, moment)
    leaf = _issue(SELF_MADE, key, root_key, moment)
    return key_pem(key) + pem(leaf) + pem(root)


def pem(certificate: x509.Certificate) -> str:
    """Write a certificate in PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Write a private key in PEM (PKCS 8), not encrypted."""
    form, lock = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, lock).decode()


def _issue(
    name: str, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey, moment: datetime
) -> x509.Certificate:
    """Let the root issue a certificate: its own, or that of a leaf that may sign."""
    is_root = key is issuer_key
    builder = (
        x509.CertificateBuilder(_name(ROOT_NAME), _name(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - CLOCK_ERROR)
        .not_valid_after(moment + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(_usage(is_root=is_root), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root, key_cert_sign=is_root, crl_sign=is_root, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Reelwright")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _write_once(path: Path, text: str) -> None:
    """Put a secret file at `path` whole and at once, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # readable by its owner only
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, never replaces what another process made
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
