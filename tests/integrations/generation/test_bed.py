from __future__ import annotations

import time
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import pytest

from core.errors import BadInput
from core.models import Made, Mood
from core.settings import Settings
from integrations.generation.bed import Bed
from integrations.generation.bed_score import NAMES, SCALES, SLOWER, STYLES, compose
from integrations.generation.bed_sound import MIX
from media.music import filled

MOODS = get_args(Mood)


def make(folder: Path, mood: str = "bright", seconds: float = 12.0, seed: int = 0) -> Made:
    request: dict[str, Any] = {"mood": mood, "seconds": seconds, "seed": seed}
    return Bed(Settings(_env_file=None)).make(request, folder, lambda share: None)


def heard(made: Made) -> np.ndarray:
    """The samples in [-1, 1], shape (n, 2)."""
    with wave.open(str(made.files["music"])) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 48_000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768


def decibels(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples**2) + 1e-12))


@pytest.fixture(scope="module")
def beds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    return {mood: heard(make(tmp_path_factory.mktemp(mood), mood, 20.0)) for mood in MOODS}


@pytest.mark.parametrize("seconds", [1.0, 2.5, 7.77, 31.234])
def test_a_bed_is_exactly_as_long_as_asked(tmp_path: Path, seconds: float) -> None:
    made = make(tmp_path, "serene", seconds)

    assert len(heard(made)) == round(seconds * 48_000)
    assert made.result["seconds"] == pytest.approx(seconds, abs=1e-4)


@pytest.mark.parametrize("mood", MOODS)
def test_a_bed_starts_and_ends_at_zero_without_clicks(beds: dict[str, np.ndarray], mood: str) -> None:
    bed = beds[mood]

    assert not bed[0].any()
    assert not bed[-1].any()
    assert np.abs(np.diff(bed, axis=0)).max() < 0.15
    assert decibels(bed[-2400:]) < -60


@pytest.mark.parametrize("mood", MOODS)
def test_a_bed_is_even_and_does_not_clip(beds: dict[str, np.ndarray], mood: str) -> None:
    bed = beds[mood]
    body = [decibels(bed[start : start + 96_000]) for start in range(0, 15 * 48_000, 96_000)]

    assert np.abs(bed).max() < 0.8
    assert -24 < decibels(bed) < -20
    assert max(body) - min(body) < 6
    assert np.abs(bed.mean(axis=0)).max() < 1e-4


@pytest.mark.parametrize("mood", MOODS)
def test_a_bed_leaves_room_for_a_voice(beds: dict[str, np.ndarray], mood: str) -> None:
    power = (np.abs(np.fft.rfft(beds[mood].mean(axis=1))) ** 2).astype(float)
    hertz = np.fft.rfftfreq(len(beds[mood]), 1 / 48_000)
    speech = power[(hertz >= 1000) & (hertz < 4000)].sum() / power.sum()

    assert 10 * np.log10(speech) < -10


