"""FFmpeg's graph that turns any clip into frames as a reel is composed of. Pure: it builds command lines only.

A clip is brought to the rate of the reel, turned upright by FFmpeg, laid over black where it is clear, cut to
the frame, and brought to BT.709 limited range. Highlights and colours beyond that are mapped into it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import ffmpeg as graph

from core.models import Value
from media.ffmpeg import QUIET
from media.loudness import Stream
from media.timeline import Shot

LONGEST_CLIP = 60.0
"""Seconds of a clip that are looked at; no shot is nearly as long."""
HDR = ("smpte2084", "arib-std-b67")
"""Transfer functions of high dynamic range, PQ and HLG, as FFmpeg names them."""
WIDE = ("bt2020", "smpte431", "smpte432")
"""Primaries beyond BT.709 that phones and cameras write: BT.2020 and the two P3."""
WHITE_NITS, PEAK_NITS = 203, 1000
"""White of a page in HDR (ITU-R BT.2408), and where its highlights end; both go into the range below 235."""
ALPHA = re.compile(r"yuva|rgba|bgra|argb|abgr|gbrap|ya\d|pal8")
"""Pixel formats with transparency."""
LARGE = (1280, 576)
"""A clip without colour tags that is wider or higher than this is taken for BT.709, else for BT.601, as players do."""


class ClipForm(Value):
    """How the frames of a clip are stored. Sizes are pixels of the upright picture; colours are named by FFmpeg.

    `width` counts square pixels. A colour that the clip does not tell is "unknown".
    """

    width: int
    height: int
    pixel_format: str
    range: str
    matrix: str
    primaries: str
    transfer: str


def clip_arguments(
    path: Path, form: ClipForm, shot: Shot, *, size: tuple[int, int], fps: int, first: int, beyond: int, can_map: bool
) -> list[str]:  # fmt: skip
    """Return FFmpeg's arguments that write frames of a shot raw to its standard output; see `ClipPlayer`.

    `can_map` says whether colours beyond BT.709 can be mapped into it. Without, only the matrix is converted:
    the picture is right in hue and paler than it should be.
    """
    source = graph.input(str(path), protocol_whitelist="file", ss=shot.clip_start, t=LONGEST_CLIP)
    stream = source.video.filter("fps", fps=fps, start_time=0).filter("tpad", stop_mode="clone", stop=beyond)
    stream = stream.filter("trim", start_frame=first, end_frame=beyond)
    stream = _without_alpha(_tagged(stream, form, can_map), form)
    width, height, left, top = crop_of(form, size, (shot.begin.x, shot.begin.y))
    sized = {"w": width, "h": height, "flags": "bicubic+accurate_rnd+full_chroma_int"}
    cut = {"w": size[0], "h": size[1], "x": left, "y": top}
    if can_map:
        stream = stream.filter("scale", **sized).filter("format", "yuv444p12").filter("crop", **cut)
        stream = _mapped(stream, form).filter("format", "yuv420p")
    else:
        stream = stream.filter("scale", **sized, out_color_matrix="bt709", out_range="tv")
        stream = stream.filter("format", "yuv420p").filter("crop", **cut)
    raw = graph.output(stream.filter("setsar", 1), "pipe:1", format="rawvideo", fps_mode="passthrough")
    return [*QUIET, *words(raw)]


def crop_of(form: ClipForm, size: tuple[int, int], focus: tuple[float, float]) -> tuple[int, int, int, int]:
    """Return to which width and height a clip is scaled, and left and top of the part that fills `size`.

    All are even, as 4:2:0 wants them; the part lies around `focus` as far as the clip's edges allow.
    """
    scale = max(size[0] / form.width, size[1] / form.height)
    sides = [
        max(round(side * scale / 2) * 2, least) for side, least in zip((form.width, form.height), size, strict=True)
    ]
    corner = [
        min(max(round((centre * side - part / 2) / 2) * 2, 0), side - part)
        for centre, side, part in zip(focus, sides, size, strict=True)
    ]
    return sides[0], sides[1], corner[0], corner[1]


def is_beyond_bt709(form: ClipForm) -> bool:
    """Tell whether a clip has colours or highlights that BT.709 does not."""
    return form.transfer in HDR or form.primaries in WIDE


def words(output: Stream) -> list[str]:
    """Return the command line of an ffmpeg-python graph."""
    return cast(list[str], graph.get_args(output))


def _tagged(stream: Stream, form: ClipForm, can_map: bool) -> Stream:
    """Name the colours that the clip does not name, as players guess them."""
    told = {"colorspace": form.matrix, "color_primaries": form.primaries, "color_trc": form.transfer}
    wide, large = is_beyond_bt709(form), form.width >= LARGE[0] or form.height > LARGE[1]
    guess = {
        "colorspace": "bt2020nc" if wide else "bt709" if large else "smpte170m",
        "color_primaries": "bt2020" if wide else "bt709",
        "color_trc": "bt709",
    }
    if not can_map:
        told, guess = {"colorspace": form.matrix}, {"colorspace": guess["colorspace"]}
    missing = {name: guess[name] for name, colour in told.items() if colour == "unknown"}
    return stream.filter("setparams", **missing) if missing and form.matrix != "gbr" else stream


def _without_alpha(stream: Stream, form: ClipForm) -> Stream:
    """Lay a clip with transparency over black, as a still with transparency is."""
    if not ALPHA.match(form.pixel_format):
        return stream
    return stream.filter("format", "gbrap").filter("premultiply", inplace=1).filter("format", "gbrp")


def _mapped(stream: Stream, form: ClipForm) -> Stream:
    """Bring colours into BT.709. Of HDR the range up to white stays as it is, highlights are compressed."""
    if form.transfer in HDR:
        stream = stream.filter("zscale", transfer="linear", npl=WHITE_NITS).filter("format", "gbrpf32le")
        stream = stream.filter("zscale", primaries="bt709")
        stream = stream.filter("tonemap", "mobius", desat=0, peak=round(PEAK_NITS / WHITE_NITS, 3))
    return stream.filter("zscale", primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
