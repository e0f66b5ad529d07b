"""Which text may stand in a brief at all: its encoding, its size and its characters.

Captions are drawn from left to right with fonts for alphabets, so scripts that run from right to left
and scripts without upper and lower case (Chinese, Thai, Hindi and others) are refused here, with the
line, rather than drawn as empty boxes minutes later.
"""

from __future__ import annotations

import unicodedata

from core.errors import BadBrief

BYTES_LIMIT = 64 * 1024
WORDS_LIMIT = 2_000
COUNTED_BYTES_LIMIT = 8 * 1024 * 1024
"""A larger file is refused without counting its words: it is no brief, and a refusal must be quick."""

BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
FIRST_CASELESS_SCRIPT = 0x0590
"""Letters of category Lo below it belong to Latin, such as the ordinal signs; from it on they are scripts."""

OTHER_ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))
TO_UTF8 = (
    "Save it again as UTF-8 in your editor ('Save as', encoding UTF-8), or convert it: "
    "`iconv -f WINDOWS-1252 -t UTF-8 old.md > new.md` (for UTF-16 write `-f UTF-16`)."
)


def decode_brief(raw: bytes) -> str:
    """Return the text of a brief file, in UTF-8 with or without a byte order mark.

    Raises BadBrief when it is too large or not UTF-8.
    """
    if len(raw) > BYTES_LIMIT:
        words = len(raw.split()) if len(raw) <= COUNTED_BYTES_LIMIT else None
        raise _too_large(len(raw), words)
    for mark, encoding in OTHER_ENCODINGS:
        if raw.startswith(mark):
            raise BadBrief(f"The brief is not UTF-8: it begins like {encoding}.", remedy=TO_UTF8)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        raise BadBrief(
            f"The brief is not UTF-8: line {line} holds the byte 0x{raw[exc.start]:02x}.", remedy=TO_UTF8
        ) from exc


def check_size(text: str) -> None:
    """Refuse a brief over 64 KiB or 2,000 words with BadBrief, saying the size found."""
    size, words = len(text.encode("utf-8", "surrogatepass")), len(text.split())
    if size > BYTES_LIMIT or words > WORDS_LIMIT:
        raise _too_large(size, words)


def check_characters(lines: list[str]) -> None:
    """Refuse control characters, bidi controls and broken characters with BadBrief, naming the line."""
    for number, line in enumerate(lines, start=1):
        for char in line:
            if char in BIDI_CONTROLS:
                raise BadBrief(
                    f"Line {number} holds the invisible direction mark {name_of(char)}.",
                    remedy="Delete that line and type it again by hand; copied text often carries such marks.",
                )
            if char != "\t" and unicodedata.category(char) in {"Cc", "Cs", "Co"}:
                raise BadBrief(
                    f"Line {number} holds the control character {name_of(char)}, which no text file should have.",
                    remedy="Is this really a text file? If so, delete the character, or type the line again by hand.",
                )


def check_script(line: str, number: int) -> None:
    """Refuse letters that captions cannot set with BadBrief, naming them and the line."""
    backwards = [char for char in dict.fromkeys(line) if unicodedata.bidirectional(char) in RIGHT_TO_LEFT]
    if backwards:
        raise BadBrief(
            f"Line {number} holds right-to-left text, which captions cannot set: {_shown(backwards)}.",
            remedy="Write it in Latin letters, or leave it out.",
        )
    unset = [
        char
        for char in dict.fromkeys(line)
        if ord(char) >= FIRST_CASELESS_SCRIPT and unicodedata.category(char) == "Lo"
    ]
    if unset:
        raise BadBrief(
            f"Line {number} holds letters that the caption fonts do not have: {_shown(unset)}.",
            remedy="Write it in Latin letters, or leave it out.",
        )


def has_words(text: str) -> bool:
    """Say whether there is anything to speak: at least one letter or digit."""
    return any(char.isalnum() for char in text)


def name_of(char: str) -> str:
    """Name a character by its code point, with its Unicode name where it has one."""
    name = unicodedata.name(char, "")
    return f"U+{ord(char):04X} ({name})" if name else f"U+{ord(char):04X}"


def _shown(chars: list[str]) -> str:
    more = f" and {len(chars) - 5} more" if len(chars) > 5 else ""
    return ", ".join(f"'{char}' {name_of(char)}" for char in chars[:5]) + more


def _too_large(size: int, words: int | None) -> BadBrief:
    counted = f" with {words:,} words" if words is not None else ""
    return BadBrief(
        f"The brief is too large: {size / 1024:,.1f} KiB{counted}; the limit is "
        f"{BYTES_LIMIT // 1024} KiB or {WORDS_LIMIT:,} words.",
        remedy="A reel tells 4 to 7 facts. Keep those, or split the text into several briefs.",
    )
