"""A developer pastes what uv said, watches the closure come, and sends it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import expect

from support.clients import Desk
from support.offices import BusyOffice
from support.windows import PHONE, Window

Opens = Callable[..., AbstractContextManager[Window]]


def test_a_developer_asks_by_pasting_what_uv_said(
    opens: Opens, office: BusyOffice, tmp_path: Path
) -> None:
    desk = Desk(tmp_path / "desk")
    said = desk.uv_install(desk.venv(), office.server.index(), "stilton>=0.9", "brie")
    assert "affineur request stilton" in said.line

    with opens() as seen:
        seen.signs_in("dev", office.people["dev"].token)
        seen.page.goto("/ask")
        seen.page.fill("#f-given", said.output)
        seen.page.click("text=Look at it")

        # the closure comes without anybody loading the page again
        expect(seen.page.locator("tbody th")).to_have_text(["stilton 0.9"])
        expect(seen.page.locator("tbody .badge")).to_have_text(["Needs a look"])
        expect(seen.page.locator("#closure")).to_contain_text("Read as an error of uv.")
        expect(seen.page.locator("#closure[hx-get]")).to_have_count(0)
        seen.has_no_barriers()

        # and it is sent by the keyboard
        seen.page.keyboard.press("r")
        seen.page.keyboard.type("The cheese board of the shop")
        seen.page.keyboard.press("Escape")
        seen.page.keyboard.press("s")
        seen.page.wait_for_url(re.compile(r"/requests/\d+$"))
        sent = office.people["approver"].sees(int(seen.page.url.rsplit("/", 1)[1]))
        seen.allowed.add("404")

    assert (sent["state"], sent["requirements"]) == ("review", ["stilton==0.9"])
    assert sent["reason"] == "The cheese board of the shop"


def test_a_file_is_dropped_without_a_script_on_a_phone(opens: Opens, office: BusyOffice) -> None:
    with opens(size=PHONE, has_script=False) as seen:
        seen.signs_in("dev", office.people["dev"].token)
        seen.page.goto("/ask")
        seen.page.set_input_files(
            "#f-document",
            {"name": "requirements.txt", "mimeType": "text/plain", "buffer": b"stilton\n-e .\n"},
        )
        seen.page.click("text=Look at it")

        expect(seen.page.locator("#closure details")).to_contain_text("line 2: -e .")
        assert not seen.overflows()
