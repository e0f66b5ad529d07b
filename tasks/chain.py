"""Who is asked for what, in which order: the character's own chain, else the services file's, else the settings'."""

from __future__ import annotations

from functools import lru_cache

from core.models import Capability, Character, Order, Quality
from core.services_file import get_services_file
from core.settings import get_settings
from integrations.generation import MAKERS, SERVICES, check_chain, local_maker, service_class, service_options
from integrations.generation.base import LocalMaker
from integrations.generation.contract import Service, ServiceOptions


def chain_for(
    capability: Capability, character: Character | None = None, quality: Quality = "standard"
) -> tuple[str, ...]:
    """Return the names of those who are asked, in order. Raises ConfigError when one cannot do it, or none is named.

    Chains for moving pictures may be empty: then pictures stay still.
    """
    optional = capability in (Capability.ANIMATE, Capability.TALK, Capability.CLONE)
    if character is not None and capability in character.makers:
        names, source = character.makers[capability], f"The character {character.slug}'s chain '{capability}'"
    elif names := get_services_file().chain(capability, quality):
        source = f"The chain '{capability}' of the services file"
    else:
        names, source = get_settings().makers(capability), f"{capability.upper()}_MAKERS"
    if names or not optional:
        check_chain(capability, names, source)
    return names


@lru_cache(maxsize=32)
def get_maker(name: str) -> LocalMaker:
    """Return this process's maker, kept because some keep a loaded voice."""
    return local_maker(name, get_settings())


@lru_cache(maxsize=32)
def get_options(name: str) -> ServiceOptions:
    """Return how a service is used; raises ConfigError when its table has faults."""
    return service_options(name, get_services_file().services.get(name, {}))


@lru_cache(maxsize=64)
def get_client(name: str, key: str) -> Service:
    """Return this process's client of a service with the key of one account."""
    return service_class(name)(get_options(name), key)


def objection_to(name: str, order: Order) -> str | None:
    """Say why somebody in a chain cannot serve an order, or None. Nobody is asked over the network."""
    if is_service(name):
        return get_client(name, "no key is needed for this").objection(order.capability, order.request)
    return get_maker(name).objection(order.request)


def needs_key(service: str) -> bool:
    """Say whether a service is called with the key of an account."""
    return service_class(service).needs_key


def is_service(name: str) -> bool:
    """Say whether a name is an outside service."""
    return name in SERVICES and name not in MAKERS


def forget() -> None:
    """Read settings, services and clients anew."""
    for kept in (get_maker, get_options, get_client, get_services_file):
        kept.cache_clear()
