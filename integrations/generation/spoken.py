"""What a voice is given to say for each word of a line.

Captions show the script's own words; a voice needs them without markup and emoji, and with what engines read
badly (years, money, units, ranges, abbreviations) written out. One form for each word, "" for what is not spoken.
"""

from __future__ import annotations

import re
import unicodedata

from core.models import Language

MARKUP = re.compile(r"\{\\[^{}]*\}|</?[A-Za-z][^<>]*>")
"""Subtitle overrides such as {\\pos(0,0)} and tags; both may hold spaces."""

SYMBOLS: dict[Language, dict[str, str]] = {
    "en": {"&": "and", "+": "plus", "=": "equals", "%": "percent", "@": "at", "×": "times"},
    "es": {"&": "y", "+": "más", "=": "igual a", "%": "por ciento", "@": "arroba", "×": "por"},
    "de": {"&": "und", "+": "plus", "=": "gleich", "%": "Prozent", "@": "at", "×": "mal"},
    "fr": {"&": "et", "+": "plus", "=": "égale", "%": "pour cent", "@": "arobase", "×": "fois"},
    "it": {"&": "e", "+": "più", "=": "uguale a", "%": "per cento", "@": "chiocciola", "×": "per"},
}
UNITS: dict[Language, dict[str, str]] = {
    "en": {
        "km/h": "kilometers per hour", "km": "kilometers", "m": "meters", "cm": "centimeters", "mm": "millimeters",
        "kg": "kilograms", "g": "grams", "mph": "miles per hour", "°C": "degrees Celsius", "°F": "degrees Fahrenheit",
    },
    "es": {
        "km/h": "kilómetros por hora", "km": "kilómetros", "m": "metros", "cm": "centímetros", "mm": "milímetros",
        "kg": "kilos", "g": "gramos", "°C": "grados",
    },
    "de": {
        "km/h": "Kilometer pro Stunde", "km": "Kilometer", "m": "Meter", "cm": "Zentimeter", "mm": "Millimeter",
        "kg": "Kilogramm", "g": "Gramm", "°C": "Grad",
    },
    "fr": {
        "km/h": "kilomètres heure", "km": "kilomètres", "m": "mètres", "cm": "centimètres", "mm": "millimètres",
        "kg": "kilos", "g": "grammes", "°C": "degrés",
    },
    "it": {
        "km/h": "chilometri all'ora", "km": "chilometri", "m": "metri", "cm": "centimetri", "mm": "millimetri",
        "kg": "chili", "g": "grammi", "°C": "gradi",
    },
}  # fmt: skip
MONEY: dict[Language, dict[str, str]] = {
    "en": {"$": "dollars", "€": "euros", "£": "pounds"},
    "es": {"$": "dólares", "€": "euros", "£": "libras"},
    "de": {"$": "Dollar", "€": "Euro", "£": "Pfund"},
    "fr": {"$": "dollars", "€": "euros", "£": "livres"},
    "it": {"$": "dollari", "€": "euro", "£": "sterline"},
}
TO: dict[Language, str] = {"en": "to", "es": "a", "de": "bis", "fr": "à", "it": "a"}
ABBREVIATIONS = {"Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Ms", "St.": "Saint", "vs.": "versus"}
"""English ones whose full stop would be heard as the end of a sentence."""
SCALES = frozenset({"hundred", "thousand", "million", "billion", "trillion"})
TENS = {
    "10": "tens", "20": "twenties", "30": "thirties", "40": "forties", "50": "fifties", "60": "sixties",
    "70": "seventies", "80": "eighties", "90": "nineties",
}  # fmt: skip

_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": "", "”": "", "„": "", "«": "", "»": "", "…": "...", "–": "-", "—": ", ",
     "_": " ", "~": " ", "\u00ad": "", "\u2011": "-"}
)  # fmt: skip
_KEPT = frozenset(" .,;:!?'-/°$€£()")
_TAIL = re.compile(r"[.,;:!?)']*$")


