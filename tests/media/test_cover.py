import hashlib
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from core.errors import BadInput, BadMedia, MediaError
from core.models import Word
from media.cover import draw_contact_sheet, draw_cover, grid_crop_problems, lighten, sheet_moments, telling_words
from media.cover_frame import candidates, pick_cover, score, to_picture
from media.ffmpeg import find_ffmpeg
from media.frames import compose
from media.planes import to_planes
from media.timeline import (
    CaptionPage,
    CaptionStyle,
    Card,
    Framing,
    Shot,
    SpeechClip,
    Timeline,
    Watermark,
)
from tests.media.talking import draw_shapes

FFMPEG = find_ffmpeg()
MIDDLE = Framing(x=0.5, y=0.5, zoom=1)
LONG = "Donaudampfschifffahrtsgesellschaft und andere Wörter, die niemand heute noch in einem Atemzug aussprechen mag"


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "grey.png"
    Image.new("RGB", (648, 1152), (120, 120, 120)).save(path)
    return path


@pytest.fixture(scope="module")
def plain(grey: Path) -> NDArray[np.int16]:
    """The cover without a title: what the picture alone gives, no letter on it."""
    draw_cover(grey, title="", accent="#ff9f1c", out=grey.with_name("plain.jpg"))
    return pixels(grey.with_name("plain.jpg"))


def pixels(path: Path) -> NDArray[np.int16]:
    with Image.open(path) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1080, 1920))
        return np.asarray(image).astype(np.int16)


