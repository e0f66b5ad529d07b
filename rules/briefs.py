"""A brief: a small Markdown file that says what a reel must tell, read into `core.models.Brief`.

    ---
    title: The octopus has three hearts
    language: en
    character: jonah-reef
    ---
    ## Facts
    - Two hearts pump blood through the gills, one through the rest of the body. [1]
    ## Sources
    1. Smithsonian Ocean, "Octopus": https://ocean.si.edu/...

Between the dashes stand `key: value` lines; those shown are needed. Tone, places, hashtags, hook, closing, quality,
research and rating may be left out.
Every fault raises BadBrief, with the number of the line where there is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import ValidationError

from core.errors import BadBrief
from core.models import Brief, Fact
from core.text import tidy
from rules.brief_front import Front, read_front
from rules.brief_markdown import plain, split_markers
from rules.brief_text import check_characters, check_script, check_size, decode_brief, has_words

FACTS_NEEDED = 4
FACT_LIMIT = 320
"""Characters of one fact: about twenty seconds of speech, the longest anyone listens to one scene."""

RAW_FACT_LIMIT = 2_000
"""Characters of a fact before its links are reduced to their text."""

FACTS_HEADINGS = frozenset({"facts", "hechos", "fakten", "faits", "fatti"})
SOURCES_HEADINGS = frozenset({"sources", "fuentes", "quellen", "fonti"})
HEADING = re.compile(r"#{1,6}[ \t]+(.*)")
BULLET = re.compile(r"\s*[-*+•][ \t]+(.*)")
NUMBERED = re.compile(r"\[?([0-9]{1,4})(?:[.)]|\]:?)[ \t]+(.*)")


@dataclass
class Item:
    """One entry of a list: the line it begins on, the number it was given, and its text so far."""

    line: int
    number: int | None
    text: str


def read_brief(raw: bytes) -> Brief:
    """Read a brief from the bytes of its file; raises BadBrief for every fault."""
    return parse_brief(decode_brief(raw))


def parse_brief(text: str) -> Brief:
    """Read a brief from its text; raises BadBrief for every fault."""
    check_size(text)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    check_characters(lines)
    front = read_front(lines)
    fact_items, source_items = _sections(lines, front.end)
    places = _source_places(source_items)
    facts = tuple(_fact(item, places) for item in fact_items)
    if len(facts) < FACTS_NEEDED:
        raise _too_few(len(facts))
    return _brief(front, facts, tuple(item.text for item in source_items))


def _sections(lines: list[str], start: int) -> tuple[list[Item], list[Item]]:
    facts: list[Item] = []
    sources: list[Item] = []
    section: list[Item] | None = None
    open_item = False
    for number, line in enumerate(lines[start:], start=start + 1):
        if heading := HEADING.fullmatch(line.strip()):
            section = {"facts": facts, "sources": sources}[_section_name(heading.group(1), number)]
            open_item = False
        elif not line.strip():
            open_item = False
        elif section is None:
            raise BadBrief(
                f"Line {number} stands under no heading: '{_short(line)}'.",
                remedy="Put the heading '## Facts' above the facts and '## Sources' above the sources.",
            )
        elif item := _item(line, number):
            section.append(item)
            open_item = True
        elif line[0] in " \t" and section and (open_item or section is sources):
            section[-1].text = tidy(f"{section[-1].text} {line}")
        else:
            raise BadBrief(
                f"Line {number} is neither a list entry nor an indented line that continues one: '{_short(line)}'.",
                remedy="Begin every fact with '- ' and every source with its number; indent what continues them.",
            )
    return facts, sources


def _section_name(heading: str, number: int) -> str:
    name = heading.strip("*_#: \t").casefold()
    if name in FACTS_HEADINGS:
        return "facts"
    if name in SOURCES_HEADINGS:
        return "sources"
    raise BadBrief(
        f"Line {number} has an unknown heading: '{_short(heading)}'.",
        remedy="A brief has two headings, '## Facts' and '## Sources' (or the words for them in es, de, fr, it).",
    )


def _item(line: str, number: int) -> Item | None:
    if bullet := BULLET.fullmatch(line):
        inner = NUMBERED.fullmatch(bullet.group(1)) if bullet.group(1).startswith("[") else None
        return Item(number, int(inner.group(1)) if inner else None, tidy(inner.group(2) if inner else bullet.group(1)))
    if numbered := NUMBERED.fullmatch(line):
        return Item(number, int(numbered.group(1)), tidy(numbered.group(2)))
    return None


def _source_places(items: list[Item]) -> dict[int, int]:
    """Map the number a source is called by to its place in the list, from 1."""
    places: dict[int, int] = {}
    for place, item in enumerate(items, start=1):
        if not has_words(item.text):
            raise BadBrief(f"The source on line {item.line} is empty.", remedy="Name the source, or remove the line.")
        number = item.number if item.number is not None else place
        if number in places:
            raise BadBrief(
                f"Line {item.line} gives the source number {number} a second time.",
                remedy="Number the sources 1, 2, 3 and so on.",
            )
        places[number] = place
    return places


def _fact(item: Item, places: dict[int, int]) -> Fact:
    if len(item.text) > RAW_FACT_LIMIT:
        raise _too_long(item.line, len(item.text))
    check_script(item.text, item.line)
    unmarked, numbers = split_markers(plain(item.text))
    text = tidy(unmarked)
    if not has_words(text):
        raise BadBrief(f"The fact on line {item.line} has no words.", remedy="Write the fact, or remove the line.")
    if len(text) > FACT_LIMIT:
        raise _too_long(item.line, len(text))
    for number in numbers:
        if number not in places:
            known = ", ".join(map(str, sorted(places))) or "none"
            raise BadBrief(
                f"The fact on line {item.line} names source [{number}], which does not exist (there is: {known}).",
                remedy=f"Add '{number}. Name of the source: its address' under '## Sources', or correct the number.",
            )
    return Fact(text=text, sources=tuple(places[number] for number in numbers))


def _brief(front: Front, facts: tuple[Fact, ...], sources: tuple[str, ...]) -> Brief:
    try:
        return Brief.model_validate({**front.values, "facts": facts, "sources": sources})
    except ValidationError as exc:  # a rule of the model that no check above states more plainly
        fault = exc.errors()[0]
        raise BadBrief(f"The brief's {'.'.join(map(str, fault['loc']))} cannot be used: {fault['msg']}.") from exc


def _too_long(line: int, length: int) -> BadBrief:
    return BadBrief(
        f"The fact on line {line} has {length} characters; the limit is {FACT_LIMIT}.",
        remedy="Shorten it, or make two facts of it.",
    )


def _too_few(found: int) -> BadBrief:
    if not found:
        return BadBrief(
            "The brief has no facts.", remedy=f"Add at least {FACTS_NEEDED} facts under '## Facts', each after '- '."
        )
    count = "only 1 fact" if found == 1 else f"only {found} facts"
    return BadBrief(
        f"The brief has {count}; a reel needs {FACTS_NEEDED} to 7.",
        remedy=f"Add at least {FACTS_NEEDED} facts under '## Facts': {FACTS_NEEDED - found} more.",
    )


def _short(text: str) -> str:
    text = tidy(text)
    return text if len(text) <= 40 else text[:39] + "…"
