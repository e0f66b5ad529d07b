"""Names that a text brings in: words that look like names and are nowhere in what is known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.models import Language
from rules import claim_words
from rules.number_tokens import is_roman
from rules.wording import STOP_WORDS, bare, sentences_of

NAME_WORD = re.compile(r"[^\W\d_]+")
OPENS_SENTENCE = re.compile(r"(?:^|[:.!?…¿¡\"“„«‘(—–])\s*$")


def new_names(text: str, everything: str, language: Language) -> Iterator[str]:
    """Find the names of a text that are neither in `everything` nor a form of a name there."""
    known = {bare(word) for word in NAME_WORD.findall(everything)}
    large = {bare(word) for word in NAME_WORD.findall(everything) if word[0].isupper()}
    for name in _names_in(text, language):
        if bare(name) not in known and not any(_is_form_of(bare(name), other) for other in large):
            yield name


def _names_in(text: str, language: Language) -> Iterator[str]:
    """Find words that look like names: written large inside a sentence, or known everywhere.

    German writes all nouns large; there a name is one that is well known, or two such words in a row.
    """
    well_known = set(claim_words.WELL_KNOWN_NAMES.split())
    common = set(claim_words.COMMON_CAPITALS[language].split()) | STOP_WORDS[language]
    for sentence in sentences_of(text):
        before: str | None = None
        for found in NAME_WORD.finditer(sentence):
            word = found.group()
            opens = bool(OPENS_SENTENCE.search(sentence[: found.start()]))
            is_large = word[0].isupper() and len(word) > 1 and not is_roman(word) and word.casefold() not in common
            in_row = before is not None and sentence[: found.start()].endswith(f"{before} ")
            if is_large and (word.casefold() in well_known or (not opens and (language != "de" or in_row))):
                yield word
            before = word if is_large and not opens and word.casefold() not in claim_words.MEASURES.split() else None


def _is_form_of(name: str, other: str) -> bool:
    """Say whether two names are one with another ending: 'Alexandrian' and 'Alexandria', but not two countries."""
    length = max(4, max(len(name), len(other)) - 3)
    return min(len(name), len(other)) >= length and name[:length] == other[:length]
