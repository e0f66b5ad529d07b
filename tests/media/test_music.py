import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadMedia
from media.levels import loudest_moment, loudness
from media.music import SEAM, filled, levelled_effect, music_track
from media.pcm import SAMPLE_RATE
from tests.media.sounds import tone


def sides(sound):
    return np.repeat(sound[:, None], 2, axis=1).astype(np.float32)


def steps(sound):
    return np.abs(np.diff(sound, axis=0)).max()


def test_music_whose_end_meets_its_start_is_repeated_sample_by_sample():
    bars = sides(tone(2.0, 100))  # 200 whole periods

    track = filled(bars, 5 * SAMPLE_RATE)

    assert track == pytest.approx(sides(tone(5.0, 100)), abs=1e-5)


@pytest.mark.parametrize("hertz", [100.25, 440.37, 61.7])
def test_music_whose_end_does_not_meet_its_start_is_joined_without_a_step(hertz: float):
    music = sides(tone(2.0, hertz) + 0.1 * np.linspace(-1, 1, 2 * SAMPLE_RATE))
    cut = np.concatenate([music, music])

    track = filled(music, 5 * SAMPLE_RATE)

    assert steps(cut) > 2.5 * steps(music)  # it would have clicked
    assert steps(track) < 1.5 * steps(music)
    assert track[: len(music) - SEAM] == pytest.approx(music[:-SEAM])


@given(seconds=st.floats(1.0, 3.0), length=st.integers(1, 6 * SAMPLE_RATE), hertz=st.floats(50, 900))
@settings(max_examples=25, deadline=None)
def test_music_is_filled_to_the_sample_and_never_clicks(seconds: float, length: int, hertz: float):
    music = sides(tone(seconds, hertz))

    track = filled(music, length)

    assert track.shape == (length, 2)
    assert length == 1 or steps(track) <= 2 * steps(music)


def test_a_track_has_its_loudness_and_soft_ends():
    track = music_track(sides(tone(2.5)), -32.0, 10 * SAMPLE_RATE)

    assert loudness(track) == pytest.approx(-32.0, abs=0.3)
    assert not track[0].any()
    assert not track[-1].any()
    assert np.abs(track[-14400:]).max() < 0.55 * np.abs(track).max()


def test_filling_does_not_change_the_music_handed_over():
    music = sides(tone(2.0))
    before = music.copy()

    music_track(music, -32.0, SAMPLE_RATE)

    assert (music == before).all()


def test_silent_music_and_effects_stay_silent():
    silence = np.zeros((2 * SAMPLE_RATE, 2), np.float32)

    assert not music_track(silence, -32.0, 3 * SAMPLE_RATE).any()
    assert not levelled_effect(silence[:100], -34.0).any()


def test_music_of_less_than_a_second_is_refused():
    with pytest.raises(BadMedia, match=r"lasts only 0\.50 s.*Remedy: Hand over"):
        music_track(sides(tone(0.5)), -32.0, SAMPLE_RATE)


@pytest.mark.parametrize("seconds", [0.05, 0.5, 2.0])
def test_an_effect_is_set_by_its_loudest_moment(seconds: float):
    assert loudest_moment(levelled_effect(sides(tone(seconds)), -34.0)) == pytest.approx(-34.0, abs=0.05)
