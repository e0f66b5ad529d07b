"""The kernels against exact arithmetic and against each other, and moving windows against exact pictures."""

import importlib.util
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.settings import ROOT
from media import motion, motion_plain
from media.camera import ease, window_at
from media.frames import compose
from media.motion import Cutout, Mover, Still, overlay
from media.timeline import CaptionStyle, Framing, Shot, SpeechClip, Timeline

WIDTH, HEIGHT, FRAMES = 360, 640, 60
BEGIN, END = Framing(x=0.42, y=0.55, zoom=1.05), Framing(x=0.58, y=0.47, zoom=1.15)
SHAKE_RMS, SHAKE_99 = 0.05, 0.2
"""Pixels that a moving picture may be off its path."""
DECIBELS = 45
"""Likeness to the exact picture that resampling must reach."""


def load_plain_motion(monkeypatch):
    """Load a second `media.motion` as it is on a machine without numba."""
    spec = importlib.util.spec_from_file_location("motion_without_numba", motion.__file__)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["numba", "numpy"])
def kind(request, monkeypatch):
    """Return `media.motion` with each kind of kernels."""
    return motion if request.param == "numba" else load_plain_motion(monkeypatch)


def noise(*shape, seed=1):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def exact_picture(x, y):
    """A picture known at every point: waves from 4 to 120 pixels, as much in every octave as in nature."""
    rng = np.random.default_rng(7)
    value = np.full(np.broadcast(x, y).shape, 128.0)
    for _ in range(40):
        length, angle, phase = 4 * 30 ** rng.uniform(), rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
        value += 5 * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / length + phase)
    return value


def natural_picture(height, width):
    """Noise with the spectrum of photographs, 1/f, up to 0.7 of what the samples can hold."""
    rng = np.random.default_rng(3)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    power = np.where((frequency > 0) & (frequency < 0.35), 1 / np.maximum(frequency, 1 / height), 0)
    picture = np.fft.irfft2(power * np.exp(2j * np.pi * rng.random(power.shape)), (height, width))
    return np.clip(np.round(128 + picture / picture.std() * 45), 0, 255).astype(np.uint8)


def lanczos(samples, count, first, step, lobes):
    """Return the matrix that resamples a column of `samples` at `first + i * step`, in exact arithmetic."""
    away = first + np.arange(count)[:, None] * step - np.arange(samples)[None]
    weights = np.where(np.abs(away) < lobes, np.sinc(away) * np.sinc(away / lobes), 0)
    return weights / weights.sum(axis=1, keepdims=True)


def psnr(one, other):
    return 10 * np.log10(255**2 / np.mean((one - other) ** 2))


@pytest.fixture(scope="module")
def wavy():
    """A still of the exact picture."""
    y, x = np.mgrid[0:1000, 0:560]
    return Still.of(np.clip(np.round(exact_picture(x, y)), 0, 255).astype(np.uint8))


def windows(frames):
    """Yield a slow zoom and pan over the wavy still, seen in planes of 480 x 860, as a shot of a reel does it."""
    for frame in range(frames):
        share = ease(frame / (frames - 1))
        yield (14.3 + 21.1 * share, 1.08 - 0.1 * share), (9.8 + 52.4 * share, 1.08 - 0.1 * share)


def track(module, still, place):
    """Return how far textured patches of moving frames are from their path: (frames, patches, 2), in pixels.

    Each patch is matched by least squares against the exact picture resampled at the exact places.
    """
    out, mover, off = np.zeros((860, 480), np.uint8), module.Mover(480, 860), []
    down, across = np.meshgrid(np.arange(60, 830, 180), np.arange(60, 450, 165), indexing="ij")
    rows, columns = np.mgrid[-8:8, -8:8]
    rows, columns = rows + down.reshape(-1, 1, 1), columns + across.reshape(-1, 1, 1)
    for x, y in windows(90):
        mover.draw(still, out, place(x), place(y))
        exact = exact_picture(x[0] + x[1] * columns, y[0] + y[1] * rows)
        slopes = np.stack(np.gradient(exact, axis=(2, 1)), axis=-1).reshape(len(exact), -1, 2)
        differs = (out[rows, columns] - exact).reshape(len(exact), -1)
        off.append([np.linalg.lstsq(*patch, rcond=None)[0] for patch in zip(slopes, differs, strict=True)])
    return np.array(off)


