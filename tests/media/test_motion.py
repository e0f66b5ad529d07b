"""The kernels against exact arithmetic, and the motion of composed frames against its law."""

import numpy as np
import pytest
from PIL import Image

from media.camera import ease, window_at
from media.frames import compose
from media.motion import Mover, Still, mix, overlay, transpose
from media.timeline import CaptionStyle, Framing, Shot, SpeechClip, Timeline

WIDTH, HEIGHT, FRAMES = 360, 640, 60
BEGIN, END = Framing(x=0.42, y=0.55, zoom=1.05), Framing(x=0.58, y=0.47, zoom=1.15)


def exact_picture(x, y):
    """A picture known at every point: waves from 4 to 120 pixels, as much in every octave as in nature."""
    rng = np.random.default_rng(7)
    value = np.full(np.broadcast(x, y).shape, 128.0)
    for _ in range(40):
        length, angle, phase = 4 * 30 ** rng.uniform(), rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
        value += 5 * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length + phase)
    return value


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one - other) ** 2))


def shot(**changes):
    return Shot(**{"picture": "p", "start": 0, "frames": FRAMES, "begin": BEGIN, "end": END} | changes)


def timeline(shots):
    frames = sum(each.frames for each in shots)
    return Timeline(
        frames=frames, language="en", shots=tuple(shots), pages=(), caption_style=CaptionStyle(accent="#ffcc33"),
        timing="voice", speech=(SpeechClip(audio="a", start=0, seconds=frames / 30),), width=WIDTH, height=HEIGHT,
    )  # fmt: skip


