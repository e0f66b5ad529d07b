from __future__ import annotations

import subprocess
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
from fakes.server import Fake

from core.errors import MissingPart, UnexpectedReply
from core.models import Made
from integrations.generation import spoken_reply
from integrations.generation.spoken_reply import RATE, guessed_times, speech_from

TEXT = "The sea is deep, and nobody went down."
LEAD = 0.5


def phrases(*lengths: float, pause: float = 0.3, rate: int = 22_050) -> np.ndarray:
    """Half a second of silence, then a tone of each length with pauses between, then half a second."""
    parts = [np.zeros(round(LEAD * rate))]
    for length in lengths:
        parts += [0.2 * np.sin(np.arange(round(length * rate)) * 2 * np.pi * 200 / rate), np.zeros(round(pause * rate))]
    return np.concatenate([*parts[:-1], np.zeros(round(0.5 * rate))])


def stored(path: Path, samples: np.ndarray, rate: int = 22_050, channels: int = 1) -> Path:
    """Write samples as a WAV file, and in the format of the name by FFmpeg where that is another."""
    plain = path.with_suffix(".wav")
    with wave.open(str(plain), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.repeat(samples, channels) * 32767).astype("<i2").tobytes())
    if path.suffix != ".wav":
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", "-i", str(plain), str(path)]
        subprocess.run(command, check=True)
    return path


def speech(raw: Path, folder: Path, text: str = TEXT, **options: Any) -> Made:
    return speech_from(raw, text, "en", folder, service="teller", **options)


def heard(made: Made) -> np.ndarray:
    with wave.open(str(made.files["speech"])) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.ogg", "a.m4a", "a.flac"])
