from pathlib import Path

import numpy as np
import pytest

from core.errors import BadMedia
from media.ffmpeg import find_ffmpeg
from media.levels import loudness
from media.pcm import SAMPLE_RATE, Source, decode
from media.timeline import SpeechClip
from media.voice import lay_lines, put, quiet_ends, spoken, voice_source
from tests.media.sounds import decibels, power, tone, voice, write_wav

FFMPEG = find_ffmpeg()
LINE = voice(1.0, SAMPLE_RATE).astype(np.float32)


def sides(left, right=None):
    return np.stack([left, left if right is None else right], axis=1)


def heard(path: Path):
    """The voice in a file, as the mix takes it."""
    source = voice_source(path, "abc")
    folder = path.parent / "scratch"
    folder.mkdir()
    return spoken(decode({"abc": source}, folder, ffmpeg=FFMPEG, time_limit=30)["abc"], source.name)


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_sides_that_cancel_out_give_the_stronger_one(share: float):
    found = spoken(sides(LINE, -share * LINE), "it")

    assert found[1000:-1000] == pytest.approx(LINE[1000:-1000])


def test_a_voice_on_one_side_is_heard():
    assert spoken(sides(LINE, 0 * LINE), "it")[1000:-1000] == pytest.approx(LINE[1000:-1000] / 2)


def test_a_line_begins_and_ends_at_zero():
    found = spoken(sides(np.ones(SAMPLE_RATE, np.float32)), "it")

    assert (found[0], found[-1]) == (0, 0)
    assert np.abs(np.diff(found)).max() < 0.01


def test_a_constant_offset_and_rumble_are_taken_off(tmp_path: Path):
    rumbling = voice(2.0, SAMPLE_RATE) * 0.5 + tone(2.0, 30, level=0.2) + 0.3

    found = sides(heard(write_wav(tmp_path / "line.wav", SAMPLE_RATE, rumbling)))

    assert abs(found[4800:].mean()) < 0.001
    assert power(found, 0.2, 1.8, 30) < decibels(0.2 * np.sqrt(0.5)) - 14
    assert decibels(found[:480]) < decibels(found) - 5  # the offset does not thump


def test_a_clipped_line_and_a_telephone_line_are_taken_as_they_are(tmp_path: Path):
    clipped = heard(write_wav(tmp_path / "line.wav", 8000, voice(1.0, 8000, level=3.0)))

    assert len(clipped) == SAMPLE_RATE
    assert decibels(clipped) > -6


@pytest.mark.parametrize("sound", [np.zeros(SAMPLE_RATE, np.float32), LINE * 1e-4])
def test_a_silent_line_is_refused(sound):
    with pytest.raises(BadMedia, match=r"^The line is silent\. Remedy: Make the line again"):
        spoken(sides(sound), "The line")


def test_a_line_of_one_sample_is_refused(tmp_path: Path):
    with pytest.raises(BadMedia, match=r"The spoken line abc lasts only 0\.0 ms, too short for a word"):
        heard(write_wav(tmp_path / "line.wav", SAMPLE_RATE, np.array([0.5])))


def test_a_line_of_20_minutes_is_refused_without_reading_it_all(tmp_path: Path):
    long = write_wav(tmp_path / "long.wav", 8000, np.tile(voice(60, 8000), 20))
    source = voice_source(long, "abc")

    sound = decode({"abc": source}, tmp_path, ffmpeg=FFMPEG, time_limit=30)["abc"]

    assert len(sound) == 301 * SAMPLE_RATE
    with pytest.raises(BadMedia, match=r"longer than 300 s.*Remedy: Cut it"):
        spoken(sound, source.name)


def test_lines_are_laid_at_their_samples_at_one_level():
    voices = {"loud": LINE, "quiet": LINE * np.float32(0.6)}
    clips = (SpeechClip(audio="loud", start=0.25, seconds=1), SpeechClip(audio="quiet", start=1.5, seconds=1))

    track = lay_lines(clips, voices, -20.0, 3 * SAMPLE_RATE)

    first, second = track[12000:60000], track[72000:120000]
    assert loudness(first) == pytest.approx(-20.0, abs=0.1)
    assert first == pytest.approx(second, abs=1e-5)
    assert not track[:12000].any()
    assert not track[120000:].any()


def test_a_whisper_among_spoken_lines_stays_one():
    voices = {"a": LINE, "b": LINE, "whisper": LINE * np.float32(0.1)}
    clips = tuple(SpeechClip(audio=name, start=2.0 * at, seconds=1) for at, name in enumerate(voices))

    track = lay_lines(clips, voices, -20.0, 6 * SAMPLE_RATE)

    assert loudness(track[:48000]) - loudness(track[192000:240000]) == pytest.approx(14, abs=0.1)


def test_what_reaches_beyond_the_end_is_cut_off():
    track = np.zeros(SAMPLE_RATE, np.float32)

    put(track, LINE, 0.5)
    put(track, LINE, 2.0)

    assert track[24000:] == pytest.approx(LINE[:24000])
    assert not track[:24000].any()


def test_silence_at_the_ends_is_measured(tmp_path: Path):
    said = tone(1.0, 300, rate=22050, level=0.3)
    whole = np.concatenate([np.zeros(22050 // 2), said, np.zeros(22050 // 4)])
    path = write_wav(
        tmp_path / "line.wav", 22050, whole + 0.0002 * np.random.default_rng(1).standard_normal(len(whole))
    )

    assert quiet_ends(path, ffmpeg=FFMPEG, time_limit=30) == pytest.approx((0.5, 0.25), abs=0.02)


def test_a_line_without_silence_has_no_quiet_ends(tmp_path: Path):
    path = write_wav(tmp_path / "line.wav", 22050, tone(1.0, 300, rate=22050, level=0.3))

    assert quiet_ends(path, ffmpeg=FFMPEG, time_limit=30) == pytest.approx((0, 0), abs=0.005)


def test_the_file_at_fault_is_named_among_others(tmp_path: Path):
    good = write_wav(tmp_path / "good.wav", 8000, voice(0.5, 8000))
    (tmp_path / "bad.wav").write_text("no sound at all")
    files = {name: Source(tmp_path / f"{name}.wav", f"The file {name}", 10) for name in ("good", "bad", "gone")}
    assert good.is_file()

    with pytest.raises(BadMedia, match="The file bad holds no sound that can be read"):
        decode(files, tmp_path, ffmpeg=FFMPEG, time_limit=30)
    with pytest.raises(BadMedia, match="The file gone holds no sound that can be read"):
        decode({name: files[name] for name in ("good", "gone")}, tmp_path, ffmpeg=FFMPEG, time_limit=30)
