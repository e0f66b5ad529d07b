import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from media.dynamics import DUCK_DB, MOST_LIMITED_DB, compressed, ducking, limiting, mastered, true_peaks, turn
from media.levels import decibels, loudness, powers
from media.pcm import SAMPLE_RATE
from tests.media.sounds import tone, true_peak_by_hand, voice

Sound = NDArray[np.float32]


def spoken(seconds: float, level_lufs: float = -20.0) -> Sound:
    sound = voice(seconds, SAMPLE_RATE).astype(np.float32)
    return sound * np.float32(10 ** ((level_lufs - loudness(sound)) / 20))


def with_gap(gap: float) -> Sound:
    """Two seconds of voice that does not falter, a gap in seconds, and again two seconds."""
    line = tone(2.0, 300, level=0.14).astype(np.float32)
    return np.concatenate([line, np.zeros(round(gap * SAMPLE_RATE), np.float32), line])


def sides(sound: Sound) -> Sound:
    return np.repeat(sound[:, None], 2, axis=1)


def test_compression_brings_syllables_closer_and_never_turns_anything_up():
    voice_before = spoken(4.0)
    after = compressed(voice_before, -20.0)

    def spread(sound: Sound) -> float:
        levels = decibels(powers(sound).reshape(-1, 50).mean(axis=1))
        return float(np.quantile(levels, 0.95) - np.quantile(levels, 0.3))

    assert spread(after) < spread(voice_before) - 1.5
    assert np.all(np.abs(after) <= np.abs(voice_before) * (1 + 1e-6))


def test_what_is_quiet_is_not_compressed():
    quiet = spoken(2.0, -45.0)

    assert compressed(quiet, -20.0) == pytest.approx(quiet, abs=1e-7)


@pytest.mark.parametrize("gap", [0.65, 0.8, 1.5, 4.0])
def test_music_comes_up_in_a_long_gap_and_is_down_before_the_voice(gap: float):
    gain = ducking(with_gap(gap), -20.0)
    silent = gain[2000 : 2000 + round(gap * 1000)]

    assert silent.max() == pytest.approx(0, abs=1e-6)
    assert gain[:2000] == pytest.approx(DUCK_DB)
    assert gain[2000 + round(gap * 1000) :] == pytest.approx(DUCK_DB)


@pytest.mark.parametrize("gap", [0.05, 0.28, 0.4, 0.59])
def test_music_stays_down_over_a_breath(gap: float):
    assert ducking(with_gap(gap), -20.0) == pytest.approx(DUCK_DB)


@given(gap=st.floats(0.0, 2.0))
@settings(max_examples=20, deadline=None)
def test_music_never_moves_faster_than_its_ramp(gap: float):
    gain = ducking(with_gap(gap), -20.0)

    assert np.abs(np.diff(gain)).max() <= -DUCK_DB / 200 + 1e-9
    assert gain.min() >= DUCK_DB - 1e-9
    assert gain.max() <= 1e-9


@given(peaks=st.lists(st.floats(-60, 20), min_size=1, max_size=200), ceiling=st.floats(-6, 0))
@settings(max_examples=100)
def test_limiting_clears_every_peak_and_its_neighbours(peaks: list[float], ceiling: float):
    gain = limiting(np.array(peaks), ceiling)

    assert len(gain) == len(peaks)
    assert gain.max() <= 0
    for offset in (-1, 0, 1):  # a line between two gains passes over half of the milliseconds beside it
        beside = gain[np.clip(np.arange(len(peaks)) + offset, 0, len(peaks) - 1)]
        assert np.all(np.array(peaks) + beside <= ceiling + 1e-9)


def test_limiting_leaves_quiet_sound_alone_and_opens_again_slowly():
    peaks = np.full(400, -20.0)
    peaks[100] = 4.2

    gain = limiting(peaks, -1.8)

    assert gain[:90] == pytest.approx(0)
    assert gain[100] == pytest.approx(-6)
    assert np.abs(np.diff(gain[105:])).max() == pytest.approx(0.1)
    assert gain[-200:] == pytest.approx(0)


@pytest.mark.parametrize(("hertz", "phase"), [(997, 0.3), (12000, np.pi / 4), (15000, 0.1)])
def test_a_peak_between_samples_is_seen(hertz: float, phase: float):
    time = np.arange(4800) / SAMPLE_RATE
    sound = sides((0.5 * np.sin(2 * np.pi * hertz * time + phase)).astype(np.float32))

    assert true_peaks(sound)[5:-5].max() == pytest.approx(-6.02, abs=0.25)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mastering_reaches_the_loudness_and_keeps_the_ceiling(seed: int):
    sound = voice(4.0, SAMPLE_RATE, seed).astype(np.float32)
    sound[SAMPLE_RATE::24000] += 0.9  # clicks

    finished = mastered(sides(sound), -14.0, -1.8)

    assert loudness(finished) == pytest.approx(-14.0, abs=0.03)
    assert true_peak_by_hand(finished.astype(float)) <= -1.7


def test_mastering_what_is_only_peaks_keeps_the_ceiling_and_stays_quiet():
    sound = np.zeros(SAMPLE_RATE, np.float32)
    sound[::9600] = 0.5

    finished = mastered(sides(sound), -14.0, -1.8)

    assert true_peak_by_hand(finished.astype(float)) <= -1.6
    assert loudness(finished) < -20


def test_limiting_is_bounded():
    sound = sides(tone(1.0, 1000, level=0.001).astype(np.float32))
    sound[24000] = 1.0

    finished = mastered(sound, -14.0, -1.8)

    assert np.abs(finished[:10000]).max() == pytest.approx(0.001 * 10 ** ((-1.8 + MOST_LIMITED_DB) / 20), rel=0.05)


@given(gains=st.lists(st.floats(-40, 10), min_size=1, max_size=20), length=st.integers(1, 900))
def test_a_gain_line_stays_between_its_gains(gains: list[float], length: int):
    line = turn(np.ones(length, np.float32), np.array(gains))

    assert line.shape == (length,)
    assert line.min() >= 10 ** (min(gains) / 20) * 0.999
    assert line.max() <= 10 ** (max(gains) / 20) * 1.001