def shake(off):
    return np.sqrt(np.mean(np.square(off))), np.percentile(np.abs(off), 99)


def test_a_slow_zoom_and_pan_does_not_shake(kind, wavy):
    rms, worst = shake(track(kind, wavy, lambda axis: axis))

    assert rms <= SHAKE_RMS
    assert worst <= SHAKE_99


def test_cutting_at_whole_pixels_would_be_found_to_shake(wavy):
    rms, worst = shake(track(motion, wavy, lambda axis: (round(axis[0]), axis[1])))

    assert rms > 4 * SHAKE_RMS
    assert worst > SHAKE_99


@pytest.mark.parametrize("step", [1.0, 0.93, 0.8])
def test_resampling_is_within_45_decibels_of_the_exact_waves(kind, wavy, step):
    out, worst = np.zeros((320, 200), dtype=np.uint8), 99.0

    for first in (10.0, 10.25, 10.5, 10.77):
        kind.Mover(200, 320).draw(wavy, out, (first, step), (first + 0.33, step))
        rows, columns = np.arange(320)[:, None] * step + first + 0.33, np.arange(200)[None] * step + first
        worst = min(worst, psnr(out, exact_picture(columns, rows)))

    assert worst >= DECIBELS


@pytest.mark.parametrize("lobes", [3, 8])
@pytest.mark.parametrize("step", [1.0, 0.95, 0.87])
def test_resampling_is_within_45_decibels_of_exact_lanczos(kind, step, lobes):
    picture, out = natural_picture(700, 420), np.zeros((600, 340), dtype=np.uint8)
    still, mover, worst, cut = Still.of(picture), kind.Mover(340, 600), 99.0, 0.0

    for first in (12.0, 12.25, 12.5, 12.8):
        across, down = (first, step), (first + 0.4, step)
        exact = lanczos(700, 600, *down, lobes) @ picture @ lanczos(420, 340, *across, lobes).T
        mover.draw(still, out, across, down)
        worst = min(worst, psnr(out, np.clip(exact, 0, 255)))
        mover.draw(still, out, across, (round(down[0]), step))
        cut = max(cut, psnr(out, np.clip(exact, 0, 255)))

    assert worst >= DECIBELS
    assert cut < DECIBELS


def test_a_still_that_does_not_move_is_untouched(kind):
    plane = noise(64, 48)
    out = np.zeros_like(plane)

    kind.Mover(48, 64).draw(kind.Still.of(plane), out, (0.0, 1.0), (0.0, 1.0))

    assert np.array_equal(out, plane)


@pytest.mark.parametrize("first", [-40.0, -2.0, 3.0, 40.0])
def test_beyond_the_edge_the_edge_is_repeated(kind, first):
    plane = np.tile(np.arange(16, dtype=np.uint8) * 10, (20, 1))
    across, down = np.zeros((20, 16), dtype=np.uint8), np.zeros((16, 20), dtype=np.uint8)

    kind.Mover(16, 20).draw(kind.Still.of(plane), across, (first, 1.0), (0.0, 1.0))
    kind.Mover(20, 16).draw(kind.Still.of(plane.T), down, (0.0, 1.0), (first, 1.0))

    assert np.array_equal(across[5], np.clip(np.arange(16) + int(first), 0, 15) * 10)
    assert np.array_equal(down, across.T)


def test_extremes_are_held_and_never_wrap_around(kind):
    plane = np.where(noise(80, 80) < 128, 0, 255).astype(np.uint8)
    out = np.zeros((150, 150), dtype=np.uint8)

    kind.Mover(150, 150).draw(kind.Still.of(plane), out, (0.3, 0.5), (0.7, 0.5))

    rows, columns = (np.clip((0.5 * np.arange(150) + first).astype(int), 0, 79) for first in (0.7, 0.3))
    around = [plane[np.ix_(np.minimum(rows + i, 79), np.minimum(columns + j, 79))] for i in (0, 1) for j in (0, 1)]
    assert out[np.all([each == 255 for each in around], axis=0)].min() > 160
    assert out[np.all([each == 0 for each in around], axis=0)].max() < 95


