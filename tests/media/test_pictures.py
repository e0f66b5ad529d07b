"""Pictures of every kind, good and bad."""

import contextlib
import io
import logging
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from core.errors import BadMedia
from core.settings import ROOT
from media.pictures import open_layer, open_picture


def grainy(width=80, height=64):
    rng = np.random.default_rng(4)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def saved(picture, path, **options):
    picture.save(path, **options)
    return path


def test_a_clear_background_becomes_black_and_half_of_it_half(tmp_path):
    picture = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    picture.paste((200, 100, 50, 128), (0, 0, 64, 32))
    path = saved(picture, tmp_path / "clear.png")

    opened = open_picture(path)

    assert opened.mode == "RGB"
    assert opened.getpixel((1, 60)) == (0, 0, 0)
    assert opened.getpixel((1, 1)) == pytest.approx((100, 50, 25), abs=1)
    assert open_layer(path).getpixel((1, 1)) == (200, 100, 50, 128)


def test_a_picture_without_transparency_is_an_opaque_layer(tmp_path):
    layer = open_layer(saved(grainy(), tmp_path / "opaque.png"))

    assert layer.mode == "RGBA"
    assert layer.getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(tmp_path, orientation):
    exif, corner = Image.Exif(), Image.new("RGB", (128, 64))
    corner.paste("white", (0, 0, 64, 32))
    exif[0x0112] = orientation
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(orientation)  # how a camera held so would store it
    stored = corner if turned is None else corner.transpose(Image.Transpose(turned))

    upright = open_picture(saved(stored, tmp_path / "turned.png", exif=exif))

    assert np.array_equal(np.asarray(upright), np.asarray(corner))


def test_grey_of_16_bits_keeps_its_shades(tmp_path):
    shades = np.tile(np.arange(64, dtype=np.uint16)[None] * 1024 + 1023, (64, 1))

    opened = np.asarray(open_picture(saved(Image.fromarray(shades), tmp_path / "deep.png")))

    assert opened[5, :, 0].tolist() == [4 * n + 3 for n in range(64)]
    assert (opened == opened[..., :1]).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "YCbCr", "CMYK"])
def test_every_common_colour_mode_can_be_read(tmp_path, mode):
    picture = Image.new("RGB", (80, 70), "white")
    picture.paste("black", (0, 0, 40, 70))
    form = "jpg" if mode == "YCbCr" else "tiff"

    opened = open_picture(saved(picture.convert(mode), tmp_path / f"picture.{form}"))

    assert (opened.mode, opened.size) == ("RGB", (80, 70))
    assert max(opened.getpixel((10, 10))) < 5
    assert min(opened.getpixel((70, 60))) > 250


def test_a_palette_with_a_clear_colour_is_read(tmp_path):
    picture = Image.new("P", (64, 64), 1)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    path = saved(picture, tmp_path / "palette.png", transparency=1)

    assert open_picture(path).getpixel((3, 3)) == (0, 0, 0)
    assert open_layer(path).getpixel((3, 3))[3] == 0


def test_of_an_animation_the_first_picture_is_taken(tmp_path):
    first, others = Image.new("RGB", (64, 64), "red"), [Image.new("RGB", (64, 64), "blue")] * 3

    for form in ("gif", "webp", "png"):
        path = saved(first, tmp_path / f"film.{form}", save_all=True, append_images=others, duration=100)
        assert open_picture(path).getpixel((9, 9)) == pytest.approx((255, 0, 0), abs=2)


def test_the_name_of_a_file_does_not_matter(tmp_path):
    path = saved(grainy(), tmp_path / "really-a-png.jpg", format="PNG")

    assert np.array_equal(np.asarray(open_picture(path)), np.asarray(grainy()))


