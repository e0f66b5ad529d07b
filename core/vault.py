"""Secrets at rest: encrypted with the newest master key, opened with any of them.

Master keys come from MASTER_KEYS, newest first. Without it one is made once and kept in `<home>/master.key`, which
only its owner may read. To change the key: put a new one in front, run `reelwright accounts rekey`, drop the old one.

Fernet (AES-128-CBC with HMAC-SHA256), see https://cryptography.io/en/latest/fernet/. Whatever was locked or unlocked
here is kept out of the log from then on.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import ConfigError
from core.log import hide
from core.settings import get_settings

KEY_FILE = "master.key"
NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
"""The command that prints a new master key."""


class Vault:
    """Locks and unlocks texts. `keys` are master keys, 32 bytes each in URL-safe base64, the newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigError("There is no master key.", remedy=f"Make one with {NEW_KEY}, or leave MASTER_KEYS empty.")
        self._fernet = MultiFernet([_fernet(key, number) for number, key in enumerate(keys, start=1)])

    def lock(self, text: str) -> str:
        """Return `text` encrypted with the newest key."""
        hide(text)
        return self._fernet.encrypt(text.encode()).decode()

    def unlock(self, text: str) -> str:
        """Return what was locked; raises ConfigError when no key opens it."""
        try:
            secret = self._fernet.decrypt(text.encode()).decode()
        except InvalidToken as exc:
            raise _unopened() from exc
        hide(secret)
        return secret

    def relock(self, text: str) -> str:
        """Return a locked text encrypted with the newest key; raises ConfigError when no key opens it."""
        try:
            return self._fernet.rotate(text.encode()).decode()
        except InvalidToken as exc:
            raise _unopened() from exc


def get_vault() -> Vault:
    """Return the vault of this factory, making its key file on first use; raises ConfigError."""
    settings = get_settings()
    if settings.master_keys is not None:
        return Vault(_split(settings.master_keys.get_secret_value()))
    path = settings.home / KEY_FILE
    try:
        if not path.exists():
            _make_key_file(path)
        return Vault(_split(path.read_text(encoding="ascii")))
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"The master key {path} cannot be made or read ({exc}).",
            remedy="Check the folder and its permissions, or set MASTER_KEYS.",
        ) from exc


def _make_key_file(path: Path) -> None:
    """Put a new key at `path` whole and at once, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # readable by its owner only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, never replaces a key
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name outlive a power cut: secrets locked with a lost key are lost too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _split(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _fernet(key: str, number: int) -> Fernet:
    hide(key)
    try:
        return Fernet(key)
    except ValueError as exc:
        raise ConfigError(f"Master key number {number} is no key.", remedy=f"Make one with {NEW_KEY}.") from exc


def _unopened() -> ConfigError:
    return ConfigError(
        "No master key opens this secret.",
        remedy="Put the key it was locked with behind the newest in MASTER_KEYS (one that the factory made is in "
        f"{KEY_FILE}), or enter the secret again with `reelwright accounts rotate SERVICE NAME`.",
    )
