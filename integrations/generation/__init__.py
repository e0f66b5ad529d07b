"""Makers of scripts, speech, pictures, clips and music: one file each, and the two registries.

MAKERS work on this machine, free of charge; SERVICES are asked over the network and may cost money. To add one:
copy the nearest file, fill in its methods, and add one line here. Chains in the services file, or settings such as
DRAW_MAKERS, say who is asked in which order; no task or flow changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from core.errors import ConfigError
from core.faults import faults_of
from core.models import Capability
from core.settings import Settings
from integrations.generation.base import LocalMaker
from integrations.generation.bed import Bed
from integrations.generation.contract import Service, ServiceOptions
from integrations.generation.kokoro import Kokoro
from integrations.generation.nanotts import NanoTts
from integrations.generation.outline import Outline
from integrations.generation.own_music import OwnMusic
from integrations.generation.piper import Piper
from integrations.generation.scenery import Scenery

MAKERS: dict[str, type[LocalMaker]] = {
    maker.name: maker for maker in (Outline, Piper, Kokoro, NanoTts, Scenery, Bed, OwnMusic)
}
SERVICES: dict[str, str] = {
    "a2e": "a2e.A2E",
    "comfyui": "comfyui.ComfyUI",
    "elevenlabs": "elevenlabs.ElevenLabs",
    "gemini": "gemini.Gemini",
    "kie": "kie.Kie",
    "ollama": "ollama_local.Ollama",
    "openai": "openai_compatible.OpenAICompatible",
    "runpod": "runpod.RunPod",
}
"""Where each service is found. They are loaded when they are asked: some bring large libraries."""


@cache
def service_class(name: str) -> type[Service]:
    """Return a service by its name."""
    module, _, found = SERVICES[name].partition(".")
    loaded: type[Service] = getattr(import_module(f"integrations.generation.{module}"), found)
    return loaded


def can(name: str, capability: Capability) -> bool:
    """Say whether a maker or service of this name exists and has the capability."""
    if name in MAKERS:
        return MAKERS[name].capability == capability
    return name in SERVICES and capability in service_class(name).capabilities


def check_chain(capability: Capability, names: Sequence[str], source: str) -> None:
    """Refuse a chain that names somebody who cannot do it; `source` says where it is written."""
    unfit = [name for name in names if not can(name, capability)]
    if names and not unfit:
        return
    fault = f"{source} names '{unfit[0]}', which is no maker for this." if unfit else f"{source} is empty."
    fitting = sorted(name for name in (*MAKERS, *SERVICES) if can(name, capability))
    raise ConfigError(fault, remedy=f"Use one of: {', '.join(fitting)}.")


def local_maker(name: str, settings: Settings) -> LocalMaker:
    """Return a maker that works on this machine."""
    return MAKERS[name](settings)


def service_options(name: str, table: dict[str, Any]) -> ServiceOptions:
    """Read a service's own table of the services file. Raises ConfigError naming the field at fault."""
    try:
        return service_class(name).Options.model_validate(table)
    except ValidationError as exc:
        raise ConfigError(
            f"[services.{name}] in the services file has faults: {faults_of(exc)}.",
            remedy="Mend that table; examples/services.toml shows the form.",
        ) from exc
