"""Single stored files by the SHA-256 of their bytes.

Those of the working folder are for the Prefect UI, those of the library for the world, as nginx would show them.
"""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from core.settings import Settings

NAME = re.compile(r"(?P<sha>[0-9a-f]{64})\.(?P<suffix>jpg|json|mp4|srt|vtt)")
MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "json": "application/json",
    "mp4": "video/mp4",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
}
FOR_EVER = "max-age=31536000, immutable"
"""How long a file may be kept by whoever fetched it: its bytes can never change."""


def stored_routes(settings: Settings) -> APIRouter:
    """Return the routes /assets and /media: whoever knows a hash may read that file, and nothing else."""
    routes, assets, library = APIRouter(), settings.home / "assets", settings.library_folder

    @routes.api_route("/assets/{name}", methods=["GET", "HEAD"])
    def asset(name: str) -> FileResponse:
        return _file(assets, name, "private")

    @routes.api_route("/media/{folder}/{name}", methods=["GET", "HEAD"])
    def media(folder: str, name: str) -> FileResponse:
        if folder != name[:2]:
            raise HTTPException(404)
        return _file(library, name, "public")

    return routes


def _file(root: Path, name: str, who: str) -> FileResponse:
    """Answer with a file, also to pages of other origins: the Prefect UI is one."""
    match = NAME.fullmatch(name)
    path = root / name[:2] / name
    if match is None or path.is_symlink() or not path.is_file():
        raise HTTPException(404)
    headers = {"Cache-Control": f"{who}, {FOR_EVER}", "Cross-Origin-Resource-Policy": "cross-origin"}
    return FileResponse(path, media_type=MEDIA_TYPES[match["suffix"]], headers=headers)
