"""Good reels of fifty shapes pass the gate: it holds back what is bad, and nothing else."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sweeps import sample

from media.checks import inspect
from media.ffmpeg import find_ffmpeg
from media.render import Renderer
from media.timeline import CaptionStyle, SafeBox
from tests.media.talking import cut_reel, draw_night, draw_noise, draw_shapes, write_material

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FFMPEG = find_ffmpeg()
SIZES = ((216, 384), (270, 480), (360, 640), (540, 960))
CHANCES = (8, 4, 2, 0.5)
"""Most reels are small, so that fifty take little time."""
LINES = (
    ("en", ("Why three hearts?", "Two feed the gills, one feeds the rest.", "So it tires fast.")),
    ("en", ("Go!",)),
    ("en", ("Look.", "Now.", "There.")),
    ("en", ("A man, a plan, a canal, and a very long afternoon by the sea.",)),
    ("es", ("¿Qué tal, corazón?", "El señor Núñez bebió té, mañana y café.")),
    ("de", ("Größe zählt doch nicht.", "Donaudampfschifffahrtsgesellschaft, sagte er, und ging.")),
    ("fr", ("À Noël, déjà ?", "L'œuvre fut achevée où naquit l'été.")),
    ("it", ("Perché no?", "Così è la città, più bella che mai.")),
    ("en", ("73% of 1,000 animals glow.", "It's 4°C down there, at 2,000 m!")),
)
SHADES = (
    ((20, 40, 80), (220, 160, 90), (90, 150, 140), (240, 230, 200)),
    ((0, 0, 0), (40, 40, 60), (90, 20, 60), (250, 80, 20)),
    ((250, 250, 250), (240, 240, 235), (200, 210, 220), (90, 100, 110)),
    ((10, 60, 20), (60, 160, 50), (200, 220, 90), (120, 80, 30)),
)
ACCENTS = ("#ffcc33", "#ff5a5f", "#3ddc97", "#ffffff", "#2a2f9d")


def draw(kind: str, size: tuple[int, int], seed: int) -> Image.Image:
    if kind == "white":
        return Image.new("RGB", size, "white")
    if kind == "night":
        return draw_night(size, seed)
    if kind == "noise":
        return draw_noise(size, seed)
    return draw_shapes(size, seed, SHADES[seed % len(SHADES)])


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(ffmpeg=FFMPEG) as renderer:
        yield renderer


@pytest.mark.parametrize("seed", sample(range(50), 6))
def test_a_good_reel_of_any_shape_passes(seed: int, renderer: Renderer, tmp_path: Path) -> None:
    chance = random.Random(seed)
    width, height = chance.choices(SIZES, CHANCES)[0]
    language, lines = LINES[seed % len(LINES)]
    kinds = chance.choice((["shapes"], ["shapes", "noise"], ["night", "shapes"], ["night"], ["white"], ["noise"]))
    drawn = (round(width * chance.uniform(1, 1.4)), round(height * chance.uniform(1, 1.4)))
    pictures = [draw(kind, drawn, seed + number) for number, kind in enumerate(kinds)]
    files = write_material(tmp_path, pictures, lines, seed)
    style = CaptionStyle(
        name=chance.choice(("colour", "box", "pop")), accent=chance.choice(ACCENTS), size=chance.randint(56, 96),
        centre_y=chance.randint(900, 1300),
    )  # fmt: skip
    timeline = cut_reel(
        lines, len(pictures), style=style, language=language,
        title=chance.choice((None, lines[0], "A title of several words that needs more than one line")),
        outro=chance.choice((None, "More on Monday")),
        watermark=chance.choice((None, "@reef")),
        music=chance.choice((None, "bed")),
        safe=chance.choice((SafeBox(), SafeBox(left=65, top=269, right=930, bottom=1248))),
        loop=chance.random() < 0.5,
    ).model_copy(update={"width": width, "height": height})  # fmt: skip

    renderer.render(timeline, files, tmp_path / "reel.mp4", progress=lambda share: None, time_limit=60)
    report = inspect(tmp_path / "reel.mp4", timeline, ffmpeg=FFMPEG, time_limit=60, seconds=(0.3, 60))

    assert not [f"{found.name}: {found.measure}" for found in report.findings]
