"""The system's Chromium, driven by Playwright: a window in which nothing may go wrong unseen.

with window(chromium, server.url) as seen:
    seen.signs_in("approver", token)
    seen.page.goto("/requests")

Every error of a script, every line on the console that is one, every answer of 500 and every
request to another origin is a complaint; a window that has some when it closes fails its test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, Response, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_AXE = Path(__file__).parents[1] / "browser" / "axe.min.js"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
Scheme = Literal["light", "dark"]


def chromium_path() -> str:
    """Find Chromium; skip loudly where there is none, and never in CI."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is not None:
        return found
    message = "Chromium is not here, so no page was seen by a browser: install Debian's chromium"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a screen."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = _launched(playwright, path)
        yield browser
        browser.close()


def _launched(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(
        executable_path=path, args=list(_ARGUMENTS), timeout=PATIENCE_MS
    )


@dataclass
class Window:
    """A window with its complaints."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)
    """Complaints that a test means to cause, by a part of their text."""

    def signs_in(self, name: str, password: str) -> None:
        """Sign in by the form, as anybody does."""
        self.page.goto("/login")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def has_no_barriers(self) -> None:
        """Hold the page against axe-core's rules: nothing serious may be wrong with it."""
        found = self.barriers()
        assert found == [], f"{self.page.url}:\n" + "\n".join(found)

    def barriers(self) -> list[str]:
        """Give what axe-core finds that is serious or critical, a line each."""
        self.page.evaluate(_axe())  # by the debugger: the page's policy lets no script in
        told: dict[str, Any] = self.page.evaluate(  # Any: axe's JSON
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        )
        return [
            f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary']}"
            for one in told["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]

    def overflows(self) -> bool:
        """Whether the page is wider than the window."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
            )
        )

    def is_quiet(self) -> None:
        """Complain about everything that went wrong so far."""
        wrong = [one for one in self.complaints if not any(part in one for part in self.allowed)]
        assert wrong == []


@contextmanager
def window(
    browser: Browser,
    url: str,
    *,
    size: dict[str, int] = DESKTOP,
    scheme: Scheme = "light",
    has_script: bool = True,
) -> Iterator[Window]:
    """Open a window of its own, without cookies, and close it; complaints fail the test."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme=scheme,
        java_script_enabled=has_script,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    opened = Window(context.new_page(), url)
    _listen(opened)
    try:
        yield opened
        opened.is_quiet()
    finally:
        context.close()


def _listen(opened: Window) -> None:
    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{opened.url}/", "data:", "about:")):
            opened.complaints.append(f"a request to another origin: {request.url}")

    def on_response(response: Response) -> None:
        if response.status >= 500:
            opened.complaints.append(f"{response.status} {response.url}")

    page = opened.page
    page.on("request", on_request)
    page.on("response", on_response)
    page.on("pageerror", lambda error: opened.complaints.append(f"script: {error}"))
    page.on(
        "console",
        lambda line: (
            opened.complaints.append(f"console: {line.text}")
            if line.type in {"error", "warning"}
            else None
        ),
    )


@cache
def _axe() -> str:
    return _AXE.read_text("utf-8")
