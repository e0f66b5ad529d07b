"""Where and when the lines of a script play, read from their own words.

Kept apart from any writer: a language model that writes a script may use it too.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Generic, TypeVar

from core.models import Language, Mood, Place, Setting, TimeOfDay, Tone
from integrations.generation.scene_words import PLACE_WORDS, TIME_WORDS

Name = TypeVar("Name", bound=str)

SHORTEST_STEM, LONGEST_STEM = 3, 20
"""Letters of the stems in `scene_words`."""

DEFAULT_PLACES: tuple[Place, ...] = ("sky", "meadow", "mountains", "sea")
DARK_PLACES = frozenset({"space", "moon", "observatory"})
"""Places where the stars are out."""

TIMES: tuple[TimeOfDay, ...] = ("golden-hour", "day", "dusk", "night", "dawn")
DARK_TIMES: tuple[TimeOfDay, ...] = ("night", "dusk", "dawn")
NEXT_TO: dict[TimeOfDay, TimeOfDay] = {
    "night": "dusk",
    "dawn": "golden-hour",
    "day": "golden-hour",
    "golden-hour": "day",
    "dusk": "night",
}
"""The time that still suits a line whose own time the scene before has already."""

MOODS: dict[Tone, tuple[Mood, ...]] = {
    "curious": ("mysterious", "bright", "lively"),
    "warm": ("cosy", "bright", "serene"),
    "playful": ("lively", "bright", "cosy"),
    "calm": ("serene", "cosy", "bright"),
    "dramatic": ("epic", "mysterious", "lively"),
}


def choose_settings(
    texts: Sequence[str],
    language: Language,
    tone: Tone,
    *,
    places: Sequence[Place] = (),
    title: str = "",
    turn: int = 0,
) -> tuple[Setting, ...]:
    """Give every line a setting: by its own words, else by the given places, the title, or the other lines.

    Scenes that follow each other differ wherever the words allow. `turn` says at which time of day
    the variation begins.
    """
    found = [_given_first(places_in(text, language), places) for text in texts]
    spare = tuple(places) or places_in(title, language) or _all_of(found) or DEFAULT_PLACES
    settings: list[Setting] = []
    for index, text in enumerate(texts):
        before = settings[-1] if settings else None
        own_time = time_in(text, language)
        place, time = _place_and_time(found[index], _from(spare, index), own_time, before, turn + index)
        settings.append(Setting(place=place, time=time, mood=MOODS[tone][index % len(MOODS[tone])]))
    return tuple(settings)


def places_in(text: str, language: Language) -> tuple[Place, ...]:
    """Return the places that the words of a text tell of, the one with most words first."""
    return _places(language).named_in(text)


def time_in(text: str, language: Language) -> TimeOfDay | None:
    """Return the time of day that the words of a text tell of, or None."""
    return next(iter(_times(language).named_in(text)), None)


def _place_and_time(
    found: Sequence[Place], spare: Sequence[Place], own_time: TimeOfDay | None, before: Setting | None, turn: int
) -> tuple[Place, TimeOfDay]:
    if found:
        candidates = [*found, *spare]
    else:  # no place of its own: rather somewhere new
        candidates = sorted(spare, key=lambda place: before is not None and place == before.place)
    place = candidates[0]
    if own_time is None:
        cycle = DARK_TIMES if place in DARK_PLACES else TIMES
        time = next(time for time in (*cycle[turn % len(cycle) :], *cycle) if before is None or time != before.time)
        return place, time
    if before is not None and (place, own_time) == (before.place, before.time):
        other = next((place for place in candidates if place != before.place), None)
        return (other, own_time) if other else (place, NEXT_TO[own_time])
    return place, own_time


def _given_first(found: Sequence[Place], given: Sequence[Place]) -> tuple[Place, ...]:
    """Put places that the brief names too before others: they are less likely meant as a comparison."""
    return tuple(sorted(found, key=lambda place: place not in given))


def _from(places: Sequence[Place], index: int) -> tuple[Place, ...]:
    """Turn places round so that number `index`, counted on past the last, comes first."""
    start = index % len(places)
    return (*places[start:], *places[:start])


def _all_of(found: Sequence[Sequence[Place]]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(place for places in found for place in places))


@dataclass(frozen=True)
class Index(Generic[Name]):
    """What words mean: whole words (and pairs joined by '_'), and stems."""

    whole: dict[str, Name]
    stems: dict[str, Name]

    def named_in(self, text: str) -> tuple[Name, ...]:
        """Return what a text names, most often named first; first mention decides between equals."""
        words = _words(text)
        named = [
            self.whole.get(f"{word}_{after}") or self.whole.get(word) or self.by_stem(word)
            for word, after in zip_longest(words, words[1:])
        ]
        return tuple(name for name, _ in Counter(name for name in named if name is not None).most_common())

    def by_stem(self, word: str) -> Name | None:
        """Return what the longest stem at the start of a word means."""
        lengths = range(min(len(word), LONGEST_STEM), SHORTEST_STEM - 1, -1)
        return next((self.stems[word[:length]] for length in lengths if word[:length] in self.stems), None)


@cache
def _places(language: Language) -> Index[Place]:
    return _index(PLACE_WORDS[language])


@cache
def _times(language: Language) -> Index[TimeOfDay]:
    return _index(TIME_WORDS[language])


def _index(data: Mapping[Name, str]) -> Index[Name]:
    entries = [(word, name) for name, words in data.items() for word in words.split()]
    return Index(
        whole={word: name for word, name in entries if not word.endswith("*")},
        stems={word.removesuffix("*"): name for word, name in entries if word.endswith("*")},
    )


def _words(text: str) -> list[str]:
    """Split into words of small letters without accents: 'Élan, l'ÉTÉ' gives ['elan', 'l', 'ete']."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.findall(r"[^\W_]+", bare.casefold())
