from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from affineur import bootstrap
from affineur.config import load_settings
from affineur.core.permissions import OPERATOR
from affineur.core.requests import RequestState
from affineur.services import audit
from affineur.services.gear import Gear
from affineur.store import requests
from affineur.store.schema import listing
from bench import large_house
from bench.house.shape import Scale

TINY = Scale(
    projects=80,
    popular=1,
    requests=40,
    events=300,
    assessed=3,
    people=6,
    days=2,
    downloads_a_day=20,
)


@pytest.fixture(scope="module")
def gear(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gear]:
    """A tiny large house, opened."""
    data: Path = tmp_path_factory.mktemp("house")
    large_house.make(data, TINY)
    settings = load_settings({"AFFINEUR_DATA": str(data)})
    made = bootstrap.build(settings, public_url="http://127.0.0.1")
    yield made
    asyncio.run(bootstrap.close(made))


def test_the_log_of_a_large_house_verifies(gear: Gear) -> None:
    found = audit.verify(gear, OPERATOR)

    assert (found.ok, found.problem, found.head_seq) == (True, None, TINY.events)


def test_an_approved_request_of_a_large_house_stands_behind_what_is_listed(gear: Gear) -> None:
    with gear.db.reading() as conn:
        request = requests.load(conn, 3)
        assert request is not None
        (decision,) = request.decisions
        rows = select(listing.c.sha256).where(listing.c.decision_id == decision.id)
        listed = set(conn.scalars(rows))

    assert request.state is RequestState.APPROVED
    assert listed == set(decision.digests)


def test_a_large_house_has_the_files_that_were_asked_for(gear: Gear) -> None:
    with gear.db.reading() as conn:
        files = conn.scalar(select(func.count()).select_from(listing))

    assert files == 945
