"""Secrets open with the keys they were locked with, and with nothing else; the key file is made once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core.errors import ConfigError
from core.log import HIDDEN, redact
from core.settings import ROOT, get_settings
from core.vault import KEY_FILE, Vault, get_vault

SECRET = "sk_test_fake_0123456789"


def new_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("REELWRIGHT_HOME", str(tmp_path / "var"))
    monkeypatch.delenv("MASTER_KEYS", raising=False)
    get_settings.cache_clear()
    yield tmp_path / "var"
    get_settings.cache_clear()


def test_what_was_locked_opens_again_and_does_not_show_the_secret() -> None:
    vault = Vault([new_key()])
    locked = vault.lock(SECRET)

    assert SECRET not in locked
    assert vault.unlock(locked) == SECRET
    assert vault.lock(SECRET) != locked


def test_another_key_does_not_open_it_and_the_error_says_what_to_do() -> None:
    locked = Vault([new_key()]).lock(SECRET)

    for attempt in (Vault([new_key()]).unlock, Vault([new_key()]).relock):
        with pytest.raises(ConfigError, match="No master key opens") as caught:
            attempt(locked)
        assert "MASTER_KEYS" in caught.value.remedy
        assert "accounts rotate" in caught.value.remedy


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-8], lambda text: text[:30] + text[30].swapcase() + "A" + text[31:], lambda _: ""]
)
def test_a_damaged_secret_is_refused(damage) -> None:
    vault = Vault([new_key()])
    locked = vault.lock(SECRET)
    assert damage(locked) != locked

    with pytest.raises(ConfigError, match="No master key opens"):
        vault.unlock(damage(locked))


def test_after_relocking_the_old_master_key_can_go() -> None:
    old, new = new_key(), new_key()
    locked = Vault([old]).lock(SECRET)

    relocked = Vault([new, old]).relock(locked)

    assert Vault([new]).unlock(relocked) == SECRET
    with pytest.raises(ConfigError):
        Vault([old]).unlock(relocked)


def test_new_secrets_are_locked_with_the_newest_key() -> None:
    old, new = new_key(), new_key()

    assert Vault([new]).unlock(Vault([new, old]).lock(SECRET)) == SECRET


@pytest.mark.parametrize("bad", ["short", "", "ключ", "A" * 43, "c2Vjcm" * 6 + "QUFB"])
def test_a_malformed_master_key_is_named_by_its_number_and_not_shown(bad: str) -> None:
    with pytest.raises(ConfigError, match="key number 2") as caught:
        Vault([new_key(), bad])
    assert "Fernet.generate_key" in caught.value.remedy
    assert not bad or bad not in str(caught.value)


def test_without_any_key_there_is_no_vault() -> None:
    with pytest.raises(ConfigError, match="no master key"):
        Vault([])


def test_the_settings_keys_are_taken_newest_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = new_key(), new_key()
    monkeypatch.setenv("MASTER_KEYS", f" {new}, {old},")
    get_settings.cache_clear()

    assert Vault([new]).unlock(get_vault().lock(SECRET)) == SECRET
    assert get_vault().unlock(Vault([old]).lock(SECRET)) == SECRET
    assert not (home / KEY_FILE).exists()


def test_settings_keys_that_are_only_commas_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEYS", " , ")
    get_settings.cache_clear()

    with pytest.raises(ConfigError, match="no master key"):
        get_vault()


def test_the_key_file_is_made_once_for_its_owner_only(home: Path) -> None:
    locked = get_vault().lock(SECRET)
    content = (home / KEY_FILE).read_text()

    assert get_vault().unlock(locked) == SECRET
    assert (home / KEY_FILE).read_text() == content
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == [KEY_FILE]


def test_a_key_file_may_hold_several_keys(home: Path) -> None:
    locked = get_vault().lock(SECRET)
    new = new_key()
    (home / KEY_FILE).write_text(f"{new}\n{(home / KEY_FILE).read_text()}")

    assert Vault([new]).unlock(get_vault().relock(locked)) == SECRET


@pytest.mark.parametrize("content", [b"", b"no key\n", "ключ".encode()])
def test_a_spoilt_key_file_is_refused_and_never_overwritten(content: bytes, home: Path) -> None:
    home.mkdir()
    (home / KEY_FILE).write_bytes(content)

    with pytest.raises(ConfigError):
        get_vault()
    assert (home / KEY_FILE).read_bytes() == content


def test_a_home_that_cannot_hold_the_key_is_said_so(home: Path) -> None:
    home.write_text("a file where the folder should be")

    with pytest.raises(ConfigError, match="cannot be made or read") as caught:
        get_vault()
    assert "MASTER_KEYS" in caught.value.remedy


def test_processes_that_start_together_agree_on_one_key(home: Path) -> None:
    program = f"from core.vault import get_vault; print(get_vault().lock({SECRET!r}))"
    command = [sys.executable, "-c", program]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=os.environ) for _ in range(4)]
    locked = [process.communicate(timeout=60)[0].decode().strip() for process in started]

    assert [get_vault().unlock(text) for text in locked] == [SECRET] * 4


def test_what_the_vault_has_seen_is_redacted_from_then_on() -> None:
    key = new_key()
    fresh = f"fake-{new_key()[:20]}"
    locked = Vault([key]).lock("another_fake_secret")
    assert redact(fresh) == fresh

    Vault([key]).lock(fresh)
    Vault([key]).unlock(locked)

    assert (
        redact(f"it said {fresh} and another_fake_secret, with {key}")
        == f"it said {HIDDEN} and {HIDDEN}, with {HIDDEN}"
    )
