import hashlib
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import BadInput, BadMedia, MediaError
from media.cover import draw_contact_sheet, draw_cover, lighten, sheet_moments, telling_words
from media.ffmpeg import find_ffmpeg
from media.timeline import CaptionStyle, Framing, Shot, SpeechClip, Timeline

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
        draw_cover(grey, title="章魚有三顆心", accent="#ffffff", out=tmp_path / "cover.jpg")


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
