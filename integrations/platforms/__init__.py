"""Where finished reels are posted, one file per platform.

    base.py          the protocols `Platform` and `SignIn`, what every post is checked for
    talking.py       the protocol of platforms with comments
    refusals/        what a platform's error codes mean, as data
    folder.py        the local gallery, shown by the studio (gallery_feed.py, disk.py)
    youtube.py       YouTube
    instagram.py     Instagram
    tiktok.py        TikTok
    telegram.py      a Telegram channel

To add a platform: one file with a class that keeps the steps of `Platform` and what `base.py` promises about repeating
each of them, then one line in `PLATFORMS`. No flow and no task changes.
"""

from __future__ import annotations

from importlib import import_module

from core.errors import ConfigError
from core.posting import Post, Receipt, Standing
from integrations.platforms.base import FILE_NAMES, Access, Platform

__all__ = ["FILE_NAMES", "PLATFORMS", "Access", "Platform", "Post", "Receipt", "Standing", "platform_class"]

PLATFORMS: dict[str, str | type[Platform]] = {
    "folder": "folder.Folder",
    "youtube": "youtube.YouTube",
    "instagram": "instagram.Instagram",
    "tiktok": "tiktok.TikTok",
    "telegram": "telegram.TelegramChannel",
}
"""Name in the settings -> module and class below this package, loaded when it is first asked for."""


def platform_class(name: str) -> type[Platform]:
    """Return the platform of this name; raises ConfigError that names the known ones."""
    try:
        place = PLATFORMS[name]
    except KeyError as exc:
        known = ", ".join(sorted(PLATFORMS))
        raise ConfigError(
            f"There is no platform called '{name}'; known are: {known}.",
            remedy=f"Name platforms out of: {known}, in PLATFORMS and in the posting file.",
        ) from exc
    if not isinstance(place, str):
        return place
    module, _, attribute = place.rpartition(".")
    found: type[Platform] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return found
