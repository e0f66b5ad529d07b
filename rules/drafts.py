"""What a language model handed in: examined, and turned into a script."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from core.models import Brief, Character, Draft, DraftLine, Language, Line, Role, Script, Setting
from core.posts import MOST_HASHTAGS, caption_of, hashtags_of
from core.speaking_rate import ESTIMATE_ERROR, LETTERS_PER_SECOND, reel_seconds, spoken_seconds
from core.text import tidy
from rules import hooks
from rules.faithful import additions, inventions
from rules.moderation import NOT_SHOWN, objections
from rules.wording import language_of, sentences_of, words_of

HOOK_SECONDS = 3.0
"""The time in which a viewer decides to stay."""

SHORTEST_REPEAT = 3
"""Words of a sentence that may not come twice; shorter ones are exclamations."""

LANGUAGE_NAMES: dict[Language, str] = {
    "en": "English",
    "es": "Spanish",
    "de": "German",
    "fr": "French",
    "it": "Italian",
}
MARKUP = re.compile(r"[*_#`~|<>{}\[\]\\]|^\s*[-•]\s")
PAGE = re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:com|org|net|io|info|de|es|fr|it)\b")
DIRECTION = re.compile(
    r"[\[(*](?:\w+ ){0,2}(?:pause\w*|pausa|laugh\w*|chuckl\w*|sigh\w*|whisper\w*|music\w*|sound\w*|sfx|beat|cut to"
    r"|risa\w*|ríe|susurr\w*|música|lacht|seufzt|flüster\w*|musik|rit|rire\w*|soupir\w*|chuchot\w*|musique|ride|sospir\w*"
    r"|sussurr\w*|musica)[^\])*]*[\])*]",
    re.IGNORECASE,
)
SPEAKER = re.compile(
    r"^\s*(?:narrator|voice ?over|speaker|host|erzähler|narrador|narrateur|narratore)\s*:", re.IGNORECASE
)
WRITING = re.compile(
    r"\b(?:text|captions?|subtitles?|lettering|typography|watermark|logos?|speech bubbles?|title card|infographic"
    r"|(?:that|which) (?:says|reads)|saying)\b|[\"“][^\"”]{2,}[\"”]",
    re.IGNORECASE,
)
TAG = re.compile(r"(?=.*[^\W\d_])[^\W_]{2,30}")
FIRST_PICTOGRAM = 0x2190
"""Signs of category So from here on are pictograms and emoji; below it are '°' and '©'."""


def problems(
    draft: Draft,
    brief: Brief,
    character: Character,
    seconds: tuple[int, int],
    letters_per_second: float | None = None,
) -> tuple[str, ...]:
    """Say everything that is wrong with a draft, each in a sentence that its writer can act on.

    The length is estimated by the measured rate of the voice where one is given.
    """
    rate = rate_of(brief, character, letters_per_second)
    found = (
        _facts_told(draft, brief),
        _additions(draft, brief),
        _length(draft, brief, seconds, rate),
        _hook_lengths(draft, brief, rate),
        _languages(draft, brief),
        _repeats(draft, brief),
        _wording(draft, character),
        _pictures(draft),
        _tags(draft),
        _moderated(draft, brief, character),
    )
    return tuple(dict.fromkeys(problem for part in found for problem in part))


def rate_of(brief: Brief, character: Character, letters_per_second: float | None) -> float:
    """Return the letters that a character speaks in a second: as measured, or as usual at the speed of its voice."""
    return letters_per_second or LETTERS_PER_SECOND[brief.language] * character.voice.speed


def to_script(draft: Draft, brief: Brief, character: Character) -> Script:
    """Put a draft together with its best hook. Hook and closing of the brief come before the draft's own."""
    hook, closing = _hook_of(draft, brief), draft.call_to_action
    told = [brief.facts[number - 1] for number in _fact_numbers(draft, brief)]
    return Script(
        title=tidy(draft.title),
        language=brief.language,
        lines=(
            _line("hook", hook, brief, brief.hook),
            *(_line("beat", beat, brief) for beat in draft.beats),
            _line("closing", closing, brief, brief.closing),
        ),
        caption=caption_of(brief, told, (tidy(draft.caption),), character.name),
        hashtags=hashtags_of(brief, draft.hashtags),
    )


