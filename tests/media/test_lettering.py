"""What letters look like on the frame: measured in pixels."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from core.errors import BadInput, MissingPart
from core.models import Word
from media import glyphs
from media.glyphs import EMOJI, FONT_FILES, GREEK, JAPANESE, LATIN, SYMBOLS, missing_glyphs, runs
from media.ink import draw_runs
from media.japanese import NEVER_FIRST, NEVER_LAST
from media.lettering import POP, draw_outro, draw_page, draw_title, draw_watermark
from media.sheet import DARK, Drawing
from media.timeline import CaptionPage, CaptionStyle, SafeBox
from media.typeset import Column, fit, length

STYLES = ("colour", "box", "pop")
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
ROCKET = "\U0001f469\U0001f3fd\u200d\U0001f680"
TEXTS = ("An octopus has", "extraordinary underwater hearts.", "WWWWWWWWWW MMMMMMMMMM", LONG, f"{LONG} {LONG}")


def page(text):
    words = tuple(Word(text=word, start=n, end=n + 1) for n, word in enumerate(text.split()))
    return CaptionPage(words=words, start=0, end=len(words))


def style(name="colour", **changes):
    return CaptionStyle(name=name, accent=changes.pop("accent", "#ffcc33"), **changes)


def letters(drawing, colour):
    """Return a mask of the opaque pixels that have exactly this colour."""
    rgba = np.asarray(drawing.image)
    return (rgba[..., :3] == colour).all(axis=2) & (rgba[..., 3] == 255)


def inside_the_safe_box(drawing, scale=1.0):
    right, bottom = drawing.left + drawing.image.width, drawing.top + drawing.image.height
    return drawing.left >= 90 * scale and right <= 930 * scale and drawing.top >= 270 * scale and bottom <= 1390 * scale


SCRIPTS = (
    "abcXYZ éßøŁ", "αβγ Ώή", "абв Щё", "漢字かなカナっょー、。「」", "0123 .,;:!?%&@#", "Ế̂ǻ", "i" * 30, "W" * 60,
    "{\\an8}<i>", "{\\pos(0,0)\\t(\\fscx900)}", "</font>", "https://reef.example/a?b=c&d=e#f", "\\N\\h", "%n", "&lt;",
    "\u202e\u200b", "🔥", "❤️", ROCKET, "🇪🇸🇯🇵", "1️⃣", "👨‍👩‍👧‍👦" * 9, "\u0301", "\u200d", "\n\t ",
)  # fmt: skip

texts = st.lists(
    st.one_of(st.sampled_from(SCRIPTS), *(st.text(script, max_size=40) for script in SCRIPTS[:5])),
    min_size=1,
    max_size=7,
).map("".join)
boxes = st.builds(
    lambda left, top, across, down: SafeBox(left=left, top=top, right=left + across, bottom=top + down),
    st.integers(0, 280), st.integers(0, 500), st.integers(400, 800), st.integers(600, 1400),
)  # fmt: skip


def reaches_out_of(box, width, drawing):
    """Say whether anything that is seen lies outside the box, which is given for a frame of 1080 pixels."""
    scale = width / 1080
    seen = drawing.image.getchannel("A").getbbox()
    left, top = drawing.left + seen[0], drawing.top + seen[1]
    right, bottom = drawing.left + seen[2], drawing.top + seen[3]
    return left < box.left * scale or right > box.right * scale or top < box.top * scale or bottom > box.bottom * scale


@settings(max_examples=40, deadline=None)
@given(
    texts,
    st.sampled_from(STYLES),
    st.integers(40, 120),
    st.integers(300, 1390),
    boxes,
    st.sampled_from([1080, 540, 96]),
)
def test_whatever_is_written_every_pixel_stays_inside_the_safe_box(text, name, size, centre, box, width):
    look = style(name, size=size, centre_y=centre)
    words = text.split()
    shown = [draw_page(page(text), active, look, width, box) for active in {0, len(words) - 1}] if words else []
    cards = [draw_title(text, width, box), draw_outro(text, "#ffcc33", width, box), draw_watermark(text, width, box)]

    for drawing in shown + cards:
        assert drawing is None or not reaches_out_of(box, width, drawing)


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize(
    "text", ["An octopus has three", "Η θάλασσα είναι βαθιά", "タコには 心臓が 三つ ある。", LONG + " ja"]
)
def test_no_word_but_the_spoken_one_moves(name, text):
    """The white letters of every state are among those of the page of which no word is spoken, at the same places."""

    def white(active):
        drawing = draw_page(shown, active, style(name))
        frame = Image.new("RGBA", (1080, 1920))
        frame.paste(drawing.image, (drawing.left, drawing.top))
        return letters(Drawing(frame, 0, 0), (255, 255, 255))

    shown = page(text)
    calm = white(9)
    states = [white(active) for active in range(len(shown.words))]

    assert not any((state & ~calm).any() for state in states)
    assert (np.logical_or.reduce(states) == calm).all()
    assert all(state.sum() < calm.sum() for state in states)


def grown(shape, by):
    """Return the pixels at most this far from a shape."""
    wider = np.zeros_like(shape)
    for down, across in itertools.product(range(-by, by + 1), repeat=2):
        if down**2 + across**2 <= by**2:
            wider |= np.roll(shape, (down, across), (0, 1))
    return wider


def luminances(rgb):
    level = rgb / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def least_contrast(picture, fill):
    """Return the least contrast between letters and the ring two to three pixels around them."""
    rgb = np.asarray(picture.convert("RGB")).astype(float)
    around = luminances(rgb[grown(fill, 3) & ~grown(fill, 2)])
    own = luminances(rgb[fill]).mean()
    return float(((np.maximum(around, own) + 0.05) / (np.minimum(around, own) + 0.05)).min())


def fills(drawing, name, accent):
    """Return the pixels of the white letters and of the letters of the spoken word."""
    rgba = np.asarray(drawing.image)
    if name == "box":
        rows, columns = letters(drawing, ImageColor.getrgb(accent)).nonzero()
        inside = np.zeros(rgba.shape[:2], dtype=bool)
        inside[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
        white = letters(drawing, (255, 255, 255))
        dark = letters(drawing, DARK)
        lit = white if (white & inside).sum() > (dark & inside).sum() else dark
        return white & ~grown(inside, 1), lit & inside
    white = letters(drawing, (255, 255, 255))
    opaque = rgba[rgba[..., 3] == 255][:, :3]
    colours, counts = np.unique(opaque, axis=0, return_counts=True)
    common = [tuple(int(level) for level in colours[at]) for at in counts.argsort()[::-1]]
    spoken = next(colour for colour in common if colour not in {DARK, (255, 255, 255)})
    return white, letters(drawing, spoken)


ACCENTS = ("#ffcc33", "#101060", "#ff2020", "#f2fff0", "#000000", "#757575", "#1d8348")


@pytest.mark.parametrize("accent", ACCENTS)
@pytest.mark.parametrize("name", STYLES)
def test_letters_are_read_on_any_picture(name, accent):
    noise = np.random.default_rng(7).integers(0, 256, (1920, 1080, 3), dtype=np.uint8)
    grounds = [Image.new("RGB", (1080, 1920), colour) for colour in ("white", "black", "#808080", accent)]
    for size in (56, 78, 120):
        drawing = draw_page(page("sea moon"), 1, style(name, size=size, accent=accent))
        for ground in (*grounds, Image.fromarray(noise)):
            picture = ground.convert("RGBA")
            picture.alpha_composite(drawing.image, (drawing.left, drawing.top))
            picture = picture.crop((drawing.left, drawing.top, drawing.left + drawing.image.width,
                                    drawing.top + drawing.image.height))  # fmt: skip
            for fill in fills(drawing, name, accent):
                assert fill.sum() > 300
                assert least_contrast(picture, fill) >= 4.5


@pytest.mark.parametrize("accent", ACCENTS)
def test_the_outro_is_read_on_any_picture(accent):
    drawing = draw_outro("Jonah Reef\nMore every day", accent)
    white, call = fills(drawing, "colour", accent)

    for colour in ("white", "black", accent):
        picture = Image.new("RGBA", drawing.image.size, colour)
        picture.alpha_composite(drawing.image)
        assert least_contrast(picture, white) >= 4.5
        assert least_contrast(picture, call) >= 4.5


def test_the_outro_leaves_room_for_captions_below_it():
    for box in (SafeBox(), SafeBox(left=200, top=300, right=600, bottom=900)):
        drawing = draw_outro("Captain Josephine Featherstonehaugh\nMore stories from the sea", "#ffcc33", 1080, box)
        assert drawing.top + drawing.image.height <= box.bottom - 190


@pytest.mark.parametrize("name", STYLES)
def test_small_frames_get_the_same_layout(name):
    drawing = draw_page(page(TEXTS[1]), 1, style(name), frame_width=540)

    assert inside_the_safe_box(drawing, 0.5)
    assert drawing.image.width > 300


@pytest.mark.parametrize("name", STYLES)
def test_no_letter_of_a_long_word_is_lost(name):
    """The ink of a word that must be broken is about the ink of its letters drawn in two pages."""
    whole = letters(draw_page(page(LONG), 9, style(name)), (255, 255, 255)).sum()
    halves = [letters(draw_page(page(part), 9, style(name, size=48)), (255, 255, 255)).sum() for part in
              (LONG[:32], LONG[32:])]  # fmt: skip

    assert whole == pytest.approx(sum(halves), rel=0.25)


def test_the_spoken_word_has_the_accent_and_the_others_are_white():
    drawing = draw_page(page("one two"), 1, style())

    white, accent = letters(drawing, (255, 255, 255)), letters(drawing, (255, 204, 51))

    assert white.any(axis=0).nonzero()[0].max() < accent.any(axis=0).nonzero()[0].min()


def test_a_dark_accent_is_lightened_until_it_can_be_read():
    drawing = draw_page(page("sea"), 0, style(accent="#101060"))

    rgba = np.asarray(drawing.image).astype(float)
    luma = rgba[..., :3] @ (0.2126, 0.7152, 0.0722)

    assert np.percentile(luma[rgba[..., 3] == 255], 90) > 120


def test_a_box_stands_behind_the_spoken_word():
    assert (
        letters(draw_page(page("one two"), 1, style("box")), (255, 204, 51)).sum()
        > 2 * letters(draw_page(page("one two"), 1, style("colour")), (255, 204, 51)).sum()
    )


def test_a_popping_word_is_larger_and_moves_no_other():
    first, second = (draw_page(page("moon moon"), active, style("pop")) for active in (0, 1))
    calm, grown = letters(first, (255, 255, 255)), letters(first, (255, 204, 51))

    def height(mask):
        rows = mask.any(axis=1).nonzero()[0]
        return rows.max() - rows.min() + 1

    assert height(grown) / height(calm) == pytest.approx(POP, abs=0.03)
    middle = [
        np.mean((letters(drawing, colour).any(axis=0).nonzero()[0] + drawing.left)[[0, -1]])
        for drawing, colour in ((first, (255, 204, 51)), (second, (255, 255, 255)))
    ]
    assert middle[0] == pytest.approx(middle[1], abs=1.5)


def test_white_letters_have_a_dark_outline_of_six_pixels():
    rgba = np.asarray(draw_page(page("IIII"), 9, style(size=78)).image)
    row = rgba[rgba.shape[0] // 2 - 6]
    white = (row[:, :3] == 255).all(axis=1).nonzero()[0].min()

    dark = [tuple(pixel[:3]) == (14, 14, 20) and pixel[3] == 255 for pixel in row[white - 5 : white - 1]]

    assert all(dark)
    assert tuple(row[white - 9][:3]) != (14, 14, 20) or row[white - 9][3] < 255


@pytest.mark.parametrize("text", [r"{\pos(0,0)}", "a&b", "“quoted”", "<b>bold</b>", r"\N", "100%"])
def test_text_is_drawn_verbatim(text):
    assert "".join(piece for _, piece in runs(text)) == text
    assert missing_glyphs(text) == ()
    plain = draw_page(page("x"), 9, style())
    assert draw_page(page(text), 9, style()).image.width > plain.image.width


@pytest.mark.parametrize(
    ("text", "font"),
    [("Ñandú Česky Việt", LATIN), ("Щука", LATIN), ("θάλασσα", GREEK), ("μΩ", GREEK), ("かなカナ漢字、。", JAPANESE),
     ("髙﨑", JAPANESE), ("✓", SYMBOLS), ("ἀρχή"[0], SYMBOLS)],
)  # fmt: skip
def test_every_script_has_its_font(text, font):
    assert {found for found, piece in runs(text) if piece.strip()} == {font}


def test_letters_the_first_font_lacks_come_from_the_next():
    assert runs("a✓b") == ((LATIN, "a"), (SYMBOLS, "✓"), (LATIN, "b"))
    assert runs("e\u0301") == ((LATIN, "é"),)


@pytest.mark.parametrize(
    ("text", "name"),
    [("🔥", "1f525"), ("❤️", "2764"), ("❤", "2764"), ("👍🏽", "1f44d-1f3fd"), (ROCKET, "1f469-1f3fd-200d-1f680"),
     ("👨‍👩‍👧", "1f468-200d-1f469-200d-1f467"), ("🇪🇸", "1f1ea-1f1f8"), ("1️⃣", "0031-20e3"), ("🏳️‍🌈", "1f3f3-200d-1f308"),
     ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "1f3f4-e0067-e0062-e0073-e0063-e0074-e007f")],
)  # fmt: skip
def test_a_sequence_of_characters_is_one_emoji(text, name):
    assert runs(f"a{text}b") == ((LATIN, "a"), (EMOJI, name), (LATIN, "b"))


def test_signs_that_are_text_stay_letters():
    assert runs("© 7 # ™ ☎\ufe0e") == ((LATIN, "© 7 # ™ "), (SYMBOLS, "☎"))


def test_an_emoji_without_a_picture_falls_apart_into_those_it_is_made_of():
    pair = "\U0001f469\U0001f3fb\u200d\U0001f91d\u200d\U0001f468\U0001f3ff"

    assert runs(pair) == ((EMOJI, "1f469-1f3fb"), (EMOJI, "1f91d"), (EMOJI, "1f468-1f3ff"))


@pytest.mark.parametrize("name", STYLES)
def test_emoji_keep_their_colours_in_every_style_spoken_or_not(name):
    for active in (0, 1):
        rgba = np.asarray(draw_page(page("hot 🔥"), active, style(name, accent="#2040ff")).image).astype(int)
        orange = (rgba[..., 0] > 220) & (rgba[..., 1] < 180) & (rgba[..., 2] < 90) & (rgba[..., 3] == 255)
        assert orange.sum() > 600


def test_titles_and_outros_draw_emoji_and_runs_can_be_drawn_on_any_picture():
    image = Image.new("RGBA", (600, 200))
    moved = draw_runs(image, runs("sea 🌊"), 20, 140, 100, (255, 255, 255))

    assert moved == pytest.approx(length(runs("sea 🌊"), 100))
    for drawn in (image, draw_title("sea 🌊").image, draw_outro("sea 🌊", "#ffcc33").image):
        rgba = np.asarray(drawn).astype(int)
        blue = (rgba[..., 2] > 180) & (rgba[..., 0] < 100) & (rgba[..., 3] == 255)
        assert blue.sum() > 400


def test_a_broken_archive_of_emoji_is_named(tmp_path, monkeypatch):
    for name in FONT_FILES:
        (tmp_path / name).write_bytes((glyphs.FONTS_DIR / name).read_bytes() if name != EMOJI else b"spoilt")
    monkeypatch.setattr(glyphs, "FONTS_DIR", tmp_path)

    with pytest.raises(MissingPart, match="NotoEmoji"):
        runs("🔥")


def test_every_font_comes_with_its_licence():
    folder = glyphs.FONTS_DIR
    licences = " ".join(path.read_text() for path in folder.glob("*.txt"))
    readme = (folder / "README.md").read_text()

    assert {path.name for path in folder.iterdir() if path.suffix in (".ttf", ".zip")} == set(FONT_FILES)
    assert all(name in readme for name in FONT_FILES)
    for owner in (
        "Montserrat",
        "The Geologisk Project Authors",
        "Adobe",
        "Google LLC",
        "Bitstream",
    ):
        assert owner in licences


def lines_of(words, width=840.0, size=78.0, **column):
    set_lines = fit(words, size, Column(width, 1000, lines=9, **column))
    return ["".join(text for word in line for _, text in word.runs) for line in set_lines.lines]


def test_japanese_lines_break_between_phrases_before_they_break_inside():
    assert lines_of(["タコには", "心臓が", "三つ", "ある。"]) == ["タコには心臓が", "三つある。"]
    assert lines_of(["タコの心臓はなぜ三つもあるか"]) == ["タコの心臓は", "なぜ三つもあるか"] or lines_of(
        ["タコの心臓はなぜ三つもあるか"]
    ) == ["タコの心臓はなぜ", "三つもあるか"]


japanese = st.from_regex(r"([あかんカ漢字]{1,3}[っょー、。？…]?|「[漢字]{1,3}」){1,4}", fullmatch=True)


@settings(deadline=None)
@given(st.lists(japanese, min_size=1, max_size=4), st.sampled_from([500, 840]))
def test_no_line_of_japanese_begins_or_ends_with_a_mark_that_must_not(words, width):
    found = lines_of(words, width)

    assert "".join(found) == "".join(words)
    for before, after in itertools.pairwise(found):
        assert before[-1] not in NEVER_LAST
        assert after[0] not in NEVER_FIRST


def test_french_marks_stay_with_their_words():
    for width in range(300, 800, 50):
        for line in lines_of(["«", "Pourquoi", "pas", "?", "»", "dit", "la", "mer", "!"], width, 60.0):
            assert line[0] not in "?!»"
            assert line[-1] != "«"


@pytest.mark.parametrize("letter", ["한", "ह", "ก"])
def test_it_refuses_letters_without_a_glyph_and_names_them(letter):
    with pytest.raises(BadInput, match=f"{letter}.*U\\+") as refused:
        draw_title(f"abc {letter}")

    assert "Write" in refused.value.remedy
    assert missing_glyphs(f"abc {letter}") == (letter,)


@pytest.mark.parametrize("text", ["שלום", "مرحبا", "abc ١٢"])
def test_it_refuses_right_to_left_text(text):
    with pytest.raises(BadInput, match="Right-to-left"):
        draw_title(text)


def test_direction_marks_cannot_turn_text_around():
    assert draw_title("\u202eabc\u202c").image.tobytes() == draw_title("abc").image.tobytes()


def test_it_names_a_missing_font_and_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(glyphs, "FONTS_DIR", tmp_path)

    with pytest.raises(MissingPart, match=r"Geologica-ExtraBold-Greek\.ttf") as missing:
        runs("abc")

    assert "media/fonts" in missing.value.remedy


def test_equal_pages_give_equal_pixels():
    one, other = (draw_page(page(TEXTS[1]), 1, style("box")) for _ in range(2))

    assert one.image.tobytes() == other.image.tobytes()
