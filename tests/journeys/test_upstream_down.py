"""When the outside is gone, everything that was approved still installs on a new machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.clients import Desk
from support.dists import sdist, wheel
from support.running import Server
from support.upstream_server import Kind, LoopbackUpstream, upstream_server


@pytest.fixture(scope="module", params=["json", "html"])
def upstream(request: pytest.FixtureRequest) -> Iterator[LoopbackUpstream]:
    """An index that was there until everything was approved, and is gone since."""
    kind: Kind = request.param
    with upstream_server(kind) as running:
        running.add(wheel("app", "1.0", requires=["base>=1"]), wheel("base", "1.2"))
        running.add(sdist("base", "1.2"), wheel("never-asked", "1.0"))
        yield running


@pytest.fixture(scope="module", autouse=True)
def approved(house_of_module: Server, upstream: LoopbackUpstream) -> None:
    house_of_module.admin.brings_in("app")
    upstream.go_down()


def test_pip_installs_what_is_approved(server: Server, desk: Desk) -> None:
    python = desk.venv()

    said = desk.pip_install(python, server.index(), "app")

    assert said.code == 0, said.output
    assert desk.imports(python, "base") == "1.2"


def test_uv_installs_what_is_approved(server: Server, desk: Desk) -> None:
    python = desk.venv()

    said = desk.uv_install(python, server.index(), "app")

    assert said.code == 0, said.output
    assert desk.imports(python, "base") == "1.2"


def test_the_sdist_is_there_as_well(server: Server, desk: Desk) -> None:
    said = desk.pip(
        "download", "--no-binary", ":all:", "--no-deps", "--index-url", server.index(), "base"
    )

    assert said.code == 0, said.output
    assert (desk.home / "base-1.2.tar.gz").read_bytes() == sdist("base", "1.2").data


def test_it_installs_after_a_restart_too(server: Server, desk: Desk) -> None:
    server.restart()

    said = desk.uv_install(desk.venv(), server.index(), "app")

    assert said.code == 0, said.output


def test_what_was_never_asked_about_is_trouble_and_not_a_lie(server: Server, desk: Desk) -> None:
    answer = server.admin.calls("GET", "/pypi/internal/simple/never-asked/")
    said = desk.uv_install(desk.venv(), server.index(), "never-asked")

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert said.code != 0
