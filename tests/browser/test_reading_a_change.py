"""An approver opens what changed from a request, reads what it newly does, and rejects it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from playwright.sync_api import expect

from support.offices import BusyOffice
from support.windows import DESKTOP, PHONE, Window

Opens = Callable[..., AbstractContextManager[Window]]
URLOPEN = re.compile("urlopen")


def test_an_approver_reads_a_diff_and_rejects(opens: Opens, office: BusyOffice) -> None:
    with opens(size=DESKTOP) as seen:
        seen.signs_in("approver", office.people["approver"].token)
        seen.page.goto(f"/requests/{office.nasty}")
        seen.page.locator("main a[href*='/change?']").first.click()

        # what it newly can do stands first, and the line is one key away
        expect(seen.page.locator("h1")).to_contain_text("comte 2.0")
        expect(seen.page.locator(".news")).to_contain_text("opens network connections")
        seen.page.keyboard.press("n")
        expect(seen.page.locator(".note:focus")).to_be_in_viewport()
        expect(seen.page.locator("tr.new", has_text=URLOPEN)).to_be_in_viewport()

        # side by side it is the same
        seen.page.keyboard.press("u")
        expect(seen.page.locator("table.is-split")).to_have_count(1)
        seen.has_no_barriers()

        # and the answer is given where it was read
        seen.page.keyboard.press("r")
        seen.page.keyboard.type("It sends our environment away.")
        seen.page.keyboard.press("Enter")
        expect(seen.page.locator(".said")).to_contain_text("is rejected")

    told = office.people["dev"].sees(office.nasty)
    assert told["state"] == "rejected"
    assert told["decisions"][-1]["comment"] == "It sends our environment away."


def test_without_a_script_links_lead_from_finding_to_finding(
    opens: Opens, office: BusyOffice
) -> None:
    with opens(size=PHONE, has_script=False) as seen:
        seen.signs_in("approver", office.people["approver"].token)
        seen.page.goto("/feeds/approved/packages/comte/2.1/change")
        seen.page.click("text=Go to the first of")
        expect(seen.page.locator(".note:target")).to_be_in_viewport()
        assert not seen.overflows()
