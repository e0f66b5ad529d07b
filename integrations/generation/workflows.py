"""What services that run ComfyUI graphs share: graphs as templates with named slots.

A template is a graph in ComfyUI's API format ("Save (API Format)" or "Export (API)" in its menu), a JSON object of
nodes, in which texts such as "{prompt}" or "{seed}" are slots. A value that is nothing but a slot becomes the typed
value (a number stays one); a slot inside a longer text is written into it. Two templates for SDXL checkpoints come
along in `comfyui_workflows/`: a picture without and with a character's LoRA.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from core.errors import ConfigError
from core.models import DrawRequest
from integrations.generation.contract import ServiceOptions
from integrations.generation.picture_words import picture_words

Filling = str | int | float

BUILT_IN = Path(__file__).parent / "comfyui_workflows"

SLOT = re.compile(r"\{([a-z_]+)\}")
SLOTS = frozenset(
    {
        "prompt", "negative", "width", "height", "seed", "label", "checkpoint", "lora", "lora_strength",
        "picture", "seconds", "frames", "fps",
    }
)  # fmt: skip

SEEDS = 1 << 64
"""ComfyUI's samplers take seeds from 0 to 2^64 - 1 (`KSampler` in its nodes.py)."""

IMAGE_MULTIPLE = 64
"""SDXL was trained on sides that are multiples of 64; 9:16 at one megapixel is its own 768 x 1344."""

ROUNDING = 1e-6
"""Keeps a side that is a multiple already from falling to the one below by a rounding error."""


@dataclass(frozen=True)
class Workflow:
    """A graph with slots; `name` is the file's, `slots` are the names that must be filled."""

    name: str
    graph: dict[str, Any]
    slots: frozenset[str]

    @classmethod
    def load(cls, path: Path, *, needs: Collection[str] = ()) -> Workflow:
        """Read a template, which must have the slots it `needs`. Raises ConfigError that says what is wrong with it."""
        try:
            graph = json.loads(path.read_text(encoding="utf-8"))
        except OSError as exc:
            raise _broken(path, f"cannot be read ({exc.strerror})") from exc
        except ValueError as exc:
            raise _broken(path, f"is not JSON ({exc})") from exc
        if isinstance(graph, dict) and {"nodes", "links"} <= graph.keys():
            raise _broken(path, "was saved for ComfyUI's editor, not for its API")
        if not isinstance(graph, dict) or not graph:
            raise _broken(path, "is not a JSON object of nodes")
        for number, node in graph.items():
            if not isinstance(node, dict) or "class_type" not in node or not isinstance(node.get("inputs"), dict):
                raise _broken(path, f"has an entry '{number}' that is not a node with class_type and inputs")
        slots = _slots_in(graph)
        if unknown := slots - SLOTS:
            raise _broken(path, f"has unknown slots {named_slots(unknown)}; there are {named_slots(SLOTS)}")
        if missing := frozenset(needs) - slots:
            raise _broken(path, f"lacks the slots {named_slots(missing)}")
        return cls(path.stem, graph, slots)

    def fill(self, values: Mapping[str, Filling]) -> dict[str, Any]:
        """Return the graph with every slot filled. Raises ConfigError when a slot has no value."""
        if missing := self.slots - values.keys():
            raise ConfigError(
                f"The workflow '{self.name}' has slots without a value: {named_slots(missing)}.",
                remedy="Set them in the services file, or take the slots out of the workflow.",
            )
        filled: dict[str, Any] = _filled(self.graph, values)
        return filled


class WorkflowOptions(ServiceOptions):
    """What a service that runs ComfyUI graphs can be told.

    Workflows are paths of templates; without one the built-in template is taken. With `image_workflow` alone, there
    is none for characters with a LoRA. Pictures are drawn at `image_megapixels` in the shape that was asked for.
    """

    checkpoint: str = "sd_xl_base_1.0.safetensors"
    negative: str = "text, letters, watermark, logo, signature, frame, blurry, deformed hands, extra fingers"
    image_workflow: Path | None = None
    image_workflow_lora: Path | None = None
    image_megapixels: float = Field(default=1.0, gt=0, le=16)