def test_weights_add_up_and_are_those_of_keys():
    weights = motion.WEIGHTS / 128

    assert set(weights.sum(axis=1)) == {1.0}
    assert weights[0].tolist() == [0, 1, 0, 0]
    assert weights[128] == pytest.approx([-0.09375, 0.59375, 0.59375, -0.09375], abs=1 / 128)
    assert np.abs(motion.WEIGHTS[1:] - motion.WEIGHTS[:0:-1, ::-1]).max() <= 1


def test_sums_of_weighted_bytes_fit_into_16_bits():
    high = motion.START + 255 * np.maximum(motion.WEIGHTS, 0).sum(axis=1, dtype=int).max()
    low = motion.START + 255 * np.minimum(motion.WEIGHTS, 0).sum(axis=1, dtype=int).min()

    assert -32768 <= low < high <= 32767


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (64, 32), (72, 136)])
def test_the_transpose_is_exact(kind, rows, columns):
    plane = noise(rows, columns)
    out = np.zeros((columns, rows + 16), dtype=np.uint8)

    kind.transpose(plane.view(np.uint64), out.view(np.uint64), 1)

    assert np.array_equal(out[:, 8:-8], plane.T)
    assert not out[:, :8].any()
    assert not out[:, -8:].any()


@pytest.mark.parametrize("share", [0, 1, 100, 255, 256])
def test_mixing_is_exact_to_a_step(kind, share):
    one, other = noise(5000, seed=3), noise(5000, seed=4)
    mixed = one.copy()

    kind.mix(mixed, other, share)

    assert np.abs(mixed - (one * (256.0 - share) + other * float(share)) / 256).max() <= 0.5


@pytest.mark.parametrize("share", [0, 77, 256])
def test_overlays_are_exact_to_a_step_and_touch_nothing_else(kind, share):
    plane, colour, cover = noise(60, 80), noise(20, 30, seed=2), noise(20, 30, seed=3)
    over = plane.copy()

    kind.overlay(over, colour, cover, 11, 7, share)

    alpha = cover / 255 * share / 256
    assert np.abs(over[7:27, 11:41] - (colour * alpha + plane[7:27, 11:41] * (1 - alpha))).max() <= 0.5 + 1e-4
    over[7:27, 11:41] = plane[7:27, 11:41]
    assert np.array_equal(over, plane)


