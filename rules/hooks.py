"""How good the first line of a reel is: the line that decides whether anybody stays for the second.

Every rule looks at one thing and says how well it is met, from 0 to 1; a score is their weighted mean. Nothing is
left to chance, so that the same hooks always give the same choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from core.models import Brief
from rules.hook_words import ANNOUNCEMENTS, CLICHES, CONTRASTS, WEAK_OPENINGS
from rules.numerals import numbers_in
from rules.wording import bare, content_stems, words_of

FEWEST_WORDS, MOST_WORDS = 4, 12
"""Fewer say nothing, more take longer than the three seconds in which a viewer decides."""

GIVEN_AWAY = 0.8
"""The share of a fact's words from which on a hook has told it."""

Rule = Callable[[str, Brief], float]


def score(hook: str, brief: Brief) -> float:
    """Say how strong a hook is, from 0 to 1, by the weighted rules in RULES."""
    total = sum(weight for _, weight in RULES)
    return sum(rule(hook, brief) * weight for rule, weight in RULES) / total if words_of(hook) else 0.0


def best(hooks: Sequence[str], brief: Brief) -> int:
    """Return the place of the strongest hook; between equals the first one wins."""
    return max(range(len(hooks)), key=lambda place: (score(hooks[place], brief), -place))


def is_short(hook: str, brief: Brief) -> float:
    """Want 4 to 12 words; each word beyond costs a quarter."""
    count = len(words_of(hook))
    return max(0.0, 1 - 0.25 * max(0, FEWEST_WORDS - count, count - MOST_WORDS))


def is_concrete(hook: str, brief: Brief) -> float:
    """Want a number, or a word of the brief, so that the viewer sees something; both is best."""
    told = {*content_stems(" ".join((brief.title, *(fact.text for fact in brief.facts))), brief.language)}
    has_word = any(stem in told for stem in content_stems(hook, brief.language))
    return min(1.0, 0.7 * has_word + 0.5 * bool(numbers_in(hook, brief.language)))


def opens_a_gap(hook: str, brief: Brief) -> float:
    """Want a question or a contrast ('but', 'without', 'than'): something is left open that wants to be closed."""
    return 1.0 if "?" in hook or _has(CONTRASTS[brief.language], hook) else 0.0


def is_no_cliche(hook: str, brief: Brief) -> float:
    """Want no phrase that promises and says nothing: 'you won't believe', 'this one trick'."""
    return 0.0 if _has(CLICHES[brief.language], hook) else 1.0


def begins_at_once(hook: str, brief: Brief) -> float:
    """Want no announcement of the reel, such as 'In this video', and no greeting."""
    return 0.0 if _has(ANNOUNCEMENTS[brief.language], hook) else 1.0


def keeps_the_answer(hook: str, brief: Brief) -> float:
    """Want no whole fact told already: then nothing is left to stay for."""
    said = {*content_stems(hook, brief.language)}
    facts = ({*content_stems(fact.text, brief.language)} for fact in brief.facts)
    return 0.0 if any(fact and len(fact & said) >= GIVEN_AWAY * len(fact) for fact in facts) else 1.0


def starts_strong(hook: str, brief: Brief) -> float:
    """Want first words that name something or ask; 'so', 'there is' and the like waste them."""
    return 0.0 if re.match(rf"\W*(?:{WEAK_OPENINGS[brief.language]})\b", bare(hook)) else 1.0


RULES: tuple[tuple[Rule, float], ...] = (
    (is_short, 2),
    (is_concrete, 3),
    (opens_a_gap, 2),
    (is_no_cliche, 2),
    (begins_at_once, 3),
    (keeps_the_answer, 2),
    (starts_strong, 1),
)
"""The rules and how much each counts."""


def _has(pattern: str, hook: str) -> bool:
    return bool(re.search(rf"\b(?:{pattern})\b", bare(hook).replace("’", "'")))
