"""docker-compose.yml runs the same parts as the stack; what can be run without a container is run here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from typing import Any

import pytest
import yaml

from core.settings import ROOT, Settings
from deployments.stack import WORK_POOL, server_environment

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "postgres"]


def test_it_has_the_parts_of_the_stack() -> None:
    assert set(SERVICES) == {"postgres", "migrate", "server", "bootstrap", "worker", "studio"}


def test_it_starts_them_in_the_stacks_order() -> None:
    waits = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}

    assert waits == {
        "postgres": set(), "migrate": {"postgres"}, "server": {"migrate"}, "bootstrap": {"server"},
        "worker": {"bootstrap"}, "studio": {"migrate"},
    }  # fmt: skip


def test_prefect_is_configured_as_in_the_stack() -> None:
    url = "postgresql://postgres@localhost/reelwright"
    os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = "unused"
    try:
        stack = server_environment(Settings(), "http://127.0.0.1:4200/api", url)
    finally:
        del os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    server = SERVICES["server"]["environment"]
    own = {name for name, value in stack.items() if os.environ.get(name) != value} - {
        "REELWRIGHT_ROOT",
        "REELWRIGHT_PYTHON",
    }

    assert own - set(server) == set()
    for name in own - {"PREFECT_HOME", "PREFECT_API_URL", "PREFECT_SERVER_DATABASE_CONNECTION_URL"}:
        assert set(str(server[name]).split(",")) == set(stack[name].split(",")), name


def test_every_variable_of_ours_is_a_setting() -> None:
    names = {name for service in OURS for name in SERVICES[service]["environment"]}
    ours = {name.lower() for name in names if not name.startswith(("PREFECT_", "DO_NOT_TRACK", "POSTGRES_"))}

    assert ours - {"prefect_api_url"} <= set(Settings.model_fields)


def test_the_worker_works_on_the_pool_the_bootstrap_creates() -> None:
    command = SERVICES["worker"]["command"]

    assert command[command.index("--pool") + 1] == WORK_POOL


def test_the_image_copies_every_package() -> None:
    text = (ROOT / "deployments" / "Dockerfile").read_text()
    packages = {name.split(".")[0] for name in re.findall(r'"([\w.]+)"', _packages())}

    assert {f"COPY {name} {name}" for name in packages | {"examples"}} <= set(text.splitlines())


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    """Each program is started with --help (or imported) exactly as the container would name it."""
    command = SERVICES[name]["command"]
    if command[:2] == ["python", "-m"]:
        probe = [sys.executable, "-c", f"import importlib.util as u; assert u.find_spec({command[2]!r})"]
    else:
        probe = [sys.executable, "-m", *command[:3], "--help"]
    done = subprocess.run(probe, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    if "--help" in probe:
        options = [part for part in command if part.startswith("--")]
        assert all(option in done.stdout for option in options)


def test_migrate_makes_both_databases_ready(empty_url: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "DATABASE_URL": empty_url, "REELWRIGHT_HOME": home}
        command = [sys.executable, *SERVICES["migrate"]["command"][1:]]
        for _ in range(2):  # a container is started again whenever compose is
            subprocess.run(command, cwd=ROOT, env=environment, check=True)

    from db.migrate import current_revision, newest_revision

    assert current_revision(empty_url) == newest_revision()


@pytest.mark.parametrize("name", ["server", "studio"])
def test_a_health_check_fails_while_nothing_answers(name: str) -> None:
    test = SERVICES[name]["healthcheck"]["test"]
    program = test[3].replace(":4200", ":9").replace(":8420", ":9")  # the discard port: nobody there

    assert test[:3] == ["CMD", "python", "-c"]
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode != 0


def _packages() -> str:
    return (ROOT / "pyproject.toml").read_text().split("packages = [")[1].split("]")[0]
