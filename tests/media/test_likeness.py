import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from media.likeness import SEEN_BEFORE, Fingerprint, check_likeness, fingerprint, likeness
from tests.media.talking import draw_shapes

SHADES = ((20, 40, 80), (220, 160, 90), (90, 150, 140), (240, 230, 200))
Frames = NDArray[np.uint8]


def reel(*seeds: int, zoom: float = 0.1) -> Frames:
    """Return two seconds of each picture, moving towards it, as samples of frames."""
    frames = []
    for seed in seeds:
        picture = draw_shapes((180, 320), seed, SHADES).convert("L")
        for step in range(60):
            edge = zoom * step / 60 / 2
            box = (180 * edge, 320 * edge, 180 * (1 - edge), 320 * (1 - edge))
            frames.append(np.asarray(picture.resize((90, 160), Image.Resampling.BOX, box)))
    return np.stack(frames)


def taken(frames: Frames) -> Fingerprint:
    return fingerprint(frames, 30)


def changed(frames: Frames, how: str) -> Frames:
    if how == "soft":
        return np.stack([np.asarray(Image.fromarray(frame).filter(ImageFilter.BoxBlur(1))) for frame in frames])
    if how == "noisy":
        noise = np.random.default_rng(1).normal(0, 6, frames.shape)
        return np.clip(frames + noise, 0, 255).astype(np.uint8)
    if how == "brighter":
        return np.clip(frames * 1.1 + 12, 0, 255).astype(np.uint8)
    frames = frames.copy()
    if how == "other captions":
        frames[:, 84:116, 10:80] = 235
        frames[:60, 28:65, 10:80] = 16
    return frames[7:] if how == "trimmed" else frames


@pytest.mark.parametrize("how", ["soft", "noisy", "brighter", "other captions", "trimmed"])
def test_the_same_reel_is_recognised_when(how: str) -> None:
    frames = reel(1, 2, 3)

    assert likeness(taken(frames), taken(changed(frames, how))) > 0.9


def test_the_same_pictures_in_another_order_are_the_same_pictures() -> None:
    assert likeness(taken(reel(1, 2, 3)), taken(reel(3, 1, 2))) == 1


def test_other_pictures_are_not_alike() -> None:
    alike = [likeness(taken(reel(1, 2)), taken(reel(seed, seed + 1))) for seed in range(10, 30, 2)]

    assert max(alike) < 0.2


def test_half_of_the_pictures_is_about_half_alike() -> None:
    assert likeness(taken(reel(1, 2, 3, 4)), taken(reel(1, 2, 13, 14))) == pytest.approx(0.5, abs=0.1)


def test_a_fingerprint_survives_being_stored() -> None:
    own = taken(reel(1))

    assert Fingerprint.model_validate_json(own.model_dump_json()) == own
    assert len(own.hashes) == 4
    assert {len(one) for one in own.hashes} == {32}


def test_the_most_alike_earlier_reel_is_named() -> None:
    own = taken(reel(1, 2, 3))
    earlier = {"0001-other": taken(reel(7, 8, 9)), "0002-most": taken(reel(1, 2, 9)), "0003-same": own}

    findings = list(check_likeness(own, earlier))

    assert [finding.name for finding in findings] == ["seen-before"]
    assert "0003-same" in findings[0].measure
    assert list(check_likeness(own, {"0001-other": earlier["0001-other"]})) == []


def test_nothing_is_like_an_empty_fingerprint() -> None:
    own = taken(reel(1))

    assert likeness(own, Fingerprint()) == likeness(Fingerprint(), own) == 0
    assert list(check_likeness(own, {})) == list(check_likeness(Fingerprint(), {"0001": own})) == []
    assert fingerprint(np.zeros((0, 160, 90), np.uint8), 30) == Fingerprint()


hashes = st.lists(st.binary(min_size=16, max_size=16).map(bytes.hex), min_size=1, max_size=8).map(tuple)


@given(one=hashes, other=hashes)
@settings(max_examples=60)
def test_likeness_is_mutual_and_a_share(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    first, second = Fingerprint(hashes=one), Fingerprint(hashes=other)

    assert 0 <= likeness(first, second) <= 1
    assert likeness(first, second) == likeness(second, first)
    assert likeness(first, first) == 1 > SEEN_BEFORE
