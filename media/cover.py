"""The still pictures that go out beside a reel: its cover and a contact sheet.

The cover is drawn from a picture of the reel before captions are on it (`media.cover_frame` picks one), with the
title inside the part that profile grids keep (3:4, centred) and that no network covers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import ffmpeg as graph
import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, UnidentifiedImageError

from core.errors import BadInput, BadMedia
from core.models import Colour
from media.disk import disk_errors
from media.ffmpeg import run_ffmpeg
from media.glyphs import FONT_FILES
from media.ink import draw_runs
from media.loudness import Stream, arguments
from media.timeline import HEIGHT, WIDTH, Framing, Timeline
from media.typeset import LEADING, Column, Lines, face, fit

QUALITY = 92
"""Of the JPEG files, which keep full colour resolution: accents on letters would smear otherwise."""

LEFT, RIGHT = 90, 930
LOWEST, HIGHEST = 1370, 560
"""The box of the title on a 1080 x 1920 frame: inside the 3:4 centre (y 240 to 1680), clear of all buttons."""
TITLE_SIZE, TITLE_LINES = 156, 5
FEW_LINES, STILL_LARGE = 3, 0.78
"""Three lines are read at a glance; they are kept to while letters have this share of their size."""
BAR_WIDTH, BAR_HEIGHT, BAR_GAP = 132, 14, 44
ASCENT = 0.72
"""Height of capitals in letter sizes."""
TELLING_LETTERS = 5
"""A word shorter than this carries little; a number always does."""

READABLE_LUMA = 125
WHITE = (255, 255, 255)

GRIDS = {"3:4": (3, 4), "1:1": (1, 1)}
"""Width to height of what profile grids show of a cover, around its middle."""
INK, EDGE = 48, 60
"""Steps of grey by which a title differs from what is under it; pixels at the sides that thumbnails may lose."""

SHEET_SIDE, SHEET_GAP = 3, 12
SHEET_TILE = (360, 640)
GROUND = (16, 16, 20)


def draw_cover(
    picture: Path | Image.Image, *, title: str, accent: Colour, out: Path, framing: Framing | None = None
) -> None:
    """Draw the cover of a reel as a 1080x1920 JPEG from a still picture of any size, such as `pick_cover` gives.

    `framing` chooses the part of the picture as in a shot; without it the middle is taken. Raises BadMedia when
    the picture cannot be read, BadInput when the title has letters that no font of ours can set or cannot be kept
    where profile grids show it, StorageError when the file cannot be written.
    """
    image = _crop(_open(picture), framing or Framing(x=0.5, y=0.5, zoom=1))
    words = title.split()
    lines = _set(words)
    if lines is not None:
        top = LOWEST - (len(lines.lines) - 1) * lines.size * LEADING - lines.size * ASCENT
        bare = _darken(image, top - BAR_GAP - BAR_HEIGHT)
        image = _set_title(bare, lines, top, telling_words(words), lighten(accent))
        for problem in grid_crop_problems(image, bare):
            raise BadInput(f"The cover cannot be used: {problem}.", remedy="Give the reel a shorter title.")
    _save(image, out)


def grid_crop_problems(titled: Image.Image, bare: Image.Image) -> tuple[str, ...]:
    """Say what profile grids would cut off the title, judged by the pixels in which two RGB covers differ.

    `bare` is the same cover without its title. Grids show the centre at 3:4 (Instagram, TikTok), older ones as a
    square; the title must lie inside both, with all that is bright of it: the soft shadow may be cut.
    """
    differ = ImageChops.difference(titled, bare).convert("L").point(lambda level: 255 if level > INK else 0)
    box = differ.getbbox()
    if box is None:
        return ()
    left, top, right, bottom = box
    problems = []
    for name, (across, down) in GRIDS.items():
        high = titled.width * down // across
        first = (titled.height - high) // 2
        cut = max(first - top, bottom - first - high, 0)
        if cut:
            problems.append(f"a grid of {name} cuts {cut} pixels off the title")
    if left < EDGE or right > titled.width - EDGE:
        problems.append("the title reaches the edge of the picture")
    return tuple(problems)


def draw_contact_sheet(reel: Path, timeline: Timeline, out: Path, *, ffmpeg: Path, time_limit: float) -> None:
    """Draw nine moments of a reel, evenly spread and with their times, as one JPEG.

    Raises MediaError when the reel cannot be decoded or that takes longer than `time_limit` seconds.
    """
    moments = sheet_moments(timeline)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".sheet-") as folder:
        tiles = Path(folder, "tiles.png")
        run_ffmpeg(ffmpeg, sheet_graph(reel, timeline, tiles), time_limit=time_limit)
        if not tiles.exists():
            raise BadMedia(f"{reel.name} has too few frames for a contact sheet.")
        with Image.open(tiles) as opened:
            image = opened.convert("RGB")
    draw = ImageDraw.Draw(image, "RGBA")
    label = face(FONT_FILES[0], 24)
    for number, frame in enumerate(moments):
        row, column = divmod(number, SHEET_SIDE)
        x = SHEET_GAP + column * (SHEET_TILE[0] + SHEET_GAP) + 12
        y = SHEET_GAP + row * (SHEET_TILE[1] + SHEET_GAP) + 12
        draw.rounded_rectangle((x, y, x + 88, y + 36), 8, (0, 0, 0, 150))
        draw.text((x + 44, y + 18), f"{frame / timeline.fps:.1f} s", (255, 255, 255), label, "mm")
    _save(image, out)


def sheet_moments(timeline: Timeline) -> tuple[int, ...]:
    """Return the frames that the contact sheet shows: the middles of nine equal parts."""
    count = SHEET_SIDE**2
    return tuple(int((number + 0.5) * timeline.frames / count) for number in range(count))


def sheet_graph(reel: Path, timeline: Timeline, out: Path) -> list[str]:
    """Return FFmpeg's arguments that lay frames side by side, seeking to each instead of decoding all."""
    frames = [_frame(reel, (frame - 0.5) / timeline.fps) for frame in sheet_moments(timeline)]
    ground = "0x" + "".join(f"{level:02x}" for level in GROUND)
    sheet = graph.concat(*frames).filter(
        "tile", f"{SHEET_SIDE}x{SHEET_SIDE}", padding=SHEET_GAP, margin=SHEET_GAP, color=ground
    )
    return arguments(graph.output(sheet, str(out), vframes=1, update=1))


