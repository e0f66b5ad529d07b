"""Conversion to BT.709 limited range, against values worked out by hand from the standard."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from media import motion_plain
from media.motion import Cutout, Mover, Still
from media.planes import (
    MATRIX,
    convert,
    convert_drawing,
    to_cutouts,
    to_overlay,
    to_planes,
)

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


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_both_kinds_convert_to_the_same_bytes(height, width, seed):
    rng, height, width = np.random.default_rng(seed), 2 * height, 2 * width
    rgba = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    rgba[rng.random((height, width)) < 0.4, 3] = 0
    pictures = [], []
    for made, picture, drawing in ((pictures[0], convert, convert_drawing), (pictures[1], motion_plain.convert,
                                   motion_plain.convert_drawing)):  # fmt: skip
        made += [np.zeros((height, width), np.uint8) for _ in range(2)]
        made += [np.zeros((height // 2, width // 2), np.uint8) for _ in range(5)]
        picture(rgba[..., :3].reshape(height, -1), MATRIX, made[0], made[2], made[3])
        drawing(rgba.reshape(height, -1), MATRIX, made[1], made[4], made[5], made[6])

    assert all(np.array_equal(*each) for each in zip(*pictures, strict=True))


def lay(cutouts, ground, first, step=1.0):
    """Lay both cutouts of a picture over a frame of one colour; `first` counts in luma samples, on both axes."""
    luma, chroma = cutouts
    y, u, v = (np.full((120, 100) if plane == 0 else (60, 50), ground[plane], np.uint8) for plane in range(3))
    Mover(100, 120).lay(luma, (y,), (first, step), (first, step))
    Mover(50, 60).lay(chroma, (u, v), (first / 2, step), (first / 2, step))
    return y, u, v


@pytest.fixture(scope="module")
def disc():
    """A red disc with a soft edge on clear white."""
    rows, columns = np.mgrid[0:160, 0:140]
    away = np.hypot(rows - 80, columns - 70)
    rgba = np.full((160, 140, 4), (255, 255, 255, 0), dtype=np.uint8)
    rgba[away < 50, :3] = (255, 0, 0)
    rgba[..., 3] = np.round(np.clip((40 - away) / 10 + 0.5, 0, 1) * 255)
    return Image.fromarray(rgba)


@pytest.mark.parametrize("first", [10.0, 10.3, 14.5])
def test_a_moved_layer_shows_nothing_but_its_colour_and_the_ground(disc, first):
    red, ground = (63, 102, 240), (110, 128, 120)

    for plane, colour, under in zip(lay(to_cutouts(disc), ground, first), red, ground, strict=True):
        assert plane.min() == min(colour, under)
        assert plane.max() == max(colour, under)


def test_clear_and_faint_pixels_take_the_colour_that_is_seen_beside_them(disc):
    rgba, red, ground = np.array(disc), (63, 102, 240), (63, 128, 120)
    rgba[rgba[..., 3] < 30, :3] = (0, 255, 0)  # as scaling leaves it, only worse
    drawn = to_overlay(Image.fromarray(rgba), 0, 0)
    untreated = (
        Cutout(0, 0, (Still.of(drawn.colour.y),), Still.of(drawn.cover)),
        Cutout(0, 0, (Still.of(drawn.colour.u), Still.of(drawn.colour.v)), Still.of(drawn.cover_chroma)),
    )

    def worst(cutouts):
        planes = lay(cutouts, ground, 10.4)
        return max(plane.max() - max(one, other) for plane, one, other in zip(planes, red, ground, strict=True))

    assert worst(to_cutouts(Image.fromarray(rgba))) <= 2
    assert worst(untreated) > 6


def test_a_cutout_keeps_only_what_is_seen_and_a_clear_margin(disc):
    luma, chroma = to_cutouts(disc)
    seen = np.array(disc.getchannel("A"))

    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    assert 4 <= rows[0] - luma.top <= 5
    assert 4 <= columns[0] - luma.left <= 5
    assert (chroma.left, chroma.top) == (luma.left / 2, luma.top / 2)
    assert (chroma.cover.turned.shape[0], chroma.cover.height) == (luma.cover.turned.shape[0] / 2,
                                                                   luma.cover.height / 2)  # fmt: skip
    assert luma.top + luma.cover.height - rows[-1] - 1 in (4, 5)
    for part in (luma, chroma):
        edges = [part.cover.turned[0], part.cover.turned[-1]]
        edges += [part.cover.turned[:, 0], part.cover.turned[:, part.cover.height - 1]]
        assert not any(edge.any() for edge in edges)


def test_a_layer_that_fills_its_picture_covers_the_frame():
    whole = Image.new("RGBA", (140, 160), (255, 0, 0, 255))

    assert [np.unique(plane).tolist() for plane in lay(to_cutouts(whole), (16, 128, 128), 5.5)] == [[63], [102], [240]]


def test_a_wholly_clear_layer_draws_nothing():
    clear = Image.new("RGBA", (140, 160), (255, 0, 0, 0))

    assert [np.unique(plane).tolist() for plane in lay(to_cutouts(clear), (90, 100, 110), 0.3)] == [[90], [100], [110]]
