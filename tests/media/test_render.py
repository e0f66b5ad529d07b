"""Whole reels through the real FFmpeg, looked at by an independent reader."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.errors import BadInput, BadMedia, DiskFull, MediaError
from core.models import Word
from media.edit import SceneMaterial, cut
from media.ffmpeg import find_ffmpeg, run_ffmpeg
from media.render import render
from media.timeline import CaptionStyle

FFMPEG = find_ffmpeg()
TITLE = "Two hearts?"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two pictures (one red, one grey with detail) and two tones that stand for speech."""
    folder = tmp_path_factory.mktemp("material")
    Image.new("RGB", (432, 768), (200, 30, 30)).save(folder / "red.png")
    Image.effect_noise((432, 768), 60).convert("RGB").save(folder / "noise.png")
    for name, pitch in (("one", 180), ("two", 240)):
        tone = 8000 * np.sin(2 * np.pi * pitch * np.arange(22050) / 22050)
        with wave.open(str(folder / f"{name}.wav"), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(22050)
            sound.writeframes(tone.astype("<i2").tobytes())
    return {
        "red": folder / "red.png", "noise": folder / "noise.png",
        "one": folder / "one.wav", "two": folder / "two.wav",
    }  # fmt: skip


def scene(text, picture, speech):
    words = [Word(text=word, start=n * 0.3, end=n * 0.3 + 0.28) for n, word in enumerate(text.split())]
    return SceneMaterial(
        role="beat", text=text, words=words, timing="voice", speech=speech, seconds=1.0, picture=picture
    )


def reel(first="Two hearts?", **changes):
    """A reel of about two seconds, small unless asked otherwise."""
    scenes = [scene(first, "red", "one"), scene("No, three.", "noise", "two")]
    timeline = cut(
        scenes, language="en", style=CaptionStyle(accent="#ffcc33"), title=TITLE, watermark="@reef", loop=False
    )
    return timeline.model_copy(update={"width": 216, "height": 384} | changes)


def made(timeline, files, out, progress=lambda share: None, time_limit=120.0):
    render(timeline, files, out, ffmpeg=FFMPEG, progress=progress, time_limit=time_limit)
    return out


@pytest.fixture(scope="module")
def finished(files, tmp_path_factory):
    """One reel at full size for all tests that only look."""
    timeline = reel(width=1080, height=1920)
    return timeline, made(timeline, files, tmp_path_factory.mktemp("reel") / "reel.mp4")


def boxes(path):
    """Return every four-letter box name of the index, and the order of the boxes on top."""
    data, at, top = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        top.append(data[at + 4 : at + 8])
        if top[-1] == b"moov":
            index = data[at : at + size]
        at += size
    return index, top


def test_it_is_h264_high_and_aac_as_the_networks_ask(finished):
    timeline, path = finished
    with av.open(path) as file:
        picture, sound = file.streams.video[0], file.streams.audio[0]

        assert (picture.codec_context.name, picture.profile, picture.pix_fmt) == ("h264", "High", "yuv420p")
        assert (picture.width, picture.height, picture.average_rate) == (1080, 1920, 30)
        assert picture.frames == timeline.frames
        assert (sound.codec_context.name, sound.profile, sound.rate, sound.channels) == ("aac", "LC", 48000, 2)
        assert 64_000 < sound.bit_rate < 1.25 * 192_000  # a pure tone needs little


def test_colours_are_tagged_bt709_limited(finished):
    with av.open(finished[1]) as file:
        context = file.streams.video[0].codec_context

        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)


def test_both_streams_start_at_zero_and_last_equally_long(finished):
    timeline, path = finished
    with av.open(path) as file:
        for stream in file.streams:
            assert stream.start_time == 0
            assert abs(stream.duration * stream.time_base - Fraction(timeline.frames, 30)) < Fraction(1, 1000)


def test_there_are_no_edit_lists_and_the_index_is_in_front(finished):
    index, top = boxes(finished[1])

    assert b"elst" not in index
    assert b"edts" not in index
    assert top.index(b"moov") < top.index(b"mdat")


def test_nothing_in_the_file_tells_when_it_was_made(finished):
    with av.open(finished[1]) as file:
        assert "creation_time" not in file.metadata
        assert "encoder" not in file.metadata


def test_the_picture_has_its_colours_and_its_letters(finished):
    with av.open(finished[1]) as file:
        frame = next(file.decode(video=0)).to_ndarray(format="yuv420p")
    luma, flat = frame[:1920], frame.reshape(-1)
    red = flat[1080 * 1920 + 540 * 960 :].reshape(960, 540)

    assert abs(int(np.median(red)) - 203) <= 1  # 128 + (200 - luma) * 224 / 255 / 1.5748, luma = 66.1
    assert (luma[340:760, 90:930] > 225).sum() > 5000
    assert (luma[:270] > 150).sum() == 0


def test_sound_is_heard_when_the_timeline_says(finished):
    timeline, path = finished
    with av.open(path) as file:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])

    begins = (np.abs(samples) > 0.02).argmax() / 48000

    assert begins == pytest.approx(timeline.speech[0].start, abs=0.015)


def test_equal_timelines_give_equal_bytes(files, tmp_path):
    one, other = (made(reel(), files, tmp_path / name) for name in ("one.mp4", "other.mp4"))

    assert one.read_bytes() == other.read_bytes()


def test_progress_rises_to_one(files, tmp_path):
    told = []

    made(reel(), files, tmp_path / "reel.mp4", told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= 3


def test_an_interrupted_render_leaves_nothing_and_keeps_the_old_reel(files, tmp_path):
    (tmp_path / "reel.mp4").write_bytes(b"the reel of yesterday")

    def interrupt(share):
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(reel(), files, tmp_path / "reel.mp4", interrupt)

    assert [path.name for path in tmp_path.iterdir()] == ["reel.mp4"]
    assert (tmp_path / "reel.mp4").read_bytes() == b"the reel of yesterday"


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n broken"])
def test_it_names_a_picture_that_is_none(files, tmp_path, content):
    (tmp_path / "wrong.png").write_bytes(content)

    with pytest.raises(BadMedia, match=r"wrong\.png"):
        made(reel(), files | {"noise": tmp_path / "wrong.png"}, tmp_path / "reel.mp4")

    assert [path.name for path in tmp_path.iterdir()] == ["wrong.png"]


def test_it_names_a_file_that_was_not_handed_over(files, tmp_path):
    with pytest.raises(BadMedia, match="noise"):
        made(reel(), {name: path for name, path in files.items() if name != "noise"}, tmp_path / "reel.mp4")


def test_it_refuses_letters_it_cannot_draw_before_any_work(files, tmp_path):
    with pytest.raises(BadInput, match="ቋ"):
        made(reel("Two ቋ?"), files, tmp_path / "reel.mp4")

    assert list(tmp_path.iterdir()) == []


def test_the_time_limit_ends_an_ffmpeg_that_waits(tmp_path):
    def endless():
        while True:
            yield bytes(1 << 16)

    with pytest.raises(MediaError, match="stopped after 1 s"):
        run_ffmpeg(
            FFMPEG, ["-re", "-f", "rawvideo", "-s", "64x64", "-pix_fmt", "gray", "-i", "pipe:0", "-f", "null", "-"],
            time_limit=1, frames=endless(),
        )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_called_so():
    with pytest.raises(DiskFull):
        run_ffmpeg(FFMPEG, ["-y", "-f", "lavfi", "-i", "nullsrc", "-t", "9", "-f", "rawvideo", "/dev/full"],
                   time_limit=20)  # fmt: skip
