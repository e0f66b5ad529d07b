"""What the embedded picture maker promises. Pictures are drawn small, for speed."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
import typing
from pathlib import Path

import numpy as np
import pytest
import resvg_py
from numpy.typing import NDArray
from PIL import Image
from sweeps import FULL

from core.errors import BadInput
from core.models import Capability, DrawRequest, Mood, Palette, Place, Setting, TimeOfDay
from core.settings import Settings
from integrations.generation.scenery import PLACES, Scenery, compose, rasterise
from integrations.generation.scenes.light import Light
from integrations.generation.scenes.paint import Sheet, lab, mix
from integrations.generation.scenes.pen import Pen
from integrations.generation.scenes.props import PROPS
from integrations.generation.scenes.scene import Scene
from integrations.generation.scenes.words import WORDS, named_props

TEAL = Palette(deep="#14213d", main="#2f6690", soft="#9fc8d6", glow="#ffd9a0", accent="#ff7a59")
RUST = Palette(deep="#3a1420", main="#9c3848", soft="#e8b7a8", glow="#ffe0b8", accent="#2ec4b6")
PLAIN = "A plain sentence."


def asked(
    place: str = "mountains",
    time: str = "day",
    mood: str = "bright",
    text: str = PLAIN,
    palette: Palette = TEAL,
    seed: int = 0,
    size: tuple[int, int] = (108, 192),
) -> DrawRequest:
    setting = Setting.model_validate({"place": place, "time": time, "mood": mood})
    return DrawRequest(text=text, setting=setting, palette=palette, width=size[0], height=size[1], seed=seed)


def pixels(request: DrawRequest) -> NDArray[np.float64]:
    return np.asarray(rasterise(compose(request), request).whole, dtype=np.float64)


def made(request: DrawRequest, folder: Path) -> tuple[dict[str, bytes], dict[str, typing.Any]]:
    folder.mkdir(exist_ok=True)
    result = Scenery(Settings()).make(request.model_dump(mode="json"), folder, lambda share: None)
    return {role: path.read_bytes() for role, path in result.files.items()}, dict(result.result)


def opened(data: bytes) -> NDArray[np.float64]:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture, dtype=np.float64)


def laid_over(ground: NDArray[np.float64], front: NDArray[np.float64]) -> NDArray[np.float64]:
    cover = front[..., 3:] / 255
    return front[..., :3] * cover + ground * (1 - cover)


def drawn(svg: str) -> Image.Image:
    data: bytes = resvg_py.svg_to_bytes(svg_string=svg, width=108, height=192, skip_system_fonts=True)
    return Image.open(io.BytesIO(data)).convert("RGBA")


def sharp(request: DrawRequest) -> tuple[str, str]:
    """Return what stands behind and in front."""
    drawing = compose(request)
    return drawing.main, drawing.near


def outline(prop: str, request: DrawRequest) -> str:
    """Return the longest path of a prop, by which its drawing is recognised."""
    sheet = Sheet()
    PROPS[prop].draw(Pen(sheet, Scene(request).light, 0.06))
    return max(re.findall(r' d="([^"]+)"', sheet.text(10, 10)), key=len)


def test_equal_requests_give_equal_bytes(tmp_path: Path) -> None:
    request = asked("forest", "dusk", "mysterious")

    first, second = made(request, tmp_path / "a"), made(request, tmp_path / "b")

    assert sorted(first[0]) == ["front", "ground", "picture"]
    assert first == second


@pytest.mark.parametrize("place", typing.get_args(Place))
def test_another_seed_gives_another_picture(place: Place) -> None:
    one, two = pixels(asked(place, seed=1)), pixels(asked(place, seed=2))

    assert np.abs(one - two).mean() > 1.5


def test_another_sentence_gives_another_picture() -> None:
    one, two = pixels(asked(text="The first sentence.")), pixels(asked(text="The second sentence."))

    assert np.abs(one - two).mean() > 1.5


def test_every_place_has_a_composer() -> None:
    assert set(PLACES) == set(typing.get_args(Place))


@pytest.mark.parametrize("place", typing.get_args(Place))
@pytest.mark.parametrize("time", typing.get_args(TimeOfDay)[:: 1 if FULL else 2])
def test_every_place_at_every_time_is_a_real_picture(place: Place, time: TimeOfDay) -> None:
    upper = pixels(asked(place, time, "cosy"))[:115]

    assert upper.std() > 18, "nearly one colour"
    assert 12 < upper.mean() < 243, "nearly black or white"
    assert np.abs(np.diff(upper.mean(axis=2), axis=1)).mean() > 0.7, "nothing but a gradient"


@pytest.mark.parametrize("mood", typing.get_args(Mood))
def test_every_mood_changes_the_picture(mood: Mood) -> None:
    other: Mood = "serene" if mood != "serene" else "epic"

    assert np.abs(pixels(asked("lake", mood=mood)) - pixels(asked("lake", mood=other))).mean() > 2


def test_places_are_clearly_different_from_one_another() -> None:
    pictures = {place: pixels(asked(place)) for place in typing.get_args(Place)}

    distances = {
        pair: np.abs(pictures[pair[0]] - pictures[pair[1]]).mean() for pair in itertools.combinations(pictures, 2)
    }

    assert min(distances.values()) > 10, min(distances, key=lambda pair: distances[pair])


@pytest.mark.parametrize("place", typing.get_args(Place))
def test_night_is_darker_than_day(place: Place) -> None:
    assert pixels(asked(place, "night")).mean() < pixels(asked(place, "day")).mean() - 3


@pytest.mark.parametrize("place", ["sea", "forest", "kitchen", "space", "city"])
def test_the_palette_colours_the_picture(place: str) -> None:
    one, two = pixels(asked(place, palette=TEAL)), pixels(asked(place, palette=RUST))

    warmth = [(picture[..., 0] - picture[..., 2]).mean() for picture in (one, two)]

    assert warmth[1] > warmth[0] + 2, "red main colours must make it warmer than teal ones"


@pytest.mark.parametrize("place", typing.get_args(Place))
def test_the_focus_lies_inside_the_upper_part(place: Place) -> None:
    for seed in range(4):
        x, y = compose(asked(place, seed=seed, text="Una ballena, un castillo y un libro.")).focus

        assert 0.1 <= x <= 0.9
        assert 0.1 <= y <= 0.56


@pytest.mark.parametrize("size", [(108, 192), (90, 90), (160, 90), (101, 203)])
def test_the_picture_has_the_size_asked_for(size: tuple[int, int], tmp_path: Path) -> None:
    _, result = made(asked(size=size), tmp_path)

    kinds = {"picture.jpg": ("JPEG", "RGB"), "ground.jpg": ("JPEG", "RGB"), "front.png": ("PNG", "RGBA")}
    for name, kind in kinds.items():
        with Image.open(tmp_path / name) as picture:
            assert (picture.format, picture.mode) == kind
            assert picture.size == size == (result["width"], result["height"])
    assert 0 <= result["focus"]["x"] <= 1
    assert 0 <= result["focus"]["y"] <= 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kinds)


@pytest.mark.parametrize("place", typing.get_args(Place))
def test_the_front_over_the_ground_is_the_picture(place: Place) -> None:
    request = asked(place, "dusk", "cosy")
    parts = rasterise(compose(request), request)
    ground, front, whole = (np.asarray(part, dtype=np.float64) for part in (parts.ground, parts.front, parts.whole))

    assert np.abs(laid_over(ground, front) - whole).max() <= 2, "more than a step of grain and one of rounding"


@pytest.mark.parametrize("place", ["reef", "island", "old-town", "jungle"])
def test_the_files_of_the_parts_give_the_picture_but_for_what_jpeg_loses(place: str, tmp_path: Path) -> None:
    files, _ = made(asked(place, size=(270, 480)), tmp_path)
    picture, ground, front = (opened(files[role]) for role in ("picture", "ground", "front"))

    distance = np.abs(laid_over(ground, front) - picture)

    assert distance.mean() < 2
    assert np.percentile(distance, 99) < 12


@pytest.mark.parametrize("place", typing.get_args(Place))
def test_the_front_is_a_part_of_the_picture_and_never_the_whole(place: Place) -> None:
    request = asked(place, mood="lively")
    cover = np.asarray(rasterise(compose(request), request).front)[..., 3] / 255

    assert 0.005 < cover.mean() < 0.7
    assert (cover[:, 27:81] == 0).any(axis=0).all(), "in all of the middle something behind is seen"


@pytest.mark.parametrize("place", typing.get_args(Place))
def test_the_ground_goes_on_behind_the_front(place: Place) -> None:
    request = asked(place, "night")
    drawing = compose(request)
    parts = rasterise(drawing, request)
    back = drawn(drawing.back)
    cover, ground = np.asarray(parts.front)[..., 3], np.asarray(parts.ground)

    assert np.asarray(back)[..., 3].min() == 255, "the ground is painted all over"
    for step, axis in itertools.product((-4, 4), (0, 1)):  # 4 of 108 columns
        bared = (cover > 200) & (np.roll(cover, step, axis) < 50)
        assert ground[bared].max(axis=1).min(initial=255) > 24, "black where the front was"


@pytest.mark.parametrize("place", typing.get_args(Place))
def test_every_sheet_has_the_gradients_it_is_painted_with(place: Place) -> None:
    drawing = compose(asked(place, "dusk", "cosy"))

    for sheet in (drawing.back, drawing.main, drawing.near, drawing.veil):
        assert set(re.findall(r"url\(#(\w+)\)", sheet)) == set(re.findall(r'id="(\w+)"', sheet))


@pytest.mark.parametrize(
    ("place", "text", "prop"),
    [
        ("mountains", "A house.", "house"),
        ("reef", "An octopus.", "octopus"),
        ("sky", "A balloon.", "balloon"),
        ("kitchen", "A cup.", "cup"),
        ("savanna", "A giraffe.", "giraffe"),
        ("space", "A satellite.", "satellite"),
        ("moon", "An astronaut.", "astronaut"),
    ],
)
def test_the_subject_stands_in_front_with_its_floor(place: str, text: str, prop: str, tmp_path: Path) -> None:
    request = asked(place, text=text)

    assert outline(prop, request) in compose(request).near
    assert made(request, tmp_path)[1]["layers"] == [{"role": "front", "depth": 1.4}]


@pytest.mark.parametrize(("place", "prop"), [("forest", "deer"), ("road", "car"), ("stage", "piano")])
def test_a_subject_on_ground_that_reaches_far_stays_behind_the_frame(place: str, prop: str, tmp_path: Path) -> None:
    request = asked(place, text=f"A {prop}.")

    assert outline(prop, request) in compose(request).main
    assert made(request, tmp_path)[1]["layers"] == [{"role": "front", "depth": 1.7}]


def test_a_scene_without_a_front_is_all_ground() -> None:
    request = asked()
    parts = rasterise(dataclasses.replace(compose(request), near=Sheet().text(108, 192)), request)

    assert parts.front.getbbox() is None
    assert parts.whole.tobytes() == parts.ground.tobytes()


@pytest.mark.parametrize(
    ("place", "text", "prop"),
    [
        ("reef", "An octopus has three hearts.", "octopus"),
        ("reef", "El pulpo tiene tres corazones.", "octopus"),
        ("sea", "Ein Blauwal singt.", "whale"),
        ("savanna", "La girafe dort deux heures.", "giraffe"),
        ("library", "Il gatto dormiva.", "cat"),
        ("observatory", "Un télescope regarde le ciel.", "telescope"),
        ("meadow", "The windmill turned all night.", "windmill"),
        ("sky", "Un arcoíris es un círculo.", "rainbow"),
    ],
)
def test_a_word_of_the_text_brings_its_prop(place: str, text: str, prop: str) -> None:
    request = asked(place, text=text)

    assert named_props(text)[0] == prop
    assert outline(prop, request) in "".join(sharp(request))
    assert outline(prop, request) not in "".join(sharp(asked(place)))


@pytest.mark.parametrize(("place", "text", "prop"), [("meadow", "An octopus!", "octopus"), ("reef", "A cat!", "cat")])
def test_a_prop_that_does_not_fit_the_place_stays_away(place: str, text: str, prop: str) -> None:
    request = asked(place, text=text)

    assert named_props(text) == [prop]
    assert outline(prop, request) not in "".join(sharp(request))


@pytest.mark.parametrize("prop", sorted(PROPS))
def test_every_prop_draws_within_its_box(prop: str) -> None:
    sheet, light = Sheet(), Light("day", "bright", TEAL, 540)
    sheet.fill("M0 0H1080V1920H0Z", "#00ff00")
    with sheet.inside(transform="translate(540 960) scale(3)"):
        PROPS[prop].draw(Pen(sheet, light, 0.0))

    picture = np.asarray(drawn(sheet.text(108, 192)).convert("RGB"), dtype=np.int16)
    rows, columns = np.nonzero(np.abs(picture - (0, 255, 0)).max(axis=2) > 40)

    assert len(rows) > 60
    assert 15 < columns.min() <= columns.max() < 93
    assert 54 < rows.min() <= rows.max() < 120


def test_every_prop_has_words_and_every_word_a_prop() -> None:
    named = [token[:-1] for token in WORDS.split() if token.endswith(":")]

    assert sorted(named) == sorted(PROPS)
    assert len(PROPS) >= 30


@pytest.mark.parametrize("word", ["hundred", "the", "their", "is", "ours", "pain", "campo", "ape"])
def test_common_words_of_other_meaning_bring_nothing(word: str) -> None:
    assert named_props(word) == []


def test_words_are_found_without_regard_to_accents_and_case() -> None:
    assert named_props("BÚHO, Schildkröte und Œuvre") == ["owl", "turtle"]


def test_the_maker_takes_valid_requests_and_objects_to_others() -> None:
    maker = Scenery(Settings())

    assert maker.capability is Capability.DRAW
    assert maker.objection(asked().model_dump(mode="json")) is None
    assert "DrawRequest" in str(maker.objection({"text": "x"}))


def test_it_refuses_a_request_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="DrawRequest"):
        Scenery(Settings()).make({"text": "x"}, tmp_path, lambda share: None)


def test_colours_are_blended_evenly_to_the_eye() -> None:
    middle = lab(mix("#000000", "#ffffff", 0.5))[0]

    assert middle == pytest.approx(0.5, abs=0.01)
    assert mix("#123456", "#abcdef", 0.0) == "#123456"


def test_progress_ends_at_one(tmp_path: Path) -> None:
    heard: list[float] = []

    Scenery(Settings()).make(asked().model_dump(mode="json"), tmp_path, heard.append)

    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_the_subject_of_the_reel_is_shown_where_the_line_names_nothing() -> None:
    line = asked("reef", text="It can taste whatever it touches.")
    about = line.model_copy(update={"subject": "The octopus has three hearts"})
    named = line.model_copy(update={"text": "A turtle can taste whatever it touches.", "subject": about.subject})

    assert sharp(about) != sharp(line)
    assert sharp(named) != sharp(about)
