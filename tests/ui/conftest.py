"""Fixtures of the tests of pages, which are asked for in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.house import House
from support.house import house as open_house


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server for tests that only look; it is opened once for all of them in a module."""
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A whole server in this process."""
    with open_house(tmp_path) as opened:
        yield opened
