"""The order in which connectors are asked can be changed, and views at a date keep the old one."""

from __future__ import annotations

from pathlib import Path

import pytest

from affineur.core.errors import BadInput, Forbidden
from affineur.core.permissions import OPERATOR
from affineur.services import connector_orders, connectors, feeds
from affineur.services.connectors import NewConnector
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import feeds as store
from affineur.store.database import Database
from support.clocks import SetClock
from support.gear import FEED, OTHER, make_gear, somebody


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    connect(made, "a", "b", "c")
    return made


def connect(gear: Gear, *names: str) -> None:
    new = [NewConnector(name, url=f"https://{name}.example/simple/") for name in names]
    connectors.add_connector(gear, OPERATOR, FEED, new[0])
    if new[1:]:
        connect(gear, *names[1:])


def now(gear: Gear) -> list[str]:
    return [one.connector.name for one in connectors.connectors(gear, OPERATOR, FEED)]


def test_connectors_are_asked_in_the_order_that_was_set(gear: Gear) -> None:
    connector_orders.order(gear, OPERATOR, FEED, ["c", "a", "b"])
    connect(gear, "d")

    assert now(gear) == ["c", "a", "b", "d"]


def test_a_view_at_a_date_keeps_the_order_of_that_date(gear: Gear, clock: SetClock) -> None:
    first = clock.now()
    clock.move(days=1)
    connector_orders.order(gear, OPERATOR, FEED, ["c", "b", "a"])
    second = clock.now()
    clock.move(days=1)
    connectors.end_connector(gear, OPERATOR, FEED, "b")
    connector_orders.order(gear, OPERATOR, FEED, ["a", "c"])

    with gear.db.reading() as conn:
        then = {
            at: [link.name for one in store.load_all(conn, at) for link in one.connectors]
            for at in (first, second, clock.now())
        }

    assert list(then.values()) == [["a", "b", "c"], ["c", "b", "a"], ["a", "c"]]


def test_the_same_order_again_is_no_change(gear: Gear) -> None:
    before = feeds.show(gear, OPERATOR, FEED).revision

    connector_orders.order(gear, OPERATOR, FEED, ["a", "b", "c"])

    assert feeds.show(gear, OPERATOR, FEED).revision == before


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "c", "d"], ["a", "a", "b", "c"], []])
def test_an_order_names_each_connector_once(gear: Gear, names: list[str]) -> None:
    with pytest.raises(BadInput, match="each connector of the feed once"):
        connector_orders.order(gear, OPERATOR, FEED, names)


def test_only_who_manages_the_feed_orders_its_connectors(gear: Gear) -> None:
    with pytest.raises(Forbidden):
        connector_orders.order(gear, somebody("approver@team"), FEED, ["c", "b", "a"])
