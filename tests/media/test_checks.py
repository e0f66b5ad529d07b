import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import BadMedia, MediaError
from core.models import Word
from media.checks import Report, inspect
from media.ffmpeg import find_ffmpeg
from media.loudness import measure
from media.timeline import CaptionPage, CaptionStyle, Framing, Shot, SpeechClip, Timeline

FFMPEG = find_ffmpeg()
WIDTH, HEIGHT, FRAMES = 144, 256, 150
MIDDLE = Framing(x=0.5, y=0.5, zoom=1)

PICTURE = f"testsrc2=size={WIDTH}x{HEIGHT}:rate=30:duration=5"
VOICE = (
    "aevalsrc='0.6*sin(2*PI*(300+80*sin(5*t))*t)*(0.2+0.8*abs(sin(9*t)))':s=48000:d=5,aformat=channel_layouts=stereo"
)
TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
VIDEO = "-c:v libx264 -preset ultrafast -x264-params cabac=1:8x8dct=1 -profile:v high -crf 28 -g 30 -bf 2 -threads 1"
AUDIO = "-c:a aac -b:a 128k"
PLACING = "-movflags +faststart+negative_cts_offsets -use_editlist 0"

Page = tuple[float, float, tuple[tuple[str, float, float], ...]]
GOOD_PAGES: tuple[Page, ...] = (
    (0.2, 1.2, (("Three", 0.2, 0.6), ("hearts", 0.6, 1.1))),
    (1.2, 2.0, (("beat", 1.2, 1.9),)),
)


def timeline(frames: int = FRAMES, width: int = WIDTH, pages: tuple[Page, ...] = GOOD_PAGES) -> Timeline:
    return Timeline(
        frames=frames,
        language="en",
        shots=(Shot(picture="p", start=0, frames=frames, begin=MIDDLE, end=MIDDLE),),
        pages=tuple(
            CaptionPage(start=start, end=end, words=tuple(Word(text=t, start=a, end=b) for t, a, b in words))
            for start, end, words in pages
        ),
        caption_style=CaptionStyle(accent="#ffcc00"),
        timing="voice",
        speech=(SpeechClip(audio="v", start=0, seconds=5),),
        width=width,
        height=HEIGHT,
    )


