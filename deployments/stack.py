"""The whole factory from one command: database, Prefect server, worker and studio, as children of one process."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ConfigError, FactoryError
from core.log import ROOMS
from core.settings import ROOT, Settings
from deployments.children import Child, Children
from deployments.house import open_database, prefect_database_url

READY_SECONDS = 180
WORK_POOL = "local"
DAY_SECONDS = 86_400

Say = Callable[[str], None]


class StackError(FactoryError):
    """A part of the factory did not start, or ended by itself."""

    remedy = "Read the lines above and the log file they come from, then start again; nothing is lost."


def prefect_environment(settings: Settings, api_url: str) -> dict[str, str]:
    """Return the environment of every process that talks to Prefect."""
    return {
        **os.environ,
        "PREFECT_API_URL": api_url,
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # a missing server is an error, not a second hidden one
        "PREFECT_LOGGING_EXTRA_LOGGERS": ",".join(ROOMS),
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "DO_NOT_TRACK": "1",
        "REELWRIGHT_ROOT": str(ROOT),
        "REELWRIGHT_PYTHON": sys.executable,
    }


def server_environment(settings: Settings, api_url: str, database_url: str) -> dict[str, str]:
    """Return the environment of the Prefect server."""
    return {
        **prefect_environment(settings, api_url),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": prefect_database_url(database_url),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * DAY_SECONDS),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
    }


@contextmanager
def run_stack(settings: Settings, say: Say) -> Iterator[Children]:
    """Run everything until the block ends; raises StackError with the log of the part that failed."""
    with _only_factory(settings.home):
        yield from _run_parts(settings, say)


def _run_parts(settings: Settings, say: Say) -> Iterator[Children]:
    children = Children(settings.home, "stack")
    for name in children.end_leftovers():
        say(f"ended the {name} that an earlier start left behind")
    api_url = settings.prefect_api_url or f"http://127.0.0.1:{settings.prefect_port}/api"
    require_free(settings.studio_host, settings.studio_port, "STUDIO_PORT")
    if settings.prefect_api_url is None:
        require_free("127.0.0.1", settings.prefect_port, "PREFECT_PORT")
    with open_database(settings) as database_url:
        say("database ready")
        environment = prefect_environment(settings, api_url)
        try:
            if settings.prefect_api_url is None:
                start_server(children, settings, api_url, database_url)
                say(f"Prefect server ready   {api_url.removesuffix('/api')}")
            bootstrap = [sys.executable, "-m", "deployments.bootstrap", "--resume"]
            run_to_end(children, "bootstrap", bootstrap, environment)
            say("flows deployed")
            worker = ["worker", "start", "--pool", WORK_POOL, "--limit", str(settings.worker_limit), "--name", "worker"]
            children.start("worker", prefect_command(*worker), environment, ROOT)
            children.start("studio", [sys.executable, "-m", "studio"], environment, ROOT)
            wait_until(children, f"http://{settings.studio_host}:{settings.studio_port}/health")
            say(f"gallery ready          {settings.public_studio_url}")
            yield children
        finally:
            children.stop()


@contextmanager
def _only_factory(home: Path) -> Iterator[None]:
    """Let one factory run in a folder; the lock goes with the process, however it ends."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "factory.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise ConfigError(
                f"The factory in {home} runs already.",
                remedy="Stop it where it runs (Ctrl-C), or give this one a REELWRIGHT_HOME of its own.",
            ) from exc
        yield


@contextmanager
def run_server_only(settings: Settings, database_url: str) -> Iterator[dict[str, str]]:
    """Yield the environment for one flow by hand: a Prefect API that is there already, or one for this while."""
    api_url = settings.prefect_api_url or f"http://127.0.0.1:{settings.prefect_port}/api"
    if is_up(f"{api_url}/health"):
        yield prefect_environment(settings, api_url)
        return
    if settings.prefect_api_url:
        raise ConfigError(f"PREFECT_API_URL is {api_url}, and nothing answers there.")
    api_url = f"http://127.0.0.1:{free_port()}/api"
    children = Children(settings.home, f"by-hand-{os.getpid()}")
    try:
        start_server(children, settings, api_url, database_url, with_services=False)
        yield prefect_environment(settings, api_url)
    finally:
        children.stop()


def start_server(
    children: Children, settings: Settings, api_url: str, database_url: str, *, with_services: bool = True
) -> Child:
    """Start a Prefect server and wait until it answers."""
    port = api_url.removesuffix("/api").rsplit(":", 1)[1]
    command = prefect_command("server", "start", "--host", "127.0.0.1", "--port", port)
    name = "prefect-server" if with_services else f"prefect-server-{os.getpid()}"
    environment = server_environment(settings, api_url, database_url)
    child = children.start(name, command if with_services else [*command, "--no-services"], environment, ROOT)
    wait_until(children, f"{api_url}/ready")
    return child


def prefect_command(*arguments: str) -> list[str]:
    """Return a command line of Prefect's own command."""
    return [sys.executable, "-m", "prefect", *arguments]


def run_to_end(children: Children, name: str, command: list[str], environment: dict[str, str]) -> None:
    """Run one step of the start to its end."""
    child = children.start(name, command, environment, ROOT)
    code = child.process.wait()
    children.running.remove(child)
    if code != 0:
        raise StackError(f"'{name}' failed (exit code {code}). {child.log} ends:\n{child.last_lines}")


def wait_until(children: Children, url: str) -> None:
    """Wait until `url` answers; fail at once when a child ends meanwhile."""
    end = time.monotonic() + READY_SECONDS
    while not is_up(url):
        raise_if_dead(children)
        if time.monotonic() > end:
            raise StackError(f"{url} did not answer within {READY_SECONDS} s.")
        time.sleep(0.2)


def raise_if_dead(children: Children) -> None:
    """Raise StackError when a child has ended by itself."""
    child = children.dead()
    if child is not None:
        code = child.process.returncode
        raise StackError(f"The {child.name} ended (exit code {code}). {child.log} ends:\n{child.last_lines}")


def is_up(url: str) -> bool:
    """Say whether an address answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 - only addresses of our own settings
            return bool(reply.status == 200)
    except (OSError, ValueError):
        return False


def require_free(host: str, port: int, variable: str) -> None:
    """Raise ConfigError when a port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise ConfigError(
                f"{host}:{port} is taken ({exc.strerror}).",
                remedy=f"Stop the factory that runs there already, or set {variable} to a free port.",
            ) from exc


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