def _frame(reel: Path, second: float) -> Stream:
    """Return the first frame after a second, small and as RGB."""
    source = graph.input(str(reel), protocol_whitelist="file", threads=1, ss=f"{max(second, 0):.4f}", t=0.5)
    frame = source.video.filter("trim", end_frame=1)
    frame = frame.filter("scale", *SHEET_TILE, force_original_aspect_ratio="decrease", in_color_matrix="bt709")
    return frame.filter("pad", *SHEET_TILE, "(ow-iw)/2", "(oh-ih)/2").filter("format", "rgb24").filter("setsar", 1)


def telling_words(words: Sequence[str]) -> frozenset[int]:
    """Return which words of a title are set in the accent colour: numbers and the longest, two at most."""

    def weight(number: int) -> tuple[bool, int, int]:
        letters = "".join(char for char in words[number] if char.isalnum())
        return any(char.isdigit() for char in letters), len(letters), number

    worthy = [number for number in range(len(words)) if weight(number)[0] or weight(number)[1] >= TELLING_LETTERS]
    return frozenset(sorted(worthy, key=weight, reverse=True)[: min(2, max(1, len(words) // 3))])


def lighten(colour: Colour) -> tuple[int, int, int]:
    """Return a colour light enough to be read on a darkened picture, as lively as it can be."""
    levels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    if _luma(levels) < READABLE_LUMA:
        levels = [level * 255 // max(*levels, 1) for level in levels]
    while _luma(levels) < READABLE_LUMA:
        levels = [min(255, level + (255 - level) // 12 + 1) for level in levels]
    return levels[0], levels[1], levels[2]


def _luma(levels: Sequence[int]) -> float:
    return 0.2126 * levels[0] + 0.7152 * levels[1] + 0.0722 * levels[2]


def _set(words: Sequence[str]) -> Lines | None:
    """Set a title in few large lines if they stay large, else in more of them."""
    room = LOWEST - HIGHEST
    few, more = (fit(words, TITLE_SIZE, Column(RIGHT - LEFT, room, count)) for count in (FEW_LINES, TITLE_LINES))
    return few if few is not None and few.size >= TITLE_SIZE * STILL_LARGE else more


def _open(picture: Path | Image.Image) -> Image.Image:
    if isinstance(picture, Image.Image):
        return picture.convert("RGB")
    try:
        with Image.open(picture) as opened:
            return opened.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as exc:
        raise BadMedia(f"The picture {picture.name} cannot be read.") from exc


def _crop(image: Image.Image, framing: Framing) -> Image.Image:
    """Cut the framed part out of a picture and bring it to the size of a reel."""
    scale = min(image.width / WIDTH, image.height / HEIGHT) / framing.zoom
    across, down = WIDTH * scale, HEIGHT * scale
    left = min(max(framing.x * image.width - across / 2, 0), image.width - across)
    top = min(max(framing.y * image.height - down / 2, 0), image.height - down)
    box = (left, top, left + across, top + down)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, box)


def _darken(image: Image.Image, text_top: float) -> Image.Image:
    """Darken a picture a little everywhere and more towards and under the title, without a visible edge."""
    rows = np.arange(HEIGHT, dtype=np.float64)
    rise = np.clip((rows - (text_top - 420)) / 620, 0, 1)
    shade = 0.10 + 0.56 * rise * rise * (3 - 2 * rise)
    pixels = np.asarray(image, dtype=np.float64) * (1 - shade)[:, None, None]
    return Image.fromarray(np.rint(pixels).astype(np.uint8), "RGB")


def _set_title(
    image: Image.Image, lines: Lines, top: float, telling: frozenset[int], accent: tuple[int, int, int]
) -> Image.Image:
    """Draw a bar in the accent colour and the title under it, over a soft shadow."""
    ink = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(ink)
    bar = round(top - BAR_GAP - BAR_HEIGHT)
    draw.rounded_rectangle((LEFT, bar, LEFT + BAR_WIDTH, bar + BAR_HEIGHT), BAR_HEIGHT / 2, (*accent, 255))
    baseline = top + lines.size * ASCENT
    for line in lines.lines:
        for word, x in lines.places(line, LEFT):
            draw_runs(ink, word.runs, x, baseline, lines.size, accent if word.number in telling else WHITE)
        baseline += lines.size * LEADING
    shadow = Image.new("RGBA", image.size, (0, 0, 0, 255))
    soft = ink.getchannel("A").filter(ImageFilter.GaussianBlur(14))
    shadow.putalpha(soft.point(lambda level: min(255, round(level * 0.9))))
    result = image.convert("RGBA")
    result.alpha_composite(shadow, (0, 6), (0, 0, WIDTH, HEIGHT - 6))
    result.alpha_composite(ink)
    return result.convert("RGB")


def _save(image: Image.Image, out: Path) -> None:
    """Write a JPEG under a temporary name, then give it its own."""
    with (
        disk_errors(out.parent, out.name),
        tempfile.TemporaryDirectory(dir=out.parent, prefix=".jpeg-") as folder,
    ):
        written = Path(folder, "picture.jpg")
        image.save(written, format="JPEG", quality=QUALITY, subsampling=0, optimize=True)
        written.replace(out)
