"""A developer asks, an approver decides with the keyboard alone, the requester sees the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from playwright.sync_api import expect

from support.offices import BusyOffice
from support.windows import PHONE, Window

Opens = Callable[..., AbstractContextManager[Window]]


def test_a_clean_update_is_decided_in_three_keys_and_the_requester_sees_it(
    opens: Opens, office: BusyOffice
) -> None:
    dev, approver = office.people["dev"], office.people["approver"]
    with opens() as seen:
        seen.signs_in("approver", approver.token)
        seen.page.goto("/requests")

        _walks_down_to(seen, "brie==1.1")

        # a, Enter
        seen.page.keyboard.press("a")
        expect(seen.page.locator("#f-comment")).to_be_focused()
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url(re.compile(rf"/requests/{office.nasty}$"))
        expect(seen.page.locator(".said")).to_contain_text(f"Request {office.clean} is approved.")

        # the next one needs a look, and a no with its reason
        expect(seen.page.locator(".look")).to_contain_text("comte 2.1")
        seen.has_no_barriers()
        seen.page.keyboard.press("r")
        seen.page.keyboard.type("It sends our environment away.")
        seen.page.keyboard.press("Enter")
        expect(seen.page.locator(".said")).to_contain_text(f"Request {office.nasty} is rejected.")

    with opens(size=PHONE, scheme="dark") as seen:
        seen.signs_in("dev", dev.token)
        seen.page.goto(f"/requests/{office.clean}")
        expect(seen.page.locator(".outcome")).to_contain_text("Approved by approver")
        seen.page.goto(f"/requests/{office.nasty}")
        expect(seen.page.locator(".outcome")).to_contain_text("It sends our environment away.")
        seen.has_no_barriers()
        assert not seen.overflows()

    states = [approver.sees(number)["state"] for number in (office.clean, office.nasty)]
    assert states == ["approved", "rejected"]


def _walks_down_to(seen: Window, wanted: str) -> None:
    """Move down the queue with j, and open a row with Enter."""
    rows = seen.page.locator("tbody tr")
    expect(rows.first).to_contain_text("comte==2.1")
    seen.page.keyboard.press("j")
    seen.page.keyboard.press("j")
    expect(seen.page.locator("tr.is-at")).to_contain_text(wanted)
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator("h1")).to_contain_text(wanted)
