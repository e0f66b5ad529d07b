"""How the command speaks: tables and colour on a terminal, plain lines in a pipe, JSON when asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, NoReturn

import typer
from rich.console import Console

from core.errors import BadInput, ConfigError, DatabaseUnavailable, FactoryError, NeedsPerson, NotFound, ServiceError

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


class ExitCode(IntEnum):
    """What a script can tell from the exit code."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    HELD = 3
    NOT_SET_UP = 4


def exit_code_of(error: FactoryError) -> ExitCode:
    """Return the exit code of an error."""
    if isinstance(error, BadInput | NotFound):
        return ExitCode.BAD_INPUT
    if isinstance(error, ConfigError | DatabaseUnavailable):
        return ExitCode.NOT_SET_UP
    return ExitCode.HELD if isinstance(error, NeedsPerson) else ExitCode.FAILED


@contextmanager
def spoken_errors(*, as_json: bool = False) -> Iterator[None]:
    """Turn the house's errors into one clear message and an exit code."""
    try:
        yield
    except FactoryError as error:
        detail = f" ({error.detail})" if isinstance(error, ServiceError) and error.detail else ""
        stop(error.message + detail, error.remedy, exit_code_of(error), as_json=as_json)
    except KeyboardInterrupt:
        stop("Stopped.", "Run the same command again: it goes on where it stood.", ExitCode.FAILED, as_json=as_json)


def stop(message: str, remedy: str, code: ExitCode, *, as_json: bool = False) -> NoReturn:
    """Say what is wrong and what to do, and exit."""
    if as_json:
        print_json({"error": message, "remedy": remedy, "exit_code": int(code)})
    else:
        errors.print(f"[bold red]✘[/] {_plain(message)}", f"[bold]→[/] {_plain(remedy)}", sep="\n")
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    """Print one JSON document on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
