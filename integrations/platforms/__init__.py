"""Where finished reels are posted, one file per platform.

    base.py          the protocol `Platform`, the values `Post` and `Receipt`, the roles of a post's files
    folder.py        the local gallery, shown by the studio
    gallery_feed.py  the JSON Feed beside the gallery
    disk.py          writes that are whole or not there, disk errors in our own words

To add a platform: copy `folder.py`, keep the five steps (`problems`, `begin`, `upload`, `finish`, `find`) and what
`base.py` promises about repeating each of them, then add one line to `PLATFORMS`. No flow and no task changes:
they ask for platforms by the names in the setting PLATFORMS.
"""

from __future__ import annotations

from core.errors import ConfigError
from core.settings import Settings
from integrations.platforms.base import FILE_NAMES, Platform, Post, Receipt
from integrations.platforms.folder import Folder

__all__ = ["FILE_NAMES", "PLATFORMS", "Folder", "Platform", "Post", "Receipt", "get_platform"]

PLATFORMS: dict[str, type[Platform]] = {"folder": Folder}
"""Name used in the setting PLATFORMS -> class."""


def get_platform(name: str, settings: Settings) -> Platform:
    """Return the platform of this name; raises ConfigError that names the known ones."""
    try:
        platform = PLATFORMS[name]
    except KeyError as exc:
        known = ", ".join(sorted(PLATFORMS))
        raise ConfigError(
            f"There is no platform called '{name}'; known are: {known}.",
            remedy=f"Set PLATFORMS to names out of: {known}.",
        ) from exc
    return platform(settings)
