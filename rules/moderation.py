"""What is never told or shown, at any rating: the factory makes reels for a general audience.

Rules over words and patterns, in five languages, as a gate beside what models and services refuse themselves. They
are made to be hard to slip past by spelling and quiet about harmless words; they understand neither irony nor
pictures.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from core.models import Language
from rules.wording import LANGUAGES, bare, language_of, sentences_of

What = Literal["brief", "script", "picture"]

WORDS_FILE = Path(__file__).with_name("moderation_words.toml")

ADULT = 18
GROUP_REACH = 60
"""Characters between a group of people and what is said of it, within one part of a sentence."""

LOOKALIKES = str.maketrans("асеіорхуѕАСЕОРХ", "aceiopxysACEOPX")
"""Cyrillic letters that look like Latin ones."""

LEET = str.maketrans("013457@$!", "oieastasi")
"""Digits and signs that stand for letters, in words that hold letters too."""

LEET_WORD = re.compile(r"(?<![\w@$!])(?=[\w@$!]*[^\W\d_])(?=[\w@$!]*[\d@$!])[\w@$!]*[\w@$]")
SPACED_LETTERS = re.compile(r"(?<!\w)[^\W\d_]([ .\-_*])[^\W\d_](?:\1[^\W\d_])+(?!\w)")
REPEATED = re.compile(r"(\w)\1{2,}")
PAGE = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)

EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|[(\[]at[)\]])\s?[\w-]+\s?(?:\.|[(\[]dot[)\]])\s?[a-z]{2,}", re.IGNORECASE
)
PHONE = re.compile(
    r"\+\d[\d\s().-]{7,}\d"
    r"|(?<![\d.,])\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}(?!\d)"
    r"|(?<![\d.,])0\d{2,4}[ /-]\d{5,}(?!\d)"
    r"|\b(?:tel|phone|call|text|whatsapp|telefon|tel[eé]fono|t[eé]l[eé]phone|telefono|llama|ruf)\b"
    r"\W{0,3}(?:\w+\W{1,2}){0,3}\d(?:[\s.-]?\d){6,}",
    re.IGNORECASE,
)
HOME = re.compile(
    r"\b\d{1,5}[a-z]? (?:[A-Z]\w+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Boulevard|Court|Crescent)\b"
    r"|\b[A-ZÄÖÜ]\w+(?:straße|strasse|gasse|allee) \d{1,4}\b"
    r"|\b(?:[Cc]alle|[Aa]venida) [^\W\d][\w ]{2,40}?,? \d{1,4}\b"
    r"|\b\d{1,4},? (?:rue|avenue|boulevard) (?:de |du |des |d')?\w+"
    r"|\b[Vv]ia (?:[A-Z]\w+ ?){1,3},? \d{1,4}\b"
)
AGE = re.compile(
    r"\b(?:(\d{1,2})[- ]?(?:years?[- ]old|yo|jahrige\w*|jahre alt)|aged (\d{1,2})|d[ei] (\d{1,2}) (?:anos|ans|anni))\b"
)
NOT_SHOWN = re.compile(
    r"\b(?:no|not|without|never|sin|ohne|kein\w*|sans|pas de|senza|nessun\w*) (?:any |real )?[\w-]+"
    r"(?:,? (?:no|or|and|o|oder|ou) [\w-]+)*",
    re.IGNORECASE,
)
"""'No children, no text': what a picture prompt leaves out."""

BABY = re.compile(r"\bbab(?:y|ies)\b(?=[.,;!?]|$| (?:in|on|with|and|at|is|are|of|who|that|sleep|cry|smil))")
"""A baby of somebody, not a baby turtle."""

PERSON = re.compile(r"\b([A-ZÀ-Ý][\w'’-]+) (?:(?:von|van|de|da|di|del|der|la|le) )?[A-ZÀ-Ý][\w'’-]+")
LIKE_PERSON = re.compile(
    r"\b(?i:portrait of|looks? (?:exactly )?like|resembl(?:es?|ing)|played by|face of|retrato de|se parece a"
    r"|porträt von|sieht aus wie|portrait de|ressemble à|ritratto di|somiglia a) ([A-ZÀ-Ý][\w'’-]+ [A-ZÀ-Ý][\w'’-]+)"
)
SAYS_OF_GROUP = re.compile(
    r"\s*(?:\w+ )?(?:are|is|should|must|deserve|don't|do not|son|deben|merecen|sind|sollen|mussen|gehoren|sont|doivent"
    r"|meritent|sono|devono|meritano)\b"
)

REASONS = {
    "sexual": "It has sexual content ('{term}'); the reels are for a general audience.",
    "consent": "It tells of something done to a person without consent ('{term}'); leave it out.",
    "slur": "It insults people with '{term}'; leave it out.",
    "hate": "It calls for hate ('{term}'); leave it out.",
    "self_harm": "It speaks of hurting oneself ('{term}'); leave it out.",
}
"""Kinds of terms that are refused wherever they stand."""


def objections(text: str, *, what: What, language: Language | None = None) -> tuple[str, ...]:
    """Say, one sentence for each reason, why a text may not be used; nothing when it may.

    Without a language it is guessed, and in doubt the words of all five are looked for. Picture prompts are looked at
    in English too, and may not show children or real persons.
    """
    clean, tables = _cleaned(text), _tables(text, what, language)
    checks = [_minors, _refused_terms, _hate, _weapons]
    if what == "picture":
        checks.append(_children_shown)
    found = [reason for reading in _readings(clean) for check in checks for reason in check(reading, tables)]
    if what == "picture":
        found += _persons(clean, tables)
    return tuple(dict.fromkeys([*found, *_personal_data(clean)]))


def _tables(text: str, what: What, language: Language | None) -> tuple[str, ...]:
    """Return whose words to look for; those of a language that is not spoken here would only be false friends."""
    guessed = language_of(text)
    if what == "picture":
        return tuple(dict.fromkeys(("any", "en", guessed or language or "en")))
    named = language or guessed
    return ("any", named) if named else ("any", *LANGUAGES)


def _cleaned(text: str) -> str:
    """Undo what hides words: compatibility forms, invisible characters, look-alike letters; leave out addresses."""
    visible = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return PAGE.sub(" ", visible.translate(LOOKALIKES))


def _readings(clean: str) -> tuple[str, ...]:
    """Return the ways a text may be read: as it stands, and with digits and spaced letters made into words."""
    plain = bare(clean).replace("’", "'")
    joined = SPACED_LETTERS.sub(lambda found: found.group().replace(found.group(1), ""), plain)
    spelled = LEET_WORD.sub(lambda found: found.group().translate(LEET), joined)
    harmless = _pattern(tuple(_words()["harmless"]))
    return tuple(dict.fromkeys(harmless.sub(" ", reading) for reading in (plain, REPEATED.sub(r"\1", spelled))))


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(WORDS_FILE.read_text(encoding="utf-8"))


@cache
def _kind(kind: str, tables: tuple[str, ...]) -> re.Pattern[str]:
    return _pattern(tuple(term for name in tables for term in _words()[kind].get(name, ())))


@cache
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    parts = (re.escape(term).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for term in terms)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts) or '(?!)'})(?!\w)")


def _found(kind: str, text: str, tables: tuple[str, ...]) -> list[str]:
    """Return the terms of a kind that stand in a text."""
    return [found.group() for found in _kind(kind, tables).finditer(text)]


def _minors(text: str, tables: tuple[str, ...]) -> Iterator[str]:
    """Refuse whoever is under age beside anything sexual, romantic or violent, in one sentence or in the next."""
    for pair in pairwise([*sentences_of(text), ""]):
        together = " ".join(pair)
        young = [*_found("child", together, tables), *_young_ages(together)]
        for kind in ("sexual", "romantic", "harm") if young else ():
            for term in _found(kind, together, tables):
                yield f"It brings somebody under age ('{young[0]}') together with '{term}'; leave both out."


def _young_ages(text: str) -> Iterator[str]:
    for found in AGE.finditer(text):
        if int(next(filter(None, found.groups()))) < ADULT:
            yield found.group()


def _refused_terms(text: str, tables: tuple[str, ...]) -> Iterator[str]:
    for kind, reason in REASONS.items():
        yield from (reason.format(term=term) for term in _found(kind, text, tables))


def _hate(text: str, tables: tuple[str, ...]) -> Iterator[str]:
    for sentence in sentences_of(text):
        for group in _kind("group", tables).finditer(sentence):
            after = re.split(r"[,;:]", sentence[group.end() : group.end() + GROUP_REACH])[0]
            for term in _found("contempt", after, tables) if SAYS_OF_GROUP.match(after) else ():
                yield f"It shows contempt for a group of people ('{group.group()} ... {term}'); leave it out."


def _weapons(text: str, tables: tuple[str, ...]) -> Iterator[str]:
    for sentence in sentences_of(text):
        cues = _found("instruction", sentence, tables)
        for term in _found("weapon", sentence, tables) if cues else ():
            yield f"It tells how to get or make something dangerous ('{cues[0]} ... {term}'); leave it out."


def _children_shown(text: str, tables: tuple[str, ...]) -> Iterator[str]:
    shown = NOT_SHOWN.sub(" ", text)
    babies = (found.group() for found in BABY.finditer(shown))
    for term in (*_found("child", shown, tables), *babies, *_young_ages(shown)):
        yield f"The picture shows a child ('{term}'); show adults, animals or things."


def _persons(clean: str, tables: tuple[str, ...]) -> Iterator[str]:
    """Refuse real people in pictures: well-known names, a common given name with a surname, 'looks like A B'."""
    plain, given = bare(clean), _kind("given_name", ("any",))
    names = [found.group() for found in PERSON.finditer(clean) if given.fullmatch(bare(found.group(1)))]
    names += [found.group(1) for found in LIKE_PERSON.finditer(clean)]
    for name in (*names, *_found("known_person", plain, tables), *_found("likeness", plain, tables)):
        yield f"The picture shows or names a real person ('{name}'); describe somebody invented, without a name."


def _personal_data(clean: str) -> Iterable[str]:
    kept = re.sub(_pattern(tuple(_words()["harmless"])).pattern, " ", clean, flags=re.IGNORECASE)
    kinds = (("an e-mail address", EMAIL), ("a phone number", PHONE), ("a home address", HOME))
    return [f"It holds {kind}; leave personal data out." for kind, pattern in kinds if pattern.search(kept)]
