"""Upload times, as real clients act on them on every feed when they are given a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from support.clients import Desk
from support.dists import wheel
from support.running import Server
from support.upstream_server import LoopbackUpstream

OURS = wheel("acme-tools", "1.4")
THEIRS, THEIRS_NEWER = wheel("ham", "1.0"), wheel("ham", "2.0")
TIMELESS = wheel("dial", "1.0")
WINTER, SUMMER = datetime(2024, 1, 10, tzinfo=UTC), datetime(2024, 7, 10, tzinfo=UTC)
SPRING = "2024-04-01T00:00:00Z"
FEEDS = pytest.mark.parametrize("feed", ["unapproved", "approved", "internal"])


@pytest.fixture(scope="module", autouse=True)
def stock(house_of_module: Server, upstream: LoopbackUpstream) -> None:
    """A release of our own, two approved ones of different age, one of unknown age."""
    admin = house_of_module.admin
    upstream.add(THEIRS, uploaded_at=WINTER)
    upstream.add(THEIRS_NEWER, uploaded_at=SUMMER)
    upstream.add(TIMELESS, uploaded_at=None)
    admin.brings_in("ham==1.0", "dial==1.0")
    admin.brings_in("ham==2.0")
    assert admin.uploads(OURS).status_code == 200


@FEEDS
def test_clients_can_be_given_a_date_on_every_feed(server: Server, desk: Desk, feed: str) -> None:
    index, by_pip, by_uv = _index(server, feed), desk.venv(), desk.venv()

    desk.pip_install(by_pip, index, "--uploaded-prior-to", SPRING, "ham")
    desk.uv_install(by_uv, index, "--exclude-newer", SPRING, "ham")

    assert desk.imports(by_pip, "ham") == desk.imports(by_uv, "ham") == "1.0"


@FEEDS
def test_what_is_of_unknown_age_is_there_for_a_date_after_it_was_seen(
    server: Server, desk: Desk, feed: str
) -> None:
    index, by_pip, by_uv = _index(server, feed), desk.venv(), desk.venv()
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    old_pip = desk.pip_install(by_pip, index, "--uploaded-prior-to", SPRING, "dial")
    old_uv = desk.uv_install(by_uv, index, "--exclude-newer", SPRING, "dial")
    pip = desk.pip_install(by_pip, index, "--uploaded-prior-to", tomorrow, "dial")
    uv = desk.uv_install(by_uv, index, "--exclude-newer", tomorrow, "dial")

    assert (old_pip.code, old_uv.code) == (1, 1)
    assert "does not provide upload-time metadata" not in old_pip.line
    assert (pip.code, uv.code) == (0, 0)


def test_what_the_house_published_today_was_not_there_in_spring(server: Server, desk: Desk) -> None:
    index = server.index()

    pip = desk.pip_install(desk.venv(), index, "--uploaded-prior-to", SPRING, "acme-tools")
    uv = desk.uv_install(desk.venv(), index, "--exclude-newer", SPRING, "acme-tools")

    assert (pip.code, uv.code) == (1, 1)
    assert "does not provide upload-time metadata" not in pip.line


def _index(server: Server, feed: str) -> str:
    return server.index(feed, None if feed == "internal" else server.admin.token)
