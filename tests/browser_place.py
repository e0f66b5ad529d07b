"""The Prefect UI as a person uses it: forms are filled in by the words beside the fields, artifacts are read."""

from __future__ import annotations

import re
from typing import Any

from factory import Factory, eventually

from core.settings import ROOT

SHOTS = ROOT / "build" / "screenshots"
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


class PrefectUi:
    """One page of a browser at the Prefect UI of a factory. `page` is Playwright's."""

    def __init__(self, factory: Factory, page: Any) -> None:
        self.factory, self.page = factory, page
        self.home = f"http://127.0.0.1:{factory.prefect}"

    def shoot(self, name: str, *, height: int = 1000) -> None:
        """Keep a picture of what the page shows in so many pixels: it scrolls inside."""
        self.page.set_viewport_size({"width": 1400, "height": height})
        self.page.screenshot(path=str(SHOTS / f"{name}.png"), animations="disabled")

    def open_form(self, deployment: str) -> None:
        """Open the form of a run with parameters."""
        number = self.factory.api(f"/deployments/name/{deployment}/{deployment}")["id"]
        self.page.goto(f"{self.home}/deployments/deployment/{number}/run")
        self.page.get_by_role("button", name="Submit").wait_for()

    def field(self, title: str) -> Any:
        """Return the part of the form under a title."""
        label = self.page.locator(".schema-form-property__label", has_text=re.compile(rf"^\s*{title}( \(Optional\))?"))
        return self.page.locator(".schema-form-property").filter(has=label)

    def choose(self, title: str, option: str) -> list[str]:
        """Choose from a drop-down, and return everything it offers."""
        self.field(title).locator("button.p-select-button__control").press("Space")
        options = self.page.locator(".p-select-option")
        options.first.wait_for()
        offered = [text.strip() for text in options.all_inner_texts()]
        options.get_by_text(option, exact=True).click()
        return offered

    def switch_on(self, title: str) -> None:
        """Turn a switch."""
        self.field(title).get_by_role("switch").click()

    def submit(self) -> dict[str, Any]:
        """Send the form, wait until the run is over, open its page and return the run."""
        with self.page.expect_response(re.compile("/create_flow_run$")) as sent:
            self.page.get_by_role("button", name="Submit").click()
        number = sent.value.json()["id"]

        def ended() -> Any:
            run = self.factory.api(f"/flow_runs/{number}")
            return run["state"]["type"] in ENDED and run

        run: dict[str, Any] = eventually(ended, 120)
        self.page.goto(f"{self.home}/runs/flow-run/{number}")
        self.page.get_by_text(run["name"]).first.wait_for()
        return run

    def open_tab(self, name: str) -> None:
        """Open one of the tabs of a page."""
        self.page.get_by_text(name, exact=True).first.click()

    def open_artifact(self, key: str) -> str:
        """Open the newest version of an artifact, and return its text."""
        body = {"artifacts": {"key": {"any_": [key]}}}
        (newest,) = self.factory.api("/artifacts/latest/filter", body)
        self.page.goto(f"{self.home}/artifacts/artifact/{newest['latest_id']}")
        self.page.get_by_text("Show raw data").wait_for()
        return str(self.page.locator("body").inner_text())

    def follow(self, link: str) -> Any:
        """Click on a link that opens a page of its own, and return that page."""
        with self.page.context.expect_page() as opened:
            self.page.get_by_role("link", name=link, exact=True).click()
        return opened.value
