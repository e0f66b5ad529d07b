"""Puts the studio together: the gallery's pages and files, health, metrics, headers and errors."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from core.settings import Settings
from studio.gallery import Gallery
from studio.hooks import router as hooks
from studio.pages import STATIC, gallery_routes, page_templates
from studio.replies import SecureHeaders, add_error_replies
from studio.status import DatabaseOk, ExtraMetrics, status_routes
from studio.stored import stored_routes


def create_app(
    settings: Settings, *, database_ok: DatabaseOk | None = None, extra_metrics: ExtraMetrics | None = None
) -> FastAPI:
    """Return the studio.

    `database_ok` says whether the database answers; without it /health leaves the database open (null).
    `extra_metrics` returns further numbers for /metrics, asked at every scrape. Both may raise any FactoryError.
    """
    gallery, pages = Gallery(settings.home / "gallery"), page_templates()
    # The generated API pages would load their scripts from elsewhere; this house works offline.
    app = FastAPI(title="Reelwright studio", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_middleware(SecureHeaders)
    add_error_replies(app, pages)
    app.include_router(gallery_routes(settings, gallery, pages))
    app.include_router(status_routes(settings, gallery, database_ok, extra_metrics))
    app.include_router(stored_routes(settings))
    app.include_router(hooks)
    app.mount("/static", StaticFiles(directory=STATIC))
    return app
