"""An approver reads: from the release to the line that a finding speaks of."""

from __future__ import annotations

from playwright.sync_api import Browser

from support.offices import BusyOffice
from support.windows import window


def test_an_approver_goes_from_a_finding_to_its_line(browser: Browser, office: BusyOffice) -> None:
    with window(browser, office.url) as opened:
        opened.signs_in("approver", office.people["approver"].token)
        page = opened.page
        page.goto("/feeds/approved/packages/comte/2.1")
        assert page.locator("h1").inner_text() == "comte 2.1"
        assert page.locator("h2").first.inner_text() == "Verdict"

        page.locator(".finding .where a").first.click()

        assert page.locator("h1").inner_text() == "comte/__init__.py"
        assert page.locator(".read > li.has-finding.is-asked .said-here").count() > 0
        assert page.locator(".read > li.is-asked").is_visible()
        opened.is_quiet()
