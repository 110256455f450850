"""Signing in with a real browser, which has its own view of cookies, origins and policies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from support.offices import BusyOffice
from support.windows import Window

Opens = Callable[..., AbstractContextManager[Window]]


def test_somebody_signs_in_and_out(opens: Opens, office: BusyOffice) -> None:
    with opens() as seen:
        seen.signs_in("dev", office.people["dev"].token)
        assert seen.page.inner_text(".who a") == "dev"

        seen.page.click("text=Sign out")

        assert seen.page.inner_text(".said") == "You are signed out."
        assert seen.page.inner_text(".who") == "Sign in"


def test_it_works_without_a_script(opens: Opens, office: BusyOffice) -> None:
    with opens(has_script=False) as seen:
        seen.signs_in("dev", office.people["dev"].token)

        assert seen.page.inner_text(".who a") == "dev"


def test_keys_lead_to_places_and_are_listed(opens: Opens, office: BusyOffice) -> None:
    with opens() as seen:
        seen.signs_in("dev", office.people["dev"].token)

        seen.page.keyboard.press("?")
        listed = seen.page.inner_text("#keys dl")
        seen.page.keyboard.press("Escape")
        seen.page.keyboard.press("g")
        seen.page.keyboard.press("m")

        assert "g h\nHome" in listed
        seen.page.wait_for_url("**/account*")
        seen.allowed.add("404")
