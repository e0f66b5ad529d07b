"""The models of ElevenLabs: what each takes in one call, and what it costs.

From the page "Models" of the documentation (elevenlabs/elevenlabs-docs, fern/docs/pages/models.mdx), August 2025.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.models import Capability, Value
from integrations.generation.prices import Price


class Model(Value):
    """What a model takes and costs: characters in one call, credits for each, and whether it is told the language."""

    longest: int
    credits: Decimal
    takes_language: bool = False
    only_english: bool = False


MODELS = {
    "eleven_multilingual_v2": Model(longest=10_000, credits=Decimal(1)),
    "eleven_v3": Model(longest=3_000, credits=Decimal(1), takes_language=True),
    "eleven_flash_v2_5": Model(longest=40_000, credits=Decimal("0.5"), takes_language=True),
    "eleven_turbo_v2_5": Model(longest=40_000, credits=Decimal("0.5"), takes_language=True),
    "eleven_flash_v2": Model(longest=30_000, credits=Decimal("0.5"), only_english=True),
    "eleven_turbo_v2": Model(longest=30_000, credits=Decimal("0.5"), only_english=True),
}

UNKNOWN_MODEL = Model(longest=3_000, credits=Decimal(1))
"""Any other model is taken to be as narrow as the narrowest; the operator gives it a price."""

PRICES = (
    *(
        Price(capability=Capability.SPEAK, model=name, since=date(2025, 8, 1), per="character", units=model.credits)
        for name, model in MODELS.items()
    ),
    Price(capability=Capability.CLONE, since=date(2025, 8, 1), units=Decimal(1)),
)
"""In credits, of which a plan has as many as characters. Learning a voice takes none but a slot: it counts as one, so
that a lost answer is looked up before a second slot is taken."""
