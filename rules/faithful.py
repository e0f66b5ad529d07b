"""Whether a line says more than the brief does: numbers, names, superlatives, absolutes, negations, opposites, units.

These are rules of thumb over words, made to let honest paraphrases through and to stop what changes a fact. They do
not understand a sentence: a claim made of the fact's own words ('the forest feeds the desert') passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from core.models import Brief, Language
from rules import claim_words
from rules.claim_names import new_names
from rules.numerals import Number, is_among, numbers_in, values_in
from rules.wording import STOP_WORDS, bare, content_stems, is_content, sentences_of, stem, words_of

REACH = 2
"""Words with a meaning that a negation reaches: 'has no bones', 'does not taste sweet'."""

LEAST_SHARED = 0.2
"""Share of the shorter one's words that a beat and its fact must have in common."""

FOREIGN_WORDS = 5
"""A sentence with so many words that mean something, none of them from the brief, tells something else."""

NEAR = 24
"""Characters before a number in which 'more than' may stand."""

CLAUSE_END = re.compile(r"[.,;:!?…()—–]+")


def additions(text: str, fact: str, brief: Brief) -> tuple[str, ...]:
    """Say, one sentence each, what a beat says that its fact does not; nothing when it is faithful.

    A comparison turned round ('the Sun is cooler' for 'lightning is hotter') is taken for its opposite. Where the brief
    allows research, only what contradicts the fact is named.
    """
    language, known = brief.language, _context(fact, brief)
    contradictions = [
        *_directions(text, fact, language),
        *_units(text, fact, language),
        *_negations(text, fact, language),
        *_opposites(text, fact, language),
    ]
    if brief.research:
        return (*_replaced_numbers(text, fact, language), *contradictions)
    return (
        *_new_numbers(text, known, language),
        *contradictions,
        *_new_names(text, brief),
        *_new_superlatives(text, _everything(brief), language),
        *_new_absolutes(text, known, language),
        *_off_topic(text, fact, language),
        *_foreign_sentences(text, brief),
    )


def inventions(text: str, brief: Brief) -> tuple[str, ...]:
    """Say what a hook, a title or a caption claims that nothing in the brief supports; questions claim nothing."""
    if brief.research:
        return ()
    known = _everything(brief)
    return (
        *_new_numbers(text, known, brief.language),
        *_new_names(text, brief),
        *_new_superlatives(text, known, brief.language),
        *_new_absolutes(text, known, brief.language),
    )


def _context(fact: str, brief: Brief) -> str:
    return "\n".join((fact, brief.title, brief.hook or "", brief.closing or ""))


def _everything(brief: Brief) -> str:
    return "\n".join((*(fact.text for fact in brief.facts), _context("", brief), *brief.sources))


def _new_numbers(text: str, known: str, language: Language) -> Iterator[str]:
    allowed = values_in(known, language)
    for number in numbers_in(text, language):
        if not is_among(number, allowed):
            yield f"It says '{number.text}', a number that the brief does not give here."


def _replaced_numbers(text: str, fact: str, language: Language) -> Iterator[str]:
    allowed, said = values_in(fact, language), numbers_in(text, language)
    if allowed and said and not any(is_among(number, allowed) for number in said):
        yield f"It says '{said[0].text}' where its fact gives another number."


def _pairs(text: str, fact: str, language: Language) -> Iterator[tuple[Number, list[Number]]]:
    """Put every number of the text beside the same numbers of the fact."""
    told = numbers_in(fact, language)
    for number in numbers_in(text, language):
        same = [other for other in told if is_among(number, other.values)]
        if same:
            yield number, same


def _directions(text: str, fact: str, language: Language) -> Iterator[str]:
    for number, same in _pairs(text, fact, language):
        mine = _direction(text, number, language)
        theirs = {_direction(fact, other, language) for other in same}
        if mine and theirs == {-mine}:
            yield f"It says '{'more' if mine > 0 else 'less'} than {number.text}', and its fact says the opposite."


def _direction(text: str, number: Number, language: Language) -> int:
    """Return 1 when a number is said to be exceeded, -1 when it is not reached, else 0."""
    before = bare(text[max(0, number.start - NEAR) : number.start])
    for sign, phrases in ((1, claim_words.MORE_THAN[language]), (-1, claim_words.LESS_THAN[language])):
        if re.search(rf"\b(?:{phrases})\s*(?:\w+\s+)?$", before):
            return sign
    return 0


def _units(text: str, fact: str, language: Language) -> Iterator[str]:
    for number, same in _pairs(text, fact, language):
        mine = _unit(text, number, language)
        theirs = {_unit(fact, other, language) for other in same} - {""}
        if mine and theirs and mine not in theirs:
            yield f"It measures {number.text} in another unit than its fact does."


def _unit(text: str, number: Number, language: Language) -> str:
    """Return the short name of the unit that follows a number, or nothing."""
    following = words_of(text[number.end : number.end + 2 * NEAR])[:2]
    return next((unit for word in following if (unit := _unit_of(bare(word), language))), "")


@cache
def _unit_of(word: str, language: Language) -> str:
    for entry in claim_words.UNITS[language].split():
        unit, forms = entry.split(":")
        if any(_fits(word, form) for form in forms.split("|")):
            return unit
    return ""


def _fits(word: str, form: str) -> bool:
    return word.startswith(form[:-1]) if form.endswith("*") else word == form


def _negations(text: str, fact: str, language: Language) -> Iterator[str]:
    """Find what the text denies and the fact says, and the other way round."""
    denied, said = _denied_and_said(_stated(text), language)
    fact_denied, fact_said = _denied_and_said(fact, language)
    for word in sorted((denied - said) & (fact_said - fact_denied)):
        yield f"It denies what its fact says about '{_word_of(text, word)}'."
    for word in sorted((fact_denied - fact_said) & (said - denied)):
        yield f"It says what its fact denies about '{_word_of(text, word)}'."


