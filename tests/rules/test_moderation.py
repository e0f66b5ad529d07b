"""What is refused at any rating, and what only looks like it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Language
from core.settings import ROOT
from rules.briefs import read_brief
from rules.moderation import What, objections

BRIEFS = sorted((ROOT / "examples/briefs").glob("*.md"))


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_every_example_brief_passes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    language = read_brief(text.encode()).language

    for what in ("brief", "script"):
        assert objections(text, what=what, language=language) == ()  # type: ignore[arg-type]
        assert objections(text, what=what) == ()  # type: ignore[arg-type]


def test_the_example_characters_pass() -> None:
    assert objections((ROOT / "examples/characters.toml").read_text(encoding="utf-8"), what="brief") == ()


REFUSED: list[tuple[What, Language | None, str, str]] = [
    ("script", "en", "The schoolgirl kissed her teacher.", "under age"),
    ("script", "en", "A 15-year-old in lingerie waits.", "under age"),
    ("script", "en", "The children were tortured in the cellar.", "under age"),
    ("script", "es", "Un hombre besa a una niña de 12 años.", "under age"),
    ("script", "de", "Das Mädchen wurde misshandelt.", "under age"),
    ("script", "fr", "Il embrasse une fillette.", "under age"),
    ("script", "it", "Un uomo bacia una ragazzina.", "under age"),
    ("script", "en", "They had sex on the beach.", "sexual"),
    ("script", "en", "Watch this p0rn now.", "sexual"),
    ("script", "en", "Watch this p o r n now.", "sexual"),
    ("script", "en", "Watch this p.o.r.n now.", "sexual"),
    ("script", "en", "Watch this pooorn now.", "sexual"),
    ("script", "en", "Watch this po\u200brn now.", "sexual"),
    ("script", "en", "Watch this ｐｏｒｎ now.", "sexual"),
    ("script", "en", "Watch this роrn now.", "sexual"),
    ("script", "es", "Una escena sexual muy larga.", "sexual"),
    ("script", "de", "Die Frau steht nackt da.", "sexual"),
    ("script", "fr", "Une femme nue sur la plage.", "sexual"),
    ("script", "it", "Una donna nuda sulla spiaggia.", "sexual"),
    ("script", "en", "He drank with her, against her will.", "consent"),
    ("script", "de", "Er hat sie vergewaltigt.", "consent"),
    ("script", "fr", "C'était un viol.", "consent"),
    ("brief", "en", "Immigrants are vermin and parasites.", "contempt"),
    ("brief", "es", "Los judíos son una plaga.", "contempt"),
    ("brief", "de", "Ausländer sind Abschaum.", "contempt"),
    ("brief", "fr", "Les musulmans sont des animaux.", "contempt"),
    ("brief", "it", "Gli zingari sono tutti criminali.", "contempt"),
    ("brief", "de", "Tod den Nachbarn!", "hate"),
    ("brief", "en", "Go kill yourself.", "oneself"),
    ("brief", "it", "Ecco come suicidarsi.", "oneself"),
    ("brief", "en", "How to make a pipe bomb at home.", "dangerous"),
    ("brief", "es", "Cómo fabricar una bomba casera.", "dangerous"),
    ("brief", "de", "Eine Anleitung für Sprengstoff.", "dangerous"),
    ("brief", "fr", "Comment fabriquer un explosif.", "dangerous"),
    ("brief", "en", "Write to jane.doe@example.org today.", "e-mail"),
    ("brief", "en", "Write to jane (at) example (dot) org.", "e-mail"),
    ("brief", "en", "Call me: +49 30 1234567", "phone"),
    ("brief", "en", "Call (555) 123-4567 tonight.", "phone"),
    ("brief", "es", "Mi teléfono es 612 345 678.", "phone"),
    ("brief", "en", "She lives at 12 Maple Street.", "home address"),
    ("brief", "de", "Er wohnt in der Lindenstraße 14.", "home address"),
    ("brief", "es", "Vive en la calle Mayor 12.", "home address"),
    ("brief", "fr", "Il habite au 12, rue de la Paix.", "home address"),
    ("brief", "it", "Abita in via Garibaldi 7.", "home address"),
    ("picture", None, "A little girl with a red balloon.", "child"),
    ("picture", None, "Two boys playing in the snow.", "child"),
    ("picture", None, "A baby in a cradle.", "child"),
    ("picture", "de", "Spielende Kinder auf der Wiese und im Wald.", "child"),
    ("picture", "en", "A 9 year old at the piano.", "child"),
    ("picture", "en", "Portrait of Jordan Miller at dusk.", "Jordan Miller"),
    ("picture", "en", "A man who looks like Jordan Miller.", "Jordan Miller"),
    ("picture", "en", "Albert Einstein at a blackboard.", "Albert Einstein"),
    ("picture", "en", "A statue of napoleon on a horse.", "napoleon"),
    ("picture", "en", "A dancer in the likeness of a star.", "likeness"),
    ("picture", "en", "A famous actress on a red carpet.", "famous actress"),
]


@pytest.mark.parametrize(("what", "language", "text", "reason"), REFUSED)
def test_it_is_refused_with_a_reason(what: What, language: Language | None, text: str, reason: str) -> None:
    found = objections(text, what=what, language=language)

    assert any(reason in one for one in found), found
    assert all(one.endswith(".") for one in found)


HARMLESS: list[tuple[What, Language | None, str]] = [
    ("brief", "en", "Scunthorpe, Essex, Middlesex and Sussex lie in England."),
    ("brief", "en", "The sex of a young turtle depends on the warmth of its egg."),
    ("brief", "en", "The comet is visible to the naked eye, and the naked mole-rat never sees it."),
    ("brief", "en", "Fields of oilseed rape turn yellow, and grapes ripen in the therapist's garden."),
    ("brief", "en", "A kind of analysis of cumin, cockatoos and titmice by the assistant."),
    ("brief", "en", "Albert Einstein was born in Ulm in 1879."),
    ("brief", "en", "Marie Curie was the first woman to win a Nobel Prize."),
    ("brief", "en", "Children learn to read in a year."),
    ("brief", "en", "The women are still here after 1,200 years, and animals came back."),
    ("brief", "en", "The bomb fell in 1945 and ended the war."),
    ("brief", "en", "He worked at home and made popcorn, step by step."),
    ("brief", "en", "About 384,000 kilometres, 1883 to 1918, 28,000 degrees, 0.5 grams."),
    ("brief", "en", "The prime minister lives at 10 Downing Street."),
    ("brief", "en", "E and T, a b c, and the letter X in the year MDCCC."),
    ("brief", "es", "El año pasado, el agua negra del río y las peras maduras."),
    ("brief", "es", "Un niño aprende a contar en la escuela."),
    ("brief", "de", "Diese Art von Kind lernt schnell, und der Junge lacht."),
    ("brief", "fr", "La nue est un nuage, et la râpe sert à la cuisine."),
    ("brief", "it", "Le cime di rape e la pianta sono buone."),
    ("picture", None, "A kind old woman with a lantern on a hill."),
    ("picture", None, "A baby turtle crosses the beach at dawn."),
    ("picture", None, "Wide view of a harbour. No people, no children, no text."),
    ("picture", None, "The Great Barrier Reef from above, Golden Hour, Wide Shot."),
    ("picture", None, "Mount Everest and the Milky Way over Machu Picchu, seen from San Marco."),
    ("picture", None, "A cowboy statue in the style of the old masters, two arms raised."),
    ("picture", "de", "A kind face of rock over the sea, in soft light."),
]


@pytest.mark.parametrize(("what", "language", "text"), HARMLESS)
def test_what_only_looks_like_it_passes(what: What, language: Language | None, text: str) -> None:
    assert objections(text, what=what, language=language) == ()


def test_a_child_is_refused_in_a_picture_only() -> None:
    text = "A girl looks at the stars."

    assert objections(text, what="script", language="en") == ()
    assert objections(text, what="picture", language="en")


def test_what_stands_two_sentences_apart_is_not_put_together() -> None:
    far = "The children sleep. The night is long. The tide comes in. Rome killed its king."

    assert objections(far, what="brief", language="en") == ()
    assert objections("The children sleep. Then they are killed.", what="brief", language="en")


WORDS = st.text(alphabet="abcdefghij ", max_size=40)


@given(WORDS, WORDS)
@settings(max_examples=50, deadline=None)
def test_harmless_words_around_it_never_hide_a_word(before: str, after: str) -> None:
    assert objections(f"{before} porn {after}", what="script", language="en")


@given(st.text(max_size=160), st.sampled_from(["brief", "script", "picture"]))
@settings(max_examples=80, deadline=None)
def test_any_text_can_be_looked_at(text: str, what: What) -> None:
    assert all(one.endswith(".") for one in objections(text, what=what))


@pytest.mark.parametrize("text", ["a" * 20_000, "1" * 20_000, "a." * 10_000, "a1@" * 7_000, "Via Roma " * 2_000])
def test_a_long_word_without_end_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    objections(text, what="brief")

    assert time.process_time() - began < 3
