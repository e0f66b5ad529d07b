"""The editor's decisions, seen in the timeline it returns."""

from itertools import pairwise

import pytest

from core.errors import BadInput
from core.models import Word
from media.edit import SceneMaterial, cut
from media.timeline import FPS, CaptionStyle, Timeline

STYLE = CaptionStyle(accent="#ffcc33")
HOOK = "Why does an octopus need three hearts?"
LONG = (
    "Two of them pump blood through the gills, where it takes up oxygen; the third one sends it around "
    "the body, again and again, for as long as the animal lives."
)
LINES = (HOOK, LONG, "When it swims, the main heart stops.", "Its blood is blue.", "So think of three.")


def scene(text, number, role="beat", timing="voice", lead=0.3, focus=(0.3, 0.4)):
    words, at = [], lead
    for word in text.split():
        end = at + 0.08 + 0.05 * len(word)
        words.append(Word(text=word, start=at, end=end))
        at = end + (0.25 if word[-1] in ",;" else 0.04)
    return SceneMaterial(
        role=role, text=text, words=tuple(words), timing=timing, speech=f"speech{number}", seconds=at + 0.4,
        picture=f"picture{number}", focus=focus,
    )  # fmt: skip


def scenes(**changes):
    roles = ["hook"] + ["beat"] * (len(LINES) - 2) + ["closing"]
    return [scene(text, n, role, **changes) for n, (text, role) in enumerate(zip(LINES, roles, strict=True))]


def reel(**changes) -> Timeline:
    return cut(scenes(), language="en", style=STYLE, title=HOOK, **changes)


def heard(timeline: Timeline, number: int) -> tuple[float, float]:
    """Return when the first word of a line begins and its last ends on the reel."""
    words, start = scenes()[number].words, timeline.speech[number].start
    return start + words[0].start, start + words[-1].end


@pytest.mark.parametrize("lead", [0.0, 0.05, 0.2])
def test_the_voice_is_heard_within_a_fifth_of_a_second(lead):
    timeline = cut([scene(HOOK, 0, "hook", lead=lead)], language="en", style=STYLE)

    assert timeline.speech[0].start + lead <= 0.2


def test_lines_breathe_shortly_and_a_little_longer_after_the_hook():
    timeline = reel()

    breaths = [heard(timeline, n + 1)[0] - heard(timeline, n)[1] for n in range(len(LINES) - 1)]

    assert all(0.25 <= breath <= 0.4 for breath in breaths)
    assert breaths[0] > max(breaths[1:])


def test_guessed_word_times_do_not_let_lines_overlap():
    timeline = cut(scenes(timing="proportional"), language="en", style=STYLE)

    assert all(after.start >= clip.start + clip.seconds for clip, after in pairwise(timeline.speech))
    assert timeline.timing == "proportional"


def test_every_line_brings_its_picture_with_its_first_word():
    timeline = reel(loop=False)

    for number in range(1, len(LINES)):
        start = next(shot.start for shot in timeline.shots if shot.picture == f"picture{number}")
        assert 0 <= heard(timeline, number)[0] * FPS - start <= 6


def test_something_changes_every_three_seconds_or_so():
    seconds = [shot.frames / FPS for shot in reel(loop=False).shots]

    assert max(seconds) <= 3.6
    assert min(seconds) >= 1.0


def test_a_long_line_is_cut_between_words_to_clearly_other_framings():
    timeline = reel()
    starts = {round(word.start * FPS) for page in timeline.pages for word in page.words}

    inside = [pair for pair in pairwise(timeline.shots) if pair[0].picture == pair[1].picture]

    assert len(inside) >= 3
    for before, after in inside:
        assert after.fade == 0
        assert after.start + 1 in starts
        low, high = sorted((before.end.zoom, after.begin.zoom))
        assert high / low > 1.1 or abs(before.end.x - after.begin.x) > 0.2


def test_pictures_cross_fade_in_a_fifth_of_a_second():
    firsts = [after for before, after in pairwise(reel(loop=False).shots) if before.picture != after.picture]

    assert {shot.fade for shot in firsts} == {6}


def test_every_shot_moves_four_to_twelve_per_cent_in_and_out_by_turns():
    shots = reel(loop=False).shots

    ratios = [shot.end.zoom / shot.begin.zoom for shot in shots]

    assert all(1.04 <= max(ratio, 1 / ratio) <= 1.1201 for ratio in ratios)
    assert all((one > 1) != (other > 1) for one, other in pairwise(ratios))


def test_a_punch_in_goes_to_what_matters():
    close = max(reel().shots, key=lambda shot: shot.begin.zoom)

    assert (close.end.x, close.end.y) == (0.3, 0.4)


def test_the_end_flows_into_the_beginning():
    first, *_, last = reel().shots

    assert last.picture == first.picture
    assert last.end == first.begin
    assert last.fade > 0


def test_it_ends_half_a_second_after_the_last_word():
    timeline = reel()

    assert 0.5 <= timeline.seconds - heard(timeline, len(LINES) - 1)[1] < 0.5 + 1 / FPS


def test_the_title_stays_while_the_hook_is_told():
    timeline = reel()

    assert timeline.title is not None
    assert timeline.title.start == 0
    assert heard(timeline, 0)[1] <= timeline.title.frames / FPS <= heard(timeline, 1)[0]


def test_a_short_hook_still_leaves_time_to_read_the_title():
    lines = [scene("Look!", 0, "hook"), *scenes()[1:]]

    timeline = cut(lines, language="en", style=STYLE, title="Look!")

    assert timeline.title is not None
    assert timeline.title.frames >= 1.2 * FPS


def test_all_words_are_captioned_in_order_with_their_own_letters():
    shown = " ".join(word.text for page in reel().pages for word in page.words)

    assert shown == " ".join(LINES)


def test_equal_scenes_give_equal_timelines():
    assert reel() == reel()


@pytest.mark.parametrize("words", [(), (Word(text="Hm.", start=0, end=0.1),)])
def test_it_cuts_a_single_tiny_line(words):
    tiny = SceneMaterial(role="hook", text="Hm.", words=words, timing="voice", speech="s", seconds=0.2, picture="p")

    timeline = cut([tiny, tiny], language="de", style=STYLE, title="Hm.")

    assert timeline.frames > 15


def test_it_refuses_a_reel_without_lines():
    with pytest.raises(BadInput):
        cut([], language="en", style=STYLE)
