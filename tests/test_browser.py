"""An operator's way through the Prefect UI and the gallery, in a real browser. Needs Chromium on the PATH."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_place import SHOTS, PrefectUi
from conftest import ROSTER
from factory import Factory, eventually
from fakes.tiktok import FakeTikTok
from platforms import connect, start
from posts import delivery, make_ready, upright_video
from services import execute

from core.models import Step
from core.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

OCTOPUS = "The octopus has three hearts"
POST = "post/tiktok/one/reel-1"


@pytest.fixture
def page() -> Iterator[Any]:
    """A page of a browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="run `make test-browser`")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("No Chromium was found. On Debian and Ubuntu: apt-get install chromium")
    SHOTS.mkdir(parents=True, exist_ok=True)
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()


@pytest.fixture
def factory(fill_cache: Callable[[Path], None]) -> Iterator[Factory]:
    with tempfile.TemporaryDirectory(prefix="rw-ui-", ignore_cleanup_errors=True) as folder:
        fill_cache(Path(folder))
        factory = Factory(Path(folder))
        factory.start()
        yield factory
        factory.end(signal.SIGTERM)


@pytest.fixture
def tiktok() -> Iterator[FakeTikTok]:
    with start("tiktok") as fake:
        yield fake


@pytest.fixture
def posting_factory(
    house: Settings,
    plan_reel: Callable[[str], int],
    tiktok: FakeTikTok,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Factory]:
    """A factory with one ready reel, the gallery, and an account at TikTok that posts directly."""
    (tmp_path / "roster.toml").write_text(ROSTER)
    monkeypatch.setenv("ROSTER_FILE", str(tmp_path / "roster.toml"))
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "INFO")
    connect(monkeypatch, tmp_path, {"tiktok": tiktok})
    monkeypatch.setenv("PLATFORMS", "folder")
    make_ready(plan_reel(OCTOPUS), OCTOPUS, upright_video(tmp_path / "reel.mp4"), tmp_path)
    factory = Factory(house.home)
    factory.start()
    yield factory
    factory.end(signal.SIGTERM)


