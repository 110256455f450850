"""What journeys share: a desk without any caches, a server for a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clients import Desk
from support.running import Server, running_server
from support.upstream_server import LoopbackUpstream, upstream_server


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


@pytest.fixture(scope="module")
def upstream() -> Iterator[LoopbackUpstream]:
    with upstream_server("json") as running:
        yield running


@pytest.fixture(scope="module")
def house_of_module(
    tmp_path_factory: pytest.TempPathFactory, upstream: LoopbackUpstream
) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server"), upstream.url) as server:
        yield server


@pytest.fixture
def server(house_of_module: Server) -> Iterator[Server]:
    """The module's server; what it says during a test is shown when the test fails."""
    said_before = len(house_of_module.output)
    yield house_of_module
    print(house_of_module.output[said_before:])  # noqa: T201  pytest shows it
