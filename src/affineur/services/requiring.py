"""What files require is kept by name when their core metadata is read.

For files that were held before that was so, a job reads it once; it goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import logging

from affineur.core.described import RequiredLine, described
from affineur.core.errors import DomainError
from affineur.core.names import Sha256
from affineur.services.gear import Gear
from affineur.store import requirements

READ_REQUIREMENTS = "read-requirements"
"""The kind of job that reads what files of an earlier version of affineur require."""

_LOG = logging.getLogger(__name__)
_AT_ONCE = 100


async def read_requirements(gear: Gear, _key: str) -> None:
    """Read what no file was read for yet; doing it twice does no harm."""
    is_more = True
    while is_more:
        is_more = await asyncio.to_thread(_read_some, gear)


def requirements_parked(_gear: Gear, _key: str, error: str) -> None:
    """Say that it kept failing: who needs what is then known of newer files alone."""
    _LOG.error("Reading what files require kept failing: %s", error)


def _read_some(gear: Gear) -> bool:
    """Read some files, outside of any transaction; say whether there may be more."""
    with gear.db.reading() as conn:
        some = requirements.unread(conn, _AT_ONCE)
    read = [(sha256, _lines(gear, metadata)) for sha256, metadata in some]
    with gear.db.writing() as conn:
        for sha256, lines in read:
            requirements.keep(conn, sha256, lines)
        requirements.note_read(conn, gear.clock.now(), some[-1][0] if some else None)
    return bool(some)


def _lines(gear: Gear, metadata: Sha256) -> tuple[RequiredLine, ...]:
    try:
        return described(gear.blobs.read(metadata)).requires
    except (DomainError, OSError):  # lost: `affineur fsck` tells of it
        return ()
