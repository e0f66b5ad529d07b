from pathlib import Path

import pytest

from core.errors import ConfigError
from core.settings import ROOT, Settings, get_settings


@pytest.fixture(autouse=True)
def _fresh() -> None:
    get_settings.cache_clear()


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://me:pass@db/reels\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(secret))

    url = get_settings().database_url

    assert url is not None
    assert url.get_secret_value() == "postgresql://me:pass@db/reels"


def test_it_names_a_secret_file_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "/nowhere/url")

    with pytest.raises(ConfigError, match="DATABASE_URL_FILE points at /nowhere/url"):
        get_settings()


@pytest.mark.parametrize("value", ["change-me", "CHANGEME", " your-key-here "])
def test_it_refuses_placeholders(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", value)

    with pytest.raises(ConfigError, match=r"DATABASE_URL.*placeholder"):
        get_settings()


def test_it_names_each_wrong_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_PORT", "ninety")
    monkeypatch.setenv("LEASE_SECONDS", "0")

    with pytest.raises(ConfigError) as caught:
        get_settings()

    assert "STUDIO_PORT" in str(caught.value)
    assert "LEASE_SECONDS" in str(caught.value)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("STUDIO_PORT", "")

    assert get_settings().database_url is None
    assert get_settings().studio_port == 8420


def test_secrets_never_show_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@db/reels")

    assert "hunter2" not in repr(get_settings())


def test_relative_folders_are_meant_from_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert get_settings().home == ROOT / "var"


def test_makers_are_tried_in_the_order_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEAK_MAKERS", "nanotts, piper")

    assert get_settings().makers("speak") == ("nanotts", "piper")


def test_env_example_names_every_setting_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text()
    lines = dict(line.split("=", 1) for line in example.splitlines() if line and not line.startswith("#"))

    def shown(value: object) -> str:
        return "" if value is None else str(value)

    assert lines == {name.upper(): shown(field.default) for name, field in Settings.model_fields.items()}


def test_env_example_explains_every_setting() -> None:
    example = (ROOT / ".env.example").read_text()

    for name, field in Settings.model_fields.items():
        assert f"# {field.description}\n{name.upper()}=" in example
