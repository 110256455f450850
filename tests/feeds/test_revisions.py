"""A change raises the revision of every feed whose pages it can alter, and of no other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from affineur.core.names import FeedName, NamePattern
from affineur.core.permissions import OPERATOR
from affineur.core.ports import Clock
from affineur.services import connectors, feeds
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import FeedChange, NewFeed
from affineur.services.gear import Gear
from affineur.store import changes
from affineur.store import feeds as store
from affineur.store.database import Database
from affineur.store.feeds import Link
from support.gear import make_gear
from support.racing import at_once

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def gear(database: Database, clock: Clock, tmp_path: Path) -> Gear:
    """Feeds in a row: top reads middle by a connector, middle has bottom as its source."""
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FeedName("bottom")))
    feeds.create(made, OPERATOR, NewFeed(FeedName("middle"), source=FeedName("bottom")))
    feeds.create(made, OPERATOR, NewFeed(FeedName("top")))
    feeds.create(made, OPERATOR, NewFeed(FeedName("beside")))
    down = NewConnector("down", target=FeedName("middle"))
    connectors.add_connector(made, OPERATOR, FeedName("top"), down)
    out = NewConnector("out", url="https://a.example/")
    connectors.add_connector(made, OPERATOR, FeedName("bottom"), out)
    return made


def _revisions(gear: Gear) -> dict[str, int]:
    with gear.db.reading() as conn:
        return {feed.name: feed.revision for feed in store.load_all(conn)}


def _raised(gear: Gear, before: dict[str, int]) -> set[str]:
    after = _revisions(gear)
    return {name for name in after if after[name] > before[name]}


@pytest.mark.parametrize(
    ("name", "raised"),
    [
        ("bottom", {"bottom", "middle", "top"}),
        ("middle", {"middle", "top"}),
        ("top", {"top"}),
        ("beside", {"beside"}),
    ],
)
def test_a_change_reaches_every_feed_that_reads_the_changed_one(
    gear: Gear, name: str, raised: set[str]
) -> None:
    before = _revisions(gear)
    with gear.db.writing() as conn:
        changes.raise_revision(conn, feeds.existing(conn, FeedName(name)).id)
    assert _raised(gear, before) == raised


def test_a_change_behind_a_connector_that_ended_is_not_told(gear: Gear) -> None:
    connectors.end_connector(gear, OPERATOR, FeedName("top"), "down")
    before = _revisions(gear)
    feeds.update(gear, OPERATOR, FeedName("bottom"), FeedChange(merge=True))
    assert _raised(gear, before) == {"bottom", "middle"}


def test_a_change_that_is_for_all_reaches_all(gear: Gear) -> None:
    before = _revisions(gear)
    with gear.db.writing() as conn:
        changes.raise_all(conn)
    assert _raised(gear, before) == set(before)


def test_a_cycle_in_the_tables_ends_and_raises_each_feed_once(database: Database) -> None:
    with database.writing() as conn:
        one = store.insert_feed(conn, NOW, FeedName("one"))
        two = store.insert_feed(conn, NOW, FeedName("two"), source_id=one)
        store.insert_connector(conn, NOW, one, Link("round", target_id=two))
        changes.raise_revision(conn, one)
        revisions = {feed.name: feed.revision for feed in store.load_all(conn)}
    assert revisions == {"one": 1, "two": 1}


def test_two_ways_to_a_feed_raise_it_once(gear: Gear) -> None:
    also = NewConnector("also", target=FeedName("bottom"))
    connectors.add_connector(gear, OPERATOR, FeedName("top"), also)
    before = _revisions(gear)
    with gear.db.writing() as conn:
        changes.raise_revision(conn, feeds.existing(conn, FeedName("bottom")).id)
    assert _revisions(gear)["top"] == before["top"] + 1


def test_no_rise_is_lost_between_writers(gear: Gear) -> None:
    before = _revisions(gear)

    def rise() -> None:
        with gear.db.writing() as conn:
            changes.raise_revision(conn, feeds.existing(conn, FeedName("bottom")).id)

    at_once(10, rise)
    after = _revisions(gear)
    assert {name: after[name] - before[name] for name in after} == {
        "bottom": 10,
        "middle": 10,
        "top": 10,
        "beside": 0,
    }


def test_connectors_filters_and_flags_raise_the_feeds_that_they_alter(gear: Gear) -> None:
    bottom, rule = FeedName("bottom"), NewFilter("deny", "no games", ("games-*",))
    before = _revisions(gear)
    standing = connectors.add_filter(gear, OPERATOR, bottom, "out", rule)
    connectors.end_filter(gear, OPERATOR, bottom, "out", standing.id)
    connectors.end_connector(gear, OPERATOR, bottom, "out")
    feeds.update(gear, OPERATOR, bottom, FeedChange(merge=True))
    after = _revisions(gear)
    assert {name: after[name] - before[name] for name in after} == {
        "bottom": 4,
        "middle": 4,
        "top": 4,
        "beside": 0,
    }


def test_a_reservation_is_for_the_whole_house(gear: Gear) -> None:
    pattern = NamePattern("acme-*")
    before = _revisions(gear)
    feeds.reserve(gear, OPERATOR, FeedName("beside"), pattern)
    assert _raised(gear, before) == set(before)
    before = _revisions(gear)
    feeds.unreserve(gear, OPERATOR, FeedName("beside"), pattern)
    assert _raised(gear, before) == set(before)
