"""Files an operator writes by hand, in TOML: read whole, checked, and every fault named with its place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import ConfigError
from core.faults import faults_of

Content = TypeVar("Content", bound=BaseModel)


def read_text(path: Path, setting: str) -> str:
    """Return the text of the file that a setting points at. Raises ConfigError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"{setting} points at {path}, which cannot be read ({exc}).",
            remedy=f"Create it ({_example(setting)} shows the form), or leave {setting} empty.",
        ) from exc


def parse(text: str, content: type[Content], setting: str) -> Content:
    """Return the checked content of such a file. Raises ConfigError naming the places at fault."""
    name = setting.replace("_", " ").lower()
    remedy = f"Mend that place in the {name}; {_example(setting)} shows the form."
    try:
        return content.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"The {name} is not valid TOML: {exc}.", remedy=remedy) from exc
    except ValidationError as exc:
        raise ConfigError(f"The {name} has faults: {faults_of(exc)}.", remedy=remedy) from exc


def _example(setting: str) -> str:
    return f"examples/{setting.removesuffix('_FILE').lower()}.toml"
