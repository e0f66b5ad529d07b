import random
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

import av
import pytest

from core.errors import BadMedia
from media.ffmpeg import find_ffmpeg
from media.probe import MediaInfo, probe

FFMPEG = find_ffmpeg()
SOURCE = (
    "-f lavfi -i testsrc2=size=144x256:rate=30:duration=2 -f lavfi -i sine=frequency=300:sample_rate=48000:duration=2"
)
X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

VARIANTS = {
    "ours": f"{X264} -profile:v high -x264-params 8x8dct=1 -bf 2 -g 30 -c:a aac -ac 2 -b:a 96k "
    "-movflags +faststart+negative_cts_offsets -use_editlist 0",
    "plain": f"{X264} -c:a aac",
    "main profile at 25 fps": f"{X264} -profile:v main -r 25 -c:a aac -ar 44100",
    "ten bits": "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le -c:a aac",
    "more colour": "-c:v libx264 -preset ultrafast -pix_fmt yuv422p -c:a aac -ac 2 -ar 32000",
    "all colour": "-c:v libx264 -preset ultrafast -pix_fmt yuv444p -c:a aac -ac 6",
    "interlaced and padded": f"{X264} -flags +ildct+ilme -vf scale=146:260,setsar=4/3 -c:a aac",
    "film rate": f"{X264} -r 24000/1001 -c:a aac",
    "mpeg4 and mp3": "-c:v mpeg4 -c:a libmp3lame -ac 2",
    "quicktime": f"{X264} -f mov -c:a aac -color_primaries bt709",
    "without sound": f"{X264} -an",
}


def write(path: Path, options: str) -> Path:
    command = [str(FFMPEG), "-v", "error", "-y", *SOURCE.split(), *options.split(), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return path


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("probe") / "ours.mp4", VARIANTS["ours"])


def by_av(path: Path) -> dict[str, Any]:
    """Probe with FFmpeg's libraries, independently of our reader."""
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        facts: dict[str, Any] = {
            "codec": video.codec_context.name,
            "profile": video.codec_context.profile,
            "pixel_format": video.codec_context.pix_fmt,
            "size": (video.codec_context.width, video.codec_context.height),
            "frames": video.frames,
            "fps": float(video.average_rate or 0),
        }
        if file.streams.audio:
            audio = file.streams.audio[0]
            facts["audio"] = (audio.codec_context.name.removesuffix("float"), audio.rate, audio.channels)
        return facts


def by_us(info: MediaInfo) -> dict[str, Any]:
    assert info.video is not None
    facts: dict[str, Any] = {
        "codec": info.video.codec,
        "profile": info.video.profile,
        "pixel_format": info.video.pixel_format,
        "size": (info.video.width, info.video.height),
        "frames": info.video.frames,
        "fps": pytest.approx(info.video.fps, rel=1e-4),
    }
    if info.audio is not None:
        facts["audio"] = (info.audio.codec, info.audio.sample_rate, info.audio.channels)
    return facts


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "mpeg4 and mp3"])
def test_it_reads_what_another_prober_reads(variant: str, tmp_path: Path) -> None:
    path = write(tmp_path / "file.mp4", VARIANTS[variant])

    assert by_av(path) == by_us(probe(path))


def test_it_names_other_codecs_without_guessing_about_them(tmp_path: Path) -> None:
    info = probe(write(tmp_path / "file.mp4", VARIANTS["mpeg4 and mp3"]))

    assert info.video is not None
    assert info.audio is not None
    assert info.video.codec != "h264"
    assert info.video.pixel_format == "unknown"
    assert (info.audio.codec, info.audio.sample_rate, info.audio.channels) == ("mp3", 48000, 2)


def test_it_reads_how_our_file_is_built(ours: Path) -> None:
    info = probe(ours)

    assert info.video is not None
    assert info.audio is not None
    assert (info.is_moov_first, info.edit_lists, info.bytes) == (True, 0, ours.stat().st_size)
    assert (info.video.start, info.video.has_constant_rate, info.video.has_closed_gops) == (0, True, True)
    assert info.video.longest_gop == pytest.approx(1.0)
    assert info.video.seconds == pytest.approx(2.0)
    assert info.audio.profile == "LC"
    assert info.audio.seconds == pytest.approx(2.0, abs=0.05)
    assert info.audio.bit_rate == pytest.approx(96_000, rel=0.25)


def test_it_sees_that_a_plain_file_has_edit_lists_and_its_index_last(tmp_path: Path) -> None:
    info = probe(write(tmp_path / "plain.mp4", VARIANTS["plain"]))

    assert (info.is_moov_first, info.edit_lists) == (False, 2)


def test_it_sees_a_delayed_picture(tmp_path: Path) -> None:
    options = VARIANTS["ours"].replace("+negative_cts_offsets", "")

    info = probe(write(tmp_path / "late.mp4", options))

    assert info.video is not None
    assert info.video.start == pytest.approx(2 / 30, abs=0.001)


