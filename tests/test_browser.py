"""An operator's way through the Prefect UI and the gallery, in a real browser. Needs Chromium on the PATH."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from factory import Factory, eventually

from core.models import Step
from core.settings import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
SHOTS = ROOT / "build" / "screenshots"


@pytest.fixture
def factory(voice_cache: Path) -> Iterator[Factory]:
    with tempfile.TemporaryDirectory(prefix="rw-ui-", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "cache").symlink_to(voice_cache)
        factory = Factory(Path(folder))
        factory.start()
        yield factory
        factory.end(signal.SIGTERM)


def test_a_reel_is_run_again_from_the_prefect_ui_and_seen_in_the_gallery(factory: Factory) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="run `make test-browser`")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("No Chromium was found. On Debian and Ubuntu: apt-get install chromium")
    SHOTS.mkdir(parents=True, exist_ok=True)
    factory.run("reel", "examples/briefs/octopus-three-hearts.md", "--json")
    deployment = factory.api("/deployments/name/daily-generator/daily-generator")["id"]

    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
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
        page.get_by_text("The octopus has three hearts").first.wait_for()
        page.screenshot(path=str(SHOTS / "gallery.png"))
        page.get_by_text("The octopus has three hearts").first.click()
        page.locator("video").wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=str(SHOTS / "gallery-reel.png"))
        browser.close()

    reels = json.loads(factory.run("status", "--json"))
    assert [(reel["id"], reel["state"]) for reel in reels] == [(1, "published")]
