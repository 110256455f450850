"""Two server processes on one PostgreSQL database and one data directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clients import Desk
from support.databases import postgres_database
from support.dists import sdist, wheel
from support.running import Server, running_server, until
from support.upstream_server import Fault, LoopbackUpstream


@pytest.fixture
def settings(postgres: str) -> Iterator[dict[str, str]]:
    """What both servers are told of their one database."""
    with postgres_database(postgres) as database:
        url = database.engine.url.render_as_string(hide_password=False)
        yield {"AFFINEUR_DATABASE_URL": url, "AFFINEUR_JOB_LEASE_S": "1.5"}


@pytest.fixture
def one(settings: dict[str, str], tmp_path: Path, upstream: LoopbackUpstream) -> Iterator[Server]:
    with running_server(tmp_path, upstream.url, **settings) as server:
        yield server
        print(server.output)  # noqa: T201  pytest shows it when the test fails


@pytest.fixture
def other(
    one: Server, settings: dict[str, str], tmp_path: Path, upstream: LoopbackUpstream
) -> Iterator[Server]:
    with running_server(tmp_path, upstream.url, **settings) as server:
        assert server.data == one.data
        yield server
        print(server.output)  # noqa: T201  as above


def test_what_one_server_does_the_other_sees_before_long(
    one: Server, other: Server, desk: Desk, upstream: LoopbackUpstream
) -> None:
    dist = wheel("shared", "1.0")
    upstream.add(dist)
    # Given a package that was approved through one and is in both page caches,
    one.admin.brings_in("shared")
    path = f"/pypi/internal/simple/{dist.project}/"
    etag = other.admin.calls("GET", path).headers["etag"]
    assert other.admin.calls("GET", path, headers={"if-none-match": etag}).status_code == 304
    assert desk.uv_install(desk.venv(), other.index(), "shared").code == 0

    # when one server is told of a block,
    one.admin.tells("POST", "/blocks", name="shared", reason="seen everywhere")

    # then the other soon knows of it, and from then on nothing there says otherwise,
    def has_heard() -> bool:
        told = other.admin.calls("GET", path, headers={"if-none-match": etag})
        return told.status_code == 200

    until(has_heard, lambda: "the other never hears of the block")
    assert other.admin.gets(dist.sha256, dist.filename).status_code == 403
    assert other.admin.calls("GET", path, headers={"if-none-match": etag}).status_code == 200
    said = desk.uv_install(desk.venv(), other.index(), "shared")
    assert said.code != 0
    assert "seen everywhere" in said.line

    # and lifting it through the other is seen by the first.
    other.admin.tells("POST", "/blocks/end", name="shared", reason="a false alarm")
    until(
        lambda: one.admin.gets(dist.sha256, dist.filename).content == dist.data,
        lambda: "the first never hears that the block was lifted",
    )
    assert other.admin.tells("GET", "/audit/verify")["ok"]


def test_another_server_takes_over_when_one_dies(
    one: Server, settings: dict[str, str], tmp_path: Path, upstream: LoopbackUpstream
) -> None:
    late = sdist("heir", "1.0")
    upstream.add(wheel("heir", "1.0"), late)
    upstream.misbehave(Fault.STALL, f"/files/{late.filename}")
    number = one.admin.requests("heir")
    upstream.wait_for(f"/files/{late.filename}")

    with running_server(tmp_path, upstream.url, **settings) as other:
        one.kill()
        upstream.heal()

        assert other.admin.approves(number)["state"] == "approved"
        assert set(other.admin.page("heir")) == {late.filename, "heir-1.0-py3-none-any.whl"}