def letters(cover: NDArray[np.int16]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of everything brighter than the picture can be."""
    rows, columns = np.nonzero(cover.max(axis=2) > 140)
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


@pytest.mark.parametrize("title", ["The sea?", "An octopus has three hearts", LONG, "W" * 60])
def test_the_title_stays_where_grids_and_networks_leave_room(title: str, grey: Path, tmp_path: Path) -> None:
    draw_cover(grey, title=title, accent="#ff9f1c", out=tmp_path / "cover.jpg")

    left, top, right, bottom = letters(pixels(tmp_path / "cover.jpg"))
    assert left >= 84
    assert right <= 936
    assert top >= 270
    assert bottom <= 1420


def test_a_short_title_is_set_large(grey: Path, tmp_path: Path) -> None:
    draw_cover(grey, title="The sea", accent="#ff9f1c", out=tmp_path / "cover.jpg")

    cover = pixels(tmp_path / "cover.jpg")
    white = np.nonzero((cover.min(axis=2) > 200).any(axis=1))[0]
    assert white.max() - white.min() > 100


def test_the_telling_word_has_the_accent_and_the_rest_is_white(grey: Path, tmp_path: Path) -> None:
    draw_cover(grey, title="We are octopuses", accent="#ff9f1c", out=tmp_path / "cover.jpg")

    cover = pixels(tmp_path / "cover.jpg")
    accent = (np.abs(cover - np.array([255, 159, 28])).max(axis=2) < 12).sum()
    white = (cover.min(axis=2) > 245).sum()
    assert accent > 15_000
    assert white > 8_000


def test_the_picture_is_darkest_under_the_title(plain: NDArray[np.int16], grey: Path, tmp_path: Path) -> None:
    draw_cover(grey, title="An octopus has three hearts", accent="#ff9f1c", out=tmp_path / "cover.jpg")

    edge = pixels(tmp_path / "cover.jpg")[:, 1040:].mean(axis=(1, 2))
    assert edge[0] == pytest.approx(108, abs=3)
    assert edge[1400] < 60
    assert np.abs(np.diff(edge)).max() < 2.5


def test_an_empty_title_leaves_the_picture(plain: NDArray[np.int16]) -> None:
    assert np.ptp(plain[5]) < 4


def test_equal_orders_give_equal_bytes_and_leave_nothing_else(grey: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        draw_cover(grey, title="Three hearts", accent="#3ddc97", out=tmp_path / name)

    assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("size", [(400, 300), (1080, 1920), (300, 2000)])
def test_any_picture_fills_the_frame_undistorted(size: tuple[int, int], tmp_path: Path) -> None:
    image = Image.new("RGB", size, (200, 0, 0))
    side = min(size) // 4
    image.paste(
        (0, 200, 0), ((size[0] - side) // 2, (size[1] - side) // 2, (size[0] + side) // 2, (size[1] + side) // 2)
    )
    image.save(tmp_path / "picture.png")

    draw_cover(tmp_path / "picture.png", title="", accent="#ffffff", out=tmp_path / "cover.jpg")

    green = pixels(tmp_path / "cover.jpg")[..., 1] > 20
    rows, columns = np.nonzero(green)
    assert np.ptp(columns) == pytest.approx(np.ptp(rows), rel=0.05)
    assert columns.mean() == pytest.approx(540, abs=8)


def test_a_framing_chooses_the_part_of_the_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (1080, 1920), (200, 0, 0))
    image.paste((0, 0, 200), (540, 0, 1080, 1920))
    image.save(tmp_path / "picture.png")

    draw_cover(
        tmp_path / "picture.png", title="", accent="#ffffff", out=tmp_path / "cover.jpg",
        framing=Framing(x=1, y=0.5, zoom=2),
    )  # fmt: skip

    assert pixels(tmp_path / "cover.jpg")[:, 8:, 0].max() < 30  # the edge itself is softened


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_it_refuses_a_picture_that_cannot_be_read(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(content)

    with pytest.raises(BadMedia, match=r"picture\.png cannot be read"):
        draw_cover(tmp_path / "picture.png", title="Hearts", accent="#ffffff", out=tmp_path / "cover.jpg")

    assert not (tmp_path / "cover.jpg").exists()


def test_it_refuses_letters_it_cannot_set(grey: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        draw_cover(grey, title="ปลาหมึกมีสามหัวใจ", accent="#ffffff", out=tmp_path / "cover.jpg")


@pytest.mark.parametrize(
    ("title", "telling"),
    [
        ("An octopus has three hearts", {"octopus"}),
        ("73% of animals glow at night there", {"73%", "animals"}),
        ("Why 3 hearts?", {"3"}),
        ("Is it so?", set()),
    ],
)
def test_numbers_and_long_words_are_telling(title: str, telling: set[str]) -> None:
    words = title.split()

    assert {words[number] for number in telling_words(words)} == telling


@pytest.mark.parametrize("colour", ["#000000", "#2a2f9d", "#500000", "#ffd700", "#ffffff"])
def test_every_accent_becomes_readable(colour: str) -> None:
    red, green, blue = lighten(colour)

    assert 0.2126 * red + 0.7152 * green + 0.0722 * blue >= 120
    assert max(red, green, blue) <= 255


def test_a_light_accent_stays_as_it_is() -> None:
    assert lighten("#ffd700") == (255, 215, 0)


def timeline(frames: int) -> Timeline:
    return Timeline(
        frames=frames,
        language="en",
        shots=(Shot(picture="p", start=0, frames=frames, begin=MIDDLE, end=MIDDLE),),
        pages=(),
        caption_style=CaptionStyle(accent="#ffcc00"),
        timing="voice",
        speech=(SpeechClip(audio="v", start=0, seconds=1),),
    )


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reel of 3 s whose brightness tells the frame: it rises by 2 each frame from 30 on."""
    path = tmp_path_factory.mktemp("reel") / "reel.mp4"
    picture = "color=black:s=216x384:r=30:d=3,format=yuv420p,geq=lum='30+2*N':cb=128:cr=128"
    coding = "-c:v libx264 -crf 10 -g 30 -movflags +faststart+negative_cts_offsets -use_editlist 0"
    command = [str(FFMPEG), "-v", "error", "-y", "-f", "lavfi", "-i", picture, *coding.split(), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return path


def test_the_contact_sheet_shows_the_frames_it_names(reel: Path, tmp_path: Path) -> None:
    draw_contact_sheet(reel, timeline(90), tmp_path / "sheet.jpg", ffmpeg=FFMPEG, time_limit=60)

    with Image.open(tmp_path / "sheet.jpg") as image:
        assert image.format == "JPEG"
        sheet = np.asarray(image.convert("L")).astype(float)
    height, width = (side // 3 for side in sheet.shape)
    shown = [sheet[row * height + height // 2, column * width + width // 2] for row in range(3) for column in range(3)]
    expected = [(30 + 2 * frame - 16) * 255 / 219 for frame in sheet_moments(timeline(90))]
    assert shown == pytest.approx(expected, abs=3.0)


def test_the_contact_sheet_is_equal_each_time(reel: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        draw_contact_sheet(reel, timeline(90), tmp_path / name, ffmpeg=FFMPEG, time_limit=60)

    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_the_contact_sheet_refuses_what_is_no_reel(tmp_path: Path) -> None:
    (tmp_path / "reel.mp4").write_bytes(b"no reel")

    with pytest.raises(MediaError):
        draw_contact_sheet(tmp_path / "reel.mp4", timeline(90), tmp_path / "s.jpg", ffmpeg=FFMPEG, time_limit=60)

    assert not (tmp_path / "s.jpg").exists()


def test_a_cover_is_drawn_from_a_picture_in_memory_too(grey: Path, plain: NDArray[np.int16], tmp_path: Path) -> None:
    with Image.open(grey) as picture:
        draw_cover(picture, title="", accent="#ff9f1c", out=tmp_path / "cover.jpg")

    assert (pixels(tmp_path / "cover.jpg") == plain).all()


def test_a_title_may_hold_emoji_in_their_own_colours(grey: Path, tmp_path: Path) -> None:
    draw_cover(grey, title="Three 🐙 hearts", accent="#ffffff", out=tmp_path / "cover.jpg")

    assert (np.ptp(pixels(tmp_path / "cover.jpg"), axis=2) > 60).sum() > 2_000


def titled(bare: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Return a cover with something white where a title might stand."""
    image = bare.copy()
    image.paste((255, 255, 255), box)
    return image


@pytest.mark.parametrize(
    ("box", "problems"),
    [
        ((90, 560, 930, 1400), 0),
        ((90, 430, 930, 1490), 0),
        ((90, 400, 930, 900), 1),  # kept at 3:4, cut by a square
        ((90, 900, 930, 1520), 1),
        ((90, 200, 930, 900), 2),
        ((90, 900, 930, 1700), 2),
        ((20, 600, 930, 900), 1),
        ((90, 600, 1060, 900), 1),
    ],
)
def test_what_grids_cut_off_is_seen_in_the_pixels(box: tuple[int, int, int, int], problems: int) -> None:
    for shade in (0, 60, 120):
        bare = Image.new("RGB", (1080, 1920), (shade, shade, shade))

        assert len(grid_crop_problems(titled(bare, box), bare)) == problems
        assert grid_crop_problems(bare, bare) == ()


def test_a_cover_whose_title_left_the_grid_is_refused(
    grey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.cover.LOWEST", 1760)

    with pytest.raises(BadInput, match=r"a grid of 3:4 cuts \d+ pixels off the title"):
        draw_cover(grey, title="Three hearts", accent="#ff9f1c", out=tmp_path / "cover.jpg")

    assert not (tmp_path / "cover.jpg").exists()


SHADES = ((20, 40, 80), (220, 160, 90), (90, 150, 140), (240, 230, 200))


def shot(picture: str, start: int, frames: int = 45, fade: int = 6) -> Shot:
    near = Framing(x=0.5, y=0.5, zoom=1.1)
    return Shot(picture=picture, start=start, frames=frames, begin=MIDDLE, end=near, fade=fade if start else 0)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pictures by name: `sharp`, the same `blurred`, a `pale` one, `wall` without anything, and `low`."""
    folder = tmp_path_factory.mktemp("gallery")
    sharp = draw_shapes((540, 960), 3, SHADES)
    pictures = {
        "sharp": sharp,
        "blurred": sharp.filter(ImageFilter.GaussianBlur(9)),
        "pale": sharp.point(lambda level: 190 + level // 8),
        "wall": Image.new("RGB", (540, 960), (90, 110, 120)),
    }
    low = pictures["wall"].copy()
    low.paste(sharp.crop((0, 500, 540, 960)), (0, 500))
    for name, picture in (pictures | {"low": low}).items():
        picture.save(folder / f"{name}.png")
    return {name: folder / f"{name}.png" for name in (*pictures, "low")}


def over(*pictures: str) -> Timeline:
    """Return a reel with words, a title and a watermark everywhere, over some pictures."""
    frames = 45 * len(pictures)
    page = CaptionPage(words=(Word(text="CAPTION", start=0, end=frames / 30),), start=0, end=frames / 30)
    return timeline(frames).model_copy(
        update={
            "shots": tuple(shot(name, 45 * number) for number, name in enumerate(pictures)),
            "pages": (page,),
            "title": Card(text="TITLE TITLE TITLE", frames=frames),
            "watermark": Watermark(text="@reef"),
        }
    )


@pytest.mark.parametrize("worse", ["blurred", "pale", "wall", "low"])
def test_the_better_picture_is_picked_wherever_it_comes(worse: str, gallery: dict[str, Path]) -> None:
    before = pick_cover(over("wall", worse, "sharp"), gallery, ffmpeg=FFMPEG)
    after = pick_cover(over("wall", "sharp", worse), gallery, ffmpeg=FFMPEG)

    assert 96 <= before.frame < 135
    assert 51 <= after.frame < 90


def test_the_hook_is_kept_unless_another_picture_is_clearly_better(gallery: dict[str, Path], tmp_path: Path) -> None:
    draw_shapes((540, 960), 8, SHADES).save(tmp_path / "equal.png")

    assert pick_cover(over("sharp", "equal"), gallery | {"equal": tmp_path / "equal.png"}, ffmpeg=FFMPEG).frame < 45


def test_the_picked_frame_is_clean_and_as_the_reel_shows_it(gallery: dict[str, Path]) -> None:
    plan = over("wall", "sharp")
    picked = pick_cover(plan, gallery, ffmpeg=FFMPEG)
    bare = plan.model_copy(update={"pages": (), "title": None, "watermark": None})
    raw = next(iter(compose(bare, gallery, ffmpeg=FFMPEG, first=picked.frame, beyond=picked.frame + 1)))
    luma = np.frombuffer(raw, np.uint8)[: 1080 * 1920].reshape(1920, 1080)

    assert picked.second == pytest.approx(picked.frame / 30, abs=0.001)
    assert picked.picture.size == (1080, 1920)
    shown = np.asarray(picked.picture.convert("RGB"), np.float64) @ (0.2126, 0.7152, 0.0722)
    assert np.abs(shown - (luma.astype(np.float64) - 16) * 255 / 219).mean() < 1.5


def test_planes_become_the_colours_they_came_from() -> None:
    image = draw_shapes((64, 96), 1, ((200, 30, 40), (20, 160, 60), (30, 60, 220))).filter(ImageFilter.GaussianBlur(4))

    back = np.asarray(to_picture(to_planes(image))).astype(int)

    assert np.abs(back - np.asarray(image)).mean() < 3


@given(
    lengths=st.lists(st.tuples(st.integers(1, 90), st.integers(0, 12)), min_size=1, max_size=9),
    kind=st.sampled_from(("still", "clip")),
)
def test_no_candidate_lies_in_a_fade_or_in_the_first_moments(lengths: list[tuple[int, int]], kind: str) -> None:
    shots, at = [], 0
    for frames, fade in lengths:
        shots.append(shot("p", at, frames, min(fade, frames)).model_copy(update={"kind": kind}))
        at += frames
    plan = timeline(at).model_copy(update={"shots": tuple(shots)})

    tried = candidates(plan)

    assert tried
    assert list(tried) == sorted(tried)
    assert all(9 <= frame < at for frame in tried) or tried == (min(9, at - 1),)
    if len(tried) > 1:
        assert not any(one.start <= frame < one.start + one.fade for one in shots for frame in tried)


def test_calm_under_the_title_and_detail_above_it_score() -> None:
    busy = np.random.default_rng(1).integers(16, 235, (480, 270)).astype(np.uint8)
    above, below = np.full((2, 480, 270), 110, np.uint8)
    above[60:200], below[220:360] = busy[60:200], busy[220:360]

    assert score(above) > score(below)
    assert score(above) > score(busy)
