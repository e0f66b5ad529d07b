"""Does at set-up what would otherwise make the first reel slow: gives the voice its timings, compiles the kernels."""

from __future__ import annotations

import logging
import sys
import time

from core.errors import FactoryError
from core.log import set_up_logging
from core.settings import get_settings
from integrations.generation.piper_voices import prepare
from media.ffmpeg import find_ffmpeg
from media.warm_up import compile_kernels

logger = logging.getLogger(__name__)


def main() -> None:
    """Prepare everything; safe to run again."""
    settings = get_settings()
    set_up_logging(settings)
    started = time.monotonic()
    prepare(settings)
    compile_kernels(find_ffmpeg(settings.ffmpeg_binary))
    logger.info("voice and kernels ready in %.1f s", time.monotonic() - started)


if __name__ == "__main__":
    try:
        main()
    except FactoryError as error:
        sys.exit(str(error))
