"""Filters, as the clients behind them see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from support.clients import Desk
from support.dists import wheel
from support.running import Server
from support.upstream_server import LoopbackUpstream

OLD, NEW = wheel("app", "1.0"), wheel("app", "2.0")
WINTER, SUMMER = datetime(2024, 1, 10, tzinfo=UTC), datetime(2024, 7, 10, tzinfo=UTC)
TWO = "version 2 is not supported here"
RIPE, GREEN = wheel("cheese", "1.0"), wheel("cheese", "2.0")
AGE = "releases ripen for a week"


@pytest.fixture(scope="module", autouse=True)
def feeds(house_of_module: Server, upstream: LoopbackUpstream) -> None:
    """`shelf` passes on approved apps below 2; `cellar` passes on what is a week old."""
    admin = house_of_module.admin
    upstream.add(OLD, uploaded_at=WINTER)
    upstream.add(NEW, uploaded_at=SUMMER)
    upstream.add(RIPE)
    upstream.add(GREEN, uploaded_at=datetime.now(UTC) - timedelta(days=1))
    admin.brings_in("app==1.0")
    admin.brings_in("app==2.0")
    for name in ("shelf", "cellar"):
        admin.tells("POST", "/feeds", name=name, reads_anonymous=True)
    admin.tells("POST", "/feeds/shelf/connectors", name="approved", target="approved")
    admin.tells("POST", "/feeds/cellar/connectors", name="outside", url=upstream.url)
    allow = {"action": "allow", "reason": TWO, "names": ["app"], "versions": "<2"}
    admin.tells("POST", "/feeds/shelf/connectors/approved/filters", **allow)
    age = {"action": "allow", "reason": AGE, "min_age_days": 7}
    admin.tells("POST", "/feeds/cellar/connectors/outside/filters", **age)


def test_clients_take_the_newest_version_that_an_allow_filter_covers(
    server: Server, desk: Desk
) -> None:
    by_pip, by_uv = desk.venv(), desk.venv()

    pip = desk.pip_install(by_pip, server.index("shelf"), "app")
    uv = desk.uv_install(by_uv, server.index("shelf"), "app")

    assert pip.code == 0, pip.output
    assert uv.code == 0, uv.output
    assert desk.imports(by_pip, "app") == desk.imports(by_uv, "app") == "1.0"


def test_a_version_that_no_allow_filter_covers_cannot_be_had(server: Server, desk: Desk) -> None:
    pip = desk.pip_install(desk.venv(), server.index("shelf"), "app==2.0")
    uv = desk.uv_install(desk.venv(), server.index("shelf"), "app==2.0")
    url = f"{server.url}/pypi/shelf/files/{NEW.sha256}/{NEW.filename}"
    by_url = desk.pip("download", "--no-deps", "--no-index", f"app @ {url}")
    direct = server.admin.gets(NEW.sha256, NEW.filename, "shelf")

    assert pip.code != 0
    assert TWO in pip.line
    assert uv.code != 0
    assert TWO in uv.line
    assert by_url.code != 0
    assert direct.status_code == 403
    assert TWO in direct.json()["detail"]


def test_a_filter_holds_for_its_own_feed_only(server: Server, desk: Desk) -> None:
    python = desk.venv()

    said = desk.uv_install(python, server.index("internal"), "app")

    assert said.code == 0, said.output
    assert desk.imports(python, "app") == "2.0"


def test_a_release_that_is_too_young_is_passed_over(server: Server, desk: Desk) -> None:
    python = desk.venv()

    newest = desk.uv_install(python, server.index("cellar"), "cheese")
    pinned = desk.uv_install(desk.venv(), server.index("cellar"), "cheese==2.0")
    by_pip = desk.pip_install(desk.venv(), server.index("cellar"), "cheese==2.0")

    assert newest.code == 0, newest.output
    assert desk.imports(python, "cheese") == "1.0"
    assert pinned.code != 0
    assert AGE in pinned.line
    assert by_pip.code != 0
    assert AGE in by_pip.line


def test_upload_times_are_passed_on_so_that_uv_can_exclude_newer(
    server: Server, desk: Desk
) -> None:
    python = desk.venv()

    said = desk.uv_install(python, server.index(), "--exclude-newer", "2024-03-01", "app")

    assert said.code == 0, said.output
    assert desk.imports(python, "app") == "1.0"


def test_what_a_filter_keeps_outside_cannot_be_asked_in(
    server: Server, upstream: LoopbackUpstream
) -> None:
    upstream.add(wheel("frowned-upon", "1.0"))
    deny = {"action": "deny", "reason": "it is frowned upon", "names": ["frowned-*"]}
    server.admin.tells("POST", "/feeds/unapproved/connectors/upstream/filters", **deny)

    number = server.admin.requests("frowned-upon==1.0")
    told = server.admin.awaits(number, "failed", "review", "approved")

    assert told["state"] == "failed"
    assert "it is frowned upon" in " ".join(told["notes"])