def swapped_profile():
    """Return an sRGB profile in which red and green have changed places: a picture read by it shows them swapped."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for place in range(132, 132 + 12 * struct.unpack(">I", data[128:132])[0], 12):
        name = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(bytes(data[place : place + 4]))
        data[place : place + 4] = name or data[place : place + 4]
    return (
        bytes(data)
        .replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"))
        .replace(b"sRGB built", b"Swap built")
    )


def test_colours_are_converted_by_the_profile_of_the_picture(tmp_path):
    path = saved(Image.new("RGB", (64, 64), (255, 0, 0)), tmp_path / "p.png", icc_profile=swapped_profile())

    assert open_picture(path).getpixel((5, 5)) == pytest.approx((0, 255, 0), abs=3)


def test_a_layer_keeps_its_transparency_when_its_colours_are_converted(tmp_path):
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 77))
    path = saved(picture, tmp_path / "p.png", icc_profile=swapped_profile())

    assert open_layer(path).getpixel((5, 5)) == pytest.approx((0, 255, 0, 77), abs=3)


def test_a_profile_of_srgb_changes_nothing(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    opened = open_picture(saved(grainy(), tmp_path / "p.png", icc_profile=profile))

    assert np.array_equal(np.asarray(opened), np.asarray(grainy()))


def test_a_broken_profile_is_ignored_with_a_warning(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        opened = open_picture(saved(grainy(), tmp_path / "odd.png", icc_profile=b"no profile"))

    assert np.array_equal(np.asarray(opened), np.asarray(grainy()))
    assert "odd.png" in caplog.text


@pytest.mark.parametrize("form", ["png", "jpg"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_much_larger_than_needed_is_read_smaller(tmp_path, form, mode):
    y, x = np.mgrid[0:1300, 0:1000]
    smooth = np.stack([x / 4, y / 6, 128 + 60 * np.sin(x / 40)], axis=-1).astype(np.uint8)
    path = saved(Image.fromarray(smooth).convert(mode), tmp_path / f"large.{form}")

    small = open_picture(path, enough=(110, 200))

    factor = {"png": 3, "jpg": 2}[form]
    assert small.size == (-(-1000 // factor), -(-1300 // factor))
    exact = Image.fromarray(smooth).convert(mode).convert("RGB").resize(small.size, Image.Resampling.BOX)
    assert np.abs(np.asarray(small).astype(int) - np.asarray(exact)).mean() < 2


def test_reading_in_strips_leaves_no_seams(tmp_path):
    picture = np.random.default_rng(8).integers(0, 256, (1501, 203, 4), dtype=np.uint8)
    path = saved(Image.fromarray(picture), tmp_path / "tall.png")

    strips, whole = open_layer(path, enough=(50, 300)), Image.fromarray(picture).reduce(2)

    assert np.array_equal(np.asarray(strips), np.asarray(whole))


def test_a_photo_on_its_side_is_made_smaller_for_its_upright_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(Image.new("RGB", (1600, 900)), tmp_path / "turned.png", exif=exif)

    assert open_picture(path, enough=(225, 400)).size == (450, 800)


def large_png(path, side):
    """Write a clear-and-grey RGBA picture row by row, so that making it takes no memory."""
    packer, row = zlib.compressobj(1), b"\0" + b"\x80\x60\x40\xff" * side

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    return path


MEASURE = r"""
import re, sys
from pathlib import Path
from media.pictures import open_picture

def peak():
    return int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1])

before = peak()
picture = open_picture(Path(sys.argv[1]))
print(picture.size[0], (peak() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_a_picture_of_64_million_pixels_never_takes_more_than_400_mib(tmp_path):
    command = [sys.executable, "-c", MEASURE, str(large_png(tmp_path / "large.png", 8000))]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    side, mebibytes = map(int, done.stdout.split())
    assert side == 4000
    assert 250 < mebibytes < 400


@pytest.mark.parametrize(("side", "word"), [(63, "too small"), (1, "too small"), (8200, "too large"), (20000, "bomb")])
def test_pictures_of_impossible_sizes_are_named(tmp_path, side, word):
    path = tmp_path / "size.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", side, side, 8, 2, 0, 0, 0))
    path.write_bytes(path.read_bytes() + struct.pack(">I", zlib.crc32(path.read_bytes()[12:])))
    path.write_bytes(path.read_bytes() + struct.pack(">I4sI", 0, b"IDAT", zlib.crc32(b"IDAT")))

    with pytest.raises(BadMedia, match=rf"size\.png.*{word}") as caught:
        open_picture(path)

    assert caught.value.remedy.startswith(("Use one", "Scale it", "Make or"))


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n\x00\x00", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_it_names_a_file_that_is_no_picture(tmp_path, content):
    (tmp_path / "broken.png").write_bytes(content)

    with pytest.raises(BadMedia, match=r"broken\.png") as caught:
        open_picture(tmp_path / "broken.png")

    assert "JPEG, PNG" in caught.value.remedy


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "gif", "bmp", "tiff"])
def test_it_names_a_picture_that_is_cut_off(tmp_path, form):
    path = saved(grainy(), tmp_path / f"half.{form}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(BadMedia, match=rf"half\.{form}"):
        open_picture(path)


def test_it_names_a_picture_of_32_bits(tmp_path):
    path = saved(Image.new("F", (64, 64)), tmp_path / "real.tiff")

    with pytest.raises(BadMedia, match=r"real\.tiff.*32 bits"):
        open_picture(path)


@pytest.mark.parametrize("form", ["png", "jpeg", "gif", "webp", "tiff"])
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_broken_in_a_picture_gives_a_picture_or_bad_media(tmp_path, form, changes):
    kept = io.BytesIO()
    grainy().save(kept, form)
    content = bytearray(kept.getvalue())
    for place, value in changes:
        content[int(place * len(content))] = value
    path = tmp_path / "odd.bin"
    path.write_bytes(content)

    with contextlib.suppress(BadMedia):
        assert open_picture(path).mode == "RGB"


def test_it_names_a_picture_that_is_missing(tmp_path):
    with pytest.raises(BadMedia, match=r"gone\.png"):
        open_picture(tmp_path / "gone.png")