def _denied_and_said(text: str, language: Language) -> tuple[set[str], set[str]]:
    """Return the stems that stand under a negation, and the others."""
    plain = re.sub(rf"\b(?:{claim_words.NOT_QUITE_NEGATIONS[language]})\b", " ", bare(text))
    plain = re.sub(rf"\b(?:{claim_words.BUTS[language]})\b", ".", plain)
    denied: set[str] = set()
    said: set[str] = set()
    for clause in CLAUSE_END.split(plain):
        told = re.split(rf"\b(?:{claim_words.INSTEAD[language]})\b", clause)[0]
        clause_denied, clause_said = _split_clause(words_of(told), language)
        denied |= clause_denied
        said |= clause_said
    return denied, said


def _split_clause(words: list[str], language: Language) -> tuple[set[str], set[str]]:
    negators = claim_words.NEGATORS[language].split()
    meant = [(place, stem(word)) for place, word in enumerate(words) if _means(word, language)]
    denied = {stem(word.removesuffix("less")) for word in words if language == "en" and word.endswith("less")}
    for place, word in enumerate(words):
        if word in negators or word.endswith("n't"):
            after = [name for where, name in meant if where > place][:REACH]
            before = [name for where, name in meant if where < place][-REACH:]
            verb = before[-1:] if language == "fr" and word == "pas" and {"ne", "n"} & {*words} else []
            denied.update(verb or after or (before if language == "de" else []))
    return denied, {name for _, name in meant} - denied


def _means(word: str, language: Language) -> bool:
    is_small = word in _bare_stop_words(language) or word.endswith("n't")
    return is_content(word, language) and not is_small and not _unit_of(word, language)


@cache
def _bare_stop_words(language: Language) -> frozenset[str]:
    return frozenset(map(bare, STOP_WORDS[language]))


def _opposites(text: str, fact: str, language: Language) -> Iterator[str]:
    said, told = ([bare(word) for word in words_of(part)] for part in (_stated(text), fact))
    for pair in claim_words.OPPOSITES[language].split():
        left, right = (side.split("|") for side in pair.split("/"))
        for mine, other in ((left, right), (right, left)):
            found = _first_of(said, mine)
            if found and _first_of(told, other) and not _first_of(told, mine) and not _first_of(said, other):
                yield f"It says '{found}', the opposite of what its fact says."


def _first_of(words: Iterable[str], forms: list[str]) -> str:
    return next((word for word in words if any(_fits(word, form) for form in forms)), "")


def _new_names(text: str, brief: Brief) -> Iterator[str]:
    everything = f"{_everything(brief)} {brief.character.replace('-', ' ').title()}"
    for name in new_names(text, everything, brief.language):
        yield f"It names '{name}', which the brief does not."


def _new_superlatives(text: str, known: str, language: Language) -> Iterator[str]:
    if re.search(rf"\b(?:{claim_words.THAN_ANY_OTHER[language]})\b", bare(known)):
        return
    allowed = {degree for degree, _ in _superlatives(known, language)}
    for degree, phrase in _superlatives(_stated(text), language):
        if degree not in allowed:
            yield f"It says '{phrase}', which the brief does not claim."


def _superlatives(text: str, language: Language) -> Iterator[tuple[str, str]]:
    for found in re.finditer(rf"\b(?:{claim_words.SUPERLATIVES[language]})\b", bare(text)):
        word = next(group for group in found.groups() if group)
        degree = re.sub(r"[aeio]?s?$", "", word)[:5] if language in ("es", "fr", "it") else word
        yield claim_words.SAME_DEGREE.get(word, claim_words.SAME_DEGREE.get(degree, degree)), found.group()


def _new_absolutes(text: str, known: str, language: Language) -> Iterator[str]:
    said, told = (_without_almost(bare(part), language) for part in (_stated(text), known))
    for absolute in claim_words.ABSOLUTES[language]:
        found = re.search(rf"\b(?:{absolute.claim})\b", said)
        if found and not re.search(rf"\b(?:{absolute.allowed_by})\b", told):
            yield f"It says '{found.group()}', which the brief does not claim."


def _without_almost(text: str, language: Language) -> str:
    return re.sub(rf"\b(?:{claim_words.ALMOST[language]}) \w+", " ", text)


def _off_topic(text: str, fact: str, language: Language) -> Iterator[str]:
    mine, theirs = set(content_stems(text, language)), set(content_stems(fact, language))
    shared = sum(any(_alike(word, other) for other in theirs) for word in mine)
    shared += sum(1 for _ in _pairs(text, fact, language))
    if theirs and shared < max(1.0, LEAST_SHARED * min(len(mine), len(theirs))):
        yield "It has too little in common with the fact it should tell."


def _alike(word: str, other: str) -> bool:
    shorter, longer = sorted((word, other), key=len)
    return word == other or (len(shorter) >= 4 and longer.startswith(shorter))


def _foreign_sentences(text: str, brief: Brief) -> Iterator[str]:
    known = set(content_stems(_everything(brief), brief.language))
    for sentence in sentences_of(_stated(text)):
        mine = content_stems(sentence, brief.language)
        if len(mine) >= FOREIGN_WORDS and not any(_alike(word, other) for word in mine for other in known):
            yield f"The sentence '{sentence}' tells something that is not in the brief."


def _stated(text: str) -> str:
    """Leave out the questions: they claim nothing."""
    return " ".join(sentence for sentence in sentences_of(text) if not sentence.rstrip("\"'”’»)] ").endswith("?"))


def _word_of(text: str, name: str) -> str:
    return next((word for word in words_of(text) if stem(word) == name), name)
