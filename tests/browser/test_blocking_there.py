"""The day of an attack, in a browser: a name is heard, looked at, blocked; who has it is listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import expect

from support.clients import Desk
from support.offices import BusyOffice
from support.running import until
from support.windows import PHONE, Window

Opens = Callable[..., AbstractContextManager[Window]]


def test_security_blocks_what_a_developer_installed(
    opens: Opens, office: BusyOffice, tmp_path: Path
) -> None:
    index = office.server.index(token=office.people["dev"].token)
    desk = Desk(tmp_path / "desk")
    desk.pip_install(desk.venv(), index, "brie==1.0")
    until(lambda: _is_known(office), lambda: "nobody is told to have taken it")

    with opens() as seen:
        seen.signs_in("admin", office.people["admin"].token)
        seen.page.keyboard.press("g")
        seen.page.keyboard.press("s")
        seen.page.wait_for_url("**/security")
        seen.page.keyboard.press("/")
        seen.page.keyboard.type("Brie==1.0")
        seen.page.keyboard.press("Enter")

        # what it would take from whom, before anything is done
        expect(seen.page.locator("h1")).to_have_text("Block brie 1.0?")
        expect(seen.page.locator(".sec-fact").first).to_contain_text("file")
        expect(seen.page.locator("main")).to_contain_text("2 takers")
        seen.has_no_barriers()
        seen.page.keyboard.press("r")
        seen.page.keyboard.type("It sends the environment to a stranger")
        seen.page.keyboard.press("Enter")

        # and it holds
        seen.page.wait_for_url(re.compile(r"/security/blocks/\d+$"))
        expect(seen.page.locator("h1")).to_have_text("brie 1.0: blocked")
        expect(seen.page.locator(".sec-holds")).to_contain_text("serves none of its")
        expect(seen.page.locator("tbody th").first).to_have_text("dev")
        seen.has_no_barriers()

    another = Desk(tmp_path / "another")
    refused = another.pip_install(another.venv(), index, "brie==1.0")
    assert "It sends the environment to a stranger" in refused.output


def test_security_lifts_it_again_on_a_phone_without_a_script(
    opens: Opens, office: BusyOffice
) -> None:
    with opens(size=PHONE, has_script=False) as seen:
        seen.signs_in("admin", office.people["admin"].token)
        seen.page.goto("/security/blocks")
        seen.page.click("tbody th a >> text=gouda")
        seen.page.fill("main form[action$=lift] input[name=reason]", "it was another cheese")
        seen.page.click("button:has-text('Lift the block')")

        expect(seen.page.locator("h1")).to_have_text("gouda: block lifted")
        assert not seen.overflows()


def _is_known(office: BusyOffice) -> bool:
    """Whether the server has written down who took it."""
    return office.server.is_told("takers", "brie==1.0").returncode == 0
