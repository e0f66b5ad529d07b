import hashlib
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import BadMedia, MediaError
from media.ffmpeg import find_ffmpeg
from media.loudness import measure
from media.sound import SAMPLE_RATE, mix, mix_graph
from media.timeline import CaptionStyle, Framing, MusicBed, Shot, SpeechClip, Timeline

FFMPEG = find_ffmpeg()
TONE = 1000  # Hz of the music; the voices leave this band free
MIDDLE = Framing(x=0.5, y=0.5, zoom=1)


def write_wav(path: Path, rate: int, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return path


def voice(seconds: float, rate: int = 22050, seed: int = 1, level: float = 0.25) -> NDArray[np.float64]:
    """Syllables: noise and a low harmonic tone, opened four times a second, with nothing near TONE."""
    time = np.arange(round(seconds * rate)) / rate
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(time)))
    hertz = np.fft.rfftfreq(len(time), 1 / rate)
    spectrum[(hertz < 150) | (hertz > 4000) | ((hertz > 600) & (hertz < 1700))] = 0
    noise = np.fft.irfft(spectrum, len(time))
    syllables = 0.15 + 0.85 * np.abs(np.sin(2 * np.pi * 2 * time)) ** 1.5
    return level * syllables * (noise / noise.std() * 0.5 + np.sin(2 * np.pi * 180 * time) * 0.7)


def read(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, SAMPLE_RATE, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768


def reel(speech: tuple[SpeechClip, ...], frames: int, music: MusicBed | None = None) -> Timeline:
    return Timeline(
        frames=frames,
        language="en",
        shots=(Shot(picture="p", start=0, frames=frames, begin=MIDDLE, end=MIDDLE),),
        pages=(),
        caption_style=CaptionStyle(accent="#ffcc00"),
        timing="voice",
        speech=speech,
        music=music,
    )


def loudness_by_hand(sound: NDArray[np.float64]) -> float:
    """Measure LUFS after ITU-R BS.1770-4 with numpy alone: K weighting, blocks of 400 ms, both gates."""
    length = len(sound) + SAMPLE_RATE
    z = np.exp(2j * np.pi * np.fft.rfftfreq(length))[:, None]
    shelf = (1.53512485958697 - 2.69169618940638 / z + 1.19839281085285 / z**2) / (
        1 - 1.69065929318241 / z + 0.73248077421585 / z**2
    )
    high_pass = (1 - 2 / z + 1 / z**2) / (1 - 1.99004745483398 / z + 0.99007225036621 / z**2)
    weighted = np.fft.irfft(np.fft.rfft(sound, length, axis=0) * shelf * high_pass, length, axis=0)[: len(sound)]
    block, step = SAMPLE_RATE * 4 // 10, SAMPLE_RATE // 10
    powers = [(weighted[at : at + block] ** 2).mean(axis=0).sum() for at in range(0, len(sound) - block + 1, step)]
    blocks = np.array([power for power in powers if -0.691 + 10 * np.log10(power + 1e-20) > -70])
    kept = blocks[blocks > blocks.mean() / 10]
    return float(-0.691 + 10 * np.log10(kept.mean()))


def true_peak_by_hand(sound: NDArray[np.float64]) -> float:
    """Return the highest level between the samples, in dBTP, from an exact eightfold oversampling."""
    spectrum = np.fft.rfft(sound, axis=0)
    return float(20 * np.log10(np.abs(np.fft.irfft(spectrum, 8 * len(sound), axis=0)).max() * 8))


def power(sound: NDArray[np.float64], start: float, end: float) -> float:
    """Return the power in dB of a stretch around TONE."""
    part = sound[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE), 0]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    hertz = np.fft.rfftfreq(len(part), 1 / SAMPLE_RATE)
    return float(10 * np.log10(spectrum[np.abs(hertz - TONE) < 12].sum() / len(part) ** 2 + 1e-15))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Timeline, dict[str, Path]]:
    """Two lines at two rates and levels with a gap of 1.5 s, and 2 s of music to be looped; 7.1 s in all."""
    folder = tmp_path_factory.mktemp("sounds")
    time = np.arange(2 * 44100) / 44100
    files = {
        "first": write_wav(folder / "first.wav", 22050, voice(2.5)),
        "second": write_wav(folder / "second.wav", 16000, voice(2.2, 16000, 2, level=0.12)),
        "music": write_wav(folder / "music.wav", 44100, 0.4 * np.sin(2 * np.pi * TONE * time)),
    }
    speech = (
        SpeechClip(audio="first", start=0.2, seconds=2.5),
        SpeechClip(audio="second", start=4.2, seconds=2.2),
    )
    return reel(speech, 213, MusicBed(audio="music")), files


