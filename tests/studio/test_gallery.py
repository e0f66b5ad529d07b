"""The studio: what it shows, what it serves, and what nobody gets out of it."""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from core.errors import DatabaseUnavailable, DiskFull
from core.settings import Settings
from integrations.platforms import FILE_NAMES, Access, Post
from integrations.platforms.folder import Folder
from studio.app import create_app
from studio.gallery import MEDIA_TYPES

BROWSER = {"accept": "text/html,application/xhtml+xml"}
SLUG = "0012-the-octopus-has-three-hearts"
REEL = bytes(range(256)) * 40
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'

FACTS: dict[str, Any] = {
    "reel": 12,
    "slug": SLUG,
    "title": "The octopus has three hearts",
    "character": {"slug": "marlo-finch", "name": "Marlo Finch"},
    "language": "en",
    "seconds": 31.4,
    "frames": 942,
    "made_at": "2026-11-21T10:00:00Z",
    "script": [
        {
            "role": "hook",
            "text": "Three hearts beat in an octopus.",
            "start": 0.2,
            "end": 3.1,
            "place": "reef",
            "time": "golden-hour",
            "mood": "mysterious",
        },
        {"role": "closing", "text": "And one of them rests.", "start": 65.0, "end": 68.0},
    ],
    "sources": ["Wells (1980). https://example.org/octopus", "javascript:alert(1)"],
    "caption": "Three hearts, blue blood.",
    "hashtags": ["#octopus", "sea"],
    "makers": [{"step": "voice", "maker": "piper", "stand_in": False, "credits": "0"}],
    "credits": "0",
    "checks": {"findings": [], "measures": {"loudness_lufs": -14.0, "captions_inside": True}},
    "timing": "voice",
    "sha256": {"reel": "ab" * 32},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(reelwright_home=tmp_path, studio_url="https://studio.example", min_free_mib=0, _env_file=None)


@pytest.fixture
def gallery(settings: Settings) -> Path:
    folder = settings.home / "gallery"
    folder.mkdir()
    return folder


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as studio:
        yield studio


def add_reel(gallery: Path, slug: str = SLUG, **changes: Any) -> Path:
    home = gallery / slug
    home.mkdir(parents=True)
    facts = {name: value for name, value in {**FACTS, **changes}.items() if value is not ...}
    (home / "facts.json").write_text(json.dumps(facts))
    (home / "reel.mp4").write_bytes(REEL)
    (home / "cover.jpg").write_bytes(b"\xff\xd8cover")
    (home / "captions.vtt").write_text("WEBVTT\n")
    (home / "delivery.json").write_text('{"key": "private", "external_id": "x"}')
    return home


# Pages


def test_an_empty_gallery_teaches_how_to_make_a_reel(client: TestClient) -> None:
    reply = client.get("/", headers=BROWSER)

    assert reply.status_code == 200
    assert "make reel" in reply.text


def test_a_card_tells_title_character_language_length_and_age(client: TestClient, gallery: Path) -> None:
    add_reel(gallery)

    page = client.get("/").text

    for words in ("The octopus has three hearts", "Marlo Finch", "English", "31 s", f'href="/reels/{SLUG}"'):
        assert words in page
    assert re.search(rf'<img src="/files/{SLUG}/cover\.jpg\?v=[^"]+" alt=""', page)
    assert re.search(r'<time datetime="2026-11-21T10:00:00\+00:00">[^<]+</time>', page)
    assert "make reel" not in page


def test_the_newest_reel_comes_first(client: TestClient, gallery: Path) -> None:
    for number, made_at in ((1, "2026-11-20T10:00:00Z"), (2, "2026-11-22T10:00:00+02:00"), (3, ...), (4, "2026-11-21")):
        add_reel(gallery, f"{number:04}-reel", made_at=made_at, reel=number)

    assert re.findall(r'href="/reels/(\d+)', client.get("/").text) == ["0002", "0004", "0001", "0003"]


def test_a_long_gallery_is_shown_in_pages(client: TestClient, gallery: Path) -> None:
    for number in range(1, 51):
        add_reel(gallery, f"{number:04}-reel", made_at=..., reel=number)

    first, second = client.get("/").text, client.get("/?page=2").text

    assert (first.count('class="card"'), second.count('class="card"')) == (48, 2)
    assert 'href="/?page=2"' in first
    assert [client.get(f"/?page={page}").status_code for page in ("3", "0", "x")] == [404, 404, 404]


def test_a_reel_page_tells_everything_about_the_reel(client: TestClient, gallery: Path) -> None:
    add_reel(gallery)

    page = client.get(f"/reels/{SLUG}").text

    for words in (
        "<video",
        f'poster="/files/{SLUG}/cover.jpg',
        f'<track kind="captions" src="/files/{SLUG}/captions.vtt',
        "Three hearts beat in an octopus.",
        'data-start="0.2"',
        "1:05",
        "golden hour",
        'href="https://example.org/octopus"',
        "#octopus",
        "#sea",
        "0 credits",
        "piper",
        "Everything passed",
        "−14 LUFS",
        "Captions inside",
        "ab" * 32,
        f'download="{SLUG}-reel.mp4"',
    ):
        assert words in page, words


def test_findings_and_stand_ins_are_shown(client: TestClient, gallery: Path) -> None:
    add_reel(
        gallery,
        checks={"findings": ["Too loud.", {"message": "Too dark."}], "measures": {}},
        makers=[{"step": "voice", "maker": "nanotts", "stand_in": True}],
    )

    page = client.get(f"/reels/{SLUG}").text

    assert "Too loud." in page
    assert "Too dark." in page
    assert "Everything passed" not in page
    assert "stand-in" in page
    assert "stand-in" in client.get("/").text


@pytest.mark.parametrize("facts", ['{"title": "Only a title"}', json.dumps(dict.fromkeys(FACTS) | {"title": "Nulls"})])
def test_a_title_is_enough_for_a_page(client: TestClient, gallery: Path, facts: str) -> None:
    (gallery / "0001-bare").mkdir()
    (gallery / "0001-bare" / "facts.json").write_text(facts)

    title = json.loads(facts)["title"]
    assert title in client.get("/").text
    page = client.get("/reels/0001-bare")
    assert page.status_code == 200
    assert "<video" not in page.text


def test_hostile_texts_are_only_ever_text(client: TestClient, gallery: Path) -> None:
    add_reel(
        gallery,
        title=HOSTILE,
        character={"slug": "x", "name": HOSTILE},
        language=HOSTILE,
        caption=HOSTILE,
        hashtags=[HOSTILE],
        script=[{"role": HOSTILE, "text": HOSTILE, "start": 0, "place": HOSTILE}],
        sources=[HOSTILE, 'https://example.org/"onclick="alert(1)', "JavaScript:alert(1)", "data:text/html,x"],
        makers=[{"step": HOSTILE, "maker": HOSTILE, "credits": HOSTILE}],
        credits=HOSTILE,
        checks={"findings": [HOSTILE, {HOSTILE: HOSTILE}], "measures": {HOSTILE: HOSTILE, "nested": {"a": HOSTILE}}},
        timing=HOSTILE,
        sha256={HOSTILE: HOSTILE},
    )

    for page in (client.get("/").text, client.get(f"/reels/{SLUG}").text):
        assert "&lt;script&gt;alert" in page
        assert "<script>" not in page
        assert "<img src=x" not in page
        links = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>', page)
        assert links
        assert all(link.startswith(("/", "#", "https://example.org/")) for link in links)
        assert not re.search(r"<[^>]*\sonclick=", page)


@pytest.mark.parametrize("path", ["/", f"/reels/{SLUG}", "/nothing"])
def test_a_page_needs_nothing_from_elsewhere_and_holds_no_inline_script_or_style(
    client: TestClient, gallery: Path, path: str
) -> None:
    add_reel(gallery, sources=[])

    page = client.get(path, headers=BROWSER).text

    assert not re.search(r'(?:src|href|poster)="(?:https?:)?//', page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    for address in re.findall(r'(?:src|href|poster)="(/[^"]*)"', page):
        assert client.get(address).status_code == 200, address


# Broken folders


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"seconds": 3}',
        b'{"title": ""}',
        b'{"title": "x", "seconds": NaN}',
        b'{"title": "x", "script": "no list"}',
        b'{"title": "x", "made_at": "yesterday"}',
        b"[" * 100_000,
        b'{"title": "' + b"x" * 1_100_000 + b'"}',
        None,
    ],
    ids=lambda content: repr(content)[:24],
)
def test_broken_facts_cost_one_card_and_nothing_else(client: TestClient, gallery: Path, content: bytes | None) -> None:
    add_reel(gallery)
    bad = add_reel(gallery, "0013-broken")
    (bad / "facts.json").unlink()
    if content is not None:
        (bad / "facts.json").write_bytes(content)

    page = client.get("/")

    assert page.status_code == 200
    assert re.findall(r'href="/reels/([^"]*)"', page.text) == [SLUG]
    assert client.get("/reels/0013-broken").status_code == 404
    health = client.get("/health").json()
    assert (health["gallery"]["reels"], health["gallery"]["broken"]) == (1, 1)


