"""Whatever a timeline holds, it renders, and what comes out passes the gate."""

import pytest
from hypothesis import HealthCheck, given, settings
from sweeps import FULL

from media.checks import inspect
from media.ffmpeg import find_ffmpeg
from media.render import Renderer
from media.timeline import Timeline
from tests.media.reels import make_material, timelines

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FFMPEG = find_ffmpeg()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="module")
def renderer():
    with Renderer(ffmpeg=FFMPEG) as renderer:
        yield renderer


@given(timeline=timelines())
@settings(max_examples=15 if FULL else 6, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_timeline_renders_and_passes_the_gate(timeline, files, renderer, tmp_path_factory):
    again = Timeline.model_validate_json(timeline.model_dump_json())
    out = tmp_path_factory.mktemp("reel") / "reel.mp4"

    renderer.render(again, files, out, progress=lambda share: None, time_limit=60)

    assert again == timeline
    assert inspect(out, timeline, ffmpeg=FFMPEG, time_limit=60, seconds=(1, 60)).findings == ()
