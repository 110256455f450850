"""Keeping answers together: few flushes to the disk, and none takes another down."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from affineur.core.names import ProjectName
from affineur.services.keeping import Changed, Keeper, News, NotThere, Unchanged
from affineur.store import snapshots
from affineur.store.snapshots import Key, Snapshot
from support.approving import Office
from support.clocks import NOON

LATER = NOON + timedelta(hours=1)
CONNECTOR = 1
NAMES = [f"spam-{number}" for number in range(20)]


def key(name: str, connector_id: int = CONNECTOR) -> Key:
    return Key(connector_id, ProjectName(name))


def empty(at: datetime) -> Snapshot:
    return Snapshot(at, is_missing=False, files=())


def unchanged(name: str) -> Unchanged:
    return Unchanged(key(name), snapshots.digest_of(key(name), empty(NOON)), LATER)


def keep(office: Office, *news: News, is_urgent: bool = False) -> list[BaseException | None]:
    """Keep each as an answer of its own, all at the same time; give what came of each."""

    async def keeping() -> list[BaseException | None]:
        keeper = Keeper()
        asked = [keeper.keep(office.gear.db, [one], is_urgent=is_urgent) for one in news]
        return await asyncio.gather(*asked, return_exceptions=True)

    return office.run(keeping())


def fetched(office: Office, name: str) -> datetime | None:
    """When a page was asked for last, as the database has it."""
    with office.gear.db.reading() as conn:
        found = snapshots.snapshots_of(conn, ProjectName(name)).get(CONNECTOR)
    return found.fetched_at if found is not None else None


def test_answers_that_come_together_are_kept_in_one_transaction(office: Office) -> None:
    keep(office, *(Changed(key(name), empty(NOON)) for name in NAMES))
    before = office.gear.db.commits

    keep(office, *(unchanged(name) for name in NAMES))

    assert office.gear.db.commits == before + 1
    assert {fetched(office, name) for name in NAMES} == {LATER}


def test_an_answer_that_somebody_waits_for_takes_the_others_along(small_office: Office) -> None:
    office = small_office
    keep(office, Changed(key("spam"), empty(NOON)))
    before = office.gear.db.commits

    keep(office, unchanged("spam"), Changed(key("eggs"), empty(NOON)), is_urgent=True)

    assert office.gear.db.commits == before + 1
    assert (fetched(office, "spam"), fetched(office, "eggs")) == (LATER, NOON)


def test_an_answer_that_cannot_be_kept_does_not_take_the_others_with_it(office: Office) -> None:
    impossible = Changed(key("spam", connector_id=999), empty(NOON))

    outcome = keep(office, Changed(key("spam"), empty(NOON)), impossible, NotThere(key("x"), NOON))

    assert [type(one) for one in outcome] == [type(None), IntegrityError, type(None)]
    assert (fetched(office, "spam"), fetched(office, "x")) == (NOON, NOON)


def test_a_page_that_changed_meanwhile_is_not_taken_for_fresh(small_office: Office) -> None:
    office = small_office
    keep(office, Changed(key("spam"), empty(NOON)))
    compared = unchanged("spam")
    keep(office, Changed(key("spam"), Snapshot(NOON, is_missing=True, files=())))

    keep(office, compared)

    assert fetched(office, "spam") == NOON


def test_what_an_index_has_not_never_takes_the_place_of_its_page(small_office: Office) -> None:
    office = small_office
    keep(office, Changed(key("spam"), empty(NOON)))

    keep(office, NotThere(key("spam"), LATER))

    assert fetched(office, "spam") == NOON


@pytest.mark.parametrize("count", [0, 250])
def test_any_number_of_answers_is_kept(small_office: Office, count: int) -> None:
    names = [f"eggs-{number}" for number in range(count)]

    outcome = keep(small_office, *(Changed(key(name), empty(NOON)) for name in names))

    assert outcome == [None] * count
