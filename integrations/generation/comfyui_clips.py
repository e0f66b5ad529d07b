"""The template clips are made with: the operator's own, for none comes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from core.errors import ConfigError
from core.models import AnimateRequest
from integrations.generation.workflows import (
    SEEDS,
    Filling,
    Workflow,
    WorkflowOptions,
    file_label,
    model_of,
    named_slots,
    native_size,
)

VIDEO_MULTIPLE = 32
"""Sides of clips are multiples of this, in pixels: LTX needs it, and Wan's own 480 x 832 comes of it."""


class ClipOptions(WorkflowOptions):
    """What can be told about clips. They have a multiple of `video_frame_step`, and one, of frames."""

    video_workflow: Path | None = None
    video_megapixels: float = Field(default=0.4, gt=0, le=16)
    video_fps: int = Field(default=16, ge=1, le=60)
    video_frame_step: int = Field(default=4, ge=1)


class ClipWorkflow:
    """Fills the operator's template for clips; `template` is None where there is none."""

    def __init__(self, service: str, options: ClipOptions) -> None:
        """Raise ConfigError when the template cannot be used."""
        self._service, self._options = service, options
        self.template: Workflow | None = None
        if options.video_workflow:
            self.template = Workflow.load(options.video_workflow, needs=("picture", "label"))

    def objection(self, asked: AnimateRequest) -> str | None:
        """Say what keeps this clip from being made: no template, a slot without value."""
        if self.template is None:
            return f"There is no workflow for clips; set video_workflow in [services.{self._service}] to a template."
        if missing := self.template.slots - self._values(asked, "", "").keys():
            return (
                f"The workflow '{self.template.name}' has slots that clips have no value for: {named_slots(missing)}."
            )
        return None

    def graph(self, asked: AnimateRequest, label: str, picture: str) -> dict[str, Any]:
        """Return the graph that moves a picture, named as ComfyUI does, and saves it under the label."""
        if self.template is None:
            raise ConfigError(str(self.objection(asked)))
        return self.template.fill(self._values(asked, label, picture))

    def model(self) -> str:
        """Return what clips are made with: the checkpoint, or the workflow when that names its own models."""
        return model_of(self.template, self._options.checkpoint) if self.template else ""

    def _values(self, asked: AnimateRequest, label: str, picture: str) -> dict[str, Filling]:
        options = self._options
        width, height = native_size(asked.width, asked.height, options.video_megapixels, VIDEO_MULTIPLE)
        steps = max(1, round(asked.seconds * options.video_fps / options.video_frame_step))
        return {
            "prompt": asked.prompt,
            "negative": options.negative,
            "width": width,
            "height": height,
            "seed": asked.seed % SEEDS,
            "label": file_label(label),
            "checkpoint": options.checkpoint,
            "picture": picture,
            "seconds": asked.seconds,
            "frames": steps * options.video_frame_step + 1,
            "fps": options.video_fps,
        }
