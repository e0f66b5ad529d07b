"""prefect.yaml and the flows fit each other; found out in milliseconds instead of at deploy time."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule

from core.models import Step
from core.settings import ROOT
from deployments.bootstrap import RESUMABLE_TAG
from deployments.stack import WORK_POOL
from flows.daily_generator import daily_generator
from tasks.posting import READY_EVENT

DOCUMENT = yaml.safe_load((ROOT / "prefect.yaml").read_text())
DEPLOYMENTS: list[dict[str, Any]] = DOCUMENT["deployments"]
deployments = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda entry: entry["name"])


def flow_of(deployment: dict[str, Any]) -> Any:
    path, name = deployment["entrypoint"].split(":")
    return getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)


@deployments
def test_the_entrypoint_exists_and_is_named_like_its_file(deployment: dict[str, Any]) -> None:
    flow = flow_of(deployment)
    stem = Path(deployment["entrypoint"].split(":")[0]).stem

    assert flow.name == deployment["name"] == stem.replace("_", "-")


BY_HAND = {"post-approval"}
"""Deployments that only a person starts."""


@deployments
def test_parameters_fit_the_flow(deployment: dict[str, Any]) -> None:
    given = set(deployment["parameters"]) | {
        name for trigger in deployment.get("triggers", []) for name in trigger["parameters"]
    }

    assert given <= set(inspect.signature(flow_of(deployment).fn).parameters)


@deployments
def test_every_schedule_is_a_cron_with_its_zone_and_a_slug(deployment: dict[str, Any]) -> None:
    assert bool(deployment["schedules"]) is (deployment["name"] not in BY_HAND)
    for schedule in deployment["schedules"]:
        CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
        assert re.fullmatch(r"[a-z0-9-]+", schedule["slug"])


@deployments
def test_it_runs_in_the_pool_the_stack_creates_with_our_own_python(deployment: dict[str, Any]) -> None:
    pool = deployment["work_pool"]

    assert pool["name"] == WORK_POOL
    assert pool["job_variables"]["command"] == "{{ $REELWRIGHT_PYTHON }} -m deployments.engine"
    assert pool["job_variables"]["working_dir"] == "{{ $REELWRIGHT_ROOT }}"


@deployments
def test_it_is_resumed_after_a_crash(deployment: dict[str, Any]) -> None:
    assert RESUMABLE_TAG in deployment["tags"]


def test_every_flow_is_deployed() -> None:
    files = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__", "by_hand"}

    assert files == {Path(entry["entrypoint"].split(":")[0]).stem for entry in DEPLOYMENTS}


def test_the_posting_flow_is_woken_by_the_event_the_generator_emits() -> None:
    trigger = next(entry for entry in DEPLOYMENTS if entry["name"] == "platform-posting")["triggers"][0]

    assert trigger["expect"] == [READY_EVENT]
    assert trigger["match"] == {"prefect.resource.id": "reelwright.reel.*"}


def test_start_from_is_a_drop_down_of_the_steps() -> None:
    schema = daily_generator.parameters.model_dump()

    assert schema["definitions"]["Step"]["enum"] == [step.value for step in Step]
