"""Yanks, by command and as real clients act on them."""

from __future__ import annotations

import pytest

from affineur.cli.main import run
from support.clients import Desk
from support.dists import wheel
from support.running import Server
from support.upstream_server import LoopbackUpstream

REASON = "it loses data; use 1.5"
OURS, OURS_NEWER = wheel("acme-tools", "1.4"), wheel("acme-tools", "1.5")
THEIRS = wheel("ham", "1.0")


@pytest.fixture(scope="module", autouse=True)
def stock(house_of_module: Server, upstream: LoopbackUpstream) -> None:
    """Two releases of our own, and an approved one."""
    upstream.add(THEIRS)
    house_of_module.admin.brings_in("ham==1.0")
    for dist in (OURS, OURS_NEWER):
        assert house_of_module.admin.uploads(dist).status_code == 200


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
