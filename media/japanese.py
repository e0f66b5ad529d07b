"""What Japanese asks of whoever sets it: words without spaces, and lines that break between characters.

The rules (kinsoku) are those of JIS X 4051 and of "Requirements for Japanese Text Layout"
(https://www.w3.org/TR/jlreq/#characters_not_starting_a_line). The same sets keep the closing marks of other
scripts, such as the French "« oui » !", from standing alone on a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

RANGES = (
    (0x3000, 0x30FF),  # punctuation, hiragana, katakana
    (0x31F0, 0x31FF),  # small katakana
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),  # kanji
    (0xF900, 0xFAFF),
    (0xFF00, 0xFFEF),  # full-width and half-width forms
    (0x20000, 0x3FFFF),
)

NEVER_FIRST = frozenset(
    "、。，．・：；？！‼⁇⁈⁉ー゛゜ヽヾゝゞ々〻’”）〕］｝〉》」』】〙〗〟｠»›…‥〜～゠–"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ｡｣､･ｧｨｩｪｫｬｭｮｯｰﾞﾟ"
    ".,:;?!)]}%°"
)
"""Characters that must not begin a line."""
NEVER_LAST = frozenset("‘“（〔［｛〈《「『【〘〖〝｟｢«‹([{¿¡￥＄№")
"""Characters that must not end a line."""
OWN_SPACE = frozenset("、。，．・：；？！「」『』（）〔〕［］｛｝〈〉《》【】　")
"""Full-width marks, which bring their own space, so none is put beside them."""


def is_japanese(char: str) -> bool:
    """Tell whether a character is a kana, a kanji or one of the marks that go with them."""
    code = ord(char)
    return any(first <= code <= last for first, last in RANGES)


def touch(before: str, after: str) -> bool:
    """Tell whether two words stand together without a space."""
    if not before or not after:
        return False
    last, first = before[-1], after[0]
    return (is_japanese(last) and is_japanese(first)) or last in OWN_SPACE or first in OWN_SPACE


def joined(words: Sequence[str]) -> str:
    """Join words to a text as it is written: with spaces, but none inside Japanese."""
    text = "".join(words[:1])
    for before, after in pairwise(words):
        text += after if touch(before, after) else f" {after}"
    return text


def may_break(before: str, after: str) -> bool:
    """Tell whether a line may end between two characters of one Japanese word."""
    return (is_japanese(before) or is_japanese(after)) and not is_bound(before, after)


def is_bound(before: str, after: str) -> bool:
    """Tell whether a mark keeps what stands on its two sides on one line, in any script."""
    return before[-1:] in NEVER_LAST or after[:1] in NEVER_FIRST


def pauses(before: str, after: str) -> bool:
    """Tell whether a phrase ends between two characters: after a mark, and where hiragana, which end most, end."""
    ends = before in OWN_SPACE or ("ぁ" <= before <= "ん" and not "ぁ" <= after <= "ん")
    return ends and may_break(before, after)


def phrases(text: str, longest: int) -> list[str]:
    """Cut a Japanese text into phrases of at most `longest` characters, where a reader would pause.

    Short ones are put together. What is too long is cut between any two characters that may be parted.
    """
    found = [""]
    for char in text:
        before = found[-1][-1:]
        if before and (pauses(before, char) or (len(found[-1]) >= longest and may_break(before, char))):
            found.append("")
        found[-1] += char
    return _grown(found, longest)


def _grown(found: Sequence[str], longest: int) -> list[str]:
    """Put short phrases together again, though never over a mark."""
    grown: list[str] = []
    for phrase in found:
        if grown and grown[-1][-1] not in OWN_SPACE and len(grown[-1]) + len(phrase) <= longest:
            grown[-1] += phrase
        else:
            grown.append(phrase)
    return grown
