from __future__ import annotations

import wave
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import BadInput
from core.models import Made
from core.settings import Settings
from integrations.generation.nanotts import NanoTts, split_phrases

LINES = {
    "en": "The ocean is deep, and in 1969 about 3,000 people knew it. Nobody went down!",
    "es": "El mar es profundo, y en 1969 unas 3.000 personas lo sabían. ¿Quién bajó?",
    "de": "Das Meer ist tief, und 1969 wussten es 3.000 Menschen. Niemand ging hinunter!",
    "fr": "La mer est profonde, et en 1969 environ 3 000 personnes le savaient. Qui est descendu ?",
    "it": "Il mare è profondo, e nel 1969 lo sapevano 3.000 persone. Chi è sceso?",
}


@pytest.fixture(scope="module")
def nanotts() -> Iterator[NanoTts]:
    maker = NanoTts(Settings(_env_file=None))
    yield maker
    maker.close()


def request_for(text: str, language: str = "en", name: str = "pico", **style: float) -> dict[str, Any]:
    return {"text": text, "language": language, "voice": {"name": name, **style}}


def say(maker: NanoTts, folder: Path, text: str, language: str = "en", **style: float) -> Made:
    return maker.make(request_for(text, language, **style), folder, lambda share: None)


def heard(made: Made) -> tuple[np.ndarray, int]:
    with wave.open(str(made.files["speech"])) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768, file.getframerate()


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


@pytest.mark.parametrize("language", LINES)
def test_it_times_every_word_in_every_language(nanotts: NanoTts, tmp_path: Path, language: str) -> None:
    made = say(nanotts, tmp_path, LINES[language], language)

    words = made.result["words"]
    marks = [mark for word in words for mark in (word["start"], word["end"])]
    assert [word["text"] for word in words] == LINES[language].split()
    assert marks == sorted(marks)
    assert marks[-1] <= made.result["seconds"]
    assert made.result["timing"] == "alignment"


@pytest.mark.parametrize("language", LINES)
def test_words_are_loud_and_pauses_at_punctuation_are_quiet(nanotts: NanoTts, tmp_path: Path, language: str) -> None:
    made = say(nanotts, tmp_path, LINES[language], language)
    samples, rate = heard(made)
    words = [word for word in made.result["words"] if word["end"] > word["start"]]

    inside = [level(samples[int(w["start"] * rate) : int(w["end"] * rate)]) for w in words]
    pauses = [(a["end"], b["start"]) for a, b in pairwise(words) if b["start"] - a["end"] > 0.1]

    assert len(pauses) == 2  # the comma and the end of the first sentence
    assert min(inside) > 3 * max(level(samples[int((a + 0.03) * rate) : int((b - 0.03) * rate)]) for a, b in pauses)


def test_a_word_is_found_where_it_is_heard(nanotts: NanoTts, tmp_path: Path) -> None:
    plain = say(nanotts, tmp_path / "a", "A day on this planet is longer than its year").result["words"]
    longer = say(nanotts, tmp_path / "b", "A day on this planet is considerably longer than its year").result["words"]

    shift = longer[7]["start"] - plain[6]["start"]
    assert shift == pytest.approx(longer[6]["end"] - longer[6]["start"], abs=0.12)
    assert [w["start"] for w in longer[:6]] == pytest.approx([w["start"] for w in plain[:6]], abs=0.08)


@pytest.mark.parametrize("text", ["🔥 hi 🔥 {\\pos(0,0)} there", "a <b>bold</b> </x> word & <", "x" * 400])
def test_odd_text_does_not_crash_it(nanotts: NanoTts, tmp_path: Path, text: str) -> None:
    result = say(nanotts, tmp_path, text).result

    assert [word["text"] for word in result["words"]] == text.split()


def test_the_file_is_levelled_and_not_clipped(nanotts: NanoTts, tmp_path: Path) -> None:
    samples, _ = heard(say(nanotts, tmp_path, LINES["es"], "es"))

    assert -26 < 20 * np.log10(level(samples)) < -18
    assert np.abs(samples).max() < 0.9


def test_equal_requests_give_equal_bytes(nanotts: NanoTts, tmp_path: Path) -> None:
    first = say(nanotts, tmp_path / "a", LINES["de"], "de", pitch=-2.0).files["speech"].read_bytes()
    other = NanoTts(Settings(_env_file=None))
    second = say(other, tmp_path / "b", LINES["de"], "de", pitch=-2.0).files["speech"].read_bytes()
    other.close()

    assert first == second


def test_speed_changes_the_length_and_pitch_hardly_does(nanotts: NanoTts, tmp_path: Path) -> None:
    plain = say(nanotts, tmp_path / "a", LINES["it"], "it").result["seconds"]
    fast = say(nanotts, tmp_path / "b", LINES["it"], "it", speed=1.3).result["seconds"]
    high = say(nanotts, tmp_path / "c", LINES["it"], "it", pitch=3.0).result["seconds"]

    assert fast == pytest.approx(plain / 1.3, rel=0.06)
    assert high == pytest.approx(plain, rel=0.06)


def test_it_objects_to_a_voice_it_does_not_have(nanotts: NanoTts, tmp_path: Path) -> None:
    assert nanotts.objection(request_for("Hola", "es")) is None
    assert "'pico'" in str(nanotts.objection(request_for("Hola", "es", name="joe")))
    assert "no word" in str(nanotts.objection(request_for("🔥")))
    with pytest.raises(BadInput):
        nanotts.make(request_for("Hola", "es", name="joe"), tmp_path, lambda share: None)


def test_phrases_end_at_punctuation_and_not_inside_numbers() -> None:
    phrases = split_phrases(["It", "was", "3,000,", "or", "(3.5);", "so"])

    assert [phrase.words for phrase in phrases] == [("It", "was", "3,000,"), ("or", "(3.5);"), ("so",)]
