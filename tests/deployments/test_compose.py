"""docker-compose.yml runs the same parts as the stack; what can be run without a container is run here."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from core.settings import ROOT, Settings
from deployments.stack import WORK_POOL, server_environment
from integrations.storage.base import LibraryOptions, name_of
from integrations.storage.folder import INCOMING
from integrations.storage.library_folder import LibraryFolder
from integrations.storage.s3 import CACHE, MEDIA_TYPES

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
NOT_OURS = {"postgres", "media"}
OURS = [name for name in SERVICES if name not in NOT_OURS]
PUBLISHING = ("platforms", "posting_", "storage", "assets_", "s3_", "c2pa_")
"""How the names of the settings of publishing begin."""

NGINX = ROOT / "deployments" / "nginx.conf"
SHA256 = "ab" + "0123456789abcdef" * 3 + "0123456789abcd"
Block = list[tuple[list[str], "Block | None"]]


def test_it_has_the_parts_of_the_stack() -> None:
    assert set(SERVICES) == {"postgres", "migrate", "server", "bootstrap", "worker", "studio", "media"}
    assert {name for name in SERVICES if "profiles" in SERVICES[name]} == {"media"}


def test_it_starts_them_in_the_stacks_order() -> None:
    waits = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}

    assert waits == {
        "postgres": set(), "migrate": {"postgres"}, "server": {"migrate"}, "bootstrap": {"server"},
        "worker": {"bootstrap"}, "studio": {"migrate"}, "media": set(),
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


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_publishing_reaches_every_part(name: str) -> None:
    given = {variable.lower() for variable in SERVICES[name]["environment"]}

    assert {field for field in Settings.model_fields if field.startswith(PUBLISHING)} - given == set()


def test_what_env_does_not_say_keeps_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose hands an empty text over for what is not set; none of them may pass for a value."""
    passed = {
        name.lower(): value.removeprefix(f"${{{name}:-").removesuffix("}")
        for name, value in SERVICES["worker"]["environment"].items()
        if name.lower().startswith(PUBLISHING)
    }
    for name, value in passed.items():
        monkeypatch.setenv(name.upper(), value)
    settings, plain = Settings(), Settings.model_construct()

    changed = {name for name in passed if getattr(settings, name) != getattr(plain, name)}

    assert changed == {"storage_dir"}


def test_the_library_is_a_volume_of_its_own_that_nginx_may_only_read() -> None:
    home, library = (SERVICES["worker"]["environment"][name] for name in ("REELWRIGHT_HOME", "STORAGE_DIR"))

    for name in OURS:
        assert SERVICES[name]["volumes"] == [f"factory:{home}", f"library:{library}"]
    assert SERVICES["media"]["volumes"] == [
        f"./{NGINX.relative_to(ROOT)}:/etc/nginx/nginx.conf:ro",
        f"library:{library}:ro",
    ]
    assert {"factory", "library"} <= set(COMPOSE["volumes"])
    assert f"install -d -o factory {home} {library}" in (ROOT / "deployments" / "Dockerfile").read_text()


def test_nginx_listens_where_compose_leads_to_and_for_this_machine_only() -> None:
    server = _inside(_nginx(), "http", "server")
    port = _value(server, "listen")

    assert [place.rsplit(":", 1)[-1] for place in SERVICES["media"]["ports"]] == [port]
    assert all(place.startswith("127.0.0.1:") for place in SERVICES["media"]["ports"])


def test_nginx_shows_names_of_the_library_and_nothing_else() -> None:
    server = _inside(_nginx(), "http", "server")
    files, rest = ((words, block) for words, block in server if words[0] == "location")
    shown = re.compile(files[0][2])
    store = LibraryFolder(LibraryOptions(Path("unused"), public_url="http://here/media"))
    address = store.url(name_of(SHA256, ".mp4"), None).removeprefix("http://here")

    assert files[0][1] == "~"
    assert (match := shown.search(address)) is not None
    assert _value(files[1] or [], "alias").replace("$1", match[1]) == f"/srv/library/{name_of(SHA256, '.mp4')}"
    assert rest == (["location", "/"], [(["return", "404"], None)])
    others = [f"ab/{INCOMING}x1y2z3", f"ab/.{SHA256}.mp4", f"cd/{SHA256}.mp4", f"ab/{SHA256[:-1]}.mp4", f"ab/{SHA256}"]
    others += [
        f"AB/{SHA256.upper()}.mp4",
        f"ab/{SHA256}.mp4/",
        f"ab/{SHA256}.mp4~",
        f"ab/../ab/{SHA256}.mp4",
        "",
        "ab/",
    ]
    for other in others:
        assert shown.search(f"/media/{other}") is None, other


