"""Resolving through an index whose upstream has no core metadata: no wheel is fetched for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clients import Desk
from support.dists import Dist, wheel
from support.running import Server, running_server
from support.upstream_server import LoopbackUpstream, upstream_server


def large(name: str, version: str, *requires: str) -> Dist:
    noise = hashlib.shake_256(f"{name}{version}".encode()).digest(400_000)
    return wheel(name, version, requires=requires, files={f"{name}.bin": noise})


APP = large("app", "1.0", "base", "extra")
OLD_BASE = large("base", "1.0")
BASE = large("base", "2.0", "deep<2")
EXTRA = large("extra", "1.0", "deep>=2")
"""Nothing that wants the newest `base` can have `extra` too: uv must look at older ones."""
DEEP = (large("deep", "1.0"), large("deep", "2.0"))
ALL = (APP, OLD_BASE, BASE, EXTRA, *DEEP)


@pytest.fixture(scope="module")
def upstream() -> Iterator[LoopbackUpstream]:
    with upstream_server("html") as running:
        running.add(*ALL)
        yield running


@pytest.fixture
def server(tmp_path: Path, upstream: LoopbackUpstream) -> Iterator[Server]:
    upstream.forget_requests()
    with running_server(tmp_path, upstream.url) as running:
        yield running


def resolve(desk: Desk, server: Server) -> list[str]:
    wanted = desk.write("requirements.in", "app\n")
    index = server.index("unapproved", server.admin.token)
    said = desk.uv(
        "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-cache",
        "--default-index", index, str(wanted),
    )  # fmt: skip
    assert said.code == 0, said.output
    return said.output.split()


def test_uv_resolves_and_only_the_ends_of_wheels_were_read(
    server: Server, upstream: LoopbackUpstream, desk: Desk
) -> None:
    assert resolve(desk, server) == ["app==1.0", "base==1.0", "deep==2.0", "extra==1.0"]

    assert [upstream.downloads(dist.filename) for dist in ALL] == [0] * len(ALL)
    assert upstream.ranges(APP.filename) == ("bytes=-65536",)
    assert upstream.ranges(OLD_BASE.filename) == ("bytes=-65536",)


def test_a_second_developer_costs_the_upstream_no_wheel_at_all(
    server: Server, upstream: LoopbackUpstream, desk: Desk
) -> None:
    resolve(desk, server)
    upstream.forget_requests()

    resolve(desk, server)

    assert [path for path in upstream.paths() if path.startswith("/files/")] == []


def test_an_install_fetches_each_wheel_once(
    server: Server, upstream: LoopbackUpstream, desk: Desk
) -> None:
    python = desk.venv()
    index = server.index("unapproved", server.admin.token)

    said = desk.uv_install(python, index, "app")

    assert said.code == 0, said.output
    fetched = [upstream.downloads(dist.filename) for dist in (APP, OLD_BASE, EXTRA, DEEP[1])]
    assert fetched == [1, 1, 1, 1]
    assert [upstream.downloads(dist.filename) for dist in (BASE, DEEP[0])] == [0, 0]
