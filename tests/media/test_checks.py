"""The single measures of the gate, on material whose truth is known; whole reels are in test_gate.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from core.models import Word
from media.drawn_captions import LEAST_ALIKE, alikeness, plan_writing, reach_outside
from media.drift import MOST_DRIFT, check_drift, measure_drift, onset_times
from media.moments import MOST_PAGES, MOST_SHOTS, all_moments, card_moments, page_moments, shot_moments
from media.picture_checks import BLURRED, check_pictures, sharpness
from media.playback import Playback
from media.sound_checks import clipped
from media.timeline import CaptionPage, CaptionStyle, Card, Framing, SafeBox, Shot, SpeechClip, Timeline, Watermark
from tests.media.talking import draw_shapes, speak, words_of

FAR, NEAR = Framing(x=0.5, y=0.5, zoom=1), Framing(x=0.5, y=0.5, zoom=1.1)
LINE = "One feeds, the rest, waits, and so, it tires, fast, very fast, indeed."
SHADES = ((20, 40, 80), (220, 160, 90), (240, 230, 200))
EVERY_ROW = np.ones(1920, bool)


def timeline(frames: int = 150, text: str = "Three hearts beat", *, end: Framing = NEAR, **more: object) -> Timeline:
    page = CaptionPage(words=(Word(text=text, start=0, end=1),), start=0, end=frames / 30)
    plan = Timeline(
        frames=frames,
        language="en",
        shots=(Shot(picture="p", start=0, frames=frames, begin=FAR, end=end),),
        pages=(page,),
        caption_style=CaptionStyle(accent="#ffcc00"),
        timing="voice",
        speech=(SpeechClip(audio="v", start=0, seconds=5),),
        width=270,
        height=480,
    )
    return plan.model_copy(update=more)


def spoken() -> Timeline:
    words = tuple(words_of(LINE))
    pages = (CaptionPage(words=words, start=0, end=words[-1].end),)
    return timeline(frames=round(words[-1].end * 30) + 15, pages=pages)


def stereo(seconds_late: float, *, music: float = 0.0) -> np.ndarray:
    """Return the line as 48 kHz stereo, heard later than its words say, over steady music."""
    voice = np.repeat(speak(words_of(LINE), seed=4), 2)
    shift = round(seconds_late * 48_000)
    voice = np.pad(voice, (max(shift, 0), 24_000))[max(-shift, 0) :]
    at = np.arange(len(voice)) / 48_000
    bed = music * (np.sin(2 * np.pi * 330 * at) + np.sin(2 * np.pi * 495 * at))
    return (12_000 * np.stack([voice + bed] * 2, axis=1)).astype(np.int16)


@pytest.mark.parametrize("late", [-0.6, -0.3, -0.15, 0.0, 0.05, 0.15, 0.3, 0.6])
@pytest.mark.parametrize("music", [0.0, 0.04])
def test_a_shift_of_the_voice_is_measured(late: float, music: float) -> None:
    drift = measure_drift(stereo(late, music=music), spoken())

    assert drift is not None
    assert drift.median == pytest.approx(late, abs=0.03)
    assert bool(list(check_drift(drift))) == (abs(late) > MOST_DRIFT)


def test_noise_and_silence_show_no_drift() -> None:
    noise = np.random.default_rng(1).normal(0, 3000, (10 * 48_000, 2)).astype(np.int16)

    for sound in (noise, np.zeros_like(noise), noise[:100], noise[:0]):
        assert list(check_drift(measure_drift(sound, spoken()))) == []


def test_onsets_are_the_words_after_pauses() -> None:
    assert len(onset_times(spoken())) == LINE.count(",") + 1
    assert measure_drift(stereo(0.3), timeline()) is None  # one word tells nothing


def test_clipping_is_counted_by_places_and_channels() -> None:
    sound = np.zeros((1000, 2), np.int16)
    sound[10:13, 0] = sound[500:520, 1] = 32767
    sound[100:103, 0] = -32768
    sound[200:202] = sound[300] = 32767  # too short

    assert clipped(sound) == 3
    assert clipped(np.zeros((0, 2), np.int16)) == 0


@given(level=st.integers(1, 32_000), hertz=st.floats(40, 8000))
@settings(max_examples=40)
def test_a_tone_below_full_scale_is_never_clipped(level: int, hertz: float) -> None:
    wave = level * np.sin(2 * np.pi * hertz * np.arange(4800) / 48_000)

    assert clipped(np.stack([wave, wave], axis=1).astype(np.int16)) == 0


@pytest.mark.parametrize("width", [270, 1080])
def test_sharpness_falls_with_blur(width: int) -> None:
    sharp = draw_shapes((width, width * 16 // 9), 3, SHADES)
    rows = EVERY_ROW[: sharp.height]

    found = [
        sharpness(np.asarray(sharp.filter(ImageFilter.GaussianBlur(radius * width / 1080)).convert("L")), rows)
        for radius in (0, 2, 5)
    ]

    assert found == sorted(found, reverse=True)
    assert found[0] > 0.5
    if width == 1080:
        assert found[2] < BLURRED


def test_sharpness_cannot_be_told_of_calm_pictures() -> None:
    gradient = np.repeat(np.linspace(20, 200, 480)[:, None], 270, axis=1).astype(np.uint8)

    assert sharpness(gradient, EVERY_ROW[:480]) is None
    assert sharpness(np.full((480, 270), 235, np.uint8), EVERY_ROW[:480]) is None


def test_sharp_letters_do_not_make_a_blurred_picture_sharp() -> None:
    blurred = draw_shapes((1080, 1920), 3, SHADES).filter(ImageFilter.GaussianBlur(6))
    luma = np.array(blurred.convert("L"))
    letters = timeline(width=1080, height=1920)
    plan = plan_writing(letters, 10)
    luma[plan.cover > 100] = plan.luma[plan.cover > 100]

    assert (sharpness(luma, EVERY_ROW) or 0) > BLURRED
    assert (sharpness(luma, plan.cover.max(axis=1) == 0) or 1) < BLURRED


def small(*pictures: np.ndarray, each: int) -> Playback:
    return Playback(small=np.concatenate([np.repeat(picture[None], each, axis=0) for picture in pictures]))


def found(played: Playback, plan: Timeline) -> list[str]:
    return [finding.name for finding in check_pictures(played, plan)]


def moving(frames: int) -> np.ndarray:
    wide = np.asarray(draw_shapes((90 + frames, 160), 5, SHADES).convert("L"))
    return np.stack([wide[:, at : at + 90] for at in range(frames)])


def test_motion_passes_and_a_stop_does_not() -> None:
    frames = moving(150)
    stopped = np.concatenate([frames[:50], np.repeat(frames[50:51], 50, axis=0), frames[50:100]])

    assert found(Playback(small=frames), timeline()) == []
    assert found(Playback(small=stopped), timeline()) == ["frozen"]


def test_a_still_that_was_never_to_move_may_rest_for_a_while() -> None:
    still = moving(1)[0]

    assert found(small(still, each=90), timeline(90, end=FAR)) == []
    assert found(small(still, each=150), timeline(150, end=FAR)) == ["frozen"]


@pytest.mark.parametrize("level", [40, 128, 235])
def test_a_plain_picture_is_not_frozen(level: int) -> None:
    assert found(small(np.full((160, 90), level, np.uint8), each=150), timeline()) == []


def test_a_moment_of_black_passes_and_a_third_of_a_second_does_not() -> None:
    frames = moving(150)
    for length, expected in ((8, []), (9, ["black"])):
        dark = frames.copy()
        dark[40 : 40 + length] = 16

        assert found(Playback(small=dark), timeline()) == expected


def test_repeats_are_found_at_any_rhythm() -> None:
    frames = moving(150)
    for keep in (lambda n: n // 2 * 2, lambda n: n * 4 // 5 * 5 // 4, lambda n: n - (n % 6 == 5)):
        repeated = frames[[keep(number) for number in range(150)]]

        assert found(Playback(small=repeated), timeline()) == ["repeated-frames"]


def test_a_clip_may_repeat_frames() -> None:
    clip = timeline().shots[0].model_copy(update={"kind": "clip"})
    repeated = moving(150)[[number // 2 * 2 for number in range(150)]]

    assert found(Playback(small=repeated), timeline(shots=(clip,))) == []


@pytest.mark.parametrize("style", ["colour", "box", "pop"])
@pytest.mark.parametrize("width", [216, 1080])
def test_letters_are_recognised_where_they_are_and_only_there(style: str, width: int) -> None:
    plan = timeline(caption_style=CaptionStyle(name=style, accent="#ff9f1c"), width=width, height=width * 16 // 9)
    picture = np.asarray(draw_shapes((plan.width, plan.height), 2, SHADES).convert("L"))
    drawn = plan_writing(plan, 10)
    written = np.where(drawn.cover > 110, drawn.luma, picture)

    assert alikeness(written, drawn) > 0.95
    assert alikeness(picture, drawn) < LEAST_ALIKE
    assert alikeness(np.roll(written, width // 60, axis=0), drawn) < LEAST_ALIKE
    assert alikeness(np.full_like(picture, 128), drawn) < LEAST_ALIKE


@given(
    left=st.integers(0, 300), top=st.integers(0, 500), right=st.integers(760, 1080), bottom=st.integers(1200, 1920),
    text=st.sampled_from(("a", "three hearts", "Donaudampfschifffahrtsgesellschaft", "¿Qué?")),
    style=st.sampled_from(("colour", "box", "pop")), width=st.sampled_from((216, 540)),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_our_lettering_stays_inside_any_safe_box(
    left: int, top: int, right: int, bottom: int, text: str, style: str, width: int
) -> None:
    plan = timeline(
        text=text, safe=SafeBox(left=left, top=top, right=right, bottom=bottom), width=width, height=width * 16 // 9,
        caption_style=CaptionStyle(name=style, accent="#ffcc00"), title=Card(text=text, frames=150),
        watermark=Watermark(text=f"@{text}"),
    )  # fmt: skip

    assert reach_outside(plan_writing(plan, 10), plan) == 0


def test_text_outside_the_box_is_measured_in_pixels_of_the_full_frame() -> None:
    plan = timeline()
    drawn = plan_writing(plan, 10)
    columns = np.flatnonzero(drawn.cover.any(axis=0))
    narrow = plan.model_copy(update={"safe": SafeBox(left=int(columns[0]) * 4 + 40, right=1080)})

    assert reach_outside(drawn, narrow) == pytest.approx(40, abs=4)


def test_moments_are_few_and_spread_over_the_reel() -> None:
    pages = tuple(
        CaptionPage(words=(Word(text="sea", start=at / 2, end=at / 2 + 0.4),), start=at / 2, end=at / 2 + 0.5)
        for at in range(60)
    )
    shots = tuple(Shot(picture="p", start=start, frames=30, begin=FAR, end=NEAR) for start in range(0, 900, 30))
    plan = timeline(900, pages=pages, shots=shots, outro=Card(text="Bye", start=840, frames=60))

    assert len(page_moments(plan)) == MOST_PAGES
    assert len(shot_moments(plan)) == MOST_SHOTS
    assert (page_moments(plan)[0], page_moments(plan)[-1]) == (7, 892)
    assert card_moments(plan) == {"outro": 870}
    assert list(all_moments(plan)) == sorted({*page_moments(plan), *shot_moments(plan), 870})


def test_the_picture_under_the_letters_does_not_matter() -> None:
    drawn = plan_writing(timeline(width=1080, height=1920), 10)
    for seed in range(3):
        noise = np.random.default_rng(seed).integers(16, 235, drawn.luma.shape).astype(np.uint8)
        noise = np.asarray(Image.fromarray(noise).filter(ImageFilter.BoxBlur(1)))

        assert alikeness(np.where(drawn.cover > 100, drawn.luma, noise), drawn) > 0.95
        assert abs(alikeness(noise, drawn)) < 0.2
