"""The rules of the house that can be checked, so that nobody has to remember them."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT, Settings
from integrations.generation import MAKERS, SERVICES, service_class
from integrations.generation.base import LocalMaker
from integrations.generation.contract import ServiceOptions
from integrations.platforms import PLATFORMS, Platform, platform_class
from tasks.chain import chain_for

ROOMS = ("cli", "core", "db", "deployments", "flows", "integrations", "media", "rules", "studio", "tasks")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "service", "misc"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_import_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_maker_is_registered_under_its_own_name_and_serves_what_it_says() -> None:
    for name, maker in MAKERS.items():
        assert maker.name == name
        assert issubclass(maker, object)
        assert callable(maker.make)
        assert callable(maker.objection)
    assert set(LocalMaker.__annotations__) == {"name", "capability"}


def test_the_default_settings_name_known_makers_and_platforms() -> None:
    settings = Settings()
    for capability in {maker.capability for maker in MAKERS.values()}:
        assert set(chain_for(capability)) <= set(MAKERS)
    assert set(settings.platform_names) <= set(PLATFORMS)


def test_every_platform_is_registered_under_its_own_name_and_has_all_it_needs() -> None:
    steps = {name for name, step in vars(Platform).items() if callable(step) and not name.startswith("_")}
    for name in PLATFORMS:
        platform = platform_class(name)
        assert platform.name == name
        assert [step for step in sorted(steps) if not callable(getattr(platform, step, None))] == []
        assert [fact for fact in Platform.__annotations__ if not hasattr(platform, fact)] == []
        if platform.needs_account and platform.sign_in is None:
            assert callable(getattr(platform, "accept_key", None))


@pytest.mark.parametrize("name", sorted(MAKERS) + sorted(SERVICES))
def test_every_maker_has_tests_of_its_own(name: str) -> None:
    assert (ROOT / "tests/integrations/generation" / f"test_{name}.py").is_file()


def test_every_service_is_registered_under_its_own_name_and_has_all_it_needs() -> None:
    for name in SERVICES:
        service = service_class(name)
        assert service.name == name
        assert name not in MAKERS
        assert issubclass(service.Options, ServiceOptions)
        for method in ("objection", "quote", "begin", "check", "fetch", "find", "balance", "examine"):
            assert callable(getattr(service, method))
        assert "UNCONFIRMED" in (inspect.getmodule(service).__doc__ or ""), f"{name} must say what is not confirmed"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()

    assert not text.strip() or ast.get_docstring(ast.parse(text)), "a module starts with a docstring"


def test_no_module_is_called_after_nothing_or_after_the_standard_library() -> None:
    for path in SOURCES:
        assert path.stem not in FORBIDDEN_NAMES, path
        if path.parent == ROOT / "flows" or path.parent == ROOT / "tasks":
            assert path.stem not in sys.stdlib_module_names, f"{path} would hide the standard module"


def test_a_flow_is_a_paragraph() -> None:
    for path in (ROOT / "flows").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno <= 40, f"{path.name}: {node.name}"
                assert not [part for part in ast.walk(node) if isinstance(part, ast.Try)], f"{path.name}: {node.name}"


def test_only_tasks_retry() -> None:
    guilty = [
        named(path)
        for path in SOURCES
        if path.parts[len(ROOT.parts)] not in ("tasks",) and re.search(r"retries\s*=\s*[1-9]", path.read_text())
    ]

    assert guilty == []


def test_every_package_folder_is_installed() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    listed = set(re.findall(r'"([\w.]+)"', text.split("packages = [")[1].split("]")[0]))
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts) for room in ROOMS for path in (ROOT / room).rglob("__init__.py")
    }

    assert listed == folders


def test_constraints_hold_exact_versions_and_no_addresses() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]

    assert len(lines) > 80
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][^\s/;@]*( ; .+)?", line), line


def test_the_prefect_server_of_the_pinned_versions_can_be_imported() -> None:
    """A newer FastAPI breaks the server while the client still works; only this notices at once."""
    done = subprocess.run([sys.executable, "-c", "import prefect.server.api.server"], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()[-500:]
