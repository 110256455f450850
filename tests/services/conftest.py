"""Fixtures of the services' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from affineur.store.database import Database
from support.approving import Office, approval_office


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    """An approval office on each kind of database."""
    with approval_office(database, tmp_path) as opened:
        yield opened


@pytest.fixture
def small_office(sqlite: Database, tmp_path: Path) -> Iterator[Office]:
    """An approval office where the kind of database plays no part."""
    with approval_office(sqlite, tmp_path) as opened:
        yield opened
