"""Single stored files by the SHA-256 of their bytes, for the pictures that the Prefect UI shows beside a run."""

from __future__ import annotations

import re

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from core.settings import Settings

NAME = re.compile(r"(?P<sha>[0-9a-f]{64})\.(?P<suffix>jpg|mp4|srt|vtt)")
MEDIA_TYPES = {"jpg": "image/jpeg", "mp4": "video/mp4", "srt": "application/x-subrip", "vtt": "text/vtt"}


def stored_routes(settings: Settings) -> APIRouter:
    """Return the route /assets: whoever knows a hash may read that file, and nothing else."""
    routes, root = APIRouter(), settings.home / "assets"

    @routes.api_route("/assets/{name}", methods=["GET", "HEAD"])
    def asset(name: str) -> FileResponse:
        match = NAME.fullmatch(name)
        path = root / match["sha"][:2] / name if match else None
        if match is None or path is None or path.is_symlink() or not path.is_file():
            raise HTTPException(404)
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}  # its bytes can never change
        return FileResponse(path, media_type=MEDIA_TYPES[match["suffix"]], headers=headers)

    return routes
