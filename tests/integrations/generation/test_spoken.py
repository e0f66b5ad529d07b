from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Language
from integrations.generation.spoken import spoken_forms


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("en", "In 1905 and 1969.", ["In", "19 oh 5", "and", "19 69."]),
        ("en", "1990s: $3 million, not $5.50", ["19 nineties:", "3", "million dollars,", "not", "5 dollars 50"]),
        ("en", "Dr. Moon ran 5 km at 20°C", ["Doctor", "Moon", "ran", "5", "kilometers", "at", "20 degrees Celsius"]),
        ("en", "wow… 2–3 — R&D", ["wow,", "2 to 3,", "", "R and D"]),
        ("es", "unos 3.000 € y 12%", ["unos", "3.000", "euros", "y", "12 por ciento"]),
        ("fr", "Les 3 000 loups sont bleus ?", ["Les", "3000", "", "loups", "sont", "bleus?", ""]),
        ("de", "ab 20 km/h gilt „Stopp“", ["ab", "20", "Kilometer pro Stunde", "gilt", "Stopp"]),
        ("en", "{\\an8 \\b1}Hello <i>you</i> 🔥 [[x]]", ["", "Hello", "you", "", "x"]),
    ],
)  # fmt: skip
def test_it_writes_out_what_voices_read_badly(language: Language, text: str, spoken: list[str]) -> None:
    assert spoken_forms(text, language) == spoken


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["en", "es", "de", "fr", "it"]))
def test_it_gives_one_form_for_each_word_of_any_text(text: str, language: Language) -> None:
    forms = spoken_forms(text, language)

    assert len(forms) == len(text.split())
    assert not any(sign in form for form in forms for sign in "{}[]<>\\\0")
