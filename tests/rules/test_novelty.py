"""A post that repeats an earlier one is found, however its sources, hashtags and a few words differ; others are not."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.posts import caption_of, hashtags_of
from rules.briefs import parse_brief
from rules.novelty import PostPrint, Similar, too_similar

BRIEFS = sorted((Path(__file__).parents[2] / "examples/briefs").glob("*.md"))


def print_of(path: Path, name: str = "Jonah Reef") -> PostPrint:
    """Make a print of a brief as if it were told word for word."""
    brief = parse_brief(path.read_text(encoding="utf-8"))
    caption = caption_of(brief, brief.facts, (brief.title, "Which one surprised you?"), name)
    tags = " ".join(f"#{tag}" for tag in hashtags_of(brief))
    spoken = [brief.title, *(fact.text for fact in brief.facts), brief.closing or "More from me tomorrow."]
    return PostPrint(path.stem, brief.title, f"{caption}\n\n{tags} rw0123456789", " ".join(spoken))


POSTS = [print_of(path) for path in BRIEFS]
OCTOPUS = next(post for post in POSTS if post.label == "octopus-three-hearts")


def reworded(post: PostPrint, every: int) -> PostPrint:
    """Give a post another title, and another word in every so manieth place."""

    def change(text: str) -> str:
        words = text.split()
        return " ".join(f"other{n}" if n % every == every - 1 else word for n, word in enumerate(words))

    return PostPrint("copy", "A title of its own", post.caption_text.split("\n\n")[1], change(post.script_text))


def with_words(count: int, start: int = 0, label: str = "copy") -> PostPrint:
    return PostPrint(label, "", "", " ".join(f"number{n}" for n in range(start, start + count)))


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.label)
def test_the_briefs_of_the_examples_do_not_repeat_each_other(post: PostPrint) -> None:
    assert too_similar(post, [each for each in POSTS if each is not post]) is None


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.label)
def test_a_copy_with_every_fifth_word_replaced_is_found(post: PostPrint) -> None:
    found = too_similar(reworded(post, 5), POSTS)

    assert found is not None
    assert (found.label, found.what) == (post.label, "words")


def test_a_text_in_which_nearly_nothing_stayed_is_not_the_same() -> None:
    assert too_similar(reworded(OCTOPUS, 2), POSTS) is None


def test_capitals_accents_and_punctuation_do_not_make_a_text_new() -> None:
    shouted = replace(OCTOPUS, label="copy", title="New", script_text=OCTOPUS.script_text.upper().replace(",", " –"))

    assert too_similar(shouted, [OCTOPUS]) == Similar("octopus-three-hearts", "words", pytest.approx(1.0, abs=0.1))


def test_the_best_match_is_named() -> None:
    near, nearest = replace(reworded(OCTOPUS, 5), label="near"), replace(reworded(OCTOPUS, 9), label="nearest")

    found = too_similar(OCTOPUS, [near, nearest, *POSTS[:3]])

    assert found is not None
    assert found.label == "nearest"
    assert 0.5 < found.share < 0.9
    assert str(found) == f"{found.share:.0%} of the words are those of nearest."


def test_what_every_caption_says_does_not_count() -> None:
    said = "Sources:\n" + "\n".join(f"[{n}] A long book about the sea, volume {n}" for n in range(1, 9))
    line = "AI-made: voice and pictures are generated. Jonah Reef is a fictional character."
    below = f"{said}\n\n{line}\n\n#sea #DidYouKnow #learn #something #new"
    told = with_words(13).script_text
    sharks = PostPrint("sharks", "", below, told)
    whales = PostPrint("whales", "", below, " ".join(reversed(told.split())))

    assert too_similar(sharks, [whales]) is None


def test_a_short_text_that_is_part_of_a_long_one_is_found() -> None:
    whole = with_words(200, label="whole")

    assert too_similar(with_words(20, start=50), [whole]) == Similar("whole", "words", 1.0)
    assert too_similar(with_words(30, start=190), [whole]) is None


def test_too_few_words_say_nothing() -> None:
    assert too_similar(with_words(13), [with_words(13, label="whole")]) is None
    assert too_similar(with_words(14), [with_words(14, label="whole")]) == Similar("whole", "words", 1.0)


def test_the_same_title_is_found_whatever_its_signs() -> None:
    earlier = replace(OCTOPUS, script_text="", caption_text="")

    found = too_similar(PostPrint("copy", "«The OCTOPUS has three hearts!»", "", ""), [earlier])

    assert found == Similar("octopus-three-hearts", "title", 1.0)
    assert str(found) == "octopus-three-hearts has the same title."
    short = PostPrint("copy", "Good morning", "", "")
    assert too_similar(short, [replace(short, label="whole")]) is None


def test_the_same_pictures_are_found() -> None:
    looks = {"first": 0.59, "second": 0.6, "third": 0.7}

    found = too_similar(OCTOPUS, [], looks)

    assert found == Similar("third", "pictures", 0.7)
    assert str(found) == "70% of the pictures are those of third."
    assert too_similar(OCTOPUS, [], {"first": 0.6}) is not None
    assert too_similar(OCTOPUS, [], {"first": 0.59}) is None


def test_a_thousand_earlier_posts_are_compared_in_a_twentieth_of_a_second() -> None:
    others = [replace(POSTS[n % len(POSTS)], label=str(n)) for n in range(1200)]
    earlier = [post for post in others if post.title != OCTOPUS.title][:1000]
    seconds = []
    for _ in range(5):
        began = time.process_time()
        assert too_similar(OCTOPUS, earlier) is None
        seconds.append(time.process_time() - began)

    assert len(earlier) == 1000
    assert min(seconds) < 0.05


@given(st.text(), st.text(), st.text())
def test_any_text_can_be_compared(title: str, caption: str, script: str) -> None:
    post = PostPrint("own", title, caption, script)

    found = too_similar(post, [post, OCTOPUS])

    assert found is None or (found.label == "own" and found.share == 1.0)