def test_a_reel_is_run_again_from_the_prefect_ui_and_seen_in_the_gallery(factory: Factory, page: Any) -> None:
    factory.run("reel", "examples/briefs/octopus-three-hearts.md", "--json")
    deployment = factory.api("/deployments/name/daily-generator/daily-generator")["id"]

    page.goto(f"http://127.0.0.1:{factory.prefect}/deployments/deployment/{deployment}/run")
    page.get_by_text("start_from").first.wait_for(timeout=30_000)
    page.get_by_text("int", exact=True).click()
    page.locator("input[type=number]").first.fill("1")
    page.get_by_text("Step", exact=True).click()
    page.locator("button.p-select-button__control").last.focus()
    page.keyboard.press("Space")
    options = page.locator(".p-select-option")
    options.first.wait_for(timeout=5_000)
    page.screenshot(path=str(SHOTS / "prefect-run-drop-down.png"))
    assert [text.strip() for text in options.all_inner_texts()] == [step.value for step in Step]
    options.last.click()
    page.screenshot(path=str(SHOTS / "prefect-run-filled.png"))
    page.get_by_role("button", name="Submit").click()

    def completed() -> bool:
        runs = factory.api("/flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}})
        return any(run["state"]["type"] == "COMPLETED" for run in runs)

    eventually(completed, 120)
    page.goto(f"http://127.0.0.1:{factory.prefect}/runs")
    page.wait_for_timeout(3000)
    page.screenshot(path=str(SHOTS / "prefect-runs.png"))
    page.goto(f"http://127.0.0.1:{factory.studio}/")
    page.get_by_text(OCTOPUS).first.wait_for()
    page.screenshot(path=str(SHOTS / "gallery.png"))
    page.get_by_text(OCTOPUS).first.click()
    page.locator("video").wait_for()
    page.wait_for_timeout(1500)
    page.screenshot(path=str(SHOTS / "gallery-reel.png"))

    reels = json.loads(factory.run("status", "--json"))
    assert [(reel["id"], reel["state"]) for reel in reels] == [(1, "published")]


def test_an_approval_in_the_prefect_ui_lets_a_post_out_once_with_what_the_person_chose(
    posting_factory: Factory, page: Any, tiktok: FakeTikTok
) -> None:
    ui = PrefectUi(posting_factory, page)

    # A posting run asks for the approval.
    ui.open_form("platform-posting")
    assert ui.submit()["state"]["type"] == "COMPLETED"
    ui.open_tab("Task Runs")
    page.get_by_text("show the posts").first.wait_for()
    ui.shoot("posting-run")
    assert "waits for approval" in ui.open_artifact("posts")
    asked = ui.open_artifact("posts-waiting")
    assert OCTOPUS in asked
    assert POST in asked

    # The reel can be watched before that.
    cover = page.get_by_alt_text("The cover")
    cover.wait_for()
    eventually(lambda: cover.evaluate("image => image.complete"), 10)
    ui.shoot("approval-request")
    assert cover.evaluate("image => image.naturalWidth") == 360
    preview = ui.follow("Watch the reel").locator("video")
    assert eventually(lambda: preview.evaluate("video => video.videoWidth"), 10) == 360

    # Without a choice that the account offers, it is refused with what may be chosen.
    offers = "the account offers PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY"
    for choice, told in (("", "Nobody chose who may see it"), ("FOLLOWER_OF_CREATOR", "is not offered")):
        ui.open_artifact("posts-waiting")
        ui.page = ui.follow("Approve or refuse it")
        assert fill_in(ui, choice) == POST
        refused = ui.submit()["state"]
        assert refused["type"] == "FAILED"
        assert told in refused["message"]
        assert offers in refused["message"]
        shown = ui.page.get_by_text("Finished in state Failed(").nth(1)  # the first is the task's
        shown.scroll_into_view_if_needed()
        assert offers in shown.inner_text()
        ui.shoot(f"approval-{'wrong' if choice else 'missing'}-privacy")
    assert tiktok.uploads == {}

    # With one it goes out, once, and as it was agreed to.
    ui.open_form("post-approval")
    ui.field("Post").locator("textarea").fill(POST)
    fill_in(ui, "PUBLIC_TO_EVERYONE")
    ui.switch_on("Allow comments")
    ui.switch_on("It promotes your own business")
    ui.shoot("approval-form", height=1600)
    assert ui.submit()["state"]["type"] == "COMPLETED"
    ui.page.get_by_text(f"Ada approved {POST}").wait_for()
    ui.shoot("approval-run", height=1300)
    assert "No post waits for a person." in ui.open_artifact("posts-waiting")
    ui.open_form("platform-posting")
    ui.page.get_by_text("int", exact=True).click()
    ui.page.locator("input[type=number]").fill("1")
    assert ui.submit()["state"]["type"] == "COMPLETED"
    assert "done (public)" in ui.open_artifact("posts")
    ui.shoot("posts-table")

    (post,) = tiktok.posts
    agreed = {
        "privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": False, "disable_duet": True, "disable_stitch": True,
        "brand_content_toggle": False, "brand_organic_toggle": True, "is_aigc": True,
    }  # fmt: skip
    assert {name: (post.settings or {})[name] for name in agreed} == agreed
    assert tiktok.strangers == []
    assert delivery(POST).external_id == str(post.ids[0])
    assert execute("select state from reels") == [("published",)]


def fill_in(ui: PrefectUi, privacy: str) -> str:
    """Fill in the form of an approval but for the post, and return which post stands there."""
    ui.choose("Decision", "approve")
    ui.field("Your name").locator("textarea").fill("Ada")
    if privacy:
        ui.choose("Privacy", privacy)
    return str(ui.field("Post").locator("textarea").input_value())
