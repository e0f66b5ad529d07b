"""The models of KIE's market: what each takes as its input, which values are allowed, what it costs.

Fields, types and values are those of the model pages under https://docs.kie.ai/market (versions of 2026): google/
nano-banana, google/nanobanana2, flux2/pro-text-to-image and kling/kling-3-0. Prices are UNCONFIRMED: no call tells
them, and they were copied from third-party tables of https://kie.ai/pricing (1 credit is about 0.005 US dollars).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from core.models import AnimateRequest, Capability, DrawRequest
from integrations.generation.picture_words import NO_LETTERS, picture_words
from integrations.generation.prices import Per, Price

PRICED_ON = date(2026, 8, 6)
"""The day from which the built-in prices are said to hold."""

PICTURE, SECONDS = "{picture}", "{seconds}"
"""In the operator's own input: the address of the uploaded picture, and the whole seconds of the clip."""

SAFETY = "nsfw_checker"
"""KIE's filter of its results. It is off unless asked for, and here it is never left off."""

BOTH = (True, False)


@dataclass(frozen=True)
class Rate:
    """A price in credits, for inputs that hold `when`."""

    units: Decimal
    when: Mapping[str, Any] = field(default_factory=dict)
    per: Per = "request"


@dataclass(frozen=True)
class MarketModel:
    """What one model takes: `shape` names the field of its aspect ratio, `picture` the list of input pictures.

    `choices` holds every field beside the prompt and the picture, with the values it may have; empty means that
    nothing is known and everything may be sent. `usual` is sent unless the operator says otherwise. `seconds` are
    the shortest and the longest clip.
    """

    capability: Capability
    choices: Mapping[str, tuple[Any, ...]]
    usual: Mapping[str, Any]
    shape: str = "aspect_ratio"
    longest_prompt: int = 5000
    picture: str = ""
    picture_mib: int = 10
    picture_suffixes: tuple[str, ...] = (".png", ".jpg")
    seconds: tuple[int, int] = (1, 20)
    rates: tuple[Rate, ...] = ()


COMMON_SHAPES = ("1:1", "9:16", "16:9", "3:4", "4:3")
GOOGLE_SHAPES = (*COMMON_SHAPES, "3:2", "2:3", "5:4", "4:5", "21:9")

MODELS: Mapping[str, MarketModel] = {
    "google/nano-banana": MarketModel(
        capability=Capability.DRAW,
        shape="image_size",
        choices={"image_size": (*GOOGLE_SHAPES, "auto"), "output_format": ("png", "jpeg")},
        usual={"output_format": "png"},
        rates=(Rate(Decimal(4)),),
    ),
    "nano-banana-2": MarketModel(
        capability=Capability.DRAW,
        longest_prompt=20_000,
        choices={
            "aspect_ratio": (*GOOGLE_SHAPES, "1:4", "4:1", "1:8", "8:1", "auto"),
            "resolution": ("1K", "2K", "4K"),
            "output_format": ("jpg", "png"),
            "google_search": BOTH,
        },
        usual={"resolution": "2K", "output_format": "png", "google_search": False},
        rates=tuple(Rate(Decimal(n), {"resolution": size}) for size, n in (("1K", 8), ("2K", 12), ("4K", 18))),
    ),
    "flux-2/pro-text-to-image": MarketModel(
        capability=Capability.DRAW,
        choices={"aspect_ratio": (*COMMON_SHAPES, "3:2", "2:3"), "resolution": ("1K", "2K"), SAFETY: BOTH},
        usual={"resolution": "2K", SAFETY: True},
        rates=tuple(Rate(Decimal(n), {"resolution": size}) for size, n in (("1K", 5), ("2K", 7))),
    ),
    "kling-3.0/video": MarketModel(
        capability=Capability.ANIMATE,
        longest_prompt=2500,  # UNCONFIRMED: told by third parties only
        choices={
            "aspect_ratio": ("16:9", "9:16", "1:1"),
            "duration": tuple(str(seconds) for seconds in range(3, 16)),
            "mode": ("std", "pro", "4K"),
            "sound": BOTH,
            "multi_shots": (False,),
            "multi_prompt": ([],),
        },
        usual={"duration": SECONDS, "mode": "pro", "sound": False, "multi_shots": False, "multi_prompt": []},
        picture="image_urls",
        seconds=(3, 15),
        rates=tuple(
            Rate(Decimal(n), {"mode": mode, "sound": sound}, "second")
            for mode, sound, n in (
                ("std", False, 14),
                ("std", True, 20),
                ("pro", False, 18),
                ("pro", True, 27),
                ("4K", False, 67),
                ("4K", True, 67),
            )
        ),
    ),
}

