"""Counting how much each feed's projects are used, so that a list can be sorted by it.

The counts are as old as the last housekeeping, an hour at most. They are no state, so no event
tells of them; few rows are written at a time, so that nobody waits for the database.
"""

from __future__ import annotations

from itertools import islice

from affineur.core.names import ProjectName
from affineur.services.gear import Gear
from affineur.store import feed_use
from affineur.store import feeds as feed_store

_AT_ONCE = 2_000


def count_use(gear: Gear) -> None:
    """Count again what was sent through each feed; doing it twice does no harm. Blocking."""
    with gear.db.reading() as conn:
        feeds = feed_store.load_all(conn)
    for feed in feeds:
        _count(gear, feed.id)


def _count(gear: Gear, feed_id: int) -> None:
    with gear.db.reading() as conn:
        now = feed_use.counted(conn, feed_id, gear.clock.now())
        before = feed_use.kept(conn, feed_id)
    changed = iter([(name, count) for name, count in now.items() if before.get(name) != count])
    gone = [name for name in before if name not in now]
    while some := dict[ProjectName, int](islice(changed, _AT_ONCE)):
        with gear.db.writing() as conn:
            feed_use.keep(conn, feed_id, some, ())
    if gone:
        with gear.db.writing() as conn:
            feed_use.keep(conn, feed_id, {}, gone)
