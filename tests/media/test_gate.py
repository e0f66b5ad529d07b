"""The quality gate: one good reel passes, and each way of spoiling it gives the one finding that names it."""

import ast
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from core.errors import BadMedia, MediaError
from media.checks import Report, inspect
from media.ffmpeg import find_ffmpeg
from media.lettering import draw_page
from media.likeness import likeness
from media.moments import all_moments
from media.render import Renderer
from media.timeline import CaptionStyle, SafeBox, Timeline
from tests.media.talking import cut_reel, draw_shapes, write_material

FFMPEG = find_ffmpeg()
SIZE = {"width": 270, "height": 480}
LINES = ("Why, three hearts?", "Two feed the gills, left and right.", "One feeds the rest, alone. So it tires.")
SHADES = ((20, 40, 80), (220, 160, 90), (90, 150, 140), (240, 230, 200))

TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
VIDEO = "-c:v libx264 -preset ultrafast -x264-params cabac=1:8x8dct=1 -profile:v high -crf 18 -g 60 -bf 2 -threads 1"
AUDIO = "-c:a aac -aac_coder fast -b:a 192k"
PLACING = "-movflags +faststart+negative_cts_offsets -use_editlist 0"


@dataclass(frozen=True)
class Bench:
    """A good reel with what it was made from, and tools to spoil it."""

    folder: Path
    files: dict[str, Path]
    timeline: Timeline
    good: Path
    renderer: Renderer

    def render(self, timeline: Timeline, files: dict[str, Path] | None = None) -> Path:
        out = self.folder / "rendered.mp4"
        self.renderer.render(timeline, files or self.files, out, progress=lambda share: None, time_limit=60)
        return out

    def encode(
        self, *, picture: str = "null", tags: str = TAGS, kind: str = "yuv420p", video: str = VIDEO, more: str = "",
        sound: str = "anull", audio: str = AUDIO, placing: str = PLACING,
    ) -> Path:  # fmt: skip
        """Encode the good reel again, differently; when only one stream is changed, the other is copied."""
        out = self.folder / "encoded.mp4"
        drawn = ["-vf", f"{picture},format={kind},{tags}", *video.split()]
        heard = ["-af", sound, *audio.split()]
        is_drawn_anew = (picture, tags, kind, video) != ("null", TAGS, "yuv420p", VIDEO)
        is_heard_anew = (sound, audio) != ("anull", AUDIO)
        if is_heard_anew and not is_drawn_anew:
            drawn = ["-c:v", "copy"]
        if is_drawn_anew and not is_heard_anew:
            heard = ["-c:a", "copy"]
        options = f"{more} {placing} -fflags +bitexact".split()
        run("-i", str(self.good), *drawn, *heard, *options, str(out))
        return out

    def copy(self, options: str) -> Path:
        """Put the coded streams of the good reel into a new file."""
        out = self.folder / "copied.mp4"
        run("-i", str(self.good), "-c", "copy", *options.split(), str(out))
        return out

    def check(self, reel: Path | None = None, timeline: Timeline | None = None, **wanted: Any) -> Report:
        wanted = {"seconds": (1, 60)} | wanted
        return inspect(reel or self.good, timeline or self.timeline, ffmpeg=FFMPEG, time_limit=60, **wanted)

    def with_pages(self, page: int, **changes: Any) -> Timeline:
        pages = list(self.timeline.pages)
        pages[page] = pages[page].model_copy(update=changes)
        return self.timeline.model_copy(update={"pages": tuple(pages)})

    def with_word(self, page: int, word: int, **changes: Any) -> Timeline:
        words = list(self.timeline.pages[page].words)
        words[word] = words[word].model_copy(update=changes)
        return self.with_pages(page, words=tuple(words))


