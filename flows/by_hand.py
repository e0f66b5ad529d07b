"""Makes and posts one reel in this process: `python -m flows.by_hand REEL [STEP]`.

The `reelwright` command starts it as a child, so that a reel is made by the same flows whether a person or
a schedule asked for it.
"""

from __future__ import annotations

import sys

from core.log import set_up_logging
from core.models import Step
from core.settings import get_settings
from flows.daily_generator import daily_generator
from flows.platform_posting import platform_posting


def main(arguments: list[str]) -> None:
    """Run the generator and then the posting for one reel."""
    set_up_logging(get_settings())
    reel_id = int(arguments[0])
    start_from = Step(arguments[1]) if len(arguments) > 1 else None
    daily_generator(reel_id=reel_id, start_from=start_from)
    platform_posting(reel_id=reel_id)


if __name__ == "__main__":
    main(sys.argv[1:])
