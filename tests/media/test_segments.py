"""How a reel is divided into parts that are made once."""

from itertools import pairwise

import pytest
from hypothesis import given

from core.models import Word
from media.profiles import FAST, PROFILES, QUALITY, encoder_options, get_profile
from media.segments import LONGEST_SECONDS, SHORTEST_SECONDS, segments
from media.timeline import Framing, Shot
from tests.media.reels import small_reel, timelines


def keys(timeline, profile=QUALITY, codec="libx264"):
    return [segment.key for segment in segments(timeline, profile, codec)]


def changed(before, after):
    return sum(key not in before for key in after)


@given(timelines())
def test_every_frame_belongs_to_one_segment(timeline):
    parts = segments(timeline, QUALITY, "libx264")

    assert parts[0].first == 0
    assert parts[-1].beyond == timeline.frames
    assert all(before.beyond == after.first for before, after in pairwise(parts))
    assert all(part.frames <= LONGEST_SECONDS * timeline.fps for part in parts)


@given(timelines())
def test_no_segment_begins_inside_a_cross_fade(timeline):
    fading = {frame for shot in timeline.shots for frame in range(shot.start + 1, shot.start + shot.fade)}

    assert not fading & {part.first for part in segments(timeline, QUALITY, "libx264")}


def test_a_long_shot_is_divided_at_whole_groups_of_pictures():
    still = Framing(x=0.5, y=0.5, zoom=1)
    shot = Shot(picture="dunes", start=0, frames=1800, begin=still, end=still.model_copy(update={"zoom": 2.0}))
    timeline = small_reel(frames=1800, shots=(shot,))

    parts = segments(timeline, QUALITY, "libx264")

    assert all(part.first % 60 == 0 for part in parts)
    assert all(SHORTEST_SECONDS * 30 <= part.frames <= LONGEST_SECONDS * 30 for part in parts)


@pytest.mark.parametrize("number", range(1, len(small_reel().pages)))
def test_one_changed_caption_changes_the_segments_it_is_seen_in(number):
    timeline = small_reel()
    page = timeline.pages[number]
    words = (page.words[0].model_copy(update={"text": "Five"}), *page.words[1:])
    other = timeline.model_copy(
        update={
            "pages": (*timeline.pages[:number], page.model_copy(update={"words": words}), *timeline.pages[number + 1 :])
        }
    )
    on_screen = range(round(page.start * 30), round(page.end * 30))
    parts = segments(timeline, QUALITY, "libx264")
    concerned = [part.key for part in parts if set(on_screen) & set(range(part.first, part.beyond))]

    assert 1 <= len(concerned) <= 2 < len(parts)
    assert changed(keys(timeline), keys(other)) == len(concerned)


def test_what_comes_later_is_not_changed_by_being_later():
    timeline = small_reel()
    first = timeline.shots[0]
    longer = first.model_copy(update={"frames": first.frames + 30})
    later = [shot.model_copy(update={"start": shot.start + 30}) for shot in timeline.shots[1:]]
    pages = [
        page
        if page.start * 30 < first.frames
        else page.model_copy(update={"start": page.start + 1, "end": page.end + 1, "words": _moved(page.words)})
        for page in timeline.pages
    ]
    other = timeline.model_copy(
        update={"shots": (longer, *later), "pages": tuple(pages), "frames": timeline.frames + 30}
    )

    assert changed(keys(timeline), keys(other)) <= 2  # the longer one, and the one it fades into


def _moved(words):
    return tuple(Word(text=word.text, start=word.start + 1, end=word.end + 1) for word in words)


@pytest.mark.parametrize(
    "change",
    [
        {"watermark": None},
        {"width": 108, "height": 192},
        {"caption_style": small_reel().caption_style.model_copy(update={"name": "pop"})},
        {"safe": small_reel().safe.model_copy(update={"bottom": 1200})},
    ],
    ids=str,
)
def test_what_is_seen_everywhere_changes_every_segment(change):
    before, after = keys(small_reel()), keys(small_reel(**change))

    assert not set(before) & set(after)


def test_sound_changes_no_segment():
    assert keys(small_reel()) == keys(small_reel(music=None))


def test_another_encoding_is_another_segment():
    timeline = small_reel()

    assert len(set(keys(timeline)) | set(keys(timeline, FAST)) | set(keys(timeline, QUALITY, "h264_nvenc"))) == 3 * len(
        keys(timeline)
    )


def test_x264_works_in_one_thread_a_segment_with_closed_groups():
    options = encoder_options("libx264", QUALITY, 30)

    assert options["x264-params"].split(":") == ["threads=1", "open-gop=0", "cpu-independent=1"]
    assert (options["preset"], options["crf"], options["g"], options["bf"]) == ("veryfast", "21", "60", "2")
    assert (options["maxrate"], options["bufsize"]) == ("12000k", "24000k")


def test_the_fast_profile_keeps_macroblock_trees():
    assert "mbtree=1:rc-lookahead=10" in encoder_options("libx264", FAST, 30)["x264-params"]


def test_profiles_are_found_by_name_and_a_wrong_name_lists_them():
    assert get_profile("preview").size == (540, 960)
    with pytest.raises(Exception, match="slowest") as raised:
        get_profile("slowest")
    assert all(name in raised.value.remedy for name in PROFILES)
