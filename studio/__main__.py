"""Run the studio alone: `python -m studio`."""

from __future__ import annotations

import sys

import uvicorn

from core.errors import ConfigError
from core.log import set_up_logging
from core.settings import get_settings
from studio.app import create_app
from studio.counts import database_answers, database_counts


def main() -> int:
    """Serve the gallery on STUDIO_HOST and STUDIO_PORT until stopped; returns the exit code."""
    try:
        settings = get_settings()
    except ConfigError as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    set_up_logging(settings)
    has_database = settings.database_url is not None
    studio = create_app(
        settings,
        database_ok=database_answers if has_database else None,
        extra_metrics=database_counts if has_database else None,
    )
    uvicorn.run(
        studio,
        host=settings.studio_host,
        port=settings.studio_port,
        log_level=settings.log_level.lower(),
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