def test_audio_of_any_format_becomes_a_levelled_mono_file(tmp_path: Path, name: str) -> None:
    made = speech(stored(tmp_path / name, phrases(2.0), channels=2), tmp_path)

    samples = heard(made)
    assert made.result["seconds"] == pytest.approx(2.12, abs=0.05)
    assert len(samples) / RATE == pytest.approx(made.result["seconds"], abs=0.001)
    assert 20 * np.log10(np.sqrt(np.mean(samples[RATE // 2 : RATE] ** 2))) == pytest.approx(-20, abs=0.5)
    assert [word["text"] for word in made.result["words"]] == TEXT.split()


def test_silence_is_cut_and_given_times_move_with_it(tmp_path: Path) -> None:
    raw = stored(tmp_path / "a.wav", phrases(0.8))
    times = [(LEAD + 0.1 * place, LEAD + 0.1 * place + 0.08) for place in range(8)]

    result = speech(raw, tmp_path, times=times).result

    assert result["timing"] == "voice"
    assert [word["start"] for word in result["words"]] == pytest.approx([0.04 + 0.1 * n for n in range(8)], abs=0.011)
    assert [word["end"] for word in result["words"]] == pytest.approx([0.12 + 0.1 * n for n in range(8)], abs=0.011)


def test_times_that_go_back_or_past_the_end_are_kept_inside(tmp_path: Path) -> None:
    times = [(0.6, 0.9), (0.5, 0.7), (0.9, 99.0), *[(99.0, 100.0)] * 5]

    result = speech(stored(tmp_path / "a.wav", phrases(0.8)), tmp_path, times=times).result

    marks = [mark for word in result["words"] for mark in (word["start"], word["end"])]
    assert marks == sorted(marks)
    assert marks[-1] <= result["seconds"]


def test_a_list_of_times_that_does_not_fit_the_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 times for 8 words"):
        speech(stored(tmp_path / "a.wav", phrases(0.8)), tmp_path, times=[(0.0, 0.1)])


def test_without_times_phrases_are_laid_on_what_sounds(tmp_path: Path) -> None:
    result = speech(stored(tmp_path / "a.wav", phrases(0.9, 1.5, pause=0.4)), tmp_path).result

    words = result["words"]
    assert result["timing"] == "proportional"
    assert words[3]["end"] == pytest.approx(0.04 + 0.9, abs=0.02)
    assert words[4]["start"] == pytest.approx(0.04 + 0.9 + 0.4, abs=0.02)
    assert words[-1]["end"] == pytest.approx(0.04 + 0.9 + 0.4 + 1.5, abs=0.02)
    assert all(first["end"] <= second["start"] for first, second in pairwise(words))


def test_without_as_many_pauses_as_the_text_has_the_words_share_the_whole_line(tmp_path: Path) -> None:
    words = speech(stored(tmp_path / "a.wav", phrases(2.0)), tmp_path).result["words"]

    assert words[0]["start"] == pytest.approx(0.04, abs=0.02)
    assert words[-1]["end"] == pytest.approx(2.04, abs=0.02)
    assert all(first["end"] == second["start"] for first, second in pairwise(words))
    lengths = {word["text"]: word["end"] - word["start"] for word in words}
    assert lengths["nobody"] == pytest.approx(3 * lengths["is"], rel=0.05)


def test_what_is_not_spoken_takes_no_time_and_a_number_takes_long(tmp_path: Path) -> None:
    words = speech(stored(tmp_path / "a.wav", phrases(3.0)), tmp_path, "It was 🔥 in 1969").result["words"]

    assert words[2]["start"] == words[2]["end"]
    assert words[4]["end"] - words[4]["start"] > 1.5


def test_a_line_that_cannot_be_spoken_has_words_without_length() -> None:
    sound = np.ones(RATE, np.float32)

    assert guessed_times(sound, RATE, ["", ""], "en") == []


def test_model_and_seed_are_passed_on(tmp_path: Path) -> None:
    made = speech(stored(tmp_path / "a.wav", phrases(0.8)), tmp_path, model="voice-9", seed=7)

    assert (made.model, made.seed) == ("voice-9", 7)


@pytest.mark.parametrize("content", [b"", b"<!doctype html>", b'{"error": "no"}', b"ID3\x04\x00" + bytes(2000)])
def test_what_is_no_audio_is_an_unexpected_reply(tmp_path: Path, content: bytes) -> None:
    raw = tmp_path / "raw.mp3"
    raw.write_bytes(content)

    with pytest.raises(UnexpectedReply, match="no audio") as caught:
        speech(raw, tmp_path)

    assert caught.value.service == "teller"
    assert not (tmp_path / "speech.wav").exists()


def test_a_file_with_pictures_only_and_one_of_silence_are_unexpected_replies(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    source = ["-f", "lavfi", "-i", "color=size=64x64:duration=0.2"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, str(clip)], check=True)

    with pytest.raises(UnexpectedReply, match="no audio"):
        speech(clip, tmp_path)
    with pytest.raises(UnexpectedReply, match="silent"):
        speech(stored(tmp_path / "quiet.wav", np.zeros(22_050)), tmp_path)


def test_a_playlist_makes_ffmpeg_open_no_address(tmp_path: Path) -> None:
    playlist = tmp_path / "list.m3u8"
    with Fake() as stranger:
        part = f"#EXTINF:2,\n{stranger.url}/part.ts\n"
        playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{part}#EXT-X-ENDLIST\n")
        with pytest.raises(UnexpectedReply):
            speech(playlist, tmp_path)

        assert stranger.requests == []


def test_audio_that_cannot_be_decoded_in_time_is_an_unexpected_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoken_reply, "DECODE_SECONDS_LIMIT", 0.0001)

    with pytest.raises(UnexpectedReply, match="could not be decoded within"):
        speech(stored(tmp_path / "a.wav", phrases(0.8)), tmp_path)


def test_an_ffmpeg_that_does_not_start_is_a_missing_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken_reply, "find_ffmpeg", lambda configured: tmp_path / "gone")

    with pytest.raises(MissingPart, match="FFmpeg"):
        speech(stored(tmp_path / "a.wav", phrases(0.8)), tmp_path)
