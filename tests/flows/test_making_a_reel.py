"""One short reel from the brief to the gallery, under Prefect, probed with a reader that is not ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import psycopg
import pytest

from core.models import Step
from core.settings import Settings, get_settings
from flows.daily_generator import daily_generator
from flows.platform_posting import platform_posting
from media.provenance import read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def rows(house: Settings, query: str) -> list[tuple[object, ...]]:
    assert house.database_url is not None
    with psycopg.connect(house.database_url.get_secret_value()) as connection:
        return connection.execute(query.encode()).fetchall()


def attempts(house: Settings) -> dict[str, int]:
    """Count how often each capability was really asked for."""
    query = (
        "select g.capability, count(*) from generation_attempts a join generations g on g.key = a.generation"
        " group by g.capability"
    )
    return {str(capability): int(str(count)) for capability, count in rows(house, query)}


def folder(house: Settings) -> Path:
    return house.home / "gallery" / "0001-the-octopus-has-three-hearts"


def test_a_brief_becomes_a_reel_and_a_change_makes_only_what_depends_on_it(
    house: Settings, prefect_api: None, plan_reel: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENDER_PROFILE", "fast")
    get_settings.cache_clear()
    reel_id = plan_reel("The octopus has three hearts")

    assert daily_generator(reel_id=reel_id) == reel_id
    assert rows(house, "select state from reels") == [("ready_to_publish",)]
    assert platform_posting() == 1
    assert rows(house, "select state from reels") == [("published",)]
    _looks_like_a_finished_reel(folder(house))

    first = attempts(house)
    assert first == {"write": 1, "speak": 6, "draw": 6, "music": 1, "render": 1, "check": 1, "sign": 1, "package": 1}

    # Running it again makes nothing and posts nothing.
    daily_generator(reel_id=reel_id)
    assert platform_posting(reel_id=reel_id) == 0
    assert attempts(house) == first
    assert rows(house, "select state from reels") == [("published",)]

    # New pictures change the render and what follows, and nothing before; small, to be quick.
    monkeypatch.setenv("RENDER_PROFILE", "preview")
    get_settings.cache_clear()
    daily_generator(reel_id=reel_id, start_from=Step.PICTURES)
    assert platform_posting(reel_id=reel_id) == 1
    again = attempts(house)
    made = {name: again[name] - count for name, count in first.items() if again[name] != count}
    assert made == {"draw": 6, "render": 1, "check": 1, "sign": 1, "package": 1}
    assert rows(house, "select count(*) from transfers") == [(0,)]

    # The gallery shows the newest edition, once.
    assert [path.name for path in (house.home / "gallery").iterdir() if path.is_dir()] == [folder(house).name]
    newest = rows(
        house,
        "select sha256 from generation_files f join reel_parts p using (generation)"
        " where role = 'reel' and part = 'provenance'",
    )
    assert json.loads((folder(house) / "facts.json").read_text())["sha256"]["reel"] == newest[0][0]


def _looks_like_a_finished_reel(home: Path) -> None:
    assert {path.name for path in home.iterdir()} == {
        "reel.mp4", "preview.mp4", "cover.jpg", "contact-sheet.jpg", "captions.srt", "captions.vtt", "facts.json",
        "delivery.json",
    }  # fmt: skip
    with av.open(str(home / "reel.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height) == (1080, 1920)
        assert video.average_rate == 30
        assert video.codec_context.name == "h264"
        assert video.codec_context.profile == "High"
        assert video.codec_context.pix_fmt == "yuv420p"
        assert (video.codec_context.color_primaries, video.codec_context.colorspace) == (1, 1)  # BT.709
        assert (audio.codec_context.name, audio.sample_rate, audio.channels) == ("aac", 48000, 2)
        frames = sum(1 for _ in container.decode(video))
    facts = json.loads((home / "facts.json").read_text())
    assert frames == facts["frames"]
    assert 15 <= facts["seconds"] <= 45
    assert facts["checks"]["findings"] == []
    assert facts["timing"] == "voice"
    report = read(home / "reel.mp4", anchors="")
    assert report.state == "Valid", report.problems
    assert report.title == home.name
    assert report.source_type == facts["disclosure"]["source_type"] == "compositeWithTrainedAlgorithmicMedia"
    assert facts["disclosure"]["line"] in facts["caption"]
    assert [line["role"] for line in facts["script"]] == ["hook", "beat", "beat", "beat", "beat", "closing"]
    spoken = " ".join((home / "captions.vtt").read_text().split())
    for line in facts["script"][1:]:
        assert line["text"].split()[0] in spoken
    data = (home / "reel.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "not ready for fast start"
    assert b"elst" not in data[: data.index(b"mdat")], "has an edit list"


def test_without_an_idea_the_generator_is_idle(house: Settings, prefect_api: None) -> None:
    state = daily_generator(return_state=True)

    assert state.name == "Idle"
    assert "reelwright ideas add" in (state.message or "")


def test_with_nothing_due_the_posting_is_idle(house: Settings, prefect_api: None) -> None:
    assert platform_posting(return_state=True).name == "Idle"
