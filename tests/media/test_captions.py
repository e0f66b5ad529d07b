"""Pages of captions and subtitle files."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import Word
from media.captions import active_word, page_at, pages, to_srt, to_vtt, without_gaps
from media.japanese import NEVER_FIRST
from media.timeline import CaptionPage, CaptionStyle, Card, Framing, Shot, SpeechClip, Timeline

SENTENCES = (
    "Two of them pump blood through the gills, where it takes up oxygen; the third one sends it around the body.",
    "Its blood is blue, because copper carries the oxygen instead of iron.",
    "Der Oktopus hat drei Herzen: zwei für die Kiemen, eines für den Körper.",
)


def spoken(text, pace=0.3, pause=0.02):
    return [
        Word(text=word, start=n * (pace + pause), end=n * (pace + pause) + pace) for n, word in enumerate(text.split())
    ]


def timeline(shown, title=None, frames=300):
    centre = Framing(x=0.5, y=0.5, zoom=1)
    return Timeline(
        frames=frames, language="en", shots=(Shot(picture="p", start=0, frames=frames, begin=centre, end=centre),),
        pages=tuple(shown), caption_style=CaptionStyle(accent="#ffcc33"), timing="voice", title=title,
        speech=(SpeechClip(audio="a", start=0, seconds=frames / 30),),
    )  # fmt: skip


def page(text, start=0.0, end=1.0):
    return CaptionPage(
        words=tuple(Word(text=word, start=start, end=end) for word in text.split()), start=start, end=end
    )


@pytest.mark.parametrize("text", SENTENCES)
def test_pages_hold_two_to_four_words(text):
    assert {len(shown.words) for shown in pages(spoken(text))} <= {2, 3, 4}


@pytest.mark.parametrize("text", SENTENCES)
def test_pages_break_where_the_voice_pauses(text):
    for shown in pages(spoken(text)):
        assert not any(word.text[-1] in ".,;:" for word in shown.words[:-1])


def test_pages_fit_on_two_lines_of_twenty_letters():
    for shown in pages(spoken("extraordinary underwater photographers occasionally misunderstand cephalopods")):
        assert len(" ".join(word.text for word in shown.words)) <= 41


def test_a_word_longer_than_a_line_gets_its_own_page():
    shown = pages(spoken("ein Donaudampfschifffahrtsgesellschaftskapitän fährt"))

    assert ["Donaudampfschifffahrtsgesellschaftskapitän"] in [[word.text for word in each.words] for each in shown]


words = st.lists(
    st.tuples(st.text("abc.,!?é&<{", min_size=1, max_size=24), st.floats(0, 0.6), st.floats(0, 1.5)), max_size=30
)


@given(words)
def test_text_is_the_scripts_and_nothing_blinks_overlaps_or_flashes_by(spec):
    at, said = 0.0, []
    for text, length, pause in spec:
        said.append(Word(text=text, start=at, end=at + length))
        at += length + pause

    shown = without_gaps(pages(said), at + 1)

    assert [word for each in shown for word in each.words] == said
    for each in shown:
        assert each.end - each.start >= 0.2 - 1e-9
    for before, after in pairwise(shown):
        gap = after.start - before.end
        assert gap == 0 or gap >= 0.3 - 2e-3


def test_the_last_word_that_has_begun_is_the_spoken_one():
    shown = pages(spoken("one two three"))[0]

    assert [active_word(shown, second) for second in (0.0, 0.31, 0.33, 5.0)] == [0, 0, 1, 2]


def test_what_the_title_says_is_not_drawn_twice():
    title = Card(text="Why three  hearts?", frames=30)
    reel = timeline([page("Why three", 0, 0.5), page("hearts? Because", 0.5, 0.9), page("hearts?", 2, 3)], title)

    assert page_at(reel, 3) is None
    assert page_at(reel, 20) == 1
    assert page_at(reel, 70) == 2
    assert page_at(reel, 150) is None


def test_srt_counts_and_times_every_page():
    assert to_srt(timeline([page("one two", 0.12, 1.5), page("three", 61.0, 3661.25)])) == (
        "1\n00:00:00,120 --> 00:00:01,500\none two\n\n2\n00:01:01,000 --> 01:01:01,250\nthree\n"
    )


def test_srt_keeps_players_from_reading_tags_and_arrows():
    text = to_srt(timeline([page("<b> {\\an8} a-->b")])).splitlines()[2]

    assert "<b" not in text
    assert "{\\" not in text
    assert "-->" not in text
    assert text.replace("\u2060", "") == "<b> {\\an8} a-->b"


def test_vtt_escapes_markup():
    assert to_vtt(timeline([page("R&D <i> -->")])) == (
        "WEBVTT\n\nNOTE Word times: voice\n\n00:00:00.000 --> 00:00:01.000\nR&amp;D &lt;i&gt; --&gt;\n"
    )


def test_vtt_says_where_the_word_times_come_from():
    reel = timeline([page("one two")])

    for source in ("voice", "alignment", "proportional"):
        assert f"\nNOTE Word times: {source}\n\n" in to_vtt(reel.model_copy(update={"timing": source}))


PHRASES = (
    "タコには",
    "心臓が",
    "三つ",
    "ある。",
    "「二つは",
    "えらに",
    "血を送り、",
    "残りの",
    "一つが",
    "全身へ",
    "送る。」",
)


def test_japanese_pages_hold_two_to_four_phrases_and_break_after_marks():
    shown = pages(spoken(" ".join(PHRASES), pace=0.5))

    assert {len(each.words) for each in shown} <= {2, 3, 4}
    for each in shown:
        assert not any(word.text[-1] in "、。」" for word in each.words[:-1])


def test_japanese_subtitles_have_no_spaces():
    reel = timeline(pages(spoken(" ".join(PHRASES), pace=0.5)))

    for text in (to_srt(reel), to_vtt(reel)):
        said = [line for line in text.splitlines() if line[:1] > "ÿ"]
        assert "".join(said) == "".join(PHRASES)


def test_latin_words_keep_their_spaces_beside_japanese():
    assert to_srt(timeline([page("The word 寿司 means sushi")])).splitlines()[2] == "The word 寿司 means sushi"


def test_a_japanese_sentence_in_one_piece_is_shown_in_phrases_over_its_time():
    sentence = "タコの心臓は三つもあるので、泳ぐとすぐに疲れてしまうのです。"
    shown = without_gaps(pages([Word(text=sentence, start=1.0, end=6.0)]), 7.0)
    parts = [word for each in shown for word in each.words]

    assert "".join(part.text for part in parts) == sentence
    assert len(shown) >= 2
    assert all(2 <= len(part.text) <= 9 for part in parts)
    assert not any(part.text[0] in NEVER_FIRST for part in parts)
    assert (parts[0].start, parts[-1].end) == (1.0, 6.0)
    assert all(before.end == after.start for before, after in pairwise(parts))


def test_a_mark_that_stands_by_itself_stays_with_its_word():
    for each in pages(spoken("Mais pourquoi donc ? Parce que la mer est si profonde ! Voilà tout .")):
        assert each.words[0].text not in "?!."


def test_pages_that_are_pushed_over_the_end_push_back():
    flashes = [page(f"a{n}", 1 + n / 100, 1 + n / 100) for n in range(5)]
    shown = without_gaps(flashes, 1.5)

    assert shown[-1].end == 1.5
    assert all(each.end - each.start >= 0.2 - 1e-9 for each in shown)
    assert all(before.end <= after.start for before, after in pairwise(shown))


@given(st.lists(st.floats(0, 0.4), min_size=1, max_size=30))
def test_every_page_is_drawn_on_six_frames_or_more(lengths):
    at, said = 0.0, []
    for number, length in enumerate(lengths):
        said.append(Word(text=f"word{number}.", start=at, end=at + length))
        at += length
    reel = timeline(without_gaps(pages(said), at + 8), frames=round(30 * at) + 300)

    on_screen = Counter(page_at(reel, frame) for frame in range(reel.frames))

    assert all(on_screen[number] >= 6 for number in range(len(reel.pages)))
