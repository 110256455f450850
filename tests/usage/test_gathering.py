"""What is gathered in memory stays bounded, loses nothing, and comes together on the disk."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from affineur.core.names import FeedName, ProjectName, Sha256
from affineur.core.permissions import OPERATOR
from affineur.core.usage import Kind, Lack, Use, Wish
from affineur.services import feeds
from affineur.services.counting import write_down
from affineur.services.feeds import NewFeed
from affineur.services.gear import Gear
from affineur.services.usage import Usage
from affineur.store import usage as store
from affineur.store.database import Database
from affineur.store.schema_usage import traffic
from affineur.store.usage import Downloaded, Taken, Taker
from support.clocks import NOON, SetClock
from support.counts import downloads, traffic_of, wishes
from support.gear import FEED, OTHER, make_gear

SPAM = ProjectName("spam")
FILE = Use(FEED, Kind.FILE, "dev", 0, SPAM, "spam-1.0-py3-none-any.whl", "a" * 64)
LACK = Lack("not-approved", "nobody approved it")


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(FEED))
    feeds.create(made, OPERATOR, NewFeed(OTHER))
    return made


def wish(project: str = "spam", version: str = "1.0", who: str = "dev") -> Wish:
    return Wish(FEED, ProjectName(project), version, who, 0, LACK)


def test_what_was_gathered_twice_adds_up(gear: Gear, clock: SetClock) -> None:
    gear.usage.sent(NOON, FILE, 100, is_taken=True)
    write_down(gear)
    clock.move(seconds=90)
    gear.usage.sent(clock.now(), FILE, 100, is_taken=True)
    gear.usage.want(clock.now(), wish())

    assert downloads(gear) == [("2026-11-01", FILE.filename, "dev", 2)]
    assert traffic_of(gear) == {("team", "file"): (2, 200)}
    assert wishes(gear) == [("spam", "1.0", "not-approved", 1)]


def test_answers_from_memory_are_counted_when_they_are_written_down(gear: Gear) -> None:
    tally = gear.usage.begin(FILE, 7)
    tally.sent += 3
    tally.unchanged += 2
    assert traffic_of(gear) == {("team", "file"): (3, 21), ("team", "unchanged"): (2, 0)}
    tally.sent += 1
    gear.usage.end(tally)
    assert traffic_of(gear) == {("team", "file"): (4, 28), ("team", "unchanged"): (2, 0)}
    assert downloads(gear) == [("2026-11-01", FILE.filename, "dev", 4)]
    assert not gear.usage.take(NOON)


def test_nothing_is_written_when_nothing_happened(gear: Gear) -> None:
    before = gear.db.commits
    write_down(gear)
    assert gear.db.commits == before


def test_what_a_busy_database_refuses_is_written_down_later() -> None:
    taken = Usage()
    taken.sent(NOON, FILE, 5, is_taken=True)
    taken.want(NOON, wish())
    kept = taken.take(NOON)
    taken.sent(NOON, FILE, 5, is_taken=True)
    taken.give_back(kept)
    again = taken.take(NOON)
    assert [one.count for one in again.traffic.values()] == [2]
    assert [(key, one.count) for key, one in again.takings.items()] == [(("2026-11-01", FILE), 2)]
    assert [one.count for one in again.wishes.values()] == [1]


def test_one_clients_flood_leaves_room_for_others() -> None:
    usage = Usage()
    for number in range(2_000):
        usage.want(NOON, wish(f"random-{number}", who="flood"))
        usage.want(NOON, wish(version=f"{number}", who="another flood"))
    usage.want(NOON, wish())
    wanted = [one.who for one in usage.take(NOON).wishes]
    assert {who: wanted.count(who) for who in set(wanted)} == {
        "flood": 500,
        "another flood": 500,
        "dev": 1,
    }


def test_many_clients_flood_leaves_bounds() -> None:
    usage = Usage()
    for number in range(30_000):
        usage.want(NOON, wish(f"random-{number}", who=f"bot-{number % 100}"))
        usage.sent(NOON, use_of(number), 1, is_taken=True)
    taken = usage.take(NOON)
    assert (len(taken.wishes), len(taken.takings)) == (20_000, 10_000)
    assert [one.count for one in taken.traffic.values()] == [30_000]


def use_of(number: int) -> Use:
    return Use(FEED, Kind.FILE, "dev", 0, SPAM, f"spam-{number}.tar.gz", f"{number:064}")


def test_no_count_is_lost_between_threads(gear: Gear) -> None:
    def count() -> None:
        for _ in range(500):
            gear.usage.sent(NOON, FILE, 1, is_taken=True)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for one in threads:
        one.start()
    for _ in range(5):
        write_down(gear)
    for one in threads:
        one.join()
    assert traffic_of(gear) == {("team", "file"): (2_000, 2_000)}


def test_who_looks_waits_for_what_is_just_being_written(gear: Gear) -> None:
    gear.usage.sent(NOON, FILE, 1, is_taken=True)
    begun, seen = threading.Event(), []

    def look() -> None:
        begun.set()
        seen.append(downloads(gear))

    with gear.usage.writing:
        taken = gear.usage.take(NOON)
        looking = threading.Thread(target=look)
        looking.start()
        begun.wait(10)
        looking.join(0.2)
        with gear.db.writing() as conn:
            store.add_downloads(conn, taken.takings)
    looking.join(30)
    assert seen == [[("2026-11-01", FILE.filename, "dev", 1)]]


def test_a_feed_that_is_unknown_is_left_out(gear: Gear) -> None:
    gear.usage.refused(NOON, FeedName("gone"), Kind.UNKNOWN)
    gear.usage.refused(NOON, FEED, Kind.UNKNOWN)
    assert traffic_of(gear) == {("team", "unknown"): (1, 0)}


def test_who_took_what_is_told_for_a_project_or_some_of_its_files(gear: Gear) -> None:
    more = Use(OTHER, Kind.FILE, "builder", 0, SPAM, "spam-2.0-py3-none-any.whl", "b" * 64)
    gear.usage.sent(NOON, FILE, 1, is_taken=True)
    gear.usage.sent(NOON, FILE, 1, is_taken=True)
    gear.usage.sent(NOON, more, 1, is_taken=True)
    write_down(gear)
    dev = Taker("dev", 0, None, 2, 1, NOON)
    builder = Taker("builder", 0, None, 1, 1, NOON)

    with gear.db.reading() as conn:
        assert store.takers(conn, Taken(SPAM)) == (builder, dev)
        only = frozenset({Sha256("a" * 64)})
        assert store.takers(conn, Taken(SPAM, only)) == (dev,)
        assert store.takers(conn, Taken(SPAM, feed=OTHER)) == (builder,)
        assert store.takers(conn, Taken(SPAM), limit=1) == (builder,)
        assert store.downloads_of(conn, Taken(SPAM, only)) == (
            Downloaded(FILE.filename, Sha256("a" * 64), 2, 1, NOON),
        )


_ADDING = """
import sys
from datetime import UTC, datetime
from affineur.core.names import FeedName, ProjectName
from affineur.core.usage import Count, Kind, Lack, Use, Wish
from affineur.store import usage
from affineur.store.database import open_database

now = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
feed, project = FeedName("team"), ProjectName("spam")
use = Use(feed, Kind.FILE, "dev", 0, project, "spam-1.0-py3-none-any.whl", "a" * 64)
wish = Wish(feed, project, "1.0", "dev", 0, Lack("not-approved", "nobody approved it"))
one = Count(1, 10, now, now)
database = open_database(sys.argv[1])
for _ in range(25):
    with database.writing() as conn:
        usage.add_traffic(conn, {("2026-11-01", feed, "file"): one})
        usage.add_downloads(conn, {("2026-11-01", use): one})
        usage.add_wishes(conn, {wish: one})
"""


def test_two_processes_that_write_at_once_add_up(gear: Gear) -> None:
    url = gear.db.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", _ADDING, url]
    both = [subprocess.Popen(command), subprocess.Popen(command)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert traffic_of(gear) == {("team", "file"): (50, 500)}
    assert downloads(gear) == [("2026-11-01", FILE.filename, "dev", 50)]
    assert wishes(gear) == [("spam", "1.0", "not-approved", 50)]
    with gear.db.reading() as conn:
        assert len(conn.execute(select(traffic)).all()) == 1
