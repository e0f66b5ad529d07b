"""Teaches a service a voice from recordings, for those who agreed to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from cli.output import console, print_json, spoken_errors
from core.errors import BadInput, ConfigError
from core.models import Capability, CloneRequest, Order
from core.settings import get_settings
from integrations.storage.folder import digest

voices_app = typer.Typer(help="Voices that services learn from recordings.", no_args_is_help=True)

RECIPE = "1"
NO_CHAIN = 'Add it to the chains of the services file, such as clone = ["elevenlabs"].'


@voices_app.callback()
def voices() -> None:
    """Voices that services learn from recordings."""


@voices_app.command("clone")
def clone(
    name: Annotated[str, typer.Argument(help="What the voice is called at the service.")],
    samples: Annotated[list[Path], typer.Argument(help="Recordings of one speaker, 10 to 60 seconds in all.")],
    consent: Annotated[str, typer.Option("--consent", help="Who agreed to it, when, and where that is written down.")],
    language: Annotated[str, typer.Option("--language", help="en, es, de, fr or it.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Have a service learn a voice; the same recordings again cost nothing.

    Nothing is sent without a record of consent. The last lines say what to put into the roster.
    """
    from deployments.house import open_database
    from tasks.chain import chain_for
    from tasks.making import obtain_from_makers

    with spoken_errors(as_json=as_json):
        files = {_digest(path): path for path in samples}
        request = _request(name, language, tuple(files), consent)
        if not chain_for(Capability.CLONE):
            raise ConfigError("Nobody is named who clones voices.", remedy=NO_CHAIN)
        order = Order(capability=Capability.CLONE, request=request.model_dump(mode="json"), recipe=RECIPE)
        with open_database(get_settings()):
            result = obtain_from_makers(order, reel_id=None, inputs=files)
            service = _service_of(result.key)
    voice = str(result.value["voice_id"])
    if as_json:
        print_json({"service": service, "voice_id": voice, "is_new": not result.is_replay})
        return
    console.print(f"{service} knows the voice '{name}'{' already' if result.is_replay else ''}. For the roster:")
    console.print(f'\n\\[character.voice.ids]\n{service} = "{voice}"')


def _service_of(key: str) -> str:
    from db import generations
    from db.connection import get_database

    with get_database().transaction() as connection:
        return str(generations.list_makers(connection, [key])[0]["maker"])


def _digest(path: Path) -> str:
    if not path.is_file():
        raise BadInput(f"There is no recording {path}.", remedy="Name sound files of one speaker, such as mira.wav.")
    return digest(path)[0]


def _request(name: str, language: str, samples: tuple[str, ...], consent: str) -> CloneRequest:
    try:
        return CloneRequest.model_validate(
            {"name": name, "language": language, "samples": samples, "consent": consent.strip()}
        )
    except ValidationError as exc:
        fault = exc.errors()[0]
        raise BadInput(
            f"The voice cannot be cloned: {fault['loc'][0]}: {fault['msg']}.",
            remedy="Languages are en, es, de, fr, it; consent names who agreed, when, and where that is written down.",
        ) from exc
