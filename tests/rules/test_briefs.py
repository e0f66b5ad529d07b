"""A brief is read whole, or refused with the line and what to do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadBrief
from core.keys import content_key
from rules.briefs import parse_brief, read_brief

FACTS = [
    "Two hearts pump blood through the gills. [1]",
    "One heart serves the rest of the body. [1]",
    "Its blood is blue. [1][2]",
    "Most of its nerve cells sit in the arms. [1, 2]",
]
SOURCES = ['1. Smithsonian Ocean, "Octopus": https://ocean.si.edu/octopus', "2. A book about the sea"]


def brief_text(*, front: str = "", facts: list[str] = FACTS, sources: list[str] = SOURCES, **changed: str) -> str:
    keys = {"title": "The octopus has three hearts", "language": "en", "character": "jonah-reef", **changed}
    head = "\n".join(f"{key}: {value}" for key, value in keys.items() if value)
    listed = "\n".join(f"- {fact}" for fact in facts)
    return f"---\n{head}\n{front}\n---\n## Facts\n{listed}\n## Sources\n" + "\n".join(sources) + "\n"


def with_fact(fact: str) -> str:
    return brief_text(facts=[*FACTS, fact])


def last_fact(text: str) -> str:
    return parse_brief(text).facts[-1].text


def refusal(text: str) -> BadBrief:
    with pytest.raises(BadBrief) as caught:
        parse_brief(text)
    assert caught.value.remedy
    return caught.value


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), start=1) if part in line)


def test_it_reads_every_part_of_a_brief() -> None:
    front = "tone: Warm\nplaces: reef, Old Town\nhashtags: #octopus, deep sea\nhook: Three: hearts\nclosing: And you?"

    brief = parse_brief(brief_text(front=front))

    assert (brief.title, brief.language, brief.character) == ("The octopus has three hearts", "en", "jonah-reef")
    assert (brief.tone, brief.hook, brief.closing) == ("warm", "Three: hearts", "And you?")
    assert brief.places == ("reef", "old-town")
    assert brief.hashtags == ("octopus", "deep sea")
    assert [fact.text for fact in brief.facts] == [fact.split(" [")[0] for fact in FACTS]
    assert [fact.sources for fact in brief.facts] == [(1,), (1,), (1, 2), (1, 2)]
    assert brief.sources == tuple(source[3:] for source in SOURCES)


def test_what_may_be_left_out_may_be_left_out() -> None:
    brief = parse_brief(brief_text(front="hook:", facts=["One fact", "Two facts", "Three", "Four"], sources=[]))

    assert (brief.tone, brief.hook, brief.closing, brief.places, brief.hashtags) == (None, None, None, (), ())
    assert brief.sources == ()


def test_a_brief_is_for_anybody_unless_it_is_rated() -> None:
    assert parse_brief(brief_text()).rating == 0
    assert parse_brief(brief_text(rating="3")).rating == 3


@pytest.mark.parametrize("rating", ["6", "-1", "mild", "1.5"])
def test_a_rating_that_there_is_not_is_refused_with_its_line(rating: str) -> None:
    error = refusal(text := brief_text(rating=rating))

    assert error.message == f"Line {line_of(text, 'rating')} has an unknown rating '{rating}'."
    assert "Use one of: 0, 1, 2, 3, 4, 5" in error.remedy


def test_a_brief_for_anybody_has_the_key_it_had_before_there_were_ratings() -> None:
    plain, rated = parse_brief(brief_text()), parse_brief(brief_text(rating="1"))

    assert "rating" not in plain.model_dump(mode="json")
    assert content_key(plain) == "ac053e84f507d47fafb744c75471c470728bf0a217c8a7fc0112b69474ebc155"
    assert content_key(rated) != content_key(plain)


def test_hashtags_may_stand_without_commas() -> None:
    assert parse_brief(brief_text(hashtags="#octopus #ocean")).hashtags == ("octopus", "ocean")


@pytest.mark.parametrize(
    ("facts", "sources"),
    [
        ("Facts", "Sources"),
        ("HECHOS", "fuentes"),
        ("fakten", "Quellen"),
        ("Faits :", "Sources"),
        ("**Fatti**", "Fonti"),
    ],
)
def test_headings_are_known_in_five_languages_and_any_case(facts: str, sources: str) -> None:
    text = brief_text().replace("## Facts", f"# {facts}").replace("## Sources", f"### {sources}")

    assert parse_brief(text) == parse_brief(brief_text())


def test_a_fact_may_go_on_in_indented_lines() -> None:
    assert last_fact(with_fact("It has three hearts:\n  two of them pump blood\n\tthrough the gills. [2]")) == (
        "It has three hearts: two of them pump blood through the gills."
    )


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_of_other_systems_make_no_difference(newline: str) -> None:
    assert parse_brief(brief_text().replace("\n", newline)) == parse_brief(brief_text())


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("It has **three** hearts and _blue_ blood", "It has three hearts and blue blood"),
        ("It is *very* __old__", "It is very old"),
        ("See [the ocean](https://ocean.si.edu/a_b_c) now", "See the ocean now"),
        ("It has three hearts [1].", "It has three hearts."),
        ("It has three hearts. [1](https://a.b)", "It has three hearts."),
    ],
)
def test_markdown_is_reduced_to_its_text(written: str, told: str) -> None:
    assert last_fact(with_fact(written)) == told


@pytest.mark.parametrize(
    "text",
    [
        r"It says {\pos(0,0)} and {\an8} here",
        "Salt & pepper <b>bold</b> &amp; 5 < 6 > 4",
        "He said \"hello\" and 'bye' \\N \\h",
        "The name snake_case_name and 2 * 3 * 4 stay",
        "An octopus 🐙 waves 👩‍🚀 at us",
        "Ça coûte 5 €, ¿no? Straße, naïve, 50 %",
        "A 100 % 'quoted': text; with, marks [sic]",
    ],
)
def test_what_looks_like_markup_survives_as_plain_text(text: str) -> None:
    assert last_fact(with_fact(text)) == text
    assert parse_brief(brief_text(hook=text)).hook == text


def test_sources_may_be_numbered_freely_and_facts_still_find_them() -> None:
    brief = parse_brief(
        brief_text(facts=["A fact [7]", "B fact [3]", "C fact", "D fact"], sources=["3. Three", "7. Seven"])
    )

    assert brief.sources == ("Three", "Seven")
    assert [fact.sources for fact in brief.facts] == [(2,), (1,), (), ()]


def test_utf8_is_read_with_and_without_byte_order_mark() -> None:
    raw = brief_text(title="El corazón").encode()

    assert read_brief(raw) == read_brief(b"\xef\xbb\xbf" + raw)
    assert read_brief(raw).title == "El corazón"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-be"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(BadBrief) as caught:
        read_brief(brief_text(title="El corazón").encode(encoding))

    assert "UTF-8" in str(caught.value) or "control character" in caught.value.message
    assert caught.value.remedy


def test_not_utf8_names_the_line_and_how_to_convert() -> None:
    with pytest.raises(BadBrief, match=r"not UTF-8: line 2 holds the byte 0xf3.*iconv"):
        read_brief(brief_text(title="El corazón").encode("latin-1"))


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused_with_their_line(char: str) -> None:
    text = with_fact(f"It has {char} hearts")

    error = refusal(text)

    assert f"Line {line_of(text, char)} " in error.message
    assert f"U+{ord(char):04X}" in error.message


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200f", "\u061c"])
def test_direction_marks_are_refused_with_their_line(char: str) -> None:
    text = with_fact(f"It has {char}three hearts")

    assert f"Line {line_of(text, char)} holds the invisible direction mark U+{ord(char):04X}" in refusal(text).message


@pytest.mark.parametrize(("word", "name"), [("שלום", "HEBREW LETTER SHIN"), ("مرحبا", "ARABIC LETTER MEEM")])
def test_right_to_left_text_is_refused_naming_characters_and_line(word: str, name: str) -> None:
    for text in (with_fact(f"The word is {word} here"), brief_text(title=f"The word {word}")):
        error = refusal(text)
        assert f"Line {line_of(text, word)} " in error.message
        assert "right-to-left" in error.message
        assert name in error.message


def test_scripts_without_letters_in_the_caption_fonts_are_refused() -> None:
    assert "caption fonts" in refusal(with_fact("The word is 海 here")).message


@pytest.mark.parametrize("text", ["", "\n\n", "Just a text.", "## Facts\n- One"])
def test_a_missing_front_matter_is_refused(text: str) -> None:
    assert "no front matter" in refusal(text).message


def test_a_front_matter_without_end_is_refused() -> None:
    assert "does not end" in refusal("---\ntitle: Something\n").message


@pytest.mark.parametrize("key", ["title", "language", "character"])
def test_what_must_be_there_is_asked_for(key: str) -> None:
    error = refusal(brief_text(**{key: ""}))

    assert f"no {key}" in error.message
    assert f"{key}: " in error.remedy


def test_an_unknown_key_is_refused_and_the_near_one_named() -> None:
    text = brief_text(front="hashtag: sea")

    error = refusal(text)

    assert f"Line {line_of(text, 'hashtag:')} has an unknown key 'hashtag'" in error.message
    assert "hashtags" in error.remedy


def test_a_key_given_twice_is_refused() -> None:
    assert "second time" in refusal(brief_text(front="title: Another")).message


def test_a_line_that_is_no_setting_is_refused() -> None:
    assert "'key: value'" in refusal(brief_text(front="just words")).message


def test_an_unknown_language_is_refused_naming_the_five() -> None:
    error = refusal(brief_text(language="pt"))

    assert "Line 3" in error.message
    assert all(code in error.remedy for code in ("en", "es", "de", "fr", "it"))


def test_an_unknown_place_is_refused_naming_near_ones() -> None:
    error = refusal(brief_text(front="places: reef, mountain"))

    assert "'mountain'" in error.message
    assert "Did you mean mountains" in error.remedy


def test_an_unknown_tone_is_refused_naming_all() -> None:
    assert "curious, warm, playful, calm, dramatic" in refusal(brief_text(tone="angry")).remedy


@pytest.mark.parametrize("slug", ["Jonah Reef", "jonah_reef", "x" * 65, "../etc"])
def test_a_character_that_is_no_slug_is_refused(slug: str) -> None:
    assert "does not name a character" in refusal(brief_text(character=slug)).message


@pytest.mark.parametrize(("key", "limit"), [("title", 90), ("hook", 120), ("closing", 160)])
def test_lines_over_their_limit_are_refused(key: str, limit: int) -> None:
    assert getattr(parse_brief(brief_text(**{key: "x" * limit})), key) == "x" * limit
    assert f"has {limit + 1} characters" in refusal(brief_text(**{key: "x" * (limit + 1)})).message


@pytest.mark.parametrize("title", ["🐙🐙🐙", "?!", "Hm"])
def test_a_title_that_says_nothing_is_refused(title: str) -> None:
    assert "says nothing" in refusal(brief_text(title=title)).message


def test_a_brief_without_facts_is_told_to_add_four() -> None:
    assert "add at least 4 facts under '## facts'" in refusal(brief_text(facts=[])).remedy.casefold()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_fewer_than_four_facts_are_refused(count: int) -> None:
    error = refusal(brief_text(facts=FACTS[:count]))

    assert f"only {count} fact" in error.message
    assert f"{4 - count} more" in error.remedy


@pytest.mark.parametrize("extra", ["", " [link](https://example.org/" + "a" * 60 + ")"])
def test_a_fact_over_320_characters_is_refused_with_its_line(extra: str) -> None:
    assert last_fact(with_fact("x" * 320 + " [1]")) == "x" * 320
    text = with_fact("x" * 321 + extra)

    assert f"line {line_of(text, 'xxx')} has {326 if extra else 321} characters" in refusal(text).message


def test_a_fact_without_words_is_refused() -> None:
    assert "has no words" in refusal(with_fact("🐙 [1]")).message


def test_a_source_number_that_does_not_exist_is_refused() -> None:
    text = with_fact("It lives briefly. [1, 9]")

    error = refusal(text)

    assert f"line {line_of(text, 'briefly')} names source [9]" in error.message
    assert "there is: 1, 2" in error.message


def test_a_source_number_given_twice_is_refused() -> None:
    assert "second time" in refusal(brief_text(sources=["1. One", "1. Two"])).message


def test_an_unknown_heading_is_refused_with_its_line() -> None:
    text = brief_text() + "## Notes\n- remember\n"

    assert f"Line {line_of(text, 'Notes')} has an unknown heading: 'Notes'" in refusal(text).message


@pytest.mark.parametrize("stray", ["Stray words", "-----"])
def test_a_line_that_belongs_to_nothing_is_refused(stray: str) -> None:
    text = brief_text().replace("## Sources", f"{stray}\n## Sources")

    assert f"Line {line_of(text, '## Sources') - 1} is neither" in refusal(text).message


def test_text_above_the_first_heading_is_refused() -> None:
    assert "stands under no heading" in refusal(brief_text().replace("## Facts", "Hello\n## Facts")).message


def test_fifty_thousand_words_are_refused_at_once_with_the_size_found() -> None:
    raw = brief_text(facts=["word " * 50_000]).encode()
    begun = time.perf_counter()

    with pytest.raises(
        BadBrief, match=r"too large: 244\.\d KiB with 50,0\d\d words; the limit is 64 KiB or 2,000 words"
    ):
        read_brief(raw)

    assert time.perf_counter() - begun < 0.5


def test_two_thousand_short_words_are_the_limit_even_in_a_small_file() -> None:
    assert "too large" in refusal(brief_text(facts=[*FACTS, "a " * 2_000])).message


def test_hostile_markdown_does_not_make_it_slow() -> None:
    begun = time.perf_counter()

    for hostile in ("*a " * 600, "[" * 1_900, "_a" * 900, "`" * 1_900, "[1" * 900, "**" * 900 + "a"):
        with pytest.raises(BadBrief):
            parse_brief(brief_text(facts=[hostile] * 30))

    assert time.perf_counter() - begun < 2


PARTS = """---|title: A title|language: en|character: a-b|places: reef|tone: warm|## Facts|## Quellen|- A fact [1]
|1. A source|  goes on|[1] x|- [1]: y|- **a** [b](c)|- fact two|-  |# """
LINES = st.one_of(st.text(max_size=40), st.sampled_from(PARTS.replace("\n", "").split("|")))


def fault_of(text: str) -> BadBrief | None:
    """Return why a text is refused; any other exception than BadBrief fails the test."""
    try:
        parse_brief(text)
    except BadBrief as error:
        return error
    return None


@settings(deadline=None, max_examples=60)
@given(st.lists(LINES, max_size=20).map("\n".join))
def test_any_text_is_read_or_refused_with_message_and_remedy(text: str) -> None:
    error = fault_of(text)

    assert error is None or (error.message and error.remedy)


@settings(deadline=None, max_examples=60)
@given(st.lists(LINES, max_size=20).map("\n".join))
def test_any_text_below_a_good_brief_is_read_or_refused_with_message_and_remedy(body: str) -> None:
    error = fault_of(brief_text() + body)

    assert error is None or (error.message and error.remedy)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_bad_brief(raw: bytes) -> None:
    with pytest.raises(BadBrief):
        read_brief(raw)
