"""How times, sizes and measures read on a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio import wording

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(days=1, hours=20), "1 day ago"),
        (timedelta(days=40), "12 Oct 2026"),
        (timedelta(days=-2), "23 Nov 2026"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(ago: timedelta, said: str) -> None:
    assert wording.age(NOW - ago, NOW) == said


def test_a_moment_at_the_edge_of_the_calendar_can_still_be_written() -> None:
    assert wording.utc_time(datetime.fromisoformat("0001-01-01T00:00:00+14:00")).startswith("0001-01-01")


@pytest.mark.parametrize(("seconds", "said"), [(None, ""), (0.0, "0:00"), (7.9, "0:07"), (125.0, "2:05")])
def test_a_time_of_the_reel_reads_as_on_a_player(seconds: float | None, said: str) -> None:
    assert wording.clock_time(seconds) == said


@pytest.mark.parametrize(("count", "said"), [(38, "38 B"), (1234, "1.2 kB"), (84_000, "84 kB"), (3_140_000, "3.1 MB")])
def test_a_size_reads_in_the_unit_that_suits_it(count: int, said: str) -> None:
    assert wording.file_size(count) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("loudness_lufs", -14.02, ("Loudness", "−14.02 LUFS")),
        ("width_px", 1080, ("Width", "1080 px")),
        ("captions_inside_safe_box", True, ("Captions inside safe box", "yes")),
        ("seconds", 31.4, ("Seconds", "31.4")),
        ("size", [1080, 1920], ("Size", "1080, 1920")),
        ("nothing", None, ("Nothing", "–")),
        ("parts", {"a_b": 1, "c": [1.5, False]}, ("Parts", "A b: 1; C: 1.5, no")),
        ("huge", 10**4000, ("Huge", "very large")),
    ],
)
def test_a_measure_gets_words_and_its_unit(name: str, value: Any, said: tuple[str, str]) -> None:
    assert wording.measure(name, value) == said


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("https://www.example.org/a/", ("example.org/a", "https://www.example.org/a/")),
        ("Wells (1980), https://example.org/a.", ("Wells (1980)", "https://example.org/a")),
        ("Sea (https://example.org/a)", ("Sea", "https://example.org/a")),
        ("https://example.org/Sea_(film)", ("example.org/Sea_(film)", "https://example.org/Sea_(film)")),
        ("A book", ("A book", "")),
        ("javascript:alert(1)", ("javascript:alert(1)", "")),
        ("JAVASCRIPT:x//https://example.org", ("JAVASCRIPT:x//", "https://example.org")),
    ],
)
def test_only_web_addresses_become_links(source: str, link: tuple[str, str]) -> None:
    assert wording.source_link(source) == link