def spoken_forms(text: str, language: Language) -> list[str]:
    """Return what is said for each word of `text.split()`, in the same order; "" where nothing is said."""
    hidden = MARKUP.sub(lambda found: re.sub(r"\S", "\0", found[0]), text)
    shown, masked = text.split(), hidden.split()
    forms = [_clean(word, language) for word in masked]
    for place, form in enumerate(forms):
        follower = forms[place + 1] if place + 1 < len(forms) else ""
        before = forms[place - 1] if place else ""
        forms[place] = _written_out(form, before, follower, language)
    _move_money(forms, language)
    for place in range(len(forms) - 1, 0, -1):
        # French writes "bleu ?" and "3 000 000": the sign, and the rest of the number, belong to the word before.
        before, word = forms[place - 1], masked[place]
        sign = re.fullmatch(r"[.,;:!?]+", word) and before[-1:].isalnum()
        rest = language != "en" and re.match(r"\d{3}(?!\d)", word) and re.fullmatch(r"\d{1,3}", before)
        if sign or rest:
            forms[place - 1], forms[place] = before + (forms[place] or word), ""
    for place, form in enumerate(forms[:-1]):
        # Three dots, and a dash standing alone, are heard as a pause after the word before them.
        if form.endswith("...") or (form and form[-1] not in ".,;:!?" and shown[place + 1] in {"-", "–", "—"}):
            forms[place] = form.rstrip(".") + ","
    return forms


def _clean(word: str, language: Language) -> str:
    """Drop what no voice can say, and say symbols by name."""
    for coin, name in MONEY[language].items():
        if word.rstrip(".,;:!?)") == coin:
            return word.replace(coin, name)
    kept = []
    for sign in unicodedata.normalize("NFC", word).translate(_TYPOGRAPHY):
        if sign in SYMBOLS[language]:
            kept.append(f" {SYMBOLS[language][sign]} ")
        elif sign in _KEPT or unicodedata.category(sign) in {"Nd", "No"} or _is_letter(sign):
            kept.append(sign)
    form = re.sub(r"\s+([.,;:!?])", r"\1", " ".join("".join(kept).split()))
    return form if any(sign.isalnum() or sign == "°" for sign in form) else ""


def _is_letter(sign: str) -> bool:
    if not unicodedata.category(sign).startswith(("L", "M")):
        return False
    return unicodedata.name(sign, "").startswith(("LATIN", "GREEK", "COMBINING"))


def _written_out(form: str, before: str, follower: str, language: Language) -> str:
    tail = _TAIL.search(form)
    end = tail.group() if tail else ""
    core = form[: len(form) - len(end)]
    if language == "en":
        if form in ABBREVIATIONS and follower:
            return ABBREVIATIONS[form]
        core = re.sub(r"^(1[0-9])([0-9]0)s$", lambda y: f"{y[1]} {TENS.get(y[2], 'hundreds')}", core)
        core = re.sub(r"^(1[0-9])0([1-9])$", r"\1 oh \2", core)
        core = re.sub(r"^(1[0-9])([1-9][0-9])$", r"\1 \2", core)
    core = re.sub(r"(?<=\d)-(?=\d)", f" {TO[language]} ", core)
    core = re.sub(r"(?<=[^\W\d])/(?=[^\W\d])", " ", core) if core not in UNITS[language] else core
    joined = re.fullmatch(r"(.*\d)(°?[A-Za-z/]+)", core)
    if joined and joined[2] in UNITS[language]:
        core = f"{joined[1]} {UNITS[language][joined[2]]}"
    elif core in UNITS[language] and before[-1:].isdigit():
        core = UNITS[language][core]
    return core + end


def _move_money(forms: list[str], language: Language) -> None:
    """Say the currency after the number, and after the million that follows it."""
    for place, form in enumerate(forms):
        found = re.fullmatch(r"([$€£]?)(\d[\d.,]*?)([$€£]?)([.,;:!?)']*)", form)
        if not found or not (found[1] or found[3]):
            continue
        name, end = MONEY[language][found[1] or found[3]], found[4]
        amount = found[2]
        if language == "en" and re.fullmatch(r"[\d,]+\.\d\d", amount):
            whole, cents = amount.split(".")
            forms[place] = f"{whole} {name} {cents}{end}" if cents != "00" else f"{whole} {name}{end}"
            continue
        scale = forms[place + 1] if place + 1 < len(forms) else ""
        tail = _TAIL.search(scale)
        bare = scale[: tail.start()] if tail else scale
        if bare in SCALES and not end:
            forms[place], forms[place + 1] = amount, f"{bare} {name}{scale[len(bare) :]}"
        else:
            forms[place] = f"{amount} {name}{end}"
