import hashlib
import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import BadMedia, MediaError
from core.models import Word
from media.effects import write_effect
from media.ffmpeg import find_ffmpeg
from media.levels import loudness
from media.loudness import measure
from media.sound import SAMPLE_RATE, aac_arguments, encode_sound, mix, sound_key, wave_arguments
from media.timeline import CaptionPage, MusicBed, SoundEffect, SpeechClip, Timeline
from tests.media.sounds import EFFECT_TONE, decibels, power, read, reel, tone, true_peak_by_hand, voice, write_wav

FFMPEG = find_ffmpeg()
Scene = tuple[Timeline, dict[str, Path]]


def convert(source: Path, out: Path, *options: str) -> Path:
    subprocess.run([FFMPEG, "-v", "error", "-i", source, *options, out], check=True, timeout=60)
    return out


def decoded(path: Path):
    """The samples of the sound of any file, decoded by FFmpeg, shape (n, 2)."""
    command = [FFMPEG, "-v", "error", "-i", path, "-map", "0:a", "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4").reshape(-1, 2)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Two lines at two rates and levels with a gap of 1.5 s, 2 s of music to be looped, an effect; 7.1 s in all."""
    folder = tmp_path_factory.mktemp("sounds")
    files = {
        "first": write_wav(folder / "first.wav", 22050, voice(2.5)),
        "second": write_wav(folder / "second.wav", 16000, voice(2.2, 16000, 2, level=0.12)),
        "music": write_wav(folder / "music.wav", 44100, tone(2.0, rate=44100)),
        "effect": write_wav(folder / "effect.wav", SAMPLE_RATE, tone(0.5, EFFECT_TONE)),
    }
    speech = (
        SpeechClip(audio="first", start=0.2, seconds=2.5),
        SpeechClip(audio="second", start=4.2, seconds=2.2),
    )
    effects = tuple(SoundEffect(audio="effect", start=start) for start in (1.0, 3.2))
    return reel(speech, 213, MusicBed(audio="music"), effects), files


@pytest.fixture(scope="module")
def mixed(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mixed") / "sound.wav"
    mix(*scene, out, ffmpeg=FFMPEG, time_limit=60)
    return out


@pytest.fixture(scope="module")
def encoded(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("encoded") / "sound.m4a"
    encode_sound(*scene, out, ffmpeg=FFMPEG, time_limit=60)
    return out


def test_it_reaches_the_loudness_of_the_networks(mixed: Path):
    assert measure(mixed, ffmpeg=FFMPEG, time_limit=30).integrated_lufs == pytest.approx(-14, abs=0.11)


def test_no_peak_between_the_samples_comes_near_full_scale(mixed: Path):
    assert true_peak_by_hand(read(mixed)) <= -1.7


def test_it_is_exactly_as_long_as_the_frames(mixed: Path):
    assert len(read(mixed)) == 213 * 1600


def test_it_reports_what_it_wrote(scene: Scene, mixed: Path, tmp_path: Path):
    said = mix(*scene, tmp_path / "sound.wav", ffmpeg=FFMPEG, time_limit=60)

    assert said == measure(mixed, ffmpeg=FFMPEG, time_limit=60)
    assert (tmp_path / "sound.wav").read_bytes() == mixed.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["sound.wav"]


def test_the_finished_track_keeps_loudness_and_peaks_when_it_is_decoded(encoded: Path):
    found = measure(encoded, ffmpeg=FFMPEG, time_limit=30)

    assert found.integrated_lufs == pytest.approx(-14, abs=0.11)
    assert true_peak_by_hand(decoded(encoded).astype(float)) <= -1.0


def test_the_finished_track_is_plain_aac_of_the_asked_rate(scene: Scene, encoded: Path):
    with av.open(str(encoded)) as file:
        (stream,) = file.streams
        assert (stream.codec_context.name, stream.profile, stream.rate, stream.channels) == ("aac", "LC", 48000, 2)
        assert stream.start_time == 0
        assert float(stream.duration * stream.time_base) == pytest.approx(scene[0].seconds, abs=0.025)
    data = encoded.read_bytes()
    assert b"elst" not in data
    assert b"Lavf" not in data
    assert b"Lavc" not in data


def test_the_finished_track_is_the_same_every_time(scene: Scene, encoded: Path, tmp_path: Path):
    encode_sound(*scene, tmp_path / "again.m4a", ffmpeg=FFMPEG, time_limit=60)

    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (encoded, tmp_path / "again.m4a")}
    assert len(digests) == 1


def test_copied_beside_a_picture_every_sample_stands_where_the_mix_has_it(encoded: Path, mixed: Path, tmp_path: Path):
    Image.new("RGB", (64, 64)).save(tmp_path / "still.png")
    picture = convert(tmp_path / "still.png", tmp_path / "picture.mp4", "-vf", "loop=212:1,format=yuv420p", "-r", "30")
    film = tmp_path / "reel.mp4"
    options = ["-map", "0:v", "-map", "1:a", "-c", "copy", "-movflags", "+negative_cts_offsets", "-use_editlist", "0"]
    convert(picture, film, "-i", str(encoded), *options)
    wanted, found = read(mixed), decoded(film)

    assert b"elst" not in film.read_bytes()
    noise = decibels(found[: len(wanted)] - wanted[: len(found)]) - decibels(wanted)
    assert noise < -25  # a shift of a single sample would leave -15 dB and more
    assert decibels(found[: SAMPLE_RATE // 2] - wanted[: SAMPLE_RATE // 2]) < decibels(wanted) - 25


def test_the_bit_rate_is_what_is_asked(scene: Scene, encoded: Path, tmp_path: Path):
    encode_sound(*scene, tmp_path / "low.m4a", ffmpeg=FFMPEG, time_limit=60, bit_rate=96_000)

    assert (tmp_path / "low.m4a").stat().st_size < 0.7 * encoded.stat().st_size


def test_music_lies_18_to_22_db_under_the_voice_and_comes_up_between_lines(mixed: Path):
    sound = read(mixed)
    voice_level = decibels(sound[round(0.3 * SAMPLE_RATE) : round(2.6 * SAMPLE_RATE)])
    speaking, gap = power(sound, 0.3, 2.6), power(sound, 3.2, 3.9)

    assert 18 <= voice_level - speaking <= 22
    assert 6 <= gap - speaking <= 8


def test_an_effect_lies_14_db_under_the_voice_and_is_not_ducked(mixed: Path):
    sound = read(mixed)
    over_voice, in_gap = power(sound, 1.05, 1.45, EFFECT_TONE), power(sound, 3.25, 3.65, EFFECT_TONE)
    # K weighting makes 6 kHz 3.9 dB louder and the low tones of this voice quieter.
    under = decibels(sound[round(0.3 * SAMPLE_RATE) : round(2.6 * SAMPLE_RATE)]) - over_voice

    assert over_voice == pytest.approx(in_gap, abs=0.5)
    assert 12 <= under <= 20


def test_a_loud_effect_does_not_raise_the_peaks(scene: Scene, tmp_path: Path):
    timeline, files = scene
    write_effect("pop", tmp_path / "pop.wav")
    effects = tuple(SoundEffect(audio="pop", start=0.3 * at, gain_db=0) for at in range(20))
    loud = timeline.model_copy(update={"effects": effects})

    mix(loud, {**files, "pop": tmp_path / "pop.wav"}, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert true_peak_by_hand(read(tmp_path / "o.wav")) <= -1.7


def test_the_music_goes_on_after_its_own_end_without_a_click(mixed: Path, scene: Scene, tmp_path: Path):
    sound = read(mixed)
    seam = sound[4 * SAMPLE_RATE - 480 : 4 * SAMPLE_RATE + 480, 0]  # the second of three loops ends in the gap

    assert power(sound, 3.8, 4.1) > -50
    spectrum = np.abs(np.fft.rfft(seam * np.hanning(len(seam)))) ** 2
    assert spectrum[200:].sum() < 1e-6 * spectrum.sum()  # nothing above 10 kHz


def test_the_music_fades_at_the_end(mixed: Path):
    sound = read(mixed)

    assert power(sound, 6.98, 7.1) < power(sound, 6.4, 6.5) - 8
    assert np.abs(sound[-8:]).max() < 0.001


def test_a_quiet_line_is_as_loud_as_the_others(mixed: Path):
    sound = read(mixed).astype(np.float32)

    levels = [loudness(sound[round(start * SAMPLE_RATE) : round((start + 2) * SAMPLE_RATE)]) for start in (0.3, 4.3)]

    assert levels[0] == pytest.approx(levels[1], abs=1.0)


@pytest.mark.parametrize("rate", [8000, 16000, 22050])
def test_a_line_starts_at_its_sample(rate: int, tmp_path: Path):
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
    assert abs(heard - round((start + 0.5) * SAMPLE_RATE)) <= 3


def test_a_line_may_be_said_twice(tmp_path: Path):
    files = {"line": write_wav(tmp_path / "line.wav", 22050, voice(0.8))}
    twice = tuple(SpeechClip(audio="line", start=start, seconds=0.8) for start in (0.1, 1.6))

    mix(reel(twice, 75), files, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    sound = read(tmp_path / "o.wav")
    loud = [np.abs(sound[round(at * SAMPLE_RATE) : round((at + 0.5) * SAMPLE_RATE)]).max() for at in (0.2, 1.0, 1.7)]
    assert loud[0] > 0.2
    assert loud[1] < 0.01
    assert loud[2] > 0.2


def test_a_reel_without_music_is_only_voice(scene: Scene, tmp_path: Path):
    timeline, files = scene
    quiet = timeline.model_copy(update={"music": None, "effects": ()})

    said = mix(quiet, files, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert said.integrated_lufs == pytest.approx(-14, abs=0.11)
    assert decibels(read(tmp_path / "o.wav")[round(3.0 * SAMPLE_RATE) : round(4.0 * SAMPLE_RATE)]) < -90


def test_a_line_beyond_the_end_is_cut_and_does_not_click(scene: Scene, tmp_path: Path):
    timeline = reel((SpeechClip(audio="first", start=0.5, seconds=2.5),), 45)

    mix(timeline, scene[1], tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    sound = read(tmp_path / "o.wav")
    assert len(sound) == 45 * 1600
    assert np.abs(sound[-8:]).max() < 0.005


@pytest.mark.parametrize(
    ("name", "options"),
    [("m.mp3", ["-b:a", "96k"]), ("m.ogg", ["-c:a", "libvorbis"]), ("m.m4a", []), ("m.flac", ["-ar", "96000"]),
     ("mono.wav", ["-ac", "1", "-ar", "11025"]), ("surround.wav", ["-ac", "6"])],
)  # fmt: skip
@pytest.mark.parametrize("seconds", [1.5, 6.0])
def test_music_of_any_kind_is_taken(name: str, options: list[str], seconds: float, scene: Scene, tmp_path: Path):
    timeline = reel(scene[0].speech[:1], 120, MusicBed(audio="music"))
    plain = write_wav(tmp_path / "plain.wav", 44100, np.stack([tone(seconds, rate=44100)] * 2, axis=1))
    music = convert(plain, tmp_path / name, *options)

    mix(timeline, {**scene[1], "music": music}, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    sound = read(tmp_path / "o.wav")
    voice_level = decibels(sound[round(0.3 * SAMPLE_RATE) : round(2.6 * SAMPLE_RATE)])
    assert 18 <= voice_level - power(sound, 0.3, 2.6) <= 22


def test_music_with_a_cover_picture_is_taken(scene: Scene, tmp_path: Path):
    timeline, files = scene
    Image.new("RGB", (64, 64), "red").save(tmp_path / "cover.png")
    cover = ["-i", str(tmp_path / "cover.png"), "-map", "1:v", "-map", "0:a", "-c:v", "png"]
    music = convert(files["music"], tmp_path / "m.mp3", *cover, "-disposition:v", "attached_pic")
    with av.open(str(music)) as file:
        assert file.streams.video

    said = mix(timeline, {**files, "music": music}, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert said.integrated_lufs == pytest.approx(-14, abs=0.11)
    assert power(read(tmp_path / "o.wav"), 3.8, 4.1) > -50


def test_silent_music_is_left_out(scene: Scene, tmp_path: Path):
    timeline, files = scene
    muted = write_wav(tmp_path / "muted.wav", 44100, np.zeros(44100))

    said = mix(timeline, {**files, "music": muted}, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert said.integrated_lufs == pytest.approx(-14, abs=0.11)


@pytest.fixture(scope="module")
def unreadable(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files that hold no sound."""
    folder = tmp_path_factory.mktemp("bad")
    Image.new("RGB", (64, 64)).save(folder / "still.png")
    found = {
        "empty": folder / "empty.wav",
        "cut": folder / "cut.wav",
        "text": folder / "text.mp3",
        "mute": convert(folder / "still.png", folder / "mute.mp4", "-pix_fmt", "yuv420p"),
        "none": write_wav(folder / "none.wav", SAMPLE_RATE, np.zeros(0)),
        "gone": folder / "gone.wav",
    }
    found["empty"].write_bytes(b"")
    found["cut"].write_bytes(b"RIFF")
    found["text"].write_bytes(b"this is no sound at all" * 40)
    return found