def run(*arguments: str) -> None:
    command = [str(FFMPEG), "-v", "error", "-nostdin", "-y", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


def names(report: Report) -> set[str]:
    return {finding.name for finding in report.findings}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("gate")
    pictures = [draw_shapes((324, 576), seed, SHADES) for seed in range(3)]
    files = write_material(folder, pictures, LINES, seed=1)
    timeline = cut_reel(
        LINES, 3, style=CaptionStyle(accent="#ffcc33"), title="Why three hearts?", outro="More from Reef",
        watermark="@reef", music="bed",
    ).model_copy(update=SIZE)  # fmt: skip
    with Renderer(ffmpeg=FFMPEG) as renderer:
        good = folder / "good.mp4"
        renderer.render(timeline, files, good, progress=lambda share: None, time_limit=60)
        yield Bench(folder, files, timeline, good, renderer)


def test_the_good_reel_passes_and_its_measures_are_told(bench: Bench) -> None:
    report = bench.check()

    assert report.passed
    assert report.findings == ()
    assert report.measures["loudness_lufs"] == pytest.approx(-14, abs=0.5)
    assert abs(float(report.measures["voice_after_captions_ms"])) < 60
    expected = {"video_codec": "h264 High", "size_px": "270x480", "fps": 30, "sound_codec": "aac LC"}
    assert {name: report.measures[name] for name in expected} == expected


def test_the_good_reel_passes_after_a_second_encode(bench: Bench) -> None:
    """So whatever the tests below find comes from what they change."""
    assert names(bench.check(bench.encode())) == set()


Breaker = Callable[[Bench], Report]
BREAKERS: dict[str, tuple[set[str], Breaker]] = {}


def breaks(expected: str, *also: str, how: str = "") -> Callable[[Breaker], Breaker]:
    """Note that a function spoils the good reel in the way a finding names, and which findings must come with it."""

    def note(breaker: Breaker) -> Breaker:
        BREAKERS[f"{expected}: {how or breaker.__name__.replace('_', ' ')}"] = ({expected, *also}, breaker)
        return breaker

    return note


UNEVEN = "setpts='(N+0.5*gt(N,100))/30/TB'"
BURST = "aeval='if(between(t,2,2.004),0.95*sin(2*PI*700*t),val(ch))':c=same"
FLAT_TOPS = "aeval='if(between(t,5,5.04),clip(8*val(ch),-1,1),val(ch))':c=same"

ENCODED: dict[str, tuple[str, dict[str, str]]] = {
    "slower": ("frame-rate", {"picture": "setpts=N/29.8/TB", "more": "-r 29.8 -g 55"}),
    "uneven": ("frame-rate", {"picture": UNEVEN, "more": "-fps_mode vfr -g 40"}),
    "main profile": ("video-codec", {"video": VIDEO.replace("8x8dct=1", "8x8dct=0").replace("high", "main")}),
    "mpeg4": ("video-codec", {"video": "-c:v mpeg4 -bf 0 -g 30 -q:v 2"}),
    "without colour": ("pixel-format", {"kind": "gray"}),
    "without tags": ("colour-tags", {"tags": TAGS.replace("=bt709", "=unknown")}),
    "tagged as old television": ("colour-tags", {"tags": TAGS.replace("=bt709", "=smpte170m")}),
    "tagged as full range": ("colour-range", {"tags": TAGS.replace("range=tv", "range=pc")}),
    "rare key frames": ("gop", {"more": "-g 300 -keyint_min 300 -sc_threshold 0"}),
    "open groups": ("open-gop", {"more": "-x264-params cabac=1:8x8dct=1:open-gop=1:b-adapt=0 -g 30 -sc_threshold 0"}),
    "as mp3": ("sound-codec", {"audio": "-c:a libmp3lame -b:a 192k"}),
    "at 44.1 kHz": ("sound-format", {"audio": f"{AUDIO} -ar 44100"}),
    "cut short": ("sound-length", {"sound": "atrim=end=7.4"}),
    "too quiet": ("loudness", {"sound": "volume=-1.2dB"}),
    "too loud": ("loudness", {"sound": "volume=0.8dB"}),
    "a loud crack": ("true-peak", {"sound": BURST}),
    "a hole": ("silence", {"sound": "volume=0:enable='between(t,4.2,5.9)'"}),
    "a rate for film": ("repeated-frames", {"picture": "fps=24,fps=30,tpad=stop=9:stop_mode=clone,trim=end_frame=232"}),
    "a rate for television": ("repeated-frames", {"picture": "fps=25,fps=30"}),
    "each frame twice": ("repeated-frames", {"picture": "fps=15,fps=30"}),
    "sound too late": ("caption-drift", {"sound": "adelay=300:all=1,atrim=end=7.73"}),
    "sound too early": ("caption-drift", {"sound": "atrim=start=0.3,asetpts=PTS-STARTPTS,apad=whole_dur=7.73"}),
    "without sound": ("no-sound", {"audio": "-an"}),
    "without picture": ("no-picture", {"video": "-vn"}),
}  # fmt: skip

for _how, (_name, _change) in ENCODED.items():
    breaks(_name, how=_how)(lambda bench, change=_change: bench.check(bench.encode(**change)))

COPIED = {
    "plain": ("edit-list", "-movflags +faststart+negative_cts_offsets"),
    "index behind": ("index-last", "-movflags +negative_cts_offsets -use_editlist 0"),
    "delayed picture": ("late-start", "-movflags +faststart -use_editlist 0"),
}
for _how, (_name, _options) in COPIED.items():
    breaks(_name, how=_how)(lambda bench, options=_options: bench.check(bench.copy(options)))


@breaks("clipping", "true-peak")
def flat_tops(bench: Bench) -> Report:
    return bench.check(bench.encode(sound=FLAT_TOPS))


@breaks("decode")
def flipped_bytes(bench: Bench) -> Report:
    data = bytearray(bench.good.read_bytes())
    at = data.index(b"mdat") + len(data) // 3
    data[at : at + 400] = b"\xa5" * 400
    (bench.folder / "hurt.mp4").write_bytes(data)
    return bench.check(bench.folder / "hurt.mp4")


@breaks("black")
def half_a_second_of_black(bench: Bench) -> Report:
    """Where nothing else is looked at, so that nothing else is found."""
    moments = all_moments(bench.timeline)
    first, beyond = max(pairwise(moments), key=lambda pair: pair[1] - pair[0])
    assert beyond - first > 12
    hidden = f"drawbox=t=fill:color=black:enable='between(n,{first + 1},{beyond - 1})'"
    return bench.check(bench.encode(picture=hidden))


@breaks("frozen")
def shots_that_stand_still(bench: Bench) -> Report:
    still = tuple(shot.model_copy(update={"end": shot.begin}) for shot in bench.timeline.shots)
    return bench.check(bench.render(bench.timeline.model_copy(update={"shots": still})))


@breaks("blur")
def one_blurred_picture(bench: Bench) -> Report:
    with Image.open(bench.files["picture1"]) as sharp:
        sharp.filter(ImageFilter.GaussianBlur(6)).save(bench.folder / "blurred.png")
    return bench.check(bench.render(bench.timeline, bench.files | {"picture1": bench.folder / "blurred.png"}))


@breaks("caption-missing")
def no_captions(bench: Bench) -> Report:
    return bench.check(bench.render(bench.timeline.model_copy(update={"pages": ()})))


@breaks("caption-missing")
def captions_in_another_place(bench: Bench) -> Report:
    lower = bench.timeline.caption_style.model_copy(update={"centre_y": 900})
    return bench.check(bench.render(bench.timeline.model_copy(update={"caption_style": lower})))


@breaks("caption-missing")
def captions_in_another_safe_box(bench: Bench) -> Report:
    low = bench.timeline.model_copy(update={"safe": SafeBox(bottom=1900, right=1060)})
    lowest = low.caption_style.model_copy(update={"centre_y": 1390})
    return bench.check(bench.render(low.model_copy(update={"caption_style": lowest, "title": None, "outro": None})),
                       bench.timeline.model_copy(update={"title": None, "outro": None}))  # fmt: skip


@breaks("card-missing")
def no_title(bench: Bench) -> Report:
    return bench.check(bench.render(bench.timeline.model_copy(update={"title": None})))


@breaks("card-missing")
def no_outro(bench: Bench) -> Report:
    return bench.check(bench.render(bench.timeline.model_copy(update={"outro": None})))


@breaks("text-outside")
def lettering_that_forgets_its_box(bench: Bench) -> Report:
    """The same wrong lettering is drawn and expected; only the box tells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "media.writing.draw_page", lambda page, active, style, width, _: draw_page(page, active, style, width)
        )
        narrow = bench.timeline.model_copy(update={"safe": SafeBox(left=440, right=860), "title": None, "outro": None})
        return bench.check(timeline=narrow.model_copy(update={"watermark": None}))


@breaks("size")
def another_width(bench: Bench) -> Report:
    return bench.check(timeline=bench.timeline.model_copy(update={"width": 272}))


@breaks("frame-count")
def a_frame_too_few(bench: Bench) -> Report:
    shots = bench.timeline.shots
    longer = (*shots[:-1], shots[-1].model_copy(update={"frames": shots[-1].frames + 1}))
    return bench.check(
        timeline=bench.timeline.model_copy(update={"shots": longer, "frames": bench.timeline.frames + 1})
    )


@breaks("duration")
def too_short(bench: Bench) -> Report:
    return bench.check(seconds=(15, 60))


@breaks("duration")
def too_long(bench: Bench) -> Report:
    return bench.check(seconds=(1, 5))


@breaks("caption-overlap")
def a_word_before_the_last_has_ended(bench: Bench) -> Report:
    return bench.check(timeline=bench.with_word(2, 1, start=bench.timeline.pages[2].words[0].end - 0.05))


@breaks("caption-backwards")
def a_word_that_runs_backwards(bench: Bench) -> Report:
    return bench.check(timeline=bench.with_word(2, 0, end=bench.timeline.pages[2].words[0].start - 0.05))


@breaks("caption-outside")
def a_word_after_the_end(bench: Bench) -> Report:
    return bench.check(timeline=bench.with_word(-1, -1, end=bench.timeline.seconds + 0.2))


@breaks("page-overlap")
def two_pages_at_once(bench: Bench) -> Report:
    return bench.check(timeline=bench.with_pages(1, end=bench.timeline.pages[2].start + 0.05))


@breaks("seen-before")
def the_same_pictures_once_more(bench: Bench) -> Report:
    words = {"pages": (), "title": None, "outro": None}
    before = bench.check(bench.render(bench.timeline.model_copy(update=words))).fingerprint
    report = bench.check(earlier={"0007-three-hearts": before})
    assert "0007-three-hearts" in report.findings[0].measure
    return report


@pytest.mark.parametrize("case", BREAKERS)
def test_spoiling_the_reel_gives_the_finding_that_names_it(case: str, bench: Bench) -> None:
    expected, spoil = BREAKERS[case]

    report = spoil(bench)

    assert names(report) == expected
    assert all(finding.measure and finding.remedy.endswith(".") for finding in report.findings)


def test_every_finding_of_the_gate_has_been_seen_here() -> None:
    named = set()
    for path in Path("media").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "finding":
                assert isinstance(node.args[0], ast.Constant), f"{path.name} names a finding by a variable"
                named.add(node.args[0].value)

    assert named == {case.split(":")[0] for case in BREAKERS}


def test_other_pictures_are_not_seen_before(bench: Bench) -> None:
    pictures = [draw_shapes((324, 576), seed, SHADES) for seed in (11, 12, 13)]
    for number, picture in enumerate(pictures):
        picture.save(bench.folder / f"other{number}.png")
    others = {f"picture{number}": bench.folder / f"other{number}.png" for number in range(3)}
    other = bench.check(bench.render(bench.timeline, bench.files | others)).fingerprint

    assert likeness(bench.check().fingerprint, other) < 0.2
    assert names(bench.check(earlier={"another": other})) == set()


def test_it_refuses_half_a_file(bench: Bench) -> None:
    half = bench.folder / "half.mp4"
    half.write_bytes(bench.good.read_bytes()[: bench.good.stat().st_size // 2])

    with pytest.raises(BadMedia, match="cut off"):
        bench.check(half)


def test_it_stops_at_the_time_limit(bench: Bench) -> None:
    with pytest.raises(MediaError, match="stopped"):
        inspect(bench.good, bench.timeline, ffmpeg=FFMPEG, time_limit=0.001)
