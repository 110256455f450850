"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio

from affineur.services.gear import Gear
from affineur.store import audit
from affineur.web.http import Answer

_TEXT = (("content-type", "text/plain; charset=utf-8"),)


def lives() -> Answer:
    """Answer that the process lives; it looks at nothing else."""
    return Answer(200, _TEXT, b"alive\n")


async def is_ready(gear: Gear) -> Answer:
    """Answer that the database answers and bytes can be written, or raise `Unavailable`."""
    await asyncio.to_thread(_try, gear)
    return Answer(200, _TEXT, b"ready\n")


def _try(gear: Gear) -> None:
    with gear.db.reading() as conn:
        audit.head(conn)
    staged = gear.blobs.stage()
    try:
        staged.write(b"ready")
    finally:
        staged.discard()
