"""The pages of the gallery, its files and its feed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.clock import now
from core.settings import Settings
from studio import wording
from studio.gallery import MEDIA_TYPES, Gallery

HERE = Path(__file__).parent
STATIC = HERE / "static"
READING = ["GET", "HEAD"]
REELS_PER_PAGE = 48
FRESH = "no-cache"
LASTING = "private, max-age=604800, immutable"


def page_templates() -> Environment:
    """Return the templates; every value is escaped, because titles and sources are foreign texts."""
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "age": lambda moment: wording.age(moment, now()),
        "clock_time": wording.clock_time,
        "file_size": wording.file_size,
        "finding": wording.finding,
        "language_name": wording.language_name,
        "duration": wording.duration,
        "source_link": wording.source_link,
        "utc_time": wording.utc_time,
        "words": wording.words,
    }
    pages.globals |= {"measure": wording.measure, "timings": wording.TIMINGS, "static": static_address}
    return pages


def static_address(name: str) -> str:
    """Return where a file of `static/` is served, with its hash, so that browsers notice a new one."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def gallery_routes(settings: Settings, gallery: Gallery, pages: Environment) -> APIRouter:
    """Return the routes of the gallery; all of them only read."""
    routes = APIRouter()

    def page(template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(pages.get_template(template).render(**values), headers={"Cache-Control": FRESH})

    @routes.api_route("/", methods=READING)
    def front(number: int = Query(default=1, ge=1, alias="page")) -> HTMLResponse:
        listing = gallery.listing()
        last = max(1, -(-len(listing.reels) // REELS_PER_PAGE))
        if number > last:
            raise HTTPException(404)
        reels = listing.reels[(number - 1) * REELS_PER_PAGE : number * REELS_PER_PAGE]
        return page(
            "gallery.html", reels=reels, count=len(listing.reels), broken=len(listing.broken), number=number, last=last
        )

    @routes.api_route("/reels/{slug}", methods=READING)
    def reel_page(slug: str) -> HTMLResponse:
        reel = gallery.reel(slug)
        if reel is None:
            raise HTTPException(404)
        return page("reel.html", reel=reel, facts=reel.facts)

    @routes.api_route("/files/{slug}/{name}", methods=READING)
    def file(slug: str, name: str, v: str = "") -> FileResponse:
        """Answer with a file of a finished reel, or with the part of it that the header Range asks for."""
        path = gallery.file(slug, name)
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type=MEDIA_TYPES[name], headers={"Cache-Control": LASTING if v else FRESH})

    @routes.api_route("/feed.json", methods=READING)
    def feed() -> Response:
        path, headers = gallery.feed(), {"Cache-Control": FRESH}
        if path:
            return FileResponse(path, media_type="application/feed+json", headers=headers)
        empty = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Reelwright gallery",
            "home_page_url": f"{settings.public_studio_url}/",
            "feed_url": f"{settings.public_studio_url}/feed.json",
            "items": [],
        }
        return JSONResponse(empty, headers=headers, media_type="application/feed+json")

    return routes
