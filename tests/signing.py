"""A small video as the factory renders them, and certificates of every kind, good and bad."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from media.ffmpeg import find_ffmpeg

EMAIL, DOCUMENT, CLAIM = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"
SERVER = "1.3.6.1.5.5.7.3.1"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

SOURCE = (
    "-f lavfi -i testsrc2=size=144x256:rate=30:duration=2 -f lavfi -i sine=frequency=300:sample_rate=48000:duration=2"
    " -c:v libx264 -preset ultrafast -pix_fmt yuv420p -profile:v high -x264-params 8x8dct=1 -bf 2 -g 30"
    " -c:a aac -ac 2 -b:a 96k -movflags +faststart+negative_cts_offsets -use_editlist 0"
)


def small_video(path: Path) -> Path:
    """Write two seconds of video with sound: index first, no edit lists."""
    run_quietly([*SOURCE.split(), str(path)])
    return path


def run_quietly(arguments: list[str]) -> str:
    """Run FFmpeg and return what it printed."""
    command = [str(find_ffmpeg()), "-v", "error", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem_key(key: Key, password: bytes | None = None) -> str:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()


def issue(
    key: Key,
    issuer: tuple[str, ec.EllipticCurvePrivateKey],
    *,
    name: str = "Studio Signer",
    usages: tuple[str, ...] = (EMAIL,),
    days: tuple[int, int] = (-1, 30),
    digital_signature: bool = True,
) -> str:
    """Issue a certificate valid from `days[0]` to `days[1]` from now, and return it in PEM. A root issues itself."""
    is_root = name == issuer[0]
    usage = x509.KeyUsage(
        digital_signature=digital_signature and not is_root, content_commitment=not digital_signature,
        key_cert_sign=is_root, crl_sign=is_root, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    begin = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(_name(issuer[0]), _name(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(begin + timedelta(days=days[0]))
        .not_valid_after(begin + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer[1].public_key()), critical=False)
    )
    if usages and not is_root:
        extended = x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage) for usage in usages])
        builder = builder.add_extension(extended, critical=False)
    return builder.sign(issuer[1], hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def authority() -> tuple[tuple[str, ec.EllipticCurvePrivateKey], str]:
    """Return a certificate authority (its name and key) and its own certificate."""
    issuer = ("Studio Authority", new_key())
    return issuer, issue(issuer[1], issuer, name=issuer[0])


def operators_files(folder: Path, usages: tuple[str, ...] = (EMAIL,)) -> tuple[Path, Path]:
    """Write an operator's certificate chain and key, and return where they lie."""
    issuer, root = authority()
    key = new_key()
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_text(issue(key, issuer, usages=usages) + root)
    private.write_text(pem_key(key))
    return chain, private


def _name(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "A Small Studio")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])