def test_nginx_says_of_a_file_what_the_bucket_says_of_it() -> None:
    http = _inside(_nginx(), "http")
    server, types = _inside(http, "server"), _inside(http, "types")
    location = next(block or [] for words, block in server if words[:2] == ["location", "~"])

    assert {f".{suffix}": words[0] for words, _ in types for suffix in words[1:]} == MEDIA_TYPES
    assert (["add_header", "Cache-Control", CACHE], None) in location


@pytest.mark.skipif(shutil.which("nginx") is None, reason="there is no nginx on this machine")
def test_a_real_nginx_serves_ranges_and_refuses_the_rest(tmp_path: Path) -> None:
    library, name = tmp_path / "library", name_of(SHA256, ".mp4")
    (library / "ab").mkdir(parents=True)
    (library / name).write_bytes(b"0123456789")
    (library / "ab" / f"{INCOMING}x").write_bytes(b"half")
    (tmp_path / "master.key").write_bytes(b"secret")

    with _serving(tmp_path, library) as web:
        whole, part = web.get(f"/media/{name}"), web.get(f"/media/{name}", headers={"Range": "bytes=2-4"})
        others = ("/", "/media/", "/media/ab/", f"/media/ab/{INCOMING}x", "/media/../master.key", f"/media/{name}/")
        refused = [web.get(path).status_code for path in others]

    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, b"0123456789", "video/mp4")
    assert whole.headers["cache-control"] == CACHE
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert set(refused) <= {400, 404}


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


@contextmanager
def _serving(folder: Path, library: Path) -> Iterator[httpx.Client]:
    """Run nginx with our configuration, on a socket and with folders that anybody may use."""
    with tempfile.TemporaryDirectory() as place:
        temporary = "".join(
            f"{kind}_temp_path {place}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        text = (
            NGINX.read_text().replace("listen 80;", f"listen unix:{place}/web;").replace("/srv/library", str(library))
        )
        text = text.replace("/tmp/nginx.pid", f"{place}/pid").replace("http {", "http { " + temporary)
        (folder / "nginx.conf").write_text(text)
        command = ["nginx", "-p", place, "-c", str(folder / "nginx.conf")]
        command += ["-g", f"daemon off; user {getpass.getuser()};"]
        subprocess.run([*command, "-t"], check=True)
        running = subprocess.Popen(command)
        try:
            transport = httpx.HTTPTransport(uds=f"{place}/web", retries=5)
            with httpx.Client(transport=transport, base_url="http://here") as web:
                yield web
        finally:
            running.terminate()
            running.wait()


def _nginx() -> Block:
    """Read the configuration strictly: words, quoted or not, that end with a semicolon or hold a block."""
    text = re.sub(r"(?m)^\s*#.*$", "", NGINX.read_text())
    tokens = iter(re.findall(r'"(?:[^"\\]|\\.)*"|[{};]|[^\s{};"]+', text))
    found = _block(tokens)
    assert next(tokens, None) is None, "a brace too many"
    return found


def _block(tokens: Iterator[str], *, is_inner: bool = False) -> Block:
    found: Block = []
    words: list[str] = []
    for token in tokens:
        if token == "}":
            assert is_inner, "a brace too many"
            assert not words, f"a semicolon is missing after {words}"
            return found
        if token in (";", "{"):
            assert words, "a directive without a name"
            found.append((words, None if token == ";" else _block(tokens, is_inner=True)))
            words = []
        else:
            words.append(token.strip('"'))
    assert not is_inner, "a brace is missing"
    assert not words, f"a semicolon is missing after {words}"
    return found


def _inside(block: Block, *names: str) -> Block:
    """Return what stands in the only block of a name, in the only block of the next name in it, and so on."""
    for name in names:
        (inner,) = [inner for words, inner in block if words == [name] and inner is not None]
        block = inner
    return block


def _value(block: Block, name: str) -> str:
    (words,) = [words for words, _ in block if words[0] == name]
    return words[1]


def _packages() -> str:
    return (ROOT / "pyproject.toml").read_text().split("packages = [")[1].split("]")[0]
