"""How the studio is: /health for probes and people, /metrics for Prometheus, both computed when asked."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.errors import FactoryError
from core.settings import Settings
from studio.gallery import Gallery

log = logging.getLogger(__name__)

MIB = 1_048_576

Sample = tuple[str, str, Mapping[str, str], float]
"""A number for /metrics: name, help, labels and value. Names that end in `_total` are counters."""

DatabaseOk = Callable[[], bool]
ExtraMetrics = Callable[[], Iterable[Sample]]


class StudioMetrics(Collector):
    """Counts the gallery and the disk at every scrape, then whatever `extra_metrics` returns."""

    def __init__(self, gallery: Gallery, database_ok: DatabaseOk | None, extra_metrics: ExtraMetrics | None) -> None:
        self.gallery, self.database_ok, self.extra_metrics = gallery, database_ok, extra_metrics

    def collect(self) -> Iterator[Metric]:
        """Yield one family after the other; a part that fails shows as 0 and never hides the others."""
        yield from families(self._samples())

    def _samples(self) -> Iterator[Sample]:
        try:
            listing = self.gallery.listing()
        except OSError as exc:
            log.warning("The gallery cannot be read: %s", exc)
            yield "reelwright_gallery_up", "1 when the gallery can be read.", {}, 0
        else:
            yield "reelwright_gallery_up", "1 when the gallery can be read.", {}, 1
            yield "reelwright_gallery_reels", "Finished reels in the gallery.", {}, len(listing.reels)
            yield "reelwright_gallery_broken_reels", "Reels whose facts are broken.", {}, len(listing.broken)
            yield "reelwright_gallery_bytes", "Size of all files in the gallery.", {}, listing.total_bytes
        yield "reelwright_disk_free_bytes", "Free space where the gallery lies.", {}, free_bytes(self.gallery.folder)
        if self.database_ok:
            yield "reelwright_database_up", "1 when the database answers.", {}, answers(self.database_ok)
        if self.extra_metrics:
            yield from self._extra(self.extra_metrics)

    def _extra(self, extra_metrics: ExtraMetrics) -> Iterator[Sample]:
        try:
            samples = list(extra_metrics())
        except FactoryError as exc:
            log.warning("The database's counts are missing from this scrape: %s", exc)
            samples = []
            counted = 0
        else:
            counted = 1
        yield "reelwright_counts_up", "1 when the database's counts are part of this scrape.", {}, counted
        yield from samples


def families(samples: Iterable[Sample]) -> Iterator[Metric]:
    """Gather samples of one name into one family, as the text format demands."""
    gathered: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
    for name, text, labels, value in samples:
        names = sorted(labels)
        if name not in gathered:
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            gathered[name] = kind(name.removesuffix("_total"), text, labels=names)
        gathered[name].add_metric([str(labels[label]) for label in names], value)
    yield from gathered.values()


def status_routes(
    settings: Settings, gallery: Gallery, database_ok: DatabaseOk | None, extra_metrics: ExtraMetrics | None
) -> APIRouter:
    """Return the routes /health and /metrics."""
    routes = APIRouter()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StudioMetrics(gallery, database_ok, extra_metrics))

    @routes.api_route("/health", methods=["GET", "HEAD"])
    def health() -> JSONResponse:
        """Answer 200, or 503 when the gallery cannot be read or the database does not answer.

        A disk that runs low makes the status "degraded" but stays 200: what is there can still be watched.
        """
        try:
            listing = gallery.listing()
            shown = {"ok": True, "reels": len(listing.reels), "broken": len(listing.broken)}
        except OSError as exc:
            log.warning("The gallery cannot be read: %s", exc)
            shown = {"ok": False, "reels": 0, "broken": 0}
        free, least = free_bytes(gallery.folder), settings.min_free_mib * MIB
        database = {"ok": answers(database_ok) if database_ok else None}
        down = not shown["ok"] or database["ok"] is False
        report = {
            "status": "down" if down else "degraded" if free < least or shown["broken"] else "ok",
            "gallery": shown,
            "disk": {"ok": free >= least, "free_bytes": free, "least_free_bytes": least},
            "database": database,
        }
        return JSONResponse(report, 503 if down else 200, {"Cache-Control": "no-store"})

    @routes.api_route("/metrics", methods=["GET", "HEAD"])
    def metrics() -> Response:
        """Answer in Prometheus's text format."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes


def answers(database_ok: DatabaseOk) -> bool:
    """Ask the database; an error of ours means no."""
    try:
        return bool(database_ok())
    except FactoryError as exc:
        log.warning("The database does not answer: %s", exc)
        return False


def free_bytes(folder: Path) -> int:
    """Return the free space of the disk on which a folder lies or would be made; 0 when nobody can tell."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            break
    return 0
