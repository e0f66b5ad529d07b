import hashlib
from pathlib import Path

import numpy as np
import pytest

from media.effects import EFFECTS, EffectName, write_effect
from tests.media.sounds import RATE, read


@pytest.fixture(scope="module", params=EFFECTS)
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("effects") / "effect.wav"
    write_effect(request.param, path)
    return request.param, read(path)


def envelope(sound):
    """The mean power over 20 ms, sample by sample."""
    return np.convolve((sound**2).mean(axis=1), np.ones(960) / 960, "same")


def centroid(sound, start: float, end: float) -> float:
    part = sound[round(start * RATE) : round(end * RATE)].mean(axis=1)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    return float((spectrum * np.fft.rfftfreq(len(part), 1 / RATE)).sum() / spectrum.sum())


def test_an_effect_begins_and_ends_in_silence_and_has_no_click(drawn):
    _, sound = drawn

    assert np.abs(sound[:48]).max() < 0.002
    assert np.abs(sound[-48:]).max() < 0.002
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(np.diff(sound, axis=0)).max() < 0.35


def test_an_effect_is_loudest_when_it_says(drawn):
    name, sound = drawn

    assert envelope(sound).argmax() / RATE == pytest.approx({"whoosh": 0.25, "pop": 0.02}[name], abs=0.03)


def test_an_effect_is_the_same_every_time(drawn, tmp_path: Path):
    name, _ = drawn
    digests = set()
    for number in range(2):
        write_effect(name, tmp_path / f"{number}.wav")
        digests.add(hashlib.sha256((tmp_path / f"{number}.wav").read_bytes()).hexdigest())

    assert len(digests) == 1


def effect(name: EffectName, folder: Path):
    write_effect(name, folder / "effect.wav")
    return read(folder / "effect.wav")


def test_a_whoosh_lasts_half_a_second_climbs_and_falls_and_passes_by(tmp_path: Path):
    sound = effect("whoosh", tmp_path)
    energy = envelope(sound)
    middle = (energy * np.arange(len(energy))).sum() / energy.sum() / RATE
    left = (sound[:, 0] ** 2)[: RATE // 5].sum() / (sound[:, 1] ** 2)[: RATE // 5].sum()
    right = (sound[:, 1] ** 2)[-RATE // 5 :].sum() / (sound[:, 0] ** 2)[-RATE // 5 :].sum()

    assert len(sound) == RATE // 2
    assert middle == pytest.approx(0.25, abs=0.01)
    assert centroid(sound, 0.2, 0.3) > 1.8 * max(centroid(sound, 0.0, 0.1), centroid(sound, 0.4, 0.5))
    assert min(left, right) > 1.5


def test_a_pop_is_low_and_over_at_once(tmp_path: Path):
    sound = effect("pop", tmp_path)
    loud = envelope(sound)

    assert len(sound) == round(0.15 * RATE)
    assert centroid(sound, 0.0, 0.15) < 600
    assert loud.argmax() < 0.03 * RATE
    assert loud[-RATE // 50 :].max() < 0.01 * loud.max()
