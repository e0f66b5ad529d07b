"""A voice is learnt once, and only with a record of consent."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes.elevenlabs import FakeElevenLabs
from fakes.server import serving
from services import use_services
from typer.testing import CliRunner, Result

from cli.main import app
from core.settings import Settings

CONSENT = "Recorded and agreed by the speaker on 2026-11-01, contract in the blue folder."


@pytest.fixture
def elevenlabs(house: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeElevenLabs]:
    fake = FakeElevenLabs()
    with serving(fake):
        chains = {"clone": ["elevenlabs"]}
        use_services(monkeypatch, tmp_path / "services.toml", {"elevenlabs": fake}, chains)
        yield fake


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "mira.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        tone = 8000 * np.sin(np.arange(160_000) / 12)
        file.writeframes(tone.astype("<i2").tobytes())
    return path


def clone(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["voices", "clone", *arguments])


def test_a_voice_is_learnt_and_the_roster_line_told(elevenlabs: FakeElevenLabs, recording: Path) -> None:
    done = clone("Mira", str(recording), "--consent", CONSENT)

    assert done.exit_code == 0, done.output
    assert len(elevenlabs.paid) == 1
    voice = next(voice for voice, name in elevenlabs.voices.items() if name.startswith("Mira"))
    assert f'elevenlabs = "{voice}"' in done.output


def test_the_same_recording_again_takes_no_second_slot(elevenlabs: FakeElevenLabs, recording: Path) -> None:
    clone("Mira", str(recording), "--consent", CONSENT)

    again = clone("Mira", str(recording), "--consent", CONSENT, "--json")

    assert json.loads(again.stdout)["is_new"] is False
    assert len(elevenlabs.paid) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--consent", "yes"], "consent"),
        (["--consent", CONSENT, "--language", "tlh"], "language"),
    ],
)
def test_without_consent_or_with_nonsense_nothing_is_sent(
    arguments: list[str], told: str, elevenlabs: FakeElevenLabs, recording: Path
) -> None:
    done = clone("Mira", str(recording), *arguments)

    assert done.exit_code == 2
    assert told in done.output
    assert elevenlabs.requests == []


def test_a_recording_that_is_not_there_is_named(elevenlabs: FakeElevenLabs) -> None:
    done = clone("Mira", "nowhere.wav", "--consent", CONSENT)

    assert done.exit_code == 2
    assert "nowhere.wav" in done.output