UNKNOWN = {
    capability: MarketModel(capability=capability, choices={}, usual={})
    for capability in (Capability.DRAW, Capability.ANIMATE)
}
"""Stands for a model that is not listed here: what it takes beyond prompt and aspect ratio the operator says."""


def build_input(
    model: MarketModel, asked: DrawRequest | AnimateRequest, own: Mapping[str, Any], picture: str
) -> dict[str, Any]:
    """Return what is sent as `input`: the prompt, the aspect ratio, the usual values, and over them the operator's.

    `picture` is the address of the uploaded picture of an AnimateRequest.
    """
    prompt = asked.prompt if isinstance(asked, AnimateRequest) else picture_words(asked, NO_LETTERS)
    shapes = model.choices.get(model.shape, COMMON_SHAPES)
    inputs = {"prompt": prompt, model.shape: nearest_shape(asked.width, asked.height, shapes), **model.usual, **own}
    if isinstance(asked, AnimateRequest):
        if model.picture:
            inputs[model.picture] = [PICTURE]
        words = {PICTURE: picture, SECONDS: str(whole_seconds(model, asked))}
        inputs = {name: value if name == "prompt" else filled(value, words) for name, value in inputs.items()}
    if SAFETY in inputs:
        inputs[SAFETY] = True
    return inputs


def fault_of(model: MarketModel, inputs: Mapping[str, Any]) -> str | None:
    """Say in one sentence what the model would not take, or None."""
    if not 3 <= len(inputs["prompt"]) <= model.longest_prompt:
        return f"The prompt has {len(inputs['prompt'])} characters; 3 to {model.longest_prompt} are taken."
    if not model.choices:
        return None
    for name, value in inputs.items():
        if name in ("prompt", model.picture):
            continue
        if name not in model.choices:
            return f"The model has no field '{name}'; it takes {', '.join(model.choices)}."
        allowed = model.choices[name]
        if not any(type(value) is type(choice) and value == choice for choice in allowed):
            return f"'{name}' cannot be {value!r}; it is one of {', '.join(map(repr, allowed))}."
    return None


def known_prices(name: str, inputs: Mapping[str, Any]) -> tuple[Price, ...]:
    """Return the built-in prices of a model for these inputs; empty when none is known."""
    model = MODELS.get(name)
    return tuple(
        Price(capability=model.capability, model=name, since=PRICED_ON, per=rate.per, units=rate.units)
        for rate in (model.rates if model else ())
        if model and all(inputs.get(field) == value for field, value in rate.when.items())
    )


def whole_seconds(model: MarketModel, asked: AnimateRequest) -> int:
    """Return the length to order: whole seconds, never shorter than what is needed or than the model makes."""
    return max(model.seconds[0], math.ceil(asked.seconds))


def nearest_shape(width: int, height: int, shapes: tuple[str, ...]) -> str:
    """Return the aspect ratio, such as "9:16", that comes closest to a size."""

    def distance(shape: str) -> float:
        across, down = map(int, shape.split(":"))
        return abs(math.log(width / height) - math.log(across / down))

    return min((shape for shape in shapes if ":" in shape), key=distance)


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """Return the value with every placeholder in its texts replaced, lists included."""
    if isinstance(value, list):
        return [filled(part, words) for part in value]
    if isinstance(value, str):
        for placeholder, word in words.items():
            value = value.replace(placeholder, word)
    return value
