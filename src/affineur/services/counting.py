"""Writing down what was gathered of use, now and then, and before anybody looks at it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from affineur.core.errors import Unavailable
from affineur.services.gear import Gear
from affineur.services.usage import Gathered
from affineur.store import usage, usage_limits

_LOG = logging.getLogger(__name__)
_EVERY_S = 15.0
_KEPT = timedelta(days=400)
_MOST_WISHES = 50_000
_MOST_WISHES_EACH = 1_000
_MOST_DOWNLOADS = 5_000_000


async def keep_counting(gear: Gear) -> None:
    """Write down what was gathered every few seconds, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY_S)
        await asyncio.to_thread(write_down, gear)


def write_down(gear: Gear) -> None:
    """Write down what was gathered, in one transaction. Blocking; it never raises.

    What the database does not take now is kept for the next time.
    """
    with gear.usage.writing:
        taken = gear.usage.take(gear.clock.now())
        if taken:
            _write(gear, taken)


def _write(gear: Gear, taken: Gathered) -> None:
    try:
        with gear.db.writing() as conn:
            usage.add_traffic(conn, taken.traffic)
            usage.add_downloads(conn, taken.takings)
            usage.add_wishes(conn, taken.wishes)
    except Unavailable as error:
        _LOG.warning("What was used is written down later: %s", error.message)
        gear.usage.give_back(taken)
    except Exception:  # noqa: BLE001  whoever counts must not stop who is counted
        _LOG.exception("What was used in the last seconds could not be written down")


def keep_bounds(gear: Gear) -> None:
    """Let go of old counts, and of what goes beyond the shares. Blocking."""
    with gear.db.reading() as conn:
        beyond = usage_limits.last_day_beyond(conn, _MOST_DOWNLOADS)
    with gear.db.writing() as conn:
        usage_limits.forget_old(conn, gear.clock.now() - _KEPT)
        usage_limits.keep_shares(conn, _MOST_WISHES_EACH)
        usage_limits.keep_most(conn, _MOST_WISHES)
        if beyond is not None:
            usage_limits.forget_downloads(conn, beyond)
