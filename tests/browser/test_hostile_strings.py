"""Packages and people that are made of scripts: nothing runs, nothing breaks a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Dialog

from support.hostile_office import HostileOffice, hostile_office
from support.windows import Window, window

_SPY = """
window.ran = [];
window.boom = (n) => window.ran.push(String(n));
document.addEventListener("securitypolicyviolation", (event) =>
  window.ran.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
PLACES = [
    "home",
    "requests",
    "request",
    "tree",
    "project",
    "markdown",
    "restructured",
    "waiting",
    "change",
    "split",
    "members",
    "file",
    "packages",
    "wanted",
    "security",
    "block",
    "audit",
    "account",
    "tokens",
    "numbers",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileOffice]:
    """A server with packages that are made of scripts."""
    with hostile_office(tmp_path_factory.mktemp("hostile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def looking(browser: Browser, hostile: HostileOffice) -> Iterator[Window]:
    """A window in which everything that would run is written down."""
    with window(browser, hostile.url) as opened:
        opened.page.context.add_init_script(_SPY)
        opened.page.on("dialog", _complain_of(opened))
        opened.signs_in("admin", hostile.admin.token)
        yield opened


def _complain_of(opened: Window) -> Callable[[Dialog], None]:
    def on_dialog(dialog: Dialog) -> None:
        opened.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    return on_dialog


def test_every_place_is_looked_at(hostile: HostileOffice) -> None:
    assert set(PLACES) == set(hostile.paths)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_runs_and_nothing_breaks(
    looking: Window, hostile: HostileOffice, place: str
) -> None:
    looking.complaints.clear()
    answer = looking.page.goto(hostile.paths[place])
    looking.page.wait_for_load_state("load")

    assert answer is not None
    assert answer.status == 200
    assert looking.page.evaluate("window.ran") == []
    frame = ("header.top", "main#main", "footer.bottom", "dialog#keys", "h1")
    assert [looking.page.locator(part).count() for part in frame] == [1, 1, 1, 1, 1]
    inside = "script:not([src]), iframe, object, embed, base, style, [onload], [onerror], [onfocus]"
    assert looking.page.locator(inside).count() == 0
    led = looking.page.evaluate("[...document.querySelectorAll('[href]')].map((a) => a.protocol)")
    assert set(filter(None, led)) <= {"http:", "https:", "mailto:"}
    looking.is_quiet()


def test_a_click_on_every_link_and_control_of_a_release_runs_nothing(
    looking: Window, hostile: HostileOffice
) -> None:
    looking.page.goto(hostile.paths["markdown"])

    looking.page.evaluate(
        """() => document.querySelectorAll("main :is(a, summary, [tabindex])").forEach((one) => {
          one.addEventListener("click", (event) => event.preventDefault(), {once: true});
          for (const kind of ["mouseover", "focus", "click"])
            one.dispatchEvent(new Event(kind, {bubbles: true, cancelable: true}));
        })"""
    )

    assert looking.page.evaluate("window.ran") == []
