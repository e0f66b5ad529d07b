"""Texts come out as a platform takes them, always with the line that says they are AI-made."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.models import Brief, Fact
from core.posting import HASHTAG, MENTION, Limits, TextLimit
from core.posts import DISCLOSURES, caption_of
from rules.caption_parts import read_caption
from rules.fitting import Fitted, fit, shorten
from rules.graphemes import cut_places

LINE = "AI-made: voice and pictures are generated. Jonah Reef is a fictional character."
TEXT = "The octopus has three hearts.\n\nTwo of them push blood through the gills. Which one surprised you?"
SOURCES = "Sources:\n[1] Smithsonian Ocean, Octopus\n[2] Wikipedia, Octopus"
CAPTION = f"{TEXT}\n\n{SOURCES}\n\n{LINE}"
FAMILY = "👨‍👩‍👧‍👦"


def limits(most: int = 2200, unit: Literal["characters", "utf16", "bytes"] = "characters", **given: Any) -> Limits:
    return Limits(caption=TextLimit(most=most, unit=unit), seconds=(3, 180), largest_mib=100, **given)


def fitted(caption: str = CAPTION, *tags: str, title: str = "", marker: str = "", **given: Any) -> Fitted:
    return fit(title, caption, tags, LINE, limits(**given), marker=marker)


def test_what_fits_stays_as_it_is_with_the_hashtags_below() -> None:
    found = fitted(CAPTION, "octopus", "DidYouKnow", title="Three hearts")

    assert found == Fitted("Three hearts", f"{CAPTION}\n\n#octopus #DidYouKnow", ("octopus", "DidYouKnow"), ())


def test_the_marker_stands_behind_the_hashtags() -> None:
    assert fitted(CAPTION, "octopus", marker="rw12").caption == f"{CAPTION}\n\n#octopus rw12"
    assert fitted(CAPTION, marker="rw12").caption == f"{CAPTION}\n\nrw12"


def test_the_captions_that_the_factory_writes_are_understood() -> None:
    brief = Brief(
        title="La pieuvre", language="fr", character="luc", facts=(Fact(text="Trois.", sources=(1,)),), sources=("Un",)
    )
    line = DISCLOSURES["fr"].format(name="Luc")

    found = fit("La pieuvre", caption_of(brief, brief.facts, ("Bonjour.",), "Luc"), (), line, limits())

    assert found.caption == f"Bonjour.\n\nSources\u00a0:\n[1] Un\n\n{line}"
    assert read_caption(found.caption, line).sources == ("[1] Un",)


def test_a_caption_is_taken_apart() -> None:
    caption = "One.\nAI art.\n\nSources:\n[1] A\n\n\n#a #b rw12\n\nxAI\n\nAI\n\nFuentes:\n[2] B\n\n#c, d"

    parts = read_caption(caption, "AI", "rw12")

    assert parts.text == "One.\nart.\n\nxAI\n\n#c, d"
    assert (parts.heading, parts.sources) == ("Sources:", ("[1] A", "[2] B"))
    assert parts.hashtags == ("a", "b")


def test_a_missing_disclosure_line_is_added() -> None:
    assert fitted("Hello.").caption == f"Hello.\n\n{LINE}"
    assert fitted("").caption == LINE


def test_a_disclosure_line_in_the_midst_of_the_text_is_not_said_twice() -> None:
    assert fitted(f"Hello.\n{LINE}\nBye. {LINE}").caption == f"Hello.\nBye.\n\n{LINE}"


def test_without_a_disclosure_line_or_room_for_it_nothing_is_posted() -> None:
    with pytest.raises(BadInput, match="no line"):
        fit("", CAPTION, (), " \n", limits())
    with pytest.raises(BadInput, match="does not fit"):
        fitted(most=len(LINE) - 1)
    with pytest.raises(BadInput, match="does not fit"):
        fitted(most=len(LINE), marker="rw12")
    assert fitted(most=len(LINE)).caption == LINE


def test_sources_give_way_first_from_the_last_on() -> None:
    whole = f"{CAPTION}\n\n#octopus"

    one = fitted(CAPTION, "octopus", most=len(whole) - 1)
    none = fitted(CAPTION, "octopus", most=len(whole) - len("\n[2] Wikipedia, Octopus") - 1)

    assert one.caption == whole.replace("\n[2] Wikipedia, Octopus", "")
    assert one.dropped == ("1 of 2 sources were left out.",)
    assert none.caption == f"{TEXT}\n\n{LINE}\n\n#octopus"


def test_then_the_text_ends_with_a_sentence_before_hashtags_give_way() -> None:
    found = fitted(CAPTION, "octopus", most=len(f"{TEXT}\n\n{LINE}\n\n#octopus") - 3)

    assert found.caption == f"{TEXT.removesuffix(' Which one surprised you?')}\n\n{LINE}\n\n#octopus"
    assert found.dropped == ("2 of 2 sources were left out.", f"The text was cut from {len(TEXT)} to 72 characters.")


def test_hashtags_give_way_rather_than_the_whole_text() -> None:
    found = fitted("One sentence that is worth reading.", "a" * 30, "b" * 30, most=len(LINE) + 72)

    assert found.caption == f"One sentence that is worth reading.\n\n{LINE}\n\n#{'a' * 30}"
    assert found.dropped == (f"Hashtags were left out: {'b' * 30}.",)


def test_hashtags_beyond_their_number_are_left_out_and_those_of_the_text_count() -> None:
    found = fitted("We love #Octopus and #sea.", "octopus", "ocean", "OCEAN", "#deep sea", "!", hashtags=3)

    assert found.caption == f"We love #Octopus and #sea.\n\n{LINE}\n\n#ocean"
    assert found.hashtags == ("ocean",)
    assert found.dropped == ("Hashtags were left out: deepsea.",)


def test_signs_beyond_their_number_are_taken_off() -> None:
    found = fitted("@ann met @bob, #@eve and me@example.org. #a #b", mentions=2, hashtags=1)

    assert found.caption == f"@ann met @bob, eve and me@example.org. #a b\n\n{LINE}"
    assert found.dropped == (
        "Mentions lost their sign, because there were too many: 1.",
        "Hashtags in the text lost their sign, because there were too many: 1.",
    )


def test_signs_of_the_disclosure_line_come_before_those_of_the_text() -> None:
    line = "AI-made by @ann."

    assert fit("", "Hello @bob.", (), line, limits(mentions=1)).caption == f"Hello bob.\n\n{line}"
    with pytest.raises(BadInput, match="does not fit"):
        fit("", "Hello @bob.", (), line, limits(mentions=0))


def test_forbidden_characters_are_replaced_and_named() -> None:
    found = fitted("a < b {c}", title="<3 octopus", forbidden="<>{}")

    assert (found.title, found.caption) == ("‹3 octopus", f"a ‹ b c\n\n{LINE}")
    assert found.dropped == (
        "The title held <, which is not allowed there and was replaced.",
        "The caption held < { }, which is not allowed there and was replaced.",
    )


def test_control_characters_and_broken_ones_vanish() -> None:
    assert fitted("a\x00b\ud83d\r\nc\td").caption == f"ab\nc d\n\n{LINE}"


def test_a_title_is_cut_after_a_word() -> None:
    found = fit("The octopus, which has three hearts", "", (), LINE, limits(title=TextLimit(most=14)))

    assert found.title == "The octopus…"
    assert found.dropped == ("The end of the title was left out.",)


@pytest.mark.parametrize(
    ("text", "most", "unit", "short"),
    [
        ("One. Two three.", 8, "characters", "One."),
        ("One. Two three four.", 14, "characters", "One. Two…"),
        ("He said “Go!” And went away.", 14, "characters", "He said “Go!”"),
        ("Version 3.5 is out.", 12, "characters", "Version 3.5…"),
        ("Wonderful", 5, "characters", "Wond…"),
        ("Wonderful", 5, "bytes", "Wo…"),
        ("Wonderful", 0, "characters", ""),
        ("— and so on", 3, "characters", ""),
        (f"Hi {FAMILY}{FAMILY}", 8 + 3, "utf16", "Hi…"),
        (f"{FAMILY}{FAMILY}", 12, "utf16", f"{FAMILY}…"),
        (f"{FAMILY}{FAMILY}", 11, "utf16", ""),
        ("🇩🇪🇫🇷", 3, "characters", "🇩🇪…"),
        ("👍🏽👍🏽", 3, "characters", "👍🏽…"),
        ("e\u0301e\u0301", 2, "characters", ""),
        ("❤\ufe0f❤\ufe0f", 3, "characters", "❤\ufe0f…"),
    ],
)
def test_a_cut_is_clean(text: str, most: int, unit: Literal["characters", "utf16", "bytes"], short: str) -> None:
    assert shorten(text, most, TextLimit(most=most, unit=unit)) == short


@pytest.mark.parametrize(
    "whole",
    [
        FAMILY,
        "🇩🇪",
        "👍🏽",
        "e\u0301",
        "1\ufe0f\u20e3",
        "\r\n",
        "क्षि",
        "\u1100\u1161\u11a8",
        "\u1100\uac00",
        "🏴\U000e0067\U000e007f",
    ],
)
def test_what_a_reader_sees_as_one_is_never_torn_apart(whole: str) -> None:
    assert cut_places(whole) == [0, len(whole)]
    assert cut_places(whole * 2) == [0, len(whole), 2 * len(whole)]


def test_an_empty_text_can_be_cut_at_its_beginning_only() -> None:
    assert cut_places("") == [0]


WORDS = st.sampled_from(
    ["Octopus", "hearts.", "three", "#reef", "@ann", "#@bob", "<b>", "“Why?”", FAMILY, "e\u0301" * 3, "x" * 90, "Sí!",
     "🇩🇪🇫🇷", "https://example.org/a#b", "Sources:", "…", "\n", "\n\n", LINE, "rw12", "\u00a0"]
)  # fmt: skip
TEXTS = st.lists(WORDS | st.text(max_size=8), max_size=30).map(" ".join) | st.text(max_size=60)
PARTS = st.builds(
    lambda text, sources, line: "\n\n".join([text, "\n".join(["Sources:", *sources]), line]),
    TEXTS, st.lists(TEXTS, max_size=3), st.sampled_from(["", LINE]),
)  # fmt: skip
TAGS = st.lists(st.sampled_from(["octopus", "Reef", "deep sea", "#x", "1"]) | st.text(max_size=6), max_size=8)
UNITS = st.sampled_from(["characters", "utf16", "bytes"])
LIMITS = st.builds(
    limits,
    most=st.integers(len(LINE) + 6, 400),
    unit=UNITS,
    title=st.none() | st.builds(TextLimit, most=st.integers(0, 60), unit=UNITS),
    hashtags=st.integers(0, 6),
    mentions=st.integers(0, 3),
    forbidden=st.sampled_from(["", "<>", "<>‹e"]),
)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS | PARTS, TAGS, LIMITS, st.sampled_from(["", "rw12"]))
def test_whatever_comes_in_what_comes_out_is_taken_and_labelled_and_stays(
    title: str, caption: str, tags: list[str], platform: Limits, marker: str
) -> None:
    line = LINE.replace("e", " ").replace("  ", " ") if "e" in platform.forbidden else LINE

    found = fit(title, caption, tags, LINE, platform, marker=marker)

    assert platform.caption.measure(found.caption) <= platform.caption.most
    assert platform.title is None or platform.title.measure(found.title) <= platform.title.most
    assert len(HASHTAG.findall(found.caption)) <= platform.hashtags
    assert len(MENTION.findall(found.caption)) <= platform.mentions
    assert not set(found.caption + found.title) & set(platform.forbidden)
    assert line in found.caption.split("\n\n")
    assert found.caption.endswith(marker)
    again = fit(found.title, found.caption, found.hashtags, LINE, platform, marker=marker)
    assert again == Fitted(found.title, found.caption, found.hashtags, ())


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(0, 80), UNITS)
def test_a_cut_text_is_a_beginning_of_the_whole_one(
    text: str, most: int, unit: Literal["characters", "utf16", "bytes"]
) -> None:
    limit = TextLimit(most=most, unit=unit)

    short = shorten(text, most, limit)

    assert limit.measure(short) <= most
    assert short == text or text.startswith((short, short.removesuffix("…")))
    assert len(short.removesuffix("…")) in cut_places(text) or short == text