@pytest.fixture(scope="module")
def mixed(scene: tuple[Timeline, dict[str, Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mixed") / "sound.wav"
    mix(scene[0], scene[1], out, ffmpeg=FFMPEG, time_limit=60)
    return out


def test_it_reaches_the_loudness_of_the_networks(mixed: Path) -> None:
    assert loudness_by_hand(read(mixed)) == pytest.approx(-14, abs=0.3)


def test_no_peak_between_the_samples_comes_near_full_scale(mixed: Path) -> None:
    assert true_peak_by_hand(read(mixed)) <= -1.5


def test_it_is_exactly_as_long_as_the_frames(mixed: Path) -> None:
    assert len(read(mixed)) == 213 * 1600


def test_it_reports_what_it_wrote(scene: tuple[Timeline, dict[str, Path]], tmp_path: Path) -> None:
    said = mix(*scene, tmp_path / "sound.wav", ffmpeg=FFMPEG, time_limit=60)

    assert said == measure(tmp_path / "sound.wav", ffmpeg=FFMPEG, time_limit=60)


def test_equal_sounds_give_equal_bytes(mixed: Path, scene: tuple[Timeline, dict[str, Path]], tmp_path: Path) -> None:
    mix(*scene, tmp_path / "again.wav", ffmpeg=FFMPEG, time_limit=60)

    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (mixed, tmp_path / "again.wav")}
    assert len(digests) == 1


def test_it_leaves_only_the_finished_file(mixed: Path) -> None:
    assert [path.name for path in mixed.parent.iterdir()] == ["sound.wav"]


def test_the_music_makes_room_for_the_voice(mixed: Path) -> None:
    sound = read(mixed)

    speaking, gap = power(sound, 0.6, 2.6), power(sound, 3.4, 4.1)

    assert 6 <= gap - speaking <= 12


def test_the_music_sits_well_under_the_voice(mixed: Path) -> None:
    sound = read(mixed)
    part = sound[round(0.6 * SAMPLE_RATE) : round(2.6 * SAMPLE_RATE), 0]
    windowed = 10 * np.log10((np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2).sum() / len(part) ** 2)

    under = windowed - power(sound, 0.6, 2.6)

    assert 16 <= under <= 26


def test_the_music_goes_on_after_its_own_end(mixed: Path) -> None:
    assert power(read(mixed), 3.4, 4.1) > -60


def test_the_music_fades_at_the_end(mixed: Path) -> None:
    sound = read(mixed)

    assert power(sound, 6.98, 7.1) < power(sound, 6.4, 6.5) - 10
    assert np.abs(sound[-8:]).max() < 0.001


def test_a_quiet_line_is_as_loud_as_the_others(mixed: Path) -> None:
    sound = read(mixed)

    levels = [
        10 * np.log10((sound[round(start * SAMPLE_RATE) : round((start + 2) * SAMPLE_RATE)] ** 2).mean())
        for start in (0.3, 4.3)
    ]

    assert levels[0] == pytest.approx(levels[1], abs=1.5)


@pytest.mark.parametrize("rate", [16000, 22050])
def test_a_line_starts_at_its_sample(rate: int, tmp_path: Path) -> None:
    line = voice(1.0, rate)
    line[: rate // 2] *= 0.001
    line[rate // 2] = 1.0  # a click half a second into the line
    files = {"click": write_wav(tmp_path / "click.wav", rate, line)}
    start = 0.3337

    mix(
        reel((SpeechClip(audio="click", start=start, seconds=1.0),), 45), files, tmp_path / "o.wav",
        ffmpeg=FFMPEG, time_limit=60,
    )  # fmt: skip

    window = slice(0, round((start + 0.5) * SAMPLE_RATE) + 12)
    heard = int(np.abs(read(tmp_path / "o.wav")[window, 0]).argmax())
    assert abs(heard - round((start + 0.5) * SAMPLE_RATE)) <= 2


def test_a_line_may_be_said_twice(tmp_path: Path) -> None:
    files = {"line": write_wav(tmp_path / "line.wav", 22050, voice(0.8))}
    twice = tuple(SpeechClip(audio="line", start=start, seconds=0.8) for start in (0.1, 1.6))

    mix(reel(twice, 75), files, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    sound = read(tmp_path / "o.wav")
    loud = [np.abs(sound[round(at * SAMPLE_RATE) : round((at + 0.5) * SAMPLE_RATE)]).max() for at in (0.2, 1.0, 1.7)]
    assert loud[0] > 0.2
    assert loud[1] < 0.01
    assert loud[2] > 0.2


def test_a_reel_without_music_is_only_voice(scene: tuple[Timeline, dict[str, Path]], tmp_path: Path) -> None:
    timeline, files = scene
    quiet = timeline.model_copy(update={"music": None})

    said = mix(quiet, files, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert said.integrated_lufs == pytest.approx(-14, abs=0.3)
    assert power(read(tmp_path / "o.wav"), 3.4, 4.1) < -90


def test_it_refuses_a_silent_line(tmp_path: Path) -> None:
    files = {
        "good": write_wav(tmp_path / "good.wav", 22050, voice(1.0)),
        "silent": write_wav(tmp_path / "silent.wav", 22050, np.zeros(22050)),
    }
    speech = tuple(SpeechClip(audio=name, start=at, seconds=1.0) for at, name in enumerate(files))

    with pytest.raises(BadMedia, match=r"silent is silent.*Remedy: Make the line again"):
        mix(reel(speech, 60), files, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert not (tmp_path / "o.wav").exists()


def test_silent_music_does_no_harm(scene: tuple[Timeline, dict[str, Path]], tmp_path: Path) -> None:
    timeline, files = scene
    muted = write_wav(tmp_path / "muted.wav", 44100, np.zeros(44100))

    said = mix(timeline, {**files, "music": muted}, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert said.integrated_lufs == pytest.approx(-14, abs=0.3)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"this is no sound at all" * 40])
def test_it_refuses_a_line_that_is_no_sound(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "line.wav").write_bytes(content)

    with pytest.raises(BadMedia):
        mix(
            reel((SpeechClip(audio="line", start=0, seconds=1),), 60), {"line": tmp_path / "line.wav"},
            tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60,
        )  # fmt: skip


def test_it_names_a_file_that_was_not_handed_over(scene: tuple[Timeline, dict[str, Path]], tmp_path: Path) -> None:
    timeline, files = scene
    fewer = {name: path for name, path in files.items() if name != "music"}

    with pytest.raises(BadMedia, match="music"):
        mix(timeline, fewer, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)


def test_it_stops_at_the_time_limit(scene: tuple[Timeline, dict[str, Path]], tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="stopped"):
        mix(*scene, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=0.001)


def test_ducking_is_asked_for_in_milliseconds_and_mixing_without_turning_down() -> None:
    timeline = reel((SpeechClip(audio="v", start=0, seconds=1),), 60, MusicBed(audio="m"))

    line = " ".join(mix_graph(timeline, {"v": Path("v"), "m": Path("m")}, {"v": 0.0, "m": 0.0}, Path("o.wav")))

    assert "attack=15:" in line
    assert "release=350:" in line
    assert line.count("normalize=0") == line.count("amix") == 1


def test_measuring_refuses_a_file_without_sound(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")

    with pytest.raises(BadMedia):
        measure(tmp_path / "text.wav", ffmpeg=FFMPEG, time_limit=10)


def test_measuring_silence_finds_silence(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "silent.wav", 22050, np.zeros(22050))

    assert measure(path, ffmpeg=FFMPEG, time_limit=10).is_silent
