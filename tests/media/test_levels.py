from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.ffmpeg import find_ffmpeg
from media.levels import decibels, integrated, loudest_moment, loudness, powers, weighted_powers
from media.loudness import SILENCE_LUFS, measure
from media.pcm import SAMPLE_RATE
from tests.media.sounds import tone, voice, write_wav


def loudness_by_hand(sound):
    """Measure LUFS after ITU-R BS.1770-4 in the frequency domain: K weighting, windows of 400 ms, both gates."""
    length = len(sound) + SAMPLE_RATE
    z = np.exp(2j * np.pi * np.fft.rfftfreq(length))[:, None]
    shelf = (1.53512485958697 - 2.69169618940638 / z + 1.19839281085285 / z**2) / (
        1 - 1.69065929318241 / z + 0.73248077421585 / z**2
    )
    high_pass = (1 - 2 / z + 1 / z**2) / (1 - 1.99004745483398 / z + 0.99007225036621 / z**2)
    weighted = np.fft.irfft(np.fft.rfft(sound, length, axis=0) * shelf * high_pass, length, axis=0)[: len(sound)]
    block, step = SAMPLE_RATE * 4 // 10, SAMPLE_RATE // 10
    found = [(weighted[at : at + block] ** 2).mean(axis=0).sum() for at in range(0, len(sound) - block + 1, step)]
    blocks = np.array([one for one in found if -0.691 + 10 * np.log10(one + 1e-20) > -70])
    return float(-0.691 + 10 * np.log10(blocks[blocks > blocks.mean() / 10].mean()))


def sides(sound):
    return np.repeat(sound[:, None], 2, axis=1).astype(np.float32)


def test_a_full_sine_of_997_hz_on_one_side_measures_3_lufs_below_zero():
    sound = np.zeros((2 * SAMPLE_RATE, 2), np.float32)
    sound[:, 0] = tone(2, 997, level=1.0)

    assert loudness(sound) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize("seed", [1, 2])
def test_it_agrees_with_ffmpeg_and_with_the_standard(seed, tmp_path: Path):
    spoken = voice(3.0, SAMPLE_RATE, seed)
    sound = np.concatenate([spoken, np.zeros(SAMPLE_RATE), 0.2 * spoken])
    path = write_wav(tmp_path / "sound.wav", SAMPLE_RATE, sides(sound))

    measured = loudness(sides(sound))

    assert measured == pytest.approx(measure(path, ffmpeg=find_ffmpeg(), time_limit=30).integrated_lufs, abs=0.06)
    assert measured == pytest.approx(loudness_by_hand(sides(sound).astype(float)), abs=0.02)


def test_one_channel_counts_as_both_sides():
    sound = voice(1.0, SAMPLE_RATE).astype(np.float32)

    assert loudness(sound) == pytest.approx(loudness(sides(sound)), abs=1e-6)


@given(gain=st.floats(-30, 12), seconds=st.floats(0.05, 1.5))
@settings(max_examples=25, deadline=None)
def test_a_gain_moves_the_loudness_by_itself(gain: float, seconds: float):
    sound = voice(seconds, SAMPLE_RATE).astype(np.float32)
    weighted = weighted_powers(sound)

    assert integrated(weighted * 10 ** (gain / 10)) == pytest.approx(integrated(weighted) + gain, abs=0.01)


def test_silence_and_a_single_sample_of_it_are_silent():
    assert loudness(np.zeros(SAMPLE_RATE, np.float32)) == SILENCE_LUFS
    assert loudness(np.zeros((1, 2), np.float32)) == SILENCE_LUFS
    assert loudest_moment(np.zeros((1, 2), np.float32)) == SILENCE_LUFS


def test_the_loudest_moment_of_a_blip_counts_the_silence_around_it():
    blip, lasting = sides(tone(0.1)), sides(tone(1.0))

    assert loudest_moment(lasting) - loudest_moment(blip) == pytest.approx(6.0, abs=0.3)


@given(length=st.integers(1, 500))
def test_every_sample_lies_in_one_millisecond(length: int):
    sound = np.ones((length, 2), np.float32)

    found = powers(sound)

    assert len(found) == -(-length // 48)
    assert found.sum() * 48 == pytest.approx(2 * length)


def test_nothing_has_a_level_of_its_own():
    assert decibels(np.array([0.0, 1.0])) == pytest.approx([-200.0, 0.0])