def luma_and_chroma(frame):
    flat, size = np.frombuffer(frame, np.uint8), WIDTH * HEIGHT
    planes = flat[:size], flat[size : size * 5 // 4], flat[size * 5 // 4 :]
    return [plane.reshape(side) for plane, side in zip(planes, [(HEIGHT, WIDTH)] + 2 * [(HEIGHT // 2, WIDTH // 2)],
                                                       strict=True)]  # fmt: skip


@pytest.mark.parametrize("step", [1.0, 0.93, 0.8])
def test_resampling_is_within_45_decibels_of_the_exact_picture(step):
    y, x = np.mgrid[0:480, 0:320]
    still = Still.of(np.clip(np.round(exact_picture(x, y)), 0, 255).astype(np.uint8))
    out = np.zeros((320, 200), dtype=np.uint8)
    worst = 99.0

    for first in (10.0, 10.25, 10.5, 10.77):
        Mover(200, 320).draw(still, out, (first, step), (first + 0.33, step))
        rows, columns = np.arange(320)[:, None] * step + first + 0.33, np.arange(200)[None] * step + first
        worst = min(worst, psnr(out, exact_picture(columns, rows)))

    assert worst >= 45


def test_a_still_that_does_not_move_is_untouched():
    plane = np.random.default_rng(1).integers(0, 256, (64, 48), dtype=np.uint8)
    out = np.zeros_like(plane)

    Mover(48, 64).draw(Still.of(plane), out, (0.0, 1.0), (0.0, 1.0))

    assert np.array_equal(out, plane)


@pytest.mark.parametrize("first", [-2.0, 3.0])
def test_beyond_the_edge_the_edge_is_repeated(first):
    plane = np.tile(np.arange(16, dtype=np.uint8) * 10, (20, 1))
    out = np.zeros_like(plane)

    Mover(16, 20).draw(Still.of(plane), out, (first, 1.0), (0.0, 1.0))

    assert np.array_equal(out[5], np.clip(np.arange(16) + int(first), 0, 15) * 10)


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (64, 32), (72, 136)])
def test_the_transpose_is_exact(rows, columns):
    plane = np.random.default_rng(2).integers(0, 256, (rows, columns), dtype=np.uint8)
    out = np.zeros((columns, rows), dtype=np.uint8)

    transpose(plane.view(np.uint64), out.view(np.uint64), 0, 0, columns // 8)

    assert np.array_equal(out, plane.T)


def test_mixing_is_exact_to_a_step():
    one, other = (np.random.default_rng(n).integers(0, 256, 5000, dtype=np.uint8) for n in (3, 4))
    for share in (0, 1, 100, 255, 256):
        mixed = one.copy()

        mix(mixed, other, share)

        assert np.abs(mixed - (one * (256.0 - share) + other * float(share)) / 256).max() <= 0.5


def test_overlays_are_exact_to_a_step_and_touch_nothing_else():
    rng = np.random.default_rng(5)
    plane, colour, cover = (rng.integers(0, 256, size, dtype=np.uint8) for size in ((60, 80), (20, 30), (20, 30)))
    over = plane.copy()

    overlay(over, colour, cover, 11, 7, 256)

    alpha = cover / 255
    assert np.abs(over[7:27, 11:41] - (colour * alpha + plane[7:27, 11:41] * (1 - alpha))).max() <= 0.5 + 1e-9
    over[7:27, 11:41] = plane[7:27, 11:41]
    assert np.array_equal(over, plane)


@pytest.fixture(scope="module")
def blob(tmp_path_factory):
    """A soft red-and-bright spot on grey, and where it lies as shares of the picture."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    spot = np.exp(-((x - 170.3) ** 2 + (y - 330.8) ** 2) / (2 * 14**2))[..., None]
    path = tmp_path_factory.mktemp("blob") / "blob.png"
    Image.fromarray(np.round(90 + spot * (150, 60, 0)).astype(np.uint8)).save(path)
    return path, 170.3 / WIDTH, 330.8 / HEIGHT


def centre(plane):
    """Return the centre of gravity of what stands out from the ground, in samples from the first."""
    weight = np.maximum(np.abs(plane - np.median(plane).astype(float)) - 2, 0)
    rows, columns = np.mgrid[0 : plane.shape[0], 0 : plane.shape[1]]
    return (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()


def test_motion_follows_its_law_within_a_twentieth_of_a_pixel(blob):
    path, x, y = blob
    moving, off, red_off = shot(), [], []

    for number, frame in enumerate(compose(timeline([moving]), {"p": path})):
        window = window_at(moving, number, FRAMES)
        seen = (x - window.left) / window.size * WIDTH, (y - window.top) / window.size * HEIGHT
        luma, _, red = luma_and_chroma(frame)
        across, down = centre(luma)
        red_across, red_down = centre(red)
        off.append((across + 0.5 - seen[0], down + 0.5 - seen[1]))
        red_off.append((2 * red_across + 0.5 - seen[0], 2 * red_down + 1 - seen[1]))

    assert (np.sqrt(np.mean(np.square(off), axis=0)) <= 0.05).all()
    assert np.percentile(np.abs(np.diff(off, n=2, axis=0)), 99) <= 0.2
    assert (np.abs(np.mean(red_off, axis=0)) <= 0.05).all()


def test_the_law_starts_and_ends_where_it_should_and_moves_from_the_first_frame():
    assert (ease(0), ease(0.5), ease(1)) == (0, 0.5, 1)
    assert ease(0.01) > 0.004
    assert all(ease(n / 100) < ease((n + 1) / 100) for n in range(100))


def test_windows_never_leave_the_picture():
    corner = shot(begin=Framing(x=0, y=1, zoom=1.3), end=Framing(x=1, y=0, zoom=1.0))

    for number in range(FRAMES):
        window = window_at(corner, number, FRAMES)
        assert window.left >= 0
        assert window.top >= 0
        assert max(window.left, window.top) + window.size <= 1 + 1e-12


def test_a_cross_fade_goes_evenly_from_one_picture_to_the_next(tmp_path):
    for name, grey in (("dark", 40), ("light", 200)):
        Image.new("RGB", (90, 160), (grey, grey, grey)).save(tmp_path / f"{name}.png")
    shots = [shot(picture="dark", frames=10), shot(picture="light", start=10, frames=10, fade=6)]
    files = {name: tmp_path / f"{name}.png" for name in ("dark", "light")}

    levels = [int(luma_and_chroma(frame)[0][100, 100]) for frame in compose(timeline(shots), files)]

    assert set(levels[:10]) == {50}
    assert set(levels[16:]) == {188}
    assert np.diff(levels[9:17]) == pytest.approx(np.full(7, 138 / 7), abs=1)
