"""What is done again and again: the limits of the cache, what is used, what may be forgotten.

One job, done by one process at a time. It is due every hour, and a minute after much came.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from affineur.services import counting, drafts, eviction, fsck, numbers
from affineur.services.gear import Gear
from affineur.store import jobs, sessions, webhooks

_LOG = logging.getLogger(__name__)
_DONE_FOR = timedelta(days=30)


async def keep_house(gear: Gear, _key: str) -> None:
    """Keep the limits of the cache, and sweep; doing it twice does no harm."""
    await asyncio.to_thread(_keep_house, gear)


async def delete_bytes(gear: Gear, _key: str) -> None:
    """Delete what was let go; doing it twice does no harm."""
    await asyncio.to_thread(eviction.delete_bytes, gear)


def housekeeping_parked(_gear: Gear, _key: str, error: str) -> None:
    """Say that it kept failing."""
    _LOG.error("Keeping the limits of the cache kept failing: %s", error)


def _keep_house(gear: Gear) -> None:
    eviction.delete_bytes(gear)
    numbers.keep_storage(gear, *eviction.keep_limits(gear))
    fsck.sweep(gear)
    drafts.end_forgotten(gear)
    counting.keep_bounds(gear)
    forget(gear)


def forget(gear: Gear) -> None:
    """Delete the records of what was done later and is done, after a month. Blocking."""
    long_ago = gear.clock.now() - _DONE_FOR
    with gear.db.writing() as conn:
        jobs.forget_done(conn, long_ago)
        sessions.forget(conn, long_ago)
        webhooks.forget_deliveries(conn, long_ago)
