"""What is kept of use stays bounded, and nobody's flood pushes out what others did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from affineur.core.names import ProjectName
from affineur.core.numbers import StorageDay
from affineur.core.permissions import OPERATOR
from affineur.core.usage import Kind, Lack, Use, Wish
from affineur.services import counting, feeds
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.store import numbers, usage_limits
from affineur.store.database import Database
from support.clocks import NOON, SetClock
from support.counts import downloads, traffic_of, wishers, wishes
from support.gear import FEED, make_gear

LACK = Lack("not-approved", "nobody approved it")


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    return made


@pytest.fixture
def want(gear: Gear, clock: SetClock) -> Callable[[str, str], None]:
    """Want a project as somebody, each a minute after the one before."""

    def want(project: str, who: str) -> None:
        clock.move(minutes=1)
        gear.usage.want(clock.now(), Wish(FEED, ProjectName(project), "", who, 0, LACK))

    return want


def test_a_flood_takes_its_own_oldest_wishes(gear: Gear, want: Callable[[str, str], None]) -> None:
    want("ours", "dev")
    want("both", "dev")
    for number in range(4):
        want(f"random-{number}", "flood")
    want("both", "flood")
    assert len(wishes(gear)) == 6
    with gear.db.writing() as conn:
        usage_limits.keep_shares(conn, 2)
    assert wishers(gear) == [
        ("both", "dev", 1),
        ("both", "flood", 1),
        ("ours", "dev", 1),
        ("random-3", "flood", 1),
    ]


def test_beyond_all_bounds_the_oldest_wishes_go(
    gear: Gear, want: Callable[[str, str], None]
) -> None:
    for project in ("first", "second", "third"):
        want(project, "dev")
    want("first", "erin")
    assert len(wishes(gear)) == 3
    with gear.db.writing() as conn:
        usage_limits.keep_most(conn, 2)
    assert [project for project, *_ in wishes(gear)] == ["first", "third"]


def test_the_oldest_days_of_downloads_go_but_never_the_last(gear: Gear) -> None:
    for day in range(3):
        for file in range(2):
            use = Use(FEED, Kind.FILE, "dev", 0, ProjectName("spam"), f"{file}", f"{file:064}")
            gear.usage.sent(NOON + timedelta(days=day), use, 1, is_taken=True)
    assert len(downloads(gear)) == 6
    with gear.db.writing() as conn:
        assert usage_limits.last_day_beyond(conn, 6) is None
        assert usage_limits.last_day_beyond(conn, 1) == "2026-11-02"
        assert usage_limits.last_day_beyond(conn, 5) == "2026-11-01"
        usage_limits.forget_downloads(conn, "2026-11-01")
    assert {day for day, *_ in downloads(gear)} == {"2026-11-02", "2026-11-03"}


def test_what_is_older_than_a_year_goes(
    gear: Gear, clock: SetClock, want: Callable[[str, str], None]
) -> None:
    use = Use(FEED, Kind.FILE, "dev", 0, ProjectName("spam"), "spam-1.0.tar.gz", "a" * 64)
    gear.usage.sent(NOON, use, 1, is_taken=True)
    want("old", "dev")
    want("still", "dev")
    with gear.db.writing() as conn:
        numbers.keep_storage(conn, StorageDay(NOON.date(), 1, 2, 3))
    counting.write_down(gear)
    clock.move(days=399)
    want("still", "dev")
    counting.keep_bounds(gear)
    assert len(wishes(gear)) == 2
    clock.move(days=2)
    counting.keep_bounds(gear)
    assert (traffic_of(gear), downloads(gear)) == ({}, [])
    assert [project for project, *_ in wishes(gear)] == ["still"]
    with gear.db.reading() as conn:
        assert numbers.storage(conn, NOON.date()) == ()
