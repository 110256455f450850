"""Fetching from where an external index keeps its files, unless that is away.

The same as `gear.upstream` gives, told to the connector's breaker for files: while it is open
nobody waits, `UpstreamTrouble` says when to try again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from affineur.core.ports import Download, NoRanges, Site
from affineur.core.spans import Piece, Span, Tail
from affineur.services.gear import Gear
from affineur.services.outside import Guard


@asynccontextmanager
async def download(
    gear: Gear, connector_id: int, site: Site, location: str
) -> AsyncGenerator[Download]:
    """Fetch a file; see `core.ports.Upstream`."""
    guard = _guard(gear, connector_id, site)
    with guard.asking(gear.clock, site.url, location):
        async with gear.upstream.file(site, location) as given:
            guard.note_answer(gear.clock.now(), site.url)
            yield given


async def piece(
    gear: Gear,
    connector_id: int,
    at: tuple[Site, str],
    wanted: Span | Tail,
    of: Piece | None = None,
) -> Piece | NoRanges:
    """Read a piece of a file; see `core.ports.Upstream`."""
    site, location = at
    with _guard(gear, connector_id, site).asking(gear.clock, site.url, location):
        return await gear.upstream.piece(site, location, wanted, of)


def _guard(gear: Gear, connector_id: int, site: Site) -> Guard:
    line = gear.outside.line(connector_id)
    line.url = site.url
    return line.files