def run(*arguments: str) -> None:
    command = [str(FFMPEG), "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


Make = Callable[..., Path]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wavering tone of 5 s at -14 LUFS."""
    folder = tmp_path_factory.mktemp("sound")
    run("-f", "lavfi", "-i", VOICE, str(folder / "raw.wav"))
    gain = -14 - measure(folder / "raw.wav", ffmpeg=FFMPEG, time_limit=60).integrated_lufs
    run("-i", str(folder / "raw.wav"), "-af", f"volume={gain}dB", str(folder / "sound.wav"))
    return folder / "sound.wav"


@pytest.fixture(scope="module")
def make(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a maker of reels: good ones, unless something else is asked for."""
    folder = tmp_path_factory.mktemp("reels")

    def reel(
        name: str, *, picture: str = PICTURE, tags: str = TAGS, sound_filter: str = "anull", video: str = "",
        audio: str = "", placing: str = PLACING, kind: str = "yuv420p",
    ) -> Path:  # fmt: skip
        out = folder / f"{name}.mp4"
        run(
            *("-f", "lavfi", "-i", f"{picture},format={kind},{tags}", "-i", str(sound), "-af", sound_filter),
            *f"{VIDEO} {video} {AUDIO} {audio} {placing} -fflags +bitexact".split(),
            str(out),
        )
        return out

    return reel


@pytest.fixture(scope="module")
def good(make: Make) -> Path:
    return make("good")


def check(reel: Path, wanted: Timeline | None = None, seconds: tuple[float, float] = (1, 60)) -> Report:
    return inspect(reel, wanted or timeline(), ffmpeg=FFMPEG, time_limit=60, seconds=seconds)


def names(report: Report) -> list[str]:
    return [finding.name for finding in report.findings]


def test_a_good_reel_passes(good: Path) -> None:
    report = check(good)

    assert report.findings == ()
    assert report.passed


def test_it_reports_what_it_measured(good: Path) -> None:
    measures = check(good).measures

    assert measures["loudness_lufs"] == pytest.approx(-14, abs=0.5)
    assert {name: measures[name] for name in ("video_codec", "size_px", "frames", "fps", "sound_codec")} == {
        "video_codec": "h264 High",
        "size_px": f"{WIDTH}x{HEIGHT}",
        "frames": FRAMES,
        "fps": 30,
        "sound_codec": "aac LC",
    }


CAPTION_BAND = "drawbox=y=140:h=34:w=iw:t=fill:color=white:enable='lt(mod(n,20),10)'"
BURST = "aeval='if(between(t,2,2.004),0.999*sin(2*PI*700*t),val(ch))':c=same"

BROKEN: dict[str, tuple[str, dict[str, str]]] = {
    "other rate": ("frame-rate", {"picture": f"{PICTURE[:-1]}6".replace("=30:", "=29.8:"), "video": "-frames:v 150"}),
    "uneven rate": (
        "frame-rate",
        {"picture": f"{PICTURE[:-1]}6,select='not(eq(n,60))'", "video": "-fps_mode vfr -frames:v 150"},
    ),
    "other profile": ("video-codec", {"video": "-profile:v main -x264-params cabac=1:8x8dct=0"}),
    "other codec": ("video-codec", {"video": "-c:v mpeg4 -bf 0 -g 30 -profile:v 0"}),
    "no chroma": ("pixel-format", {"kind": "gray"}),
    "no tags": ("colour-tags", {"tags": "setparams=range=tv"}),
    "old tags": ("colour-tags", {"tags": TAGS.replace("=bt709", "=smpte170m")}),
    "full range": ("colour-range", {"tags": TAGS.replace("range=tv", "range=pc")}),
    "edit lists": ("edit-list", {"placing": "-movflags +faststart+negative_cts_offsets"}),
    "no fast start": ("index-last", {"placing": "-movflags +negative_cts_offsets -use_editlist 0"}),
    "delayed picture": ("late-start", {"placing": "-movflags +faststart -use_editlist 0"}),
    "rare key frames": ("gop", {"video": "-g 100 -keyint_min 100 -sc_threshold 0"}),
    "open gops": ("open-gop", {"video": "-x264-params cabac=1:8x8dct=1:open-gop=1:b-adapt=0 -sc_threshold 0"}),
    "other sound codec": ("sound-codec", {"audio": "-c:a libmp3lame"}),
    "other sample rate": ("sound-format", {"audio": "-ar 44100"}),
    "short sound": ("sound-length", {"sound_filter": "atrim=end=4.7"}),
    "quiet sound": ("loudness", {"sound_filter": "volume=-1.2dB"}),
    "loud sound": ("loudness", {"sound_filter": "volume=0.8dB"}),
    "high peak": ("true-peak", {"sound_filter": BURST}),
    "a hole in the sound": ("silence", {"sound_filter": "volume=0:enable='between(t,1.5,3.3)'"}),
    "silence at the end": ("silence", {"sound_filter": "volume=0.3dB,volume=0:enable='gt(t,3.4)'"}),
    "a black second": ("black", {"picture": f"{PICTURE},drawbox=t=fill:color=black:enable='between(t,2,2.6)'"}),
    "a frozen picture": (
        "frozen", {"picture": f"{PICTURE},trim=end_frame=1,loop=loop=149:size=1,setpts=N/30/TB,{CAPTION_BAND}"},
    ),
    "frozen at the end": (
        "frozen", {"picture": f"{PICTURE},trim=end_frame=10,tpad=stop=140:stop_mode=clone"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_it_finds_exactly_what_is_wrong(fault: str, make: Make) -> None:
    expected, change = BROKEN[fault]

    report = check(make(fault.replace(" ", "-"), **change))

    assert names(report) == [expected]
    assert report.findings[0].measure
    assert report.findings[0].remedy.endswith(".")


def test_it_finds_another_size(good: Path) -> None:
    assert names(check(good, timeline(width=160))) == ["size"]


def test_it_finds_a_missing_frame(good: Path) -> None:
    assert names(check(good, timeline(frames=FRAMES + 1))) == ["frame-count"]


@pytest.mark.parametrize("limits", [(6, 60), (1, 4)])
def test_it_finds_a_reel_that_is_too_short_or_too_long(good: Path, limits: tuple[float, float]) -> None:
    assert names(check(good, seconds=limits)) == ["duration"]


def test_it_finds_pictures_that_cannot_be_decoded(good: Path, tmp_path: Path) -> None:
    data = bytearray(good.read_bytes())
    at = data.index(b"mdat") + len(data) // 3
    data[at : at + 400] = b"\xa5" * 400
    (tmp_path / "hurt.mp4").write_bytes(data)

    report = check(tmp_path / "hurt.mp4")

    assert names(report) == ["decode"]
    assert float(report.measures["decode_errors"]) > 0


def test_it_finds_a_reel_without_sound(make: Make) -> None:
    assert names(check(make("mute", audio="-an"))) == ["no-sound"]


def test_it_finds_a_reel_without_picture(make: Make) -> None:
    assert names(check(make("blind", video="-vn"))) == ["no-picture"]


@pytest.mark.parametrize(
    ("expected", "pages"),
    [
        ("caption-overlap", ((0.2, 1.2, (("Three", 0.2, 0.7), ("hearts", 0.6, 1.1))),)),
        ("caption-overlap", ((0.2, 1.2, (("Three", 0.2, 1.1),)), (1.2, 2.0, (("beat", 1.05, 1.9),)))),
        ("caption-backwards", ((0.2, 1.2, (("Three", 0.6, 0.2), ("hearts", 0.6, 1.1))),)),
        ("caption-outside", ((0.2, 4.9, (("Three", 0.2, 5.2),)),)),
        ("caption-outside", ((0.2, 5.3, (("Three", 0.2, 0.9),)),)),
        ("page-overlap", ((0.2, 1.4, (("Three", 0.2, 1.1),)), (1.2, 2.0, (("beat", 1.2, 1.9),)))),
    ],
)
def test_it_finds_captions_that_do_not_run_forwards(good: Path, expected: str, pages: tuple[Page, ...]) -> None:
    assert names(check(good, timeline(pages=pages))) == [expected]


def test_it_refuses_half_a_file(good: Path, tmp_path: Path) -> None:
    (tmp_path / "half.mp4").write_bytes(good.read_bytes()[: good.stat().st_size // 2])

    with pytest.raises(BadMedia, match="cut off"):
        check(tmp_path / "half.mp4")


def test_it_stops_at_the_time_limit(good: Path) -> None:
    with pytest.raises(MediaError, match="stopped"):
        inspect(good, timeline(), ffmpeg=FFMPEG, time_limit=0.001)