@given(
    still=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    size=st.tuples(st.integers(1, 150), st.integers(1, 150)),
    x=st.tuples(st.floats(-99, 99), st.floats(0.05, 3)),
    y=st.tuples(st.floats(-99, 99), st.floats(0.05, 3)),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_both_kinds_draw_the_same_bytes(still, size, x, y, seed):
    turned, drawn = Still.of(noise(*still, seed=seed)), []
    with pytest.MonkeyPatch.context() as patch:
        for module in (motion, load_plain_motion(patch)):
            drawn.append(np.zeros(size, dtype=np.uint8))
            module.Mover(size[1], size[0]).draw(turned, drawn[-1], x, y)

    assert np.array_equal(*drawn)


@given(share=st.integers(0, 256), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_both_kinds_mix_and_overlay_the_same_bytes(share, seed):
    colour, cover, results = noise(30, 40, seed=seed), noise(30, 40, seed=seed + 1), []
    for module in (motion, motion_plain):
        plane, flat = noise(50, 60, seed=seed + 2), noise(999, seed=seed + 3)
        module.overlay(plane, colour, cover, 7, 9, share)
        module.mix(flat, noise(999, seed=seed), share)
        results.append(plane.tobytes() + flat.tobytes())

    assert results[0] == results[1]


EVERYTHING = """
import hashlib, sys
{block}
import numpy as np
from PIL import Image
from media.motion import COMPILER, Mover, Still, mix, overlay
from media.planes import to_cutouts, to_overlay, to_planes

rgba = np.random.default_rng(5).integers(0, 256, (120, 90, 4), dtype=np.uint8)
rgba[:40] = 0
picture = Image.fromarray(rgba)
planes, drawn = to_planes(picture.convert("RGB")), to_overlay(picture, 3, 5)
out, colours = np.zeros((110, 80), np.uint8), [np.zeros((50, 40), np.uint8) for _ in range(2)]
Mover(80, 110).draw(Still.of(planes.y), out, (3.3, 0.9), (4.7, 0.95))
Mover(40, 50).lay(to_cutouts(picture)[1], colours, (3.3, 0.9), (4.7, 0.95))
overlay(out, drawn.colour.u, drawn.cover_chroma, 2, 3, 200)
mix(out.reshape(-1), out[::-1].copy().reshape(-1), 99)
every = (planes.y, planes.u, planes.v, drawn.colour.y, drawn.colour.v, drawn.cover_chroma, out, *colours)
print(COMPILER is not None, hashlib.sha256(b"".join(each.tobytes() for each in every)).hexdigest())
"""


def test_without_numba_everything_works_and_gives_the_same_bytes_with_a_warning():
    said = []
    for block in ("", "sys.modules['numba'] = None"):
        program = EVERYTHING.format(block=block)
        said.append(subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True))

    compiled, plain = (done.stdout.split() for done in said)
    assert (compiled[0], plain[0]) == ("True", "False")
    assert compiled[1] == plain[1]
    assert "Numba cannot be used" in said[1].stderr
    assert said[0].stderr == ""


def test_a_numba_that_may_not_keep_what_it_compiled_is_not_used(monkeypatch, caplog):
    import numba

    def refuse(**options):
        def compiler(function):
            raise RuntimeError("cannot cache function: no locator available")

        return compiler

    monkeypatch.setattr(numba, "njit", refuse)
    with caplog.at_level(logging.WARNING):
        assert motion._find_compiler() is None

    assert "no locator available" in caplog.text
    assert "NUMBA_CACHE_DIR" in caplog.text


def cutout(colour, cover, left=0, top=0):
    return Cutout(left, top, tuple(map(Still.of, colour)), Still.of(cover))


def soft_disc(height, width, row, column, radius):
    """Return a cover that is opaque inside a disc and fades out over eight samples around it."""
    rows, columns = np.mgrid[0:height, 0:width]
    away = np.hypot(rows - row, columns - column)
    return np.round(np.clip((radius - away) / 8 + 0.5, 0, 1) * 255).astype(np.uint8)


@pytest.mark.parametrize(("ground", "colour"), [(16, 235), (235, 16), (128, 240), (100, 101)])
def test_a_layer_of_one_colour_never_leaves_the_range_of_the_two_colours(kind, ground, colour):
    soft, hard = soft_disc(120, 100, 60, 50, 30), np.zeros((120, 100), np.uint8)
    hard[30:90, 21:79] = 255
    for cover in (soft, hard):
        layer = cutout([np.full_like(cover, colour)], cover)
        for first in (0.0, 0.3, 0.5, 7.8):
            out = np.full((100, 80), ground, dtype=np.uint8)

            kind.Mover(80, 100).lay(layer, (out,), (first, 0.97), (first, 0.97))

            assert out.min() >= min(ground, colour)
            assert out.max() <= max(ground, colour)
            assert out[50, 45] == colour
            assert out[0, 0] == ground


@given(
    corner=st.tuples(st.integers(0, 30), st.integers(0, 30)),
    x=st.tuples(st.floats(-60, 60), st.floats(0.3, 2)),
    y=st.tuples(st.floats(-60, 60), st.floats(0.3, 2)),
)
@settings(max_examples=60, deadline=None)
def test_a_cutout_is_laid_as_the_whole_picture_would_be(corner, x, y):
    left, top = corner
    colour, cover = noise(80, 70), np.zeros((80, 70), np.uint8)
    cover[top + 4 : top + 36, left + 4 : left + 26] = noise(32, 22, seed=2)
    part = slice(top, top + 40), slice(left, left + 30)
    cut, whole = noise(60, 50, seed=3), noise(60, 50, seed=3)

    Mover(50, 60).lay(cutout([colour[part]], cover[part], left, top), (cut,), x, y)

    moved = np.zeros((2, 60, 50), dtype=np.uint8)
    for plane, out in zip((colour, cover), moved, strict=True):
        Mover(50, 60).draw(Still.of(plane), out, x, y)
    overlay(whole, moved[0], moved[1], 0, 0, 256)
    assert np.array_equal(cut[moved[1] > 0], whole[moved[1] > 0])
    assert np.array_equal(cut, whole)


def test_a_layer_out_of_sight_touches_nothing():
    out = noise(40, 30)
    layer = cutout([np.full((20, 20), 200, np.uint8)], np.full((20, 20), 255, np.uint8), 100, 100)

    for x, y in (((0.0, 1.0), (0.0, 1.0)), ((200.0, 1.0), (100.0, 1.0)), ((100.0, 1.0), (121.0, 1.0))):
        Mover(30, 40).lay(layer, (out,), x, y)

    assert np.array_equal(out, noise(40, 30))


def test_a_mover_may_be_used_for_stills_of_any_size_in_turn():
    planes = [noise(90, 70), noise(200, 300, seed=2), noise(33, 21, seed=3)]
    reused, mover = [], Mover(50, 60)
    for plane in (*planes, *planes):
        reused.append(np.zeros((60, 50), np.uint8))
        mover.draw(Still.of(plane), reused[-1], (1.3, 0.7), (2.4, 0.8))

    for first, again, plane in zip(reused[:3], reused[3:], planes, strict=True):
        alone = np.zeros((60, 50), np.uint8)
        Mover(50, 60).draw(Still.of(plane), alone, (1.3, 0.7), (2.4, 0.8))
        assert np.array_equal(first, alone)
        assert np.array_equal(again, alone)


def shot(**changes):
    return Shot(**{"picture": "p", "start": 0, "frames": FRAMES, "begin": BEGIN, "end": END} | changes)


def timeline(shots):
    frames = sum(each.frames for each in shots)
    return Timeline(
        frames=frames, language="en", shots=tuple(shots), pages=(), caption_style=CaptionStyle(accent="#ffcc33"),
        timing="voice", speech=(SpeechClip(audio="a", start=0, seconds=frames / 30),), width=WIDTH, height=HEIGHT,
    )  # fmt: skip


def compose_stills(shots, files):
    return compose(timeline(shots), files, ffmpeg=Path("no-ffmpeg-is-needed-for-stills"))


def luma_and_chroma(frame):
    flat, size = np.frombuffer(frame, np.uint8), WIDTH * HEIGHT
    planes = flat[:size], flat[size : size * 5 // 4], flat[size * 5 // 4 :]
    return [plane.reshape(side) for plane, side in zip(planes, [(HEIGHT, WIDTH)] + 2 * [(HEIGHT // 2, WIDTH // 2)],
                                                       strict=True)]  # fmt: skip


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


def test_composed_frames_follow_the_law_and_colours_lie_on_their_shapes(blob):
    path, x, y = blob
    moving, off, red_off = shot(), [], []

    for number, frame in enumerate(compose_stills([moving], {"p": path})):
        window = window_at(moving, number, FRAMES)
        seen = (x - window.left) / window.size * WIDTH, (y - window.top) / window.size * HEIGHT
        luma, _, red = luma_and_chroma(frame)
        across, down = centre(luma)
        red_across, red_down = centre(red)
        off.append((across + 0.5 - seen[0], down + 0.5 - seen[1]))
        red_off.append((2 * red_across + 0.5 - seen[0], 2 * red_down + 1 - seen[1]))

    assert (np.sqrt(np.mean(np.square(off), axis=0)) <= SHAKE_RMS).all()
    assert np.percentile(np.abs(np.diff(off, n=2, axis=0)), 99) <= SHAKE_99
    assert (np.abs(np.mean(red_off, axis=0)) <= SHAKE_RMS).all()


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

    levels = [int(luma_and_chroma(frame)[0][100, 100]) for frame in compose_stills(shots, files)]

    assert set(levels[:10]) == {50}
    assert set(levels[16:]) == {188}
    assert np.diff(levels[9:17]) == pytest.approx(np.full(7, 138 / 7), abs=1)
