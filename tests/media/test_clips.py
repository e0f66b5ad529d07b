"""Clips of every make through the real FFmpeg: where their pictures land, in which colours, and when."""

import re
import subprocess

import numpy as np
import pytest

from core.errors import BadMedia
from media.clip_graph import LONGEST_CLIP, ClipForm, clip_arguments, crop_of
from media.clips import ClipPlayer, probe_clip
from media.ffmpeg import find_ffmpeg
from media.timeline import Framing, Shot

FFMPEG = find_ffmpeg()
SIZE = (90, 160)
RED, GREEN, BLUE, WHITE = (63, 102, 240), (173, 42, 26), (32, 240, 118), (235, 128, 128)
"""The quadrants of the clips, row by row, as BT.709 limited range has them."""


def ffmpeg(*arguments):
    subprocess.run([FFMPEG, "-v", "error", "-y", *map(str, arguments)], check=True, timeout=60)


def quadrants(path, *encoding, size="320x240", rate="30", seconds=1.0, matrix="bt709", extra=""):
    """Make a clip whose quarters are red, green, blue and white, stored with a colour matrix."""
    width, height = map(int, size.split("x"))
    tiles = [f"color={name}:s={width}x{height}:r={rate}:d={seconds}" for name in ("red", "lime", "blue", "white")]
    boxes = ",".join(
        f"drawbox=x={x}:y={y}:w={width}:h={height}:color={name}:t=fill"
        for name, x, y in (("lime", width // 2, 0), ("blue", 0, height // 2), ("white", width // 2, height // 2))
    )
    # the lower boxes overlap, the last one wins
    scaled = f"format=gbrp,{boxes},scale=out_color_matrix={matrix}:out_range=tv,format=yuv444p{extra}"
    ffmpeg("-f", "lavfi", "-i", f"{tiles[0]},{scaled}", "-colorspace", matrix, *(encoding or ("-qp", 4)), path)
    return path


def shot(**changes):
    there = Framing(x=0.5, y=0.5, zoom=1)
    return Shot(**{"picture": "c", "kind": "clip", "start": 0, "frames": 30, "begin": there, "end": there} | changes)


def played(path, first=0, beyond=30, size=SIZE, **changes):
    """Return frames of a shot as (luma, blue difference, red difference) planes."""
    width, height = size
    player = ClipPlayer(path, shot(**changes), size=size, fps=30, first=first, beyond=beyond, ffmpeg=FFMPEG)
    try:
        flats = [np.frombuffer(player.next(), np.uint8).copy() for _ in range(first, beyond)]
    finally:
        player.close()
    luma, quarter = width * height, width * height // 4
    return [
        (
            flat[:luma].reshape(height, width),
            flat[luma : luma + quarter].reshape(height // 2, width // 2),
            flat[luma + quarter :].reshape(height // 2, width // 2),
        )
        for flat in flats
    ]


def colour(planes, x, y):
    """Return the colour at a place given as shares of the frame."""
    return tuple(int(plane[int(y * plane.shape[0]), int(x * plane.shape[1])]) for plane in planes)


def corners(planes):
    return [colour(planes, x, y) for y in (0.2, 0.8) for x in (0.15, 0.85)]


def close(one, other, steps=4):
    return np.abs(np.array(one) - np.array(other)).max() <= steps


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def plain(folder):
    return quadrants(folder / "plain.mp4")


@pytest.fixture(scope="module")
def counting(folder):
    """A clip of 48 frames at 23.976 per second; the n-th is 16 + 4 n bright."""
    path = folder / "counting.mkv"
    ffmpeg(
        "-f", "lavfi", "-i", "color=s=90x160:r=24000/1001:d=2.002,format=yuv420p,geq=lum=16+4*N:cb=128:cr=128",
        "-c:v", "ffv1", path,
    )  # fmt: skip
    return path


def test_the_middle_of_a_wide_clip_fills_the_frame(plain):
    assert close(corners(played(plain)[5]), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize(("x", "left", "right"), [(0.0, RED, RED), (1.0, GREEN, GREEN)])
def test_the_frame_is_cut_around_the_focus(plain, x, left, right):
    planes = played(plain, begin=Framing(x=x, y=0.5, zoom=1))[5]

    assert close([colour(planes, 0.15, 0.2), colour(planes, 0.85, 0.2)], [left, right])


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (90, [GREEN, WHITE, RED, BLUE]),
        (180, [WHITE, BLUE, GREEN, RED]),
        (270, [BLUE, RED, WHITE, GREEN]),
    ],
)
def test_a_clip_that_says_it_is_turned_is_turned_upright(plain, folder, degrees, expected):
    path = folder / f"turned{degrees}.mp4"
    ffmpeg("-display_rotation", degrees, "-i", plain, "-c", "copy", path)

    info = probe_clip(path, ffmpeg=FFMPEG, time_limit=20)

    assert (info.width, info.height) == ((240, 320) if degrees % 180 else (320, 240))
    assert close(corners(played(path)[5]), expected)


@pytest.mark.parametrize("matrix", ["bt709", "smpte170m"])
@pytest.mark.parametrize("told", [True, False])
def test_colours_are_right_whichever_matrix_stored_them(folder, matrix, told):
    """A clip that does not tell its matrix has the one of its size: BT.601 when small, BT.709 when large."""
    path = folder / f"{matrix}{told}.mp4"
    tags = [] if told else ["-bsf:v", "h264_metadata=matrix_coefficients=2"]
    quadrants(
        path, "-qp", 4, *tags, size="320x240" if matrix == "smpte170m" else "1280x720", seconds=0.2, matrix=matrix
    )

    assert close(corners(played(path, beyond=2)[1]), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize(
    ("name", "matrix", "encoding"),
    [
        ("rgb.mov", "bt709", ("-c:v", "qtrle", "-pix_fmt", "rgb24")),
        ("full.avi", "smpte170m", ("-c:v", "mjpeg", "-q:v", 1, "-pix_fmt", "yuvj420p")),
        ("indexed.gif", "bt709", ("-r", 25)),
        ("prores.mov", "bt709", ("-c:v", "prores_ks", "-pix_fmt", "yuva444p10le")),
    ],
)
def test_colours_are_right_however_pixels_are_stored(folder, name, matrix, encoding):
    path = quadrants(folder / name, *encoding, seconds=0.2, matrix=matrix)

    assert close(corners(played(path, beyond=2)[1]), [RED, GREEN, BLUE, WHITE])


def test_full_range_becomes_limited_range(folder):
    path = folder / "full.mp4"
    quadrants(path, "-qp", 4, "-color_range", "pc", extra=",scale=in_range=tv:out_range=pc,format=yuvj444p")

    assert close(corners(played(path)[5]), [RED, GREEN, BLUE, WHITE])


def test_odd_sizes_fill_the_frame(folder):
    path = quadrants(folder / "odd.mkv", "-c:v", "ffv1", size="321x567")
    info = probe_clip(path, ffmpeg=FFMPEG, time_limit=20)
    planes = played(path)[5]

    assert (info.width, info.height) == (321, 567)
    assert close(corners(planes), [RED, GREEN, BLUE, WHITE])
    assert close(colour(planes, 0.99, 0.01), GREEN)
    assert close(colour(planes, 0.99, 0.99), WHITE)


def test_pixels_that_are_not_square_are_stretched(folder):
    path = quadrants(folder / "wide.mp4", size="320x240", extra=",setsar=3/2")

    assert probe_clip(path, ffmpeg=FFMPEG, time_limit=20).width == 480


def test_what_is_clear_shows_black(folder):
    path = folder / "clear.mov"
    half = "color=red:s=90x160:d=0.2,format=argb,geq=r=255:g=0:b=0:a='255*lt(Y\\,80)'"
    ffmpeg("-f", "lavfi", "-i", half, "-c:v", "qtrle", path)

    planes = played(path, beyond=2)[1]

    assert close(colour(planes, 0.5, 0.2), RED)
    assert close(colour(planes, 0.5, 0.8), (16, 128, 128))


@pytest.mark.parametrize(("transfer", "white"), [("smpte2084", 573), ("arib-std-b67", 721)])
def test_hdr_keeps_its_greys_and_its_white_stays_white(folder, transfer, white):
    """203 cd/m2, the white of a page in HDR (ITU-R BT.2408), arrives bright and grey, not burnt out nor dim."""
    path = folder / f"{transfer}.mkv"
    tags = f"setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}:range=tv"
    grey = f"color=s=320x568:r=30:d=0.2,format=yuv420p10le,geq=lum={white}:cb=512:cr=512,{tags}"
    ffmpeg("-f", "lavfi", "-i", grey, "-c:v", "ffv1", path)

    luma, blue, red = colour(played(path, beyond=2)[1], 0.5, 0.5)

    assert 190 <= luma <= 225
    assert close((blue, red), (128, 128), 1)


def test_colours_beyond_bt709_are_brought_into_it(folder):
    """The red of BT.709 stored with the primaries of BT.2020 comes back as the red of BT.709."""
    path = folder / "wide.mkv"
    to_wide = "zscale=pin=bt709:tin=bt709:min=gbr:rin=pc:p=bt2020:t=bt709:m=bt2020nc:r=tv,format=yuv444p10"
    ffmpeg("-f", "lavfi", "-i", f"color=red:s=320x568:r=30:d=0.2,format=gbrp,{to_wide}", "-c:v", "ffv1", path)

    assert close(colour(played(path, beyond=2)[1], 0.5, 0.5), RED)


def test_without_a_mapper_hdr_is_paler_but_is_shown():
    form = ClipForm(
        width=320, height=568, pixel_format="yuv420p10le", range="tv", matrix="bt2020nc", primaries="bt2020",
        transfer="smpte2084",
    )  # fmt: skip
    graphs = [
        " ".join(clip_arguments("c.mp4", form, shot(), size=SIZE, fps=30, first=0, beyond=9, can_map=can_map))
        for can_map in (True, False)
    ]

    assert ["tonemap" in graph for graph in graphs] == [True, False]
    assert ["out_color_matrix=bt709" in graph for graph in graphs] == [False, True]
    assert all(re.search(r"-protocol_whitelist file .*-i c\.mp4", graph) for graph in graphs)


def test_a_film_rate_becomes_the_rate_of_the_reel(counting):
    shown = [(int(planes[0][80, 45]) - 16) / 4 for planes in played(counting, beyond=60)]

    expected = [min(frame / 30 * 24000 / 1001, 47) for frame in range(60)]
    assert np.abs(np.array(shown) - expected).max() <= 0.85
    assert (np.diff(shown) >= 0).all()
    assert shown[-1] == 47


@pytest.fixture(scope="module")
def uneven(folder):
    """A clip of twenty frames, ten of 1/50 s, then ten of 1/10 s; the n-th is 16 + 10 n bright."""
    path = folder / "uneven.mkv"
    times = "setpts='if(lt(N\\,10)\\,N*0.02\\,0.2+(N-10)*0.1)/TB'"
    grey = f"color=s=90x160:r=50:d=0.4,format=yuv420p,geq=lum=16+10*N:cb=128:cr=128,{times}"
    ffmpeg("-f", "lavfi", "-i", grey, "-c:v", "ffv1", "-fps_mode", "vfr", path)
    return path


def test_a_variable_rate_keeps_its_times(uneven):
    info = probe_clip(uneven, ffmpeg=FFMPEG, time_limit=20)
    shown = [(int(planes[0][80, 45]) - 16) / 10 for planes in played(uneven, beyond=33)]

    assert info.frames == 20
    assert info.seconds == pytest.approx(1.2, abs=0.1)
    for frame, number in enumerate(shown):
        time = frame / 30
        assert number == pytest.approx(time / 0.02 if time < 0.2 else 10 + (time - 0.2) / 0.1, abs=1.1)


def test_a_shot_that_begins_between_two_frames_keeps_their_times(uneven):
    """Begun at 0.31 s, the frames of 0.4, 0.5 and 0.6 s are due on the reel's frames 3, 6 and 9."""
    shown = [(int(planes[0][80, 45]) - 16) / 10 for planes in played(uneven, beyond=10, clip_start=0.31)]

    assert shown[3:] == [12, 12, 12, 13, 13, 13, 14]


@pytest.mark.parametrize("first", [1, 17, 40])
def test_a_shot_may_be_entered_at_any_frame(counting, first):
    whole, part = played(counting, beyond=44, clip_start=0.5), played(counting, first, 44, clip_start=0.5)

    assert len(part) == 44 - first
    for one, other in zip(whole[first:], part, strict=True):
        assert all(np.array_equal(*planes) for planes in zip(one, other, strict=True))


def test_a_shot_begins_at_its_second_of_the_clip(counting):
    first = played(counting, beyond=1, clip_start=1.0)[0]

    assert (int(first[0][80, 45]) - 16) / 4 == pytest.approx(24, abs=1)


def test_when_a_clip_ends_early_its_last_frame_stays(counting):
    entered_late = played(counting, first=70, beyond=75)

    assert [(int(planes[0][80, 45]) - 16) / 4 for planes in entered_late] == [47] * 5


def test_a_shot_beyond_the_end_of_its_clip_is_refused(counting):
    with pytest.raises(BadMedia, match=r"counting\.mkv has no picture at its second 9"):
        played(counting, beyond=5, clip_start=9.0)


def test_it_knows_length_and_frames(counting):
    info = probe_clip(counting, ffmpeg=FFMPEG, time_limit=20)

    assert (info.width, info.height, info.frames) == (90, 160, 48)
    assert info.seconds == pytest.approx(2.002, abs=0.002)
    assert info.seconds < LONGEST_CLIP


def broken(folder, kind, plain):
    path = folder / f"{kind}.mp4"
    if kind == "text":
        path.write_text("This is no clip at all.\n" * 40)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "cut-off":
        ffmpeg("-i", plain, "-c", "copy", "-movflags", "+faststart", path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    elif kind == "no-index":
        path.write_bytes(plain.read_bytes()[:2000])
    elif kind == "sound-only":
        ffmpeg("-f", "lavfi", "-i", "sine=d=1", path)
    elif kind == "one-frame":
        ffmpeg("-i", plain, "-frames:v", 1, path)
    return path


@pytest.mark.parametrize("kind", ["text", "empty", "cut-off", "no-index", "sound-only", "one-frame", "missing"])
def test_what_is_no_clip_is_named(folder, plain, kind):
    path = broken(folder, kind, plain)

    with pytest.raises(BadMedia, match=kind) as caught:
        probe_clip(path, ffmpeg=FFMPEG, time_limit=20)

    assert caught.value.remedy


def test_a_clip_that_takes_too_long_is_given_up(plain):
    with pytest.raises(BadMedia, match=r"plain\.mp4 cannot be read \(FFmpeg was stopped"):
        probe_clip(plain, ffmpeg=FFMPEG, time_limit=0.001)


def test_a_player_that_is_closed_leaves_no_process(plain):
    player = ClipPlayer(plain, shot(frames=3000), size=SIZE, fps=30, first=0, beyond=3000, ffmpeg=FFMPEG)
    player.next()

    player.close()

    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(plain) not in running


@pytest.mark.parametrize(
    ("size", "focus", "expected"),
    [
        ((1920, 1080), (0.5, 0.5), (3414, 1920, 1168, 0)),
        ((1920, 1080), (0.0, 0.5), (3414, 1920, 0, 0)),
        ((1920, 1080), (1.0, 0.5), (3414, 1920, 2334, 0)),
        ((1080, 1920), (0.9, 0.1), (1080, 1920, 0, 0)),
        ((321, 567), (0.5, 0.5), (1086, 1920, 4, 0)),
        ((500, 2000), (0.5, 1.0), (1080, 4320, 0, 2400)),
    ],
)
def test_crops_are_even_and_inside(size, focus, expected):
    form = ClipForm(
        width=size[0], height=size[1], pixel_format="yuv420p", range="tv", matrix="bt709", primaries="bt709",
        transfer="bt709",
    )  # fmt: skip

    assert crop_of(form, (1080, 1920), focus) == expected
