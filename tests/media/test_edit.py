"""The editor's decisions, seen in the timeline it returns."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.models import Word
from media.edit import WHOOSH, SceneMaterial, cut, mend
from media.timeline import FPS, CaptionStyle, Layer, Timeline

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


def test_silence_around_a_line_with_guessed_times_is_no_breath():
    lines = scenes(timing="proportional")
    trimmed = [line.model_copy(update={"quiet": (0.3, 0.4)}) for line in lines]

    loose, close = (cut(each, language="en", style=STYLE) for each in (lines, trimmed))

    assert loose.seconds - close.seconds == pytest.approx(0.7 * len(lines) - 0.3, abs=0.2)
    assert close.speech[0].start == 0.0


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


def clip_reel(seconds, **changes):
    material = scenes()
    material[1] = material[1].model_copy(update={"clip": "clip1", "clip_seconds": seconds})
    return cut(material, language="en", style=STYLE, **changes)


@pytest.mark.parametrize(("seconds", "most"), [(1.5, 1.3), (2.4, 2.2), (20.0, 3.0)])
def test_a_scene_begins_with_its_clip_and_goes_on_with_its_still(seconds, most):
    timeline = clip_reel(seconds)
    told = [shot for shot in timeline.shots if shot.picture in ("clip1", "picture1")]

    assert [shot.kind for shot in told] == ["clip"] + ["still"] * (len(told) - 1)
    assert told[0].clip_start == 0
    assert (told[0].begin.x, told[0].begin.y) == (0.3, 0.4)
    assert 1.0 <= told[0].frames / FPS <= most
    assert len(told) > 2


def test_a_clip_that_is_too_short_to_be_seen_is_left_out():
    assert {shot.kind for shot in clip_reel(0.9).shots} == {"still"}


def test_a_scene_that_has_only_a_clip_repeats_it_rather_than_letting_it_stand():
    material = scenes()
    material[1] = material[1].model_copy(update={"picture": "clip1", "clip": "clip1", "clip_seconds": 4.0})

    told = [shot for shot in cut(material, language="en", style=STYLE).shots if shot.picture == "clip1"]

    assert {shot.kind for shot in told} == {"clip"}
    assert all(3.0 <= shot.frames / FPS <= 3.8 for shot in told)


def test_a_reel_that_opens_with_a_clip_returns_to_the_frame_before_its_first():
    material = scenes()
    material[0] = material[0].model_copy(update={"clip": "clip0", "clip_seconds": 3.0})

    first, *_, last = cut(material, language="en", style=STYLE).shots

    assert (first.kind, last.kind, last.picture) == ("clip", "clip", "clip0")
    assert last.clip_start == 0
    assert last.clip_start + last.frames / FPS == first.clip_start


def test_layers_go_with_their_picture():
    near = Layer(picture="near", depth=1.6)
    material = [each.model_copy(update={"layers": (near,)}) if n == 1 else each for n, each in enumerate(scenes())]

    shots = cut(material, language="en", style=STYLE).shots

    assert {shot.picture for shot in shots if shot.layers == (near,)} == {"picture1"}
    assert all(shot.layers for shot in shots if shot.picture == "picture1")


def test_the_outro_stands_at_the_end_until_the_first_picture_returns():
    calm = [*scenes()[:-1], scene("So think of three hearts when you see one swim.", 4, "closing")]

    timeline = cut(calm, language="en", style=STYLE, outro="Follow for more")

    assert timeline.outro is not None
    assert timeline.outro.frames / FPS == pytest.approx(1.6, abs=0.05)
    assert timeline.outro.start + timeline.outro.frames == timeline.shots[-1].start


def test_an_outro_without_time_to_be_read_is_left_out():
    hasty = [*scenes()[:-1], scene("Yes.", 4, "closing")]

    assert cut(hasty, language="en", style=STYLE, outro="Follow for more").outro is None


def test_sound_effects_lie_on_the_first_frame_and_on_changes_of_scene():
    timeline = reel(effects={"hook": "hit", "cut": "whoosh"})
    changes = [after.start for before, after in pairwise(timeline.shots) if before.picture != after.picture]
    hit, *whooshes = timeline.effects

    assert (hit.audio, hit.start) == ("hit", 0.0)
    assert len(whooshes) >= 3
    for whoosh in whooshes:
        assert any(abs(whoosh.start + WHOOSH / 2 - change / FPS) < 0.002 for change in changes)
    for number in range(len(LINES)):
        spoken = heard(timeline, number)[0]
        assert all(not spoken <= whoosh.start + WHOOSH / 2 < spoken + 0.5 for whoosh in whooshes)


def test_it_refuses_an_effect_of_no_known_role():
    with pytest.raises(BadInput, match="boom"):
        reel(effects={"boom": "sound"})


def test_it_refuses_a_reel_longer_than_the_networks_take():
    endless = SceneMaterial(
        role="beat", text="Om.", words=(Word(text="Om.", start=0, end=1200),), timing="voice", speech="s",
        seconds=1200, picture="p",
    )  # fmt: skip

    with pytest.raises(BadInput, match="180 s"):
        cut([endless], language="en", style=STYLE)


def test_word_times_in_order_stay_and_others_are_put_in_order():
    good = scenes()[1]
    muddled = [Word(text="a", start=1, end=0.5), Word(text="b", start=0.2, end=9), Word(text="c", start=0.9, end=1.4)]

    mended = mend(muddled, 2.0)

    assert mend(good.words, good.seconds) == good.words
    assert [word.text for word in mended] == ["a", "b", "c"]
    assert [(word.start, word.end) for word in mended] == [(0.2, 0.5), (0.9, 1.0), (1, 2)]


TIMES = st.floats(0, 8, allow_nan=False)
MATERIAL = st.builds(
    lambda texts, times, seconds, clip, still, layers, focus, timing: SceneMaterial(
        role="beat",
        text=" ".join(texts),
        words=tuple(Word(text=text, start=at[0], end=at[1]) for text, at in zip(texts, times, strict=False)),
        timing=timing,
        speech="speech",
        seconds=seconds,
        picture="clip" if clip and not still else "still",
        clip="clip" if clip else None,
        clip_seconds=clip,
        layers=(Layer(picture="near"),) if layers else (),
        focus=focus,
    ),
    st.lists(st.sampled_from(["one", "sea,", "octopus.", "extraordinarily", "I"]), max_size=14),
    st.lists(st.tuples(TIMES, TIMES), min_size=14, max_size=14),
    st.floats(0.05, 14),
    st.sampled_from([0, 0, 0.3, 1.3, 2.5, 20]),
    st.booleans(),
    st.booleans(),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.sampled_from(["voice", "alignment", "proportional"]),
)


@settings(max_examples=300, deadline=None)
@given(
    material=st.lists(MATERIAL, min_size=1, max_size=5),
    title=st.sampled_from([None, "Look!"]),
    outro=st.sampled_from([None, "More?"]),
    loop=st.booleans(),
)
def test_whatever_is_cut_lies_inside_the_reel_and_nothing_is_shorter_than_it_may_be(material, title, outro, loop):
    effects = {"hook": "hit", "cut": "whoosh"}

    timeline = cut(material, language="en", style=STYLE, title=title, outro=outro, effects=effects, loop=loop)

    for before, after in pairwise(timeline.shots):
        assert after.fade <= min(after.frames, before.frames)
        if before.picture == after.picture == "still" and after.fade == 0:
            assert min(before.frames, after.frames) >= FPS
    for card, least in ((timeline.title, min(1.2 * FPS, timeline.frames)), (timeline.outro, FPS)):
        assert card is None or (card.frames >= least and card.start + card.frames <= timeline.frames)
    if timeline.title and timeline.outro:
        assert timeline.outro.start >= timeline.title.frames
    for before, after in pairwise(timeline.pages):
        assert before.end <= after.start
    for page in timeline.pages:
        assert 0 <= page.start < page.end <= timeline.seconds + 0.001
        assert all(word.start <= word.end for word in page.words)
        assert all(one.start <= other.start for one, other in pairwise(page.words))
    for effect in timeline.effects:
        assert effect.start < timeline.seconds
    for clip in timeline.speech:
        assert clip.start < timeline.seconds


@settings(max_examples=200, deadline=None)
@given(material=st.lists(MATERIAL, min_size=1, max_size=4), loop=st.booleans())
def test_a_clip_beside_a_still_never_ends_before_its_shot(material, loop):
    timeline = cut(material, language="en", style=STYLE, loop=loop)
    alone = {scene.clip_seconds for scene in material if scene.picture == scene.clip}
    lengths = {scene.clip_seconds for scene in material if scene.clip} - alone

    for shot, after in zip(timeline.shots, [*timeline.shots[1:], None], strict=True):
        if shot.kind == "clip" and lengths and not alone:
            shown = shot.clip_start + (shot.frames + (after.fade if after else 0)) / FPS
            assert shown <= max(lengths) + 0.001
