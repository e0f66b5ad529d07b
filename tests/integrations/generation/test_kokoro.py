from __future__ import annotations

import importlib.util
import json
import os
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadInput, MediaError, MissingPart
from core.models import Made
from core.settings import Settings
from integrations.generation import kokoro, kokoro_child
from integrations.generation.kokoro import Kokoro

LINE = "The sea is deep, and nobody went down."
VOICES = ("af_heart", "bm_george", "em_alex", "ff_siwis", "if_sara", "jf_alpha")

CHILD = """
import base64, json, sys
import numpy as np

for line in sys.stdin:
    question = json.loads(line)
    with open(question["model"] + ".asked", "a") as log:
        log.write(line)
    if question["voice"] == "bm_george":
        answer = {"error": "BadZipFile: broken", "kind": "voice"}
    elif "unsayable" in question["text"]:
        answer = {"error": "ValueError: nothing", "kind": "text"}
    elif "crash" in question["text"]:
        sys.exit(3)
    else:
        rate, silence = 24000, np.zeros(4800)
        tone = 0.3 * np.sin(np.arange(2400) / 20)
        parts, phonemes = [silence], [[" ", 4800]]
        for number, word in enumerate(question["words"]):
            parts += [tone, np.zeros(480)]
            phonemes += [[chr(97 + number), 2400], [" ", 480]]
        audio = np.concatenate([*parts, silence])
        words = [chr(97 + number) for number in range(len(question["words"]))]
        answer = {"rate": rate, "audio": base64.b64encode((audio * 32767).astype("<i2").tobytes()).decode(),
                  "phonemes": phonemes, "words": words}
        if "untimed" in question["text"]:
            answer |= {"phonemes": [], "words": []}
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A house with a model folder whose files only have the right names."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"model")
    np.savez(folder / "voices.npz", **{name: np.zeros(1) for name in VOICES})
    return Settings(_env_file=None, reelwright_home=tmp_path, kokoro_dir=folder)


@pytest.fixture
def maker(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kokoro]:
    """Kokoro with the package there and a stand-in for its voice program."""
    program = tmp_path / "stand_in.py"
    program.write_text(CHILD)
    monkeypatch.setattr(kokoro, "CHILD", program)
    monkeypatch.setattr(kokoro, "find_spec", lambda name: object())
    maker = Kokoro(settings)
    yield maker
    maker.close()


def request_for(text: str, voice: str = "af_heart", language: str = "en", **style: float) -> dict[str, Any]:
    return {"text": text, "language": language, "voice": {"name": voice, **style}}


def say(maker: Kokoro, folder: Path, *asked: str, **style: float) -> Made:
    return maker.make(request_for(*asked, **style), folder, lambda share: None)


def heard(made: Made) -> tuple[np.ndarray, int]:
    with wave.open(str(made.files["speech"])) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768, file.getframerate()


def asked_of(settings: Settings) -> list[dict[str, Any]]:
    assert settings.kokoro_dir is not None
    return [json.loads(line) for line in (settings.kokoro_dir / "model.onnx.asked").read_text().splitlines()]


def test_a_line_is_spoken_and_its_words_are_timed_by_the_voice(maker: Kokoro, tmp_path: Path) -> None:
    made = say(maker, tmp_path, LINE)

    words = made.result["words"]
    samples, rate = heard(made)
    assert made.model == "af_heart"
    assert made.result["timing"] == "voice"
    assert [word["text"] for word in words] == LINE.split()
    assert [word["end"] for word in words] == pytest.approx([0.04 + 0.12 * n + 0.1 for n in range(8)], abs=0.02)
    assert len(samples) / rate == pytest.approx(made.result["seconds"], abs=0.001) == pytest.approx(1.06, abs=0.03)


def test_the_voice_program_is_asked_in_its_own_words(maker: Kokoro, settings: Settings, tmp_path: Path) -> None:
    say(maker, tmp_path, "Unas 3 % 🔥 bajaron [[a]]", "em_alex", "es", speed=1.2)

    question = asked_of(settings)[0]
    assert question["words"] == ["Unas", "3", "por ciento", "bajaron", "a"]
    assert question["text"] == "Unas 3 por ciento bajaron a"
    assert (question["voice"], question["language"], question["speed"]) == ("em_alex", "es", 1.2)


@pytest.mark.parametrize(
    ("voice", "language", "spoken"), [("ff_siwis", "fr", "fr-fr"), ("if_sara", "it", "it"), ("af_heart", "en", "en-us")]
)
def test_each_language_has_its_name_for_the_phonemes(
    maker: Kokoro, settings: Settings, tmp_path: Path, voice: str, language: str, spoken: str
) -> None:
    say(maker, tmp_path, "La la la", voice, language)

    assert asked_of(settings)[0]["language"] == spoken


def test_a_model_without_lengths_has_its_words_guessed(maker: Kokoro, tmp_path: Path) -> None:
    result = say(maker, tmp_path, "It is untimed here").result

    assert result["timing"] == "proportional"
    assert [word["text"] for word in result["words"]] == ["It", "is", "untimed", "here"]
    assert all(first["end"] <= second["start"] for first, second in pairwise(result["words"]))
    assert result["words"][2]["end"] - result["words"][2]["start"] > 0.1


def test_pitch_moves_the_voice_and_keeps_its_length(maker: Kokoro, tmp_path: Path) -> None:
    plain = say(maker, tmp_path / "a", LINE)
    high = say(maker, tmp_path / "b", LINE, pitch=4.0)

    assert high.result == plain.result
    assert heard(high)[0].tobytes() != heard(plain)[0].tobytes()


def test_a_broken_voice_is_a_missing_part_and_an_unsayable_line_is_bad_input(maker: Kokoro, tmp_path: Path) -> None:
    with pytest.raises(MissingPart, match="BadZipFile") as caught:
        say(maker, tmp_path, LINE, "bm_george")
    with pytest.raises(BadInput, match="cannot speak this line"):
        say(maker, tmp_path, "unsayable")

    assert "KOKORO_DIR again" in caught.value.remedy


def test_a_voice_program_that_dies_is_reported_and_the_next_line_is_spoken(maker: Kokoro, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="ended in the middle"):
        say(maker, tmp_path, "crash")

    assert say(maker, tmp_path, LINE).result["seconds"] > 0.5


def test_it_objects_to_what_it_cannot_speak(maker: Kokoro) -> None:
    def objection(*asked: str) -> str:
        return str(maker.objection(request_for(*asked)))

    assert maker.objection(request_for(LINE)) is None
    assert maker.objection(request_for("Hola", "em_alex", "es")) is None
    assert "for 'en' choose one of af_heart, bm_george." in objection(LINE, "joe")
    assert "choose one of none" in objection("Hallo", "df_anna", "de")
    assert "no voice 'jf_alpha'" in objection(LINE, "jf_alpha")
    assert "speaks 'es', not 'en'" in objection(LINE, "em_alex")
    assert "no word" in objection("🔥 —")


def test_it_refuses_a_line_it_objects_to(maker: Kokoro, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no voice"):
        say(maker, tmp_path, LINE, "joe")


def test_without_the_package_it_says_how_to_install_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kokoro, "find_spec", lambda name: None)

    assert "pip install 'reelwright[kokoro]'" in str(Kokoro(settings).objection(request_for(LINE)))


@pytest.mark.parametrize("fault", ["not set", "no folder", "no model", "no voices", "voices broken"])
def test_without_the_files_it_says_where_to_get_them(
    maker: Kokoro, settings: Settings, tmp_path: Path, fault: str
) -> None:
    folder: Path | None = settings.kokoro_dir
    assert folder is not None
    if fault == "not set":
        folder = None
    elif fault == "no folder":
        folder = tmp_path / "nowhere"
    elif fault == "no model":
        (folder / "model.onnx").unlink()
    elif fault == "no voices":
        (folder / "voices.npz").unlink()
    else:
        (folder / "voices.npz").write_bytes(b"<html>")
    house = Settings(_env_file=None, reelwright_home=tmp_path, kokoro_dir=folder)

    objection = str(Kokoro(house).objection(request_for(LINE)))

    assert "https://github.com/thewh1teagle/kokoro-onnx/releases" in objection


def test_the_voices_may_have_the_name_they_are_published_under(maker: Kokoro, settings: Settings) -> None:
    assert settings.kokoro_dir is not None
    (settings.kokoro_dir / "voices.npz").rename(settings.kokoro_dir / "voices.bin")

    assert maker.objection(request_for(LINE)) is None


def test_the_lengths_of_the_sounds_fill_the_audio_from_its_start() -> None:
    @dataclass
    class Timing:
        phoneme: str
        start: float
        end: float

    sounds = [Timing("a", 0.1, 0.2), Timing("b", 0.2, 0.25), Timing("c", 0.5, 0.6)]

    assert kokoro_child.lengths(sounds, 100) == [[" ", 10], ["a", 10], ["b", 5], [" ", 25], ["c", 10]]
    assert kokoro_child.lengths([], 100) == []


def test_the_real_program_answers_that_the_model_is_at_fault(tmp_path: Path, settings: Settings) -> None:
    maker = Kokoro(settings)
    files = settings.kokoro_dir
    question = {"model": str(files), "voices": str(files), "voice": "af_heart"}

    answer = maker._child.ask(question, time_limit=60)
    maker.close()

    assert answer["kind"] == "voice"


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("kokoro_onnx") is None or "KOKORO_DIR" not in os.environ,
    reason="needs kokoro-onnx and its model in KOKORO_DIR",
)
@pytest.mark.parametrize(
    ("voice", "language", "text"),
    [
        ("af_heart", "en", "The old library kept a secret: a map of the lost city. Nobody found it, in 1969."),
        ("em_alex", "es", "El mar es profundo, y en 1969 unas 3.000 personas lo sabían. ¿Quién bajó?"),
        ("ff_siwis", "fr", "La mer est profonde, et personne ne le savait. Qui est descendu ?"),
        ("if_sara", "it", "Il mare è profondo, e nessuno lo sapeva. Chi è sceso?"),
    ],
)
def test_the_real_voice_times_every_word(tmp_path: Path, voice: str, language: str, text: str) -> None:
    maker = Kokoro(Settings(_env_file=None, reelwright_home=tmp_path, kokoro_dir=Path(os.environ["KOKORO_DIR"])))
    made = say(maker, tmp_path / "a", text, voice, language)
    fast = say(maker, tmp_path / "b", text, voice, language, speed=1.3)
    maker.close()

    samples, rate = heard(made)
    words = [word for word in made.result["words"] if word["end"] > word["start"]]
    marks = [mark for word in words for mark in (word["start"], word["end"])]
    pauses = [(a["end"], b["start"]) for a, b in pairwise(words) if b["start"] - a["end"] > 0.05]
    inside = [np.sqrt(np.mean(samples[int(w["start"] * rate) : int(w["end"] * rate)] ** 2)) for w in words]
    assert [word["text"] for word in made.result["words"]] == text.split()
    assert marks == sorted(marks)
    assert made.result["timing"] == "voice"
    assert pauses
    assert min(inside) > 0.01
    assert fast.result["seconds"] == pytest.approx(made.result["seconds"] / 1.3, rel=0.15)
