"""Composed frames: any range is the whole's, pictures of every shape, layers, clips, cards, and little memory."""

import subprocess
import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from core.errors import BadInput, BadMedia
from core.models import Word
from media.camera import CLOSEST, Edges, Fit, layer_window_at, window_at
from media.canvas import Easel, canvas_size
from media.ffmpeg import find_ffmpeg
from media.frames import Composer, check_timeline, compose
from media.timeline import (
    CaptionPage,
    CaptionStyle,
    Card,
    Framing,
    Layer,
    Shot,
    SpeechClip,
    Timeline,
    Watermark,
)
from media.writing import presence

FFMPEG = find_ffmpeg()
WIDTH, HEIGHT = 216, 384
MIDDLE = Framing(x=0.5, y=0.5, zoom=1)
NEAR = Framing(x=0.4, y=0.6, zoom=1.3)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A grainy still, a plain one, a wide one with a bright left third, a layer with a disc, and a moving clip."""
    folder = tmp_path_factory.mktemp("pictures")
    Image.effect_noise((432, 768), 60).convert("RGB").save(folder / "noise.png")
    Image.new("RGB", (300, 500), (20, 60, 120)).save(folder / "plain.png")
    wide = Image.new("RGB", (900, 400), (0, 0, 0))
    wide.paste((255, 255, 255), (0, 0, 300, 400))
    wide.save(folder / "wide.png")
    layer = Image.new("RGBA", (432, 768))
    ImageDraw.Draw(layer).ellipse((176, 344, 256, 424), fill=(255, 255, 255, 255))
    layer.save(folder / "disc.png")
    clip = folder / "clip.mp4"
    source = "testsrc2=s=320x240:r=25:d=3,format=yuv420p"
    subprocess.run([FFMPEG, "-v", "error", "-f", "lavfi", "-i", source, clip], check=True, timeout=60)
    return {name: folder / f"{name}.png" for name in ("noise", "plain", "wide", "disc")} | {"clip": clip}


def shot(start, frames, picture="noise", **changes):
    return Shot(**{"picture": picture, "start": start, "frames": frames, "begin": MIDDLE, "end": NEAR} | changes)


def timeline(*shots, **changes):
    frames = sum(each.frames for each in shots)
    whole = {
        "frames": frames, "language": "en", "shots": shots, "pages": (), "timing": "voice",
        "caption_style": CaptionStyle(accent="#ffcc33"), "width": WIDTH, "height": HEIGHT,
        "speech": (SpeechClip(audio="a", start=0, seconds=frames / 30),),
    }  # fmt: skip
    return Timeline(**whole | changes)


def composed(reel, files, first=0, beyond=None):
    return [bytes(frame) for frame in compose(reel, files, ffmpeg=FFMPEG, first=first, beyond=beyond)]


def luma(frame):
    return np.frombuffer(frame, np.uint8)[: WIDTH * HEIGHT].reshape(HEIGHT, WIDTH)


@pytest.fixture(scope="module")
def everything():
    """A reel with all there is: fades into and out of a clip, layers, captions, cards, a watermark, a way back."""
    words = tuple(
        Word(text=text, start=0.4 + n * 0.2, end=0.55 + n * 0.2) for n, text in enumerate(("Three", "hearts"))
    )
    return timeline(
        shot(0, 10),
        shot(10, 12, "clip", kind="clip", fade=6, clip_start=0.3),
        shot(22, 14, "plain", fade=6, layers=(Layer(picture="disc", depth=2),)),
        shot(36, 6, "clip", kind="clip"),
        shot(42, 8, fade=5, begin=NEAR, end=MIDDLE),
        pages=(CaptionPage(words=words, start=0.4, end=0.9),),
        title=Card(text="Why?", frames=12),
        outro=Card(text="More?", start=30, frames=14),
        watermark=Watermark(text="@reef"),
    )


@pytest.fixture(scope="module")
def whole(everything, files):
    return composed(everything, files)


@pytest.mark.parametrize(("first", "beyond"), [(5, 9), (12, 30), (18, 24), (24, 45), (38, 50), (44, 50), (49, 50)])
def test_any_range_gives_the_frames_of_the_whole(everything, files, whole, first, beyond):
    assert composed(everything, files, first, beyond) == whole[first:beyond]


def test_every_part_of_it_is_seen(everything, whole):
    assert len(whole) == everything.frames
    assert all(one != other for one, other in pairwise(whole))


def test_two_threads_compose_the_same_frames_as_one(everything, files, whole):
    made = {}
    halves = {0: (0, 25), 1: (25, 50)}
    threads = [
        threading.Thread(target=lambda n=n, span=span: made.update({n: composed(everything, files, *span)}))
        for n, span in halves.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made[0] + made[1] == whole


def test_frames_always_lie_in_the_same_memory(files):
    frames = compose(timeline(shot(0, 3)), files, ffmpeg=FFMPEG)

    places = {np.frombuffer(frame, np.uint8).ctypes.data for frame in frames}

    assert len(places) == 1


def test_the_planes_are_those_of_the_flat_frame(files):
    composer = Composer(timeline(shot(0, 3)), files, ffmpeg=FFMPEG)

    planes = composer.draw(1)

    assert b"".join(plane.tobytes() for plane in (planes.y, planes.u, planes.v)) == bytes(composer.flat)


def test_a_wide_picture_is_seen_around_its_point_of_interest(files):
    left, right = (
        luma(composed(timeline(shot(0, 1, "wide", begin=at, end=at)), files)[0])
        for at in (Framing(x=0.1, y=0.5, zoom=1), Framing(x=0.9, y=0.5, zoom=1))
    )

    assert left[50:-50, 10:-10].min() > 230
    assert right[50:-50, 10:-10].max() < 20


def centre(frame):
    weight = np.maximum(luma(frame).astype(float) - 120, 0)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()


def test_a_layer_lies_on_its_picture_in_the_middle_and_moves_further_to_both_sides(files, tmp_path):
    """The same disc painted on the picture and as a layer: apart at the ends, together in the middle."""
    painted = Image.new("RGB", (432, 768), (20, 60, 120))
    ImageDraw.Draw(painted).ellipse((176, 344, 256, 424), fill=(255, 255, 255))
    painted.save(tmp_path / "painted.png")
    pan = {"begin": Framing(x=0.45, y=0.5, zoom=1.3), "end": Framing(x=0.55, y=0.5, zoom=1.3)}
    near = (Layer(picture="disc", depth=2),)

    behind = composed(timeline(shot(0, 31, "painted", **pan)), files | {"painted": tmp_path / "painted.png"})
    before = composed(timeline(shot(0, 31, "plain", layers=near, **pan)), files)
    apart = [centre(one)[0] - centre(other)[0] for one, other in zip(before, behind, strict=True)]

    moved = centre(behind[0])[0] - centre(behind[15])[0]
    assert moved == pytest.approx(0.05 * 1.3 * WIDTH, abs=0.5)
    assert apart[0] == pytest.approx(moved, abs=0.5)
    assert apart[15] == pytest.approx(0, abs=0.2)
    assert apart[30] == pytest.approx(-moved, abs=0.5)


def test_a_layer_that_fills_its_picture_never_shows_an_edge(files, tmp_path):
    Image.new("RGBA", (216, 384), (255, 255, 255, 255)).save(tmp_path / "full.png")
    rush = {"begin": Framing(x=0, y=1, zoom=1), "end": Framing(x=1, y=0, zoom=2)}
    reel = timeline(shot(0, 9, "plain", layers=(Layer(picture="full", depth=4),), **rush))

    for frame in composed(reel, files | {"full": tmp_path / "full.png"}):
        assert luma(frame).min() >= 234


FRAMINGS = st.builds(Framing, x=st.floats(0, 1), y=st.floats(0, 1), zoom=st.floats(1, 4))
FITS = st.sampled_from([Fit(), Fit(0.4, 1), Fit(1, 0.6)])
DEPTHS = st.floats(1.001, 4)
SPANS = st.integers(2, 90)


def middle(window, fit):
    return window.left + window.size * fit.across / 2, window.top + window.size * fit.down / 2


@given(begin=FRAMINGS, end=FRAMINGS, depth=DEPTHS, fit=FITS, lasts=SPANS)
def test_no_window_of_a_layer_leaves_its_picture(begin, end, depth, fit, lasts):
    moving = shot(0, lasts, begin=begin, end=end)

    for frame in range(lasts):
        window = layer_window_at(moving, depth, Edges(), frame, lasts, fit)
        assert window.size >= CLOSEST - 1e-9
        assert min(window.left, window.top) >= -1e-9
        assert window.left + window.size * fit.across <= 1 + 1e-9
        assert window.top + window.size * fit.down <= 1 + 1e-9


@given(begin=FRAMINGS, end=FRAMINGS, depth=DEPTHS, fit=FITS, lasts=SPANS)
def test_a_layer_is_never_behind_its_picture_and_meets_it_in_the_middle(begin, end, depth, fit, lasts):
    moving = shot(0, lasts, begin=begin, end=end)
    resting = middle(window_at(moving, 0, 1, fit), fit)  # of one frame: the beginning
    far = [middle(layer_window_at(moving, depth, Edges(), frame, lasts, fit), fit) for frame in (0, lasts - 1)]
    own = [middle(window_at(moving, frame, lasts, fit), fit) for frame in (0, lasts - 1)]

    assert resting == pytest.approx(own[0])
    for axis in (0, 1):
        halfway = (own[0][axis] + own[1][axis]) / 2
        assert (far[0][axis] + far[1][axis]) / 2 == pytest.approx(halfway, abs=1e-9)
        assert abs(far[0][axis] - halfway) >= abs(own[0][axis] - halfway) - 1e-9


@given(begin=FRAMINGS, end=FRAMINGS, depth=DEPTHS)
def test_a_layer_that_reaches_no_edge_moves_as_far_as_asked(begin, end, depth):
    moving, free = shot(0, 30, begin=begin, end=end), Edges(left=False, top=False, right=False, bottom=False)
    own = [window_at(moving, frame, 30).left for frame in (0, 29)]
    far = [layer_window_at(moving, depth, free, frame, 30) for frame in (0, 29)]

    if min(each.size for each in far) > CLOSEST + 1e-6:
        assert far[1].left - far[0].left == pytest.approx(depth * (own[1] - own[0]), abs=1e-9)


@given(size=st.tuples(st.integers(1, 9000), st.integers(1, 9000)), quarters=st.integers(4, 16))
def test_canvases_are_even_and_cover_the_frame(size, quarters):
    (width, height), fit = canvas_size(size, quarters, (1080, 1920))

    assert width % 2 == height % 2 == 0
    assert width * fit.across >= 1080 - 1
    assert height * fit.down >= 1920 - 1
    assert fit.across == 1 or fit.down == 1


def test_only_the_middle_of_a_panorama_is_kept(files, tmp_path):
    Image.effect_noise((9000, 300), 50).convert("RGB").save(tmp_path / "panorama.png", compress_level=1)

    canvas = Easel([shot(0, 5, "panorama")], {"panorama": tmp_path / "panorama.png"}, (WIDTH, HEIGHT)).still(
        shot(0, 5, "panorama")
    )

    assert canvas.size == (5 * WIDTH, HEIGHT)
    assert canvas.fit.across == pytest.approx(1 / 5, abs=0.01)


def test_pictures_that_were_used_longest_ago_are_forgotten(files):
    shots = [shot(0, 5), shot(5, 5, "plain"), shot(10, 5, "wide"), shot(15, 5)]
    easel = Easel(shots, files, (WIDTH, HEIGHT), kept=2)
    for each in shots:
        easel.still(each)

    assert set(easel._stills) == {"wide", "noise"}


def test_a_picture_is_read_once_for_all_its_shots(files, monkeypatch):
    opened = []
    real = Image.open
    monkeypatch.setattr(Image, "open", lambda path, **how: opened.append(path.name) or real(path, **how))

    composed(timeline(shot(0, 2), shot(2, 2, begin=NEAR), shot(4, 4, "plain", fade=3), shot(8, 2)), files)

    assert opened == ["noise.png", "plain.png"]


@pytest.mark.parametrize(
    ("card", "shares"),
    [
        (Card(text="t", start=0, frames=8), [1, 1, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0]),
        (Card(text="t", start=1, frames=8), [0] + [n / 6 for n in (1, 2, 3, 4, 4, 3, 2, 1)] + [0]),
        (Card(text="t", start=14, frames=6), [0] * 14 + [n / 6 for n in (1, 2, 3, 4, 5, 6)]),
    ],
)
def test_cards_come_and_go_softly_but_stand_on_the_first_and_last_frame(card, shares):
    assert [presence(card, frame, 20) for frame in range(len(shares))] == pytest.approx(shares)


@pytest.mark.parametrize("missing", ["noise", "disc", "clip"])
def test_a_file_that_was_not_handed_over_is_named_before_the_work(everything, files, missing):
    with pytest.raises(BadMedia, match=missing):
        check_timeline(everything, {name: path for name, path in files.items() if name != missing})


def test_an_outro_that_cannot_be_drawn_is_found_before_the_work(everything, files):
    strange = everything.model_copy(update={"outro": Card(text="\u1200", start=20, frames=20)})

    with pytest.raises(BadInput):
        check_timeline(strange, files)


def test_leaving_early_ends_the_reading_of_clips(everything, files):
    frames = compose(everything, files, ffmpeg=FFMPEG, first=14)
    next(frames)

    frames.close()

    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(files["clip"]) not in running