def _line(role: Role, line: DraftLine, brief: Brief, wished: str | None = None) -> Line:
    is_told = role == "beat" and line.fact is not None and 1 <= line.fact <= len(brief.facts)
    return Line(
        role=role,
        text=tidy(wished or "") or tidy(line.text),
        setting=Setting(place=line.place, time=line.time, mood=line.mood),
        fact=line.fact - 1 if is_told and line.fact is not None else None,
        picture=line.picture,
        motion=line.motion,
    )


def _hook_of(draft: Draft, brief: Brief) -> DraftLine:
    return draft.hooks[hooks.best([hook.text for hook in draft.hooks], brief)]


def _spoken(draft: Draft, brief: Brief) -> list[str]:
    hook = tidy(brief.hook or "") or _hook_of(draft, brief).text
    return [hook, *(beat.text for beat in draft.beats), tidy(brief.closing or "") or draft.call_to_action.text]


def _named_lines(draft: Draft) -> Iterator[tuple[str, DraftLine]]:
    yield from ((f"Hook {number}", hook) for number, hook in enumerate(draft.hooks, start=1))
    yield from ((f"Beat {number}", beat) for number, beat in enumerate(draft.beats, start=1))
    yield "The call to action", draft.call_to_action


def _named_texts(draft: Draft) -> Iterator[tuple[str, str]]:
    yield from ((name, line.text) for name, line in _named_lines(draft))
    yield from (("The title", draft.title), ("The caption", draft.caption))


def _fact_numbers(draft: Draft, brief: Brief) -> list[int]:
    return [beat.fact for beat in draft.beats if beat.fact is not None and 1 <= beat.fact <= len(brief.facts)]


def _facts_told(draft: Draft, brief: Brief) -> Iterator[str]:
    for number, beat in enumerate(draft.beats, start=1):
        if beat.fact is None and not brief.research:
            yield f"Beat {number} names no fact; put the number of the fact it tells into 'fact'."
        elif beat.fact is not None and not 1 <= beat.fact <= len(brief.facts):
            yield f"Beat {number} names fact {beat.fact}, but the facts are numbered 1 to {len(brief.facts)}."
    for fact, times in Counter(_fact_numbers(draft, brief)).items():
        if times > 1:
            yield f"Fact {fact} is told by {times} beats; tell each fact once."


def _additions(draft: Draft, brief: Brief) -> Iterator[str]:
    for number, beat in enumerate(draft.beats, start=1):
        if beat.fact is not None and 1 <= beat.fact <= len(brief.facts):
            for found in additions(beat.text, brief.facts[beat.fact - 1].text, brief):
                yield f"Beat {number} is not faithful to fact {beat.fact}: {found}"
    for name, text in _named_texts(draft):
        for found in () if name.startswith("Beat") else inventions(text, brief):
            yield f"{name} is not faithful to the brief: {found}"


def _length(draft: Draft, brief: Brief, seconds: tuple[int, int], rate: float) -> Iterator[str]:
    least, most = seconds
    length = reel_seconds(_spoken(draft, brief), brief.language, rate)
    if length > most:
        yield (
            f"The script takes about {length:.0f} seconds to speak and may take {most} at most; "
            f"shorten it by about {max(5, round((length - most) * rate))} letters."
        )
    elif length < least * (1 - ESTIMATE_ERROR):
        yield (
            f"The script takes about {length:.0f} seconds to speak and should take {least} at least; "
            f"make it longer by about {max(5, round((least - length) * rate))} letters."
        )


