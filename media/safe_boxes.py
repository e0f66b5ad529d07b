"""Where each platform leaves the picture free of its own buttons and captions, as data.

Apps move their buttons without saying so, and no two sources agree to the pixel; each number here says where
it comes from. Change one here and every reel made afterwards follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from media.timeline import SafeBox

SAFE_BOXES: Mapping[str, SafeBox] = MappingProxyType(
    {
        "tiktok": SafeBox(left=60, top=150, right=930, bottom=1440),
        "instagram": SafeBox(left=65, top=269, right=1015, bottom=1248),
        "youtube": SafeBox(left=60, top=240, right=960, bottom=1440),
    }
)
"""The free part of a 1080 x 1920 frame, by the name of the platform.

- tiktok: no official numbers; TikTok only offers overlays to download, which change with the length of the
  caption (ads.tiktok.com/help, "TikTok Auction In-Feed Ads"). Top 150 and right 150: adfuseai.com, in agreement
  with vendors. Bottom 480: a real export of the app, github.com browser-use/video-use PR #5 (25 to 30 %). Left 60:
  OpenMontage's table.
- instagram: Meta's own rule for Reels: 14 % at the top, 35 % at the bottom and 6 % at each side (Meta Business
  Help, as quoted by houseofmarketers.com and mediamaxnetwork.com). It is written for adverts, whose button
  reaches highest, so it holds for every post.
- youtube: no official numbers; Google's page on Shorts shows pictures only (support.google.com/google-ads,
  answer 13704860). Bottom 25 %: youraithumbnailgenerator.com. Top 240 and left 60: OpenMontage PR #658. Right 120:
  the column of buttons, by OpenMontage's table for the widest app.

A folder of files covers nothing and has no entry.
"""


def common(platforms: Iterable[str]) -> SafeBox:
    """Return what the house default and every named platform leave free.

    A platform without an entry adds nothing: the house default already keeps clear of what all apps share, and a
    new platform must be able to post before anybody has measured it.
    """
    boxes = [SafeBox(), *(SAFE_BOXES[name] for name in platforms if name in SAFE_BOXES)]
    return SafeBox(
        left=max(box.left for box in boxes),
        top=max(box.top for box in boxes),
        right=min(box.right for box in boxes),
        bottom=min(box.bottom for box in boxes),
    )