def test_moods_differ_in_sound(beds: dict[str, np.ndarray]) -> None:
    def shape(bed: np.ndarray) -> np.ndarray:
        power = np.abs(np.fft.rfft(bed[:, 0])) ** 2
        return np.log(np.array([part.sum() for part in np.array_split(power[: len(power) // 3], 400)]) + 1e-9)

    shapes = [shape(bed) for bed in beds.values()]
    apart = [float(np.abs(a - b).mean()) for i, a in enumerate(shapes) for b in shapes[:i]]

    assert min(apart) > 0.3


def test_moods_differ_in_brightness(beds: dict[str, np.ndarray]) -> None:
    def treble(bed: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(bed.mean(axis=1))) ** 2
        return float(10 * np.log10(power[np.fft.rfftfreq(len(bed), 1 / 48_000) > 1500].sum() / power.sum()))

    found = {mood: treble(bed) for mood, bed in beds.items()}

    assert min(found["bright"], found["lively"]) > max(found["mysterious"], found["epic"]) + 1
    assert found["cosy"] > found["mysterious"] + 1
    assert found["serene"] == min(found.values())


@pytest.mark.parametrize("mood", MOODS)
def test_the_third_that_is_heard_is_that_of_the_mode(mood: str, tmp_path: Path) -> None:
    made = make(tmp_path, mood, 20.0)
    tonic, mode = str(made.result["key"]).rsplit(" ", 1)
    sound = heard(made).mean(axis=1)
    power, hertz = np.abs(np.fft.rfft(sound)) ** 2, np.fft.rfftfreq(len(sound), 1 / 48_000)
    tuned = (hertz > 60) & (hertz < 2000)
    pitch = np.round(69 + 12 * np.log2(hertz[tuned] / 440)).astype(int) % 12
    tones = np.bincount(pitch, power[tuned], 12)
    minor, major = (tones[(NAMES.index(tonic) + step) % 12] for step in (3, 4))

    assert mode == STYLES[cast(Mood, mood)].mode
    assert (minor if mode in ("minor", "dorian") else major) > 5 * (major if mode in ("minor", "dorian") else minor)


@pytest.mark.parametrize("mood", MOODS)
def test_the_bar_that_is_heard_is_that_of_the_tempo(mood: str, tmp_path: Path) -> None:
    made = make(tmp_path, mood, 24.0)
    sound = heard(made).mean(axis=1)
    pieces = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::480] * np.hanning(1024)
    louder = np.maximum(np.diff(np.log1p(100 * np.abs(np.fft.rfft(pieces))), axis=0), 0).sum(axis=1)
    louder -= louder.mean()
    alike = np.correlate(louder, louder, "full")[len(louder) - 1 :] / (louder @ louder)  # one step is 10 ms
    bar = 240 / float(made.result["tempo"])

    def at(share: float) -> float:
        place = round(bar * share * 100)
        return float(alike[place - 1 : place + 2].max())

    assert at(1.0) > 0.15
    assert at(1.0) > at(1.06) + 0.1
    assert at(1.0) > at(0.94) + 0.1


def test_no_two_moods_share_a_tempo_an_orchestra_or_a_mixture_of_mode_and_lead() -> None:
    ranges = sorted((style.tempo[0] / SLOWER, style.tempo[1]) for style in STYLES.values())
    tempos = {mood: compose(mood, seconds, seed).tempo for mood in STYLES for seconds in (9.0, 30.0) for seed in (1, 2)}

    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    for mood, tempo in tempos.items():
        assert STYLES[mood].tempo[0] / SLOWER - 0.1 <= tempo <= STYLES[mood].tempo[1]
    assert len({tuple(sorted(gains.items())) for gains in MIX.values()}) == len(STYLES)
    assert {style.mode for style in STYLES.values()} == set(SCALES)


def test_a_bed_tells_its_tempo_and_key(tmp_path: Path) -> None:
    made = make(tmp_path, "mysterious", 20.0, seed=3)
    score = compose("mysterious", 20.0, 3)

    assert (made.result["tempo"], made.result["key"], made.result["mood"]) == (score.tempo, score.key, "mysterious")
    assert str(made.result["key"]).endswith(" dorian")


@pytest.mark.parametrize("mood", MOODS)
def test_a_bed_shorter_than_its_reel_goes_on_without_a_click(beds: dict[str, np.ndarray], mood: str) -> None:
    bed = beds[mood].astype(np.float32)

    looped = filled(bed, 2 * len(bed))

    assert (looped[len(bed) :] == bed).all()
    assert np.abs(np.diff(looped[len(bed) - 48 : len(bed) + 48], axis=0)).max() < 0.002


def test_seeds_differ_and_equal_requests_are_equal(tmp_path: Path) -> None:
    first = make(tmp_path / "a", seed=1).files["music"].read_bytes()
    again = make(tmp_path / "b", seed=1).files["music"].read_bytes()
    other = make(tmp_path / "c", seed=2).files["music"].read_bytes()

    assert first == again
    assert first != other
    assert len({(compose("cosy", 30.0, seed).key, compose("cosy", 30.0, seed).notes) for seed in range(12)}) == 12


@pytest.mark.parametrize("mood", MOODS)
def test_every_note_belongs_to_the_key_and_the_end_is_the_home_chord(mood: Mood) -> None:
    for seed in range(8):
        score = compose(mood, 25.0, seed)
        tonic = NAMES.index(score.key.rsplit(" ", 1)[0])
        scale = {(tonic + step) % 12 for step in SCALES[STYLES[mood].mode]}
        tuned = [note for note in score.notes if note.layer in ("pad", "pluck", "bell", "bass")]
        last = max(note.start for note in tuned if note.layer == "pad")
        home = {note.pitch % 12 for note in tuned if note.layer == "pad" and note.start == last}

        assert {note.pitch % 12 for note in tuned} <= scale
        assert home == {tonic, (tonic + SCALES[STYLES[mood].mode][2]) % 12, (tonic + 7) % 12}


def test_a_bed_of_40_s_is_made_in_little_time(tmp_path: Path) -> None:
    begun = time.process_time()
    make(tmp_path, "lively", 40.0)

    assert time.process_time() - begun < 3.0  # 1 s alone; room for a busy machine


@pytest.mark.parametrize("seconds", [0.0, -1.0, 5000.0])
def test_it_refuses_a_length_that_is_no_reel(tmp_path: Path, seconds: float) -> None:
    request = {"mood": "epic", "seconds": seconds}
    bed = Bed(Settings(_env_file=None))

    assert "between" in str(bed.objection(request))
    with pytest.raises(BadInput):
        bed.make(request, tmp_path, lambda share: None)
