"""Every page, in a real browser: at both widths, light and dark, without a complaint.

axe-core finds nothing serious, nothing is wider than the window, nothing comes from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from support.offices import BusyOffice
from support.places_of_pages import PATTERNS, path_of
from support.windows import DESKTOP, PHONE, Scheme, Window, window


@pytest.fixture(scope="module")
def admins(browser: Browser, office: BusyOffice) -> Iterator[Window]:
    """A window in which an administrator is signed in."""
    with window(browser, office.url) as opened:
        opened.signs_in("admin", office.people["admin"].token)
        yield opened


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_page_is_sound(admins: Window, office: BusyOffice, pattern: str) -> None:
    admins.complaints.clear()
    answer = admins.page.goto(path_of(pattern, office))

    assert answer is not None
    assert answer.status == 200
    assert admins.page.locator("h1").count() == 1
    assert _seen(admins, DESKTOP, "light") == []
    assert _seen(admins, DESKTOP, "dark") == []
    assert _seen(admins, PHONE, "dark") == []
    assert _seen(admins, PHONE, "light") == []
    admins.is_quiet()


def _seen(opened: Window, size: dict[str, int], scheme: Scheme) -> list[str]:
    """Look at the page under these circumstances; give what is wrong with it."""
    opened.page.set_viewport_size({"width": size["width"], "height": size["height"]})
    opened.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    wide = ["it is wider than the window"] if opened.overflows() else []
    return [*wide, *opened.barriers()]
