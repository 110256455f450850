"""Fixtures of the tests of use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.house import House
from support.house import house as open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A whole server in this process."""
    with open_house(tmp_path) as opened:
        yield opened
