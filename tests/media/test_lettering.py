"""What letters look like on the frame: measured in pixels."""

import itertools

import numpy as np
import pytest

from core.errors import BadInput, MissingPart
from core.models import Word
from media import glyphs
from media.glyphs import missing_glyphs, runs
from media.lettering import POP, draw_page, draw_title, draw_watermark
from media.timeline import CaptionPage, CaptionStyle

STYLES = ("colour", "box", "pop")
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
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


@pytest.mark.parametrize("name", STYLES)
def test_every_pixel_of_captions_stays_inside_the_safe_box(name):
    for text, size, centre in itertools.product(TEXTS, (78, 120), (300, 1390)):
        shown = page(text)
        for active in range(len(shown.words)):
            drawing = draw_page(shown, active, style(name, size=size, centre_y=centre))
            assert inside_the_safe_box(drawing), (text, size, centre, active)


@pytest.mark.parametrize("text", [*TEXTS, "What would you do if the sea suddenly went quiet for three whole days?"])
def test_title_and_watermark_stay_inside_the_safe_box(text):
    assert inside_the_safe_box(draw_title(text))
    assert inside_the_safe_box(draw_watermark(text))


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


def test_letters_the_first_font_lacks_come_from_the_second():
    assert [font for font, _ in runs("a✓b")] == ["Montserrat-ExtraBold.ttf", "DejaVuSans-Bold.ttf",
                                                  "Montserrat-ExtraBold.ttf"]  # fmt: skip
    assert runs("e\u0301") == [("Montserrat-ExtraBold.ttf", "é")]


def test_emoji_are_left_out():
    rocket = "\U0001f469\U0001f3fd\u200d\U0001f680"

    assert missing_glyphs(f"up {rocket} {rocket}") == (rocket,)
    with_it, without = (draw_title(text) for text in (f"up {rocket}", "up"))
    assert with_it.image.tobytes() == without.image.tobytes()
    assert draw_page(page(rocket), 0, style()) is None


@pytest.mark.parametrize("letter", ["漢", "ह", "ก"])
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

    with pytest.raises(MissingPart, match=r"Montserrat-ExtraBold\.ttf") as missing:
        runs("abc")

    assert "media/fonts" in missing.value.remedy


def test_equal_pages_give_equal_pixels():
    one, other = (draw_page(page(TEXTS[1]), 1, style("box")) for _ in range(2))

    assert one.image.tobytes() == other.image.tobytes()
