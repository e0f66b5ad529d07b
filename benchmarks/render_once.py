"""Renders one reel, for the benchmark: TIMELINE.json FOLDER OUT PROFILE CACHE."""

from __future__ import annotations

import sys
from pathlib import Path

from media.ffmpeg import find_ffmpeg
from media.profiles import get_profile
from media.render import Renderer
from media.timeline import Timeline


def main(request: str, folder: str, out: str, profile: str, cache: str) -> None:
    """Render a timeline over the files that the benchmark made in a folder."""
    timeline = Timeline.model_validate_json(Path(request).read_bytes())
    files = {path.stem: path for path in Path(folder).iterdir() if path.suffix in (".jpg", ".wav")}
    with Renderer(ffmpeg=find_ffmpeg(), cache=Path(cache) if cache else None) as renderer:
        renderer.render(
            timeline, files, Path(out), progress=lambda _: None, time_limit=1800, profile=get_profile(profile)
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
