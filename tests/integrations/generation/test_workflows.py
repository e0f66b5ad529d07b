"""Templates of ComfyUI graphs: slots, faults of files, the two that come along, and what is read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes.comfyui import CHECKPOINTS, LORAS, faults_of

from core.errors import ConfigError
from core.models import DrawRequest
from integrations.generation.workflows import (
    BUILT_IN,
    SEEDS,
    ImageWorkflows,
    Workflow,
    WorkflowOptions,
    file_label,
    native_size,
)

PALETTE = {"deep": "#0b1d3a", "main": "#1f5f8b", "soft": "#7fb7be", "glow": "#ffe9a8", "accent": "#ff7b54"}
SAVE = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "{label}"}}


def node(**inputs: Any) -> dict[str, Any]:
    return {"class_type": "CLIPTextEncode", "inputs": inputs}


def template(folder: Path, graph: Any, name: str = "mine.json") -> Path:
    path = folder / name
    path.write_text(graph if isinstance(graph, str) else json.dumps(graph))
    return path


def drawing(**changes: Any) -> DrawRequest:
    setting = {"place": "sea", "time": "dawn", "mood": "serene"}
    asked = {"text": "An octopus.", "prompt": "An octopus over the reef.", "setting": setting, "palette": PALETTE}
    return DrawRequest.model_validate(asked | changes)


def images(**options: Any) -> ImageWorkflows:
    return ImageWorkflows("comfyui", WorkflowOptions(base_url="http://127.0.0.1:8188", **options))


def inputs_of(graph: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(part["inputs"] for part in graph.values() if part["class_type"] == kind)


def test_a_value_that_is_a_slot_becomes_the_typed_value_and_a_slot_in_a_text_becomes_text(tmp_path: Path) -> None:
    graph = {"1": node(seed="{seed}", text="Seed {seed}: {prompt}!", list=["{width}", 3], strength="{lora_strength}")}
    workflow = Workflow.load(template(tmp_path, graph))

    filled = workflow.fill({"seed": 7, "prompt": "a reef", "width": 768, "lora_strength": 0.8, "height": 1})

    assert workflow.slots == {"seed", "prompt", "width", "lora_strength"}
    assert filled["1"]["inputs"] == {"seed": 7, "text": "Seed 7: a reef!", "list": [768, 3], "strength": 0.8}
    assert workflow.graph == graph


def test_what_is_filled_in_is_not_filled_again(tmp_path: Path) -> None:
    workflow = Workflow.load(template(tmp_path, {"1": node(text="{prompt} {seed}", raw="{prompt}")}))

    filled = workflow.fill({"prompt": "{seed} {width}", "seed": 3})

    assert filled["1"]["inputs"] == {"text": "{seed} {width} 3", "raw": "{seed} {width}"}


def test_braces_that_are_no_slots_stay(tmp_path: Path) -> None:
    workflow = Workflow.load(template(tmp_path, {"1": node(text='{red|blue} {"a": 1} {}')}))

    assert workflow.fill({})["1"]["inputs"]["text"] == '{red|blue} {"a": 1} {}'


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        ({"nodes": [], "links": [], "version": 0.4}, "saved for ComfyUI's editor"),
        ('{"1": ', "is not JSON"),
        ([1, 2], "not a JSON object of nodes"),
        ({}, "not a JSON object of nodes"),
        ({"prompt": {"1": node()}}, "entry 'prompt' that is not a node"),
        ({"1": {"class_type": "SaveImage"}}, "entry '1' that is not a node"),
        ({"1": node(text="{promt}")}, "unknown slots {promt}"),
    ],
)
def test_a_file_that_is_no_template_is_refused_with_the_reason(tmp_path: Path, graph: Any, reason: str) -> None:
    path = template(tmp_path, graph)

    with pytest.raises(ConfigError) as caught:
        Workflow.load(path)

    assert reason in caught.value.message
    assert str(path) in caught.value.message
    assert "Export (API)" in caught.value.remedy


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Workflow.load(tmp_path / "none.json")


def test_a_template_without_a_slot_it_needs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lacks the slots \{label\}, \{picture\}"):
        Workflow.load(template(tmp_path, {"1": node(text="{prompt}")}), needs=("prompt", "picture", "label"))


def test_a_slot_without_a_value_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    workflow = Workflow.load(template(tmp_path, {"1": node(text="{prompt}", seed="{seed}")}))

    with pytest.raises(ConfigError, match=r"'mine' has slots without a value: \{seed\}"):
        workflow.fill({"prompt": "a reef"})


def test_the_built_in_template_is_a_sound_graph_at_the_size_sdxl_knows() -> None:
    graph = images().graph(drawing(seed=42), "reel-1/picture 2")

    assert faults_of(graph, set()) == (None, {})
    assert inputs_of(graph, "EmptyLatentImage") == {"width": 768, "height": 1344, "batch_size": 1}
    assert inputs_of(graph, "KSampler")["seed"] == 42
    assert inputs_of(graph, "CheckpointLoaderSimple")["ckpt_name"] == CHECKPOINTS[0]
    assert inputs_of(graph, "SaveImage")["filename_prefix"] == "reel-1-picture-2"
    assert "LoraLoader" not in {part["class_type"] for part in graph.values()}


def test_a_character_with_a_lora_gets_the_template_that_loads_it() -> None:
    look = {"lora": LORAS[0], "lora_strength": 0.65}
    graph = images().graph(drawing(look=look), "a")
    number = next(key for key, part in graph.items() if part["class_type"] == "LoraLoader")

    assert faults_of(graph, set()) == (None, {})
    assert graph[number]["inputs"]["lora_name"] == LORAS[0]
    assert graph[number]["inputs"]["strength_model"] == graph[number]["inputs"]["strength_clip"] == 0.65
    assert inputs_of(graph, "KSampler")["model"] == [number, 0]
    clips = [part["inputs"]["clip"] for part in graph.values() if part["class_type"] == "CLIPTextEncode"]
    assert clips == [[number, 1], [number, 1]]


def test_the_look_of_the_character_goes_into_the_prompt() -> None:
    look = {"appearance": "A diver in a red suit.", "style": "gouache"}
    graph = images(negative="text").graph(drawing(look=look), "a")
    texts = [part["inputs"]["text"] for part in graph.values() if part["class_type"] == "CLIPTextEncode"]

    assert texts == ["An octopus over the reef. A diver in a red suit. gouache", "text"]


@pytest.mark.parametrize("seed", [-1, SEEDS + 5])
def test_any_seed_is_brought_into_the_range_of_the_sampler(seed: int) -> None:
    assert 0 <= inputs_of(images().graph(drawing(seed=seed), "a"), "KSampler")["seed"] < SEEDS


def test_nothing_to_draw_is_objected_to() -> None:
    assert images().objection(drawing()) is None


def test_a_template_of_ones_own_without_one_for_loras_is_not_mixed_with_the_built_in_one(tmp_path: Path) -> None:
    own = images(image_workflow=template(tmp_path, {"1": node(text="{prompt}"), "2": SAVE}))
    asked = drawing(look={"lora": "octopus"})

    assert own.objection(drawing()) is None
    assert "set image_workflow_lora in [services.comfyui]" in str(own.objection(asked))
    with pytest.raises(ConfigError, match="image_workflow_lora"):
        own.graph(asked, "a")


def test_a_template_for_loras_of_ones_own_is_taken_for_characters_with_one(tmp_path: Path) -> None:
    own = template(tmp_path, {"1": node(text="{prompt} <{lora}>"), "2": SAVE}, "flux_lora.json")
    workflows = images(image_workflow_lora=own)

    assert workflows.model(drawing(look={"lora": "octopus"})) == "flux_lora"
    assert workflows.model(drawing()) == CHECKPOINTS[0]
    assert inputs_of(workflows.graph(drawing(look={"lora": "ink"}), "a"), "CLIPTextEncode")["text"].endswith("<ink>")


def test_a_template_for_loras_must_have_the_slot(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lacks the slots \{lora\}"):
        images(image_workflow_lora=template(tmp_path, {"1": node(text="{prompt}"), "2": SAVE}))


def test_a_slot_no_setting_fills_is_objected_to(tmp_path: Path) -> None:
    assert "{checkpoint}" in str(images(checkpoint="").objection(drawing()))
    own = images(image_workflow=template(tmp_path, {"1": node(text="{prompt} {frames}"), "2": SAVE}))
    assert "{frames}" in str(own.objection(drawing()))


@pytest.mark.parametrize(
    ("asked", "megapixels", "multiple", "size"),
    [
        ((1296, 2304), 1.0, 64, (768, 1344)),
        ((2304, 1296), 1.0, 64, (1344, 768)),
        ((1080, 1080), 1.0, 64, (1024, 1024)),
        ((1080, 1920), 0.4, 32, (480, 832)),
        ((10, 4000), 0.01, 64, (64, 2048)),
    ],
)
def test_sizes_keep_the_shape(asked: tuple[int, int], megapixels: float, multiple: int, size: tuple[int, int]) -> None:
    assert native_size(*asked, megapixels, multiple) == size


def test_labels_become_names_without_folders_or_patterns() -> None:
    assert file_label("reel 7/draw:3 %date%") == "reel-7-draw-3-date-"


def test_both_templates_come_along() -> None:
    assert {path.name for path in BUILT_IN.glob("*.json")} == {"picture.json", "picture_lora.json"}
