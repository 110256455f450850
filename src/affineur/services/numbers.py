"""Numbers: how many ask, how long they wait, who decides, what is used and what is held.

Whoever may read requests sees those of the feeds where they may, and the answers of the feeds
that they may read. What is held is about the whole server: for who may read its audit log.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from affineur.core.numbers import Numbers, StorageDay, days_of, monday_of, weeks_of
from affineur.core.permissions import Actor, Permission, require
from affineur.services.counting import write_down
from affineur.services.eviction import CacheState, Evicted
from affineur.services.feeds import readable
from affineur.services.gear import Gear
from affineur.store import feeds as feed_store
from affineur.store import numbers as store

MOST_WEEKS = 104
_DAYS_OF_STORAGE = 365


def numbers(gear: Gear, actor: Actor, weeks: int = 26) -> Numbers:
    """Give the numbers of the last weeks, this one among them."""
    if not actor.may_somewhere(Permission.REQUEST_READ):
        require(actor, Permission.REQUEST_READ)
    write_down(gear)
    now, weeks = gear.clock.now(), max(1, min(weeks, MOST_WEEKS))
    first = monday_of(now.date()) - timedelta(weeks=weeks - 1)
    days = (now.date() - first).days + 1
    since = datetime.combine(first, time.min, UTC)
    with gear.db.reading() as conn:
        feeds = feed_store.load_all(conn)
        asked = [one.name for one in feeds if actor.may(Permission.REQUEST_READ, one.name)]
        read = [one.name for one in feeds if readable(actor, one)]
        made = store.requests_made(conn, asked, since)
        settled = store.requests_settled(conn, asked, since)
        held = None
        if actor.may_somewhere(Permission.AUDIT_READ):
            held = store.storage(conn, now.date() - timedelta(days=_DAYS_OF_STORAGE))
        return Numbers(
            weeks_of(now, weeks, made, settled),
            days_of(now.date(), days, store.traffic_by_day(conn, read, first)),
            store.traffic_by_feed(conn, read, first),
            held,
        )


def keep_storage(gear: Gear, state: CacheState, gone: Evicted) -> None:
    """Keep how much is held today; later on the same day it is kept anew."""
    held = state.holdings
    today = StorageDay(
        gear.clock.now().date(),
        held.needed_files + held.cached_files - gone.files,
        held.needed_bytes + held.cached_bytes - gone.size_bytes,
        held.cached_bytes - gone.size_bytes,
    )
    with gear.db.writing() as conn:
        store.keep_storage(conn, today)