def _hook_lengths(draft: Draft, brief: Brief, rate: float) -> Iterator[str]:
    """Find hooks that take too long; where the brief has its own, none of them is spoken."""
    for number, hook in enumerate(draft.hooks, start=1) if not brief.hook else ():
        length = spoken_seconds(hook.text, brief.language, rate)
        if length > HOOK_SECONDS * (1 + ESTIMATE_ERROR):
            yield f"Hook {number} takes about {length:.1f} seconds to speak; make it shorter than {HOOK_SECONDS:.0f}."


def _languages(draft: Draft, brief: Brief) -> Iterator[str]:
    wanted = LANGUAGE_NAMES[brief.language]
    for name, text in _named_texts(draft):
        spoken = language_of(text)
        if spoken and spoken != brief.language:
            yield f"{name} is in {LANGUAGE_NAMES[spoken]}; write it in {wanted}."
    if language_of(" ".join(beat.text for beat in draft.beats)) is None:
        yield f"The beats do not read as {wanted}; write them in {wanted}."


def _repeats(draft: Draft, brief: Brief) -> Iterator[str]:
    spoken = [tuple(words_of(part)) for text in _spoken(draft, brief) for part in sentences_of(text)]
    offered = [tuple(words_of(hook.text)) for hook in draft.hooks]
    for said in (spoken, offered):
        for words, times in Counter(said).items():
            if times > 1 and len(words) >= SHORTEST_REPEAT:
                yield f"'{' '.join(words)}' is said {times} times; say it once."


def _wording(draft: Draft, character: Character) -> Iterator[str]:
    """Find what cannot be spoken or lettered."""
    for name, text in _named_texts(draft):
        is_spoken = name not in ("The title", "The caption")
        if not any(char.isalnum() for char in text):
            yield f"{name} has no words; write what is said."
        if DIRECTION.search(text):
            yield f"{name} holds a stage direction; write only what is said."
        elif MARKUP.search(text):
            yield f"{name} holds markup; write plain text."
        if PAGE.search(text):
            yield f"{name} holds an address of a page; leave it out."
        if is_spoken and any(ord(char) >= FIRST_PICTOGRAM and unicodedata.category(char) == "So" for char in text):
            yield f"{name} holds emoji or signs that cannot be spoken; leave them out."
        if SPEAKER.search(text) or text.casefold().startswith(f"{character.name.casefold()}:"):
            yield f"{name} begins with the name of a speaker; write only what is said."


def _pictures(draft: Draft) -> Iterator[str]:
    for name, line in _named_lines(draft):
        if not line.picture:
            yield f"{name} has no picture; say in one or two sentences what is seen."
        elif found := WRITING.search(NOT_SHOWN.sub(" ", line.picture)):
            yield f"The picture of {name[0].lower()}{name[1:]} asks for writing ('{found.group()}'); show none."


def _tags(draft: Draft) -> Iterator[str]:
    for tag in draft.hashtags:
        if not TAG.fullmatch(tag):
            yield f"The hashtag '{tag}' is malformed; use 2 to 30 letters and digits, with a letter among them."
    if len(draft.hashtags) > MOST_HASHTAGS:
        yield f"There are {len(draft.hashtags)} hashtags; give {MOST_HASHTAGS} at most."


def _moderated(draft: Draft, brief: Brief, character: Character) -> Iterator[str]:
    texts: Iterable[tuple[str, str]] = (*_named_texts(draft), ("The list of hashtags", ", ".join(draft.hashtags)))
    for name, text in texts:
        for reason in objections(text, what="script", language=brief.language):
            yield f"{name} may not be used: {reason}"
    for name, line in _named_lines(draft):
        shown = f"{line.picture}. {line.motion}".replace(character.name, "the narrator")
        for reason in objections(shown, what="picture", language=brief.language):
            yield f"The picture of {name[0].lower()}{name[1:]} may not be used: {reason}"
