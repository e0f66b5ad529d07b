"""Reads stills and layers of any kind that people and services hand over: upright, in sRGB, in little memory."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps

from core.errors import BadMedia

log = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""Kinds of file that are read. Pillow knows many more, and starts Ghostscript for one of them."""
LEAST_SIDE = 64
"""Pixels of the shorter side below which a picture is surely not meant to fill a frame."""
MOST_PIXELS = 8192 * 8192
"""Pixels of the largest picture: decoding it takes 256 MiB. Pillow's own limit is 2.6 times as high."""
ENOUGH = (1080, 1920)
"""The size for which pictures are read when nobody says more: a frame that shows all of them."""
SPARE = 2
"""How much larger than asked for a picture stays when it is read smaller: less would be seen after scaling."""
STRIP = 256
"""Rows of the result that are made smaller at once, so that no second copy of a large picture is ever held."""


def open_picture(path: Path, enough: tuple[int, int] = ENOUGH) -> Image.Image:
    """Read a still as RGB in sRGB, turned upright, on black where it is clear; of an animation its first picture.

    A picture much larger than `enough` (width, height) is read at a fraction of its size that still covers it
    `SPARE` times. Raises BadMedia naming the file when it cannot be read, is too small or too large.
    """
    picture = _read(path, enough)
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def open_layer(path: Path, enough: tuple[int, int] = ENOUGH) -> Image.Image:
    """Read a picture as `open_picture` does, but as RGBA; one without transparency is opaque."""
    return _read(path, enough).convert("RGBA")


def _read(path: Path, enough: tuple[int, int]) -> Image.Image:
    try:
        with Image.open(path, formats=FORMATS) as picture:
            _check_size(path, picture)
            return _decode(path, picture, enough)
    except BadMedia:
        raise
    except Exception as exc:  # decoders of broken files raise whatever their arithmetic comes to
        raise BadMedia(
            f"The picture {path} cannot be read ({exc or type(exc).__name__}).",
            remedy=f"Make or choose the picture again, as one of {', '.join(FORMATS)}, then rerun.",
        ) from exc


def _check_size(path: Path, picture: Image.Image) -> None:
    width, height = picture.size
    if min(width, height) < LEAST_SIDE:
        raise BadMedia(
            f"The picture {path} is too small ({width} x {height} pixels).",
            remedy=f"Use one of at least {LEAST_SIDE} pixels a side, better {ENOUGH[0]} x {ENOUGH[1]}, then rerun.",
        )
    if width * height > MOST_PIXELS:
        raise BadMedia(
            f"The picture {path} is too large ({width} x {height} pixels).",
            remedy=f"Scale it down to at most {MOST_PIXELS} pixels; {ENOUGH[0]} x {ENOUGH[1]} do. Then rerun.",
        )


def _decode(path: Path, picture: Image.Image, enough: tuple[int, int]) -> Image.Image:
    orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
    width, height = (SPARE * side for side in (enough[::-1] if orientation in (5, 6, 7, 8) else enough))
    profile = picture.info.get("icc_profile")
    picture.draft(None, (width, height))  # lets a JPEG be decoded at a half, quarter or eighth
    small = _shrink(picture, max(min(picture.width // width, picture.height // height), 1))
    small.getexif()[ExifTags.Base.Orientation] = orientation
    ImageOps.exif_transpose(small, in_place=True)
    return _to_srgb(path, small, profile)


def _shrink(picture: Image.Image, factor: int) -> Image.Image:
    """Make a picture smaller by a whole factor and bring it into one of the modes L, RGB, RGBA and CMYK."""
    picture.load()
    if factor == 1:
        return _to_simple(picture)
    width, height = picture.size
    mode = _to_simple(picture.crop((0, 0, 1, 1))).mode
    small = Image.new(mode, (-(-width // factor), -(-height // factor)))
    for number, top in enumerate(range(0, height, STRIP * factor)):
        strip = picture.crop((0, top, width, min(top + STRIP * factor, height)))
        small.paste(_to_simple(strip).reduce(factor), (0, number * STRIP))
    return small


def _to_simple(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        raise ValueError("its samples have 32 bits")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _to_srgb(path: Path, picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to RGB, or RGBA where it has transparency, by the picture's colour profile if it has one."""
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if not ImageCms.getProfileDescription(source).startswith("sRGB"):
                transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), picture.mode, mode)
                return transform.apply(picture)
        except (ImageCms.PyCMSError, OSError, ValueError) as exc:
            log.warning("The colour profile of the picture %s cannot be used (%s); its colours may be off.", path, exc)
    return picture if picture.mode == mode else picture.convert(mode)
