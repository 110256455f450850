"""A developer finds packages while typing; a manager sees what a filter and a policy would do."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from playwright.sync_api import expect

from support.offices import BusyOffice
from support.windows import PHONE, Window

Opens = Callable[..., AbstractContextManager[Window]]


def test_packages_are_found_while_one_types(opens: Opens, office: BusyOffice) -> None:
    with opens() as seen:
        seen.signs_in("dev", office.people["dev"].token)
        seen.page.goto("/feeds/internal")
        names = seen.page.locator("#packages tbody th")
        expect(names).to_have_text(["acme-cellar", "brie", "comte", "gouda", "rind"])

        # the list follows what is typed, however it is spelled, and the URL can be passed on
        seen.page.keyboard.press("/")
        seen.page.keyboard.type("Acme_Cel", delay=20)
        expect(names).to_have_text(["acme-cellar"])
        seen.page.wait_for_url(re.compile("search=Acme_Cel"))

        # what is not there is asked for
        seen.page.fill("#f-search", "stilton")
        expect(seen.page.locator("#packages")).to_contain_text("No package here has stilton")
        seen.has_no_barriers()
        seen.page.click("text=Ask for stilton")
        expect(seen.page.locator("#f-given")).to_have_value("stilton")


def test_packages_are_found_without_a_script_on_a_phone(opens: Opens, office: BusyOffice) -> None:
    with opens(size=PHONE, has_script=False) as seen:
        seen.signs_in("dev", office.people["dev"].token)
        seen.page.goto("/feeds/internal")
        seen.page.fill("#f-search", "bri")
        seen.page.get_by_role("button", name="Find").click()

        expect(seen.page.locator("#packages tbody th")).to_have_text(["brie"])


def test_a_filter_and_a_policy_are_tried_before_they_hold(opens: Opens, office: BusyOffice) -> None:
    with opens() as seen:
        seen.signs_in("admin", office.people["admin"].token)
        seen.page.goto("/feeds/internal/filters")
        seen.page.fill("#f-names", "brie")
        seen.page.fill("#f-reason", "too soft")
        seen.page.click("text=Try it")
        expect(seen.page.locator("#trial + p")).to_contain_text("Nothing is changed yet.")
        expect(seen.page.get_by_role("cell", name="of")).not_to_have_count(0)
        seen.has_no_barriers()

        # a mistake in a policy is told while one types, at its line
        seen.allowed.add("422")
        seen.page.goto("/feeds/approved/policy")
        seen.page.fill("#f-toml", 'preset = "strict"\notherwise = "perhaps"\n')
        expect(seen.page.locator("#flaws")).to_contain_text("Line 2:")
        seen.page.click("text=Check and try it")
        expect(seen.page.locator(".lines .is-flaw")).to_contain_text('otherwise = "perhaps"')

        # what it would turn is shown before it can be saved
        seen.page.fill("#f-toml", 'preset = "strict"\n')
        seen.page.click("text=Check and try it")
        expect(seen.page.get_by_role("heading", name="What it would turn")).to_be_visible()
        seen.has_no_barriers()
        expect(seen.page.get_by_role("button", name="Save this policy")).to_be_visible()
