"""Names: which are known here, and bringing the list of popular ones up to date.

The popular ones are those of a synchronised list, or else of the one that is shipped (decision
0017); the rest is what this house approved, uploaded and reserved.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from affineur.core.errors import BadInput
from affineur.core.events import Event
from affineur.core.known_names import KnownNames
from affineur.core.permissions import OPERATOR, Actor, Permission, require
from affineur.core.ports import Site
from affineur.services import name_lists
from affineur.services.gear import Gear
from affineur.services.name_lists import NameList
from affineur.services.remembered_names import RememberedNames
from affineur.store import audit
from affineur.store import names as name_store
from affineur.store.database import Database

TOP_LIST = "https://hugovk.github.io/top-pypi-packages/top-pypi-packages.min.json"
"""The 15,000 most downloaded names, made anew each month from the index's own statistics."""

_SHIPPED = "shipped with affineur"


@dataclass(frozen=True, slots=True)
class NamesReport:
    """What names are known."""

    source: str
    """Where the popular names are from."""
    as_of: datetime
    popular: int
    approved: int
    own: int
    reserved: int
    skipped: int = 0
    """Of a synchronisation: rows that are no project's name."""
    debian: int | None = None
    """How many projects Debian ships; None when nobody gave that list."""


def known(gear: Gear) -> KnownNames:
    """Give the names that others are held against; gathered again when they changed. Blocking."""
    remembered = gear.names
    with remembered.lock:
        with gear.db.reading() as conn:
            mark = name_store.mark(conn)
        if remembered.names is None or remembered.mark != mark:
            found = _gather(gear.db, remembered)
            if remembered.names is None or remembered.names.version != found.version:
                remembered.names = found  # else the old ones, whose index is made
            remembered.mark = mark
        return remembered.names


def status(gear: Gear, actor: Actor) -> NamesReport:
    """Say what names are known, and how old the list of popular ones is. Blocking."""
    require(actor, Permission.SERVER_ADMIN)
    with gear.db.reading() as conn:
        kept = name_store.kept(conn, name_store.POPULAR)
    return _report(known(gear), kept.source if kept else _SHIPPED)


async def sync(
    gear: Gear, actor: Actor | None, source: str | None = None, which: str = name_store.POPULAR
) -> NamesReport:
    """Take in a list, by path or URL: popular names (default: those of each month), or Debian's.

    `actor` None is the operator on the server's machine. A source that is broken raises
    `BadInput` and changes nothing.
    """
    actor = actor or OPERATOR
    require(actor, Permission.SERVER_ADMIN)
    if source is None and which != name_store.POPULAR:
        raise BadInput(
            f"The list {which} has no source of its own.",
            hint="Name one with --from: a text with a project a line, or a Packages file.",
        )
    where = source or TOP_LIST
    now = gear.clock.now()
    if where.startswith(("http://", "https://")):
        content = await _download(gear, where)
        made_at = now
        where = where.partition("?")[0]  # a query may hold a secret
    else:
        content = await asyncio.to_thread(name_lists.bytes_of, Path(where))
        made_at = await asyncio.to_thread(name_lists.made_at, Path(where))
    found = await asyncio.to_thread(name_lists.parse, content, where)
    as_of = min(found.as_of or made_at, now)
    await gear.db.write(_keep, gear, actor, which, replace(found, as_of=as_of), where)
    return replace(await asyncio.to_thread(status, gear, actor), skipped=found.skipped)


def _gather(db: Database, remembered: RememberedNames) -> KnownNames:
    with db.reading() as conn:
        house = name_store.of_house(conn)
        kept, debian = (
            name_store.kept(conn, one) for one in (name_store.POPULAR, name_store.DEBIAN)
        )
    base = name_lists.shipped() if kept is None else KnownNames(kept.names, kept.as_of)
    before = remembered.names
    if before is not None and (before.popular, before.popular_as_of) == (
        base.popular,
        base.popular_as_of,
    ):
        base = before  # its index is made
    shipped_there = frozenset(debian.names) if debian is not None else None
    return base.with_house(house.approved, house.own, house.reserved, shipped_there)


async def _download(gear: Gear, url: str) -> bytes:
    site = Site(
        url,
        timeout_s=gear.settings.upstream_timeout_s,
        max_file_bytes=name_lists.MAX_BYTES,
    )
    content = bytearray()
    async with gear.upstream.file(site, url) as download:
        async for chunk in download.chunks:
            content += chunk
    if not content:
        raise BadInput(f"{url.partition('?')[0]} is empty.")
    return bytes(content)


def _keep(
    conn: Connection, gear: Gear, actor: Actor, which: str, found: NameList, where: str
) -> None:
    now = gear.clock.now()
    as_of = found.as_of or now
    before = name_store.kept(conn, which)
    name_store.replace(conn, which, found.names, (as_of, where))
    event = Event(
        "names.synced",
        "names",
        before={"as_of": before.as_of.isoformat() if before else None},
        after={
            "list": which,
            "as_of": as_of.isoformat(),
            "source": where,
            "names": len(found.names),
        },
    )
    audit.record(conn, now, actor, event)


def _report(names: KnownNames, source: str) -> NamesReport:
    return NamesReport(
        source,
        names.popular_as_of or datetime.fromtimestamp(0, UTC),
        len(names.popular),
        len(names.approved),
        len(names.own),
        len(names.reserved),
        debian=None if names.debian is None else len(names.debian),
    )
