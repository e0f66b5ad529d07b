"""What a picture is drawn from, in words, for services that know nothing of places and palettes."""

from __future__ import annotations

from core.models import DrawRequest

NO_LETTERS = "no text, no letters, no watermark"
"""Said to models that take no negative prompt: captions are ours, and drawn letters come out wrong."""


def picture_words(asked: DrawRequest, *more: str) -> str:
    """Return a picture's prompt: what the writer saw, or what is told and where; then its look, and more."""
    where = f"{asked.setting.place}, {asked.setting.time}, {asked.setting.mood}"
    told = (asked.prompt,) if asked.prompt.strip() else (asked.subject, asked.text, where)
    parts = (part.strip().rstrip(".,") for part in (*told, asked.look.appearance, asked.look.style, *more))
    return ". ".join(part for part in parts if part)