class ImageWorkflows:
    """The templates pictures are drawn with: one for characters with a LoRA, one for those without."""

    def __init__(self, service: str, options: WorkflowOptions) -> None:
        """Raise ConfigError when a template cannot be used."""
        self._service, self._options = service, options
        self.plain = Workflow.load(options.image_workflow or BUILT_IN / "picture.json", needs=("prompt", "label"))
        self.with_lora: Workflow | None = None
        if options.image_workflow_lora or not options.image_workflow:
            path = options.image_workflow_lora or BUILT_IN / "picture_lora.json"
            self.with_lora = Workflow.load(path, needs=("prompt", "label", "lora"))

    def objection(self, asked: DrawRequest) -> str | None:
        """Say what keeps this picture from being drawn: no template for the LoRA, a slot without value."""
        workflow = self._chosen(asked)
        if workflow is None:
            return (
                f"The character has the LoRA '{asked.look.lora}', but there is no workflow for it; "
                f"set image_workflow_lora in [services.{self._service}]."
            )
        if missing := workflow.slots - self._values(asked, "label").keys():
            return (
                f"The workflow '{workflow.name}' has no value for {named_slots(missing)}; "
                f"set it in [services.{self._service}], or take the slot out."
            )
        return None

    def graph(self, asked: DrawRequest, label: str) -> dict[str, Any]:
        """Return the graph that draws this picture and saves it under the label. Raises ConfigError."""
        workflow = self._chosen(asked)
        if workflow is None:
            raise ConfigError(str(self.objection(asked)))
        return workflow.fill(self._values(asked, label))

    def model(self, asked: DrawRequest) -> str:
        """Return what the picture is drawn with: the checkpoint, or the workflow when that names its own models."""
        workflow = self._chosen(asked)
        return model_of(workflow, self._options.checkpoint) if workflow else ""

    def _chosen(self, asked: DrawRequest) -> Workflow | None:
        return self.with_lora if asked.look.lora else self.plain

    def _values(self, asked: DrawRequest, label: str) -> dict[str, Filling]:
        width, height = native_size(asked.width, asked.height, self._options.image_megapixels, IMAGE_MULTIPLE)
        values: dict[str, Filling] = {
            "prompt": picture_words(asked),
            "negative": self._options.negative,
            "width": width,
            "height": height,
            "seed": asked.seed % SEEDS,
            "label": file_label(label),
        }
        if self._options.checkpoint:
            values["checkpoint"] = self._options.checkpoint
        if asked.look.lora:
            values |= {"lora": asked.look.lora, "lora_strength": asked.look.lora_strength}
        return values


def model_of(workflow: Workflow, checkpoint: str) -> str:
    """Return the checkpoint when the workflow loads it, else the name of the workflow."""
    return checkpoint if "checkpoint" in workflow.slots else workflow.name


def native_size(width: int, height: int, megapixels: float, multiple: int) -> tuple[int, int]:
    """Return the width and height, multiples of `multiple`, with this shape and at most so many binary megapixels."""
    scale = math.sqrt(megapixels * (1 << 20) / (width * height))
    across, down = int(width * scale + ROUNDING) // multiple, int(height * scale + ROUNDING) // multiple
    return max(across, 1) * multiple, max(down, 1) * multiple


def file_label(label: str) -> str:
    """Return the label as it may stand in a file name: ComfyUI gives `/` and `%` a meaning of their own."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", label)


def named_slots(slots: Collection[str]) -> str:
    """Return slots as messages name them."""
    return ", ".join(f"{{{slot}}}" for slot in sorted(slots))


def _broken(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"The workflow {path} {why}.",
        remedy="In ComfyUI, export it by `Workflow > Export (API)`, put slots such as {prompt} into it, and check the "
        "path in the services file.",
    )


def _slots_in(part: Any) -> frozenset[str]:
    if isinstance(part, str):
        return frozenset(SLOT.findall(part))
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return frozenset().union(*map(_slots_in, inner))


def _filled(part: Any, values: Mapping[str, Filling]) -> Any:
    if isinstance(part, dict):
        return {name: _filled(inner, values) for name, inner in part.items()}
    if isinstance(part, list):
        return [_filled(inner, values) for inner in part]
    if not isinstance(part, str):
        return part
    if whole := SLOT.fullmatch(part):
        return values[whole[1]]
    return SLOT.sub(lambda slot: str(values[slot[1]]), part)
