"""Makers of scripts, speech, pictures and music: one file each, and this registry.

To add a maker: copy the nearest file, fill in `name`, `capability`, `objection` and `make`, and add one
line to MAKERS. The settings WRITE_MAKERS, SPEAK_MAKERS, DRAW_MAKERS and MUSIC_MAKERS say who is asked, in
which order; no task or flow changes.
"""

from __future__ import annotations

from core.errors import ConfigError
from core.models import Capability
from core.settings import Settings
from integrations.generation.base import LocalMaker
from integrations.generation.bed import Bed
from integrations.generation.nanotts import NanoTts
from integrations.generation.outline import Outline
from integrations.generation.own_music import OwnMusic
from integrations.generation.piper import Piper
from integrations.generation.scenery import Scenery

MAKERS: dict[str, type[LocalMaker]] = {maker.name: maker for maker in (Outline, Piper, NanoTts, Scenery, Bed, OwnMusic)}


def get_makers(capability: Capability, settings: Settings) -> tuple[LocalMaker, ...]:
    """Return the configured makers of a capability in the order they are tried.

    Raises ConfigError when a name is not known, serves something else, or none is configured.
    """
    names = settings.makers(capability.value)
    variable = f"{capability.value.upper()}_MAKERS"
    fitting = sorted(name for name, maker in MAKERS.items() if maker.capability == capability)
    for name in names:
        if name not in fitting:
            raise ConfigError(
                f"{variable} names '{name}', which is no maker for this.", remedy=f"Use one of: {', '.join(fitting)}."
            )
    if not names:
        raise ConfigError(f"{variable} is empty.", remedy=f"Set it to one of: {', '.join(fitting)}.")
    return tuple(MAKERS[name](settings) for name in names)
