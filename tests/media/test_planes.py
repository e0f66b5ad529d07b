"""Conversion to BT.709 limited range, against values worked out by hand from the standard."""

import numpy as np
import pytest
from PIL import Image

from core.errors import BadMedia
from media.planes import cover, open_picture, to_overlay, to_planes

KNOWN = {
    (0, 0, 0): (16, 128, 128),
    (255, 255, 255): (235, 128, 128),
    (128, 128, 128): (126, 128, 128),
    (255, 0, 0): (63, 102, 240),
    (0, 255, 0): (173, 42, 26),
    (0, 0, 255): (32, 240, 118),
    (255, 255, 0): (219, 16, 138),
    (0, 255, 255): (188, 154, 16),
    (255, 0, 255): (78, 214, 230),
}


@pytest.mark.parametrize(("rgb", "yuv"), KNOWN.items())
def test_known_colours_convert_exactly(rgb, yuv):
    planes = to_planes(Image.new("RGB", (8, 6), rgb))

    assert [np.unique(plane).tolist() for plane in (planes.y, planes.u, planes.v)] == [[value] for value in yuv]


@pytest.mark.parametrize(("rgb", "yuv"), KNOWN.items())
def test_overlays_have_the_same_colours_as_pictures(rgb, yuv):
    drawn = to_overlay(Image.new("RGBA", (8, 6), (*rgb, 200)), 10, 20)

    assert [np.unique(plane).tolist() for plane in (drawn.colour.y, drawn.colour.u, drawn.colour.v)] == [
        [value] for value in yuv
    ]
    assert np.unique(drawn.cover_chroma).tolist() == [200]


def test_chroma_lies_on_the_even_columns_between_two_rows():
    blue = np.add.outer(np.arange(16) * 4, np.arange(32) * 4)
    picture = np.zeros((16, 32, 3), dtype=np.uint8)
    picture[..., 2] = blue

    u = to_planes(Image.fromarray(picture)).u.astype(float)

    columns, rows = np.arange(1, 16) * 2, np.arange(8) * 2 + 0.5
    there = np.add.outer(rows * 4, columns * 4)
    assert np.abs(u[:, 1:] - (128 + (there - 0.0722 * there) * 224 / 255 / 1.8556)).max() <= 0.51


def test_an_overlay_starts_on_even_pixels_and_covers_only_itself():
    drawn = to_overlay(Image.new("RGBA", (3, 3), (255, 255, 255, 255)), 7, 9)

    assert (drawn.left, drawn.top) == (6, 8)
    assert drawn.cover.shape == (4, 4)
    assert drawn.cover[1:, 1:].min() == 255
    assert drawn.cover[0].max() == drawn.cover[:, 0].max() == 0


def test_clear_pixels_do_not_colour_the_edge_of_letters():
    picture = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (1, 0, 4, 4))

    assert np.unique(to_overlay(picture, 0, 0).colour.u).tolist() == [240]


def test_cover_keeps_the_middle_and_the_proportions():
    picture = Image.new("RGB", (300, 100), "red")
    picture.paste("blue", (125, 0, 175, 100))

    covered = np.asarray(cover(picture, 90, 160))

    assert covered.shape == (160, 90, 3)
    assert (covered[:, :, 2] > 250).mean() > 0.8
    assert (covered[:, :2, 0] > 200).all()


def test_a_clear_background_becomes_black(tmp_path):
    Image.new("RGBA", (4, 4), (255, 255, 255, 0)).save(tmp_path / "clear.png")

    assert open_picture(tmp_path / "clear.png").getpixel((1, 1)) == (0, 0, 0)


def test_a_photo_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(tmp_path / "turned.jpg", exif=exif)

    assert open_picture(tmp_path / "turned.jpg").size == (20, 40)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_it_names_a_picture_that_cannot_be_read(tmp_path, content):
    (tmp_path / "broken.png").write_bytes(content)

    with pytest.raises(BadMedia, match=r"broken\.png"):
        open_picture(tmp_path / "broken.png")


def test_it_names_a_picture_that_is_cut_off(tmp_path):
    path = tmp_path / "half.png"
    Image.effect_noise((64, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:1500])

    with pytest.raises(BadMedia, match=r"half\.png"):
        open_picture(path)


def test_it_names_a_picture_that_is_missing(tmp_path):
    with pytest.raises(BadMedia, match=r"gone\.png"):
        open_picture(tmp_path / "gone.png")
