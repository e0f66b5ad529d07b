"""Which editions of a reel are rendered, and which one a platform gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from core.errors import WrongState
from core.models import Word
from core.settings import get_settings
from db.generations import StoredFile
from integrations import platforms
from integrations.platforms.folder import Folder
from media.edit import SceneMaterial
from media.timeline import CaptionStyle, Card, Framing, Shot, SpeechClip, Timeline, Watermark
from tasks.material import _stack, without_silence
from tasks.posts import _edition
from tasks.render import _editions

WIDE, NEAR = Framing(x=0.5, y=0.5, zoom=1), Framing(x=0.5, y=0.5, zoom=1.1)


class Strict(Folder):
    """A platform that forbids burnt-in marks."""

    name: ClassVar[str] = "strict"
    allows_marks: ClassVar[bool] = False


@pytest.fixture(params=["folder", "folder,strict"])
def names(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setitem(platforms.PLATFORMS, "strict", Strict)
    monkeypatch.setenv("PLATFORMS", request.param)
    get_settings.cache_clear()
    yield request.param
    get_settings.cache_clear()


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(
        frames=60, language="en", shots=(Shot(picture="p", start=0, frames=60, begin=WIDE, end=NEAR),), pages=(),
        caption_style=CaptionStyle(accent="#ffcc33"), timing="voice", watermark=Watermark(text="@reef"),
        outro=Card(text="More", start=30, frames=30), speech=(SpeechClip(audio="s", start=0, seconds=2),),
    )  # fmt: skip


def stored(letter: str) -> StoredFile:
    return StoredFile(sha256=letter * 64, suffix=".mp4", bytes=1)


def test_an_edition_without_marks_is_rendered_only_when_a_platform_asks_for_it(names: str, timeline: Timeline) -> None:
    editions = _editions(timeline, "tester")

    assert set(editions) == ({"reel", "unmarked"} if "strict" in names else {"reel"})
    assert (editions["reel"].watermark, editions["reel"].outro) == (timeline.watermark, timeline.outro)
    if "unmarked" in editions:
        assert (editions["unmarked"].watermark, editions["unmarked"].outro) == (None, None)


def test_each_platform_gets_the_edition_it_allows() -> None:
    files = {"reel": stored("a"), "unmarked": stored("b"), "cover": stored("c")}

    assert _edition(dict(files), Folder) == {"reel": stored("a"), "cover": stored("c")}
    assert _edition(dict(files), Strict) == {"reel": stored("b"), "cover": stored("c")}


def test_a_reel_without_the_edition_a_platform_needs_says_what_to_do() -> None:
    with pytest.raises(WrongState, match="strict forbids watermarks") as raised:
        _edition({"reel": stored("a")}, Strict)

    assert "render step" in raised.value.remedy


def test_a_layered_picture_is_stacked_and_a_flat_one_is_not() -> None:
    files = {"picture": stored("a"), "ground": stored("b"), "front": stored("c")}

    back, layers = _stack({"layers": [{"role": "front", "depth": 1.4}]}, files)

    assert back == stored("b")
    assert [(layer.picture, layer.depth) for layer in layers] == [("c" * 64, 1.4)]
    assert _stack({}, {"picture": stored("a")}) == (stored("a"), ())


def test_only_lines_with_guessed_times_are_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Path] = []

    def listen(path: Path) -> tuple[float, float]:
        heard.append(path)
        return 0.1, 0.2

    monkeypatch.setattr("tasks.material._quiet_ends", listen)
    words = (Word(text="One", start=0, end=0.4), Word(text="word", start=0.4, end=1))
    lines = [
        SceneMaterial(
            role="beat", text="One word", words=words, timing=timing, speech=f"{timing}-sound", seconds=1, picture="p"
        )
        for timing in ("proportional", "voice")
    ]

    told = without_silence(lines, {"proportional-sound": Path("guessed.wav"), "voice-sound": Path("known.wav")})

    assert heard == [Path("guessed.wav")]
    assert [line.quiet for line in told] == [(0.1, 0.2), (0.0, 0.0)]
