"""Yanks and upload times, as real clients act on them, on every feed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from affineur.cli.main import run
from support.clients import Desk
from support.dists import wheel
from support.running import Server
from support.upstream_server import LoopbackUpstream

REASON = "it loses data; use 1.5"
OURS, OURS_NEWER = wheel("acme-tools", "1.4"), wheel("acme-tools", "1.5")
THEIRS, THEIRS_NEWER = wheel("ham", "1.0"), wheel("ham", "2.0")
TIMELESS = wheel("dial", "1.0")
WINTER, SUMMER = datetime(2024, 1, 10, tzinfo=UTC), datetime(2024, 7, 10, tzinfo=UTC)
SPRING = "2024-04-01T00:00:00Z"
FEEDS = pytest.mark.parametrize("feed", ["unapproved", "approved", "internal"])


@pytest.fixture(scope="module", autouse=True)
def stock(house_of_module: Server, upstream: LoopbackUpstream) -> None:
    """Two releases of our own, two approved ones of different age, one of unknown age."""
    admin = house_of_module.admin
    upstream.add(THEIRS, uploaded_at=WINTER)
    upstream.add(THEIRS_NEWER, uploaded_at=SUMMER)
    upstream.add(TIMELESS, uploaded_at=None)
    admin.brings_in("ham==1.0", "dial==1.0")
    admin.brings_in("ham==2.0")
    for dist in (OURS, OURS_NEWER):
        assert admin.uploads(dist).status_code == 200


@pytest.fixture(autouse=True)
def token(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands ask as the administrator."""
    monkeypatch.setenv("AFFINEUR_TOKEN", server.admin.token)


def test_clients_pass_over_a_yanked_release_and_print_the_reason_to_who_pins_it(
    server: Server, desk: Desk
) -> None:
    index, by_pip, by_uv = server.index(), desk.venv(), desk.venv()
    assert run(["yank", "acme-tools==1.5", "--reason", REASON, "--url", server.url]) == 0

    desk.pip_install(by_pip, index, "acme-tools")
    desk.uv_install(by_uv, index, "acme-tools")
    pip = desk.pip_install(desk.venv(), index, "acme-tools==1.5")
    uv = desk.uv_install(desk.venv(), index, "acme-tools==1.5")

    assert desk.imports(by_pip, "acme_tools") == desk.imports(by_uv, "acme_tools") == "1.4"
    assert (pip.code, uv.code) == (0, 0)
    assert REASON in pip.line
    assert REASON in uv.line


def test_what_is_unyanked_is_taken_again(server: Server, desk: Desk) -> None:
    index, by_pip, by_uv = server.index(), desk.venv(), desk.venv()
    run(["yank", "acme-tools==1.5", "--reason", REASON, "--url", server.url])
    assert run(["unyank", "acme-tools==1.5", "--reason", "mended", "--url", server.url]) == 0

    desk.pip_install(by_pip, index, "acme-tools")
    desk.uv_install(by_uv, index, "acme-tools")

    assert desk.imports(by_pip, "acme_tools") == desk.imports(by_uv, "acme_tools") == "1.5"


def test_what_is_not_listed_cannot_be_yanked(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["yank", "ham==1.0", "--reason", REASON, "--url", server.url]) == 1
    assert "It is listed in: approved. Yank it there." in capsys.readouterr().err


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
