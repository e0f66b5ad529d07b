"""What a character's reels carry: watermark and outro, in the character's words or the house's own."""

from __future__ import annotations

from dataclasses import dataclass

from core.models import Character, Language

INVITATIONS: dict[Language, str] = {
    "en": "More from {name}",
    "es": "Más de {name}",
    "de": "Mehr von {name}",
    "fr": "Encore plus de {name}",
    "it": "Altro da {name}",
}


@dataclass(frozen=True)
class Marks:
    """The texts burnt into a reel; None where there is none."""

    watermark: str | None
    outro: str | None


def marks_of(character: Character) -> Marks:
    """Return the marks of a character's reels; a text that was set empty leaves its mark out."""
    brand = character.brand
    watermark = character.name if brand.watermark is None else brand.watermark.strip()
    invitation = INVITATIONS[character.language].format(name=character.name)
    outro = invitation if brand.outro is None else brand.outro.strip()
    return Marks(watermark or None, outro or None)