@pytest.mark.parametrize("kind", ["empty", "cut", "text", "mute", "none", "gone"])
@pytest.mark.parametrize("part", ["spoken line first", "music music", "sound effect effect"])
def test_a_file_without_sound_is_refused_by_name(
    kind: str, part: str, scene: Scene, unreadable: dict[str, Path], tmp_path: Path
):
    timeline, files = scene

    with pytest.raises(BadMedia, match=rf"(?s)^The {part} holds no sound.*Remedy: Replace the file"):
        mix(timeline, {**files, part.split()[-1]: unreadable[kind]}, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert not list(tmp_path.iterdir())


def test_a_silent_line_is_refused(scene: Scene, tmp_path: Path):
    timeline, files = scene
    silent = write_wav(tmp_path / "silent.wav", 22050, np.zeros(22050))

    with pytest.raises(BadMedia, match=r"second is silent.*Remedy: Make the line again"):
        mix(timeline, {**files, "second": silent}, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    assert not (tmp_path / "o.wav").exists()


def test_a_line_whose_sides_cancel_out_is_heard(scene: Scene, tmp_path: Path):
    timeline, files = scene
    line = voice(2.5)
    upside_down = write_wav(tmp_path / "line.wav", 22050, np.stack([line, -line], axis=1))
    quiet = timeline.model_copy(update={"music": None, "effects": ()})

    mix(quiet, {**files, "first": upside_down}, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)

    sound = read(tmp_path / "o.wav").astype(np.float32)
    assert loudness(sound[9600:129600]) == pytest.approx(loudness(sound[201600:307200]), abs=1.0)
    assert (sound[:, 0] == sound[:, 1]).all()


@pytest.mark.parametrize("name", ["first", "music", "effect"])
def test_it_names_a_file_that_was_not_handed_over(name: str, scene: Scene, tmp_path: Path):
    timeline, files = scene
    fewer = {key: path for key, path in files.items() if key != name}

    with pytest.raises(BadMedia, match=f"The sound {name} of the timeline was not handed over"):
        mix(timeline, fewer, tmp_path / "o.wav", ffmpeg=FFMPEG, time_limit=60)


def test_it_stops_at_the_time_limit(scene: Scene, tmp_path: Path):
    with pytest.raises(MediaError, match="stopped"):
        encode_sound(*scene, tmp_path / "o.m4a", ffmpeg=FFMPEG, time_limit=0.001)

    assert not list(tmp_path.iterdir())


def test_a_failed_encode_leaves_the_track_that_was_there(scene: Scene, tmp_path: Path):
    (tmp_path / "o.m4a").write_bytes(b"before")

    with pytest.raises(MediaError):
        encode_sound(*scene, tmp_path / "o.m4a", ffmpeg=Path(shutil.which("false") or "false"), time_limit=10)

    assert (tmp_path / "o.m4a").read_bytes() == b"before"


def test_the_key_follows_what_is_heard_and_nothing_else(scene: Scene):
    timeline, _ = scene
    key = sound_key(timeline)
    page = CaptionPage(words=(Word(text="a", start=0, end=1),), start=0, end=1)
    shots = (timeline.shots[0].model_copy(update={"picture": "q"}),)
    unheard = {"shots": shots, "pages": (page,), "language": "es", "timing": "alignment"}
    heard = {
        "speech": timeline.speech[:1],
        "effects": (),
        "music": MusicBed(audio="music", gain_db=-13),
        "frames": 214,
        "fps": 25,
    }

    assert {sound_key(timeline.model_copy(update={name: value})) for name, value in unheard.items()} == {key}
    keys = {sound_key(timeline.model_copy(update={name: value})) for name, value in heard.items()}
    assert len(keys | {key}) == len(heard) + 1


def test_graphs_measure_what_they_write_and_say_nothing_of_themselves():
    wave, aac = wave_arguments(Path("raw"), Path("o.wav")), aac_arguments(Path("raw"), Path("o.m4a"), 192_000)

    for line in (wave, aac):
        assert "ebur128@reel" in " ".join(line)
        assert line[line.index("-fflags") + 1] == "+bitexact"
        assert line[line.index("-map_metadata") + 1] == "-1"
    assert "atrim=start_sample=1024" in " ".join(aac)
    assert "atrim" not in " ".join(wave)
    assert aac[aac.index("-use_editlist") + 1] == "0"


def test_measuring_refuses_a_file_without_sound(tmp_path: Path):
    (tmp_path / "text.wav").write_text("no sound")

    with pytest.raises(BadMedia):
        measure(tmp_path / "text.wav", ffmpeg=FFMPEG, time_limit=10)


def test_measuring_silence_finds_silence(tmp_path: Path):
    path = write_wav(tmp_path / "silent.wav", 22050, np.zeros(22050))

    assert measure(path, ffmpeg=FFMPEG, time_limit=10).is_silent