@pytest.mark.parametrize("is_in_container", [True, False])
def test_it_reads_colours_from_the_container_or_the_stream(is_in_container: bool, tmp_path: Path) -> None:
    tags = "setparams=color_primaries=bt709:color_trc=smpte170m:colorspace=bt470bg:range=pc"
    path = write(tmp_path / "file.mp4", f"-vf {tags} {X264} -color_range pc -an")
    data = path.read_bytes()
    assert data.count(b"colr") == 1
    if not is_in_container:
        path.write_bytes(data.replace(b"colr", b"free"))

    video = probe(path).video

    assert video is not None
    assert (video.primaries, video.transfer, video.matrix) == ("bt709", "smpte170m", "bt470bg")
    assert video.full_range is True


def test_it_sees_frames_of_different_length(tmp_path: Path) -> None:
    info = probe(write(tmp_path / "file.mp4", f"-vf select='not(eq(n\\,20))' -fps_mode vfr {X264} -an"))

    assert info.video is not None
    assert not info.video.has_constant_rate


def test_it_sees_open_gops(tmp_path: Path) -> None:
    options = "-x264-params open-gop=1:b-adapt=0:scenecut=0 -bf 2 -g 15 -an"

    info = probe(write(tmp_path / "file.mp4", f"{X264} {options}"))

    assert info.video is not None
    assert not info.video.has_closed_gops


def test_it_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match=r"cannot be read.*No such file"):
        probe(tmp_path / "nothing.mp4")


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


FTYP = box(b"ftyp", b"isom\0\0\0\0")
DEEP = b""
for _ in range(20_000):
    DEEP = struct.pack(">I4s", 8 + len(DEEP), b"moov") + DEEP if len(DEEP) < 150_000 else DEEP


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"\0\0", "not an MP4"),
        (b"GIF89a, a picture and no film", "not an MP4"),
        (b"<html><body>404 Not Found</body></html>", "not an MP4"),
        (FTYP, "no moov"),
        (FTYP + box(b"moov"), "no mdat"),
        (FTYP + box(b"mdat", b"x" * 100), "no moov"),
        (FTYP + struct.pack(">I4s", 1000, b"mdat") + b"x", "cut off: its mdat box misses 991 bytes"),
        (FTYP + struct.pack(">I4sQ", 1, b"mdat", 2**63) + b"x", "cut off"),
        (FTYP + struct.pack(">I4sQ", 1, b"mdat", 3), "less than its header"),
        (FTYP + struct.pack(">I4s", 1, b"mdat"), "inside its header"),
        (FTYP + struct.pack(">I4s", 4, b"mdat"), "less than its header"),
        (FTYP + box(b"free") * 10_001, "more than 10000 boxes"),
        (FTYP + box(b"mdat") + box(b"moov", box(b"trak", struct.pack(">I4s", 99, b"mdia"))), "claims 99 bytes"),
        (FTYP + box(b"mdat") + box(b"moov", box(b"trak")), "no complete index"),
        (FTYP + box(b"mdat") + box(b"moov", box(b"mvhd")), "broken index"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_says_what_is_wrong_with_a_broken_file(content: bytes, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(content)

    with pytest.raises(BadMedia, match=complaint) as caught:
        probe(tmp_path / "broken.mp4")

    assert "broken.mp4" in caught.value.message


def test_a_box_of_size_zero_reaches_to_the_end(ours: Path, tmp_path: Path) -> None:
    data = bytearray(ours.read_bytes())
    at = data.index(b"mdat") - 4
    data[at : at + 4] = b"\0\0\0\0"
    (tmp_path / "open-ended.mp4").write_bytes(data)

    assert probe(tmp_path / "open-ended.mp4") == probe(ours)


def test_boxes_nested_without_end_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "deep.mp4").write_bytes(FTYP + box(b"mdat") + DEEP)

    assert probe(tmp_path / "deep.mp4").video is None


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.99])
def test_it_refuses_a_file_that_is_cut_off(share: float, ours: Path, tmp_path: Path) -> None:
    data = ours.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: int(len(data) * share)])

    with pytest.raises(BadMedia):
        probe(tmp_path / "cut.mp4")


def test_a_table_cannot_make_it_use_much_memory(ours: Path, tmp_path: Path) -> None:
    data = bytearray(ours.read_bytes())
    at = data.index(b"stsz") + 8
    data[at : at + 8] = struct.pack(">II", 1, 0xFFFFFFFF)
    (tmp_path / "greedy.mp4").write_bytes(data)

    with pytest.raises(BadMedia, match="more than any reel"):
        probe(tmp_path / "greedy.mp4")


def test_no_damage_to_the_index_raises_anything_but_bad_media(ours: Path, tmp_path: Path) -> None:
    good = ours.read_bytes()
    start, end = good.index(b"moov") + 4, good.index(b"mdat")
    chance = random.Random(7)
    refused = 0
    begin = time.monotonic()

    for _ in range(600):
        data = bytearray(good)
        for _ in range(chance.choice([1, 1, 2, 8])):
            data[chance.randrange(start, end)] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        (tmp_path / "hurt.mp4").write_bytes(data)
        try:
            probe(tmp_path / "hurt.mp4")
        except BadMedia:
            refused += 1

    assert refused > 20
    assert time.monotonic() - begin < 60
