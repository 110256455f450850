"""A filter is tried before it is set: on what was used, and on what stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from affineur.core.errors import Forbidden
from affineur.core.files import Filename
from affineur.core.names import FeedName, Sha256
from affineur.core.permissions import OPERATOR
from affineur.services import connectors, feed_use, feeds, filter_trials
from affineur.services.connectors import NewConnector, NewFilter
from affineur.services.feeds import NewFeed
from affineur.services.filter_trials import FilterTrial, Tried
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import listings
from affineur.store.database import Database
from affineur.store.listings import HeldFile, NewListing
from affineur.store.schema_usage import download
from support.clocks import SetClock
from support.gear import make_gear, somebody

OWN, REVIEWED, OUTER = FeedName("internal"), FeedName("approved"), FeedName("unapproved")
DENY_TORCH = NewFilter("deny", "use the build of team ML", ("torch*",))


@pytest.fixture
def gear(database: Database, clock: SetClock, tmp_path: Path) -> Gear:
    """`internal` reads `approved`, which approves from `unapproved`; torch and flask are used."""
    made = make_gear(database, clock, tmp_path)
    feeds.create(made, OPERATOR, NewFeed(OUTER))
    feeds.create(made, OPERATOR, NewFeed(REVIEWED, source=OUTER))
    feeds.create(made, OPERATOR, NewFeed(OWN))
    connectors.add_connector(made, OPERATOR, OWN, NewConnector("approved", REVIEWED))
    outside = NewConnector("upstream", url="https://index.example/simple/")
    connectors.add_connector(made, OPERATOR, OUTER, outside)
    put(made, REVIEWED, "torch-1.0.tar.gz", "torch-2.0.tar.gz", "torchvision-1.0.tar.gz")
    put(made, REVIEWED, "flask-1.0.tar.gz", "flask-1.0-py3-none-any.whl")
    take(made, "dora", "torch-1.0.tar.gz", 3)
    take(made, "ci", "torch-1.0.tar.gz", 4)
    take(made, "dora", "flask-1.0.tar.gz", 5)
    take(made, "dora", "flask-1.0-py3-none-any.whl", 6)
    return made


def put(gear: Gear, feed: FeedName, *filenames: str, is_upload: bool = False) -> None:
    now = gear.clock.now()
    with gear.db.writing() as conn:
        found = feed_store.load(conn, feed)
        assert found is not None
        new = [
            NewListing(Filename.parse(name), digest(name), now, is_upload=is_upload)
            for name in filenames
        ]
        for one in new:
            listings.keep_file(conn, now, HeldFile(one.sha256, 1))
        listings.add(conn, now, "dora", found.id, new)


def take(gear: Gear, who: str, filename: str, count: int, feed: FeedName = OWN) -> None:
    now = gear.clock.now()
    with gear.db.writing() as conn:
        found = feed_store.load(conn, feed)
        assert found is not None
        row = {
            "day": now.date().isoformat(),
            "feed_id": found.id,
            "sha256": digest(filename),
            "taker": who,
            "project": Filename.parse(filename).project,
            "filename": filename,
            "count": count,
            "last_at": now,
        }
        conn.execute(insert(download).values(**row))


def digest(filename: str) -> Sha256:
    return Sha256(filename.encode().hex()[:64].rjust(64, "0"))


def tried(
    gear: Gear, new: NewFilter, feed: FeedName = OWN, connector: str = "approved"
) -> FilterTrial:
    return filter_trials.try_filter(gear, OPERATOR, feed, connector, new)


def told(tried: Tried) -> list[tuple[str, int, int]]:
    """Give the releases of which files would be withheld: how many, and how often taken."""
    return [
        (f"{one.project}=={one.version}", len(one.files), one.downloads) for one in tried.releases
    ]


def test_it_tells_what_was_used_what_stands_and_who_would_notice(gear: Gear) -> None:
    trial = tried(gear, DENY_TORCH)

    assert told(trial.used) == [("torch==1.0", 1, 7)]
    assert told(trial.standing) == [
        ("torch==1.0", 1, 7),
        ("torch==2.0", 1, 0),
        ("torchvision==1.0", 1, 0),
    ]
    assert trial.takers == (("ci", 4), ("dora", 3))


def test_nothing_is_changed_by_trying(gear: Gear) -> None:
    tried(gear, DENY_TORCH)

    assert connectors.filters(gear, OPERATOR, OWN, "approved") == ()


def test_it_counts_what_was_taken_in_thirty_days_alone(gear: Gear, clock: SetClock) -> None:
    feed_use.count_use(gear)
    clock.move(days=29)
    assert told(tried(gear, DENY_TORCH).used) == [("torch==1.0", 1, 7)]

    clock.move(days=1)
    assert told(tried(gear, DENY_TORCH).used) == []


def test_what_another_filter_withholds_already_is_not_its_doing(gear: Gear) -> None:
    connectors.add_filter(gear, OPERATOR, OWN, "approved", DENY_TORCH)

    trial = tried(gear, NewFilter("deny", "no sdists", kind="sdist"))

    assert told(trial.used) == [("flask==1.0", 1, 5)]


def test_an_allowing_filter_withholds_what_it_does_not_cover(gear: Gear) -> None:
    trial = tried(gear, NewFilter("allow", "only flask here", ("flask",)))

    assert told(trial.used) == [("torch==1.0", 1, 7)]


def test_what_is_young_would_be_withheld_by_a_minimum_age(gear: Gear, clock: SetClock) -> None:
    clock.move(days=10)
    put(gear, REVIEWED, "flask-2.0.tar.gz")
    take(gear, "dora", "flask-2.0.tar.gz", 1)

    trial = tried(gear, NewFilter("deny", "let it ripen", min_age_days=7))

    assert told(trial.used) == [("flask==2.0", 1, 1)]


def test_what_the_feed_holds_itself_never_came_through_the_connector(gear: Gear) -> None:
    put(gear, OWN, "torch-9.0.tar.gz", is_upload=True)

    assert told(tried(gear, DENY_TORCH).used) == []


def test_a_filter_towards_outside_is_tried_on_what_was_approved_from_there(gear: Gear) -> None:
    trial = tried(gear, DENY_TORCH, OUTER, "upstream")

    assert told(trial.used) == []
    assert [name for name, _files, _taken in told(trial.standing)] == [
        "torch==1.0",
        "torch==2.0",
        "torchvision==1.0",
    ]
    assert trial.takers == (("ci", 4), ("dora", 3))


def test_only_who_may_set_it_may_try_it(gear: Gear) -> None:
    with pytest.raises(Forbidden):
        filter_trials.try_filter(gear, somebody("approver@internal"), OWN, "approved", DENY_TORCH)
