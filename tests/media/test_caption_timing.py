"""Whether words light up when they are heard: our times against an aligner that knows nothing of ours.

PocketSphinx finds each word of the text in the sound by itself, in steps of 10 ms.
"""

import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from pocketsphinx import Decoder

from core.models import Word
from core.settings import Settings
from integrations.generation.piper import Piper
from media.captions import active_word, pages, without_gaps
from media.ffmpeg import find_ffmpeg

pytestmark = pytest.mark.slow

NARRATION = (
    "Why does an octopus have three hearts, and what happens when it swims?",
    "Two of them pump blood through the gills, where it takes up oxygen; the third one sends it around the body.",
    "Its blood is blue, because copper carries the oxygen instead of iron.",
    "The old library kept a secret: a map of the lost city that nobody had found so far.",
    "When the storm came, every sailor on the island ran down to the harbor and tied the boats together.",
    "Some whales sing for hours, and their songs travel a thousand miles under water.",
    "Bees can remember human faces, but they see us as strange flowers that walk.",
    "Time moves a little faster on a mountain than it does near the sea.",
)
Spoken = Callable[[str, float], tuple[list[Word], np.ndarray]]
RATE = 16_000
SILENCE = 0.5
"""Seconds of silence that the aligner gets before and after a line."""
MEDIAN_BAR, P95_BAR = 0.060, 0.120
"""How far a word may light up from where it begins, in seconds."""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoken]:
    """Speaks a line: its words as our maker times them, and its sound at the aligner's rate."""
    maker = Piper(Settings(_env_file=None, reelwright_home=tmp_path_factory.mktemp("house")))

    @cache
    def speak(text: str, speed: float) -> tuple[list[Word], np.ndarray]:
        request = {"text": text, "language": "en", "voice": {"name": "joe", "speed": speed}}
        made = maker.make(request, tmp_path_factory.mktemp("line"), lambda share: None)
        command = [find_ffmpeg(), "-v", "error", "-i", made.files["speech"], "-ar", str(RATE), "-f", "s16le", "-"]
        raw = subprocess.run(command, capture_output=True, check=True).stdout
        return [Word.model_validate(word) for word in made.result["words"]], np.frombuffer(raw, "<i2")

    yield speak
    maker.close()


@pytest.fixture(scope="module")
def aligner() -> Decoder:
    return Decoder(lm=None, samprate=RATE, loglevel="FATAL")


def onsets(aligner: Decoder, text: str, sound: np.ndarray) -> list[float]:
    """Return the second at which each word of the text begins, as the aligner hears it."""
    silence = np.zeros(round(SILENCE * RATE), "<i2")
    plain = ["".join(char for char in word.lower() if char.isalpha()) for word in text.split()]
    aligner.set_align_text(" ".join(plain))
    aligner.start_utt()
    aligner.process_raw(np.concatenate([silence, sound, silence]).tobytes(), full_utt=True)
    aligner.end_utt()
    heard = [part for part in aligner.seg() if part.word[0] not in "<["]
    assert [part.word.partition("(")[0] for part in heard] == plain
    return [part.start_frame / 100 - SILENCE for part in heard]


@pytest.mark.parametrize("speed", [1.0, 1.25])
def test_words_light_up_when_they_are_heard(spoken: Spoken, aligner: Decoder, speed: float) -> None:
    late: list[float] = []
    for text in NARRATION:
        words, sound = spoken(text, speed)
        late += [word.start - onset for word, onset in zip(words, onsets(aligner, text, sound), strict=True)]

    errors = np.abs(late)
    print(f"median {np.median(errors):.3f} s, 95 % {np.percentile(errors, 95):.3f} s, bias {np.median(late):+.3f} s")
    assert len(errors) > 120
    assert np.median(errors) <= MEDIAN_BAR
    assert np.percentile(errors, 95) <= P95_BAR
    assert abs(np.median(late)) <= 0.03


def test_the_word_that_is_heard_is_the_one_that_is_lit(spoken: Spoken, aligner: Decoder) -> None:
    """In the middle of what the aligner hears as a word, that word is lit on the page that stands there."""
    wrong = total = 0
    for text in NARRATION:
        words, sound = spoken(text, 1.0)
        shown = without_gaps(pages(words), len(sound) / RATE)
        heard = [*onsets(aligner, text, sound), words[-1].end]
        for word, (begin, end) in zip(words, pairwise(heard), strict=True):
            middle = (begin + min(end, begin + 0.3)) / 2
            lit = [page.words[active_word(page, middle)] for page in shown if page.start <= middle < page.end]
            wrong, total = wrong + (lit != [word]), total + 1

    assert wrong <= 0.05 * total


def test_the_aligner_hears_when_speech_is_late(spoken: Spoken, aligner: Decoder) -> None:
    text = NARRATION[2]
    _, sound = spoken(text, 1.0)
    late = np.concatenate([np.zeros(RATE // 5, "<i2"), sound])

    moved = np.array(onsets(aligner, text, late)) - np.array(onsets(aligner, text, sound))

    assert np.median(moved) == pytest.approx(0.2, abs=0.02)
