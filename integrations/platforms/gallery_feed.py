"""The feed of the gallery, for feed readers and scripts. Reference: https://www.jsonfeed.org/version/1.1/ ."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.platforms.base import FILE_NAMES
from integrations.platforms.disk import write_whole

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Names of finished gallery folders. Nothing hidden and nothing that climbs out of the gallery fits it."""

FEED_NAME = "feed.json"
FEED_LIMIT = 200
"""Most reels a feed names; readers ask often and keep what they have seen."""

MOST_SECONDS = 86_400
"""A length beyond a day is not one; JSON may also carry NaN and infinities, which no feed reader takes."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def finished_folders(gallery: Path) -> Iterator[Path]:
    """Yield the folders of finished reels, in the order of their names."""
    for folder in sorted(gallery.iterdir()):
        if SLUG.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
            yield folder


def write_feed(gallery: Path, studio_url: str) -> None:
    """Write feed.json anew from the folders, newest reel first. Raises OSError."""
    dated = [entry for folder in finished_folders(gallery) if (entry := _entry(folder, studio_url))]
    dated.sort(key=lambda entry: (entry[0], entry[1]["id"]), reverse=True)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Reelwright gallery",
        "home_page_url": f"{studio_url}/",
        "feed_url": f"{studio_url}/{FEED_NAME}",
        "items": [item for _, item in dated[:FEED_LIMIT]],
    }
    text = json.dumps(feed, indent=2) + "\n"  # ASCII, so that no title can make it unwritable
    target = gallery / FEED_NAME
    if not target.is_file() or target.read_text(encoding="utf-8", errors="replace") != text:
        write_whole(target, text)


def _entry(folder: Path, studio_url: str) -> tuple[datetime, dict[str, Any]] | None:
    """Return when a reel was made and its item, or None when its facts cannot be read."""
    try:
        facts = json.loads((folder / FILE_NAMES["facts"]).read_text(encoding="utf-8"))
        reel_bytes = (folder / FILE_NAMES["reel"]).stat().st_size
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(facts, dict) or not isinstance(facts.get("title"), str):
        return None
    files = f"{studio_url}/files/{folder.name}"
    attachment: dict[str, Any] = {
        "url": f"{files}/{FILE_NAMES['reel']}",
        "mime_type": "video/mp4",
        "size_in_bytes": reel_bytes,
    }
    seconds = facts.get("seconds")
    if isinstance(seconds, int | float) and 0 < seconds < MOST_SECONDS:
        attachment["duration_in_seconds"] = seconds
    item: dict[str, Any] = {
        "id": folder.name,
        "url": f"{studio_url}/reels/{folder.name}",
        "title": facts["title"],
        "content_text": _text(facts.get("caption")) or facts["title"],
        "image": f"{files}/{FILE_NAMES['cover']}",
        "attachments": [attachment],
    }
    character = facts.get("character")
    if isinstance(character, dict) and _text(character.get("name")):
        item["authors"] = [{"name": character["name"]}]
    if language := _text(facts.get("language")):
        item["language"] = language
    if isinstance(facts.get("hashtags"), list):
        item["tags"] = [tag.removeprefix("#") for tag in facts["hashtags"] if isinstance(tag, str)]
    made_at = _moment(facts.get("made_at"))
    if made_at:
        item["date_published"] = made_at.isoformat()
    return made_at or EPOCH, item


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