def test_a_newer_edition_is_seen_at_once(client: TestClient, gallery: Path) -> None:
    add_reel(gallery)
    assert "three hearts" in client.get("/").text
    old = re.findall(r"reel\.mp4\?v=[^\"]+", client.get(f"/reels/{SLUG}").text)

    (gallery / SLUG).rename(gallery / f".old-{SLUG}")
    add_reel(gallery, title="The octopus has nine brains")

    assert "nine brains" in client.get("/").text
    assert re.findall(r"reel\.mp4\?v=[^\"]+", client.get(f"/reels/{SLUG}").text) != old


# Files


def test_a_file_is_served_whole_with_its_type(client: TestClient, gallery: Path) -> None:
    add_reel(gallery)

    reply = client.get(f"/files/{SLUG}/reel.mp4")

    assert reply.status_code == 200
    assert reply.content == REEL
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.headers["accept-ranges"] == "bytes"
    assert client.get(f"/files/{SLUG}/captions.vtt").headers["content-type"].startswith("text/vtt")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=5000-", 5000, 10239),
        ("bytes=-10", 10230, 10239),
        ("bytes=10000-99999", 10000, 10239),
    ],
)
def test_a_range_is_answered_with_exactly_its_bytes(
    client: TestClient, gallery: Path, asked: str, first: int, last: int
) -> None:
    add_reel(gallery)

    reply = client.get(f"/files/{SLUG}/reel.mp4", headers={"range": asked})

    assert reply.status_code == 206
    assert reply.content == REEL[first : last + 1]
    assert reply.headers["content-range"] == f"bytes {first}-{last}/{len(REEL)}"


