"""An administrator makes a team's feed and gives a build server its token, which is really used."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from support.clients import Desk
from support.dists import wheel
from support.offices import BusyOffice
from support.windows import DESKTOP, PHONE, Window

Opens = Callable[..., AbstractContextManager[Window]]


@pytest.mark.parametrize(
    ("feed", "size", "has_script"),
    [("team-desk", DESKTOP, True), ("team-phone", PHONE, True), ("team-plain", DESKTOP, False)],
)
def test_a_team_gets_its_feed_and_its_build_server_publishes(
    opens: Opens,
    office: BusyOffice,
    tmp_path: Path,
    feed: str,
    size: dict[str, int],
    has_script: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    desk = Desk(tmp_path / "build-server")
    ours = wheel(f"ours-{feed}", "1.0")
    desk.write(f"dist/{ours.filename}", ours.data)
    with opens(size=size, has_script=has_script) as seen:
        page = seen.page
        seen.signs_in("admin", office.people["admin"].token)
        page.goto("/settings")
        page.click("h2 a[href='/settings/feeds']")
        page.fill("#name-team", feed)
        page.click("text=Make the team's feed")
        assert page.inner_text(".said") == f"The feed {feed} is made."

        page.click("text=Give a build server its token")
        page.fill("input[name=name]", f"{feed}-ci")
        page.click("text=Make its token")
        publish = page.inner_text(f"#twine-{feed}")
        install = page.inner_text(f"#install-{feed}")

    published = desk.shell(desk.home, publish)
    assert published.code == 0, published.output
    python = desk.venv()
    installed = desk.shell(desk.home, f"{install}\nuv pip install --python {python} ours-{feed}")
    assert installed.code == 0, installed.output
    assert list(office.people["admin"].page(f"ours-{feed}", feed)) == [ours.filename]


@pytest.mark.parametrize(
    "path",
    [
        "/settings/users",
        "/settings/users/dev",
        "/settings/tokens",
        "/settings/feeds",
        "/settings/webhooks",
        "/account",
    ],
)
def test_forms_that_are_opened_have_no_barriers(
    opens: Opens, office: BusyOffice, path: str
) -> None:
    with opens(size=PHONE) as seen:
        seen.signs_in("admin", office.people["admin"].token)
        seen.page.goto(path)
        seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

        seen.has_no_barriers()
        assert not seen.overflows()