def test_a_range_beyond_the_end_is_refused_with_the_size(client: TestClient, gallery: Path) -> None:
    add_reel(gallery)

    reply = client.get(f"/files/{SLUG}/reel.mp4", headers={"range": "bytes=20000-"})

    assert reply.status_code == 416
    assert reply.headers["content-range"].endswith(f"*/{len(REEL)}")


def test_head_tells_the_size_without_the_bytes(client: TestClient, gallery: Path) -> None:
    add_reel(gallery)

    reply = client.head(f"/files/{SLUG}/reel.mp4")

    assert (reply.status_code, reply.headers["content-length"], reply.content) == (200, str(len(REEL)), b"")


def test_only_an_address_with_its_edition_may_be_kept_for_long(client: TestClient, gallery: Path) -> None:
    add_reel(gallery)
    with_edition = re.search(r'href="(/files/[^"]*reel\.mp4\?v=[^"]*)"', client.get(f"/reels/{SLUG}").text)

    assert with_edition
    assert "immutable" in client.get(with_edition.group(1)).headers["cache-control"]
    assert client.get(f"/files/{SLUG}/reel.mp4").headers["cache-control"] == "no-cache"


def test_it_serves_what_the_folder_platform_writes(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    files = {}
    for role in FILE_NAMES:
        files[role] = tmp_path / role
        files[role].write_text(json.dumps(FACTS) if role == "facts" else f"the {role}")
    post = Post(key="k", slug=SLUG, title="t", caption="c", language="en", character="m", files=files)
    folder = Folder(Access("folder", settings))
    handle = folder.begin(post)
    folder.upload(post, handle)
    assert client.get(f"/files/{handle}/reel.mp4").status_code == 404
    receipt = folder.finish(post, handle).receipt
    assert receipt is not None

    assert set(MEDIA_TYPES) == set(FILE_NAMES.values())
    for role, name in FILE_NAMES.items():
        assert client.get(f"/files/{SLUG}/{name}").content == files[role].read_bytes()
    assert client.get(receipt.url.removeprefix(settings.public_studio_url)).status_code == 200
    assert client.get("/feed.json").json()["items"][0]["url"] == receipt.url


@pytest.fixture
def hostile_gallery(gallery: Path, tmp_path: Path) -> Path:
    """A gallery with everything in it that must not get out."""
    add_reel(gallery)
    secret = tmp_path / "secret"
    secret.mkdir()
    for name in MEDIA_TYPES:
        (secret / name).write_text("SECRET")
    (tmp_path / "reel.mp4").write_text("SECRET")
    (gallery / "reel.mp4").write_text("SECRET")
    (gallery / "linked-folder").symlink_to(secret)
    linked = add_reel(gallery, "linked-files")
    (linked / "contact-sheet.jpg").symlink_to(secret / "cover.jpg")
    (linked / "captions.srt").mkdir()
    os.mkfifo(gallery / SLUG / "captions.srt")
    for name in (".incoming-0123456789abcdef", f".old-{SLUG}", "UPPER", "with space"):
        add_reel(gallery, name)
        (gallery / name / "reel.mp4").write_text("SECRET")
    (gallery / SLUG / ".part-1-1-reel.mp4").write_text("SECRET")
    return gallery


@pytest.fixture
def server(settings: Settings) -> Iterator[uvicorn.Server]:
    """A real server, because test clients tidy up the paths they are given."""
    config = uvicorn.Config(create_app(settings), port=0, log_level=logging.ERROR)
    studio = uvicorn.Server(config)
    thread = threading.Thread(target=studio.run)
    thread.start()
    while not studio.started:
        time.sleep(0.01)
    yield studio
    studio.should_exit = True
    thread.join()


TRAVERSALS = [
    "/files/../reel.mp4",
    "/files/../../reel.mp4",
    "/files/%2e%2e/reel.mp4",
    "/files/%2E%2E/%2e%2e/reel.mp4",
    "/files/..%2f..%2fsecret/reel.mp4",
    "/files/%252e%252e/reel.mp4",
    "/files/./reel.mp4",
    "/files/%2e/reel.mp4",
    "/files//reel.mp4",
    "/files//etc/passwd",
    "/files/%2fetc/passwd",
    "/files/..%5creel.mp4",
    f"/files/{SLUG}/../reel.mp4",
    f"/files/{SLUG}/..%2freel.mp4",
    f"/files/{SLUG}/%2e%2e/%2e%2e/secret/reel.mp4",
    f"/files/{SLUG}/%2fetc%2fpasswd",
    f"/files/{SLUG}/reel.mp4%00.jpg",
    f"/files/{SLUG}%00/reel.mp4",
    f"/files/{SLUG}/reel.mp4/",
    f"/files/{SLUG}/",
    f"/files/{SLUG}",
    f"/files/{SLUG}%0a/reel.mp4",
    f"/files/{SLUG}/REEL.MP4",
    f"/files/{SLUG}/delivery.json",
    f"/files/{SLUG}/.part-1-1-reel.mp4",
    f"/files/{SLUG}/contact-sheet.jpg",
    f"/files/{SLUG}/captions.srt",
    "/files/.incoming-0123456789abcdef/reel.mp4",
    f"/files/.old-{SLUG}/reel.mp4",
    "/files/UPPER/reel.mp4",
    "/files/with%20space/reel.mp4",
    "/files/linked-folder/reel.mp4",
    "/files/linked-files/contact-sheet.jpg",
    "/files/linked-files/captions.srt",
    f"/files/{'a' * 300}/reel.mp4",
    f"/files/{'a-' * 4000}a/reel.mp4",
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fapp.py",
    "/reels/linked-folder",
    "/reels/..",
    "/reels/%2e%2e%2f%2e%2e",
    "/reels/.incoming-0123456789abcdef",
    "/docs",
    "/redoc",
    "/openapi.json",
]


def test_nothing_but_finished_files_gets_out_by_any_path(
    hostile_gallery: Path, server: uvicorn.Server, tmp_path: Path
) -> None:
    port = server.servers[0].sockets[0].getsockname()[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for accept in ("*/*", "text/html"):
        for path in TRAVERSALS:
            connection.request("GET", path, headers={"accept": accept})
            reply = connection.getresponse()
            body = reply.read().decode()
            assert reply.status == 404, path
            for leak in ("SECRET", "private", "root:", "import ", str(tmp_path)):
                assert leak not in body, path
            assert reply.getheader("content-security-policy"), path
    connection.request("GET", f"/files/{SLUG}/reel.mp4", headers={"range": "bytes=256-511"})
    reply = connection.getresponse()
    assert (reply.status, reply.read()) == (206, bytes(range(256)))
    connection.close()


def test_hidden_and_linked_folders_are_not_listed(client: TestClient, hostile_gallery: Path) -> None:
    assert sorted(re.findall(r'href="/reels/([^"]*)"', client.get("/").text)) == [SLUG, "linked-files"]


# Errors and headers


def test_errors_are_pages_for_browsers_and_json_for_programs(client: TestClient) -> None:
    page, answer = client.get("/reels/none", headers=BROWSER), client.get("/reels/none")

    assert (page.status_code, answer.status_code) == (404, 404)
    assert page.headers["content-type"].startswith("text/html")
    assert "Nothing here" in page.text
    assert answer.json()["error"]["status"] == 404


def test_the_studio_only_reads(client: TestClient, gallery: Path) -> None:
    add_reel(gallery)

    for path in ("/", f"/reels/{SLUG}", f"/files/{SLUG}/reel.mp4", "/feed.json"):
        assert client.post(path).status_code == client.delete(path).status_code == 405
    assert (gallery / SLUG / "reel.mp4").exists()


@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/feed.json", "/static/style.css", "/nothing", "/fail"])
def test_every_reply_carries_the_security_headers(settings: Settings, path: str) -> None:
    app = create_app(settings)

    @app.get("/fail")
    def fail() -> None:
        raise RuntimeError("with a secret in it")

    reply = TestClient(app, raise_server_exceptions=False).get(path)

    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in reply.text


def test_an_error_of_ours_becomes_its_status_without_its_details(settings: Settings) -> None:
    app = create_app(settings)

    @app.get("/full")
    def full() -> None:
        raise DiskFull("The disk /very/private is full.")

    reply = TestClient(app, raise_server_exceptions=False).get("/full", headers=BROWSER)

    assert reply.status_code == 503
    assert "/very/private" not in reply.text


def test_a_gallery_that_cannot_be_read_is_told_everywhere_and_breaks_nothing(settings: Settings) -> None:
    (settings.home / "gallery").write_text("a file in the way")
    client = TestClient(create_app(settings), raise_server_exceptions=False)

    page = client.get("/", headers=BROWSER)
    assert page.status_code == 503
    assert str(settings.home) not in page.text
    assert client.get("/health").status_code == 503
    assert client.get("/health").json()["gallery"]["ok"] is False
    assert "reelwright_gallery_up 0.0" in client.get("/metrics").text


# Feed, health, metrics


def test_the_feed_of_an_empty_gallery_is_a_valid_feed(client: TestClient) -> None:
    reply = client.get("/feed.json")

    assert reply.headers["content-type"].startswith("application/feed+json")
    feed = reply.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["items"] == []
    assert feed["feed_url"] == "https://studio.example/feed.json"


def test_the_feed_is_the_one_the_gallery_keeps(client: TestClient, gallery: Path) -> None:
    (gallery / "feed.json").write_text('{"version": "https://jsonfeed.org/version/1.1", "title": "Kept", "items": []}')

    reply = client.get("/feed.json")

    assert reply.json()["title"] == "Kept"
    assert reply.headers["content-type"].startswith("application/feed+json")


def test_health_is_good_in_a_fresh_house(client: TestClient) -> None:
    reply = client.get("/health")

    assert reply.status_code == 200
    health = reply.json()
    assert health["status"] == "ok"
    assert health["gallery"] == {"ok": True, "reels": 0, "broken": 0}
    assert health["disk"]["free_bytes"] > 0
    assert health["database"] == {"ok": None}


@pytest.mark.parametrize(("answer", "status"), [(True, 200), (False, 503), (DatabaseUnavailable(), 503)])
def test_health_asks_the_database(settings: Settings, answer: bool | Exception, status: int) -> None:
    def database_ok() -> bool:
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = TestClient(create_app(settings, database_ok=database_ok))

    reply = client.get("/health")
    assert reply.status_code == status
    assert reply.json()["database"]["ok"] is (status == 200)
    assert f"reelwright_database_up {float(status == 200)}" in client.get("/metrics").text


def test_a_disk_that_runs_low_is_told_but_keeps_the_studio_up(tmp_path: Path) -> None:
    settings = Settings(reelwright_home=tmp_path, min_free_mib=10**9, _env_file=None)

    reply = TestClient(create_app(settings)).get("/health")

    assert (reply.status_code, reply.json()["status"], reply.json()["disk"]["ok"]) == (200, "degraded", False)


def metrics_of(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    reply = client.get("/metrics")
    assert reply.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def test_metrics_count_reels_broken_ones_and_bytes_at_every_scrape(client: TestClient, gallery: Path) -> None:
    none = frozenset[tuple[str, str]]()
    assert metrics_of(client)["reelwright_gallery_reels", none] == 0

    home = add_reel(gallery)
    (add_reel(gallery, "0013-broken") / "facts.json").write_text("{")

    counts = metrics_of(client)
    assert counts["reelwright_gallery_reels", none] == 1
    assert counts["reelwright_gallery_broken_reels", none] == 1
    expected = sum(path.stat().st_size for path in home.iterdir() if path.name != "delivery.json")
    assert counts["reelwright_gallery_bytes", none] == expected
    assert counts["reelwright_disk_free_bytes", none] > 0


def test_further_metrics_join_in_families_with_escaped_labels(settings: Settings) -> None:
    samples = [
        ("reelwright_reels", "Reels by state.", {"state": "published"}, 3),
        ("reelwright_credits_total", "Credits spent.", {}, 12.5),
        ("reelwright_reels", "Reels by state.", {"state": 'he"ld\n'}, 1),
    ]
    client = TestClient(create_app(settings, extra_metrics=lambda: samples))

    counts = metrics_of(client)

    assert counts["reelwright_reels", frozenset({("state", "published")})] == 3
    assert counts["reelwright_reels", frozenset({("state", 'he"ld\n')})] == 1
    assert counts["reelwright_credits_total", frozenset()] == 12.5
    assert client.get("/metrics").text.count("# TYPE reelwright_reels gauge") == 1


def test_further_metrics_that_fail_do_not_take_the_others_down(settings: Settings) -> None:
    def database_is_away() -> Iterator[Any]:
        raise DatabaseUnavailable

    counts = metrics_of(TestClient(create_app(settings, extra_metrics=database_is_away)))

    assert counts["reelwright_counts_up", frozenset()] == 0
    assert ("reelwright_gallery_reels", frozenset()) in counts
